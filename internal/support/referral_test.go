package support_test

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"kvart/internal/network"
	"kvart/internal/platform/auth"
	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/i18n"
	"kvart/internal/platform/vault"
	. "kvart/internal/support"
)

// partner is another organisation with two members who read for it, on a list of its own.
type partner struct {
	id       string
	members  []Reading
	recovery vault.Identity
}

func (w *house) partner() (p partner) {
	w.t.Helper()
	ctx := w.t.Context()
	p.id = db.NewID()
	w.exec(`INSERT INTO organisations (id, slug, kind, name) VALUES (:id, 'pravna', 'cso', 'Pravna pomoć')`, db.Args{"id": p.id})
	public, private, err := ed25519.GenerateKey(nil)
	w.must(err)
	w.must(w.Pins.Pin(p.id, public))
	p.recovery, err = vault.NewIdentity()
	w.must(err)
	for _, login := range []string{"mira", "nada"} {
		a, err := w.Auth.AddAccount(ctx, login, "Osoba "+login, "", phrase, auth.Held{Role: network.Member, Scope: auth.Scope{Kind: network.ScopeOrganisation, ID: p.id}})
		w.must(err)
		_, err = w.Auth.MakeKey(ctx, a.ID, phrase, nil)
		w.must(err)
		p.members = append(p.members, w.unlock(login))
	}
	l := vault.List{Organisation: p.id, Serial: 1, Signed: w.now.Format(time.DateOnly)}
	until := w.now.AddDate(0, 11, 0).Format(time.DateOnly)
	for _, m := range p.members {
		l.Readers = append(l.Readers, vault.Listed{ID: m.ID, Owner: m.Account, Key: m.Key.Reader().Bytes(), Until: until})
	}
	l.Readers = append(l.Readers, vault.Listed{ID: RecoveryID, Owner: RecoveryID, Key: p.recovery.Reader().Bytes(), Until: until})
	file, err := l.Sign(private)
	w.must(err)
	w.must(w.TakeList(ctx, p.id, file, "test"))
	return p
}

// proposed is a conversation in which passing on to the partner is proposed: the name and one message of three things.
func (w *house) proposed(p partner, struck ...string) (request string, person Reading, r Referral) {
	w.t.Helper()
	ctx := w.t.Context()
	request, person, _ = w.ask("PRVA-PORUKA", struck...)
	w.say(person, request, "DRUGA-PORUKA")
	w.must(w.Write(ctx, person, request, Change{Header: func(h *Header) {
		h.Name, h.Topic, h.Ways, h.NotTell, h.Pronouns = "IME-ZA-NJIH", "samoca", "NACIN-JAVLJANJA", "NE-RECI", "ZAMJENICE"
	}}))
	t, err := w.Thread(ctx, w.team[0], request)
	w.must(err)
	w.must(w.Propose(ctx, w.team[0], request, Draft{To: Party{Organisation: p.id}, Name: true, Topic: true, Summary: "SAZETAK", Messages: []string{t.Entries[1].ID}, Until: w.now.AddDate(0, 1, 0).Format(time.DateOnly)}, ""))
	return request, person, w.only(w.team[0], request)
}

func (w *house) only(by Reading, request string) Referral {
	w.t.Helper()
	list, err := w.Referrals(w.t.Context(), by, request)
	w.must(err)
	if len(list) != 1 {
		w.t.Fatalf("%d referrals", len(list))
	}
	return list[0]
}

func (w *house) count(q string, args db.Args) (n int) {
	w.t.Helper()
	w.must(w.DB.Get(w.t.Context(), &n, q, args))
	return n
}

// sent is a packet that the person consented to.
func (w *house) sent(p partner) (request string, person Reading, r Referral) {
	w.t.Helper()
	request, person, r = w.proposed(p)
	w.must(w.Consent(w.t.Context(), person, request, r.ID, "", ""))
	return request, person, w.only(person, request)
}

func (w *house) packet(by Reading, id string) Packet {
	w.t.Helper()
	p, err := w.Packet(w.t.Context(), by, id)
	w.must(err)
	return p
}

func TestRefer_nothingExistsBeforeConsent(t *testing.T) {
	each(t, func(w *house) {
		p := w.partner()
		request, person, r := w.proposed(p)
		if !r.Pending() || r.Name != "Pravna pomoć" || r.Sent.Name != "IME-ZA-NJIH" || r.Sent.Reach != "" || len(r.Sent.Messages) != 1 || r.Sent.Messages[0].Text != "DRUGA-PORUKA" || !r.Sent.Messages[0].Person {
			t.Fatalf("proposed: %+v", r)
		}
		if seen := w.only(person, request); seen.Sent.Summary != "SAZETAK" || seen.Sent.Messages[0].Text != "DRUGA-PORUKA" {
			t.Errorf("the person sees %+v", seen)
		}
		nothing := func() {
			t.Helper()
			if n := w.count(`SELECT (SELECT COUNT(*) FROM support_requests WHERE kind = 'referral') + (SELECT COUNT(*) FROM support_grants WHERE request_id <> :r) + (SELECT COUNT(*) FROM support_referrals)`, db.Args{"r": request}); n != 0 {
				t.Fatalf("%d rows before consent", n)
			}
			for _, m := range p.members {
				if list, _, err := w.Packets(t.Context(), m, 0); err != nil || len(list) != 0 {
					t.Fatalf("a receiver sees %v, %v", list, err)
				}
			}
		}
		nothing()
		// A worker records consent only with how it was given; nobody else does.
		w.wants(w.Consent(t.Context(), w.team[0], request, r.ID, "", ""), fault.KindInvalid)
		w.wants(w.Consent(t.Context(), w.team[0], request, r.ID, ConsentHere, "x"), fault.KindInvalid)
		w.wants(w.Consent(t.Context(), w.team[0], request, r.ID, ConsentByPhone, " "), fault.KindInvalid)
		w.wants(w.Consent(t.Context(), p.members[0], request, r.ID, ConsentByPhone, "x"), fault.KindNotFound)
		w.wants(w.Consent(t.Context(), person, request, db.NewSecretID(), "", ""), fault.KindNotFound)
		nothing()
		w.must(w.Decline(t.Context(), person, request, r.ID))
		w.wants(w.Consent(t.Context(), person, request, r.ID, "", ""), fault.KindConflict)
		w.wants(w.Consent(t.Context(), w.team[0], request, r.ID, ConsentInPerson, "Rekla je da."), fault.KindConflict)
		nothing()
		if got := w.only(w.team[1], request); got.Answered != Declined || got.Pending() {
			t.Errorf("declined: %+v", got)
		}
	})
}

