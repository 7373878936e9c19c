package desk

import (
	"context"
	"strings"
	"testing"
	"time"

	"kvart/internal/network"
	"kvart/internal/platform/auth"
	"kvart/internal/platform/db"
	"kvart/internal/platform/dbtest"
	"kvart/internal/voting"
)

// What waits in the whole network is on the first page of who leads it and in their mail of the day; the city and a centre see
// nothing of it.
func TestTasks_ofTheNetworkWaitForWhoLeadsIt(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := newPlace(t, d)
		p.Whole = func(_ context.Context, networkID string, now time.Time) ([]network.Task, error) {
			return []network.Task{{Key: "voting.publish:" + networkID, Title: "voting.task.publish", Args: []any{"what", "Susjedski fond"}, Press: "voting.task.publish.press",
				Address: "/desk/votes/x", Method: "GET", Urgency: network.Soon, Permission: voting.Run}}, nil
		}
		lead := p.account("voditeljstvo", network.Lead, auth.Scope{Kind: network.ScopeNetwork, ID: p.net})
		doc, status := p.browser(lead).get("/desk/")
		if list := doc.Find("#tasks li"); status != 200 || list.Length() != 1 || list.Find("a[href='/desk/votes/x']").Length() != 1 || !strings.Contains(list.Text(), "Susjedski fond") {
			t.Errorf("the lead's first page: %d %s", status, doc.Find("main").Text())
		}
		for name, account := range map[string]string{"the city": p.city, "a centre": p.coordinator} {
			if doc, _ := p.browser(account).get("/desk/"); strings.Contains(doc.Find("main").Text(), "Susjedski fond") {
				t.Errorf("%s sees it", name)
			}
		}
		p.now = p.now.Add(2 * time.Hour)
		if err := p.Digests(t.Context()); err != nil {
			t.Fatal(err)
		}
		var to []string
		if err := d.Select(t.Context(), &to, `SELECT to_address FROM mails WHERE body LIKE '%Susjedski fond%' AND body LIKE '%Mreža%'`, nil); err != nil {
			t.Fatal(err)
		}
		if len(to) != 1 || !strings.HasPrefix(to[0], "voditeljstvo") {
			t.Errorf("told by mail: %v", to)
		}
	})
}
