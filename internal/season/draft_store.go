package season

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"kvart/internal/allotment"
	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
)

// Input is what the season is counted from.
func (s *Store) Input(ctx context.Context, q db.Querier, one Season) (allotment.Input, error) {
	in := allotment.Input{Seed: one.Seed, Criteria: one.Criteria, Limits: allotment.Limits(one.Limits), Rooms: []allotment.Room{}, Organisations: []allotment.Organisation{}, Wishes: []allotment.Wish{}}
	spaces, err := s.Spaces(ctx, q, one)
	if err != nil {
		return in, err
	}
	slug := map[string]string{}
	for _, x := range spaces {
		if bool(x.Closed) {
			continue
		}
		var parts []string
		if err := q.Select(ctx, &parts, `SELECT atom_id FROM space_atoms WHERE space_id = :id ORDER BY atom_id`, db.Args{"id": x.ID}); err != nil {
			return in, err
		}
		slug[x.ID] = x.Slug
		in.Rooms = append(in.Rooms, allotment.Room{ID: x.Slug, Name: map[string]string{}, Parts: parts, Setup: x.SetupMinutes, Clear: x.ClearMinutes, Open: one.Hours})
		for l, t := range x.Name {
			in.Rooms[len(in.Rooms)-1].Name[string(l)] = t
		}
	}
	members, err := s.Members(ctx, q, one.ID)
	if err != nil {
		return in, err
	}
	wishes, err := s.Wishes(ctx, q, one.ID, "")
	if err != nil {
		return in, err
	}
	of := map[string][]Wished{}
	for _, w := range wishes {
		of[w.OrganisationID] = append(of[w.OrganisationID], w)
	}
	for _, m := range members {
		in.Organisations = append(in.Organisations, allotment.Organisation{ID: m.Slug, Name: m.Name, Values: m.Amounts})
		for i, w := range of[m.OrganisationID] {
			x := w.plain()
			x.ID, x.Organisation, x.Rank = fmt.Sprintf("%s-%d", m.Slug, i+1), m.Slug, i+1
			for _, id := range w.Spaces {
				if name, ok := slug[id]; ok {
					x.Rooms = append(x.Rooms, name)
				} else {
					x.Rooms = append(x.Rooms, id) // no longer booked: a reason, not a fault
				}
			}
			in.Wishes = append(in.Wishes, x)
		}
	}
	return in, nil
}

// Count closes the wishes and makes the draft.
func (s *Store) Count(ctx context.Context, centreID, id, by string) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := s.lock(ctx, tx, centreID, id); err != nil {
			return err
		}
		one, err := s.Season(ctx, tx, centreID, id)
		if err != nil {
			return err
		}
		if one.State != Open {
			return fault.Conflict("season.fault.state")
		}
		c, err := s.Network.Centre(ctx, tx, centreID)
		if err != nil {
			return err
		}
		d := allotment.Document{Format: allotment.Format, Version: allotment.Version, Name: one.Name, Centre: c.Name, From: one.FromDate, To: one.ToDate, Zone: c.Zone}
		if d.Input, err = s.Input(ctx, tx, one); err != nil {
			return err
		}
		if len(d.Input.Wishes) == 0 {
			return fault.Conflict("season.fault.no_wishes")
		}
		if d.Result, err = allotment.Allot(d.Input); err != nil {
			return err
		}
		kept, err := json.Marshal(d)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `UPDATE seasons SET document = :d WHERE id = :id`, db.Args{"d": string(kept), "id": id}); err != nil {
			return err
		}
		if err := s.step(ctx, tx, centreID, id, Open, Draft); err != nil {
			return err
		}
		return s.note(ctx, tx, centreID, "season.count", by, id)
	})
}

// lock lets one transaction after the other work on the season.
func (s *Store) lock(ctx context.Context, tx *db.Tx, centreID, id string) error {
	n, err := tx.Exec(ctx, `UPDATE seasons SET version = version WHERE id = :id AND centre_id = :c`, db.Args{"id": id, "c": centreID})
	if err == nil && n == 0 {
		err = fault.NotFound("fault.not_found")
	}
	return err
}

