package demo_test

import (
	"testing"
	"time"

	"kvart/internal/directory"
	"kvart/internal/directory/demo"
	"kvart/internal/network"
	"kvart/internal/platform/db"
	"kvart/internal/platform/dbtest"
	"kvart/internal/platform/i18n"
)

func TestFill_isWholeAndInThreeLanguages(t *testing.T) {
	d := dbtest.SQLite(t)
	now := func() time.Time { return time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC) }
	s := &directory.Store{DB: d, Now: now, Network: &network.Store{DB: d, Now: now}}
	if err := demo.Fill(t.Context(), s, nil, nil); err != nil {
		t.Fatal(err)
	}
	var n int
	if err := s.Each(t.Context(), d, directory.Filter{}, func(list []directory.Service) error {
		for _, one := range list {
			n++
			for _, l := range i18n.All {
				for _, field := range []string{"name", "description"} {
					if one.Text(field)[l] == "" {
						t.Errorf("%s: no %s in %s", one.Name, field, l)
					}
				}
			}
			if len(one.Terms()) == 0 {
				t.Errorf("%s: in no group", one.Name)
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if n < 40 {
		t.Errorf("%d services", n)
	}
	var kept int
	if err := d.Get(t.Context(), &kept, `SELECT COUNT(*) FROM directory_locations WHERE confidential = 1 AND body <> '{}'`, db.Args{}); err != nil || kept != 0 {
		t.Errorf("%d confidential locations keep more than a city: %v", kept, err)
	}
}