func TestPropose_refusesWhatCannotBe(t *testing.T) {
	each(t, func(w *house) {
		p := w.partner()
		request, person, _ := w.ask("Tekst.")
		ok := Draft{To: Party{Organisation: p.id}, Summary: "x", Until: w.now.AddDate(0, 0, 3).Format(time.DateOnly)}
		for name, change := range map[string]func(d *Draft){
			"to nobody":           func(d *Draft) { d.To = Party{} },
			"to itself":           func(d *Draft) { d.To = Party{Centre: w.centre} },
			"to who has no key":   func(d *Draft) { d.To = Party{Centre: w.other} },
			"to nothing there":    func(d *Draft) { d.To = Party{Organisation: db.NewID()} },
			"nothing":             func(d *Draft) { d.Summary = "" },
			"what was never said": func(d *Draft) { d.Summary, d.Name, d.Reach, d.Topic = "", true, true, true },
			"another's message":   func(d *Draft) { d.Summary, d.Messages = "", []string{db.NewSecretID()} },
			"until yesterday":     func(d *Draft) { d.Until = w.now.AddDate(0, 0, -1).Format(time.DateOnly) },
			"for two years":       func(d *Draft) { d.Until = w.now.AddDate(2, 0, 0).Format(time.DateOnly) },
			"until no day":        func(d *Draft) { d.Until = "kad bude" },
			"too long":            func(d *Draft) { d.Summary = strings.Repeat("š", 4001) },
		} {
			d := ok
			change(&d)
			if err := w.Propose(t.Context(), w.team[0], request, d, ""); !fault.Is(err, fault.KindInvalid) {
				t.Errorf("%s: %v", name, err)
			}
		}
		w.wants(w.Propose(t.Context(), person, request, ok, ""), fault.KindForbidden)
		w.wants(w.Propose(t.Context(), p.members[0], request, ok, ""), fault.KindNotFound)
		w.must(w.Propose(t.Context(), w.team[0], request, ok, "once"))
		if err := w.Propose(t.Context(), w.team[0], request, ok, "once"); err == nil {
			t.Error("a form sent twice is taken twice")
		}
		w.only(w.team[0], request)
	})
}

func TestRefer_packetHasExactlyTheConsentedFields(t *testing.T) {
	each(t, func(w *house) {
		p := w.partner()
		request, person, r := w.sent(p)
		for range 2 { // pressed twice
			w.must(w.Consent(t.Context(), person, request, r.ID, "", ""))
		}
		if n := w.count(`SELECT COUNT(*) FROM support_requests WHERE kind = 'referral'`, nil); n != 1 {
			t.Fatalf("%d packets", n)
		}
		packet := r.Consent.Packet
		reader := p.members[0]
		before := w.packet(reader, packet)
		if before.Sent != nil || before.From != "Prvi" || before.State != Requested {
			t.Errorf("before acceptance: %+v", before)
		}
		if th, err := w.Thread(t.Context(), reader, packet); err != nil || len(th.Entries) != 0 || th.Header.Name != "" {
			t.Errorf("the packet as a thread, before: %+v, %v", th, err)
		}
		if plain := w.plaintext(reader, packet); plain == "" || strings.Contains(plain, "samoca") || strings.Contains(plain, w.team[0].ID) {
			t.Errorf("opened before acceptance: %s", plain)
		}
		// With the database, and the key of a receiver: the header opens, the body does not, as half of its key is elsewhere.
		var body struct {
			ID   string `db:"body_id"`
			Body string `db:"body"`
		}
		w.must(w.DB.Get(t.Context(), &body, `SELECT body_id, body FROM support_referrals`, nil))
		for _, g := range w.steal(packet).Grants {
			if g.Reader != reader.ID {
				continue
			}
			key, err := reader.Key.Open(vault.Place{Request: packet, Epoch: 1, Reader: reader.ID}, decoded(g.Sealed))
			w.must(err)
			if _, err := key.Unseal(vault.ErasureKey{}, vault.Address{Request: packet, Item: body.ID, Epoch: 1, Kind: "entry"}, decoded(body.Body)); err == nil {
				t.Error("the body opens without the erasure store")
			}
		}
		w.must(w.MoveReferral(t.Context(), reader, packet, Accepted, "", ""))
		w.must(w.MoveReferral(t.Context(), reader, packet, Accepted, "", "")) // pressed twice
		// All that the packet holds, opened: the marks that were consented to and no other.
		plain := w.plaintext(reader, packet)
		for _, mark := range []string{"IME-ZA-NJIH", "samoca", "SAZETAK", "DRUGA-PORUKA"} {
			if !strings.Contains(plain, mark) {
				t.Errorf("%s is not in the packet", mark)
			}
		}
		for _, mark := range []string{"PRVA-PORUKA", "NACIN-JAVLJANJA", "NE-RECI", "ZAMJENICE", request} {
			if strings.Contains(plain, mark) {
				t.Errorf("%s is in the packet", mark)
			}
		}
		for _, m := range p.members {
			if got := w.packet(m, packet); got.Sent == nil || got.Sent.Name != "IME-ZA-NJIH" || len(got.Sent.Messages) != 1 {
				t.Errorf("a receiver reads %+v", got)
			}
		}
		if n := w.count(`SELECT COUNT(*) FROM support_referrals WHERE body <> ''`, nil); n != 0 {
			t.Error("the body that waited is still there")
		}
		// The referring team, and other people, do not open it; the conversation's grants do not open it either.
		for _, other := range append([]Reading{person}, w.team...) {
			_, err := w.Packet(t.Context(), other, packet)
			if err == nil {
				t.Error("who refers reads the packet")
			}
		}
		for _, g := range w.steal(request).Grants {
			w.exec(`DELETE FROM support_grants WHERE request_id = :p AND reader_id = :k`, db.Args{"p": packet, "k": g.Reader})
			w.exec(`INSERT INTO support_grants (request_id, epoch, reader_id, sealed) VALUES (:p, 1, :k, :s)`, db.Args{"p": packet, "k": g.Reader, "s": g.Sealed})
		}
		_, err := w.Packet(t.Context(), w.team[0], packet)
		w.wants(err, fault.KindConflict)
		// Nothing of the conversation is in a plain row: neither its id, nor a key of the person that tells them apart.
		var members string
		w.must(w.DB.Get(t.Context(), &members, `SELECT members FROM support_epochs WHERE request_id = :p`, db.Args{"p": packet}))
		if strings.Contains(members, base64.StdEncoding.EncodeToString(person.Key.Reader().Bytes())) {
			t.Error("the person's key shows which conversation the packet is of")
		}
		var news string
		w.must(w.DB.Get(t.Context(), &news, `SELECT news FROM support_referrals`, nil))
		if len(strings.Fields(news)) != 8 {
			t.Errorf("%d pointers tell how many read", len(strings.Fields(news)))
		}
	})
}

