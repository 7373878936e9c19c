package season

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"kvart/internal/allotment"
	"kvart/internal/booking"
	"kvart/internal/network"
	"kvart/internal/platform/i18n"
	"kvart/internal/platform/jobs"
	"kvart/internal/platform/web"
)

// pick is the name in the reader's language.
func pick(r *web.Request, names map[string]string, otherwise string) string {
	t := i18n.Text{}
	for l, s := range names {
		t[i18n.Lang(l)] = s
	}
	if s := r.Pick(t); s != "" {
		return s
	}
	return otherwise
}

func num(n int) string { return strconv.Itoa(n) }

// day is a local date as people read it.
func day(r *web.Request, date string) string {
	t, err := time.Parse(time.DateOnly, date)
	if err != nil {
		return date
	}
	return r.DayYear(t)
}

func dates(r *web.Request, s Season) string {
	from, errFrom := time.Parse(time.DateOnly, s.FromDate)
	to, errTo := time.Parse(time.DateOnly, s.ToDate)
	if errFrom != nil || errTo != nil {
		return s.FromDate + " – " + s.ToDate
	}
	return r.Date(from) + " – " + r.Date(to)
}

func clockOf(minutes int) time.Time { return time.Date(2026, 1, 1, 0, minutes, 0, 0, time.UTC) }

func weekday(r *web.Request, n int) string { return r.Weekday(time.Weekday(n % 7)) }

func span(r *web.Request, start, minutes int) string {
	return r.Span(clockOf(start), clockOf(start+minutes))
}

// hours is so many minutes as people say them: "3 h 20 min".
func hours(r *web.Request, minutes int64) string {
	h, m := r.T("season.hours", "h", r.Number(minutes/60)), r.T("season.minutes", "m", r.Number(minutes%60))
	switch {
	case minutes%60 == 0:
		return h
	case minutes < 60:
		return m
	}
	return h + " " + m
}

func weekdayOptions(r *web.Request) []web.Option {
	list := []web.Option{{Value: "", Label: r.T("season.choose")}}
	for n := 1; n <= 7; n++ {
		list = append(list, web.Option{Value: num(n), Label: weekday(r, n)})
	}
	return list
}

func spaceOptions(r *web.Request, spaces []booking.Space) []web.Option {
	var list []web.Option
	for _, s := range spaces {
		if !bool(s.Closed) {
			list = append(list, web.Option{Value: s.ID, Label: r.Pick(s.Name)})
		}
	}
	return list
}

func organisationOptions(r *web.Request, all []network.Organisation) []web.Option {
	list := []web.Option{{Value: "", Label: r.T("season.choose")}}
	for _, o := range all {
		list = append(list, web.Option{Value: o.ID, Label: o.Name})
	}
	return list
}

func (v changing) roomOptions(r *web.Request) []web.Option {
	list := []web.Option{{Value: "", Label: r.T("season.choose")}}
	for _, x := range v.Doc.Input.Rooms {
		list = append(list, web.Option{Value: x.ID, Label: v.Rooms[x.ID]})
	}
	return list
}

func (v changing) organisationOptions(r *web.Request) []web.Option {
	list := []web.Option{{Value: "", Label: r.T("season.choose")}}
	for _, o := range v.Doc.Input.Organisations {
		list = append(list, web.Option{Value: o.ID, Label: o.Name})
	}
	return list
}

// rooms are the rooms of a wish in their order.
func (v seen) rooms(r *web.Request, ids []string) string {
	if len(ids) == 0 {
		return r.T("season.any")
	}
	var names []string
	for _, id := range ids {
		name := id
		if n, ok := v.Rooms[id]; ok {
			name = n
		}
		for _, s := range v.Spaces {
			if s.ID == id {
				name = r.Pick(s.Name)
			}
		}
		names = append(names, name)
	}
	return strings.Join(names, " / ")
}

func (v own) wishWords(r *web.Request, w Wished) string {
	return weekday(r, w.Weekday) + " " + span(r, w.Start, w.Minutes) + " · " + v.rooms(r, w.Spaces)
}

// overlapping is the number of a better wish at the same time, or 0: only one of them can be met.
func (v own) overlapping(i int) int {
	return 1 + slices.IndexFunc(v.Wishes[:i], v.Wishes[i].Overlaps)
}

func (v seen) docWish(r *web.Request, id string) string {
	w := v.Wishes[id]
	return weekday(r, w.Weekday) + " " + span(r, int(w.Start), w.Minutes) + " · " + v.rooms(r, w.Rooms)
}

