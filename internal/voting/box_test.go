package voting_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"kvart/internal/network"
	"kvart/internal/platform/clock"
	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	. "kvart/internal/voting"
)

func TestCast_oneBallotOfACode(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		r, codes := w.opened(2, nil)
		receipt, err := w.vote(r, strings.ToLower(codes[0]), 0, 1)
		w.must(err)
		if len(receipt) != 12 {
			t.Errorf("receipt %q", receipt)
		}
		_, err = w.vote(r, codes[0], 2)
		wantFault(t, err, fault.KindConflict, "voting.fault.used")
		_, err = w.vote(r, strings.ReplaceAll(codes[0], "0", "O"), 0, 1)
		wantFault(t, err, fault.KindConflict, "voting.fault.used")
		_, err = w.vote(r, strings.ReplaceAll(codes[1], "0", "o"), 1)
		w.must(err)
		for typed, key := range map[string]string{"": "voting.fault.code_missing", "123": "voting.fault.code", "000000 000000 000000": "voting.fault.code_group"} {
			_, err = w.vote(r, typed, 1)
			wantFault(t, err, fault.KindInvalid, key)
		}
		after := w.close(r)
		if after.Ballots != 2 || w.number(`SELECT n FROM vote_ballots WHERE round_id = :r AND choices = :c`, db.Args{"r": r.ID, "c": r.Options[0].ID + " " + r.Options[1].ID}) != 1 {
			t.Errorf("%d ballots, or the first does not count", after.Ballots)
		}
		if ok, err := w.Receipt(t.Context(), r.ID, PrintedReceipt(receipt)); err != nil || !ok {
			t.Error("the receipt proves nothing", err)
		}
		if ok, _ := w.Receipt(t.Context(), r.ID, "0000 0000 0001"); ok {
			t.Error("any number is a receipt")
		}
	})
}

func TestCast_twoBallotsOfOneCodeAtOnce(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		r, codes := w.opened(5, nil)
		var wg sync.WaitGroup
		var mu sync.Mutex
		done, used := 0, 0
		for i := range 20 {
			wg.Go(func() {
				_, err := w.vote(r, codes[i%5], i%3)
				mu.Lock()
				defer mu.Unlock()
				switch {
				case err == nil:
					done++
				case fault.Of(err).Key == "voting.fault.used":
					used++
				default:
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if done != 5 || used != 15 || w.number(`SELECT COUNT(*) FROM vote_box`, nil) != 5 || w.number(`SELECT COUNT(*) FROM vote_used`, nil) != 5 {
			t.Errorf("%d ballots taken, %d refused", done, used)
		}
	})
}

func TestCast_theServersClockDecides(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		r := w.draft(nil)
		w.must(w.Announce(t.Context(), w.centre, r.ID, "test"))
		r = w.get(r.ID)
		codes := w.codes(r.ID, 2)
		_, err := w.vote(r, codes[0], 0)
		wantFault(t, err, fault.KindConflict, "voting.fault.not_yet")
		w.after(time.Hour) // to the second; no job has run
		_, err = w.vote(r, codes[0], 0)
		w.must(err)
		w.after(7*24*time.Hour - time.Hour)
		_, err = w.vote(r, codes[1], 0)
		wantFault(t, err, fault.KindConflict, "voting.fault.closed")
		w.must(w.Turn(t.Context()))
		if r = w.get(r.ID); r.State != Closed || r.Ballots != 1 || !bool(r.Swept) {
			t.Errorf("%+v", r)
		}
	})
}

