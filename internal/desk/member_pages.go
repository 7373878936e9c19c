package desk

import (
	"net/http"
	"slices"
	"time"

	"kvart/internal/booking"
	"kvart/internal/network"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/web"
)

// held is a room that an organisation has, or had until its day was called off.
type held struct {
	booking.Booking
	Centre network.Centre
	Space  booking.Space
}

func (h held) start() time.Time { return time.Unix(h.StartsAt, 0).In(h.Centre.Location()) }
func (h held) end() time.Time   { return time.Unix(h.EndsAt, 0).In(h.Centre.Location()) }

// lost is a date that a series of the organisation lost.
type lost struct {
	booking.Lost
	Centre network.Centre
	Space  booking.Space
}

func (l lost) start() time.Time { return time.Unix(l.StartsAt, 0).In(l.Centre.Location()) }
func (l lost) end() time.Time   { return time.Unix(l.EndsAt, 0).In(l.Centre.Location()) }
func (l lost) until() time.Time { return time.Unix(*l.Until, 0).In(l.Centre.Location()) }

// byDay are the rooms, which stand by their beginning, of each local day together.
func byDay(rooms []held) [][]held {
	var days [][]held
	for _, h := range rooms {
		last := len(days) - 1
		if last >= 0 && days[last][0].start().Format(time.DateOnly) == h.start().Format(time.DateOnly) {
			days[last] = append(days[last], h)
			continue
		}
		days = append(days, []held{h})
	}
	return days
}

// member is the first page of an organisation's member: what waits for its answer, the rooms it has, and where to ask for one.
func (p *Pages) member(w http.ResponseWriter, r *web.Request) error {
	ctx := r.Context()
	o, err := p.Network.Organisation(ctx, p.Network.DB, r.Viewer.Acting.Scope.ID)
	if err != nil {
		return err
	}
	centres, err := p.Network.Centres(ctx, p.Network.DB)
	if err != nil {
		return err
	}
	list, err := p.Booking.OfOrganisation(ctx, o.ID, r.Now, 40)
	if err != nil {
		return err
	}
	byID := map[string]network.Centre{}
	for _, c := range centres {
		byID[c.ID] = c
	}
	var rooms []held
	for _, b := range list {
		one := held{Booking: b, Centre: byID[b.CentreID]}
		if one.Space, err = p.Booking.Space(ctx, p.Network.DB, b.SpaceID); err != nil && !fault.Is(err, fault.KindNotFound) {
			return err
		}
		rooms = append(rooms, one)
	}
	gone, err := p.Booking.LostByOrganisation(ctx, o.ID)
	if err != nil {
		return err
	}
	var without []lost
	for _, l := range gone {
		one := lost{Lost: l, Centre: byID[l.CentreID]}
		if one.Space, err = p.Booking.Space(ctx, p.Network.DB, l.SpaceID); err != nil {
			return err
		}
		without = append(without, one)
	}
	waiting, err := p.Sharing.ForOwner(ctx, o.ID)
	if err != nil {
		return err
	}
	own, err := p.Sharing.OfOrganisation(ctx, o.ID)
	if err != nil {
		return err
	}
	open := 0
	for _, one := range own {
		if len(one.Waiting()) > 0 {
			open++
		}
	}
	var tasks []network.Task
	if p.Member != nil {
		if tasks, err = p.Member(ctx, o.ID, r.Now); err != nil {
			return err
		}
		tasks = slices.DeleteFunc(tasks, func(t network.Task) bool { return !r.Viewer.May(t.Permission) || !t.For(r.Viewer.Account.ID) })
	}
	return r.HTML(w, http.StatusOK, memberPage(r, o, tasks, rooms, without, centres, len(waiting), open))
}
