package sharing

import (
	"net/http"
	"slices"
	"time"

	"kvart/internal/booking"
	"kvart/internal/network"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/web"
)

// found is a centre with its rooms at the time looked for.
type found struct {
	Centre network.Centre
	Free   []booking.Space
	Taken  []booking.Space
	Closed bool
}

// findView is the page on which an organisation looks for a room.
type findView struct {
	Form   *web.Form
	Asked  bool
	Places []found
}

func (p *Pages) find(w http.ResponseWriter, r *web.Request) error {
	ctx, q := r.Context(), r.URL.Query()
	v := findView{Form: web.NewForm("date", q.Get("date"), "from", q.Get("from"), "to", q.Get("to"), "people", q.Get("people")), Asked: q.Has("from")}
	status := http.StatusOK
	if !v.Asked {
		v.Form = web.NewForm("date", r.Now.In(r.Zone()).AddDate(0, 0, 1).Format(time.DateOnly), "from", "17:00", "to", "19:00", "people", "")
	} else {
		centres, err := p.Store.Network.Centres(ctx, p.Store.DB)
		if err != nil {
			return err
		}
		var faults fault.Form
		people := v.Form.Int(&faults, "people", 0, 1, 10000)
		i := readTimes(v.Form, r.Zone(), &faults)
		if !i.Start.IsZero() && !i.Start.After(r.Now) {
			faults.Add("date", "sharing.fault.past")
		}
		if err := faults.Err(); err != nil {
			v.Form.Failed(err)
			v.Asked, status = false, web.Status(v.Form.Err)
		}
		for _, c := range centres {
			if !v.Asked {
				break
			}
			one, err := p.look(r, c, readTimes(v.Form, c.Location(), &faults), people)
			if err != nil {
				return err
			}
			v.Places = append(v.Places, one)
		}
	}
	return r.HTML(w, status, findPage(r, v))
}

// look finds the centre's shared rooms at the time.
func (p *Pages) look(r *web.Request, c network.Centre, i booking.Interval, people int) (f found, err error) {
	ctx, s := r.Context(), p.Store
	f.Centre = c
	if f.Closed, err = s.closed(ctx, s.DB, c, i); err != nil || f.Closed {
		return f, err
	}
	free, err := s.Booking.Alternatives(ctx, s.DB, booking.Wanted{CentreID: c.ID, Interval: i, People: people})
	if err != nil {
		return f, err
	}
	all, err := s.Booking.Spaces(ctx, s.DB, c.ID)
	if err != nil {
		return f, err
	}
	shared := func(x booking.Space) (bool, error) {
		t, err := s.Terms(ctx, s.DB, x.ID)
		return t.Asking != NotShared && !bool(x.Closed) && (people == 0 || x.Holds == 0 || x.Holds >= people), err
	}
	for _, x := range free {
		ok, err := shared(x)
		if err != nil {
			return f, err
		}
		if ok {
			f.Free = append(f.Free, x)
		}
	}
	for _, x := range all {
		ok, err := shared(x)
		if err != nil {
			return f, err
		}
		if ok && !slices.ContainsFunc(free, func(y booking.Space) bool { return y.ID == x.ID }) {
			f.Taken = append(f.Taken, x)
		}
	}
	return f, nil
}
