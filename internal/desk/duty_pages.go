package desk

import (
	"net/http"
	"slices"
	"strconv"
	"time"

	"kvart/internal/booking"
	"kvart/internal/network"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/web"
)

// dutyView is the page on which a coordinator says who opens and closes.
type dutyView struct {
	Centre network.Centre
	Date   time.Time // of the form for one day
	Team   []colleague
	Dates  []duty // for single dates to come
	Week   *web.Form
	One    *web.Form
}

func (p *Pages) dutyView(r *web.Request, date string) (v dutyView, err error) {
	ctx := r.Context()
	if v.Centre, err = p.centre(r); err != nil {
		return v, err
	}
	if v.Date, err = booking.Midnight(date, r.Now, v.Centre.Location()); err != nil {
		return v, err
	}
	if v.Team, err = p.colleagues(ctx, v.Centre.ID); err != nil {
		return v, err
	}
	names := r.Names()
	slices.SortStableFunc(v.Team, func(a, b colleague) int { return names(a.Name, b.Name) })
	roster, err := p.roster(ctx, v.Centre.ID, r.Now.In(v.Centre.Location()).Format(time.DateOnly))
	if err != nil {
		return v, err
	}
	v.Week, v.One = web.NewForm(), web.NewForm("date", v.Date.Format(time.DateOnly), opens, "usual", closes, "usual")
	for _, d := range roster {
		who := "nobody"
		if d.AccountID != nil {
			who = *d.AccountID
		}
		if len(d.Day) == 1 {
			v.Week.Values.Set(d.What+"-"+d.Day, who)
			v.Week.Values.Set(d.What+"-"+d.Day+"-at", d.Clock)
			continue
		}
		v.Dates = append(v.Dates, d)
		if d.Day == v.Date.Format(time.DateOnly) {
			v.One.Values.Set(d.What, who)
			v.One.Values.Set(d.What+"-at", d.Clock)
		}
	}
	return v, nil
}

func (p *Pages) duty(w http.ResponseWriter, r *web.Request) error {
	v, err := p.dutyView(r, r.URL.Query().Get("date"))
	if err != nil {
		return err
	}
	return r.HTML(w, http.StatusOK, dutyPage(r, v))
}

// readDuty reads one line of the roster from the fields of the given names; nil where the form says nothing of it. Whoever
// is named is of the team, and a clock is one.
func readDuty(f *web.Form, faults *fault.Form, team []colleague, day, what, field string) *duty {
	who, clock := f.Get(field), f.Get(field+"-at")
	checkClock(faults, field+"-at", clock)
	switch {
	case who == "" || who == "usual":
		return nil
	case who == "nobody":
		if len(day) == 1 { // where nobody is named for a weekday, nobody is
			return nil
		}
		return &duty{Day: day, What: what}
	case !isOf(team, who):
		faults.Add(field, "desk.fault.not_of_team")
		return nil
	}
	return &duty{Day: day, What: what, AccountID: &who, Clock: clock}
}

// everyDay puts who is named for all days in the place of what stands at each day on which the centre is open: at every day
// where it has said no hours. Other days stay as they are said.
func (v dutyView) everyDay(f *web.Form, faults *fault.Form) {
	for _, what := range []string{opens, closes} {
		who, clock := f.Get(what+"-all"), f.Get(what+"-all-at")
		if who == "" {
			continue
		}
		var wrong fault.Form
		if readDuty(f, &wrong, v.Team, "1", what, what+"-all"); wrong.Err() != nil {
			readDuty(f, faults, v.Team, "1", what, what+"-all")
			continue
		}
		for n := 1; n <= 7; n++ {
			if len(v.Centre.Hours) == 0 || slices.ContainsFunc(v.Centre.Hours, func(h network.Hours) bool { return h.Weekday == n }) {
				f.Values.Set(what+"-"+strconv.Itoa(n), who)
				f.Values.Set(what+"-"+strconv.Itoa(n)+"-at", clock)
			}
		}
	}
}

