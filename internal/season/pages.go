package season

import (
	"context"
	"encoding/json"
	"net/http"

	"kvart/internal/allotment"
	"kvart/internal/booking"
	"kvart/internal/network"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/web"
)

// Pages are the public pages of seasons, those of an organisation's members and those of the desk.
type Pages struct{ Store *Store }

// centre is where one acts, and NotFound where it has not turned seasons on.
func (p *Pages) centre(r *web.Request) (network.Centre, error) {
	c, err := p.Store.Network.Centre(r.Context(), p.Store.DB, r.Viewer.ScopeID())
	if err == nil && !c.Features.Has(network.FeatureSeason) {
		err = fault.NotFound("fault.not_found")
	}
	return c, err
}

// gated is the handler, as far as the centre has turned seasons on.
func (p *Pages) gated(h web.Handler) web.Handler {
	return func(w http.ResponseWriter, r *web.Request) error {
		if _, err := p.centre(r); err != nil {
			return err
		}
		return h(w, r)
	}
}

// one is the season of the address, of the centre where one acts.
func (p *Pages) one(r *web.Request) (network.Centre, Season, error) {
	c, err := p.centre(r)
	if err != nil {
		return c, Season{}, err
	}
	one, err := p.Store.Season(r.Context(), p.Store.DB, c.ID, r.PathValue("id"))
	return c, one, err
}

func (p *Pages) asks(key string) web.Question {
	return func(r *web.Request) (string, error) {
		_, one, err := p.one(r)
		return r.T(key, "name", one.Name), err
	}
}

// act is a press on a season that needs nothing but the press.
func (p *Pages) act(done string, do func(ctx context.Context, centreID, id, by string) error) web.Handler {
	return func(w http.ResponseWriter, r *web.Request) error {
		c, one, err := p.one(r)
		if err != nil {
			return err
		}
		there := "/desk/season/" + one.ID
		if done == "season.deleted" {
			there = "/desk/season"
		}
		if err := do(r.Context(), c.ID, one.ID, r.Viewer.Account.ID); err != nil {
			if !fault.Is(err, fault.KindConflict) {
				return err
			}
			e := fault.Of(err)
			r.Flash(e.Key, e.Args...)
			return r.See(w, there)
		}
		r.Flash(done)
		return r.See(w, there)
	}
}

func (p *Pages) stop(w http.ResponseWriter, r *web.Request) error {
	_, one, err := p.one(r)
	if err != nil {
		return err
	}
	if err := p.Store.Stop(r.Context(), one); err != nil {
		return err
	}
	return r.See(w, "/desk/season/"+one.ID)
}

// Public.

func (p *Pages) seasons(w http.ResponseWriter, r *web.Request) error {
	list, err := p.Store.Shown(r.Context(), 50)
	if err != nil {
		return err
	}
	centres, err := p.Store.Network.Centres(r.Context(), p.Store.DB)
	if err != nil {
		return err
	}
	return r.HTML(w, http.StatusOK, seasonsPage(r, list, centres))
}

// seen is a season as a reader sees it.
type seen struct {
	Season  Season
	Centre  network.Centre
	Spaces  []booking.Space
	Members []Member
	Doc     *allotment.Document // once it is counted, for those who may see it
	Rooms   map[string]string   // names by document id
	Names   map[string]string   // organisations by document id
	Wishes  map[string]allotment.Wish
}

func (p *Pages) seen(r *web.Request, one Season, c network.Centre, draft bool) (v seen, err error) {
	v = seen{Season: one, Centre: c, Rooms: map[string]string{}, Names: map[string]string{}, Wishes: map[string]allotment.Wish{}}
	if v.Spaces, err = p.Store.Spaces(r.Context(), p.Store.DB, one); err != nil {
		return v, err
	}
	if v.Members, err = p.Store.Members(r.Context(), p.Store.DB, one.ID); err != nil {
		return v, err
	}
	if one.State != Published && !(draft && one.State == Draft) {
		return v, nil
	}
	d, err := p.Store.Document(r.Context(), p.Store.DB, one)
	if err != nil {
		return v, err
	}
	v.Doc = &d
	for _, x := range d.Input.Rooms {
		v.Rooms[x.ID] = pick(r, x.Name, x.ID)
	}
	for _, o := range d.Input.Organisations {
		v.Names[o.ID] = o.Name
	}
	for _, x := range d.Input.Wishes {
		v.Wishes[x.ID] = x
	}
	return v, nil
}

func (p *Pages) season(w http.ResponseWriter, r *web.Request) error {
	one, c, err := p.Store.OneShown(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	v, err := p.seen(r, one, c, false)
	if err != nil {
		return err
	}
	return r.HTML(w, http.StatusOK, seasonPage(r, v))
}

// document is what anybody recounts the season from.
func (p *Pages) document(w http.ResponseWriter, r *web.Request) error {
	one, _, err := p.Store.OneShown(r.Context(), r.PathValue("id"))
	if err == nil && one.State != Published {
		err = fault.NotFound("fault.not_found")
	}
	if err != nil {
		return err
	}
	d, err := p.Store.Document(r.Context(), p.Store.DB, one)
	if err != nil {
		return err
	}
	b, err := json.MarshalIndent(d, "", " ")
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Content-Disposition", `attachment; filename="`+network.Slug(one.Name)+`.json"`)
	h.Set("Cache-Control", "no-cache")
	h.Add("Vary", "Accept-Encoding")
	return r.Send(w, http.StatusOK, b)
}

// An organisation's members.
