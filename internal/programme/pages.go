package programme

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"slices"
	"time"

	"github.com/a-h/templ"

	"kvart/internal/network"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/web"
	"kvart/internal/support"
)

// Pages are the programme's pages.
type Pages struct {
	*Store
	Aside func(r *web.Request, centres []network.Centre, areas []network.Area) templ.Component // the small map beside the week; of package front
	// TellCard sends the notice that says nothing, at once; of package support.
	TellCard func(ctx context.Context, c support.Card) error
}

// week is the public programme of seven days from the chosen day, filtered. Nothing is remembered of the choice: it is
// in the address, and the address holds neutral codes only.
type week struct {
	From      time.Time
	Today     string
	Days      []day
	Centres   []network.Centre
	Areas     []network.Area
	Groups    []network.Group
	Centre    string // slug
	District  string // slug
	Group     string // code
	Day       string // local date, or empty: the whole week
	Free      bool
	Discreet  bool // say that there are meetings that are not announced
	Truncated bool
}

type day struct {
	Date     time.Time
	Sessions []Listed
}

func (v *week) centre(id string) *network.Centre {
	for i := range v.Centres {
		if v.Centres[i].ID == id {
			return &v.Centres[i]
		}
	}
	return nil
}

func (p *Pages) week(w http.ResponseWriter, r *web.Request) error {
	return r.Shared(w, func() (templ.Component, error) {
		v, err := p.weekOf(r.Context(), r)
		if err != nil {
			return nil, err
		}
		return weekPage(r, p, v), nil
	})
}

func (p *Pages) weekOf(ctx context.Context, r *web.Request) (week, error) {
	var v week
	b, err := p.Network.Basics(ctx)
	if err != nil {
		return v, err
	}
	v.Centres, v.Areas, v.Groups = b.Centres, b.Areas, b.Groups
	zone := b.Zone
	now := r.Now.In(zone)
	v.Today = now.Format(time.DateOnly)
	q := r.URL.Query()
	v.Centre, v.District, v.Group, v.Free, v.Day = q.Get("centre"), q.Get("district"), q.Get("for"), q.Get("free") == "1", q.Get("day")
	from := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, zone)
	if s := q.Get("from"); s != "" {
		d, err := time.ParseInLocation(time.DateOnly, s, zone)
		if err != nil || d.Year() < 2000 || d.Year() > 2200 {
			return v, fault.NotFound("programme.fault.date")
		}
		from = d
	}
	v.From = from
	to := from.AddDate(0, 0, 7)
	if v.Day == "today" {
		v.Day = v.Today
	}
	if v.Day != "" {
		d, err := time.ParseInLocation(time.DateOnly, v.Day, zone)
		if err != nil || d.Year() < 2000 || d.Year() > 2200 {
			return v, fault.NotFound("programme.fault.date")
		}
		from, to = d, d.AddDate(0, 0, 1)
	}
	f := Filter{From: from, To: to, Free: v.Free}
	if v.Group != "" {
		if !IsGroup(v.Group, v.Groups) {
			return v, fault.NotFound("fault.not_found")
		}
		f.Group, v.Discreet = v.Group, v.Group != Everyone
	}
	if v.Centre != "" || v.District != "" {
		f.Centres = []string{"-"} // an unknown centre shows nothing rather than everything
		for _, c := range v.Centres {
			if (v.Centre == "" || c.Slug == v.Centre) && (v.District == "" || p.inArea(v.Areas, c.AreaID, v.District)) {
				f.Centres = append(f.Centres, c.ID)
			}
		}
	}
	list, err := p.Public(ctx, f)
	if err != nil {
		return v, err
	}
	v.Truncated = len(list) == 500
	if v.Day == "" && q.Get("from") == "" { // what is over today is not on any more
		list = slices.DeleteFunc(list, func(l Listed) bool { return l.EndsAt < now.Unix() })
	}
	v.Days = days(list)
	return v, nil
}

// days puts sessions, which are in order of time, under their local days.
func days(list []Listed) (all []day) {
	begin := 0
	for i := range list {
		if i+1 == len(list) || !sameDay(list[i].Start(), list[i+1].Start()) {
			all = append(all, day{Date: list[begin].Start(), Sessions: list[begin : i+1]})
			begin = i + 1
		}
	}
	return all
}

func sameDay(a, b time.Time) bool { return a.YearDay() == b.YearDay() && a.Year() == b.Year() }

// inArea says whether the area, or one above it, has the slug.
func (p *Pages) inArea(areas []network.Area, id, slug string) bool {
	for range 8 {
		i := slices.IndexFunc(areas, func(a network.Area) bool { return a.ID == id })
		if i < 0 {
			return false
		}
		if areas[i].Slug == slug {
			return true
		}
		if areas[i].ParentID == nil {
			return false
		}
		id = *areas[i].ParentID
	}
	return false
}

