package participation_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"kvart/internal/network"
	. "kvart/internal/participation"
	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/i18n"
	"kvart/internal/voting"
)

// vote is a round in preparation about a thousand euros, of the centre or of the network: it opens in an hour for a week.
func (w *town) vote(centre *string) (id string) {
	w.t.Helper()
	w.must(w.DB.Tx(w.t.Context(), func(tx *db.Tx) (err error) {
		id, err = w.Voting.Add(w.t.Context(), tx, voting.Round{CentreID: centre, Title: i18n.Text{i18n.HR: "Susjedski fond"}, Who: i18n.Text{i18n.HR: "Svi iz kvarta."}, Means: voting.ByBoth, Unit: voting.Money,
			Currency: "EUR", Budget: 100000, AtLeast: 1, OpensAt: w.now.Add(time.Hour).Unix(), ClosesAt: w.now.AddDate(0, 0, 7).Unix(), Rule: "equal-shares", Utility: "cost", Completion: "add1-overshoot",
			LeastPublished: voting.FloorPublished}, "test")
		return err
	}))
	return id
}

// talked is a proposal that may be put to a vote.
func (w *town) talked() string {
	w.t.Helper()
	id := w.propose(nil)
	w.show(id)
	w.say(id, Discussed)
	return id
}

func (w *town) put(id, round string, cost int64, sensitive bool) {
	w.t.Helper()
	w.must(w.PutToVote(w.t.Context(), w.centre, id, Putting{RoundID: round, Cost: cost, Sensitive: sensitive}, "test"))
}

// count holds the vote: so many ballots for each place among its options, closed but not published.
func (w *town) count(round, scope string, votes ...int) {
	w.t.Helper()
	ctx := w.t.Context()
	w.must(w.Voting.Announce(ctx, scope, round, "test"))
	w.now = w.now.Add(time.Hour + time.Minute)
	w.must(w.Voting.Turn(ctx))
	r, err := w.Voting.Round(ctx, w.DB, round)
	w.must(err)
	var codes []string
	n := 0
	for _, v := range votes {
		n += v
	}
	w.must(w.DB.Tx(ctx, func(tx *db.Tx) error {
		codes = nil
		_, list, err := w.Voting.Print(ctx, tx, scope, round, n, "test")
		for _, c := range list {
			codes = append(codes, c.Printed())
		}
		return err
	}))
	at := 0
	for place, v := range votes {
		for range v {
			_, _, err := w.Voting.Cast(ctx, voting.Ballot{RoundID: round, Code: codes[at], Channel: voting.Web, Choices: []string{r.Options[place].ID}})
			w.must(err)
			at++
		}
	}
	w.now = w.now.AddDate(0, 0, 8)
	w.must(w.Voting.Turn(ctx))
}

func (w *town) publish(round, scope string) {
	w.t.Helper()
	w.must(w.Voting.Publish(w.t.Context(), scope, round, "test"))
}

// change makes the option of the place win or not, for a public reason.
func (w *town) change(round string, place int, wins bool) {
	w.t.Helper()
	r, err := w.Voting.Round(w.t.Context(), w.DB, round)
	w.must(err)
	w.must(w.DB.Tx(w.t.Context(), func(tx *db.Tx) error {
		return w.Voting.ChangeWinner(w.t.Context(), tx, w.centre, round, voting.Change{OptionID: r.Options[place].ID, Wins: db.Bool(wins), Kind: "not_eligible", Reason: "Zemljište nije gradsko."}, "test")
	}))
}

// last is the last thing said of a proposal, and how many there are.
func (w *town) last(id string) (Step, int) {
	w.t.Helper()
	thread, err := w.Thread(w.t.Context(), w.DB, id)
	w.must(err)
	return thread[len(thread)-1], len(thread)
}

