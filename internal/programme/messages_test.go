package programme_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"kvart/internal/network"
	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/i18n"
	"kvart/internal/platform/ical"
	"kvart/internal/platform/sms"
	. "kvart/internal/programme"
)

// texting gives the town a gateway.
func (w *town) texting() { w.Texting, w.Country = true, "385" }

func texted(name string) func(*Ask) {
	return func(a *Ask) { a.Name, a.Phone, a.BySMS = name, "091 234 5678", true }
}

// letter is the one mail that waits about a change, with its calendar file.
func (w *town) letter(about string) (body, calendar string, at int64) {
	w.t.Helper()
	var m struct {
		Body      string `db:"body"`
		Calendar  string `db:"calendar"`
		NotBefore int64  `db:"not_before"`
	}
	if err := w.DB.Get(w.t.Context(), &m, `SELECT body, calendar, not_before FROM mails WHERE about = :a`, db.Args{"a": about}); err != nil {
		w.t.Fatal(err)
	}
	return m.Body, m.Calendar, m.NotBefore
}

func (w *town) texts() (list []string) {
	w.t.Helper()
	if err := w.DB.Select(w.t.Context(), &list, `SELECT body FROM texts ORDER BY body`, nil); err != nil {
		w.t.Fatal(err)
	}
	return list
}

func TestChanges_twoBeforeTheMailLeavesAreOneWithTheLastState(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		w.texting()
		_, session := w.places(5)
		r := w.asked(session, Web, func(a *Ask) { mailed("ana")(a); a.Phone, a.BySMS = "+385 91 234 5678", true })
		w.exec(`DELETE FROM mails`, nil)
		w.exec(`DELETE FROM texts`, nil)
		move := func(day, version int) {
			start := time.Date(2026, 11, day, 19, 0, 0, 0, w.zone)
			if err := w.MoveSession(t.Context(), w.Centre, session, Date{Start: start, End: start.Add(time.Hour)}, version, nil, "test"); err != nil {
				t.Fatal(err)
			}
		}
		move(13, 1)
		w.pass(time.Minute)
		move(14, 2)
		body, file, at := w.letter("change:" + r.ID)
		if !strings.Contains(body, "14. studenoga") || strings.Contains(body, "13. studenoga") || at != w.Now().Add(5*time.Minute).Unix() {
			t.Errorf("%s at %d", body, at)
		}
		if !strings.Contains(file, "METHOD:PUBLISH") || !strings.Contains(file, "UID:"+session+"@kvart.test") || !strings.Contains(file, "SEQUENCE:2") ||
			!strings.Contains(file, "DTSTART;TZID=Europe/Zagreb:20261114T190000") || !strings.Contains(file, "STATUS:CONFIRMED") {
			t.Error(file)
		}
		if got := w.texts(); len(got) != 1 || !strings.Contains(got[0], "14. 11.") || sms.Size(got[0]) > sms.Length {
			t.Errorf("SMS: %q", got)
		}
		if err := w.CancelSession(t.Context(), w.Centre, session, i18n.Text{i18n.HR: "Pukla je cijev."}, "test"); err != nil {
			t.Fatal(err)
		}
		body, file, _ = w.letter("change:" + r.ID)
		if !strings.Contains(body, "otkazan") || !strings.Contains(file, "STATUS:CANCELLED") || !strings.Contains(file, "SEQUENCE:3") {
			t.Errorf("%s\n%s", body, file)
		}
		if _, err := ical.Read(strings.NewReader(file), ical.Options{DefaultZone: w.zone, From: w.Now(), To: w.Now().AddDate(1, 0, 0)}); err != nil {
			t.Errorf("the file cannot be read: %v", err)
		}
		if n := w.number(`SELECT COUNT(*) FROM mails`, nil); n != 1 {
			t.Errorf("%d mails", n)
		}
		if list, err := w.ToTell(t.Context(), w.Centre); err != nil || len(list) != 0 {
			t.Errorf("is to be called too: %+v %v", list, err)
		}
	})
}

