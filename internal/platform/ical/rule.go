package ical

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/teambition/rrule-go"
)

const (
	maxRuleSteps  = 1_000_000 // dates computed for one file, wanted or not
	maxEmptyRules = 20        // rules that never come true; each is searched for until the year 9999
)

// refusal is why an event, or a rule of it, is not taken.
type refusal struct {
	key  string
	args []any
}

func refuse(key string, args ...any) *refusal { return &refusal{key, args} }

// rule is an RRULE that has been checked.
type rule struct {
	option    rrule.ROption
	until     time.Time
	untilKind timeKind // badTime where the rule has no UNTIL
}

func (u rule) endless() bool { return u.option.Count == 0 && u.untilKind == badTime }

// parseRule reads an RRULE (RFC 5545 section 3.3.10). It refuses rules that recur within a day, which no series of
// meetings does, and everything rrule-go would loop or panic on.
func parseRule(s string) (rule, *refusal) {
	bad := func() (rule, *refusal) { return rule{}, refuse("ical.skip.bad_rule", "rule", shorten(s)) }
	var u rule
	var kept []string
	if len(s) > 2000 {
		return bad()
	}
	for part := range strings.SplitSeq(strings.ToUpper(strings.Join(strings.Fields(s), "")), ";") {
		key, value, _ := strings.Cut(part, "=")
		switch {
		case part == "" || strings.HasPrefix(key, "X-"):
		case key == "UNTIL":
			u.until, u.untilKind = parseTime(value)
			if u.untilKind == badTime {
				return bad()
			}
		case key == "DTSTART" || key == "BYEASTER":
			return bad()
		case key == "INTERVAL" || key == "COUNT":
			if n, err := strconv.Atoi(value); err != nil || n < 1 || (key == "INTERVAL" && n > 1000) {
				return bad()
			}
			kept = append(kept, part)
		default:
			kept = append(kept, part)
		}
	}
	option, err := rrule.StrToROption(strings.Join(kept, ";"))
	if err != nil {
		return bad()
	}
	if option.Freq > rrule.DAILY || max(1, len(option.Byhour))*max(1, len(option.Byminute))*max(1, len(option.Bysecond)) > 24 {
		return rule{}, refuse("ical.skip.rule_too_often", "rule", shorten(s))
	}
	for _, day := range option.Byweekday {
		if n := max(day.N(), -day.N()); n > 5 && (option.Freq != rrule.YEARLY || len(option.Bymonth) > 0) {
			return bad()
		}
	}
	if len(option.Byweekno) > 0 && option.Freq != rrule.YEARLY {
		return bad()
	}
	u.option = *option
	return u, nil
}

// expand gives the wall-clock times of a rule beginning at start, from keep on and before limit. The start is the
// first of them whether or not the rule names it (RFC 5545 section 3.8.5.3).
//
// The rule is followed on the wall clock, and each time placed in the zone by itself: so nothing drifts when the
// clocks change, and rrule-go, which takes the second turn of an hour that comes twice, is never asked about one.
func (r *reader) expand(text string, start, keep, limit time.Time, z zone) (walls []time.Time, endless bool, refused *refusal) {
	u, refused := parseRule(text)
	if refused != nil {
		return nil, false, refused
	}
	if r.emptyRules >= maxEmptyRules || r.steps >= maxRuleSteps {
		return nil, false, refuse("ical.skip.too_much")
	}
	defer func() {
		if p := recover(); p != nil { // rrule-go indexes its masks with what the rule says
			walls, refused = nil, refuse("ical.skip.bad_rule", "rule", shorten(text))
		}
	}()
	over := func(wall time.Time) bool {
		switch u.untilKind {
		case wholeDay: // that day included, as every program that writes it means it
			return !wall.Before(u.until.AddDate(0, 0, 1))
		case localTime:
			return wall.After(u.until)
		case utcTime:
			return z.at(wall).After(u.until)
		}
		return false
	}
	option := u.option
	option.Dtstart = start
	option.Until = limit
	if u.untilKind != badTime && u.until.AddDate(0, 0, 2).Before(limit) {
		option.Until = u.until.AddDate(0, 0, 2)
	}
	if option.Until.Before(start) {
		return nil, u.endless(), nil
	}
	compiled, err := rrule.NewRRule(option)
	if err != nil {
		return nil, false, refuse("ical.skip.bad_rule", "rule", shorten(text))
	}
	take := func(wall time.Time) {
		if !wall.Before(keep) && wall.Before(limit) {
			walls = append(walls, wall)
		}
	}
	take(start)
	left := option.Count - 1 // dates still to come after the start; endless below zero
	next, found := compiled.Iterator(), false
	for left != 0 {
		wall, ok := next()
		if !ok {
			break
		}
		found = true
		if r.steps++; r.steps > maxRuleSteps {
			return nil, false, refuse("ical.skip.too_much")
		}
		if wall.Equal(start) {
			continue
		}
		if !wall.Before(limit) || over(wall) {
			break
		}
		take(wall)
		left--
	}
	if !found && left != 0 {
		r.emptyRules++
	}
	return walls, u.endless(), nil
}

// weekly gives n and the weekdays of a rule that says "every n weeks on these weekdays" and nothing more, else 0.
func weekly(text string, start time.Time) (int, []time.Weekday) {
	u, refused := parseRule(text)
	o := u.option
	if refused != nil || o.Freq != rrule.WEEKLY ||
		len(o.Bysetpos)+len(o.Bymonth)+len(o.Bymonthday)+len(o.Byyearday)+len(o.Byhour)+len(o.Byminute)+len(o.Bysecond) > 0 {
		return 0, nil
	}
	var days []time.Weekday
	for _, d := range o.Byweekday {
		days = append(days, time.Weekday((d.Day()+1)%7))
	}
	if len(days) == 0 {
		days = []time.Weekday{start.Weekday()}
	}
	return max(1, o.Interval), days
}

// shorten makes a value of the file fit into a sentence.
func shorten(s string) string {
	s = strings.Join(strings.Fields(cleanText(s)), " ")
	if runes := []rune(s); len(runes) > 80 {
		return fmt.Sprintf("%s…", string(runes[:79]))
	}
	return s
}
