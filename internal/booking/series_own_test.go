package booking_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"kvart/internal/booking"
	"kvart/internal/network"
	"kvart/internal/platform/db"
	"kvart/internal/platform/dbtest"
	"kvart/internal/platform/fault"
)

// outfitted makes a series whose every date has an hour of set-up and thirty chairs.
func (p *place) outfitted(space, chairs string, dates []booking.Date) (id string, err error) {
	hour := 60
	err = p.Claim(p.t.Context(), func(tx *db.Tx) (err error) {
		id, err = p.AddSeries(p.t.Context(), tx, booking.Series{CentreID: p.centre, OrganisationID: &p.holder, Title: "Choir", SpaceID: space, Weeks: 1, LocalStart: "18:00", LocalEnd: "20:00",
			SetupMinutes: &hour, Equipment: []booking.Amount{{EquipmentID: chairs, N: 30}}}, dates, "cli")
		return err
	})
	return id, err
}

// has fails the test where a live date of the series lacks its set-up or its chairs.
func (p *place) has(series string, dates int) {
	p.t.Helper()
	_, list := p.dates(series)
	if len(list) != dates {
		p.t.Errorf("%d dates, want %d", len(list), dates)
	}
	for _, x := range list {
		lent, err := p.Lent(p.t.Context(), p.DB, x.Booking.ID)
		p.must(err)
		if x.Booking.StartsAt-x.HeldFrom != 3600 || len(lent) != 1 || lent[0].N != 30 {
			p.t.Errorf("%s is held from %d minutes before, with %+v", x.Is.Day, (x.Booking.StartsAt-x.HeldFrom)/60, lent)
		}
	}
	sound(p.t, p.DB)
}

// take holds so many chairs in another room at the date's time.
func (p *place) take(space, chairs string, n int, d booking.Date) booking.Booking {
	p.t.Helper()
	w := p.wish(space, d.Interval())
	w.Equipment = []booking.Amount{{EquipmentID: chairs, N: n}}
	b, err := p.Book(p.t.Context(), w)
	p.must(err)
	return b
}

func TestAddSeries_everyDateHasItsEquipmentAndItsOwnSetUp(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := newPlace(t, d)
		room, other := p.room("a", 0, 0, 0), p.room("b", 0, 0, 0)
		chairs := p.stock("Chairs", 40)
		dates := weekly(room, "2026-12-01", 4)
		p.take(other, chairs, 15, dates[2])
		before := booking.Interval{Start: dates[1].Start.Add(-30 * time.Minute), End: dates[1].Start}
		p.book(room, before) // within the series' own set-up
		_, err := p.outfitted(room, chairs, dates)
		refused(t, err, fault.KindConflict, "booking.fault.clash")
		list, _ := fault.Of(err).Detail.([]booking.Date)
		if len(list) != 4 || len(list[1].Clashes) != 1 || len(list[2].Clashes) != 0 || len(list[2].Missing) != 1 || list[2].Missing[0].Free != 25 || list[2].Missing[0].Wanted != 30 || list[0].Taken() || list[3].Taken() {
			t.Fatalf("what is in the way is not said by date: %+v", list)
		}
		asked := booking.Slot{SpaceID: room, Interval: dates[1].Interval()}
		dates[1].Asked, dates[1].Start, dates[1].End = &asked, dates[1].Start.Add(time.Hour), dates[1].End.Add(time.Hour)
		dates[2].Asked, dates[2].Skip = &booking.Slot{SpaceID: room, Interval: dates[2].Interval()}, true
		id, err := p.outfitted(room, chairs, dates)
		p.must(err)
		p.has(id, 3)
	})
}

