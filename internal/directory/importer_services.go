package directory

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"kvart/internal/hsds"
	"kvart/internal/network"
	"kvart/internal/platform/db"
	"kvart/internal/platform/i18n"
)

func (run *importRun) planServices() error {
	base := run.done
	for i, chunk := range chunks(run.Services) {
		if run.step(base + i*batch) {
			run.report.Stopped = true
			return nil
		}
		var ids, owners, spots, places []string
		for _, s := range chunk {
			ids, owners = append(ids, s.ID), append(owners, s.OrganizationID)
			for _, p := range s.ServiceAtLocations {
				if _, there := run.spot[p.LocationID]; !there && p.LocationID != "" {
					spots = append(spots, p.LocationID)
				}
				if p.ID != "" {
					places = append(places, p.ID)
				}
			}
		}
		list, err := run.Store.Services(run.ctx, run.DB, ids)
		if err != nil {
			return err
		}
		here := make(map[string]Service, len(list))
		for _, s := range list {
			here[s.ID] = s
		}
		if err := run.knowOwners(owners); err != nil {
			return err
		}
		if len(spots) > 0 {
			more, err := run.locationsHere(spots)
			if err != nil {
				return err
			}
			maps.Copy(run.spot, more)
		}
		taken, err := run.placesHere(places)
		if err != nil {
			return err
		}
		actions, err := run.lastActions("service", ids)
		if err != nil {
			return err
		}
		for _, f := range chunk {
			run.planService(f, here, taken, actions[f.ID])
		}
	}
	run.done = base + len(run.Services)
	return nil
}

// placesHere are the pairs of service and location that have these ids.
func (run *importRun) placesHere(ids []string) (map[string]string, error) {
	m := map[string]string{}
	for chunk := range slices.Chunk(ids, 2*batch) {
		args := db.Args{}
		var rows []struct {
			ID, Service, Location string
		}
		if err := run.DB.Select(run.ctx, &rows, `SELECT id, service_id AS service, location_id AS location FROM directory_places WHERE id IN (`+db.In("id", chunk, args)+`)`, args); err != nil {
			return nil, err
		}
		for _, r := range rows {
			m[r.ID] = r.Service + " " + r.Location
		}
	}
	return m, nil
}

func (run *importRun) planService(f *serviceRead, here map[string]Service, taken map[string]string, action string) {
	before := run.report.FaultCount
	owner, known := run.known[f.OrganizationID]
	if !known {
		run.report.fault(run.where("service", f.ID, f.At, "organization_id"), "directory.io.no_organisation")
	}
	for i, p := range f.ServiceAtLocations {
		if _, there := run.spot[p.LocationID]; !there {
			run.report.fault(run.where("service", f.ID, f.At, at("service_at_locations", i, "location_id")), "directory.io.no_location")
		}
	}
	if run.report.FaultCount > before {
		return
	}
	had, there := here[f.ID]
	if there && had.OrganizationID != f.OrganizationID {
		run.report.did(f.At, "service", had.Name, Clashes, "directory.io.clash.owner")
		return
	}
	n := run.mergeService(f, had, there, owner, taken)
	if run.report.FaultCount > before {
		return
	}
	if there && sameContent(had.bare(), n.bare()) {
		run.report.did(f.At, "service", n.Name, Same, "")
		return
	}
	for _, id := range n.Terms() {
		if run.sorts.Term(id) == nil {
			run.report.fault(run.where("service", f.ID, f.At, "attributes"), "directory.io.no_term", "value", id)
		}
	}
	if run.bad("service", f.ID, f.At, n.Check()) || run.report.FaultCount > before {
		return
	}
	line := ImportLine{Where: f.At, Noun: "service", Name: n.Name, Did: Made}
	if there {
		line.Did = Updated
		if changedHere(action) && (f.Mod == 0 || f.Mod != had.ModifiedAt && (f.Sheet == nil || f.Mod < had.ModifiedAt)) {
			run.report.did(f.At, "service", had.Name, Clashes, "directory.io.clash.changed")
			return
		}
	}
	n.Owner = owner
	run.services = append(run.services, planned[Service]{n, line})
}

