package booking_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"kvart/internal/booking"
	"kvart/internal/network"
	"kvart/internal/platform/auth"
	"kvart/internal/platform/db"
	"kvart/internal/platform/dbtest"
	"kvart/internal/platform/i18n"
)

func TestPages_spaceIsMadeOfPartsOnItsForm(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := newPlace(t, d)
		left, right := p.room("left", 0, 0, 0), p.room("right", 0, 0, 0)
		open := p.desk(network.Coordinator)
		if _, code := open("/desk/rooms/new", url.Values{"form_key": {"k"}, "name-hr": {"Dvorana 🎭"}, "parts": {left, right}}); code != http.StatusOK {
			t.Fatal(code)
		}
		all, err := p.Spaces(t.Context(), d, p.centre)
		p.must(err)
		var hall booking.Space
		for _, s := range all {
			if !s.Undivided() {
				hall = s
			}
		}
		if len(hall.Atoms) != 2 {
			t.Fatalf("the hall is made of %v", hall.Atoms)
		}
		doc, _ := open("/desk/rooms/"+hall.ID, nil)
		if doc.Find(`input[name="parts"][checked]`).Length() != 2 {
			t.Error("the form forgot the parts")
		}
		if doc, _ = open("/desk/rooms/"+left, nil); !strings.Contains(doc.Find("#f-parts").Text(), "Dvorana") || doc.Find(`input[name="parts"]`).Length() != 0 {
			t.Error("the part does not say of what")
		}
		p.book(hall.ID, hours(1, 2))
		doc, code := open("/desk/rooms/"+hall.ID, url.Values{"name-hr": {"Dvorana"}, "version": {"1"}, "parts": {left}})
		if code != http.StatusUnprocessableEntity || doc.Find("#e-parts").Length() != 1 || doc.Find(`input[name="parts"][checked]`).Length() != 1 {
			t.Errorf("changing a booked hall: %d", code)
		}
		doc, _ = open("/desk/rooms?date=2026-11-26", nil)
		if n := doc.Find(".grid .bk.through").Length(); n != 2 {
			t.Errorf("%d columns say that they are taken by the hall", n)
		}
	})
}

func TestPages_closingABookedSpaceAsksOnceAndNamesWhatStandsThere(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := newPlace(t, d)
		left := p.room("left", 0, 0, 0)
		b := p.book(left, hours(1, 2))
		open := p.desk(network.Coordinator)
		form := url.Values{"name-hr": {"left"}, "version": {"1"}, "closed": {"1"}}
		doc, code := open("/desk/rooms/"+left, form)
		if code != http.StatusUnprocessableEntity || doc.Find(`a[href="/desk/bookings/`+b.ID+`"]`).Length() != 1 || doc.Find(`input[name="anyway"]`).Length() != 1 {
			t.Fatalf("closing it: %d %s", code, doc.Find(".summary").Text())
		}
		form.Set("anyway", "1")
		if _, code = open("/desk/rooms/"+left, form); code != http.StatusOK || p.state(b.ID) != booking.Confirmed {
			t.Errorf("closing it all the same: %d, the booking is %s", code, p.state(b.ID))
		}
	})
}

