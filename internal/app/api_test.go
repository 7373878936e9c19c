package app

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"kvart/internal/booking"
	"kvart/internal/network"
	"kvart/internal/platform/auth"
	"kvart/internal/platform/db"
	"kvart/internal/platform/dbtest"
)

func TestAPI_listsNoSpaceThatIsClosed(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := open(t, d)
		spaces, err := h.Booking.Spaces(t.Context(), d, h.here.ID)
		if err != nil || len(spaces) < 2 {
			t.Fatal(err, len(spaces))
		}
		if _, err := d.Exec(t.Context(), `UPDATE spaces SET closed = 1 WHERE id = :id`, db.Args{"id": spaces[0].ID}); err != nil {
			t.Fatal(err)
		}
		list := h.body(t, h.browser(t, "", auth.Scope{}), "/api/v1/spaces")
		if strings.Contains(list, spaces[0].ID) || !strings.Contains(list, spaces[1].ID) {
			t.Errorf("the list: %.400s", list)
		}
	})
}

// contract is the OpenAPI document as it is served, and what of it has been seen.
type contract struct {
	doc      map[string]any
	compiler *jsonschema.Compiler
	seen     map[string]bool // "GET /api/v1/centres 200"
}

func (h *house) contract(t *testing.T) *contract {
	t.Helper()
	resp, err := http.Get(h.url + "/api/v1/openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	doc, err := jsonschema.UnmarshalJSON(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	c := &contract{doc: doc.(map[string]any), compiler: jsonschema.NewCompiler(), seen: map[string]bool{}}
	c.compiler.DefaultDraft(jsonschema.Draft2020) // as OpenAPI 3.1 says
	c.compiler.AssertFormat()
	if err := c.compiler.AddResource("openapi.json", doc); err != nil {
		t.Fatal(err)
	}
	return c
}

// holds checks an answer against what the document says of the operation: that it has this status, this media type, and
// a body of this shape.
func (c *contract) holds(t *testing.T, method, path string, resp *http.Response, body []byte) {
	t.Helper()
	path, _, _ = strings.Cut(path, "?")
	path = c.described(path)
	name := fmt.Sprintf("%s %s %d", method, path, resp.StatusCode)
	operation, ok := at(c.doc, "paths", path, strings.ToLower(method)).(map[string]any)
	if !ok {
		t.Fatalf("%s: the document knows no such operation", name)
	}
	media, _, _ := strings.Cut(resp.Header.Get("Content-Type"), ";")
	code := fmt.Sprint(resp.StatusCode)
	if at(operation, "responses", code) != nil && resp.StatusCode == http.StatusNoContent && len(body) == 0 {
		c.seen[name] = true
		return
	}
	if at(operation, "responses", code, "content", media, "schema") == nil {
		t.Fatalf("%s: the document has no answer %s of type %q: %s", name, code, media, body)
	}
	escape := strings.NewReplacer("~", "~0", "/", "~1").Replace
	where := "openapi.json#/paths/" + url.PathEscape(escape(path)) + "/" + strings.ToLower(method) + "/responses/" + code + "/content/" + url.PathEscape(escape(media)) + "/schema"
	schema, err := c.compiler.Compile(where)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
	if err != nil {
		t.Fatalf("%s: %v: %s", name, err, body)
	}
	if err := schema.Validate(value); err != nil {
		t.Errorf("%s: %v\n%s", name, err, body)
	}
	c.seen[name] = true
}

// described is the path as the document writes it: what stands for an id is its name in braces.
func (c *contract) described(path string) string {
	paths := c.doc["paths"].(map[string]any)
	if _, ok := paths[path]; ok {
		return path
	}
	parts := strings.Split(path, "/")
	for known := range paths {
		if slices.EqualFunc(strings.Split(known, "/"), parts, func(k, p string) bool { return k == p || strings.HasPrefix(k, "{") }) {
			return known
		}
	}
	return path
}

// at is the value below v at the keys, or nil.
func at(v any, keys ...string) any {
	for _, k := range keys {
		m, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		v = m[k]
	}
	return v
}

// TestAPI_answersAsItsDocumentSays asks for everything the document describes, with good and with bad questions.
func TestAPI_answersAsItsDocumentSays(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := open(t, d)
		c := h.contract(t)
		ask := func(method, path, token, body string) (int, []byte) {
			t.Helper()
			req, err := http.NewRequestWithContext(t.Context(), method, h.url+path, strings.NewReader(body))
			if err != nil {
				t.Fatal(err)
			}
			if body != "" {
				req.Header.Set("Content-Type", "application/json")
			}
			if token != "" {
				req.Header.Set("Authorization", "Bearer "+token)
			}
			resp, err := http.DefaultClient.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			var b bytes.Buffer
			if _, err := b.ReadFrom(resp.Body); err != nil {
				t.Fatal(err)
			}
			c.holds(t, method, path, resp, b.Bytes())
			return resp.StatusCode, b.Bytes()
		}
		type list struct {
			Items []struct{ ID, Centre string }
			Next  string
		}
		get := func(path string) (l list) {
			t.Helper()
			status, b := ask(http.MethodGet, path, "", "")
			if status != http.StatusOK {
				t.Fatalf("%s: %d %s", path, status, b)
			}
			if err := json.Unmarshal(b, &l); err != nil {
				t.Fatal(err)
			}
			return l
		}
		if n := len(get("/api/v1/centres").Items); n != 4 {
			t.Errorf("%d centres", n)
		}
		for _, kind := range []string{"spaces", "activities", "sessions"} {
			all := get("/api/v1/" + kind)
			own := get("/api/v1/" + kind + "?centre=" + h.here.Slug)
			if len(own.Items) == 0 || len(own.Items) >= len(all.Items) {
				t.Errorf("%s: %d of one centre, %d of all", kind, len(own.Items), len(all.Items))
			}
			for _, one := range own.Items {
				if one.Centre != h.here.Slug {
					t.Errorf("%s of %s among those of %s", kind, one.Centre, h.here.Slug)
				}
			}
			if status, _ := ask(http.MethodGet, "/api/v1/"+kind+"?centre=nowhere", "", ""); status != http.StatusNotFound {
				t.Errorf("%s of no centre: %d", kind, status)
			}
			if status, _ := ask(http.MethodGet, "/api/v1/"+kind+"?centre="+strings.Repeat("a", 81), "", ""); status != http.StatusUnprocessableEntity {
				t.Errorf("%s of a name that is none: %d", kind, status)
			}
		}
		first := get("/api/v1/sessions?limit=1")
		if len(first.Items) != 1 || first.Next == "" {
			t.Fatalf("a page of one: %+v", first)
		}
		if second := get("/api/v1/sessions?limit=1&after=" + url.QueryEscape(first.Next)); len(second.Items) != 1 || second.Items[0].ID == first.Items[0].ID {
			t.Errorf("the page after it: %+v", second)
		}
		later := url.QueryEscape(time.Now().AddDate(1, 0, 0).Format(time.RFC3339))
		if n := len(get("/api/v1/sessions?from=" + later).Items); n != 0 {
			t.Errorf("%d sessions a year from now", n)
		}
		day, next := time.Now().AddDate(0, 0, 1).Format(time.DateOnly), time.Now().AddDate(0, 0, 3).Format(time.DateOnly)
		if n := len(get("/api/v1/sessions?from=" + day + "&to=" + next).Items); n != 2 {
			t.Errorf("%d sessions from one day to another, want 2", n)
		}
		get("/api/v1/sessions?from=" + time.Now().Format(time.RFC3339)) // a plus sign as it is
		for _, kind := range []string{"activities", "sessions"} {
			all, older, everyone := get("/api/v1/"+kind), get("/api/v1/"+kind+"?group=a"), get("/api/v1/"+kind+"?group=0")
			if len(older.Items) != len(all.Items) || len(everyone.Items) != len(all.Items) || len(all.Items) != 2 { // all are for everyone here
				t.Errorf("%s: %d, %d of group a, %d for everyone", kind, len(all.Items), len(older.Items), len(everyone.Items))
			}
			if _, err := d.Exec(t.Context(), `UPDATE activities SET for_groups = ',b,' WHERE id = :id`, db.Args{"id": h.activity[0]}); err != nil {
				t.Fatal(err)
			}
			if older, young := get("/api/v1/"+kind+"?group=a"), get("/api/v1/"+kind+"?group=b"); len(older.Items) != 1 || len(young.Items) != 2 {
				t.Errorf("%s: %d of group a, %d of group b", kind, len(older.Items), len(young.Items))
			}
			if _, err := d.Exec(t.Context(), `UPDATE activities SET for_groups = ''`, nil); err != nil {
				t.Fatal(err)
			}
			for _, none := range []string{"z", "zz", "%25"} {
				if status, _ := ask(http.MethodGet, "/api/v1/"+kind+"?group="+none, "", ""); status != http.StatusNotFound {
					t.Errorf("%s of no group %s: %d", kind, none, status)
				}
			}
		}
		for _, bad := range []string{"from=yesterday", "to=31.12.2026.", "limit=0", "limit=501", "limit=many"} {
			status, b := ask(http.MethodGet, "/api/v1/sessions?"+bad, "", "")
			if status != http.StatusUnprocessableEntity || !strings.HasPrefix(bad, "limit") && (!bytes.Contains(b, []byte("2026-12-01,")) || !bytes.Contains(b, []byte("2026-12-01T17:00:00+01:00"))) {
				t.Errorf("%s: %d %s", bad, status, b)
			}
		}

		spaces, err := h.Booking.Spaces(t.Context(), d, h.here.ID)
		if err != nil {
			t.Fatal(err)
		}
		away, err := h.Booking.Spaces(t.Context(), d, h.there.ID)
		if err != nil {
			t.Fatal(err)
		}
		token, err := h.Auth.CreateToken(t.Context(), "test", auth.Held{Role: network.Coordinator, Scope: h.scope(network.Coordinator, t)}, time.Now().AddDate(0, 0, 1))
		if err != nil {
			t.Fatal(err)
		}
		begin := noon(2, 0)
		order := func(space string, hours int) string {
			return fmt.Sprintf(`{"space":%q,"starts_at":%q,"ends_at":%q,"title":"Proba zbora"}`, space, begin.Format(time.RFC3339), begin.Add(time.Duration(hours)*time.Hour).Format(time.RFC3339))
		}
		for _, one := range []struct {
			what, token, body string
			want              int
		}{
			{"no token", "", order(spaces[0].ID, 1), http.StatusUnauthorized},
			{"a token of nobody", "kvart_nothing", order(spaces[0].ID, 1), http.StatusUnauthorized},
			{"another centre's space", token, order(away[0].ID, 1), http.StatusForbidden},
			{"no such space", token, order(db.NewID(), 1), http.StatusNotFound},
			{"no id", token, order("dvorana", 1), http.StatusUnprocessableEntity},
			{"ends before it begins", token, order(spaces[0].ID, -1), http.StatusUnprocessableEntity},
			{"a year ago", token, strings.NewReplacer(begin.Format("2006-"), begin.AddDate(-2, 0, 0).Format("2006-")).Replace(order(spaces[0].ID, 1)), http.StatusUnprocessableEntity},
			{"no times", token, fmt.Sprintf(`{"space":%q}`, spaces[0].ID), http.StatusUnprocessableEntity},
			{"no JSON", token, `{"space":`, http.StatusBadRequest},
			{"a booking", token, order(spaces[0].ID, 2), http.StatusCreated},
			{"the same once more", token, order(spaces[0].ID, 1), http.StatusConflict},
		} {
			status, b := ask(http.MethodPost, "/api/v1/bookings", one.token, one.body)
			if status != one.want {
				t.Errorf("%s: %d, want %d: %s", one.what, status, one.want, b)
			}
			if status == http.StatusConflict && (!bytes.Contains(b, []byte(spaces[0].ID)) || !bytes.Contains(b, []byte("Proba zbora")) || !bytes.Contains(b, []byte(`"holder":"`+h.here.Name+`"`))) {
				t.Errorf("the clash does not say with what: %s", b)
			}
		}
		organisations, err := h.Network.Organisations(t.Context(), d)
		if err != nil || len(organisations) == 0 {
			t.Fatal(err, organisations)
		}
		for i, one := range []booking.New{
			{OrganisationID: &organisations[0].ID, Title: "Proba tuđa"},
			{OrganisationID: &organisations[0].ID, Title: "Proba tajna", Confidential: true},
		} {
			begin = begin.AddDate(0, 0, 1)
			one.SpaceID, one.CentreID, one.Start, one.End, one.By = spaces[0].ID, h.here.ID, begin, begin.Add(time.Hour), "test"
			if _, err := h.Booking.Book(t.Context(), one); err != nil {
				t.Fatal(err)
			}
			status, b := ask(http.MethodPost, "/api/v1/bookings", token, order(spaces[0].ID, 1))
			shown := []bool{bytes.Contains(b, []byte(one.Title)), bytes.Contains(b, []byte(`"holder":"`+organisations[0].Name+`"`))}
			if status != http.StatusConflict || !slices.Equal(shown, []bool{i == 0, i == 0}) || i == 1 && (bytes.Contains(b, []byte("holder")) || bytes.Contains(b, []byte("null"))) {
				t.Errorf("a clash with %q: %d %s", one.Title, status, b)
			}
		}
		h.asksPremises(t, c, token)
		c.holdsSeries(t, h, token)
		h.askPrint(t, token, ask)
		h.askRooms(t, token, ask)
		h.askSeasons(t, ask)
		h.asksForRooms(t, ask)
		h.asksSpaces(t, ask)
		h.asksHours(t, ask)
		h.asksEquipment(t, ask)
		h.asksHolds(t, ask)
		h.asksRegistrations(t, ask)
		h.asksWaits(t, ask)
		h.asksTerms(t, ask)
		h.asksPrices(t, ask)
		h.asksCopies(t, ask)
		h.asksSeasonRun(t, ask)
		h.asksPremisesRequests(t, ask)
		h.asksActivities(t, ask)
		h.asksReminders(t, ask)
		h.asksMoves(t, ask)
		h.asksMaterials(t, ask)
		h.asksLost(t, ask)
		h.asksFinds(t, ask)
		h.asksWishes(t, ask)
		h.asksClosing(t, ask)
		h.asksFiles(t, c, ask)
		h.sendsMaterials(t, c, ask)
		for path, methods := range c.doc["paths"].(map[string]any) {
			for method, operation := range methods.(map[string]any) {
				for code := range at(operation, "responses").(map[string]any) {
					if name := strings.ToUpper(method) + " " + path + " " + code; !c.seen[name] && code < "500" {
						t.Errorf("%s is in the document and was never seen", name)
					}
				}
			}
		}
	})
}

// TestAPI_whatIsNotThereIsAProblemToo: a program that asks wrongly reads JSON in every case.
func TestAPI_whatIsNotThereIsAProblemToo(t *testing.T) {
	h := open(t, dbtest.SQLite(t))
	for _, one := range []struct {
		method, path string
		want         int
		allow        string
	}{
		{http.MethodGet, "/api/v1/nosuch", http.StatusNotFound, ""},
		{http.MethodPost, "/api/v1/nosuch", http.StatusNotFound, ""},
		{http.MethodDelete, "/api/v1/centres", http.StatusMethodNotAllowed, "GET, HEAD"},
	} {
		req, _ := http.NewRequestWithContext(t.Context(), one.method, h.url+one.path, nil)
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		var problem struct{ Status int }
		err = json.NewDecoder(resp.Body).Decode(&problem)
		resp.Body.Close()
		if resp.StatusCode != one.want || problem.Status != one.want || resp.Header.Get("Content-Type") != "application/problem+json" || resp.Header.Get("Allow") != one.allow || err != nil {
			t.Errorf("%s %s: %d %v %+v %v", one.method, one.path, resp.StatusCode, resp.Header, problem, err)
		}
	}
}
