package app

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"testing"
	"time"

	"kvart/internal/booking"
	"kvart/internal/network"
	"kvart/internal/platform/auth"
	"kvart/internal/platform/db"
	"kvart/internal/platform/dbtest"
	"kvart/internal/platform/i18n"
)

// askRooms asks for all that the document says of bookings and equipment with a token of one centre.
func (h *house) askRooms(t *testing.T, token string, ask func(method, path, token, body string) (int, []byte)) {
	t.Helper()
	spaces, err := h.Booking.Spaces(t.Context(), h.DB, h.here.ID)
	if err != nil || len(spaces) < 2 {
		t.Fatal(err, len(spaces))
	}
	var chairs string
	err = h.DB.Tx(t.Context(), func(tx *db.Tx) (err error) {
		chairs, err = h.Booking.AddEquipment(t.Context(), tx, booking.Equipment{CentreID: h.here.ID, Name: i18n.Text{i18n.HR: "Stolice"}, Quantity: 40}, "test")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	away, err := h.Booking.Spaces(t.Context(), h.DB, h.there.ID)
	if err != nil {
		t.Fatal(err)
	}
	begin := noon(3, 0)
	order := func(space string, from, amount int) string {
		return fmt.Sprintf(`{"space":%q,"starts_at":%q,"ends_at":%q,"title":"Film","setup_minutes":30,"clear_minutes":0,"equipment":[{"id":%q,"amount":%d}]}`, space,
			begin.Add(time.Duration(from)*time.Hour).Format(time.RFC3339), begin.Add(time.Duration(from+1)*time.Hour).Format(time.RFC3339), chairs, amount)
	}
	want := func(what string, want int, status int, b []byte) {
		t.Helper()
		if status != want {
			t.Errorf("%s: %d, want %d: %s", what, status, want, b)
		}
	}
	expect := func(what string, code int, method, path, token, body string) []byte {
		t.Helper()
		status, b := ask(method, path, token, body)
		want(what, code, status, b)
		return b
	}
	var one struct {
		ID, State string
		HeldFrom  time.Time `json:"held_from"`
		StartsAt  time.Time `json:"starts_at"`
		Equipment []struct{ Amount int }
	}
	if err := json.Unmarshal(expect("a booking with equipment", http.StatusCreated, http.MethodPost, "/api/v1/bookings", token, order(spaces[0].ID, 0, 30)), &one); err != nil {
		t.Fatal(err)
	}
	if one.StartsAt.Sub(one.HeldFrom) != 30*time.Minute || len(one.Equipment) != 1 || one.Equipment[0].Amount != 30 || one.State != booking.Confirmed {
		t.Errorf("the booking: %+v", one)
	}
	if b := expect("too many chairs", http.StatusConflict, http.MethodPost, "/api/v1/bookings", token, order(spaces[1].ID, 0, 11)); !bytes.Contains(b, []byte(`"free":10`)) {
		t.Errorf("the answer does not say how many are free: %s", b)
	}
	if b := expect("equipment", http.StatusOK, http.MethodGet, "/api/v1/equipment", token, ""); !bytes.Contains(b, []byte(`"there":40`)) {
		t.Errorf("the equipment: %s", b)
	}
	list := "/api/v1/bookings?from=" + begin.UTC().Format("2006-01-02T15:04:05Z")
	if b := expect("bookings", http.StatusOK, http.MethodGet, list, token, ""); !bytes.Contains(b, []byte(one.ID)) {
		t.Errorf("the booking is not in the list: %s", b)
	}
	at := "/api/v1/bookings/" + one.ID
	move := func(from int) string {
		return fmt.Sprintf(`{"space":%q,"starts_at":%q,"ends_at":%q}`, spaces[1].ID, begin.Add(time.Duration(from)*time.Hour).Format(time.RFC3339), begin.Add(time.Duration(from+1)*time.Hour).Format(time.RFC3339))
	}
	expect("one", http.StatusOK, http.MethodGet, at, token, "")
	expect("moving it", http.StatusOK, http.MethodPatch, at, token, move(4))
	expect("another there", http.StatusCreated, http.MethodPost, "/api/v1/bookings", token, order(spaces[1].ID, 8, 1))
	expect("moving it onto another", http.StatusConflict, http.MethodPatch, at, token, move(8))
	expect("moving it to the past", http.StatusUnprocessableEntity, http.MethodPatch, at, token, move(-24*200))
	expect("moving it with no JSON", http.StatusBadRequest, http.MethodPatch, at, token, `{"space":`)

	host, err := h.Auth.CreateToken(t.Context(), "host", auth.Held{Role: network.Host, Scope: h.scope(network.Host, t)}, time.Now().AddDate(0, 0, 1))
	if err != nil {
		t.Fatal(err)
	}
	support, err := h.Auth.CreateToken(t.Context(), "support", auth.Held{Role: network.SupportWorker, Scope: h.scope(network.SupportWorker, t)}, time.Now().AddDate(0, 0, 1))
	if err != nil {
		t.Fatal(err)
	}
	elsewhere, err := h.Booking.Book(t.Context(), booking.New{SpaceID: away[0].ID, CentreID: h.there.ID, Title: "Drugdje", Start: begin, End: begin.Add(time.Hour), By: "test"})
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range []struct{ method, path, body string }{
		{http.MethodGet, "/api/v1/equipment", ""}, {http.MethodGet, list, ""}, {http.MethodGet, at, ""}, {http.MethodPatch, at, move(12)}, {http.MethodDelete, at, ""},
	} {
		expect("without a token", http.StatusUnauthorized, x.method, x.path, "", x.body)
	}
	expect("equipment with a token that books nothing", http.StatusForbidden, http.MethodGet, "/api/v1/equipment", host, "")
	expect("other days with a token of today only", http.StatusForbidden, http.MethodGet, list, host, "")
	expect("moving with a token that books nothing", http.StatusForbidden, http.MethodPatch, at, support, move(12))
	expect("cancelling with a token that books nothing", http.StatusForbidden, http.MethodDelete, at, support, "")
	for _, x := range []struct{ method, body string }{{http.MethodGet, ""}, {http.MethodPatch, move(12)}, {http.MethodDelete, ""}} {
		expect("another centre's", http.StatusNotFound, x.method, "/api/v1/bookings/"+elsewhere.ID, token, x.body)
		expect("what is no id", http.StatusUnprocessableEntity, x.method, "/api/v1/bookings/nothing", token, x.body)
	}
	for _, path := range []string{"/api/v1/equipment", "/api/v1/bookings"} {
		expect("another centre", http.StatusForbidden, http.MethodGet, path+"?centre="+h.there.Slug, token, "")
		expect("no centre", http.StatusNotFound, http.MethodGet, path+"?centre=nowhere", token, "")
		expect("a name that is none", http.StatusUnprocessableEntity, http.MethodGet, path+"?centre="+string(bytes.Repeat([]byte("a"), 81)), token, "")
	}
	expect("a span too long", http.StatusUnprocessableEntity, http.MethodGet, "/api/v1/bookings?from=2026-01-01&to=2027-01-01", token, "")
	var ofSession string
	if err := h.DB.Get(t.Context(), &ofSession, `SELECT booking_id FROM sessions WHERE centre_id = :c AND state = 'planned' AND booking_id IS NOT NULL ORDER BY id LIMIT 1`, db.Args{"c": h.here.ID}); err == nil {
		expect("cancelling a session's", http.StatusConflict, http.MethodDelete, "/api/v1/bookings/"+ofSession, token, "")
	} else {
		t.Error("no session has a room:", err)
	}
	expect("cancelling it", http.StatusNoContent, http.MethodDelete, at, token, "")
	expect("cancelling it twice", http.StatusNoContent, http.MethodDelete, at, token, "")
	expect("moving what is cancelled", http.StatusConflict, http.MethodPatch, at, token, move(16))
}

// TestAPI_movesABookingOnlyAsItWasReadAndBeforeItBegins: of two programs that read it, the second is told; and what has begun
// stays where it was.
func TestAPI_movesABookingOnlyAsItWasReadAndBeforeItBegins(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := open(t, d)
		p := h.probe(t, h.asking(t))
		book := func(at time.Time) string {
			b, err := h.Booking.Book(t.Context(), booking.New{SpaceID: h.space[0], CentreID: h.here.ID, Title: "Proba", Start: at, End: at.Add(time.Hour), By: "test"})
			if err != nil {
				t.Fatal(err)
			}
			return b.ID
		}
		to := noon(3, 0)
		move := func(days int, more string) string {
			at := to.AddDate(0, 0, days)
			return fmt.Sprintf(`{"starts_at":%q,"ends_at":%q%s}`, at.Format(time.RFC3339), at.Add(time.Hour).Format(time.RFC3339), more)
		}
		var read, after struct{ Version int }
		one := "/bookings/" + book(to)
		p.step("read", http.StatusOK, http.MethodGet, one, p.centre, "", &read)
		p.step("moved as it was read", http.StatusOK, http.MethodPatch, one, p.centre, move(1, fmt.Sprintf(`,"version":%d`, read.Version)), &after)
		if read.Version < 1 || after.Version <= read.Version {
			t.Errorf("versions %d, %d", read.Version, after.Version)
		}
		p.step("as it was before", http.StatusConflict, http.MethodPatch, one, p.centre, move(2, fmt.Sprintf(`,"version":%d`, read.Version)))
		p.step("as it may be", http.StatusOK, http.MethodPatch, one, p.centre, move(2, ""))
		for _, begun := range []time.Time{time.Now().AddDate(0, 0, -20), time.Now().Add(-30 * time.Minute)} {
			if b := p.step("what has begun", http.StatusConflict, http.MethodPatch, "/bookings/"+book(begun), p.centre, move(5, "")); !bytes.Contains(b, []byte("begun")) {
				t.Errorf("it does not say why: %s", b)
			}
		}
	})
}

