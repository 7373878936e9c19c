package app

import (
	"bytes"
	"fmt"
	"net/http"
	"testing"
	"time"

	"kvart/internal/booking"
	"kvart/internal/network"
	"kvart/internal/platform/db"
	"kvart/internal/platform/dbtest"
)

// turns says what the centre here has turned on.
func (h *house) turns(t *testing.T, features ...string) {
	t.Helper()
	if err := h.DB.Tx(t.Context(), func(tx *db.Tx) error {
		c, err := h.Network.Centre(t.Context(), tx, h.here.ID)
		if err != nil {
			return err
		}
		c.Features = features
		_, err = h.Network.SaveCentre(t.Context(), tx, c, "test")
		return err
	}); err != nil {
		t.Fatal(err)
	}
}

// asksWaits waits for taken rooms, takes and declines what becomes free.
func (h *house) asksWaits(t *testing.T, ask func(method, path, token, body string) (int, []byte)) {
	t.Helper()
	p := h.probe(t, ask)
	begin := noon(4, 20)
	taken := func(day int) string {
		t.Helper()
		b, err := h.Booking.Book(t.Context(), booking.New{SpaceID: h.space[0], CentreID: h.here.ID, Title: "Zauzeto", Start: begin.AddDate(0, 0, day), End: begin.AddDate(0, 0, day).Add(time.Hour), By: "test"})
		if err != nil {
			t.Fatal(err)
		}
		return b.ID
	}
	wait := func(day, people int) string {
		at := begin.AddDate(0, 0, day)
		return fmt.Sprintf(`{"space":%q,"starts_at":%q,"ends_at":%q,"title":"Proba","people":%d}`, h.space[0], at.Format(time.RFC3339), at.Add(time.Hour).Format(time.RFC3339), people)
	}
	first, second := taken(0), taken(1)
	h.turns(t)
	p.step("a list that is off", 404, http.MethodPost, "/waits", p.guests, wait(0, 3))
	h.turns(t, network.FeatureWaiting)
	for _, token := range []string{"", "kvart_nothing"} {
		p.step("no token", 401, http.MethodPost, "/waits", token, wait(0, 3))
	}
	p.step("a centre's token", 403, http.MethodPost, "/waits", p.centre, wait(0, 3))
	p.step("no JSON", 400, http.MethodPost, "/waits", p.guests, `{`)
	p.step("nobody", 422, http.MethodPost, "/waits", p.guests, wait(0, 0))
	p.step("no title", 422, http.MethodPost, "/waits", p.guests, `{"space":"`+h.space[0]+`"}`)
	p.step("what is free", 409, http.MethodPost, "/waits", p.guests, wait(2, 3))
	type got struct {
		ID, State string
		Until     *time.Time `json:"offer_until"`
	}
	var one, two got
	p.step("waiting", 201, http.MethodPost, "/waits", p.guests, wait(0, 3), &one)
	p.step("twice", 409, http.MethodPost, "/waits", p.guests, wait(0, 3))
	p.step("for another day", 201, http.MethodPost, "/waits", p.guests, wait(1, 3), &two)
	accept := "/waits/" + one.ID + "/acceptance"
	p.step("no token", 401, http.MethodPost, accept, "", "")
	p.step("a centre's token", 403, http.MethodPost, accept, p.centre, "")
	p.step("another organisation's", 404, http.MethodPost, accept, p.member, "")
	p.step("no id", 422, http.MethodPost, "/waits/one/acceptance", p.guests, "")
	p.step("before it is offered", 409, http.MethodPost, accept, p.guests, "")
	p.step("the centre cancels", 204, http.MethodDelete, "/bookings/"+first, p.centre, "")
	p.step("the centre cancels", 204, http.MethodDelete, "/bookings/"+second, p.centre, "")
	var list struct{ Items []got }
	p.step("no token", 401, http.MethodGet, "/waits", "", "")
	p.step("a centre's token", 403, http.MethodGet, "/waits", p.centre, "")
	p.step("a token that is none", 422, http.MethodGet, "/waits", string(bytes.Repeat([]byte("a"), 400)), "")
	p.step("offered", 200, http.MethodGet, "/waits", p.guests, "", &list)
	for _, x := range list.Items {
		if x.State != "offered" || x.Until == nil {
			t.Errorf("not offered: %+v", x)
		}
	}
	if len(list.Items) != 2 {
		t.Errorf("%d waits", len(list.Items))
	}
	if b := p.step("another organisation's list", 200, http.MethodGet, "/waits", p.member, ""); bytes.Contains(b, []byte(one.ID)) {
		t.Errorf("another organisation's wait: %s", b)
	}
	if b := p.step("taking it", 200, http.MethodPost, accept, p.guests, ""); !bytes.Contains(b, []byte(`"dates"`)) {
		t.Errorf("taken: %s", b)
	}
	at := "/waits/" + two.ID
	p.step("no token", 401, http.MethodDelete, at, "", "")
	p.step("a centre's token", 403, http.MethodDelete, at, p.centre, "")
	p.step("another organisation's", 404, http.MethodDelete, at, p.member, "")
	p.step("no id", 422, http.MethodDelete, "/waits/one", p.guests, "")
	p.step("declined", 204, http.MethodDelete, at, p.guests, "")
	p.step("twice", 204, http.MethodDelete, at, p.guests, "")
	for _, action := range []string{"wait.add", "wait.take", "wait.leave"} {
		p.audited(action)
	}
}

