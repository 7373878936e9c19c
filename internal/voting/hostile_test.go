package voting_test

import (
	"context"
	"fmt"
	mathrand "math/rand/v2"
	"net/http"
	"net/url"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"kvart/internal/fairvote"
	"kvart/internal/network"
	"kvart/internal/platform/db"
	"kvart/internal/platform/dbtest"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/i18n"
	. "kvart/internal/voting"
)

// Who tries codes is stopped before the right one, not only told so after the wrong ones.
func TestPages_whoGuessesCodesIsStopped(t *testing.T) {
	w := newTown(t, dbtest.SQLite(t))
	r, codes := w.opened(1, nil)
	b, path := w.browser("", ""), "/hr/votes/"+r.ID+"/ballot"
	form := func(code string) url.Values {
		return url.Values{"choice": {r.Options[0].ID}, "code": {code}, "step": {"send"}}
	}
	for range 61 {
		b.open(path, form("111111 111111 111111"))
	}
	if _, status := b.open(path, form(codes[0])); status != http.StatusTooManyRequests || w.number(`SELECT COUNT(*) FROM vote_box`, nil) != 0 {
		t.Errorf("the sixty-second guess is taken: %d", status)
	}
	w.after(16 * time.Minute)
	if _, status := b.open(path, form(codes[0])); status != http.StatusOK {
		t.Errorf("a quarter of an hour later: %d", status)
	}
}

// A ballot on which too little is ticked is no guess.
func TestPages_anEmptyBallotIsNoGuess(t *testing.T) {
	w := newTown(t, dbtest.SQLite(t))
	r, codes := w.opened(1, nil)
	b, path := w.browser("", ""), "/hr/votes/"+r.ID+"/ballot"
	for range 61 {
		b.open(path, url.Values{"code": {codes[0]}, "step": {"send"}})
	}
	if _, status := b.open(path, url.Values{"choice": {r.Options[0].ID}, "code": {codes[0]}, "step": {"send"}}); status != http.StatusOK {
		t.Errorf("%d", status)
	}
}

// A mail that the server did not take costs the address no try.
func TestLink_aMailThatWasNotSentCostsNothing(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		r, _ := w.opened(0, nil)
		b := w.browser("", "")
		form := url.Values{"email": {"netko@example.org"}}
		w.away = true
		for range MostMails + 2 {
			if _, status := b.open("/hr/votes/"+r.ID+"/link", form); status != http.StatusConflict {
				t.Fatalf("a mail that was not sent: %d", status)
			}
		}
		if n := w.number(`SELECT COUNT(*) FROM vote_mailed`, nil); n != 0 {
			t.Error("an address that got no mail is noted")
		}
		w.away = false
		b.page("/hr/votes/"+r.ID+"/link", form)
		if len(w.mails) != 1 {
			t.Errorf("%d mails: who tried while the server was away is locked out", len(w.mails))
		}
	})
}

// Who asks for a link, or prints codes, while the round closes leaves no hash behind the close.
func TestClose_leavesNoHashThatCameMeanwhile(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		if w.DB.Engine == db.SQLite {
			t.Skip("one transaction writes at a time")
		}
		ctx := t.Context()
		for what, late := range map[string]func(r Round) error{
			"link": func(r Round) error { _, err := w.Link(context.Background(), r.ID, "netko@example.org"); return err },
			"print": func(r Round) error {
				return w.DB.Tx(context.Background(), func(tx *db.Tx) error {
					_, _, err := w.Print(context.Background(), tx, w.centre, r.ID, 3, "test")
					return err
				})
			},
		} {
			r, _ := w.opened(0, nil)
			// the close, as far as deleting
			tx, err := w.DB.Writer().BeginTx(ctx, nil)
			w.must(err)
			for _, q := range []string{`SELECT 1 FROM vote_doors WHERE round_id = '` + r.ID + `' FOR UPDATE`, `DELETE FROM vote_mailed`, `DELETE FROM vote_codes`,
				`UPDATE vote_rounds SET state = 'closed', box_secret = '', salt = '' WHERE id = '` + r.ID + `'`} {
				_, err = tx.ExecContext(ctx, q)
				w.must(err)
			}
			done := make(chan error, 1)
			go func() { done <- late(r) }()
			select {
			case err := <-done:
				t.Errorf("%s does not wait for the close: %v", what, err)
				done <- err
			case <-time.After(300 * time.Millisecond):
			}
			w.must(tx.Commit())
			wantFault(t, <-done, fault.KindConflict, "voting.fault.closed")
			if n := w.number(`SELECT (SELECT COUNT(*) FROM vote_mailed) + (SELECT COUNT(*) FROM vote_codes)`, nil); n != 0 {
				t.Errorf("%s: %d hashes are left after the close", what, n)
			}
		}
	})
}

