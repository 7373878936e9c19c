package support

import (
	"context"
	"slices"

	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
)

// itemWord is the kind of a reason that waits, sealed, for its conversation; it is in no item's row.
const itemWord = "word"

type referralRow struct {
	ID        string  `db:"id"`
	PacketID  *string `db:"packet_id"`
	BodyID    string  `db:"body_id"`
	Body      string  `db:"body"`
	News      string  `db:"news"`
	Kept      string  `db:"kept"`
	Noted     int     `db:"noted"`
	UntilHour int64   `db:"until_hour"`
	N         int     `db:"n"` // of its newest step
	State     State   `db:"state"`
	Outcome   string  `db:"outcome"`
	Hour      int64   `db:"hour"`
}

type stepRow struct {
	N       int    `db:"n"`
	State   State  `db:"state"`
	Outcome string `db:"outcome"`
	WordID  string `db:"word_id"`
	Word    string `db:"word"`
	Hour    int64  `db:"hour"`
}

const referralNow = `SELECT r.*, s.n, s.state, s.outcome, s.hour FROM support_referrals r JOIN support_referral_steps s ON s.referral_id = r.id
	AND s.n = (SELECT MAX(m.n) FROM support_referral_steps m WHERE m.referral_id = r.id)`

func (s *Store) referral(ctx context.Context, q db.Querier, id string) (r referralRow, err error) {
	err = q.Get(ctx, &r, referralNow+` WHERE r.id = :id`, db.Args{"id": id})
	return r, err
}

func (s *Store) referralOf(ctx context.Context, q db.Querier, packet string) (r referralRow, err error) {
	err = q.Get(ctx, &r, referralNow+` WHERE r.packet_id = :p`, db.Args{"p": packet})
	return r, err
}

// step adds a step after the one that was read. Where somebody else was first, the database refuses it.
func (r referralRow) step(ctx context.Context, tx *db.Tx, to State, outcome, wordID, word string, at int64) error {
	_, err := tx.Exec(ctx, `INSERT INTO support_referral_steps (referral_id, n, state, was_n, was, outcome, word_id, word, hour) VALUES (:r, :n, :state, :was_n, :was, :o, :wid, :w, :h)`,
		db.Args{"r": r.ID, "n": r.N + 1, "state": string(to), "was_n": r.N, "was": string(r.State), "o": outcome, "wid": wordID, "w": word, "h": at})
	return err
}

// StopReferral ends what was consented to: the person takes the consent back (Withdrawn), or the team stops it (Cancelled).
// The packet's epoch is closed and its keys are destroyed, unless the receiver has completed what was asked; the receiver
// sees that it was stopped, and nothing else. A second press changes nothing.
func (s *Store) StopReferral(ctx context.Context, by Reading, request, referral, words string) error {
	c, err := s.conversation(ctx, by, request)
	if err != nil {
		return err
	}
	p, _, consent, err := c.proposal(referral)
	if err != nil {
		return err
	}
	if consent == nil {
		return s.Decline(ctx, by, request, referral)
	}
	to, side := Withdrawn, ByPerson
	if by.ID != PersonID {
		to, side = Cancelled, ByReferrer
		if err := CheckMove(to, "", words); err != nil {
			return err
		}
	}
	r, err := s.referral(ctx, s.DB, referral)
	if err != nil {
		return err
	}
	if r.State == to {
		return s.endIfOver(ctx, r.PacketID, to)
	}
	if !May(side, r.State, to) {
		return fault.Conflict("support.fault.referral_step")
	}
	if err := s.noteSteps(ctx, by, request, *consent, r); err != nil { // what came back before stands first
		return err
	}
	err = s.Write(ctx, by, request, Change{Entries: []Entry{{Kind: Moved, Move: &Move{ID: p.ID, Name: p.Name, State: to, Words: words, Hour: hour(s.Now())}}},
		With: func(ctx context.Context, tx *db.Tx) error {
			if err := r.step(ctx, tx, to, "", "", "", hour(s.Now())); err != nil {
				return err
			}
			if _, err := tx.Exec(ctx, `UPDATE support_referrals SET noted = :n WHERE id = :id`, db.Args{"n": r.N + 1, "id": r.ID}); err != nil {
				return err
			}
			return s.shut(ctx, tx, r.PacketID)
		}})
	if err != nil || keeps(to, r.State) {
		return err
	}
	return s.end(ctx, r.PacketID)
}

// shut closes the packet: nothing is sealed in it any more.
func (s *Store) shut(ctx context.Context, tx *db.Tx, packet *string) error {
	if packet == nil {
		return nil
	}
	_, err := tx.Exec(ctx, `UPDATE support_requests SET closing = 1, state = 'closed', waiting_hour = NULL WHERE id = :id`, db.Args{"id": *packet})
	return err
}

