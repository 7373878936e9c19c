package ical

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"time"
)

const (
	layoutLocal = "20060102T150405"
	layoutUTC   = "20060102T150405Z"
)

// Write writes the calendar, ordered by start and UID, so that the same events give the same bytes.
//
// It returns an error for an event without UID, stamp or start, one that does not end after it starts, or an unknown
// zone; then nothing has been written. Times are local with TZID, as people and calendar programs mean them; only an
// hour that local time tells twice, in its second turn, is told in UTC, since TZID always means the first
// (RFC 5545 section 3.3.5).
func Write(w io.Writer, cal Calendar) error {
	if cal.ProdID == "" {
		return errors.New("ical: a calendar needs a PRODID")
	}
	events := slices.Clone(cal.Events)
	slices.SortStableFunc(events, func(a, b Event) int {
		return cmp.Or(a.Start.Compare(b.Start), cmp.Compare(a.UID, b.UID))
	})
	zones := map[string]*zoneSpan{}
	if cal.Zone != "" {
		loc, err := loadZone(cal.Zone)
		if err != nil {
			return err
		}
		now := time.Unix(0, 0)
		if len(events) > 0 {
			now = events[0].Start
		}
		zones[cal.Zone] = &zoneSpan{loc, now, now}
	}
	for i := range events {
		e := &events[i]
		e.UID = cleanWord(e.UID)
		switch {
		case e.UID == "":
			return fmt.Errorf("ical: event %q has no UID", e.Summary)
		case e.Stamp.IsZero() || e.Start.IsZero():
			return fmt.Errorf("ical: event %s has no stamp or no start", e.UID)
		case !e.End.After(e.Start):
			return fmt.Errorf("ical: event %s does not end after it starts", e.UID)
		}
		loc, err := loadZone(e.Zone)
		if err != nil {
			return fmt.Errorf("ical: event %s: %w", e.UID, err)
		}
		z := zones[e.Zone]
		if z == nil {
			z = &zoneSpan{loc, e.Start, e.End}
			zones[e.Zone] = z
		}
		z.stretch(e.Start, e.End)
	}

	var b bytes.Buffer
	line := func(s string) { foldLine(&b, s) }
	text := func(name, s string) {
		if s != "" {
			line(name + ":" + escapeText(s))
		}
	}
	line("BEGIN:VCALENDAR")
	line("VERSION:2.0")
	text("PRODID", cal.ProdID)
	line("CALSCALE:GREGORIAN")
	line("METHOD:PUBLISH")
	text("NAME", cal.Name)
	text("X-WR-CALNAME", cal.Name)
	if cal.Zone != "" {
		line("X-WR-TIMEZONE:" + cal.Zone)
	}
	for _, name := range sortedKeys(zones) {
		writeTimezone(&b, name, *zones[name])
	}
	for _, e := range events {
		loc := zones[e.Zone].loc
		line("BEGIN:VEVENT")
		line("UID:" + escapeText(e.UID))
		line("DTSTAMP:" + e.Stamp.UTC().Format(layoutUTC))
		line("SEQUENCE:" + strconv.Itoa(max(e.Sequence, 0)))
		line("DTSTART" + timeValue(e.Start, loc))
		line("DTEND" + timeValue(e.End, loc))
		text("SUMMARY", e.Summary)
		text("DESCRIPTION", e.Description)
		text("LOCATION", e.Location)
		if u := cleanWord(e.URL); u != "" {
			line("URL:" + u)
		}
		if e.Cancelled {
			line("STATUS:CANCELLED")
		} else {
			line("STATUS:CONFIRMED")
		}
		line("END:VEVENT")
	}
	line("END:VCALENDAR")
	_, err := w.Write(b.Bytes())
	return err
}

// timeValue is a DATE-TIME with its parameters, from the sign after the property's name on.
func timeValue(t time.Time, loc *time.Location) string {
	local := t.In(loc)
	z := zone{loc: loc, show: loc}
	if isUTC(loc) || !z.at(z.wall(t)).Equal(t.Truncate(time.Second)) {
		return ":" + t.UTC().Format(layoutUTC)
	}
	return ";TZID=" + loc.String() + ":" + local.Format(layoutLocal)
}

// zoneSpan is the time for which a zone has to be described.
type zoneSpan struct {
	loc      *time.Location
	from, to time.Time
}

func (z *zoneSpan) stretch(from, to time.Time) {
	if from.Before(z.from) {
		z.from = from
	}
	if to.After(z.to) {
		z.to = to
	}
}

// writeTimezone writes a VTIMEZONE that holds from the first day of the span's first year to the last of its last.
// Changes of the clock are told one by one, as the zone database has them: no rule to be guessed, and no list in one
// RDATE, of which a widespread reader (ical.js 2.2.1) takes the first alone and then passes over DTSTART.
func writeTimezone(b *bytes.Buffer, name string, span zoneSpan) {
	if isUTC(span.loc) {
		return
	}
	line := func(s string) { foldLine(b, s) }
	add := func(at time.Time, from int) {
		local := at.In(span.loc)
		abbreviation, to := local.Zone()
		kind := "STANDARD"
		if local.IsDST() {
			kind = "DAYLIGHT"
		}
		line("BEGIN:" + kind)
		// An onset is told in the time that held until then (RFC 5545 section 3.6.5).
		line("DTSTART:" + at.UTC().Add(time.Duration(from)*time.Second).Format(layoutLocal))
		line("TZOFFSETFROM:" + formatOffset(from))
		line("TZOFFSETTO:" + formatOffset(to))
		line("TZNAME:" + escapeText(abbreviation))
		line("END:" + kind)
	}
	line("BEGIN:VTIMEZONE")
	line("TZID:" + name)
	first := time.Date(span.from.In(span.loc).Year(), 1, 1, 0, 0, 0, 0, span.loc)
	last := time.Date(span.to.In(span.loc).Year()+1, 1, 1, 0, 0, 0, 0, span.loc)
	at, _ := first.ZoneBounds()
	if at.IsZero() { // the clock never changed before
		at = time.Date(1970, 1, 1, 0, 0, 0, 0, time.UTC)
		if at.After(first) {
			at = first
		}
		_, offset := first.Zone()
		at = at.Add(-time.Duration(offset) * time.Second)
		add(at, offset)
		_, at = first.ZoneBounds()
	}
	for !at.IsZero() && at.Before(last) {
		_, before := at.Add(-time.Second).In(span.loc).Zone()
		add(at, before)
		_, at = at.In(span.loc).ZoneBounds()
	}
	line("END:VTIMEZONE")
}

// formatOffset writes a UTC-OFFSET (RFC 5545 section 3.3.14).
func formatOffset(seconds int) string {
	sign := "+"
	if seconds < 0 {
		sign, seconds = "-", -seconds
	}
	s := fmt.Sprintf("%s%02d%02d", sign, seconds/3600, seconds/60%60)
	if seconds%60 != 0 {
		s += fmt.Sprintf("%02d", seconds%60)
	}
	return s
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
