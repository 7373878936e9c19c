package programme_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"kvart/internal/network"
	"kvart/internal/platform/dbtest"
)

// A reason that is too long comes back on the page it was typed on, beside its field, and cancels nothing.
func TestCancel_aReasonTooLongIsAFaultOfItsField(t *testing.T) {
	w := newTown(t, dbtest.SQLite(t))
	_, ids := w.series(3, 10, 17)
	b := w.browser(network.Coordinator)
	long := strings.Repeat("š", 301)
	for path, fields := range map[string]url.Values{"/cancel": {}, "/cancel-series": {"scope": {"all"}, "apart": {"1"}}} {
		t.Run(path, func(t *testing.T) {
			action := "/desk/sessions/" + ids[0] + path
			fields.Set("reason-hr", "Bolest")
			fields.Set("reason-en", long)
			fields.Set("sure", "1")
			doc := b.post(action, fields, http.StatusUnprocessableEntity)
			form := doc.Find(`form[action="` + action + `"]`)
			if form.Find("#e-reason-en").Length() != 1 || doc.Find(`.summary a[href="#f-reason-en"]`).Length() != 1 {
				t.Errorf("no fault beside the field: %s", strings.Join(strings.Fields(doc.Find("main").Text()), " "))
			}
			if form.Find(`[name="reason-en"]`).AttrOr("value", "") != long || form.Find(`[name="reason-hr"]`).AttrOr("value", "") != "Bolest" {
				t.Error("what was typed is lost")
			}
			if form.ParentsFiltered("details").Length() != form.ParentsFiltered("details[open]").Length() || form.Find("details:not([open]) #e-reason-en").Length() != 0 {
				t.Error("the field is folded away")
			}
			if path == "/cancel-series" {
				if form.Find(`[name=scope][checked]`).AttrOr("value", "") != "all" || form.Find("[name=apart][checked]").Length() != 1 {
					t.Error("the scope is lost")
				}
				if move := doc.Find(`form[action$="/move"]`); move.Find(`[name=scope][checked]`).AttrOr("value", "") != "this" || move.Find("[name=date]").AttrOr("value", "") == "" {
					t.Error("the form of moving is not as it was")
				}
			}
			if n := w.number(`SELECT COUNT(*) FROM sessions WHERE state = 'cancelled'`, nil); n != 0 {
				t.Errorf("%d sessions are cancelled", n)
			}
		})
	}
}
