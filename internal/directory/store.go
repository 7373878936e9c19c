package directory

import (
	"context"
	"encoding/json"
	"sync/atomic"
	"time"

	"kvart/internal/network"
	"kvart/internal/platform/audit"
	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
)

// Store keeps the directory.
type Store struct {
	DB        *db.DB
	Now       func() time.Time
	Network   *network.Store
	PublicURL string // without a slash at its end
	Secret    []byte // signs the links of mails that ask whether an entry is still right

	sorts atomic.Pointer[sorts]
}

// sorts are the taxonomies as they were at a count of changes.
type sorts struct {
	count int64
	*Taxonomies
}

// note appends to the audit log on the network's chain: the directory belongs to no one centre.
func (s *Store) note(ctx context.Context, tx *db.Tx, action, by, kind, id string) error {
	return audit.Append(ctx, tx, audit.Row{Chain: audit.Network, Action: action, Actor: by, SubjectKind: kind, SubjectID: id, At: s.Now()})
}

// Version is an entry as it was kept.
type Version struct {
	Noun    string `db:"noun"` // service, organisation, location
	NounID  string `db:"noun_id"`
	Version int    `db:"version"`
	Body    string `db:"body"`
	Action  string `db:"action"` // save, assure, end, undo, import …
	By      string `db:"by_whom"`
	At      int64  `db:"at"`
}

// keep remembers the entry as it is with this version. A confidential location is refused by the database.
func (s *Store) keep(ctx context.Context, tx *db.Tx, noun, id string, version int, entry any, action, by string) error {
	body, err := json.Marshal(entry)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `INSERT INTO directory_versions (noun, noun_id, version, body, action, by_whom, at) VALUES (:noun, :id, :v, :body, :action, :by, :at)`,
		db.Args{"noun": noun, "id": id, "v": version, "body": string(body), "action": action, "by": by, "at": s.Now().Unix()})
	return err
}

// Versions are what the entry has been, newest first.
func (s *Store) Versions(ctx context.Context, q db.Querier, noun, id string) ([]Version, error) {
	var list []Version
	err := q.Select(ctx, &list, `SELECT * FROM directory_versions WHERE noun = :noun AND noun_id = :id ORDER BY version DESC`, db.Args{"noun": noun, "id": id})
	return list, err
}

func changed(n int64, err error) error {
	if err == nil && n == 0 {
		return fault.Conflict("network.fault.changed_meanwhile")
	}
	return err
}
