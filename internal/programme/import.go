package programme

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"kvart/internal/booking"
	"kvart/internal/network"
	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/i18n"
)

// What an import does with a line of the file.
const (
	TakeNew    = "new"
	TakeChange = "changed"
	TakeMove   = "moved"
	TakeCancel = "cancelled"
	TakeSame   = "same"
	TakeNone   = "left" // not taken; Reason says why
)

// OnPagesOnly is the reason for which a discreet activity is not taken: who is not shown its page is not told it.
const OnPagesOnly = "programme.import.made_discreet"

// ReportLine says what becomes, or became, of one event or date of a file.
type ReportLine struct {
	Line    int    // of the file, counted from 1; 0 where there is none
	Column  string // of a sheet
	Title   string
	When    time.Time // zero for the activity itself
	What    string    // one of the Take… words
	Reason  string    // message key, for what was not taken or should be looked at
	Args    []any
	Clashes []booking.Clash
}

// Report is what an import did, or would do.
type Report struct {
	Lines   []ReportLine
	Stopped bool

	foreseen *foreseen // in a dry run
}

// Count is how many lines have this outcome.
func (r Report) Count(what string) int {
	n := 0
	for _, l := range r.Lines {
		if l.What == what {
			n++
		}
	}
	return n
}

// Print writes the report for a terminal, a line each, and how many there are of each outcome. What is in the way of a
// date is shown as taken, without its title.
func (r Report) Print(w io.Writer, p *i18n.Printer) error {
	for _, l := range r.Lines {
		when, reason := "", ""
		if !l.When.IsZero() {
			when = " " + p.When(l.When)
		}
		if l.Reason != "" {
			reason = " " + p.T(l.Reason, l.Args...)
		}
		for _, c := range l.Clashes {
			reason += " " + p.T("series.clash.at", "span", p.Span(c.Start, c.End), "what", p.T("series.clash.busy"))
		}
		if _, err := fmt.Fprintf(w, "%d%s\t%s\t%s%s%s\n", l.Line, l.Column, p.T("programme.import.what."+l.What), l.Title, when, reason); err != nil {
			return err
		}
	}
	if r.Stopped {
		if _, err := fmt.Fprintln(w, p.T("programme.import.stopped")); err != nil {
			return err
		}
	}
	for _, what := range []string{TakeNew, TakeChange, TakeMove, TakeCancel, TakeSame, TakeNone} {
		if _, err := fmt.Fprintf(w, "%s: %d\n", p.T("programme.import.what."+what), r.Count(what)); err != nil {
			return err
		}
	}
	return nil
}

// imported is one activity of a file with its dates. Whole says that the file names all its dates, so that those it no
// longer names are called off; not those that came as events of their own.
type imported struct {
	Line     int
	Activity Activity
	Dates    []importedDate
	Whole    bool
	Rules    bool // the file says kind, capacity and groups too
}

type importedDate struct {
	Line      int
	RID       string // names the date within the activity, also when its hour changes
	Date      Date
	Cancelled bool
}

// nameDates gives every date its name: the local day, with the hour only where a day has several.
func nameDates(list []importedDate) {
	seen := map[string]int{}
	for _, d := range list {
		seen[d.RID]++
	}
	for i, d := range list {
		if seen[d.RID] > 1 {
			list[i].RID += " " + d.Date.Start.Format("15:04")
		}
	}
}

var errDry = errors.New("dry run")

// plan finds out what taking the items would do: it does each, and takes it back, so that a long file keeps nobody else
// from writing.
func (s *Store) plan(ctx context.Context, centreID string, items []imported, report Report, progress func(done, total int) bool) (Report, error) {
	parts, err := s.Booking.SharedParts(ctx, s.DB, centreID)
	if err != nil {
		return report, err
	}
	report.foreseen = &foreseen{shared: parts}
	return s.each(ctx, items, report, progress, func(tx *db.Tx, item imported, report *Report) error {
		if err := s.take(ctx, tx, centreID, item, "import", report); err != nil {
			return err
		}
		return errDry
	})
}

