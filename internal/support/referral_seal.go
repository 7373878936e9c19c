package support

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strings"

	"github.com/google/uuid"

	"kvart/internal/platform/db"
	"kvart/internal/platform/erasure"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/vault"
)

// packed is a packet before it is kept.
type packed struct {
	referral referralRow
	consent  Consent
	epoch    epoch
	sealing  sealing
	headerID string
}

// pack seals exactly what the proposal says to the receiver's readers, less whom the person struck out anywhere, to the
// organisation's recovery key and to the person, under a key of this packet alone.
func (s *Store) pack(ctx context.Context, c *conversation, p Proposal, until int64, strike []string) (*packed, error) {
	team, err := s.Team(ctx, s.DB, p.To)
	if err != nil {
		return nil, err
	}
	struck := slices.Clone(c.Header.Struck)
	for _, id := range strike {
		if _, ok := team.member(id); ok && isStaff(id) {
			struck = append(struck, id)
		}
	}
	if struck, err = s.owners(ctx, s.DB, struck); err != nil { // a person is struck out, whichever key they have
		return nil, err
	}
	var members []vault.Member
	for _, r := range team.Readers() {
		if m, ok := team.member(r.KeyID); ok && !team.struck(Header{Struck: struck}, r.KeyID) {
			members = append(members, m)
		}
	}
	if len(members) == 0 {
		return nil, fault.Conflict("support.fault.referral_nobody", "name", p.Name)
	}
	members = append(members, team.recovery...)
	reply := vault.NewDataKey()
	packet := db.NewSecretID()
	k := &packed{consent: Consent{ID: p.ID, Name: p.Name, Packet: packet, Reply: reply[:]}, referral: referralRow{ID: p.ID, PacketID: &packet, BodyID: db.NewSecretID(), UntilHour: until}}
	for _, m := range c.members() {
		if m.ID != PersonID {
			continue
		}
		seed := vault.NewDataKey()
		own, err := vault.IdentityFromSeed(seed)
		if err != nil {
			return nil, err
		}
		key, err := vault.ParseReader(m.Key)
		if err != nil {
			return nil, err
		}
		sealed, err := vault.Grant(key, vault.Place{Request: packet, Epoch: 0, Reader: PersonID}, seed)
		if err != nil {
			return nil, err
		}
		k.consent.Seed = encode(sealed)
		members = append(members, vault.Member{ID: PersonID, Key: own.Reader().Bytes()})
	}
	if k.epoch, err = newEpoch(packet, 1, nil, members); err != nil {
		return nil, err
	}
	k.sealing = sealing{request: packet, epoch: 1, key: k.epoch.key, hour: hour(s.Now())}
	head := Header{Party: p.To, Lang: c.Header.Lang, Packet: &PacketHead{Referral: p.ID, From: p.From, Reply: reply[:], Until: p.Until, Kept: s.keptFrom(packet, nil, struck)}}
	if k.headerID, err = k.sealing.addJSON(itemHeader, head); err != nil {
		return nil, err
	}
	body, err := json.Marshal(p.Sent)
	if err != nil {
		return nil, err
	}
	erase := vault.NewErasureKey()
	sealed, err := k.epoch.key.Seal(erase, vault.Address{Request: packet, Item: k.referral.BodyID, Epoch: 1, Kind: itemEntry}, body)
	if err != nil {
		return nil, err
	}
	k.referral.Body = encode(sealed)
	k.sealing.erasure = append(k.sealing.erasure, erasure.Key{Request: packet, Item: k.referral.BodyID, Key: erase})
	k.referral.News, err = newsFor(c, p.ID)
	return k, err
}

func (s *Store) insertPacket(ctx context.Context, tx *db.Tx, k *packed) error {
	packet := k.sealing.request
	if _, err := tx.Exec(ctx, `INSERT INTO support_requests (id, kind, epoch, header_id, waiting_hour, made_hour, delete_hour) VALUES (:id, 'referral', 1, :h, :now, :now, :delete)`,
		db.Args{"id": packet, "h": k.headerID, "now": k.sealing.hour, "delete": k.referral.UntilHour}); err != nil {
		return err
	}
	if err := k.epoch.insert(ctx, tx, packet); err != nil {
		return err
	}
	if err := k.sealing.insert(ctx, tx); err != nil {
		return err
	}
	r := k.referral
	if _, err := tx.Exec(ctx, `INSERT INTO support_referrals (id, packet_id, body_id, body, news, until_hour) VALUES (:id, :p, :bid, :b, :news, :u)`,
		db.Args{"id": r.ID, "p": packet, "bid": r.BodyID, "b": r.Body, "news": r.News, "u": r.UntilHour}); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `INSERT INTO support_referral_steps (referral_id, n, state, hour) VALUES (:r, 1, 'requested', :h)`, db.Args{"r": r.ID, "h": k.sealing.hour}); err != nil {
		return err
	}
	return nil // the conversation's row is the transaction's: another beside it would say which packet is whose
}

