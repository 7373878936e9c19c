package booking

import (
	"net/http"
	"time"

	"kvart/internal/network"
	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/web"
)

// addSeries books what the form of a booking asks for every week or every two: all dates, or none while some of them
// wait for another solution.
func (p *Pages) addSeries(w http.ResponseWriter, r *web.Request, v wish) error {
	f := v.Form
	again := func(err error) error {
		if !f.Failed(err) {
			return err
		}
		v.exceeding(r)
		return r.HTML(w, web.Status(f.Err), bookingPage(r, v))
	}
	var faults fault.Form
	n := readBooking(r, f, v, &faults)
	if !n.HoldUntil.IsZero() {
		faults.Add("hold", "series.fault.hold")
	}
	plan := p.planner(v)
	wishes := plan.ReadDates(f, &faults, n.SpaceID, false)
	for i := range wishes {
		wishes[i].Date.Own = n.own()
	}
	if err := faults.Err(); err != nil {
		return again(err)
	}
	if f.On("back") {
		return r.HTML(w, http.StatusOK, bookingPage(r, v))
	}
	if err := p.Store.Taken(r.Context(), f); err != nil {
		return err
	}
	one := Series{CentreID: v.Centre.ID, OrganisationID: n.OrganisationID, Title: n.Title, Confidential: db.Bool(n.Confidential), SpaceID: n.SpaceID,
		Weeks: everyWeeks(f), LocalStart: f.Get("from"), LocalEnd: f.Get("to"), SetupMinutes: n.Setup, ClearMinutes: n.Clear, Equipment: n.Equipment}
	there := ""
	open, err := plan.Keep(r.Context(), f, wishes, func(tx *db.Tx, dates []Date) error {
		if err := web.Claim(r.Context(), tx, f.Get("form_key"), "/desk/series", r.Now); err != nil {
			return err
		}
		var wanted []Interval
		for _, d := range dates {
			if !d.Skip {
				wanted = append(wanted, d.Interval())
			}
		}
		over, err := p.within(r.Context(), tx, one.CentreID, one.OrganisationID, wanted, f.Get("exceed"))
		if err != nil {
			return err
		}
		id, err := p.Store.AddSeries(r.Context(), tx, one, dates, r.Viewer.Account.ID)
		there = "/desk/series/" + id
		if err != nil || !over {
			return err
		}
		return p.Store.exceptSeries(r.Context(), tx, id, f.Get("exceed"), r.Viewer.Account.ID)
	})
	if err != nil {
		return again(err)
	}
	if len(open) > 0 {
		f.Err = fault.Invalid("series.fault.clashes")
		return r.HTML(w, http.StatusUnprocessableEntity, ClashPage(r, Clashing{Planner: plan, Form: f, Address: "/desk/bookings/new", Section: "/desk/rooms", Open: open, All: len(wishes)}))
	}
	r.Flash("series.added")
	return r.See(w, there)
}

func (p *Pages) planner(v wish) Planner {
	return Planner{Store: p.Store, Network: p.Network, Centre: v.Centre, Spaces: v.Spaces, Organisations: v.Organisations}
}

// seriesView is what the pages of series show.
type seriesView struct {
	wish
	List  []SeriesNext
	One   Series
	Dates []Dated
	Lost  []Lost
	Date  Dated // the one at hand
}

func (v seriesView) name(r *web.Request, title string, holder *string) string {
	if title == "" && holder == nil {
		return r.T("booking.busy")
	}
	if holder != nil {
		for _, o := range v.Organisations {
			if o.ID == *holder {
				if title == "" {
					return o.Name
				}
				return title + " (" + o.Name + ")"
			}
		}
	}
	return title
}

func (v seriesView) seriesName(r *web.Request, s Series) string {
	title, holder := s.Shown(v.Reader)
	return v.name(r, title, holder)
}

func (v seriesView) lostName(r *web.Request, l Lost) string {
	if l.Confidential { // the list stands on a shared screen
		return r.T("booking.busy")
	}
	title, holder := l.Shown(v.Reader)
	return v.name(r, title, holder)
}

func (v seriesView) at(unix int64) time.Time { return time.Unix(unix, 0).In(v.Centre.Location()) }

