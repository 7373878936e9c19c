package desk

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"kvart/internal/booking"
	"kvart/internal/network"
	"kvart/internal/platform/auth"
	"kvart/internal/platform/db"
	"kvart/internal/platform/dbtest"
	"kvart/internal/platform/i18n"
	"kvart/internal/programme"
)

// space adds a room that holds so many.
func (p *place) space(slug string, holds int) string {
	p.t.Helper()
	var id string
	p.tx(func(tx *db.Tx) (err error) {
		id, err = p.Booking.AddSpace(p.t.Context(), tx, booking.Space{CentreID: p.centre, Slug: slug, Name: i18n.Text{i18n.HR: slug}, Holds: holds}, "test")
		return err
	})
	return id
}

// book holds the big room today.
func (p *place) book(title string, org *string, hour int, confidential bool) booking.Booking {
	p.t.Helper()
	at := time.Date(p.now.Year(), p.now.Month(), p.now.Day(), hour, 0, 0, 0, p.now.Location())
	b, err := p.Booking.Book(p.t.Context(), booking.New{SpaceID: p.room, CentreID: p.centre, OrganisationID: org, Title: title, Start: at, End: at.Add(time.Hour), Confidential: confidential, By: "test"})
	if err != nil {
		p.t.Fatal(err)
	}
	return b
}

func (p *place) where(id string) booking.Booking {
	p.t.Helper()
	b, err := p.Booking.Booking(p.t.Context(), p.Network.DB, p.centre, id)
	if err != nil {
		p.t.Fatal(err)
	}
	return b
}

func TestMove_firstSaysWhatChangesAndWhoIsToldAndThenMoves(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := newPlace(t, d)
		small := p.space("mala-soba", 8)
		org := p.organisation("Zbor")
		p.account("zbor", network.Member, auth.Scope{Kind: network.ScopeOrganisation, ID: org})
		b := p.book("Proba", &org, 12, false)
		page, her := "/desk/bookings/"+b.ID+"/move", p.browser(p.coordinator)
		doc, status := her.get(page)
		if status != http.StatusOK || doc.Find(`form[method=get] input[name=from][value="12:00"]`).Length() != 1 || doc.Find("#answer form").Length() != 0 {
			t.Fatalf("the form: %d", status)
		}
		q := url.Values{"space": {small}, "date": {"2026-11-27"}, "from": {"15:30"}, "to": {"17:00"}, "version": {"1"}}
		doc, _ = her.get(page + "?" + q.Encode())
		answer := doc.Find("#answer").Text()
		if !strings.Contains(answer, "petak, 27. studenoga, 15.30–17.00, mala-soba") || !strings.Contains(answer, "Zbor dobiva obavijest") {
			t.Errorf("before it is sure: %q", answer)
		}
		if p.where(b.ID).SpaceID != p.room {
			t.Fatal("looking moved it")
		}
		q.Set("reason", "Popravljamo pod.")
		doc, status = her.post(page, q)
		if now := p.where(b.ID); status != http.StatusOK || now.SpaceID != small || time.Unix(now.StartsAt, 0).In(p.now.Location()).Format("2 15:04") != "27 15:30" || now.EndsAt-now.StartsAt != 5400 {
			t.Errorf("%d, %+v", status, now)
		}
		if said := doc.Find(".flash").Text(); !strings.Contains(said, "Premješteno: Proba") || !strings.Contains(doc.Find("h1").Text(), "27. studenoga") {
			t.Errorf("afterwards: %q", said)
		}
		her.post(page, q) // pressed twice
		var mails []string
		if err := d.Select(t.Context(), &mails, `SELECT body FROM mails WHERE to_address = 'zbor@kvart.test'`, nil); err != nil || len(mails) != 1 || !strings.Contains(mails[0], "Popravljamo pod.") || !strings.Contains(mails[0], "15.30") {
			t.Errorf("%q %v", mails, err)
		}
	})
}

