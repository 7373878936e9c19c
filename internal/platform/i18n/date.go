package i18n

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Dates are said as people say them. A moment is given in the local time in which it is to be read.

var weekdays = map[Lang][7]string{
	HR: {"nedjelja", "ponedjeljak", "utorak", "srijeda", "četvrtak", "petak", "subota"},
	EN: {"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"},
	NB: {"søndag", "mandag", "tirsdag", "onsdag", "torsdag", "fredag", "lørdag"},
}

var shortWeekdays = map[Lang][7]string{
	HR: {"ned", "pon", "uto", "sri", "čet", "pet", "sub"},
	EN: {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"},
	NB: {"søn.", "man.", "tir.", "ons.", "tor.", "fre.", "lør."},
}

// months of a date: Croatian in the genitive.
var months = map[Lang][12]string{
	HR: {"siječnja", "veljače", "ožujka", "travnja", "svibnja", "lipnja", "srpnja", "kolovoza", "rujna", "listopada", "studenoga", "prosinca"},
	EN: {"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"},
	NB: {"januar", "februar", "mars", "april", "mai", "juni", "juli", "august", "september", "oktober", "november", "desember"},
}

// namedMonths stand alone.
var namedMonths = [12]string{"siječanj", "veljača", "ožujak", "travanj", "svibanj", "lipanj", "srpanj", "kolovoz", "rujan", "listopad", "studeni", "prosinac"}

var shortMonths = map[Lang][12]string{
	EN: {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"},
	NB: {"jan.", "feb.", "mars", "apr.", "mai", "juni", "juli", "aug.", "sep.", "okt.", "nov.", "des."},
}

// Weekday is "četvrtak", "Thursday", "torsdag".
func (p *Printer) Weekday(d time.Weekday) string { return weekdays[p.lang][d] }

// Day is "četvrtak, 26. studenoga", "Thursday 26 November", "torsdag 26. november".
func (p *Printer) Day(t time.Time) string {
	w, d, m := weekdays[p.lang][t.Weekday()], strconv.Itoa(t.Day()), months[p.lang][t.Month()-1]
	switch p.lang {
	case EN:
		return w + " " + d + " " + m
	case NB:
		return w + " " + d + ". " + m
	}
	return w + ", " + d + ". " + m
}

// DayYear is Day with the year: "četvrtak, 26. studenoga 2026."
func (p *Printer) DayYear(t time.Time) string {
	s := p.Day(t) + " " + strconv.Itoa(t.Year())
	if p.lang == HR {
		s += "."
	}
	return s
}

// DayShort is "čet 26. 11.", "Thu 26 Nov", "tor. 26. nov."
func (p *Printer) DayShort(t time.Time) string {
	w := shortWeekdays[p.lang][t.Weekday()]
	switch p.lang {
	case EN:
		return fmt.Sprintf("%s %d %s", w, t.Day(), shortMonths[EN][t.Month()-1])
	case NB:
		return fmt.Sprintf("%s %d. %s", w, t.Day(), shortMonths[NB][t.Month()-1])
	}
	return fmt.Sprintf("%s %d. %d.", w, t.Day(), t.Month())
}

// Date is "26. 11. 2026.", "26 Nov 2026", "26.11.2026".
func (p *Printer) Date(t time.Time) string {
	switch p.lang {
	case EN:
		return fmt.Sprintf("%d %s %d", t.Day(), shortMonths[EN][t.Month()-1], t.Year())
	case NB:
		return fmt.Sprintf("%d.%d.%d", t.Day(), t.Month(), t.Year())
	}
	return fmt.Sprintf("%d. %d. %d.", t.Day(), t.Month(), t.Year())
}

// Month is "studeni 2026.", "November 2026", "november 2026".
func (p *Printer) Month(t time.Time) string {
	if p.lang == HR {
		return namedMonths[t.Month()-1] + " " + strconv.Itoa(t.Year()) + "."
	}
	return months[p.lang][t.Month()-1] + " " + strconv.Itoa(t.Year())
}

// Clock is "9.30", in English "09:30", in Norwegian "09.30".
func (p *Printer) Clock(t time.Time) string {
	switch p.lang {
	case EN:
		return t.Format("15:04")
	case NB:
		return t.Format("15.04")
	}
	return strings.TrimPrefix(t.Format("15.04"), "0") // no zero before the hour: 9.30
}

// When is "četvrtak, 26. studenoga u 18 sati", "… u 18.30", "Thursday 26 November at 18:00", "torsdag 26. november kl. 18.00".
func (p *Printer) When(t time.Time) string {
	switch p.lang {
	case EN:
		return p.Day(t) + " at " + p.Clock(t)
	case NB:
		return p.Day(t) + " kl. " + p.Clock(t)
	}
	if t.Minute() != 0 {
		return p.Day(t) + " u " + p.Clock(t)
	}
	if t.Hour() == 0 {
		return p.Day(t) + " u ponoć"
	}
	return p.Day(t) + " u " + strconv.Itoa(t.Hour()) + " " + hoursHR(t.Hour())
}

func hoursHR(h int) string {
	switch {
	case h%10 == 1 && h != 11:
		return "sat"
	case h%10 >= 2 && h%10 <= 4 && (h < 12 || h > 14):
		return "sata"
	}
	return "sati"
}

// Span is "10.00–11.30".
func (p *Printer) Span(start, end time.Time) string { return p.Clock(start) + "–" + p.Clock(end) }

// Relative is "danas", "sutra" or "jučer" in the printer's language, or nothing for other days.
func (p *Printer) Relative(t, now time.Time) string {
	midnight := func(x time.Time) time.Time { return time.Date(x.Year(), x.Month(), x.Day(), 12, 0, 0, 0, time.UTC) }
	switch midnight(t).Sub(midnight(now)) {
	case 0:
		return p.T("date.today")
	case 24 * time.Hour:
		return p.T("date.tomorrow")
	case -24 * time.Hour:
		return p.T("date.yesterday")
	}
	return ""
}

// Ago is "prije 3 dana", "3 days ago".
func (p *Printer) Ago(d time.Duration) string { return p.span("date.ago.", d) }

// Within is "još 2 sata", "2 hours left".
func (p *Printer) Within(d time.Duration) string { return p.span("date.within.", d) }

func (p *Printer) span(prefix string, d time.Duration) string {
	switch {
	case d < time.Hour:
		return p.N(prefix+"minutes", max(1, int(d/time.Minute)))
	case d < 48*time.Hour:
		return p.N(prefix+"hours", int(d/time.Hour))
	}
	return p.N(prefix+"days", int(d/(24*time.Hour)))
}

// Number groups digits as the language does: 87.608, 87,608, 87 608.
func (p *Printer) Number(n int64) string {
	sign, s := "", strconv.FormatInt(n, 10)
	if n < 0 {
		sign, s = "−", s[1:]
	}
	least := int64(10000) // four digits stand together, except in English
	if p.lang == EN {
		least = 1000
	}
	if n > -least && n < least {
		return sign + s
	}
	mark := map[Lang]string{HR: ".", EN: ",", NB: "\u00a0"}[p.lang]
	var parts []string
	for len(s) > 3 {
		parts = append([]string{s[len(s)-3:]}, parts...)
		s = s[:len(s)-3]
	}
	return sign + strings.Join(append([]string{s}, parts...), mark)
}

// Money is "87.608,79 €", "€87,608.79", "87 608,79 €" for whole cents; another currency is said by its code. A minus
// stands before everything: "−€0.05".
func (p *Printer) Money(cents int64, currency string) string {
	symbol := currency
	if currency == "EUR" {
		symbol = "€"
	}
	sign, whole, rest := "", cents/100, cents%100
	if cents < 0 {
		sign, whole, rest = "−", -whole, -rest
	}
	if p.lang == EN {
		gap := ""
		if symbol == currency {
			gap = "\u00a0"
		}
		return fmt.Sprintf("%s%s%s%s.%02d", sign, symbol, gap, p.Number(whole), rest)
	}
	return fmt.Sprintf("%s%s,%02d\u00a0%s", sign, p.Number(whole), rest, symbol)
}
