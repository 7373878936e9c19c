package desk

import (
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kvart/internal/booking"
	"kvart/internal/network"
	"kvart/internal/platform/auth"
	"kvart/internal/platform/i18n"
	"kvart/internal/programme"
)

var thursday = time.Date(2026, 11, 26, 0, 0, 0, 0, time.UTC)

func oclock(hour, minute int) time.Time {
	return thursday.Add(time.Duration(hour)*time.Hour + time.Duration(minute)*time.Minute)
}

func planned(id string, from, to time.Time) programme.Listed {
	return programme.Listed{Session: programme.Session{ID: id, StartsAt: from.Unix(), EndsAt: to.Unix(), Zone: "UTC", State: "planned"}, Title: i18n.Text{i18n.HR: id}}
}

func TestParts_eachEntryIsInOnePlaceByTime(t *testing.T) {
	made := func(from, to time.Time, off bool) entry {
		s := planned("x", from, to)
		if off {
			s.State = "cancelled"
		}
		return entry{Start: from, End: to, Session: &s}
	}
	list := []entry{made(oclock(8, 0), oclock(9, 0), false), made(oclock(9, 0), oclock(11, 0), false), made(oclock(9, 30), oclock(10, 30), true), made(oclock(10, 30), oclock(11, 0), true),
		made(oclock(12, 0), oclock(13, 0), false), made(oclock(12, 0), oclock(14, 0), false), made(oclock(15, 0), oclock(16, 0), false)}
	over, running, next, later := parts(list, oclock(10, 0))
	if len(over) != 2 || len(running) != 1 || len(next) != 2 || len(later) != 2 || !later[0].Session.Cancelled() || running[0].End != oclock(11, 0) {
		t.Errorf("over %d, running %d, next %d, later %d", len(over), len(running), len(next), len(later))
	}
	if over, running, _, _ := parts(list[:2], oclock(9, 0)); len(over) != 1 || len(running) != 1 {
		t.Errorf("at the moment one ends and one begins: over %d, running %d", len(over), len(running))
	}

	rapid.Check(t, func(t *rapid.T) {
		type drawn struct {
			from, long int
			off        bool
		}
		var list []drawn
		for range rapid.IntRange(0, 12).Draw(t, "n") {
			from := rapid.IntRange(0, 90).Draw(t, "from")
			list = append(list, drawn{from, rapid.IntRange(1, 8).Draw(t, "long"), rapid.Bool().Draw(t, "off")})
		}
		slices.SortStableFunc(list, func(a, b drawn) int { return a.from - b.from })
		now := oclock(0, 15*rapid.IntRange(0, 96).Draw(t, "now"))
		var all []entry
		for _, e := range list {
			all = append(all, made(oclock(0, 15*e.from), oclock(0, 15*(e.from+e.long)), e.off))
		}
		over, running, next, later := parts(all, now)
		if len(over)+len(running)+len(next)+len(later) != len(all) {
			t.Fatal("one is lost or twice")
		}
		for _, e := range slices.Concat(running, next) {
			if e.Session.Cancelled() && !e.Start.After(now) {
				t.Fatal("what is called off goes on")
			}
		}
		for _, e := range next {
			if !e.Start.Equal(next[0].Start) || !e.Start.After(now) {
				t.Fatal("two moments are next")
			}
		}
		for _, e := range later {
			if !e.Session.Cancelled() && len(next) > 0 && !e.Start.After(next[0].Start) {
				t.Fatal("later begins before next")
			}
		}
	})
}

// team of three; the roster names the first on weekdays.
var (
	ana, branka, cvita = "a", "b", "c"
	three              = []colleague{{ID: ana}, {ID: branka}, {ID: cvita}}
)

func TestOnDuty_theDateGoesBeforeTheWeekdayAndASubstituteStandsIn(t *testing.T) {
	roster := []duty{{"4", opens, &ana, "08:30"}, {"4", closes, &branka, ""}, {"2026-12-03", opens, nil, ""}, {"2026-12-10", opens, &cvita, "10:00"}}
	on := func(date string, away []absence, team []colleague) doorkeeper {
		d, _ := time.Parse(time.DateOnly, date)
		return onDuty(opens, d, roster, away, team)
	}
	for name, one := range map[string]struct {
		date string
		away []absence
		team []colleague
		want doorkeeper
	}{
		"the weekday's":                  {"2026-11-26", nil, three, doorkeeper{Account: ana, Clock: "08:30"}},
		"no line for the weekday":        {"2026-11-27", nil, three, doorkeeper{}},
		"nobody on that date":            {"2026-12-03", nil, three, doorkeeper{}},
		"another on that date":           {"2026-12-10", nil, three, doorkeeper{Account: cvita, Clock: "10:00"}},
		"away, with a substitute":        {"2026-11-26", []absence{{ana, &branka}}, three, doorkeeper{Account: branka, For: ana, Clock: "08:30"}},
		"the substitute is away too":     {"2026-11-26", []absence{{ana, &branka}, {branka, &cvita}}, three, doorkeeper{Account: cvita, For: ana, Clock: "08:30"}},
		"away, with nobody":              {"2026-11-26", []absence{{ana, nil}}, three, doorkeeper{For: ana, Clock: "08:30"}},
		"no longer of the team":          {"2026-11-26", nil, three[1:], doorkeeper{Clock: "08:30"}},
		"the substitute is of elsewhere": {"2026-11-26", []absence{{ana, &branka}}, three[:1], doorkeeper{For: ana, Clock: "08:30"}},
	} {
		if got := on(one.date, one.away, one.team); got != one.want {
			t.Errorf("%s: %+v, want %+v", name, got, one.want)
		}
	}
}