func TestMove_whatIsInTheWayAndWhatElseIsFree(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := newPlace(t, d)
		small := p.space("mala-soba", 8)
		b := p.book("Proba", nil, 12, false)
		p.book("Sastanak", nil, 15, false)
		p.book("Krug povjerenja", nil, 17, true)
		page, her := "/desk/bookings/"+b.ID+"/move", p.browser(p.coordinator)
		doc, _ := her.get(page + "?" + url.Values{"space": {p.room}, "date": {"2026-11-26"}, "from": {"15:30"}, "version": {"1"}}.Encode())
		answer := doc.Find("#answer")
		if text := answer.Text(); !strings.Contains(text, "Sastanak") || !strings.Contains(text, "mala-soba") || answer.Find("form").Length() != 0 {
			t.Errorf("taken: %q", text)
		}
		free := 0
		for _, a := range answer.Find("a[data-try]").EachIter() { // each alternative is free
			free++
			href, _ := a.Attr("href")
			if doc, _ := her.get(href); doc.Find("#answer form[method=post]").Length() != 1 {
				t.Errorf("%s is no alternative: %q", href, doc.Find("#answer").Text())
			}
		}
		if free < 2 {
			t.Errorf("%d alternatives", free)
		}
		doc, _ = her.get(page + "?" + url.Values{"space": {p.room}, "date": {"2026-11-26"}, "from": {"17:00"}, "version": {"1"}}.Encode())
		if text := doc.Find("#answer").Text(); strings.Contains(text, "Krug") || !strings.Contains(text, "zauzeto") {
			t.Errorf("what is confidential in the way: %q", text)
		}
		// onto itself is not taken
		if doc, _ = her.get(page + "?" + url.Values{"space": {p.room}, "date": {"2026-11-26"}, "from": {"12:15"}, "version": {"1"}}.Encode()); doc.Find("#answer form").Length() != 1 {
			t.Errorf("a quarter later: %q", doc.Find("#answer").Text())
		}
		if _, status := her.post(page, url.Values{"space": {p.room}, "date": {"2026-11-26"}, "from": {"15:30"}, "version": {"1"}}); status != http.StatusConflict || p.where(b.ID).Version != 1 {
			t.Errorf("sent though taken: %d", status)
		}
		for name, f := range map[string]url.Values{
			"another centre's room": {"space": {db.NewID()}, "date": {"2026-11-26"}, "from": {"13:00"}},
			"no date":               {"space": {small}, "date": {"sutra"}, "from": {"13:00"}},
			"no time":               {"space": {small}, "date": {"2026-11-26"}, "from": {"25:00"}},
			"yesterday":             {"space": {small}, "date": {"2026-11-25"}, "from": {"13:00"}},
			"a version of words":    {"space": {small}, "date": {"2026-11-26"}, "from": {"13:00"}, "version": {"x"}},
			"a long reason":         {"space": {small}, "date": {"2026-11-26"}, "from": {"13:00"}, "reason": {strings.Repeat("š", 301)}},
		} {
			if doc, status := her.post(page, f); status != http.StatusUnprocessableEntity || doc.Find("#faults").Length() != 1 {
				t.Errorf("%s: %d", name, status)
			}
			if _, status := her.get(page + "?" + f.Encode()); status != http.StatusUnprocessableEntity {
				t.Errorf("%s, asked: %d", name, status)
			}
		}
		if p.where(b.ID).Version != 1 {
			t.Error("a bad form moved it")
		}
	})
}

