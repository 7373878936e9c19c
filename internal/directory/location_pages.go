package directory

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"kvart/internal/hsds"
	"kvart/internal/network"
	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/web"
)

// locationForm is all that the form of a location shows.
type locationForm struct {
	Location
	*web.Form
	Owner Organisation
	Areas []network.Area
	Again bool // a confidential address that is made public
}

// asked are the features of a location that the form asks after.
var asked = []string{"step_free", "lift", "accessible_toilet", "parking"}

func (p *DeskPages) locations(w http.ResponseWriter, r *web.Request) error {
	o, err := p.whose(r)
	if err != nil {
		return err
	}
	list, err := p.Store.LocationsOf(r.Context(), p.Store.DB, o.ID)
	if err != nil {
		return err
	}
	return r.HTML(w, http.StatusOK, deskLocationsPage(r, o, list))
}

func (p *DeskPages) showLocation(w http.ResponseWriter, r *web.Request, status int, v locationForm) (err error) {
	if v.Areas, err = p.Store.Network.Areas(r.Context(), p.Store.DB); err != nil {
		return err
	}
	return r.HTML(w, status, deskLocationPage(r, v))
}

func (p *DeskPages) newLocation(w http.ResponseWriter, r *web.Request) error {
	o, err := p.whose(r)
	if err != nil {
		return err
	}
	return p.showLocation(w, r, http.StatusOK, locationForm{Form: web.NewForm(), Owner: o})
}

func fillLocation(l Location) *web.Form {
	f := web.NewForm("name", l.Name, "way", l.Transportation, "area", orEmpty(l.AreaID), "lat", age(l.Latitude), "lon", age(l.Longitude), "version", digits(l.Version))
	if len(l.Addresses) > 0 {
		a := l.Addresses[0]
		f.Values.Set("street", a.Address1)
		f.Values.Set("city", a.City)
		f.Values.Set("postcode", a.PostalCode)
	}
	for _, a := range l.Access {
		f.Values.Set("access."+a.Feature, a.State)
	}
	return f
}

func typedLocation(f *web.Form, faults *fault.Form, l Location, today string) Location {
	l.LocationType = "physical"
	l.Name, l.Transportation, l.AreaID = f.Get("name"), f.Get("way"), orNull(f.Get("area"))
	a := hsds.Address{ID: db.NewID(), Country: "HR", AddressType: "physical"}
	rest := []hsds.Address{}
	if len(l.Addresses) > 0 {
		a, rest = l.Addresses[0], l.Addresses[1:]
	}
	a.Address1 = f.Text(faults, "street", mostLine, true)
	a.City = f.Text(faults, "city", mostName, true)
	a.PostalCode = f.Get("postcode")
	l.Addresses = append([]hsds.Address{a}, rest...)
	l.City = a.City
	l.Latitude, l.Longitude = degree(f, faults, "lat"), degree(f, faults, "lon")
	var access network.AccessList
	for _, had := range l.Access {
		if !slices.Contains(asked, had.Feature) {
			access = append(access, had)
		}
	}
	for _, feature := range asked {
		state := f.Get("access." + feature)
		if state == "" {
			continue
		}
		if !slices.Contains([]string{"yes", "partly", "no"}, state) {
			faults.Add("access."+feature, "directory.fault.choose")
			continue
		}
		one := network.Access{Feature: feature, State: state, CheckedOn: today}
		for _, had := range l.Access {
			if had.Feature == feature {
				one.Note = had.Note
				if had.State == state {
					one.CheckedOn = had.CheckedOn
				}
			}
		}
		access = append(access, one)
	}
	l.Access = access
	return l
}

func degree(f *web.Form, faults *fault.Form, name string) *float64 {
	s := strings.ReplaceAll(f.Get(name), ",", ".")
	if s == "" {
		return nil
	}
	x, err := strconv.ParseFloat(s, 64)
	if err != nil || x != x || x > 180 || x < -180 {
		faults.Add(name, "directory.fault.coordinates")
		return nil
	}
	return &x
}

