package geo_test

import (
	"math"
	"strings"
	"testing"

	"kvart/internal/platform/geo"
)

const square = `{"type":"Polygon","coordinates":[[[16,45],[16.1,45],[16.1,45.1],[16,45.1],[16,45]],[[16.04,45.04],[16.06,45.04],[16.06,45.06],[16.04,45.06],[16.04,45.04]]]}`

func parse(t *testing.T, s string) geo.Shape {
	t.Helper()
	shape, err := geo.Parse([]byte(s))
	if err != nil {
		t.Fatal(err)
	}
	return shape
}

func TestContains_respectsHoles(t *testing.T) {
	s := parse(t, square)
	for _, c := range []struct {
		p    geo.Point
		want bool
	}{{geo.Point{Lon: 16.01, Lat: 45.01}, true}, {geo.Point{Lon: 16.05, Lat: 45.05}, false}, {geo.Point{Lon: 16.2, Lat: 45.05}, false}} {
		if got := s.Contains(c.p); got != c.want {
			t.Errorf("Contains(%v) = %v", c.p, got)
		}
	}
}

func TestParse_refusesWhatIsNoOutline(t *testing.T) {
	for _, s := range []string{`{"type":"Point","coordinates":[16,45]}`, `{}`, `nonsense`, `{"type":"Polygon","coordinates":[[[16,45],[16,45]]]}`,
		`{"type":"Polygon","coordinates":[[[5000000,45],[16,45],[16,46],[16,45]]]}`, `{"type":"Polygon","coordinates":[]}`} {
		if _, err := geo.Parse([]byte(s)); err == nil {
			t.Errorf("%s was taken", s)
		}
	}
}

func TestFrame_keepsProportionsAndMargins(t *testing.T) {
	s := parse(t, square)
	f := geo.NewFrame(370, 1000, 10, s)
	a, b := f.XY(geo.Point{Lon: 16, Lat: 45.1}), f.XY(geo.Point{Lon: 16.1, Lat: 45})
	if math.Abs(a.X-10) > .1 || math.Abs(a.Y-10) > .1 || math.Abs(b.X-360) > .1 || math.Abs(b.Y-(f.Height-10)) > .1 {
		t.Errorf("corners at %v and %v in %v × %v", a, b, f.Width, f.Height)
	}
	if ratio := (b.Y - a.Y) / (b.X - a.X); math.Abs(ratio-1/math.Cos(45.05*math.Pi/180)) > .01 {
		t.Errorf("a square of degrees is drawn %.3f times as tall as wide", ratio)
	}
	if p := f.Path(s); !strings.HasPrefix(p, "M10 ") || strings.Count(p, "Z") != 2 {
		t.Errorf("path %s", p)
	}
	low := geo.NewFrame(370, 100, 10, s)
	if low.Height > 100 {
		t.Errorf("taller than allowed: %v", low.Height)
	}
}

func TestLabel_keepsClearOfPinsAndInsideThePicture(t *testing.T) {
	s := parse(t, square)
	f := geo.NewFrame(370, 1000, 10, s)
	pins := f.Spread(s, 3, nil)
	var taken []geo.Box
	for i, p := range pins {
		for _, other := range pins[:i] {
			if math.Hypot(p.X-other.X, p.Y-other.Y) < 26 {
				t.Errorf("pins at %v and %v cover each other", p, other)
			}
		}
		taken = append(taken, geo.Around(p, 32, 32))
	}
	at, ok := f.Label(s, 90, 20, taken)
	if !ok {
		t.Fatal("no place for a label")
	}
	b := geo.Around(at, 90, 20)
	for _, x := range taken {
		if b.Meets(x) {
			t.Errorf("the label at %v covers a pin", at)
		}
	}
	if _, ok := f.Label(s, 4000, 20, nil); ok {
		t.Error("a label wider than the picture found a place")
	}
}
