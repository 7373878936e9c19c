package search_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"time"

	"kvart/internal/platform/db"
	"kvart/internal/platform/dbtest"
)

func TestRaw(t *testing.T) {
	if os.Getenv("SEARCH_RAW") == "" {
		t.Skip()
	}
	d := dbtest.SQLite(t)
	r := rand.New(rand.NewPCG(1, 2))
	const n = 200000
	for at := 0; at < n; at += 10000 {
		d.Tx(t.Context(), func(tx *db.Tx) error {
			for i := at; i < at+10000; i++ {
				var w []string
				for k := range 4 { // 4 broad words at 10 %, name 1 %
					if r.IntN(10) == 0 {
						w = append(w, fmt.Sprint("c", k))
						if r.IntN(10) == 0 {
							w = append(w, fmt.Sprint("b", k), fmt.Sprint("a", k))
						} else if r.IntN(12) == 0 {
							w = append(w, fmt.Sprint("b", k))
						}
					}
				}
				w = append(w, fmt.Sprint("f", r.IntN(17)))
				for range 12 {
					w = append(w, fmt.Sprint("x", r.IntN(30000)))
				}
				if _, err := tx.Exec(t.Context(), `INSERT INTO directory_index (rowid, words) VALUES (:i, :w)`, db.Args{"i": i + 1, "w": strings.Join(w, " ")}); err != nil {
					t.Fatal(err)
				}
			}
			return nil
		})
	}
	for _, q := range []string{`"c1"`, `"a1"`, `"c1" AND "f3"`, `"f3" AND "c1"`, `"a1" AND "f3"`, `("b1" AND "f3") NOT ("a1" AND "f3")`, `("b1" AND "f3") NOT "a1"`, `("c1" AND "f3") NOT ("b1" AND "f3")`, `("c1" AND "f3") NOT "b1"`, `"c1" NOT "b1"`, `("c1" OR "qq" OR "zz") AND "f3"`, `"c1" AND "c2" AND "f3"`} {
		for _, o := range []string{"", "ORDER BY rowid DESC"} {
			for _, lim := range []int{500} {
				var seqs []int64
				best := time.Hour
				for range 7 {
					seqs = nil
					b := time.Now()
					if err := d.Select(t.Context(), &seqs, `SELECT rowid AS seq FROM directory_index WHERE directory_index MATCH :q `+o+fmt.Sprint(` LIMIT `, lim), db.Args{"q": q}); err != nil {
						t.Fatal(err)
					}
					best = min(best, time.Since(b))
				}
				t.Logf("%-45s %-20s %4d rows %v", q, o, len(seqs), best)
			}
		}
	}
}
