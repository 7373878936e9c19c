package directory

import (
	"strconv"

	"kvart/internal/hsds"
)

// Shown is the service as others than its organisation and centre may have it on the local date, on pages, in the API
// and in exports alike: an initiative that is reached through its centre has no telephone, no address, none on the
// web, no person of its own and nothing of what any of these were before (metadata) there, and its places go by the ids under which they are its service's: a location that
// others use in public, under its own id, would say where the initiative meets. A confidential location has its city only, as
// it is kept, and of what is given there nothing but telephones.
func (s Service) Shown(today string) Service {
	byCentre := s.Owner.ByCentre(today)
	if byCentre {
		s.Owner = s.Owner.Shown(today)
		s.Phones, s.Contacts, s.Email, s.URL, s.AdditionalURLs, s.AssurerEmail, s.Metadata = nil, nil, "", "", nil, "", nil
		s.Schedules = unlinked(s.Schedules)
	}
	places := make([]Place, len(s.Places))
	for i, p := range s.Places {
		if p.At.Confidential {
			p.AtLocation = hsds.AtLocation{ID: p.ID, ServiceID: p.ServiceID, LocationID: p.LocationID, Phones: p.Phones}
		}
		if byCentre {
			p.Phones, p.Contacts, p.Description, p.Schedules, p.At = nil, nil, "", unlinked(p.Schedules), p.At.unreached(p.ID)
			p.LocationID, p.Attributes, p.Metadata = p.At.ID, nil, nil
		}
		places[i] = p
	}
	s.Places = places
	return s
}

// Shown is the organisation as others may have it on the local date.
func (o Organisation) Shown(today string) Organisation {
	o.AskEmail = ""
	if o.ByCentre(today) {
		o.Phones, o.Contacts, o.Email, o.Website, o.AdditionalWebsites, o.URI, o.Metadata = nil, nil, "", "", nil, "", nil
	}
	return o
}

// unreached is the location of a place without anything by which who is there could be reached or found, or by which it
// could be told that it is the same as another: the city, the area, the hours and what is known of steps. An initiative may
// meet in somebody's kitchen.
func (l Location) unreached(place string) Location {
	h := hsds.Location{ID: place, LocationType: l.LocationType}
	for i, one := range l.Schedules {
		one.ID, one.LocationID, one.ScheduleLink, one.Notes, one.Description, one.Attributes, one.Metadata = derivedID("hours", place, strconv.Itoa(i)), "", "", "", "", nil, nil
		h.Schedules = append(h.Schedules, one)
	}
	if len(l.Addresses) > 0 && l.City == "" {
		l.City = l.Addresses[0].City
	}
	l.Location, l.OwnerID = h, ""
	return l
}

// unlinked are the schedules without addresses on the web.
func unlinked(list []hsds.Schedule) []hsds.Schedule {
	list = append([]hsds.Schedule(nil), list...)
	for i := range list {
		list[i].ScheduleLink = ""
	}
	return list
}

// HSDS is the location in the words of the standard. Of a confidential one there is the city and nothing else: no
// address, for the standard's needs a street.
func (l Location) HSDS() hsds.Location {
	h := l.Location
	if l.Confidential {
		return hsds.Location{ID: l.ID, LocationType: "physical", Name: l.City, OrganizationID: l.OwnerID}
	}
	if h.Name == "" && len(h.Addresses) == 0 {
		h.Name = l.City
	}
	h.OrganizationID = l.OwnerID
	return h
}
