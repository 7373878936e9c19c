package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/jmoiron/sqlx"

	"kvart/internal/directory"
	sample "kvart/internal/directory/demo"
	"kvart/internal/hsds"
	"kvart/internal/network"
	"kvart/internal/platform/auth"
	"kvart/internal/platform/db"
	"kvart/internal/platform/geo"
	"kvart/internal/platform/i18n"
	"kvart/internal/platform/search"
)

// fewServices is the size with which a large directory is compared.
const fewServices = 20_000

// directories measures the directory of help: one of 20,000 generated services beside a large one, of 200,000 or as many
// as KVART_BENCH_SERVICES says. What is compared is asked in turn. Nearly all of the time is the import: 200,000 take some
// four minutes on SQLite on two quiet cores and more on PostgreSQL; a million five times as long, and 6 GB of disk.
func directories(bin, dir, url string) error {
	most := 200_000
	if v, err := strconv.Atoi(os.Getenv("KVART_BENCH_SERVICES")); err == nil {
		most = v
	}
	few, err := listed(bin, filepath.Join(dir, "services-few"), url, "services_few")
	if err != nil {
		return err
	}
	defer few.close()
	large, err := listed(bin, filepath.Join(dir, "services-large"), url, "services_large")
	if err != nil {
		return err
	}
	defer large.close()
	bare, err := listed(bin, filepath.Join(dir, "services-bare"), url, "services_bare")
	if err != nil {
		return err
	}
	err = few.imported(fewServices, bare)
	bare.close()
	if err != nil {
		return err
	}
	if err := few.settled(); err != nil {
		return err
	}
	if err := large.grow(most); err != nil {
		return err
	}
	if err := large.settled(); err != nil {
		return err
	}
	if err := searches(few, large); err != nil {
		return err
	}
	if err := saves(few, large); err != nil {
		return err
	}
	return large.exported()
}

// listing is an installed program with a directory, and the directory's store in this process.
type listing struct {
	*installed
	*directory.Store
	size  int
	words *speech
}

func listed(bin, dir, url, name string) (*listing, error) {
	i, err := install(bin, dir, url, name)
	if err != nil {
		return nil, err
	}
	ctx := context.Background()
	accounts := auth.NewStore(i.db, time.Now, auth.Secrets{Pepper: []byte(strings.Repeat("p", 32))}, "http://127.0.0.1")
	l := &listing{installed: i, Store: &directory.Store{DB: i.db, Now: time.Now, Network: &network.Store{DB: i.db, Now: time.Now, Auth: accounts}, PublicURL: "http://127.0.0.1"}}
	if err := sample.Fill(ctx, l.Store, nil, nil); err != nil {
		return nil, err
	}
	areas, err := l.Network.Areas(ctx, i.db)
	if err != nil {
		return nil, err
	}
	l.words, err = newSpeech(areas)
	return l, err
}

// grow imports services until there are so many, in files of some thousands.
func (l *listing) grow(to int) error {
	began, from := time.Now(), l.size
	for l.size < to {
		n := min(20_000, to-l.size)
		if err := l.take(l.words.file(l.size, n)); err != nil {
			return err
		}
		l.size += n
	}
	fmt.Printf("%-58s %12.0f\n", fmt.Sprintf("services imported per second, %d to %d", from, to), float64(to-from)/time.Since(began).Seconds())
	return nil
}

func (l *listing) take(data []byte) error {
	r, err := directory.Importer{Store: l.Store, By: "cli"}.Run(context.Background(), "usluge.ndjson", data, true)
	if err != nil {
		return err
	}
	if r.FaultCount > 0 {
		return fmt.Errorf("importing: %d faults, the first: %s %s %v", r.FaultCount, r.Faults[0].Where, r.Faults[0].Key, r.Faults[0].Args)
	}
	return nil
}

// settled is what a database does by itself some minutes after an import: PostgreSQL looks at its tables.
func (l *listing) settled() error {
	if l.DB.Engine != db.Postgres {
		return nil
	}
	_, err := l.DB.Writer().Exec(`VACUUM ANALYZE`)
	return err
}

