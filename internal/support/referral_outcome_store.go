package support

import (
	"context"
	"slices"
	"strings"

	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/vault"
)

// Referral is a proposal and what became of it, as those who read the conversation see it.
type Referral struct {
	Proposal
	Hour     int64  // when it was proposed
	By       string // a reader's id
	Answered string // Declined or TakenBack; empty: not so
	Consent  *Consent
	Agreed   int64  // hour of the consent
	Moves    []Move // newest last
	State    State  // empty before there is a consent
	Outcome  string
	Changed  int64
	Over     bool     // the day of the consent is over
	Opened   []ReadAt // who of the receiver's opened it when
	Names    map[string]string
	Would    []Reader // for the person, while it is pending: who of the receiver's would read it
}

// Pending says whether the person has not answered yet.
func (r Referral) Pending() bool { return r.Answered == "" && r.Consent == nil && !r.Over }

// Referrals are what was proposed in a conversation, with what came back, newest first. What came back is written into the
// thread by the way; a key that the person strikes out is struck out of the packets, too.
func (s *Store) Referrals(ctx context.Context, by Reading, request string) ([]Referral, error) {
	c, err := s.conversation(ctx, by, request)
	if fault.Is(err, fault.KindNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var list []Referral
	for _, e := range c.Entries {
		if e.Kind != Proposed || e.Proposal == nil {
			continue
		}
		p := *e.Proposal
		r := Referral{Proposal: p, Hour: e.Hour, By: e.By}
		if until, err := s.until(ctx, p.Until); err == nil {
			r.Over = until <= s.Now().Unix()
		}
		list = append(list, r)
	}
	of := func(id string) *Referral {
		at := slices.IndexFunc(list, func(r Referral) bool { return r.ID == id })
		if at < 0 {
			return nil
		}
		return &list[at]
	}
	for _, e := range c.Entries {
		switch e.Kind {
		case Declined, TakenBack:
			if m := e.Move; m != nil && of(m.ID) != nil {
				of(m.ID).Answered = e.Kind
			}
		case Consented:
			if x := e.Consent; x != nil && of(x.ID) != nil {
				r := of(x.ID)
				r.Consent, r.Agreed, r.State, r.Changed = x, e.Hour, Requested, e.Hour
			}
		case Moved:
			if m := e.Move; m != nil && of(m.ID) != nil {
				r := of(m.ID)
				r.Moves = append(r.Moves, *m)
				r.State, r.Outcome, r.Changed = m.State, m.Outcome, m.Hour
			}
		}
	}
	for i := range list {
		if list[i].Pending() && by.ID == PersonID {
			team, err := s.Team(ctx, s.DB, list[i].To)
			if err != nil && !fault.Is(err, fault.KindNotFound) {
				return nil, err
			}
			list[i].Would = slices.DeleteFunc(team.Readers(), func(x Reader) bool { return team.struck(c.Header, x.KeyID) })
		}
		if list[i].Consent != nil {
			if err := s.follow(ctx, by, c, &list[i]); err != nil {
				return nil, err
			}
		}
	}
	slices.Reverse(list)
	return list, nil
}

// follow reads what became of one that was consented to.
func (s *Store) follow(ctx context.Context, by Reading, c *conversation, r *Referral) error {
	row, err := s.referral(ctx, s.DB, r.ID)
	if fault.Is(err, fault.KindNotFound) {
		return nil // forgotten since; the thread has its states
	}
	if err != nil {
		return err
	}
	if row.N > row.Noted {
		err := s.noteSteps(ctx, by, c.ID, *r.Consent, row)
		if err != nil && fault.Of(err).Kind == fault.KindInternal {
			return err
		}
		if err == nil { // its words stand in the thread now
			now, err := s.conversation(ctx, by, c.ID)
			if err != nil {
				return err
			}
			c.Entries = now.Entries
			r.Moves = nil
			for _, e := range c.Entries {
				if m := e.Move; m != nil && e.Kind == Moved && m.ID == r.ID {
					r.Moves = append(r.Moves, *m)
				}
			}
		}
	}
	r.State, r.Outcome, r.Changed = row.State, row.Outcome, row.Hour
	if row.PacketID == nil || by.ID != PersonID {
		return nil
	}
	var rows []struct {
		ReadAt
		Name string `db:"name"`
	}
	if err := s.DB.Select(ctx, &rows, `SELECT o.reader_id, MIN(o.hour) AS hour, COALESCE(MIN(a.name), '') AS name FROM support_openings o LEFT JOIN vault_keys k ON k.id = o.reader_id
		LEFT JOIN accounts a ON a.id = k.account_id WHERE o.request_id = :p AND o.reader_id <> 'person'
		GROUP BY o.reader_id ORDER BY MIN(o.hour), o.reader_id`,
		db.Args{"p": *row.PacketID}); err != nil {
		return err
	}
	r.Names = map[string]string{}
	for _, x := range rows {
		r.Opened = append(r.Opened, x.ReadAt)
		r.Names[x.Reader] = x.Name
	}
	return s.strikeIn(ctx, by, c, r.To, *r.Consent, row)
}

// noteSteps writes into the conversation what came back since it was last noted, with its reasons, which are kept there
// only from then on. Who reads the conversation does it by opening it.
func (s *Store) noteSteps(ctx context.Context, by Reading, request string, c Consent, r referralRow) error {
	if r.N <= r.Noted {
		return nil
	}
	var rows []stepRow
	if err := s.DB.Select(ctx, &rows, `SELECT n, state, outcome, word_id, word, hour FROM support_referral_steps WHERE referral_id = :r AND n > :n ORDER BY n`, db.Args{"r": r.ID, "n": r.Noted}); err != nil {
		return err
	}
	keys, err := s.Erasure.OfRequests(ctx, r.ID)
	if err != nil {
		return err
	}
	var reply vault.DataKey
	copy(reply[:], c.Reply)
	var entries []Entry
	var words []string
	for _, x := range rows {
		m := Move{ID: r.ID, Name: c.Name, State: x.State, Outcome: x.Outcome, Hour: x.Hour}
		if erase, ok := keys[x.WordID]; ok && x.Word != "" {
			plain, err := reply.Unseal(erase, vault.Address{Request: r.ID, Item: x.WordID, Epoch: x.N, Kind: itemWord}, decode(x.Word))
			if err != nil {
				return exchanged(err)
			}
			m.Words = string(plain)
			words = append(words, x.WordID)
		}
		entries = append(entries, Entry{Kind: Moved, By: byReferral, Move: &m})
	}
	err = s.Write(ctx, by, request, Change{Entries: entries, With: func(ctx context.Context, tx *db.Tx) error {
		n, err := tx.Exec(ctx, `UPDATE support_referrals SET noted = :n WHERE id = :id AND noted = :was`, db.Args{"n": r.N, "id": r.ID, "was": r.Noted})
		if err == nil && n == 0 {
			err = fault.Conflict("fault.conflict")
		}
		if err == nil {
			_, err = tx.Exec(ctx, `UPDATE support_referral_steps SET word = '' WHERE referral_id = :r AND n <= :n`, db.Args{"r": r.ID, "n": r.N})
		}
		return err
	}})
	if fault.Is(err, fault.KindConflict) {
		if now, e := s.referral(ctx, s.DB, r.ID); e == nil && now.Noted >= r.N {
			return nil // somebody else opened it at the same moment
		}
	}
	if err == nil && len(words) > 0 {
		err = s.Erasure.EraseItems(ctx, words...)
	}
	return err
}

// PersonIn is the person's own reading of a packet.
func (c Consent) PersonIn(person Reading) (Reading, error) {
	seed, err := person.Key.Open(vault.Place{Request: c.Packet, Epoch: 0, Reader: PersonID}, decode(c.Seed))
	if err != nil {
		return Reading{}, err
	}
	key, err := vault.IdentityFromSeed(seed)
	return Reading{ID: PersonID, Key: key}, err
}

// strikeIn carries what the person struck out since into a packet that is still read. Where the person's key of it was for
// a code that was lost, nothing can be sealed in it: who is struck out loses what was granted, the epoch closes, and whom it is
// kept from stands beside it.
func (s *Store) strikeIn(ctx context.Context, by Reading, c *conversation, to Party, x Consent, r referralRow) error {
	if r.State.Over() || len(c.Header.Struck) == 0 {
		return nil
	}
	kept := strings.Fields(r.Kept)
	own, err := x.PersonIn(by)
	opens := err == nil
	if opens {
		_, h, err := s.openHeader(ctx, own, x.Packet)
		if err != nil {
			return err
		}
		to, kept = h.Party, h.Packet.Kept
	}
	team, err := s.Team(ctx, s.DB, to)
	if err != nil {
		return err
	}
	granted, err := s.Granted(ctx, x.Packet)
	if err != nil {
		return err
	}
	owners, err := s.owners(ctx, s.DB, granted)
	if err != nil {
		return err
	}
	var missing, unmarked []string // keys that still read, and people of the receiver's of whom the packet does not know yet
	for i, key := range granted {
		if isStaff(key) && (slices.Contains(c.Header.Struck, owners[i]) || slices.Contains(c.Header.Struck, key)) {
			missing = append(missing, key)
		}
	}
	for _, m := range team.Members {
		if slices.Contains(c.Header.Struck, m.AccountID) && !slices.Contains(kept, s.keptMark(x.Packet, m.AccountID)) {
			unmarked = append(unmarked, m.AccountID)
		}
	}
	if len(missing)+len(unmarked) == 0 {
		return nil
	}
	if !slices.ContainsFunc(granted, func(id string) bool { return isStaff(id) && !slices.Contains(missing, id) }) {
		return s.StopReferral(ctx, by, c.ID, x.ID, "") // nobody of the receiver's would be left to read it: it goes back
	}
	if err := s.DB.Tx(ctx, func(tx *db.Tx) error { // the header does not name them: it opens before the referral is accepted
		args := db.Args{"p": x.Packet}
		if _, err := tx.Exec(ctx, `DELETE FROM support_grants WHERE request_id = :p AND reader_id IN (`+db.In("k", missing, args)+`)`, args); err != nil {
			return err
		}
		if !opens {
			if _, err := tx.Exec(ctx, `UPDATE support_referrals SET kept = :k WHERE id = :id`, db.Args{"id": r.ID, "k": strings.Join(s.keptFrom(x.Packet, kept, unmarked), " ")}); err != nil {
				return err
			}
		}
		_, err := tx.Exec(ctx, `UPDATE support_requests SET closing = 1 WHERE id = :p`, db.Args{"p": x.Packet})
		return err
	}); err != nil || !opens {
		return err
	}
	err = s.Write(ctx, own, x.Packet, Change{Header: func(h *Header) { h.Packet.Kept = s.keptFrom(x.Packet, h.Packet.Kept, unmarked) }})
	if fault.Is(err, fault.KindConflict) { // who is left is on no list any more
		return s.StopReferral(ctx, by, c.ID, x.ID, "")
	}
	return err
}

// News are the conversations of the reader in which something has come back and nobody has looked yet. It looks at the newest
// of the network, most at the most: each costs an opening for each pointer, as none tells whose it is. What somebody
// took back by erasing everything came back to nobody.
func (s *Store) News(ctx context.Context, by Reading, most int) ([]string, error) {
	var rows []referralRow
	if err := s.DB.Select(ctx, &rows, referralNow+` WHERE s.n > r.noted AND s.state <> 'withdrawn' ORDER BY s.hour DESC, r.id LIMIT :most`, db.Args{"most": most}); err != nil {
		return nil, err
	}
	var list []string
	for _, r := range rows {
		if id := newsIn(by, r); id != "" && !slices.Contains(list, id) {
			var n int
			if err := s.DB.Get(ctx, &n, `SELECT COUNT(*) FROM support_grants g JOIN support_requests q ON q.id = g.request_id AND q.epoch = g.epoch WHERE g.request_id = :id AND g.reader_id = :me`,
				db.Args{"id": id, "me": by.ID}); err != nil {
				return nil, err
			}
			if n > 0 {
				list = append(list, id)
			}
		}
	}
	return list, nil
}