// bare is what of a service an import compares.
func (s Service) bare() any {
	body := s.Service
	body.Organization, body.ServiceAtLocations, body.LastModified = nil, nil, ""
	type place struct {
		Location string
		Body     hsds.AtLocation
	}
	var places []place
	for _, p := range s.Places {
		b := p.AtLocation
		b.ID, b.ServiceID, b.LocationID, b.Service, b.Location = "", "", "", nil, nil
		places = append(places, place{p.LocationID, b})
	}
	texts := s.Texts
	if len(texts) == 0 {
		texts = nil
	}
	return []any{body, s.Lang, texts, s.Own, places}
}

func (run *importRun) mergeService(f *serviceRead, had Service, there bool, owner Organisation, taken map[string]string) Service {
	n := had
	if !there {
		n = Service{Service: hsds.Service{ID: f.ID, OrganizationID: f.OrganizationID, Status: "active"}, Lang: run.Lang}
	}
	hidden := there && owner.ByCentre(run.today)
	if f.Sheet != nil {
		run.mergeSheet(f, &n, had, there, taken)
	} else {
		n.Service = f.Service
		n.LastModified, n.Organization, n.ServiceAtLocations = "", nil, nil
		if there { // other languages' texts stay
			own := had.textFields()
			says := map[string]string{}
			for field, at := range n.textFields() {
				if strings.HasPrefix(field, "first.") {
					continue
				}
				says[field], *at = *at, *own[field]
			}
			for field, text := range says {
				n.setIn(run.Lang, field, text)
			}
		}
		n.takeVisit(run.Lang, f.Visit)
		if n.Program == nil && n.ProgramID == had.ProgramID {
			n.Program = had.Program
		}
		if hidden {
			keepHidden(&n.Phones, had.Phones)
			keepHidden(&n.Contacts, had.Contacts)
			keepHidden(&n.AdditionalURLs, had.AdditionalURLs)
			keepHidden(&n.Metadata, had.Metadata)
			keepText(&n.Email, had.Email)
			keepText(&n.URL, had.URL)
			keepText(&n.AssurerEmail, had.AssurerEmail)
			keepLinks(n.Schedules, had.Schedules)
		}
		n.Places = nil
		for _, a := range f.ServiceAtLocations {
			n.Places = append(n.Places, run.place(f.ID, a, had, hidden, taken))
		}
		if had.AssuredDate > n.AssuredDate {
			n.AssuredDate = had.AssuredDate
		}
	}
	for i := range n.Capacities {
		if c := &n.Capacities[i]; c.Available != nil && c.Maximum != nil && *c.Available > *c.Maximum {
			run.report.note(run.where("service", f.ID, f.At, at("capacities", i, "available")), "directory.io.note.capacity")
			c.Available = nil
		}
	}
	if _, err := time.Parse(time.DateOnly, n.AssuredDate); err == nil && n.AssuredDate > run.today { // it would never be asked about
		run.report.note(run.where("service", f.ID, f.At, "assured_date"), "directory.io.note.assured")
		n.AssuredDate = had.AssuredDate
	}
	if n.AssuredDate != had.AssuredDate {
		n.AssuredBy = "import"
	}
	return n
}

// place is a service's place: of one that is there the id and what exports hide are kept. Of one at a confidential location a
// file tells telephones and hours alone: what else it says may tell where that is.
func (run *importRun) place(service string, a hsds.AtLocation, had Service, hidden bool, taken map[string]string) Place {
	p := Place{AtLocation: a, At: run.spot[a.LocationID]}
	if p.At.Confidential {
		p.AtLocation = cityPlace(a)
	}
	for _, x := range had.Places {
		if x.LocationID == a.LocationID {
			p.ID = x.ID
			if hidden {
				keepHidden(&p.Phones, x.Phones)
				keepHidden(&p.Contacts, x.Contacts)
				keepHidden(&p.Attributes, x.Attributes)
				keepHidden(&p.Metadata, x.Metadata)
				keepText(&p.Description, x.Description)
				keepLinks(p.Schedules, x.Schedules)
			}
			return p
		}
	}
	pair := service + " " + a.LocationID
	of, there := taken[p.ID]
	if p.ID == "" || !db.IsID(p.ID) || there && of != pair || run.placed[p.ID] != "" && run.placed[p.ID] != pair { // another's here, or in the file
		p.ID = derivedID(service, "place", a.LocationID)
	}
	run.placed[p.ID] = pair
	return p
}

