package network

import (
	"net/http"
	"strconv"
	"strings"

	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/i18n"
	"kvart/internal/platform/web"
)

// overview is all that a network is made of, for its lead.
type overview struct {
	Network       Network
	Groups        []Group
	Areas         []Area
	Organisations []Organisation
	Centres       []Centre
}

func (o overview) area(id string) Area {
	for _, a := range o.Areas {
		if a.ID == id {
			return a
		}
	}
	return Area{}
}

func (o overview) organisation(id string) Organisation {
	for _, x := range o.Organisations {
		if x.ID == id {
			return x
		}
	}
	return Organisation{}
}

func (p *Pages) overview(r *web.Request) (o overview, err error) {
	ctx, q := r.Context(), p.Store.DB
	if o.Network, err = p.Store.Network(ctx, q); err != nil {
		return o, err
	}
	if o.Groups, err = p.Store.Groups(ctx, q); err != nil {
		return o, err
	}
	if o.Areas, err = p.Store.Areas(ctx, q); err != nil {
		return o, err
	}
	if o.Organisations, err = p.Store.Organisations(ctx, q); err != nil {
		return o, err
	}
	o.Centres, err = p.Store.Centres(ctx, q)
	return o, err
}

func (p *Pages) networkDesk(w http.ResponseWriter, r *web.Request) error {
	o, err := p.overview(r)
	if err != nil {
		return err
	}
	return r.HTML(w, http.StatusOK, networkPage(r, o))
}

const (
	mostPartners    = 6
	mostEmergencies = 5
)

func nth(name string, i int) string { return name + "-" + strconv.Itoa(i) }

func settingsForm(n Network) *web.Form {
	f := web.NewForm("zone", n.Zone, "currency", n.Currency, "disclosure", strconv.Itoa(n.Disclosure), "contact", n.Privacy.Contact,
		"from", n.About.From, "to", n.About.To, "link", n.About.Link, "version", strconv.Itoa(n.Version))
	if n.About.ValueCents > 0 {
		f.Values.Set("value", strconv.FormatInt(n.About.ValueCents/100, 10)+"."+strconv.FormatInt(n.About.ValueCents%100+100, 10)[1:])
	}
	f.SetTexts("name", n.Name)
	f.SetTexts("title", n.About.Title)
	f.SetTexts("lead", n.About.Lead)
	f.SetTexts("summary", n.About.Summary)
	f.SetTexts("controller", n.Privacy.Controller)
	for i, x := range n.About.Partners {
		f.SetTexts(nth("partner", i), x)
	}
	for i, x := range n.Emergency {
		f.Values.Set(nth("number", i), x.Number)
		f.SetTexts(nth("for", i), x.For)
	}
	return f
}

func (p *Pages) settings(w http.ResponseWriter, r *web.Request) error {
	n, err := p.Store.Network(r.Context(), p.Store.DB)
	if err != nil {
		return err
	}
	return r.HTML(w, http.StatusOK, settingsPage(r, settingsForm(n)))
}

func (p *Pages) changeSettings(w http.ResponseWriter, r *web.Request) error {
	n, err := p.Store.Network(r.Context(), p.Store.DB)
	if err != nil {
		return err
	}
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	var faults fault.Form
	n.Name, n.Zone, n.Currency = f.Texts("name"), f.Get("zone"), strings.ToUpper(f.Get("currency"))
	n.Disclosure = f.Int(&faults, "disclosure", 10, 3, 100)
	n.Privacy = Privacy{Controller: f.Texts("controller"), Contact: f.Get("contact")}
	n.About = ProjectSheet{Title: f.Texts("title"), Lead: f.Texts("lead"), From: f.Get("from"), To: f.Get("to"), Link: f.Get("link"), Summary: f.Texts("summary"),
		ValueCents: cents(f, &faults, "value")}
	for i := range mostPartners {
		if t := f.Texts(nth("partner", i)); !t.Empty() {
			n.About.Partners = append(n.About.Partners, t)
		}
	}
	n.Emergency = nil
	for i := range mostEmergencies {
		if number := f.Get(nth("number", i)); number != "" {
			n.Emergency = append(n.Emergency, Emergency{Number: number, For: f.Texts(nth("for", i))})
		}
	}
	n.Version = version(f)
	if err = faults.Err(); err == nil {
		err = p.Store.DB.Tx(r.Context(), func(tx *db.Tx) error {
			_, err := p.Store.SaveNetwork(r.Context(), tx, n, r.Viewer.Account.ID)
			return err
		})
		err = onField(err, []string{"name"}, "about.from", "from", "about.to", "to", "privacy.contact", "contact")
	}
	if err != nil {
		if f.Failed(err) {
			return r.HTML(w, http.StatusUnprocessableEntity, settingsPage(r, f))
		}
		return err
	}
	r.Flash("network.saved")
	return r.See(w, "/desk/network")
}

