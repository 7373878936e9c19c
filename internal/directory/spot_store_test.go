package directory_test

import (
	"strings"
	"testing"

	"kvart/internal/platform/db"
	"kvart/internal/platform/dbtest"
	"kvart/internal/platform/i18n"
)

func TestSpots_foldsWhatIsTypedAndPrefersWhatIsExact(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newSite(t, d)
		s.spot("stop", "Đačka", 45.80, 15.95)
		s.spot("stop", "Đačka", 45.8005, 15.9505) // the other side of the street
		s.spot("street", "Đačka", 45.80, 15.951)
		s.spot("street", "Stara Đačka ulica", 45.81, 15.96)
		s.spot("street", "Sto_posto 100%", 45.81, 15.96)
		for typed, want := range map[string]string{
			"djacka": "stop street", "  ĐAČKA ": "stop street", "Đač": "stop street street", "stara dac": "street", "sjever": "district", "grad": "city",
			"": "", "   ": "", "ačka": "", "sto_": "street", "st%": "", "100%": "street", "\\": "", strings.Repeat("a", 10000): "",
		} {
			list, err := s.Spots(t.Context(), d, typed)
			s.must(err)
			var kinds []string
			for _, one := range list {
				kinds = append(kinds, one.Kind)
			}
			if got := strings.Join(kinds, " "); got != want {
				t.Errorf("%.20q means %q, want %q", typed, got, want)
			}
		}
	})
}

// Near a local committee one looks from its place; one that is known as an area only stands for its district.
func TestSpots_aCommitteeIsAPlaceToBeNear(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newSite(t, d)
		add := func(slug, outline string) string {
			id := db.NewID()
			if _, err := d.Exec(t.Context(), `INSERT INTO areas (id, slug, kind, name, parent_id, outline) VALUES (:id, :s, 'committee', :n, :p, :o)`,
				db.Args{"id": id, "s": slug, "n": i18n.Text{i18n.HR: slug}, "p": s.north, "o": outline}); err != nil {
				t.Fatal(err)
			}
			return id
		}
		add("bez", "")
		add("obris", outline)
		add("dvaput", "")
		s.spot("committee", "Dvaput", 45.81, 15.95)
		only := func(typed string) (area string, near bool) {
			list, err := s.Spots(t.Context(), d, typed)
			s.must(err)
			if len(list) != 1 {
				t.Fatalf("%s means %v", typed, list)
			}
			return list[0].AreaID, list[0].At != nil
		}
		if area, near := only("bez"); area != s.city || near { // the district has no outline either
			t.Errorf("without an outline: in %s, near %v", area, near)
		}
		for _, typed := range []string{"obris", "dvaput"} {
			if area, near := only(typed); area != "" || !near {
				t.Errorf("%s: in %q, near %v", typed, area, near)
			}
		}
	})
}