// written are the tables that an import writes, so that none comes before what it refers to. The search index stays as it
// is: of that bare inserts know nothing.
var written = []string{"directory_organisations", "directory_locations", "directory_services", "directory_places", "directory_service_terms", "directory_versions"}

// imported compares importing services with inserting the same rows of the same tables in batches into a database of its
// own: without reading a file, without checks and without the index of words. The two take turns, a part of the services each.
func (l *listing) imported(n int, beside *listing) error {
	ctx := context.Background()
	var took, bare time.Duration
	seen := map[string]map[string]bool{}
	areas := map[any]any{} // each network has its own
	for i, a := range l.words.areas {
		areas[a.ID] = beside.words.areas[i].ID
	}
	fresh := func(timed bool) error { // the rows that are new since it was called last
		for _, table := range written {
			if seen[table] == nil {
				seen[table] = map[string]bool{}
			}
			var columns []string
			var rows [][]any
			if err := l.DB.Each(ctx, `SELECT * FROM `+table, nil, func(r *sqlx.Rows) error {
				columns, _ = r.Columns()
				row, err := r.SliceScan()
				var key string
				for i, c := range columns {
					if c == "area_id" && row[i] != nil {
						row[i] = areas[row[i]]
					}
					if strings.HasSuffix(c, "id") || c == "version" {
						key += fmt.Sprint(row[i], " ")
					}
				}
				if !seen[table][key] {
					seen[table][key] = true
					rows = append(rows, row)
				}
				return err
			}); err != nil {
				return err
			}
			if !timed {
				continue
			}
			began := time.Now()
			for batch := range slices.Chunk(rows, 500) {
				if err := beside.DB.Tx(ctx, func(tx *db.Tx) error { return insertRows(ctx, tx, table, columns, batch) }); err != nil {
					return err
				}
			}
			bare += time.Since(began)
		}
		return nil
	}
	if err := fresh(false); err != nil {
		return err
	}
	const turns = 4
	for turn := range turns {
		data := l.words.file(turn*n/turns, n/turns)
		began := time.Now()
		if err := l.take(data); err != nil {
			return err
		}
		took += time.Since(began)
		if err := fresh(true); err != nil {
			return err
		}
	}
	l.size = n
	fmt.Printf("%-58s %12.0f\n", fmt.Sprintf("bare inserts of %d services, 500 rows a batch", n), float64(n)/bare.Seconds())
	fmt.Printf("%-58s %12.0f %9.1f%%  (aim 25%%)\n", "  importing them", float64(n)/took.Seconds(), 100*bare.Seconds()/took.Seconds())
	return nil
}

func insertRows(ctx context.Context, tx *db.Tx, table string, columns []string, rows [][]any) error {
	args := db.Args{}
	var values []string
	for i, row := range rows {
		var names []string
		for j, v := range row {
			name := fmt.Sprintf("v%d_%d", i, j)
			args[name] = v
			names = append(names, ":"+name)
		}
		values = append(values, "("+strings.Join(names, ", ")+")")
	}
	_, err := tx.Exec(ctx, "INSERT INTO "+table+" ("+strings.Join(columns, ", ")+") VALUES "+strings.Join(values, ", "), args)
	return err
}

var (
	indexed = search.Index{Table: "directory"}
	langs   = []i18n.Lang{i18n.HR, i18n.EN, i18n.NB}
)

// count is how many services the words find.
func (l *listing) count(words string) (int, error) {
	return indexed.Count(context.Background(), l.DB, search.Ask(words, langs, nil), 1<<30)
}

// selective are names that find between 20 and 99 services, every second one with a word of one in ten.
func (l *listing) selective(common string) ([]string, error) {
	var list []string
	for i := len(l.words.names) - 1; i >= 0 && len(list) < 40; i-- {
		words := l.words.names[(i*911)%len(l.words.names)]
		n, err := l.count(words)
		if err != nil {
			return nil, err
		}
		if n < 20 || n > 99 {
			continue
		}
		if len(list)%2 == 1 {
			words = common + " " + words
		}
		list = append(list, words)
	}
	if len(list) < 20 {
		return nil, fmt.Errorf("only %d names find 20 to 99 of %d services", len(list), l.size)
	}
	return list, nil
}

