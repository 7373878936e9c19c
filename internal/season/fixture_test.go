package season_test

import (
	"fmt"
	"testing"
	"time"

	"kvart/internal/allotment"
	"kvart/internal/booking"
	"kvart/internal/network"
	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/i18n"
	"kvart/internal/season"
)

// house is two centres with rooms and three organisations, and a clock that the test moves.
type house struct {
	*season.Store
	t             *testing.T
	centre, other string
	organisations []string
	hall, small   string // rooms of the centre
	now           time.Time
}

func newHouse(t *testing.T, d *db.DB) *house {
	t.Helper()
	h := &house{t: t, centre: db.NewID(), other: db.NewID(), now: time.Date(2026, 8, 3, 10, 0, 0, 0, time.UTC)} // a Monday
	clock := func() time.Time { return h.now }
	h.Store = &season.Store{DB: d, Now: clock, Network: &network.Store{DB: d, Now: clock}, Booking: &booking.Store{DB: d, Now: clock}}
	area := db.NewID()
	h.must(d.Tx(t.Context(), func(tx *db.Tx) error {
		exec := func(q string, args db.Args) {
			t.Helper()
			if _, err := tx.Exec(t.Context(), q, args); err != nil {
				t.Fatal(err)
			}
		}
		exec(`INSERT INTO areas (id, slug, kind, name) VALUES (:id, 'area', 'city', '{}')`, db.Args{"id": area})
		for _, name := range []string{"Alfa", "Beta", "Gama"} {
			id := db.NewID()
			h.organisations = append(h.organisations, id)
			exec(`INSERT INTO organisations (id, slug, kind, name) VALUES (:id, :slug, 'cso', :name)`, db.Args{"id": id, "slug": network.Slug(name), "name": name})
		}
		for i, id := range []string{h.centre, h.other} {
			exec(`INSERT INTO centres (id, slug, number, colour, organisation_id, area_id, name, zone, features) VALUES (:id, :slug, 1, 1, :o, :a, :name, 'Europe/Zagreb', '["season"]')`,
				db.Args{"id": id, "slug": fmt.Sprintf("c%d", i), "o": h.organisations[0], "a": area, "name": fmt.Sprintf("Centar %d", i)})
		}
		return nil
	}))
	h.hall, h.small = h.room(h.centre, "dvorana"), h.room(h.centre, "mala")
	h.room(h.other, "tuda")
	return h
}

func (h *house) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) tx(f func(*db.Tx) error) error { return h.DB.Tx(h.t.Context(), f) }

func (h *house) room(centre, slug string) (id string) {
	h.t.Helper()
	h.must(h.tx(func(tx *db.Tx) (err error) {
		id, err = h.Booking.AddSpace(h.t.Context(), tx, booking.Space{CentreID: centre, Slug: slug, Name: i18n.Text{i18n.HR: slug}}, "cli")
		return err
	}))
	return id
}

// autumn is a season of three weeks from Monday, 7 September 2026, open from four to ten on every day.
func (h *house) autumn() season.Season {
	one := season.Season{CentreID: h.centre, Name: "Jesen", FromDate: "2026-09-07", ToDate: "2026-09-27", WishesUntil: "2026-08-20"}
	for d := 1; d <= 7; d++ {
		one.Hours = append(one.Hours, allotment.Span{Weekday: d, From: 16 * 60, To: 22 * 60})
	}
	for _, id := range season.Criteria {
		one.Criteria = append(one.Criteria, allotment.Criterion{ID: id, Weight: 1})
	}
	return one
}

// prepared is the autumn, saved.
func (h *house) prepared() season.Season {
	h.t.Helper()
	var id string
	h.must(h.tx(func(tx *db.Tx) (err error) {
		id, err = h.Save(h.t.Context(), tx, h.autumn(), []string{h.hall, h.small}, "test")
		return err
	}))
	return h.season(id)
}

func (h *house) season(id string) season.Season {
	h.t.Helper()
	one, err := h.Season(h.t.Context(), h.DB, h.centre, id)
	h.must(err)
	return one
}

// open is the autumn, open for wishes.
func (h *house) open() season.Season {
	h.t.Helper()
	one := h.prepared()
	h.must(h.OpenWishes(h.t.Context(), h.centre, one.ID, "test"))
	return h.season(one.ID)
}

// wish adds one and says what came of it.
func (h *house) wish(one season.Season, organisation int, weekday int, start, end string, rooms ...string) (added bool, err error) {
	from, _ := allotment.ParseClock(start)
	to, _ := allotment.ParseClock(end)
	err = h.tx(func(tx *db.Tx) (err error) {
		added, err = h.AddWish(h.t.Context(), tx, one, season.Wished{OrganisationID: h.organisations[organisation], Spaces: rooms, Weekday: weekday, Start: int(from), Minutes: int(to - from), Source: "desk"}, "test")
		return err
	})
	return added, err
}

func (h *house) wishes(one season.Season) {
	h.t.Helper()
	for i := range 3 {
		for _, w := range []struct {
			day  int
			room string
		}{{1, h.hall}, {2, h.hall}, {3, h.small}} {
			if _, err := h.wish(one, i, w.day, "18:00", "19:30", w.room); err != nil {
				h.t.Fatal(err)
			}
		}
	}
}

// counted is the autumn with three wishes of each organisation for the same times, as a draft.
func (h *house) counted() (season.Season, allotment.Document) {
	h.t.Helper()
	one := h.open()
	h.wishes(one)
	h.must(h.Count(h.t.Context(), h.centre, one.ID, "test"))
	one = h.season(one.ID)
	d, err := h.Document(h.t.Context(), h.DB, one)
	h.must(err)
	return one, d
}

func (h *house) published() (season.Season, allotment.Document) {
	h.t.Helper()
	one, d := h.counted()
	h.must(h.Publish(h.t.Context(), h.centre, one.ID, "test"))
	return h.season(one.ID), d
}

func refused(t *testing.T, err error, kind fault.Kind, key string) {
	t.Helper()
	if !fault.Is(err, kind) || fault.Of(err).Key != key {
		t.Errorf("got %v, want the refusal %s", err, key)
	}
}