func TestChanges_atTheLastMomentAreToldAtOnce(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		_, session := w.places(5)
		r := w.asked(session, Web, mailed("ana"))
		w.pass(10*24*time.Hour + 7*time.Hour)
		if err := w.CancelSession(t.Context(), w.Centre, session, nil, "test"); err != nil {
			t.Fatal(err)
		}
		if _, _, at := w.letter("change:" + r.ID); at != w.Now().Unix() {
			t.Errorf("leaves at %d, now is %d", at, w.Now().Unix())
		}
	})
}

func TestChanges_ofADiscreetSessionAreInNoMailAndNoSMS(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		w.texting()
		session := w.session(w.activity(func(a *Activity) { a.Discreet = true }), 10)
		r := w.asked(session, Web, texted("Ana"))
		if r.BySMS || r.PersonID != nil {
			t.Errorf("%+v", r)
		}
		if _, err := w.DB.Exec(t.Context(), `UPDATE registrations SET by_sms = 1 WHERE id = :id`, db.Args{"id": r.ID}); err == nil {
			t.Error("the database takes a wish for SMS about a discreet session")
		}
		if err := w.Confirm(t.Context(), w.Centre, r.ID, "test"); err != nil {
			t.Fatal(err)
		}
		start := time.Date(2026, 11, 13, 19, 0, 0, 0, w.zone)
		if err := w.MoveSession(t.Context(), w.Centre, session, Date{Start: start, End: start.Add(time.Hour)}, 1, nil, "test"); err != nil {
			t.Fatal(err)
		}
		w.pass(10 * 24 * time.Hour)
		if _, err := w.Remind(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := w.CancelSession(t.Context(), w.Centre, session, nil, "test"); err != nil {
			t.Fatal(err)
		}
		if m, s := w.number(`SELECT COUNT(*) FROM mails`, nil), len(w.texts()); m+s != 0 {
			t.Errorf("%d mails, %d SMS", m, s)
		}
		_, err := w.RemindNow(t.Context(), w.Centre, w.activityOf(session), "", "", "test", func(id string) string { return id })
		if !fault.Is(err, fault.KindNotFound) {
			t.Errorf("reminders by hand: %v", err)
		}
	})
}

func (w *town) activityOf(session string) (id string) {
	w.t.Helper()
	if err := w.DB.Get(w.t.Context(), &id, `SELECT activity_id FROM sessions WHERE id = :s`, db.Args{"s": session}); err != nil {
		w.t.Fatal(err)
	}
	return id
}

func TestSMS_onlyWhereThereIsAGatewayAndTheNumberCanBeReached(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		_, session := w.places(5)
		if r := w.asked(session, Web, texted("Ana")); r.BySMS {
			t.Error("without a gateway the wish is kept")
		}
		w.texting()
		for _, number := range []string{"", "12", "91 234 5678", "nula devet"} {
			_, err := w.ask(session, Web, func(a *Ask) { a.Phone, a.BySMS = number, true })
			if fields := fault.Of(err).Fields; len(fields) == 0 || fields[len(fields)-1].Name != "phone" {
				t.Errorf("%q: %v", number, err)
			}
		}
		w.asked(session, Web, func(a *Ask) { texted("🎉 مرحبا " + strings.Repeat("ž", 60))(a) })
		for _, text := range w.texts() {
			if sms.Fold(text) != text || strings.Contains(text, "zzz") || !strings.Contains(text, "https://kvart.test/hr/registrations/") {
				t.Errorf("%q", text)
			}
		}
		w.PublicURL = "https://" + strings.Repeat("dugi-naziv.", 6) + "example"
		w.asked(session, Web, func(a *Ask) { texted("Iva")(a); a.Phone = "091 234 5679" })
		for _, text := range w.texts() {
			if sms.Size(text) > sms.Length {
				t.Errorf("%d: %q", sms.Size(text), text)
			}
		}
	})
}

