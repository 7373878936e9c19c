package participation

import (
	"context"
	"unicode/utf8"

	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/vault"
	"kvart/internal/platform/web"
)

// Recoding is a code given anew, and why.
type Recoding struct {
	ID         string `db:"id"`
	ProposalID string `db:"proposal_id"`
	Reason     string `db:"reason"` // for the team
	On         string `db:"on_date"`
	By         string `db:"by_account"`
}

// Recodable says whether who proposed has a code that can be given anew: a part has its whole's, and what is withdrawn has none
// to come back for.
func (p Proposal) Recodable() bool { return p.Mark != nil && p.State != Withdrawn }

// Recode gives who proposed another code; the one before ends at once. It returns Invalid without a reason, Conflict where the
// proposal has none, *web.Already for a form sent before.
func (s *Store) Recode(ctx context.Context, centreID, id string, code vault.Ticket, reason, formKey, by string) error {
	var f fault.Form
	if reason == "" {
		f.Add("why", "participation.fault.recode")
	}
	if utf8.RuneCountInString(reason) > mostReason {
		f.Add("why", "fault.too_long", "max", mostReason)
	}
	if Personal(reason) {
		f.Add("why", "needs.fault.personal")
	}
	if err := f.Err(); err != nil {
		return err
	}
	return s.act(ctx, centreID, id, func(tx *db.Tx, p Proposal, today string) error {
		if !p.Recodable() {
			return fault.Conflict("participation.fault.step")
		}
		if err := web.Claim(ctx, tx, formKey, "/desk/proposals/"+id, s.Now()); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `INSERT INTO proposal_codes (id, proposal_id, reason, on_date, by_account) VALUES (:id, :p, :r, :on, :by)`,
			db.Args{"id": db.NewID(), "p": id, "r": reason, "on": today, "by": by}); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `UPDATE proposals SET mark = :m, version = version + 1 WHERE id = :id`, db.Args{"m": s.mark(code), "id": id}); err != nil {
			return err
		}
		return s.note(ctx, tx, centreID, "proposal.code", by, "proposal", id)
	})
}

// Recodings are the codes of the proposal that were given anew, the first first.
func (s *Store) Recodings(ctx context.Context, q db.Querier, id string) ([]Recoding, error) {
	var list []Recoding
	err := q.Select(ctx, &list, `SELECT * FROM proposal_codes WHERE proposal_id = :id ORDER BY on_date, id`, db.Args{"id": id})
	return list, err
}