// A change of this, of the following and of all keeps what each date has; what is short at the new time is said.
func TestChangeSeries_keepsEquipmentAndOwnSetUp(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := newPlace(t, d)
		room, other := p.room("a", 0, 0, 0), p.room("b", 0, 0, 0)
		chairs := p.stock("Chairs", 40)
		id, err := p.outfitted(room, chairs, weekly(room, "2026-12-01", 4))
		p.must(err)
		_, list := p.dates(id)
		short := weekly(other, "2026-12-09", 1)[0]
		taken := p.take(other, chairs, 15, short)
		shift := booking.Shift{Days: 1, From: "18:00", To: "20:00", SpaceID: room}
		_, err = p.change(id, list[0].Booking.ID, booking.All, false, shift, nil)
		refused(t, err, fault.KindConflict, "booking.fault.clash")
		if dates, _ := fault.Of(err).Detail.([]booking.Date); len(dates) != 4 || len(dates[1].Missing) != 1 || dates[0].Taken() {
			t.Fatalf("what is short is not said: %+v", dates)
		}
		_, err = p.change(id, list[0].Booking.ID, booking.All, false, shift, func(d *booking.Date) {
			if d.Start.Format(time.DateOnly) == "2026-12-09" { // an hour later than the others, and without its set-up it would be free before
				d.Start, d.End = d.Start.Add(3*time.Hour), d.End.Add(3*time.Hour)
			}
		})
		p.must(err)
		p.has(id, 4)
		p.must(p.Cancel(t.Context(), p.centre, taken.ID, "cli"))
		_, list = p.dates(id)
		to, err := p.change(id, list[2].Booking.ID, booking.Following, false, booking.Shift{Days: 7, From: "17:00", To: "19:00", SpaceID: other}, nil)
		p.must(err)
		p.has(id, 2)
		p.has(to, 2)
		one, _ := p.dates(to)
		if one.SetupMinutes == nil || *one.SetupMinutes != 60 || len(one.Equipment) != 1 {
			t.Errorf("the series of the following is %+v", one)
		}
	})
}

// A date that lost its room or its chairs is offered back when both are there, and has them when it is taken back.
func TestLost_isTakenBackWithItsEquipment(t *testing.T) {
	for _, way := range []string{"left out", "in another room", "at another time"} {
		for _, lost := range []string{"room", "chairs"} {
			t.Run(way+", "+lost, func(t *testing.T) {
				dbtest.Each(t, func(t *testing.T, d *db.DB) {
					p := newPlace(t, d)
					room, other, third := p.room("a", 0, 0, 0), p.room("b", 0, 0, 0), p.room("c", 0, 0, 0)
					chairs := p.stock("Chairs", 40)
					day := weekly(room, "2026-12-15", 1)[0]
					var taken booking.Booking
					if lost == "room" {
						taken = p.book(room, day.Interval())
					} else {
						taken = p.take(third, chairs, 20, day)
					}
					day.Asked = &booking.Slot{SpaceID: room, Interval: day.Interval()}
					switch way {
					case "left out":
						day.Skip = true
					case "in another room":
						if lost == "chairs" {
							t.Skip("another room has no more chairs")
						}
						day.SpaceID = other
					case "at another time":
						day.Start, day.End = day.Start.Add(-6*time.Hour), day.End.Add(-6*time.Hour)
					}
					id, err := p.outfitted(room, chairs, []booking.Date{day})
					p.must(err)
					p.must(p.Cancel(t.Context(), p.centre, taken.ID, "cli"))
					list, err := p.Lost(t.Context(), p.centre)
					p.must(err)
					if len(list) != 1 || list[0].State != booking.Offered {
						t.Fatalf("%+v is not offered", list)
					}
					w := p.wish(third, day.Asked.Interval)
					w.Equipment = []booking.Amount{{EquipmentID: chairs, N: 20}}
					if _, err := p.Book(t.Context(), w); !fault.Is(err, fault.KindConflict) {
						t.Errorf("the chairs are not kept with the offer: %v", err)
					}
					p.must(p.Claim(t.Context(), func(tx *db.Tx) error {
						_, err := p.TakeBack(t.Context(), tx, p.centre, list[0].ID, "", "cli")
						return err
					}))
					p.has(id, 1)
					if _, list := p.dates(id); list[0].Booking.SpaceID != room || list[0].Booking.StartsAt != day.Asked.Start.Unix() {
						t.Errorf("it stands at %+v", list[0].Is)
					}
				})
			})
		}
	}
}

func TestLost_noOfferWhileItsEquipmentIsShort(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := newPlace(t, d)
		room, other := p.room("a", 0, 0, 0), p.room("b", 0, 0, 0)
		chairs := p.stock("Chairs", 40)
		day := weekly(room, "2026-12-15", 1)[0]
		first, second := p.book(room, day.Interval()), p.take(other, chairs, 20, day)
		day.Skip, day.Asked = true, &booking.Slot{SpaceID: room, Interval: day.Interval()}
		_, err := p.outfitted(room, chairs, []booking.Date{day})
		p.must(err)
		state := func() string {
			list, err := p.Lost(t.Context(), p.centre)
			p.must(err)
			return list[0].State
		}
		p.must(p.Cancel(t.Context(), p.centre, first.ID, "cli"))
		if state() != booking.LostYet {
			t.Error("it is offered without its chairs")
		}
		p.must(p.Cancel(t.Context(), p.centre, second.ID, "cli"))
		if state() != booking.Offered {
			t.Error("it is not offered though the chairs are there again")
		}
	})
}