func onLocation(name string) string {
	list, rest, _ := strings.Cut(name, ".")
	_, field, _ := strings.Cut(rest, ".")
	switch {
	case name == "latitude":
		return "lat"
	case name == "transportation":
		return "way"
	case list == "addresses" && field == "address_1":
		return "street"
	case list == "addresses" && field == "postal_code":
		return "postcode"
	case list == "addresses":
		return "city"
	}
	return name
}

// saveLocation saves what was typed, by save; claim is where the form of a new one leads.
func (p *DeskPages) saveLocation(r *web.Request, f *web.Form, l Location, o Organisation, claim string, save func(tx *db.Tx, l Location) error) error {
	ctx := r.Context()
	today, _, err := p.Store.LocalDay(ctx)
	if err != nil {
		return err
	}
	areas, err := p.Store.Network.Areas(ctx, p.Store.DB)
	if err != nil {
		return err
	}
	var faults fault.Form
	changed := typedLocation(f, &faults, l, today)
	changed.Version = f.Int(&faults, "version", l.Version, 0, 1<<30)
	if l.Version == 0 {
		changed.Version = 0
	}
	if changed.AreaID != nil && !slices.ContainsFunc(areas, func(a network.Area) bool { return a.ID == *changed.AreaID }) {
		faults.Add("area", "directory.fault.choose")
	}
	changed.Confidential = false
	if err := faultsOf(&faults, renamed(changed.Check(areas), onLocation)); err != nil {
		return err
	}
	return renamed(p.Store.DB.Tx(ctx, func(tx *db.Tx) error {
		if claim != "" {
			if err := web.Claim(ctx, tx, f.Get("form_key"), claim, r.Now); err != nil {
				return err
			}
			if _, err := p.begun(r, tx, o); err != nil {
				return err
			}
		}
		return save(tx, changed)
	}), onLocation)
}

func (p *DeskPages) addLocation(w http.ResponseWriter, r *web.Request) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	o, err := p.whose(r)
	if err != nil {
		return err
	}
	to := locationsPath
	if !forOrganisation(r) {
		to += "?organisation=" + o.ID
	}
	if err := p.saveLocation(r, f, Location{Location: hsds.Location{ID: db.NewID()}, OwnerID: o.ID}, o, to, func(tx *db.Tx, l Location) error {
		return p.Store.SaveLocation(r.Context(), tx, l, "first", r.Viewer.Account.ID)
	}); err != nil {
		if f.Failed(err) {
			return p.showLocation(w, r, web.Status(f.Err), locationForm{Form: f, Owner: o})
		}
		return err
	}
	r.Flash("directory.desk.saved")
	return r.See(w, to)
}

func (p *DeskPages) editLocation(w http.ResponseWriter, r *web.Request) error {
	l, o, err := p.location(r, p.Store.DB)
	if err != nil {
		return err
	}
	if l.Confidential {
		return r.See(w, locationPath(l.ID)+"/confidential")
	}
	return p.showLocation(w, r, http.StatusOK, locationForm{Location: l, Form: fillLocation(l), Owner: o})
}

func (p *DeskPages) changeLocation(w http.ResponseWriter, r *web.Request) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	l, o, err := p.location(r, p.Store.DB)
	if err != nil {
		return err
	}
	if l.Confidential { // what was typed is an address: it is not shown again
		return fault.Conflict("directory.fault.is_confidential")
	}
	if err := p.saveLocation(r, f, l, o, "", func(tx *db.Tx, changed Location) error {
		if err := p.Store.SaveLocation(r.Context(), tx, changed, "save", r.Viewer.Account.ID); err != nil {
			return err
		}
		return p.Store.indexAt(r.Context(), tx, l.ID)
	}); err != nil {
		if f.Failed(err) {
			return p.showLocation(w, r, web.Status(f.Err), locationForm{Location: l, Form: f, Owner: o})
		}
		return err
	}
	r.Flash("directory.desk.saved")
	return r.See(w, p.listOf(r, o))
}

