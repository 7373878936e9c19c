package programme

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"time"

	"kvart/internal/booking"
	"kvart/internal/network"
	"kvart/internal/platform/db"
	"kvart/internal/platform/i18n"
	"kvart/internal/platform/ical"
)

// PlanICS says what taking the calendar file into the centre's programme would do. Nothing is changed. Progress may
// be nil; it ends the look by returning true.
func (s *Store) PlanICS(ctx context.Context, centreID string, data []byte, progress func(done, total int) (stop bool)) (Report, error) {
	items, report, err := s.readICS(ctx, centreID, data)
	if err != nil {
		return report, err
	}
	return s.plan(ctx, centreID, items, report, progress)
}

// ImportICS takes the events of a calendar file into the centre's programme: an activity a series, and single
// events with the same title and place are one activity too; a session a date, from today on and for a year and a half. The same file twice changes nothing; a changed one changes, moves and calls
// off. Private events are not taken. Progress may be nil; it ends the import by returning true.
func (s *Store) ImportICS(ctx context.Context, centreID string, data []byte, by string, progress func(done, total int) (stop bool)) (Report, error) {
	items, report, err := s.readICS(ctx, centreID, data)
	if err != nil {
		return report, err
	}
	return s.takeAll(ctx, centreID, items, by, report, progress)
}

func (s *Store) readICS(ctx context.Context, centreID string, data []byte) ([]imported, Report, error) {
	var report Report
	c, spaces, err := s.importPlace(ctx, centreID)
	if err != nil {
		return nil, report, err
	}
	zone := c.Location()
	now := s.Now().In(zone)
	from := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, zone)
	read, err := ical.Read(bytes.NewReader(data), ical.Options{From: from, To: from.AddDate(0, 18, 0), DefaultZone: zone, MaxBytes: MaxImport, MaxOccurrences: 5000})
	if err != nil {
		return nil, report, err
	}
	for _, x := range read.Skipped {
		report.Lines = append(report.Lines, ReportLine{Line: x.Line, Title: x.Summary, What: TakeNone, Reason: x.Reason, Args: x.Args})
	}
	for _, x := range read.Noted {
		report.Lines = append(report.Lines, ReportLine{Line: x.Line, Title: x.Summary, What: TakeSame, Reason: x.Reason, Args: x.Args})
	}
	known, err := s.knownEvents(ctx, centreID)
	if err != nil {
		return nil, report, err
	}
	var items []imported
	var single []ical.Series
	for _, e := range read.Series {
		if e.Private {
			report.Lines = append(report.Lines, ReportLine{Line: e.Line, What: TakeNone, Reason: "programme.import.private"})
			continue
		}
		if e.Rule == "" && len(e.Occurrences) <= 1 {
			if len(e.Occurrences) == 1 { // within the time that is read
				single = append(single, e)
			}
			continue
		}
		kind, spaceID, place := placed(c, spaces, e.Location)
		item := imported{Line: e.Line, Activity: fromEvent(c.ID, e, kind, place), Whole: true}
		for _, o := range e.Occurrences {
			d := Date{Start: o.Start.In(zone), End: o.End.In(zone), SpaceID: spaceID}
			if id := spaceNamed(spaces, o.Location); id != "" && kind == InSpace {
				d.SpaceID = id
			}
			item.Dates = append(item.Dates, importedDate{Line: e.Line, RID: o.RecurrenceID.In(zone).Format(time.DateOnly), Date: d, Cancelled: o.Cancelled})
		}
		nameDates(item.Dates)
		items = append(items, item)
	}
	for _, g := range together(single, known) {
		like := g.most()
		kind, _, place := placed(c, spaces, like.Location)
		at := slices.IndexFunc(items, func(x imported) bool { return x.Activity.SourceUID == g.source })
		if at < 0 {
			at = len(items)
			items = append(items, imported{Line: like.Line, Activity: fromEvent(c.ID, like, kind, place)})
			items[at].Activity.SourceUID = g.source
		}
		item := &items[at]
		for _, e := range g.events {
			o := e.Occurrences[0]
			d := importedDate{Line: e.Line, RID: known[e.UID].rid, Date: Date{Start: o.Start.In(zone), End: o.End.In(zone)}, Cancelled: o.Cancelled}
			if item.Activity.PlaceKind == InSpace {
				_, d.Date.SpaceID, _ = placed(c, spaces, e.Location)
			}
			founder := g.source == "ics:"+e.UID
			switch {
			case d.RID != "":
			case founder:
				d.RID = d.Date.Start.Format(time.DateOnly)
			default:
				d.RID = ofEvent + e.UID
			}
			item.Whole = item.Whole || founder
			item.Dates = append(item.Dates, d)
			if alike(e) != alike(like) {
				report.Lines = append(report.Lines, ReportLine{Line: e.Line, Title: e.Summary, When: d.Date.Start, What: TakeSame, Reason: "programme.import.unlike"})
			}
		}
	}
	return items, report, nil
}

