package programme

import (
	"context"
	"time"

	"kvart/internal/network"
	"kvart/internal/platform/db"
	"kvart/internal/platform/i18n"
	"kvart/internal/platform/sms"
)

// PersonHook is what the programme keeps of a person: registrations and when they came. Erasing gives back places to
// come, and leaves numbers: who came is counted without a name.
func (s *Store) PersonHook() network.PersonHook {
	return network.PersonHook{Name: "programme", Export: s.exportPerson, Erase: s.erasePerson}
}

// personExport is one registration, or one time somebody came, as the person reads it.
type personExport struct {
	Title    i18n.Text `db:"title" json:"title"`
	StartsAt int64     `db:"starts_at" json:"-"`
	Starts   string    `db:"-" json:"starts"`
	State    string    `db:"state" json:"state"`
	Channel  string    `db:"channel" json:"channel,omitempty"`
	Party    int       `db:"party" json:"party,omitempty"`
	Needs    string    `db:"needs" json:"needs,omitempty"`
	BySMS    db.Bool   `db:"by_sms" json:"by_sms,omitempty"`
}

func (s *Store) exportPerson(ctx context.Context, q db.Querier, personID string) (any, error) {
	var list []personExport
	err := q.Select(ctx, &list, `SELECT a.title, s.starts_at, r.state, r.channel, r.party, r.needs, r.by_sms FROM registrations r JOIN sessions s ON s.id = r.session_id
		JOIN activities a ON a.id = s.activity_id WHERE r.person_id = :p
		UNION ALL SELECT a.title, s.starts_at, 'came', '', 1, '', 0 FROM attendances t JOIN sessions s ON s.id = t.session_id JOIN activities a ON a.id = s.activity_id
		WHERE t.person_id = :p ORDER BY 2`, db.Args{"p": personID})
	for i := range list {
		list[i].Starts = time.Unix(list[i].StartsAt, 0).UTC().Format(time.RFC3339)
	}
	return list, err
}

func (s *Store) erasePerson(ctx context.Context, tx *db.Tx, personID string) error {
	var coming []Registration
	if err := tx.Select(ctx, &coming, `SELECT r.* FROM registrations r JOIN sessions s ON s.id = r.session_id
		WHERE r.person_id = :p AND r.state <> 'cancelled' AND s.starts_at > :now ORDER BY r.session_id`, db.Args{"p": personID, "now": s.Now().Unix()}); err != nil {
		return err
	}
	for _, r := range coming {
		if err := s.cancel(ctx, tx, r, "job"); err != nil {
			return err
		}
	}
	var who []network.Person
	if err := tx.Select(ctx, &who, `SELECT * FROM people WHERE id = :p`, db.Args{"p": personID}); err != nil {
		return err
	}
	for _, p := range who { // what waits to be sent to them: mails go by their address
		if number, ok := sms.Number(p.Phone, s.Country); ok {
			if err := sms.Forget(ctx, tx, number, p.CentreID); err != nil {
				return err
			}
		}
	}
	for _, q := range []string{
		`UPDATE sessions SET named = named - 1, counted = COALESCE(counted, 0) + 1 WHERE id IN (SELECT session_id FROM attendances WHERE person_id = :p)`,
		`DELETE FROM attendances WHERE person_id = :p`,
		`UPDATE registrations SET person_id = NULL, needs = '', code_hash = '' WHERE person_id = :p`,
	} {
		if _, err := tx.Exec(ctx, q, db.Args{"p": personID}); err != nil {
			return err
		}
	}
	return nil
}
