package booking_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"kvart/internal/booking"
	"kvart/internal/network"
)

var inZagreb = func() *time.Location { l, _ := time.LoadLocation("Europe/Zagreb"); return l }()

// on is an hour of a day of November 2026, local; the 23rd is a Monday.
func on(day, from, to int) booking.Interval {
	return booking.Interval{Start: time.Date(2026, 11, day, from, 0, 0, 0, inZagreb), End: time.Date(2026, 11, day, to, 0, 0, 0, inZagreb)}
}

var evenings = network.HoursList{{Weekday: 1, Opens: "17:00", Closes: "21:00"}, {Weekday: 2, Opens: "17:00", Closes: "21:00"}}

func TestLimits_sayTheNumberAndWhatIsLeft(t *testing.T) {
	now := time.Date(2026, 11, 20, 9, 0, 0, 0, inZagreb)
	prime := booking.Prime{Hours: evenings, Rooms: 2, Zone: inZagreb} // 8 hours of two rooms: 960 minutes a week
	for name, c := range map[string]struct {
		limits       booking.Limits
		held, wanted []booking.Interval
		rule         string
		limit, left  int
	}{
		"nothing is limited":               {booking.Limits{}, nil, []booking.Interval{on(23, 0, 24)}, "", 0, 0},
		"exactly the limit":                {booking.Limits{WeekMinutes: 240}, []booking.Interval{on(23, 9, 11)}, []booking.Interval{on(25, 9, 11)}, "", 0, 0},
		"over by what is held":             {booking.Limits{WeekMinutes: 240}, []booking.Interval{on(23, 9, 12)}, []booking.Interval{on(25, 9, 11)}, booking.RuleWeek, 240, 60},
		"another week does not count":      {booking.Limits{WeekMinutes: 240}, []booking.Interval{on(22, 9, 13)}, []booking.Interval{on(23, 9, 13)}, "", 0, 0},
		"two that are too much together":   {booking.Limits{WeekMinutes: 240}, nil, []booking.Interval{on(23, 9, 12), on(24, 9, 12)}, booking.RuleWeek, 240, 240},
		"past midnight, half in each week": {booking.Limits{WeekMinutes: 120}, nil, []booking.Interval{{Start: on(29, 22, 23).Start, End: on(30, 1, 2).End}}, "", 0, 0},
		"the last day that is near":        {booking.Limits{WeeksAhead: 1}, nil, []booking.Interval{on(27, 23, 24)}, "", 0, 0},
		"the first that is too far":        {booking.Limits{WeeksAhead: 1}, nil, []booking.Interval{on(28, 0, 1)}, booking.RuleAhead, 1, 0},
		"a quarter of prime time":          {booking.Limits{PrimeShare: 25}, nil, []booking.Interval{on(23, 17, 21)}, "", 0, 0},
		"more than a quarter":              {booking.Limits{PrimeShare: 25}, []booking.Interval{on(24, 17, 18)}, []booking.Interval{on(23, 15, 21)}, booking.RulePrime, 240, 180},
		"outside prime time":               {booking.Limits{PrimeShare: 1}, nil, []booking.Interval{on(25, 17, 21)}, "", 0, 0},
	} {
		list := c.limits.Check(prime, c.held, c.wanted, now)
		if c.rule == "" && len(list) == 0 {
			continue
		}
		if len(list) != 1 || list[0].Rule != c.rule || list[0].Limit != c.limit || list[0].Left != c.left {
			t.Errorf("%s: %+v, want %s of %d with %d left", name, list, c.rule, c.limit, c.left)
		}
	}
}

func TestPrime_minutesAreLocalAndPastMidnight(t *testing.T) {
	p := booking.Prime{Hours: network.HoursList{{Weekday: 7, Opens: "22:00", Closes: "04:00"}}, Zone: inZagreb}
	for _, c := range []struct {
		from, to time.Time
		want     int
	}{
		{time.Date(2026, 10, 24, 20, 0, 0, 0, inZagreb), time.Date(2026, 10, 25, 4, 0, 0, 0, inZagreb), 0},   // Saturday to Sunday
		{time.Date(2026, 10, 25, 20, 0, 0, 0, inZagreb), time.Date(2026, 10, 26, 6, 0, 0, 0, inZagreb), 360}, // the night after the clocks changed
		{time.Date(2026, 11, 2, 1, 0, 0, 0, inZagreb), time.Date(2026, 11, 2, 2, 30, 0, 0, inZagreb), 90},    // Monday, of Sunday's night
	} {
		if n := p.Minutes(booking.Interval{Start: c.from, End: c.to}); n != c.want {
			t.Errorf("%v to %v: %d minutes, want %d", c.from, c.to, n, c.want)
		}
	}
}

// What may still be held may be held, and a minute more may not.
func TestLimits_whatIsLeftIsLeft(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		limit := booking.Limits{WeekMinutes: rapid.IntRange(60, 2000).Draw(t, "limit")}
		var held []booking.Interval
		at := on(23, 0, 1).Start
		for range rapid.IntRange(0, 5).Draw(t, "bookings") {
			length := time.Duration(rapid.IntRange(15, 300).Draw(t, "minutes")) * time.Minute
			held = append(held, booking.Interval{Start: at, End: at.Add(length)})
			at = at.Add(length)
		}
		start := on(27, 8, 9).Start
		want := func(minutes int) []booking.Excess {
			return limit.Check(booking.Prime{Zone: inZagreb}, held, []booking.Interval{{Start: start, End: start.Add(time.Duration(minutes) * time.Minute)}}, start)
		}
		left := 5000
		if list := want(3000); len(list) == 1 {
			left = list[0].Left
		} else {
			t.Fatalf("3000 minutes pass: %+v", list)
		}
		if left > 0 && len(want(left)) != 0 {
			t.Fatalf("%d minutes are left and cannot be had", left)
		}
		if len(want(left+1)) != 1 {
			t.Fatalf("%d minutes are left and one more can be had", left)
		}
	})
}