func TestPages_equipmentIsAddedLentAndMissed(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := newPlace(t, d)
		left, right := p.room("left", 0, 0, 0), p.room("right", 0, 0, 0)
		open := p.desk(network.Coordinator)
		if doc, code := open("/desk/equipment", url.Values{"form_key": {"k"}, "name-hr": {""}, "quantity": {"0"}}); code != http.StatusUnprocessableEntity || doc.Find("#e-name-hr, #e-quantity").Length() != 2 {
			t.Error(code, doc.Find(".summary").Text())
		}
		open("/desk/equipment", url.Values{"form_key": {"k2"}, "name-hr": {"Projektor"}, "quantity": {"1"}})
		list, err := p.AllEquipment(t.Context(), d, p.centre)
		p.must(err)
		if len(list) != 1 {
			t.Fatalf("%d pieces of equipment", len(list))
		}
		field := "equipment-" + list[0].ID
		wish := url.Values{"form_key": {"b1"}, "title": {"Film"}, "space": {left}, "date": {"2026-11-26"}, "from": {"17:00"}, "to": {"19:00"}, "hold": {"0"}, "setup": {"30"}, field: {"1"}}
		if _, code := open("/desk/bookings/new", wish); code != http.StatusOK {
			t.Fatal(code)
		}
		doc, _ := open("/desk/rooms?date=2026-11-26", nil)
		if got := doc.Find(".grid .bk").Text(); !strings.Contains(got, "16:30") && !strings.Contains(got, "16.30") {
			t.Errorf("the grid does not say when it is set up: %q", got)
		}
		doc, _ = open(doc.Find(".grid .bk a").AttrOr("href", ""), nil)
		if !strings.Contains(doc.Find("dl").Text(), "Projektor × 1") {
			t.Errorf("the booking says %q", doc.Find("dl").Text())
		}
		wish.Set("form_key", "b2")
		wish.Set("space", right)
		doc, code := open("/desk/bookings/new", wish)
		if code != http.StatusConflict || !strings.Contains(doc.Find("#instead").Text(), "Projektor") || doc.Find(`input[name="setup"]`).AttrOr("value", "") != "30" {
			t.Errorf("%d %q", code, doc.Find("#instead").Text())
		}
		wish.Set(field, "2")
		if _, code = open("/desk/bookings/new", wish); code != http.StatusUnprocessableEntity {
			t.Error("more than there are:", code)
		}
		if _, code = open("/desk/equipment/"+list[0].ID, url.Values{"name-hr": {"Projektor"}, "quantity": {"2"}, "version": {"1"}}); code != http.StatusOK {
			t.Error(code)
		}
		if _, code = open("/desk/bookings/new", wish); code != http.StatusConflict {
			t.Error("two, of which one is lent:", code)
		}
		wish.Set(field, "1")
		if _, code = open("/desk/bookings/new", wish); code != http.StatusOK {
			t.Error("the second one:", code)
		}
	})
}

func TestPages_outsideOpeningHoursAndOnHolidaysIsAskedOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := newPlace(t, d)
		left := p.room("left", 0, 0, 0)
		_, err := d.Exec(t.Context(), `UPDATE centres SET hours = :h WHERE id = :c`, db.Args{"c": p.centre, "h": `[{"weekday":4,"opens":"09:00","closes":"20:00"},{"weekday":5,"opens":"09:00","closes":"20:00"}]`})
		p.must(err)
		_, err = d.Exec(t.Context(), `INSERT INTO closures (id, centre_id, from_date, to_date, reason) VALUES ('x', :c, '2026-12-03', '2026-12-04', '{}')`, db.Args{"c": p.centre})
		p.must(err)
		open := p.desk(network.Coordinator)
		wish := url.Values{"title": {"Film"}, "space": {left}, "hold": {"0"}}
		ask := func(key, date, from, to, anyway string) (int, string) {
			wish.Set("form_key", key)
			wish.Set("date", date)
			wish.Set("from", from)
			wish.Set("to", to)
			wish.Set("anyway", anyway)
			doc, code := open("/desk/bookings/new", wish)
			return code, doc.Find("#e-anyway").Text()
		}
		for i, x := range []struct {
			date, from, to string
			code           int
			why            string
		}{
			{"2026-11-26", "17:00", "19:00", 200, ""},
			{"2026-11-26", "19:00", "21:00", 422, "radnog vremena"},
			{"2026-11-28", "10:00", "11:00", 422, "radnog vremena"},
			{"2026-12-03", "10:00", "11:00", 422, "zatvoren"},
			{"2026-12-25", "10:00", "11:00", 422, "Božić"},
		} {
			code, why := ask(fmt.Sprint("a", i), x.date, x.from, x.to, "")
			if code != x.code || !strings.Contains(why, x.why) {
				t.Errorf("%s: %d %q", x.date, code, why)
			}
			if x.code == 422 {
				if code, _ = ask(fmt.Sprint("b", i), x.date, x.from, x.to, "1"); code != 200 {
					t.Errorf("%s all the same: %d", x.date, code)
				}
			}
		}
		if doc, _ := open("/desk/rooms?date=2026-12-25", nil); !strings.Contains(doc.Find(".hero").Text(), "Božić") {
			t.Error("the day does not say that it is a holiday")
		}
	})
}

