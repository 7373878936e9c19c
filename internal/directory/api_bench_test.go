package directory_test

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"kvart/internal/directory"
	"kvart/internal/hsds"
	"kvart/internal/platform/db"
	"kvart/internal/platform/dbtest"
)

const generated = 50_000

// many puts generated services into the database, ten to an organisation, two places each, straight by SQL.
func (w *town) many(b *testing.B, n int) {
	b.Helper()
	random := rand.New(rand.NewPCG(1, 2))
	words := strings.Fields("pomoć savjet podrška susjed obitelj zdravlje starije osobe mladi radionica učenje hrvatski jezik pravna besplatno svaki tjedan prostor centar zajednica kuhanje šetnja druženje roditelji djeca prijava telefon razgovor volonteri prijevoz namirnice ljekarna dokumenti popravak računalo")
	text := func(n int) string {
		list := make([]string, n)
		for i := range list {
			list[i] = words[random.IntN(len(words))]
		}
		return strings.Join(list, " ")
	}
	asText := func(v any) string { j, _ := json.Marshal(v); return string(j) }
	var owner, location string
	const chunk = 5000
	for from := 0; from < n; from += chunk {
		w.save(func(tx *db.Tx) error {
			exec := func(sql string, args db.Args) {
				if _, err := tx.Exec(b.Context(), sql, args); err != nil {
					b.Fatal(err)
				}
			}
			for i := from; i < from+chunk; i++ {
				if i%10 == 0 {
					owner, location = db.NewID(), db.NewID()
					exec(`INSERT INTO directory_organisations (id, kind, name, body, modified_at) VALUES (:id, 'cso', :n, :b, 1)`, db.Args{"id": owner, "n": "Udruga " + text(2),
						"b": asText(hsds.Organization{Description: text(30), Email: "ured@kvart.example", Website: "https://kvart.example", Phones: []hsds.Phone{{ID: db.NewID(), Number: "01 000 0000"}}})})
					exec(`INSERT INTO directory_locations (id, organisation_id, body, city, postcode, lat_e6, lon_e6, public_from, modified_at) VALUES (:id, :o, :b, 'Zagreb', '10000', :lat, :lon, 1, 1)`,
						db.Args{"id": location, "o": owner, "lat": 45_700_000 + random.IntN(200_000), "lon": 15_900_000 + random.IntN(200_000), "b": asText(hsds.Location{LocationType: "physical", Name: text(2), Transportation: text(8),
							Addresses: []hsds.Address{{ID: db.NewID(), Address1: "Ulica " + fmt.Sprint(i), City: "Zagreb", PostalCode: "10000", Country: "HR", AddressType: "physical"}}})})
				}
				id := db.NewID()
				s := hsds.Service{Description: text(60), EligibilityDescription: text(15), ApplicationProcess: text(15), Email: "ured@kvart.example", URL: "https://kvart.example/u",
					Phones:    []hsds.Phone{{ID: db.NewID(), Number: "01 000 0000", Description: text(4)}},
					Schedules: []hsds.Schedule{{ID: db.NewID(), Freq: "WEEKLY", ByDay: "MO,TH", OpensAt: "09:00", ClosesAt: "15:00"}, {ID: db.NewID(), Freq: "WEEKLY", ByDay: "WE", OpensAt: "12:00", ClosesAt: "19:00"}},
					Languages: []hsds.Language{{ID: db.NewID(), Code: "hr"}}, Attributes: []hsds.Attribute{{ID: db.NewID(), LinkID: id, LinkEntity: "service", TaxonomyTermID: w.home}}}
				exec(`INSERT INTO directory_services (id, organisation_id, status, name, body, terms, assured_on, modified_at) VALUES (:id, :o, 'active', :n, :b, :t, '2026-10-01', 1)`,
					db.Args{"id": id, "o": owner, "n": text(3), "b": asText(s), "t": w.home + " "})
				exec(`INSERT INTO directory_service_terms (term_id, service_id) VALUES (:t, :s)`, db.Args{"t": w.home, "s": id})
				exec(`INSERT INTO directory_places (id, service_id, location_id) VALUES (:id, :s, :l)`, db.Args{"id": db.NewID(), "s": id, "l": location})
			}
			return nil
		})
	}
}

// discarded takes an answer and throws it away. It remembers the most memory that was in use meanwhile.
type discarded struct {
	header http.Header
	writes int
	most   uint64
}

func (d *discarded) Header() http.Header { return d.header }
func (d *discarded) WriteHeader(int)     {}
func (d *discarded) Write(b []byte) (int, error) {
	if d.writes++; d.writes%50 == 0 {
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		d.most = max(d.most, m.HeapInuse+m.StackInuse)
	}
	return len(b), nil
}

// processor is the time of the processor that this process has had.
func processor() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkAPI_export compares the export as lines with bare loops over the same query: one that marshals whole services as
// the program has them, and one that marshals rows as the database has them.
func BenchmarkAPI_export(b *testing.B) {
	for _, engine := range []string{"sqlite", "postgres"} {
		if engine == "postgres" && os.Getenv("KVART_TEST_DATABASE_URL") == "" {
			continue
		}
		b.Run(engine, func(b *testing.B) {
			open := dbtest.SQLite
			if engine == "postgres" {
				open = dbtest.Postgres
			}
			d := open(b)
			w := newTown(b, d)
			w.many(b, generated)
			handler := (&directory.API{Store: w.Store, Log: slog.New(slog.DiscardHandler)}).Handler()
			// What others do on the machine shows in seconds, hardly in the processor's.
			per := func(b *testing.B, from time.Duration) {
				b.ReportMetric(float64(generated)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
				b.ReportMetric(float64(generated)*float64(b.N)/(processor()-from).Seconds(), "rows/cpu-s")
			}
			b.Run("bare, whole services", func(b *testing.B) {
				from := processor()
				for b.Loop() {
					w.must(w.Each(b.Context(), d, directory.Filter{Listed: true}, func(list []directory.Service) error {
						for _, s := range list {
							if _, err := json.Marshal(s); err != nil {
								return err
							}
						}
						return nil
					}))
				}
				per(b, from)
			})
			b.Run("bare, rows", func(b *testing.B) {
				from := processor()
				for b.Loop() {
					e := json.NewEncoder(io.Discard)
					w.must(d.Each(b.Context(), `SELECT s.seq, s.id, s.organisation_id, s.status, s.name, s.body, s.terms, s.assured_on, s.modified_at, o.body AS owner, l.body AS location, p.body AS place
					FROM directory_services s JOIN directory_organisations o ON o.id = s.organisation_id LEFT JOIN directory_places p ON p.service_id = s.id LEFT JOIN directory_locations l ON l.id = p.location_id
					WHERE s.status IN ('active', 'temporarily closed') ORDER BY s.seq`, nil, func(r *sqlx.Rows) error {
						m := map[string]any{}
						if err := r.MapScan(m); err != nil {
							return err
						}
						return e.Encode(m)
					}))
				}
				per(b, from)
			})
			for _, path := range []string{"services?format=ndjson", "services?format=ndjson&full=true", "services?format=ndjson&minimal=true", "service_at_locations?format=ndjson", "organizations?format=ndjson"} {
				b.Run(path, func(b *testing.B) {
					from, answer := processor(), &discarded{header: http.Header{}}
					debug.FreeOSMemory()
					for b.Loop() {
						r := httptest.NewRequestWithContext(b.Context(), http.MethodGet, directory.APIPath+path, nil)
						handler.ServeHTTP(answer, r)
					}
					per(b, from)
					b.ReportMetric(float64(answer.most)/1e6, "MB")
				})
			}
		})
	}
}
