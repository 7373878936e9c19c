package programme

import (
	"bytes"
	"context"
	"strings"
	"time"

	"kvart/internal/booking"
	"kvart/internal/network"
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

// ImportICS takes the events of a calendar file into the centre's programme: an activity a series, a session a date,
// from today on and for a year and a half. The same file twice changes nothing; a changed one changes, moves and calls
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
	var items []imported
	for _, e := range read.Series {
		if e.Private {
			report.Lines = append(report.Lines, ReportLine{Line: e.Line, What: TakeNone, Reason: "programme.import.private"})
			continue
		}
		kind, spaceID, place := placed(c, spaces, e.Location)
		a := blank(c.ID)
		a.Title, a.PlaceKind, a.Place, a.SourceUID = i18n.Text{i18n.HR: clip(e.Summary, 120)}, kind, place, "ics:"+e.UID
		if e.Description != "" {
			a.About = i18n.Text{i18n.HR: clip(e.Description, 4000)}
		}
		item := imported{Line: e.Line, Activity: a, Whole: true}
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
	return items, report, nil
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