func fromEvent(centreID string, e ical.Series, kind string, place i18n.Text) Activity {
	a := blank(centreID)
	a.Title, a.PlaceKind, a.Place, a.SourceUID = i18n.Text{i18n.HR: clip(e.Summary, 120)}, kind, place, "ics:"+e.UID
	if e.Description != "" {
		a.About = i18n.Text{i18n.HR: clip(e.Description, 4000)}
	}
	return a
}

// ofEvent begins the name of a date that is an event of its own in the file; its UID follows.
const ofEvent = "uid:"

// knownEvent is where an event was taken before: the activity's source, and the name of its date there when it has one only.
type knownEvent struct{ source, rid string }

// knownEvents are the events taken into the centre's programme before, by UID.
func (s *Store) knownEvents(ctx context.Context, centreID string) (map[string]knownEvent, error) {
	var rows []struct {
		Source string `db:"source_uid"`
		RID    string `db:"source_rid"`
	}
	err := s.DB.Select(ctx, &rows, `SELECT a.source_uid, s.source_rid FROM sessions s JOIN activities a ON a.id = s.activity_id
		WHERE a.centre_id = :c AND a.source_uid LIKE :ics AND s.source_rid <> ''`, db.Args{"c": centreID, "ics": "ics:%"})
	known := map[string]knownEvent{}
	for _, row := range rows {
		uid, own := strings.CutPrefix(row.RID, ofEvent)
		if !own {
			uid = strings.TrimPrefix(row.Source, "ics:")
		}
		rid := row.RID
		if _, several := known[uid]; several {
			rid = ""
		}
		known[uid] = knownEvent{row.Source, rid}
	}
	return known, err
}

// eventGroup is single events that are dates of one activity.
type eventGroup struct {
	source string // of the activity
	events []ical.Series
}

// together puts single events with the same title and place into one activity each: programs that export no rule write
// every date as an event. An event taken before stays where it is, whatever it is called now, so that its session keeps
// those who registered; new ones join those that are like them.
func together(single []ical.Series, known map[string]knownEvent) []eventGroup {
	sources := map[string]string{}
	for _, e := range single {
		if k, ok := known[e.UID]; ok && sources[alike(e)] == "" {
			sources[alike(e)] = k.source
		}
	}
	var list []eventGroup
	index := map[string]int{}
	for _, e := range single {
		source := known[e.UID].source
		if source == "" {
			source = sources[alike(e)]
		}
		if source == "" {
			source = "ics:" + e.UID
			sources[alike(e)] = source
		}
		i, ok := index[source]
		if !ok {
			i = len(list)
			index[source] = i
			list = append(list, eventGroup{source: source})
		}
		list[i].events = append(list[i].events, e)
	}
	return list
}

func alike(e ical.Series) string {
	return strings.TrimSpace(e.Summary) + "\n" + strings.TrimSpace(e.Location)
}

// most is the event whose title and place most of the group have, the first of the file among equals; a cancelled one,
// whose description is often the reason, only where there is no other.
func (g eventGroup) most() ical.Series {
	count := map[string]int{}
	for _, e := range g.events {
		count[alike(e)]++
	}
	best := g.events[0]
	for _, e := range g.events[1:] {
		n, most := count[alike(e)], count[alike(best)]
		if n > most || n == most && best.Occurrences[0].Cancelled && !e.Occurrences[0].Cancelled {
			best = e
		}
	}
	return best
}

func (s *Store) importPlace(ctx context.Context, centreID string) (network.Centre, []booking.Space, error) {
	c, err := s.Network.Centre(ctx, s.DB, centreID)
	if err != nil {
		return c, nil, err
	}
	all, err := s.Booking.Spaces(ctx, s.DB, centreID)
	var spaces []booking.Space
	for _, x := range all {
		if !x.Closed {
			spaces = append(spaces, x)
		}
	}
	return c, spaces, err
}

// blank is an activity as an import makes it: people come without registering until the coordinator says otherwise.
func blank(centreID string) Activity {
	return Activity{CentreID: centreID, Kind: Open, RegisterFor: "session", PlaceKind: Address, OpensDays: 28, OpensClock: "09:00", DeskShareDays: 3, State: "published"}
}

func clip(s string, most int) string {
	if r := []rune(strings.TrimSpace(s)); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return strings.TrimSpace(s)
}

// cutAny cuts s at the first of the characters.
func cutAny(s, chars string) (before, after string, found bool) {
	if i := strings.IndexAny(s, chars); i >= 0 {
		return s[:i], s[i+1:], true
	}
	return s, "", false
}
