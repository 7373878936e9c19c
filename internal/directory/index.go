package directory

import (
	"context"
	"math"
	"strconv"
	"strings"

	"kvart/internal/network"
	"kvart/internal/platform/db"
)

// index puts the service into the search index as it is now, or takes it out where visitors do not find it.
func (s *Store) index(ctx context.Context, tx *db.Tx, id string) error {
	_, err := s.Service(ctx, tx, id)
	return err
}

// Facets are the words by which a service is chosen rather than found. Each begins with the letter of its kind; what
// follows are small letters and digits only.
const (
	facetArea  = "a" // an area, or one it lies in
	facetTerm  = "t" // a term, or one above it
	facetFree  = "free"
	facetSteps = "stepfree"
	facetLang  = "l" // a language, by its code
	facetAge   = "y" // a band of ages
	facetCell  = "g" // a square of the map
	facetDay   = "d" // a weekday on which it may be open: 1 Monday … 7 Sunday
)

// Bands are ages as people say them, each from its age to the year before the next.
var Bands = []struct {
	Code string
	From int
}{{"children", 0}, {"school", 7}, {"youth", 15}, {"adults", 30}, {"older", 65}}

func facet(kind, id string) string {
	return kind + strings.ToLower(strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
			return r
		}
		return -1
	}, id))
}

// cell is the square of about two kilometres in which a point lies, and how far from it others are in squares.
func cell(lat, lon float64, down, across int) string {
	row := int(math.Floor(lat/0.02)) + down + 4500 // of 0 … 9000
	column := int(math.Floor(lon/0.03)) + across + 6000
	return facetCell + strconv.Itoa(row) + "x" + strconv.Itoa(column)
}

// facets are those of a service.
func facets(s Service, areas []network.Area, sorts *Taxonomies) []string {
	seen := map[string]bool{}
	var list []string
	add := func(f string) {
		if !seen[f] {
			seen[f] = true
			list = append(list, f)
		}
	}
	for _, p := range s.Places {
		if p.At.AreaID != nil {
			for _, a := range network.ChainOf(areas, *p.At.AreaID) {
				add(facet(facetArea, a.ID))
			}
		}
		if !p.At.Confidential && p.At.Latitude != nil && p.At.Longitude != nil {
			add(cell(*p.At.Latitude, *p.At.Longitude, 0, 0))
		}
		if p.At.StepFree() == "yes" {
			add(facetSteps)
		}
	}
	for _, id := range s.Terms() {
		for _, t := range sorts.Up(id) {
			add(facet(facetTerm, t.ID))
		}
	}
	if s.IsFree() {
		add(facetFree)
	}
	for _, l := range s.Languages {
		if l.Code != "" {
			add(facet(facetLang, l.Code))
		}
	}
	for _, b := range bandsOf(s.MinimumAge, s.MaximumAge) {
		add(facetAge + b)
	}
	for i, day := range weekdays {
		for _, h := range s.Hours() {
			days := listOf(h.ByDay)
			if h.Freq == "MONTHLY" || len(days) == 0 || strings.Contains(strings.Join(days, ","), day) {
				add(facetDay + strconv.Itoa(i+1))
			}
		}
	}
	return list
}

// bandsOf are the bands of ages that the service is for; without an age it is for all.
func bandsOf(low, high *float64) []string {
	var list []string
	for i, b := range Bands {
		to := math.Inf(1)
		if i+1 < len(Bands) {
			to = float64(Bands[i+1].From)
		}
		if (low == nil || *low < to) && (high == nil || *high >= float64(b.From)) {
			list = append(list, b.Code)
		}
	}
	return list
}
