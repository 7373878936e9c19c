// Package premises prepares requests for the premises of local committees and follows them to their renewal.
//
// The requests themselves are made in the city's own application. Nothing here books, asks or imitates that: a page to
// copy from, the state that a person at the centre writes down, and what must not be forgotten.
package premises

import (
	"net/url"
	"slices"
	"time"

	"kvart/internal/network"
	"kvart/internal/platform/auth"
	"kvart/internal/platform/fault"
)

// Permissions of this feature.
const (
	Edit auth.Permission = "premises.edit" // prepare and follow the requests of a centre
	See  auth.Permission = "premises.see"  // read them
)

// Grants say which role has which permission.
var Grants = []auth.Grant{
	{Role: network.Coordinator, Permission: Edit}, {Role: network.Coordinator, Permission: See}, {Role: network.Lead, Permission: See},
}

// Defaults of what a person may set otherwise.
const (
	AnswerDays = 30 // without an answer, until somebody is to ask
	RenewDays  = 60 // before the end of what was granted
)

// MaxSlots is the most weekly times in one request.
const MaxSlots = 5

// Slot is a weekly time.
type Slot struct {
	Weekday int    `json:"weekday"` // 1 Monday … 7 Sunday
	From    string `json:"from"`    // "18:00"
	To      string `json:"to"`
}

// Request asks for premises of a local committee in the words that the city's application wants: the slot, what for, how
// many members and volunteers, and what was done last year (Zaključak o prostorima mjesne samouprave, Službeni glasnik
// Grada Zagreba 8/17 with amendments).
type Request struct {
	ID          string  `db:"id"`
	CentreID    string  `db:"centre_id"`
	AreaID      string  `db:"area_id"` // a local committee
	Place       string  `db:"place"`
	Address     string  `db:"address"`
	Slots       Slots   `db:"slots"`
	PeriodFrom  string  `db:"period_from"` // local dates, as all below
	PeriodTo    string  `db:"period_to"`
	Kind        string  `db:"kind"`
	About       string  `db:"about"`
	Members     int     `db:"members"`
	Volunteers  int     `db:"volunteers"`
	Contact     string  `db:"contact"` // a function, no person
	ResultsFrom string  `db:"results_from"`
	ResultsTo   string  `db:"results_to"`
	Results             // of the chosen activities, when last counted
	CountedOn   string  `db:"counted_on"`
	State       State   `db:"state"`
	SentOn      string  `db:"sent_on"`
	Reference   string  `db:"reference"`
	AnswerDays  int     `db:"answer_days"`
	AskedOn     string  `db:"asked_on"`
	DecidedOn   string  `db:"decided_on"`
	Reason      string  `db:"reason"`
	Conditions  string  `db:"conditions"`
	ValidFrom   string  `db:"valid_from"`
	ValidTo     string  `db:"valid_to"` // the last day
	RenewOn     string  `db:"renew_on"`
	RenewsID    *string `db:"renews_id"` // the request that this one is the next of
	Version     int     `db:"version"`
	CreatedAt   int64   `db:"created_at"`

	Activities []string `db:"-"` // ids of those whose results it tells
}

// Usable says whether the premises may be used on the local date: what was granted holds until its last day, also once
// the next year is granted.
func (r Request) Usable(today string) bool {
	return (r.State == Granted || r.State == Renewed) && today <= r.ValidTo
}

// Next is the first local date from today on which the slot may be used, or "" where none is left.
func (r Request) Next(s Slot, today string) string {
	if !r.Usable(today) {
		return ""
	}
	d, err := time.Parse(time.DateOnly, max(today, r.ValidFrom))
	if err != nil {
		return ""
	}
	for int(d.Weekday()+6)%7+1 != s.Weekday {
		d = d.AddDate(0, 0, 1)
	}
	if date := d.Format(time.DateOnly); date <= r.ValidTo {
		return date
	}
	return ""
}

// Check returns Invalid with a fault a field when the request cannot be as it is. Field names are those of the form.
func (r Request) Check() error {
	var f fault.Form
	text := func(name, s string, most int, required bool) {
		if required && s == "" {
			f.Add(name, "fault.required")
		}
		if len([]rune(s)) > most {
			f.Add(name, "fault.too_long", "max", most)
		}
	}
	if r.AreaID == "" {
		f.Add("area", "fault.required")
	}
	text("place", r.Place, 120, true)
	text("address", r.Address, 200, false)
	r.checkSlots(&f)
	span(&f, "period_from", r.PeriodFrom, "period_to", r.PeriodTo)
	text("kind", r.Kind, 120, true)
	text("about", r.About, 2000, false)
	for name, n := range map[string]int{"members": r.Members, "volunteers": r.Volunteers} {
		if n < 0 || n > MaxPeople {
			f.Add(name, "fault.not_a_number", "low", 0, "high", MaxPeople)
		}
	}
	text("contact", r.Contact, 120, false)
	span(&f, "results_from", r.ResultsFrom, "results_to", r.ResultsTo)
	return f.Err()
}

// MaxPeople is the highest number of members or volunteers.
const MaxPeople = 100000