func (run *importRun) mergeSheet(f *serviceRead, n *Service, had Service, there bool, taken map[string]string) {
	shown := had
	shown.Owner = run.known[f.OrganizationID]
	shown = shown.Shown(run.today).In(run.Lang)
	run.setCells(f.Sheet[0], "service", there, &sheetEntry{S: n, O: &Organisation{}}, &sheetEntry{S: &shown, O: &Organisation{}})
	if !f.Sheet[0].saysPlaces() {
		return
	}
	n.Places = nil
	for i, a := range f.ServiceAtLocations {
		p := run.place(f.ID, a, had, false, taken)
		wasAt := slices.IndexFunc(had.Places, func(x Place) bool { return x.LocationID == a.LocationID })
		seen := Place{AtLocation: hsds.AtLocation{LocationID: a.LocationID}}
		if wasAt >= 0 {
			p, seen = had.Places[wasAt], shown.Places[wasAt]
			p.At = run.spot[a.LocationID]
		}
		row := f.Sheet[min(i, len(f.Sheet)-1)]
		for _, r := range f.Sheet {
			if run.spotOf(r, f.OrganizationID) == a.LocationID {
				row = r
			}
		}
		run.setCells(row, "place", wasAt >= 0, &sheetEntry{S: n, O: &Organisation{}, P: &p}, &sheetEntry{S: &shown, O: &Organisation{}, P: &seen})
		n.Places = append(n.Places, p)
	}
}

// saysPlaces says whether the sheet has any column of places.
func (r *sheetRow) saysPlaces() bool {
	for n, c := range sheetColumns {
		if c.Of == "location" && r.of.at[n] >= 0 {
			return true
		}
	}
	return false
}

// spotOf is the id of the location in the row: empty where it names none.
func (run *importRun) spotOf(r *sheetRow, owner string) string {
	if id := r.named("place id"); id != "" {
		return cmp.Or(run.veiled[id], id)
	}
	words := []string{r.named("place"), r.named("street"), r.named("city")}
	if strings.Join(words, "") == "" { // a place that only its degrees tell
		if words = []string{r.named("latitude"), r.named("longitude")}; strings.Join(words, "") == "" {
			return ""
		}
	}
	for i := range words {
		words[i] = i18n.Fold(words[i])
	}
	return derivedID(append([]string{"location", owner}, words...)...)
}