// asksTerms sets limits and how rooms are shared, and reads who has what.
func (h *house) asksTerms(t *testing.T, ask func(method, path, token, body string) (int, []byte)) {
	t.Helper()
	p := h.probe(t, ask)
	long := string(bytes.Repeat([]byte("a"), 400))
	var limits struct {
		WeekMinutes int `json:"week_minutes"`
		Version     int
		Prime       []map[string]any
	}
	p.refuses(http.MethodGet, "/limits", "", p.host, p.member)
	p.step("a token that is none", 422, http.MethodGet, "/limits", long, "")
	p.step("limits", 200, http.MethodGet, "/limits", p.centre, "", &limits)
	set := func(share, version int) string {
		return fmt.Sprintf(`{"week_minutes":600,"prime_share":%d,"prime":[{"weekday":2,"opens":"17:00","closes":"21:00"}],"version":%d}`, share, version)
	}
	p.refuses(http.MethodPut, "/limits", set(40, limits.Version), p.host, p.member)
	p.step("a share of nothing", 422, http.MethodPut, "/limits", p.centre, fmt.Sprintf(`{"prime_share":40,"version":%d}`, limits.Version))
	p.step("hours back in time", 422, http.MethodPut, "/limits", p.centre, fmt.Sprintf(`{"prime":[{"weekday":2,"opens":"21:00","closes":"17:00"}],"version":%d}`, limits.Version))
	p.step("more than all", 422, http.MethodPut, "/limits", p.centre, set(101, limits.Version))
	version := limits.Version
	p.step("set", 200, http.MethodPut, "/limits", p.centre, set(40, version), &limits)
	if limits.WeekMinutes != 600 || len(limits.Prime) != 1 {
		t.Errorf("limits: %+v", limits)
	}
	p.step("an old version", 409, http.MethodPut, "/limits", p.centre, set(50, version))
	p.step("none again", 200, http.MethodPut, "/limits", p.centre, fmt.Sprintf(`{"version":%d}`, limits.Version))
	p.audited("centre.fair_use")

	var terms struct {
		Asking   string
		HoldDays int `json:"hold_days"`
		Version  int
	}
	at := "/spaces/" + h.space[0] + "/terms"
	p.refuses(http.MethodGet, at, "", p.host, p.member)
	p.missing(http.MethodGet, "/spaces/{id}/terms", h.space[0], "", p.there)
	p.step("terms", 200, http.MethodGet, at, p.centre, "", &terms)
	body := func(decides string, version int) string {
		return fmt.Sprintf(`{"decides":%q,"asking":"book","hold_days":5,"version":%d}`, decides, version)
	}
	p.refuses(http.MethodPut, at, body("centre", terms.Version), p.host, p.member)
	p.missing(http.MethodPut, "/spaces/{id}/terms", h.space[0], body("centre", terms.Version), p.there)
	p.step("nobody who decides", 422, http.MethodPut, at, p.centre, body("owner", terms.Version))
	p.step("set", 200, http.MethodPut, at, p.centre, body("centre", terms.Version), &terms)
	if terms.Asking != "book" || terms.HoldDays != 5 {
		t.Errorf("terms: %+v", terms)
	}
	p.step("an old version", 409, http.MethodPut, at, p.centre, body("centre", 0))
	p.audited("space.terms")

	p.refuses(http.MethodGet, "/usage", "", p.host, p.member)
	p.step("a token that is none", 422, http.MethodGet, "/usage", long, "")
	if b := p.step("who has what", 200, http.MethodGet, "/usage", p.centre, ""); !bytes.Contains(b, []byte(p.guest)) {
		t.Errorf("usage: %s", b)
	}
	own := "/usage/" + p.guest
	p.refuses(http.MethodGet, own, "", p.host, p.member)
	p.missing(http.MethodGet, "/usage/{id}", p.guest, "")
	var mine struct {
		Own     bool
		Version int
	}
	p.step("one organisation's", 200, http.MethodGet, own, p.centre, "", &mine)
	change := func(reason string, version int) string {
		return fmt.Sprintf(`{"own":true,"week_minutes":1200,"reason":%q,"group":"member","version":%d}`, reason, version)
	}
	p.refuses(http.MethodPut, own, change("Malo prostora", mine.Version), p.host, p.member)
	p.missing(http.MethodPut, "/usage/{id}", p.guest, change("Malo prostora", mine.Version))
	p.step("no reason", 422, http.MethodPut, own, p.centre, change("", mine.Version))
	p.step("set", 200, http.MethodPut, own, p.centre, change("Malo prostora", mine.Version), &mine)
	p.step("an old version", 409, http.MethodPut, own, p.centre, change("Malo prostora", 0))
	if b := p.step("at another centre nothing is set", 200, http.MethodGet, own, p.there, ""); !bytes.Contains(b, []byte(`"own":false`)) {
		t.Errorf("another centre: %s", b)
	}
	p.step("none of its own again", 200, http.MethodPut, own, p.centre, fmt.Sprintf(`{"own":false,"group":"commercial","version":%d}`, mine.Version))
	p.audited("organisation.terms")
}

