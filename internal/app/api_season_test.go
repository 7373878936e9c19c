package app

import (
	"bytes"
	"fmt"
	"net/http"
	"testing"
	"time"

	"kvart/internal/allotment"
	"kvart/internal/network"
	"kvart/internal/platform/auth"
	"kvart/internal/platform/db"
	"kvart/internal/season"
)

// askSeasons asks everything the API has of seasons, in each way.
func (h *house) askSeasons(t *testing.T, ask func(method, path, token, body string) (int, []byte)) {
	t.Helper()
	ctx := t.Context()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	from := time.Now().AddDate(0, 2, 0)
	one := season.Season{CentreID: h.here.ID, Name: "Jesen", FromDate: from.Format(time.DateOnly), ToDate: from.AddDate(0, 3, 0).Format(time.DateOnly), WishesUntil: time.Now().AddDate(0, 1, 0).Format(time.DateOnly),
		Hours: []allotment.Span{{Weekday: 1, From: 16 * 60, To: 22 * 60}}}
	for _, id := range season.Criteria {
		one.Criteria = append(one.Criteria, allotment.Criterion{ID: id, Weight: 1})
	}
	spaces, err := h.Booking.Spaces(ctx, h.DB, h.here.ID)
	must(err)
	var id string
	must(h.DB.Tx(ctx, func(tx *db.Tx) (err error) {
		id, err = h.Season.Save(ctx, tx, one, []string{spaces[0].ID}, "test")
		return err
	}))
	must(h.Season.OpenWishes(ctx, h.here.ID, id, "test"))
	token := func(role auth.Role) string {
		t.Helper()
		s, err := h.Auth.CreateToken(ctx, "test", auth.Held{Role: role, Scope: h.scope(role, t)}, time.Now().AddDate(0, 0, 1))
		must(err)
		return s
	}
	member, coordinator := token(network.Member), token(network.Coordinator)
	wish := func(weekday int, start, end string) string {
		return fmt.Sprintf(`{"spaces":[%q],"weekday":%d,"start":%q,"end":%q}`, spaces[0].ID, weekday, start, end)
	}
	// While the centre has not turned seasons on, there is none.
	if status, b := ask(http.MethodGet, "/api/v1/seasons", "", ""); status != http.StatusOK || bytes.Contains(b, []byte(id)) {
		t.Errorf("a season that is not turned on: %d %s", status, b)
	}
	_, err = h.DB.Exec(ctx, `UPDATE centres SET features = '["season"]' WHERE id = :id`, db.Args{"id": h.here.ID})
	must(err)
	for _, x := range []struct {
		method, path, token, body string
		want                      int
	}{
		{http.MethodGet, "/api/v1/seasons", "", "", http.StatusOK},
		{http.MethodGet, "/api/v1/seasons?centre=" + h.there.Slug, "", "", http.StatusOK},
		{http.MethodGet, "/api/v1/seasons?centre=nosuch", "", "", http.StatusNotFound},
		{http.MethodGet, "/api/v1/seasons?centre=" + string(bytes.Repeat([]byte("x"), 81)), "", "", http.StatusUnprocessableEntity},
		{http.MethodGet, "/api/v1/seasons/" + id, "", "", http.StatusNotFound},
		{http.MethodGet, "/api/v1/seasons/nosuch", "", "", http.StatusUnprocessableEntity},
		{http.MethodPost, "/api/v1/seasons/" + id + "/wishes", "", wish(1, "18:00", "19:00"), http.StatusUnauthorized},
		{http.MethodPost, "/api/v1/seasons/" + id + "/wishes", "kvart_nothing", wish(1, "18:00", "19:00"), http.StatusUnauthorized},
		{http.MethodPost, "/api/v1/seasons/" + id + "/wishes", coordinator, wish(1, "18:00", "19:00"), http.StatusUnprocessableEntity},
		{http.MethodPost, "/api/v1/seasons/" + db.NewID() + "/wishes", member, wish(1, "18:00", "19:00"), http.StatusNotFound},
		{http.MethodPost, "/api/v1/seasons/" + id + "/wishes", member, `{"weekday":`, http.StatusBadRequest},
		{http.MethodPost, "/api/v1/seasons/" + id + "/wishes", member, wish(1, "18:00", "17:00"), http.StatusUnprocessableEntity},
		{http.MethodPost, "/api/v1/seasons/" + id + "/wishes", member, wish(2, "18:00", "19:00"), http.StatusUnprocessableEntity},
		{http.MethodPost, "/api/v1/seasons/" + id + "/wishes", member, wish(1, "18:99", "19:00"), http.StatusUnprocessableEntity},
		{http.MethodPost, "/api/v1/seasons/" + id + "/wishes", member, wish(1, "18:00", "19:00"), http.StatusCreated},
		{http.MethodPost, "/api/v1/seasons/" + id + "/wishes", member, wish(1, "18:00", "19:00"), http.StatusCreated},
	} {
		if status, b := ask(x.method, x.path, x.token, x.body); status != x.want {
			t.Errorf("%s %s %s: %d, want %d: %s", x.method, x.path, x.body, status, x.want, b)
		}
	}
	list, err := h.Season.Wishes(ctx, h.DB, id, "")
	must(err)
	if len(list) != 1 || list[0].OrganisationID != h.here.OrganisationID || list[0].Source != "api" {
		t.Errorf("%+v", list)
	}
	must(h.Season.Count(ctx, h.here.ID, id, "test"))
	if status, _ := ask(http.MethodGet, "/api/v1/seasons/"+id, "", ""); status != http.StatusNotFound {
		t.Errorf("a draft is shown: %d", status)
	}
	must(h.Season.Publish(ctx, h.here.ID, id, "test"))
	if status, _ := ask(http.MethodPost, "/api/v1/seasons/"+id+"/wishes", member, wish(1, "20:00", "21:00")); status != http.StatusConflict {
		t.Errorf("a wish after the count: %d", status)
	}
	status, b := ask(http.MethodGet, "/api/v1/seasons/"+id, "", "")
	d, err := allotment.Parse(b)
	if status != http.StatusOK || err != nil {
		t.Fatalf("%d %v %s", status, err, b)
	}
	if differences, err := d.Recount(); err != nil || len(differences) > 0 {
		t.Errorf("%v %+v", err, differences)
	}
}
