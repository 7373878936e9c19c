package directory

import "kvart/internal/hsds"

// Shown is the service as others than its organisation and centre may have it on the local date, on pages, in the API
// and in exports alike: an initiative that is reached through its centre has no telephone, no address on the web and no
// person of its own there. A confidential location has its city only, as it is kept.
func (s Service) Shown(today string) Service {
	if !s.Owner.ByCentre(today) {
		return s
	}
	s.Owner = s.Owner.Shown(today)
	s.Phones, s.Contacts, s.Email, s.URL, s.AdditionalURLs, s.AssurerEmail = nil, nil, "", "", nil, ""
	places := make([]Place, len(s.Places))
	for i, p := range s.Places {
		p.Phones, p.Contacts = nil, nil
		p.At.Phones, p.At.Contacts, p.At.URL = nil, nil, ""
		places[i] = p
	}
	s.Places = places
	return s
}

// Shown is the organisation as others may have it on the local date.
func (o Organisation) Shown(today string) Organisation {
	o.AskEmail = ""
	if o.ByCentre(today) {
		o.Phones, o.Contacts, o.Email, o.Website, o.AdditionalWebsites = nil, nil, "", "", nil
	}
	return o
}

// HSDS is the location in the words of the standard. Of a confidential one there is the city and nothing else: no
// address, for the standard's needs a street.
func (l Location) HSDS() hsds.Location {
	h := l.Location
	if l.Confidential {
		return hsds.Location{ID: l.ID, LocationType: "physical", Name: l.City, OrganizationID: l.OwnerID}
	}
	h.OrganizationID = l.OwnerID
	return h
}
