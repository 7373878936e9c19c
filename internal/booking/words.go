package booking

import (
	"net/url"
	"strconv"
	"strings"
	"time"

	"kvart/internal/network"
	"kvart/internal/platform/web"
)

func number(n int) string { return strconv.Itoa(n) }

// ClockWords says a clock that is kept as 15:04 as people of the language write one; nothing of what is no clock.
func ClockWords(r *web.Request, clock string) string {
	t, err := time.Parse("15:04", clock)
	if err != nil {
		return ""
	}
	return r.Clock(t)
}

func spaceTitle(r *web.Request, s Space) string {
	if s.ID == "" {
		return r.T("booking.space.new")
	}
	return r.Pick(s.Name)
}

func (b Booking) start(c network.Centre) time.Time { return time.Unix(b.StartsAt, 0).In(c.Location()) }
func (b Booking) end(c network.Centre) time.Time   { return time.Unix(b.EndsAt, 0).In(c.Location()) }

// nowBefore says whether the line of the present moment stands before the block of the given number, so that a list
// read aloud has it in its place.
func (d Day) nowBefore(i int) bool {
	if d.Now < 0 {
		return false
	}
	before := i == 0 || d.Blocks[i-1].Row <= d.Now
	after := i == len(d.Blocks) || d.Blocks[i].Row > d.Now
	return before && after
}

func (v wish) spaceOptions(r *web.Request) []web.Option {
	list := []web.Option{{Value: "", Label: r.T("booking.choose")}}
	for _, s := range v.Spaces {
		if !bool(s.Closed) {
			list = append(list, web.Option{Value: s.ID, Label: r.Pick(s.Name)})
		}
	}
	return list
}

func (v wish) organisationOptions(r *web.Request) []web.Option {
	list := []web.Option{{Value: "", Label: r.T("booking.organisation.own")}}
	for _, o := range v.Organisations {
		list = append(list, web.Option{Value: o.ID, Label: o.Name})
	}
	return list
}

func holdOptions(r *web.Request) []web.Option {
	list := []web.Option{{Value: "0", Label: r.T("booking.hold.no")}}
	for _, n := range []int{1, 3, 7, 14} {
		list = append(list, web.Option{Value: number(n), Label: r.N("booking.hold.days", n)})
	}
	return list
}

// carried are the fields of the form that its address can have.
func (v wish) carried() []string {
	list := []string{"title", "space", "date", "from", "to", "organisation", "setup", "clear", "hold", "confidential"}
	for _, e := range v.Equipment {
		list = append(list, equipmentField(e))
	}
	return list
}

// with is the form's address with some of what was typed changed.
func (v wish) with(pairs ...string) string {
	q := url.Values{}
	for _, name := range v.carried() {
		if typed := v.Form.Get(name); typed != "" {
			q.Set(name, typed)
		}
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		q.Set(pairs[i], pairs[i+1])
	}
	return "/desk/bookings/new?" + q.Encode()
}

// more says whether the part of the form that is folded away has something in it.
func (v wish) more() bool {
	f := v.Form
	_, bad := f.Fault("setup")
	_, worse := f.Fault("clear")
	return bad || worse || f.On("confidential") || f.Get("setup") != "" || f.Get("clear") != "" || f.Get("hold") != "" && f.Get("hold") != "0"
}

// asksAnyway says whether the form asks if it is meant so.
func asksAnyway(f *web.Form) bool {
	_, asked := f.Fault("anyway")
	return asked || f.On("anyway")
}

func lentWords(r *web.Request, lent []Amount, all []Equipment) []string {
	var list []string
	for _, a := range lent {
		for _, e := range all {
			if e.ID == a.EquipmentID {
				list = append(list, r.Pick(e.Name)+" × "+number(a.N))
			}
		}
	}
	return list
}

// ownWords say what each date of a series has of its own.
func ownWords(r *web.Request, own Own, all []Equipment) []string {
	list := lentWords(r, own.Equipment, all)
	if own.Setup != nil {
		list = append(list, r.T("series.own.setup", "n", *own.Setup))
	}
	if own.Clear != nil {
		list = append(list, r.T("series.own.clear", "n", *own.Clear))
	}
	return list
}

// MissingWords says of which equipment too few are free, when, and how many.
func MissingWords(r *web.Request, m Missing, c network.Centre) string {
	return r.T("booking.missing", "name", r.Pick(m.Equipment.Name), "span", r.Span(m.Start.In(c.Location()), m.End.In(c.Location())), "free", m.Free, "wanted", m.Wanted)
}

func spaceNames(r *web.Request, list []Space) string {
	names := make([]string, len(list))
	for i, s := range list {
		names[i] = r.Pick(s.Name)
	}
	return strings.Join(names, ", ")
}

func partOptions(r *web.Request, list []Space) []web.Option {
	var options []web.Option
	for _, s := range list {
		options = append(options, web.Option{Value: s.ID, Label: r.Pick(s.Name)})
	}
	return options
}

func weekSpaceOptions(r *web.Request, w Week) []web.Option {
	return append([]web.Option{{Label: r.T("booking.week.all")}}, partOptions(r, w.Spaces)...)
}

// around says set-up and clear-up apart from the time itself; empty where there is none.
func around(r *web.Request, setup, clear time.Time) string {
	var words []string
	if !setup.IsZero() {
		words = append(words, r.T("booking.setup_from", "clock", r.Clock(setup)))
	}
	if !clear.IsZero() {
		words = append(words, r.T("booking.clear_until", "clock", r.Clock(clear)))
	}
	return strings.Join(words, ", ")
}

// Times is when the clash is, in its own zone, with set-up and clear-up said apart.
func Times(r *web.Request, c Clash) string { return clashTimes(r, c, c.Start.Location()) }

func clashTimes(r *web.Request, c Clash, loc *time.Location) string {
	if c.Begins.IsZero() { // kept by an older version
		c.Begins, c.Ends = c.Start, c.End
	}
	var setup, clear time.Time
	if c.Start.Before(c.Begins) {
		setup = c.Start.In(loc)
	}
	if c.End.After(c.Ends) {
		clear = c.End.In(loc)
	}
	words := r.Span(c.Begins.In(loc), c.Ends.In(loc))
	if w := around(r, setup, clear); w != "" {
		words += " (" + w + ")"
	}
	return words
}

func weekAddress(first time.Time, space string) string {
	q := url.Values{"view": {"week"}, "date": {first.Format(time.DateOnly)}}
	if space != "" {
		q.Set("space", space)
	}
	return "/desk/rooms?" + q.Encode()
}

// hour is the clock at the beginning of an hour drawn.
func (d Day) hour(h int) time.Time {
	return time.Date(d.Date.Year(), d.Date.Month(), d.Date.Day(), d.FirstHour+h, 0, 0, 0, d.Date.Location())
}
