package season

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"kvart/internal/allotment"
	"kvart/internal/booking"
	"kvart/internal/network"
	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/i18n"
	"kvart/internal/platform/jobs"
	"kvart/internal/platform/web"
)

// Pages are the public pages of seasons, those of an organisation's members and those of the desk.
type Pages struct{ Store *Store }

// centre is where one acts, and NotFound where it has not turned seasons on.
func (p *Pages) centre(r *web.Request) (network.Centre, error) {
	c, err := p.Store.Network.Centre(r.Context(), p.Store.DB, r.Viewer.ScopeID())
	if err == nil && !c.Features.Has(network.FeatureSeason) {
		err = fault.NotFound("fault.not_found")
	}
	return c, err
}

// gated is the handler, as far as the centre has turned seasons on.
func (p *Pages) gated(h web.Handler) web.Handler {
	return func(w http.ResponseWriter, r *web.Request) error {
		if _, err := p.centre(r); err != nil {
			return err
		}
		return h(w, r)
	}
}

// one is the season of the address, of the centre where one acts.
func (p *Pages) one(r *web.Request) (network.Centre, Season, error) {
	c, err := p.centre(r)
	if err != nil {
		return c, Season{}, err
	}
	one, err := p.Store.Season(r.Context(), p.Store.DB, c.ID, r.PathValue("id"))
	return c, one, err
}

func (p *Pages) asks(key string) web.Question {
	return func(r *web.Request) (string, error) {
		_, one, err := p.one(r)
		return r.T(key, "name", one.Name), err
	}
}

// act is a press on a season that needs nothing but the press.
func (p *Pages) act(done string, do func(ctx context.Context, centreID, id, by string) error) web.Handler {
	return func(w http.ResponseWriter, r *web.Request) error {
		c, one, err := p.one(r)
		if err != nil {
			return err
		}
		there := "/desk/season/" + one.ID
		if done == "season.deleted" {
			there = "/desk/season"
		}
		if err := do(r.Context(), c.ID, one.ID, r.Viewer.Account.ID); err != nil {
			if !fault.Is(err, fault.KindConflict) {
				return err
			}
			e := fault.Of(err)
			r.Flash(e.Key, e.Args...)
			return r.See(w, there)
		}
		r.Flash(done)
		return r.See(w, there)
	}
}

func (p *Pages) stop(w http.ResponseWriter, r *web.Request) error {
	_, one, err := p.one(r)
	if err != nil {
		return err
	}
	if err := p.Store.Stop(r.Context(), one); err != nil {
		return err
	}
	return r.See(w, "/desk/season/"+one.ID)
}

// Public.

func (p *Pages) seasons(w http.ResponseWriter, r *web.Request) error {
	list, err := p.Store.Shown(r.Context(), 50)
	if err != nil {
		return err
	}
	centres, err := p.Store.Network.Centres(r.Context(), p.Store.DB)
	if err != nil {
		return err
	}
	return r.HTML(w, http.StatusOK, seasonsPage(r, list, centres))
}

// seen is a season as a reader sees it.
type seen struct {
	Season  Season
	Centre  network.Centre
	Spaces  []booking.Space
	Members []Member
	Doc     *allotment.Document // once it is counted, for those who may see it
	Rooms   map[string]string   // names by document id
	Names   map[string]string   // organisations by document id
	Wishes  map[string]allotment.Wish
}

func (p *Pages) seen(r *web.Request, one Season, c network.Centre, draft bool) (v seen, err error) {
	v = seen{Season: one, Centre: c, Rooms: map[string]string{}, Names: map[string]string{}, Wishes: map[string]allotment.Wish{}}
	if v.Spaces, err = p.Store.Spaces(r.Context(), p.Store.DB, one); err != nil {
		return v, err
	}
	if v.Members, err = p.Store.Members(r.Context(), p.Store.DB, one.ID); err != nil {
		return v, err
	}
	if one.State != Published && !(draft && one.State == Draft) {
		return v, nil
	}
	d, err := p.Store.Document(r.Context(), p.Store.DB, one)
	if err != nil {
		return v, err
	}
	v.Doc = &d
	for _, x := range d.Input.Rooms {
		v.Rooms[x.ID] = pick(r, x.Name, x.ID)
	}
	for _, o := range d.Input.Organisations {
		v.Names[o.ID] = o.Name
	}
	for _, x := range d.Input.Wishes {
		v.Wishes[x.ID] = x
	}
	return v, nil
}

