package support

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"kvart/internal/platform/db"
	"kvart/internal/platform/erasure"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/vault"
	"kvart/internal/platform/web"
)

// itemWord is the kind of a reason that waits, sealed, for its conversation; it is in no item's row.
const itemWord = "word"

type referralRow struct {
	ID        string  `db:"id"`
	PacketID  *string `db:"packet_id"`
	BodyID    string  `db:"body_id"`
	Body      string  `db:"body"`
	News      string  `db:"news"`
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

// PartyName is how the party is called: its centre's name or its organisation's.
func (s *Store) PartyName(ctx context.Context, p Party) (string, error) {
	if p.Centre != "" {
		c, err := s.Network.Centre(ctx, s.DB, p.Centre)
		return c.Name, err
	}
	o, err := s.Network.Organisation(ctx, s.DB, p.Organisation)
	return o.Name, err
}

// Named is a party with its name.
type Named struct {
	Party
	Name string
}

// Receivers are the parties that something can be passed on to now: those with somebody whose key is listed, but for one.
func (s *Store) Receivers(ctx context.Context, but Party) ([]Named, error) {
	organisations, err := s.Network.Organisations(ctx, s.DB)
	if err != nil {
		return nil, err
	}
	centres, err := s.Network.Centres(ctx, s.DB)
	if err != nil {
		return nil, err
	}
	var all, list []Named
	for _, o := range organisations {
		all = append(all, Named{Party{Organisation: o.ID}, o.Name})
	}
	for _, c := range centres {
		all = append(all, Named{Party{Centre: c.ID}, c.Name})
	}
	for _, n := range all {
		if n.Party == but {
			continue
		}
		team, err := s.Team(ctx, s.DB, n.Party)
		if err != nil {
			return nil, err
		}
		if len(team.Readers()) > 0 {
			list = append(list, n)
		}
	}
	return list, nil
}

// conversation is a request with its header and entries opened, for what writes to it. Nothing is noted as read.
type conversation struct {
	*opened
	Header  Header
	Entries []Shown
}

// conversation returns NotFound for a packet: what was passed on is not passed on from there.
func (s *Store) conversation(ctx context.Context, by Reading, id string) (*conversation, error) {
	if err := s.ready(); err != nil {
		return nil, err
	}
	o, err := s.open(ctx, s.DB, by, id)
	if err != nil {
		return nil, err
	}
	c := &conversation{opened: o}
	if c.Header, err = s.header(ctx, s.DB, o); err == nil {
		err = s.stillReads(ctx, by, c.Header.Party)
	}
	if err == nil && o.Kind != "request" {
		err = fault.NotFound("fault.not_found")
	}
	if err != nil {
		return nil, err
	}
	c.Entries, err = s.entriesOf(ctx, o)
	return c, err
}

func (s *Store) entriesOf(ctx context.Context, o *opened) (list []Shown, err error) {
	var rows []itemRow
	if err := s.DB.Select(ctx, &rows, `SELECT * FROM support_items WHERE request_id = :r AND kind = 'entry' ORDER BY seq`, db.Args{"r": o.ID}); err != nil {
		return nil, err
	}
	keys, err := s.Erasure.OfRequests(ctx, o.ID)
	if err != nil {
		return nil, err
	}
	for _, row := range rows {
		plain, gone, err := o.unseal(row, keys)
		if err != nil {
			return nil, err
		}
		e := Shown{ID: row.ID, Hour: row.Hour, Erased: gone}
		if !gone && json.Unmarshal(plain, &e.Entry) != nil {
			return nil, exchanged(nil)
		}
		list = append(list, e)
	}
	return list, nil
}

// Draft is what a worker chooses to propose.
type Draft struct {
	To                 Party
	Topic, Name, Reach bool // whether what the person said of it goes
	Summary            string
	Messages           []string // ids of entries whose text goes
	Until              string
}

// Propose puts a proposal into the thread, with exactly what would go. It returns Invalid with the fields that cannot be
// right; nothing leaves the thread.
func (s *Store) Propose(ctx context.Context, by Reading, request string, d Draft, claim string) error {
	c, err := s.conversation(ctx, by, request)
	if err != nil {
		return err
	}
	if by.Account == "" {
		return fault.Forbidden("fault.forbidden")
	}
	p := Proposal{ID: db.NewSecretID(), From: c.Header.Party, To: d.To, Until: d.Until, Sent: Sent{Summary: d.Summary}}
	var f fault.Form
	receivers, err := s.Receivers(ctx, c.Header.Party)
	if err != nil {
		return err
	}
	at := slices.IndexFunc(receivers, func(n Named) bool { return n.Party == d.To })
	if at < 0 {
		f.Add("to", "support.fault.referral_to")
	} else {
		p.Name = receivers[at].Name
	}
	if d.Topic {
		p.Sent.Topic = c.Header.Topic
	}
	if d.Name {
		p.Sent.Name = c.Header.Name
	}
	if d.Reach {
		p.Sent.Reach = reachOf(c.Header)
	}
	for _, e := range c.Entries {
		if slices.Contains(d.Messages, e.ID) && e.Kind == Message && !e.Erased && e.Text != "" {
			p.Sent.Messages = append(p.Sent.Messages, SentMessage{e.By == PersonID, e.Text})
		}
	}
	if utf8.RuneCountInString(d.Summary) > maxSummary {
		f.Add("summary", "fault.too_long", "max", maxSummary)
	} else if p.Sent.Empty() {
		f.Add("summary", "support.fault.referral_nothing")
	}
	until, err := s.until(ctx, d.Until)
	if now := s.Now(); err != nil || until <= now.Unix() || until > now.AddDate(1, 0, 1).Unix() {
		f.Add("until", "support.fault.referral_until")
	}
	if err := f.Err(); err != nil {
		return err
	}
	return s.Write(ctx, by, request, Change{Entries: []Entry{{Kind: Proposed, More: p}}, Claim: claim})
}

// until is when a consent through that day is over, by the network's clock.
func (s *Store) until(ctx context.Context, date string) (int64, error) {
	n, err := s.Network.Network(ctx, s.DB)
	if err != nil {
		return 0, err
	}
	zone, err := time.LoadLocation(n.Zone)
	if err != nil {
		return 0, err
	}
	return untilHour(date, zone)
}

// proposal is a proposal of the conversation, and whether it was answered before there was a consent: "", Declined, TakenBack.
func (c *conversation) proposal(id string) (p Proposal, answered string, consent *Consent, err error) {
	found := false
	for _, e := range c.Entries {
		switch e.Kind {
		case Proposed:
			if x, ok := more[Proposal](e.Entry); ok && x.ID == id {
				p, found = x, true
			}
		case Declined, TakenBack:
			if x, ok := more[Move](e.Entry); ok && x.ID == id {
				answered = e.Kind
			}
		case Consented:
			if x, ok := more[Consent](e.Entry); ok && x.ID == id {
				consent = &x
			}
		}
	}
	if !found {
		err = fault.NotFound("fault.not_found")
	}
	return p, answered, consent, err
}

// Consent seals the packet of a proposal to its receiver, as the person says yes: in their own thread, or to a worker who
// records how. Before this nothing of it exists beside the thread. A second yes changes nothing. It returns Conflict where
// the proposal was answered otherwise, where its day is over and where nobody of the receiver's could read it. strike are
// keys of the receiver's that the person wants it kept from.
func (s *Store) Consent(ctx context.Context, by Reading, request, referral, how, words string, strike ...string) error {
	c, err := s.conversation(ctx, by, request)
	if err != nil {
		return err
	}
	p, answered, consent, err := c.proposal(referral)
	if err != nil || consent != nil {
		return err
	}
	if answered != "" {
		return fault.Conflict("support.fault.referral_answered")
	}
	var f fault.Form
	switch {
	case by.ID == PersonID:
		how, words = ConsentHere, ""
	case by.Account == "":
		return fault.Forbidden("fault.forbidden")
	case how != ConsentInPerson && how != ConsentByPhone:
		f.Add("how", "fault.required")
	}
	if by.ID != PersonID && strings.TrimSpace(words) == "" {
		f.Add("words", "fault.required")
	}
	if utf8.RuneCountInString(words) > maxWords {
		f.Add("words", "fault.too_long", "max", maxWords)
	}
	if err := f.Err(); err != nil {
		return err
	}
	until, err := s.until(ctx, p.Until)
	if err != nil {
		return err
	}
	if until <= s.Now().Unix() {
		return fault.Conflict("support.fault.referral_over")
	}
	k, err := s.pack(ctx, c, p, until, strike)
	if err != nil {
		return err
	}
	k.consent.How, k.consent.Words = how, words
	if err := s.Erasure.Put(ctx, k.sealing.erasure...); err != nil {
		return err
	}
	err = s.Write(ctx, by, request, Change{Entries: []Entry{{Kind: Consented, More: k.consent}}, Claim: s.answerMark(referral), With: func(ctx context.Context, tx *db.Tx) error {
		return s.insertPacket(ctx, tx, k)
	}})
	_, again := errors.AsType[*web.Already](err)
	if again || err != nil && fault.Of(err).Kind != fault.KindInternal {
		if e := s.Erasure.EraseRequests(context.WithoutCancel(ctx), k.sealing.request); e != nil {
			s.Log.Warn("erasure keys of what was not kept remain", "cause", e)
		}
	}
	if again { // a yes and a no at once: the first counts, and twice the same is once
		if _, there := s.referral(ctx, s.DB, referral); there == nil {
			return nil
		}
		return fault.Conflict("support.fault.referral_answered")
	}
	return err
}

// answerMark is the claim of a proposal's answer: it has one.
func (s *Store) answerMark(referral string) string {
	mac := hmac.New(sha256.New, s.Auth.Secrets.Key("support referral answer"))
	mac.Write([]byte(referral))
	return hex.EncodeToString(mac.Sum(nil))
}

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

// struckOut says whether the request is never given to the owner of the key.
func (s *Store) struckOut(team Team, request string, h Header, key string) bool {
	if team.struck(h, key) {
		return true
	}
	i := slices.IndexFunc(team.Members, func(r Reader) bool { return r.KeyID == key })
	return h.Packet != nil && i >= 0 && slices.Contains(h.Packet.Kept, s.keptMark(request, team.Members[i].AccountID))
}

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

const newsClass = 8

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

// Decline says no to a proposal: the person who does not want it, or the team that takes it back. It returns Conflict
// where there is a consent already.
func (s *Store) Decline(ctx context.Context, by Reading, request, referral string) error {
	c, err := s.conversation(ctx, by, request)
	if err != nil {
		return err
	}
	p, answered, consent, err := c.proposal(referral)
	if err != nil || answered != "" {
		return err
	}
	if consent != nil {
		return fault.Conflict("support.fault.referral_answered")
	}
	kind := Declined
	if by.ID != PersonID {
		kind = TakenBack
	}
	err = s.Write(ctx, by, request, Change{Entries: []Entry{{Kind: kind, More: Move{ID: p.ID, Name: p.Name, Hour: hour(s.Now())}}}, Claim: s.answerMark(referral)})
	if _, again := errors.AsType[*web.Already](err); again {
		return fault.Conflict("support.fault.referral_answered")
	}
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
	err = s.Write(ctx, by, request, Change{Entries: []Entry{{Kind: Moved, More: Move{ID: p.ID, Name: p.Name, State: to, Words: words, Hour: hour(s.Now())}}},
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
func (s *Store) withdrawAll(ctx context.Context, o *opened) error {
	list, err := s.entriesOf(ctx, o)
	if err != nil {
		return err
	}
	for _, e := range list {
		c, ok := more[Consent](e.Entry)
		if e.Kind != Consented || !ok {
			continue
		}
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
