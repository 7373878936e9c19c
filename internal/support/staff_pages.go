package support

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"kvart/internal/network"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/i18n"
	"kvart/internal/platform/web"
)

// staffRoutes are the inbox and its threads. The permission opens the page; what is on it opens with the viewer's own key
// and a grant to it only.
func (p *Pages) staffRoutes() []web.Route {
	read := network.AtCentre(Read)
	return []web.Route{
		{Pattern: "GET /desk/messages", Need: read, Handle: p.withKey(p.inbox)},
		{Pattern: "POST /desk/messages/open", Need: web.SignedIn, Handle: p.openHere},
		{Pattern: "POST /desk/messages/talks", Need: read, Handle: p.talk},
		{Pattern: "GET /desk/messages/new", Need: read, Handle: p.withKey(p.newForm)},
		{Pattern: "POST /desk/messages/new", Need: read, Large: true, Handle: p.withKey(p.takeSpoken)},
		{Pattern: "GET /desk/messages/access", Need: read, Handle: p.withKey(p.accessForm)},
		{Pattern: "POST /desk/messages/access", Need: read, Handle: p.withKey(p.giveAccess)},
		{Pattern: "GET /desk/messages/thread/{id}", Need: read, Handle: p.withKey(p.readThread)},
		{Pattern: "POST /desk/messages/thread/{id}/answer", Need: read, Large: true, Handle: p.withKey(p.answer)},
		{Pattern: "POST /desk/messages/thread/{id}/note", Need: read, Large: true, Handle: p.withKey(p.writeNote)},
		{Pattern: "POST /desk/messages/thread/{id}/file", Need: read, Large: true, Handle: p.withKey(p.attach)},
		{Pattern: "GET /desk/messages/thread/{id}/file/{entry}", Need: read, Handle: p.withKey(p.sendFile)},
		{Pattern: "POST /desk/messages/thread/{id}/assign", Need: read, Handle: p.withKey(p.assign)},
		{Pattern: "POST /desk/messages/thread/{id}/flags", Need: read, Handle: p.withKey(p.flags)},
		{Pattern: "POST /desk/messages/thread/{id}/close", Need: read, Large: true, Handle: p.withKey(p.close)},
		{Pattern: "POST /desk/messages/thread/{id}/reopen", Need: read, Handle: p.withKey(p.reopen)},
		{Pattern: "GET /desk/messages/thread/{id}/link", Need: read, Handle: p.withKey(p.linkForm)},
		{Pattern: "POST /desk/messages/thread/{id}/link", Need: read, Handle: p.withKey(p.link)},
		{Pattern: "GET /desk/messages/thread/{id}/code", Need: read, Handle: p.withKey(p.codeForm)},
		{Pattern: "POST /desk/messages/thread/{id}/code", Need: read, Handle: p.withKey(p.newCode)},
	}
}

// Why nothing opens, as the ends of message keys.
const (
	shutInsecure = "insecure" // what is typed here could be read on its way
	shutStore    = "store"    // the erasure store is not there
	shutNoKey    = "no_key"
	shutClosed   = "closed" // the key is there; its passphrase opens it
)

type keyHandler func(w http.ResponseWriter, r *web.Request, by Reading) error

// withKey answers with the page where the viewer's key is open, or else with one that says why it is not and what to do. A
// form that was sent meanwhile is carried on it, so that nothing typed is lost.
func (p *Pages) withKey(page keyHandler) web.Handler {
	page = p.unlessPacket(page)
	return func(w http.ResponseWriter, r *web.Request) error {
		why := p.shut(r)
		if why == "" {
			return page(w, r, p.reading(r))
		}
		f, upload := web.NewForm(), false
		if r.Method == http.MethodPost {
			upload = strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/")
			var err error
			if f, _, err = r.ReadFile(w, MaxFile, web.MaxTeamForm); err != nil {
				return err
			}
		}
		if phrase := f.Get("passphrase"); why == shutClosed && phrase != "" {
			err := p.unlock(w, r, phrase)
			if err == nil && p.shut(r) == "" {
				r.PostForm.Del("passphrase")
				return page(w, r, p.reading(r))
			}
			if err == nil {
				err = fault.Conflict("support.fault.key_does_not_open")
			}
			if !f.Failed(err) {
				return err
			}
		}
		return p.shutPage(w, r, why, r.URL.RequestURI(), f, upload)
	}
}

