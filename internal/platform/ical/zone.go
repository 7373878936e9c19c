package ical

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// zone turns wall-clock time into moments by RFC 5545 section 3.3.5: an hour that comes twice means its first turn,
// an hour that does not exist is counted with the offset from before the gap.
//
// A wall-clock time is kept as a time.Time in UTC whose fields read like the clock on the wall.
type zone struct {
	loc  *time.Location // nil where the file's own rules count
	own  []transition   // those rules, in order
	show *time.Location // where the results are told; has an IANA name
}

// transition is one change of the clock, in seconds east of UTC.
type transition struct {
	at       time.Time
	from, to int
}

// at gives the moment of a wall-clock time, told in z.show.
func (z zone) at(wall time.Time) time.Time {
	return wall.Add(-time.Duration(z.offset(wall)) * time.Second).In(z.show)
}

// offset is the one to count a wall-clock time with. The offset after a change counts from the moment the wall clock
// has passed both readings of the change; that is the rule of the RFC for gap and overlap alike.
func (z zone) offset(wall time.Time) int {
	passed := func(t transition) bool {
		return !wall.Before(t.at.Add(time.Duration(max(t.from, t.to)) * time.Second))
	}
	if z.loc == nil {
		offset := z.own[0].from
		for _, t := range z.own {
			if !passed(t) {
				break
			}
			offset = t.to
		}
		return offset
	}
	guess := time.Date(wall.Year(), wall.Month(), wall.Day(), wall.Hour(), wall.Minute(), wall.Second(), 0, z.loc)
	_, offset := guess.Zone()
	start, end := guess.ZoneBounds()
	if !start.IsZero() {
		_, before := start.Add(-time.Second).Zone()
		if !passed(transition{start, before, offset}) {
			return before
		}
	}
	if !end.IsZero() {
		_, after := end.Zone()
		if passed(transition{end, offset, after}) {
			return after
		}
	}
	return offset
}

// wall is what the clock on the wall shows at t.
func (z zone) wall(t time.Time) time.Time {
	var offset int
	if z.loc != nil {
		_, offset = t.In(z.loc).Zone()
	} else {
		offset = z.own[0].from
		for _, change := range z.own {
			if t.Before(change.at) {
				break
			}
			offset = change.to
		}
	}
	return t.UTC().Add(time.Duration(offset) * time.Second).Truncate(time.Second)
}

// loadZone finds an IANA zone. Names that mean "this machine's zone" are refused: a feed is read elsewhere.
func loadZone(name string) (*time.Location, error) {
	for _, c := range []byte(name) {
		if (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') && (c < '0' || c > '9') && !strings.ContainsRune("_+-/", rune(c)) {
			return nil, fmt.Errorf("ical: unknown time zone %q", name)
		}
	}
	if name == "" || strings.EqualFold(name, "local") || strings.EqualFold(name, "localtime") || strings.HasPrefix(name, "/") {
		return nil, fmt.Errorf("ical: unknown time zone %q", name)
	}
	loc, err := time.LoadLocation(name)
	if err != nil {
		return nil, fmt.Errorf("ical: unknown time zone %q", name)
	}
	return loc, nil
}

func isUTC(loc *time.Location) bool {
	switch loc.String() {
	case "UTC", "Etc/UTC", "GMT", "Etc/GMT", "Zulu", "Etc/Zulu", "UCT", "Etc/UCT", "Universal", "Etc/Universal":
		return true
	}
	return false
}

// observance is a STANDARD or DAYLIGHT part of a VTIMEZONE.
type observance struct{ props map[string][]property }

// timezone is a VTIMEZONE of the file.
type timezone struct {
	location string // X-LIC-LOCATION
	parts    []observance
}

// zone finds the zone a TZID means: the IANA name itself, also behind a vendor's prefix; the name libical leaves
// beside its own; Microsoft's names; last the rules the file brings along. ok is false when none of these helps.
func (r *reader) zone(tzid string) (zone, bool) {
	tzid = strings.TrimSpace(tzid)
	if found, seen := r.zones[tzid]; seen {
		return found, found.show != nil
	}
	found := r.findZone(tzid)
	r.zones[tzid] = found
	return found, found.show != nil
}

