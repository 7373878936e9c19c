package directory_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"kvart/internal/directory"
	"kvart/internal/hsds"
	"kvart/internal/platform/db"
	"kvart/internal/platform/dbtest"
	"kvart/internal/platform/i18n"
	"kvart/locales"
)

// answer is what the API said.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// ask sends a request; with a body it is a POST of that type.
func ask(t *testing.T, url string, body ...string) answer {
	t.Helper()
	method, content, kind := http.MethodGet, "", ""
	if len(body) == 2 {
		method, kind, content = http.MethodPost, body[0], body[1]
	}
	r, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	if kind != "" {
		r.Header.Set("Content-Type", kind)
	}
	return do(t, r)
}

func do(t *testing.T, r *http.Request) answer {
	t.Helper()
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{resp.StatusCode, resp.Header, b}
}

func (a answer) into(t *testing.T, v any) {
	t.Helper()
	if a.status != http.StatusOK {
		t.Fatalf("%d %s", a.status, a.body)
	}
	if err := json.Unmarshal(a.body, v); err != nil {
		t.Fatalf("%v in %s", err, a.body)
	}
}

// names are those of what a list has, in its order.
func (a answer) names(t *testing.T) []string {
	t.Helper()
	var p struct {
		Total    int `json:"total_items"`
		Contents []struct {
			Name    string
			Service struct{ Name string }
		}
	}
	a.into(t, &p)
	list := []string{}
	for _, c := range p.Contents {
		list = append(list, c.Name+c.Service.Name)
	}
	if p.Total != len(list) {
		t.Errorf("total_items %d of %v", p.Total, list)
	}
	return list
}

func TestAPI_filtersAllHoldAtOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		near, far := w.location("Dom", "Ulica 1", 45.80, 15.95), w.location("Klub", "Ulica 2", 45.88, 16.09, func(l *directory.Location) { l.Addresses[0].PostalCode = "10360" })
		w.service("Stara", at(near), of(w.home))
		w.service("Ukinuta", at(near), of(w.home), func(s *directory.Service) { s.Status = "defunct" })
		w.now = thursday.AddDate(0, 0, 1)
		w.service("Nova", at(near), at(far), of(w.home))
		w.service("Pravna", at(far), of(w.advice))
		w.service("Od inicijative", of(w.home), func(s *directory.Service) { s.OrganizationID = w.initiative })
		root := w.api()
		for _, c := range []struct{ list, query, want string }{
			{"services", "", "Stara Nova Pravna Od inicijative"},
			{"services", "taxonomy_term_id=" + w.elders, "Stara Nova Od inicijative"},
			{"services", "taxonomy_term_id=" + strings.ToUpper(w.elders), "Stara Nova Od inicijative"},
			{"services", "taxonomy_term_id=" + w.elders + "&organization_id=" + w.association, "Stara Nova"},
			{"services", "taxonomy_term_id=" + w.elders + "&organization_id=" + w.association + "&modified_after=2026-11-27", "Nova"},
			{"services", "taxonomy_term_id=" + w.elders + "&modified_after=2026-11-27T12:00:00%2B00:00", "Nova Od inicijative"},
			{"services", "taxonomy_term_id=" + w.elders + "&modified_after=2026-11-27T12:00:00.5Z", ""},
			{"services", "taxonomy_id=" + w.groups, "Stara Nova Pravna Od inicijative"},
			{"services", "taxonomy_id=" + db.NewID(), ""},
			{"services", "taxonomy_term_id=" + db.NewID(), ""},
			{"services", "postcode=10360", "Nova Pravna"},
			{"services", "postcode=10360&taxonomy_term_id=" + w.legal, "Pravna"},
			{"services", "postcode=10000&proximity=500&organization_id=" + w.association, "Stara Nova"},
			{"services", "postcode=10000&proximity=50000", "Stara Nova Pravna"},
			{"services", "postcode=99999&proximity=50000", ""},
			{"services", "search=&organization_id=", "Stara Nova Pravna Od inicijative"},
			{"service_at_locations", "", "Stara Nova Nova Pravna"},
			{"service_at_locations", "postcode=10360", "Nova Pravna"},
			{"service_at_locations", "postcode=10360&taxonomy_term_id=" + w.home, "Nova"},
			{"organizations", "taxonomy_term_id=" + w.legal, "Udruga Susjedi"},
			{"organizations", "taxonomy_term_id=" + w.elders, "Udruga Susjedi Susjedi za susjede"},
			{"organizations", "taxonomy_id=" + w.groups + "&modified_after=2027-01-01", ""},
			{"taxonomy_terms", "top_only=true", "Starije osobe Pravna pomoć"},
			{"taxonomy_terms", "parent_id=" + w.legal, "Savjetovanje"},
			{"taxonomy_terms", "parent_id=" + w.legal + "&top_only=true", ""},
			{"taxonomy_terms", "search=pravna+POMOC&taxonomy_id=" + w.groups, "Pravna pomoć"},
			{"taxonomy_terms", "search=legal", "Pravna pomoć"},
			{"taxonomy_terms", "search=%2A%2A", ""},
			{"taxonomies", "search=skup", "Skupine"},
		} {
			got := ask(t, root+c.list+"?"+c.query).names(t)
			if s := strings.Join(got, " "); s != c.want && (c.list != "organizations" || len(s) != len(c.want)) {
				t.Errorf("%s?%s: %q, want %q", c.list, c.query, s, c.want)
			}
			if posted := ask(t, root+c.list, "application/x-www-form-urlencoded", c.query).names(t); !slices.Equal(posted, got) {
				t.Errorf("%s by POST: %q, want %q", c.list, posted, got)
			}
			lines := ask(t, root+c.list+"?format=ndjson&"+c.query)
			if n := bytes.Count(lines.body, []byte("\n")); lines.status != http.StatusOK || n != len(got) || lines.header.Get("Content-Type") != "application/x-ndjson" {
				t.Errorf("%s?%s as lines: %d, %d lines of %d", c.list, c.query, lines.status, n, len(got))
			}
		}
		if got := ask(t, root+"services", "application/json", `{"postcode":"10360","full":true,"per_page":1,"page":2}`); !strings.Contains(string(got.body), `"name":"Pravna"`) || !strings.Contains(string(got.body), `"total_items":2`) {
			t.Errorf("by JSON: %s", got.body)
		}
	})
}

