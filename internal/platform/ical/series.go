package ical

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Years an event may lie in; what is outside is a typing mistake.
const (
	firstYear = 1970
	lastYear  = 2200
)

// maxMoments is how many extra, or left-out, dates one event may list.
const maxMoments = 5000

// assemble makes series of the events: an event and the changed single dates that carry its UID.
func (r *reader) assemble() {
	type group struct {
		uid       string
		master    *event
		overrides []*event
	}
	var order []*group
	groups := map[string]*group{}
	for _, e := range r.events {
		uid := e.uid()
		if uid == "" {
			uid = contentUID(e)
			r.note(e, "ical.note.no_uid")
		}
		g := groups[uid]
		if g == nil {
			g = &group{uid: uid}
			groups[uid] = g
			order = append(order, g)
		}
		switch {
		case len(e.props["RECURRENCE-ID"]) > 0:
			g.overrides = append(g.overrides, e)
		case g.master == nil:
			g.master = e
		case newer(e, g.master):
			r.skip(g.master, "ical.skip.duplicate")
			g.master = e
		default:
			r.skip(e, "ical.skip.duplicate")
		}
	}
	for _, g := range order {
		r.series(g.uid, g.master, g.overrides)
	}
}

// contentUID stands in for a missing UID, the same at each reading of the same event.
func contentUID(e *event) string {
	h := sha256.New()
	for _, name := range []string{"DTSTART", "RECURRENCE-ID", "RRULE", "SUMMARY", "LOCATION"} {
		h.Write([]byte(first(e.props, name).value + "\n"))
	}
	return "no-uid-" + hex.EncodeToString(h.Sum(nil)[:12])
}

// newer says whether a replaces b, which has the same UID and recurrence: by sequence, then by stamp, then by place.
func newer(a, b *event) bool {
	stamp := func(e *event) string {
		return cmp.Or(first(e.props, "LAST-MODIFIED").value, first(e.props, "DTSTAMP").value)
	}
	return cmp.Or(cmp.Compare(a.sequence(), b.sequence()), cmp.Compare(stamp(a), stamp(b))) >= 0
}

func (e *event) sequence() int {
	n, err := strconv.Atoi(strings.TrimSpace(first(e.props, "SEQUENCE").value))
	if err != nil || n < 0 || n > 1<<31-1 {
		return 0
	}
	return n
}

// span is when an event happens the first time.
type span struct {
	zone     zone
	wall     time.Time
	start    time.Time
	length   length
	floating bool
	utc      bool
}

func (s span) end(wall time.Time) time.Time { return s.length.end(s.zone, wall) }

// calendarZone is where times are told that name no place.
func (r *reader) calendarZone(c *calendar) zone {
	if c.zone != "" {
		if z, ok := r.zone(unescapeText(c.zone)); ok && !isUTC(z.show) {
			return z
		}
	}
	return zone{loc: r.opt.DefaultZone, show: r.opt.DefaultZone}
}