// asksPrices sets what a room costs and reads the invoice list.
func (h *house) asksPrices(t *testing.T, ask func(method, path, token, body string) (int, []byte)) {
	t.Helper()
	p := h.probe(t, ask)
	at := "/spaces/" + h.space[0] + "/prices"
	body := `{"items":[{"group":"nonprofit","cents":500,"prime_cents":800},{"group":"commercial","cents":2000,"prime_cents":3000}]}`
	h.turns(t, network.FeatureWaiting)
	p.step("prices that are off", 404, http.MethodGet, at, p.centre, "")
	p.step("prices that are off", 404, http.MethodPut, at, p.centre, body)
	p.step("an invoice list that is off", 404, http.MethodGet, "/charges", p.centre, "")
	h.turns(t, network.FeaturePrices)
	p.refuses(http.MethodGet, at, "", p.host, p.member)
	p.missing(http.MethodGet, "/spaces/{id}/prices", h.space[0], "", p.there)
	p.refuses(http.MethodPut, at, body, p.host, p.member)
	p.missing(http.MethodPut, "/spaces/{id}/prices", h.space[0], body, p.there)
	p.step("more than the full price", 422, http.MethodPut, at, p.centre, `{"items":[{"group":"member","cents":500,"prime_cents":500}]}`)
	p.step("no group", 422, http.MethodPut, at, p.centre, `{"items":[{"group":"friends","cents":5,"prime_cents":5}]}`)
	p.step("set", 200, http.MethodPut, at, p.centre, body)
	if b := p.step("read", 200, http.MethodGet, at, p.centre, ""); !bytes.Contains(b, []byte(`{"group":"nonprofit","cents":500,"prime_cents":800}`)) {
		t.Errorf("prices: %s", b)
	}
	p.audited("space.prices")
	start := time.Now().AddDate(0, 0, -2).Truncate(time.Hour)
	if _, err := h.Booking.Book(t.Context(), booking.New{SpaceID: h.space[0], CentreID: h.here.ID, OrganisationID: &p.guest, Title: "Tajno", Confidential: true, Start: start, End: start.Add(2 * time.Hour), By: "test"}); err != nil {
		t.Fatal(err)
	}
	if err := h.DB.Tx(t.Context(), func(tx *db.Tx) error {
		terms, err := h.Sharing.OrganisationTerms(t.Context(), tx, h.here.ID, p.guest)
		if err != nil {
			return err
		}
		terms.Group = "nonprofit"
		return h.Sharing.SetOrganisationTerms(t.Context(), tx, terms, "test")
	}); err != nil {
		t.Fatal(err)
	}
	p.refuses(http.MethodGet, "/charges", "", p.host, p.member)
	p.step("no day", 422, http.MethodGet, "/charges?from=now", p.centre, "")
	p.step("back in time", 422, http.MethodGet, "/charges?from="+day(0)+"&to="+day(-9), p.centre, "")
	var list struct {
		Items []struct {
			Value   int64 `json:"value_cents"`
			Charged int64 `json:"charged_cents"`
			Given   int64 `json:"given_cents"`
		}
		Totals []struct{ Minutes int }
	}
	if b := p.step("the last days", 200, http.MethodGet, "/charges?from="+day(-9)+"&to="+day(0), p.centre, "", &list); bytes.Contains(b, []byte("Tajno")) {
		t.Errorf("what is confidential is named: %s", b)
	}
	if len(list.Items) != 1 || list.Items[0].Value != 4000 || list.Items[0].Charged != 1000 || list.Items[0].Given != 3000 || list.Totals[0].Minutes != 120 {
		t.Errorf("the list: %+v", list)
	}
	p.step("another centre's, where prices are off", 404, http.MethodGet, "/charges", p.there, "")
}