// TestAPI_whatCannotBeAskedIsNamed: each mistake is told as JSON with the name of what was wrong, and never with its value.
func TestAPI_whatCannotBeAskedIsNamed(t *testing.T) {
	w := newTown(t, dbtest.SQLite(t))
	w.service("Usluga")
	root := w.api()
	for _, c := range []struct {
		query, location string
	}{
		{"services?page=-1", "query.page"}, {"services?page=0", "query.page"}, {"services?page=x", "query.page"}, {"services?page=99999999999999999999", "query.page"},
		{"services?per_page=1000000000", "query.per_page"}, {"services?per_page=1001", "query.per_page"}, {"services?per_page=0", "query.per_page"},
		{"services?pages=2", "query.pages"}, {"services?top_only=true", "query.top_only"}, {"taxonomies?full=true", "query.full"}, {"services?" + strings.Repeat("a", 300) + "=1", "query." + strings.Repeat("a", 40) + "…"},
		{"services?organization_id=tajna", "query.organization_id"}, {"services?taxonomy_id=1;DROP", ""}, {"services?taxonomy_term_id=%27", "query.taxonomy_term_id"},
		{"services?modified_after=jučer", "query.modified_after"}, {"services?modified_after=2026-13-01", "query.modified_after"}, {"services?modified_after=0001-01-01", "query.modified_after"},
		{"services?full=1", "query.full"}, {"services?minimal=maybe", "query.minimal"}, {"services?format=xml", "query.format"},
		{"services?page=1&page=2", "query.page"}, {"services?proximity=10", "query.proximity"}, {"services?postcode=10000&proximity=-5", "query.proximity"},
		{"services?postcode=" + strings.Repeat("1", 21), "query.postcode"}, {"taxonomies?search=" + strings.Repeat("a", 10_000), "query.search"}, {"taxonomies?search=%ff", "query.search"}, {"taxonomies?search=%00", "query.search"},
		{"services?page=%zz", ""}, {"services/abc", "path.id"}, {"services/" + db.NewID() + "?full=true", "query.full"}, {"organizations/" + db.NewID() + "?full_service=ja", "query.full_service"},
	} {
		got := ask(t, root+c.query)
		var p struct {
			Title, Detail string
			Status        int
			Errors        []struct{ Location, Message string }
		}
		if err := json.Unmarshal(got.body, &p); err != nil || got.status != http.StatusBadRequest || p.Status != got.status || p.Detail == "" || got.header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("%.80s: %d %s", c.query, got.status, got.body)
			continue
		}
		if c.location != "" && (len(p.Errors) != 1 || p.Errors[0].Location != c.location || p.Errors[0].Message == "") {
			t.Errorf("%.80s: %s", c.query, got.body)
		}
		if got.header.Get("Access-Control-Allow-Origin") != "*" || strings.Contains(string(got.body), "tajna") {
			t.Errorf("%.80s: %v %s", c.query, got.header, got.body)
		}
	}
	for _, c := range []struct {
		kind, body string
		status     int
	}{
		{"application/json", `{"page":null}`, 400}, {"application/json", `{"page":[1]}`, 400}, {"application/json", `{"page":1.5}`, 400}, {"application/json", `[]`, 400}, {"application/json", `null`, 400},
		{"application/json", `{} {}`, 400}, {"application/json", `{"pages":1}`, 400}, {"application/json", "\xff", 400}, {"text/plain", "page=1", 415}, {"application/json", strings.Repeat(" ", 70_000), 413},
		{"application/x-www-form-urlencoded", "page=%zz", 400}, {"application/x-www-form-urlencoded", "x=1", 400},
	} {
		if got := ask(t, root+"services", c.kind, c.body); got.status != c.status || !json.Valid(got.body) {
			t.Errorf("%.30q as %s: %d %s", c.body, c.kind, got.status, got.body)
		}
	}
	if got := ask(t, root+"services?page=1", "application/x-www-form-urlencoded", "page=1"); got.status != http.StatusBadRequest {
		t.Errorf("the same in address and body: %d", got.status)
	}
	for _, path := range []string{"x", "services/", "services/" + db.NewID(), "organizations/" + db.NewID(), "service_at_locations/" + db.NewID(), "taxonomies/" + db.NewID(), "taxonomy_terms/" + db.NewID(), "profile/..%2f..%2fapi.go", "profile/x", "base/profile/"} {
		if got := ask(t, root+path); got.status != http.StatusNotFound || !json.Valid(got.body) {
			t.Errorf("%s: %d %s", path, got.status, got.body)
		}
	}
	for method, path := range map[string]string{"DELETE": "services", "PUT": "services/" + db.NewID(), "POST": "services/" + db.NewID(), "PATCH": ""} {
		r, _ := http.NewRequestWithContext(t.Context(), method, root+path, nil)
		if got := do(t, r); got.status != http.StatusMethodNotAllowed || got.header.Get("Allow") == "" || !json.Valid(got.body) {
			t.Errorf("%s %s: %d %s", method, path, got.status, got.body)
		}
	}
	if got := ask(t, root+"services?page=1000000000&per_page=1000"); got.status != http.StatusOK || !strings.Contains(string(got.body), `"empty":true,"contents":[]`) {
		t.Errorf("a page far behind the last: %d %s", got.status, got.body)
	}
}

