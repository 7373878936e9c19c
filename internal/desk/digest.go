package desk

import (
	"context"
	"errors"
	"strings"
	"time"

	"kvart/internal/network"
	"kvart/internal/platform/auth"
	"kvart/internal/platform/clock"
	"kvart/internal/platform/db"
	"kvart/internal/platform/i18n"
	"kvart/internal/platform/jobs"
	"kvart/internal/platform/mail"
)

// Jobs starts what runs by itself: the one mail a day, and forgetting what was said about tasks long done.
func (p *Pages) Jobs(run *jobs.Runner) {
	run.Every("daily mail", 15*time.Minute, p.Digests)
	run.Every("task marks", 24*time.Hour, p.forgetMarks)
	run.Every("duties past", 24*time.Hour, p.forgetDuties)
}

// reader is somebody who gets the one mail a day.
type reader struct {
	ID         string    `db:"id"`
	Email      string    `db:"email"`
	Lang       i18n.Lang `db:"lang"`
	DigestHour int       `db:"digest_hour"`
	DigestOn   string    `db:"digest_on"`
}

// due says whether the mail of the local day is due: from the person's own hour on, once a day. At weekends and on
// leave it is due for what is about safety only (PRACTICE).
func (a reader) due(local time.Time, onLeave bool) (due, safetyOnly bool) {
	if local.Hour() < a.DigestHour || a.DigestOn == local.Format(time.DateOnly) {
		return false, false
	}
	weekend := local.Weekday() == time.Saturday || local.Weekday() == time.Sunday
	return true, weekend || onLeave
}

// Digests writes the mails that are due: how much waits and what, without a name, under a subject that says nothing.
func (p *Pages) Digests(ctx context.Context) error {
	var readers []reader
	if err := p.Network.DB.Select(ctx, &readers, `SELECT DISTINCT a.id, a.email, a.lang, a.digest_hour, a.digest_on FROM accounts a JOIN account_roles r ON r.account_id = a.id
		WHERE a.state = 'active' AND a.email <> '' AND r.scope_kind IN ('centre','network') AND r.role <> 'resident' ORDER BY a.id`, nil); err != nil {
		return err
	}
	centres, err := p.Network.Centres(ctx, p.Network.DB)
	if err != nil {
		return err
	}
	now := p.Network.Now()
	var faults []error
	for _, a := range readers { // one whose mail cannot be made does not keep the others from theirs
		faults = append(faults, p.digest(ctx, a, centres, now))
	}
	return errors.Join(faults...)
}

// waitingAt is what waits for somebody at one centre, or in the whole network.
type waitingAt struct {
	Name  string
	Zone  *time.Location
	Lines []line
}

func (p *Pages) digest(ctx context.Context, a reader, centres []network.Centre, now time.Time) error {
	held, err := p.Network.Auth.Roles(ctx, a.ID)
	if err != nil {
		return err
	}
	var list []waitingAt
	var loc *time.Location
	for _, c := range centres {
		in := auth.Scope{Kind: network.ScopeCentre, ID: c.ID}
		here := false
		for _, h := range held {
			here = here || h.Scope == in
		}
		if !here {
			continue
		}
		if loc == nil {
			loc = c.Location()
		}
		mine, _, err := p.waitingFor(ctx, c, a.ID, now, func(need auth.Permission) bool { return policy.Can(held, need, in) })
		if err != nil {
			return err
		}
		list = append(list, waitingAt{c.Name, c.Location(), mine})
	}
	if at, ok := wholeOf(held); ok {
		n, err := p.Network.Network(ctx, p.Network.DB)
		if err != nil {
			return err
		}
		if loc == nil {
			loc = clock.Zone(n.Zone)
		}
		tasks, err := p.whole(ctx, n.ID, now, func(need auth.Permission) bool { return policy.Can(held, need, at) })
		if err != nil {
			return err
		}
		all := waitingAt{Name: p.Texts.For(a.Lang).Pick(n.Name), Zone: loc}
		for _, t := range tasks {
			all.Lines = append(all.Lines, line{Task: t})
		}
		list = append(list, all)
	}
	if loc == nil {
		return nil
	}
	today := now.In(loc).Format(time.DateOnly)
	away, err := p.away(ctx, today)
	if err != nil {
		return err
	}
	due, safetyOnly := a.due(now.In(loc), standsIn(a.ID, away) != a.ID)
	if !due {
		return nil
	}
	n := 0
	for i := range list {
		if safetyOnly {
			list[i].Lines = safety(list[i].Lines)
		}
		n += len(list[i].Lines)
	}
	if n == 0 && safetyOnly {
		return nil // something about safety may still come up today
	}
	return p.Network.DB.Tx(ctx, func(tx *db.Tx) error {
		first, err := tx.Exec(ctx, `UPDATE accounts SET digest_on = :today WHERE id = :id AND digest_on <> :today`, db.Args{"today": today, "id": a.ID})
		if err != nil || first == 0 || n == 0 {
			return err
		}
		words := p.Texts.For(a.Lang)
		return mail.Queue(ctx, tx, mail.Message{To: a.Email, Subject: words.T("desk.mail.subject"), Body: p.letter(words, list, n), NotBefore: now})
	})
}

// wholeOf is the scope of the network, for who has a role in it.
func wholeOf(held []auth.Held) (auth.Scope, bool) {
	for _, h := range held {
		if h.Scope.Kind == network.ScopeNetwork {
			return h.Scope, true
		}
	}
	return auth.Scope{}, false
}

func safety(list []line) []line {
	var kept []line
	for _, l := range list {
		if l.Urgency == network.Safety {
			kept = append(kept, l)
		}
	}
	return kept
}

// mostLines are as many tasks as one mail names for a centre.
const mostLines = 12

func (p *Pages) letter(words *i18n.Printer, list []waitingAt, n int) string {
	var b strings.Builder
	b.WriteString(words.N("desk.mail.text", n) + "\n")
	for _, at := range list {
		if len(at.Lines) == 0 {
			continue
		}
		b.WriteString("\n" + at.Name + "\n")
		for i, l := range at.Lines {
			if i == mostLines {
				b.WriteString("- " + words.N("desk.mail.more", len(at.Lines)-mostLines) + "\n")
				break
			}
			b.WriteString("- " + title(words, l.Task, at.Zone) + "\n")
		}
	}
	b.WriteString("\n" + p.PublicURL + "/desk/\n")
	return b.String()
}