// listOf is the address of the organisation's locations.
func (p *DeskPages) listOf(r *web.Request, o Organisation) string {
	switch {
	case forOrganisation(r):
		return locationsPath
	case o.ID == "":
		return servicesPath
	}
	return locationsPath + "?organisation=" + o.ID
}

// confidentialSheet is what the page of a secret address shows: what making it one does, or what is to be called back.
type confidentialSheet struct {
	Location
	Owner   Organisation
	Exports []Export
	Written []Service
	Zone    *time.Location
}

func (p *DeskPages) confidentialPage(w http.ResponseWriter, r *web.Request) error {
	l, o, err := p.location(r, p.Store.DB)
	if err != nil {
		return err
	}
	v := confidentialSheet{Location: l, Owner: o}
	if _, v.Zone, err = p.Store.LocalDay(r.Context()); err != nil {
		return err
	}
	if l.Confidential {
		if v.Exports, err = p.Store.exportsSince(r.Context(), p.Store.DB, l.PublicFrom); err != nil {
			return err
		}
		if v.Written, err = p.Store.services(r.Context(), p.Store.DB, `WHERE id IN (SELECT service_id FROM directory_places WHERE location_id = :l) ORDER BY name, seq`, db.Args{"l": l.ID}); err != nil {
			return err
		}
	}
	w.Header().Set("Cache-Control", "no-store")
	return r.HTML(w, http.StatusOK, deskConfidentialPage(r, v))
}

func (p *DeskPages) confidentialQuestion(r *web.Request) (string, error) {
	l, _, err := p.location(r, p.Store.DB)
	if err != nil {
		return "", err
	}
	return r.T("directory.confidential.sure", "what", l.Line()), nil
}

func (p *DeskPages) makeConfidential(w http.ResponseWriter, r *web.Request) error {
	if _, err := r.Read(w); err != nil {
		return err
	}
	var id string
	if err := p.Store.DB.Tx(r.Context(), func(tx *db.Tx) error {
		l, _, err := p.location(r, tx)
		if err != nil {
			return err
		}
		id = l.ID
		_, err = p.Store.Flag(r.Context(), tx, l.ID, r.Viewer.Account.ID)
		return err
	}); err != nil {
		return err
	}
	r.Flash("directory.confidential.done")
	return r.See(w, locationPath(id)+"/confidential")
}

// secret is the location that the address names, which is confidential.
func (p *DeskPages) secret(r *web.Request) (Location, Organisation, error) {
	l, o, err := p.location(r, p.Store.DB)
	if err == nil && !l.Confidential {
		err = fault.Conflict("directory.fault.is_public")
	}
	return l, o, err
}

func (p *DeskPages) publicForm(w http.ResponseWriter, r *web.Request) error {
	l, o, err := p.secret(r)
	if err != nil {
		return err
	}
	return p.showLocation(w, r, http.StatusOK, locationForm{Location: l, Form: web.NewForm("city", l.City, "version", digits(l.Version)), Owner: o, Again: true})
}

func (p *DeskPages) makePublic(w http.ResponseWriter, r *web.Request) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	l, o, err := p.secret(r)
	if err != nil {
		return err
	}
	if err := p.saveLocation(r, f, l, o, "", func(tx *db.Tx, changed Location) error {
		return p.Store.Unflag(r.Context(), tx, changed, r.Viewer.Account.ID)
	}); err != nil {
		if f.Failed(err) {
			return p.showLocation(w, r, web.Status(f.Err), locationForm{Location: l, Form: f, Owner: o, Again: true})
		}
		return err
	}
	r.Flash("directory.desk.saved")
	return r.See(w, p.listOf(r, o))
}
