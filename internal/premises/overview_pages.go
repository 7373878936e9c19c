package premises

import (
	"net/http"

	"kvart/internal/platform/i18n"
	"kvart/internal/platform/web"
)

// overview is every request of the network, for its lead.
type overview struct {
	Open, Over []Request
	Centres    map[string]string
	Committees map[string]i18n.Text
}

func (p *Pages) showAll(w http.ResponseWriter, r *web.Request, status int, f *web.Form) error {
	list, err := p.Store.All(r.Context(), p.Store.DB)
	if err != nil {
		return err
	}
	centres, err := p.Store.Network.Centres(r.Context(), p.Store.DB)
	if err != nil {
		return err
	}
	areas, err := p.Store.Network.Areas(r.Context(), p.Store.DB)
	if err != nil {
		return err
	}
	v := overview{Centres: map[string]string{}, Committees: map[string]i18n.Text{}}
	v.Open, v.Over = parted(list)
	for _, c := range centres {
		v.Centres[c.ID] = c.Name
	}
	for _, a := range areas {
		v.Committees[a.ID] = a.Name
	}
	return r.HTML(w, status, allPage(r, v, f))
}

func (p *Pages) changeSettings(w http.ResponseWriter, r *web.Request) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	if err := p.Store.SaveSettings(r.Context(), Settings{Name: f.Get("name"), Link: f.Get("link")}, r.Viewer.Account.ID); err != nil {
		if f.Failed(err) {
			return p.showAll(w, r, web.Status(f.Err), f)
		}
		return err
	}
	r.Flash("premises.settings.done")
	return r.See(w, "/desk/network/premises")
}