// The database itself takes no ballot into a round that is not open, and lets nobody change what was announced.
func TestGuards_theDatabaseRefuses(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		r, codes := w.opened(1, nil)
		_, err := w.vote(r, codes[0], 0)
		w.must(err)
		closed, codes := w.opened(1, nil)
		_, err = w.vote(closed, codes[0], 0)
		w.must(err)
		w.exec(`UPDATE vote_rounds SET state = 'open' WHERE id = :r`, db.Args{"r": closed.ID})
		w.must(w.DB.Tx(t.Context(), func(tx *db.Tx) error {
			_, err := tx.Exec(t.Context(), `UPDATE vote_rounds SET state = 'closed', box_secret = '', salt = '' WHERE id = :r`, db.Args{"r": closed.ID})
			return err
		}))
		for query, word := range map[string]string{
			`UPDATE vote_rounds SET closes_at = closes_at + 1 WHERE id = :r`:                                           "as-announced",
			`UPDATE vote_rounds SET budget = 1 WHERE id = :r`:                                                          "as-announced",
			`UPDATE vote_rounds SET rule = 'greedy' WHERE id = :r`:                                                     "as-announced",
			`UPDATE vote_rounds SET seed = '1-0', commitment = 'x' WHERE id = :r`:                                      "as-announced",
			`UPDATE vote_rounds SET state = 'draft' WHERE id = :r`:                                                     "transition",
			`UPDATE vote_rounds SET state = 'published' WHERE id = :r`:                                                 "transition",
			`UPDATE vote_options SET cost = 1 WHERE round_id = :r`:                                                     "as-announced",
			`DELETE FROM vote_options WHERE round_id = :r`:                                                             "as-announced",
			`INSERT INTO vote_options (id, round_id, position, title, about, cost) VALUES ('x', :r, 9, '{}', '{}', 1)`: "as-announced",
			`DELETE FROM vote_rounds WHERE id = :r`:                                                                    "as-announced",
			`UPDATE vote_box SET sealed = 'x' WHERE round_id = :r`:                                                     "append-only",
			`UPDATE vote_used SET hash = 'x' WHERE round_id = :r`:                                                      "append-only",
		} {
			if _, err := w.DB.Exec(t.Context(), query, db.Args{"r": r.ID}); db.Refused(err) != word {
				t.Errorf("%s: %v, want %s", query, err, word)
			}
		}
		for query, word := range map[string]string{
			`INSERT INTO vote_box (id, round_id, sealed) VALUES ('x', :r, 'x')`:             "closed",
			`INSERT INTO vote_used (hash, round_id) VALUES ('x', :r)`:                       "closed",
			`INSERT INTO vote_ballots (round_id, choices, n) VALUES (:r, '', 1)`:            "closed",
			`DELETE FROM vote_used WHERE round_id = :r`:                                     "append-only",
			`UPDATE vote_rounds SET state = 'published' WHERE id = :r AND state = 'closed'`: "*", // not swept
		} {
			if _, err := w.DB.Exec(t.Context(), query, db.Args{"r": closed.ID}); db.Refused(err) == "" || word != "*" && db.Refused(err) != word {
				t.Errorf("%s: %v, want %s", query, err, word)
			}
		}
	})
}

