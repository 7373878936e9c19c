package network

import (
	"context"
	"net/http"
	"time"

	"github.com/a-h/templ"

	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/web"
)

// Pages are the network's pages.
type Pages struct {
	Store  *Store
	Server *web.Server
	Apply  []Apply // what features above make of a file

	Texting bool // people may be told by SMS: a gateway is set
	// Standing is how much stands on days on which the centre is closed, for nobody has handled it; nil: nobody knows.
	Standing func(ctx context.Context, centreID string, now time.Time) (int, error)
}

// listed is a centre with whether it is open.
type listed struct {
	Centre   Centre
	Openness Openness
	Now      time.Time
}

// centres lists them with what is open now.
func (p *Pages) centres(w http.ResponseWriter, r *web.Request) error {
	return r.Shared(w, func() (templ.Component, error) {
		ctx, q := r.Context(), p.Store.DB
		all, err := p.Store.Centres(ctx, q)
		if err != nil {
			return nil, err
		}
		m, err := p.Store.Map(ctx, false)
		if err != nil {
			return nil, err
		}
		var list []listed
		for _, c := range all {
			closures, err := p.Store.Closures(ctx, q, c.ID, r.Now.In(c.Location()).AddDate(0, 0, -1).Format(time.DateOnly))
			if err != nil {
				return nil, err
			}
			list = append(list, listed{c, c.OpenAt(r.Now, closures), r.Now.In(c.Location())})
		}
		return centresPage(r, list, m), nil
	})
}

// network is the network, or a nameless one before it has been made.
func (p *Pages) network(r *web.Request) (Network, error) {
	n, err := p.Store.Network(r.Context(), p.Store.DB)
	if fault.Is(err, fault.KindNotFound) {
		return Network{Disclosure: 10, Currency: "EUR"}, nil
	}
	return n, err
}

func (p *Pages) about(w http.ResponseWriter, r *web.Request) error {
	return r.Shared(w, func() (templ.Component, error) {
		n, err := p.network(r)
		if err != nil {
			return nil, err
		}
		list, err := p.Store.Organisations(r.Context(), p.Store.DB)
		if err != nil {
			return nil, err
		}
		areas, err := p.Store.Areas(r.Context(), p.Store.DB)
		return aboutPage(r, n, list, areas), err
	})
}

func (p *Pages) privacy(w http.ResponseWriter, r *web.Request) error {
	return r.Shared(w, func() (templ.Component, error) {
		n, err := p.network(r)
		if err != nil {
			return nil, err
		}
		centres, err := p.Store.Centres(r.Context(), p.Store.DB)
		return privacyPage(r, n, centres, p.Texting), err
	})
}

func (p *Pages) accessibility(w http.ResponseWriter, r *web.Request) error {
	return r.Shared(w, func() (templ.Component, error) { return accessibilityPage(r), nil })
}

// picture answers with a picture that never changes: a new one has another id.
func (p *Pages) picture(w http.ResponseWriter, r *web.Request) error {
	id := r.PathValue("id")
	if !db.IsID(id) {
		return fault.NotFound("fault.not_found")
	}
	pic, err := p.Store.Picture(r.Context(), p.Store.DB, id)
	if err != nil {
		return err
	}
	body, err := pic.bytes()
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", pic.MediaType)
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	_, err = w.Write(body)
	return err
}
