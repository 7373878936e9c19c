package support

import (
	"archive/zip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"kvart/internal/network"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/web"
)

// threadView is a thread as the person sees it.
type threadView struct {
	Thread
	Centre   network.Centre // the zero value where an organisation reads
	Answer   time.Time      // while somebody waits: by when one of the readers has looked; zero: not in the next two working days
	CanOpen  []string       // readers' keys, at this moment
	Settings Settings
	Say      *web.Form
	More     *web.Form
	Strike   *web.Form
	Passing  referralsPart
	Done     bool // something was kept just now: what, a browser's history must not say
}

// Name is the working name behind a key.
func (v threadView) Name(r *web.Request, id string) string {
	switch name := v.Names[id]; {
	case id == PersonID:
		return r.T("support.person.you")
	case id == RecoveryID:
		return r.T("support.person.recovery.name")
	case name == "":
		return r.T("support.person.team")
	default:
		return name
	}
}

// ReadBy are those besides its author and the person who opened the entry.
func (v threadView) ReadBy(e Shown) []ReadAt {
	return slices.DeleteFunc(slices.Clone(e.Reads), func(x ReadAt) bool { return x.Reader == e.By || x.Reader == PersonID })
}

// Staff are those of CanOpen that can be struck out: people.
func (v threadView) Staff() []string {
	return slices.DeleteFunc(slices.Clone(v.CanOpen), func(id string) bool { return !isStaff(id) })
}

func (p *Pages) threadOf(r *web.Request, x visit) (v threadView, err error) {
	ctx := r.Context()
	if v.Passing, err = p.referralsOf(r, x.person, x.request); err != nil {
		return v, err
	}
	if v.Thread, err = p.Store.Thread(ctx, x.person, x.request); err != nil {
		return v, err
	}
	granted, err := p.Store.Granted(ctx, x.request)
	if err != nil {
		return v, err
	}
	v.CanOpen = slices.DeleteFunc(slices.Clone(v.Readers), func(id string) bool { return !slices.Contains(granted, id) })
	slices.SortFunc(v.CanOpen, func(a, b string) int { return r.Names()(v.Names[a], v.Names[b]) })
	if v.Settings, err = p.Store.Settings(ctx, p.Store.DB); err != nil {
		return v, err
	}
	if id := v.Header.Party.Centre; id != "" {
		if v.Centre, err = p.Store.Network.Centre(ctx, p.Store.DB, id); err != nil {
			return v, err
		}
		if v.Waiting != nil {
			v.Answer, err = p.Store.AnswerBy(ctx, id, v.CanOpen)
		}
	}
	return v, err
}

func (p *Pages) thread(w http.ResponseWriter, r *web.Request) error {
	x, err := p.visiting(w, r)
	if errors.Is(err, errNoVisit) {
		return r.See(w, r.Path(codePath))
	}
	if err != nil {
		return err
	}
	return p.showThread(w, r, http.StatusOK, x, func(v *threadView) { v.Done = r.URL.Query().Get("done") != "" })
}

func (p *Pages) backToThread(w http.ResponseWriter, r *web.Request) error {
	return r.See(w, r.Path(personThread))
}

// showThread is the thread; with fills in what came of a form.
func (p *Pages) showThread(w http.ResponseWriter, r *web.Request, status int, x visit, with func(*threadView)) error {
	v, err := p.threadOf(r, x)
	if err != nil {
		return err
	}
	h := v.Header
	v.Say, v.Strike = web.NewForm(), web.NewForm()
	v.More = web.NewForm("topic", h.Topic, "name", h.Name, "namesafe", h.NameSafe, "pronouns", h.Pronouns, "ways", h.Ways, "times", h.Times, "email", h.Email, "phone", h.Phone, "nottell", h.NotTell)
	with(&v)
	return r.HTML(w, status, threadPage(r, v))
}

