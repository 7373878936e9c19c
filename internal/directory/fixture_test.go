package directory_test

import (
	"strings"
	"testing"
	"time"

	"kvart/internal/directory"
	"kvart/internal/hsds"
	"kvart/internal/network"
	"kvart/internal/platform/auth"
	"kvart/internal/platform/db"
	"kvart/internal/platform/i18n"
)

// thursday is noon, UTC.
var thursday = time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)

// outline is a square around the middle of Zagreb.
const outline = `{"type":"Polygon","coordinates":[[[15.9,45.7],[16.1,45.7],[16.1,45.9],[15.9,45.9],[15.9,45.7]]]}`

// town is a city with two districts and a centre, an association of the network and an initiative beside it.
type town struct {
	*directory.Store
	t                           testing.TB
	now                         time.Time
	city, north, south          string // areas
	centre                      string
	association, initiative     string // organisations of the directory; the first is one of the network too
	groups                      string // taxonomy
	elders, legal, home, advice string // terms: two groups, and a narrower term of each
}

func newTown(t testing.TB, d *db.DB) *town {
	t.Helper()
	w := &town{t: t, now: thursday, city: db.NewID(), north: db.NewID(), south: db.NewID(), centre: db.NewID(), association: db.NewID(), initiative: db.NewID(),
		groups: db.NewID(), elders: db.NewID(), legal: db.NewID(), home: db.NewID(), advice: db.NewID()}
	now := func() time.Time { return w.now }
	accounts := auth.NewStore(d, now, auth.Secrets{Pepper: []byte(strings.Repeat("p", 32))}, "https://kvart.test")
	w.Store = &directory.Store{DB: d, Now: now, Network: &network.Store{DB: d, Now: now, Auth: accounts}, PublicURL: "https://kvart.test", Secret: []byte(strings.Repeat("s", 32))}
	w.must(d.Tx(t.Context(), func(tx *db.Tx) error {
		exec := func(sql string, args db.Args) {
			t.Helper()
			if _, err := tx.Exec(t.Context(), sql, args); err != nil {
				t.Fatal(sql, err)
			}
		}
		exec(`INSERT INTO networks (id, name, zone) VALUES (:id, :n, 'Europe/Zagreb')`, db.Args{"id": db.NewID(), "n": i18n.Text{i18n.HR: "Mreža"}})
		exec(`INSERT INTO areas (id, slug, kind, name, outline) VALUES (:id, 'grad', 'city', :n, :o)`, db.Args{"id": w.city, "n": i18n.Text{i18n.HR: "Grad"}, "o": outline})
		for slug, id := range map[string]string{"sjever": w.north, "jug": w.south} {
			exec(`INSERT INTO areas (id, slug, kind, name, parent_id) VALUES (:id, :s, 'district', :n, :p)`, db.Args{"id": id, "s": slug, "n": i18n.Text{i18n.HR: slug}, "p": w.city})
		}
		exec(`INSERT INTO organisations (id, slug, kind, name) VALUES (:id, 'udruga', 'cso', 'Udruga Susjedi')`, db.Args{"id": w.association})
		exec(`INSERT INTO centres (id, slug, number, colour, organisation_id, area_id, name, zone, phone) VALUES (:id, 'centar', 1, 1, :o, :a, 'Centar', 'Europe/Zagreb', '01 000 0001')`,
			db.Args{"id": w.centre, "o": w.association, "a": w.north})
		return nil
	}))
	w.save(func(tx *db.Tx) error {
		w.must(w.SaveTaxonomy(t.Context(), tx, directory.Taxonomy{ID: w.groups, Name: i18n.Text{i18n.HR: "Skupine"}, Groups: true}, "test"))
		for i, one := range []directory.Term{{ID: w.elders, Name: i18n.Text{i18n.HR: "Starije osobe", i18n.EN: "Older people"}}, {ID: w.legal, Name: i18n.Text{i18n.HR: "Pravna pomoć", i18n.EN: "Legal aid"}},
			{ID: w.home, ParentID: &w.elders, Name: i18n.Text{i18n.HR: "Pomoć u kući"}}, {ID: w.advice, ParentID: &w.legal, Name: i18n.Text{i18n.HR: "Savjetovanje"}}} {
			one.TaxonomyID, one.Position = w.groups, i
			w.must(w.SaveTerm(t.Context(), tx, one, "test"))
		}
		w.must(w.SaveOrganisation(t.Context(), tx, directory.Organisation{Organization: hsds.Organization{ID: w.association, Name: "Udruga Susjedi", Description: "Pomažemo u kvartu."},
			Kind: "cso", AskEmail: "ured@kvart.example"}, "save", "test"))
		return w.SaveOrganisation(t.Context(), tx, directory.Organisation{Organization: hsds.Organization{ID: w.initiative, Name: "Susjedi za susjede", Description: "Pomažemo si.",
			Phones: []hsds.Phone{{ID: db.NewID(), Number: "091 000 000"}}}, Kind: "initiative", Reach: directory.Centre, CentreID: &w.centre}, "save", "test")
	})
	return w
}

func (w *town) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *town) save(f func(tx *db.Tx) error) {
	w.t.Helper()
	w.must(w.DB.Tx(w.t.Context(), f))
}

// location saves one of the association at the degrees and returns its id.
func (w *town) location(name, street string, lat, lon float64, change ...func(*directory.Location)) string {
	w.t.Helper()
	l := directory.Location{Location: hsds.Location{ID: db.NewID(), LocationType: "physical", Name: name, Latitude: &lat, Longitude: &lon,
		Addresses: []hsds.Address{{ID: db.NewID(), Address1: street, City: "Zagreb", PostalCode: "10000", Country: "HR", AddressType: "physical"}}}, OwnerID: w.association, AreaID: &w.north}
	for _, f := range change {
		f(&l)
	}
	w.save(func(tx *db.Tx) error { return w.SaveLocation(w.t.Context(), tx, l, "save", "test") })
	return l.ID
}

// service saves one of the association and returns its id.
func (w *town) service(name string, change ...func(*directory.Service)) string {
	w.t.Helper()
	s := directory.Service{Service: hsds.Service{ID: db.NewID(), OrganizationID: w.association, Name: name, Status: "active", AssuredDate: "2026-11-01"}, AssuredBy: "organisation"}
	for _, f := range change {
		f(&s)
	}
	w.save(func(tx *db.Tx) error { return w.SaveService(w.t.Context(), tx, s, "save", "test") })
	return s.ID
}

// at gives the service at the location.
func at(location string) func(*directory.Service) {
	return func(s *directory.Service) {
		s.Places = append(s.Places, directory.Place{AtLocation: hsds.AtLocation{LocationID: location}})
	}
}

// of gives the service the term.
func of(term string) func(*directory.Service) {
	return func(s *directory.Service) {
		s.Attributes = append(s.Attributes, hsds.Attribute{ID: db.NewID(), LinkID: s.ID, LinkEntity: "service", TaxonomyTermID: term})
	}
}
