package desk

import (
	"kvart/internal/booking"
	"kvart/internal/network"
	"slices"
	"time"

	"kvart/internal/platform/web"
	"kvart/internal/programme"
)

// due says by when, as people say it; nothing where the title names that moment already.
func due(r *web.Request, v day, l line) string {
	if l.Due.IsZero() || slices.ContainsFunc(l.Args, func(a any) bool { t, ok := a.(time.Time); return ok && t.Equal(l.Due) }) {
		return ""
	}
	return r.T("desk.tasks.due", "when", r.When(l.Due.In(v.Centre.Location())))
}

// putsOff says whether the task can wait until tomorrow.
func putsOff(l line) bool { return l.Urgency != network.Safety && !l.Unkept }

// others are the viewer's colleagues to whom the task can be handed.
func others(r *web.Request, v day, l line) []colleague {
	if l.Unkept {
		return nil
	}
	var list []colleague
	for _, c := range v.Colleagues {
		if c.ID != r.Viewer.Account.ID && forAccount(l.Task, c.ID) {
			list = append(list, c)
		}
	}
	return list
}

// responsible is who answers for the session on that day, and for whom where they stand in.
func responsible(r *web.Request, v day, s programme.Listed) string {
	who := answers(s, v.Away, v.Colleagues)
	switch {
	case who == "":
		return ""
	case who != *s.ResponsibleID && v.name(*s.ResponsibleID) != "":
		return r.T("desk.today.responsible_for", "name", v.name(who), "for", v.name(*s.ResponsibleID))
	}
	return r.T("desk.today.responsible", "name", v.name(who))
}

// keeper says who opens or closes, and when.
func keeper(r *web.Request, v day, what string, k doorkeeper) string {
	key, args := "desk.duty."+what, []any{"name", v.name(k.Account), "clock", booking.ClockWords(r, k.Clock), "for", v.name(k.For)}
	switch {
	case k.Account == "" && k.For != "" && v.name(k.For) != "":
		return r.T(key+".away", args...)
	case k.Account == "":
		return r.T(key + ".nobody")
	}
	if k.Clock == "" {
		key += ".some_time"
	}
	said := r.T(key, args...)
	if k.For != "" {
		said += " " + r.T("desk.duty.stands_in", args...)
	}
	return said
}

// gapWords is what is missing, in words.
func gapWords(r *web.Request, v day, g gap) string {
	return title(r.Printer, network.Task{Title: g.Title, Args: g.Args}, v.Centre.Location())
}

// heading of the day's page: the date, with the year where it is another.
func (v day) heading(r *web.Request) string {
	if v.Date.Year() != r.Now.In(v.Centre.Location()).Year() {
		return r.DayYear(v.Date)
	}
	return r.Day(v.Date)
}

// address of the page of the day so many days on.
func (v day) address(days int) string {
	return "/desk/?date=" + v.Date.AddDate(0, 0, days).Format(time.DateOnly)
}

// later is the address of the quarter after, where that has begun.
func later(r *web.Request, q quarter, address string) string {
	if q.To.After(r.Now) {
		return ""
	}
	return address + "?quarter=" + q.after().String()
}

func (v day) title(r *web.Request) string {
	if v.Today {
		return r.T("desk.today.title")
	}
	return r.DayShort(v.Date)
}

// none says that nothing is on, and on which day.
func (v day) none(r *web.Request) string {
	if v.Today {
		return r.T("desk.today.none")
	}
	return r.T("desk.today.none_then")
}

// wide says whether there are more rooms than fit beside the list of tasks.
func (v day) wide() bool { return len(v.Grid.Spaces) > 5 }

func (v day) roomsHeading(r *web.Request) string {
	if v.Today {
		return r.T("desk.today.rooms")
	}
	return r.T("desk.today.rooms_then")
}

func (v day) cannotOpen(r *web.Request) string {
	if v.Today {
		return r.T("desk.close.title")
	}
	return r.T("desk.today.cannot_open")
}