func (p *Pages) reading(r *web.Request) Reading {
	id, key, _ := r.VaultKey()
	return Reading{ID: id, Key: key, Account: r.Viewer.Account.ID}
}

// shut is why the viewer's key is not open, or "".
func (p *Pages) shut(r *web.Request) string {
	_, _, open := r.VaultKey()
	switch {
	case !r.Confidential():
		return shutInsecure
	case p.Store.ready() != nil:
		return shutStore
	case open:
		return ""
	case r.Viewer.Account.VaultKey == "":
		return shutNoKey
	}
	return shutClosed
}

func (p *Pages) unlock(w http.ResponseWriter, r *web.Request, phrase string) error {
	if err := r.Slowed("sign-in"); err != nil {
		return err
	}
	return r.OpenKey(w, phrase)
}

func (p *Pages) shutPage(w http.ResponseWriter, r *web.Request, why, next string, f *web.Form, upload bool) error {
	status := http.StatusOK
	if f.Err != nil {
		status = web.Status(f.Err)
	}
	f.Values.Del("passphrase")
	return r.HTML(w, status, shutView(r, why, next, f, upload))
}

// openHere opens the key and leads back to the page that was asked for.
func (p *Pages) openHere(w http.ResponseWriter, r *web.Request) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	next := ours(f.Get("next"))
	why := p.shut(r)
	if why == "" {
		return r.See(w, next)
	}
	if why == shutClosed {
		if err := p.unlock(w, r, f.Get("passphrase")); err != nil {
			if !f.Failed(err) {
				return err
			}
		} else if why = p.shut(r); why == "" {
			return r.See(w, next)
		} else {
			f.Failed(fault.Conflict("support.fault.key_does_not_open"))
		}
	}
	return p.shutPage(w, r, why, next, f, false)
}