// keptMark stands for somebody whom a packet is kept from: who has the packet's key but not the server's secrets cannot tell
// whose it is.
func (s *Store) keptMark(packet, account string) string {
	mac := hmac.New(sha256.New, s.Auth.Secrets.Key("support referral kept from"))
	mac.Write([]byte(packet + "/" + account))
	return hex.EncodeToString(mac.Sum(nil))
}

// keptFrom adds the accounts' marks to those there, among others that stand for nobody: there are always as many, up to the
// next multiple of newsClass, so that they do not tell that somebody was struck out.
func (s *Store) keptFrom(packet string, marks, accounts []string) []string {
	marks = slices.Clone(marks)
	for _, account := range accounts {
		if m := s.keptMark(packet, account); !slices.Contains(marks, m) {
			marks = append(marks, m)
		}
	}
	for len(marks) == 0 || len(marks)%newsClass != 0 {
		nobody := vault.NewDataKey()
		marks = append(marks, hex.EncodeToString(nobody[:]))
	}
	slices.Sort(marks)
	return marks
}

// keptSince adds the marks of those whom the person struck out with another code than the packet has a key for.
// Whoever of the packet's readers looks next seals them into the header: who has the database can empty the row.
func (s *Store) keptSince(ctx context.Context, packet string, h *PacketHead) error {
	var kept string
	err := s.DB.Get(ctx, &kept, `SELECT kept FROM support_referrals WHERE packet_id = :p`, db.Args{"p": packet})
	if fault.Is(err, fault.KindNotFound) {
		return nil
	}
	for mark := range strings.FieldsSeq(kept) {
		if !slices.Contains(h.Kept, mark) {
			h.Kept, h.since = append(h.Kept, mark), true
		}
	}
	slices.Sort(h.Kept)
	return err
}

// struckOut says whether the request is never given to the owner of the key.
func (s *Store) struckOut(team Team, request string, h Header, key string) bool {
	if team.struck(h, key) {
		return true
	}
	i := slices.IndexFunc(team.Members, func(r Reader) bool { return r.KeyID == key })
	return h.Packet != nil && i >= 0 && slices.Contains(h.Packet.Kept, s.keptMark(request, team.Members[i].AccountID))
}

const newsClass = 8

// newsFor points those of the team who read now to the conversation, for when something comes back. A pointer tells
// neither whom it is for nor where it leads, and there are always as many, up to the next multiple of newsClass.
func newsFor(c *conversation, referral string) (string, error) {
	var at vault.DataKey
	id, err := hex.DecodeString(strings.ReplaceAll(c.ID, "-", ""))
	if err != nil {
		return "", err
	}
	copy(at[:], id)
	var list []string
	seal := func(to vault.Reader, reader string, what vault.DataKey) error {
		sealed, err := vault.Grant(to, vault.Place{Request: referral, Epoch: 0, Reader: reader}, what)
		list = append(list, encode(sealed))
		return err
	}
	for _, m := range c.members() {
		if !isStaff(m.ID) {
			continue
		}
		key, err := vault.ParseReader(m.Key)
		if err == nil {
			err = seal(key, m.ID, at)
		}
		if err != nil {
			return "", err
		}
	}
	for len(list)%newsClass != 0 {
		nobody, err := vault.NewIdentity()
		if err == nil {
			err = seal(nobody.Reader(), "", vault.NewDataKey())
		}
		if err != nil {
			return "", err
		}
	}
	slices.Sort(list)
	return strings.Join(list, " "), nil
}

// newsIn is the conversation that a pointer of the referral leads the reader to, or "".
func newsIn(by Reading, r referralRow) string {
	for one := range strings.FieldsSeq(r.News) {
		at, err := by.Key.Open(vault.Place{Request: r.ID, Epoch: 0, Reader: by.ID}, decode(one))
		if err != nil {
			continue
		}
		if id, err := uuid.FromBytes(at[:16]); err == nil {
			return id.String()
		}
	}
	return ""
}
