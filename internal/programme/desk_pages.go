package programme

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"time"

	"kvart/internal/booking"
	"kvart/internal/network"
	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/i18n"
	"kvart/internal/platform/web"
)

// own is the centre where one acts, with what the forms of its programme choose from.
type own struct {
	Centre        network.Centre
	Groups        []network.Group
	Spaces        []booking.Space
	Organisations []network.Organisation
}

func (p *Pages) own(ctx context.Context, r *web.Request) (own, error) {
	var o own
	var err error
	if o.Centre, err = p.Network.Centre(ctx, p.DB, r.Viewer.ScopeID()); err != nil {
		return o, err
	}
	if o.Groups, err = p.Network.Groups(ctx, p.DB); err != nil {
		return o, err
	}
	if o.Organisations, err = p.Network.Organisations(ctx, p.DB); err != nil {
		return o, err
	}
	names := r.Names()
	slices.SortStableFunc(o.Organisations, func(a, b network.Organisation) int { return names(a.Name, b.Name) })
	all, err := p.Booking.Spaces(ctx, p.DB, o.Centre.ID)
	for _, s := range all {
		if !s.Closed {
			o.Spaces = append(o.Spaces, s)
		}
	}
	return o, err
}

func (o own) space(id string) (booking.Space, bool) {
	for _, s := range o.Spaces {
		if s.ID == id {
			return s, true
		}
	}
	return booking.Space{}, false
}

// Planned is an activity in the desk's list, with its next session.
type Planned struct {
	Activity
	Next   *int64 `db:"next_at"`
	Coming int    `db:"coming"`
}

// Start is when the next session begins, in the given zone.
func (a Planned) Start(zone *time.Location) time.Time {
	if a.Next == nil {
		return time.Time{}
	}
	return time.Unix(*a.Next, 0).In(zone)
}

// Planned are the centre's activities with what is planned of each, soonest first.
func (s *Store) Planned(ctx context.Context, centreID string, discreetToo, archivedToo bool) ([]Planned, error) {
	var list []Planned
	err := s.DB.Select(ctx, &list, `SELECT a.*, n.next_at, COALESCE(n.coming, 0) AS coming FROM activities a
		LEFT JOIN (SELECT activity_id, MIN(starts_at) AS next_at, COUNT(*) AS coming FROM sessions WHERE centre_id = :c AND starts_at > :now AND state = 'planned' GROUP BY activity_id) n
		ON n.activity_id = a.id
		WHERE a.centre_id = :c AND (a.discreet = 0 OR :d = 1) AND (a.state <> 'archived' OR :a = 1)
		ORDER BY CASE WHEN n.next_at IS NULL THEN 1 ELSE 0 END, n.next_at, a.created_at DESC, a.id DESC`,
		db.Args{"c": centreID, "now": s.Now().Unix(), "d": db.Bool(discreetToo), "a": db.Bool(archivedToo)})
	return list, err
}

func (p *Pages) deskActivities(w http.ResponseWriter, r *web.Request) error {
	archived := r.URL.Query().Get("archived") == "1"
	// The screen is seen by those who stand before it: what is discreet shows to its team, after a press.
	discreet := r.URL.Query().Get("all") == "1" && r.Viewer.May(SeeDiscreet)
	list, err := p.Planned(r.Context(), r.Viewer.ScopeID(), discreet, archived)
	if err != nil {
		return err
	}
	c, err := p.Network.Centre(r.Context(), p.DB, r.Viewer.ScopeID())
	if err != nil {
		return err
	}
	return r.HTML(w, http.StatusOK, activitiesPage(r, c, list, archived, discreet))
}

func (p *Pages) newActivity(w http.ResponseWriter, r *web.Request) error {
	o, err := p.own(r.Context(), r)
	if err != nil {
		return err
	}
	f := web.NewForm("kind", Places, "place_kind", InSpace, "register_for", "session", "opens_days", "28", "opens_clock", "09:00", "desk_share", "0",
		"desk_share_days", "3", "remind", "1", "remind_hours", "24", "state", "published")
	if len(o.Spaces) == 0 {
		f.Values.Set("place_kind", Address)
	} else {
		f.Values.Set("space", o.Spaces[0].ID)
	}
	datesDefaults(f, r.Now.In(o.Centre.Location()))
	q := r.URL.Query()
	if place := q.Get("place"); place != "" { // somewhere else than at the centre, as a link to here says
		f.Values.Set("place_kind", Address)
		f.SetTexts("place", i18n.Text{i18n.HR: place})
	}
	for _, name := range []string{"date", "from", "to"} {
		if v := q.Get(name); v != "" {
			f.Values.Set(name, v)
		}
	}
	return r.HTML(w, http.StatusOK, newActivityPage(r, o, f))
}