// TestAPI_aListSaysOfEachBookingWhatItSaysOfItAlone: holders and equipment are asked for together, and stay each one's own.
func TestAPI_aListSaysOfEachBookingWhatItSaysOfItAlone(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := open(t, d)
		p := h.probe(t, h.asking(t))
		var chairs struct{ ID string }
		p.step("equipment", http.StatusCreated, http.MethodPost, "/equipment", p.centre, `{"name":{"hr":"Stolci"},"there":50}`, &chairs)
		at := noon(5, 0)
		for i, more := range []string{"", `,"organisation":"` + p.guest + `"`, `,"organisation":"` + h.here.OrganisationID + `"`, `,"organisation":"` + p.guest + `"`} {
			from := at.Add(time.Duration(3*i) * time.Hour)
			if i > 0 {
				more += fmt.Sprintf(`,"equipment":[{"id":%q,"amount":%d}]`, chairs.ID, i)
			}
			p.step("a booking", http.StatusCreated, http.MethodPost, "/bookings", p.centre, fmt.Sprintf(`{"space":%q,"title":"Proba","starts_at":%q,"ends_at":%q%s}`,
				h.space[0], from.Format(time.RFC3339), from.Add(time.Hour).Format(time.RFC3339), more))
		}
		var list struct{ Items []apiBooking }
		p.step("the list", http.StatusOK, http.MethodGet, "/bookings?from="+at.AddDate(0, 0, -1).Format(time.DateOnly)+"&to="+at.AddDate(0, 0, 2).Format(time.DateOnly), p.centre, "", &list)
		if len(list.Items) != 4 {
			t.Fatalf("%d bookings", len(list.Items))
		}
		for i, x := range list.Items {
			var alone apiBooking
			p.step("alone", http.StatusOK, http.MethodGet, "/bookings/"+x.ID, p.centre, "", &alone)
			if !reflect.DeepEqual(x, alone) || x.Holder == "" || i > 0 && (len(x.Equipment) != 1 || x.Equipment[0].Amount != i) {
				t.Errorf("listed %+v\nalone %+v", x, alone)
			}
		}
		if list.Items[1].Holder == list.Items[2].Holder || list.Items[1].Holder != list.Items[3].Holder {
			t.Errorf("holders %q, %q, %q", list.Items[1].Holder, list.Items[2].Holder, list.Items[3].Holder)
		}
	})
}