func TestSMS_thatNoGatewayTakesPutsThePersonOnTheCallList(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		w.texting()
		_, session := w.places(5)
		w.asked(session, Phone, texted("Ana"))
		w.exec(`DELETE FROM texts`, nil)
		if err := w.CancelSession(t.Context(), w.Centre, session, nil, "test"); err != nil {
			t.Fatal(err)
		}
		if list, err := w.ToTell(t.Context(), w.Centre); err != nil || len(list) != 0 || len(w.texts()) != 1 {
			t.Fatalf("before: %+v %v, SMS %q", list, err, w.texts())
		}
		s := sms.Sender{DB: w.DB, Now: w.Now, GaveUp: w.SMSGaveUp, Gateway: refusing{}}
		for range 6 {
			w.pass(3 * time.Hour)
			if _, err := s.SendWaiting(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if list, err := w.ToTell(t.Context(), w.Centre); err != nil || len(list) != 1 || list[0].Kind != "cancelled" {
			t.Errorf("to be called: %+v %v", list, err)
		}
	})
}

type refusing struct{}

func (refusing) Send(context.Context, string, string) error { return fmt.Errorf("no") }

func TestSMS_ofAnErasedPersonIsNotSent(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		w.texting()
		_, session := w.places(5)
		r := w.asked(session, Web, texted("Ana"))
		if err := w.erase(*r.PersonID); err != nil || len(w.texts()) != 0 {
			t.Errorf("%v: %q", err, w.texts())
		}
	})
}

func TestRemind_asLongBeforeAsTheActivitySaysAndOnce(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		a := w.activity(func(a *Activity) { a.Remind, a.RemindHours = true, 48 })
		off := w.activity(func(a *Activity) { a.Remind, a.RemindHours = false, 48 })
		session, silent := w.session(a, 10), w.session(off, 10)
		w.asked(session, Web, mailed("ana"))
		w.asked(silent, Web, mailed("ana"))
		remind := func(want int) {
			t.Helper()
			if n, err := w.Remind(t.Context()); err != nil || n != want {
				t.Errorf("%d reminders (%v), want %d", n, err, want)
			}
		}
		w.pass(8*24*time.Hour + 7*time.Hour) // to 17 o'clock, 49 hours before
		remind(0)
		w.pass(time.Hour)
		w.asked(session, Web, mailed("bruno")) // has just been written to
		remind(1)
		remind(0)
		version := w.number(`SELECT version FROM sessions WHERE id = :s`, db.Args{"s": session})
		start := time.Date(2026, 11, 20, 18, 0, 0, 0, w.zone)
		if err := w.MoveSession(t.Context(), w.Centre, session, Date{Start: start, End: start.Add(time.Hour)}, version, nil, "test"); err != nil {
			t.Fatal(err)
		}
		if n := w.number(`SELECT COUNT(*) FROM mails WHERE about LIKE 'remind:%'`, nil); n != 0 {
			t.Error("a reminder of the old time still leaves")
		}
		w.pass(8 * 24 * time.Hour)
		remind(2)
	})
}

// remindByHand runs the job as the runner would.
func (w *town) remindByHand(id string) {
	w.t.Helper()
	var payload string
	if err := w.DB.Get(w.t.Context(), &payload, `SELECT payload FROM outbox WHERE id = :id`, db.Args{"id": id}); err != nil {
		w.t.Fatal(err)
	}
	if err := w.RemindAll(w.t.Context(), json.RawMessage(payload)); err != nil {
		w.t.Fatal(err)
	}
}