// broad are the words of the sample nearest to one service in ten.
func (l *listing) broad() ([]string, error) {
	type counted struct {
		word string
		far  int
	}
	var all []counted
	for _, word := range l.words.common() {
		n, err := l.count(word)
		if err != nil {
			return nil, err
		}
		all = append(all, counted{word, max(n*10-l.size, l.size-n*10)})
	}
	slices.SortFunc(all, func(a, b counted) int { return a.far - b.far })
	var words []string
	for _, c := range all[:4] {
		words = append(words, c.word)
	}
	return words, nil
}

// find is the address of a page of results.
func (l *listing) find(pairs ...string) string {
	q := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		q.Set(pairs[i], pairs[i+1])
	}
	return "http://" + l.server.addr + "/hr/services?" + q.Encode()
}

// bare is a full-text query as one writes it by hand: the entries of the services that have all the words as they are
// typed, the latest twenty. It knows of no other forms, no synonyms and no ranking.
func (l *listing) bare(words string) error {
	index, and, quote, number := "directory_index MATCH :q", " AND ", `"`, "i.rowid"
	if l.DB.Engine == db.Postgres {
		index, and, quote, number = "i.words @@ CAST(:q AS tsquery)", " & ", "'", "i.seq"
	}
	var all []string
	for _, t := range search.Words(i18n.HR, words) {
		all = append(all, quote+"c"+t.Word+quote) // c: anywhere (docs/search.md)
	}
	var rows []struct {
		Seq                   int64
		ID, Name, Body, Texts string
	}
	return l.DB.Select(context.Background(), &rows, `SELECT s.seq, s.id, s.name, s.body, s.texts FROM directory_index i JOIN directory_services s ON s.seq = `+number+`
		WHERE `+index+` ORDER BY s.seq DESC LIMIT 20`, db.Args{"q": strings.Join(all, and)})
}

// searches compares searches over HTTP with the bare query, and the large directory with the small one.
func searches(few, large *listing) error {
	broad, err := large.broad()
	if err != nil {
		return err
	}
	narrow := map[*listing][]string{}
	for _, l := range []*listing{few, large} {
		if narrow[l], err = l.selective(broad[0]); err != nil {
			return err
		}
	}
	districts := large.words.districts
	var all [8][]time.Duration
	timed := func(of int, f func() error) error {
		began := time.Now()
		err := f()
		all[of] = append(all[of], time.Since(began))
		return err
	}
	page := func(address string) func() error {
		return func() error { _, err := fetch(address); return err }
	}
	for i := range 400 {
		if i == 20 { // the first ones warm up
			all = [8][]time.Duration{}
		}
		here, there := narrow[few][i%len(narrow[few])], narrow[large][i%len(narrow[large])]
		for of, f := range []func() error{page(few.find("q", here)), page(large.find("q", there)), func() error { _, err := large.count(there); return err },
			func() error {
				_, err := large.Find(context.Background(), large.DB, directory.Ask{Words: there, Lang: i18n.HR, Page: 1})
				return err
			},
			func() error { return large.bare(there) },
			page(large.find("q", broad[i%len(broad)], "at", districts[(i/len(broad))%len(districts)])),
			func() error {
				_, err := indexed.Find(context.Background(), large.DB, search.Ask(there, langs, nil), 200)
				return err
			},
			page("http://" + large.server.addr + "/hr/accessibility?anew=" + strconv.Itoa(i))} {
			if err := timed(of, f); err != nil {
				return err
			}
		}
	}
	for i := range all {
		slices.Sort(all[i])
	}
	middle := func(i int) time.Duration { return all[i][len(all[i])/2] }
	last := all[5][len(all[5])*99/100]
	row := func(what string, t time.Duration) {
		fmt.Printf("%-58s %12s\n", what, t.Round(time.Microsecond))
	}
	against := func(what string, t, of time.Duration, aim string) {
		fmt.Printf("%-58s %12s %9.2fx  (aim %s)\n", what, t.Round(time.Microsecond), ratio(t, of), aim)
	}
	row(fmt.Sprintf("search that finds under 100 of %d services, over HTTP", fewServices), middle(0))
	against(fmt.Sprintf("  of %d services", large.size), middle(1), middle(0), "2x")
	row("  bare full-text query, twenty entries", middle(4))
	row("  bare full-text query of all forms, counted only", middle(2))
	against("  over HTTP by the bare query for entries", middle(1), middle(4), "2x")
	against("  over HTTP by the bare query that counts", middle(1), middle(2), "2x")
	against("  without HTTP and page by the one for entries", middle(3), middle(4), "2x")
	row("  of it: finding and ranking in the index", middle(6))
	row("  of it: freshness, and what a line shows of twenty", middle(3)-middle(6))
	row("  of it: page and HTTP", middle(1)-middle(3))
	against("  for comparison, a page without a search, over HTTP", middle(7), middle(4), "less than 2x, or no page can be")
	row("search that finds one in ten, in a district", middle(5))
	against("  p99 by the median of the selective search", last, middle(1), "10x")
	fmt.Printf("%-58s %12s %9.2fx\n", "  p99 of the selective search by its own median", all[1][len(all[1])*99/100].Round(time.Microsecond), ratio(all[1][len(all[1])*99/100], middle(1)))
	return nil
}

