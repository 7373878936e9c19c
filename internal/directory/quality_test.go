package directory_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"kvart/internal/directory"
	"kvart/internal/directory/demo"
	"kvart/internal/network"
	"kvart/internal/platform/db"
	"kvart/internal/platform/dbtest"
	"kvart/internal/platform/i18n"
)

// typed is one line of demo/queries.tsv.
type typed struct {
	lang    i18n.Lang
	how     string
	words   string
	answers []string // ids
}

func queries(t *testing.T) []typed {
	t.Helper()
	file, err := os.ReadFile("demo/queries.tsv")
	if err != nil {
		t.Fatal(err)
	}
	var list []typed
	for _, line := range strings.Split(strings.TrimSpace(string(file)), "\n") {
		if strings.HasPrefix(line, "#") {
			continue
		}
		parts := strings.Split(line, "\t")
		q := typed{lang: i18n.Lang(parts[0]), how: parts[1], words: parts[2]}
		for _, slug := range strings.Fields(parts[3]) {
			q.answers = append(q.answers, demo.ID("service", slug))
		}
		list = append(list, q)
	}
	return list
}

// sampled is the demo's directory with the demo's organisations and centres.
func sampled(t *testing.T, d *db.DB) *directory.Store {
	t.Helper()
	now := func() time.Time { return thursday }
	s := &directory.Store{DB: d, Now: now, Network: &network.Store{DB: d, Now: now}}
	ids := map[string]string{}
	centres := map[string]network.Centre{}
	area := db.NewID()
	err := d.Tx(t.Context(), func(tx *db.Tx) error {
		exec := func(sql string, args db.Args) {
			if _, err := tx.Exec(t.Context(), sql, args); err != nil {
				t.Fatal(sql, err)
			}
		}
		exec(`INSERT INTO networks (id, name, zone) VALUES (:id, '{}', 'Europe/Zagreb')`, db.Args{"id": db.NewID()})
		exec(`INSERT INTO areas (id, slug, kind, name) VALUES (:id, 'zagreb', 'city', '{}')`, db.Args{"id": area})
		for _, slug := range []string{"k-zona", "zajednicki-put", "vestigium"} {
			ids[slug] = db.NewID()
			exec(`INSERT INTO organisations (id, slug, kind, name) VALUES (:id, :s, 'cso', :s)`, db.Args{"id": ids[slug], "s": slug})
		}
		for i, slug := range []string{"vestigium", "senior-centar-jarun", "senior-centar-donji-grad"} {
			id := db.NewID()
			exec(`INSERT INTO centres (id, slug, number, colour, organisation_id, area_id, name, zone) VALUES (:id, :s, :n, 1, :o, :a, :s, 'Europe/Zagreb')`,
				db.Args{"id": id, "s": slug, "n": i + 1, "o": ids["vestigium"], "a": area})
			centres[slug] = network.Centre{ID: id}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := demo.Fill(t.Context(), s, ids, centres); err != nil {
		t.Fatal(err)
	}
	return s
}

// How well people find what they type, over queries and answers that were written down before anything was measured. The
// floors are what was reached, less what a change of the sample may cost.
func TestFind_answersWhatPeopleType(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := sampled(t, d)
		all := queries(t)
		if len(all) < 150 {
			t.Fatalf("%d queries", len(all))
		}
		type score struct{ n, one, five int }
		scores := map[string]*score{}
		floors := map[string][2]float64{"hr": {0.9, 0.95}, "en": {0.85, 0.9}, "nb": {0.75, 0.85}}
		for _, q := range all {
			f, err := s.Find(t.Context(), d, directory.Ask{Words: q.words, Lang: q.lang})
			if err != nil {
				t.Fatal(q.words, err)
			}
			rank := slices.IndexFunc(f.Hits, func(h directory.Hit) bool { return slices.Contains(q.answers, h.ID) })
			for _, key := range []string{string(q.lang), string(q.lang) + " " + q.how} {
				x := scores[key]
				if x == nil {
					x = &score{}
					scores[key] = x
				}
				x.n++
				if rank == 0 {
					x.one++
				}
				if rank >= 0 && rank < 5 {
					x.five++
				}
			}
			if rank < 0 || rank >= 5 {
				first := ""
				if len(f.Hits) > 0 {
					first = f.Hits[0].Name
				}
				t.Logf("%s %s %q: rank %d of %d, first %q", q.lang, q.how, q.words, rank+1, f.Count, first)
			}
		}
		for _, key := range slices.Sorted(func(yield func(string) bool) {
			for k := range scores {
				if !yield(k) {
					return
				}
			}
		}) {
			x := scores[key]
			if floor, ok := floors[key]; ok && (float64(x.one) < floor[0]*float64(x.n) || float64(x.five) < floor[1]*float64(x.n)) {
				t.Errorf("%s finds less than it did: floors are %v", key, floor)
			}
			t.Logf("%-14s success@1 %3d of %3d (%.0f %%), success@5 %3d (%.0f %%)", key, x.one, x.n, 100*float64(x.one)/float64(x.n), x.five, 100*float64(x.five)/float64(x.n))
		}
	})
}

// The standard's own example, beside the sample, is what these find: the words of somebody who has never seen it.
func TestFind_answersFromTheStandardsExamples(t *testing.T) {
	data, err := os.ReadFile(filepath.Join(standard(t), "examples", "service_full.json"))
	if err != nil {
		t.Fatal(err)
	}
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := sampled(t, d)
		r, err := directory.Importer{Store: s, Lang: i18n.EN, By: "test"}.Run(t.Context(), "service_full.json", data, true)
		if err != nil || r.FaultCount > 0 {
			t.Fatal(err, r.Faults)
		}
		five := 0
		for _, words := range []string{"counselling MyCity", "eating disorder", "depressed or depression", "mental health", "difficult life event", "GP referral", "comunity counseling", "train professional"} {
			f, err := s.Find(t.Context(), d, directory.Ask{Words: words, Lang: i18n.EN})
			if err != nil {
				t.Fatal(words, err)
			}
			rank := slices.IndexFunc(f.Hits, func(h directory.Hit) bool { return h.Name == "Community Counselling" })
			if rank >= 0 && rank < 5 {
				five++
			}
			t.Logf("%q: rank %d of %d", words, rank+1, f.Count)
		}
		if five < 6 { // of "depression" and "mental health" the sample tells too
			t.Errorf("%d of 8 are among the first five", five)
		}
	})
}