// series lists what repeats at the centre, and the dates that were lost. What is confidential is not among it: the list
// stands on a shared screen, and each of its bookings leads to its series.
func (p *Pages) series(w http.ResponseWriter, r *web.Request) error {
	base, err := p.wish(r, web.NewForm())
	if err != nil {
		return err
	}
	v := seriesView{wish: base}
	all, err := p.Store.AllSeries(r.Context(), v.Centre.ID)
	if err != nil {
		return err
	}
	for _, s := range all {
		if !s.Confidential {
			v.List = append(v.List, s)
		}
	}
	if v.Lost, err = p.Store.Lost(r.Context(), v.Centre.ID); err != nil {
		return err
	}
	return r.HTML(w, http.StatusOK, seriesPage(r, v))
}

func (p *Pages) oneSeries(r *web.Request, f *web.Form) (seriesView, error) {
	base, err := p.wish(r, f)
	if err != nil {
		return seriesView{}, err
	}
	v := seriesView{wish: base}
	if v.One, err = p.Store.OneSeries(r.Context(), p.Store.DB, v.Centre.ID, r.PathValue("id")); err != nil {
		return v, err
	}
	if bool(v.One.Confidential) && !r.Viewer.May(SeeHidden) {
		return v, fault.NotFound("fault.not_found")
	}
	if v.Dates, err = p.Store.DatesOf(r.Context(), p.Store.DB, v.One, v.Centre.Location()); err != nil {
		return v, err
	}
	if id := r.PathValue("booking"); id != "" {
		for _, d := range v.Dates {
			if d.Booking.ID == id {
				v.Date = d
			}
		}
		if v.Date.Booking.ID == "" {
			return v, fault.NotFound("fault.not_found")
		}
	}
	return v, nil
}

func (p *Pages) showSeries(w http.ResponseWriter, r *web.Request) error {
	v, err := p.oneSeries(r, web.NewForm())
	if err != nil {
		return err
	}
	all, err := p.Store.AllEquipment(r.Context(), p.Store.DB, v.Centre.ID) // what is lent no longer has its name too
	if err != nil {
		return err
	}
	return r.HTML(w, http.StatusOK, oneSeriesPage(r, v, ownWords(r, v.One.Own(), all)))
}

func (p *Pages) editSeries(w http.ResponseWriter, r *web.Request) error {
	v, err := p.oneSeries(r, nil)
	if err != nil {
		return err
	}
	v.Form = web.NewForm("scope", string(This), "date", v.Date.Is.Day, "from", v.Date.Is.From, "to", v.Date.Is.To, "space", v.Date.Is.SpaceID, "version", number(v.One.Version))
	return r.HTML(w, http.StatusOK, editSeriesPage(r, v))
}

func (p *Pages) changeSeries(w http.ResponseWriter, r *web.Request) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	v, err := p.oneSeries(r, f)
	if err != nil {
		return err
	}
	again := func(err error) error {
		if !f.Failed(err) {
			return err
		}
		if fault.Of(err).Key == "series.fault.changed_meanwhile" { // with the state as it is now, a second press is a decision
			f.Values.Set("version", number(v.One.Version))
		}
		v.exceeding(r)
		return r.HTML(w, web.Status(f.Err), editSeriesPage(r, v))
	}
	plan := p.planner(v.wish)
	var faults fault.Form
	c := SeriesChange{CentreID: v.Centre.ID, SeriesID: v.One.ID, At: v.Date.Booking.ID, Scope: ScopeOf(f.Get("scope")), ApartToo: f.On("apart"), Zone: v.Centre.Location(),
		By: r.Viewer.Account.ID, Version: f.Int(&faults, "version", v.One.Version, 1, 1<<30), Exceed: f.Text(&faults, "exceed", 500, false)}
	c.Shift = plan.ReadShift(f, &faults, v.Date.Occurrence, f.Get("space"), true)
	var wishes []Wish
	if faults.Err() == nil {
		wishes = plan.Shifted(f, &faults, Touched(Within(occurrences(v.Dates), c.At, c.Scope, r.Now), c.At, c.ApartToo), c.Shift)
		for i := range wishes {
			wishes[i].Date.Lives = wishes[i].Date.RID
		}
	}
	if err := faults.Err(); err != nil {
		return again(err)
	}
	if f.On("back") {
		return r.HTML(w, http.StatusOK, editSeriesPage(r, v))
	}
	to := v.One.ID
	open, err := plan.Keep(r.Context(), f, wishes, func(tx *db.Tx, dates []Date) (err error) {
		c.Dates = dates
		to, err = p.Store.ChangeSeries(r.Context(), tx, c)
		return err
	})
	if err != nil {
		return again(err)
	}
	if len(open) > 0 {
		f.Err = fault.Invalid("series.fault.clashes")
		return r.HTML(w, http.StatusUnprocessableEntity, ClashPage(r, Clashing{Planner: plan, Form: f, Address: v.edit(), Section: "/desk/rooms", Open: open, All: len(wishes), Changed: true}))
	}
	r.Flash("series.changed")
	return r.See(w, "/desk/series/"+to)
}