func (p *Pages) season(w http.ResponseWriter, r *web.Request) error {
	one, c, err := p.Store.OneShown(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	v, err := p.seen(r, one, c, false)
	if err != nil {
		return err
	}
	return r.HTML(w, http.StatusOK, seasonPage(r, v))
}

// document is what anybody recounts the season from.
func (p *Pages) document(w http.ResponseWriter, r *web.Request) error {
	one, _, err := p.Store.OneShown(r.Context(), r.PathValue("id"))
	if err == nil && one.State != Published {
		err = fault.NotFound("fault.not_found")
	}
	if err != nil {
		return err
	}
	d, err := p.Store.Document(r.Context(), p.Store.DB, one)
	if err != nil {
		return err
	}
	b, err := json.MarshalIndent(d, "", " ")
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Content-Disposition", `attachment; filename="`+network.Slug(one.Name)+`.json"`)
	h.Set("Cache-Control", "no-cache")
	h.Add("Vary", "Accept-Encoding")
	return r.Send(w, http.StatusOK, b)
}

// An organisation's members.

func (p *Pages) memberSeasons(w http.ResponseWriter, r *web.Request) error {
	list, err := p.Store.Shown(r.Context(), 50)
	if err != nil {
		return err
	}
	centres, err := p.Store.Network.Centres(r.Context(), p.Store.DB)
	if err != nil {
		return err
	}
	return r.HTML(w, http.StatusOK, memberSeasonsPage(r, list, centres))
}

// own is the season as an organisation sees it, with its wishes.
type own struct {
	seen
	Organisation network.Organisation
	Amounts      []int64
	Wishes       []Wished
	Form         *web.Form
	AmountForm   *web.Form
	May          bool   // enter wishes here and now
	Base         string // address its wishes are sent to
	Desk         bool   // typed in at the centre
}

func (p *Pages) own(r *web.Request, one Season, c network.Centre, organisationID string, desk bool) (v own, err error) {
	v.Form, v.AmountForm, v.Desk = web.NewForm(), web.NewForm(), desk
	if v.seen, err = p.seen(r, one, c, false); err != nil {
		return v, err
	}
	if v.Organisation, err = p.Store.Network.Organisation(r.Context(), p.Store.DB, organisationID); err != nil {
		return v, err
	}
	v.Amounts = make([]int64, len(Criteria))
	for _, m := range v.Members {
		if m.OrganisationID == organisationID {
			v.Amounts = m.Amounts
		}
	}
	for i, n := range v.Amounts {
		v.AmountForm.Values.Set("amount-"+Criteria[i], strconv.FormatInt(n, 10))
	}
	if v.Wishes, err = p.Store.Wishes(r.Context(), p.Store.DB, one.ID, organisationID); err != nil {
		return v, err
	}
	if desk {
		v.May, v.Base = one.State == Open, "/desk/season/"+one.ID+"/wishes"
	} else {
		v.May, v.Base = one.TakesWishes(r.Now, c.Location()), "/desk/wishes/"+one.ID
	}
	return v, nil
}

func (p *Pages) memberOwn(r *web.Request) (own, error) {
	one, c, err := p.Store.OneShown(r.Context(), r.PathValue("id"))
	if err != nil {
		return own{}, err
	}
	return p.own(r, one, c, r.Viewer.ScopeID(), false)
}

func (p *Pages) memberSeason(w http.ResponseWriter, r *web.Request) error {
	v, err := p.memberOwn(r)
	if err != nil {
		return err
	}
	return r.HTML(w, http.StatusOK, memberSeasonPage(r, v))
}

// readWish reads a wish; a fault is noted for each field that cannot be.
func readWish(f *web.Form, v own) (Wished, error) {
	var faults fault.Form
	x := Wished{SeasonID: v.Season.ID, OrganisationID: v.Organisation.ID, Source: "web", Weekday: f.Int(&faults, "weekday", 0, 1, 7)}
	if v.Desk {
		x.Source = "desk"
	}
	for _, id := range f.All("space") {
		if id != "" && !slices.Contains(x.Spaces, id) {
			x.Spaces = append(x.Spaces, id)
		}
	}
	from, err := allotment.ParseClock(f.Get("start"))
	if err != nil {
		faults.Add("start", "fault.not_a_time")
	}
	to, err := allotment.ParseClock(f.Get("end"))
	if err != nil {
		faults.Add("end", "fault.not_a_time")
	}
	if to == 0 {
		to = 24 * 60 // midnight is the end of the day
	}
	x.Start, x.Minutes = int(from), int(to-from)
	return x, faults.Err()
}

// add adds a wish and goes back to its page.
func (p *Pages) add(w http.ResponseWriter, r *web.Request, f *web.Form, v own, back string) error {
	v.Form = f
	if !v.May {
		return fault.Conflict("season.fault.closed")
	}
	x, err := readWish(f, v)
	added := false
	if err == nil {
		err = p.Store.DB.Tx(r.Context(), func(tx *db.Tx) (err error) {
			if err := web.Claim(r.Context(), tx, f.Get("form_key"), back, r.Now); err != nil {
				return err
			}
			added, err = p.Store.AddWish(r.Context(), tx, v.Season, x, r.Viewer.Account.ID)
			return err
		})
	}
	if err != nil {
		if !f.Failed(err) {
			return err
		}
		return r.HTML(w, web.Status(f.Err), memberSeasonPage(r, v))
	}
	if i := slices.IndexFunc(v.Wishes, x.Overlaps); added && i >= 0 {
		r.Flash("season.wish.overlaps", "n", i+1)
	} else if added {
		r.Flash("season.wish.added")
	} else {
		r.Flash("season.wish.same")
	}
	return r.See(w, back)
}

func (p *Pages) memberAdd(w http.ResponseWriter, r *web.Request) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	v, err := p.memberOwn(r)
	if err != nil {
		return err
	}
	return p.add(w, r, f, v, v.Base)
}