// plaintext is all that the reader can open of a request.
func (w *house) plaintext(by Reading, id string) string {
	w.t.Helper()
	var all strings.Builder
	keys, err := w.Erasure.OfRequests(w.t.Context(), id)
	w.must(err)
	var items []struct {
		ID     string `db:"id"`
		Epoch  int    `db:"epoch"`
		Kind   string `db:"kind"`
		Sealed string `db:"sealed"`
	}
	w.must(w.DB.Select(w.t.Context(), &items, `SELECT id, epoch, kind, sealed FROM support_items WHERE request_id = :r`, db.Args{"r": id}))
	for _, g := range w.steal(id).Grants {
		if g.Reader != by.ID {
			continue
		}
		key, err := by.Key.Open(vault.Place{Request: id, Epoch: g.Epoch, Reader: by.ID}, decoded(g.Sealed))
		w.must(err)
		for _, i := range items {
			if i.Epoch != g.Epoch {
				continue
			}
			plain, err := key.Unseal(keys[i.ID], vault.Address{Request: id, Item: i.ID, Epoch: i.Epoch, Kind: i.Kind}, decoded(i.Sealed))
			w.must(err)
			all.Write(plain)
		}
	}
	return all.String()
}

func TestRefer_loopClosesWithStateOutcomeAndReason(t *testing.T) {
	each(t, func(w *house) {
		p := w.partner()
		request, person, r := w.sent(p)
		packet := r.Consent.Packet
		m := p.members[0]
		w.wants(w.MoveReferral(t.Context(), m, packet, InProgress, "", ""), fault.KindConflict)
		w.wants(w.MoveReferral(t.Context(), m, packet, Rejected, "", ""), fault.KindInvalid)
		w.wants(w.MoveReferral(t.Context(), m, packet, Withdrawn, "", "x"), fault.KindConflict)
		w.wants(w.MoveReferral(t.Context(), w.team[0], packet, Accepted, "", ""), fault.KindNotFound)
		w.must(w.MoveReferral(t.Context(), m, packet, Accepted, "", ""))
		if news, err := w.News(t.Context(), w.team[1], 200); err != nil || !slices.Equal(news, []string{request}) {
			t.Fatalf("news: %v, %v", news, err)
		}
		if news, err := w.News(t.Context(), m, 200); err != nil || len(news) != 0 {
			t.Errorf("the receiver is led to %v, %v", news, err)
		}
		if got := w.only(w.team[1], request); got.State != Accepted {
			t.Errorf("the referrer sees %+v", got)
		}
		if news, _ := w.News(t.Context(), w.team[1], 200); len(news) != 0 {
			t.Error("news after it was looked at")
		}
		w.must(w.MoveReferral(t.Context(), p.members[1], packet, InProgress, "", ""))
		w.must(w.MoveReferral(t.Context(), m, packet, OnHold, "", "RAZLOG-CEKANJA"))
		w.must(w.MoveReferral(t.Context(), m, packet, InProgress, "", ""))
		w.wants(w.MoveReferral(t.Context(), m, packet, Completed, "", ""), fault.KindInvalid)
		w.must(w.MoveReferral(t.Context(), m, packet, Completed, "got_help", ""))
		if n := w.count(`SELECT COUNT(*) FROM support_referral_steps WHERE word LIKE '%RAZLOG%'`, nil); n != 0 {
			t.Error("a reason stands in the open")
		}
		got := w.only(person, request)
		var states []State
		for _, x := range got.Moves {
			states = append(states, x.State)
		}
		if got.State != Completed || got.Outcome != "got_help" || !slices.Equal(states, []State{Accepted, InProgress, OnHold, InProgress, Completed}) || got.Moves[2].Words != "RAZLOG-CEKANJA" {
			t.Errorf("the person sees %+v", got)
		}
		w.only(w.team[0], request) // looked at again: noted once
		th, err := w.Thread(t.Context(), w.team[0], request)
		w.must(err)
		noted := 0
		for _, e := range th.Entries {
			if e.Kind == Moved {
				noted++
			}
		}
		if noted != 5 {
			t.Errorf("%d states in the thread", noted)
		}
		keys, err := w.Erasure.OfRequests(t.Context(), r.ID)
		if err != nil || len(keys) != 0 {
			t.Errorf("%d keys of reasons that the thread has", len(keys))
		}
		if len(got.Opened) != 0 {
			t.Errorf("opened: %+v", got.Opened)
		}
		w.packet(m, packet)
		if got = w.only(person, request); len(got.Opened) != 1 || got.Names[got.Opened[0].Reader] != "Osoba mira" {
			t.Errorf("opened: %+v", got.Opened)
		}
	})
}

