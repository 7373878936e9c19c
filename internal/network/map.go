package network

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"strconv"
	"sync"
	"unicode/utf8"

	"kvart/internal/platform/geo"
	"kvart/internal/platform/i18n"
)

// Map is a drawing of the network: its districts, and a numbered pin for each centre.
type Map struct {
	Width, Height float64
	Areas         []MapArea
	Pins          []MapPin
}

// MapArea is a drawn district. A label without room is left out; the list beside the drawing has every name.
type MapArea struct {
	Name   i18n.Text
	Path   string
	Growth bool
	X, Y   float64 // of the label; zero: none
}

// Label is the room its label takes at the place, in the language in which it is longest.
func (a MapArea) Label(at geo.XY) geo.Box {
	longest := 0
	for _, s := range a.Name {
		longest = max(longest, utf8.RuneCountInString(s))
	}
	return geo.Around(at, float64(longest)*9, 22)
}

// MapPin is a centre on the drawing.
type MapPin struct {
	X, Y           float64
	Number, Colour int
	Name, Slug     string
	Area           i18n.Text
}

const (
	mapWidth   = 370.0
	mapTallest = 420.0
	pinRoom    = 34.0
)

// Map draws the districts in which centres are, and with growth also those the network plans to grow to.
func (s *Store) Map(ctx context.Context, growth bool) (Map, error) {
	b, err := s.Basics(ctx)
	if err != nil {
		return Map{}, err
	}
	if growth {
		return b.wide(), nil
	}
	return b.near(), nil
}

// drawings keeps the maps drawn last: an outline takes longer to draw than a page to write, and changes once a year.
// A map is known by all that is drawn on it, so a kept one is never stale.
type drawings struct {
	mu   sync.Mutex
	kept map[[sha256.Size]byte]Map
}

// mostDrawings is more than a network has centres.
const mostDrawings = 100

func (d *drawings) of(areas []Area, centres []Centre, growth bool) Map {
	h := sha256.New()
	e := json.NewEncoder(h)
	for _, v := range []any{areas, centres, growth} {
		_ = e.Encode(v) // plain structs into a hash: cannot fail
	}
	key := [sha256.Size]byte(h.Sum(nil))
	d.mu.Lock()
	m, ok := d.kept[key]
	d.mu.Unlock()
	if ok {
		return m
	}
	m = drawMap(areas, centres, growth)
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.kept == nil || len(d.kept) >= mostDrawings {
		d.kept = map[[sha256.Size]byte]Map{}
	}
	d.kept[key] = m
	return m
}

func drawMap(areas []Area, centres []Centre, growth bool) Map {
	used := map[string]bool{}  // areas that are drawn
	home := map[string]Area{}  // of each centre, the narrowest area with an outline
	named := map[string]Area{} // of each centre, the narrowest area
	for _, c := range centres {
		for i, a := range ChainOf(areas, c.AreaID) {
			if i == 0 {
				named[c.ID] = a
			}
			if a.Shape() != nil && home[c.ID].ID == "" {
				home[c.ID] = a
				used[a.ID] = true
			}
		}
	}
	var drawn []Area
	for _, a := range areas {
		if used[a.ID] || growth && bool(a.Growth) {
			drawn = append(drawn, a)
		}
	}
	f := GroundOf(drawn)
	m := Map{Width: f.Width, Height: f.Height}
	if f.Empty() {
		m.Height = 0
	}
	var pins []geo.XY
	at := map[string]geo.XY{}
	for _, c := range centres {
		if c.LatE6 != nil && c.LonE6 != nil {
			p := f.XY(geo.Point{Lon: float64(*c.LonE6) / 1e6, Lat: float64(*c.LatE6) / 1e6})
			if p.X >= 0 && p.X <= f.Width && p.Y >= 0 && p.Y <= f.Height {
				at[c.ID], pins = p, append(pins, p)
			}
		}
	}
	for _, d := range f.list { // centres whose place is not known stand in their district
		var without []string
		for _, c := range centres {
			if _, ok := at[c.ID]; !ok && home[c.ID].ID == d.ID {
				without = append(without, c.ID)
			}
		}
		for i, p := range f.Spread(d.shape, len(without), pins) {
			at[without[i]], pins = p, append(pins, p)
		}
	}
	m.Areas = f.Areas(pins)
	for _, c := range centres {
		pin := MapPin{Number: c.Number, Colour: c.Colour, Name: c.Name, Slug: c.Slug, Area: named[c.ID].Name}
		if p, ok := at[c.ID]; ok {
			pin.X, pin.Y = p.X, p.Y
		}
		m.Pins = append(m.Pins, pin)
	}
	return m
}

// Ground is outlines of areas on one picture, on which a drawing puts what it is about.
type Ground struct {
	geo.Frame
	list []outlined
}

type outlined struct {
	Area
	shape geo.Shape
}

// GroundOf is the picture of those of the areas that have an outline.
func GroundOf(areas []Area) Ground {
	var g Ground
	var shapes []geo.Shape
	for _, a := range areas {
		if shape := a.Shape(); shape != nil {
			g.list, shapes = append(g.list, outlined{a, shape}), append(shapes, shape)
		}
	}
	g.Frame = geo.NewFrame(mapWidth, mapTallest, 14, shapes...)
	return g
}

// Empty says whether no area is on it.
func (g Ground) Empty() bool { return len(g.list) == 0 }

// Box is its size as the viewBox of an SVG.
func (g Ground) Box() string { return "0 0 " + geo.Number(g.Width) + " " + geo.Number(g.Height) }

// Areas are the outlines with labels that keep clear of the pins.
func (g Ground) Areas(pins []geo.XY) []MapArea {
	var list []MapArea
	var taken []geo.Box
	for _, p := range pins {
		taken = append(taken, geo.Around(p, pinRoom, pinRoom))
	}
	for _, d := range g.list {
		one := MapArea{Name: d.Name, Path: g.Path(d.shape), Growth: bool(d.Growth)}
		box := one.Label(geo.XY{})
		wide, tall := box.Right-box.Left, box.Bottom-box.Top
		var others []geo.Shape
		for _, other := range g.list {
			if other.ID != d.ID {
				others = append(others, other.shape)
			}
		}
		if p, ok := g.Label(d.shape, wide, tall, taken, others...); ok {
			one.X, one.Y = p.X, p.Y
			taken = append(taken, one.Label(p))
		}
		list = append(list, one)
	}
	return list
}

// Drawn says whether there is anything to draw.
func (m Map) Drawn() bool { return m.Height > 0 }

func (m Map) box() string { return "0 0 " + geo.Number(m.Width) + " " + geo.Number(m.Height) }

func number(x float64) string { return geo.Number(x) }

func digits(n int) string { return strconv.Itoa(n) }
