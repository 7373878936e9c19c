package directory_test

import (
	"strings"
	"testing"

	"kvart/internal/directory"
	"kvart/internal/platform/db"
	"kvart/internal/platform/dbtest"
)

// Each rule is broken past the program and is reported; a sound directory breaks none.
func TestRules_reportWhatTheProgramNeverDoes(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		x := newTown(t, d)
		id, where := x.shelter()
		x.service("Obrok", func(s *directory.Service) { s.OrganizationID = x.initiative })
		x.save(func(tx *db.Tx) error { _, err := x.Flag(t.Context(), tx, where, "test"); return err })
		exec := func(q string, args db.Args) {
			t.Helper()
			_, err := d.Exec(t.Context(), q, args)
			x.must(err)
		}
		found := func(what string) (n int) {
			t.Helper()
			for _, r := range directory.Rules {
				if !strings.HasPrefix(r.What, what) {
					continue
				}
				args := db.Args{}
				if strings.Contains(r.Count, ":today") {
					args["today"] = "2026-11-26"
				}
				var one int
				x.must(d.Get(t.Context(), &one, r.Count, args))
				n += one
			}
			return n
		}
		if n := found(""); n != 0 {
			t.Fatalf("%d of a sound directory", n)
		}
		exec(`UPDATE directory_organisations SET reach = 'direct', reach_until = '2026-11-25', centre_id = NULL WHERE id = :id`, db.Args{"id": x.initiative})
		exec(`UPDATE directory_services SET version = 9 WHERE id = :id`, db.Args{"id": id})
		exec(`UPDATE directory_locations SET confidential = 0 WHERE id = :id`, db.Args{"id": where})
		exec(`INSERT INTO directory_versions (noun, noun_id, version, body, action, by_whom, at) VALUES ('location', :id, 7, '{}', 'save', 'x', 0)`, db.Args{"id": where})
		exec(`UPDATE directory_locations SET confidential = 1 WHERE id = :id`, db.Args{"id": where})
		exec(`DELETE FROM directory_documents WHERE seq = (SELECT MIN(seq) FROM directory_services)`, nil)
		for _, what := range []string{"listed services of an initiative", "confidential locations", "services whose newest version", "listed services that search"} {
			if n := found(what); n != 1 {
				t.Errorf("%s: %d", what, n)
			}
		}
	})
}
