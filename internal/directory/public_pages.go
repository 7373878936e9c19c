package directory

import (
	"net/http"
	"slices"
	"time"

	"kvart/internal/network"
	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/web"
)

// Quiet is the code of the group of the map whose services no browser's history names: the title of their pages is that of the
// map, and search engines are asked to leave them out. So is that of whatever is at a confidential address.
const Quiet = "support"

// serviceView is everything about a service, as its page shows it.
type serviceView struct {
	Service
	*network.Basics
	Open    Openness
	Age     Age
	Centre  *network.Centre // through which alone it is reached; nil: it is reached itself
	Group   *Term
	Topics  []Term
	Now     time.Time // in the network's zone
	Today   string
	Map     *drawing
	Chosen  picks
	Quietly bool
}

// service is the page of the id: the address without a language is its permanent one. Of a service that has ended or never was
// there is a page that leads on.
func (p *Pages) service(w http.ResponseWriter, r *web.Request) error {
	b, err := p.basics(r)
	if err != nil {
		return err
	}
	c, _ := picksOf(r.URL.Query().Get("s"))
	one, err := Service{}, error(fault.NotFound("fault.not_found"))
	if id := r.PathValue("id"); db.IsID(id) {
		one, err = p.Store.Service(r.Context(), p.Store.DB, id)
	}
	if fault.Is(err, fault.KindNotFound) || err == nil && !one.Listed() {
		return r.HTML(w, http.StatusNotFound, gonePage(r, c))
	}
	if err != nil {
		return err
	}
	sorts, err := p.Store.Taxonomies(r.Context(), p.Store.DB)
	if err != nil {
		return err
	}
	v := viewOf(r, one, b, sorts)
	v.Chosen = c
	if places := p.drawn.draw(b, []Service{v.Service}, 1, nil); places != nil && !v.confidential() {
		v.Map = places
	}
	return r.HTML(w, http.StatusOK, servicePage(r, v))
}

// viewOf is the service as visitors may have it now, in the reader's language.
func viewOf(r *web.Request, one Service, b *network.Basics, sorts *Taxonomies) serviceView {
	now := r.Now.In(b.Zone)
	v := serviceView{Basics: b, Now: now, Today: now.Format(time.DateOnly)}
	v.Service = one.Shown(v.Today).In(r.Lang())
	v.Open, v.Age = v.Service.OpenAt(now), AgeOf(v.AssuredDate, v.Today)
	v.Centre = reachedThrough(v.Service, b, r)
	v.Group = sorts.GroupOf(v.Terms())
	for _, id := range v.Terms() {
		up := sorts.Up(id)
		if len(up) == 0 {
			continue
		}
		v.Topics = append(v.Topics, up[0])
		v.Quietly = v.Quietly || slices.ContainsFunc(up, func(t Term) bool { return t.Code == Quiet })
	}
	v.Quietly = v.Quietly || v.confidential()
	return v
}

// confidential says whether one of its places is.
func (s Service) confidential() bool {
	return slices.ContainsFunc(s.Places, func(p Place) bool { return p.At.Confidential })
}

// title is what a browser's history keeps of the page.
func (v serviceView) title(r *web.Request) string {
	if v.Quietly {
		return r.T("directory.find.title")
	}
	return v.Name
}

// address is the page in the reader's language, without what is on the hand-out.
func (v serviceView) address(r *web.Request) string { return r.Path("services/" + v.ID) }
