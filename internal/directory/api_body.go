package directory

import (
	"cmp"
	"time"

	"kvart/internal/hsds"
	"kvart/internal/platform/i18n"
)

// apiView is how the API tells what is there: in Kvart's profile or as the standard itself has it, on a local date.
type apiView struct {
	base  bool
	today string
	sorts *Taxonomies
	texts *i18n.Bundle
	terms map[string]*hsds.Term // made as they are met
}

// service is the service with what it has one of: the shape of lists. It must be as it is Shown.
func (v *apiView) service(s Service) hsds.Service {
	b := s.Service
	b.LastModified = s.lastModified(v.today)
	b.AdditionalURLs, b.Phones, b.Schedules, b.ServiceAreas, b.ServiceAtLocations, b.Languages, b.Funding = nil, nil, nil, nil, nil, nil, nil
	b.CostOptions, b.RequiredDocuments, b.Contacts, b.Capacities, b.Attributes = nil, nil, nil, nil, nil
	if b.Program != nil {
		p := *b.Program
		p.Attributes = nil
		b.Program = &p
	}
	o := v.organization(s.Owner)
	b.Organization = &o
	hsds.Fit(&b, v.term)
	return b
}

// wholeService is the service with all that belongs to it. Its organization comes without locations and services.
func (v *apiView) wholeService(s Service) hsds.Service {
	b := s.Service
	b.LastModified = s.lastModified(v.today)
	o := s.Owner.Organization
	b.Organization = &o
	for _, p := range s.Places {
		b.ServiceAtLocations = append(b.ServiceAtLocations, v.place(s, p))
	}
	hsds.Fit(&b, v.term)
	if !v.base {
		b.Visit = s.visit()
	} else if v.texts != nil {
		s.inWords(v.texts.For(s.Lang), &b)
	}
	b.Organization.Metadata = dated(nil, "organization", o.ID, s.Owner.ModifiedAt, true)
	for i := range b.ServiceAtLocations {
		v.datedPlace(&b.ServiceAtLocations[i], s, s.Places[i])
	}
	return b
}

// leastService is what an organization has of each of its services.
func (v *apiView) leastService(s Service) hsds.Service {
	return hsds.Service{ID: s.ID, Name: s.Name, Status: s.Status, LastModified: s.lastModified(v.today)}
}

// place is the service where it is given, without the service.
func (v *apiView) place(s Service, p Place) hsds.AtLocation {
	b, at := p.AtLocation, v.location(p.At)
	b.ServiceID, b.LocationID, b.Location = s.ID, p.LocationID, &at
	return b
}

// datedPlace says when the place's location was last changed, unless its organisation is reached through its centre: two places
// that changed at one moment would be known as one.
func (v *apiView) datedPlace(b *hsds.AtLocation, s Service, p Place) {
	if b.Location != nil {
		b.Location.Metadata = dated(nil, "location", b.Location.ID, p.At.ModifiedAt, !p.At.Confidential && !s.Owner.ByCentre(v.today))
	}
}

// wholePlace is the service where it is given, on its own. The schema has no service there; the profile has.
func (v *apiView) wholePlace(s Service, p Place) hsds.AtLocation {
	b := v.place(s, p)
	if !v.base {
		one := v.service(s)
		b.Service = &one
	}
	hsds.Fit(&b, v.term)
	v.datedPlace(&b, s, p)
	return b
}

// briefPlace is the shape of lists.
func (v *apiView) briefPlace(s Service, p Place) hsds.AtLocation {
	at, one := v.location(p.At), v.service(s)
	at.Languages, at.Addresses, at.Contacts, at.Accessibility, at.Phones, at.Schedules, at.Attributes = nil, nil, nil, nil, nil, nil, nil
	b := hsds.AtLocation{ID: p.ID, ServiceID: s.ID, LocationID: p.LocationID, Description: p.Description, Location: &at, Service: &one}
	hsds.Fit(&b, v.term)
	return b
}