// TestAPI_aConfidentialAddressIsNowhere: whatever is asked, nothing of the location but its city and its service's telephone.
func TestAPI_aConfidentialAddressIsNowhere(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		where := db.NewID()
		w.save(func(tx *db.Tx) error {
			return w.SaveLocation(t.Context(), tx, directory.Location{Location: hsds.Location{ID: where}, OwnerID: w.association, City: "Zagreb", Confidential: true}, "save", "test")
		})
		id := w.service("Sklonište", at(where), func(s *directory.Service) {
			s.Phones = []hsds.Phone{{Number: "01 000 0009"}}
			s.Places[0].Description = "TAJNA ulica"
			s.Places[0].Contacts = []hsds.Contact{{Name: "TAJNA osoba"}}
			s.Places[0].Schedules = []hsds.Schedule{{Notes: "TAJNA vrata"}}
			s.Places[0].Phones = []hsds.Phone{{Number: "01 000 0010"}}
		})
		root := w.api()
		for _, base := range []string{"", "base/"} {
			for _, path := range []string{"services?full=true", "services/" + id, "organizations?full=true&full_service=true", "organizations/" + w.association, "organizations/" + w.association + "?full_service=true",
				"service_at_locations", "service_at_locations?full=true", "services?format=ndjson&full=true", "services", "service_at_locations?format=ndjson&full=true"} {
				got := ask(t, root+base+path)
				if got.status != http.StatusOK || bytes.Contains(got.body, []byte("TAJNA")) || bytes.Contains(got.body, []byte("addresses")) || bytes.Contains(got.body, []byte("latitude")) {
					t.Errorf("%s%s: %d %s", base, path, got.status, got.body)
				}
			}
		}
		var s hsds.Service
		ask(t, root+"services/"+id).into(t, &s)
		if l := s.ServiceAtLocations[0].Location; l.Name != "Zagreb" || s.Phones[0].Number != "01 000 0009" || s.ServiceAtLocations[0].Phones[0].Number != "01 000 0010" {
			t.Errorf("got %+v", s)
		}
		for _, q := range []string{"postcode=10000", "postcode=10000&proximity=100000"} {
			if got := ask(t, root+"service_at_locations?"+q).names(t); len(got) > 0 {
				t.Errorf("%s finds %v", q, got)
			}
		}
	})
}