func (p *Pages) memberRaise(w http.ResponseWriter, r *web.Request) error {
	return p.memberWish(w, r, p.Store.RaiseWish)
}

func (p *Pages) memberRemove(w http.ResponseWriter, r *web.Request) error {
	return p.memberWish(w, r, p.Store.RemoveWish)
}

type wishAct func(ctx context.Context, one Season, organisationID, id, by string) error

func (p *Pages) memberWish(w http.ResponseWriter, r *web.Request, do wishAct) error {
	v, err := p.memberOwn(r)
	if err != nil {
		return err
	}
	if !v.May {
		return fault.Conflict("season.fault.closed")
	}
	if err := do(r.Context(), v.Season, v.Organisation.ID, r.PathValue("wish"), r.Viewer.Account.ID); err != nil {
		return err
	}
	return r.See(w, v.Base+"#wishes")
}

// The desk.

func (p *Pages) deskSeasons(w http.ResponseWriter, r *web.Request) error {
	c, err := p.centre(r)
	if err != nil {
		return err
	}
	list, err := p.Store.Seasons(r.Context(), c.ID)
	if err != nil {
		return err
	}
	return r.HTML(w, http.StatusOK, deskSeasonsPage(r, list))
}

func (p *Pages) newSeason(w http.ResponseWriter, r *web.Request) error {
	c, err := p.centre(r)
	if err != nil {
		return err
	}
	one := Season{CentreID: c.ID}
	for _, h := range c.Hours {
		from, errFrom := allotment.ParseClock(h.Opens)
		to, errTo := allotment.ParseClock(h.Closes)
		if h.Closes <= h.Opens {
			to = 24 * 60
		}
		if errFrom == nil && errTo == nil && !slices.ContainsFunc(one.Hours, func(s allotment.Span) bool { return s.Weekday == h.Weekday }) {
			one.Hours = append(one.Hours, allotment.Span{Weekday: h.Weekday, From: from, To: to})
		}
	}
	for _, id := range Criteria {
		one.Criteria = append(one.Criteria, allotment.Criterion{ID: id, Weight: 1})
	}
	f := formOf(one)
	spaces, err := p.Store.Booking.Spaces(r.Context(), p.Store.DB, c.ID)
	if err != nil {
		return err
	}
	for _, s := range spaces {
		if !bool(s.Closed) {
			f.Values.Add("spaces", s.ID)
		}
	}
	return r.HTML(w, http.StatusOK, formPage(r, one, spaces, f))
}