// Nothing that goes at closing stays in what the engine keeps of a column's values.
func TestClose_leavesNothingInStatistics(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		if w.DB.Engine == db.SQLite {
			t.Skip("SQLite keeps no values")
		}
		ctx := t.Context()
		r, codes := w.opened(12, nil)
		w.opened(3, nil)
		for _, c := range codes {
			_, err := w.vote(r, c, 0)
			w.must(err)
		}
		for _, table := range []string{"vote_rounds", "vote_codes", "vote_mailed", "vote_used", "vote_box"} {
			_, err := w.DB.Writer().ExecContext(ctx, "ANALYZE "+table)
			w.must(err)
		}
		salt := r.Salt
		w.close(r)
		var kept []string
		w.must(w.DB.Select(ctx, &kept, `SELECT tablename || '.' || attname FROM pg_stats WHERE tablename IN ('vote_rounds', 'vote_codes', 'vote_mailed', 'vote_used', 'vote_box')
			AND attname IN ('salt', 'box_secret', 'seed', 'hash', 'sealed', 'id') AND tablename || attname <> 'vote_roundsid'`, nil))
		if len(kept) != 0 {
			t.Errorf("values are sampled of %s", strings.Join(kept, ", "))
		}
		if n := w.number(`SELECT COUNT(*) FROM pg_stats WHERE COALESCE(CAST(histogram_bounds AS TEXT), '') || COALESCE(CAST(most_common_vals AS TEXT), '') LIKE '%' || CAST(:salt AS TEXT) || '%'`, db.Args{"salt": salt}); n != 0 {
			t.Error("the salt of a closed round is still in the database")
		}
	})
}

