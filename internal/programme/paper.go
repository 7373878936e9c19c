package programme

import (
	"context"
	"errors"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"kvart/internal/booking"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/web"
)

// A list on paper is typed in afterwards, with the time at which it was written. Before the session it registers those on
// it; from a quarter of an hour before the session on it says who came. It gives nobody a better place than the other
// channels: who is in line already stays before it, and what was written before registering opened counts from the
// opening, which is the same moment for all.

// mostOnPaper are as many names as one list has.
const mostOnPaper = 60

// arrived is when a registration counts from: now, or when it was written on paper, but not before registering opened
// and not in the future.
func (s Session) arrived(written, now time.Time) time.Time {
	switch {
	case written.IsZero() || written.After(now):
		return now
	case written.Unix() < s.OpensAt && s.OpensAt <= now.Unix():
		return s.Opens()
	}
	return written
}

// OnPaper is a line of a list: somebody's name, and how many come with them.
type OnPaper struct {
	Name  string
	Party int // 1 to 10
}

var withOthers = regexp.MustCompile(`^(.*?)\s*\+\s*([1-9])$`)

// ReadPaper reads a list, a name a line; "Ana +2" is three people. It returns Invalid for a name that is too long, for
// too many names and for none.
func ReadPaper(text string) ([]OnPaper, error) {
	var list []OnPaper
	var f fault.Form
	for line := range strings.SplitSeq(text, "\n") {
		one := OnPaper{Name: strings.TrimSpace(line), Party: 1}
		if one.Name == "" {
			continue
		}
		if m := withOthers.FindStringSubmatch(one.Name); m != nil && m[1] != "" {
			n, _ := strconv.Atoi(m[2])
			one = OnPaper{Name: m[1], Party: n + 1}
		}
		if len([]rune(one.Name)) > 80 {
			f.Add("names", "fault.too_long", "max", 80)
			return nil, f.Err()
		}
		list = append(list, one)
	}
	switch {
	case len(list) == 0:
		f.Add("names", "fault.required")
	case len(list) > mostOnPaper:
		f.Add("names", "programme.paper.too_many", "max", mostOnPaper)
	}
	return list, f.Err()
}

// PaperDone is what came of a list of registrations.
type PaperDone struct{ In, Waiting, Already int }

// RegisterPaper registers those on the list one after the other, in its order, by the rules of Register. A name that is
// registered for the session already is left as it is. Sent again with the same key, after it was interrupted too, the
// list registers nobody twice. What holds of all on it, age and consent, is in the ask. It returns NotFound for a session of
// another centre and for a discreet one, which has no names.
func (s *Store) RegisterPaper(ctx context.Context, centreID string, a Ask, list []OnPaper) (done PaperDone, err error) {
	key := a.FormKey
	if _, _, err := s.SessionAt(ctx, centreID, a.SessionID, false); err != nil {
		return done, err
	}
	before, err := s.OfSession(ctx, centreID, a.SessionID)
	if err != nil {
		return done, err
	}
	for i, one := range list {
		a.Name, a.Party, a.Channel, a.FormKey = one.Name, one.Party, Paper, key+"."+strconv.Itoa(i)
		if key == "" {
			a.FormKey = ""
		}
		if slices.ContainsFunc(before, func(r Seen) bool { return r.State != Cancelled && strings.EqualFold(r.Name, one.Name) }) {
			done.Already++
			continue
		}
		place, err := s.Register(ctx, a, func(string) string { return "/desk/sessions/" + a.SessionID })
		if _, again := errors.AsType[*web.Already](err); again {
			done.Already++
			continue
		}
		if err != nil {
			return done, err
		}
		if place.State() == Waiting {
			done.Waiting++
		} else {
			done.In++
		}
	}
	return done, nil
}