// formOf is the season's form as it is.
func formOf(one Season) *web.Form {
	f := web.NewForm("name", one.Name, "from", one.FromDate, "to", one.ToDate, "until", one.WishesUntil, "version", strconv.Itoa(one.Version))
	for _, h := range one.Hours {
		f.Values.Set("opens-"+strconv.Itoa(h.Weekday), h.From.String())
		f.Values.Set("closes-"+strconv.Itoa(h.Weekday), clockField(h.To))
	}
	for _, c := range one.Criteria {
		f.Values.Set("weight-"+c.ID, strconv.FormatInt(c.Weight, 10))
	}
	if n := one.Limits.WeekMinutes; n > 0 {
		f.Values.Set("week", strconv.Itoa(n/60))
	}
	if n := one.Limits.PrimePercent; n > 0 {
		f.Values.Set("prime", strconv.Itoa(n))
		f.Values.Set("prime-from", one.Limits.Prime[0].From.String())
		f.Values.Set("prime-to", clockField(one.Limits.Prime[0].To))
	}
	return f
}

// clockField is the time as a field of a form has it, where midnight is 00:00.
func clockField(c allotment.Clock) string {
	if c == 24*60 {
		return "00:00"
	}
	return c.String()
}

func readClock(f *web.Form, faults *fault.Form, name string, end bool) allotment.Clock {
	c, err := allotment.ParseClock(f.Get(name))
	if err != nil {
		faults.Add(name, "fault.not_a_time")
	}
	if end && c == 0 {
		return 24 * 60
	}
	return c
}

func readSeason(f *web.Form, one *Season) error {
	var faults fault.Form
	one.Name, one.FromDate, one.ToDate, one.WishesUntil = f.Get("name"), f.Get("from"), f.Get("to"), f.Get("until")
	one.Version = f.Int(&faults, "version", one.Version, 0, 1<<30)
	one.Hours, one.Criteria, one.Limits = nil, nil, Limits{}
	for day := 1; day <= 7; day++ {
		opens, closes := "opens-"+strconv.Itoa(day), "closes-"+strconv.Itoa(day)
		if f.Get(opens) == "" && f.Get(closes) == "" {
			continue
		}
		s := allotment.Span{Weekday: day, From: readClock(f, &faults, opens, false), To: readClock(f, &faults, closes, true)}
		if s.From >= s.To {
			faults.Add(closes, "season.fault.times")
		}
		one.Hours = append(one.Hours, s)
	}
	for _, id := range Criteria {
		one.Criteria = append(one.Criteria, allotment.Criterion{ID: id, Weight: int64(f.Int(&faults, "weight-"+id, 0, 0, allotment.MaxWeight))})
	}
	one.Limits.WeekMinutes = 60 * f.Int(&faults, "week", 0, 0, 168)
	if one.Limits.PrimePercent = f.Int(&faults, "prime", 0, 0, 100); one.Limits.PrimePercent > 0 {
		from, to := readClock(f, &faults, "prime-from", false), readClock(f, &faults, "prime-to", true)
		if from >= to {
			faults.Add("prime-to", "season.fault.times")
		}
		for day := 1; day <= 5; day++ {
			one.Limits.Prime = append(one.Limits.Prime, allotment.Span{Weekday: day, From: from, To: to})
		}
	}
	return faults.Err()
}

