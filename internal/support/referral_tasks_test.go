package support_test

import (
	"net/url"
	"testing"
	"time"

	"kvart/internal/network"
	"kvart/internal/platform/i18n"
	. "kvart/internal/support"
)

func TestTasks_ofReferralsWaitForWhoMayPressThem(t *testing.T) {
	eachDesk(t, func(d *desk) {
		p := d.partner()
		of := func(account string) map[string]int {
			d.t.Helper()
			list, err := d.pages.MemberTasks(t.Context(), p.id, d.now)
			d.must(err)
			got := map[string]int{}
			for _, x := range list {
				if words, err := texts(); err != nil || words.For(i18n.HR).T(x.Press) == x.Press || x.Address != "/desk/messages/referrals" || x.Permission != Receive {
					t.Errorf("%+v %v", x, err)
				}
				if x.For(account) {
					got[x.Title] = x.Args[1].(int)
				}
			}
			return got
		}
		one, other := p.members[0], p.members[1]
		request, person, r := d.proposed(p)
		if got := of(one.Account); len(got) != 0 {
			t.Errorf("before consent %v", got)
		}
		d.must(d.Consent(t.Context(), person, request, r.ID, "", "", other.ID))
		if got := of(one.Account); got["support.task.passed_on"] != 1 || len(got) != 1 {
			t.Errorf("at once %v", got)
		}
		for _, who := range []string{other.Account, d.team[0].Account} {
			if got := of(who); len(got) != 0 {
				t.Errorf("whom it is not sealed to is told of %v", got)
			}
		}
		for _, c := range []string{d.centre, d.other} { // whose messages' page would not show it
			list, err := d.pages.Tasks(t.Context(), c, d.now)
			d.must(err)
			for _, x := range list {
				if x.Key != "support.numbers" && x.For(one.Account) {
					t.Errorf("at a centre %+v", x)
				}
			}
		}
		d.now = d.now.Add(73 * time.Hour)
		if got := of(one.Account); got["support.task.passed_on_late"] != 1 || len(got) != 1 {
			t.Errorf("after three days %v", got)
		}
		packet := *d.only(person, request).Consent
		d.must(d.MoveReferral(t.Context(), one, packet.Packet, Accepted, "", ""))
		if got := of(one.Account); len(got) != 0 {
			t.Errorf("after accepting %v", got)
		}
		d.now = d.now.Add(15 * 24 * time.Hour)
		if got := of(one.Account); got["support.task.passed_on_late"] != 1 {
			t.Errorf("two weeks later %v", got)
		}

		// What came back only the open key of who refers can tell.
		ask := func(s *screen) []network.Task {
			s.page("/desk/open-tasks", nil)
			return d.open
		}
		if got := ask(d.as(d.team[0].Account)); len(got) != 0 {
			t.Errorf("with a closed key %v", got)
		}
		worker := d.reads(d.team[0])
		if got := ask(worker); len(got) != 1 || got[0].Args[1] != 1 || got[0].Address != "/desk/messages/referrals" {
			t.Errorf("the referrer is told %v", got)
		}
		receiver := d.as(one.Account)
		receiver.page("/desk/messages/open", url.Values{"passphrase": {phrase}, "next": {"/desk/messages/referrals"}})
		if got := ask(receiver); len(got) != 0 {
			t.Errorf("the receiver is told %v", got)
		}
		worker.page(thread(request), nil)
		if got := ask(worker); len(got) != 0 {
			t.Errorf("after looking %v", got)
		}
	})
}