// CamePaper adds those on the list to who came. A name that is registered, or came last time, is that person; a name
// that came already is left as it is; those who came with somebody are counted without a name. It returns Conflict where
// somebody else recorded meanwhile.
func (s *Store) CamePaper(ctx context.Context, l Listed, list []OnPaper, written time.Time, by string) error {
	known, err := s.Candidates(ctx, l.CentreID, l.ID)
	if err != nil {
		return err
	}
	at := written.Unix()
	came := Came{Written: &at, Version: l.Version}
	if l.Counted != nil {
		came.Counted = *l.Counted
	}
	var free []Candidate // those on no line yet
	var here []string
	for _, k := range known {
		if k.Came {
			came.People, here = append(came.People, k.PersonID), append(here, k.Name)
		} else {
			free = append(free, k)
		}
	}
	same := func(name string) func(string) bool { return func(s string) bool { return strings.EqualFold(s, name) } }
	for _, one := range list {
		if slices.ContainsFunc(here, same(one.Name)) {
			continue
		}
		came.Counted += one.Party - 1
		here = append(here, one.Name)
		if i := slices.IndexFunc(free, func(k Candidate) bool { return strings.EqualFold(k.Name, one.Name) }); i >= 0 {
			came.People = append(came.People, free[i].PersonID)
			free = slices.Delete(free, i, i+1)
			continue
		}
		came.New = append(came.New, one.Name)
	}
	return s.RecordAttendance(ctx, l.CentreID, l.ID, came, by)
}

// forCame says whether a list typed in now says who came, rather than registering.
func (s Session) forCame(now time.Time) bool { return now.Unix() >= s.StartsAt-15*60 }

// paperFor is the session a list is for, as far as the viewer may work with it. None is for a discreet one, which has no
// names, and none for one that was called off.
func (p *Pages) paperFor(r *web.Request) (Listed, Activity, error) {
	l, a, err := p.sessionFor(r, r.PathValue("id"), Register)
	if err != nil {
		return l, a, err
	}
	if l.forCame(r.Now) {
		if l, a, err = p.sessionFor(r, l.ID, RecordAttendance); err != nil {
			return l, a, err
		}
	}
	if bool(a.Discreet) {
		return l, a, fault.NotFound("fault.not_found")
	}
	return l, a, nil
}

func (p *Pages) paper(w http.ResponseWriter, r *web.Request) error {
	l, a, err := p.paperFor(r)
	if err != nil {
		return err
	}
	now := r.Now.In(l.location())
	return r.HTML(w, http.StatusOK, paperPage(r, l, a, web.NewForm("date", now.Format(time.DateOnly), "clock", now.Format("15:04"))))
}

func (p *Pages) enterPaper(w http.ResponseWriter, r *web.Request) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	l, a, err := p.paperFor(r)
	if err != nil {
		return err
	}
	var faults fault.Form
	written := p.writtenAt(&faults, f, l, r.Now)
	list, err := ReadPaper(f.Get("names"))
	if bad := faults.Err(); bad != nil && err == nil {
		err = bad
	}
	var done PaperDone
	switch {
	case err != nil:
	case l.forCame(r.Now):
		err = p.CamePaper(r.Context(), l, list, written, r.Viewer.Account.ID)
	default:
		done, err = p.RegisterPaper(r.Context(), l.CentreID, Ask{SessionID: l.ID, Adult: f.On("adult"), Guardian: f.On("guardian"), Lang: r.Lang(),
			FormKey: sending(f), By: r.Viewer.Account.ID, Written: written}, list)
	}
	if err != nil {
		if !f.Failed(err) {
			return err
		}
		return r.HTML(w, web.Status(f.Err), paperPage(r, l, a, f))
	}
	if l.forCame(r.Now) {
		r.Flash("programme.attendance.saved")
		return r.See(w, "/desk/sessions/"+l.ID+"/attendance")
	}
	r.Flash("programme.paper.done", "in", done.In, "waiting", done.Waiting, "already", done.Already)
	return r.See(w, "/desk/sessions/"+l.ID)
}

// writtenAt is the time on the paper, in local time where the session is. A fault is noted for no time, for one to come,
// and for one on which nobody can have written: more than a year ago, and for who came, before they did.
func (p *Pages) writtenAt(faults *fault.Form, f *web.Form, l Listed, now time.Time) time.Time {
	day, err := time.ParseInLocation(time.DateOnly, f.Get("date"), l.location())
	if err != nil {
		faults.Add("date", "programme.fault.date")
		return now
	}
	at, ok := booking.AtClock(day, f.Get("clock"))
	switch {
	case !ok:
		faults.Add("clock", "fault.not_a_time")
	case at.After(now):
		faults.Add("date", "programme.paper.to_come")
	case at.Before(now.AddDate(-1, 0, 0)), l.forCame(now) && !l.forCame(at):
		faults.Add("date", "programme.paper.too_early")
	}
	return at
}
