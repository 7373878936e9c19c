package directory_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"kvart/internal/directory"
	"kvart/internal/hsds"
	"kvart/internal/platform/db"
	"kvart/internal/platform/dbtest"
	"kvart/internal/platform/i18n"
)

// What a line of results says of a service is what the whole service says as it is shown: over the sample, and over services of
// initiatives and at confidential locations, on days before and after a consent ends.
func TestFind_showsOfAServiceWhatIsShownOfTheWhole(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		if seen, _ := linesAreWhole(t, sampled(t, d)); seen < 50 {
			t.Errorf("%d services seen", seen)
		}
	})
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		kitchen, shelter := w.location("Kuhinja", "Tajna ulica 7", 45.8, 15.98, func(l *directory.Location) {
			l.Phones, l.Schedules = []hsds.Phone{{ID: db.NewID(), Number: "01 111"}}, []hsds.Schedule{{ID: db.NewID(), Freq: "WEEKLY", ByDay: "TH", OpensAt: "09:00", ClosesAt: "15:00"}}
		}), w.location("Kuća", "Skrivena 3", 45.81, 15.99)
		neighbours := directory.Organisation{Organization: hsds.Organization{ID: db.NewID(), Name: "Susjedski stol", Phones: []hsds.Phone{{ID: db.NewID(), Number: "091 222"}}},
			Kind: "initiative", Reach: directory.Direct, ReachUntil: "2026-11-28", CentreID: &w.centre}
		w.save(func(tx *db.Tx) error { return w.SaveOrganisation(t.Context(), tx, neighbours, "save", "test") })
		w.service("Zajednički ručak", at(kitchen), at(shelter), func(s *directory.Service) {
			s.OrganizationID, s.Description, s.Phones, s.Email = neighbours.ID, "Kuhamo zajedno.", []hsds.Phone{{ID: db.NewID(), Number: "091 333"}}, "stol@kvart.example"
			s.Contacts = []hsds.Contact{{ID: db.NewID(), Name: "Domaćin", Phones: []hsds.Phone{{ID: db.NewID(), Number: "091 444"}}}}
		})
		w.service("Sklonište", at(shelter), at(kitchen))
		w.save(func(tx *db.Tx) error {
			_, err := w.Flag(t.Context(), tx, shelter, "test")
			return err
		})
		for _, day := range []int{26, 28, 29} {
			w.now = time.Date(2026, 11, day, 12, 0, 0, 0, time.UTC)
			seen, said := linesAreWhole(t, w.Store)
			if seen != 2 {
				t.Fatalf("%d services seen", seen)
			}
			for _, secret := range []string{"Skrivena", "45.81"} {
				if strings.Contains(said, secret) {
					t.Errorf("the %dth: %s is said", day, secret)
				}
			}
			for _, own := range []string{"091 222", "091 333", "091 444"} {
				if strings.Contains(said, own) != (day <= 28) {
					t.Errorf("the %dth, consent to the 28th: %s said: %t", day, own, !(day <= 28))
				}
			}
		}
	})
}

// linesAreWhole compares all of what is found with the whole services, and returns how many there are and what was said of them.
func linesAreWhole(t *testing.T, s *directory.Store) (seen int, said string) {
	t.Helper()
	today, _, err := s.LocalDay(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for page := 1; page <= 10; page++ {
		f, err := s.Find(t.Context(), s.DB, directory.Ask{Lang: i18n.HR, Page: page})
		if err != nil {
			t.Fatal(err)
		}
		for _, h := range f.Hits {
			whole, err := s.Service(t.Context(), s.DB, h.ID)
			if err != nil {
				t.Fatal(err)
			}
			got, want := lineOf(t, h.Service), lineOf(t, whole.Shown(today))
			if got != want {
				t.Errorf("%s:\n%s\nwant\n%s", h.Name, got, want)
			}
			seen, said = seen+1, said+got
		}
	}
	return seen, said
}

func lineOf(t *testing.T, s directory.Service) string {
	t.Helper()
	o := s.Owner
	line := []any{s.ID, s.Seq, s.OrganizationID, s.Name, s.Status, s.Lang, s.Texts, s.Own, s.AssuredDate, s.AssuredBy, s.Phones, s.Schedules, s.CostOptions, s.Contacts,
		o.ID, o.Name, o.Lang, o.Texts, o.Kind, o.Reach, o.ReachUntil, o.CentreID, o.Phones}
	for _, p := range s.Places {
		l := p.At
		line = append(line, p.ID, p.ServiceID, p.LocationID, p.Phones, p.Schedules, l.ID, l.Name, l.LocationType, l.Addresses, l.Phones, l.Schedules, l.City, l.Confidential, l.AreaID, l.Access, l.Latitude, l.Longitude, l.Line())
	}
	b, err := json.Marshal(line)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
