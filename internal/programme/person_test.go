package programme_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"kvart/internal/network"
	"kvart/internal/platform/db"
	. "kvart/internal/programme"
)

func TestErasePerson_numbersStayAndThePlaceGoesToTheNext(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		w.Network.Hooks = []network.PersonHook{w.PersonHook()}
		one := 1
		a := w.activity(func(a *Activity) { a.Capacity = &one })
		past, next := w.session(a, 0), w.session(a, 7)
		r := w.asked(past, Web, mailed("ana"))
		w.asked(next, Web, mailed("ana"))
		waits := w.asked(next, Web, mailed("berta"))
		w.pass(9 * time.Hour)
		if err := w.RecordAttendance(t.Context(), w.Centre, past, Came{People: []string{*r.PersonID}, Counted: 2}, "test"); err != nil {
			t.Fatal(err)
		}
		kept, err := w.Network.ExportPerson(t.Context(), w.Centre, *r.PersonID, "test")
		if err != nil {
			t.Fatal(err)
		}
		if text, err := json.Marshal(kept); err != nil || strings.Count(string(text), "Susjedska večera") != 3 {
			t.Errorf("exported %s (%v), want two registrations and one time there", text, err)
		}
		if err := w.Network.ErasePerson(t.Context(), w.Centre, *r.PersonID, "test"); err != nil {
			t.Fatal(err)
		}
		if n := w.number(`SELECT counted FROM sessions WHERE id = :s AND named = 0`, db.Args{"s": past}); n != 3 {
			t.Errorf("%d counted, want 3", n)
		}
		if s := w.state(waits.ID); s != Offered {
			t.Errorf("the next in line is %s", s)
		}
	})
}