// foreseen is what a dry run would have put into rooms by now. As each activity is taken back before the next is tried,
// this finds what of the file would be in the way of something else in it.
type foreseen struct {
	shared booking.Shared
	dates  []Date
}

// blocks says whether a date taken before it has the room then.
func (f *foreseen) blocks(d Date) bool {
	if f == nil || d.SpaceID == "" {
		return false
	}
	for _, x := range f.dates {
		if f.shared.Overlap(x.SpaceID, booking.Interval{Start: x.Start, End: x.End}, d.SpaceID, booking.Interval{Start: d.Start, End: d.End}) {
			return true
		}
	}
	return false
}

func (f *foreseen) hold(d Date) {
	if f != nil && d.SpaceID != "" {
		f.dates = append(f.dates, d)
	}
}

// takeAll takes the items, each in a transaction of its own. What was taken before a stop stays.
func (s *Store) takeAll(ctx context.Context, centreID string, items []imported, by string, report Report, progress func(done, total int) bool) (Report, error) {
	return s.each(ctx, items, report, progress, func(tx *db.Tx, item imported, report *Report) error {
		return s.take(ctx, tx, centreID, item, by, report)
	})
}

// each does the items, each in a transaction of its own, and tells how far it is. It ends early when progress says so.
func (s *Store) each(ctx context.Context, items []imported, report Report, progress func(done, total int) bool, do func(*db.Tx, imported, *Report) error) (Report, error) {
	for i, item := range items {
		if progress != nil && progress(i, len(items)) {
			report.Stopped = true
			return report, nil
		}
		before, dates := len(report.Lines), 0
		if report.foreseen != nil {
			dates = len(report.foreseen.dates)
		}
		err := s.DB.Tx(ctx, func(tx *db.Tx) error {
			report.Lines = report.Lines[:before]
			if report.foreseen != nil {
				report.foreseen.dates = report.foreseen.dates[:dates]
			}
			return do(tx, item, &report)
		})
		if err != nil && !errors.Is(err, errDry) {
			return report, err
		}
	}
	if progress != nil {
		progress(len(items), len(items))
	}
	return report, nil
}

// take adds or changes one activity and its dates. Taking the same again changes nothing. A date whose room is taken is
// not taken, and the report says what is in its way.
func (s *Store) take(ctx context.Context, tx *db.Tx, centreID string, item imported, by string, report *Report) error {
	if err := network.LockCentre(ctx, tx, centreID); err != nil { // dates that are called off or moved want it
		return err
	}
	title, _ := item.Activity.Title.In(i18n.HR)
	note := func(line int, when time.Time, what, reason string, args ...any) {
		report.Lines = append(report.Lines, ReportLine{Line: line, Title: title, When: when, What: what, Reason: reason, Args: args})
	}
	groups, err := s.Network.Groups(ctx, tx)
	if err != nil {
		return err
	}
	var a Activity
	err = tx.Get(ctx, &a, `SELECT * FROM activities WHERE centre_id = :c AND source_uid = :u`, db.Args{"c": centreID, "u": item.Activity.SourceUID})
	switch {
	case fault.Is(err, fault.KindNotFound):
		if !slices.ContainsFunc(item.Dates, func(d importedDate) bool { return !d.Cancelled }) {
			return nil
		}
		a = item.Activity
		a.ID, err = s.AddActivity(ctx, tx, a, groups, by)
		if fault.Is(err, fault.KindInvalid) {
			e := fault.Of(err)
			key, args := e.Key, e.Args
			if len(e.Fields) > 0 {
				key, args = e.Fields[0].Key, e.Fields[0].Args
			}
			note(item.Line, time.Time{}, TakeNone, key, args...)
			return nil
		}
		if err != nil {
			return err
		}
		note(item.Line, time.Time{}, TakeNew, "")
	case err != nil:
		return err
	case bool(a.Discreet):
		note(item.Line, time.Time{}, TakeNone, OnPagesOnly)
		return nil
	default:
		kept, err := s.roomsKept(ctx, tx, a, item)
		if err != nil {
			return err
		}
		if kept > 0 { // as the activity's page refuses it
			note(item.Line, time.Time{}, TakeNone, "programme.fault.rooms_kept", "n", kept)
			return nil
		}
		changed, err := s.retitle(ctx, tx, &a, item, by)
		if err != nil {
			return err
		}
		if changed {
			note(item.Line, time.Time{}, TakeChange, "")
		}
	}
	return s.takeDates(ctx, tx, a, item, by, report, note)
}

