package directory

import (
	"context"
	"math"
	"strconv"
	"strings"

	"kvart/internal/network"
	"kvart/internal/platform/db"
	"kvart/internal/platform/i18n"
	"kvart/internal/platform/search"
)

// found is where services are found by words and facets; numbers of documents are their seq.
var found = search.Index{Table: "directory"}

// index puts the service into the search index as it is now, or takes it out where visitors do not find it.
func (s *Store) index(ctx context.Context, tx *db.Tx, id string) error {
	one, err := s.Service(ctx, tx, id)
	if err != nil {
		return err
	}
	return s.indexMany(ctx, tx, []Service{one})
}

// indexMany is index for services that are whole. What is not shown is not found by it either; the day on which an
// initiative's consent ends indexes it anew (ConsentOver).
func (s *Store) indexMany(ctx context.Context, tx *db.Tx, list []Service) error {
	with, err := s.indexing(ctx, tx)
	if err != nil {
		return err
	}
	return s.put(ctx, tx, list, with.documents(list))
}

// indexing is what documents are made with.
type indexing struct {
	areas []network.Area
	sorts *Taxonomies
	date  string // local
}

func (s *Store) indexing(ctx context.Context, q db.Querier) (with indexing, err error) {
	if with.areas, err = s.Network.Areas(ctx, q); err != nil {
		return with, err
	}
	if with.sorts, err = s.Taxonomies(ctx, q); err != nil {
		return with, err
	}
	with.date, _, err = s.LocalDay(ctx)
	return with, err
}

// documents are those of the services as they are shown; nil for one that visitors do not find. It is slow, and asks no database.
func (with indexing) documents(list []Service) []*search.Document {
	all := make([]*search.Document, len(list))
	for i, one := range list {
		if one = one.Shown(with.date); one.Listed() {
			d := document(one, with.areas, with.sorts)
			d.Prepare()
			all[i] = &d
		}
	}
	return all
}

// put puts the documents of the services into the index, or takes out those of which there is none.
func (s *Store) put(ctx context.Context, tx *db.Tx, list []Service, documents []*search.Document) error {
	in := make([]search.Numbered, 0, len(list))
	for i, d := range documents {
		if d != nil {
			in = append(in, search.Numbered{Seq: list[i].Seq, Document: *d})
		} else if err := found.Delete(ctx, tx, list[i].Seq); err != nil {
			return err
		}
	}
	return found.PutMany(ctx, tx, in)
}

// document is what of a service is found by words: its name and other name; its terms with those above them, and who
// offers it; what it says of itself, and where it is. Of a confidential location there is the city.
func document(s Service, areas []network.Area, sorts *Taxonomies) search.Document {
	var d search.Document
	each := func(add func(i18n.Lang, string), t i18n.Text) {
		for _, l := range i18n.All { // in one order, so that saving what has not changed writes nothing
			if v := t[l]; v != "" {
				add(l, v)
			}
		}
	}
	each(d.Name, s.Text("name"))
	each(d.Terms, s.Text("alternate_name"))
	d.Terms(s.Owner.Lang, s.Owner.Name)
	for _, id := range s.Terms() {
		for _, t := range sorts.Up(id) {
			each(d.Terms, t.Name)
		}
	}
	for _, field := range []string{"description", "eligibility_description", "application_process"} {
		each(d.Body, s.Text(field))
	}
	for _, p := range s.Places {
		if p.At.AreaID != nil {
			for _, a := range network.ChainOf(areas, *p.At.AreaID) {
				each(d.Body, a.Name)
			}
		}
		d.Body(s.Lang, p.At.Line())
		if !p.At.Confidential {
			d.Body(s.Lang, p.At.Name)
			d.Body(s.Lang, p.At.Transportation)
		}
	}
	for _, f := range facets(s, areas, sorts) {
		d.Facet(f)
	}
	return d
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
