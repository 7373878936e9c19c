package app

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"kvart/internal/allotment"
	"kvart/internal/network"
	"kvart/internal/platform/db"
	"kvart/internal/season"
)

// asksWishes enters wishes for two organisations, ranks them and takes them back, as an organisation and at the centre.
func (h *house) asksWishes(t *testing.T, ask func(method, path, token, body string) (int, []byte)) {
	t.Helper()
	p := h.probe(t, ask)
	ctx := t.Context()
	h.turns(t, network.FeatureSeason)
	from := time.Now().AddDate(0, 9, 0)
	one := season.Season{CentreID: h.here.ID, Name: "Zima", FromDate: from.Format(time.DateOnly), ToDate: from.AddDate(0, 1, 0).Format(time.DateOnly), WishesUntil: day(20),
		Hours: []allotment.Span{{Weekday: 1, From: 16 * 60, To: 24 * 60}}}
	for _, id := range season.Criteria {
		one.Criteria = append(one.Criteria, allotment.Criterion{ID: id, Weight: 1})
	}
	if err := h.DB.Tx(ctx, func(tx *db.Tx) (err error) {
		one.ID, err = h.Season.Save(ctx, tx, one, []string{h.space[0]}, "test")
		return err
	}); err != nil {
		t.Fatal(err)
	}
	at := "/seasons/" + one.ID + "/wishes"
	wish := func(organisation, start, end string) string {
		if organisation != "" {
			organisation = fmt.Sprintf(`"organisation":%q,`, organisation)
		}
		return fmt.Sprintf(`{%s"weekday":1,"start":%q,"end":%q}`, organisation, start, end)
	}
	type wishes struct {
		Items []struct {
			ID, Organisation, Start, End, Source string
			Rank                                 int
		}
	}
	list := func(token string) (l wishes) {
		t.Helper()
		p.step("wishes", 200, http.MethodGet, at, token, "", &l)
		return l
	}
	p.step("a season that is prepared, to a member", 404, http.MethodGet, at, p.guests, "")
	p.step("before wishes are let in", 409, http.MethodPost, at, p.centre, wish(p.guest, "16:00", "17:00"))
	if err := h.Season.OpenWishes(ctx, h.here.ID, one.ID, "test"); err != nil {
		t.Fatal(err)
	}
	p.refuses(http.MethodPost, at, wish(p.guest, "16:00", "17:00"), p.host)
	p.missing(http.MethodPost, "/seasons/{id}/wishes", one.ID, wish(p.guest, "16:00", "17:00"), p.there)
	p.step("whose", 422, http.MethodPost, at, p.centre, wish("", "16:00", "17:00"))
	p.step("of no organisation", 404, http.MethodPost, at, p.centre, wish(db.NewID(), "16:00", "17:00"))
	p.step("of another organisation", 403, http.MethodPost, at, p.guests, wish(h.here.OrganisationID, "16:00", "17:00"))
	p.step("outside the hours", 422, http.MethodPost, at, p.centre, wish(p.guest, "08:00", "09:00"))
	for _, x := range []struct{ token, organisation, start, end string }{{p.guests, "", "16:00", "17:00"}, {p.centre, p.guest, "18:00", "19:00"}, {p.guests, p.guest, "20:00", "24:00"}, {p.member, "", "16:00", "18:00"}} {
		p.step("a wish", 201, http.MethodPost, at, x.token, wish(x.organisation, x.start, x.end))
	}
	p.refuses(http.MethodGet, at, "", p.host)
	p.missing(http.MethodGet, "/seasons/{id}/wishes", one.ID, "", p.there)
	own := list(p.guests)
	if len(own.Items) != 3 || own.Items[0].Start != "16:00" || own.Items[1].Source != "desk" || own.Items[2].End != "24:00" || own.Items[2].Source != "api" {
		t.Fatalf("one's own: %+v", own)
	}
	if all := list(p.centre); len(all.Items) != 4 {
		t.Errorf("all: %+v", all)
	}
	last := own.Items[2].ID
	raise, away := at+"/"+last+"/raise", at+"/"+last
	p.refuses(http.MethodPost, raise, "", p.host)
	p.refuses(http.MethodDelete, away, "", p.host)
	for method, path := range map[string]string{http.MethodPost: "/seasons/{id}/wishes/" + last + "/raise", http.MethodDelete: "/seasons/{id}/wishes/" + last} {
		p.missing(method, path, one.ID, "", p.there)
	}
	for _, x := range []struct{ method, path, token string }{{http.MethodPost, raise, p.member}, {http.MethodDelete, away, p.member},
		{http.MethodPost, at + "/" + db.NewID() + "/raise", p.centre}, {http.MethodDelete, at + "/" + db.NewID(), p.guests}} {
		p.step("another organisation's, or none", 404, x.method, x.path, x.token, "")
	}
	p.step("raised by its organisation", 200, http.MethodPost, raise, p.guests, "", &own)
	if own.Items[1].ID != last {
		t.Errorf("raised: %+v", own)
	}
	p.step("raised at the centre", 200, http.MethodPost, raise, p.centre, "", &own)
	p.step("the best stays", 200, http.MethodPost, raise, p.centre, "", &own)
	if len(own.Items) != 3 || own.Items[0].ID != last {
		t.Errorf("raised: %+v", own)
	}
	p.step("taken back", 204, http.MethodDelete, away, p.guests, "")
	p.step("twice", 404, http.MethodDelete, away, p.guests, "")
	p.step("taken back at the centre", 204, http.MethodDelete, at+"/"+own.Items[1].ID, p.centre, "")
	if err := h.Season.Count(ctx, h.here.ID, one.ID, "test"); err != nil {
		t.Fatal(err)
	}
	for _, token := range []string{p.guests, p.centre} {
		p.step("after the count", 409, http.MethodPost, at+"/"+own.Items[2].ID+"/raise", token, "")
		p.step("after the count", 409, http.MethodDelete, at+"/"+own.Items[2].ID, token, "")
	}
	for _, action := range []string{"season.wish.add", "season.wish.rank", "season.wish.remove"} {
		p.audited(action)
	}
}
