package ical

import (
	"strconv"
	"strings"
	"time"
)

// timeKind says how a DATE or DATE-TIME is anchored.
type timeKind int

const (
	badTime timeKind = iota
	wholeDay
	localTime // a TZID or nothing says where
	utcTime
)

// parseTime reads a DATE or DATE-TIME (RFC 5545 sections 3.3.4 and 3.3.5) as wall-clock time.
func parseTime(s string) (time.Time, timeKind) {
	s = strings.ToUpper(strings.TrimSpace(s))
	kind := localTime
	switch {
	case len(s) == 8:
		t, err := time.Parse("20060102", s)
		if err != nil {
			return time.Time{}, badTime
		}
		return t, wholeDay
	case strings.HasSuffix(s, "Z"):
		kind, s = utcTime, s[:len(s)-1]
	}
	if len(s) == 13 { // some write no seconds
		s += "00"
	}
	if len(s) == 15 && s[13:] == "60" { // a leap second; time.Time has none
		s = s[:13] + "59"
	}
	t, err := time.Parse(layoutLocal, s)
	if err != nil {
		return time.Time{}, badTime
	}
	return t, kind
}

// length is a DURATION: days by the calendar, the rest by the clock (RFC 5545 section 3.3.6).
type length struct {
	days  int
	clock time.Duration
}

// parseLength reads a DURATION of at most ten years.
func parseLength(s string) (l length, ok bool) {
	s = strings.ToUpper(strings.TrimSpace(s))
	sign := 1
	switch {
	case strings.HasPrefix(s, "-"):
		sign, s = -1, s[1:]
	case strings.HasPrefix(s, "+"):
		s = s[1:]
	}
	if !strings.HasPrefix(s, "P") || len(s) < 3 {
		return l, false
	}
	inTime := false
	for s = s[1:]; s != ""; {
		if s[0] == 'T' && !inTime {
			inTime, s = true, s[1:]
			continue
		}
		digits := 0
		for digits < len(s) && s[digits] >= '0' && s[digits] <= '9' {
			digits++
		}
		n, err := strconv.Atoi(s[:digits])
		if err != nil || digits == len(s) || digits > 9 {
			return l, false
		}
		switch unit := s[digits]; {
		case unit == 'W' && !inTime:
			l.days += 7 * n
		case unit == 'D' && !inTime:
			l.days += n
		case unit == 'H' && inTime:
			l.clock += time.Duration(n) * time.Hour
		case unit == 'M' && inTime:
			l.clock += time.Duration(n) * time.Minute
		case unit == 'S' && inTime:
			l.clock += time.Duration(n) * time.Second
		default:
			return l, false
		}
		const years = 3653
		if l.days > years || l.clock > years*24*time.Hour || l.clock < 0 {
			return l, false
		}
		s = s[digits+1:]
	}
	l.days *= sign
	l.clock *= time.Duration(sign)
	return l, true
}

// end is when something of this length ends that starts at wall-clock time wall in z.
func (l length) end(z zone, wall time.Time) time.Time {
	return z.at(wall.AddDate(0, 0, l.days)).Add(l.clock)
}

// parseOffset reads a UTC-OFFSET in seconds.
func parseOffset(s string) (int, bool) {
	s = strings.TrimSpace(s)
	if (len(s) != 5 && len(s) != 7) || (s[0] != '+' && s[0] != '-') {
		return 0, false
	}
	n, err := strconv.Atoi(s[1:])
	if err != nil || n < 0 {
		return 0, false
	}
	if len(s) == 5 {
		n *= 100
	}
	hours, minutes, seconds := n/10000, n/100%100, n%100
	if hours > 23 || minutes > 59 || seconds > 59 {
		return 0, false
	}
	n = hours*3600 + minutes*60 + seconds
	if s[0] == '-' {
		n = -n
	}
	return n, true
}

// first is the first property of that name, or the zero property.
func first(props map[string][]property, name string) property {
	if p := props[name]; len(p) > 0 {
		return p[0]
	}
	return property{}
}
