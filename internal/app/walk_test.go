package app

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"kvart/internal/booking"
	"kvart/internal/network"
	"kvart/internal/participation"
	"kvart/internal/platform/auth"
	"kvart/internal/platform/db"
	"kvart/internal/platform/dbtest"
	"kvart/internal/platform/i18n"
	"kvart/internal/premises"
	"kvart/internal/programme"
	"kvart/internal/sharing"
	"kvart/internal/voting"
)

// house is a whole program on an empty database with the sample network, and what two of its centres hold.
type house struct {
	*App
	url                string
	here, there        network.Centre
	activity, session  [2]string // of here and there
	hidden, hiddenDate string    // discreet, of here
	person             [2]string
	booking            [2]string
	premises           [2]string // requests for premises
	space, request     [2]string
	proposal, cycle    [2]string
	vote               [2]string
}

func open(t *testing.T, d *db.DB) *house {
	t.Helper()
	a := &App{Config: Config{Secrets: t.TempDir(), ErasureStore: filepath.Join(t.TempDir(), "erasure.sqlite"), Version: "test", Log: slog.New(slog.DiscardHandler), Now: time.Now}, DB: d}
	h := &house{App: a}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { a.Server.Handler().ServeHTTP(w, r) }))
	t.Cleanup(server.Close)
	a.PublicURL, h.url = server.URL, server.URL
	if err := a.wire(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.Erasure.Close() })
	a.Auth.Cost = auth.Cost{MemoryKiB: 64, Passes: 1, Lanes: 1}
	data, err := os.ReadFile("../../docs/examples/network.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.ImportNetwork(t.Context(), data, false, "cli"); err != nil {
		t.Fatal(err)
	}
	centres, err := a.Network.Centres(t.Context(), a.DB)
	if err != nil || len(centres) < 2 {
		t.Fatal(err, len(centres))
	}
	h.here, h.there = centres[0], centres[1]
	ctx := context.Background()
	for i, c := range []network.Centre{h.here, h.there} {
		h.activity[i], h.session[i] = h.plan(t, c, false, "Kava u dvorištu")
		if err := a.DB.Tx(ctx, func(tx *db.Tx) (err error) {
			h.person[i], err = a.Network.AddPerson(ctx, tx, network.Person{CentreID: c.ID, Name: "Osoba iz kvarta", Lang: i18n.HR, Purpose: "registration", DeleteOn: "2099-01-01"})
			return err
		}); err != nil {
			t.Fatal(err)
		}
		spaces, err := a.Booking.Spaces(ctx, a.DB, c.ID)
		if err != nil || len(spaces) == 0 {
			t.Fatal(err, "no spaces")
		}
		at := noon(1, 0)
		b, err := a.Booking.Book(ctx, booking.New{SpaceID: spaces[0].ID, CentreID: c.ID, Title: "Proba zbora", Start: at, End: at.Add(time.Hour), By: "test"})
		if err != nil {
			t.Fatal(err)
		}
		h.premises[i], h.proposal[i] = h.ask(t, c), h.propose(t, c)
		h.cycle[i], h.vote[i] = h.round(t, c), h.poll(t, c)
		h.booking[i], h.space[i] = b.ID, spaces[0].ID
		h.request[i] = h.askFor(t, spaces[0], at.Add(2*time.Hour))
	}
	return h
}

// askFor asks for the room as an organisation that does not run its centre, and returns the request's id.
func (h *house) askFor(t *testing.T, space booking.Space, at time.Time) string {
	t.Helper()
	organisations, err := h.Network.Organisations(t.Context(), h.DB)
	if err != nil {
		t.Fatal(err)
	}
	c, err := h.Network.Centre(t.Context(), h.DB, space.CentreID)
	if err != nil {
		t.Fatal(err)
	}
	a := sharing.Ask{SpaceID: space.ID, Title: "Kava u dvorištu", People: 3, Dates: []booking.Interval{{Start: at, End: at.Add(time.Hour)}}, By: "test"}
	for _, o := range organisations {
		if o.ID != c.OrganisationID {
			a.OrganisationID = o.ID
		}
	}
	var r sharing.Request
	if err := h.Booking.Claim(t.Context(), func(tx *db.Tx) (err error) { r, err = h.Sharing.AskTx(t.Context(), tx, a); return err }); err != nil {
		t.Fatal(err)
	}
	return r.ID
}

