package support

import (
	"cmp"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"kvart/internal/platform/fault"
	"kvart/internal/platform/i18n"
	"kvart/internal/platform/web"
)

// linkRow is another request about the same matter.
type linkRow struct {
	ID     string
	Made   int64
	State  string
	Linked bool
	Header Header
}

// deskThread is what the page of one request shows.
type deskThread struct {
	Thread
	Me        string
	Form      *web.Form // of the form that failed
	Failed    string    // which one that is
	Topic     string
	Exception string // what may have to be reported, in the network's words
	Team      []Reader
	Links     []linkRow
	Ways      []string
	NoWay     string
	Words     string // of the notice
	Zone      *time.Location
	Referrals referralsPart
}

func threadPath(id string) string { return "/desk/messages/thread/" + id }

func (p *Pages) readThread(w http.ResponseWriter, r *web.Request, by Reading) error {
	return p.showRead(w, r, http.StatusOK, by, "", nil)
}

func (p *Pages) showRead(w http.ResponseWriter, r *web.Request, status int, by Reading, failed string, f *web.Form) (err error) {
	ctx := r.Context()
	v := deskThread{Me: by.ID, Failed: failed, Form: f, Zone: r.Zone()}
	if v.Referrals, err = p.referralsOf(r, by, r.PathValue("id")); err != nil {
		return err
	}
	v.Referrals.Failed, v.Referrals.Form = failed, f
	if v.Thread, err = p.Store.Thread(ctx, by, r.PathValue("id")); err != nil {
		return err
	}
	v.Entries = slices.DeleteFunc(v.Entries, func(e Shown) bool { return !e.forTeam() })
	settings, err := p.Store.Settings(ctx, p.Store.DB)
	if err != nil {
		return err
	}
	v.Topic, v.Exception = settings.Topic(v.Header.Topic, r.Lang()), r.Pick(settings.Exception)
	team, err := p.Store.Team(ctx, p.Store.DB, v.Header.Party)
	if err != nil {
		return err
	}
	v.Team = team.Readers()
	names, err := p.Store.keyNames(ctx, []string{v.Header.Assigned, v.Header.Second})
	if err != nil {
		return err
	}
	for id, name := range names {
		v.Names[id] = name
	}
	v.Ways, v.NoWay = p.noticeWays(v.Header)
	v.Words = p.noticeWords(v.Header)
	if v.Links, err = p.links(r, by, v.Header); err != nil {
		return err
	}
	return r.HTML(w, status, deskThreadView(r, v))
}

// links are the linked requests that the viewer can open; of others nothing shows.
func (p *Pages) links(r *web.Request, by Reading, h Header) ([]linkRow, error) {
	ids, err := p.Store.mine(r.Context(), by, h.Linked)
	if err != nil {
		return nil, err
	}
	var list []linkRow
	for _, id := range ids {
		o, _, err := p.Store.opensFor(r.Context(), by, id)
		if err != nil {
			continue
		}
		list = append(list, linkRow{ID: id, Made: o.MadeHour, State: o.State, Linked: true})
	}
	return list, nil
}

// theirs says whether an entry is what the person said: their own, or the first that somebody wrote down for them.
func (v deskThread) theirs(i int) bool {
	return v.Entries[i].By == PersonID || i == 0 && v.Header.Spoken
}

// who is by whom an entry is.
func (v deskThread) who(words *i18n.Printer, by string) string {
	switch by {
	case PersonID:
		return words.T("support.who.person")
	case RecoveryID:
		return words.T("support.who.recovery")
	case v.Me:
		return words.T("support.who.me")
	}
	return cmp.Or(v.Names[by], words.T("support.who.left"))
}

// change adds to the thread and leads back to it; what was sent twice is done once. A fault of the form comes back on the
// thread's page, with what was typed.
func (p *Pages) change(w http.ResponseWriter, r *web.Request, by Reading, form string, f *web.Form, c Change) error {
	if err := p.changed(w, r, by, form, f, c); err != nil || f.Err != nil {
		return err
	}
	return r.See(w, threadPath(r.PathValue("id"))+"#end")
}