// TestAPI_anInitiativeReachedThroughItsCentreHasNothingOfItsOwn: neither in its services nor with its locations, and where it
// is cannot be read.
func TestAPI_anInitiativeReachedThroughItsCentreHasNothingOfItsOwn(t *testing.T) {
	w := newTown(t, dbtest.SQLite(t))
	reach := func(l *directory.Location) {
		l.OwnerID, l.URL = w.initiative, "https://osobno.example"
		l.Phones, l.Contacts = []hsds.Phone{{Number: "091 111 111"}}, []hsds.Contact{{Name: "Osobno Ime"}}
		l.Addresses[0].Attention = "Osobno Ime"
		l.Schedules = []hsds.Schedule{{ScheduleLink: "https://osobno.example/s", Notes: "utorkom"}}
	}
	where := w.location("Podrum", "Ulica 3", 45.8, 15.96, reach)
	id := w.service("Šivanje", at(where), func(s *directory.Service) {
		s.OrganizationID, s.Email, s.URL, s.Phones = w.initiative, "osobno@kvart.example", "https://osobno.example", []hsds.Phone{{Number: "091 111 111"}}
		s.Schedules = []hsds.Schedule{{ScheduleLink: "https://osobno.example/s"}}
		s.Places[0].Phones = []hsds.Phone{{Number: "091 111 111"}}
	})
	root := w.api()
	for _, path := range []string{"services?full=true", "services/" + id, "organizations?full=true&full_service=true", "organizations/" + w.initiative, "service_at_locations?full=true", "service_at_locations", "base/organizations/" + w.initiative} {
		got := ask(t, root+path)
		low := bytes.ToLower(got.body)
		if got.status != http.StatusOK || bytes.Contains(low, []byte("osobno")) || bytes.Contains(low, []byte("ulica 3")) || bytes.Contains(low, []byte("podrum")) || bytes.Contains(low, []byte(where)) || bytes.Contains(low, []byte("091")) || bytes.Contains(low, []byte("ured@kvart")) {
			t.Errorf("%s: %d %s", path, got.status, got.body)
		}
	}
	if got := ask(t, root+"services/"+id); !bytes.Contains(got.body, []byte("Zagreb")) {
		t.Error("in which city it is cannot be read")
	}
}

// TestAPI_tellsWhoKeepsACopy: what has ended is gone, and a change of a location or an organisation is one of its services.
func TestAPI_tellsWhoKeepsACopy(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		where := w.location("Dom", "Ulica 1", 45.8, 15.95)
		id := w.service("Usluga", at(where))
		ended := w.service("Ukinuta", at(where), func(s *directory.Service) { s.Status = "defunct" })
		hidden := w.service("Skica", func(s *directory.Service) { s.Status = "inactive" })
		root := w.api()
		for _, gone := range []string{ended, hidden} {
			if got := ask(t, root+"services/"+gone); got.status != http.StatusNotFound {
				t.Errorf("what has ended: %d %s", got.status, got.body)
			}
		}
		one, err := w.Service(t.Context(), d, ended)
		w.must(err)
		if got := ask(t, root+"service_at_locations/"+one.Places[0].ID); got.status != http.StatusNotFound {
			t.Errorf("where it was: %d", got.status)
		}
		w.now = thursday.AddDate(0, 0, 1)
		l, err := w.Location(t.Context(), d, where)
		w.must(err)
		w.save(func(tx *db.Tx) error { return w.SaveLocation(t.Context(), tx, l, "save", "test") })
		got := ask(t, root+"services?minimal=true&modified_after=2026-11-27")
		if want := `"contents":[{"id":"` + id + `","last_modified":"2026-11-27T12:00:00Z"}]`; !strings.Contains(string(got.body), want) {
			t.Errorf("its location changed: %s", got.body)
		}
		w.now = thursday.AddDate(0, 0, 2)
		o, err := w.Organisation(t.Context(), d, w.association)
		w.must(err)
		w.save(func(tx *db.Tx) error { return w.SaveOrganisation(t.Context(), tx, o, "save", "test") })
		if got := ask(t, root+"services?modified_after=2026-11-28").names(t); len(got) != 1 {
			t.Errorf("its organisation changed: %v", got)
		}
		// Neither does anybody have to change anything where a consent ends by its date.
		of, err := w.Organisation(t.Context(), d, w.initiative)
		w.must(err)
		of.Reach, of.ReachUntil, of.Email = directory.Direct, "2026-12-31", "osobno@kvart.example"
		w.save(func(tx *db.Tx) error { return w.SaveOrganisation(t.Context(), tx, of, "save", "test") })
		w.service("Inicijativa", func(s *directory.Service) { s.OrganizationID = w.initiative })
		if got := ask(t, root+"services?modified_after=2026-12-30").names(t); len(got) != 0 {
			t.Errorf("while it may be reached: %v", got)
		}
		w.now = time.Date(2027, 1, 1, 12, 0, 0, 0, time.UTC)
		if got := ask(t, root+"services?modified_after=2026-12-30"); bytes.Contains(got.body, []byte("osobno")) || !bytes.Contains(got.body, []byte(`"last_modified":"2027-01-01T00:00:00Z"`)) {
			t.Errorf("when its consent has ended: %s", got.body)
		}
		if got := ask(t, root+"organizations?modified_after=2026-12-30").names(t); len(got) != 1 {
			t.Errorf("the organisation: %v", got)
		}
	})
}