// end destroys the packet's keys, in the erasure store and so in every copy of the database, and then what was sealed. Its
// rows stay until its day, so that its readers see what became of it.
func (s *Store) end(ctx context.Context, packet *string) error {
	if packet == nil {
		return nil
	}
	if err := s.Erasure.EraseRequests(ctx, *packet); err != nil {
		return err
	}
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		if _, err := tx.Exec(ctx, `DELETE FROM support_items WHERE request_id = :p`, db.Args{"p": *packet}); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `UPDATE support_referrals SET body = '' WHERE packet_id = :p`, db.Args{"p": *packet})
		return err
	})
}

// endIfOver ends a packet whose last step says so and that was not ended, as after a stop half way.
func (s *Store) endIfOver(ctx context.Context, packet *string, state State) error {
	if packet == nil || !state.Over() || state == Completed || state == Failed {
		return nil
	}
	var n int
	err := s.DB.Get(ctx, &n, `SELECT COUNT(*) FROM support_referral_steps s JOIN support_referrals r ON r.id = s.referral_id WHERE r.packet_id = :p AND s.state = :s AND COALESCE(s.was, '') <> 'completed'`,
		db.Args{"p": *packet, "s": string(state)})
	if err != nil || n == 0 {
		return err
	}
	return s.end(ctx, packet)
}

// withdrawAll ends every packet of a conversation that its person erases, whatever became of it: afterwards nobody could.
// It returns Conflict, and ends none, where a consent does not say which packet is its own: that one would stay readable.
func (s *Store) withdrawAll(ctx context.Context, person Reading, id string) error {
	var list []Shown
	if err := settled(func() error {
		o, err := s.open(ctx, s.DB, person, id)
		if err == nil {
			list, err = s.entriesOf(ctx, o)
		}
		return err
	}); err != nil {
		return err
	}
	list = slices.DeleteFunc(list, func(e Shown) bool { return e.Kind != Consented })
	if slices.ContainsFunc(list, func(e Shown) bool { return e.Consent == nil || e.Consent.ID == "" || e.Consent.Packet == "" }) {
		return exchanged(nil)
	}
	for _, e := range list {
		c := e.Consent
		r, err := s.referral(ctx, s.DB, c.ID)
		if fault.Is(err, fault.KindNotFound) {
			continue
		}
		if err != nil {
			return err
		}
		if May(ByPerson, r.State, Withdrawn) {
			if err := s.DB.Tx(ctx, func(tx *db.Tx) error { // its row in the audit is that of the erasure
				if err := r.step(ctx, tx, Withdrawn, "", "", "", hour(s.Now())); err != nil {
					return err
				}
				return s.shut(ctx, tx, r.PacketID)
			}); err != nil {
				return err
			}
		}
		if err := s.end(ctx, r.PacketID); err != nil {
			return err
		}
		if err := s.Erasure.EraseRequests(ctx, c.ID); err != nil { // words on their way back
			return err
		}
	}
	return nil
}

// forgetReferrals erases packets whose consent is over, finishes what was ended half way, and deletes the bare states a
// quarter of a year later.
func (s *Store) forgetReferrals(ctx context.Context) error {
	now := s.Now()
	var rows []referralRow
	if err := s.DB.Select(ctx, &rows, referralNow+` WHERE r.packet_id IS NOT NULL AND (r.until_hour <= :now OR EXISTS (SELECT 1 FROM support_items i WHERE i.request_id = r.packet_id)
		AND (s.state IN ('rejected','rerouted','cancelled','expired') OR s.state = 'withdrawn' AND s.was <> 'completed'))`, db.Args{"now": now.Unix()}); err != nil {
		return err
	}
	if len(rows) > 0 {
		if err := s.ready(); err != nil {
			return err
		}
	}
	var due []string
	for _, r := range rows {
		if r.UntilHour > now.Unix() {
			if err := s.end(ctx, r.PacketID); err != nil {
				return err
			}
			continue
		}
		if May(ByCalendar, r.State, Expired) {
			if err := s.DB.Tx(ctx, func(tx *db.Tx) error {
				if err := r.step(ctx, tx, Expired, "", "", "", hour(now)); err != nil {
					return err
				}
				return s.shut(ctx, tx, r.PacketID)
			}); err != nil && !fault.Is(err, fault.KindConflict) { // somebody was first; the packet goes all the same
				return err
			}
		}
		if _, err := s.DB.Exec(ctx, `UPDATE support_referrals SET body = '' WHERE id = :id`, db.Args{"id": r.ID}); err != nil {
			return err
		}
		due = append(due, *r.PacketID)
	}
	if len(due) > 0 {
		if err := s.erase(ctx, "job", due...); err != nil {
			return err
		}
	}
	var old []string
	if err := s.DB.Select(ctx, &old, `SELECT id FROM support_referrals WHERE until_hour <= :t`, db.Args{"t": now.AddDate(0, -3, 0).Unix()}); err != nil || len(old) == 0 {
		return err
	}
	if err := s.ready(); err != nil {
		return err
	}
	if err := s.Erasure.EraseRequests(ctx, old...); err != nil {
		return err
	}
	args := db.Args{}
	_, err := s.DB.Exec(ctx, `DELETE FROM support_referrals WHERE id IN (`+db.In("i", old, args)+`)`, args)
	return err
}