// roomsKept is how many coming sessions would keep their rooms though the file takes the activity out of the centre's
// spaces: those of which the file says nothing. The others leave their rooms with it.
func (s *Store) roomsKept(ctx context.Context, tx *db.Tx, a Activity, item imported) (int, error) {
	if a.PlaceKind != InSpace || item.Activity.PlaceKind == InSpace {
		return 0, nil
	}
	var rids []string
	if err := tx.Select(ctx, &rids, `SELECT source_rid FROM sessions WHERE activity_id = :a AND state = 'planned' AND starts_at > :now AND booking_id IS NOT NULL`,
		db.Args{"a": a.ID, "now": s.Now().Unix()}); err != nil {
		return 0, err
	}
	n := 0
	for _, rid := range rids {
		if !item.speaksOf(rid) {
			n++
		}
	}
	return n, nil
}

// speaksOf says whether the file decides about the date of that name: it has it, or it left it out of a whole series.
func (i imported) speaksOf(rid string) bool {
	if slices.ContainsFunc(i.Dates, func(d importedDate) bool { return d.RID == rid }) {
		return true
	}
	return i.Whole && rid != "" && !strings.HasPrefix(rid, ofEvent)
}

// retitle stores what the file says of an activity taken before. Texts in other languages stay.
func (s *Store) retitle(ctx context.Context, tx *db.Tx, a *Activity, item imported, by string) (bool, error) {
	n := *a
	n.Title, n.About, n.Place = maps.Clone(a.Title), maps.Clone(a.About), maps.Clone(a.Place)
	set := func(into *i18n.Text, from i18n.Text) {
		if *into == nil {
			*into = i18n.Text{}
		}
		for l, v := range from {
			(*into)[l] = v
		}
	}
	set(&n.Title, item.Activity.Title)
	set(&n.About, item.Activity.About)
	n.PlaceKind = item.Activity.PlaceKind
	set(&n.Place, item.Activity.Place)
	if item.Rules {
		n.Kind, n.Capacity, n.ForGroups = item.Activity.Kind, item.Activity.Capacity, item.Activity.ForGroups
	}
	sameCapacity := (n.Capacity == nil) == (a.Capacity == nil) && (n.Capacity == nil || *n.Capacity == *a.Capacity)
	if maps.Equal(n.Title, a.Title) && maps.Equal(n.About, a.About) && maps.Equal(n.Place, a.Place) && n.PlaceKind == a.PlaceKind && n.Kind == a.Kind &&
		n.ForGroups == a.ForGroups && sameCapacity {
		return false, nil
	}
	if _, err := tx.Exec(ctx, `UPDATE activities SET title = :title, about = :about, place = :place, place_kind = :place_kind, kind = :kind, capacity = :capacity,
		for_groups = :groups, version = version + 1 WHERE id = :id`, n.args()); err != nil {
		return false, err
	}
	if err := s.follow(ctx, tx, *a, n); err != nil {
		return false, err
	}
	*a = n
	return true, s.note(ctx, tx, a.CentreID, "activity.change", by, "activity", a.ID)
}

