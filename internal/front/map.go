package front

import (
	"slices"
	"strconv"
	"unicode/utf8"

	"github.com/a-h/templ"

	"kvart/internal/network"
	"kvart/internal/platform/geo"
	"kvart/internal/platform/web"
)

// picture is a map of outlines with numbered pins, drawn to a box 370 wide. No tile and no script is needed for it.
type picture struct {
	Width, Height string
	Areas         []drawn
	Labels        []label
	Pins          []pin
}

type drawn struct {
	Path  string
	Class string // area, area other, area growth
}

type label struct{ Text, X, Y string }

type pin struct {
	Centre network.Centre
	X, Y   string
}

// pinSize is the room a pin needs, with air around it.
const pinSize = 30

// draw makes the map of the districts in which the centres lie, and of those the network grows to where growth is
// asked for. A centre of which only the area is known is put inside it. The second value is false where no outline is
// known: the list of centres then says it all.
func draw(r *web.Request, centres []network.Centre, areas []network.Area, growth bool) (picture, bool) {
	type shown struct {
		network.Area
		shape   geo.Shape
		centres []network.Centre
	}
	var list []shown
	for _, a := range areas {
		shape := a.Shape()
		if shape == nil || a.Kind != "district" {
			continue
		}
		one := shown{Area: a, shape: shape}
		for _, c := range centres {
			if within(areas, c.AreaID, a.ID) {
				one.centres = append(one.centres, c)
			}
		}
		if len(one.centres) > 0 || growth && bool(a.Growth) {
			list = append(list, one)
		}
	}
	if len(list) == 0 {
		return picture{}, false
	}
	shapes := make([]geo.Shape, len(list))
	for i := range list {
		shapes[i] = list[i].shape
	}
	f := geo.NewFrame(370, 420, 12, shapes...)
	p := picture{Width: geo.Number(f.Width), Height: geo.Number(f.Height)}
	var taken []geo.XY
	var boxes []geo.Box
	put := func(c network.Centre, at geo.XY) {
		p.Pins = append(p.Pins, pin{c, geo.Number(at.X), geo.Number(at.Y)})
		taken, boxes = append(taken, at), append(boxes, geo.Around(at, pinSize, pinSize))
	}
	for _, one := range list {
		class := "area"
		if bool(one.Growth) {
			class = "area growth"
		}
		p.Areas = append(p.Areas, drawn{f.Path(one.shape), class})
		for _, c := range one.centres {
			if c.LatE6 != nil && c.LonE6 != nil {
				put(c, f.XY(geo.Point{Lon: float64(*c.LonE6) / 1e6, Lat: float64(*c.LatE6) / 1e6}))
			}
		}
	}
	for _, one := range list {
		var rest []network.Centre
		for _, c := range one.centres {
			if c.LatE6 == nil || c.LonE6 == nil {
				rest = append(rest, c)
			}
		}
		for i, at := range f.Spread(one.shape, len(rest), taken) {
			put(rest[i], at)
		}
	}
	for _, one := range list {
		name := r.Pick(one.Name)
		wide := float64(utf8.RuneCountInString(name))*9 + 8
		if at, ok := f.Label(one.shape, wide, 20, boxes); ok {
			p.Labels = append(p.Labels, label{name, geo.Number(at.X), geo.Number(at.Y + 6)})
			boxes = append(boxes, geo.Around(at, wide, 20))
		}
	}
	slices.SortFunc(p.Pins, func(a, b pin) int { return a.Centre.Number - b.Centre.Number })
	return p, true
}

// within says whether the area, or one above it, is the other.
func within(areas []network.Area, id, other string) bool {
	for range 6 {
		if id == other {
			return true
		}
		i := slices.IndexFunc(areas, func(a network.Area) bool { return a.ID == id })
		if i < 0 || areas[i].ParentID == nil {
			return false
		}
		id = *areas[i].ParentID
	}
	return false
}

// districtOf is the name of the district in which the area lies, or nothing.
func districtOf(r *web.Request, areas []network.Area, id string) string {
	for _, a := range areas {
		if a.Kind == "district" && within(areas, id, a.ID) {
			return r.Pick(a.Name)
		}
	}
	return ""
}

// Aside is the small map for the side of other pages.
func (p *Pages) Aside(r *web.Request, centres []network.Centre, areas []network.Area) templ.Component {
	return mapCard(r, centres, areas, false, "aside-map")
}

func number(n int) string { return strconv.Itoa(n) }
