package audit

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/jmoiron/sqlx"

	"kvart/internal/platform/db"
)

// Tail is the newest link of a chain. Who notes tails down elsewhere can prove later that nothing before was rewritten.
type Tail struct {
	Chain string `db:"chain"`
	N     int64  `db:"n"`
	Hash  string `db:"hash"`
}

// What is wrong with a chain.
const (
	Changed  = "changed"   // the row or its link is not what was linked
	Gap      = "gap"       // links are missing inside the chain
	Missing  = "missing"   // the row of a link is gone
	CutTail  = "cut-tail"  // the newest links are gone
	LostTail = "lost-tail" // the chain has links but its tail is gone or another one

	Rewritten = "rewritten" // the chain goes on, but not from where a checkpoint saw it
)

// Fault is one thing found wrong.
type Fault struct {
	Chain string
	N     int64 // position in the chain
	What  string
}

// Report is what Verify found.
type Report struct {
	Tails   []Tail  // every chain, as it was when the walk began
	Links   int64   // links walked
	Waiting int64   // rows in no chain yet
	Faults  []Fault // at most maxFaults of them
	Found   int64   // how many faults there are
}

const maxFaults = 100

// OK says whether every chain is whole.
func (r Report) OK() bool { return r.Found == 0 }

func (r *Report) add(chain string, n int64, what string) {
	r.Found++
	if len(r.Faults) < maxFaults {
		r.Faults = append(r.Faults, Fault{chain, n, what})
	}
}

// Verify walks every chain from its first link and compares each link and each tail with what they must be. It holds
// one row in memory at a time and one tail per chain, and may run while rows are appended and chained.
func Verify(ctx context.Context, d *db.DB) (Report, error) {
	var r Report
	const tails = `SELECT chain, n, hash FROM audit_tails ORDER BY chain`
	if err := d.Select(ctx, &r.Tails, tails, nil); err != nil {
		return r, fmt.Errorf("reading audit tails: %w", err)
	}
	before := map[string]Tail{}
	for _, t := range r.Tails {
		before[t.Chain] = t
	}
	walked := map[string]Tail{} // the last link seen of each chain
	err := d.Each(ctx, `SELECT l.chain AS link_chain, l.n, l.hash, r.id, r.chain, r.action, r.actor, r.subject_kind, r.subject_id, r.hour
		FROM audit_links l LEFT JOIN audit_rows r ON r.id = l.row_id ORDER BY l.chain, l.n`, nil, func(rows *sqlx.Rows) error {
		var link Tail
		var id, chain, action, actor, kind, subject sql.NullString
		var hour sql.NullInt64
		if err := rows.Scan(&link.Chain, &link.N, &link.Hash, &id, &chain, &action, &actor, &kind, &subject, &hour); err != nil {
			return err
		}
		r.Links++
		prev := walked[link.Chain]
		walked[link.Chain] = link
		row := stored{id.String, chain.String, action.String, actor.String, kind.String, subject.String, hour.Int64}
		switch {
		case link.N != prev.N+1:
			r.add(link.Chain, prev.N+1, Gap)
		case !id.Valid:
			r.add(link.Chain, link.N, Missing)
		case row.Chain != link.Chain || row.hash(link.N, prev.Hash) != link.Hash:
			r.add(link.Chain, link.N, Changed)
		}
		if t, ok := before[link.Chain]; ok && t.N == link.N && t.Hash != link.Hash {
			r.add(link.Chain, link.N, LostTail)
		}
		return nil
	})
	if err != nil {
		return r, fmt.Errorf("walking the audit chains: %w", err)
	}
	for _, t := range r.Tails {
		if walked[t.Chain].N < t.N {
			r.add(t.Chain, t.N, CutTail)
		}
	}
	var after []Tail // chains may have grown during the walk, but never past their tails
	if err := d.Select(ctx, &after, tails, nil); err != nil {
		return r, fmt.Errorf("reading audit tails: %w", err)
	}
	for _, t := range after {
		if last, ok := walked[t.Chain]; ok && last.N <= t.N {
			delete(walked, t.Chain)
		}
	}
	for chain, last := range walked {
		r.add(chain, last.N, LostTail)
	}
	return r, d.Get(ctx, &r.Waiting, `SELECT COUNT(*) FROM audit_rows r LEFT JOIN audit_links l ON l.row_id = r.id
		WHERE l.row_id IS NULL`, nil)
}