// Two who change winners at the same moment do not spend more than there is.
func TestChangeWinner_atOnceStaysInTheBudget(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		r := w.publish(w.counted(func(r *Round) { r.Completion = "none" }, []saying{{20, []int{0}}, {1, []int{1}}}))
		w.must(w.DB.Tx(t.Context(), func(tx *db.Tx) error {
			return w.ChangeWinner(t.Context(), tx, w.centre, r.ID, Change{OptionID: r.Options[0].ID, Kind: "incompatible", Reason: "Proba."}, "test")
		}))
		var wg sync.WaitGroup
		for _, i := range []int{1, 2} { // 60000 and 90000 of 100000
			wg.Go(func() {
				err := w.DB.Tx(context.Background(), func(tx *db.Tx) error {
					err := w.ChangeWinner(context.Background(), tx, w.centre, r.ID, Change{OptionID: r.Options[i].ID, Kind: "incompatible", Reason: "Proba.", Wins: true}, "test")
					time.Sleep(100 * time.Millisecond)
					return err
				})
				if err != nil && fault.Of(err).Key != "voting.fault.over_budget" {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if n := w.number(`SELECT COUNT(*) FROM vote_changes WHERE wins = 1`, nil); n != 1 {
			t.Errorf("%d options were put in, and there is room for one", n)
		}
	})
}

// A change of a winner that does not say what becomes of it is asked again: it cannot be taken back.
func TestPages_aChangeOfAWinnerSaysWhatBecomesOfIt(t *testing.T) {
	w := newTown(t, dbtest.SQLite(t))
	r := w.publish(w.counted(nil, []saying{{20, []int{0}}}))
	b := w.browser(network.Coordinator, w.centre)
	form := url.Values{"sure": {"1"}, "option": {r.Options[0].ID}, "kind": {"not_eligible"}, "reason": {"Zemljište nije gradsko."}, "form_key": {"c"}}
	doc, status := b.open("/desk/votes/"+r.ID+"/changes", form)
	if status != http.StatusUnprocessableEntity || doc.Find("#e-wins").Length() != 1 || w.number(`SELECT COUNT(*) FROM vote_changes`, nil) != 0 {
		t.Errorf("left out without a word: %d", status)
	}
	if doc.Find("textarea[name=reason]").Text() != "Zemljište nije gradsko." {
		t.Error("what was typed is lost")
	}
}

// kvart vote --rule from-file on the published file gives the page's winners, however the lot fell.
func TestFile_itsOwnRuleGivesTheSameWinners(t *testing.T) {
	r := Round{Title: i18n.Text{i18n.HR: "Proba"}, Unit: Money, Currency: "EUR", Budget: 30000, AtLeast: 1, Utility: "cost", Completion: "add1-overshoot"}
	var all []string
	for range 4 {
		id := db.NewSecretID()
		all = append(all, id)
		r.Options = append(r.Options, Option{ID: id, RoundID: r.ID, Position: len(all), Title: r.Title, Cost: 20000})
	}
	for _, rule := range []string{"greedy", "equal-shares"} {
		for _, seed := range []string{"1-x", "2-x", "3-x", "4-x", "5-x", "6-x", "7-x"} {
			r.Rule, r.Seed = rule, seed
			patterns := []Pattern{{all, 30}}
			out, err := r.Count(patterns)
			if err != nil {
				t.Fatal(err)
			}
			file, err := r.File(patterns, out)
			if err != nil {
				t.Fatal(err)
			}
			f, err := fairvote.Parse([]byte(file))
			if err != nil {
				t.Fatal(err)
			}
			official, err := f.Official()
			if err != nil {
				t.Fatal(err)
			}
			selected, _ := f.Selected()
			for i, o := range official.Outcomes {
				if o.Won != selected[i] {
					t.Errorf("%s, lot %s: project %d won is %v, the file says %v", rule, seed, i+1, o.Won, selected[i])
				}
			}
		}
	}
}

// The command that the result prints gives the page's winners from the published file, whatever the rule, the unit and the lot.
func TestFile_theCommandOfTheResultGivesTheSameWinners(t *testing.T) {
	chance := mathrand.New(mathrand.NewPCG(6, 8))
	for _, rule := range fairvote.Rules {
		for _, utility := range fairvote.Utilities {
			for _, completion := range fairvote.Completions {
				for _, unit := range Units {
					for range 6 {
						r := Round{Title: i18n.Text{i18n.HR: "Proba"}, Unit: unit, Currency: "EUR", AtLeast: 1, Rule: rule, Utility: utility, Completion: completion, Seed: fmt.Sprintf("%d-x", chance.IntN(1000))}
						r.Budget = int64(10 + chance.IntN(20))
						scale := int64(1)
						if unit == Money {
							scale = []int64{1, 50, 100, 10000}[chance.IntN(4)]
						}
						r.Budget *= scale
						for i := range 3 + chance.IntN(6) {
							r.Options = append(r.Options, Option{ID: db.NewSecretID(), Position: i + 1, Title: r.Title, Cost: min(r.Budget, int64(1+chance.IntN(12))*scale)})
						}
						var patterns []Pattern
						for range 1 + chance.IntN(8) {
							p := Pattern{N: 1 + chance.IntN(9)}
							for _, o := range r.Options {
								if chance.IntN(3) == 0 {
									p.Choices = append(p.Choices, o.ID)
								}
							}
							patterns = append(patterns, p)
						}
						out, err := r.Count(patterns)
						if err != nil {
							t.Fatal(err)
						}
						file, err := r.File(patterns, out)
						if err != nil {
							t.Fatal(err)
						}
						f, err := fairvote.Parse([]byte(file))
						if err != nil {
							t.Fatal(err)
						}
						p := fairvote.Parameters{Rule: rule, Seed: Lot(r.Seed)}
						if rule == fairvote.EqualShares {
							p.Utility, p.Completion = utility, completion
						}
						again, err := fairvote.Count(f.Election(), p)
						if err != nil {
							t.Fatal(err)
						}
						var won []string
						for _, k := range again.Winners {
							won = append(won, f.Election().Projects[k].ID)
						}
						slices.Sort(won)
						slices.Sort(out.Winners)
						if !slices.Equal(won, out.Winners) {
							t.Fatalf("%s %s %s %s: the page has %v, the command %v\n%s", rule, utility, completion, unit, out.Winners, won, file)
						}
					}
				}
			}
		}
	}
}

// Hours of a room are shared in minutes: an hour more for everybody is more than there is.
func TestCount_hoursAreSharedInMinutes(t *testing.T) {
	r := Round{Title: i18n.Text{i18n.HR: "Proba"}, Unit: Hours, Budget: 5, AtLeast: 1, Rule: "equal-shares", Utility: "cost", Completion: "add1-overshoot", Seed: "1-x"}
	for i, cost := range []int64{3, 2, 3} {
		r.Options = append(r.Options, Option{ID: db.NewSecretID(), Position: i + 1, Title: r.Title, Cost: cost})
	}
	id := func(i int) string { return r.Options[i].ID }
	patterns := []Pattern{{[]string{id(0), id(2)}, 30}, {[]string{id(0)}, 10}, {[]string{id(1)}, 20}}
	out, err := r.Count(patterns)
	if err != nil {
		t.Fatal(err)
	}
	if out.Spent != 5 || len(out.Winners) != 2 || out.Winners[1] != id(1) {
		t.Errorf("%d of 5 hours are spent, on %v", out.Spent, out.Winners)
	}
	if out.Endowment != "1/6" || out.Options[1].Shares[0].Each != "1/10" {
		t.Errorf("a share is %s hours, and %s is paid", out.Endowment, out.Options[1].Shares[0].Each)
	}
	file, err := r.File(patterns, out)
	if err != nil {
		t.Fatal(err)
	}
	f, err := fairvote.Parse([]byte(file))
	if err != nil {
		t.Fatal(err)
	}
	res, err := fairvote.Count(f.Election(), fairvote.Parameters{Rule: "equal-shares", Utility: "cost", Completion: "add1-overshoot", Seed: 1})
	if err != nil || res.Spent != 300 || len(res.Winners) != 2 || f.Get("currency") != "min" || f.Get("budget") != "300" {
		t.Errorf("a recount of the file spends %d minutes: %v", res.Spent, err)
	}
}

// A share of less than an hour is said in minutes, not as none.
func TestPages_sharesOfHoursAreSaidInMinutes(t *testing.T) {
	w := newTown(t, dbtest.SQLite(t))
	r := w.publish(w.counted(func(r *Round) { r.Unit, r.Budget, r.Currency = Hours, 5, "" }, []saying{{40, []int{0}}, {20, []int{1}}}))
	text := w.browser("", "").page("/hr/votes/"+r.ID, nil).Find("main").Text()
	if !strings.Contains(text, "minut") || strings.Contains(text, "0 sati prostora") {
		t.Errorf("shares of hours: %s", text)
	}
}

// Who has a slip and asks for a link too has two ballots, and the page says so.
func TestPages_sayThatASlipAndALinkAreTwoBallots(t *testing.T) {
	w := newTown(t, dbtest.SQLite(t))
	both, _ := w.opened(0, nil)
	codes, _ := w.opened(0, func(r *Round) { r.Means = ByCodes })
	v := w.browser("", "")
	const word = "i papirić i poveznicu"
	if !strings.Contains(v.page("/hr/votes/"+both.ID, nil).Find("aside").Text(), word) {
		t.Error("it is not said")
	}
	if strings.Contains(v.page("/hr/votes/"+codes.ID, nil).Find("aside").Text(), word) {
		t.Error("it is said of a vote without links")
	}
}

// A link that was cut on its way is said so at once, and keeps what was ticked where it comes with a ballot.
func TestPages_aBrokenLinkLosesNothing(t *testing.T) {
	w := newTown(t, dbtest.SQLite(t))
	r, codes := w.opened(1, nil)
	b, path := w.browser("", ""), "/hr/votes/"+r.ID+"/ballot"
	doc, status := b.open(path+"?k=abc", nil)
	if status != http.StatusConflict || !strings.Contains(doc.Find(".summary").Text(), "Ta poveznica ne vrijedi") || doc.Find("input[name=email]").Length() != 1 {
		t.Errorf("a cut link: %d", status)
	}
	doc, status = b.open(path, url.Values{"k": {"abc"}, "choice": {r.Options[1].ID}, "step": {"send"}})
	if status != http.StatusConflict || doc.Find("input[name=choice][checked]").Length() != 1 || doc.Find("input[name=code]").Length() != 1 {
		t.Errorf("a ballot with a cut link: %d", status)
	}
	b.page(path, url.Values{"choice": {r.Options[1].ID}, "code": {codes[0]}, "step": {"send"}})
}

// A vote by mail alone has no ballot to open without a link.
func TestPages_aVoteByMailAloneAsksForNoCode(t *testing.T) {
	w := newTown(t, dbtest.SQLite(t))
	r, _ := w.opened(0, func(r *Round) { r.Means = ByMail })
	doc := w.browser("", "").page("/hr/votes/"+r.ID+"/ballot", nil)
	if doc.Find("input[name=code]").Length() != 0 || doc.Find("input[name=email]").Length() != 1 {
		t.Error("a code is asked for in a vote without codes")
	}
}

// A box whose key is gone for good is not "being counted" for ever, and nothing in it is thrown away.
func TestClose_aBoxWithoutItsKeySaysSo(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		r, codes := w.opened(2, nil)
		_, err := w.vote(r, codes[0], 0)
		w.must(err)
		w.must(w.Erasure.EraseRequests(t.Context(), r.ID))
		w.after(8 * 24 * time.Hour)
		if err := w.Turn(t.Context()); err == nil {
			t.Error("a box is opened without its key")
		}
		if r = w.get(r.ID); r.State != Open || w.number(`SELECT COUNT(*) FROM vote_box`, nil) != 1 {
			t.Errorf("ballots that a key found again would open are gone: %s", r.State)
		}
		desk := w.browser(network.Coordinator, w.centre).page("/desk/votes/"+r.ID, nil).Find("main").Text()
		public := w.browser("", "").page("/hr/votes/"+r.ID, nil).Find("main").Text()
		if strings.Contains(desk, "To traje nekoliko minuta") || !strings.Contains(desk, "Ključa ove kutije nema") {
			t.Errorf("the desk is told to wait: %s", desk)
		}
		if !strings.Contains(public, "Kutija se ne može otvoriti") {
			t.Errorf("the public is told to wait: %s", public)
		}
	})
}

