package sharing

import (
	"context"
	"strings"
	"time"

	"kvart/internal/network"
	"kvart/internal/platform/db"
	"kvart/internal/platform/i18n"
	"kvart/internal/platform/mail"
)

// Every mail has a neutral subject, names times and the centre only, and leads to a page; what is asked for and by whom stands
// on that page. Who works at a centre is written to once a day, with all that waits (package desk), and not from here.

func (s *Store) send(ctx context.Context, tx *db.Tx, to []network.Reached, centreID, path string, text func(*i18n.Printer) string) error {
	for _, m := range to {
		words := s.Texts.For(m.Lang)
		body := text(words) + "\n\n" + words.T("sharing.mail.link") + "\n" + s.PublicURL + path + "\n"
		if err := mail.Queue(ctx, tx, mail.Message{To: m.Email, Subject: words.T("sharing.mail.subject"), Body: body, ScopeID: centreID}); err != nil {
			return err
		}
	}
	return nil
}

// times are the dates as lines of a mail.
func times(p *i18n.Printer, c network.Centre, dates []Date) string {
	var b strings.Builder
	for _, d := range dates {
		b.WriteString("\n" + p.When(d.Interval().Start.In(c.Location())))
	}
	return b.String()
}

// tellDeciders writes to the members of the organisation that decides on the room. The centre's coordination has the request
// on its list.
func (s *Store) tellDeciders(ctx context.Context, tx *db.Tx, c network.Centre, t Terms, r Request) error {
	if t.Decides != ByOwner || t.OwnerID == nil {
		return nil
	}
	to, err := s.Network.MemberMails(ctx, tx, *t.OwnerID)
	if err != nil {
		return err
	}
	return s.send(ctx, tx, to, c.ID, "/desk/decide/"+r.ID, func(p *i18n.Printer) string {
		return p.T("sharing.mail.asked", "centre", c.Name) + "\n" + times(p, c, r.Dates)
	})
}

// askers are who is told of a request's fate: who asked, or where that is no account with an address, the organisation's
// members, but for what is confidential: a member need not be of its team.
func (s *Store) askers(ctx context.Context, q db.Querier, by, organisationID string, confidential bool) ([]network.Reached, error) {
	var list []network.Reached
	if err := q.Select(ctx, &list, `SELECT a.email, a.lang FROM accounts a JOIN account_roles r ON r.account_id = a.id
		WHERE a.id = :id AND a.state = 'active' AND a.email <> '' AND r.role = :role AND r.scope_kind = :kind AND r.scope_id = :o`,
		db.Args{"id": by, "role": string(network.Member), "kind": network.ScopeOrganisation, "o": organisationID}); err != nil || len(list) > 0 || confidential {
		return list, err
	}
	return s.Network.MemberMails(ctx, q, organisationID)
}

// tellAsker says what became of dates of a request, with the reason where there is one.
func (s *Store) tellAsker(ctx context.Context, tx *db.Tx, r Request, dates []Date, said, reason string) error {
	c, err := s.Network.Centre(ctx, tx, r.CentreID)
	if err != nil {
		return err
	}
	to, err := s.askers(ctx, tx, r.CreatedBy, r.OrganisationID, bool(r.Confidential))
	if err != nil {
		return err
	}
	return s.send(ctx, tx, to, c.ID, "/desk/asked/"+r.ID, func(p *i18n.Printer) string {
		text := p.T("sharing.mail."+said, "centre", c.Name)
		if reason != "" {
			text += "\n" + reason
		}
		return text + "\n" + times(p, c, dates)
	})
}

// tellWaiting tells an organisation of its wait for a room's time.
func (s *Store) tellWaiting(ctx context.Context, tx *db.Tx, c network.Centre, w Wait, said string, until time.Time) error {
	to, err := s.askers(ctx, tx, w.CreatedBy, w.OrganisationID, false)
	if err != nil {
		return err
	}
	return s.send(ctx, tx, to, c.ID, "/desk/asked", func(p *i18n.Printer) string {
		return p.T("sharing.mail."+said, "centre", c.Name, "until", p.When(until.In(c.Location()))) + "\n\n" + p.When(w.Interval().Start.In(c.Location()))
	})
}

// leads are the mail boxes of those who lead the network.
func (s *Store) leads(ctx context.Context, q db.Querier) ([]network.Reached, error) {
	var list []network.Reached
	err := q.Select(ctx, &list, `SELECT DISTINCT a.email, a.lang FROM accounts a JOIN account_roles r ON r.account_id = a.id
		WHERE a.state = 'active' AND a.email <> '' AND r.role = :role ORDER BY a.email`, db.Args{"role": string(network.Lead)})
	return list, err
}