// span reads DTSTART with DTEND or DURATION.
func (r *reader) span(e *event) (span, *refusal) {
	var s span
	start := first(e.props, "DTSTART")
	if strings.TrimSpace(start.value) == "" {
		return s, refuse("ical.skip.no_start")
	}
	wall, kind := parseTime(start.value)
	switch {
	case kind == badTime:
		return s, refuse("ical.skip.bad_time", "value", shorten(start.value))
	case kind == wholeDay || strings.EqualFold(start.params["VALUE"], "DATE"):
		return s, refuse("ical.skip.all_day")
	case wall.Year() < firstYear || wall.Year() > lastYear:
		return s, refuse("ical.skip.bad_time", "value", shorten(start.value))
	}
	home := r.calendarZone(e.calendar)
	switch tzid := start.params["TZID"]; {
	case kind == utcTime:
		s.utc, s.zone = true, zone{loc: time.UTC, show: home.show}
	case tzid == "":
		s.floating, s.zone = true, home
	default:
		z, ok := r.zone(tzid)
		if !ok {
			return s, refuse("ical.skip.unknown_zone", "zone", shorten(tzid))
		}
		if isUTC(z.show) { // UTC by another name
			s.utc = true
			z = zone{loc: time.UTC, show: home.show}
		}
		s.zone = z
	}
	s.wall, s.start = wall, s.zone.at(wall)

	if end := first(e.props, "DTEND"); strings.TrimSpace(end.value) != "" {
		wall, kind := parseTime(end.value)
		if kind == badTime || kind == wholeDay || wall.Year() > lastYear {
			return s, refuse("ical.skip.bad_time", "value", shorten(end.value))
		}
		at := wall
		if kind == localTime {
			z := s.zone
			if tzid := end.params["TZID"]; tzid != "" {
				var ok bool
				if z, ok = r.zone(tzid); !ok {
					return s, refuse("ical.skip.unknown_zone", "zone", shorten(tzid))
				}
			}
			at = z.at(wall)
		}
		s.length.clock = at.Sub(s.start) // exact, for all dates of a series (RFC 5545 section 3.8.5.3)
	} else if d := first(e.props, "DURATION"); strings.TrimSpace(d.value) != "" {
		l, ok := parseLength(d.value)
		if !ok {
			return s, refuse("ical.skip.bad_time", "value", shorten(d.value))
		}
		s.length = l
	}
	switch end := s.end(s.wall); {
	case end.Equal(s.start):
		return s, refuse("ical.skip.no_end")
	case end.Before(s.start):
		return s, refuse("ical.skip.end_before_start")
	}
	return s, nil
}

// moments reads the values of RDATE, EXDATE and RECURRENCE-ID: moments, or days where only a day is given.
// Values that cannot be read are left out; whole says whether there were none. What names no zone is told in the
// series' own, and so is what names an unknown one.
func (r *reader) moments(props []property, s span) (at []moment, whole bool) {
	whole = true
	for _, p := range props {
		named := s.zone
		if tzid := p.params["TZID"]; tzid != "" {
			if found, ok := r.zone(tzid); ok {
				named = found
			}
		}
		for value := range strings.SplitSeq(p.value, ",") {
			if strings.TrimSpace(value) == "" {
				continue
			}
			begin, rest, period := strings.Cut(value, "/")
			wall, kind := parseTime(begin)
			if len(at) == maxMoments {
				return nil, false
			}
			m, z := moment{}, named
			switch kind {
			case badTime:
				whole = false
				continue
			case wholeDay:
				m.day = wall.Format(time.DateOnly)
				m.at = s.zone.at(wall.Add(s.wall.Sub(s.wall.Truncate(24 * time.Hour))))
			case utcTime:
				z = zone{loc: time.UTC, show: s.zone.show}
				fallthrough
			default:
				m.at = z.at(wall).In(s.zone.show)
			}
			if period {
				if l, ok := parseLength(rest); ok {
					m.end = l.end(z, wall)
				} else if until, kind := parseTime(rest); kind == utcTime {
					m.end = until
				} else if kind == localTime {
					m.end = z.at(until)
				}
				if !m.end.After(m.at) {
					whole = false
					continue
				}
			}
			at = append(at, m)
		}
	}
	return at, whole
}

// moment is a value of RDATE, EXDATE or RECURRENCE-ID.
type moment struct {
	at  time.Time
	end time.Time // of a PERIOD
	day string    // where only a day was given
}