// weekdayWords say of a day of the week, folded, who opens and who closes.
func (v dutyView) weekdayWords(r *web.Request, weekday string) []string {
	var list []string
	for _, what := range []string{opens, closes} {
		who, clock := v.Week.Get(what+"-"+weekday), booking.ClockWords(r, v.Week.Get(what+"-"+weekday+"-at"))
		switch name := (day{Colleagues: v.Team}).name(who); {
		case name == "":
		case clock == "":
			list = append(list, r.T("desk.duty."+what+".some_time", "name", name))
		default:
			list = append(list, r.T("desk.duty."+what, "name", name, "clock", clock))
		}
	}
	if len(list) == 0 {
		return []string{r.T("desk.duty.nobody")}
	}
	return list
}

// wrong says whether something of the weekday has to be mended.
func (v dutyView) wrong(day string) bool {
	for _, what := range []string{opens, closes} {
		for _, name := range []string{what + "-" + day, what + "-" + day + "-at"} {
			if _, bad := v.Week.Fault(name); bad {
				return true
			}
		}
	}
	return false
}

// setWeek stores who opens and closes on the days of the week.
func (p *Pages) setWeek(w http.ResponseWriter, r *web.Request) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	v, err := p.dutyView(r, "")
	if err != nil {
		return err
	}
	var faults fault.Form
	var list []duty
	var days []string
	v.everyDay(f, &faults)
	for n := 1; n <= 7; n++ {
		day := strconv.Itoa(n)
		days = append(days, day)
		for _, what := range []string{opens, closes} {
			if d := readDuty(f, &faults, v.Team, day, what, what+"-"+day); d != nil {
				list = append(list, *d)
			}
		}
	}
	if err = faults.Err(); err == nil {
		err = p.setDuties(r.Context(), v.Centre.ID, days, list, r.Viewer.Account.ID)
	}
	if err != nil {
		if f.Failed(err) {
			v.Week = f
			return r.HTML(w, web.Status(f.Err), dutyPage(r, v))
		}
		return err
	}
	r.Flash("desk.duty.saved")
	return r.See(w, "/desk/duty")
}

// setDate stores who opens and closes on one day to come, in place of what holds for its weekday; "as usual" takes that back.
func (p *Pages) setDate(w http.ResponseWriter, r *web.Request) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	v, err := p.dutyView(r, "")
	if err != nil {
		return err
	}
	var faults fault.Form
	day := f.Get("date")
	today := v.Date
	if date, err := time.ParseInLocation(time.DateOnly, day, v.Centre.Location()); err != nil {
		faults.Add("date", "fault.not_a_date")
	} else {
		checkDate(&faults, "date", date, today)
		v.Date = date
	}
	var list []duty
	for _, what := range []string{opens, closes} {
		if d := readDuty(f, &faults, v.Team, day, what, what); d != nil {
			list = append(list, *d)
		}
	}
	if err = faults.Err(); err == nil {
		err = p.setDuties(r.Context(), v.Centre.ID, []string{day}, list, r.Viewer.Account.ID)
	}
	if err != nil {
		if f.Failed(err) {
			v.One = f
			return r.HTML(w, web.Status(f.Err), dutyPage(r, v))
		}
		return err
	}
	r.Flash("desk.duty.saved_date", "day", r.Day(v.Date))
	return r.See(w, "/desk/?date="+day)
}

// teamOptions are whom a day can be given to.
func (v dutyView) teamOptions(first ...web.Option) []web.Option {
	for _, c := range v.Team {
		first = append(first, web.Option{Value: c.ID, Label: c.Name})
	}
	return first
}

// dateWords says what the roster says of one date.
func (v dutyView) dateWords(r *web.Request, d duty) string {
	date, _ := time.ParseInLocation(time.DateOnly, d.Day, v.Centre.Location())
	who := r.T("desk.duty.nobody")
	if d.AccountID != nil {
		who = day{Colleagues: v.Team}.name(*d.AccountID)
	}
	said := r.Day(date) + ": " + r.T("desk.duty.does."+d.What, "name", who)
	if d.Clock != "" {
		said += ", " + booking.ClockWords(r, d.Clock)
	}
	return said
}