// districts are those in which a centre is, in the order of the centres.
func (v week) districts() []network.Area {
	var list []network.Area
	for _, c := range v.Centres {
		id := c.AreaID
		for range 8 {
			i := slices.IndexFunc(v.Areas, func(a network.Area) bool { return a.ID == id })
			if i < 0 {
				break
			}
			if v.Areas[i].Kind == "district" {
				if !slices.ContainsFunc(list, func(a network.Area) bool { return a.ID == id }) {
					list = append(list, v.Areas[i])
				}
				break
			}
			if v.Areas[i].ParentID == nil {
				break
			}
			id = *v.Areas[i].ParentID
		}
	}
	return list
}

func (p *Pages) activity(w http.ResponseWriter, r *web.Request) error {
	return r.Shared(w, func() (templ.Component, error) {
		a, err := p.PublicActivity(r.Context(), r.PathValue("activity"))
		if err != nil {
			return nil, err
		}
		c, err := p.Network.Centre(r.Context(), p.DB, a.CentreID)
		if err != nil {
			return nil, err
		}
		groups, err := p.Network.Groups(r.Context(), p.DB)
		if err != nil {
			return nil, err
		}
		list, err := p.Public(r.Context(), Filter{From: r.Now.Add(-12 * time.Hour), To: r.Now.AddDate(0, 6, 0), Activity: a.ID, Limit: 60})
		if err != nil {
			return nil, err
		}
		materials, err := p.PublicMaterials(r.Context(), a.ID)
		if err != nil {
			return nil, err
		}
		var dates []Listed // of those that are of one date
		if slices.ContainsFunc(materials, func(m Material) bool { return m.SessionID != nil }) {
			if dates, err = p.Public(r.Context(), Filter{From: r.Now.AddDate(-1, 0, 0), To: r.Now.AddDate(0, 6, 0), Activity: a.ID}); err != nil {
				return nil, err
			}
		}
		return activityPage(r, a, c, groups, list, materials, dates), nil
	})
}

// session is made anew for everybody: the key of its form is for one sending. The reader's own browser may keep it, so
// that the back button brings back the form that was sent, and sending it again is no second registration.
func (p *Pages) session(w http.ResponseWriter, r *web.Request) error {
	c, err := p.sessionView(r, web.NewForm("party", "1"))
	if err != nil {
		return err
	}
	w.Header().Set("Cache-Control", "private, no-cache")
	return r.HTML(w, http.StatusOK, c)
}

func (p *Pages) sessionView(r *web.Request, f *web.Form) (templ.Component, error) {
	l, a, err := p.PublicSession(r.Context(), r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	c, err := p.Network.Centre(r.Context(), p.DB, l.CentreID)
	if err != nil {
		return nil, err
	}
	groups, err := p.Network.Groups(r.Context(), p.DB)
	if err != nil {
		return nil, err
	}
	return sessionPage(r, l, a, c, groups, f, p.Texting), nil
}

func (p *Pages) register(w http.ResponseWriter, r *web.Request) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	l, _, err := p.PublicSession(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	var faults fault.Form
	ask := Ask{SessionID: l.ID, Channel: Web, Name: f.Get("name"), Email: f.Get("email"), Phone: f.Get("phone"), Party: f.Int(&faults, "party", 1, 1, 10),
		Needs: f.Get("needs"), Adult: f.On("adult"), Guardian: f.On("guardian"), BySMS: p.Texting && f.On("by_sms"), Lang: r.Lang(), FormKey: sending(f), By: "public"}
	ask.Friend = friendIn(f)
	var place Place
	if err = faults.Err(); err == nil {
		place, err = p.Register(r.Context(), ask, func(code string) string { return r.Path("registrations/" + code) })
	}
	if err != nil {
		if !f.Failed(err) {
			return err
		}
		c, err := p.sessionView(r, f)
		if err != nil {
			return err
		}
		return r.HTML(w, web.Status(f.Err), c)
	}
	address := r.Path("registrations/" + place.Code)
	if place.FriendCode != "" { // on the page that follows, and kept nowhere
		address += "?friend=" + place.FriendCode
	}
	return r.See(w, address)
}

// friendIn is the friend of the form, or nil where nothing of one is filled in.
func friendIn(f *web.Form) *Friend {
	if f.Get("friend_name")+f.Get("friend_email") == "" && !f.On("friend_adult") {
		return nil
	}
	return &Friend{Name: f.Get("friend_name"), Email: f.Get("friend_email"), Adult: f.On("friend_adult")}
}

// sending is the key of the form as it is filled in: who comes back to a form that was sent, on a shared computer
// perhaps, and writes another name, sends another one.
func sending(f *web.Form) string {
	key := f.Get("form_key")
	if key == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(f.Values.Encode()))
	return key + "." + hex.EncodeToString(sum[:8])
}

// neutralTitle is the title of every page of an activity or session: a browser's history must not tell on anybody, so
// no title names what it is about, whichever activity it is.
func neutralTitle(r *web.Request, c network.Centre, start time.Time) string {
	if start.IsZero() {
		return r.T("programme.title.activity") + " · " + c.Name
	}
	return r.When(start) + " · " + c.Name
}

func groupNames(r *web.Request, groups []network.Group, codes Codes) []string {
	var names []string
	for _, g := range groups {
		if codes.Has(g.Code) {
			names = append(names, r.Pick(g.Name))
		}
	}
	return names
}
