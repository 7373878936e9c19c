package support_test

import (
	"net/http"
	"strconv"
	"strings"
	"testing"

	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/i18n"
	. "kvart/internal/support"
)

// TestInbox_opensHeadersAndNeverABody has a thousand requests of which no body can be opened by anybody: the list is whole
// all the same, and a thread says that it does not open.
func TestInbox_opensHeadersAndNeverABody(t *testing.T) {
	eachDesk(t, func(d *desk) {
		const requests = 1000
		d.topics()
		ids := map[string]string{}
		for i := range requests {
			name := "Ime " + strconv.Itoa(i)
			id, _, err := d.Ask(t.Context(), Asking{Header: Header{Party: Party{Centre: d.centre}, Lang: i18n.HR, Reach: Reach{Name: name}, Topic: "doma", WayBack: "u četvrtak"}, Text: "Tijelo poruke.", By: d.team[0]})
			d.must(err)
			ids[id] = name
		}
		of := map[db.Engine]string{db.Postgres: " ON support_items"}[d.DB.Engine]
		d.exec(`DROP TRIGGER support_items_kept`+of, nil)
		d.exec(`UPDATE support_items SET sealed = 'AAAA' WHERE kind <> 'header'`, nil)

		listed := 0
		for page, more := 0, true; more; page++ {
			var list []Listed
			var err error
			list, more, err = d.Inbox(t.Context(), d.team[1], "open", page)
			d.must(err)
			for _, l := range list {
				listed++
				if l.Broken || l.Header.Name != ids[l.ID] || l.Header.Topic != "doma" || l.Unread != 1 {
					t.Fatalf("page %d: %+v", page, l)
				}
			}
		}
		if listed != requests {
			t.Errorf("%d of %d requests are listed", listed, requests)
		}
		s := d.reads(d.team[1])
		for _, page := range []string{"", "?page=7"} {
			if text := s.page("/desk/messages"+page, nil).Find(".todo").Text(); strings.Count(text, "Kod kuće nije dobro") != PerPage {
				t.Errorf("the page %q lists %s", page, text)
			}
		}
		for id := range ids {
			_, err := d.Thread(t.Context(), d.team[1], id)
			d.wants(err, fault.KindConflict)
			s.refused(thread(id), nil, http.StatusConflict)
			break
		}

		// And it is the headers that the list opens.
		d.exec(`UPDATE support_items SET sealed = 'AAAA' WHERE kind = 'header'`, nil)
		list, _, err := d.Inbox(t.Context(), d.team[1], "open", 0)
		d.must(err)
		for _, l := range list {
			if !l.Broken {
				t.Fatalf("without its header: %+v", l)
			}
		}
	})
}