// resolveSheet finds the ids of what the rows of a sheet name.
func (run *importRun) resolveSheet(members []network.Organisation) error {
	if len(run.Services) == 0 || run.Services[0].Sheet == nil {
		return nil
	}
	byName := map[string]string{}
	for _, o := range members {
		byName[i18n.Fold(o.Name)] = o.ID
	}
	var rows []struct{ ID, Name string }
	if err := run.DB.Select(run.ctx, &rows, `SELECT id, name FROM directory_organisations ORDER BY id`, nil); err != nil {
		return err
	}
	names := map[string]string{}
	for _, o := range rows {
		byName[i18n.Fold(o.Name)], names[o.ID] = o.ID, o.Name
	}
	ofService, err := run.ownersOf()
	if err != nil {
		return err
	}
	for _, s := range run.Services {
		row := s.Sheet[0]
		id, name := row.named("organisation id"), row.named("organisation")
		if id == "" && row.named("id") != "" && (name == "" || i18n.Fold(names[ofService[row.named("id")]]) == i18n.Fold(name)) {
			id = ofService[row.named("id")]
		}
		if id == "" && name != "" {
			if id = byName[i18n.Fold(name)]; id == "" {
				id = derivedID("organisation", i18n.Fold(name))
			}
		}
		if id == "" {
			run.report.fault(row.where(columnNamed("organisation")), "fault.required")
			continue
		}
		s.OrganizationID = id
		if had := run.owner[id]; had == nil {
			o := &ownerRead{Organization: hsds.Organization{ID: id, Name: name}, At: s.At, Sheet: row, Mod: s.Mod}
			if _, there := names[id]; name == "" && !there {
				run.report.fault(row.where(columnNamed("organisation id")), "directory.io.no_organisation")
			}
			run.owner[id] = o
			run.Owners = append(run.Owners, o)
		} else if name != "" && had.Name != "" && name != had.Name {
			run.report.fault(row.where(columnNamed("organisation")), "directory.io.rows_differ", "row", had.At.Row)
		}
	}
	if run.report.FaultCount > 0 {
		return nil
	}
	known, err := run.servicesNamed()
	if err != nil {
		return err
	}
	for _, s := range run.Services {
		row := s.Sheet[0]
		if s.ID = row.named("id"); s.ID == "" {
			if s.ID = known[s.OrganizationID+" "+i18n.Fold(row.named("name"))]; s.ID == "" {
				s.ID = derivedID("service", s.OrganizationID, i18n.Fold(row.named("name")))
			}
		}
		if first, twice := run.service[s.ID]; twice {
			run.report.fault(row.where(columnNamed("id")), "directory.io.twice", "where", first.At.String())
		}
		run.service[s.ID] = s
		for _, r := range s.Sheet {
			spot := run.spotOf(r, s.OrganizationID)
			if spot == "" || slices.ContainsFunc(s.ServiceAtLocations, func(a hsds.AtLocation) bool { return a.LocationID == spot }) {
				continue
			}
			s.ServiceAtLocations = append(s.ServiceAtLocations, hsds.AtLocation{LocationID: spot})
			if run.location[spot] == nil {
				l := &locationRead{Location: hsds.Location{ID: spot}, Owner: s.OrganizationID, At: r.At, Sheet: r, Mod: modifiedOf(r.named("changed"))}
				if r.named("place id") != "" {
					l.Owner = "" // it may be another's that this service is at
				}
				run.location[spot] = l
				run.Locations = append(run.Locations, l)
			}
		}
	}
	return nil
}

// ownersOf are the organisations of the services whose ids the sheet has.
func (run *importRun) ownersOf() (map[string]string, error) {
	var ids []string
	for _, s := range run.Services {
		if id := s.Sheet[0].named("id"); id != "" {
			ids = append(ids, id)
		}
	}
	m := map[string]string{}
	for chunk := range slices.Chunk(ids, 2*batch) {
		args := db.Args{}
		var rows []struct{ ID, Owner string }
		if err := run.DB.Select(run.ctx, &rows, `SELECT id, organisation_id AS owner FROM directory_services WHERE id IN (`+db.In("id", chunk, args)+`)`, args); err != nil {
			return nil, err
		}
		for _, r := range rows {
			m[r.ID] = r.Owner
		}
	}
	return m, nil
}

// servicesNamed are services of the sheet's organisations here, by organisation and folded name.
func (run *importRun) servicesNamed() (map[string]string, error) {
	m := map[string]string{}
	if !slices.ContainsFunc(run.Services, func(s *serviceRead) bool { return s.Sheet[0].named("id") == "" }) {
		return m, nil
	}
	for chunk := range slices.Chunk(run.Owners, 2*batch) {
		args := db.Args{}
		var ids []string
		for _, o := range chunk {
			ids = append(ids, o.ID)
		}
		var rows []struct{ ID, Owner, Name string }
		if err := run.DB.Select(run.ctx, &rows, `SELECT id, organisation_id AS owner, name FROM directory_services WHERE organisation_id IN (`+db.In("id", ids, args)+`) ORDER BY seq DESC`, args); err != nil {
			return nil, err
		}
		for _, r := range rows {
			m[r.Owner+" "+i18n.Fold(r.Name)] = r.ID
		}
	}
	return m, nil
}