func (v seriesView) edit() string { return "/desk/series/" + v.One.ID + "/" + v.Date.Booking.ID }

// ReadShift reads where a form puts the date at hand of a series: with it go the others of its scope, by as many days.
func (p Planner) ReadShift(f *web.Form, faults *fault.Form, at Occurrence, spaceID string, needSpace bool) Shift {
	x := Shift{From: f.Get("from"), To: f.Get("to"), SpaceID: spaceID}
	if _, known := p.SpaceOf(spaceID); !known && (needSpace || spaceID != "") {
		faults.Add("space", "fault.required")
	}
	day, err := time.ParseInLocation(time.DateOnly, f.Get("date"), p.Centre.Location())
	if err != nil || day.Year() < 2000 || day.Year() > 2200 {
		faults.Add("date", "fault.not_a_date")
		return x
	}
	x.Days = DaysBetween(at.Planned.Day, f.Get("date"))
	if x.Days > MaxShift || x.Days < -MaxShift {
		faults.Add("date", "series.fault.too_far", "days", MaxShift)
	}
	start, ok := AtClock(day, x.From)
	if !ok {
		faults.Add("from", "fault.not_a_time")
	} else if _, ok := EndOf(start, x.To); !ok {
		faults.Add("to", "booking.fault.times")
	}
	return x
}

// Shifted are the occurrences where the shift puts them, each with its id as RID and with the solution chosen for it.
func (p Planner) Shifted(f *web.Form, faults *fault.Form, touched []Occurrence, shift Shift) []Wish {
	if len(touched) == 0 {
		faults.Add("scope", "series.fault.over")
		return nil
	}
	var list []Wish
	asks := false // whether the hours are meant so
	for _, o := range touched {
		d, err := shift.Of(o, p.Centre.Location())
		if err != nil {
			e := fault.Of(err)
			faults.Add("to", e.Key, e.Args...)
			return nil
		}
		d.RID = o.ID
		x := Wish{Key: o.Planned.Day, Date: d}
		p.Solve(&x, f, faults)
		if !x.Date.Skip && !x.Date.Start.After(p.Store.Now()) { // everybody would be told so
			faults.Add("date", "booking.fault.past")
			return nil
		}
		list = append(list, x)
		asks = asks || !x.Date.Skip && x.Date.SpaceID != "" && otherTime(o, x.Date) && p.Centre.DoubtAt(x.Date.Start, x.Date.End, nil) != nil
	}
	if asks && !f.On("outside") { // asked once for all of them, as when they were made
		faults.Add("outside", "series.fault.outside_hours")
	}
	return list
}

// otherTime says whether the date is at another time than the occurrence is.
func otherTime(o Occurrence, d Date) bool {
	return o.Is != SpotOf(d.Interval(), o.Is.SpaceID)
}

func (p *Pages) cancelSeriesQuestion(r *web.Request) (string, error) {
	v, err := p.oneSeries(r, web.NewForm())
	if err != nil {
		return "", err
	}
	n := len(Touched(Within(occurrences(v.Dates), v.Date.Booking.ID, ScopeOf(r.PostForm.Get("scope")), r.Now), v.Date.Booking.ID, r.PostForm.Get("apart") != ""))
	return r.N("series.cancel.sure", n, "when", r.When(v.Date.Occurrence.StartsAt)), nil
}

