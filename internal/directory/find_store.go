package directory

import (
	"cmp"
	"context"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"kvart/internal/platform/db"
	"kvart/internal/platform/geo"
	"kvart/internal/platform/i18n"
	"kvart/internal/platform/search"
)

// mostFound is how many hits are ranked and can be leafed through; a broader question says "more than".
const mostFound = 200

// mostRanked is what package search ranks at most.
const mostRanked = 500

// nearCells is from how far around a point services are looked for first, in squares of cell, before the rest of the town.
const nearCells = 2

// Find finds services that visitors may find. The best come first: by how well the words fit (package search, and
// docs/search.md), times how fresh the entry is (Weight), and where Near is given by distance among those that fit. What is
// found is as Shown today.
func (s *Store) Find(ctx context.Context, q db.Querier, a Ask) (Found, error) {
	query, err := s.query(ctx, q, a)
	if err != nil {
		return Found{}, err
	}
	answer, err := found.Find(ctx, q, query, mostFound)
	if err != nil {
		return Found{}, err
	}
	if a.Near != nil && !answer.All { // more than can be ranked: those in the squares around come first
		if answer, err = s.around(ctx, q, query, *a.Near, answer); err != nil {
			return Found{}, err
		}
	}
	b, err := s.Network.Basics(ctx)
	if err != nil {
		return Found{}, err
	}
	local := s.Now().In(b.Zone)
	date := local.Format(time.DateOnly)
	list, err := s.weigh(ctx, q, answer.Hits, a.Near, date)
	if err != nil {
		return Found{}, err
	}
	var open []Hit
	if a.OpenNow { // hours stand in the entries: all are read
		if list, open, err = s.openOf(ctx, q, list, local); err != nil {
			return Found{}, err
		}
	}
	f := Found{Count: len(list), More: !answer.All, Loose: answer.Loose}
	if answer.Guessed {
		f.Corrected = corrected(query, answer.Hits)
	}
	from := min((max(1, a.Page)-1)*PerPage, len(list))
	to := min(from+PerPage, len(list))
	if a.OpenNow {
		f.Hits = open[from:to]
	} else if f.Hits, err = s.hits(ctx, q, list[from:to], local); err != nil {
		return Found{}, err
	}
	return f, nil
}

// FindIDs is API.FindIDs: the same ranking, over at most as many as package search ranks.
func (s *Store) FindIDs(ctx context.Context, words string, f Filter, offset, limit int) (ids []string, total int, err error) {
	query, err := s.query(ctx, s.DB, Ask{Words: words, Lang: i18n.HR})
	if err != nil || len(query.Words) == 0 {
		return nil, 0, err
	}
	answer, err := found.Find(ctx, s.DB, query, mostRanked)
	if err != nil || len(answer.Hits) == 0 {
		return nil, 0, err
	}
	b, err := s.Network.Basics(ctx)
	if err != nil {
		return nil, 0, err
	}
	list, err := s.weigh(ctx, s.DB, answer.Hits, nil, s.Now().In(b.Zone).Format(time.DateOnly))
	if err != nil {
		return nil, 0, err
	}
	args := db.Args{}
	where, none, err := s.where(ctx, s.DB, f, args)
	if err != nil || none {
		return nil, 0, err
	}
	var seqs []int64
	for _, w := range list {
		seqs = append(seqs, w.Seq)
	}
	var rows []struct {
		Seq int64  `db:"seq"`
		ID  string `db:"id"`
	}
	if err := s.DB.Select(ctx, &rows, `SELECT s.seq, s.id FROM directory_services s WHERE s.seq IN (`+db.In("seq", seqs, args)+`) AND `+where, args); err != nil {
		return nil, 0, err
	}
	chosen := make(map[int64]string, len(rows))
	for _, r := range rows {
		chosen[r.Seq] = r.ID
	}
	for _, w := range list {
		if id, ok := chosen[w.Seq]; ok {
			ids = append(ids, id)
		}
	}
	total = len(ids)
	from := min(max(0, offset), total)
	return ids[from:min(from+max(0, limit), total)], total, nil
}

// FindCounted is Find for a page: where it finds nothing for the words, that is counted (Missed).
func (s *Store) FindCounted(ctx context.Context, a Ask) (Found, error) {
	f, err := s.Find(ctx, s.DB, a)
	if err == nil && a.Words != "" && (len(f.Hits) == 0 && f.Count == 0 || f.Loose) {
		err = s.Missed(ctx, a.Words, a.Area, s.Now())
	}
	return f, err
}