func TestMove_theSecondOfTwoSeesWhereTheFirstPutIt(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := newPlace(t, d)
		small := p.space("mala-soba", 8)
		b := p.book("Proba", nil, 12, false)
		page, her, other := "/desk/bookings/"+b.ID+"/move", p.browser(p.coordinator), p.browser(p.account("druga", network.Coordinator, auth.Scope{Kind: network.ScopeCentre, ID: p.centre}))
		to := func(from string) url.Values {
			return url.Values{"space": {small}, "date": {"2026-11-26"}, "from": {from}, "version": {"1"}}
		}
		her.post(page, to("14:00"))
		for _, doc := range []interface{ Text() string }{first(other.post(page, to("16:00"))).Find("main"), first(other.get(page + "?" + to("16:00").Encode())).Find("main")} {
			if text := doc.Text(); !strings.Contains(text, "Netko je bio brži") || !strings.Contains(text, "14.00–15.00, mala-soba") {
				t.Errorf("the second sees %q", text)
			}
		}
		if now := p.where(b.ID); time.Unix(now.StartsAt, 0).In(p.now.Location()).Hour() != 14 {
			t.Errorf("the second moved it: %+v", now)
		}

		// At the very same moment: one of them.
		var wait sync.WaitGroup
		version := p.where(b.ID).Version
		done := make([]error, 8)
		for i := range done {
			wait.Go(func() {
				at := time.Date(2026, 11, 27, 8+i, 0, 0, 0, p.now.Location())
				done[i] = p.Booking.Claim(t.Context(), func(tx *db.Tx) error {
					return p.Booking.MoveSeen(t.Context(), tx, p.centre, b.ID, small, booking.Interval{Start: at, End: at.Add(time.Hour)}, version, "", "test")
				})
			})
		}
		wait.Wait()
		won := 0
		for _, err := range done {
			if err == nil {
				won++
			}
		}
		if now := p.where(b.ID); won != 1 || now.Version != version+1 {
			t.Errorf("%d of 8 moved it, version %d after %d", won, now.Version, version)
		}
	})
}

func first[A, B any](a A, _ B) A { return a }

func TestMove_aSessionMovesWithItsRoomAndEverybodyIsToldOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := newPlace(t, d)
		small := p.space("mala-soba", 8)
		chess := p.plan("Šah", false, 12, 12)
		for _, a := range []programme.Ask{{Name: "Vesna", Email: "vesna@primjer.test", Channel: programme.Web}, {Name: "Dunja", Phone: "01 555 010", Channel: programme.Phone}} {
			a.SessionID, a.Party, a.Lang, a.By = chess, 1, i18n.HR, "test"
			if _, err := p.Programme.Register(t.Context(), a, func(string) string { return "/x" }); err != nil {
				t.Fatal(err)
			}
		}
		p.exec(`DELETE FROM mails`, nil)
		her := p.browser(p.coordinator)
		doc, _ := her.get("/desk/")
		block := doc.Find(`.grid .bk[data-id]`)
		version, _ := block.Attr("data-version")
		page, _ := block.Find("a.grip").Attr("href")
		if block.Length() != 1 || version == "" || page == "" {
			t.Fatalf("%d blocks to move, version %q, %q", block.Length(), version, page)
		}
		q := url.Values{"space": {small}, "date": {"2026-11-26"}, "from": {"13:15"}, "version": {version}}
		doc, _ = her.get(page + "?" + q.Encode())
		if text := doc.Find("#answer").Text(); !strings.Contains(text, "1 prijava dobiva obavijest e-poštom") || !strings.Contains(text, "1 prijava ide na popis za pozive") || !strings.Contains(text, "mjesta 12, a u prostor stane 8") {
			t.Errorf("before it is sure: %q", text)
		}
		for range 2 {
			her.post(page, q)
		}
		l, _, err := p.Programme.SessionAt(t.Context(), p.centre, chess, false)
		if err != nil || l.LocalStart != "13:15" || l.LocalEnd != "14:15" || *l.SpaceID != small || p.where(*l.BookingID).SpaceID != small {
			t.Errorf("%+v %v", l.Session, err)
		}
		var mails, notices int
		if err := d.Get(t.Context(), &mails, `SELECT COUNT(*) FROM mails`, nil); err != nil || mails != 1 {
			t.Errorf("%d mails %v", mails, err)
		}
		if err := d.Get(t.Context(), &notices, `SELECT COUNT(*) FROM notices WHERE kind = 'moved'`, nil); err != nil || notices != 1 {
			t.Errorf("%d to be called %v", notices, err)
		}
		if _, status := her.post(page, url.Values{"space": {small}, "date": {"2026-11-26"}, "from": {"07:00"}, "version": {strconv.Itoa(p.where(*l.BookingID).Version)}}); status != http.StatusUnprocessableEntity {
			t.Errorf("into the past, of which everybody would be told: %d", status)
		}
	})
}