// readActivity reads the form of an activity; a is what it changes, or a new one. Only the team of discreet activities
// may make one.
func readActivity(r *web.Request, f *web.Form, faults *fault.Form, a Activity) Activity {
	a.Title, a.About, a.Bring, a.Place = f.Texts("title"), f.Texts("about"), f.Texts("bring"), f.Texts("place")
	for name, t := range map[string]i18n.Text{"about": a.About, "bring": a.Bring} {
		for l, s := range t {
			if len([]rune(s)) > 4000 {
				faults.Add(name+"-"+string(l), "fault.too_long", "max", 4000)
			}
		}
	}
	a.ForGroups = CodesOf(f.All("groups"))
	a.Kind, a.PlaceKind, a.OnlineURL = f.Get("kind"), f.Get("place_kind"), f.Text(faults, "online_url", 500, false)
	a.RegisterFor = "session"
	if f.Get("register_for") == "series" {
		a.RegisterFor = "series"
	}
	a.Capacity = nil
	if f.Get("capacity") != "" {
		n := f.Int(faults, "capacity", 0, 1, 10000)
		a.Capacity = &n
	}
	a.OpensDays, a.OpensClock = f.Int(faults, "opens_days", 28, 0, 365), f.Get("opens_clock")
	if a.OpensClock == "" {
		a.OpensClock = "09:00"
	}
	a.DeskShare, a.DeskShareDays = f.Int(faults, "desk_share", 0, 0, 10000), f.Int(faults, "desk_share_days", 3, 0, 365)
	a.Remind, a.RemindHours = db.Bool(f.On("remind")), f.Int(faults, "remind_hours", DefaultRemindHours, 1, 336)
	a.AdultsOnly, a.Guardian = db.Bool(f.On("adults_only")), db.Bool(f.On("guardian"))
	if r.Viewer.May(SeeDiscreet) {
		a.Discreet = db.Bool(f.On("discreet"))
	}
	a.OrganisationID = nil
	if id := f.Get("organisation"); id != "" {
		a.OrganisationID = &id
	}
	switch s := f.Get("state"); s {
	case "draft", "published", "archived":
		a.State = s
	default:
		a.State = "published"
	}
	return a
}

// fillActivity fills in the form of an activity.
func fillActivity(f *web.Form, a Activity) {
	f.SetTexts("title", a.Title)
	f.SetTexts("about", a.About)
	f.SetTexts("bring", a.Bring)
	f.SetTexts("place", a.Place)
	for _, c := range a.ForGroups.List() {
		f.Values.Add("groups", c)
	}
	set := func(name, v string) { f.Values.Set(name, v) }
	set("kind", a.Kind)
	set("place_kind", a.PlaceKind)
	set("online_url", a.OnlineURL)
	set("register_for", a.RegisterFor)
	if a.Capacity != nil {
		set("capacity", strconv.Itoa(*a.Capacity))
	}
	set("opens_days", strconv.Itoa(a.OpensDays))
	set("opens_clock", a.OpensClock)
	set("desk_share", strconv.Itoa(a.DeskShare))
	set("desk_share_days", strconv.Itoa(a.DeskShareDays))
	set("remind_hours", strconv.Itoa(a.RemindHours))
	for name, on := range map[string]db.Bool{"adults_only": a.AdultsOnly, "guardian": a.Guardian, "discreet": a.Discreet, "remind": a.Remind} {
		if on {
			set(name, "1")
		}
	}
	if a.OrganisationID != nil {
		set("organisation", *a.OrganisationID)
	}
	set("state", a.State)
	set("version", strconv.Itoa(a.Version))
}

// checked joins the faults of the form's fields with those of the activity, so that all are named at once.
func checked(faults *fault.Form, err error) error {
	if err != nil {
		for _, x := range fault.Of(err).Fields {
			faults.Add(x.Name, x.Key, x.Args...)
		}
	}
	return faults.Err()
}

