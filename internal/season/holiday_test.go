package season_test

import (
	"strings"
	"testing"

	"kvart/internal/network"
	"kvart/internal/platform/db"
	"kvart/internal/platform/dbtest"
	"kvart/internal/season"
)

// A centre that is closed on public holidays gets no bookings on them; one that asks each time gets them, and they are listed.
// Both say which holiday it is.
func TestGenerate_onAPublicHolidayAsTheCentreSays(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		easter := h.autumn()
		easter.FromDate, easter.ToDate = "2027-03-29", "2027-03-29" // a Monday
		var id string
		h.must(h.tx(func(tx *db.Tx) (err error) {
			id, err = h.Save(t.Context(), tx, easter, []string{h.hall, h.small}, "test")
			return err
		}))
		h.must(h.OpenWishes(t.Context(), h.centre, id, "test"))
		h.wishes(h.season(id))
		h.must(h.Count(t.Context(), h.centre, id, "test"))
		h.must(h.Publish(t.Context(), h.centre, id, "test"))
		one := h.season(id)
		for _, x := range []struct {
			holidays, outcome, in, says string
		}{{network.HolidaysClosed, season.Closed, "Što nije upisano", "Uskrsni ponedjeljak"}, {network.HolidaysAsk, season.Booked, "Upisano na blagdan", "Uskrsni ponedjeljak"}, {network.HolidaysOpen, season.Booked, "", ""}} {
			_, err := d.Exec(t.Context(), `UPDATE centres SET holidays = :h`, db.Args{"h": x.holidays})
			h.must(err)
			_, err = h.Generate(t.Context(), one, "test", going)
			h.must(err)
			got, err := h.Outcomes(t.Context(), one.ID)
			h.must(err)
			if len(got) != 1 || got[x.outcome] != 1 {
				t.Errorf("%s: %v", x.holidays, got)
			}
			page, _ := h.coordinator()("/desk/season/"+one.ID, nil)
			text := page.Find("#bookings").Text()
			if !strings.Contains(text, x.in) || !strings.Contains(text, x.says) || x.says == "" && strings.Contains(text, "na blagdan") {
				t.Errorf("%s: %s", x.holidays, text)
			}
		}
	})
}
