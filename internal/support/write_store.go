package support

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"time"

	"kvart/internal/network"
	"kvart/internal/platform/auth"
	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/vault"
	"kvart/internal/platform/web"
)

// Change is what somebody who reads a request adds to it.
type Change struct {
	Entries []Entry
	Files   map[int][]byte          // the bytes of Entries[i].File
	Header  func(h *Header)         // nil: as it is
	Waiting func(was *int64) *int64 // since when somebody waits afterwards; nil: as it is
	State   string                  // "open", "closed" or as it is
	Strike  []string                // keys that are sealed to no more, by the person's wish; shown nowhere
	Add     []string                // keys of the team that get everything before, too
	Code    vault.Code              // a new code for the person; the one before opens nothing more
	Claim   string                  // of the form
	To      string                  // the address that the form led to
	Note    string                  // the audit row's action

	With func(ctx context.Context, tx *db.Tx) error // what the same transaction keeps of other nouns; may run again
}

// errRaced says that somebody else wrote meanwhile; the write is tried again from what is there now.
var errRaced = errors.New("support: somebody wrote meanwhile")

// Write adds to the request. Where a reader has left, or may not be sealed to any more, it first makes a new epoch for
// those who stay. It returns NotFound where nothing is granted to the reader, and Conflict where nobody of the team would
// be left to read.
func (s *Store) Write(ctx context.Context, by Reading, id string, c Change) error {
	if err := s.ready(); err != nil {
		return err
	}
	for range 5 {
		err := s.writeOnce(ctx, by, id, c)
		if !errors.Is(err, errRaced) {
			return err
		}
	}
	return fault.Conflict("fault.conflict")
}

func (s *Store) writeOnce(ctx context.Context, by Reading, id string, c Change) error {
	o, err := s.open(ctx, s.DB, by, id)
	if err != nil {
		return err
	}
	h, err := s.header(ctx, o)
	if err != nil {
		return err
	}
	if err := s.stillReads(ctx, by, h.Party); err != nil {
		return err
	}
	if o.Kind == "registration" && (c.Header != nil || len(c.Strike) > 0) {
		return fault.Conflict("fault.conflict") // its header is the card
	}
	before := h
	strike, err := s.owners(ctx, s.DB, c.Strike)
	if err != nil {
		return err
	}
	h.Struck = append(slices.Clone(h.Struck), strike...)
	if c.Header != nil {
		c.Header(&h)
		if err := h.Check(); err != nil {
			return err
		}
	}
	var person *requestRow
	var key vault.Identity
	if c.Code.Locator != "" {
		row, who, err := s.personOf(ctx, c.Code)
		if err != nil {
			return err
		}
		person, key = &row, who.Key
	}
	next, members, gone, err := s.nextEpoch(ctx, o, h, c.Add, key, person != nil)
	if err != nil {
		return err
	}
	w := &sealing{request: id, epoch: o.Epoch, key: o.keys[o.Epoch], hour: hour(s.Now())}
	if next != nil {
		w.epoch, w.key = next.number, next.key
	}
	headerID, old := o.HeaderID, ""
	switch {
	case h.Packet != nil && (c.Header != nil || h.Packet.since):
		headerID, err = w.addJSON(itemHeader, h)
	case h.Packet == nil && (c.Header != nil || len(h.Struck) > len(before.Struck)):
		headerID, old, err = w.header(h, before)
	}
	if err != nil {
		return err
	}
	own, err := w.entries(c, by.ID)
	if err != nil {
		return err
	}
	waiting := o.WaitingHour
	if c.Waiting != nil {
		waiting = c.Waiting(o.WaitingHour)
	}
	state := o.State
	if c.State != "" {
		state = c.State
	}
	return s.kept(ctx, w, func(tx *db.Tx) error {
		if err := web.Claim(ctx, tx, c.Claim, c.To, time.Unix(hour(s.Now()), 0)); err != nil {
			return err
		}
		closing := o.Closing && next == nil
		if next != nil {
			if err := s.stillTeam(ctx, tx, h.Party, members); err != nil {
				return err
			}
		}
		n, err := tx.Exec(ctx, `UPDATE support_requests SET epoch = :next, closing = :closing, header_id = :h, waiting_hour = :w, state = :state,
			delete_hour = CASE WHEN kind = 'request' THEN :delete ELSE delete_hour END
			WHERE id = :id AND epoch = :e AND closing = :was AND header_id = :hwas`, db.Args{"id": id, "e": o.Epoch, "next": w.epoch, "was": o.Closing, "closing": closing,
			"h": headerID, "hwas": o.HeaderID, "w": waiting, "state": state, "delete": hour(s.Now().AddDate(0, keepMonths, 0))})
		if err != nil {
			return err
		}
		if n == 0 {
			return errRaced
		}
		if err := s.room(ctx, tx, by, w, c); err != nil {
			return err
		}
		if person != nil {
			if _, err := tx.Exec(ctx, `UPDATE support_requests SET locator = :l, locator_rest = :lr, salt = :s, argon = :a, verifier = :v WHERE id = :id`,
				db.Args{"id": id, "l": person.Locator, "lr": person.LocatorRest, "s": person.Salt, "a": person.Argon, "v": person.Verifier}); err != nil {
				return err
			}
			gone = append(gone, PersonID)
			if _, err := tx.Exec(ctx, `DELETE FROM support_visits WHERE request_id = :id`, db.Args{"id": id}); err != nil {
				return err
			}
		}
		for _, reader := range gone { // before the new grants: the person's new key takes the place of the old one
			if _, err := tx.Exec(ctx, `DELETE FROM support_grants WHERE request_id = :id AND reader_id = :r`, db.Args{"id": id, "r": reader}); err != nil {
				return err
			}
		}
		if next != nil {
			if err := next.insert(ctx, tx, id); err != nil {
				return err
			}
		}
		if err := w.insert(ctx, tx); err != nil {
			return err
		}
		if headerID != o.HeaderID { // its key stays: a copy of the database that has it opens with it
			if _, err := tx.Exec(ctx, `DELETE FROM support_items WHERE id = :h AND request_id = :id`, db.Args{"h": o.HeaderID, "id": id}); err != nil {
				return err
			}
		}
		if old != "" {
			if _, err := tx.Exec(ctx, `INSERT INTO support_taken_back (item_id, request_id, hour) VALUES (:i, :id, :h)`, db.Args{"i": old, "id": id, "h": w.hour}); err != nil {
				return err
			}
		}
		if err := s.readBy(ctx, tx, id, by.ID, own); err != nil {
			return err
		}
		if c.With != nil {
			if err := c.With(ctx, tx); err != nil {
				return err
			}
		}
		action := c.Note
		if action == "" {
			action = "support.write"
		}
		return s.note(ctx, tx, action, by.actor(), "request", id)
	})
}