// reached is the condition on directory_services s that its organisation is not reached through its centre alone on the
// local date today (Organisation.ByCentre): whose places are not shown is not found by them either.
const reached = `NOT EXISTS (SELECT 1 FROM directory_organisations o WHERE o.id = s.organisation_id AND (o.reach = 'centre' OR o.kind = 'initiative' AND COALESCE(o.reach_until, '') < :today))`

// weighed is a hit with what its rank is made of.
type weighed struct {
	search.Hit
	rank   float64
	metres int
}

// weigh orders hits by how well the words fit, how fresh the entry is and, from a point, how near its nearest place: half
// as much at two kilometres, a quarter where that is not known.
func (s *Store) weigh(ctx context.Context, q db.Querier, hits []search.Hit, near *geo.Point, date string) ([]weighed, error) {
	if len(hits) == 0 {
		return nil, nil
	}
	args := db.Args{}
	seqs := make([]int64, len(hits))
	for i, h := range hits {
		seqs[i] = h.Seq
	}
	in := db.In("seq", evened(seqs), args)
	var rows []struct {
		Seq       int64  `db:"seq"`
		AssuredOn string `db:"assured_on"`
		Asked     int    `db:"asked"`
	}
	if err := q.Select(ctx, &rows, `SELECT seq, assured_on, asked FROM directory_services WHERE seq IN (`+in+`)`, args); err != nil {
		return nil, err
	}
	weights := make(map[int64]float64, len(rows))
	for _, r := range rows {
		weights[r.Seq] = Weight(AgeOf(r.AssuredOn, date), r.Asked)
	}
	from := map[int64]int{}
	args["today"] = date
	if near != nil {
		var places []struct {
			Seq int64 `db:"seq"`
			Lat int64 `db:"lat_e6"`
			Lon int64 `db:"lon_e6"`
		}
		if err := q.Select(ctx, &places, `SELECT s.seq, l.lat_e6, l.lon_e6 FROM directory_services s JOIN directory_places p ON p.service_id = s.id
			JOIN directory_locations l ON l.id = p.location_id WHERE s.seq IN (`+in+`) AND l.lat_e6 IS NOT NULL AND `+reached, args); err != nil {
			return nil, err
		}
		for _, r := range places {
			m := metres(*near, geo.Point{Lat: float64(r.Lat) / 1e6, Lon: float64(r.Lon) / 1e6})
			if old, ok := from[r.Seq]; !ok || m < old {
				from[r.Seq] = m
			}
		}
	}
	var list []weighed
	for _, h := range hits {
		w, ok := weights[h.Seq]
		if !ok {
			continue // gone meanwhile
		}
		one := weighed{h, max(h.Score, 1e-6) * w, -1}
		if near != nil {
			if m, ok := from[h.Seq]; ok {
				one.metres = m
				one.rank /= 1 + float64(m)/2000
			} else {
				one.rank /= 4
			}
		}
		list = append(list, one)
	}
	slices.SortStableFunc(list, func(x, y weighed) int { return cmp.Compare(y.rank, x.rank) })
	return list, nil
}

// openOf are those that are open at the local time, with their entries.
func (s *Store) openOf(ctx context.Context, q db.Querier, list []weighed, local time.Time) ([]weighed, []Hit, error) {
	hits, err := s.hits(ctx, q, list, local)
	if err != nil {
		return nil, nil, err
	}
	var kept []weighed
	var open []Hit
	for _, h := range hits {
		if h.Open.Open {
			i := slices.IndexFunc(list, func(w weighed) bool { return w.Seq == h.Seq })
			kept, open = append(kept, list[i]), append(open, h)
		}
	}
	return kept, open, nil
}