// series makes one Series, or says why not. master is nil where the file holds only changed single dates.
func (r *reader) series(uid string, master *event, overrides []*event) {
	lead := master
	if lead == nil {
		lead = overrides[0]
	}
	s, refused := r.span(lead)
	for refused != nil {
		r.skip(lead, refused.key, refused.args...)
		if master != nil || len(overrides) == 1 {
			return
		}
		overrides = overrides[1:]
		lead = overrides[0]
		s, refused = r.span(lead)
	}
	out := Series{
		UID: uid, Sequence: lead.sequence(), Line: lead.line, Summary: lead.summary(),
		Description: strings.TrimSpace(lead.text("DESCRIPTION")), Location: strings.TrimSpace(lead.text("LOCATION")),
		URL: cleanWord(first(lead.props, "URL").value), Zone: s.zone.show.String(),
	}
	class := strings.ToUpper(strings.TrimSpace(first(lead.props, "CLASS").value))
	out.Private = class == "PRIVATE" || class == "CONFIDENTIAL"

	dates := map[int64]*Occurrence{} // by recurrence id
	if master != nil {
		if refused := r.dates(master, s, &out, dates); refused != nil {
			r.skip(master, refused.key, refused.args...)
			return
		}
	}
	r.override(master, overrides, s, dates)
	for _, o := range dates {
		if o.End.After(r.opt.From) && o.Start.Before(r.opt.To) {
			out.Occurrences = append(out.Occurrences, *o)
		}
	}
	switch {
	case len(out.Occurrences) == 0:
		r.skip(lead, "ical.skip.outside")
		return
	case r.taken+len(out.Occurrences) > r.opt.MaxOccurrences:
		r.skip(lead, "ical.skip.too_many_dates", "max", r.opt.MaxOccurrences)
		return
	}
	slices.SortFunc(out.Occurrences, func(a, b Occurrence) int {
		return cmp.Or(a.Start.Compare(b.Start), a.RecurrenceID.Compare(b.RecurrenceID))
	})
	r.taken += len(out.Occurrences)
	r.result.Series = append(r.result.Series, out)
	if s.floating {
		r.note(lead, "ical.note.floating", "zone", out.Zone)
	}
	if s.zone.loc == nil {
		r.note(lead, "ical.note.own_zone", "zone", shorten(first(lead.props, "DTSTART").params["TZID"]))
	}
	if s.utc && len(master.rules()) > 0 {
		r.note(lead, "ical.note.utc_series", "zone", out.Zone)
	}
	if out.Endless {
		r.note(lead, "ical.note.endless")
	}
}

func (e *event) rules() []property {
	if e == nil {
		return nil
	}
	return e.props["RRULE"]
}

// dates fills in the dates of the rule, with extra and without left-out ones, as they were before single changes.
func (r *reader) dates(e *event, s span, out *Series, dates map[int64]*Occurrence) *refusal {
	// A day's margin on both ends covers every zone; what is outside after all is dropped by the caller.
	limit := s.zone.wall(r.opt.To).AddDate(0, 0, 1)
	keep := s.wall
	if !r.opt.From.IsZero() {
		keep = s.zone.wall(r.opt.From).AddDate(0, 0, -1-s.length.days).Add(-s.length.clock)
	}
	add := func(start, end time.Time) {
		if end.After(r.opt.From) && start.Before(r.opt.To) {
			dates[start.Unix()] = &Occurrence{Start: start, End: end.In(s.zone.show), RecurrenceID: start}
		}
	}
	add(s.start, s.end(s.wall))
	for _, p := range e.props["RRULE"] {
		walls, endless, refused := r.expand(p.value, s.wall, keep, limit, s.zone)
		if refused != nil {
			return refused
		}
		if len(walls) > r.opt.MaxOccurrences {
			return refuse("ical.skip.too_many_dates", "max", r.opt.MaxOccurrences)
		}
		for _, wall := range walls {
			add(s.zone.at(wall), s.end(wall))
		}
		out.Endless = out.Endless || endless
		out.Rule = cmp.Or(out.Rule, strings.TrimSpace(cleanText(p.value)))
	}
	if len(e.props["RRULE"]) == 1 && !s.utc {
		out.EveryWeeks, out.Weekdays = weekly(e.props["RRULE"][0].value, s.wall)
	}
	extra, whole := r.moments(e.props["RDATE"], s)
	for _, m := range extra {
		end := m.end
		if end.IsZero() {
			end = s.end(s.zone.wall(m.at))
		}
		add(m.at, end)
	}
	for _, p := range e.props["EXRULE"] { // gone from RFC 5545, still found in old calendars
		walls, _, refused := r.expand(p.value, s.wall, keep, limit, s.zone)
		if refused != nil {
			return refused
		}
		for _, wall := range walls {
			if !wall.Equal(s.wall) {
				delete(dates, s.zone.at(wall).Unix())
			}
		}
	}
	without, wholeOut := r.moments(e.props["EXDATE"], s)
	left := map[string]bool{}
	for _, m := range without {
		if m.day != "" {
			left[m.day] = true
		} else {
			delete(dates, m.at.Unix())
		}
	}
	if len(left) > 0 {
		for id, o := range dates {
			if left[o.Start.Format(time.DateOnly)] {
				delete(dates, id)
			}
		}
	}
	if !whole || !wholeOut {
		return refuse("ical.skip.bad_dates")
	}
	return nil
}