// A sheet that is not the round's is not said to be void.
func TestPages_anotherRoundsSheetIsNotFound(t *testing.T) {
	w := newTown(t, dbtest.SQLite(t))
	one, _ := w.opened(1, nil)
	other, codes := w.opened(1, nil)
	sheets, err := w.Sheets(t.Context(), other.ID)
	w.must(err)
	b := w.browser(network.Coordinator, w.centre)
	if _, status := b.open("/desk/votes/"+one.ID+"/sheets/"+sheets[0].ID+"/void", url.Values{"sure": {"1"}}); status != http.StatusNotFound {
		t.Errorf("another round's sheet: %d", status)
	}
	_, err = w.vote(other, codes[0], 0)
	w.must(err)
	for range 2 { // a double press
		b.page("/desk/votes/"+other.ID+"/sheets/"+sheets[0].ID+"/void", url.Values{"sure": {"1"}})
	}
}

// An amount that could be read in two ways is asked again.
func TestPages_anAmountIsNotGuessed(t *testing.T) {
	w := newTown(t, dbtest.SQLite(t))
	b := w.browser(network.Coordinator, w.centre)
	for typed, want := range map[string]int64{"1000": 100000, "1.000": 100000, "1,000.50": 100050, "1.000,5": 100050, "1 000 €": 100000, "12.345.678": 1234567800,
		"1000.005": 0, "10.00,5": 0, "12.5.7": 0, "1,2,3": 0, "1000,": 0, ".5": 0, "1.0000": 0, "1e5": 0, "-1": 0, "1.000.00": 0} {
		f := w.form()
		f.Set("budget", typed)
		f.Set("form_key", "k"+typed)
		_, status := b.open("/desk/votes/new", f)
		if (status == http.StatusOK) != (want > 0) {
			t.Errorf("%q: %d", typed, status)
		}
		if want > 0 && w.number(`SELECT COUNT(*) FROM vote_rounds WHERE budget = :b`, db.Args{"b": want}) == 0 {
			t.Errorf("%q is read as something else", typed)
		}
		w.exec(`DELETE FROM vote_rounds`, nil)
	}
}

