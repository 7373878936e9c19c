package directory_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"kvart/internal/directory"
	"kvart/internal/hsds"
	"kvart/internal/network"
	"kvart/internal/platform/db"
	"kvart/internal/platform/dbtest"
	"kvart/internal/platform/i18n"
)

func TestService_answersInTheOrderInWhichSomebodyAsks(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newSite(t, d)
		where := s.location("Dom", "Ulica 1", 45.8, 15.95, func(l *directory.Location) {
			l.Transportation = "Tramvaj 12 do Ljubljanice."
			l.Access = network.AccessList{{Feature: "lift", State: "no", CheckedOn: "2026-10-01"}}
		})
		low, free, all, cents := 65.0, 2.0, 10.0, 3.5
		two := 2.0
		id := s.service("Pomoć u kući", at(where), of(s.home), func(x *directory.Service) {
			x.SetText("description", i18n.Text{i18n.HR: "Nosimo namirnice.", i18n.EN: "We carry your shopping."})
			x.MinimumAge, x.EligibilityDescription = &low, "Za one koji žive sami."
			x.Own = directory.Own{Cost: "depends", First: directory.FirstVisit{Meets: "dežurna osoba", Name: "any", Card: "no", Written: "Ništa.", Along: "yes"}}
			x.Phones = []hsds.Phone{{ID: db.NewID(), Number: "01 000 0002", Description: "javlja se dežurna osoba"}}
			x.Languages = []hsds.Language{{ID: db.NewID(), Code: "uk"}}
			x.CostOptions = []hsds.Cost{{ID: db.NewID(), Option: "po satu", Amount: &cents, Currency: "EUR"}}
			x.RequiredDocuments = []hsds.Document{{ID: db.NewID(), Document: "liječnička potvrda"}}
			x.ApplicationProcess, x.WaitTime = "Nazovite.", "Do tjedan dana."
			x.Capacities = []hsds.Capacity{{ID: db.NewID(), Available: &free, Maximum: &all, Updated: "2026-11-20T10:00:00Z", Unit: &hsds.Unit{ID: db.NewID(), Name: "mjesta"}}}
			x.URL, x.AdditionalURLs = "https://kvart.example/pomoc", []hsds.URL{{ID: db.NewID(), URL: "javascript:alert(1)", Label: "ne"}}
			x.Schedules = []hsds.Schedule{
				{ID: db.NewID(), Freq: "WEEKLY", ByDay: "MO,TU,WE,TH", OpensAt: "09:00", ClosesAt: "17:00"},
				{ID: db.NewID(), Freq: "WEEKLY", ByDay: "FR", OpensAt: "09:00", ClosesAt: "12:00"},
				{ID: db.NewID(), Freq: "MONTHLY", ByDay: "1SA", OpensAt: "10:00", ClosesAt: "12:00"},
				{ID: db.NewID(), Freq: "WEEKLY", ByDay: "SU", Interval: &two, DTStart: "2026-11-22", OpensAt: "10:00", ClosesAt: "11:00"},
				{ID: db.NewID(), Freq: "WEEKLY", ByDay: "SU", ValidTo: "2026-01-01", OpensAt: "06:00", ClosesAt: "07:00"},
			}
		})
		doc := s.page("/hr/services/"+id, http.StatusOK)
		got := words(doc, "main")
		last := 0
		for _, want := range []string{"Pomoć u kući", "Udruga Susjedi", "Otvoreno do 17.00", "01 000 0002", "Nosimo namirnice.", "Od 65 godina naviše", "Za one koji žive sami.", "ukrajinski",
			"ponedjeljak – četvrtak 9.00–17.00", "petak 9.00–12.00", "svaka prva subota u mjesecu 10.00–12.00", "nedjelja (svaka 2 tjedna) 10.00–11.00",
			"Ulica 1, 10000 Zagreb", "Tramvaj 12", "Dizalo", "Provjereno 1. 10. 2026.", "Cijena ovisi", "po satu: 3,50 €", "dežurna osoba", "Pitaju kako da vas zovu", "Osobna iskaznica ne treba.", "Ništa.",
			"Možete doći s kim želite.", "liječnička potvrda", "Do tjedan dana.", "Slobodno 2 od 10 (mjesta)", "kvart.example/pomoc", "potvrdila je sama organizacija 1. 11. 2026."} {
			i := strings.Index(got[last:], want)
			if i < 0 {
				t.Fatalf("after %.60q there is no %q:\n%s", got[max(0, last-60):last], want, got)
			}
			last += i
		}
		if strings.Contains(got, "6.00–7.00") || doc.Find("a[href^='javascript']").Length() != 0 {
			t.Error("hours that have ended, or an address that is none, are on the page")
		}
		if doc.Find("main a[href='tel:010000002']").Length() != 1 || doc.Find("a[href='/hr/services/"+id+"/suggest']").Length() != 1 {
			t.Error("no link to call, or to say what is wrong")
		}
		if words(doc, "title") != "Pomoć u kući – Mreža" {
			t.Errorf("title %q", words(doc, "title"))
		}
		if got := words(s.page("/en/services/"+id, http.StatusOK), "main"); !strings.Contains(got, "We carry your shopping.") {
			t.Error("not in English")
		}
		if resp, _ := s.raw("/services/" + id); resp.StatusCode != http.StatusFound {
			t.Errorf("its permanent address answers %d", resp.StatusCode)
		}
		s.now = time.Date(2026, 12, 23, 9, 0, 0, 0, time.UTC)
		if got := words(s.page("/hr/services/"+id, http.StatusOK), "main"); !strings.Contains(got, "Praznik: petak, 25. prosinca (Božić). Nazovite prije dolaska.") {
			t.Errorf("before Christmas: %s", got)
		}
	})
}

