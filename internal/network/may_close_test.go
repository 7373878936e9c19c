package network_test

import (
	"testing"
	"time"

	"kvart/internal/network"
	"kvart/internal/platform/db"
	"kvart/internal/platform/dbtest"
	"kvart/internal/platform/i18n"
)

func TestFacts_aHolidayOnWhichNobodyHasSaidIsToldOfTwoWeeksBefore(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s, centres := filled(t, d)
		told := func(c network.Centre, now string) (list []string) {
			t.Helper()
			at, err := time.ParseInLocation("2006-01-02 15:04", now, c.Location())
			if err != nil {
				t.Fatal(err)
			}
			f, err := s.Facts(t.Context(), d, c, at)
			if err != nil {
				t.Fatal(err)
			}
			for _, x := range f.MayClose {
				list = append(list, x.FromDate)
			}
			return list
		}
		c := centres[0]
		for holidays, want := range map[string]int{network.HolidaysAsk: 3, network.HolidaysClosed: 0, network.HolidaysOpen: 0} {
			c.Holidays = holidays
			if got := told(c, "2026-12-20 10:00"); len(got) != want {
				t.Errorf("%s: %v", holidays, got)
			}
		}
		c.Holidays = network.HolidaysAsk
		if got := told(c, "2026-12-25 23:00"); len(got) == 0 || got[0] != "2026-12-25" {
			t.Errorf("on the day itself: %v", got)
		}
		if got := told(c, "2026-12-02 10:00"); len(got) != 0 {
			t.Errorf("three weeks before: %v", got)
		}
		if err := s.AddClosure(t.Context(), network.Closure{CentreID: c.ID, FromDate: "2026-12-24", ToDate: "2026-12-26", Reason: i18n.Text{}}, "test"); err != nil {
			t.Fatal(err)
		}
		if got := told(c, "2026-12-15 10:00"); len(got) != 0 {
			t.Errorf("closed, and said so: %v", got)
		}
	})
}
