package survey_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"kvart/internal/network"
	"kvart/internal/platform/db"
	"kvart/internal/platform/dbtest"
)

// A number that no version has is a change meanwhile, however large it is.
func TestEdit_aHugeVersion(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		x := newKvart(t, d)
		v := x.survey(x.here, asked())
		b := x.coordinator()
		form := filled(b.get("/desk/surveys/"+v.ID+"/edit", 200))
		for _, n := range []string{"99999999999", "-1", "x", "9223372036854775807", "92233720368547758070"} {
			form.Set("version", n)
			b.post("/desk/surveys/"+v.ID+"/edit", form, 409)
		}
	})
}

// What the network prepares is the network's until it is asked.
func TestDesk_aDraftOfTheNetworkIsNotShownAtCentres(t *testing.T) {
	x := newKvart(t, dbtest.SQLite(t))
	lead := x.as(network.Lead, network.ScopeNetwork, x.network)
	form := url.Values{"title-hr": {"Nacrt mreže"}, "purpose-hr": {"Za program."}, "opens_on": {"2026-11-20"}, "closes_on": {"2026-11-30"}, "delete_on": {"2027-05-01"}}
	to := led(lead.post("/desk/surveys/new", form, 303))
	path := strings.TrimSuffix(to, "/questions")
	x.coordinator().get(path, 404)
	x.as(network.Host, network.ScopeCentre, x.here).get(path, 404)
	lead.get(path, 200)
}

// Whoever takes a form takes the one that they looked at, not one that came meanwhile.
func TestTakeUpload_theFormThatWasLookedAt(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		x := newKvart(t, d)
		v := x.survey(x.here, asked())
		one, other := x.coordinator(), x.coordinator()
		path := "/desk/surveys/" + v.ID
		one.send(path+"/upload", "prvi.xlsx", workbook(t, "type|name|label", "text|first|Prvo pitanje"), 303)
		looked := one.get(path+"/upload", 200)
		other.send(path+"/upload", "drugi.xlsx", workbook(t, "type|name|label", "text|second|Drugo pitanje"), 303)
		f := url.Values{}
		take := looked.Find(`form[action$="/take"]`)
		name, _ := take.Find("input[type=hidden]").Attr("name")
		value, _ := take.Find("input[type=hidden]").Attr("value")
		f.Set(name, value)
		again := one.post(path+"/take", f, 409)
		if s := text(again.Find("main")); !strings.Contains(s, "drugi.xlsx") {
			t.Error("it does not show what is there now:", s)
		}
		if got := x.again(v); got.Current != v.Current {
			t.Error("a form that nobody looked at was taken")
		}
		take = again.Find(`form[action$="/take"]`)
		value, _ = take.Find("input[type=hidden]").Attr("value")
		f.Set(name, value)
		one.post(path+"/take", f, 303)
		if got := x.again(v); got.Current != v.Current+1 {
			t.Error("the form was not taken")
		}
	})
}

// Whoever hears the pages is told by the first words that another one has come.
func TestSitting_eachPageHasATitleOfItsOwn(t *testing.T) {
	x := newKvart(t, dbtest.SQLite(t))
	v := x.survey(x.here, asked())
	b, path := x.visitor(), "/hr/surveys/"
	page := b.get(path+v.ID, 200)
	for n := range 3 {
		if n > 0 {
			page = b.post(path+v.ID, filled(page, "q.want", "other", "q.what", "šah", "go", "next"), 200)
		}
		if title, want := text(page.Find("title")), fmt.Sprintf("Stranica %d od 3", n+1); !strings.HasPrefix(title, want) {
			t.Errorf("the title is %q", title)
		}
	}
}
