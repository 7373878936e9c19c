package programme_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"kvart/internal/network"
	"kvart/internal/platform/auth"
	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
)

func TestAssign_anybodyOfTheTeamForOneOrForAllThatFollow(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		a, ids := w.series(5, 1, 8, 15)
		member := func(login string, in auth.Scope) string {
			acc, err := w.Network.Auth.AddAccount(t.Context(), login, "Osoba "+login, "", "četiri obične riječi", auth.Held{Role: network.Host, Scope: in})
			if err != nil {
				t.Fatal(err)
			}
			return acc.ID
		}
		one := member("jedna", auth.Scope{Kind: network.ScopeCentre, ID: w.Centre})
		other := member("druga", auth.Scope{Kind: network.ScopeCentre, ID: w.Centre})
		stranger := member("drugdje", auth.Scope{Kind: network.ScopeCentre, ID: db.NewID()})
		of := func(who string) int {
			return w.number(`SELECT COUNT(*) FROM sessions WHERE activity_id = :a AND responsible_id = :w`, db.Args{"a": a.ID, "w": who})
		}
		if n, err := w.Assign(t.Context(), w.Centre, ids[1], one, false, "test"); err != nil || n != 1 || of(one) != 1 {
			t.Errorf("one date: %d, %v", n, err)
		}
		if n, err := w.Assign(t.Context(), w.Centre, ids[1], other, true, "test"); err != nil || n != 2 || of(other) != 2 || of(one) != 0 {
			t.Errorf("this and the following: %d, %v", n, err)
		}
		if n, err := w.Assign(t.Context(), w.Centre, ids[2], "", false, "test"); err != nil || n != 1 || of(other) != 1 {
			t.Errorf("nobody: %d, %v", n, err)
		}
		if _, err := w.Assign(t.Context(), w.Centre, ids[0], stranger, true, "test"); !fault.Is(err, fault.KindInvalid) || of(stranger) != 0 {
			t.Errorf("somebody of another centre: %v", err)
		}
		if _, err := w.Assign(t.Context(), db.NewID(), ids[0], "", true, "test"); !fault.Is(err, fault.KindNotFound) {
			t.Errorf("a session of another centre: %v", err)
		}
		if n := w.number(`SELECT COUNT(*) FROM audit_rows WHERE action = 'session.responsible'`, nil); n != 4 {
			t.Errorf("%d audit rows, want 4", n)
		}
	})
}

func TestAssign_byTheSessionsPage(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		_, ids := w.series(5, 0, 7)
		her, host := w.browser(network.Coordinator), w.browser(network.Host)
		page := "/desk/sessions/" + ids[0]
		doc := her.get(page, http.StatusOK)
		who, _ := doc.Find("#responsible select option").Eq(1).Attr("value")
		if who == "" || doc.Find(`#responsible form[action$="/take"]`).Length() != 1 {
			t.Fatalf("the card: %q", doc.Find("#responsible").Text())
		}
		her.post(page+"/responsible", url.Values{"responsible": {who}, "following": {"1"}}, http.StatusSeeOther)
		if doc = her.get("/desk/sessions/"+ids[1], http.StatusOK); doc.Find(`#responsible form[action$="/take"]`).Length() != 0 || !strings.Contains(doc.Find("#responsible p").Text(), "Koordinacija") {
			t.Errorf("the one after: %q", doc.Find("#responsible").Text())
		}
		if doc = her.post(page+"/responsible", url.Values{"responsible": {db.NewID()}}, http.StatusUnprocessableEntity); doc.Find("#e-responsible").Length() != 1 {
			t.Error("to nobody known, and no fault beside the field")
		}
		host.post(page+"/responsible", url.Values{"responsible": {who}}, http.StatusForbidden)
		if doc = host.get(page, http.StatusOK); doc.Find("#responsible select").Length() != 0 || doc.Find("#responsible p").Length() != 1 {
			t.Errorf("the host's card: %q", doc.Find("#responsible").Text())
		}
	})
}