func TestMove_onlyByThoseWhoMayAndNothingThatIsOnlyTaken(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := newPlace(t, d)
		at := auth.Scope{Kind: network.ScopeCentre, ID: p.centre}
		support := p.account("podrska", network.SupportWorker, at)
		open, secret := p.book("Proba", nil, 12, false), p.book("Krug povjerenja", nil, 14, true)
		p.plan("Šah", false, 16, 12)
		p.plan("Tihi krug", true, 18, 12)
		p.book("Prije", nil, 7, false) // has begun
		for name, one := range map[string]struct {
			account string
			movable int
		}{"coordinator": {p.coordinator, 2}, "host": {p.host, 0}, "support": {support, 0}} {
			b := p.browser(one.account)
			doc, _ := b.get("/desk/")
			if n := doc.Find(".bk[data-id], .bk .grip").Length(); n != 2*one.movable || doc.Find(".bk.busy[data-id], .bk.busy a").Length() != 0 || doc.Find(".bk").Length() != 5 {
				t.Errorf("%s: %d can be moved of %d", name, n/2, doc.Find(".bk").Length())
			}
			if _, status := b.get("/desk/bookings/" + open.ID + "/move"); (status == http.StatusOK) != (one.movable > 0) {
				t.Errorf("%s: %d", name, status)
			}
			if _, status := b.post("/desk/bookings/"+open.ID+"/move", url.Values{"space": {p.room}, "date": {"2026-11-26"}, "from": {"12:00"}}); (status == http.StatusForbidden) != (one.movable == 0) {
				t.Errorf("%s sends: %d", name, status)
			}
		}
		her := p.browser(p.coordinator)
		doc, status := her.get("/desk/bookings/" + secret.ID + "/move") // its team, by its own page
		if text := doc.Find("main").Text(); status != http.StatusOK || !strings.Contains(text, "14.00") || strings.Contains(text, "Krug") {
			t.Errorf("the team of a confidential booking: %d %q", status, text)
		}
		doc, _ = her.post("/desk/bookings/"+secret.ID+"/move", url.Values{"space": {p.room}, "date": {"2026-11-26"}, "from": {"20:00"}, "version": {"1"}, "agreed": {"1"}})
		if text := doc.Find("main").Text(); p.where(secret.ID).Version != 2 || strings.Contains(text, "Krug") || !strings.Contains(text, "Premješteno: Rezervacija") {
			t.Errorf("moved, and the day says %q", text)
		}
		if err := p.Booking.Cancel(t.Context(), p.centre, open.ID, "test"); err != nil {
			t.Fatal(err)
		}
		if _, status := her.get("/desk/bookings/" + open.ID + "/move"); status != http.StatusNotFound {
			t.Errorf("a cancelled one: %d", status)
		}
		if _, status := her.get("/desk/bookings/" + db.NewID() + "/move"); status != http.StatusNotFound {
			t.Errorf("one that is not: %d", status)
		}
	})
}