// reason is why a wish is not met, in the reader's language.
func (v seen) reason(r *web.Request, u allotment.Unmet) string {
	switch u.Reason {
	case allotment.RoomTaken:
		var list []string
		for _, x := range u.Taken {
			key := "season.reason.taken_by"
			if x.By == u.Organisation {
				key = "season.reason.taken_self"
			}
			list = append(list, r.T(key, "room", v.rooms(r, []string{x.Room}), "who", v.Names[x.By], "step", x.Step))
		}
		return r.T("season.reason.taken", "list", strings.Join(list, "; "))
	case allotment.OwnOverlap:
		return r.T("season.reason.own_overlap", "rank", v.Wishes[u.Other].Rank)
	case allotment.OverWeek, allotment.OverPrime:
		return r.T("season.reason."+u.Reason, "limit", hours(r, u.Limit))
	case allotment.UnknownRoom:
		return r.T("season.reason.unknown_room")
	case allotment.OutsideHours:
		return r.T("season.reason.outside_hours")
	}
	return u.Reason
}

// slotWords is a slot of the template, or of an edit.
func (v seen) slotWords(r *web.Request, s allotment.Slot) string {
	return weekday(r, s.Weekday) + " " + span(r, int(s.Start), s.Minutes) + " · " + v.rooms(r, []string{s.Room})
}

// editWords is what an edit did.
func (v seen) editWords(r *web.Request, e allotment.Edit) string {
	who, slot := v.Names[e.Slot.Organisation], v.slotWords(r, e.Slot)
	switch e.What {
	case allotment.Add:
		return r.T("season.edit.added", "who", who, "slot", slot)
	case allotment.Move:
		return r.T("season.edit.moved", "who", who, "slot", slot)
	}
	return r.T("season.edit.removed", "who", who, "slot", slot)
}

func (v seen) on(weekday int) (list []allotment.Slot) {
	for _, s := range v.Doc.Template {
		if s.Weekday == weekday {
			list = append(list, s)
		}
	}
	return list
}

// of are an organisation's slots after the edits, and its wishes not met.
func (v seen) of(slug string) (slots []allotment.Slot, unmet []allotment.Unmet) {
	for _, s := range v.Doc.Template {
		if s.Organisation == slug {
			slots = append(slots, s)
		}
	}
	for _, u := range v.Doc.Result.Unmet {
		if u.Organisation == slug {
			unmet = append(unmet, u)
		}
	}
	return slots, unmet
}

// received are the minutes a week that an organisation has after the edits.
func (v seen) received(slug string) (n int64) {
	slots, _ := v.of(slug)
	for _, s := range slots {
		n += int64(s.Minutes)
	}
	return n
}

func centreName(centres []network.Centre, id string) string {
	for _, c := range centres {
		if c.ID == id {
			return c.Name
		}
	}
	return ""
}

// busy is what is in the way, as far as the reader may know.
func busy(r *web.Request, c booking.Clash) string {
	title, _ := c.Shown(booking.ReaderOf(r))
	if title == "" {
		title = r.T("booking.busy")
	}
	return r.Span(c.Start, c.End) + " " + title
}

func title(r *web.Request, one Season) string {
	if one.ID == "" {
		return r.T("season.new")
	}
	return one.Name
}

func slotTitle(r *web.Request, v changing) string {
	if v.Slot.ID == "" {
		return r.T("season.slot.new")
	}
	return r.T("season.slot.change")
}

func (v run) zero() (list []string) {
	some := slices.ContainsFunc(v.Members, func(m Member) bool { return !m.Zero() })
	for _, m := range v.Members {
		if some && m.Zero() {
			list = append(list, m.Name)
		}
	}
	return list
}

func (v run) wishes() (n int) {
	for _, m := range v.Members {
		n += m.Wishes
	}
	return n
}

// section is the menu entry that the page is of.
func (v own) section() string {
	if v.Desk {
		return "/desk/season"
	}
	return "/desk/wishes"
}

func (v own) wishAddress(w Wished) string { return v.Base + "/" + w.ID }

// valued says whether the values can still be changed.
func (v own) valued() bool { return v.Season.State == Open || v.Season.State == Preparing }

// confirm is what the browser asks before the press; nothing where there is no question.
func confirm(r *web.Request, v run, key string) templ.Attributes {
	if key == "" {
		return nil
	}
	return templ.Attributes{"data-confirm": r.T(key, "name", v.Season.Name)}
}

func (v run) bookKey() string {
	if len(v.Outcomes) == 0 {
		return "season.book"
	}
	return "season.book.again"
}

func (v run) bookClass() string {
	if len(v.Outcomes) == 0 || v.Outcomes[Clashed] > 0 || v.Progress != nil && v.Progress.State != jobs.Done {
		return "btn"
	}
	return "btn quiet"
}

func joined(list []string) string { return strings.Join(list, ", ") }
