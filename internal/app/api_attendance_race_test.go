package app

import (
	"bytes"
	"net/http"
	"strings"
	"testing"
	"time"

	"kvart/internal/platform/db"
	"kvart/internal/platform/dbtest"
	"kvart/internal/programme"
)

// Who is recorded by name between the read and the write of a number is not lost, though the number came without a version.
func TestAPI_aNumberWithoutAVersionLosesNobodyRecordedMeanwhile(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := open(t, d)
		put := func(token, path, body string) int {
			req, err := http.NewRequestWithContext(t.Context(), http.MethodPut, h.url+"/api/v1"+path, strings.NewReader(body))
			if err != nil {
				t.Error(err)
				return 0
			}
			req.Header.Set("Content-Type", "application/json")
			req.Header.Set("Authorization", "Bearer "+token)
			resp, err := http.DefaultClient.Do(req)
			if err != nil {
				t.Error(err)
				return 0
			}
			defer resp.Body.Close()
			var b bytes.Buffer
			_, _ = b.ReadFrom(resp.Body)
			return resp.StatusCode
		}
		p := h.probe(t, nil)
		now := time.Now()
		_, session := h.planAt(t, h.here, false, "Radionica", now.In(h.here.Location()).AddDate(0, 0, 3).Truncate(time.Hour))
		var person string
		_, err := h.Programme.Register(t.Context(), programme.Ask{SessionID: session, Name: "Osoba Prva", Phone: "01 555 010", Channel: programme.Phone, Party: 1, Lang: "hr", By: "test"}, func(string) string { return "/x" })
		if err != nil {
			t.Fatal(err)
		}
		if err := d.Get(t.Context(), &person, `SELECT person_id FROM registrations WHERE session_id = :s`, db.Args{"s": session}); err != nil {
			t.Fatal(err)
		}
		if _, err := d.Exec(t.Context(), `UPDATE sessions SET starts_at = :s, ends_at = :e, local_date = :d WHERE id = :id`,
			db.Args{"s": now.Add(-5 * time.Minute).Unix(), "e": now.Add(time.Hour).Unix(), "d": now.In(h.here.Location()).Format(time.DateOnly), "id": session}); err != nil {
			t.Fatal(err)
		}
		path := "/sessions/" + session + "/attendance"
		if status := put(p.centre, path, `{"counted":1}`); status != http.StatusOK { // a token that was used just now is not noted again
			t.Fatalf("the first number: %d", status)
		}
		answer := make(chan int, 1)
		if err := d.Tx(t.Context(), func(tx *db.Tx) error { // somebody records a person
			if _, err := tx.Exec(t.Context(), `UPDATE sessions SET named = 1, version = version + 1 WHERE id = :s`, db.Args{"s": session}); err != nil {
				return err
			}
			go func() { answer <- put(p.centre, path, `{"counted":2}`) }()
			time.Sleep(400 * time.Millisecond) // it has read by now, and waits
			_, err := tx.Exec(t.Context(), `INSERT INTO attendances (session_id, centre_id, person_id) VALUES (:s, :c, :p)`, db.Args{"s": session, "c": h.here.ID, "p": person})
			return err
		}); err != nil {
			t.Fatal(err)
		}
		status, n := <-answer, 0
		if err := d.Get(t.Context(), &n, `SELECT COUNT(*) FROM attendances WHERE session_id = :s`, db.Args{"s": session}); err != nil {
			t.Fatal(err)
		}
		if status != http.StatusConflict || n != 1 {
			t.Errorf("answered %d; %d are recorded by name", status, n)
		}
		if status := put(p.centre, path, `{"counted":2}`); status != http.StatusOK {
			t.Errorf("again: %d", status)
		}
	})
}