// override applies the changed single dates: each replaces the date its RECURRENCE-ID names, or that one and all
// later ones with RANGE=THISANDFUTURE. One whose date the rule does not give is a date of its own.
func (r *reader) override(master *event, overrides []*event, s span, dates map[int64]*Occurrence) {
	type change struct {
		event  *event
		id     time.Time
		future bool
	}
	latest := map[int64]change{}
	for _, e := range overrides {
		p := first(e.props, "RECURRENCE-ID")
		ids, _ := r.moments([]property{p}, s)
		if len(ids) != 1 {
			r.skip(e, "ical.skip.bad_time", "value", shorten(p.value))
			continue
		}
		c := change{e, ids[0].at, strings.EqualFold(p.params["RANGE"], "THISANDFUTURE")}
		if day := ids[0].day; day != "" {
			for _, o := range dates {
				if o.RecurrenceID.Format(time.DateOnly) == day {
					c.id = o.RecurrenceID
				}
			}
		}
		if old, dup := latest[c.id.Unix()]; dup {
			if !newer(e, old.event) {
				r.skip(e, "ical.skip.duplicate")
				continue
			}
			r.skip(old.event, "ical.skip.duplicate")
		}
		latest[c.id.Unix()] = c
	}
	changes := make([]change, 0, len(latest))
	for _, c := range latest {
		changes = append(changes, c)
	}
	// Ranges first, early ones before late ones; single dates have the last word.
	slices.SortFunc(changes, func(a, b change) int {
		if a.future != b.future {
			if a.future {
				return -1
			}
			return 1
		}
		return a.id.Compare(b.id)
	})
	for _, c := range changes {
		if c.event.cancelled() && len(c.event.props["DTSTART"]) == 0 {
			r.cancel(c.id, c.future, dates)
			continue
		}
		o, refused := r.span(c.event)
		if refused != nil {
			r.skip(c.event, refused.key, refused.args...)
			continue
		}
		set := func(d *Occurrence) {
			own := func(name string) string {
				v := strings.TrimSpace(c.event.text(name))
				if master != nil && v == strings.TrimSpace(master.text(name)) {
					return ""
				}
				return v
			}
			d.Cancelled = c.event.cancelled()
			d.Description, d.Location = own("DESCRIPTION"), own("LOCATION")
			if d.Summary = c.event.summary(); master != nil && d.Summary == master.summary() {
				d.Summary = ""
			}
		}
		if c.future {
			shift := s.zone.wall(o.start).Sub(s.zone.wall(c.id))
			for id, d := range dates {
				if d.RecurrenceID.Before(c.id) || id == c.id.Unix() {
					continue
				}
				wall := s.zone.wall(d.RecurrenceID).Add(shift)
				start, end := s.zone.at(wall), o.length.end(s.zone, wall).In(s.zone.show)
				d.Moved = !start.Equal(d.RecurrenceID) || end.Sub(start) != s.end(s.zone.wall(d.RecurrenceID)).Sub(d.RecurrenceID)
				d.Start, d.End = start, end
				set(d)
			}
		}
		d, regular := dates[c.id.Unix()], true
		if d == nil {
			if c.event.cancelled() && master != nil {
				continue
			}
			regular = false
			d = &Occurrence{RecurrenceID: c.id.In(s.zone.show)}
			dates[c.id.Unix()] = d
		}
		start, end := o.start.In(s.zone.show), o.end(o.wall).In(s.zone.show)
		d.Moved = !start.Equal(d.RecurrenceID) || (regular && !end.Equal(s.end(s.zone.wall(d.RecurrenceID))))
		d.Start, d.End = start, end
		set(d)
	}
	if master != nil && master.cancelled() {
		for _, d := range dates {
			d.Cancelled = true
		}
	}
}

// cancel marks the date, or it and all later ones, as cancelled, for a change that gives no time of its own.
func (r *reader) cancel(id time.Time, future bool, dates map[int64]*Occurrence) {
	for key, d := range dates {
		if key == id.Unix() || (future && !d.RecurrenceID.Before(id)) {
			d.Cancelled = true
		}
	}
}
