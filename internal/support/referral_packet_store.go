package support

import (
	"context"
	"encoding/json"
	"slices"

	"kvart/internal/platform/db"
	"kvart/internal/platform/erasure"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/vault"
)

// Packet is a referral as its receiver sees it.
type Packet struct {
	ID      string
	From    string // name of the team that refers; empty once the packet is erased
	State   State
	Outcome string
	Made    int64
	Changed int64
	Until   int64
	Sent    *Sent // what was passed on: after it was accepted, while it is kept
	Broken  bool
}

// Packets are the referrals that are sealed to the reader, those that wait for a first word first.
func (s *Store) Packets(ctx context.Context, by Reading, page int) (list []Packet, more bool, err error) {
	if err := s.ready(); err != nil {
		return nil, false, err
	}
	var rows []struct {
		referralRow
		Made int64 `db:"made_hour"`
	}
	err = s.DB.Select(ctx, &rows, `SELECT r.*, s.n, s.state, s.outcome, s.hour, q.made_hour FROM support_grants g JOIN support_requests q ON q.id = g.request_id AND q.epoch = g.epoch
		JOIN support_referrals r ON r.packet_id = q.id JOIN support_referral_steps s ON s.referral_id = r.id AND s.n = (SELECT MAX(m.n) FROM support_referral_steps m WHERE m.referral_id = r.id)
		WHERE g.reader_id = :me ORDER BY CASE WHEN s.state = 'requested' THEN 0 WHEN q.state = 'open' THEN 1 ELSE 2 END, q.made_hour DESC, q.id LIMIT :n OFFSET :skip`,
		db.Args{"me": by.ID, "n": PerPage + 1, "skip": page * PerPage})
	if err != nil {
		return nil, false, err
	}
	if len(rows) > PerPage {
		rows, more = rows[:PerPage], true
	}
	for _, r := range rows {
		p, _, _, err := s.packet(ctx, by, r.referralRow)
		if fault.Is(err, fault.KindNotFound) {
			continue // reads for that team no more
		}
		if fault.Is(err, fault.KindConflict) {
			p.Broken = true
		} else if err != nil {
			return nil, false, err
		}
		list = append(list, p)
	}
	return list, more, nil
}

// packet opens a packet's header, and nothing else of it.
func (s *Store) packet(ctx context.Context, by Reading, r referralRow) (Packet, *opened, Header, error) {
	p := Packet{ID: *r.PacketID, State: r.State, Outcome: r.Outcome, Changed: r.Hour, Until: r.UntilHour}
	o, err := s.open(ctx, s.DB, by, p.ID)
	if err != nil {
		return p, nil, Header{}, err
	}
	p.Made = o.MadeHour
	h, err := s.header(ctx, s.DB, o)
	if fault.Is(err, fault.KindNotFound) { // ended: that it was there is all that is left
		return p, o, h, nil
	}
	if err == nil {
		err = s.stillReads(ctx, by, h.Party)
	}
	if err == nil && h.Packet == nil {
		err = exchanged(nil)
	}
	if err != nil {
		return p, o, h, err
	}
	p.From, err = s.PartyName(ctx, h.Packet.From)
	if fault.Is(err, fault.KindNotFound) {
		p.From, err = "–", nil // that team is no more
	}
	return p, o, h, err
}

// Packet opens a referral for its receiver. Before it was accepted, that is the team that refers and nothing else. What
// was passed on is noted as read. It returns NotFound where nothing is granted.
func (s *Store) Packet(ctx context.Context, by Reading, id string) (Packet, error) {
	if err := s.ready(); err != nil {
		return Packet{}, err
	}
	r, err := s.referralOf(ctx, s.DB, id)
	if err != nil {
		return Packet{}, err
	}
	p, _, h, err := s.packet(ctx, by, r)
	if err != nil || h.Packet == nil || r.State == Requested || r.UntilHour <= s.Now().Unix() {
		return p, err
	}
	t, err := s.Thread(ctx, by, id)
	if err != nil {
		return p, err
	}
	for _, e := range t.Entries {
		if sent, ok := more[Sent](e.Entry); ok && e.Kind == PassedOn {
			p.Sent = &sent
		}
	}
	return p, nil
}