func TestPutToVote_onlyWhatWasTalkedAboutAndOnce(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		round, network, other := w.vote(&w.centre), w.vote(nil), w.vote(&w.other)
		ctx := t.Context()
		unread := w.propose(nil)
		wantFault(t, w.PutToVote(ctx, w.centre, unread, Putting{RoundID: round, Cost: 100}, "test"), fault.KindConflict, "participation.fault.not_votable")
		accepted := w.accepted(Carrying{})
		wantFault(t, w.PutToVote(ctx, w.centre, accepted, Putting{RoundID: round, Cost: 100}, "test"), fault.KindConflict, "participation.fault.not_votable")
		id := w.talked()
		wantField(t, w.PutToVote(ctx, w.centre, id, Putting{RoundID: other, Cost: 100}, "test"), "round")
		wantField(t, w.PutToVote(ctx, w.centre, id, Putting{RoundID: "nema", Cost: 100}, "test"), "round")
		wantFault(t, w.PutToVote(ctx, w.other, id, Putting{RoundID: other, Cost: 100}, "test"), fault.KindNotFound, "")
		for _, cost := range []int64{0, -5, 100001} {
			wantField(t, w.PutToVote(ctx, w.centre, id, Putting{RoundID: round, Cost: cost}, "test"), "cost")
		}
		w.put(id, round, 30000, true)
		wantFault(t, w.PutToVote(ctx, w.centre, id, Putting{RoundID: network, Cost: 100}, "test"), fault.KindConflict, "participation.fault.prepared")
		w.put(w.talked(), network, 100, false)
		r, err := w.Voting.Round(ctx, w.DB, round)
		if err != nil || len(r.Options) != 1 || r.Options[0].Origin != id || !bool(r.Options[0].Sensitive) || r.Options[0].Cost != 30000 || !strings.Contains(r.Options[0].Title[i18n.HR], "Radionica bicikala") {
			t.Fatalf("%+v %v", r.Options, err)
		}
		long := w.propose(func(a *Asking) { a.About, a.Lang = strings.Repeat("ž riječ ", 450), i18n.NB })
		w.show(long)
		w.say(long, Discussed)
		w.put(long, round, 5000, false)

		w.say(id, Declined) // decided otherwise while the vote is prepared
		wantFault(t, w.Voting.Announce(ctx, w.centre, round, "test"), fault.KindConflict, "voting.fault.option_over")
	})
}

func TestVote_saysInPublicThatItIsOnAndNothingElseIsDecidedMeanwhile(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		round, a, b := w.vote(&w.centre), w.talked(), w.talked()
		w.put(a, round, 60000, false)
		w.put(b, round, 60000, false)
		visitor := w.browser("")
		if text := visitor.page("/hr/proposals/"+a, nil).Find("main").Text(); strings.Contains(text, "Susjedski fond") || visitor.page("/hr/proposals", nil).Find(`main a[href="/hr/votes"]`).Length() != 0 {
			t.Errorf("a vote in preparation is public: %s", text)
		}
		w.must(w.Voting.Announce(t.Context(), w.centre, round, "test"))
		page := visitor.page("/hr/proposals/"+a, nil)
		if page.Find(`main a[href="/hr/votes/`+round+`"]`).Length() != 1 || !strings.Contains(page.Text(), "o njemu se glasa") {
			t.Errorf("not said that it is voted on: %s", page.Find("main").Text())
		}
		if list := visitor.page("/hr/proposals", nil); list.Find(`main a[href="/hr/votes"]`).Length() != 1 || !strings.Contains(list.Find("main").Text(), "o njemu se glasa") {
			t.Error("the list leads to no vote, or does not say which are voted on")
		}
		if visitor.page("/hr/votes/"+round, nil).Find(`a[href="/hr/proposals/`+a+`"]`).Length() != 1 {
			t.Error("the vote leads to no proposal")
		}
		for _, to := range []State{Accepted, Declined, Changed, Passed} {
			wantFault(t, w.trySay(a, to), fault.KindConflict, "participation.fault.voted")
		}
		wantFault(t, w.Merge(t.Context(), w.centre, a, b, Step{DecidedBy: ByGroup, Reason: "Isto je."}, "test"), fault.KindConflict, "participation.fault.voted")
		_, err := w.SplitUp(t.Context(), w.centre, a, []string{"Jedno", "Drugo"}, Step{DecidedBy: ByGroup, Reason: "Dvoje je."}, "test")
		wantFault(t, err, fault.KindConflict, "participation.fault.voted")
		w.say(a, Discussed)
	})
}