// say adds a message, a file, or both.
func (p *Pages) say(w http.ResponseWriter, r *web.Request) error {
	leave, slow, err := p.admitted(r, p.saying(r))
	if err != nil {
		return err
	}
	defer leave()
	f, sent, err := r.ReadFile(w, MaxFile, mostTyped)
	if err != nil {
		return err
	}
	given := sent.Large || len(sent.Data) > 0 || sent.Name != ""
	x, ok, err := p.inVisit(w, r, f, given)
	if !ok {
		return err
	}
	if slow == nil && given {
		slow = r.SlowedBy("contact file", weightFile)
	}
	var c Change
	if err = slow; err == nil {
		c, err = p.message(r.Context(), x, f.Get("text"), sent, given)
	}
	if err == nil {
		c.Claim, c.To = f.Get("form_key"), r.Path(personThread)+"?done=1#last"
		if err = p.Store.Write(r.Context(), x.person, x.request, c); err == nil {
			return r.See(w, c.To)
		}
	}
	if !f.Failed(err) {
		return err
	}
	return p.showThread(w, r, web.Status(f.Err), x, func(v *threadView) { v.Say = f })
}

// message is what somebody who reads says, in its words and with its file. Whoever asked waits from now on, and a thread
// that was closed is open again.
func (p *Pages) message(ctx context.Context, x visit, text string, sent web.Sent, given bool) (c Change, err error) {
	e := Entry{Kind: Message, Text: text}
	if text != "" || !given {
		if err := checkText(text); err != nil {
			return c, err
		}
	}
	if given {
		file, data, err := Attach(sent)
		if err != nil {
			return c, err
		}
		e.File, c.Files = &file, map[int][]byte{0: data}
	}
	c.Entries = []Entry{e}
	state, err := p.Store.State(ctx, x.request)
	if err != nil {
		return c, err
	}
	if state == "closed" {
		c.Entries, c.State = append(c.Entries, Entry{Kind: Reopened}), "open"
	}
	now := hour(p.Store.Now())
	c.Waiting = func(was *int64) *int64 {
		if was != nil {
			return was
		}
		return &now
	}
	return c, nil
}

// more keeps what the person said about being reached. Every answer is optional, and an empty one takes back what was said.
func (p *Pages) more(w http.ResponseWriter, r *web.Request) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	x, ok, err := p.inVisit(w, r, f, false)
	if !ok {
		return err
	}
	settings, err := p.Store.Settings(r.Context(), p.Store.DB)
	if err != nil {
		return err
	}
	if err := r.Slowed(p.saying(r)); err != nil && f.Failed(err) {
		return p.showThread(w, r, web.Status(f.Err), x, func(v *threadView) { v.More = f })
	}
	topic := f.Get("topic")
	if settings.Topic(topic, r.Lang()) == "" {
		topic = ""
	}
	err = p.Store.Write(r.Context(), x.person, x.request, Change{Header: func(h *Header) {
		h.Topic, h.Name, h.NameSafe, h.Pronouns = topic, f.Get("name"), f.Get("namesafe"), f.Get("pronouns")
		h.Ways, h.Times, h.Email, h.Phone, h.NotTell = f.Get("ways"), f.Get("times"), f.Get("email"), f.Get("phone"), f.Get("nottell")
		h.ReachLost = false
	}})
	if err == nil {
		return r.See(w, r.Path(personThread)+"?done=1#more")
	}
	if !f.Failed(err) {
		return err
	}
	return p.showThread(w, r, web.Status(f.Err), x, func(v *threadView) { v.More = f })
}

// strike takes people out of those who can open the thread. It shows nowhere but here.
func (p *Pages) strike(w http.ResponseWriter, r *web.Request) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	x, ok, err := p.inVisit(w, r, f, false)
	if !ok {
		return err
	}
	granted, err := p.Store.Granted(r.Context(), x.request)
	if err != nil {
		return err
	}
	struck := slices.DeleteFunc(struckOut(f), func(id string) bool { return !isStaff(id) || !slices.Contains(granted, id) })
	if len(struck) == 0 {
		return r.See(w, r.Path(personThread)+"#open")
	}
	err = p.Store.Write(r.Context(), x.person, x.request, Change{Strike: struck})
	if err == nil {
		return r.See(w, r.Path(personThread)+"?done=1#open")
	}
	if !f.Failed(err) {
		return err
	}
	return p.showThread(w, r, web.Status(f.Err), x, func(v *threadView) { v.Strike = f })
}

