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

	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/web"
)

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
	c := &conversation{}
	err := settled(func() (err error) {
		if c.opened, c.Header, err = s.opensFor(ctx, by, id); err == nil && c.Kind != "request" {
			err = fault.NotFound("fault.not_found")
		}
		if err == nil {
			c.Entries, err = s.entriesOf(ctx, c.opened)
		}
		return err
	})
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
	return s.Write(ctx, by, request, Change{Entries: []Entry{{Kind: Proposed, Proposal: &p}}, Claim: claim})
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
			if x := e.Proposal; x != nil && x.ID == id {
				p, found = *x, true
			}
		case Declined, TakenBack:
			if x := e.Move; x != nil && x.ID == id {
				answered = e.Kind
			}
		case Consented:
			if x := e.Consent; x != nil && x.ID == id {
				consent = x
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
	err = s.Write(ctx, by, request, Change{Entries: []Entry{{Kind: Consented, Consent: &k.consent}}, Claim: s.answerMark(referral), With: func(ctx context.Context, tx *db.Tx) error {
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
	err = s.Write(ctx, by, request, Change{Entries: []Entry{{Kind: kind, Move: &Move{ID: p.ID, Name: p.Name, Hour: hour(s.Now())}}}, Claim: s.answerMark(referral)})
	if _, again := errors.AsType[*web.Already](err); again {
		return fault.Conflict("support.fault.referral_answered")
	}
	return err
}