// MoveReferral is the receiver's step. Accepting it releases what was passed on; rejecting, naming somebody else and
// stopping destroy it. The words are a reason for the person and the team that refers, sealed to them. It returns Invalid
// where a state lacks its outcome or reason, and Conflict where it cannot follow the one there is.
func (s *Store) MoveReferral(ctx context.Context, by Reading, packet string, to State, outcome, words string) error {
	if err := s.ready(); err != nil {
		return err
	}
	r, err := s.referralOf(ctx, s.DB, packet)
	if err != nil {
		return err
	}
	_, o, h, err := s.packet(ctx, by, r)
	if err != nil {
		return err
	}
	if by.Account == "" {
		return fault.Forbidden("fault.forbidden")
	}
	if r.State == to {
		return s.endIfOver(ctx, r.PacketID, to) // pressed twice, or stopped half way
	}
	if !May(ByReceiver, r.State, to) || h.Packet == nil || r.UntilHour <= s.Now().Unix() {
		return fault.Conflict("support.fault.referral_step")
	}
	if err := CheckMove(to, outcome, words); err != nil {
		return err
	}
	wordID, word, err := s.sealWord(ctx, r, h.Packet.Reply, words)
	if err != nil {
		return err
	}
	step := func(ctx context.Context, tx *db.Tx) error {
		return r.step(ctx, tx, to, outcome, wordID, word, hour(s.Now()))
	}
	if to == Accepted {
		err = s.accept(ctx, by, r, o, step)
	} else {
		err = s.DB.Tx(ctx, func(tx *db.Tx) error {
			if err := step(ctx, tx); err != nil {
				return err
			}
			if to.Over() {
				if err := s.shut(ctx, tx, r.PacketID); err != nil {
					return err
				}
			}
			return s.note(ctx, tx, "support.write", by.actor(), "request", packet)
		})
	}
	if err != nil {
		if wordID != "" && fault.Of(err).Kind != fault.KindInternal {
			if e := s.Erasure.EraseItems(context.WithoutCancel(ctx), wordID); e != nil {
				s.Log.Warn("erasure keys of what was not kept remain", "cause", e)
			}
		}
		return err
	}
	switch {
	case to == Accepted:
		return s.Erasure.EraseItems(ctx, r.BodyID)
	case to.Over() && !keeps(to, r.State):
		return s.end(ctx, r.PacketID)
	}
	return nil
}

// accept opens what was passed on with the half of its key that waited for this, and keeps it as the packet's entry.
func (s *Store) accept(ctx context.Context, by Reading, r referralRow, o *opened, step func(context.Context, *db.Tx) error) error {
	keys, err := s.Erasure.Items(ctx, r.BodyID)
	if err != nil {
		return err
	}
	plain, gone, err := o.unseal(itemRow{ID: r.BodyID, Epoch: 1, Kind: itemEntry, Sealed: r.Body}, keys)
	if err != nil {
		return err
	}
	var sent Sent
	if gone || json.Unmarshal(plain, &sent) != nil {
		return exchanged(nil)
	}
	return s.Write(ctx, by, o.ID, Change{Entries: []Entry{{Kind: PassedOn, More: sent}}, Waiting: Since(nil), With: func(ctx context.Context, tx *db.Tx) error {
		if _, err := tx.Exec(ctx, `UPDATE support_referrals SET body = '' WHERE id = :id`, db.Args{"id": r.ID}); err != nil {
			return err
		}
		return step(ctx, tx)
	}})
}