func (r Request) checkSlots(f *fault.Form) {
	if len(r.Slots) == 0 {
		f.Add(slotField("weekday", 0), "premises.fault.no_slot")
	}
	for i, s := range r.Slots {
		if i == MaxSlots {
			f.Add(slotField("weekday", 0), "premises.fault.too_many_slots", "max", MaxSlots)
			return
		}
		if s.Weekday < 1 || s.Weekday > 7 {
			f.Add(slotField("weekday", i), "premises.fault.weekday")
		}
		if !isClock(s.From) {
			f.Add(slotField("from", i), "fault.not_a_time")
		}
		switch {
		case !isClock(s.To):
			f.Add(slotField("to", i), "fault.not_a_time")
		case isClock(s.From) && s.To <= s.From:
			f.Add(slotField("to", i), "premises.fault.times")
		case slices.ContainsFunc(r.Slots[:i], func(o Slot) bool { return o.Weekday == s.Weekday && o.From < s.To && s.From < o.To }):
			f.Add(slotField("from", i), "premises.fault.slots_overlap")
		}
	}
}

func isClock(s string) bool {
	_, err := time.Parse("15:04", s)
	return err == nil && len(s) == 5
}

// date reads a local date; others than those of this time are none.
func date(s string) (time.Time, bool) {
	d, err := time.Parse(time.DateOnly, s)
	return d, err == nil && d.Year() >= 2000 && d.Year() <= 2200
}

// span notes what is wrong with two local dates that are to be in order and no more than a year apart.
func span(f *fault.Form, from, first, to, last string) {
	_, ok := date(first)
	if !ok {
		f.Add(from, "fault.not_a_date")
	}
	switch _, also := date(last); {
	case !also:
		f.Add(to, "fault.not_a_date")
	case ok && last < first:
		f.Add(to, "premises.fault.order")
	case ok && last > YearAfter(first):
		f.Add(to, "premises.fault.year")
	}
}

// YearAfter is the last day of a year that begins on the local date. Premises are given for a year at most (the
// Zaključak named above), and a year that begins on a day ends with the day before the same date: that date is the first
// day of the next year. It is "" for what is no date.
func YearAfter(first string) string {
	d, ok := date(first)
	if !ok {
		return ""
	}
	return d.AddDate(1, 0, -1).Format(time.DateOnly)
}

// RenewalDate is when the next request is due where nobody says otherwise: RenewDays before the end, but not before what
// was granted begins.
func RenewalDate(validFrom, validTo string) string {
	d, ok := date(validTo)
	if !ok {
		return ""
	}
	return max(validFrom, d.AddDate(0, 0, -RenewDays).Format(time.DateOnly))
}

// Sending is what is known once the request was made in the city's application.
type Sending struct {
	On         string
	Reference  string // the city's
	AnswerDays int
}

// Check returns Invalid with a fault a field; today is the local date.
func (s Sending) Check(today string) error {
	var f fault.Form
	past(&f, "sent_on", s.On, "", today)
	if len([]rune(s.Reference)) > 80 {
		f.Add("reference", "fault.too_long", "max", 80)
	}
	if s.AnswerDays < 1 || s.AnswerDays > 365 {
		f.Add("answer_days", "fault.not_a_number", "low", 1, "high", 365)
	}
	return f.Err()
}

// past notes what is wrong with a day on which something happened: no date, to come, or before what came first.
func past(f *fault.Form, name, on, since, today string) {
	switch _, ok := date(on); {
	case !ok:
		f.Add(name, "fault.not_a_date")
	case on > today:
		f.Add(name, "premises.fault.future")
	case on < since:
		f.Add(name, "premises.fault.before_sent")
	}
}

// Decision is the city's answer.
type Decision struct {
	Granted    bool
	On         string
	Reason     string // required where it was not granted
	Conditions string
	ValidFrom  string
	ValidTo    string
	RenewOn    string // empty: RenewalDate
}

// Check returns Invalid with a fault a field; today is the local date.
func (d Decision) Check(sentOn, today string) error {
	var f fault.Form
	past(&f, "decided_on", d.On, sentOn, today)
	for name, s := range map[string]string{"reason": d.Reason, "conditions": d.Conditions} {
		if len([]rune(s)) > 2000 {
			f.Add(name, "fault.too_long", "max", 2000)
		}
	}
	if !d.Granted {
		if d.Reason == "" {
			f.Add("reason", "premises.fault.reason")
		}
		return f.Err()
	}
	span(&f, "valid_from", d.ValidFrom, "valid_to", d.ValidTo)
	if _, ok := date(d.RenewOn); d.RenewOn != "" {
		if !ok {
			f.Add("renew_on", "fault.not_a_date")
		} else if d.RenewOn < d.ValidFrom || d.RenewOn > d.ValidTo {
			f.Add("renew_on", "premises.fault.renew_on")
		}
	}
	return f.Err()
}

// Change is one step of a request's history.
type Change struct {
	ID        string `db:"id"`
	RequestID string `db:"request_id"`
	From      State  `db:"from_state"` // empty: it was made
	To        State  `db:"to_state"`
	By        string `db:"by_account"`
	At        int64  `db:"at"`
}

// Settings say where the requests are made, as the network's lead wrote it.
type Settings struct {
	Name string `db:"name"`
	Link string `db:"link"`
}

// Check returns Invalid with a fault a field.
func (s Settings) Check() error {
	var f fault.Form
	if len([]rune(s.Name)) > 120 {
		f.Add("name", "fault.too_long", "max", 120)
	}
	u, err := url.Parse(s.Link)
	if s.Link != "" && (err != nil || u.Scheme != "https" || u.Host == "" || len(s.Link) > 500) {
		f.Add("link", "premises.fault.link")
	}
	return f.Err()
}
