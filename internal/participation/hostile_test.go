package participation_test

import (
	"net/http"
	"strings"
	"testing"

	"kvart/internal/network"
	. "kvart/internal/participation"
	"kvart/internal/platform/fault"
)

// TestPlan_saysNothingInTheProgrammeThatWasNotReadOrAgreedTo accepts proposals that are not public: no activity may say what
// they say.
func TestPlan_saysNothingInTheProgrammeThatWasNotReadOrAgreedTo(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		for name, change := range map[string]func(*Asking){"not read": nil, "not agreed to": func(a *Asking) { a.Open = false }} {
			id := w.propose(change)
			if change != nil {
				w.show(id)
			}
			w.say(id, Discussed)
			w.say(id, Accepted)
			w.must(w.Carry(t.Context(), w.centre, id, Carrying{Resident: true, Centre: true}, "test"))
			wantFault(t, w.plan(id, 3), fault.KindConflict, "participation.fault.not_public")
			if n := w.number(`SELECT COUNT(*) FROM activities`, nil); n != 0 {
				t.Fatalf("%s: %d activities say it", name, n)
			}
			team := w.browser(network.Coordinator)
			if _, status := team.open("/desk/proposals/"+id+"/plan", nil); status != http.StatusConflict {
				t.Errorf("%s: the form answers %d", name, status)
			}
			if page := team.page("/desk/proposals/"+id, nil); page.Find(`a[href$="/plan"]`).Length() != 0 || !strings.Contains(page.Find("#carry").Text(), "javno") {
				t.Errorf("%s: %s", name, page.Find("#carry").Text())
			}
		}
	})
}