func (p *Pages) cancelSeries(w http.ResponseWriter, r *web.Request) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	v, err := p.oneSeries(r, f)
	if err != nil {
		return err
	}
	err = p.Store.Claim(r.Context(), func(tx *db.Tx) error {
		_, err := p.Store.CancelSeries(r.Context(), tx, v.Centre.ID, v.One.ID, v.Date.Booking.ID, ScopeOf(f.Get("scope")), f.On("apart"), v.Centre.Location(), r.Viewer.Account.ID)
		return err
	})
	if err != nil {
		return err
	}
	r.Flash("series.cancelled")
	return r.See(w, "/desk/series/"+v.One.ID)
}

// Lost dates.

// takeBack asks what making the booking would ask: whether the hours are meant so, and why a limit may be passed.
func (p *Pages) takeBack(w http.ResponseWriter, r *web.Request) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	l, err := p.lostFor(r)
	if err != nil {
		return err
	}
	base, err := p.wish(r, f)
	if err != nil {
		return err
	}
	var faults fault.Form
	exceed := f.Text(&faults, "exceed", 500, false)
	if l.State == Offered {
		if err := AskAgreed(r, p.Network, base.Centre, f, l.interval(), &faults); err != nil {
			return err
		}
	}
	if err = faults.Err(); err == nil {
		err = p.Store.Claim(r.Context(), func(tx *db.Tx) error {
			_, err := p.Store.TakeBack(r.Context(), tx, l.CentreID, l.ID, exceed, r.Viewer.Account.ID)
			return err
		})
	}
	if fault.Is(err, fault.KindInvalid) && f.Failed(err) {
		v := seriesView{wish: base}
		v.exceeding(r)
		return r.HTML(w, web.Status(f.Err), takeBackPage(r, v, l))
	}
	if err != nil {
		return err
	}
	r.Flash("series.lost.taken")
	return r.See(w, "/desk/series")
}

func (p *Pages) declineLost(w http.ResponseWriter, r *web.Request) error {
	return p.actOnLost(w, r, "series.lost.declined", func(tx *db.Tx, l Lost) error {
		return p.Store.Decline(r.Context(), tx, l.CentreID, l.ID, r.Viewer.Account.ID)
	})
}

func (p *Pages) lostQuestion(r *web.Request) (string, error) {
	l, err := p.lostFor(r)
	if err == nil && l.State != LostYet && l.State != Offered {
		err = fault.Conflict("series.fault.offer_over")
	}
	return r.T("series.lost.decline.sure"), err
}

// lostFor is a lost date as far as the reader may know of it.
func (p *Pages) lostFor(r *web.Request) (Lost, error) {
	l, err := p.Store.LostDate(r.Context(), p.Store.DB, r.Viewer.ScopeID(), r.PathValue("id"))
	if err == nil && bool(l.Confidential) && !r.Viewer.May(SeeHidden) {
		err = fault.NotFound("fault.not_found")
	}
	return l, err
}

func (p *Pages) actOnLost(w http.ResponseWriter, r *web.Request, said string, do func(*db.Tx, Lost) error) error {
	l, err := p.lostFor(r)
	if err != nil {
		return err
	}
	if err := p.Store.Claim(r.Context(), func(tx *db.Tx) error { return do(tx, l) }); err != nil {
		return err
	}
	r.Flash(said)
	return r.See(w, "/desk/series")
}

// lostTasks are the rooms that are kept for whoever lost them, each with the press that takes it back.
func (p *Pages) lostTasks(list []Lost, c network.Centre, now time.Time) []network.Task {
	var tasks []network.Task
	for _, l := range list {
		if l.State != Offered || l.Until == nil {
			continue
		}
		until := time.Unix(*l.Until, 0)
		t := network.Task{Key: "series.lost:" + l.ID, Title: "series.task.lost", Args: []any{"what", l.Title, "when", time.Unix(l.StartsAt, 0).In(c.Location()), "until", until.In(c.Location())},
			Press: "series.task.take", Address: "/desk/lost/" + l.ID + "/take", Method: "POST", Due: until, Urgency: network.Soon, Permission: Book}
		if until.Sub(now) < 24*time.Hour {
			t.Urgency = network.Today
		}
		if bool(l.Confidential) || l.Title == "" {
			t.Title, t.Permission = "series.task.lost.quiet", SeeHidden
			if !bool(l.Confidential) {
				t.Permission = Book
			}
		}
		tasks = append(tasks, t)
	}
	return tasks
}

// spaceName is the name of the space, also of one that is closed.
func (v seriesView) spaceName(r *web.Request, id string) string { return r.Pick(v.space(id).Name) }
