package support_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"kvart/internal/network"
	"kvart/internal/platform/auth"
	"kvart/internal/platform/db"
	"kvart/internal/platform/i18n"
	. "kvart/internal/support"
)

func TestNumbers_areCheckedByALeadAndAgainEachYear(t *testing.T) {
	eachDesk(t, func(d *desk) {
		give := func(list network.Emergencies) { d.exec(`UPDATE networks SET emergency = :e`, db.Args{"e": list}) }
		give(network.Emergencies{{Number: "112", For: i18n.Text{i18n.HR: "hitne službe"}}, {Number: "116006", For: i18n.Text{i18n.HR: "žrtve nasilja"}}})
		_, err := d.Auth.AddAccount(t.Context(), "vod", "Osoba vod", "", phrase, auth.Held{Role: network.Lead, Scope: auth.Scope{Kind: network.ScopeNetwork, ID: d.net}})
		d.must(err)
		a, _, err := d.Auth.SignIn(t.Context(), "vod", phrase)
		d.must(err)
		asked := func() bool {
			d.t.Helper()
			list, err := d.pages.Tasks(t.Context(), d.centre, d.now)
			d.must(err)
			for _, x := range list {
				if x.Key == "support.numbers" {
					return x.Permission == network.EditNetwork && x.Address == "/desk/messages/numbers"
				}
			}
			return false
		}
		said := func() string {
			return d.nobody().page("/hr/contact", nil).Find("ul.numbers").Parent().Text()
		}
		if !asked() || strings.Contains(said(), "Provjereno") {
			t.Errorf("nobody has checked: asked %v, the page says %s", asked(), said())
		}
		lead := d.as(a.ID)
		if doc := lead.page("/desk/network/messages", nil); !strings.Contains(doc.Text(), "Još nisu provjereni") {
			t.Errorf("the settings' page: %s", doc.Find("main").Text())
		}
		doc := lead.page("/desk/messages/numbers", nil)
		if doc.Find(`a[href="tel:116006"]`).Length() != 1 {
			t.Errorf("the page: %s", doc.Find("main").Text())
		}
		d.as(d.team[0].Account).refused("/desk/messages/numbers", url.Values{"number": {"112", "116006"}}, http.StatusForbidden)
		lead.refused("/desk/messages/numbers", url.Values{"number": {"112"}}, http.StatusConflict) // not what stands there now
		lead.page("/desk/messages/numbers", url.Values{"number": {"112", "116006"}})
		if asked() || !strings.Contains(said(), "Provjereno") {
			t.Errorf("checked: asked %v, the page says %s", asked(), said())
		}
		d.must(d.SaveSettings(t.Context(), Settings{Hours: 12}, "test")) // the words are others' matter
		if doc := lead.page("/desk/network/messages", nil); asked() || !strings.Contains(doc.Text(), "Provjereno") {
			t.Errorf("after the words were saved: %s", doc.Find("main").Text())
		}
		was := d.now
		d.now = was.AddDate(1, 0, 1)
		if never, old, err := d.UncheckedNumbers(t.Context()); !asked() || never || !old || err != nil {
			t.Errorf("a year later: asked %v, never %v, old %v, %v", asked(), never, old, err)
		}
		d.now = was
		give(network.Emergencies{{Number: "112", For: i18n.Text{i18n.HR: "hitne službe"}}, {Number: "116000"}})
		if never, _, err := d.UncheckedNumbers(t.Context()); !asked() || !never || err != nil || strings.Contains(said(), "Provjereno") {
			t.Errorf("a number was changed: asked %v, never %v, %v: %s", asked(), never, err, said())
		}
	})
}