func (r *reader) findZone(tzid string) zone {
	if loc := namedZone(tzid); loc != nil {
		return zone{loc: loc, show: loc}
	}
	vtz := r.timezones[tzid]
	if vtz == nil {
		return zone{}
	}
	if loc := namedZone(vtz.location); loc != nil {
		return zone{loc: loc, show: loc}
	}
	own := r.transitions(vtz)
	if len(own) == 0 {
		return zone{}
	}
	z := zone{own: own, show: r.opt.DefaultZone}
	if r.likeDefault(z) {
		return zone{loc: r.opt.DefaultZone, show: r.opt.DefaultZone}
	}
	return z
}

// namedZone understands IANA names, vendors' prefixes before them and Microsoft's names; nil for others.
func namedZone(name string) *time.Location {
	for rest := strings.TrimPrefix(name, "/"); rest != ""; {
		if loc, err := loadZone(rest); err == nil {
			return loc
		}
		_, after, more := strings.Cut(rest, "/")
		if !more {
			break
		}
		rest = after
	}
	if iana, ok := windowsZone(name); ok {
		if loc, err := loadZone(iana); err == nil {
			return loc
		}
	}
	return nil
}

// transitions lists a VTIMEZONE's changes of the clock from 1970 until a year after the asked time.
func (r *reader) transitions(vtz *timezone) []transition {
	limit := r.opt.To.UTC().AddDate(1, 0, 0)
	var all []transition
	for _, part := range vtz.parts {
		from, okFrom := parseOffset(first(part.props, "TZOFFSETFROM").value)
		to, okTo := parseOffset(first(part.props, "TZOFFSETTO").value)
		start, kind := parseTime(first(part.props, "DTSTART").value)
		if !okFrom || !okTo || kind != localTime {
			continue
		}
		fixed := time.FixedZone("", from)
		z := zone{loc: fixed, show: fixed}
		walls := []time.Time{start}
		for _, p := range part.props["RRULE"] {
			// Microsoft counts from 1601; nothing here is that old.
			begin := start
			if rule := strings.ToUpper(p.value); begin.Year() < 1970 && strings.Contains(rule, "FREQ=YEARLY") &&
				!strings.Contains(rule, "COUNT=") && !strings.Contains(rule, "INTERVAL=") {
				begin = begin.AddDate(1970-begin.Year(), 0, 0)
			}
			more, _, refused := r.expand(p.value, begin, begin, limit, z)
			if refused != nil {
				return nil
			}
			walls = append(walls, more...)
		}
		for _, p := range part.props["RDATE"] {
			for v := range strings.SplitSeq(p.value, ",") {
				if wall, kind := parseTime(v); kind == localTime {
					walls = append(walls, wall)
				}
			}
		}
		for _, wall := range walls {
			all = append(all, transition{z.at(wall), from, to})
		}
		if len(all) > 5000 {
			return nil
		}
	}
	slices.SortStableFunc(all, func(a, b transition) int { return a.at.Compare(b.at) })
	return all
}

// likeDefault says whether own rules agree with the default zone throughout the asked time.
func (r *reader) likeDefault(z zone) bool {
	from, to := r.opt.From, r.opt.To
	if earliest := to.AddDate(-4, 0, 0); from.Before(earliest) {
		from = earliest
	}
	def := zone{loc: r.opt.DefaultZone, show: r.opt.DefaultZone}
	for t := from; t.Before(to); t = t.AddDate(0, 0, 5) {
		if !z.wall(t).Equal(def.wall(t)) {
			return false
		}
	}
	for _, change := range z.own {
		if change.at.After(from) && change.at.Before(to) &&
			(!z.wall(change.at).Equal(def.wall(change.at)) ||
				!z.wall(change.at.Add(-time.Second)).Equal(def.wall(change.at.Add(-time.Second)))) {
			return false
		}
	}
	return true
}