// changed is change without the way back: where f.Err is set, the page has been answered.
func (p *Pages) changed(w http.ResponseWriter, r *web.Request, by Reading, form string, f *web.Form, c Change) error {
	c.Claim = f.Get("form_key")
	err := p.Store.Write(r.Context(), by, r.PathValue("id"), c)
	if err == nil {
		return nil
	}
	if _, again := errors.AsType[*web.Already](err); again {
		return &web.Already{Location: threadPath(r.PathValue("id")) + "#end"}
	}
	return p.refuse(w, r, by, form, f, err)
}

// refuse shows the form again, where a page can.
func (p *Pages) refuse(w http.ResponseWriter, r *web.Request, by Reading, form string, f *web.Form, err error) error {
	if !f.Failed(err) {
		return err
	}
	return p.showRead(w, r, web.Status(err), by, form, f)
}

// answer is a message to the person: nobody waits afterwards, and what was closed is open again.
func (p *Pages) answer(w http.ResponseWriter, r *web.Request, by Reading) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	if err := checkText(f.Get("text")); err != nil {
		return p.refuse(w, r, by, "answer", f, err)
	}
	if err := p.changed(w, r, by, "answer", f, Change{Entries: []Entry{{Kind: Message, Text: f.Get("text")}}, Waiting: Since(nil), State: "open", Header: reopened}); err != nil || f.Err != nil {
		return err
	}
	id := r.PathValue("id")
	if len(f.All("notice")) == 0 {
		return r.See(w, threadPath(id)+"#end")
	}
	told, err := p.sendNotices(r, by, id, f)
	if err != nil {
		return err
	}
	return r.See(w, threadPath(id)+"?notice="+told)
}

// reopened is a header of what is open: its outcome is still to come.
func reopened(h *Header) { h.Outcome = "" }

// sendNotices tells the person that there is something new, in the ways ticked and called safe. The answer stays whatever
// comes of it.
func (p *Pages) sendNotices(r *web.Request, by Reading, id string, f *web.Form) (string, error) {
	_, h, err := p.Store.opensFor(r.Context(), by, id)
	if err != nil {
		return "", err
	}
	ways, _ := p.noticeWays(h)
	sent, asked := 0, 0
	for _, way := range f.All("notice") {
		asked++
		if slices.Contains(ways, way) && p.tell(r.Context(), h, way) == nil {
			sent++
		}
	}
	if sent > 0 {
		if err := p.Store.Write(r.Context(), by, id, Change{Entries: []Entry{{Kind: Told}}}); err != nil {
			return "", err
		}
	}
	switch {
	case sent == asked:
		return "sent", nil
	case sent > 0:
		return "some", nil
	}
	return "failed", nil
}

// writeNote is for the team.
func (p *Pages) writeNote(w http.ResponseWriter, r *web.Request, by Reading) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	if err := checkText(f.Get("text")); err != nil {
		return p.refuse(w, r, by, "note", f, err)
	}
	return p.change(w, r, by, "note", f, Change{Entries: []Entry{{Kind: Note, Text: f.Get("text")}}})
}

// addFaults notes what a rule says of a form beside what was found before.
func addFaults(faults *fault.Form, err error) {
	if err != nil {
		for _, x := range fault.Of(err).Fields {
			faults.Add(x.Name, x.Key, x.Args...)
		}
	}
}

// attach adds a file: for the person, or for the team only.
func (p *Pages) attach(w http.ResponseWriter, r *web.Request, by Reading) error {
	f, sent, err := r.ReadFile(w, MaxFile, web.MaxTeamForm)
	if err != nil {
		return err
	}
	var faults fault.Form
	if utf8.RuneCountInString(f.Get("text")) > MaxText {
		faults.Add("text", "fault.too_long", "max", MaxText)
	}
	file, data := File{}, []byte(nil)
	if sent.Name == "" && len(sent.Data) == 0 {
		faults.Add("file", "fault.required")
	} else if file, data, err = Attach(sent); err != nil {
		addFaults(&faults, err)
	}
	if err := faults.Err(); err != nil {
		return p.refuse(w, r, by, "file", f, err)
	}
	e := Entry{Kind: Message, Text: f.Get("text"), File: &file}
	c := Change{Files: map[int][]byte{0: data}}
	if f.On("team") {
		e.Kind = Note
	} else {
		c.Waiting, c.State, c.Header = Since(nil), "open", reopened
	}
	c.Entries = []Entry{e}
	return p.change(w, r, by, "file", f, c)
}