func (p *Pages) editSeason(w http.ResponseWriter, r *web.Request) error {
	c, one, err := p.one(r)
	if err != nil {
		return err
	}
	if one.State != Preparing {
		return fault.NotFound("fault.not_found")
	}
	f := formOf(one)
	in, err := p.Store.Spaces(r.Context(), p.Store.DB, one)
	if err != nil {
		return err
	}
	f.Values["spaces"] = ids(in)
	spaces, err := p.Store.Booking.Spaces(r.Context(), p.Store.DB, c.ID)
	if err != nil {
		return err
	}
	return r.HTML(w, http.StatusOK, formPage(r, one, spaces, f))
}

func (p *Pages) saveSeason(w http.ResponseWriter, r *web.Request) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	c, err := p.centre(r)
	if err != nil {
		return err
	}
	one := Season{CentreID: c.ID}
	if r.PathValue("id") != "" {
		if _, one, err = p.one(r); err != nil {
			return err
		}
	}
	spaces, err := p.Store.Booking.Spaces(r.Context(), p.Store.DB, c.ID)
	if err != nil {
		return err
	}
	id := one.ID
	if err = readSeason(f, &one); err == nil {
		err = p.Store.DB.Tx(r.Context(), func(tx *db.Tx) (err error) {
			if err := web.Claim(r.Context(), tx, f.Get("form_key"), "/desk/season", r.Now); err != nil {
				return err
			}
			id, err = p.Store.Save(r.Context(), tx, one, f.All("spaces"), r.Viewer.Account.ID)
			return err
		})
	}
	if err != nil {
		if !f.Failed(err) {
			return err
		}
		return r.HTML(w, web.Status(f.Err), formPage(r, one, spaces, f))
	}
	r.Flash("season.saved")
	return r.See(w, "/desk/season/"+id)
}

// run is a season as the desk sees it.
type run struct {
	seen
	Organisations []network.Organisation // to type in wishes for
	Progress      *jobs.Progress
	Outcomes      map[string]int
	Missed        []missed
	MissedMore    int
	Holidays      []missed // booked, on public holidays on which nobody knows whether the centre is open
}

// missed is a date that was not booked, and what is in the way.
type missed struct {
	Date    time.Time
	Slot    allotment.Slot
	Outcome string
	Clashes []booking.Clash
	Why     i18n.Text // the centre is closed
}

const mostMissed = 200

func (p *Pages) deskSeason(w http.ResponseWriter, r *web.Request) error {
	c, one, err := p.one(r)
	if err != nil {
		return err
	}
	v := run{}
	if v.seen, err = p.seen(r, one, c, true); err != nil {
		return err
	}
	if v.Organisations, err = p.Store.Network.Organisations(r.Context(), p.Store.DB); err != nil {
		return err
	}
	names := r.Names()
	slices.SortStableFunc(v.Organisations, func(a, b network.Organisation) int { return names(a.Name, b.Name) })
	if one.State == Published {
		if err := p.booked(r, &v); err != nil {
			return err
		}
		if v.Progress != nil && !v.Progress.Ended() {
			w.Header().Set("Refresh", "2")
		}
	}
	return r.HTML(w, http.StatusOK, deskSeasonPage(r, v))
}