func TestAPI_isReadFromAnyPageAndNotTwice(t *testing.T) {
	w := newTown(t, dbtest.SQLite(t))
	id := w.service("Usluga <3")
	root := w.api()
	first := ask(t, root+"services/"+id)
	tag := first.header.Get("ETag")
	if tag == "" || first.header.Get("Cache-Control") != "public, no-cache" || first.header.Get("Access-Control-Allow-Origin") != "*" || first.header.Get("Set-Cookie") != "" ||
		first.header.Get("Content-Type") != "application/json" || !strings.Contains(string(first.body), "Usluga <3") {
		t.Errorf("%v %s", first.header, first.body)
	}
	for given, want := range map[string]int{tag: 304, `"x", W/` + tag: 304, "*": 304, `"x"`: 200} {
		r, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, root+"services/"+id, nil)
		r.Header.Set("If-None-Match", given)
		if got := do(t, r); got.status != want || want == 304 && (len(got.body) > 0 || got.header.Get("ETag") != tag) {
			t.Errorf("%s: %d %s", given, got.status, got.body)
		}
	}
	r, _ := http.NewRequestWithContext(t.Context(), http.MethodOptions, root+"services", nil)
	if got := do(t, r); got.status != http.StatusNoContent || got.header.Get("Access-Control-Allow-Methods") != "GET, HEAD, POST" || !strings.Contains(got.header.Get("Access-Control-Allow-Headers"), "Content-Type") {
		t.Errorf("OPTIONS: %d %v", got.status, got.header)
	}
	for _, path := range []string{"services", "services?format=ndjson"} {
		r, _ = http.NewRequestWithContext(t.Context(), http.MethodHead, root+path, nil)
		if got := do(t, r); got.status != http.StatusOK || len(got.body) > 0 {
			t.Errorf("HEAD %s: %d %s", path, got.status, got.body)
		}
	}
	if got := ask(t, root+"services", "application/x-www-form-urlencoded", ""); got.header.Get("Cache-Control") != "no-store" || got.status != http.StatusOK {
		t.Errorf("POST: %v", got.header)
	}
}

// found stands for search: it finds in the order in which it is told, what the filter chooses too.
func (w *town) found(ids []string, asked *[]string) func(*directory.API) {
	return func(a *directory.API) {
		a.FindIDs = func(ctx context.Context, words string, f directory.Filter, offset, limit int) ([]string, int, error) {
			*asked = append(*asked, words)
			if !f.Listed || words == "fail" {
				return nil, 0, fmt.Errorf("broken for %q", words)
			}
			chosen, err := w.List(ctx, w.DB, f, 0, 10_000)
			if err != nil {
				return nil, 0, err
			}
			var list []string
			for _, id := range ids {
				if slices.ContainsFunc(chosen, func(s directory.Service) bool { return s.ID == id }) {
					list = append(list, id)
				}
			}
			from := min(offset, len(list))
			return list[from:min(from+limit, len(list))], len(list), nil
		}
	}
}

// TestAPI_whatIsFoundKeepsItsOrder: best first on every list, in pages and as lines, with the other filters.
func TestAPI_whatIsFoundKeepsItsOrder(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		where := w.location("Dom", "Ulica 1", 45.8, 15.95)
		a := w.service("A", at(where), of(w.home))
		b := w.service("B", of(w.home), func(s *directory.Service) { s.OrganizationID = w.initiative })
		c := w.service("C", at(where), of(w.advice))
		w.service("D", at(where))
		var asked []string
		var log bytes.Buffer
		root := w.api(w.found([]string{c, b, a}, &asked), func(a *directory.API) { a.Log = slog.New(slog.NewTextHandler(&log, nil)) })
		for _, x := range []struct{ list, query, want string }{
			{"services", "search=pomo%C4%87", "C B A"}, {"services", "search=x&taxonomy_term_id=" + w.elders, "B A"},
			{"organizations", "search=x", "Udruga Susjedi Susjedi za susjede"}, {"organizations", "search=x&taxonomy_term_id=" + w.elders, "Susjedi za susjede Udruga Susjedi"},
			{"organizations", "search=x&modified_after=2030-01-01", ""}, {"service_at_locations", "search=x", "C A"}, {"service_at_locations", "search=x&postcode=99", ""},
		} {
			if got := strings.Join(ask(t, root+x.list+"?"+x.query).names(t), " "); got != x.want {
				t.Errorf("%s?%s: %q, want %q", x.list, x.query, got, x.want)
			}
			lines := ask(t, root+x.list+"?format=ndjson&"+x.query)
			if lines.status != http.StatusOK {
				t.Errorf("%s?%s as lines: %d", x.list, x.query, lines.status)
			}
		}
		if got := ask(t, root+"services?search=x&per_page=1&page=2"); !strings.Contains(string(got.body), `"total_items":3,"total_pages":3,"page_number":2,"size":1`) || !strings.Contains(string(got.body), `"name":"B"`) {
			t.Errorf("the second page: %s", got.body)
		}
		if got := ask(t, root+"service_at_locations?search=x&per_page=1&page=2"); !strings.Contains(string(got.body), `"total_items":2`) || !strings.Contains(string(got.body), `"name":"A"`) {
			t.Errorf("the second place: %s", got.body)
		}
		if got := ask(t, root+"services?search=x&format=ndjson"); bytes.Count(got.body, []byte("\n")) != 3 {
			t.Errorf("lines: %s", got.body)
		}
		if asked[0] != "pomoć" {
			t.Errorf("looked for %q", asked[0])
		}
		if got := ask(t, root+"services?search=fail"); got.status != http.StatusInternalServerError || strings.Contains(string(got.body), "broken") {
			t.Errorf("search is broken: %d %s", got.status, got.body)
		}
		if resp, err := http.Get(root + "services?format=ndjson&search=fail"); err == nil {
			if _, err = io.ReadAll(resp.Body); err == nil {
				t.Error("an export that broke off looks whole")
			}
			resp.Body.Close()
		}
		if s := log.String(); !strings.Contains(s, "HSDS request failed") || !strings.Contains(s, "broke off") || strings.Contains(s, "broken for") {
			t.Errorf("the log says %q", s)
		}
		if got := ask(t, w.api()+"services?search=x"); got.status != http.StatusNotImplemented || !strings.Contains(string(got.body), "query.search") {
			t.Errorf("without search: %d %s", got.status, got.body)
		}
	})
}

