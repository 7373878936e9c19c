package support_test

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
	"time"

	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	. "kvart/internal/support"
)

// TestDatabase_aBitFlippedAnywhereFailsClosed flips bits of everything that is sealed, granted, vouched for or held to a code
// in a conversation of two epochs: nothing is read then, not in part either, and it is no internal fault.
func TestDatabase_aBitFlippedAnywhereFailsClosed(t *testing.T) {
	each(t, func(w *house) {
		ctx := t.Context()
		id, person, code := w.ask("Tu sam.")
		w.must(w.Write(ctx, person, id, Change{Header: func(h *Header) { h.Name = "Ime" }, Entries: []Entry{{Kind: Message, Text: "uz datoteku", File: &File{Name: "a.txt", Size: 6}}}, Files: map[int][]byte{0: []byte("sadrži")}}))
		w.must(w.DB.Tx(ctx, func(tx *db.Tx) error { return w.Leave(ctx, tx, w.team[2].ID, false) }))
		w.say(w.team[0], id, "Bez nje.")
		w.now = w.now.Add(time.Hour)
		w.must(w.Forget(ctx)) // the header of before
		for _, trigger := range []string{"support_items_kept", "support_epochs_kept"} {
			table := strings.TrimSuffix(trigger, "_kept")
			w.exec(`DROP TRIGGER `+trigger+map[db.Engine]string{db.Postgres: " ON " + table}[w.DB.Engine], nil)
		}

		// read is all that the person and a worker read, or the fault of the one that fails.
		read := func() (all string, err error) {
			found, key, err := w.ByCode(ctx, code)
			if err != nil {
				return "", err
			}
			for _, by := range []Reading{key, w.team[0]} {
				th, err := w.Thread(ctx, by, found)
				if err != nil {
					return "", err
				}
				all += th.Header.Name
				for _, e := range th.Entries {
					all += fmt.Sprintf("|%s %s %v", e.By, e.Text, e.Erased)
					if e.File == nil {
						continue
					}
					f, data, err := w.File(ctx, by, found, e.ID)
					if err != nil {
						return "", err
					}
					all += f.Name + string(data)
				}
			}
			return all, nil
		}
		whole, err := read()
		w.must(err)
		if strings.Count(whole, "sadrži") != 2 || strings.Count(whole, "Bez nje.") != 2 {
			t.Fatal(whole)
		}

		tried, closed := 0, 0
		for _, c := range []struct{ table, of, column, row string }{
			{"support_items", "request_id", "sealed", "id"}, {"support_grants", "request_id", "sealed", "CAST(epoch AS TEXT) || reader_id"},
			{"support_epochs", "request_id", "tag", "CAST(epoch AS TEXT)"}, {"support_epochs", "request_id", "members", "CAST(epoch AS TEXT)"},
			{"support_requests", "id", "verifier", "id"}, {"support_requests", "id", "salt", "id"},
		} {
			var rows []struct {
				Row  string `db:"row_id"`
				Text string `db:"text_of"`
			}
			w.must(w.DB.Select(ctx, &rows, `SELECT `+c.row+` AS row_id, `+c.column+` AS text_of FROM `+c.table+` WHERE `+c.of+` = :r`, db.Args{"r": id}))
			for _, r := range rows {
				if c.table == "support_grants" && !strings.HasSuffix(r.Row, PersonID) && !strings.HasSuffix(r.Row, w.team[0].ID) {
					continue // of those who do not read here
				}
				set := func(text string) {
					w.exec(`UPDATE `+c.table+` SET `+c.column+` = :t WHERE `+c.of+` = :r AND `+c.row+` = :row`, db.Args{"t": text, "r": id, "row": r.Row})
				}
				raw, err := base64.StdEncoding.DecodeString(r.Text)
				for _, at := range []float64{0, 0.3, 0.6, 0.999} {
					text := []byte(r.Text)
					if err == nil {
						b := append([]byte(nil), raw...)
						b[int(float64(len(b))*at)] ^= 4
						text = []byte(base64.StdEncoding.EncodeToString(b))
					} else { // JSON
						text[int(float64(len(text))*at)] ^= 4
					}
					set(string(text))
					tried++
					got, err := read()
					switch {
					case err != nil:
						closed++
						if k := fault.Of(err).Kind; k != fault.KindConflict && k != fault.KindNotFound {
							t.Errorf("%s.%s of %s: %v", c.table, c.column, r.Row, err)
						}
					default:
						t.Errorf("%s.%s of %s, at %g: reads %q", c.table, c.column, r.Row, at, got)
					}
				}
				set(r.Text)
			}
		}
		if got, err := read(); err != nil || got != whole {
			t.Errorf("put back: %q, %v", got, err)
		}
		if tried < 60 {
			t.Errorf("%d bits were flipped, of which %d were noticed", tried, closed)
		}
	})
}