// A hold whose time is over, on the very room, ends before the series leaves its place: else the place that is empty for a
// moment would be offered to who lost it, and be in the series' own way.
func TestChangeSeries_anExpiredHoldGivesNothingAwayInTheMiddle(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := newPlace(t, d)
		room := p.room("a", 0, 0, 0)
		id := p.madeSeries(room, weekly(room, "2026-12-15", 1))
		_, list := p.dates(id)
		lost := weekly(room, "2026-12-15", 1)
		lost[0].Skip, lost[0].Asked = true, &booking.Slot{SpaceID: room, Interval: lost[0].Interval()}
		p.madeSeries(room, lost)
		p.hold(room, booking.Interval{Start: lost[0].End, End: lost[0].End.Add(time.Hour)}, p.now.Add(time.Hour))
		p.now = p.now.Add(2 * time.Hour)
		_, err := p.change(id, list[0].Booking.ID, booking.All, false, booking.Shift{From: "19:00", To: "21:00", SpaceID: room}, nil)
		p.must(err)
		sound(t, d)
	})
}

func TestTakeBack_anExpiredHoldGivesNothingAwayInTheMiddle(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := newPlace(t, d)
		room := p.room("a", 0, 0, 0)
		day := weekly(room, "2026-12-15", 1)[0]
		first := p.book(room, day.Interval())
		p.hold(room, booking.Interval{Start: day.End, End: day.End.Add(time.Hour)}, p.now.Add(time.Hour))
		day.Skip, day.Asked = true, &booking.Slot{SpaceID: room, Interval: day.Interval()}
		p.madeSeries(room, []booking.Date{day})
		p.now = p.now.Add(time.Minute)
		p.madeSeries(room, []booking.Date{day})
		p.must(p.Cancel(t.Context(), p.centre, first.ID, "cli"))
		list, err := p.Lost(t.Context(), p.centre)
		p.must(err)
		p.now = p.now.Add(2 * time.Hour)
		p.must(p.Claim(t.Context(), func(tx *db.Tx) error {
			_, err := p.TakeBack(t.Context(), tx, p.centre, list[0].ID, "", "cli")
			return err
		}))
		sound(t, d)
	})
}

// The desk books a series with chairs: the date on which they are short is listed with what is missing, and solved.
func TestPages_aSeriesWithEquipmentSaysPerDateWhatIsShort(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := newPlace(t, d)
		room, other := p.room("velika", 0, 0, 20), p.room("mala", 0, 0, 8)
		chairs := p.stock("Stolice", 40)
		dates := weekly(room, "2026-12-01", 3)
		p.take(other, chairs, 15, dates[1])
		desk := p.desk(network.Coordinator)
		form := url.Values{"title": {"Proba"}, "space": {room}, "date": {"2026-12-01"}, "from": {"18:00"}, "to": {"20:00"}, "hold": {"0"}, "repeat": {"weekly"}, "count": {"3"},
			"setup": {"60"}, "equipment-" + chairs: {"30"}}
		doc, status := desk("/desk/bookings/new", form)
		boxes := doc.Find("fieldset.boxed")
		if text := boxes.Text(); status != http.StatusUnprocessableEntity || boxes.Length() != 1 || !strings.Contains(text, "Stolice, 18.00–20.00: slobodno 25, a treba 30") {
			t.Fatalf("%d, %d dates: %s", status, boxes.Length(), text)
		}
		if doc.Find(`[name="solve-2026-12-08"][value=space]`).Length() != 0 { // no other room has more chairs
			t.Error("another room is offered, where the chairs are short too")
		}
		if from, _ := doc.Find(`[name="from-2026-12-08"]`).Attr("value"); from != "16:00" { // the nearest that is clear of 18 to 20, its hour of set-up too
			t.Errorf("what is proposed begins at %s", from)
		}
		form.Set("solve-2026-12-08", "time")
		form.Set("from-2026-12-08", "10:00")
		form.Set("to-2026-12-08", "12:00")
		if _, status := desk("/desk/bookings/new", form); status != http.StatusOK {
			t.Fatalf("solved: %d", status)
		}
		var ids []string
		p.must(d.Select(t.Context(), &ids, `SELECT id FROM booking_series`, nil))
		p.has(ids[0], 3)
		_, list := p.dates(ids[0])
		if !slices.ContainsFunc(list, func(x booking.Dated) bool { return x.Is.Day == "2026-12-08" && x.Is.From == "10:00" }) {
			t.Errorf("%+v", list)
		}
		doc, _ = desk("/desk/series/"+ids[0], nil)
		if text := doc.Find(".hero").Text(); !strings.Contains(text, "Stolice × 30") {
			t.Errorf("the series does not say what it has: %s", text)
		}
	})
}
