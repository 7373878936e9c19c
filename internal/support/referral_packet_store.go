package support

import (
	"context"
	"encoding/json"

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
	h, err := s.header(ctx, o)
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
	if err == nil && h.Packet != nil && h.Packet.since && !r.State.Over() && by.Account != "" {
		// Whom the packet is kept from since: sealed by the first who looks, so that a row does not say it alone.
		if err := s.Write(ctx, by, id, Change{}); err != nil && fault.Of(err).Kind == fault.KindInternal {
			return p, err
		}
	}
	if err != nil || h.Packet == nil || r.State == Requested || r.UntilHour <= s.Now().Unix() {
		return p, err
	}
	t, err := s.Thread(ctx, by, id)
	if err != nil {
		return p, err
	}
	for _, e := range t.Entries {
		if e.Kind == PassedOn {
			p.Sent = e.Sent
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
	return s.Write(ctx, by, o.ID, Change{Entries: []Entry{{Kind: PassedOn, Sent: &sent}}, Waiting: Since(nil), With: func(ctx context.Context, tx *db.Tx) error {
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
