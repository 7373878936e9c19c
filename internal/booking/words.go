package booking

import (
	"net/url"
	"strconv"
	"time"

	"kvart/internal/network"
	"kvart/internal/platform/web"
)

func number(n int) string { return strconv.Itoa(n) }

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

// with is the form's address with some of what was typed changed.
func (v wish) with(pairs ...string) string {
	q := url.Values{}
	for _, name := range []string{"title", "space", "date", "from", "to", "organisation", "repeat", "count", "until"} {
		q.Set(name, v.Form.Get(name))
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		q.Set(pairs[i], pairs[i+1])
	}
	return "/desk/bookings/new?" + q.Encode()
}

// hour is the clock at the beginning of an hour drawn.
func (d Day) hour(h int) time.Time {
	return time.Date(d.Date.Year(), d.Date.Month(), d.Date.Day(), d.FirstHour+h, 0, 0, 0, d.Date.Location())
}