// ended checks that nothing of the packet opens any more, and that its receiver sees only what became of it.
func (w *house) ended(p partner, packet string, state State) {
	w.t.Helper()
	keys, err := w.Erasure.OfRequests(w.t.Context(), packet)
	w.must(err)
	if len(keys) != 0 || w.count(`SELECT COUNT(*) FROM support_items WHERE request_id = :p`, db.Args{"p": packet}) != 0 || w.count(`SELECT COUNT(*) FROM support_referrals WHERE body <> ''`, nil) != 0 {
		w.t.Fatalf("%s: %d keys remain", state, len(keys))
	}
	got := w.packet(p.members[0], packet)
	if got.State != state || got.Sent != nil || got.From != "" {
		w.t.Errorf("%s: the receiver sees %+v", state, got)
	}
	list, _, err := w.Packets(w.t.Context(), p.members[1], 0)
	if err != nil || len(list) != 1 || list[0].State != state || list[0].Broken {
		w.t.Errorf("%s: in the list %+v, %v", state, list, err)
	}
	if inbox, _, err := w.Inbox(w.t.Context(), p.members[0], "open", 0); err != nil || len(inbox) != 0 {
		w.t.Errorf("%s: in the inbox %+v, %v", state, inbox, err)
	}
}

func TestRefer_withdrawnIsGoneWhereverItIs(t *testing.T) {
	each(t, func(w *house) {
		p := w.partner()
		for _, accepted := range []bool{false, true} {
			request, person, r := w.sent(p)
			packet := r.Consent.Packet
			copied := w.steal(packet)
			if accepted {
				w.must(w.MoveReferral(t.Context(), p.members[0], packet, Accepted, "", ""))
			}
			w.wants(w.StopReferral(t.Context(), p.members[0], request, r.ID, "x"), fault.KindNotFound)
			w.must(w.StopReferral(t.Context(), person, request, r.ID, ""))
			w.must(w.StopReferral(t.Context(), person, request, r.ID, "")) // pressed twice
			w.ended(p, packet, Withdrawn)
			if got := w.only(w.team[0], request); got.State != Withdrawn {
				t.Errorf("the team sees %+v", got)
			}
			w.wants(w.MoveReferral(t.Context(), p.members[0], packet, Accepted, "", ""), fault.KindConflict)
			_, err := w.DB.Exec(t.Context(), `INSERT INTO support_items (id, request_id, seq, epoch, kind, sealed, hour) VALUES ('x', :r, 99, 1, 'entry', '', 0)`, db.Args{"r": packet})
			if db.Refused(err) != "epoch" {
				t.Errorf("sealed in a packet that was withdrawn: %v", err)
			}
			if len(copied.Grants) == 0 {
				t.Error("nothing was there")
			}
			w.exec(`DELETE FROM support_requests WHERE id = :p`, db.Args{"p": packet})
		}
	})
}

func TestRefer_eachSideEndsIt(t *testing.T) {
	each(t, func(w *house) {
		p := w.partner()
		for _, c := range []struct {
			state State
			end   func(request string, r Referral) error
		}{
			{Rejected, func(_ string, r Referral) error {
				return w.MoveReferral(t.Context(), p.members[0], r.Consent.Packet, Rejected, "no_capacity", "Puni smo.")
			}},
			{Rerouted, func(_ string, r Referral) error {
				return w.MoveReferral(t.Context(), p.members[0], r.Consent.Packet, Rerouted, "", "Bolje kod drugih.")
			}},
			{Cancelled, func(request string, r Referral) error {
				w.wants(w.StopReferral(t.Context(), w.team[0], request, r.ID, ""), fault.KindInvalid)
				return w.StopReferral(t.Context(), w.team[0], request, r.ID, "Više ne treba.")
			}},
			{Cancelled, func(_ string, r Referral) error {
				w.must(w.MoveReferral(t.Context(), p.members[0], r.Consent.Packet, Accepted, "", ""))
				return w.MoveReferral(t.Context(), p.members[0], r.Consent.Packet, Cancelled, "", "Zatvaramo.")
			}},
		} {
			request, person, r := w.sent(p)
			w.must(c.end(request, r))
			w.ended(p, r.Consent.Packet, c.state)
			got := w.only(person, request)
			if last := got.Moves[len(got.Moves)-1]; got.State != c.state || last.State != c.state || last.Words == "" {
				t.Errorf("%s: the person sees %+v", c.state, got)
			}
			w.exec(`DELETE FROM support_requests WHERE id = :p`, db.Args{"p": r.Consent.Packet})
		}
	})
}

