package sharing_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"kvart/internal/booking"
	"kvart/internal/platform/db"
	"kvart/internal/platform/dbtest"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/i18n"
	"kvart/internal/sharing"
)

// projectors is equipment of the centre, so many of it.
func (p *place) projectors(n int) (id string) {
	p.t.Helper()
	p.must(p.DB.Tx(p.t.Context(), func(tx *db.Tx) (err error) {
		id, err = p.Booking.AddEquipment(p.t.Context(), tx, booking.Equipment{CentreID: p.centre, Name: i18n.Text{i18n.HR: "Projektor"}, Quantity: n}, "test")
		return err
	}))
	return id
}

// free is how many are at the time in the other room.
func (p *place) freeOf(id string, n int, i booking.Interval) int {
	p.t.Helper()
	_, missing, err := p.Booking.Look(p.t.Context(), p.DB, booking.New{SpaceID: p.room, Start: i.Start, End: i.End, Equipment: []booking.Amount{{EquipmentID: id, N: n}}})
	p.must(err)
	if len(missing) > 0 {
		return missing[0].Free
	}
	return n
}

func TestRequest_holdsItsEquipmentAndItsOwnTimeAround(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := newPlace(t, d, "[]")
		id := p.projectors(2)
		half := 30
		a := p.want(p.a, hours(0, 2), hours(24, 26))
		a.Setup, a.Equipment = &half, []booking.Amount{{EquipmentID: id, N: 2}}
		r := p.ask(a)
		if p.freeOf(id, 2, hours(-0.5, 0)) != 0 || p.freeOf(id, 2, hours(25, 27)) != 0 || p.free(hours(-0.5, 0)) || p.freeOf(id, 2, hours(2, 3)) != 2 {
			t.Error("not held for as long as the room is, with its set-up")
		}
		// Another room at the same time finds none left, and is told which before anything is sent.
		other := p.want(p.b, hours(1, 3))
		other.SpaceID, other.People, other.Equipment = p.room, 4, []booking.Amount{{EquipmentID: id, N: 1}}
		_, err := p.try(other)
		refused(t, err, fault.KindConflict, "booking.fault.equipment")
		if taken, ok := fault.Of(err).Detail.(sharing.Taken); !ok || len(taken.Missing) != 1 || taken.Missing[0].Free != 0 || taken.Missing[0].Wanted != 1 {
			t.Errorf("%+v", fault.Of(err).Detail)
		}
		// The hold lapses; meanwhile the projectors go to somebody else. Approving looks again.
		p.pass(4 * 24 * time.Hour)
		if p.state(r.ID) != sharing.Lapsed || p.freeOf(id, 2, hours(0, 2)) != 2 {
			t.Fatalf("%s", p.state(r.ID))
		}
		b, err := p.Booking.Book(t.Context(), booking.New{SpaceID: p.room, CentreID: p.centre, Title: "Film", Start: hours(0, 1).Start, End: hours(0, 1).End, Equipment: []booking.Amount{{EquipmentID: id, N: 1}}, By: "test"})
		p.must(err)
		err = p.approve(sharing.Answer{RequestID: r.ID, Scope: p.atCentre()})
		refused(t, err, fault.KindConflict, "booking.fault.equipment")
		p.must(p.Booking.Cancel(t.Context(), p.centre, b.ID, "test"))
		p.must(p.approve(sharing.Answer{RequestID: r.ID, Scope: p.atCentre()}))
		if p.freeOf(id, 2, hours(-0.5, 0)) != 0 {
			t.Error("approved without its equipment, or without its set-up")
		}
	})
}

func TestRequest_equipmentAndTimeThatCannotBe(t *testing.T) {
	p := newPlace(t, dbtest.SQLite(t), "[]")
	id := p.projectors(2)
	_, err := p.DB.Exec(t.Context(), `UPDATE spaces SET clear_minutes = 20 WHERE id = :s`, db.Args{"s": p.hall})
	p.must(err)
	for name, x := range map[string]struct {
		change func(*sharing.Ask)
		kind   fault.Kind
		key    string
	}{
		"nothing of the centre": {func(a *sharing.Ask) { a.Equipment = []booking.Amount{{EquipmentID: db.NewID(), N: 1}} }, fault.KindInvalid, "booking.fault.no_equipment"},
		"none":                  {func(a *sharing.Ask) { a.Equipment = []booking.Amount{{EquipmentID: id, N: 0}} }, fault.KindInvalid, "fault.not_a_number"},
		"more than there are":   {func(a *sharing.Ask) { a.Equipment = []booking.Amount{{EquipmentID: id, N: 3}} }, fault.KindConflict, "booking.fault.equipment"},
		"less clear-up":         {func(a *sharing.Ask) { n := 10; a.Clear = &n }, fault.KindInvalid, "fault.not_a_number"},
	} {
		a := p.want(p.a, hours(0, 2))
		x.change(&a)
		_, err := p.try(a)
		t.Log(name)
		refused(t, err, x.kind, x.key)
	}
}