// After closing, nothing in the two tables, in what the engine adds to their rows or in any other table joins a used code
// to a ballot: ballots are patterns with their number, both are in no order of voting, and every row is of one transaction.
func TestClose_nothingJoinsACodeToABallot(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		ctx := t.Context()
		r, codes := w.opened(60, nil)
		var receipts []string
		for i, c := range codes {
			w.after(time.Minute)
			n, err := w.vote(r, c, i%3)
			w.must(err)
			receipts = append(receipts, n)
		}
		var sealed []string
		w.must(w.DB.Select(ctx, &sealed, `SELECT sealed FROM vote_box`, nil))
		if len(sealed) != 60 || slices.ContainsFunc(sealed, func(s string) bool { return len(s) != len(sealed[0]) }) {
			t.Error("a sealed ballot's length tells what is in it")
		}
		var before []string
		w.must(w.DB.Select(ctx, &before, `SELECT hash FROM vote_used`+byAge(w.DB), nil))
		w.close(r)
		var used []string
		w.must(w.DB.Select(ctx, &used, `SELECT hash FROM vote_used`+byAge(w.DB), nil))
		if len(used) != 60 || w.DB.Engine == db.Postgres && slices.Equal(used, before) {
			t.Error("used codes lie in the order in which they came")
		}
		slices.Sort(used)
		slices.Sort(before)
		if !slices.Equal(used, before) {
			t.Error("the used codes are other ones")
		}
		var rows []struct {
			Choices string `db:"choices"`
			N       int    `db:"n"`
		}
		w.must(w.DB.Select(ctx, &rows, `SELECT choices, n FROM vote_ballots`, nil))
		if len(rows) != 3 || rows[0].N != 20 {
			t.Errorf("ballots: %+v", rows)
		}
		for _, empty := range []string{"vote_box", "vote_codes", "vote_mailed"} {
			if n := w.number(`SELECT COUNT(*) FROM `+empty, nil); n != 0 {
				t.Errorf("%s: %d rows left", empty, n)
			}
		}
		after := w.get(r.ID)
		if after.Salt != "" || after.BoxSecret != "" {
			t.Error("the keys of the box are still there")
		}
		if keys, err := w.Erasure.OfRequests(ctx, r.ID); err != nil || len(keys) != 0 {
			t.Error("the erasure key is still there", err)
		}
		list, err := w.Receipts(ctx, r.ID)
		w.must(err)
		slices.Sort(receipts)
		if !slices.Equal(list, receipts) {
			t.Error("receipts are not the sorted list of those given out")
		}
		if w.DB.Engine == db.Postgres {
			var n int
			w.must(w.DB.Get(ctx, &n, `SELECT COUNT(DISTINCT t) FROM (SELECT xmin::text AS t FROM vote_used UNION ALL SELECT xmin::text FROM vote_ballots UNION ALL SELECT xmin::text FROM vote_receipts) x`, nil))
			if n != 1 {
				t.Errorf("the rows are of %d transactions", n)
			}
			w.must(w.DB.Get(ctx, &n, `SELECT COUNT(*) FROM vote_used WHERE xmax::text <> '0'`, nil))
			if n != 0 {
				t.Errorf("%d used codes carry a mark of another transaction", n)
			}
		} else {
			file, err := os.ReadFile(w.DB.File)
			w.must(err)
			wal, err := os.ReadFile(w.DB.File + "-wal")
			if err != nil && !errors.Is(err, os.ErrNotExist) {
				t.Fatal(err)
			}
			for _, s := range sealed {
				if bytes.Contains(file, []byte(s[:200])) || bytes.Contains(wal, []byte(s[:200])) {
					t.Fatal("a sealed ballot is still in the file or its log")
				}
			}
		}
		// No audit entry, job, mail or form of the votes either: only of the round.
		for _, table := range []string{"submissions", "mails"} {
			if n := w.number(`SELECT COUNT(*) FROM `+table, nil); n != 0 {
				t.Errorf("%s: %d rows", table, n)
			}
		}
		if n := w.number(`SELECT COUNT(*) FROM audit_rows WHERE action LIKE 'voting.%'`, nil); n > 10 {
			t.Errorf("%d audit entries for 60 ballots", n)
		}
	})
}

func byAge(d *db.DB) string {
	if d.Engine == db.Postgres {
		return ` ORDER BY ctid`
	}
	return ``
}

// A process that dies while it closes leaves the round open and whole; the next one closes it.
func TestClose_killedHalfWay(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		r, codes := w.opened(8, nil)
		for i, c := range codes {
			_, err := w.vote(r, c, i%2)
			w.must(err)
		}
		w.after(8 * 24 * time.Hour)
		stop := "CREATE TRIGGER dies BEFORE INSERT ON vote_receipts BEGIN SELECT RAISE(ABORT, 'dies'); END"
		gone := "DROP TRIGGER dies"
		if w.DB.Engine == db.Postgres {
			stop = "CREATE FUNCTION dies() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'dies'; END $$; CREATE TRIGGER dies BEFORE INSERT ON vote_receipts FOR EACH ROW EXECUTE FUNCTION dies()"
			gone = "DROP TRIGGER dies ON vote_receipts"
		}
		_, err := w.DB.Writer().Exec(stop)
		w.must(err)
		if err := w.Turn(t.Context()); err == nil {
			t.Error("closed all the same")
		}
		if x := w.get(r.ID); x.State != Open || x.BoxSecret == "" || w.number(`SELECT COUNT(*) FROM vote_box`, nil) != 8 || w.number(`SELECT COUNT(*) FROM vote_ballots`, nil) != 0 {
			t.Errorf("half closed: %+v", x)
		}
		_, err = w.DB.Writer().Exec(gone)
		w.must(err)
		w.must(w.Turn(t.Context()))
		if x := w.get(r.ID); x.State != Closed || x.Ballots != 8 || !bool(x.Swept) {
			t.Errorf("%+v", x)
		}
		w.must(w.Turn(t.Context())) // and once more changes nothing
	})
}