func TestRefer_whatIsCompletedStaysUntilItsDay(t *testing.T) {
	each(t, func(w *house) {
		p := w.partner()
		request, person, r := w.sent(p)
		packet := r.Consent.Packet
		for _, x := range []State{Accepted, InProgress} {
			w.must(w.MoveReferral(t.Context(), p.members[0], packet, x, "", ""))
		}
		w.must(w.MoveReferral(t.Context(), p.members[0], packet, Completed, "got_help", ""))
		w.must(w.StopReferral(t.Context(), person, request, r.ID, ""))
		if got := w.packet(p.members[0], packet); got.State != Withdrawn || got.Sent == nil {
			t.Errorf("completed and withdrawn: %+v", got)
		}
		w.must(w.Forget(t.Context()))
		if got := w.packet(p.members[0], packet); got.Sent == nil {
			t.Errorf("the job erased what was completed: %+v", got)
		}
		w.now = w.now.AddDate(0, 1, 1)
		if got := w.packet(p.members[0], packet); got.Sent != nil {
			t.Error("shown after its last day, before the job ran")
		}
		w.must(w.Forget(t.Context()))
		keys, err := w.Erasure.OfRequests(t.Context(), packet)
		_, gone := w.Packet(t.Context(), p.members[0], packet)
		if err != nil || len(keys) != 0 || !fault.Is(gone, fault.KindNotFound) {
			t.Errorf("after the last day: %d keys, %v, %v", len(keys), gone, err)
		}
	})
}

func TestRefer_untilItsDayAndNoLonger(t *testing.T) {
	each(t, func(w *house) {
		p := w.partner()
		request, person, r := w.sent(p)
		packet := r.Consent.Packet
		other, someone, late := w.proposed(p)
		day, err := time.Parse(time.DateOnly, r.Until)
		w.must(err)
		w.now = day.Add(22*time.Hour + 59*time.Minute) // Zagreb is an hour ahead: its last minute
		w.must(w.Forget(t.Context()))
		w.must(w.MoveReferral(t.Context(), p.members[0], packet, Accepted, "", ""))
		w.now = w.now.Add(2 * time.Minute)
		w.wants(w.MoveReferral(t.Context(), p.members[0], packet, InProgress, "", ""), fault.KindConflict)
		w.wants(w.Consent(t.Context(), someone, other, late.ID, "", ""), fault.KindConflict)
		w.must(w.Forget(t.Context()))
		w.must(w.Forget(t.Context()))
		if n := w.count(`SELECT COUNT(*) FROM support_requests WHERE kind = 'referral'`, nil); n != 0 {
			t.Error("the packet outlives its consent")
		}
		if got := w.only(person, request); got.State != Expired {
			t.Errorf("the person sees %+v", got)
		}
		w.now = w.now.AddDate(0, 3, 1)
		w.must(w.Forget(t.Context()))
		if n := w.count(`SELECT COUNT(*) FROM support_referrals`, nil); n != 0 {
			t.Error("the bare state stays for ever")
		}
		if got := w.only(person, request); got.State != Expired {
			t.Errorf("the thread forgot: %+v", got)
		}
	})
}

func TestRefer_struckOutNeverReadsThePacketEither(t *testing.T) {
	each(t, func(w *house) {
		p := w.partner()
		known, late := p.members[0], p.members[1]
		request, person, r := w.proposed(p, known.ID)
		w.must(w.Consent(t.Context(), w.team[0], request, r.ID, ConsentInPerson, "Da, pošaljite."))
		got := w.only(person, request)
		packet := got.Consent.Packet
		if _, err := w.Packet(t.Context(), known, packet); !fault.Is(err, fault.KindNotFound) {
			t.Fatalf("the struck-out opens the packet: %v", err)
		}
		w.must(w.MoveReferral(t.Context(), late, packet, Accepted, "", ""))
		_, err := w.GiveAccess(t.Context(), late, known.ID) // as if it had been done
		w.must(err)
		if _, err := w.Packet(t.Context(), known, packet); !fault.Is(err, fault.KindNotFound) {
			t.Fatalf("the struck-out was let in: %v", err)
		}
		// Struck out later, in the conversation: out of the packet at the person's next look; nobody is left, so it ends.
		w.must(w.Write(t.Context(), person, request, Change{Strike: []string{late.ID}}))
		if got = w.only(person, request); got.State == Accepted {
			got = w.only(person, request)
		}
		if _, err := w.Packet(t.Context(), late, packet); err != nil || w.packet(late, packet).Sent != nil || got.State != Withdrawn {
			t.Errorf("struck out later: %v, %+v, %s", err, w.packet(late, packet), got.State)
		}

		// With somebody left, only they read on.
		request, person, r = w.sent(p)
		packet = r.Consent.Packet
		w.must(w.Write(t.Context(), person, request, Change{Strike: []string{known.ID}}))
		w.only(person, request)
		if _, err := w.Packet(t.Context(), known, packet); !fault.Is(err, fault.KindNotFound) {
			t.Errorf("struck out of the packet: %v", err)
		}
		w.must(w.MoveReferral(t.Context(), late, packet, Accepted, "", ""))
		if got := w.packet(late, packet); got.Sent == nil || got.Sent.Summary != "SAZETAK" {
			t.Errorf("who is left reads %+v", got)
		}

		// All are struck out: nothing goes.
		request, person, r = w.proposed(p, known.ID, late.ID)
		w.wants(w.Consent(t.Context(), person, request, r.ID, "", ""), fault.KindConflict)
		keys := w.count(`SELECT COUNT(*) FROM support_requests WHERE kind = 'referral'`, nil)
		if keys != 2 {
			t.Errorf("%d packets", keys)
		}
	})
}

func TestErase_takesTheConsentsBack(t *testing.T) {
	each(t, func(w *house) {
		p := w.partner()
		request, person, r := w.sent(p)
		w.must(w.MoveReferral(t.Context(), p.members[0], r.Consent.Packet, Accepted, "", ""))
		w.must(w.Erase(t.Context(), person, request))
		w.ended(p, r.Consent.Packet, Withdrawn)
	})
}

