package network

import (
	"cmp"
	"slices"
	"sync/atomic"
	"time"

	"kvart/internal/platform/i18n"
)

// What a centre does on public holidays.
const (
	HolidaysClosed = "closed" // as on a day of its own closures
	HolidaysOpen   = "open"   // they are days like any other
	HolidaysAsk    = "ask"    // the public reads that it may be closed, and whoever books is asked
)

// HolidayChoices are all of them, in the order of the form.
var HolidayChoices = []string{HolidaysAsk, HolidaysClosed, HolidaysOpen}

// Holiday is a public holiday.
type Holiday struct {
	Date string // local date
	Name i18n.Text
}

// Holidays are the public holidays of Croatia in the year, by date, as article 1 of Zakon o blagdanima, spomendanima i
// neradnim danima u Republici Hrvatskoj says (NN 110/2019, in force since 1 January 2020). Two can fall on one day.
func Holidays(year int) []Holiday {
	easter := easterSunday(year)
	fixed := func(m time.Month, d int) time.Time { return time.Date(year, m, d, 0, 0, 0, 0, time.UTC) }
	var list []Holiday
	for _, h := range []struct {
		day        time.Time
		hr, en, nb string
	}{
		{fixed(time.January, 1), "Nova godina", "New Year’s Day", "Første nyttårsdag"},
		{fixed(time.January, 6), "Sveta tri kralja", "Epiphany", "Helligtrekongersdag"},
		{easter, "Uskrs", "Easter Sunday", "Første påskedag"},
		{easter.AddDate(0, 0, 1), "Uskrsni ponedjeljak", "Easter Monday", "Andre påskedag"},
		{fixed(time.May, 1), "Praznik rada", "Labour Day", "Arbeidernes dag"},
		{fixed(time.May, 30), "Dan državnosti", "Statehood Day", "Kroatias nasjonaldag"},
		{easter.AddDate(0, 0, 60), "Tijelovo", "Corpus Christi", "Kristi legemsfest"},
		{fixed(time.June, 22), "Dan antifašističke borbe", "Anti-Fascist Struggle Day", "Antifascistdagen"},
		{fixed(time.August, 5), "Dan pobjede i domovinske zahvalnosti i Dan hrvatskih branitelja", "Victory and Homeland Thanksgiving Day", "Seiers- og takkedagen"},
		{fixed(time.August, 15), "Velika Gospa", "Assumption Day", "Marias himmelfart"},
		{fixed(time.November, 1), "Svi sveti", "All Saints’ Day", "Allehelgensdag"},
		{fixed(time.November, 18), "Dan sjećanja na žrtve Domovinskog rata i Dan sjećanja na žrtvu Vukovara i Škabrnje", "Remembrance Day", "Minnedagen"},
		{fixed(time.December, 25), "Božić", "Christmas Day", "Første juledag"},
		{fixed(time.December, 26), "Sveti Stjepan", "St Stephen’s Day", "Andre juledag"},
	} {
		list = append(list, Holiday{h.day.Format(time.DateOnly), i18n.Text{i18n.HR: h.hr, i18n.EN: h.en, i18n.NB: h.nb}})
	}
	slices.SortStableFunc(list, func(a, b Holiday) int { return cmp.Compare(a.Date, b.Date) })
	return list
}

// HolidayOn is the holiday on the local date, or nil.
func HolidayOn(date string) *Holiday {
	day, err := time.Parse(time.DateOnly, date)
	if err != nil {
		return nil
	}
	kept := lately.Load()
	if kept == nil || kept.year != day.Year() {
		kept = &yearOf{day.Year(), Holidays(day.Year())}
		lately.Store(kept)
	}
	for _, h := range kept.holidays {
		if h.Date == date {
			return &h
		}
	}
	return nil
}

// lately is the year that was asked for last: a page of opening hours asks for the same days again and again.
var lately atomic.Pointer[yearOf]

type yearOf struct {
	year     int
	holidays []Holiday
}

// easterSunday is computed as Meeus, Jones and Butcher do (J. Meeus, Astronomical Algorithms, chapter 8): for every year of
// the Gregorian calendar, without exceptions.
func easterSunday(year int) time.Time {
	a, b, c := year%19, year/100, year%100
	d, e := b/4, b%4
	f := (b + 8) / 25
	g := (b - f + 1) / 3
	h := (19*a + b - d - g + 15) % 30
	i, k := c/4, c%4
	l := (32 + 2*e + 2*i - h - k) % 7
	m := (a + 11*h + 22*l) / 451
	return time.Date(year, time.Month((h+l-7*m+114)/31), (h+l-7*m+114)%31+1, 0, 0, 0, 0, time.UTC)
}

// holidayYears is how far ahead the holidays of a centre count as closures.
const holidayYears = 2

// holidaysFrom are the holidays from the local date on, as closures of the centre.
func holidaysFrom(centreID, from string) []Closure {
	day, err := time.Parse(time.DateOnly, from)
	if err != nil {
		return nil
	}
	var list []Closure
	for year := day.Year(); year <= day.Year()+holidayYears; year++ {
		for _, h := range Holidays(year) {
			if h.Date >= from {
				list = append(list, Closure{CentreID: centreID, FromDate: h.Date, ToDate: h.Date, Reason: h.Name, Holiday: true})
			}
		}
	}
	return list
}

// Doubt is why a use of a centre's rooms is asked about once more before it is booked.
type Doubt struct {
	Closure *Closure // it is closed then, or a holiday on which nobody knows
	Hours   bool     // it is not open then
}

// DoubtAt says what speaks against the time, of what ClosuresAsked gave and of the weekly hours; nil when nothing does. A
// centre that says no hours is never outside them.
func (c Centre) DoubtAt(start, end time.Time, asked []Closure) *Doubt {
	loc := c.Location()
	last := end.Add(-time.Second).In(loc)
	for day := start.In(loc); ; day = day.AddDate(0, 0, 1) {
		date := day.Format(time.DateOnly)
		if date > last.Format(time.DateOnly) {
			break
		}
		if x := closedOn(date, asked); x != nil {
			return &Doubt{Closure: x}
		}
	}
	if len(c.Hours) > 0 && !c.openThrough(start, end) {
		return &Doubt{Hours: true}
	}
	return nil
}

// openThrough says whether the weekly hours cover the whole time. Spans that touch are one.
func (c Centre) openThrough(start, end time.Time) bool {
	loc := c.Location()
	local := start.In(loc)
	at := start
	for ahead := -1; ahead < 32; ahead++ { // from yesterday, whose evening may last past midnight
		day := time.Date(local.Year(), local.Month(), local.Day()+ahead, 12, 0, 0, 0, loc)
		spans := slices.Clone(c.Hours)
		slices.SortFunc(spans, func(a, b Hours) int { return cmp.Compare(a.Opens, b.Opens) })
		for _, h := range spans {
			if h.Weekday != isoWeekday(day.Weekday()) {
				continue
			}
			opens, closes := atClock(day, h.Opens, loc), atClock(day, h.Closes, loc)
			if h.Closes <= h.Opens {
				closes = atClock(day.AddDate(0, 0, 1), h.Closes, loc)
			}
			if !opens.After(at) && closes.After(at) {
				at = closes
			}
		}
		if !at.Before(end) {
			return true
		}
		if day.After(end.AddDate(0, 0, 1)) {
			break
		}
	}
	return false
}