func TestService_initiativeIsReachedThroughItsCentre(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newSite(t, d)
		where := s.location("Park", "Ulica 2", 45.8, 15.95, func(l *directory.Location) { l.Phones = []hsds.Phone{{ID: db.NewID(), Number: "091 000 003"}} })
		id := s.service("Šetnje", at(where), func(x *directory.Service) {
			x.OrganizationID, x.Email, x.URL = s.initiative, "mi@kvart.example", "https://mi.kvart.example"
			x.Phones = []hsds.Phone{{ID: db.NewID(), Number: "091 000 001"}}
			x.Contacts = []hsds.Contact{{ID: db.NewID(), Name: "Ona", Phones: []hsds.Phone{{ID: db.NewID(), Number: "091 000 002"}}}}
		})
		for _, path := range []string{"/hr/services/" + id, "/hr/services?q=setnje", "/hr/services/print?s=" + id} {
			_, body := s.raw(path)
			for _, secret := range []string{"091 000", "091000", "mi@kvart", "mi.kvart", "Ona"} {
				if strings.Contains(string(body), secret) {
					t.Errorf("%s says %q", path, secret)
				}
			}
			if !strings.Contains(string(body), "01 000 0001") {
				t.Errorf("%s does not say the centre's number", path)
			}
		}
	})
}

func TestService_shelterHasItsCityItsNumberAndAQuietTitle(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newSite(t, d)
		shelter := db.NewID()
		s.save(func(tx *db.Tx) error {
			return s.SaveLocation(t.Context(), tx, directory.Location{Location: hsds.Location{ID: shelter}, City: "Zagreb", Confidential: true, AreaID: &s.north}, "save", "test")
		})
		open := s.location("Ured", "Ulica 9", 45.8, 15.95)
		id := s.service("Sigurna kuća", at(shelter), at(open), func(x *directory.Service) { x.Phones = []hsds.Phone{{ID: db.NewID(), Number: "01 000 0009"}} })
		doc := s.page("/hr/services/"+id, http.StatusOK)
		got := words(doc, "main")
		if !strings.Contains(got, "Adresu ne objavljujemo") || !strings.Contains(got, "01 000 0009") || doc.Find(".map").Length() != 0 {
			t.Errorf("page %s", got)
		}
		if words(doc, "title") != "Karta pomoći – Mreža" || doc.Find("meta[name=robots]").Length() != 1 {
			t.Errorf("title %q", words(doc, "title"))
		}
		// So has what is in the group whose code is Quiet, or below it.
		s.save(func(tx *db.Tx) error {
			return s.SaveTerm(t.Context(), tx, directory.Term{ID: s.legal, Version: 1, TaxonomyID: s.groups, Code: directory.Quiet, Name: i18n.Text{i18n.HR: "Podrška"}}, "test")
		})
		id = s.service("Razgovor", of(s.advice))
		if got := words(s.page("/hr/services/"+id, http.StatusOK), "title"); got != "Karta pomoći – Mreža" {
			t.Errorf("title %q", got)
		}
	})
}

func TestService_whatIsNotThereLeadsOn(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newSite(t, d)
		ended := s.service("Bilo jednom", func(x *directory.Service) { x.Status = "defunct" })
		for _, id := range []string{ended, db.NewID(), "garbage", "%27", strings.Repeat("a", 3000), "00000000-0000-0000-0000-000000000000"} {
			doc := s.page("/hr/services/"+id, http.StatusNotFound)
			if doc.Find("main a[href='/hr/map']").Length() != 1 || strings.Contains(words(doc, "main"), "Bilo jednom") {
				t.Errorf("%.40s: %q", id, words(doc, "main"))
			}
		}
	})
}

// kitchen is a location of the initiative, which is reached through its centre, and a service of it there.
func (w *town) kitchen(lat, lon float64, postcode string) (service, location string) {
	w.t.Helper()
	location = w.location("Kuhinja", "Tajna 5", lat, lon, func(l *directory.Location) {
		l.OwnerID, l.Addresses[0].PostalCode = w.initiative, postcode
	})
	return w.service("Šetnje", at(location), func(s *directory.Service) { s.OrganizationID = w.initiative }), location
}

// An initiative may meet in somebody's kitchen: its page draws no pin where that is.
func TestService_anInitiativesPlaceIsNotDrawn(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newSite(t, d)
		id, _ := s.kitchen(45.81, 15.97, "10000")
		doc := s.page("/hr/services/"+id, http.StatusOK)
		if doc.Find(".map").Length() != 0 {
			t.Error("its page has a map")
		}
		own := s.location("Ured", "Ulica 9", 45.8, 15.95)
		if s.page("/hr/services/"+s.service("Savjet", at(own)), http.StatusOK).Find(".map").Length() != 1 {
			t.Error("a public place is not drawn")
		}
	})
}