func TestErase_endsWhatWasCompletedToo(t *testing.T) {
	for _, before := range []bool{false, true} { // whether the consent was taken back before, and it was kept
		each(t, func(w *house) {
			p := w.partner()
			request, person, r := w.sent(p)
			packet, m := r.Consent.Packet, p.members[0]
			w.must(w.MoveReferral(t.Context(), m, packet, Accepted, "", ""))
			w.must(w.MoveReferral(t.Context(), m, packet, InProgress, "", ""))
			w.must(w.MoveReferral(t.Context(), m, packet, Completed, "got_help", ""))
			if before {
				w.must(w.StopReferral(t.Context(), person, request, r.ID, ""))
			}
			if got := w.packet(m, packet); got.Sent == nil {
				t.Fatalf("what was completed is not kept: %+v", got)
			}
			w.must(w.Erase(t.Context(), person, request))
			w.ended(p, packet, Withdrawn)
		})
	}
}

func TestRefer_chosenReceiversOnly(t *testing.T) {
	each(t, func(w *house) {
		p := w.partner()
		known, other := p.members[0], p.members[1]
		request, person, r := w.proposed(p)
		if got := w.only(w.team[0], request).Would; got != nil {
			t.Errorf("the team is shown %+v", got)
		}
		if got := w.only(person, request).Would; len(got) != 2 || got[0].Name != "Osoba mira" {
			t.Errorf("who would read: %+v", got)
		}
		w.wants(w.Consent(t.Context(), person, request, r.ID, "", "", known.ID, other.ID), fault.KindConflict)
		if n := w.count(`SELECT COUNT(*) FROM support_requests WHERE kind = 'referral'`, nil); n != 0 || !w.only(person, request).Pending() {
			t.Fatal("sent to nobody")
		}
		w.must(w.Consent(t.Context(), person, request, r.ID, "", "", known.ID, "nobody's"))
		packet := w.only(person, request).Consent.Packet
		if strings.Contains(w.plaintext(other, packet), known.ID) {
			t.Error("the packet's header names whom it is kept from")
		}
		w.must(w.MoveReferral(t.Context(), other, packet, Accepted, "", ""))
		_, err := w.GiveAccess(t.Context(), other, known.ID)
		w.must(err)
		if _, err := w.Packet(t.Context(), known, packet); !fault.Is(err, fault.KindNotFound) {
			t.Errorf("who was struck out reads it: %v", err)
		}
		if got := w.packet(other, packet); got.Sent == nil {
			t.Error("who was not struck out does not read it")
		}
		// Nor do the audit's rows tell what was said, nor which packet is whose.
		if n := w.count(`SELECT COUNT(*) FROM audit_rows WHERE action LIKE 'support.%' AND action NOT IN ('support.write', 'support.ask', 'support.read', 'support.rota')`, nil); n != 0 {
			t.Errorf("%d rows tell more", n)
		}
	})
}

func TestRefer_lostCodeAndNoCode(t *testing.T) {
	each(t, func(w *house) {
		p := w.partner()
		request, _, r := w.sent(p)
		code, err := w.FreshCode(t.Context())
		w.must(err)
		w.must(w.Write(t.Context(), w.team[0], request, Change{Code: code, Entries: []Entry{{Kind: NewCode}}}))
		_, person, err := w.ByCode(t.Context(), code)
		w.must(err)
		struck, other, packet := p.members[0], p.members[1], r.Consent.Packet
		w.must(w.MoveReferral(t.Context(), other, packet, Accepted, "", ""))
		w.must(w.Write(t.Context(), person, request, Change{Strike: []string{struck.ID}}))
		w.only(person, request) // the packet's own key was for the old code; what is struck out is, all the same
		cannot := func() {
			t.Helper()
			if _, err := w.Packet(t.Context(), struck, packet); !fault.Is(err, fault.KindNotFound) {
				t.Errorf("who was struck out reads it: %v", err)
			}
		}
		cannot()
		if n, err := w.GiveAccess(t.Context(), other, struck.ID); err != nil || n != 1 { // as if it had been done
			t.Errorf("%d given, %v", n, err)
		}
		cannot()
		w.must(w.MoveReferral(t.Context(), other, packet, InProgress, "", ""))
		if got := w.packet(other, packet); got.Sent == nil || got.State != InProgress {
			t.Errorf("who was not struck out sees %+v", got)
		}
		kept := func() (text string) {
			w.must(w.DB.Get(t.Context(), &text, `SELECT kept FROM support_referrals WHERE id = :id`, db.Args{"id": r.ID}))
			return text
		}
		first := kept()
		if w.only(person, request); kept() != first || len(strings.Fields(first)) != 8 {
			t.Errorf("looking again changes whom it is kept from: %q", kept())
		}
		cannot()
		w.must(w.StopReferral(t.Context(), person, request, r.ID, ""))
		w.ended(partner{p.id, []Reading{other, other}, p.recovery}, packet, Withdrawn)

		by := w.team[0]
		spoken, _, err := w.Ask(t.Context(), Asking{Header: Header{Party: Party{Centre: w.centre}, Lang: i18n.HR, WayBack: "utorak", Spoken: true}, Text: "Rečeno na vratima.", By: by})
		w.must(err)
		w.must(w.Propose(t.Context(), by, spoken, Draft{To: Party{Organisation: p.id}, Summary: "x", Until: w.now.AddDate(0, 0, 9).Format(time.DateOnly)}, ""))
		w.must(w.Consent(t.Context(), by, spoken, w.only(by, spoken).ID, ConsentByPhone, "Na telefonu: da."))
		packet = w.only(by, spoken).Consent.Packet
		w.must(w.MoveReferral(t.Context(), p.members[1], packet, Accepted, "", ""))
		if got := w.packet(p.members[0], packet); got.Sent == nil {
			t.Errorf("without a code: %+v", got)
		}
	})
}

