package participation_test

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kvart/internal/network"
	. "kvart/internal/participation"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/i18n"
)

// TestMay_nothingIsDecidedThatWasNotTalkedAbout walks at random from received and looks at every way.
func TestMay_nothingIsDecidedThatWasNotTalkedAbout(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		state, way := Received, []State{Received}
		for range rapid.IntRange(1, 30).Draw(t, "steps") {
			to := rapid.SampledFrom(States).Draw(t, "to")
			if !May(state, to) {
				continue
			}
			state = to
			way = append(way, to)
		}
		talked := slices.Contains(way, Discussed)
		for _, s := range []State{Accepted, Declined, Passed, Split, Changed, Scheduled, Held} {
			if slices.Contains(way, s) && !talked {
				t.Fatalf("%v was never talked about", way)
			}
		}
		if i := slices.Index(way, Held); i >= 0 && way[i-1] != Scheduled {
			t.Fatalf("%v was held without having been planned", way)
		}
		if i := slices.Index(way, Scheduled); i >= 0 && way[i-1] != Accepted {
			t.Fatalf("%v was planned without having been accepted", way)
		}
		for _, end := range []State{Merged, Split, Held, Withdrawn} { // who proposed may still take back what goes on in others
			if i := slices.Index(way, end); i >= 0 && i != len(way)-1 && !((end == Merged || end == Split) && way[i+1] == Withdrawn) {
				t.Fatalf("%v goes on after its end", way)
			}
		}
		if slices.Contains(way[1:], Received) {
			t.Fatalf("%v is received again", way)
		}
	})
}

func TestStep_hasItsReasonAndWhoDecided(t *testing.T) {
	good := Step{From: Discussed, To: Declined, DecidedBy: ByGroup, Reason: "Dvorana je zauzeta do ljeta."}
	if err := good.Check(); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*Step){
		"reason":     func(s *Step) { s.Reason = " \n" },
		"decided_by": func(s *Step) { s.DecidedBy = ByProposer },
		"talk_on":    func(s *Step) { s.TalkOn = "2026-02-30" },
		"link":       func(s *Step) { s.Link = "javascript:alert(1)" },
		"body":       func(s *Step) { s.Body = "Vijeće" },
		"body_kind":  func(s *Step) { s.To, s.Body = Passed, "Vijeće" },
		"answer":     func(s *Step) { s.To, s.From, s.Body, s.BodyKind = Passed, Passed, "Vijeće", "committee" },
	} {
		bad := good
		change(&bad)
		if err := bad.Check(); err == nil || !slices.ContainsFunc(fault.Of(err).Fields, func(f fault.Field) bool { return f.Name == name }) {
			t.Errorf("without a good %s: %v", name, err)
		}
	}
	if err := (Step{From: Received, To: Accepted, DecidedBy: ByCentre, Reason: "Da."}).Check(); !fault.Is(err, fault.KindConflict) {
		t.Errorf("accepted at once: %v", err)
	}
	if err := (Step{From: Accepted, To: Withdrawn, DecidedBy: ByCentre}).Check(); err == nil {
		t.Error("the centre withdraws what somebody else proposed")
	}
}

func TestDueOn_isTheFourteenthOpenDay(t *testing.T) {
	if got := DueOn("2026-11-26", nil); got != "2026-12-10" {
		t.Errorf("without closures: %s", got)
	}
	holiday := network.Closure{FromDate: "2026-12-01", ToDate: "2026-12-03"}
	if got := DueOn("2026-11-26", []network.Closure{holiday}); got != "2026-12-13" {
		t.Errorf("three days closed: %s", got)
	}
	holiday.AnnouncedOn = "2026-12-03" // it is told on its last day: only that one counts
	if got := DueOn("2026-11-26", []network.Closure{holiday}); got != "2026-12-11" {
		t.Errorf("told on the third day: %s", got)
	}
	afterwards := network.Closure{FromDate: "2026-12-01", ToDate: "2026-12-31", AnnouncedOn: "2026-12-20"}
	if got := DueOn("2026-11-26", []network.Closure{afterwards}); got != "2026-12-10" {
		t.Errorf("a closure entered when it was late already: %s", got)
	}
	day := func(n int) string {
		return time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, n).Format(time.DateOnly)
	}
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 400).Draw(t, "received")
		var list []network.Closure
		for range rapid.IntRange(0, 5).Draw(t, "closures") {
			from := rapid.IntRange(0, 450).Draw(t, "from")
			list = append(list, network.Closure{FromDate: day(from), ToDate: day(from + rapid.IntRange(0, 30).Draw(t, "days"))})
		}
		due := DueOn(day(n), list)
		open := 0
		for i := n + 1; day(i) <= due; i++ {
			if !slices.ContainsFunc(list, func(c network.Closure) bool { return c.FromDate <= day(i) && day(i) <= c.ToDate }) {
				open++
			}
		}
		if open != FirstWordDays {
			t.Fatalf("%s → %s counts %d open days", day(n), due, open)
		}
		if len(list) > 0 && DueOn(day(n), list[1:]) > due {
			t.Fatal("a closure more makes it due earlier")
		}
	})
}

func TestSimilar_findsTheSameIdeaInOtherForms(t *testing.T) {
	list := []Proposal{
		{ID: "1", Lang: i18n.HR, Title: "Radionica popravljanja bicikala", About: "Učili bismo popravljati bicikle u dvorištu."},
		{ID: "2", Lang: i18n.HR, Title: "Klupe kraj potoka", About: "Starijima treba mjesto za odmor u hladu."},
		{ID: "3", Lang: i18n.HR, Title: "Večeri društvenih igara", About: "Donesemo igre i igramo se petkom navečer."},
	}
	for title, want := range map[string]string{"popravak BICIKLA za djecu": "1", "klupa za odmor": "2", "Drustvene igre": "3", "Zbor susjeda": ""} {
		got := ""
		if found := Similar(Proposal{Lang: i18n.HR, Title: title, About: title}, list); len(found) > 0 {
			got = found[0].ID
		}
		if got != want {
			t.Errorf("%q is like %q, want %q", title, got, want)
		}
	}
	if len(Similar(Proposal{Lang: i18n.HR}, list)) != 0 || len(Similar(list[0], list[:1])) != 0 {
		t.Error("nothing, or itself, is like something")
	}
}

func TestProposal_looksForAPartnerUntilAnOrganisationOrTheCentreCarriesIt(t *testing.T) {
	id := "x"
	for i, c := range []struct {
		p              Proposal
		seeks, carried bool
	}{
		{Proposal{State: Discussed}, false, false},
		{Proposal{State: Accepted}, true, false},
		{Proposal{State: Accepted, ResidentDoes: true}, true, false},
		{Proposal{State: Accepted, OrganisationID: &id}, false, false},
		{Proposal{State: Accepted, ResidentDoes: true, CentreDoes: true}, false, true},
		{Proposal{State: Accepted, ResidentDoes: true, OrganisationID: &id}, false, true},
	} {
		if c.p.Seeks() != c.seeks || c.p.Carried() != c.carried {
			t.Errorf("%d: seeks %v, carried %v", i, c.p.Seeks(), c.p.Carried())
		}
	}
}
