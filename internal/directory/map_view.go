package directory

import (
	"slices"
	"strconv"
	"strings"
	"sync"

	"kvart/internal/network"
	"kvart/internal/platform/geo"
)

// drawing is a map of what a list has: the areas in which that is, and a pin with the number of each.
type drawing struct {
	Box   string // viewBox of the SVG
	Areas []network.MapArea
	Pins  []pin
	Here  *geo.XY // from where distances are counted
	Off   []int   // numbers that are not on it
}

// pin is one on the drawing, of one service or of several that are near each other.
type pin struct {
	geo.XY
	Numbers []int
}

const (
	pinSize   = 26.0
	pinLetter = 9.0
	pinShows  = 3 // numbers of a pin; of more, two and how many others
)

// numbers are the numbers as words.
func numbers(list []int) []string {
	var s []string
	for _, n := range list {
		s = append(s, strconv.Itoa(n))
	}
	return s
}

// Label is what the pin says: "4", "4, 7", "4, 7 +3".
func (p pin) Label() string {
	s := numbers(p.Numbers)
	if len(s) > pinShows {
		return strings.Join(s[:2], ", ") + " +" + strconv.Itoa(len(s)-2)
	}
	return strings.Join(s, ", ")
}

// Wide is how wide the pin is: a circle for a short number.
func (p pin) Wide() float64 { return max(pinSize, float64(len(p.Label()))*pinLetter+10) }

func (p pin) box() geo.Box { return geo.Around(p.XY, p.Wide()+2, pinSize+2) }

// gather makes one pin of those that would cover each other, at their middle, until none does. Each number stays on the
// drawing, where a service has two places near each other once.
func gather(pins []pin) []pin {
	for again := true; again; {
		again = false
		for i := 0; i < len(pins); i++ {
			for j := i + 1; j < len(pins); j++ {
				if !pins[i].box().Meets(pins[j].box()) {
					continue
				}
				pins[i] = together(pins[i], pins[j])
				pins = append(pins[:j:j], pins[j+1:]...)
				again, j = true, i
			}
		}
	}
	return pins
}

func together(a, b pin) pin {
	na, nb := float64(len(a.Numbers)), float64(len(b.Numbers))
	one := pin{XY: geo.XY{X: (a.X*na + b.X*nb) / (na + nb), Y: (a.Y*na + b.Y*nb) / (na + nb)}}
	i, j := 0, 0
	for i < len(a.Numbers) || j < len(b.Numbers) {
		switch {
		case j == len(b.Numbers) || i < len(a.Numbers) && a.Numbers[i] < b.Numbers[j]:
			one.Numbers = append(one.Numbers, a.Numbers[i])
			i++
		case i == len(a.Numbers) || b.Numbers[j] < a.Numbers[i]:
			one.Numbers = append(one.Numbers, b.Numbers[j])
			j++
		default:
			j++ // the same service
		}
	}
	return one
}

// grounds keeps outlines as they were drawn last, while the network's areas are as they were: an outline takes longer to
// draw than a page to write.
type grounds struct {
	mu     sync.Mutex
	of     *network.Basics
	shapes map[string]geo.Shape // of districts, and of cities without one
	kept   map[string]ground
}

type ground struct {
	network.Ground
	areas  []network.MapArea
	labels [][]geo.XY // where the label of each area may stand, best first
}

// mostLabels is how many places are kept for a label: the pins of one page take some of them.
const mostLabels = 4

// around is the ground with each label where it meets no pin and no other label; one without such a place is left out.
func (g ground) around(pins []pin, here *geo.XY) []network.MapArea {
	list := slices.Clone(g.areas)
	var taken []geo.Box
	if here != nil {
		taken = append(taken, geo.Around(*here, pinSize, pinSize))
	}
	for _, p := range pins {
		taken = append(taken, p.box())
	}
	for i := range list {
		list[i].X, list[i].Y = 0, 0
		for _, at := range g.labels[i] {
			if b := list[i].Label(at); !slices.ContainsFunc(taken, b.Meets) {
				list[i].X, list[i].Y = at.X, at.Y
				taken = append(taken, b)
				break
			}
		}
	}
	return list
}

// mostGrounds is more than pages of results differ in the areas they show.
const mostGrounds = 200

// areaAt is the narrowest drawn area in which the point lies: a district, or a city where none has an outline there.
func (g *grounds) areaAt(p geo.Point) string {
	for i := len(g.of.Areas) - 1; i >= 0; i-- {
		if shape := g.shapes[g.of.Areas[i].ID]; shape != nil && shape.Contains(p) {
			return g.of.Areas[i].ID
		}
	}
	return ""
}

// draw draws the services, the first of which has the number from. A confidential location is never on it, and what lies
// beside the picture is in the list only. Nil: there is nothing to draw.
func (g *grounds) draw(b *network.Basics, list []Service, from int, here *geo.Point) *drawing {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.of != b {
		g.of, g.shapes, g.kept = b, map[string]geo.Shape{}, map[string]ground{}
		for _, a := range b.Areas {
			if shape := a.Shape(); shape != nil && a.Kind != "committee" {
				g.shapes[a.ID] = shape
			}
		}
	}
	type marked struct {
		at geo.Point
		n  int
	}
	var marks []marked
	shown := map[string]bool{}
	for i, s := range list {
		for _, p := range s.Places {
			if p.At.Confidential || p.At.Latitude == nil || p.At.Longitude == nil {
				continue
			}
			at := geo.Point{Lat: *p.At.Latitude, Lon: *p.At.Longitude}
			if area := g.areaAt(at); area != "" {
				shown[area] = true
			}
			marks = append(marks, marked{at, from + i})
		}
	}
	if len(shown) == 0 {
		return nil
	}
	if here != nil {
		if area := g.areaAt(*here); area != "" {
			shown[area] = true
		} else {
			here = nil
		}
	}
	base := g.ground(shown)
	d := &drawing{Box: base.Box()}
	for _, m := range marks {
		if at := base.XY(m.at); at.X >= pinSize/2 && at.X <= base.Width-pinSize/2 && at.Y >= pinSize/2 && at.Y <= base.Height-pinSize/2 {
			d.Pins = append(d.Pins, pin{XY: at, Numbers: []int{m.n}})
		}
	}
	for i := range list {
		if !slices.ContainsFunc(d.Pins, func(p pin) bool { return p.Numbers[0] == from+i }) {
			d.Off = append(d.Off, from+i)
		}
	}
	d.Pins = gather(d.Pins)
	if here != nil {
		at := base.XY(*here)
		d.Here = &at
	}
	d.Areas = base.around(d.Pins, d.Here)
	return d
}

func (g *grounds) ground(shown map[string]bool) ground {
	var list []network.Area
	var key strings.Builder
	for _, a := range g.of.Areas {
		if shown[a.ID] {
			list = append(list, a)
			key.WriteString(a.ID)
		}
	}
	if base, ok := g.kept[key.String()]; ok {
		return base
	}
	base := ground{Ground: network.GroundOf(list)}
	base.areas = base.Ground.Areas(nil)
	base.labels = make([][]geo.XY, len(base.areas))
	var taken []geo.XY
	for n := range mostLabels {
		if n > 0 {
			base.areas = base.Ground.Areas(taken)
		}
		for i, a := range base.areas {
			if a.X > 0 {
				base.labels[i], taken = append(base.labels[i], geo.XY{X: a.X, Y: a.Y}), append(taken, geo.XY{X: a.X, Y: a.Y})
			}
		}
	}
	if len(g.kept) >= mostGrounds {
		g.kept = map[string]ground{}
	}
	g.kept[key.String()] = base
	return base
}
