package geo

import (
	"cmp"
	"math"
	"slices"
)

// inside are points of the shape on a grid of the picture, those farthest from its edge first.
func (f Frame) inside(s Shape) []XY {
	type spot struct {
		XY
		edge float64
	}
	var spots []spot
	low, high := s.Bounds()
	a, b := f.XY(Point{low.Lon, high.Lat}), f.XY(Point{high.Lon, low.Lat})
	const steps = 28
	for i := range steps {
		for j := range steps {
			at := XY{a.X + (b.X-a.X)*(float64(i)+.5)/steps, a.Y + (b.Y-a.Y)*(float64(j)+.5)/steps}
			if s.Contains(f.point(at)) {
				spots = append(spots, spot{at, f.edge(s, at)})
			}
		}
	}
	slices.SortStableFunc(spots, func(a, b spot) int { return cmp.Compare(b.edge, a.edge) })
	list := make([]XY, 0, len(spots))
	for _, x := range spots {
		list = append(list, x.XY)
	}
	return list
}

// edge is the distance from the shape's nearest line.
func (f Frame) edge(s Shape, at XY) float64 {
	best := math.Inf(1)
	for _, rings := range s {
		for _, r := range rings {
			for i := 1; i < len(r); i++ {
				best = math.Min(best, toLine(at, f.XY(r[i-1]), f.XY(r[i])))
			}
		}
	}
	return best
}

func toLine(p, a, b XY) float64 {
	dx, dy := b.X-a.X, b.Y-a.Y
	t := 0.0
	if l := dx*dx + dy*dy; l > 0 {
		t = math.Max(0, math.Min(1, ((p.X-a.X)*dx+(p.Y-a.Y)*dy)/l))
	}
	return math.Hypot(p.X-a.X-t*dx, p.Y-a.Y-t*dy)
}

// Spread gives n places inside the shape, away from its edge, from each other and from what is there already: for
// things of which only the area is known.
func (f Frame) Spread(s Shape, n int, taken []XY) []XY {
	spots := f.inside(s)
	var list []XY
	for range n {
		best, score := XY{}, math.Inf(-1)
		for _, at := range spots {
			v := math.Min(f.edge(s, at), 30)
			for _, other := range append(slices.Clone(taken), list...) {
				v = math.Min(v, math.Hypot(at.X-other.X, at.Y-other.Y)/2)
			}
			if v > score {
				best, score = at, v
			}
		}
		if len(spots) == 0 {
			low, high := s.Bounds()
			best = f.XY(Point{(low.Lon + high.Lon) / 2, (low.Lat + high.Lat) / 2})
		}
		list = append(list, best)
	}
	return list
}

// Box is a rectangle of the picture.
type Box struct{ Left, Top, Right, Bottom float64 }

// Around is the box of the given size around its middle.
func Around(at XY, wide, tall float64) Box {
	return Box{at.X - wide/2, at.Y - tall/2, at.X + wide/2, at.Y + tall/2}
}

// Meets says whether two boxes share more than an edge.
func (b Box) Meets(c Box) bool {
	return b.Left < c.Right && c.Left < b.Right && b.Top < c.Bottom && c.Top < b.Bottom
}

// Label is a place for a label of the given size about the shape: on it where possible, otherwise beside it and on none
// of the other shapes; always inside the picture, and meeting none of the boxes that are taken. ok is false where there
// is no such place.
func (f Frame) Label(s Shape, wide, tall float64, taken []Box, others ...Shape) (at XY, ok bool) {
	free := func(b Box) bool {
		return b.Left >= 0 && b.Top >= 0 && b.Right <= f.Width && b.Bottom <= f.Height && !slices.ContainsFunc(taken, b.Meets)
	}
	best := math.Inf(-1)
	for _, spot := range f.inside(s) {
		b := Around(spot, wide, tall)
		if !free(b) {
			continue
		}
		if v := float64(f.covered(b, s))*10 + math.Min(f.edge(s, spot), 40); v > best {
			at, best, ok = spot, v, true
		}
	}
	if ok {
		return at, ok
	}
	low, high := s.Bounds()
	a, z := f.XY(Point{low.Lon, high.Lat}), f.XY(Point{high.Lon, low.Lat})
	near := Box{a.X - tall, a.Y - tall, z.X + tall, z.Y + tall} // what does not meet it is farther from every line
	const step = 8
	for x := wide / 2; x <= f.Width-wide/2; x += step {
		for y := tall / 2; y <= f.Height-tall/2; y += step {
			spot := XY{x, y}
			b := Around(spot, wide, tall)
			if !b.Meets(near) || !free(b) || slices.ContainsFunc(others, func(o Shape) bool { return f.covered(b, o) > 0 }) {
				continue
			}
			v := -f.away(b, s)
			if v <= best || v < -tall || slices.ContainsFunc(others, func(o Shape) bool { return f.away(b, o) < -v+4 }) {
				continue
			}
			at, best, ok = spot, v, true
		}
	}
	return at, ok
}

// away is the distance of the box from the shape's nearest line.
func (f Frame) away(b Box, s Shape) float64 {
	best := math.Inf(1)
	for _, x := range []float64{b.Left, (b.Left + b.Right) / 2, b.Right} {
		for _, y := range []float64{b.Top, (b.Top + b.Bottom) / 2, b.Bottom} {
			best = math.Min(best, f.edge(s, XY{x, y}))
		}
	}
	return best
}

// covered is how many of the box's corners and middles lie in the shape.
func (f Frame) covered(b Box, s Shape) (n int) {
	for _, x := range []float64{b.Left, (b.Left + b.Right) / 2, b.Right} {
		for _, y := range []float64{b.Top, b.Bottom} {
			if s.Contains(f.point(XY{x, y})) {
				n++
			}
		}
	}
	return n
}