// cents reads an amount as 87608.79 or 87608,79.
func cents(f *web.Form, faults *fault.Form, name string) int64 {
	s := strings.ReplaceAll(strings.ReplaceAll(f.Get(name), " ", ""), ",", ".")
	if s == "" {
		return 0
	}
	x, err := strconv.ParseFloat(s, 64)
	if err != nil || x < 0 || x > 1e12 {
		faults.Add(name, "network.fault.amount")
		return 0
	}
	return int64(x*100 + .5)
}

func (p *Pages) groupsDesk(w http.ResponseWriter, r *web.Request) error {
	list, err := p.Store.Groups(r.Context(), p.Store.DB)
	if err != nil {
		return err
	}
	f := web.NewForm()
	for _, g := range list {
		f.SetTexts("name-"+g.Code, g.Name)
	}
	return r.HTML(w, http.StatusOK, groupsPage(r, f, groupCodes(list)))
}

// groupCodes are the codes in use and the next free one.
func groupCodes(list []Group) []string {
	var codes []string
	used := map[string]bool{}
	for _, g := range list {
		codes, used[g.Code] = append(codes, g.Code), true
	}
	for c := 'a'; c <= 'z'; c++ {
		if !used[string(c)] {
			return append(codes, string(c))
		}
	}
	return codes
}

func (p *Pages) changeGroups(w http.ResponseWriter, r *web.Request) error {
	list, err := p.Store.Groups(r.Context(), p.Store.DB)
	if err != nil {
		return err
	}
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	err = p.Store.DB.Tx(r.Context(), func(tx *db.Tx) error {
		for i, code := range groupCodes(list) {
			name := f.Texts("name-" + code)
			if i >= len(list) && name.Empty() {
				continue
			}
			if err := p.Store.SaveGroup(r.Context(), tx, Group{code, name, i}, r.Viewer.Account.ID); err != nil {
				return onField(err, nil, "name", "name-"+code+"-"+string(i18n.HR))
			}
		}
		return nil
	})
	if err != nil {
		if f.Failed(err) {
			return r.HTML(w, http.StatusUnprocessableEntity, groupsPage(r, f, groupCodes(list)))
		}
		return err
	}
	r.Flash("network.saved")
	return r.See(w, "/desk/network")
}

// found is the thing of the page's id, or a new one on the page new.
func found[T any](r *web.Request, get func(id string) (T, error)) (one T, err error) {
	if id := r.PathValue("id"); id != "" {
		return get(id)
	}
	return one, nil
}

func (p *Pages) oneArea(r *web.Request) (Area, overview, error) {
	o, err := p.overview(r)
	if err != nil {
		return Area{}, o, err
	}
	a, err := found(r, func(id string) (Area, error) { return p.Store.Area(r.Context(), p.Store.DB, id) })
	return a, o, err
}

func (p *Pages) editArea(w http.ResponseWriter, r *web.Request) error {
	a, o, err := p.oneArea(r)
	if err != nil {
		return err
	}
	f := web.NewForm("kind", a.Kind, "growth", box(bool(a.Growth)), "example", box(bool(a.Example)), "outline", a.Outline)
	if a.ParentID != nil {
		f.Values.Set("in", *a.ParentID)
	}
	f.SetTexts("name", a.Name)
	return r.HTML(w, http.StatusOK, areaPage(r, f, a, o))
}

func (p *Pages) changeArea(w http.ResponseWriter, r *web.Request) error {
	a, o, err := p.oneArea(r)
	if err != nil {
		return err
	}
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	a.Name, a.Kind, a.Outline = f.Texts("name"), f.Get("kind"), f.Get("outline")
	a.Growth, a.Example = db.Bool(f.On("growth")), db.Bool(f.On("example"))
	a.ParentID = nil
	if in := f.Get("in"); in != "" {
		a.ParentID = &in
	}
	if a.ID == "" {
		a.Slug = Slug(f.Get("name-hr"))
	}
	err = p.Store.DB.Tx(r.Context(), func(tx *db.Tx) error {
		if err := web.Claim(r.Context(), tx, f.Get("form_key"), "/desk/network", r.Now); err != nil {
			return err
		}
		_, err := p.Store.SaveArea(r.Context(), tx, a, r.Viewer.Account.ID)
		return onField(err, []string{"name"}, "slug", "name-hr")
	})
	if err != nil {
		if f.Failed(err) {
			return r.HTML(w, http.StatusUnprocessableEntity, areaPage(r, f, a, o))
		}
		return err
	}
	r.Flash("network.saved")
	return r.See(w, "/desk/network")
}

func (p *Pages) oneOrganisation(r *web.Request) (Organisation, error) {
	return found(r, func(id string) (Organisation, error) { return p.Store.Organisation(r.Context(), p.Store.DB, id) })
}

func (p *Pages) editOrganisation(w http.ResponseWriter, r *web.Request) error {
	o, err := p.oneOrganisation(r)
	if err != nil {
		return err
	}
	f := web.NewForm("name", o.Name, "kind", o.Kind, "standing", o.Standing, "web", o.Web, "version", strconv.Itoa(o.Version))
	f.SetTexts("about", o.About)
	return r.HTML(w, http.StatusOK, organisationPage(r, f, o))
}