func TestTakeVotes_writesWhatWasDecidedOnceWithTheReason(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		ctx := t.Context()
		round := w.vote(&w.centre)
		won, lost, gone := w.talked(), w.talked(), w.talked()
		w.put(won, round, 60000, false)
		w.put(lost, round, 90000, false)
		w.put(gone, round, 20000, false)
		w.count(round, w.centre, 20, 4, 0)
		w.must(w.TakeVotes(ctx))
		if w.get(won).State != Discussed {
			t.Fatal("decided before it was published")
		}
		w.publish(round, w.centre)
		wantFault(t, w.trySay(won, Declined), fault.KindConflict, "participation.fault.voted") // before the job has run
		for range 3 {
			w.must(w.TakeVotes(ctx))
		}
		step, n := w.last(won)
		if w.get(won).State != Accepted || n != 2 || step.DecidedBy != ByVote || step.Link != "/votes/"+round || step.Reason != "Izglasan je u glasanju „Susjedski fond” (600,00\u00a0€). Odabralo ga je 20 osoba od 24." {
			t.Errorf("won: %d %+v", n, step)
		}
		step, n = w.last(lost)
		if w.get(lost).State != Declined || n != 2 || step.Reason != "u glasanju „Susjedski fond” nije dobio dovoljno podrške za svoj iznos (900,00\u00a0€)." {
			t.Errorf("lost: %d %+v", n, step)
		}

		w.now = w.now.Add(time.Hour)
		w.change(round, 0, false) // a person changes both, with a public reason
		w.change(round, 1, true)
		for range 2 {
			w.must(w.TakeVotes(ctx))
		}
		if step, n := w.last(won); w.get(won).State != Declined || n != 3 || step.Reason != "ishod glasanja „Susjedski fond” naknadno je promijenjen: Zemljište nije gradsko." {
			t.Errorf("taken back: %d %+v", n, step)
		}
		if step, n := w.last(lost); w.get(lost).State != Accepted || n != 4 || !strings.HasPrefix(step.Reason, "Ishod glasanja") || step.From != Discussed {
			t.Errorf("put in: %d %+v", n, step)
		}
		w.say(won, Discussed) // what is talked about again is not decided by the old vote once more
		w.must(w.TakeVotes(ctx))
		if w.get(won).State != Discussed {
			t.Error("the old vote decides again")
		}
		w.put(won, w.vote(&w.centre), 100, false)
	})
}

func TestTakeVotes_fewBallotsAndWhatWasWithdrawnTellNothing(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		ctx := t.Context()
		round := w.vote(nil)
		asking := w.asking(nil)
		withdrawn, err := w.Propose(ctx, asking)
		w.must(err)
		w.show(withdrawn)
		w.say(withdrawn, Discussed)
		won := w.talked()
		w.put(won, round, 60000, false)
		w.put(withdrawn, round, 40000, false)
		w.count(round, "", 3, 2)
		w.must(w.Withdraw(ctx, asking.Code))
		for _, name := range []string{"koordinacija", "susjeda iz skupine"} {
			w.must(w.Voting.AddWitness(ctx, "", round, name, "test"))
		}
		w.publish(round, "")
		w.must(w.TakeVotes(ctx))
		if step, _ := w.last(won); w.get(won).State != Accepted || strings.ContainsAny(strings.ReplaceAll(step.Reason, "600,00", ""), "0123456789") {
			t.Errorf("a number of few people: %+v", step)
		}
		if w.get(withdrawn).State != Withdrawn {
			t.Error("a vote decides about what was withdrawn")
		}
	})
}