// No amount is so large that the file of ballots means something else by it.
func TestRound_aBudgetIsNoNumberThatMeansWithdrawn(t *testing.T) {
	w := newTown(t, dbtest.SQLite(t))
	for unit, budget := range map[string]int64{Money: 999_999_999_00, Hours: 999_999_999} {
		r := w.good()
		r.Unit, r.Budget = unit, budget
		wantFault(t, r.Check(), fault.KindInvalid, "voting.fault.budget")
	}
	// what may be is counted in no time
	r := w.good()
	r.Budget, r.Seed = 100_000_000_00, "1-x"
	for i, cost := range []int64{100_000_000_00, 1, 99_999_999_99} {
		r.Options = append(r.Options, Option{ID: db.NewSecretID(), Position: i + 1, Title: r.Title, Cost: cost})
	}
	w.must(r.Check())
	for _, completion := range fairvote.Completions {
		r.Completion = completion
		began := time.Now()
		out, err := r.Count([]Pattern{{[]string{r.Options[0].ID}, 40}, {[]string{r.Options[1].ID, r.Options[2].ID}, 1}, {[]string{r.Options[1].ID}, 19}})
		w.must(err)
		if out.Spent > r.Budget || time.Since(began) > 5*time.Second {
			t.Errorf("%s: %d spent after %s", completion, out.Spent, time.Since(began))
		}
	}
}