// location is the location. Where the standard itself is asked for, the state that its addresses must have is the county,
// or else the city; the profile has none.
func (v *apiView) location(l Location) hsds.Location {
	b := l.HSDS()
	b.Addresses = append([]hsds.Address(nil), b.Addresses...)
	for i := range b.Addresses {
		a := &b.Addresses[i]
		if !v.base {
			a.StateProvince = ""
		} else {
			a.StateProvince = cmp.Or(a.StateProvince, a.Region, a.City, a.Country, "-")
		}
	}
	return b
}

// organization is the organisation with what it has one of: the shape of lists. It must be as it is Shown.
func (v *apiView) organization(o Organisation) hsds.Organization {
	b := o.Organization
	b.AdditionalWebsites, b.Funding, b.Contacts, b.Phones, b.Locations, b.Programs, b.OrganizationIdentifiers, b.Attributes = nil, nil, nil, nil, nil, nil, nil, nil
	b.Services = nil
	hsds.Fit(&b, v.term)
	return b
}

// wholeOrganization is the organisation with its locations, and with its services: in the profile briefly, or whole where
// that is asked for. The standard's own schema has no services there: without being asked it gets none.
func (v *apiView) wholeOrganization(o Organisation, locations []Location, services []Service, whole bool) hsds.Organization {
	b := o.Organization
	b.Locations, b.Services = nil, nil
	if !o.ByCentre(v.today) { // of one that is, nobody is told where it is
		for _, l := range locations {
			b.Locations = append(b.Locations, v.location(l))
		}
	}
	hsds.Fit(&b, v.term)
	b.Metadata = dated(nil, "organization", b.ID, o.ModifiedAt, true)
	for i := range b.Locations { // Fit leaves out none: a location needs no more than an id
		b.Locations[i].Metadata = dated(nil, "location", b.Locations[i].ID, locations[i].ModifiedAt, !locations[i].Confidential)
	}
	b.Services = v.servicesOf(services, whole)
	return b
}

func (v *apiView) servicesOf(services []Service, whole bool) (list []hsds.Service) {
	for _, s := range services {
		switch {
		case whole:
			one := v.wholeService(s)
			one.Organization = nil
			list = append(list, one)
		case !v.base:
			list = append(list, v.leastService(s))
		}
	}
	return list
}

func (v *apiView) taxonomy(t Taxonomy) hsds.Taxonomy {
	name, _ := t.Name.In(i18n.HR)
	about, _ := t.Description.In(i18n.HR)
	b := hsds.Taxonomy{ID: t.ID, Name: name, Description: about, URI: t.URI, Version: t.Edition}
	hsds.Fit(&b, nil)
	return b
}

// term is the term of the id with its taxonomy, or nil. What is returned is shared: nobody may change it.
func (v *apiView) term(id string) *hsds.Term {
	if kept, ok := v.terms[id]; ok {
		return kept
	}
	t := v.sorts.Term(id)
	if t == nil {
		return nil
	}
	name, lang := t.Name.In(i18n.HR)
	about, _ := t.Description.In(i18n.HR)
	b := &hsds.Term{ID: t.ID, Code: t.Code, Name: name, Description: about, Language: string(lang), TaxonomyID: t.TaxonomyID, TermURI: t.URI}
	if t.ParentID != nil {
		b.ParentID = *t.ParentID
	}
	if x := v.sorts.Taxonomy(t.TaxonomyID); x != nil {
		detail := v.taxonomy(*x)
		b.Taxonomy, b.TaxonomyDetail = detail.Name, &detail
	}
	hsds.Fit(b, nil)
	if v.terms == nil {
		v.terms = map[string]*hsds.Term{}
	}
	v.terms[id] = b
	return b
}

// lastModified is when anything of what the API tells of the service changed: itself, its organisation, a location, or
// whether the organisation may be reached itself. Whoever keeps a copy learns so of what was taken back.
func (s Service) lastModified(today string) string {
	at := max(s.ModifiedAt, s.Owner.ModifiedAt)
	for _, p := range s.Places {
		at = max(at, p.At.ModifiedAt)
	}
	if s.Owner.Reach == Direct && s.Owner.ByCentre(today) {
		if until, err := time.Parse(time.DateOnly, s.Owner.ReachUntil); err == nil {
			at = max(at, until.AddDate(0, 0, 1).Unix())
		}
	}
	return time.Unix(at, 0).UTC().Format(time.RFC3339)
}