// TestAPI_primeTimeIsDescribedAsItIsTaken: it lies within one day, and hours of opening need not.
func TestAPI_primeTimeIsDescribedAsItIsTaken(t *testing.T) {
	h := open(t, dbtest.SQLite(t))
	schemas := at(h.contract(t).doc, "components", "schemas")
	for name, want := range map[string]string{"ApiPrime": "After opens, on the same day.", "ApiSpan": "At or before opens: on the day after."} {
		if got := at(schemas, name, "properties", "closes", "description"); got != want {
			t.Errorf("%s closes: %v", name, got)
		}
	}
	p := h.probe(t, h.asking(t))
	p.step("over midnight", http.StatusUnprocessableEntity, http.MethodPut, "/limits", p.centre, `{"prime":[{"weekday":1,"opens":"22:00","closes":"02:00"}],"version":0}`)
}

// TestAPI_aVersionOfNothingIsAConflict: what was read has been taken away, or was never there.
func TestAPI_aVersionOfNothingIsAConflict(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := open(t, d)
		p := h.probe(t, h.asking(t))
		for path, body := range map[string]string{
			"/limits":                          `{"week_minutes":60,"version":%d}`,
			"/usage/" + p.guest:                `{"own":true,"week_minutes":60,"group":"member","reason":"x","version":%d}`,
			"/spaces/" + h.space[0] + "/terms": `{"decides":"centre","asking":"ask","hold_days":3,"version":%d}`,
		} {
			var set struct{ Version int }
			p.step("of nothing", http.StatusConflict, http.MethodPut, path, p.centre, fmt.Sprintf(body, 7))
			p.step("nothing is still set", http.StatusOK, http.MethodGet, path, p.centre, "", &set)
			if set.Version != 0 {
				t.Errorf("%s: version %d", path, set.Version)
			}
			p.step("the first", http.StatusOK, http.MethodPut, path, p.centre, fmt.Sprintf(body, 0), &set)
			p.step("not the first", http.StatusConflict, http.MethodPut, path, p.centre, fmt.Sprintf(body, 0))
			p.step("as it was read", http.StatusOK, http.MethodPut, path, p.centre, fmt.Sprintf(body, set.Version))
		}
	})
}
