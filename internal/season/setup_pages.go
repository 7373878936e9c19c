package season

import (
	"net/http"
	"slices"
	"strconv"

	"kvart/internal/allotment"
	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/web"
)

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