// entries seals the entries and their files, and returns the entries' ids.
func (w *sealing) entries(c Change, by string) (own []string, err error) {
	for i, e := range c.Entries {
		if e.By == "" {
			e.By = by
		}
		if data, ok := c.Files[i]; ok && e.File != nil {
			f := *e.File
			if f.Item, err = w.add(itemFile, data); err != nil {
				return nil, err
			}
			e.File = &f
		}
		id, err := w.addJSON(itemEntry, e)
		if err != nil {
			return nil, err
		}
		own = append(own, id)
	}
	return own, nil
}

// nextEpoch is the epoch that writing needs, or nil where the one there is still holds: nobody left, nobody joins, every
// key may still be sealed to. gone are those whose grants go.
func (s *Store) nextEpoch(ctx context.Context, o *opened, h Header, add []string, person vault.Identity, newPerson bool) (next *epoch, members []vault.Member, gone []string, err error) {
	team, err := s.Team(ctx, s.DB, h.Party)
	if err != nil {
		return nil, nil, nil, err
	}
	var granted []string
	if err := s.DB.Select(ctx, &granted, `SELECT reader_id FROM support_grants WHERE request_id = :id AND epoch = :e`, db.Args{"id": o.ID, "e": o.Epoch}); err != nil {
		return nil, nil, nil, err
	}
	var joined []vault.Member
	changed := bool(o.Closing) || newPerson
	for _, m := range o.members() {
		now, known := team.member(m.ID)
		allowed := known && bytes.Equal(now.Key, m.Key) // the key that was vouched for is the one that is listed
		switch {
		case m.ID == PersonID:
			if newPerson {
				continue
			}
		case !allowed || s.struckOut(team, o.ID, h, m.ID) || !slices.Contains(granted, m.ID):
			gone, changed = append(gone, m.ID), true
			continue
		}
		members = append(members, m)
	}
	for _, id := range add {
		m, ok := team.member(id)
		if !ok {
			return nil, nil, nil, fault.Conflict("support.fault.not_listed")
		}
		if s.struckOut(team, o.ID, h, id) || slices.ContainsFunc(members, func(x vault.Member) bool { return x.ID == id }) {
			continue // as if it had been done: striking out shows nowhere
		}
		members, joined, changed = append(members, m), append(joined, m), true
	}
	if slices.Contains(gone, RecoveryID) { // the organisation made a new one: it takes the old one's place
		for _, m := range team.recovery {
			members, joined = append(members, m), append(joined, m)
		}
	}
	if newPerson {
		m := vault.Member{ID: PersonID, Key: person.Reader().Bytes()}
		members, joined = append(members, m), append(joined, m)
	}
	if !slices.ContainsFunc(members, func(m vault.Member) bool { return isStaff(m.ID) }) {
		return nil, nil, nil, fault.Conflict("support.fault.nobody_reads")
	}
	if !changed {
		return nil, nil, nil, nil
	}
	before := o.keys[o.Epoch]
	e, err := newEpoch(o.ID, o.Epoch+1, &before, members)
	if err != nil {
		return nil, nil, nil, err
	}
	for _, m := range joined {
		for number, key := range o.keys {
			if err := e.grant(o.ID, number, m, key); err != nil {
				return nil, nil, nil, err
			}
		}
	}
	return &e, members, gone, nil
}