// Those who vote while the round closes are either in it or told so.
func TestClose_whileBallotsCome(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		r, codes := w.opened(30, nil)
		var wg sync.WaitGroup
		var mu sync.Mutex
		in := 0
		for i, c := range codes {
			if i == 15 {
				wg.Go(func() {
					w.after(8 * 24 * time.Hour)
					if err := w.Turn(context.Background()); err != nil {
						t.Error(err)
					}
				})
			}
			wg.Go(func() {
				_, err := w.vote(r, c, 0)
				if err != nil && fault.Of(err).Key != "voting.fault.closed" {
					t.Error(err)
				}
				mu.Lock()
				defer mu.Unlock()
				if err == nil {
					in++
				}
			})
		}
		wg.Wait()
		w.must(w.Turn(t.Context()))
		if x := w.get(r.ID); x.State != Closed || x.Ballots != in || w.number(`SELECT COUNT(*) FROM vote_used`, nil) != in {
			t.Errorf("%d ballots counted, %d taken", x.Ballots, in)
		}
	})
}

// A ballot that is being written while the round closes is waited for: none is left behind in an empty box.
func TestClose_waitsForABallotThatIsBeingWritten(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		if w.DB.Engine == db.SQLite {
			t.Skip("one transaction writes at a time")
		}
		ctx := t.Context()
		r, _ := w.opened(0, nil)
		tx, err := w.DB.Writer().BeginTx(ctx, nil)
		w.must(err)
		defer func() { _ = tx.Rollback() }()
		for _, q := range []string{`SELECT 1 FROM vote_doors WHERE round_id = '` + r.ID + `' FOR SHARE`, `INSERT INTO vote_box (id, round_id, sealed) VALUES ('x', '` + r.ID + `', 'x')`} {
			_, err = tx.ExecContext(ctx, q)
			w.must(err)
		}
		w.after(8 * 24 * time.Hour)
		closed := make(chan error, 1)
		go func() { closed <- w.Close(context.Background(), r.ID) }()
		select {
		case err := <-closed:
			t.Fatalf("closed over a ballot that is being written: %v", err)
		case <-time.After(300 * time.Millisecond):
		}
		w.must(tx.Commit())
		w.must(<-closed)
		if r = w.get(r.ID); r.Unreadable != 1 || w.number(`SELECT COUNT(*) FROM vote_box`, nil) != 0 {
			t.Errorf("the ballot is left behind: %+v", r)
		}
	})
}

func TestLink_isTheSameForAnAddressAndUsedOnce(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		ctx := t.Context()
		r, _ := w.opened(0, nil)
		token, err := w.Link(ctx, r.ID, "Netko@Primjer.hr")
		w.must(err)
		again, err := w.Link(ctx, r.ID, " netko@primjer.HR")
		w.must(err)
		if token == "" || token != again {
			t.Error("another spelling is another voter")
		}
		for range MostMails {
			again, err = w.Link(ctx, r.ID, "netko@primjer.hr")
			w.must(err)
		}
		if again != "" {
			t.Error("an address can be flooded")
		}
		b := Ballot{RoundID: r.ID, Token: token, Choices: []string{r.Options[0].ID}, Channel: Web}
		if _, _, err := w.Cast(ctx, b); err != nil {
			t.Fatal(err)
		}
		_, _, err = w.Cast(ctx, b)
		wantFault(t, err, fault.KindConflict, "voting.fault.used")
		b.Token = token[:len(token)-2] + "AA"
		_, _, err = w.Cast(ctx, b)
		wantFault(t, err, fault.KindConflict, "voting.fault.link")
		dump := fmt.Sprint(w.dump("vote_mailed"), w.dump("vote_used"), w.dump("mails"))
		if strings.Contains(dump, "primjer") || strings.Contains(dump, token) {
			t.Error("the address or the link is kept")
		}
	})
}