// TestAPI_itsDocumentIsTrue: every operation answers as the document says, by its own schemas, and each reference leads somewhere.
func TestAPI_itsDocumentIsTrue(t *testing.T) {
	w := newTown(t, dbtest.SQLite(t))
	_, _, id := w.rich()
	root := w.api()
	for _, view := range []string{"", "base/"} {
		body := ask(t, root+view+"openapi.json").body
		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
		w.must(err)
		o := doc.(map[string]any)
		if server := o["servers"].([]any)[0].(map[string]any)["url"]; server != strings.TrimSuffix(root+view, "/") || o["openapi"] != "3.1.0" {
			t.Errorf("its server is %v", server)
		}
		c := jsonschema.NewCompiler()
		c.DefaultDraft(jsonschema.Draft2020)
		c.AssertFormat()
		w.must(c.AddResource("https://test/openapi.json", doc))
		ids := map[string]bool{}
		paths := o["paths"].(map[string]any)
		if len(paths) != map[string]int{"": 14, "base/": 12}[view] {
			t.Errorf("%d paths", len(paths))
		}
		for path, methods := range paths {
			for method, op := range methods.(map[string]any) {
				op := op.(map[string]any)
				name := op["operationId"].(string)
				if ids[name] || name == "" {
					t.Errorf("operation %q twice", name)
				}
				ids[name] = true
				for _, p := range op["parameters"].([]any) {
					to, ok := p.(map[string]any)["$ref"].(string)
					if at := o["components"].(map[string]any)["parameters"].(map[string]any)[strings.TrimPrefix(to, "#/components/parameters/")]; ok && at == nil {
						t.Errorf("%s leads nowhere", to)
					}
				}
				at := strings.NewReplacer("{file}", "address.json", "{id}", id).Replace(strings.TrimPrefix(path, "/"))
				if strings.Contains(path, "{id}") {
					list := strings.TrimSuffix(at, "/"+id)
					var p struct{ Contents []struct{ ID string } }
					ask(t, root+view+list).into(t, &p)
					at = list + "/" + p.Contents[0].ID
				}
				got := ask(t, root+view+at)
				if method == "post" {
					got = ask(t, root+view+at, "application/json", "{}")
				}
				if got.status != http.StatusOK {
					t.Errorf("%s %s: %d", method, at, got.status)
					continue
				}
				schema, err := c.Compile("https://test/openapi.json#/paths/" + strings.NewReplacer("/", "~1", "{", "%7B", "}", "%7D").Replace(path) + "/" + method + "/responses/200/content/application~1json/schema")
				w.must(err)
				v, err := jsonschema.UnmarshalJSON(bytes.NewReader(got.body))
				w.must(err)
				if err := schema.Validate(v); err != nil {
					t.Errorf("%s %s%s: %v", method, view, at, err)
				}
			}
		}
		problem, err := c.Compile("https://test/openapi.json#/components/schemas/Problem")
		w.must(err)
		v, err := jsonschema.UnmarshalJSON(bytes.NewReader(ask(t, root+view+"services?page=0").body))
		w.must(err)
		if err := problem.Validate(v); err != nil {
			t.Error(err)
		}
	}
}