func TestPages_equipmentIsAskedForWithTheRoomAndShownToWhoDecides(t *testing.T) {
	p := newPlace(t, dbtest.SQLite(t), "[]")
	id := p.projectors(2)
	at := p.desks()
	a, office := at(p.by[p.a]), at(p.coordinator())
	address := "/desk/ask?space=" + p.hall + "&date=2026-11-26&from=13:00&to=15:00&people=5"
	doc, _ := a.open(address, nil)
	if doc.Find(`input[name="equipment-`+id+`"]`).Length() != 1 || !strings.Contains(doc.Find("main").Text(), "Tada slobodno: 2") {
		t.Fatal(doc.Find("main").Text())
	}
	folded := func(doc *goquery.Document) bool {
		d := doc.Find(`input[name="equipment-` + id + `"]`).Closest("details")
		_, open := d.Attr("open")
		return d.Length() == 1 && !open
	}
	if !folded(doc) {
		t.Error("who wants no equipment has to pass its fields")
	}
	if doc, _ := a.open(address+"&equipment-"+id+"=1", nil); folded(doc) {
		t.Error("the equipment wanted is folded away")
	}
	f := url.Values{"space": {p.hall}, "date": {"2026-11-26"}, "from": {"13:00"}, "to": {"15:00"}, "people": {"5"}, "weeks": {"1"}, "title": {"Film"}, "setup": {"30"},
		"equipment-" + id: {"1"}, "form_key": {"k"}}
	_, status, path := a.get("/desk/ask", f)
	if status != http.StatusOK || !strings.HasPrefix(path, "/desk/asked/") {
		t.Fatalf("%d %s", status, path)
	}
	for who, page := range map[*desk]string{&a: path, &office: strings.Replace(path, "asked", "requests", 1)} {
		doc, _ := who.open(page, nil)
		if text := doc.Find("#needs").Text(); !strings.Contains(text, "Projektor × 1") || !strings.Contains(text, "30") {
			t.Errorf("%s: %q", page, text)
		}
	}
	b := at(p.by[p.b])
	other := strings.Replace(address, p.hall, p.room, 1)
	if doc, _ := b.open(other, nil); !strings.Contains(doc.Find("main").Text(), "Tada slobodno: 1") {
		t.Error("the form does not say what is left at that time")
	}
	f.Set("space", p.room)
	f.Set("equipment-"+id, "2")
	f.Set("form_key", "k2")
	doc, status = b.open("/desk/ask", f)
	if status != http.StatusConflict || !strings.Contains(doc.Find("#short").Text(), "slobodno 1, a treba 2") || doc.Find(`input[name="equipment-`+id+`"]`).AttrOr("value", "") != "2" || folded(doc) {
		t.Errorf("%d %s", status, doc.Find("#short").Text())
	}
	f.Set("equipment-"+id, "3")
	if doc, status = b.open("/desk/ask", f); status != http.StatusUnprocessableEntity || doc.Find("#e-equipment-"+id).Length() != 1 || folded(doc) {
		t.Errorf("more than there are: %d, folded: %v", status, folded(doc))
	}
}

// A room that is taken says so before anything is sent, with what else there is, and promises nothing.
func TestPages_theFormOfARoomThatIsTakenShowsWhatElseThereIs(t *testing.T) {
	p := newPlace(t, dbtest.SQLite(t), `["slot_waiting"]`)
	p.must(p.DB.Tx(t.Context(), func(tx *db.Tx) error {
		return p.SetTerms(t.Context(), tx, p.centre, sharing.Terms{SpaceID: p.hall, Decides: sharing.ByCentre, Asking: sharing.BookOnce, HoldDays: 3}, "test")
	}))
	p.ask(p.want(p.b, hours(0, 2)))
	a := p.desks()(p.by[p.a])
	free, _ := a.open("/desk/ask?space="+p.hall+"&date=2026-11-26&from=16:00&to=17:00&people=5", nil)
	taken, _ := a.open("/desk/ask?space="+p.hall+"&date=2026-11-26&from=13:00&to=15:00&people=5", nil)
	if text := free.Find("main").Text(); !strings.Contains(text, "odmah vaš") || free.Find("#instead").Length() != 0 {
		t.Errorf("free: %s", text)
	}
	if text := taken.Find("main").Text(); strings.Contains(text, "odmah vaš") || taken.Find("#instead .chip").Length() < 2 || taken.Find(`button[formaction="/desk/waits"]`).Length() != 1 {
		t.Errorf("taken: %s", text)
	}
	_, err := p.DB.Exec(t.Context(), `INSERT INTO closures (id, centre_id, from_date, to_date) VALUES (:id, :c, '2026-11-26', '2026-11-26')`, db.Args{"id": db.NewID(), "c": p.centre})
	p.must(err)
	shut, _ := a.open("/desk/ask?space="+p.hall+"&date=2026-11-26&from=16:00&to=17:00&people=5", nil)
	if text := shut.Find("main").Text(); strings.Contains(text, "odmah vaš") || !strings.Contains(text, "Centar taj dan ne radi") || shut.Find(`button[formaction="/desk/waits"]`).Length() != 0 {
		t.Errorf("closed: %s", text)
	}
}

func TestPages_theListSaysUntilWhenARoomIsKept(t *testing.T) {
	p := newPlace(t, dbtest.SQLite(t), "[]")
	p.ask(p.want(p.a, hours(0, 2)))
	at := p.desks()
	for path, account := range map[string]string{"/desk/requests": p.coordinator(), "/desk/asked": p.by[p.a]} {
		if doc, _ := at(account).open(path, nil); !strings.Contains(doc.Find(".session").Text(), "Prostor se čuva do:") {
			t.Errorf("%s: %s", path, doc.Find(".session").Text())
		}
	}
}
