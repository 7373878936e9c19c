package app

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"kvart/internal/network"
	"kvart/internal/platform/auth"
	"kvart/internal/platform/db"
	"kvart/internal/platform/dbtest"
)

// TestSeveral_processesOnOneDatabaseAreOne serves the same database twice: no page kept by one is older than what was
// done through the other, and who signed in at one is signed in at both.
func TestSeveral_processesOnOneDatabaseAreOne(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := open(t, d)
		other := h.at(t, 0)
		anybody := h.browser(t, "", auth.Scope{})
		page := "/en/sessions/" + h.session[0]
		for left := 4; left > 0; left-- {
			for _, base := range []string{h.url, other, h.url, other} {
				_, body := send(t, anybody, http.MethodGet, base+page, "", "")
				if want := fmt.Sprintf("%d place", left); !strings.Contains(body, want) {
					t.Fatalf("%s does not say %q", base, want)
				}
			}
			base := []string{h.url, other}[left%2]
			if status, _ := send(t, anybody, http.MethodPost, base+page+"/register", plainForm, url.Values{"party": {"1"}, "form_key": {fmt.Sprint("several", left)}}.Encode()); status != http.StatusSeeOther {
				t.Fatal(status)
			}
		}
		team := h.browser(t, network.Coordinator, h.scope(network.Coordinator, t))
		if status, _ := send(t, team, http.MethodGet, other+"/desk/", "", ""); status != http.StatusOK {
			t.Fatalf("signed in at one process, the other says %d", status)
		}
		if status, _ := send(t, team, http.MethodPost, other+"/desk/sign-out", plainForm, ""); status != http.StatusSeeOther {
			t.Fatal(status)
		}
		if status, _ := send(t, team, http.MethodGet, h.url+"/desk/", "", ""); status != http.StatusSeeOther {
			t.Fatalf("signed out at one process, the other says %d", status)
		}
	})
}