// ours is the address of a page of messages; anything else is the inbox.
func ours(next string) string {
	u, err := url.Parse(next)
	if err != nil || u.Host != "" || u.Scheme != "" || strings.Contains(next, `\`) || (u.Path != "/desk/messages" && !strings.HasPrefix(u.Path, "/desk/messages/")) {
		return "/desk/messages"
	}
	return next
}

// turn is somebody's span of today.
type turn struct {
	Name  string
	Start time.Time
	End   time.Time
}

type inboxRow struct {
	Listed
	Centre   string // where there are several
	Assigned string // working names
	Late     bool
}

// inboxPage is what the inbox shows.
type inboxPage struct {
	State    string
	Rows     []inboxRow
	Page     int
	More     bool
	Settings Settings
	Turns    []turn
	Waits    string // why the viewer reads nothing new yet; empty: they do
	Talks    int
	Form     *web.Form
	Zone     *time.Location
	Me       string
}

func (p *Pages) inbox(w http.ResponseWriter, r *web.Request, by Reading) error {
	return p.inboxWith(w, r, http.StatusOK, by, nil)
}

func (p *Pages) inboxWith(w http.ResponseWriter, r *web.Request, status int, by Reading, f *web.Form) error {
	ctx := r.Context()
	v := inboxPage{State: "open", Form: f, Zone: r.Zone(), Me: by.ID}
	if r.URL.Query().Get("state") == "closed" {
		v.State = "closed"
	}
	if n, err := strconv.Atoi(r.URL.Query().Get("page")); err == nil && n > 0 && n < 10000 {
		v.Page = n
	}
	list, more, err := p.Store.Inbox(ctx, by, v.State, v.Page)
	if err != nil {
		return err
	}
	v.More = more
	if v.Settings, err = p.Store.Settings(ctx, p.Store.DB); err != nil {
		return err
	}
	centres, err := p.Store.Network.Centres(ctx, p.Store.DB)
	if err != nil {
		return err
	}
	var keys []string
	at := map[string]bool{}
	for _, l := range list {
		keys = append(keys, l.Header.Assigned, l.Header.Second)
		at[l.Header.Party.Centre] = true
	}
	names, err := p.Store.keyNames(ctx, keys)
	if err != nil {
		return err
	}
	for _, l := range list {
		row := inboxRow{Listed: l, Assigned: assignees(r.Printer, l.Header, names, by.ID)}
		row.Late = l.Waiting != nil && r.Now.Sub(time.Unix(*l.Waiting, 0)) > time.Duration(v.Settings.Hours)*time.Hour
		for _, c := range centres {
			if len(at) > 1 && c.ID == l.Header.Party.Centre {
				row.Centre = c.Name
			}
		}
		v.Rows = append(v.Rows, row)
	}
	for _, c := range centres {
		if c.ID != r.Viewer.ScopeID() {
			continue
		}
		if v.Waits, v.Turns, err = p.teamToday(r, c, by); err != nil {
			return err
		}
		if v.Talks, err = p.Store.Talks(ctx, c.ID, month(r, c)); err != nil {
			return err
		}
	}
	return r.HTML(w, status, inboxView(r, v))
}

// teamToday is whose turn it is today at the centre, and why the viewer is not among its readers.
func (p *Pages) teamToday(r *web.Request, c network.Centre, by Reading) (waits string, today []turn, err error) {
	ctx := r.Context()
	team, err := p.Store.Team(ctx, p.Store.DB, Party{Centre: c.ID})
	if err != nil {
		return "", nil, err
	}
	readers := team.Readers()
	if !slices.ContainsFunc(readers, func(m Reader) bool { return m.KeyID == by.ID }) {
		waits = "support.waiting.signature"
		if !team.Signed {
			waits = "support.waiting.list"
		}
	}
	slots, err := p.Store.ahead(ctx, c, readers, 1)
	if err != nil {
		return "", nil, err
	}
	loc := c.Location()
	for _, s := range slots {
		if s.Start.In(loc).Format(time.DateOnly) != r.Now.In(loc).Format(time.DateOnly) {
			continue
		}
		for _, m := range readers {
			if m.AccountID == s.AccountID {
				today = append(today, turn{m.Name, s.Start.In(loc), s.End.In(loc)})
			}
		}
	}
	return waits, today, nil
}

// assignees are with whom the request is, as the viewer reads it.
func assignees(words *i18n.Printer, h Header, names map[string]string, me string) string {
	var list []string
	for _, id := range []string{h.Assigned, h.Second} {
		switch {
		case id == "":
		case id == me:
			list = append(list, words.T("support.who.me"))
		default:
			list = append(list, cmp.Or(names[id], words.T("support.who.left")))
		}
	}
	return strings.Join(list, ", ")
}

func month(r *web.Request, c network.Centre) string { return r.Now.In(c.Location()).Format("2006-01") }

// talk counts a short talk. It needs no key: nothing is sealed, and nothing is kept but a number.
func (p *Pages) talk(w http.ResponseWriter, r *web.Request) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	c, err := p.Store.Network.Centre(r.Context(), p.Store.DB, r.Viewer.ScopeID())
	if err != nil {
		return err
	}
	if err := p.Store.AddTalk(r.Context(), c.ID, month(r, c), f.Get("topic"), f.Get("form_key")); err != nil {
		return err
	}
	r.Flash("support.talk.counted")
	return r.See(w, "/desk/messages")
}

// accessForm asks which colleague is to read what the viewer reads.
func (p *Pages) accessForm(w http.ResponseWriter, r *web.Request, by Reading) error {
	return p.accessWith(w, r, http.StatusOK, by, web.NewForm())
}

func (p *Pages) accessWith(w http.ResponseWriter, r *web.Request, status int, by Reading, f *web.Form) error {
	team, err := p.Store.Team(r.Context(), p.Store.DB, Party{Centre: r.Viewer.ScopeID()})
	if err != nil {
		return err
	}
	ids, err := p.Store.granted(r.Context(), by)
	if err != nil {
		return err
	}
	return r.HTML(w, status, accessView(r, colleagues(team, by.ID), len(ids), f))
}

// colleagues are those of the team that may be sealed to, less the viewer.
func colleagues(t Team, me string) []Reader {
	return slices.DeleteFunc(t.Readers(), func(m Reader) bool { return m.KeyID == me })
}

func (p *Pages) giveAccess(w http.ResponseWriter, r *web.Request, by Reading) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	team, err := p.Store.Team(r.Context(), p.Store.DB, Party{Centre: r.Viewer.ScopeID()})
	if err != nil {
		return err
	}
	colleague := f.Get("colleague")
	if !slices.ContainsFunc(colleagues(team, by.ID), func(m Reader) bool { return m.KeyID == colleague }) {
		var faults fault.Form
		faults.Add("colleague", "fault.required")
		f.Failed(faults.Err())
		return p.accessWith(w, r, http.StatusUnprocessableEntity, by, f)
	}
	n, err := p.Store.GiveAccess(r.Context(), by, colleague)
	if err != nil {
		return err
	}
	return r.See(w, "/desk/messages/access?given="+strconv.Itoa(n))
}