func (s *Store) takeDates(ctx context.Context, tx *db.Tx, a Activity, item imported, by string, report *Report, note func(int, time.Time, string, string, ...any)) error {
	var have []Session
	if err := tx.Select(ctx, &have, `SELECT * FROM sessions WHERE activity_id = :a AND source_rid <> ''`, db.Args{"a": a.ID}); err != nil {
		return err
	}
	byRID := map[string]Session{}
	for _, x := range have {
		byRID[x.SourceRID] = x
	}
	named := map[string]bool{}
	for _, d := range item.Dates {
		named[d.RID] = true
		d.Date.RID = d.RID
		old, known := byRID[d.RID]
		what, err := TakeSame, error(nil)
		switch {
		case !known && d.Cancelled:
			continue
		case !known:
			what = TakeNew
			if report.foreseen.blocks(d.Date) {
				err = fault.Conflict("programme.import.same_file")
			} else {
				_, err = s.addSession(ctx, tx, a, d.Date, d.RID, by)
			}
		case old.Cancelled():
		case d.Cancelled:
			what = TakeCancel
			err = s.cancelSession(ctx, tx, a.CentreID, old.ID, nil, by)
		case old.StartsAt <= s.Now().Unix() && !sameDay(old.Start(), d.Date.Start): // who came then came then
			err = fault.Invalid("programme.import.was_held")
		case old.StartsAt != d.Date.Start.Unix() || old.EndsAt != d.Date.End.Unix() || deref(old.SpaceID) != d.Date.SpaceID:
			what = TakeMove
			var clashes []booking.Clash
			if d.Date.SpaceID != "" { // looked at first: what moveSession gave up would be gone in this transaction
				if clashes, err = s.Booking.Clashes(ctx, tx, d.Date.SpaceID, []booking.Interval{{Start: d.Date.Start, End: d.Date.End}}, deref(old.BookingID)); err != nil {
					return err
				}
			}
			if len(clashes) > 0 {
				err = fault.Conflict("programme.fault.clash").With(clashes)
			} else if report.foreseen.blocks(d.Date) {
				err = fault.Conflict("programme.import.same_file")
			} else {
				err = s.moveSession(ctx, tx, a.CentreID, old.ID, d.Date, old.Version, nil, by)
			}
		}
		if fault.Is(err, fault.KindConflict) || fault.Is(err, fault.KindInvalid) {
			e := fault.Of(err)
			if db.Refused(err) != "" { // refused by the database: on PostgreSQL this transaction is over
				return err
			}
			note(d.Line, d.Date.Start, TakeNone, e.Key, e.Args...)
			report.Lines[len(report.Lines)-1].Clashes, _ = e.Detail.([]booking.Clash)
			continue
		}
		if err != nil {
			return err
		}
		if what == TakeNew || what == TakeMove {
			report.foreseen.hold(d.Date)
		}
		note(d.Line, d.Date.Start, what, "")
	}
	if !item.Whole {
		return nil
	}
	for _, x := range have {
		if !named[x.SourceRID] && item.speaksOf(x.SourceRID) && !x.Cancelled() && x.StartsAt > s.Now().Unix() {
			if err := s.cancelSession(ctx, tx, a.CentreID, x.ID, nil, by); err != nil {
				return err
			}
			note(item.Line, x.Start(), TakeCancel, "")
		}
	}
	return nil
}

func deref(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// placed is where an event takes place: in the centre's space of that name, else at an address of these words.
func placed(c network.Centre, spaces []booking.Space, words string) (kind, spaceID string, place i18n.Text) {
	if id := spaceNamed(spaces, words); id != "" {
		return InSpace, id, nil
	}
	if words == "" {
		if words = c.Address; words == "" {
			words = c.Name
		}
	}
	return Address, "", i18n.Text{i18n.HR: words}
}

// spaceNamed is the space with this name in any language, its slug included; capitals and accents do not count.
func spaceNamed(spaces []booking.Space, words string) string {
	first, _, _ := cutAny(words, ",;(")
	for _, w := range []string{words, first} {
		folded := network.Slug(w)
		if folded == "" {
			continue
		}
		for _, s := range spaces {
			if s.Slug == folded {
				return s.ID
			}
			for _, name := range s.Name {
				if network.Slug(name) == folded {
					return s.ID
				}
			}
		}
	}
	return ""
}