// plan adds an activity with one session tomorrow, in a space of the centre.
func (h *house) plan(t *testing.T, c network.Centre, discreet bool, title string) (activity, session string) {
	t.Helper()
	return h.planAt(t, c, discreet, title, noon(0, 1).In(c.Location()))
}

// planAt is plan at another time; what is discreet begins three hours later.
func (h *house) planAt(t *testing.T, c network.Centre, discreet bool, title string, at time.Time) (activity, session string) {
	t.Helper()
	ctx := context.Background()
	spaces, err := h.Booking.Spaces(ctx, h.DB, c.ID)
	if err != nil {
		t.Fatal(err)
	}
	four := 4
	groups, err := h.Network.Groups(ctx, h.DB)
	if err != nil {
		t.Fatal(err)
	}
	space := spaces[0].ID
	if discreet {
		space = spaces[len(spaces)-1].ID
		at = at.Add(3 * time.Hour)
	}
	err = h.DB.Tx(ctx, func(tx *db.Tx) error {
		a := programme.Activity{CentreID: c.ID, Title: i18n.Text{i18n.HR: title}, Kind: programme.Places, RegisterFor: "session", PlaceKind: programme.InSpace,
			Discreet: db.Bool(discreet), Capacity: &four, OpensDays: 28, OpensClock: "09:00", State: "published"}
		id, err := h.Programme.AddActivity(ctx, tx, a, groups, "test")
		if err != nil {
			return err
		}
		a.ID, activity = id, id
		ids, err := h.Programme.AddSessions(ctx, tx, a, []programme.Date{{Start: at, End: at.Add(time.Hour), SpaceID: space}}, "test")
		if err == nil {
			session = ids[0]
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return activity, session
}

// ask prepares a request for premises of a local committee.
func (h *house) ask(t *testing.T, c network.Centre) (id string) {
	t.Helper()
	ctx := context.Background()
	if err := h.DB.Tx(ctx, func(tx *db.Tx) error {
		area, err := h.Network.SaveArea(ctx, tx, network.Area{Slug: "odbor-" + c.Slug, Kind: "committee", ParentID: &c.AreaID, Name: i18n.Text{i18n.HR: "Odbor"}}, "test")
		if err != nil {
			return err
		}
		id, err = h.Premises.Add(ctx, tx, premises.Request{CentreID: c.ID, AreaID: area, Place: "Prostor odbora", Slots: premises.Slots{{Weekday: 2, From: "18:00", To: "20:00"}},
			PeriodFrom: "2026-01-01", PeriodTo: "2026-12-31", Kind: "tečaj", ResultsFrom: "2025-01-01", ResultsTo: "2025-12-31"}, "test")
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return id
}

// round is an open cycle of needs, which the centre has turned on.
func (h *house) round(t *testing.T, c network.Centre) string {
	t.Helper()
	if _, err := h.DB.Exec(t.Context(), `UPDATE centres SET features = :f WHERE id = :id`, db.Args{"f": network.FeatureList{network.FeatureNeeds}, "id": c.ID}); err != nil {
		t.Fatal(err)
	}
	id, err := h.Proposals.SaveCycle(t.Context(), participation.Cycle{CentreID: c.ID, Title: i18n.Text{i18n.HR: "Kava u dvorištu"}, State: "open", Joining: true}, "", "test")
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// poll makes a vote of the centre that is in preparation.
func (h *house) poll(t *testing.T, c network.Centre) (id string) {
	t.Helper()
	if err := h.DB.Tx(t.Context(), func(tx *db.Tx) (err error) {
		title := i18n.Text{i18n.HR: "Kava u dvorištu"}
		id, err = h.Voting.Add(t.Context(), tx, voting.Round{CentreID: &c.ID, Title: title, Who: title, Means: voting.ByBoth, Unit: voting.Money, Currency: "EUR", Budget: 100, AtLeast: 1,
			OpensAt: time.Now().Unix(), ClosesAt: time.Now().AddDate(0, 0, 7).Unix(), Rule: "equal-shares", Utility: "cost", Completion: "none", LeastPublished: voting.LeastPublished}, "test")
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return id
}

// propose is a proposal that was read, talked about and accepted, and looks for a partner.
func (h *house) propose(t *testing.T, c network.Centre) string {
	t.Helper()
	ctx := t.Context()
	p := participation.Proposal{CentreID: c.ID, Lang: i18n.HR, Title: "Kava u dvorištu", About: "Svaki petak.", Channel: participation.Web, Open: true}
	id, err := h.Proposals.Propose(ctx, participation.Asking{Proposal: p, Code: h.Proposals.Ticket(""), By: "public"})
	if err != nil {
		t.Fatal(err)
	}
	if err := h.Proposals.Screen(ctx, c.ID, id, participation.Screening{Proposal: p, Show: true}, "test"); err != nil {
		t.Fatal(err)
	}
	for _, to := range []participation.State{participation.Discussed, participation.Accepted} {
		if err := h.Proposals.Say(ctx, c.ID, id, participation.Step{To: to, DecidedBy: participation.ByGroup, Reason: "Dogovoreno."}, "test"); err != nil {
			t.Fatal(err)
		}
	}
	return id
}

// browser signs in with the role and returns a client that follows no redirect; no role is a visitor.
func (h *house) browser(t *testing.T, role auth.Role, in auth.Scope) *http.Client {
	t.Helper()
	jar, _ := cookiejar.New(nil)
	c := &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	if role == "" {
		return c
	}
	login := string(role) + "." + db.NewSecretID()[:8]
	if _, err := h.Auth.AddAccount(t.Context(), login, "Uloga "+string(role), "", "četiri obične riječi", auth.Held{Role: role, Scope: in}); err != nil {
		t.Fatal(err)
	}
	resp, err := c.PostForm(h.url+"/desk/sign-in", url.Values{"login": {login}, "passphrase": {"četiri obične riječi"}})
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusSeeOther {
		t.Fatalf("sign-in as %s: %s", role, resp.Status)
	}
	return c
}

func (h *house) scope(role auth.Role, t *testing.T) auth.Scope {
	switch role {
	case network.Lead, network.CityOfficer:
		n, err := h.Network.Network(t.Context(), h.DB)
		if err != nil {
			t.Fatal(err)
		}
		return auth.Scope{Kind: network.ScopeNetwork, ID: n.ID}
	case network.Member:
		return auth.Scope{Kind: network.ScopeOrganisation, ID: h.here.OrganisationID}
	}
	return auth.Scope{Kind: network.ScopeCentre, ID: h.here.ID}
}

// path fills a route's placeholders with what the centre of the index holds.
func (h *house) path(pattern string, i int) string {
	_, p, _ := strings.Cut(pattern, " ")
	id := h.session[i]
	switch {
	case strings.Contains(p, "/calendar/activity/"):
		return "/calendar/activity/" + h.activity[i] + ".ics"
	case strings.Contains(p, "/desk/programme/"):
		id = h.activity[i]
	case strings.Contains(p, "/desk/people/"):
		id = h.person[i]
	case strings.Contains(p, "/votes/"):
		id = h.vote[i]
	case strings.Contains(p, "/desk/premises/"):
		id = h.premises[i]
	case strings.Contains(p, "/needs/{id}"):
		id = h.cycle[i]
	case strings.Contains(p, "/proposals/{id}"), strings.Contains(p, "/desk/partner/"):
		id = h.proposal[i]
	case strings.Contains(p, "/desk/requests/"), strings.Contains(p, "/desk/asked/"), strings.Contains(p, "/desk/decide/"):
		id = h.request[i]
	case strings.Contains(p, "/desk/rooms/{id}"):
		id = h.space[i]
	case strings.Contains(p, "/desk/bookings/"), strings.Contains(p, "/desk/rooms/bookings/"):
		id = h.booking[i]
	}
	slug := []network.Centre{h.here, h.there}[i].Slug
	return strings.NewReplacer("{lang}", "hr", "{id}", id, "{activity}", h.activity[i], "{slug}", slug, "{centre}", slug+".ics", "{code}", "nosuchcode", "{secret}", "nosuchsecret.ics",
		"{token}", "nosuchtoken", "{act}", "confirm", "{n}", "1", "{file}", "none.css", "{$}", "").Replace(p)
}

func TestRoutes_everyRouteAsEveryRole(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := open(t, d)
		roles := append([]auth.Role{""}, network.Roles...)
		for _, role := range roles {
			var held []auth.Held
			if role != "" {
				held = []auth.Held{{Role: role, Scope: h.scope(role, t)}}
			}
			for _, route := range h.Server.Routes() {
				if strings.Contains(route.Pattern, "sign-out") || strings.Contains(route.Pattern, "/stop/") || strings.Contains(route.Pattern, "/desk/lock") || strings.Contains(route.Pattern, "everywhere") || strings.Contains(route.Pattern, "/source") {
					continue
				}
				method, _, _ := strings.Cut(route.Pattern, " ")
				for i := range 2 {
					c := h.browserOnce(t, role)
					var sent io.Reader
					if method == http.MethodPost {
						sent = strings.NewReader("sure=1")
					}
					req, _ := http.NewRequestWithContext(t.Context(), method, h.url+h.path(route.Pattern, i), sent)
					if method == http.MethodPost {
						req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
					}
					resp, err := c.Do(req)
					if err != nil {
						t.Fatal(err)
					}
					body, _ := io.ReadAll(resp.Body)
					resp.Body.Close()
					if resp.StatusCode >= 500 {
						t.Errorf("%s as %q: %s", route.Pattern, role, resp.Status)
					}
					if route.Need.IsPublic() {
						if resp.StatusCode == http.StatusForbidden {
							t.Errorf("%s is public, %q got %s", route.Pattern, role, resp.Status)
						}
						continue
					}
					if role == "" {
						if resp.StatusCode != http.StatusSeeOther && resp.StatusCode != http.StatusUnauthorized {
							t.Errorf("%s as a visitor: %s", route.Pattern, resp.Status)
						}
						continue
					}
					if !route.Need.IsPermitted() {
						continue
					}
					place := h.scope(role, t)
					if strings.Contains(route.Pattern, "/desk/sessions/{id}") && (role == network.Host || role == network.SupportWorker) && resp.StatusCode == http.StatusForbidden {
						continue // the session is tomorrow, and these work with today only
					}
					if route.Pattern == "GET /desk/bookings/{id}" && role == network.Host && resp.StatusCode == http.StatusForbidden {
						continue // the booking is a month away
					}
					may := route.Need.In(place.Kind) && h.Server.Policy.Can(held, route.Need.Permission, place)
					if may == (resp.StatusCode == http.StatusForbidden) {
						t.Errorf("%s as %q: %s, may %v", route.Pattern, role, resp.Status, may)
					}
					if may && i == 1 && strings.Contains(route.Pattern, "{id}") && place.Kind == network.ScopeCentre {
						if strings.Contains(route.Pattern, "/desk/messages/thread/") || strings.Contains(route.Pattern, "/desk/messages/referrals/") { // without an open key every id gets one and the same page; see package support for those with one
							if !strings.Contains(string(body), "/desk/messages/key") || resp.StatusCode != http.StatusOK {
								t.Errorf("%s as %q without a key: %s", route.Pattern, role, resp.Status)
							}
							continue
						}
						removal := strings.HasSuffix(route.Pattern, "/remove") // removing what is not one's own removes nothing and goes back
						if resp.StatusCode != http.StatusNotFound && resp.StatusCode != http.StatusUnprocessableEntity && !(removal && resp.StatusCode == http.StatusSeeOther) {
							t.Errorf("%s as %q on another centre's: %s", route.Pattern, role, resp.Status)
						}
						if strings.Contains(string(body), "Kava u dvorištu") {
							t.Errorf("%s as %q shows another centre's", route.Pattern, role)
						}
					}
				}
			}
		}
	})
}

var browsers = map[*house]map[auth.Role]*http.Client{}

// browserOnce signs in once a role and house.
func (h *house) browserOnce(t *testing.T, role auth.Role) *http.Client {
	if browsers[h] == nil {
		browsers[h] = map[auth.Role]*http.Client{}
	}
	if browsers[h][role] == nil {
		browsers[h][role] = h.browser(t, role, h.scope(role, t))
	}
	return browsers[h][role]
}

// TestDiscreet_noPublicRouteDiffersFromTheSameNetworkWithoutIt asks every public route before and after a discreet
// activity exists (PRACTICE, Discreet activities).
func TestDiscreet_noPublicRouteDiffersFromTheSameNetworkWithoutIt(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := open(t, d)
		visitor := h.browser(t, "", auth.Scope{})
		now := time.Now()
		h.App.Server.Now = func() time.Time { return now }
		look := func() map[string]string {
			seen := map[string]string{}
			for _, route := range h.Server.Routes() {
				if !route.Need.IsPublic() || !strings.HasPrefix(route.Pattern, "GET ") || strings.Contains(route.Pattern, "/source") {
					continue
				}
				for _, address := range []string{h.path(route.Pattern, 0), h.path(route.Pattern, 0) + "?for=c", h.path(route.Pattern, 0) + "?free=1"} {
					seen[address] = h.body(t, visitor, address)
				}
			}
			for _, address := range []string{"/api/v1/centres", "/api/v1/spaces", "/api/v1/activities", "/api/v1/sessions", "/calendar.ics", "/calendar/" + h.here.Slug + ".ics"} {
				seen[address] = h.body(t, visitor, address)
			}
			return seen
		}
		before := look()
		h.hidden, h.hiddenDate = h.plan(t, h.here, true, "Povjerljivi krug")
		after := look()
		for address, was := range before {
			if is := after[address]; is != was {
				t.Errorf("%s differs once a discreet activity exists\nwas %.300s\nis  %.300s", address, was, is)
			}
			if strings.Contains(after[address], h.hidden) || strings.Contains(after[address], h.hiddenDate) || strings.Contains(after[address], "Povjerljivi") {
				t.Errorf("%s names the discreet activity", address)
			}
		}
		for _, address := range []string{"/hr/programme/" + h.hidden, "/hr/sessions/" + h.hiddenDate, "/hr/programme/" + h.hidden + "/poster", "/hr/programme/" + h.hidden + "/poster.pdf",
			"/calendar/activity/" + h.hidden + ".ics"} {
			resp, err := visitor.Get(h.url + address)
			if err != nil {
				t.Fatal(err)
			}
			resp.Body.Close()
			if resp.StatusCode != http.StatusNotFound {
				t.Errorf("%s: %s", address, resp.Status)
			}
		}
	})
}

// body is what a visitor gets, without what differs at each request: a form's fresh key.
func (h *house) body(t *testing.T, c *http.Client, address string) string {
	t.Helper()
	resp, err := c.Get(h.url + address)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	s := string(b)
	for {
		i := strings.Index(s, `name="form_key" value="`)
		if i < 0 {
			break
		}
		end := strings.IndexByte(s[i+24:], '"')
		s = s[:i] + s[i+24+end:]
	}
	return resp.Status + s
}
