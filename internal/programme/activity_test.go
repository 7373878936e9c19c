package programme_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"kvart/internal/network"
	"kvart/internal/platform/db"
	"kvart/internal/platform/i18n"
	. "kvart/internal/programme"
)

// changed sends the form of the activity with some fields changed, and returns the fault beside the named field.
func (b *browser) changed(a Activity, field string, pairs ...string) string {
	b.t.Helper()
	address := "/desk/programme/" + a.ID
	sent := fields(b.t, b.get(address, 200), address)
	for i := 0; i < len(pairs); i += 2 {
		sent.Set(pairs[i], pairs[i+1])
	}
	doc := b.post(address, sent, 422)
	return strings.Join(strings.Fields(doc.Find(`a[href="#f-`+field+`"]`).First().Text()), " ")
}

func TestChangeActivity_withDatesToComeIsNotHiddenNorLeavesItsRooms(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		a := w.activity(nil)
		ids := []string{w.inRoom(a, 10), w.inRoom(a, 17), w.session(a, 24)}
		b := w.browser(network.Coordinator)
		for _, state := range []string{"archived", "draft"} {
			if said := b.changed(a, "state", "state", state); !strings.Contains(said, "dolaze: 3.") {
				t.Errorf("to %s: %q", state, said)
			}
		}
		if said := b.changed(a, "place_kind", "place_kind", Online); !strings.Contains(said, "prostor: 2.") {
			t.Errorf("away from its room: %q", said)
		}
		for _, id := range ids {
			if err := w.CancelSession(t.Context(), w.Centre, id, nil, "test"); err != nil {
				t.Fatal(err)
			}
		}
		address := "/desk/programme/" + a.ID
		sent := fields(t, b.get(address, 200), address)
		sent.Set("state", "archived")
		b.post(address, sent, 303)
	})
}

func TestActivity_ofAnUnknownOrganisationIsSaidBesideTheField(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		a := w.activity(nil)
		b := w.browser(network.Coordinator)
		if said := b.changed(a, "organisation", "organisation", "01900000-0000-7000-8000-000000000000"); said == "" {
			t.Error("nothing is said beside the organisation")
		}
		doc := b.get("/desk/programme/new", 200)
		sent := fields(t, doc, "/desk/programme/new")
		sent.Set("title-hr", "Nova")
		sent.Set("organisation", "nepoznata")
		if b.post("/desk/programme/new", sent, 422).Find(`a[href="#f-organisation"]`).Length() != 1 {
			t.Error("nothing is said beside the organisation of a new activity")
		}
	})
}

func TestActivities_discreetOnesShowOnlyAfterAPressAndNeverInPrint(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		w.activity(nil)
		w.activity(func(a *Activity) { a.Discreet, a.Title = true, i18n.Text{i18n.HR: "Krug povjerenja"} })
		b := w.browser(network.Coordinator)
		doc := b.get("/desk/programme", 200)
		if text := doc.Text(); strings.Contains(text, "Krug") || !strings.Contains(text, "večera") {
			t.Error("the list names what is discreet without a press, or not what is public")
		}
		press, ok := doc.Find(`a[href$="all=1"]`).Attr("href")
		if !ok {
			t.Fatal("there is nothing to press")
		}
		if row := b.get(press, 200).Find("tr.no-print"); row.Length() != 1 || !strings.Contains(row.Text(), "Krug") {
			t.Error("after the press it is not named, or it is printed")
		}
	})
}

func TestActivity_ofTextsInOtherLanguagesSaysWhichTheyAre(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		a := w.activity(func(a *Activity) { a.About = i18n.Text{i18n.HR: "Jedemo zajedno.", i18n.EN: "We eat together."} })
		b := w.browser(network.Coordinator)
		for _, page := range []string{"/en/programme/" + a.ID, "/en/sessions/" + w.session(a, 10)} {
			doc := b.get(page, 200)
			if l, _ := doc.Find("h1").Attr("lang"); l != "hr" {
				t.Errorf("%s: the title's language is %q", page, l)
			}
			if doc.Find("main p[lang]").Length() != 0 || !strings.Contains(doc.Find("main").Text(), "We eat") {
				t.Errorf("%s: a text in the page's own language is marked", page)
			}
		}
		if _, marked := b.get("/hr/programme/"+a.ID, 200).Find("h1").Attr("lang"); marked {
			t.Error("a title in the page's own language is marked")
		}
	})
}

func TestNames_areInTheOrderOfTheReadersLanguage(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		w.exec(`UPDATE organisations SET name = 'Čakovec'`, nil)
		for slug, name := range map[string]string{"dom": "Dom", "cvijet": "Cvijet", "zvono": "Zvono"} {
			w.exec(`INSERT INTO organisations (id, slug, kind, name) VALUES (:id, :slug, 'cso', :name)`, db.Args{"id": db.NewID(), "slug": slug, "name": name})
		}
		_, session := w.places(5)
		for _, name := range []string{"Zora", "Čedo", "Cvita"} {
			w.asked(session, Desk, mailed(name))
		}
		w.pass(11 * 24 * time.Hour)
		b := w.browser(network.Coordinator)
		text := b.get("/desk/programme/new", 200).Find(`select[name="organisation"]`).Text()
		inOrder(t, text, "Cvijet", "Čakovec", "Dom", "Zvono")
		inOrder(t, b.get("/desk/sessions/"+session+"/attendance?names=1", 200).Find("#names").Text(), "Cvita", "Čedo", "Zora")
	})
}

func inOrder(t *testing.T, text string, names ...string) {
	t.Helper()
	at := -1
	for _, name := range names {
		next := strings.Index(text, name)
		if next <= at {
			t.Errorf("%s is not after those before it in %s", name, strings.Join(strings.Fields(text), " "))
		}
		at = next
	}
}

func TestPublic_byGroupAndWhatIsForEveryone(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		all, older := w.session(w.activity(nil), 1), w.session(w.activity(func(a *Activity) { a.ForGroups = ",a," }), 2)
		for group, want := range map[string][]string{"": {all, older}, "a": {all, older}, "c": {all}, Everyone: {all}} {
			list, err := w.Public(t.Context(), Filter{From: w.Now(), To: w.Now().AddDate(0, 0, 7), Group: group})
			var got []string
			for _, l := range list {
				got = append(got, l.ID)
			}
			if err != nil || !slices.Equal(got, want) {
				t.Errorf("%q: %v, want %v, %v", group, got, want, err)
			}
		}
	})
}