func TestVotePages_fromTheDeskToThePromiseAndWhatCameOfIt(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		team, visitor := w.browser(network.Coordinator), w.browser("")
		id, other := w.propose(func(a *Asking) { cents := int64(120050); a.MoneyCents = &cents }), w.talked()
		w.show(id)
		at := "/desk/proposals/" + id
		if _, status := team.open(at+"/vote", nil); status != http.StatusConflict {
			t.Errorf("a vote before it was talked about: %d", status)
		}
		w.say(id, Discussed)
		if team.page(at, nil).Find(`a[href="`+at+`/vote"]`).Length() != 0 {
			t.Error("offered although the centre holds no votes")
		}
		round := w.vote(&w.centre)
		if team.page(at, nil).Find(`a[href="`+at+`/vote"]`).Length() != 1 {
			t.Error("not offered")
		}
		form := team.page(at+"/vote", nil)
		if form.Find("#f-cost").AttrOr("value", "") != "1200,50" || form.Find("#f-round option[selected]").AttrOr("value", "") != round || form.Find(`input[name="sensitive"][checked]`).Length() != 0 {
			t.Error("the form is not filled in, or answers for itself whether it is sensitive")
		}
		bad, status := team.open(at+"/vote", url.Values{"round": {round}, "cost": {"1200,50"}})
		if status != http.StatusUnprocessableEntity || bad.Find("#e-sensitive").Length() != 1 || bad.Find("#e-cost").Length() != 1 || bad.Find("#f-cost").AttrOr("value", "") != "1200,50" {
			t.Errorf("dearer than the budget: %d", status)
		}
		if bad, status := team.open(at+"/vote", url.Values{"round": {"nema"}, "cost": {"mnogo"}, "sensitive": {"0"}}); status != http.StatusUnprocessableEntity || bad.Find("#e-round").Length() != 1 {
			t.Errorf("no such vote: %d", status)
		}
		desk := team.page(at+"/vote", url.Values{"round": {round}, "cost": {"600"}, "sensitive": {"0"}})
		if desk.Find(`a[href="/desk/votes/`+round+`"]`).Length() != 1 || desk.Find(`a[href="`+at+`/vote"]`).Length() != 0 {
			t.Errorf("prepared: %s", desk.Find("main").Text())
		}
		w.put(other, round, 90000, false)
		w.count(round, w.centre, 22, 3)
		w.publish(round, w.centre)
		w.must(w.TakeVotes(t.Context()))
		w.must(w.Carry(t.Context(), w.centre, id, Carrying{Resident: true, Centre: true}, "test"))
		day := int(w.now.Sub(time.Date(2026, 11, 26, 0, 0, 0, 0, time.UTC)).Hours()/24) + 2
		w.must(w.plan(id, day))
		page := visitor.page("/hr/proposals/"+id, nil)
		if text := page.Find(`section[aria-labelledby="promise"]`).Text(); !strings.Contains(text, "600,00\u00a0€") || !strings.Contains(text, "dogovoren termin") {
			t.Errorf("the promise: %s", text)
		}
		w.now = w.now.AddDate(0, 0, 4)
		for came, want := range map[int]string{4: "1 održan termin, dolazaka: manje od 10", 17: "1 održan termin, najmanje 10 dolazaka"} {
			w.exec(`UPDATE sessions SET counted = :n, recorded_at = :at`, db.Args{"n": came, "at": w.now.Unix()})
			for _, path := range []string{"/hr/proposals/" + id, "/hr/votes/" + round} {
				if text := visitor.page(path, nil).Find("main").Text(); !strings.Contains(text, want) {
					t.Errorf("%s: no %q", path, want)
				}
			}
		}
		if visitor.page("/hr/votes/"+round, nil).Find(`a[href="/hr/proposals/`+id+`"]`).Length() != 1 {
			t.Error("the result leads to no proposal")
		}
		w.exec(`UPDATE proposals SET published_on = '' WHERE id = :id`, db.Args{"id": other})
		if visitor.page("/hr/votes/"+round, nil).Find(fmt.Sprintf(`a[href="/hr/proposals/%s"]`, other)).Length() != 0 {
			t.Error("the result leads to what is not public")
		}
	})
}

func TestVerdict_neverUndoesWhatIsPlanned(t *testing.T) {
	d := voting.Decision{RoundID: "r", State: voting.Published}
	won := []Step{{To: Accepted, DecidedBy: ByVote, Link: VoteLink("r")}}
	for _, c := range []struct {
		state  State
		thread []Step
		wins   bool
		want   string
	}{
		{Discussed, nil, true, "[accepted]"}, {Changed, nil, false, "[declined]"}, {Passed, nil, true, "[accepted]"}, {Accepted, won, true, "[]"}, {Accepted, won, false, "[declined]"},
		{Scheduled, won, false, "[]"}, {Held, won, false, "[]"}, {Withdrawn, nil, true, "[]"}, {Merged, nil, true, "[]"}, {Declined, []Step{{To: Declined, DecidedBy: ByVote, Link: VoteLink("r")}}, true, "[discussed accepted]"},
	} {
		d.Wins = c.wins
		if got := fmt.Sprint(Verdict(Proposal{State: c.state}, c.thread, d)); got != c.want {
			t.Errorf("%s, wins %v: %s, want %s", c.state, c.wins, got, c.want)
		}
	}
	d.State = voting.Closed
	if got := Verdict(Proposal{State: Discussed}, nil, d); len(got) != 0 {
		t.Error("decided before it is published")
	}
}
