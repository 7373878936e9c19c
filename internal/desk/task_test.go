package desk

import (
	"testing"
	"time"

	"kvart/internal/network"
	"kvart/internal/platform/auth"
	"kvart/internal/platform/i18n"
	"kvart/internal/programme"
	"kvart/locales"
)

func keys(list []line) string {
	s := ""
	for _, l := range list {
		s += l.Key
	}
	return s
}

func TestWaiting_oneListMostUrgentFirst(t *testing.T) {
	now := time.Date(2026, 11, 26, 9, 0, 0, 0, time.UTC)
	all := func(auth.Permission) bool { return true }
	tasks := []network.Task{
		{Key: "w", Urgency: network.Whenever, Due: now},
		{Key: "b", Urgency: network.Today, Due: now.Add(2 * time.Hour)},
		{Key: "z", Urgency: network.Today},
		{Key: "a", Urgency: network.Today, Due: now.Add(time.Hour)},
		{Key: "s", Urgency: network.Safety, Due: now.Add(90 * time.Hour)},
	}
	to := func(s string) *string { return &s }
	later := now.Add(time.Hour).Unix()
	for _, c := range []struct {
		name         string
		marks        []mark
		away         []absence
		may          func(auth.Permission) bool
		mine, others string
	}{
		{"order", nil, nil, all, "sabzw", ""},
		{"later is gone for me", []mark{{TaskKey: "a", AccountID: "me", LaterUntil: later}}, nil, all, "sbzw", ""},
		{"later of somebody else is not mine", []mark{{TaskKey: "a", AccountID: "you", LaterUntil: later}}, nil, all, "sabzw", ""},
		{"later is over", []mark{{TaskKey: "a", AccountID: "me", LaterUntil: now.Unix()}}, nil, all, "sabzw", ""},
		{"safety is never put off", []mark{{TaskKey: "s", AccountID: "me", LaterUntil: later}}, nil, all, "sabzw", ""},
		{"handed on is with the other", []mark{{TaskKey: "b", AccountID: "me", HandedTo: to("you")}}, nil, all, "sazw", "b"},
		{"handed to me", []mark{{TaskKey: "b", AccountID: "you", HandedTo: to("me")}}, nil, all, "sabzw", ""},
		{"a substitute takes over", []mark{{TaskKey: "b", AccountID: "her", HandedTo: to("you")}}, []absence{{AccountID: "you", Substitute: to("me")}}, all, "sabzw", ""},
		{"somebody else's substitute", []mark{{TaskKey: "b", AccountID: "her", HandedTo: to("you")}}, []absence{{AccountID: "you", Substitute: to("her")}}, all, "sazw", "b"},
		{"away without a substitute is everybody's", []mark{{TaskKey: "b", AccountID: "her", HandedTo: to("you")}}, []absence{{AccountID: "you"}}, all, "sabzw", ""},
		{"substitutes in a circle", []mark{{TaskKey: "b", AccountID: "her", HandedTo: to("you")}},
			[]absence{{AccountID: "you", Substitute: to("her")}, {AccountID: "her", Substitute: to("you")}}, all, "sabzw", ""},
	} {
		mine, others := waiting(tasks, c.marks, c.away, "me", now, c.may)
		if keys(mine) != c.mine || keys(others) != c.others {
			t.Errorf("%s: mine %q, others %q, want %q and %q", c.name, keys(mine), keys(others), c.mine, c.others)
		}
	}
	for who, want := range map[string]string{"me": "o", "you": "oy"} { // not meant for me: neither mine nor anybody's that I am told of
		only := []network.Task{{Key: "y", For: func(account string) bool { return account == "you" }}, {Key: "o"}}
		mine, others := waiting(only, []mark{{TaskKey: "y", AccountID: "you", HandedTo: to("you")}}, nil, who, now, all)
		if len(keys(mine)) != len(want) || len(others) != 0 {
			t.Errorf("%s: mine %q, others %q", who, keys(mine), keys(others))
		}
	}
	// What is for several under one key stays theirs, whomever it was handed to; among those it is for, it is handed on.
	each := []network.Task{{Key: "k", Urgency: network.Safety, For: func(account string) bool { return account == "me" }}, {Key: "k", Urgency: network.Safety, For: func(account string) bool { return account == "you" }}}
	for who, want := range map[string]string{"me": "k", "you": "k", "her": ""} {
		for _, given := range []string{"you", "her"} {
			mine, others := waiting(each, []mark{{TaskKey: "k", AccountID: "me", HandedTo: to(given)}}, nil, who, now, all)
			if keys(mine) != want || len(others) != 0 {
				t.Errorf("%s, handed to %s: mine %q, others %q", who, given, keys(mine), keys(others))
			}
		}
	}
	both := []network.Task{{Key: "k", For: func(account string) bool { return account != "her" }}}
	if mine, others := waiting(both, []mark{{TaskKey: "k", AccountID: "me", HandedTo: to("you")}}, nil, "me", now, all); len(mine) != 0 || keys(others) != "k" {
		t.Errorf("handed among those it is for: mine %q, others %q", keys(mine), keys(others))
	}
	mine, others := waiting([]network.Task{{Key: "d", Permission: programme.SeeDiscreet}, {Key: "o"}}, nil, nil, "me", now, func(auth.Permission) bool { return false })
	if keys(mine) != "o" || len(others) != 0 {
		t.Errorf("a task that one may not do is listed: %q", keys(mine))
	}
}