// TestAPI_whatIsKeptBrokenIsToldWhole: what an import brought without ids or with formats that the schemas refuse.
func TestAPI_whatIsKeptBrokenIsToldWhole(t *testing.T) {
	w := newTown(t, dbtest.SQLite(t))
	id := w.service("Usluga", func(s *directory.Service) {
		s.Phones = []hsds.Phone{{Number: "01 000 0002", Languages: []hsds.Language{{Code: "hr"}}}, {ID: "2", Number: "01 000 0003", ServiceID: "nije"}}
		s.AdditionalURLs = []hsds.URL{{URL: "nije adresa"}, {URL: "https://kvart.example"}}
		s.Capacities = []hsds.Capacity{{Updated: "jučer"}, {Updated: "2026-11-01", Unit: &hsds.Unit{Name: "mjesta"}, Available: new(float64)}}
		s.RequiredDocuments = []hsds.Document{{Document: "Iskaznica", URI: "://"}}
		s.Metadata = []hsds.Change{{PreviousValue: "Tajna 1"}}
	})
	root := w.api()
	var s, again hsds.Service
	ask(t, root+"services/"+id).into(t, &s)
	ask(t, root+"services/"+id).into(t, &again)
	if !hsds.IsUUID(s.Phones[0].ID) || !hsds.IsUUID(s.Phones[0].Languages[0].ID) || s.Phones[0].ID == s.Phones[1].ID || s.Phones[1].ServiceID != "" || s.Phones[0].ID != again.Phones[0].ID {
		t.Errorf("phones %+v", s.Phones)
	}
	if len(s.AdditionalURLs) != 1 || len(s.Capacities) != 1 || s.Capacities[0].Updated != "2026-11-01T00:00:00Z" || s.RequiredDocuments[0].URI != "" || s.RequiredDocuments[0].Document == "" || s.Metadata != nil {
		t.Errorf("got %+v", s)
	}
}

// TestAPI_termsComeWithTheirTaxonomy: in full output, so that nobody has to ask for each.
func TestAPI_termsComeWithTheirTaxonomy(t *testing.T) {
	w := newTown(t, dbtest.SQLite(t))
	id := w.service("Usluga", of(w.home))
	var s hsds.Service
	ask(t, w.api()+"services/"+id).into(t, &s)
	term := s.Attributes[0].TaxonomyTerm
	if term == nil || term.Name != "Pomoć u kući" || term.ParentID != w.elders || term.Language != string(i18n.HR) || term.TaxonomyDetail == nil || term.TaxonomyDetail.Name != "Skupine" {
		t.Errorf("its term is %+v", term)
	}
}

// TestAPI_itsPageIsComplete: docs/hsds.md names every address and every parameter of the document.
func TestAPI_itsPageIsComplete(t *testing.T) {
	page, err := os.ReadFile("../../docs/hsds.md")
	if err != nil {
		t.Fatal(err)
	}
	w := newTown(t, dbtest.SQLite(t))
	var doc struct {
		Paths      map[string]any
		Components struct{ Parameters map[string]any }
	}
	ask(t, w.api()+"openapi.json").into(t, &doc)
	for path := range doc.Paths {
		if !bytes.Contains(page, []byte("`"+path+"`")) {
			t.Errorf("%s is not in docs/hsds.md", path)
		}
	}
	for name := range doc.Components.Parameters {
		if name != "id" && !bytes.Contains(page, []byte("`"+name+"`")) {
			t.Errorf("%s is not in docs/hsds.md", name)
		}
	}
}

// TestAPI_exportsWaitForOthersToEnd: the ninth at once is told when to come again, and what is no export is answered meanwhile.
func TestAPI_exportsWaitForOthersToEnd(t *testing.T) {
	w := newTown(t, dbtest.SQLite(t))
	began, end := make(chan bool), make(chan bool)
	root := w.api(func(a *directory.API) {
		a.FindIDs = func(context.Context, string, directory.Filter, int, int) ([]string, int, error) {
			began <- true
			<-end
			return nil, 0, nil
		}
	})
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if resp, err := http.Get(root + "services?format=ndjson&search=x"); err == nil {
				resp.Body.Close()
			}
		})
		<-began
	}
	if got := ask(t, root+"organizations?format=ndjson"); got.status != http.StatusServiceUnavailable || got.header.Get("Retry-After") == "" {
		t.Errorf("one more: %d %v", got.status, got.header)
	}
	if got := ask(t, root+"organizations"); got.status != http.StatusOK {
		t.Errorf("a page: %d", got.status)
	}
	close(end)
	all.Wait()
	if got := ask(t, root+"organizations?format=ndjson"); got.status != http.StatusOK {
		t.Errorf("afterwards: %d", got.status)
	}
}

// The middle of a postal code is made of places that everybody may know: or else how far known places are from it would
// tell where a hidden one is.
func TestAPI_proximityIsNotMeasuredFromAHiddenPlace(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		w.kitchen(45.81, 15.97, "10040")
		w.service("Savjet", at(w.location("Ured", "Ulica 9", 45.82, 15.97)))
		root := w.api()
		for _, path := range []string{"services?postcode=10040&proximity=1500", "service_at_locations?postcode=10040&proximity=1500", "services?postcode=10040&proximity=1500&minimal=true"} {
			if got := ask(t, root+path).names(t); len(got) != 0 {
				t.Errorf("%s: %v, found by their distance from a hidden place", path, got)
			}
		}
		// One that ended, or that nobody lists, counts for nothing either.
		w.service("Bivša", at(w.location("Bivši", "Ulica 1", 45.83, 15.97, func(l *directory.Location) { l.Addresses[0].PostalCode = "10050" })), func(s *directory.Service) { s.Status = "defunct" })
		if got := ask(t, root+"services?postcode=10050&proximity=2000").names(t); len(got) != 0 {
			t.Errorf("%v", got)
		}
		if got := ask(t, root+"services?postcode=10000&proximity=1500").names(t); strings.Join(got, " ") != "Savjet" {
			t.Errorf("by a public place: %v", got)
		}
	})
}