// booked is how far the bookings are.
func (p *Pages) booked(r *web.Request, v *run) error {
	ctx, one := r.Context(), v.Season
	if one.ProgressID != "" {
		progress, err := jobs.GetProgress(ctx, p.Store.DB, one.ProgressID, one.ProgressBy)
		if err == nil {
			v.Progress = &progress
		} else if !fault.Is(err, fault.KindNotFound) {
			return err
		}
	}
	var err error
	if v.Outcomes, err = p.Store.Outcomes(ctx, one.ID); err != nil {
		return err
	}
	list, err := p.Store.NotBooked(ctx, one.ID, mostMissed)
	if err != nil {
		return err
	}
	slots, spaces := map[string]allotment.Slot{}, map[string]string{}
	for _, s := range v.Doc.Template {
		slots[s.ID] = s
	}
	for _, s := range v.Spaces {
		spaces[s.Slug] = s.ID
	}
	closures, err := p.Store.Network.Closures(ctx, p.Store.DB, v.Centre.ID, one.FromDate)
	if err != nil {
		return err
	}
	asked, err := p.Store.OnHolidays(ctx, one, v.Centre, mostMissed)
	if err != nil {
		return err
	}
	for _, d := range asked {
		day, err := time.ParseInLocation(time.DateOnly, d.Date, v.Centre.Location())
		if err != nil {
			return err
		}
		v.Holidays = append(v.Holidays, missed{Date: day, Slot: slots[d.Slot], Outcome: d.Outcome, Why: network.HolidayOn(d.Date).Name})
	}
	for _, d := range list {
		day, err := time.ParseInLocation(time.DateOnly, d.Date, v.Centre.Location())
		if err != nil {
			return err
		}
		m := missed{Date: day, Slot: slots[d.Slot], Outcome: d.Outcome}
		if at := slices.IndexFunc(closures, func(x network.Closure) bool { return x.FromDate <= d.Date && d.Date <= x.ToDate }); at >= 0 && d.Outcome == Closed {
			m.Why = closures[at].Reason
		}
		if d.Outcome == Clashed && spaces[m.Slot.Room] != "" {
			if m.Clashes, err = p.Store.InTheWay(ctx, spaces[m.Slot.Room], day, m.Slot); err != nil {
				return err
			}
		}
		v.Missed = append(v.Missed, m)
	}
	for outcome, n := range v.Outcomes {
		if outcome != Booked {
			v.MissedMore += n
		}
	}
	v.MissedMore -= len(v.Missed)
	return nil
}

// Wishes typed in at the desk.

func (p *Pages) deskOwn(r *web.Request, organisationID string) (own, error) {
	c, one, err := p.one(r)
	if err != nil {
		return own{}, err
	}
	return p.own(r, one, c, organisationID, true)
}

func (p *Pages) member(w http.ResponseWriter, r *web.Request) error {
	v, err := p.deskOwn(r, r.URL.Query().Get("organisation"))
	if err != nil {
		return err
	}
	return r.HTML(w, http.StatusOK, memberSeasonPage(r, v))
}

func (v own) deskPage() string {
	return "/desk/season/" + v.Season.ID + "/members?organisation=" + url.QueryEscape(v.Organisation.ID)
}

func (p *Pages) setAmounts(w http.ResponseWriter, r *web.Request) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	v, err := p.deskOwn(r, f.Get("organisation"))
	if err != nil {
		return err
	}
	v.AmountForm = f
	var faults fault.Form
	var amounts []int64
	for _, c := range Criteria {
		amounts = append(amounts, int64(f.Int(&faults, "amount-"+c, 0, 0, allotment.MaxValue)))
	}
	if err = faults.Err(); err == nil {
		err = p.Store.DB.Tx(r.Context(), func(tx *db.Tx) error {
			return p.Store.SetAmounts(r.Context(), tx, v.Season, v.Organisation.ID, amounts, r.Viewer.Account.ID)
		})
	}
	if err != nil {
		if !f.Failed(err) {
			return err
		}
		return r.HTML(w, web.Status(f.Err), memberSeasonPage(r, v))
	}
	r.Flash("season.amounts.saved")
	return r.See(w, v.deskPage())
}

func (p *Pages) deskAdd(w http.ResponseWriter, r *web.Request) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	v, err := p.deskOwn(r, f.Get("organisation"))
	if err != nil {
		return err
	}
	return p.add(w, r, f, v, v.deskPage())
}

func (p *Pages) deskRaise(w http.ResponseWriter, r *web.Request) error {
	return p.deskWish(w, r, p.Store.RaiseWish)
}

func (p *Pages) deskRemove(w http.ResponseWriter, r *web.Request) error {
	return p.deskWish(w, r, p.Store.RemoveWish)
}

func (p *Pages) deskWish(w http.ResponseWriter, r *web.Request, do wishAct) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	v, err := p.deskOwn(r, f.Get("organisation"))
	if err != nil {
		return err
	}
	if err := do(r.Context(), v.Season, v.Organisation.ID, r.PathValue("wish"), r.Viewer.Account.ID); err != nil {
		return err
	}
	return r.See(w, v.deskPage()+"#wishes")
}

// The draft.

// changing is a slot of the draft while it is changed.
type changing struct {
	seen
	Slot  allotment.Slot // without an id: a new one
	Form  *web.Form
	Since []allotment.Edit // what somebody else changed meanwhile
}