// Leave closes the newest epoch of every request that the keys of the account read, in the transaction that ends its
// reading: nothing is sealed to them any more, and whoever writes next makes the new epoch. It returns Conflict where the
// account is the last of the team who can read an open request, unless lost says that its key is lost anyway.
func (s *Store) Leave(ctx context.Context, tx *db.Tx, keyID string, lost bool) error {
	const mine = `SELECT g.request_id FROM support_grants g WHERE g.reader_id = :k`
	// Whoever seals to this key at this moment waits for the end of this transaction, and looks at the team again.
	if _, err := tx.Exec(ctx, `UPDATE vault_keys SET made_hour = made_hour WHERE id = :k`, db.Args{"k": keyID}); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `UPDATE support_requests SET closing = 1 WHERE id IN (`+mine+`)`, db.Args{"k": keyID}); err != nil {
		return err
	}
	if !lost {
		if err := s.lastReader(ctx, tx, keyID); err != nil {
			return err
		}
	}
	_, err := tx.Exec(ctx, `DELETE FROM support_grants WHERE reader_id = :k`, db.Args{"k": keyID})
	return err
}

// lastReader returns Conflict where the key is the only one of an open request whose owner still reads for a team.
func (s *Store) lastReader(ctx context.Context, tx *db.Tx, keyID string) error {
	var last int
	err := tx.Get(ctx, &last, `SELECT COUNT(*) FROM support_requests r WHERE r.state = 'open' AND r.kind <> 'registration'
		AND r.id IN (SELECT g.request_id FROM support_grants g WHERE g.reader_id = :k)
		AND NOT EXISTS (SELECT 1 FROM support_grants o JOIN vault_keys k ON k.id = o.reader_id AND k.ended_hour IS NULL JOIN accounts a ON a.id = k.account_id AND a.state = 'active'
			WHERE o.request_id = r.id AND o.epoch = r.epoch AND o.reader_id <> :k
			AND EXISTS (SELECT 1 FROM account_roles x WHERE x.account_id = a.id AND x.role IN (:support, :member)))`,
		db.Args{"k": keyID, "support": string(network.SupportWorker), "member": string(network.Member)})
	if err == nil && last > 0 {
		err = fault.Conflict("support.fault.last_reader")
	}
	return err
}

// Leaving is what a role's end does, in its transaction: see Leave. Who reads for another team too keeps what is sealed to
// them there; the next word in a thread of the team they left goes without them.
func (s *Store) Leaving(ctx context.Context, tx *db.Tx, account string, h auth.Held) error {
	reads := func(r auth.Role) bool { return r == network.SupportWorker || r == network.Member }
	if !reads(h.Role) {
		return nil
	}
	k, err := s.Auth.VaultKey(ctx, tx, account)
	if fault.Is(err, fault.KindNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	held, err := s.Auth.Roles(ctx, account)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(held, func(o auth.Held) bool { return o != h && reads(o.Role) }) {
		// Which requests are the team's is sealed, so the rule is the stricter one: of none may they be the only reader.
		if err := s.lastReader(ctx, tx, k.ID); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `UPDATE support_requests SET closing = 1 WHERE id IN (SELECT request_id FROM support_grants WHERE reader_id = :k)`, db.Args{"k": k.ID})
		return err
	}
	return s.Leave(ctx, tx, k.ID, false)
}

// Since makes of a moment, or of none, what Change.Waiting asks for: somebody waits since then, or since earlier, or nobody
// waits.
func Since(at *time.Time) func(was *int64) *int64 {
	return func(was *int64) *int64 {
		switch {
		case at == nil:
			return nil
		case was != nil:
			return was
		}
		h := hour(*at)
		return &h
	}
}
