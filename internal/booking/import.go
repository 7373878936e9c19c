package booking

import (
	"context"
	"fmt"
	"slices"

	"kvart/internal/network"
	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
)

// ImportSpaces makes and changes the spaces that a network's file names at a centre; it is an Apply of the importer.
// A space with parts occupies all atoms of its parts, which stand before it in the file.
func (s *Store) ImportSpaces(ctx context.Context, tx *db.Tx, centre network.Centre, spec network.CentreSpec, by string) ([]network.Change, error) {
	there, err := s.Spaces(ctx, tx, centre.ID)
	if err != nil {
		return nil, err
	}
	var changes []network.Change
	for i, want := range spec.Spaces {
		did, err := s.importSpace(ctx, tx, centre, there, i, want, by)
		if err != nil {
			return nil, within(err, fmt.Sprintf("spaces[%d]", i))
		}
		if did == network.Created {
			if there, err = s.Spaces(ctx, tx, centre.ID); err != nil {
				return nil, err
			}
		}
		changes = append(changes, network.Change{Kind: "space", Name: centre.Slug + "/" + want.Slug, Did: did})
	}
	return changes, nil
}

func (s *Store) importSpace(ctx context.Context, tx *db.Tx, centre network.Centre, there []Space, i int, want network.SpaceSpec, by string) (string, error) {
	var f fault.Form
	if want.Slug == "" || want.Slug != network.Slug(want.Slug) {
		f.Add("slug", "booking.fault.slug_form")
	}
	var parts []string
	for k, slug := range want.Parts {
		at := slices.IndexFunc(there, func(x Space) bool { return x.Slug == slug })
		if at < 0 {
			f.Add(fmt.Sprintf("parts[%d]", k), "booking.fault.part", "slug", slug)
			continue
		}
		parts = append(parts, there[at].ID)
	}
	if err := f.Err(); err != nil {
		return "", err
	}
	next := Space{CentreID: centre.ID, Slug: want.Slug, Name: want.Name, About: want.About, Holds: want.Holds, SetupMinutes: want.SetupMinutes,
		ClearMinutes: want.ClearMinutes, Position: i + 1}
	k := slices.IndexFunc(there, func(x Space) bool { return x.Slug == want.Slug })
	if k < 0 {
		id, err := s.AddSpace(ctx, tx, next, by)
		if err == nil && len(parts) > 0 {
			_, err = s.SetParts(ctx, tx, centre.ID, id, parts, by)
		}
		return network.Created, err
	}
	now := there[k]
	next.ID, next.Version, next.Closed = now.ID, now.Version, now.Closed
	changed, err := false, error(nil)
	if want.Parts != nil { // a file that says nothing of parts leaves them
		if changed, err = s.SetParts(ctx, tx, centre.ID, now.ID, parts, by); err != nil {
			return "", onPart(err, "parts")
		}
	}
	if sameText(now, next) && now.Holds == next.Holds && now.SetupMinutes == next.SetupMinutes && now.ClearMinutes == next.ClearMinutes && now.Position == next.Position {
		if changed {
			return network.Updated, nil
		}
		return network.Same, nil
	}
	return network.Updated, s.ChangeSpace(ctx, tx, next, by)
}

func sameText(a, b Space) bool {
	x, _ := a.Name.Value()
	y, _ := b.Name.Value()
	v, _ := a.About.Value()
	w, _ := b.About.Value()
	return x == y && v == w
}

// onPart puts what is wrong with the parts beside their field.
func onPart(err error, field string) error {
	if !fault.Is(err, fault.KindConflict) && !fault.Is(err, fault.KindInvalid) {
		return err
	}
	e := fault.Of(err)
	var f fault.Form
	f.Add(field, e.Key, e.Args...)
	return f.Err()
}

// within puts the place of a fault before the names of its fields.
func within(err error, place string) error {
	e := fault.Of(err)
	if e.Kind != fault.KindInvalid {
		return err
	}
	moved := *e
	moved.Fields = nil
	for _, f := range e.Fields {
		f.Name = place + "." + f.Name
		moved.Fields = append(moved.Fields, f)
	}
	return &moved
}

// Shared says which spaces of a centre hold a part in common, and with how much time around each.
type Shared struct {
	spaces map[string]Space
	parts  map[[2]string]bool
}

// SharedParts reads it.
func (s *Store) SharedParts(ctx context.Context, q db.Querier, centreID string) (Shared, error) {
	shared := Shared{spaces: map[string]Space{}, parts: map[[2]string]bool{}}
	list, err := s.Spaces(ctx, q, centreID)
	if err != nil {
		return shared, err
	}
	for _, x := range list {
		shared.spaces[x.ID] = x
	}
	var pairs []struct {
		One   string `db:"one"`
		Other string `db:"other"`
	}
	err = q.Select(ctx, &pairs, `SELECT DISTINCT a.space_id AS one, b.space_id AS other FROM space_atoms a JOIN space_atoms b ON b.atom_id = a.atom_id
		JOIN spaces s ON s.id = a.space_id WHERE s.centre_id = :c`, db.Args{"c": centreID})
	for _, p := range pairs {
		shared.parts[[2]string{p.One, p.Other}] = true
	}
	return shared, err
}

// Overlap says whether the two uses are in each other's way, set-up and clear-up included.
func (s Shared) Overlap(space string, at Interval, other string, then Interval) bool {
	a, b := at.Held(s.spaces[space]), then.Held(s.spaces[other])
	return s.parts[[2]string{space, other}] && a.Start.Before(b.End) && b.Start.Before(a.End)
}

// Named gives clashes that were kept without what is confidential their titles again, as they are now. A booking that is
// there no more stays without.
func (s *Store) Named(ctx context.Context, q db.Querier, list []Clash) error {
	for i := range list {
		var b Booking
		err := q.Get(ctx, &b, `SELECT `+columns+` FROM bookings b WHERE b.id = :id`, db.Args{"id": list[i].BookingID})
		if err != nil && !fault.Is(err, fault.KindNotFound) {
			return err
		}
		list[i].title, list[i].confidential = b.Title, bool(b.Confidential)
	}
	return nil
}
