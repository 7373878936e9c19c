package front

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/a-h/templ"

	"kvart/internal/network"
	"kvart/internal/platform/web"
	"kvart/internal/programme"
	"kvart/internal/survey"
)

// base is what most of these pages are made from.
type base struct {
	network.Basics
	Open   map[string]network.Openness // by centre id
	Asking []survey.Survey             // answered now, for the front page
}

// groupNames are the names of those the session is for; none is everyone.
func (b base) groupNames(r *web.Request, codes programme.Codes) []string {
	var names []string
	for _, g := range b.Groups {
		if codes.Has(g.Code) {
			names = append(names, r.Pick(g.Name))
		}
	}
	return names
}

func (p *Pages) base(ctx context.Context, now time.Time) (b base, err error) {
	known, err := p.Network.Basics(ctx)
	if err != nil {
		return b, err
	}
	b.Basics = *known
	b.Open = map[string]network.Openness{}
	for _, c := range b.Centres {
		closures, err := p.Network.Closures(ctx, p.Network.DB, c.ID, now.In(c.Location()).Format(time.DateOnly))
		if err != nil {
			return b, err
		}
		b.Open[c.ID] = c.OpenAt(now, closures)
	}
	return b, nil
}

// day is a local day with its sessions.
type day struct {
	Date     time.Time
	Sessions []programme.Listed
}

// days puts sessions, which are in order of time, under their days.
func days(list []programme.Listed) []day {
	var all []day
	for _, l := range list {
		start := l.Start()
		if k := len(all); k == 0 || all[k-1].Date.Format(time.DateOnly) != start.Format(time.DateOnly) {
			all = append(all, day{Date: start})
		}
		all[len(all)-1].Sessions = append(all[len(all)-1].Sessions, l)
	}
	return all
}

// rowsOnFront are as many sessions as the front page shows.
const rowsOnFront = 6

func (p *Pages) front(w http.ResponseWriter, r *web.Request) error {
	return r.Shared(w, func() (templ.Component, error) {
		b, err := p.base(r.Context(), r.Now)
		if err != nil {
			return nil, err
		}
		now := r.Now.In(b.Zone)
		midnight := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, b.Zone)
		list, err := p.Programme.Public(r.Context(), programme.Filter{From: midnight, To: midnight.AddDate(0, 0, 7), Limit: 100})
		if err != nil {
			return nil, err
		}
		list = slices.DeleteFunc(list, func(l programme.Listed) bool { return l.EndsAt <= now.Unix() || l.Cancelled() })
		if len(list) > rowsOnFront {
			list = list[:rowsOnFront]
		}
		m, err := p.Network.Map(r.Context(), false)
		if err != nil {
			return nil, err
		}
		if b.Asking, err = p.Survey.Public(r.Context(), p.Network.DB); err != nil {
			return nil, err
		}
		b.Asking = slices.DeleteFunc(b.Asking, func(v survey.Survey) bool { return v.State != survey.Open })
		votes, err := p.Voting.Open(r.Context())
		if err != nil {
			return nil, err
		}
		return frontPage(r, b, m, days(list), votes), nil
	})
}

// centreView is a centre as an older visitor asks for it.
type centreView struct {
	base
	network.Facts
	Days []day
}

func (p *Pages) centreOf(r *web.Request) (v centreView, err error) {
	ctx, q := r.Context(), p.Network.DB
	if v.base, err = p.base(ctx, r.Now); err != nil {
		return v, err
	}
	c, err := p.Network.CentreBySlug(ctx, q, r.PathValue("slug"))
	if err != nil {
		return v, err
	}
	v.Facts, err = p.Network.Facts(ctx, q, c, r.Now)
	return v, err
}

func (p *Pages) centre(w http.ResponseWriter, r *web.Request) error {
	return r.Shared(w, func() (templ.Component, error) {
		v, err := p.centreOf(r)
		if err != nil {
			return nil, err
		}
		ctx, c := r.Context(), v.Centre
		now := r.Now.In(c.Location())
		midnight := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, c.Location())
		list, err := p.Programme.Public(ctx, programme.Filter{From: midnight, To: midnight.AddDate(0, 0, 7), Centres: []string{c.ID}})
		if err != nil {
			return nil, err
		}
		list = slices.DeleteFunc(list, func(l programme.Listed) bool { return l.EndsAt <= now.Unix() })
		v.Days = days(list)
		return centrePage(r, v), nil
	})
}

// Aside is the small map for the side of other pages. Where it cannot be drawn there is none: it only repeats what the
// page's own list says.
func (p *Pages) Aside(r *web.Request, _ []network.Centre, _ []network.Area) templ.Component {
	m, err := p.Network.Map(r.Context(), false)
	if err != nil {
		return templ.NopComponent
	}
	return network.MapCard(r, m)
}