// saves compares saving one service in the small directory and in the large one.
func saves(few, large *listing) error {
	ctx := context.Background()
	var all [2][]time.Duration
	random := rand.New(rand.NewPCG(7, 7))
	for i := range 300 {
		for of, l := range []*listing{few, large} {
			one, err := l.Service(ctx, l.DB, generatedID(service, random.IntN(l.size)))
			if err != nil {
				return err
			}
			one.Description = l.words.text(random, 2)
			began := time.Now()
			if err := l.DB.Tx(ctx, func(tx *db.Tx) error { return l.SaveService(ctx, tx, one, "save", "bench") }); err != nil {
				return err
			}
			if i >= 20 {
				all[of] = append(all[of], time.Since(began))
			}
		}
	}
	for i := range all {
		slices.Sort(all[i])
	}
	a, b := all[0][len(all[0])/2], all[1][len(all[1])/2]
	fmt.Printf("%-58s %12s\n", fmt.Sprintf("saving one of %d services", fewServices), a.Round(time.Microsecond))
	fmt.Printf("%-58s %12s %9.2fx  (aim 1.5x)\n", fmt.Sprintf("  one of %d", large.size), b.Round(time.Microsecond), ratio(b, a))
	return nil
}

// exported compares the export as lines with bare loops in this process: one that reads the same services and marshals
// them, one over a single join of their rows.
func (l *listing) exported() error {
	ctx := context.Background()
	began, n := time.Now(), 0
	if err := l.Each(ctx, l.DB, directory.Filter{Listed: true}, func(list []directory.Service) error {
		for _, s := range list {
			n++
			if _, err := json.Marshal(s); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		return err
	}
	whole := float64(n) / time.Since(began).Seconds()
	began, n = time.Now(), 0
	e := json.NewEncoder(io.Discard)
	if err := l.DB.Each(ctx, `SELECT s.seq, s.id, s.organisation_id, s.status, s.name, s.body, s.terms, s.assured_on, s.modified_at, o.body AS owner, l.body AS location, p.body AS place
		FROM directory_services s JOIN directory_organisations o ON o.id = s.organisation_id LEFT JOIN directory_places p ON p.service_id = s.id LEFT JOIN directory_locations l ON l.id = p.location_id
		WHERE s.status IN ('active', 'temporarily closed') ORDER BY s.seq`, nil, func(r *sqlx.Rows) error {
		n++
		m := map[string]any{}
		if err := r.MapScan(m); err != nil {
			return err
		}
		return e.Encode(m)
	}); err != nil {
		return err
	}
	joined := float64(n) / time.Since(began).Seconds()
	began, n = time.Now(), 0
	answer, err := http.Get("http://" + l.server.addr + directory.APIPath + "services?format=ndjson")
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	lines := bufio.NewScanner(answer.Body)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		n++
	}
	if err := lines.Err(); err != nil {
		return err
	}
	export := float64(n) / time.Since(began).Seconds()
	fmt.Printf("%-58s %12.0f\n", fmt.Sprintf("services per second: bare loop that marshals, of %d", n), whole)
	fmt.Printf("%-58s %12.0f\n", "  bare loop over one join of rows that marshals", joined)
	fmt.Printf("%-58s %12.0f %9.1f%%  (aim 40%%) %.1f%% of the join\n", "  export as lines over HTTP", export, 100*export/whole, 100*export/joined)
	fmt.Printf("%-58s %9.1f MB            (aim 256 MB)\n", "  most memory the server ever had", float64(memory(l.server.cmd.Process.Pid, "VmHWM:"))/1024)
	return nil
}

// ---- generated services

// speech is what generated services say: sentences and subjects of the sample, with names of streets, people and
// associations that nobody has. What is said often and what seldom follows Zipf's law.
type speech struct {
	titles, sentences []string
	terms             []string
	names             []string // invented family names, in all their variety: thousands
	areas             []network.Area
	shapes            []geo.Shape
	districts         []string // ids
}

func newSpeech(areas []network.Area) (*speech, error) {
	data, err := os.ReadFile("internal/directory/demo/directory.yaml")
	if err != nil {
		return nil, err
	}
	var f struct {
		Terms []struct {
			Slug string
			In   string
		}
		Organisations []struct{ About i18n.Text }
		Services      []struct{ Name, Text i18n.Text }
	}
	if err := yaml.Unmarshal(data, &f); err != nil {
		return nil, err
	}
	w := &speech{areas: areas}
	for _, t := range f.Terms {
		if t.In != "" {
			w.terms = append(w.terms, sample.ID("term", t.Slug))
		}
	}
	for _, s := range f.Services {
		w.titles = append(w.titles, s.Name[i18n.HR])
		for part := range strings.FieldsFuncSeq(s.Text[i18n.HR], func(r rune) bool { return r == '.' || r == ';' || r == ':' }) {
			w.sentences = append(w.sentences, strings.TrimSpace(part))
		}
	}
	for _, o := range f.Organisations {
		if about := strings.TrimSuffix(o.About[i18n.HR], "."); about != "" {
			w.sentences = append(w.sentences, about)
		}
	}
	for _, a := range areas {
		if s := a.Shape(); s != nil {
			w.districts, w.shapes = append(w.districts, a.ID), append(w.shapes, s)
		}
	}
	if len(w.districts) == 0 {
		return nil, fmt.Errorf("no area has an outline")
	}
	first, middle, last := strings.Fields("Bre Čalo Dru Grabo Hrva Jara Kesto Kopri Lipo Mrko Oblo Palo Rasto Smo Šumo Topo Vrbo Zelo Žito Drago"), strings.Fields("ba ča do gu jo ka lje mi no pa ru sti vo že"),
		strings.Fields("rnik vinec kovac nčić rić šnjak dolec ranec vec štvan gaj lić mat nović pac")
	for _, a := range first {
		for _, b := range middle {
			for _, c := range middle {
				for _, d := range last {
					w.names = append(w.names, a+b+c+d)
				}
			}
		}
	}
	r := rand.New(rand.NewPCG(11, 3))
	r.Shuffle(len(w.names), func(i, j int) { w.names[i], w.names[j] = w.names[j], w.names[i] })
	r.Shuffle(len(w.sentences), func(i, j int) { w.sentences[i], w.sentences[j] = w.sentences[j], w.sentences[i] })
	return w, nil
}

// common are the words of the sample's texts, each once.
func (w *speech) common() []string {
	seen := map[string]bool{}
	var list []string
	for _, s := range w.sentences {
		for word := range strings.FieldsFuncSeq(s, func(r rune) bool { return strings.ContainsRune(" ,()", r) }) {
			if word = search.Fold(word); len(word) > 4 && !seen[word] {
				seen[word] = true
				list = append(list, word)
			}
		}
	}
	return list
}

func often[T any](r *rand.Rand, list []T) T {
	return list[rand.NewZipf(r, 1.05, 8, uint64(len(list)-1)).Uint64()]
}

// text is so many sentences, of which one has a name.
func (w *speech) text(r *rand.Rand, sentences int) string {
	var b strings.Builder
	for range sentences {
		b.WriteString(often(r, w.sentences) + ". ")
	}
	return b.String() + "Pitajte koga zove " + often(r, w.names) + "."
}

// Kinds of generated ids.
const (
	service = iota + 1
	phone
	schedule
	language
	owner
	place
	location
	address
	attribute
)

func generatedID(kind, i int) string { return fmt.Sprintf("018f%04x-0000-7000-8000-%012x", kind, i) }

// file is services as an export has them, a line each, from the given number on: always the same. Ten are of an
// organisation, three at a place.
func (w *speech) file(from, n int) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	of := func(kind, i int) *rand.Rand { return rand.New(rand.NewPCG(uint64(kind), uint64(i))) }
	for i := from; i < from+n; i++ {
		r := of(owner, i/10)
		o := &hsds.Organization{ID: generatedID(owner, i/10), Name: "Udruga " + often(r, w.names) + " " + strconv.Itoa(i/10), Description: w.text(r, 2), Email: "ured@kvart.example", Website: "https://kvart.example"}
		r = of(location, i/3)
		at := w.point(r)
		l := &hsds.Location{ID: generatedID(location, i/3), LocationType: "physical", Name: "Dom " + often(r, w.names), Latitude: &at.Lat, Longitude: &at.Lon,
			Addresses: []hsds.Address{{ID: generatedID(address, i/3), Address1: fmt.Sprintf("Ulica %s %d", often(r, w.names), 1+r.IntN(90)), City: "Zagreb", PostalCode: "10000", Country: "HR", AddressType: "physical"}}}
		r = of(service, i)
		id := generatedID(service, i)
		s := hsds.Service{ID: id, Name: often(r, w.titles) + " " + often(r, w.names), Description: w.text(r, 2+r.IntN(3)), EligibilityDescription: often(r, w.sentences) + ".", Status: "active",
			AssuredDate: time.Now().AddDate(0, 0, -r.IntN(400)).Format(time.DateOnly), Email: "ured@kvart.example",
			Phones:             []hsds.Phone{{ID: generatedID(phone, i), Number: fmt.Sprintf("01 000 %04d", i%10000)}},
			Schedules:          []hsds.Schedule{{ID: generatedID(schedule, i), Freq: "WEEKLY", ByDay: "MO,TH", OpensAt: "09:00", ClosesAt: "15:00"}},
			Languages:          []hsds.Language{{ID: generatedID(language, i), Code: "hr"}},
			Attributes:         []hsds.Attribute{{ID: generatedID(attribute, i), LinkEntity: "service", TaxonomyTermID: often(r, w.terms)}},
			Organization:       o,
			ServiceAtLocations: []hsds.AtLocation{{ID: generatedID(place, i), Location: l}}}
		if err := e.Encode(s); err != nil {
			panic(err) // made here, of plain text
		}
	}
	return b.Bytes()
}

// point lies in a district.
func (w *speech) point(r *rand.Rand) geo.Point {
	shape := w.shapes[r.IntN(len(w.shapes))]
	a, b := shape.Bounds()
	for {
		p := geo.Point{Lat: a.Lat + r.Float64()*(b.Lat-a.Lat), Lon: a.Lon + r.Float64()*(b.Lon-a.Lon)}
		if shape.Contains(p) {
			return p
		}
	}
}