func (p *Pages) changeOrganisation(w http.ResponseWriter, r *web.Request) error {
	o, err := p.oneOrganisation(r)
	if err != nil {
		return err
	}
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	o.Name, o.Kind, o.Standing, o.Web, o.About, o.Version = f.Get("name"), f.Get("kind"), f.Get("standing"), f.Get("web"), f.Texts("about"), version(f)
	if o.ID == "" {
		o.Slug = Slug(o.Name)
	}
	err = p.Store.DB.Tx(r.Context(), func(tx *db.Tx) error {
		if err := web.Claim(r.Context(), tx, f.Get("form_key"), "/desk/network", r.Now); err != nil {
			return err
		}
		_, err := p.Store.SaveOrganisation(r.Context(), tx, o, r.Viewer.Account.ID)
		return onField(err, []string{"about"}, "slug", "name")
	})
	if err != nil {
		if f.Failed(err) {
			return r.HTML(w, http.StatusUnprocessableEntity, organisationPage(r, f, o))
		}
		return err
	}
	r.Flash("network.saved")
	return r.See(w, "/desk/network")
}

func (p *Pages) oneCentre(r *web.Request) (Centre, overview, error) {
	o, err := p.overview(r)
	if err != nil {
		return Centre{}, o, err
	}
	c, err := found(r, func(id string) (Centre, error) { return p.Store.Centre(r.Context(), p.Store.DB, id) })
	return c, o, err
}

func (p *Pages) editNetworkCentre(w http.ResponseWriter, r *web.Request) error {
	c, o, err := p.oneCentre(r)
	if err != nil {
		return err
	}
	f := web.NewForm("name", c.Name, "organisation", c.OrganisationID, "area", c.AreaID, "address", c.Address, "phone", c.Phone, "zone", c.Zone,
		"colour", strconv.Itoa(max(c.Colour, 0)), "number", strconv.Itoa(c.Number), "version", strconv.Itoa(c.Version))
	if c.ID == "" {
		f = web.NewForm("zone", o.Network.Zone)
	}
	return r.HTML(w, http.StatusOK, networkCentrePage(r, f, c, o))
}

// changeNetworkCentre makes or changes a centre; a new one may bring its organisation and area with it, so that a first
// centre takes one form.
func (p *Pages) changeNetworkCentre(w http.ResponseWriter, r *web.Request) error {
	c, o, err := p.oneCentre(r)
	if err != nil {
		return err
	}
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	var faults fault.Form
	c.Name, c.OrganisationID, c.AreaID, c.Address, c.Phone = f.Get("name"), f.Get("organisation"), f.Get("area"), f.Get("address"), f.Get("phone")
	c.Zone, c.Version = f.Get("zone"), version(f)
	c.Colour, c.Number = f.Int(&faults, "colour", c.Colour, 1, 6), f.Int(&faults, "number", c.Number, 1, 999)
	if c.Zone == "" {
		c.Zone = o.Network.Zone
	}
	if c.ID == "" {
		c.Slug = Slug(c.Name)
	}
	if c.OrganisationID == "" && f.Get("new_organisation") == "" {
		faults.Add("organisation", "fault.required")
	}
	if c.AreaID == "" && f.Get("new_area") == "" {
		faults.Add("area", "fault.required")
	}
	by := r.Viewer.Account.ID
	if err = faults.Err(); err == nil {
		err = p.Store.DB.Tx(r.Context(), func(tx *db.Tx) (err error) {
			if err := web.Claim(r.Context(), tx, f.Get("form_key"), "/desk/network", r.Now); err != nil {
				return err
			}
			one := c // a transaction may be tried again
			if name := f.Get("new_organisation"); one.OrganisationID == "" {
				if one.OrganisationID, err = p.Store.SaveOrganisation(r.Context(), tx, Organisation{Slug: Slug(name), Kind: "cso", Standing: "partner", Name: name}, by); err != nil {
					return onField(err, nil, "slug", "new_organisation", "name", "new_organisation")
				}
			}
			if name := f.Get("new_area"); one.AreaID == "" {
				if one.AreaID, err = p.Store.SaveArea(r.Context(), tx, Area{Slug: Slug(name), Kind: "district", Name: i18n.Text{i18n.HR: name}}, by); err != nil {
					return onField(err, nil, "slug", "new_area", "name", "new_area")
				}
			}
			_, err = p.Store.SaveCentre(r.Context(), tx, one, by)
			return onField(err, nil, "slug", "name")
		})
	}
	if err != nil {
		if f.Failed(err) {
			return r.HTML(w, http.StatusUnprocessableEntity, networkCentrePage(r, f, c, o))
		}
		return err
	}
	r.Flash("network.saved")
	return r.See(w, "/desk/network")
}