// The keys of a box, and what was counted, change by closing alone.
func TestGuards_theKeysOfABoxStay(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		r, codes := w.opened(1, nil)
		_, err := w.vote(r, codes[0], 0)
		w.must(err)
		refuse := func(set string) {
			t.Helper()
			if _, err := w.DB.Exec(t.Context(), `UPDATE vote_rounds SET `+set+` WHERE id = :r`, db.Args{"r": r.ID}); db.Refused(err) != "as-announced" {
				t.Errorf("%s in a %s round: %v", set, w.get(r.ID).State, err)
			}
		}
		for _, set := range []string{`salt = 'x'`, `box_secret = 'x'`, `ballots = 9`, `unreadable = 9`, `id = 'x'`, `created_at = 1`} {
			refuse(set)
		}
		w.close(r)
		for _, set := range []string{`ballots = 9`, `unreadable = 9`, `budget = 1`} {
			refuse(set)
		}
		for _, q := range []string{`UPDATE vote_witnesses SET name = 'x'`, `DELETE FROM vote_witnesses`, `UPDATE vote_channels SET n = 9`, `DELETE FROM vote_channels`} {
			w.must(w.AddWitness(t.Context(), w.centre, r.ID, q, "test"))
			if _, err := w.DB.Exec(t.Context(), q, nil); db.Refused(err) == "" {
				t.Errorf("%s is done", q)
			}
		}
	})
}

// The paper of a result says what its page says: shares, comparison, ballots that did not open, times.
func TestResult_thePaperSaysWhatThePageSays(t *testing.T) {
	tool, err := exec.LookPath("pdftotext")
	if err != nil {
		t.Skip("no pdftotext")
	}
	w := newTown(t, dbtest.SQLite(t))
	r, codes := w.opened(60, nil)
	for i, c := range codes {
		_, err := w.vote(r, c, i%2)
		w.must(err)
	}
	w.exec(`INSERT INTO vote_box (id, round_id, sealed) VALUES ('x', :r, 'x')`, db.Args{"r": r.ID})
	r = w.publish(w.close(r))
	v := w.browser("", "")
	resp, err := v.http.Get(v.base + "/hr/votes/" + r.ID + "/result.pdf")
	w.must(err)
	defer resp.Body.Close()
	cmd := exec.Command(tool, "-", "-")
	cmd.Stdin = resp.Body
	out, err := cmd.Output()
	w.must(err)
	plain := func(s string) string { return strings.Join(strings.Fields(s), " ") }
	page, paper := plain(v.page("/hr/votes/"+r.ID, nil).Find("main").Text()), plain(string(out))
	for _, want := range []string{"Udio svake osobe koja je glasala", "1 listić nije se mogao otvoriti", "Da je odlučivao samo broj glasova", "Osobe koje ne dobivaju ništa", "Kako su listići stigli", "Počinje", "Završava", r.Seed} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not say %q", want)
		}
		if !strings.Contains(paper, want) {
			t.Errorf("the paper does not say %q", want)
		}
	}
}