// sealWord seals a reason under the key that the packet and its conversation have.
func (s *Store) sealWord(ctx context.Context, r referralRow, reply []byte, words string) (id, sealed string, err error) {
	if words == "" {
		return "", "", nil
	}
	var key vault.DataKey
	if copy(key[:], reply) != len(key) {
		return "", "", exchanged(nil)
	}
	id = db.NewSecretID()
	erase := vault.NewErasureKey()
	b, err := key.Seal(erase, vault.Address{Request: r.ID, Item: id, Epoch: r.N + 1, Kind: itemWord}, []byte(words))
	if err != nil {
		return "", "", err
	}
	return id, encode(b), s.Erasure.Put(ctx, erasure.Key{Request: r.ID, Item: id, Key: erase})
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
		entries = append(entries, Entry{Kind: Moved, By: byReferral, More: m})
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
		p, ok := more[Proposal](e.Entry)
		if e.Kind != Proposed || !ok {
			continue
		}
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
			if m, ok := more[Move](e.Entry); ok && of(m.ID) != nil {
				of(m.ID).Answered = e.Kind
			}
		case Consented:
			if x, ok := more[Consent](e.Entry); ok && of(x.ID) != nil {
				r := of(x.ID)
				r.Consent, r.Agreed, r.State, r.Changed = &x, e.Hour, Requested, e.Hour
			}
		case Moved:
			if m, ok := more[Move](e.Entry); ok && of(m.ID) != nil {
				r := of(m.ID)
				r.Moves = append(r.Moves, m)
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
			list[i].Would = slices.DeleteFunc(team.Readers(), func(x Reader) bool { return slices.Contains(c.Header.Struck, x.KeyID) })
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
			o, err := s.open(ctx, s.DB, by, c.ID)
			if err != nil {
				return err
			}
			if c.Entries, err = s.entriesOf(ctx, o); err != nil {
				return err
			}
			r.Moves = nil
			for _, e := range c.Entries {
				if m, ok := more[Move](e.Entry); ok && e.Kind == Moved && m.ID == r.ID {
					r.Moves = append(r.Moves, m)
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
	return s.strikeIn(ctx, by, c, *r.Consent, row)
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

// strikeIn carries what the person struck out since into a packet that is still read.
func (s *Store) strikeIn(ctx context.Context, by Reading, c *conversation, x Consent, r referralRow) error {
	if r.State.Over() || len(c.Header.Struck) == 0 || x.Seed == "" {
		return nil
	}
	own, err := x.PersonIn(by)
	if err != nil {
		return nil // made for a code that was lost
	}
	o, err := s.open(ctx, s.DB, own, x.Packet)
	if err != nil {
		return err
	}
	h, err := s.header(ctx, s.DB, o)
	if err != nil {
		return err
	}
	team, err := s.Team(ctx, s.DB, h.Party)
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
		if slices.Contains(c.Header.Struck, m.AccountID) && !slices.Contains(h.Packet.Kept, s.keptMark(x.Packet, m.AccountID)) {
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
		_, err := tx.Exec(ctx, `UPDATE support_requests SET closing = 1 WHERE id = :p`, db.Args{"p": x.Packet})
		return err
	}); err != nil {
		return err
	}
	err = s.Write(ctx, own, x.Packet, Change{Header: func(h *Header) { h.Packet.Kept = s.keptFrom(x.Packet, h.Packet.Kept, unmarked) }})
	if fault.Is(err, fault.KindConflict) { // who is left is on no list any more
		return s.StopReferral(ctx, by, c.ID, x.ID, "")
	}
	return err
}

// News are the conversations of the reader in which something has come back and nobody has looked yet.
func (s *Store) News(ctx context.Context, by Reading) ([]string, error) {
	var rows []referralRow
	if err := s.DB.Select(ctx, &rows, referralNow+` WHERE s.n > r.noted ORDER BY s.hour DESC, r.id LIMIT 200`, nil); err != nil {
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