func TestRefer_twoAnswersAtOnceAreOne(t *testing.T) {
	each(t, func(w *house) {
		p := w.partner()
		request, person, r := w.proposed(p)
		done := make(chan error, 4)
		for range 2 {
			go func() { done <- w.Consent(t.Context(), person, request, r.ID, "", "") }()
			go func() { done <- w.Decline(t.Context(), person, request, r.ID) }()
		}
		for range 4 {
			if err := <-done; err != nil && !fault.Is(err, fault.KindConflict) {
				t.Error(err)
			}
		}
		got := w.only(person, request)
		packets := w.count(`SELECT COUNT(*) FROM support_requests WHERE kind = 'referral'`, nil)
		if (got.Consent != nil) == (got.Answered != "") || packets > 1 || (packets == 1) != (got.Consent != nil) {
			t.Errorf("%d packets, %+v", packets, got)
		}
	})
}

func TestOutside_standsWithASecondAndIsToldOrWaits(t *testing.T) {
	each(t, func(w *house) {
		request, person, _ := w.ask("Strah me.")
		a := Acted{To: "POLICIJA", Ground: "danger", What: "STO-JE-UCINJENO"}
		w.wants(w.RecordOutside(t.Context(), w.team[0], request, Acted{To: "x", Ground: "because", What: "y"}, ""), fault.KindInvalid)
		w.wants(w.RecordOutside(t.Context(), person, request, a, ""), fault.KindForbidden)
		w.must(w.RecordOutside(t.Context(), w.team[0], request, a, ""))
		sees := func() string {
			t.Helper()
			th, err := w.Thread(t.Context(), person, request)
			w.must(err)
			b, err := json.Marshal(th.Entries)
			w.must(err)
			return string(b)
		}
		if strings.Contains(sees(), "POLICIJA") {
			t.Error("one person's word is shown to the person")
		}
		acts := func() []OutsideAct {
			t.Helper()
			list, err := w.Outside(t.Context(), w.team[1], request)
			w.must(err)
			return list
		}
		id := acts()[0].ID
		w.wants(w.ConfirmOutside(t.Context(), w.team[0], request, id), fault.KindForbidden) // the same one
		w.wants(w.ConfirmOutside(t.Context(), person, request, id), fault.KindForbidden)
		w.wants(w.TellOutside(t.Context(), w.team[0], request, id), fault.KindConflict)
		w.must(w.ConfirmOutside(t.Context(), w.team[1], request, id))
		w.must(w.ConfirmOutside(t.Context(), w.team[2], request, id)) // again
		if got := acts()[0]; got.First != w.team[0].ID || got.Second != w.team[1].ID || !got.Told || !strings.Contains(sees(), "STO-JE-UCINJENO") {
			t.Errorf("confirmed: %+v", got)
		}

		a.To, a.Delay = "HITNA", "RAZLOG-ODGODE"
		w.must(w.RecordOutside(t.Context(), w.team[1], request, a, ""))
		id = acts()[1].ID
		w.must(w.ConfirmOutside(t.Context(), w.team[0], request, id))
		if strings.Contains(sees(), "HITNA") {
			t.Error("shown before the delay ended")
		}
		if list, err := w.Outside(t.Context(), person, request); err != nil || len(list) != 0 {
			t.Errorf("the person's list: %v, %v", list, err)
		}
		w.must(w.TellOutside(t.Context(), w.team[2], request, id))
		w.must(w.TellOutside(t.Context(), w.team[2], request, id))
		if got := sees(); strings.Count(got, "HITNA") != 1 || !strings.Contains(got, "RAZLOG-ODGODE") {
			t.Errorf("after the delay: %s", got)
		}
		if n := w.count(`SELECT COUNT(*) FROM support_requests`, nil); n != 1 {
			t.Error("acting without consent moved something")
		}
	})
}

func TestRecover_givesBackWhatNobodyReadsAndNeverToTheStruckOut(t *testing.T) {
	each(t, func(w *house) {
		lost, person, _ := w.ask("Nitko me više ne čita.", w.team[2].ID)
		read, _, _ := w.ask("Mene čitaju.")
		w.ask("Samo Iva, a nju ne.", w.team[1].ID, w.team[0].ID)
		w.must(w.Write(t.Context(), w.team[0], read, Change{}))
		// The two who could read the first one lost their keys; who was struck out of it is still there.
		for _, gone := range w.team[:2] {
			w.must(w.DB.Tx(t.Context(), func(tx *db.Tx) error { return w.Leave(t.Context(), tx, gone.ID, true) }))
			w.exec(`UPDATE vault_keys SET ended_hour = 0 WHERE id = :k`, db.Args{"k": gone.ID})
		}
		nova := w.worker("nova", w.centre)
		w.sign()
		_, err := w.Recover(t.Context(), w.org, w.team[0].Key)
		w.wants(err, fault.KindInvalid)
		p := w.partner()
		_, err = w.Recover(t.Context(), w.org, p.recovery)
		w.wants(err, fault.KindInvalid)
		n, err := w.Recover(t.Context(), w.org, w.recovery)
		w.must(err)
		if n.Opened != 1 || n.Readable != 2 {
			t.Errorf("%+v", n)
		}
		if got := w.texts(nova, lost); got[0] != "Nitko me više ne čita." {
			t.Errorf("the new reader reads %q", got)
		}
		if _, err := w.Thread(t.Context(), w.team[2], lost); !fault.Is(err, fault.KindNotFound) {
			t.Errorf("recovery let the struck-out in: %v", err)
		}
		if _, err := w.Thread(t.Context(), nova, read); !fault.Is(err, fault.KindNotFound) {
			t.Errorf("recovery touched what is read: %v", err)
		}
		th, err := w.Thread(t.Context(), person, lost)
		w.must(err)
		if !slices.ContainsFunc(th.Entries, func(e Shown) bool { return e.Kind == Recovery && e.By == RecoveryID }) {
			t.Error("the person is not shown that the key was used")
		}
		if w.count(`SELECT COUNT(*) FROM audit_rows WHERE action = 'support.recovery' AND actor = 'recovery'`, nil) != 1 {
			t.Error("not in the audit log")
		}
		if n, err = w.Recover(t.Context(), w.org, w.recovery); err != nil || n.Opened != 0 {
			t.Errorf("a second time: %+v, %v", n, err)
		}

		// What was passed on is given back to the receiver's readers as well, by its own organisation's key.
		w.exec(`UPDATE vault_keys SET ended_hour = NULL WHERE id = :k`, db.Args{"k": w.team[0].ID})
		w.sign()
		_, _, r := w.sent(p)
		w.exec(`DELETE FROM support_grants WHERE request_id = :r AND reader_id = :a`, db.Args{"r": r.Consent.Packet, "a": p.members[0].ID})
		w.exec(`DELETE FROM support_grants WHERE request_id = :r AND reader_id = :a`, db.Args{"r": r.Consent.Packet, "a": p.members[1].ID})
		if n, err = w.Recover(t.Context(), p.id, p.recovery); err != nil || n.Opened != 1 {
			t.Errorf("a packet: %+v, %v", n, err)
		}
		if got := w.packet(p.members[0], r.Consent.Packet); got.Sent != nil || got.State != Requested {
			t.Errorf("recovery opened what was not accepted: %+v", got)
		}
		w.must(w.MoveReferral(t.Context(), p.members[0], r.Consent.Packet, Accepted, "", ""))
		if got := w.packet(p.members[1], r.Consent.Packet); got.Sent == nil {
			t.Errorf("recovered: %+v", got)
		}
	})
}

