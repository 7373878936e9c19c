// Package ical reads and writes iCalendar (RFC 5545) as real programs do.
//
// Write makes a calendar feed: one VEVENT per event, in local time with its VTIMEZONE, folded, the same bytes for the
// same events. Read takes what Google, Outlook, Apple and Nextcloud export and turns it into plain dates, saying what
// it left out and why. Repeat makes the dates of a weekly series that keeps its hour when the clocks change.
//
// It touches neither files nor the network nor a clock, knows no feature, and is not a calendar server: no scheduling
// messages, no free/busy, no alarms, no whole-day events.
package ical

import "time"

// Calendar is what Write writes.
type Calendar struct {
	Name   string // what a calendar program calls the feed; may be empty
	ProdID string // which program made it, required by RFC 5545 section 3.7.3
	Zone   string // IANA zone of the feed itself, described even when there is no event; may be empty
	Events []Event
}

// Event is one happening at one time. A series is written as one Event per date, each with its own UID.
type Event struct {
	UID         string // the same for ever, unique in the world
	Sequence    int    // goes up with each change a subscriber should see
	Stamp       time.Time
	Start, End  time.Time
	Zone        string // IANA name of the zone Start and End are told in
	Summary     string
	Description string
	Location    string
	URL         string
	Cancelled   bool
}

// Result is what Read made of a file.
type Result struct {
	Name    string // the calendar's own name, if it has one
	Series  []Series
	Skipped []Remark // what was not taken, and why
	Noted   []Remark // what was taken with something a person should look at
}

// Remark says something about one event of the file, or about the whole file when Line is 0.
type Remark struct {
	UID     string
	Summary string
	Line    int    // where the event begins, counted from 1
	Reason  string // message key
	Args    []any  // pairs "name", value
}

// Series is one event of the file with all its dates within the asked time.
type Series struct {
	UID         string // made from the event's content where the file has none
	Sequence    int
	Line        int
	Summary     string
	Description string
	Location    string
	URL         string
	Zone        string // IANA name of the zone all times are told in
	Private     bool   // the file marks it CLASS:PRIVATE or CONFIDENTIAL
	Rule        string // the RRULE as written; empty for a single event
	EveryWeeks  int    // n for a plain "every n weeks on these weekdays", else 0
	Weekdays    []time.Weekday
	Endless     bool // the rule has no end; Occurrences stop at Options.To
	Occurrences []Occurrence
}

// Occurrence is one date of a series, half-open: from Start until End, and End is after Start.
type Occurrence struct {
	Start, End   time.Time
	RecurrenceID time.Time // the start by the rule, before anybody moved it
	Moved        bool      // its time is not the one the rule gives
	Cancelled    bool
	Summary      string // only where this date has its own
	Description  string
	Location     string
}
