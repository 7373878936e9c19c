package participation

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"kvart/internal/network"
	"kvart/internal/platform/db"
	"kvart/internal/platform/i18n"
	"kvart/internal/platform/jobs"
	"kvart/internal/platform/mail"
)

// Jobs starts what runs by itself: the weekly overview for those who lead the network, what
// votes decided, and the texts whose time is over.
func (s *Store) Jobs(run *jobs.Runner) {
	run.Every("proposals overview", time.Hour, s.TellLeads)
	run.Every("vote results", time.Minute, s.TakeVotes)
	run.Every("comments", time.Hour, s.ForgetComments)
}

// tellsFrom is the hour, where the network is, from which the overview of a Monday goes out.
const tellsFrom = 8

// TellLeads writes the overview of the week to those who lead the network: once a week, from Monday morning on, and only
// where something waits or was said late. The mail has numbers of centres; what they are about stands at the desk.
func (s *Store) TellLeads(ctx context.Context) error {
	b, err := s.Network.Basics(ctx)
	if err != nil {
		return nil //nolint:nilerr // before the network is made there is nobody to tell
	}
	now := s.Now().In(b.Zone)
	monday := now.AddDate(0, 0, -((int(now.Weekday()) + 6) % 7))
	if now.Weekday() == time.Monday && now.Hour() < tellsFrom {
		return nil
	}
	all, err := s.Overview(ctx)
	if err != nil {
		return err
	}
	waiting := 0
	for _, o := range all {
		waiting += o.Waiting + o.Reading + o.SaidLate
	}
	if waiting == 0 {
		return nil
	}
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec(ctx, `INSERT INTO proposal_weeks (week, at) VALUES (:w, :at) ON CONFLICT (week) DO NOTHING`, db.Args{"w": monday.Format(time.DateOnly), "at": s.Now().Unix()})
		if err != nil || n == 0 {
			return err
		}
		var leads []network.Reached
		if err := tx.Select(ctx, &leads, `SELECT DISTINCT a.email, a.lang FROM accounts a JOIN account_roles r ON r.account_id = a.id
			WHERE a.state = 'active' AND a.email <> '' AND r.role = :role ORDER BY a.email`, db.Args{"role": string(network.Lead)}); err != nil {
			return err
		}
		var faults []error
		for _, m := range leads {
			words := s.Texts.For(m.Lang)
			faults = append(faults, mail.Queue(ctx, tx, mail.Message{To: m.Email, Subject: words.T("participation.mail.subject"), About: "proposals overview " + m.Email,
				Body: words.T("participation.mail.week", "day", words.Date(monday)) + "\n\n" + overviewLines(words, all) + "\n" + words.T("participation.mail.link") + "\n" + s.PublicURL + "/desk/network/proposals\n"}))
		}
		return errors.Join(faults...)
	})
}

func overviewLines(p *i18n.Printer, all []overview) string {
	var b strings.Builder
	for _, o := range all {
		b.WriteString(o.Centre.Name + ": " + p.T("participation.mail.line", "reading", strconv.Itoa(o.Reading), "waiting", strconv.Itoa(o.Waiting), "late", strconv.Itoa(o.Late), "said", strconv.Itoa(o.SaidLate)) + "\n")
	}
	return b.String()
}

// soonDays are the days before the first word is due from which it is urgent.
const soonDays = 4

// askDays are the days after which somebody asks those to whom a proposal was passed on.
const askDays = 30

// Tasks are what waits for somebody at the centre: to be read before it shows, the first word before it is late, and those who
// were passed something and have not answered.
func (s *Store) Tasks(ctx context.Context, centreID string, now time.Time) ([]network.Task, error) {
	c, err := s.Network.Centre(ctx, s.DB, centreID)
	if err != nil {
		return nil, err
	}
	list, err := s.OfCentre(ctx, s.DB, centreID)
	if err != nil {
		return nil, err
	}
	dues, err := s.dues(ctx, s.DB, c, list, "")
	if err != nil {
		return nil, err
	}
	today := s.today(c)
	at := func(date string) time.Time {
		t, _ := time.ParseInLocation(time.DateOnly, date, c.Location())
		return t
	}
	asked, err := s.commentsAsked(ctx, s.DB, centreID)
	if err != nil {
		return nil, err
	}
	var tasks []network.Task
	for _, x := range asked {
		tasks = append(tasks, network.Task{Key: "participation.comment:" + x.ProposalID + ":" + x.First, Title: "participation.task.comment", Args: []any{"what", x.Title}, Press: "participation.task.open",
			Address: "/desk/proposals/" + x.ProposalID + "#comments", Method: "GET", Due: at(x.On), Urgency: network.Soon, Permission: Answer})
	}
	for _, p := range list {
		address := "/desk/proposals/" + p.ID
		switch {
		case p.State == Received:
			due := dues[p.ID]
			title, urgency := "participation.task.word", network.Whenever
			if p.Screen == Waiting {
				title = "participation.task.read"
			}
			if left := daysUntil(today, due); left <= 0 {
				urgency = network.Today
			} else if left <= soonDays {
				urgency = network.Soon
			}
			tasks = append(tasks, network.Task{Key: "participation.word:" + p.ID, Title: title, Args: []any{"what", p.Title}, Press: "participation.task.open", Address: address, Method: "GET",
				Due: at(due), Urgency: urgency, Permission: Answer})
		case p.Screen == Waiting && p.State != Withdrawn:
			tasks = append(tasks, network.Task{Key: "participation.read:" + p.ID, Title: "participation.task.read", Args: []any{"what", p.Title}, Press: "participation.task.open", Address: address,
				Method: "GET", Due: now, Urgency: network.Soon, Permission: Answer})
		case p.State == Passed:
			thread, err := s.Thread(ctx, s.DB, p.ID)
			if err != nil {
				return nil, err
			}
			last := thread[len(thread)-1]
			if last.Answer != Answered && daysUntil(last.On, today) >= askDays {
				tasks = append(tasks, network.Task{Key: "participation.ask:" + p.ID + ":" + last.On, Title: "participation.task.ask", Args: []any{"what", p.Title}, Press: "participation.task.open",
					Address: address, Method: "GET", Due: at(last.On).AddDate(0, 0, askDays), Urgency: network.Soon, Permission: Answer})
			}
		}
	}
	return tasks, nil
}
