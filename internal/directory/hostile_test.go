package directory_test

import (
	"net/url"
	"testing"

	"kvart/internal/platform/db"
	"kvart/internal/platform/dbtest"
)

// Whatever bytes an address is made of, a page answers it.
func TestPages_bytesThatAreNoTextAreAnswered(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newSite(t, d)
		id := s.service("Savjet")
		for _, bytes := range []string{"%00", "a%00b", "%ff", "%ed%a0%80", "%c3", "%f4%90%80%80"} {
			for _, path := range []string{"/hr/services?q=" + bytes, "/hr/services?near=" + bytes, "/hr/services?at=" + bytes, "/hr/services?group=" + bytes, "/hr/services?spoken=" + bytes, "/hr/services?band=" + bytes,
				"/hr/services?open=" + bytes, "/hr/services?page=" + bytes, "/hr/map?near=" + bytes, "/hr/services/print?s=" + bytes, "/hr/services/print.pdf?s=" + bytes, "/hr/services/" + bytes, "/hr/services/" + id + "?s=" + bytes} {
				resp, _ := s.raw(path)
				if resp.StatusCode >= 500 {
					t.Errorf("%s: %d", path, resp.StatusCode)
				}
			}
		}
		x := newDesk(t, dbtestAgain(t, d))
		sid := x.service("Savjet")
		l := x.lead()
		for _, bytes := range []string{"%00", "%ff"} {
			for _, path := range []string{"/hr/services/" + bytes + "/suggest", "/hr/still-right/" + bytes, "/desk/services?q=" + bytes, "/desk/services/" + bytes, "/desk/organisations?q=" + bytes, "/desk/organisations/" + bytes,
				"/desk/locations?organisation=" + bytes, "/desk/locations/" + bytes, "/desk/services/new?organisation=" + bytes, "/desk/services/" + bytes + "/history"} {
				res, err := l.Get(l.base + path)
				x.must(err)
				res.Body.Close()
				if res.StatusCode >= 500 {
					t.Errorf("%s: %d", path, res.StatusCode)
				}
			}
			res, err := l.PostForm(l.base+"/desk/services/"+sid+"/undo", url.Values{"to": {"1"}, "version": {"1"}, "sure": {"1"}})
			x.must(err)
			res.Body.Close()
		}
	})
}

// dbtestAgain is another database of the engine.
func dbtestAgain(t *testing.T, d *db.DB) *db.DB {
	t.Helper()
	if d.Engine == db.SQLite {
		return dbtest.SQLite(t)
	}
	return dbtest.Postgres(t)
}
