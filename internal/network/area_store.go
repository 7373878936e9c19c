package network

import (
	"context"
	"slices"

	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/geo"
)

// AreaKinds, from wide to narrow.
var AreaKinds = []string{"city", "district", "committee"}

// Check returns Invalid with the fields that cannot be right.
func (a Area) Check() error {
	var f fault.Form
	checkSlug(&f, a.Slug)
	checkText(&f, "name", a.Name, 80, true)
	if !slices.Contains(AreaKinds, a.Kind) {
		f.Add("kind", "network.fault.area_kind")
	}
	if a.Outline != "" {
		if _, err := geo.Parse([]byte(a.Outline)); err != nil {
			f.Add("outline", "network.fault.outline")
		}
	}
	return f.Err()
}

// Shape is the area's outline; nil where it has none.
func (a Area) Shape() geo.Shape {
	if a.Outline == "" {
		return nil
	}
	s, err := geo.Parse([]byte(a.Outline))
	if err != nil {
		return nil
	}
	return s
}

// Area is one of them.
func (s *Store) Area(ctx context.Context, q db.Querier, id string) (Area, error) {
	var a Area
	err := q.Get(ctx, &a, `SELECT * FROM areas WHERE id = :id`, db.Args{"id": id})
	return a, err
}

// AreaOf is the chain of areas in which the centre lies, the narrowest first.
func (s *Store) AreaOf(ctx context.Context, q db.Querier, c Centre) ([]Area, error) {
	all, err := s.Areas(ctx, q)
	if err != nil {
		return nil, err
	}
	return ChainOf(all, c.AreaID), nil
}

// ChainOf are the area of the id and those it lies in, narrowest first. What is in no chain ends after five.
func ChainOf(all []Area, id string) []Area {
	byID := map[string]Area{}
	for _, a := range all {
		byID[a.ID] = a
	}
	var list []Area
	for a, ok := byID[id]; ok && len(list) < 5; {
		list = append(list, a)
		if a.ParentID == nil {
			break
		}
		a, ok = byID[*a.ParentID]
	}
	return list
}

// SaveArea makes an area or changes it, and returns its id; the slug of one that exists stays. It returns Invalid for
// an area that would lie in itself or in a narrower one.
func (s *Store) SaveArea(ctx context.Context, tx *db.Tx, a Area, by string) (string, error) {
	if err := a.Check(); err != nil {
		return "", err
	}
	if a.ParentID != nil {
		parent, err := s.Area(ctx, tx, *a.ParentID)
		if fault.Is(err, fault.KindNotFound) || err == nil && slices.Index(AreaKinds, parent.Kind) >= slices.Index(AreaKinds, a.Kind) {
			var f fault.Form
			f.Add("in", "network.fault.area_in")
			return "", f.Err()
		}
		if err != nil {
			return "", err
		}
	}
	args := db.Args{"id": a.ID, "slug": a.Slug, "parent": a.ParentID, "kind": a.Kind, "name": a.Name, "growth": a.Growth, "example": a.Example, "outline": a.Outline}
	if a.ID == "" {
		args["id"] = db.NewID()
		if err := slugTaken(tx.Exec(ctx, `INSERT INTO areas (id, slug, parent_id, kind, name, growth, example, outline)
			VALUES (:id, :slug, :parent, :kind, :name, :growth, :example, :outline) ON CONFLICT (slug) DO NOTHING`, args)); err != nil {
			return "", err
		}
	} else if _, err := tx.Exec(ctx, `UPDATE areas SET parent_id = :parent, kind = :kind, name = :name, growth = :growth, example = :example, outline = :outline
		WHERE id = :id`, args); err != nil {
		return "", err
	}
	id := args["id"].(string)
	return id, s.note(ctx, tx, "", "area.save", by, "area", id)
}

// slugTaken is Invalid on the field slug where an insert met one that is there.
func slugTaken(n int64, err error) error {
	if err == nil && n == 0 {
		var f fault.Form
		f.Add("slug", "network.fault.slug_taken")
		return f.Err()
	}
	return err
}