func TestDue_onceADayFromHerHourAndNotAtWeekendsOrOnLeave(t *testing.T) {
	zone, err := time.LoadLocation("Europe/Zagreb")
	if err != nil {
		t.Fatal(err)
	}
	at := func(day, hour int) time.Time { return time.Date(2026, 11, day, hour, 15, 0, 0, zone) } // the 26th is a Thursday
	for _, c := range []struct {
		name        string
		now         time.Time
		on          string
		leave       bool
		due, safety bool
	}{
		{"before her hour", at(26, 7), "", false, false, false},
		{"at her hour", at(26, 8), "2026-11-25", false, true, false},
		{"later, if the machine was off", at(26, 15), "2026-11-25", false, true, false},
		{"once", at(26, 9), "2026-11-26", false, false, false},
		{"Saturday", at(28, 9), "", false, true, true},
		{"Sunday", at(29, 9), "", false, true, true},
		{"on leave", at(26, 9), "", true, true, true},
	} {
		due, safety := reader{DigestHour: 8, DigestOn: c.on}.due(c.now, c.leave)
		if due != c.due || safety != c.safety {
			t.Errorf("%s: due %v, safety only %v", c.name, due, safety)
		}
	}
}

func TestDisclosed_tellsNoSmallNumberNorTheSumThatGivesItAway(t *testing.T) {
	row := func(came int) totalRow {
		return totalRow{Totals: programme.Totals{Sessions: 4, Recorded: 3, Came: came}}
	}
	safe, sum := disclosed([]totalRow{row(40), row(9)}, 10)
	if !safe[1].Few || safe[1].Came != 0 || safe[0].Few || safe[0].Came != 40 {
		t.Errorf("rows: %+v", safe)
	}
	if !sum.Few || sum.Came != 0 || sum.Sessions != 8 {
		t.Errorf("sum: %+v", sum)
	}
	if _, sum = disclosed([]totalRow{row(40), row(10)}, 10); sum.Few || sum.Came != 50 {
		t.Errorf("sum of numbers that may be told: %+v", sum)
	}
}

func TestQuarterOf(t *testing.T) {
	now := time.Date(2026, 11, 26, 9, 0, 0, 0, time.UTC)
	for s, want := range map[string]string{"": "2026Q4", "2026Q1": "2026Q1"} {
		if q, err := quarterOf(s, now); err != nil || q.String() != want {
			t.Errorf("%q: %v, %v", s, q, err)
		}
	}
	for _, s := range []string{"2026Q5", "2026Q0", "26Q1", "abcdQ1", "2026-11"} {
		if _, err := quarterOf(s, now); err == nil {
			t.Errorf("%q is taken", s)
		}
	}
	q, _ := quarterOf("2026Q4", now)
	if q.before().String() != "2026Q3" || q.after().String() != "2027Q1" || !q.To.Equal(time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)) {
		t.Errorf("around %v: %v, %v", q, q.before(), q.after())
	}
}

func TestTitle_inTheReadersWords(t *testing.T) {
	words, err := i18n.Load(locales.FS)
	if err != nil {
		t.Fatal(err)
	}
	task := network.Task{Title: "desk.tasks.with", Args: []any{"name", i18n.Text{i18n.HR: "Šah", i18n.EN: "Chess"}}}
	if got := title(words.For(i18n.EN), task, time.UTC); got != "with Chess" {
		t.Error(got)
	}
	counted := network.Task{Title: "desk.close.registered", Args: []any{"n", 3}}
	if got := title(words.For(i18n.HR), counted, time.UTC); got != "3 prijave" {
		t.Error(got)
	}
}
