package programme

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"time"

	"kvart/internal/network"
	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/i18n"
	"kvart/internal/platform/ical"
	"kvart/internal/platform/mail"
	"kvart/internal/platform/sms"
)

// contact is a person with the ways to write to them. Of a discreet session there is nobody to write to.
type contact struct {
	network.Person
	mail bool
	sms  string // E.164; empty: not by SMS
}

func (c contact) written() bool { return c.mail || c.sms != "" }

func (s *Store) contact(ctx context.Context, q db.Querier, r Registration) (contact, error) {
	if r.PersonID == nil || bool(r.Discreet) {
		return contact{}, nil
	}
	p, err := s.Network.Person(ctx, q, r.CentreID, *r.PersonID)
	if fault.Is(err, fault.KindNotFound) {
		return contact{}, nil
	}
	c := contact{Person: p, mail: p.Email != ""}
	if s.Texting && bool(r.BySMS) {
		c.sms, _ = sms.Number(p.Phone, s.Country)
	}
	return c, err
}

// letter is what somebody is told, once by each way in which they can be written to.
type letter struct {
	centre string
	bundle string    // of the link
	also   []string  // other bundles of the same person, each with a link of its own in the mail
	about  string    // see mail.Message; empty: it stands for itself
	at     time.Time // when it may leave
	until  time.Time // an SMS is of no use after it

	text     func(*i18n.Printer) string // of the mail, before its link
	calendar []Listed                   // go with the mail as a calendar file

	short string    // message key of the SMS; it has a short form ".short" for where the whole does not fit
	when  time.Time // of the SMS
}

// write queues the letter. Every mail and SMS is neutral: it says only what the reader needs, and carries a link to a page
// with a button; the link itself does nothing.
func (s *Store) write(ctx context.Context, tx *db.Tx, c contact, l letter) error {
	words := s.Texts.For(c.Lang)
	link := s.PublicURL + "/" + string(words.Lang()) + "/registrations/" + s.code(l.bundle)
	links := link
	for _, b := range l.also {
		links += "\n" + s.PublicURL + "/" + string(words.Lang()) + "/registrations/" + s.code(b)
	}
	if c.mail {
		file, err := s.calendarFile(ctx, tx, words, l.calendar)
		if err != nil {
			return err
		}
		if err := mail.Queue(ctx, tx, mail.Message{To: c.Email, Subject: words.T("programme.mail.subject"), ScopeID: l.centre, NotBefore: l.at, About: l.about, Calendar: file,
			Body: l.text(words) + "\n\n" + words.T("programme.mail.link") + "\n" + links + "\n"}); err != nil {
			return err
		}
	}
	if c.sms == "" || l.short == "" {
		return nil
	}
	text := words.T(l.short, "when", words.DayShort(l.when)+" "+words.Clock(l.when)) + " " + link
	if sms.Size(text) > sms.Length {
		text = words.T(l.short+".short") + " " + link
	}
	return sms.Queue(ctx, tx, sms.Message{To: c.sms, Text: text, ScopeID: l.centre, About: l.about, NotBefore: l.at, Until: l.until})
}

// calendarFile is the calendar file that goes with a mail: with it, whoever has a session in their calendar gets its new
// time, as UID and SEQUENCE are those of the public calendar. It is PUBLISH, as that is; see mail's sender.
func (s *Store) calendarFile(ctx context.Context, q db.Querier, w *i18n.Printer, list []Listed) (string, error) {
	if len(list) == 0 {
		return "", nil
	}
	c, err := s.Network.Centre(ctx, q, list[0].CentreID)
	if err != nil {
		return "", err
	}
	cal := ical.Calendar{ProdID: prodID, Zone: c.Zone}
	for _, l := range list {
		cal.Events = append(cal.Events, s.event(w, l, c))
	}
	var b bytes.Buffer
	err = ical.Write(&b, cal)
	return b.String(), err
}

const prodID = "-//Kvart//Programme//EN"

// event is a session in a calendar. Its UID is the same for ever, and its SEQUENCE goes up with each change.
func (s *Store) event(w *i18n.Printer, l Listed, c network.Centre) ical.Event {
	where := []string{l.Where(w)}
	if l.PlaceKind == InSpace {
		where = append(where, c.Name, c.Address)
	}
	where = slices.DeleteFunc(where, func(part string) bool { return part == "" })
	return ical.Event{UID: l.ID + "@" + s.host(), Sequence: l.Sequence, Stamp: time.Unix(l.ChangedAt, 0).UTC(), Start: l.Start(), End: l.End(), Zone: l.Zone,
		Summary: w.Pick(l.Title), Description: w.Pick(l.CancelReason), Location: strings.Join(where, ", "), URL: s.PublicURL + "/sessions/" + l.ID, Cancelled: l.Cancelled()}
}

// listedIn is the session as lists have it, as it is in the transaction.
func (s *Store) listedIn(ctx context.Context, q db.Querier, id string) (Listed, error) {
	var l Listed
	err := q.Get(ctx, &l, `SELECT `+listed+` FROM sessions s JOIN activities a ON a.id = s.activity_id LEFT JOIN spaces sp ON sp.id = s.space_id WHERE s.id = :id`, db.Args{"id": id})
	return l, err
}

// titled is what it is, when and where.
func titled(w *i18n.Printer, l Listed) string {
	text := w.Pick(l.Title) + "\n" + w.When(l.Start())
	if where := l.Where(w); where != "" {
		text += "\n" + where
	}
	return text
}

// changePause is how long a mail about a change waits: whoever corrects what was just changed is told of once, as it is
// in the end. Nothing waits that begins within two hours.
const changePause = 5 * time.Minute

func (s *Store) leaves(soonest int64) time.Time {
	now := s.Now()
	if soonest-now.Unix() < 2*3600 {
		return now
	}
	return now.Add(changePause)
}

// What letters are about, with a registration's id behind it.
const (
	aboutChange   = "change:"
	aboutReminder = "remind:"
	aboutAdded    = "added:"
)

// dropReminder takes back a reminder that has not left: what it says is true no more.
func (s *Store) dropReminder(ctx context.Context, tx *db.Tx, registrationID string) error {
	return s.dropLetters(ctx, tx, aboutReminder+registrationID)
}

// dropLetters takes back the letters about something that have not left.
func (s *Store) dropLetters(ctx context.Context, tx *db.Tx, about string) error {
	if err := mail.Drop(ctx, tx, about); err != nil {
		return err
	}
	return sms.Drop(ctx, tx, about)
}

// SMSGaveUp puts on the list of those to be called who was to be told by an SMS that no gateway took, and by nothing else.
func (s *Store) SMSGaveUp(ctx context.Context, tx *db.Tx, about string) error {
	id, isChange := strings.CutPrefix(about, aboutChange)
	id, isAdded := strings.CutPrefix(id, aboutAdded)
	if !isChange && !isAdded {
		return nil
	}
	var r Registration
	err := tx.Get(ctx, &r, `SELECT * FROM registrations WHERE id = :id AND state <> 'cancelled'`, db.Args{"id": id})
	if fault.Is(err, fault.KindNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	c, err := s.contact(ctx, tx, r)
	if err != nil || c.mail {
		return err
	}
	what := "added"
	if isChange {
		session, _, err := s.sessionWithActivity(ctx, tx, r.SessionID)
		if err != nil {
			return err
		}
		if what = "moved"; session.Cancelled() {
			what = "cancelled"
		}
	}
	return s.toCall(ctx, tx, r, what)
}