// Edits are what was changed in the draft so far.
func (s *Store) Edits(ctx context.Context, q db.Querier, id string) ([]allotment.Edit, error) {
	var rows []struct {
		N      int    `db:"n"`
		What   string `db:"what"`
		Slot   slot   `db:"slot"`
		Reason string `db:"reason"`
		Date   string `db:"on_date"`
	}
	err := q.Select(ctx, &rows, `SELECT n, what, slot, reason, on_date FROM season_edits WHERE season_id = :id ORDER BY n`, db.Args{"id": id})
	list := []allotment.Edit{}
	for _, r := range rows {
		list = append(list, allotment.Edit{N: r.N, What: r.What, Slot: allotment.Slot(r.Slot), Reason: r.Reason, Date: r.Date})
	}
	return list, err
}

// Document is the season as counted and edited so far. It is NotFound before it is counted.
func (s *Store) Document(ctx context.Context, q db.Querier, one Season) (allotment.Document, error) {
	var d allotment.Document
	var kept string
	if err := q.Get(ctx, &kept, `SELECT document FROM seasons WHERE id = :id AND state IN ('draft','published')`, db.Args{"id": one.ID}); err != nil {
		return d, err
	}
	if err := json.Unmarshal([]byte(kept), &d); err != nil {
		return d, fmt.Errorf("reading season %s: %w", one.ID, err)
	}
	var err error
	if d.Edits, err = s.Edits(ctx, q, one.ID); err != nil {
		return d, err
	}
	d.Template, err = allotment.Apply(d.Input, d.Result, d.Edits)
	return d, err
}

// Edit changes the draft, with a reason that is published. seen is how many edits there were when the page was read: it returns
// Conflict with those made since ([]allotment.Edit), and where the slot would be on another.
func (s *Store) Edit(ctx context.Context, tx *db.Tx, centreID, id string, seen int, e allotment.Edit, by string) error {
	if err := s.lock(ctx, tx, centreID, id); err != nil {
		return err
	}
	one, err := s.Season(ctx, tx, centreID, id)
	if err != nil {
		return err
	}
	if one.State != Draft {
		return fault.Conflict("season.fault.state")
	}
	c, err := s.Network.Centre(ctx, tx, centreID)
	if err != nil {
		return err
	}
	d, err := s.Document(ctx, tx, one)
	if err != nil {
		return err
	}
	if seen != len(d.Edits) {
		return fault.Conflict("season.fault.edited_meanwhile").With(d.Edits[min(max(seen, 0), len(d.Edits)):])
	}
	var f fault.Form
	if e.Reason = strings.TrimSpace(e.Reason); e.Reason == "" {
		f.Add("reason", "season.fault.reason")
	} else if len([]rune(e.Reason)) > 300 {
		f.Add("reason", "fault.too_long", "max", 300)
	}
	if err := f.Err(); err != nil {
		return err
	}
	e.N, e.Date = len(d.Edits)+1, s.Now().In(c.Location()).Format(time.DateOnly)
	if e.What == allotment.Add {
		e.Slot.ID = fmt.Sprintf("edit-%d", e.N)
	}
	if _, err := allotment.Apply(d.Input, d.Result, append(d.Edits, e)); err != nil {
		if o, ok := errors.AsType[*allotment.Overlap](err); ok {
			return fault.Conflict("season.fault.overlap", "who", nameOf(d.Input, o.Other.Organisation)).Because(err)
		}
		return fault.Invalid("season.fault.edit").Because(err)
	}
	if _, err := tx.Exec(ctx, `INSERT INTO season_edits (season_id, n, what, slot, reason, on_date, edited_by) VALUES (:id, :n, :what, :slot, :reason, :date, :by)`,
		db.Args{"id": id, "n": e.N, "what": e.What, "slot": slot(e.Slot), "reason": e.Reason, "date": e.Date, "by": by}); err != nil {
		return closed(err)
	}
	return s.note(ctx, tx, centreID, "season.edit", by, id)
}

func nameOf(in allotment.Input, slug string) string {
	for _, o := range in.Organisations {
		if o.ID == slug {
			return o.Name
		}
	}
	return slug
}

// Publish lets everybody see the result.
func (s *Store) Publish(ctx context.Context, centreID, id, by string) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		if _, err := s.Season(ctx, tx, centreID, id); err != nil {
			return err
		}
		if err := s.step(ctx, tx, centreID, id, Draft, Published); err != nil {
			return err
		}
		return s.note(ctx, tx, centreID, "season.publish", by, id)
	})
}