func (p *Pages) changing(r *web.Request) (v changing, err error) {
	c, one, err := p.one(r)
	if err != nil {
		return v, err
	}
	if one.State != Draft {
		return v, fault.NotFound("fault.not_found")
	}
	if v.seen, err = p.seen(r, one, c, true); err != nil {
		return v, err
	}
	if id := r.PathValue("slot"); id != "new" {
		i := slices.IndexFunc(v.Doc.Template, func(s allotment.Slot) bool { return s.ID == id })
		if i < 0 {
			return v, fault.NotFound("fault.not_found")
		}
		v.Slot = v.Doc.Template[i]
	}
	return v, nil
}

func (p *Pages) slot(w http.ResponseWriter, r *web.Request) error {
	v, err := p.changing(r)
	if err != nil {
		return err
	}
	v.Form = web.NewForm("seen", strconv.Itoa(len(v.Doc.Edits)), "what", allotment.Move)
	if s := v.Slot; s.ID != "" {
		v.Form.Values = web.NewForm("seen", strconv.Itoa(len(v.Doc.Edits)), "what", allotment.Move, "organisation", s.Organisation, "room", s.Room, "weekday", strconv.Itoa(s.Weekday),
			"start", s.Start.String(), "end", clockField(s.Start+allotment.Clock(s.Minutes))).Values
	}
	return r.HTML(w, http.StatusOK, slotPage(r, v))
}

func (p *Pages) changeSlot(w http.ResponseWriter, r *web.Request) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	v, err := p.changing(r)
	if v.Doc != nil && fault.Is(err, fault.KindNotFound) { // somebody else removed it: the page shows what was changed, and why
		r.Flash("season.fault.slot_gone")
		return r.See(w, "/desk/season/"+v.Season.ID+"#edits")
	}
	if err != nil {
		return err
	}
	v.Form = f
	var faults fault.Form
	e := allotment.Edit{What: allotment.Add, Slot: v.Slot, Reason: f.Get("reason")}
	seen := f.Int(&faults, "seen", -1, 0, 1<<30)
	if v.Slot.ID != "" {
		if e.What = f.Get("what"); e.What != allotment.Remove {
			e.What = allotment.Move
		}
	} else {
		e.Slot.Organisation = f.Get("organisation")
		if v.Names[e.Slot.Organisation] == "" {
			faults.Add("organisation", "fault.required")
		}
	}
	if e.What != allotment.Remove {
		e.Slot.Room, e.Slot.Weekday = f.Get("room"), f.Int(&faults, "weekday", 0, 1, 7)
		if v.Rooms[e.Slot.Room] == "" {
			faults.Add("room", "fault.required")
		}
		if e.Slot.Weekday == 0 {
			faults.Add("weekday", "fault.required")
		}
		e.Slot.Start = readClock(f, &faults, "start", false)
		if e.Slot.Minutes = int(readClock(f, &faults, "end", true) - e.Slot.Start); e.Slot.Minutes <= 0 {
			faults.Add("end", "season.fault.times")
		}
	}
	if e.Reason == "" {
		faults.Add("reason", "season.fault.reason")
	}
	there := "/desk/season/" + v.Season.ID
	if err = faults.Err(); err == nil {
		err = p.Store.DB.Tx(r.Context(), func(tx *db.Tx) error {
			if err := web.Claim(r.Context(), tx, f.Get("form_key"), there, r.Now); err != nil {
				return err
			}
			return p.Store.Edit(r.Context(), tx, v.Season.CentreID, v.Season.ID, seen, e, r.Viewer.Account.ID)
		})
	}
	if err != nil {
		if !f.Failed(err) {
			return err
		}
		if since, ok := f.Err.Detail.([]allotment.Edit); ok { // the next press is with these seen
			v.Since = since
			f.Values.Set("seen", strconv.Itoa(len(v.Doc.Edits)))
		}
		return r.HTML(w, web.Status(f.Err), slotPage(r, v))
	}
	r.Flash("season.edit.done")
	return r.See(w, there+"#template")
}
