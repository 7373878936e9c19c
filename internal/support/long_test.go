package support_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// TestMegabyte_isRefusedWithItsWordsAndKeepsNothing sends more than a message may hold wherever words are taken: each page says
// so beside the field, with all that was typed.
func TestMegabyte_isRefusedWithItsWordsAndKeepsNothing(t *testing.T) {
	eachDesk(t, func(d *desk) {
		d.partner()
		id, _, code := d.ask("x")
		worker, person := d.reads(d.team[0]), d.visitor(code)
		long := strings.Repeat("Ne mogu više. ", 75_000)
		form, err := d.FormCode(t.Context())
		d.must(err)
		for _, c := range []struct {
			path, field string
			by          *screen
		}{{"/hr/contact/messages", "text", person}, {thread(id) + "/answer", "text", worker}, {thread(id) + "/note", "text", worker}, {thread(id) + "/close", "text", worker},
			{"/desk/messages/new", "text", worker}, {thread(id) + "/refer", "summary", worker}, {thread(id) + "/outside", "what", worker}} {
			doc := c.by.refused(c.path, url.Values{c.field: {long}, "form_key": {c.path}, "code": {form}}, http.StatusUnprocessableEntity)
			found := false
			for _, area := range doc.Find("textarea[name=" + c.field + "]").EachIter() {
				found = found || strings.TrimSpace(area.Text()) == strings.TrimSpace(long)
			}
			if !found || !strings.Contains(doc.Find("main").Text(), "Predugačko: najviše") {
				t.Errorf("%s: typed words back %v, faults: %s", c.path, found, doc.Find("#faults").Text())
			}
		}
		if got := d.texts(d.team[0], id); len(got) != 1 {
			t.Errorf("%d entries", len(got))
		}
	})
}
