// Package geo reads outlines and places them on a flat picture.
//
// It is for areas of a city's size: an equirectangular projection at the middle latitude, no datum, no tiles. It asks
// no server for anything and knows no feature's words.
package geo

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Point is a place in degrees, WGS 84.
type Point struct{ Lon, Lat float64 }

// Ring is a closed line; Shape is a list of polygons, each an outer ring followed by its holes.
type (
	Ring  []Point
	Shape [][]Ring
)

// ErrNoOutline is returned for a geometry that is neither a Polygon nor a MultiPolygon.
var ErrNoOutline = errors.New("geo: neither a Polygon nor a MultiPolygon")

// Parse reads a GeoJSON geometry, a Polygon or a MultiPolygon (RFC 7946 section 3.1).
func Parse(geometry []byte) (Shape, error) {
	var g struct {
		Type        string          `json:"type"`
		Coordinates json.RawMessage `json:"coordinates"`
	}
	if err := json.Unmarshal(geometry, &g); err != nil {
		return nil, fmt.Errorf("geo: %w", err)
	}
	var polygons [][][][]float64
	switch g.Type {
	case "Polygon":
		var one [][][]float64
		if err := json.Unmarshal(g.Coordinates, &one); err != nil {
			return nil, fmt.Errorf("geo: %w", err)
		}
		polygons = [][][][]float64{one}
	case "MultiPolygon":
		if err := json.Unmarshal(g.Coordinates, &polygons); err != nil {
			return nil, fmt.Errorf("geo: %w", err)
		}
	default:
		return nil, ErrNoOutline
	}
	var s Shape
	for _, p := range polygons {
		var rings []Ring
		for _, r := range p {
			if len(r) < 4 {
				return nil, errors.New("geo: a ring has fewer than four positions")
			}
			var ring Ring
			for _, c := range r {
				if len(c) < 2 || math.Abs(c[0]) > 180 || math.Abs(c[1]) > 90 {
					return nil, errors.New("geo: a position is not longitude, latitude in degrees")
				}
				ring = append(ring, Point{c[0], c[1]})
			}
			rings = append(rings, ring)
		}
		if len(rings) > 0 {
			s = append(s, rings)
		}
	}
	if len(s) == 0 {
		return nil, errors.New("geo: an outline without a position")
	}
	return s, nil
}

// Feature is one feature of a collection, with its geometry as it was written.
type Feature struct {
	ID       string
	Geometry json.RawMessage
}

// Features reads a FeatureCollection whose features have an id, of their own or among their properties.
func Features(collection []byte) ([]Feature, error) {
	var c struct {
		Type     string `json:"type"`
		Features []struct {
			ID         any `json:"id"`
			Properties struct {
				ID string `json:"id"`
			} `json:"properties"`
			Geometry json.RawMessage `json:"geometry"`
		} `json:"features"`
	}
	if err := json.Unmarshal(collection, &c); err != nil {
		return nil, fmt.Errorf("geo: %w", err)
	}
	if c.Type != "FeatureCollection" {
		return nil, errors.New("geo: not a FeatureCollection")
	}
	var list []Feature
	for _, f := range c.Features {
		id := f.Properties.ID
		if id == "" && f.ID != nil {
			id = fmt.Sprint(f.ID)
		}
		list = append(list, Feature{ID: id, Geometry: f.Geometry})
	}
	return list, nil
}

// Contains says whether the point lies inside the shape: inside an outer ring and in none of its holes.
func (s Shape) Contains(p Point) bool {
	for _, rings := range s {
		inside := false
		for _, r := range rings { // even-odd over all rings of a polygon
			for i, j := 0, len(r)-1; i < len(r); j, i = i, i+1 {
				a, b := r[i], r[j]
				if (a.Lat > p.Lat) != (b.Lat > p.Lat) && p.Lon < (b.Lon-a.Lon)*(p.Lat-a.Lat)/(b.Lat-a.Lat)+a.Lon {
					inside = !inside
				}
			}
		}
		if inside {
			return true
		}
	}
	return false
}

// Bounds are the shape's least and greatest longitude and latitude.
func (s Shape) Bounds() (low, high Point) {
	low, high = Point{math.Inf(1), math.Inf(1)}, Point{math.Inf(-1), math.Inf(-1)}
	for _, rings := range s {
		for _, r := range rings {
			for _, p := range r {
				low = Point{math.Min(low.Lon, p.Lon), math.Min(low.Lat, p.Lat)}
				high = Point{math.Max(high.Lon, p.Lon), math.Max(high.Lat, p.Lat)}
			}
		}
	}
	return low, high
}

// XY is a place on the picture, in its units, y downwards.
type XY struct{ X, Y float64 }

// Frame is a picture that shows some shapes as large as they fit.
type Frame struct {
	Width, Height float64
	pad, scale    float64
	west, north   float64
	narrow        float64 // how much narrower a degree of longitude is than one of latitude
}

// NewFrame is the picture of the given width, and of the height that follows, which is at most tallest. All shapes lie
// in it with a margin of pad.
func NewFrame(width, tallest, pad float64, shapes ...Shape) Frame {
	low, high := Point{math.Inf(1), math.Inf(1)}, Point{math.Inf(-1), math.Inf(-1)}
	for _, s := range shapes {
		l, h := s.Bounds()
		low = Point{math.Min(low.Lon, l.Lon), math.Min(low.Lat, l.Lat)}
		high = Point{math.Max(high.Lon, h.Lon), math.Max(high.Lat, h.Lat)}
	}
	f := Frame{Width: width, Height: width / 2, pad: pad, scale: 1, narrow: 1}
	if low.Lon >= high.Lon || low.Lat >= high.Lat {
		return f
	}
	f.narrow = math.Cos((low.Lat + high.Lat) / 2 * math.Pi / 180)
	wide, tall := (high.Lon-low.Lon)*f.narrow, high.Lat-low.Lat
	f.scale = (width - 2*pad) / wide
	if tall*f.scale+2*pad > tallest {
		f.scale = (tallest - 2*pad) / tall
	}
	f.Height = tall*f.scale + 2*pad
	f.west, f.north = low.Lon-((width-2*pad)/f.scale-wide)/2/f.narrow, high.Lat
	return f
}

// XY is where the point lies on the picture.
func (f Frame) XY(p Point) XY {
	return XY{f.pad + (p.Lon-f.west)*f.narrow*f.scale, f.pad + (f.north-p.Lat)*f.scale}
}

func (f Frame) point(p XY) Point {
	return Point{(p.X-f.pad)/f.scale/f.narrow + f.west, f.north - (p.Y-f.pad)/f.scale}
}

// Path is the shape as the d of an SVG path.
func (f Frame) Path(s Shape) string {
	var b strings.Builder
	for _, rings := range s {
		for _, r := range rings {
			for i, p := range r {
				at := f.XY(p)
				switch {
				case i == 0:
					b.WriteByte('M')
				case i == len(r)-1 && p == r[0]:
					continue
				default:
					b.WriteByte('L')
				}
				b.WriteString(Number(at.X) + " " + Number(at.Y))
			}
			b.WriteByte('Z')
		}
	}
	return b.String()
}

// Number is a coordinate of the picture as SVG writes it, to a tenth.
func Number(x float64) string {
	return strconv.FormatFloat(math.Round(x*10)/10, 'f', -1, 64)
}
