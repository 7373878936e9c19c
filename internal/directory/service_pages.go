package directory

import (
	"net/http"
	"slices"

	"kvart/internal/hsds"
	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/i18n"
	"kvart/internal/platform/web"
)

// serviceForm is all that the form of a service shows.
type serviceForm struct {
	Service
	*web.Form
	Sorts     *Taxonomies
	Locations []Location      // of the organisation, and those of others that the service has
	Others    []hsds.Schedule // what the weekly table cannot say
	There     []Place         // places with hours of their own
}

// form is what the service's form chooses from.
func (p *DeskPages) form(r *web.Request, s Service, f *web.Form) (v serviceForm, err error) {
	v = serviceForm{Service: s, Form: f}
	ctx, q := r.Context(), p.Store.DB
	if v.Sorts, err = p.Store.Taxonomies(ctx, q); err != nil {
		return v, err
	}
	if v.Locations, err = p.Store.LocationsOf(ctx, q, s.Owner.ID); err != nil {
		return v, err
	}
	for _, at := range s.Places {
		if !slices.ContainsFunc(v.Locations, func(l Location) bool { return l.ID == at.LocationID }) {
			v.Locations = append(v.Locations, at.At)
		}
		if len(at.Schedules) > 0 {
			v.There = append(v.There, at)
		}
	}
	_, v.Others = WeekOf(s.Schedules)
	return v, nil
}

func (p *DeskPages) newService(w http.ResponseWriter, r *web.Request) error {
	o, err := p.whose(r)
	if err != nil {
		return err
	}
	return p.showService(w, r, http.StatusOK, Service{Owner: o}, web.NewForm("status", "active"))
}

func (p *DeskPages) showService(w http.ResponseWriter, r *web.Request, status int, s Service, f *web.Form) error {
	v, err := p.form(r, s, f)
	if err != nil {
		return err
	}
	return r.HTML(w, status, deskServicePage(r, v))
}

func (p *DeskPages) addService(w http.ResponseWriter, r *web.Request) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	o, err := p.whose(r)
	if err != nil {
		return err
	}
	s := Service{Service: hsds.Service{ID: db.NewID(), OrganizationID: o.ID}, Lang: i18n.HR, Owner: o}
	if pressed(f) {
		return p.showService(w, r, http.StatusOK, Service{Owner: o}, f)
	}
	err = p.saveService(r, f, s, servicesPath)
	if err != nil {
		if f.Failed(err) {
			return p.showService(w, r, web.Status(f.Err), Service{Owner: o}, f)
		}
		return err
	}
	r.Flash("directory.desk.saved")
	return r.See(w, servicesPath)
}

func (p *DeskPages) editService(w http.ResponseWriter, r *web.Request) error {
	s, err := p.service(r, p.Store.DB)
	if err != nil {
		return err
	}
	return p.showService(w, r, http.StatusOK, s, fillService(s))
}

func (p *DeskPages) changeService(w http.ResponseWriter, r *web.Request) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	s, err := p.service(r, p.Store.DB)
	if err != nil {
		return err
	}
	if pressed(f) {
		return p.showService(w, r, http.StatusOK, s, f)
	}
	if err := p.saveService(r, f, s, ""); err != nil {
		if f.Failed(err) {
			return p.showService(w, r, web.Status(f.Err), s, f)
		}
		return err
	}
	r.Flash("directory.desk.saved")
	return r.See(w, servicesPath)
}

// saveService saves what was typed. A new service is assured by who enters it; a changed one where they say so. claim is where
// the form of a new one led.
func (p *DeskPages) saveService(r *web.Request, f *web.Form, s Service, claim string) error {
	ctx := r.Context()
	today, _, err := p.Store.LocalDay(ctx)
	if err != nil {
		return err
	}
	sorts, err := p.Store.Taxonomies(ctx, p.Store.DB)
	if err != nil {
		return err
	}
	var faults fault.Form
	changed := typedService(f, &faults, s, sorts)
	changed.Version = f.Int(&faults, "version", s.Version, 0, 1<<30)
	if s.Version == 0 {
		changed.Version = 0
	}
	if f.Get("name-hr") == "" && changed.Lang == i18n.HR {
		faults.Add("name-hr", "fault.required")
	} else if err := changed.Check(); err != nil {
		if err := faultsOf(&faults, renamed(err, onService(f))); err != nil {
			return err
		}
	}
	if err := faults.Err(); err != nil {
		return err
	}
	if s.Version == 0 || f.On("assured") {
		changed = changed.assured(r.Now, today, as(r))
	} else if !changed.Listed() {
		changed.AskAt, changed.Asked = nil, 0
	}
	action := "save"
	if s.Version == 0 {
		action = "first"
	}
	err = p.Store.DB.Tx(ctx, func(tx *db.Tx) error {
		if claim != "" {
			if err := web.Claim(ctx, tx, f.Get("form_key"), claim, r.Now); err != nil {
				return err
			}
		}
		o, err := p.begun(r, tx, s.Owner)
		if err != nil {
			return err
		}
		for _, at := range changed.Places {
			if err := p.mayPlace(r, tx, o, s, at.LocationID); err != nil {
				return err
			}
		}
		return p.Store.SaveService(ctx, tx, changed, action, r.Viewer.Account.ID)
	})
	return renamed(err, onService(f))
}

// mayPlace says whether the service may be at the location: it was, or the location is its organisation's.
func (p *DeskPages) mayPlace(r *web.Request, tx *db.Tx, o Organisation, s Service, locationID string) error {
	if slices.ContainsFunc(s.Places, func(at Place) bool { return at.LocationID == locationID }) {
		return nil
	}
	l, err := p.Store.Location(r.Context(), tx, locationID)
	if err != nil && !fault.Is(err, fault.KindNotFound) {
		return err
	}
	if err != nil || l.OwnerID != o.ID {
		var f fault.Form
		f.Add("places", "directory.fault.place")
		return f.Err()
	}
	return nil
}

// assureService is the one press that says that the entry is right as it stands.
func (p *DeskPages) assureService(w http.ResponseWriter, r *web.Request) error {
	return p.press(w, r, "directory.desk.assured", func(tx *db.Tx, s Service) error {
		return p.Store.Assure(r.Context(), tx, s.ID, as(r), r.Viewer.Account.ID)
	})
}

// seenService is the centre's press for what its organisation said to exist no more.
func (p *DeskPages) seenService(w http.ResponseWriter, r *web.Request) error {
	return p.press(w, r, "directory.desk.seen", func(tx *db.Tx, s Service) error {
		return p.Store.Seen(r.Context(), tx, s.ID, r.Viewer.Account.ID)
	})
}

// press does one thing to the service that the address names, and leads back to the list.
func (p *DeskPages) press(w http.ResponseWriter, r *web.Request, said string, do func(tx *db.Tx, s Service) error) error {
	if _, err := r.Read(w); err != nil {
		return err
	}
	if err := p.Store.DB.Tx(r.Context(), func(tx *db.Tx) error {
		s, err := p.service(r, tx)
		if err != nil {
			return err
		}
		return do(tx, s)
	}); err != nil {
		return err
	}
	r.Flash(said)
	return r.See(w, servicesPath)
}