func TestPages_weekShowsBookingsByDayAndHidesWhatIsConfidential(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := newPlace(t, d)
		left, right := p.room("left", 0, 0, 0), p.room("right", 0, 0, 0)
		p.book(left, hours(0, 1))
		n := p.wish(right, hours(24, 25))
		n.Title, n.Confidential = "Krug podrške", true
		_, err := p.Book(t.Context(), n)
		p.must(err)
		open := p.desk(network.Coordinator)
		doc, code := open("/desk/rooms?view=week&date=2026-11-29", nil) // Sunday of that week
		if code != 200 || doc.Find(".week section").Length() != 7 || doc.Find(".week section").Eq(3).Find(".bk").Length() != 1 || doc.Find(".week section").Eq(4).Find(".bk.busy").Length() != 1 {
			t.Fatalf("%d %s", code, doc.Find(".week").Text())
		}
		if strings.Contains(doc.Text(), "Krug podrške") {
			t.Error("the week names what is confidential")
		}
		if doc, _ = open("/desk/rooms?view=week&date=2026-11-29&space="+right, nil); doc.Find(".week .bk").Length() != 1 {
			t.Error("one room shows others")
		}
		host := p.desk(network.Host)
		if doc, _ = host("/desk/rooms?view=week", nil); doc.Find(".week").Length() != 0 {
			t.Error("whoever is on duty sees the week")
		}
	})
}

func TestDayOf_hallAndItsPartsShowAcrossEachOther(t *testing.T) {
	all := booking.Reader{Sees: func(auth.Permission, string) bool { return true }}
	date := time.Date(2026, 11, 26, 0, 0, 0, 0, time.UTC)
	at := func(h int) int64 { return date.Add(time.Duration(h) * time.Hour).Unix() }
	spaces := []booking.Space{{ID: "a", Atoms: []string{"a"}}, {ID: "b", Atoms: []string{"b"}}, {ID: "hall", Atoms: []string{"a", "b"}, Name: i18n.Text{i18n.HR: "Dvorana"}}}
	d := booking.DayOf(date, spaces, []booking.Booking{
		{ID: "1", SpaceID: "a", Title: "Šah", State: booking.Confirmed, StartsAt: at(9), EndsAt: at(11)},
		{ID: "2", SpaceID: "b", Title: "Zbor", State: booking.Confirmed, StartsAt: at(10), EndsAt: at(12)},
		{ID: "3", SpaceID: "hall", Title: "Ples", State: booking.Confirmed, StartsAt: at(18), EndsAt: at(20)},
	}, all, date)
	var through []string
	for _, b := range d.Blocks {
		if len(b.Through) > 0 {
			through = append(through, fmt.Sprint(b.Column, " ", b.Row, "+", b.Span, " ", len(b.Through), b.BookingID))
		}
	}
	if got, want := strings.Join(through, ", "), "3 4+12 2, 1 40+8 1, 2 40+8 1"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestDaySheets_anyNumberOfRoomsStandsInGridsOfAFew(t *testing.T) {
	date := time.Date(2026, 11, 26, 0, 0, 0, 0, time.UTC)
	var spaces []booking.Space
	var list []booking.Booking
	for i := range 40 {
		id := fmt.Sprint(i)
		spaces = append(spaces, booking.Space{ID: id, Atoms: []string{id}})
		list = append(list, booking.Booking{ID: id, SpaceID: id, State: booking.Confirmed, StartsAt: date.Add(9 * time.Hour).Unix(), EndsAt: date.Add(10 * time.Hour).Unix()})
	}
	sheets := booking.DayOf(date, spaces, list, booking.Reader{}, date).Sheets()
	rooms, blocks := 0, 0
	for _, s := range sheets {
		rooms += len(s.Spaces)
		blocks += len(s.Blocks)
		for _, b := range s.Blocks {
			if b.Column < 1 || b.Column > len(s.Spaces) || s.Spaces[b.Column-1].ID != b.Space.ID {
				t.Errorf("a block stands in column %d of %d", b.Column, len(s.Spaces))
			}
		}
	}
	if len(sheets) != 5 || rooms != 40 || blocks != 40 {
		t.Errorf("%d grids, %d rooms, %d blocks", len(sheets), rooms, blocks)
	}
}