func (p *Pages) sendFile(w http.ResponseWriter, r *web.Request, by Reading) error {
	f, data, err := p.Store.File(r.Context(), by, r.PathValue("id"), r.PathValue("entry"))
	if err != nil {
		return err
	}
	return serveFile(w, r, f, data)
}

// assign takes the request over, hands it to one or two of the team, or to nobody. The whole team stands on the list: one
// without somebody would tell whom the person struck out.
func (p *Pages) assign(w http.ResponseWriter, r *web.Request, by Reading) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	first, second := f.Get("first"), f.Get("second")
	if f.On("me") {
		first, second = by.ID, ""
	}
	if first == second {
		second = ""
	}
	if first == "" {
		first, second = second, ""
	}
	_, h, err := p.Store.opensFor(r.Context(), by, r.PathValue("id"))
	if err != nil {
		return err
	}
	team, err := p.Store.Team(r.Context(), p.Store.DB, h.Party)
	if err != nil {
		return err
	}
	var faults fault.Form
	for name, id := range map[string]string{"first": first, "second": second} {
		if id != "" && !slices.ContainsFunc(team.Readers(), func(m Reader) bool { return m.KeyID == id }) {
			faults.Add(name, "fault.required")
		}
	}
	if f.On("two") && (first == "" || second == "") {
		faults.Add("second", "support.fault.two")
	}
	if err := faults.Err(); err != nil {
		return p.refuse(w, r, by, "assign", f, err)
	}
	return p.change(w, r, by, "assign", f, Change{Header: func(h *Header) { h.Assigned, h.Second = first, second }})
}

// flags say that somebody under 18 is concerned, or in danger.
func (p *Pages) flags(w http.ResponseWriter, r *web.Request, by Reading) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	return p.change(w, r, by, "flags", f, Change{Header: func(h *Header) { h.Minor, h.Danger = f.On("minor"), f.On("danger") }})
}

// close ends the matter with what came of it. The person can always write again.
func (p *Pages) close(w http.ResponseWriter, r *web.Request, by Reading) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	outcome := f.Get("outcome")
	var faults fault.Form
	if !slices.Contains(Outcomes, outcome) {
		faults.Add("outcome", "fault.required")
	}
	f.Text(&faults, "text", MaxText, false)
	if err := faults.Err(); err != nil {
		return p.refuse(w, r, by, "close", f, err)
	}
	return p.change(w, r, by, "close", f, Change{Entries: []Entry{{Kind: Closed, Text: strings.TrimSpace(f.Get("text"))}}, State: "closed", Waiting: Since(nil),
		Header: func(h *Header) { h.Outcome = outcome }})
}

func (p *Pages) reopen(w http.ResponseWriter, r *web.Request, by Reading) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	return p.change(w, r, by, "reopen", f, Change{Entries: []Entry{{Kind: Reopened}}, State: "open", Header: reopened})
}

// linkForm offers the viewer's other requests, with what they are about after a press.
func (p *Pages) linkForm(w http.ResponseWriter, r *web.Request, by Reading) error {
	o, h, err := p.Store.opensFor(r.Context(), by, r.PathValue("id"))
	if err != nil {
		return err
	}
	state := "open"
	if r.URL.Query().Get("state") == "closed" {
		state = "closed"
	}
	list, _, err := p.Store.Inbox(r.Context(), by, state, 0)
	if err != nil {
		return err
	}
	var rows []linkRow
	for _, l := range list {
		if l.ID != o.ID && !l.Broken {
			rows = append(rows, linkRow{l.ID, l.Made, l.State, slices.Contains(h.Linked, l.ID), l.Header})
		}
	}
	settings, err := p.Store.Settings(r.Context(), p.Store.DB)
	if err != nil {
		return err
	}
	return r.HTML(w, http.StatusOK, linkView(r, o.ID, state, rows, settings))
}

func (p *Pages) link(w http.ResponseWriter, r *web.Request, by Reading) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	id := r.PathValue("id")
	if err := p.Store.Link(r.Context(), by, id, f.Get("other"), !f.On("apart")); err != nil {
		return err
	}
	return r.See(w, threadPath(id))
}