// query is the question in the words of package search.
func (s *Store) query(ctx context.Context, q db.Querier, a Ask) (search.Query, error) {
	sorts, err := s.Taxonomies(ctx, q)
	if err != nil {
		return search.Query{}, err
	}
	synonyms := a.synonyms
	if synonyms == nil {
		if synonyms, err = s.known(ctx, q, sorts); err != nil {
			return search.Query{}, err
		}
	}
	langs := []i18n.Lang{a.Lang}
	for _, l := range i18n.All {
		if l != a.Lang {
			langs = append(langs, l)
		}
	}
	query := search.Ask(a.Words, langs, synonyms)
	if a.Area != "" {
		query.Facets = append(query.Facets, []string{facet(facetArea, a.Area)})
	}
	if a.Group != "" {
		query.Facets = append(query.Facets, []string{facet(facetTerm, a.Group)})
	}
	if a.Free {
		query.Facets = append(query.Facets, []string{facetFree})
	}
	if a.StepFree {
		query.Facets = append(query.Facets, []string{facetSteps})
	}
	if a.Spoken != "" {
		query.Facets = append(query.Facets, []string{facet(facetLang, a.Spoken)})
	}
	if a.Band != "" {
		query.Facets = append(query.Facets, []string{facetAge + a.Band})
	}
	if a.OpenNow {
		b, err := s.Network.Basics(ctx)
		if err != nil {
			return search.Query{}, err
		}
		now := s.Now().In(b.Zone)
		query.Facets = append(query.Facets, []string{facetDay + strconv.Itoa(isoDay(now)), facetDay + strconv.Itoa(isoDay(now.AddDate(0, 0, -1)))})
	}
	return query, nil
}

// around is the answer with those in the squares around the point before the others.
func (s *Store) around(ctx context.Context, q db.Querier, query search.Query, at geo.Point, rest search.Found) (search.Found, error) {
	var cells []string
	for down := -nearCells; down <= nearCells; down++ {
		for across := -nearCells; across <= nearCells; across++ {
			cells = append(cells, cell(at.Lat, at.Lon, down, across))
		}
	}
	query.Facets = append(slices.Clone(query.Facets), cells)
	answer, err := found.Find(ctx, q, query, mostFound)
	if err != nil || len(answer.Hits) == 0 || answer.Loose != rest.Loose {
		return rest, err
	}
	seen := map[int64]bool{}
	for _, h := range answer.Hits {
		seen[h.Seq] = true
	}
	for _, h := range rest.Hits {
		if len(answer.Hits) < mostFound && !seen[h.Seq] {
			answer.Hits = append(answer.Hits, h)
		}
	}
	answer.All = false
	return answer, nil
}

// hits are the entries of what was found, as Shown today, in its order.
func (s *Store) hits(ctx context.Context, q db.Querier, list []weighed, local time.Time) ([]Hit, error) {
	if len(list) == 0 {
		return nil, nil
	}
	var seqs []int64
	for _, w := range list {
		seqs = append(seqs, w.Seq)
	}
	bySeq, err := s.lines(ctx, q, seqs)
	if err != nil {
		return nil, err
	}
	date := local.Format(time.DateOnly)
	hits := make([]Hit, 0, len(list))
	for _, w := range list {
		one, ok := bySeq[w.Seq]
		if !ok {
			continue
		}
		one = one.Shown(date)
		hit := Hit{Service: one, Metres: w.metres, Open: one.OpenAt(local), Age: AgeOf(one.AssuredDate, date)}
		for _, m := range w.Matches {
			y := Why{Word: m.Typed, Field: fieldNames[m.Field]}
			if m.As != m.Typed {
				y.As = m.As
			}
			hit.Why = append(hit.Why, y)
		}
		hits = append(hits, hit)
	}
	return hits, nil
}

var fieldNames = map[search.Field]string{search.Name: "name", search.Terms: "terms", search.Body: "text"}

// known are the network's synonyms as package search has them, kept with the taxonomies.
func (s *Store) known(ctx context.Context, q db.Querier, of *Taxonomies) (*search.Synonyms, error) {
	of.once.Lock()
	defer of.once.Unlock()
	if of.synonyms != nil {
		return of.synonyms, nil
	}
	list, err := s.Synonyms(ctx, q)
	if err != nil {
		return nil, err
	}
	y := &search.Synonyms{}
	for _, one := range list {
		y.Add(one.Lang, one.Word, one.Means)
	}
	of.synonyms = y
	return y, nil
}

// metres are between two points of one city, on the flat.
func metres(a, b geo.Point) int {
	down := (a.Lat - b.Lat) * 111_320
	across := (a.Lon - b.Lon) * 111_320 * math.Cos((a.Lat+b.Lat)/2*math.Pi/180)
	return int(math.Round(math.Hypot(down, across)))
}

// corrected is what was looked for, with the words that were put right.
func corrected(query search.Query, hits []search.Hit) string {
	as := map[string]string{}
	for _, h := range hits {
		for _, m := range h.Matches {
			if m.Kind == search.Corrected {
				as[m.Typed] = m.As
			}
		}
	}
	var words []string
	for _, w := range query.Words {
		words = append(words, cmp.Or(as[w.Typed], w.Typed))
	}
	return strings.Join(words, " ")
}
