package directory

import (
	"context"
	"math"
	"slices"
	"strings"

	"kvart/internal/network"
	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/geo"
	"kvart/internal/platform/i18n"
)

// Spot is where somebody can be near to: a street, a stop or a local committee, or an area in which something is.
type Spot struct {
	ID     string
	Kind   string // city, district, committee, street, stop, place
	Name   i18n.Text
	Within i18n.Text  // the area it lies in, for telling apart what has one name
	AreaID string     // search in this area; empty: near the point
	At     *geo.Point // count distances from here; nil: from nowhere
}

const (
	mostSpots = 20  // places to choose from
	mostNames = 300 // names that a page suggests before anything is typed
	sameStop  = 0.5 // kilometres in which two stops of one name are one: the two sides of a street
)

func (r spotRow) spot(areas []network.Area) Spot {
	s := Spot{ID: r.ID, Kind: r.Kind, Name: i18n.Text{i18n.HR: r.Name}, At: &geo.Point{Lat: float64(r.LatE6) / 1e6, Lon: float64(r.LonE6) / 1e6}}
	if r.AreaID != nil {
		if chain := network.ChainOf(areas, *r.AreaID); len(chain) > 0 {
			s.Within = chain[0].Name
		}
	}
	return s
}

// areaSpot is an area as a place to be near to. In a city or a district one looks within it; near a local committee one
// looks from its middle, for what is across its street counts too. A committee without an outline stands for the
// narrowest area around it that has one.
func areaSpot(areas []network.Area, a network.Area) Spot {
	s := Spot{ID: a.ID, Kind: a.Kind, Name: a.Name, AreaID: a.ID}
	chain := network.ChainOf(areas, a.ID)
	if len(chain) > 1 {
		s.Within = chain[1].Name
	}
	if a.Kind != "committee" {
		return s
	}
	for i, wider := range chain {
		shape := wider.Shape()
		if shape == nil {
			continue
		}
		if s.AreaID = wider.ID; i == 0 {
			low, high := shape.Bounds()
			s.AreaID, s.At = "", &geo.Point{Lat: (low.Lat + high.Lat) / 2, Lon: (low.Lon + high.Lon) / 2}
		}
		break
	}
	return s
}

// Spots are the places that what was typed may mean, at most twenty: those of exactly this name, or else those whose name
// has a word that begins so, what begins so first. Marks and capitals do not count (i18n.Fold). What is empty means none.
func (s *Store) Spots(ctx context.Context, q db.Querier, typed string) ([]Spot, error) {
	f := strings.Join(strings.Fields(i18n.Fold(typed)), " ")
	if f == "" || len(f) > 200 {
		return nil, nil
	}
	b, err := s.Network.Basics(ctx)
	if err != nil {
		return nil, err
	}
	areas := b.Areas
	var exact, others []Spot
	for _, a := range areas {
		best := 2
		for _, name := range a.Name {
			switch folded := i18n.Fold(name); {
			case folded == f:
				best = 0
			case strings.HasPrefix(folded, f) || strings.Contains(folded, " "+f):
				best = min(best, 1)
			}
		}
		switch best {
		case 0:
			exact = append(exact, areaSpot(areas, a))
		case 1:
			others = append(others, areaSpot(areas, a))
		}
	}
	var rows []spotRow
	if err := q.Select(ctx, &rows, `SELECT * FROM directory_spots WHERE folded = :f ORDER BY kind, id LIMIT 60`, db.Args{"f": f}); err != nil {
		return nil, err
	}
	if len(rows)+len(exact) == 0 {
		like := strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(f)
		if err := q.Select(ctx, &rows, `SELECT * FROM directory_spots
			WHERE folded LIKE :begins ESCAPE '\' OR folded LIKE :word ESCAPE '\'
			ORDER BY CASE WHEN folded LIKE :begins ESCAPE '\' THEN 1 ELSE 2 END, folded, kind, id LIMIT 60`,
			db.Args{"begins": like + "%", "word": "% " + like + "%"}); err != nil {
			return nil, err
		}
	}
	known := map[string]geo.Point{} // where the last one of a kind and name is
	for _, r := range rows {
		one := r.spot(areas)
		if last, ok := known[r.Kind+r.Folded]; ok && kilometres(last, *one.At) < sameStop {
			continue
		}
		known[r.Kind+r.Folded] = *one.At
		if r.Folded == f {
			exact = append(exact, one)
		} else {
			others = append(others, one)
		}
	}
	list := exact
	if len(exact) == 0 {
		list = others
	}
	list = oncePerArea(list)
	return list[:min(len(list), mostSpots)], nil
}

// oncePerArea leaves out an area that is among the imported places too: for a local committee the place, which has a
// point, for anything wider the area.
func oncePerArea(list []Spot) []Spot {
	same := func(a, b Spot) bool {
		return a.Kind == b.Kind && a.ID != b.ID && slices.ContainsFunc(i18n.All, func(l i18n.Lang) bool {
			return a.Name[l] != "" && i18n.Fold(a.Name[l]) == i18n.Fold(b.Name[i18n.HR])
		})
	}
	return slices.DeleteFunc(slices.Clone(list), func(x Spot) bool {
		return slices.ContainsFunc(list, func(y Spot) bool {
			if x.Kind == "committee" {
				return x.AreaID != "" && y.AreaID == "" && same(x, y)
			}
			return x.AreaID == "" && y.AreaID != "" && same(y, x)
		})
	})
}

// Spot is the place of the id. It is NotFound where there is none.
func (s *Store) Spot(ctx context.Context, q db.Querier, id string) (Spot, error) {
	b, err := s.Network.Basics(ctx)
	if err != nil {
		return Spot{}, err
	}
	areas := b.Areas
	for _, a := range areas {
		if a.ID == id {
			return areaSpot(areas, a), nil
		}
	}
	var r spotRow
	if err := q.Get(ctx, &r, `SELECT * FROM directory_spots WHERE id = :id`, db.Args{"id": id}); err != nil {
		if fault.Is(err, fault.KindNotFound) {
			return Spot{}, fault.NotFound("fault.not_found")
		}
		return Spot{}, err
	}
	return r.spot(areas), nil
}

// Suggested are names to choose from before anything is typed: committees, then stops and places; of streets there are too many.
func (s *Store) Suggested(ctx context.Context, q db.Querier) ([]string, error) {
	var names []string
	err := q.Select(ctx, &names, `SELECT name FROM (SELECT name, MIN(CASE kind WHEN 'district' THEN 1 WHEN 'committee' THEN 2 WHEN 'stop' THEN 3 ELSE 4 END) AS n
		FROM directory_spots WHERE kind <> 'street' GROUP BY name) x ORDER BY n, name LIMIT :most`, db.Args{"most": mostNames})
	return names, err
}

// kilometres is the distance of two points of one city, on the flat.
func kilometres(a, b geo.Point) float64 {
	const degree = 111.32
	return math.Hypot((a.Lat-b.Lat)*degree, (a.Lon-b.Lon)*degree*math.Cos((a.Lat+b.Lat)/2*math.Pi/180))
}