// addActivity keeps the activity and all its dates in one transaction. When dates clash, the page lists each with a
// choice of its own, and carries what was typed.
func (p *Pages) addActivity(w http.ResponseWriter, r *web.Request) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	o, err := p.own(r.Context(), r)
	if err != nil {
		return err
	}
	again := func(err error) error {
		if !f.Failed(err) {
			return err
		}
		return r.HTML(w, http.StatusUnprocessableEntity, newActivityPage(r, o, f))
	}
	var faults fault.Form
	a := readActivity(r, f, &faults, Activity{CentreID: o.Centre.ID})
	wishes := p.readDates(f, &faults, o, a.PlaceKind)
	if err := checked(&faults, a.Check(o.Groups)); err != nil || f.On("back") {
		if err == nil {
			return r.HTML(w, http.StatusOK, newActivityPage(r, o, f))
		}
		return again(err)
	}
	if err := p.Booking.Taken(r.Context(), f); err != nil {
		return err
	}
	open, err := p.planner(o, a.Capacity).Keep(r.Context(), f, wishes, func(tx *db.Tx, dates []Date) error {
		a := a
		if err := web.Claim(r.Context(), tx, f.Get("form_key"), "/desk/programme", r.Now); err != nil {
			return err
		}
		id, err := p.AddActivity(r.Context(), tx, a, o.Groups, r.Viewer.Account.ID)
		if err != nil {
			return err
		}
		a.ID = id
		_, err = p.AddSessions(r.Context(), tx, a, dates, r.Viewer.Account.ID)
		return err
	})
	if err != nil {
		return again(err)
	}
	if len(open) > 0 {
		f.Err = fault.Invalid("series.fault.clashes")
		return r.HTML(w, http.StatusUnprocessableEntity, booking.ClashPage(r, booking.Clashing{Planner: p.planner(o, a.Capacity), Form: f, Address: "/desk/programme/new", Section: "/desk/programme", Open: open, All: len(wishes)}))
	}
	r.Flash("programme.desk.added")
	return r.See(w, "/desk/programme")
}

func (p *Pages) editActivity(w http.ResponseWriter, r *web.Request) error {
	a, err := p.Activity(r.Context(), p.DB, r.Viewer.ScopeID(), r.PathValue("id"), r.Viewer.May(SeeDiscreet))
	if err != nil {
		return err
	}
	f := web.NewForm("was", wasOf(a))
	fillActivity(f, a)
	return p.showActivity(w, r, http.StatusOK, a, f)
}

func (p *Pages) showActivity(w http.ResponseWriter, r *web.Request, status int, a Activity, f *web.Form) error {
	o, err := p.own(r.Context(), r)
	if err != nil {
		return err
	}
	list, err := p.OfActivity(r.Context(), a.CentreID, a.ID, r.Now.AddDate(0, 0, -1))
	if err != nil {
		return err
	}
	return r.HTML(w, status, editActivityPage(r, o, a, list, f))
}

func (p *Pages) changeActivity(w http.ResponseWriter, r *web.Request) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	a, err := p.Activity(r.Context(), p.DB, r.Viewer.ScopeID(), r.PathValue("id"), r.Viewer.May(SeeDiscreet))
	if err != nil {
		return err
	}
	groups, err := p.Network.Groups(r.Context(), p.DB)
	if err != nil {
		return err
	}
	if f.On("merge") && !choose(f) {
		f.Err = fault.Invalid("series.fault.choose")
		return p.showMerge(w, r, a, f)
	}
	var faults fault.Form
	changed := readActivity(r, f, &faults, a)
	changed.Version = f.Int(&faults, "version", a.Version, 1, 1<<30)
	if err = checked(&faults, changed.Check(groups)); err == nil {
		err = p.ChangeActivity(r.Context(), changed, groups, r.Viewer.Account.ID)
	}
	if err != nil {
		if f.Failed(err) {
			if f.Err.Key == "programme.fault.changed_meanwhile" {
				return p.showMerge(w, r, a, f)
			}
			return p.showActivity(w, r, web.Status(f.Err), a, f)
		}
		return err
	}
	r.Flash("programme.desk.changed")
	return r.See(w, "/desk/programme/"+a.ID)
}

// showMerge shows what somebody else has changed since the form was opened, beside what was typed.
func (p *Pages) showMerge(w http.ResponseWriter, r *web.Request, a Activity, f *web.Form) error {
	now, err := p.Activity(r.Context(), p.DB, a.CentreID, a.ID, r.Viewer.May(SeeDiscreet))
	if err != nil {
		return err
	}
	v, err := p.merging(r, now, f)
	if err != nil {
		return err
	}
	return r.HTML(w, web.Status(f.Err), mergePage(r, v))
}