// The page judges by what the booking has of its own, not by the room's: its set-up, its clear-up and its equipment.
func TestMove_foreseesOwnSetUpAndMissingEquipment(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := newPlace(t, d)
		small := p.space("mala-soba", 8)
		var chairs string
		p.tx(func(tx *db.Tx) (err error) {
			chairs, err = p.Booking.AddEquipment(t.Context(), tx, booking.Equipment{CentreID: p.centre, Name: i18n.Text{i18n.HR: "Stolice"}, Quantity: 40}, "test")
			return err
		})
		at := func(hour int) time.Time {
			return time.Date(p.now.Year(), p.now.Month(), p.now.Day(), hour, 0, 0, 0, p.now.Location())
		}
		hour := 60
		b, err := p.Booking.Book(t.Context(), booking.New{SpaceID: p.room, CentreID: p.centre, Title: "Koncert", Start: at(11), End: at(12), Setup: &hour, Equipment: []booking.Amount{{EquipmentID: chairs, N: 30}}, By: "test"})
		if err != nil {
			t.Fatal(err)
		}
		p.book("Sastanak", nil, 14, false)
		if _, err := p.Booking.Book(t.Context(), booking.New{SpaceID: small, CentreID: p.centre, Title: "Tečaj", Start: at(17), End: at(18), Equipment: []booking.Amount{{EquipmentID: chairs, N: 15}}, By: "test"}); err != nil {
			t.Fatal(err)
		}
		page, her := "/desk/bookings/"+b.ID+"/move", p.browser(p.coordinator)
		to := func(from string) url.Values {
			return url.Values{"space": {p.room}, "date": {"2026-11-26"}, "from": {from}, "version": {"1"}}
		}
		doc, _ := her.get(page + "?" + to("15:00").Encode()) // set up while the meeting is on
		if text := doc.Find("#answer").Text(); !strings.Contains(text, "Sastanak") || doc.Find("#answer form").Length() != 0 {
			t.Errorf("into another's time with its own set-up: %q", text)
		}
		for _, a := range doc.Find("#answer a[data-try]").EachIter() {
			href, _ := a.Attr("href")
			if doc, _ := her.get(href); doc.Find("#answer form[method=post]").Length() != 1 {
				t.Errorf("%s is no alternative: %q", href, doc.Find("#answer").Text())
			}
		}
		doc, _ = her.get(page + "?" + to("17:00").Encode())
		if text := doc.Find("#answer").Text(); !strings.Contains(text, "Stolice, 17.00–18.00: slobodno 25, a treba 30") || doc.Find("#answer form").Length() != 0 {
			t.Errorf("with too few chairs: %q", text)
		}
		doc, status := her.post(page, to("17:00"))
		if text := doc.Find("#answer").Text(); status != http.StatusConflict || !strings.Contains(text, "slobodno 25") {
			t.Errorf("sent all the same: %d %q", status, text)
		}
	})
}

// Wherever making a booking asks, moving it asks the same: of hours at which the centre is not open, and of limits.
func TestMove_asksOfHoursAndOfLimitsAsMakingItDoes(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := newPlace(t, d)
		small := p.space("mala-soba", 8)
		org := p.organisation("Zbor")
		p.exec(`INSERT INTO fair_use (centre_id, week_minutes) VALUES (:c, 60)`, db.Args{"c": p.centre})
		b := p.book("Proba", &org, 12, false)
		page, her := "/desk/bookings/"+b.ID+"/move", p.browser(p.coordinator)
		version := func() string { return strconv.Itoa(p.where(b.ID).Version) }
		q := url.Values{"space": {p.room}, "date": {"2026-11-26"}, "from": {"19:30"}, "to": {"21:30"}, "version": {"1"}}
		doc, _ := her.get(page + "?" + q.Encode())
		if text := doc.Find("#answer").Text(); !strings.Contains(text, "izvan radnog vremena") || !strings.Contains(text, "1 h") || doc.Find(`#answer [name="agreed"]`).Length() != 1 || doc.Find(`#answer [name="exceed"]`).Length() != 1 {
			t.Errorf("before it is sure: %q", text)
		}
		doc, status := her.post(page, q)
		if status != http.StatusUnprocessableEntity || p.where(b.ID).Version != 1 || doc.Find(`#answer [name="agreed"]`).Length() != 1 {
			t.Errorf("outside the hours without a word: %d", status)
		}
		q.Set("agreed", "1")
		doc, status = her.post(page, q)
		if text := doc.Find(".summary").Text(); status != http.StatusUnprocessableEntity || p.where(b.ID).Version != 1 || doc.Find(`#answer [name="exceed"]`).Length() != 1 || !strings.Contains(text, "23. 11. 2026.") {
			t.Errorf("over the limit without a reason: %d %q", status, text)
		}
		if _, checked := doc.Find(`#answer [name="agreed"]`).Attr("checked"); !checked {
			t.Error("what was ticked is lost")
		}
		q.Set("exceed", "Premijera je u subotu.")
		if _, status = her.post(page, q); status != http.StatusOK || p.where(b.ID).Version != 2 {
			t.Errorf("with both: %d", status)
		}
		var reason string
		if err := d.Get(t.Context(), &reason, `SELECT reason FROM booking_exceptions WHERE booking_id = :b`, db.Args{"b": b.ID}); err != nil || reason != "Premijera je u subotu." {
			t.Errorf("recorded %q %v", reason, err)
		}
		// to another room at its time: nothing is asked anew
		if _, status = her.post(page, url.Values{"space": {small}, "date": {"2026-11-26"}, "from": {"19:30"}, "to": {"21:30"}, "version": {version()}}); status != http.StatusOK || p.where(b.ID).SpaceID != small {
			t.Errorf("to another room: %d", status)
		}
		// within the week its own time is not counted twice
		if _, status = her.post(page, url.Values{"space": {small}, "date": {"2026-11-27"}, "from": {"10:00"}, "to": {"11:00"}, "version": {version()}}); status != http.StatusOK {
			t.Errorf("an hour of one: %d", status)
		}
	})
}