func TestRemindNow_writesToEachPersonOnceAndCanBeStopped(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		a := w.activity(nil)
		first, second := w.session(a, 10), w.session(a, 17)
		for i := range 25 {
			w.asked(first, Web, mailed(fmt.Sprintf("osoba%02d", i)))
		}
		w.asked(second, Web, mailed("osoba00"))
		w.asked(second, Phone, func(a *Ask) { a.Name = "Susjeda" })
		w.exec(`DELETE FROM mails`, nil)
		at := func(id string) string { return "/" + id }
		id, err := w.RemindNow(t.Context(), w.Centre, a.ID, "", "key", "by", at)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.RemindNow(t.Context(), w.Centre, a.ID, "", "key", "by", at); err == nil {
			t.Error("the same form sends twice")
		}
		w.exec(`UPDATE progress SET state = 'stopping' WHERE id = :id`, db.Args{"id": id})
		w.remindByHand(id)
		mails := func() int { return w.number(`SELECT COUNT(*) FROM mails`, nil) }
		if n, state := mails(), w.number(`SELECT COUNT(*) FROM progress WHERE state = 'stopped' AND done = 0`, nil); n != 0 || state != 1 {
			t.Fatalf("stopped: %d mails, %d", n, state)
		}
		w.pass(time.Minute)
		if id, err = w.RemindNow(t.Context(), w.Centre, a.ID, "", "", "by", at); err != nil {
			t.Fatal(err)
		}
		w.remindByHand(id)
		w.exec(`UPDATE progress SET state = 'running' WHERE id = :id`, db.Args{"id": id}) // as after a death before the end was noted
		w.exec(`DELETE FROM mails WHERE about = (SELECT MIN(about) FROM mails)`, nil)
		w.remindByHand(id)
		if n := mails(); n != 24 {
			t.Errorf("%d mails, want 25 less the one taken away: nobody twice", n)
		}
		if n := w.number(`SELECT COUNT(*) FROM progress WHERE state = 'done' AND done = 26 AND result = '1' AND id = :id`, db.Args{"id": id}); n != 1 {
			t.Error("the progress does not say 26 done, one without a mail")
		}
		if n := w.number(`SELECT COUNT(*) FROM sessions WHERE reminded = 1`, nil); n != 0 {
			t.Error("the reminder of the day before is lost")
		}
		_, err = w.RemindNow(t.Context(), db.NewID(), a.ID, "", "", "by", at)
		if !fault.Is(err, fault.KindNotFound) {
			t.Errorf("another centre's: %v", err)
		}
	})
}

func TestRemindNow_onThePageWithoutJavaScriptAsksFirst(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		_, session := w.places(5)
		b := w.browser(network.Coordinator)
		send := fields(t, b.get("/desk/sessions/"+session, 200), "/desk/sessions/"+session+"/remind")
		send.Set("sure", "1")
		b.post("/desk/sessions/"+session+"/remind", send, 303)
		if text := b.get("/desk/sessions/"+session, 200).Text(); !strings.Contains(text, "Nema nikoga") {
			t.Error("nobody to remind is not said")
		}
		w.asked(session, Web, mailed("ana"))
		send.Del("sure")
		if text := b.post("/desk/sessions/"+session+"/remind", send, 200).Find("main").Text(); !strings.Contains(text, "Poslati podsjetnik") {
			t.Error(text)
		}
		send.Set("sure", "1")
		b.post("/desk/sessions/"+session+"/remind", send, 303)
		var id string
		if err := w.DB.Get(t.Context(), &id, `SELECT id FROM progress`, nil); err != nil {
			t.Fatal(err)
		}
		doc := b.get("/desk/reminders/"+id, 200)
		if doc.Find("progress").Length() != 1 || doc.Find("h1").Length() != 1 {
			t.Error("no progress")
		}
		b.post("/desk/reminders/"+id+"/stop", fields(t, doc, "/desk/reminders/"+id+"/stop"), 303)
		w.browser(network.Coordinator).get("/desk/reminders/"+id, 404) // somebody else's
		w.remindByHand(id)
		if text := b.get("/desk/reminders/"+id, 200).Find("h1").Text(); !strings.Contains(text, "zaustavljeno") {
			t.Error(text)
		}
	})
}
