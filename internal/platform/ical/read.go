package ical

import (
	"cmp"
	"errors"
	"io"
	"slices"
	"strings"
	"time"

	"kvart/internal/platform/fault"
)

// Options say what part of a file is wanted and how much of it at most.
type Options struct {
	From, To       time.Time      // occurrences that end after From and start before To; To is required
	DefaultZone    *time.Location // for times that name no zone; an IANA zone, required
	MaxBytes       int64          // of the file; 0 means 8 MiB
	MaxEvents      int            // in the file; 0 means 5,000
	MaxOccurrences int            // of all series together; 0 means 20,000
}

const maxDepth = 16 // components within components

// Read reads a calendar as other programs export it.
//
// It takes every timed event with its recurrence rule, extra and left-out dates, and moved or cancelled single dates,
// and says of everything else why it was not taken. A file that is no calendar at all, or too large, is Invalid;
// a broken event never spoils the others.
func Read(src io.Reader, opt Options) (Result, error) {
	if opt.To.IsZero() || opt.DefaultZone == nil || !opt.From.Before(opt.To) {
		return Result{}, errors.New("ical: Read needs a default zone and a time to read for")
	}
	opt.MaxBytes = cmp.Or(opt.MaxBytes, 8<<20)
	opt.MaxEvents = cmp.Or(opt.MaxEvents, 5000)
	opt.MaxOccurrences = cmp.Or(opt.MaxOccurrences, 20000)
	data, err := io.ReadAll(io.LimitReader(src, opt.MaxBytes+1))
	if err != nil {
		return Result{}, err
	}
	if int64(len(data)) > opt.MaxBytes {
		return Result{}, fault.Invalid("ical.fault.too_large", "max", opt.MaxBytes>>20)
	}
	r := &reader{opt: opt, timezones: map[string]*timezone{}, zones: map[string]zone{}}
	lines, legacy := contentLines(data)
	if !r.parse(lines) {
		return Result{}, fault.Invalid("ical.fault.not_a_calendar")
	}
	if legacy {
		r.note(nil, "ical.note.windows_1250")
	}
	r.assemble()
	slices.SortStableFunc(r.result.Skipped, func(a, b Remark) int { return cmp.Compare(a.Line, b.Line) })
	slices.SortStableFunc(r.result.Noted, func(a, b Remark) int { return cmp.Compare(a.Line, b.Line) })
	return r.result, nil
}

// reader is one run of Read.
type reader struct {
	opt        Options
	result     Result
	events     []*event
	timezones  map[string]*timezone
	zones      map[string]zone // by TZID, as found; without show where it is unknown
	steps      int             // dates computed by rules
	emptyRules int
	taken      int // occurrences
}

// calendar is what a VCALENDAR says for all its events.
type calendar struct {
	zone      string // X-WR-TIMEZONE
	cancelled bool   // METHOD:CANCEL
}

// event is a VEVENT, or another component that is reported by its summary.
type event struct {
	kind     string // the component's name
	line     int
	calendar *calendar
	props    map[string][]property
	broken   bool // has a line that is none
}

func (e *event) text(name string) string { return unescapeText(first(e.props, name).value) }
func (e *event) uid() string             { return cleanWord(e.text("UID")) }

func (e *event) summary() string {
	return strings.Join(strings.Fields(e.text("SUMMARY")), " ")
}

func (e *event) cancelled() bool {
	return e.calendar.cancelled || strings.EqualFold(strings.TrimSpace(first(e.props, "STATUS").value), "CANCELLED")
}

func (e *event) remark(key string, args []any) Remark {
	if e == nil {
		return Remark{Reason: key, Args: args}
	}
	return Remark{UID: e.uid(), Summary: e.summary(), Line: e.line, Reason: key, Args: args}
}

func (r *reader) skip(e *event, key string, args ...any) {
	r.result.Skipped = append(r.result.Skipped, e.remark(key, args))
}

func (r *reader) note(e *event, key string, args ...any) {
	r.result.Noted = append(r.result.Noted, e.remark(key, args))
}