func TestMove_aSessionAsksOfHoursAndSaysWhyToThoseWhoAreTold(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := newPlace(t, d)
		chess := p.plan("Šah", false, 12, 12)
		a := programme.Ask{Name: "Vesna", Email: "vesna@primjer.test", Channel: programme.Web, SessionID: chess, Party: 1, Lang: i18n.HR, By: "test"}
		if _, err := p.Programme.Register(t.Context(), a, func(string) string { return "/x" }); err != nil {
			t.Fatal(err)
		}
		p.exec(`DELETE FROM mails`, nil)
		l, _, err := p.Programme.SessionAt(t.Context(), p.centre, chess, false)
		if err != nil {
			t.Fatal(err)
		}
		page, her := "/desk/bookings/"+*l.BookingID+"/move", p.browser(p.coordinator)
		q := url.Values{"space": {p.room}, "date": {"2026-11-26"}, "from": {"20:30"}, "version": {strconv.Itoa(p.where(*l.BookingID).Version)}, "why-hr": {"Popravljamo pod."}}
		doc, status := her.post(page, q)
		if again, _ := doc.Find(`#answer [name="why-hr"]`).Attr("value"); status != http.StatusUnprocessableEntity || again != "Popravljamo pod." {
			t.Errorf("outside the hours without a word: %d, the reason %q", status, again)
		}
		q.Set("agreed", "1")
		if _, status := her.post(page, q); status != http.StatusOK {
			t.Errorf("agreed: %d", status)
		}
		var mails []string
		if err := d.Select(t.Context(), &mails, `SELECT body FROM mails`, nil); err != nil || len(mails) != 1 || !strings.Contains(mails[0], "Popravljamo pod.") {
			t.Errorf("%q %v", mails, err)
		}
	})
}

func TestMove_whatHasBegunStaysWhereItIs(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := newPlace(t, d)
		small := p.space("mala-soba", 8)
		b := p.book("Proba", nil, p.now.Hour(), false)
		if b.StartsAt > p.now.Unix() {
			t.Fatal("it has not begun")
		}
		doc, status := p.browser(p.coordinator).post("/desk/bookings/"+b.ID+"/move", url.Values{"space": {small}, "date": {"2026-11-27"}, "from": {"12:00"}, "version": {"1"}})
		if now := p.where(b.ID); status != http.StatusConflict || now.Version != 1 || !strings.Contains(doc.Find("#faults").Text(), "već je počela") {
			t.Errorf("%d, version %d: %q", status, now.Version, doc.Find("#faults").Text())
		}
		session := p.plan("Šah", false, p.now.Hour()-2, 12)
		l, _, err := p.Programme.SessionAt(t.Context(), p.centre, session, true)
		if err != nil || l.StartsAt > p.now.Unix() {
			t.Fatal(err, l.Start())
		}
		if _, status := p.browser(p.coordinator).post("/desk/bookings/"+*l.BookingID+"/move", url.Values{"space": {small}, "date": {"2026-11-27"}, "from": {"15:00"}, "version": {"1"}}); status != http.StatusConflict || p.where(*l.BookingID).Version != 1 {
			t.Errorf("a session: %d", status)
		}
	})
}