func (w *town) dump(table string) (all []string) {
	w.t.Helper()
	rows, err := w.DB.Writer().Query(`SELECT * FROM ` + table)
	w.must(err)
	defer rows.Close()
	names, _ := rows.Columns()
	for rows.Next() {
		cells := make([]any, len(names))
		for i := range cells {
			cells[i] = new(any)
		}
		w.must(rows.Scan(cells...))
		for _, c := range cells {
			all = append(all, fmt.Sprint(*c.(*any)))
		}
	}
	return all
}

// In Auckland a round that opens at midnight of the first opens on the last day of November in UTC.
func TestRound_itsDaysAreThoseOfItsCentre(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		w.exec(`UPDATE centres SET zone = 'Pacific/Auckland' WHERE id = :c`, db.Args{"c": w.centre})
		w.exec(`UPDATE centres SET features = '["votes"]' WHERE id = :c`, db.Args{"c": w.centre})
		midnight := time.Date(2026, 12, 1, 0, 0, 0, 0, clock.Zone("Pacific/Auckland"))
		r := w.draft(func(r *Round) {
			r.OpensAt, r.ClosesAt = midnight.Unix(), midnight.AddDate(0, 0, 10).Unix()
		})
		page := w.browser(network.Coordinator, w.centre).page("/desk/votes/"+r.ID+"/edit", nil)
		if day, at := page.Find("#f-opens_day").AttrOr("value", ""), page.Find("#f-opens_clock").AttrOr("value", ""); day != "2026-12-01" || at != "00:00" {
			t.Errorf("it opens on %s at %s", day, at)
		}
		patterns := []Pattern{{[]string{r.Options[0].ID}, 60}}
		r.Seed = "1-x"
		out, err := r.Count(patterns)
		w.must(err)
		file, err := r.File(patterns, out)
		w.must(err)
		if !strings.Contains(file, "date_begin;01.12.2026") || !strings.Contains(file, "date_end;11.12.2026") {
			t.Error(file[:400])
		}
	})
}

// The same ballots decide the same, by whatever way they came.
func TestCount_paperAndDeskAndWebComeToTheSame(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		typist := db.NewID()
		decided := func(channel func(i int) string) (said string) {
			t.Helper()
			r, codes := w.opened(30, func(r *Round) { r.LeastPublished = FloorPublished })
			for i, code := range codes {
				b := Ballot{RoundID: r.ID, Code: code, Channel: channel(i), Choices: []string{r.Options[i%2].ID}}
				if i%5 == 0 {
					b.Choices = []string{r.Options[0].ID, r.Options[2].ID}
				}
				if b.Channel != Web {
					b.By = typist
				}
				_, _, err := w.Cast(t.Context(), b)
				w.must(err)
			}
			r = w.close(r)
			for _, name := range []string{"Osoba 1", "Osoba 2"} {
				w.must(w.AddWitness(t.Context(), w.centre, r.ID, name, "test"))
			}
			w.must(w.Publish(t.Context(), w.centre, r.ID, "test"))
			var doc string
			w.must(w.DB.Get(t.Context(), &doc, `SELECT document FROM vote_results WHERE round_id = :r`, db.Args{"r": r.ID}))
			var out Outcome
			w.must(json.Unmarshal([]byte(doc), &out))
			for _, o := range r.Options {
				x := out.Option(o.ID)
				said += fmt.Sprint(o.Position, ": ", x.Votes, " ", x.Won, " ", x.Why, "; ")
			}
			return fmt.Sprint(out.Ballots, " ", out.Spent, " ", said)
		}
		web := decided(func(int) string { return Web })
		for _, channel := range []func(int) string{func(int) string { return Paper }, func(i int) string { return []string{Web, Desk, Paper}[i%3] }} {
			if got := decided(channel); got != web || !strings.HasPrefix(got, "30 ") {
				t.Errorf("%s\non the web: %s", got, web)
			}
		}
	})
}