func TestUnopened_onlyDaysWithSomethingAndNobody(t *testing.T) {
	c := network.Centre{Zone: "UTC"}
	at := func(days, hour int) booking.Booking {
		return booking.Booking{StartsAt: thursday.AddDate(0, 0, days).Add(time.Duration(hour) * time.Hour).Unix()}
	}
	list := []booking.Booking{at(0, 7), at(1, 9), at(1, 12), at(2, 9), at(4, 9), at(5, 9)}
	closed := []network.Closure{{FromDate: "2026-11-28", ToDate: "2026-11-28"}}
	roster := []duty{{"1", opens, &ana, ""}, {"2", opens, &ana, ""}}
	leaves := []leave{{absence{ana, nil}, "2026-12-01", "2026-12-02"}}
	got := unopened(c, list, oclock(8, 0), 7, roster, leaves, three, closed)
	want := []time.Time{time.Unix(list[1].StartsAt, 0).UTC(), time.Unix(list[5].StartsAt, 0).UTC()}
	if !slices.EqualFunc(got, want, time.Time.Equal) {
		t.Errorf("%v, want Friday and Tuesday %v", got, want)
	}
}

// all is a day on which everything is missing at once.
func all() looked {
	twenty, soon, later := 20, oclock(20, 0).Unix(), oclock(60, 0).Unix()
	room, away := "room", branka
	bare := planned("bare", oclock(12, 0), oclock(13, 0))
	bare.PlaceKind = programme.InSpace
	full := planned("full", oclock(14, 0), oclock(15, 0))
	full.PlaceKind, full.SpaceID, full.Capacity, full.ResponsibleID = programme.InSpace, &room, &twenty, &away
	before := planned("before", oclock(-6, 0), oclock(-5, 0))
	quiet := planned("quiet", oclock(-4, 0), oclock(-3, 0))
	quiet.DiscreetDB = 1
	return looked{CentreID: "centre", Date: thursday, Now: oclock(9, 0), Sessions: []programme.Listed{bare, full}, Before: []programme.Listed{before, quiet},
		Spaces: []booking.Space{{ID: room, Holds: 12}}, Calls: map[string]int{"full": 3}, Away: []absence{{AccountID: branka}}, Team: three,
		Bookings: []booking.Booking{{ID: "soon", State: booking.Held, ExpiresAt: &soon, EndsAt: oclock(18, 0).Unix()}, {ID: "later", State: booking.Held, ExpiresAt: &later, EndsAt: oclock(18, 0).Unix()}}}
}

func words(list []gap) (s string) {
	for _, g := range list {
		s += strings.TrimPrefix(g.Title, "desk.gap.") + ":" + g.Session + " "
	}
	return s
}

func TestMissing_listsTheDayFirstAndThenEachSession(t *testing.T) {
	v := all()
	if got, want := words(missing(v)), "opens: hold: attendance: attendance: room:bare responsible:bare capacity:full responsible_away:full calls:full "; got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
	for _, g := range missing(v) {
		if g.Address == "" || g.Press == "" || g.Permission == "" {
			t.Errorf("%s has no press, or is for everybody", g.Title)
		}
	}
	if g := missing(v)[3]; g.Permission != programme.SeeDiscreet {
		t.Errorf("the attendance of a discreet session is for %s", g.Permission)
	}
	v.Closed = &network.Closure{}
	if got := words(missing(v)); !strings.HasPrefix(got, "closed: hold:") {
		t.Errorf("closed: %s", got)
	}
}

func TestMissing_nothingOfWhatIsOverOrCalledOff(t *testing.T) {
	v := all()
	for i := range v.Sessions {
		v.Sessions[i].State = "cancelled"
	}
	v.Before, v.Bookings = nil, nil
	if got := words(missing(v)); got != "" {
		t.Errorf("called off: %s", got)
	}
	v = all()
	v.Now = oclock(40, 0)
	if got := words(missing(v)); got != "attendance: attendance: " {
		t.Errorf("the day after: %s", got)
	}
	v.Now = oclock(13, 30)
	if got := words(missing(v)); strings.Contains(got, "bare") {
		t.Errorf("of a session that is over: %s", got)
	}
}

func TestMissing_eachGapIsMendedByItself(t *testing.T) {
	n := len(missing(all()))
	for name, mend := range map[string]func(*looked){
		"opens":            func(v *looked) { v.Opens.Account = ana },
		"hold":             func(v *looked) { v.Bookings[0].State = booking.Confirmed },
		"room":             func(v *looked) { v.Sessions[0].SpaceID = &v.Spaces[0].ID },
		"capacity":         func(v *looked) { v.Spaces[0].Holds = 20 },
		"capacity unsaid":  func(v *looked) { v.Spaces[0].Holds = 0 },
		"responsible":      func(v *looked) { v.Sessions[0].ResponsibleID = &ana },
		"responsible_away": func(v *looked) { v.Away[0].Substitute = &cvita },
		"calls":            func(v *looked) { v.Calls = nil },
		"attendance":       func(v *looked) { at := int64(1); v.Before[0].RecordedAt = &at },
	} {
		v := all()
		mend(&v)
		if got := missing(v); len(got) != n-1 {
			t.Errorf("%s mended: %s", name, words(got))
		}
	}
}

func TestTold_leavesOutWhatTheListOfTasksSaysAndWhatOneCannotMend(t *testing.T) {
	list := missing(all())
	mine := []line{{Task: network.Task{Key: "booking.hold:soon"}}}
	got := words(told(list, func(p auth.Permission) bool { return p != programme.SeePast }, mine))
	if strings.Contains(got, "hold") || strings.Count(got, "attendance") != 1 || !strings.Contains(got, "opens") {
		t.Error(got)
	}
}