// file is an attachment, only ever as something to keep.
func (p *Pages) file(w http.ResponseWriter, r *web.Request) error {
	x, err := p.visiting(w, r)
	if errors.Is(err, errNoVisit) {
		return r.See(w, r.Path(codePath))
	}
	if err != nil {
		return err
	}
	f, data, err := p.Store.File(r.Context(), x.person, x.request, r.PathValue("entry"))
	if err != nil {
		return err
	}
	return download(w, r.T("support.person.file.download")+endingOf(f), data)
}

// export is everything there is: the words to read, the same for a program, and the files.
func (p *Pages) export(w http.ResponseWriter, r *web.Request) error {
	x, err := p.visiting(w, r)
	if errors.Is(err, errNoVisit) {
		return r.See(w, r.Path(codePath))
	}
	if err != nil {
		return err
	}
	v, err := p.threadOf(r, x)
	if err != nil {
		return err
	}
	// It is written as it is made: nothing holds all of it. What fails on the way breaks the download off.
	asFile(w, "application/octet-stream", r.T("support.person.export.file")+".zip")
	if err := p.zipped(w, r, x, v); err != nil {
		p.Store.Log.Error("a download broke off", "fault", fault.Of(err).Key)
		panic(http.ErrAbortHandler)
	}
	return nil
}

func (p *Pages) zipped(w io.Writer, r *web.Request, x visit, v threadView) error {
	z := zip.NewWriter(w)
	add := func(name string, data []byte) error {
		f, err := z.Create(name)
		if err == nil {
			_, err = f.Write(data)
		}
		return err
	}
	names := map[string]string{} // of files, by entry
	for i, e := range v.Entries {
		if e.File == nil || e.Erased {
			continue
		}
		f, data, err := p.Store.File(r.Context(), x.person, x.request, e.ID)
		if fault.Is(err, fault.KindNotFound) {
			continue // erased meanwhile
		}
		if err != nil {
			return err
		}
		names[e.ID] = fmt.Sprintf("%02d-%s", i+1, f.Name)
		if err := add(names[e.ID], data); err != nil {
			return err
		}
	}
	if err := add(r.T("support.person.export.file")+".txt", []byte(v.text(r, names))); err != nil {
		return err
	}
	all, err := json.MarshalIndent(v.plain(r, names), "", "  ")
	if err != nil {
		return err
	}
	if err := add(r.T("support.person.export.file")+".json", all); err != nil {
		return err
	}
	return z.Close()
}

// exported is the thread for a program; times are whole hours.
type exported struct {
	Began   string          `json:"began"`
	Said    Header          `json:"said"` // what the person said about being reached
	CanOpen []string        `json:"can_open"`
	Entries []exportedEntry `json:"entries"`
}

type exportedEntry struct {
	Kind   string            `json:"kind"`
	Hour   string            `json:"hour"`
	By     string            `json:"by"`
	Text   string            `json:"text,omitempty"`
	File   string            `json:"file,omitempty"`
	ReadBy map[string]string `json:"read_by,omitempty"` // name to hour
	Erased bool              `json:"erased,omitempty"`
	Passed *Proposal         `json:"passed,omitempty"` // what was proposed to pass on, to whom
}