// TestErase_refusesAConsentThatDoesNotSayWhatItIsOf: a packet that nobody can find would stay readable.
func TestErase_refusesAConsentThatDoesNotSayWhatItIsOf(t *testing.T) {
	each(t, func(w *house) {
		p := w.partner()
		request, person, r := w.sent(p)
		w.must(w.Write(t.Context(), w.team[0], request, Change{Entries: []Entry{{Kind: Consented}}}))
		w.wants(w.Erase(t.Context(), person, request), fault.KindConflict)
		if _, err := w.Thread(t.Context(), person, request); err != nil {
			t.Errorf("half of it was erased: %v", err)
		}
		w.must(w.MoveReferral(t.Context(), p.members[0], r.Consent.Packet, Accepted, "", "")) // nothing of the other ended either
	})
}

func TestReferrals_whoWasStruckOutWouldNotRead(t *testing.T) {
	each(t, func(w *house) {
		p := w.partner()
		request, person, _ := w.proposed(p, p.members[0].ID)
		would := w.only(person, request).Would
		if len(would) != 1 || would[0].KeyID != p.members[1].ID {
			t.Errorf("the person is told that %+v would read it", would)
		}
	})
}

// TestPacket_whomItIsKeptFromIsSealedByTheFirstWhoLooks: who has the database empties the row in vain.
func TestPacket_whomItIsKeptFromIsSealedByTheFirstWhoLooks(t *testing.T) {
	each(t, func(w *house) {
		p := w.partner()
		request, _, r := w.sent(p)
		code, err := w.FreshCode(t.Context())
		w.must(err)
		w.must(w.Write(t.Context(), w.team[0], request, Change{Code: code, Entries: []Entry{{Kind: NewCode}}}))
		_, person, err := w.ByCode(t.Context(), code)
		w.must(err)
		struck, other, packet := p.members[0], p.members[1], r.Consent.Packet
		w.must(w.Write(t.Context(), person, request, Change{Strike: []string{struck.ID}}))
		w.only(person, request)
		w.packet(other, packet)
		written := func() int {
			return w.count(`SELECT COUNT(*) FROM audit_rows WHERE subject_id = :p AND action = 'support.write'`, db.Args{"p": packet})
		}
		n := written()
		if w.packet(other, packet); written() != n {
			t.Error("each look writes")
		}
		w.exec(`UPDATE support_referrals SET kept = '' WHERE packet_id = :p`, db.Args{"p": packet})
		_, err = w.GiveAccess(t.Context(), other, struck.ID)
		w.must(err)
		if _, err := w.Packet(t.Context(), struck, packet); !fault.Is(err, fault.KindNotFound) {
			t.Errorf("who was struck out reads it: %v", err)
		}
		if n := w.count(`SELECT COUNT(*) FROM support_grants WHERE request_id = :p AND reader_id = :k`, db.Args{"p": packet, "k": struck.ID}); n != 0 {
			t.Errorf("%d grants to who was struck out", n)
		}
	})
}

// TestNews_looksAtTheNewestOnly, and at nothing of what was erased.
func TestNews_looksAtTheNewestOnly(t *testing.T) {
	each(t, func(w *house) {
		p := w.partner()
		var asked []string
		for range 3 {
			request, _, r := w.sent(p)
			w.must(w.MoveReferral(t.Context(), p.members[0], r.Consent.Packet, Accepted, "", ""))
			asked, w.now = append(asked, request), w.now.Add(time.Hour)
		}
		if news, err := w.News(t.Context(), w.team[0], 2); err != nil || len(news) != 2 || news[0] != asked[2] || news[1] != asked[1] {
			t.Errorf("%v of %v: %v", news, asked, err)
		}
		gone, person, r := w.sent(p)
		w.must(w.MoveReferral(t.Context(), p.members[0], r.Consent.Packet, Accepted, "", ""))
		w.must(w.Erase(t.Context(), person, gone))
		if news, err := w.News(t.Context(), w.team[0], 3); err != nil || len(news) != 3 {
			t.Errorf("what was erased takes the place of %v: %v", news, err)
		}
	})
}