// TestAPI_saysWhatAFirstVisitIsLike: in the profile in fields, in the base in words, where the standard has text for them; and in
// exports, from which it comes back.
func TestAPI_saysWhatAFirstVisitIsLike(t *testing.T) {
	texts, err := i18n.Load(locales.FS)
	if err != nil {
		t.Fatal(err)
	}
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		id := w.service("Savjet", func(s *directory.Service) {
			s.ApplicationProcess = "Dođite."
			s.Own = directory.Own{Cost: "free", First: directory.FirstVisit{Meets: "volonterka na ulazu", Name: "any", Card: "no", Written: "ništa", Along: "yes"}}
		})
		root := w.api(func(a *directory.API) { a.Texts = texts })
		var profile, base hsds.Service
		ask(t, root+"services/"+id).into(t, &profile)
		ask(t, root+"base/services/"+id).into(t, &base)
		if profile.Visit == nil || *profile.Visit != (hsds.Visit{Cost: "free", Meets: "volonterka na ulazu", NameAsked: "any", CardAsked: "no", Written: "ništa", Along: "yes"}) || profile.ApplicationProcess != "Dođite." {
			t.Errorf("the profile: %+v %q", profile.Visit, profile.ApplicationProcess)
		}
		if base.Visit != nil || base.FeesDescription != "Plaća li se: besplatno" || !strings.HasPrefix(base.ApplicationProcess, "Dođite.\nTko vas dočeka: volonterka na ulazu\nPita li se za ime: da") {
			t.Errorf("the base: %+v %q %q", base.Visit, base.FeesDescription, base.ApplicationProcess)
		}
		data := w.export("ndjson", i18n.HR)
		if r := w.take("izvoz.ndjson", data, i18n.HR); r.Counts["service"][directory.Same] != 1 {
			t.Errorf("as it is: %v %s", r.Counts, keys(r.Faults))
		}
		if r := w.take("izvoz.ndjson", bytes.Replace(data, []byte(`"name_asked":"any"`), []byte(`"name_asked":"no"`), 1), i18n.HR); r.Counts["service"][directory.Updated] != 1 {
			t.Errorf("changed: %v %s", r.Counts, keys(r.Faults))
		}
		if s, err := w.Service(t.Context(), d, id); err != nil || s.Own.First.Name != "no" || s.Own.First.Meets != "volonterka na ulazu" {
			t.Errorf("what came back: %+v %v", s.Own, err)
		}
		if r := w.take("izvoz.ndjson", bytes.Replace(data, []byte(`"name_asked":"any"`), []byte(`"name_asked":"nikad"`), 1), i18n.HR); r.FaultCount != 1 {
			t.Errorf("a word that there is not: %v %s", r.Counts, keys(r.Faults))
		}
	})
}

// TestAPI_organizationsThatOfferNothingAreThere: in the list, behind their ids, and found by their names.
func TestAPI_organizationsThatOfferNothingAreThere(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		w.service("Savjet")
		root := w.api(func(a *directory.API) { a.FindIDs = w.FindIDs })
		type page struct {
			Total    int `json:"total_items"`
			Contents []hsds.Organization
		}
		for query, want := range map[string]int{"": 2, "?search=susjede": 2, "?search=Susjed": 2, "?search=savjet": 1, "?search=nema": 0, "?search=susjede&modified_after=2030-01-01": 0,
			"?search=susjede&taxonomy_id=" + w.groups: 0} {
			var p page
			ask(t, root+"organizations"+query).into(t, &p)
			if p.Total != want || len(p.Contents) != want {
				t.Errorf("%s: %d, want %d", query, p.Total, want)
			}
		}
		var one hsds.Organization
		ask(t, root+"organizations/"+w.initiative).into(t, &one)
		if one.Name != "Susjedi za susjede" || len(one.Phones) != 0 || len(one.Metadata) != 1 || one.Metadata[0].ReplacementValue != "2026-11-26T12:00:00Z" {
			t.Errorf("%+v", one)
		}
	})
}

// TestAPI_minimalIsOnOnePage: without per_page as many as there may be (the standard: aim to return all services within one page).
func TestAPI_minimalIsOnOnePage(t *testing.T) {
	w := newTown(t, dbtest.SQLite(t))
	for i := range 60 {
		w.service(fmt.Sprint("Savjet ", i))
	}
	root := w.api()
	for query, want := range map[string]int{"?minimal=true": 60, "": 50, "?minimal=true&per_page=10": 10} {
		var p struct{ Contents []map[string]any }
		ask(t, root+"services"+query).into(t, &p)
		if len(p.Contents) != want || strings.Contains(query, "minimal") && len(p.Contents[0]) != 2 {
			t.Errorf("%s: %d services, %v", query, len(p.Contents), p.Contents[0])
		}
	}
}