func (v threadView) plain(r *web.Request, files map[string]string) exported {
	at := func(h int64) string { return time.Unix(h, 0).In(r.Zone()).Format("2006-01-02T15:04-07:00") }
	h := v.Header
	x := exported{Began: at(v.Made), Said: Header{Lang: h.Lang, Topic: h.Topic, Reach: h.Reach, WayBack: h.WayBack}}
	for _, id := range v.CanOpen {
		x.CanOpen = append(x.CanOpen, v.Name(r, id))
	}
	for _, e := range v.Entries {
		o := exportedEntry{Kind: e.Kind, Hour: at(e.Hour), By: v.Name(r, e.By), Text: e.Text, File: files[e.ID], Erased: e.Erased, ReadBy: map[string]string{}}
		for _, read := range v.ReadBy(e) {
			o.ReadBy[v.Name(r, read.Reader)] = at(read.Hour)
		}
		if p := e.Proposal; p != nil && e.Kind == Proposed {
			o.Passed = p
		}
		x.Entries = append(x.Entries, o)
	}
	return x
}

func (v threadView) text(r *web.Request, files map[string]string) string {
	var b strings.Builder
	line := func(key, value string) {
		if value != "" {
			fmt.Fprintf(&b, "%s: %s\n", r.T(key), value)
		}
	}
	h := v.Header
	line("support.person.more.topic", v.Settings.Topic(h.Topic, r.Lang()))
	line("support.person.more.name", h.Name)
	line("support.person.more.namesafe", h.NameSafe)
	line("support.person.more.pronouns", h.Pronouns)
	line("support.person.more.ways", h.Ways)
	line("support.person.more.times", h.Times)
	line("support.person.more.email", h.Email)
	line("support.person.more.phone", h.Phone)
	line("support.person.more.nottell", h.NotTell)
	line("support.person.more.wayback", h.WayBack)
	for _, e := range v.Entries {
		fmt.Fprintf(&b, "\n%s, %s\n", v.Name(r, e.By), sayHour(r, e.Hour))
		if e.Erased {
			b.WriteString(r.T("support.person.erased") + "\n")
			continue
		}
		if said := v.Said(r, e); said != "" {
			b.WriteString(said + "\n")
		}
		if p := e.Proposal; p != nil && e.Kind == Proposed {
			line("support.referral.field.topic", p.Sent.topicOf(v.Settings, r.Lang()))
			line("support.referral.field.name", p.Sent.Name)
			line("support.referral.field.reach", p.Sent.Reach)
			line("support.referral.field.summary", p.Sent.Summary)
			for _, m := range p.Sent.Messages {
				line(m.key(), m.Text)
			}
		}
		if e.Text != "" {
			b.WriteString(e.Text + "\n")
		}
		if name := files[e.ID]; name != "" {
			b.WriteString("[" + name + "]\n")
		}
		for _, read := range v.ReadBy(e) {
			b.WriteString("  " + r.T("support.person.read", "name", v.Name(r, read.Reader), "hour", sayHour(r, read.Hour)) + "\n")
		}
	}
	return b.String()
}

// Said is what an entry that is no message says; empty for a message.
func (v threadView) Said(r *web.Request, e Shown) string {
	switch e.Kind {
	case Message:
		return ""
	case Joined, Left:
		return r.T("support.person.event."+e.Kind, "name", v.Name(r, e.Who))
	case NewCode, Closed, Reopened, Told, Recovery:
		return r.T("support.person.event." + e.Kind)
	}
	if said := referralSaid(r.Printer, e.Entry, false); said != "" {
		return said
	}
	return r.T("support.person.event.other")
}

// sayHour is the hour as people say it: nothing here knows a finer time.
func sayHour(r *web.Request, h int64) string { return r.When(time.Unix(h, 0).In(r.Zone())) }

// eraseAll makes everything unreadable at once, here and in every copy of the database, and says what remains.
func (p *Pages) eraseAll(w http.ResponseWriter, r *web.Request) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	x, ok, err := p.inVisit(w, r, f, false)
	if !ok {
		return err
	}
	if err := p.Store.Erase(r.Context(), x.person, x.request); err != nil {
		return err
	}
	p.setVisit(w, r, "")
	return r.HTML(w, http.StatusOK, erasedPage(r))
}
