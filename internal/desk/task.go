package desk

import (
	"cmp"
	"slices"
	"time"

	"kvart/internal/network"
	"kvart/internal/platform/auth"
	"kvart/internal/platform/i18n"
)

// mark is what somebody said about a task.
type mark struct {
	TaskKey    string  `db:"task_key"`
	AccountID  string  `db:"account_id"`
	LaterUntil int64   `db:"later_until"`
	HandedTo   *string `db:"handed_to"`
}

// absence is somebody's leave, with who takes over.
type absence struct {
	AccountID  string  `db:"account_id"`
	Substitute *string `db:"substitute_id"`
}

// line is a task as one person sees it.
type line struct {
	network.Task
	Handed bool   // somebody handed it to this person, or to whom this person stands in for
	With   string // the account it was handed to, where that is somebody else
}

// forAccount says whether the task is meant for the account, as far as the feature says so.
func forAccount(t network.Task, account string) bool { return t.For == nil || t.For(account) }

// waiting is the list "Čeka vas" of one person: every task they may do, most urgent first. One that they put off
// stays away until then, but nothing about safety does. One that was handed on is with its new owner, and with who
// stands in for the owner while they are away; an owner who is away and has no substitute leaves it to everybody.
// What others have been handed comes back as the second list, to be taken over. A task that is not for whoever it was
// handed to stays where it was: features give tasks of several people one key, and nobody else would see it.
func waiting(tasks []network.Task, marks []mark, away []absence, me string, now time.Time, may func(auth.Permission) bool) (mine, others []line) {
	owner, putOff := map[string]string{}, map[string]bool{}
	for _, m := range marks {
		if m.HandedTo != nil {
			owner[m.TaskKey] = *m.HandedTo
		}
		if m.AccountID == me && m.LaterUntil > now.Unix() {
			putOff[m.TaskKey] = true
		}
	}
	for _, t := range tasks {
		if t.Permission != "" && !may(t.Permission) || !forAccount(t, me) {
			continue
		}
		l := line{Task: t}
		to := ""
		if !t.Unkept && owner[t.Key] != "" {
			to = standsIn(owner[t.Key], away)
		}
		switch {
		case to == "" || !forAccount(t, to):
		case to == me:
			l.Handed = true
		default:
			l.With = to
			others = append(others, l)
			continue
		}
		if putOff[t.Key] && putsOff(l) {
			continue
		}
		mine = append(mine, l)
	}
	slices.SortStableFunc(mine, urgentFirst)
	slices.SortStableFunc(others, urgentFirst)
	return mine, others
}

// standsIn is who does the work of the account now: itself, or where it is away its substitute, and so on; empty
// where nobody does.
func standsIn(account string, away []absence) string {
	for range 4 { // substitutes of substitutes, but never in a circle
		i := slices.IndexFunc(away, func(a absence) bool { return a.AccountID == account })
		if i < 0 {
			return account
		}
		if away[i].Substitute == nil {
			return ""
		}
		account = *away[i].Substitute
	}
	return ""
}

func urgentFirst(a, b line) int {
	return cmp.Or(cmp.Compare(a.Urgency, b.Urgency), dueOf(a).Compare(dueOf(b)), cmp.Compare(a.Key, b.Key))
}

// dueOf puts what has no due time last.
func dueOf(l line) time.Time {
	if l.Due.IsZero() {
		return time.Unix(1<<40, 0)
	}
	return l.Due
}

// title is the task in words. Arguments that are texts in several languages or moments are put in the reader's words.
func title(p *i18n.Printer, t network.Task, loc *time.Location) string {
	args := make([]any, len(t.Args))
	for i, a := range t.Args {
		switch a := a.(type) {
		case i18n.Text:
			args[i] = p.Pick(a)
		case time.Time:
			args[i] = p.DayShort(a.In(loc)) + " " + p.Clock(a.In(loc))
		default:
			args[i] = a
		}
	}
	for i := 0; i+1 < len(args); i += 2 { // a counted task says "n": it needs the language's plural
		if n, ok := args[i+1].(int); ok && args[i] == "n" {
			return p.N(t.Title, n, slices.Delete(slices.Clone(args), i, i+2)...)
		}
	}
	return p.T(t.Title, args...)
}