// parse walks the lines and collects events and zones. It returns false for what is no calendar.
func (r *reader) parse(lines []contentLine) bool {
	var (
		stack    []string
		cal      *calendar
		current  *event // the VEVENT, VTODO, VJOURNAL or VFREEBUSY being read
		vtz      *timezone
		vtzID    string
		part     *observance
		seen     bool
		observed int // parts of VTIMEZONEs
	)
	// closing is told every component that ends, whether or not its own END is there.
	closing := func(name string, whole bool) {
		switch {
		case current != nil && name == current.kind:
			switch {
			case name != "VEVENT":
				r.skip(current, "ical.skip.not_an_event")
			case !whole:
				r.skip(current, "ical.skip.unfinished")
			default:
				r.events = append(r.events, current)
			}
			current = nil
		case (name == "STANDARD" || name == "DAYLIGHT") && vtz != nil && part != nil:
			vtz.parts = append(vtz.parts, *part)
			part = nil
		case name == "VTIMEZONE" && vtz != nil:
			if r.timezones[vtzID] == nil {
				r.timezones[vtzID] = vtz
			}
			vtz = nil
		}
	}
	count := 0
	for _, l := range lines {
		p, ok := parseProperty(l.text)
		if !ok {
			if current != nil && !current.broken {
				current.broken = true
				r.note(current, "ical.note.bad_line", "line", l.number)
			}
			continue
		}
		switch p.name {
		case "BEGIN":
			name := strings.ToUpper(strings.TrimSpace(p.value))
			if current != nil && reported[name] { // the one before never ended
				for current != nil {
					top := stack[len(stack)-1]
					stack = stack[:len(stack)-1]
					closing(top, false)
				}
			}
			if len(stack) == maxDepth || (len(stack) == 0 && name != "VCALENDAR") {
				return false
			}
			stack = append(stack, name)
			switch name {
			case "VCALENDAR":
				cal, seen = &calendar{}, true
			case "VEVENT", "VTODO", "VJOURNAL", "VFREEBUSY":
				if count++; count > r.opt.MaxEvents {
					r.skip(nil, "ical.skip.too_many_events", "max", r.opt.MaxEvents)
					return true
				}
				current = &event{kind: name, line: l.number, calendar: cal, props: map[string][]property{}}
			case "VTIMEZONE":
				if current == nil && len(r.timezones) < 200 {
					vtz, vtzID = &timezone{}, ""
				}
			case "STANDARD", "DAYLIGHT":
				if observed++; vtz != nil && observed <= 500 {
					part = &observance{map[string][]property{}}
				}
			}
		case "END":
			name := strings.ToUpper(strings.TrimSpace(p.value))
			if !slices.Contains(stack, name) {
				continue
			}
			for {
				top := stack[len(stack)-1]
				stack = stack[:len(stack)-1]
				closing(top, top == name)
				if top == name {
					break
				}
			}
		default:
			if len(stack) == 0 {
				continue
			}
			switch top := stack[len(stack)-1]; {
			case top == "VCALENDAR":
				switch p.name {
				case "X-WR-TIMEZONE":
					cal.zone = p.value
				case "METHOD":
					cal.cancelled = strings.EqualFold(strings.TrimSpace(p.value), "CANCEL")
				case "X-WR-CALNAME", "NAME":
					r.result.Name = cmp.Or(r.result.Name, strings.TrimSpace(unescapeText(p.value)))
				}
			case current != nil && top == current.kind && wanted[p.name]:
				current.props[p.name] = append(current.props[p.name], p)
			case part != nil && (top == "STANDARD" || top == "DAYLIGHT"):
				part.props[p.name] = append(part.props[p.name], p)
			case vtz != nil && top == "VTIMEZONE" && p.name == "TZID":
				vtzID = strings.TrimSpace(p.value)
			case vtz != nil && top == "VTIMEZONE" && p.name == "X-LIC-LOCATION":
				vtz.location = strings.TrimSpace(p.value)
			}
		}
	}
	for len(stack) > 0 {
		closing(stack[len(stack)-1], false)
		stack = stack[:len(stack)-1]
	}
	return seen
}

// reported are the components that are taken or named as left out.
var reported = map[string]bool{"VEVENT": true, "VTODO": true, "VJOURNAL": true, "VFREEBUSY": true}

// wanted are the properties of an event that are read.
var wanted = map[string]bool{
	"UID": true, "SEQUENCE": true, "DTSTAMP": true, "LAST-MODIFIED": true, "DTSTART": true, "DTEND": true,
	"DURATION": true, "SUMMARY": true, "DESCRIPTION": true, "LOCATION": true, "URL": true, "STATUS": true,
	"CLASS": true, "RRULE": true, "RDATE": true, "EXDATE": true, "EXRULE": true, "RECURRENCE-ID": true,
}
