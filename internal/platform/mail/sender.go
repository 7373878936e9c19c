package mail

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	netmail "net/mail"
	"strings"
	"sync"
	"time"

	gomail "github.com/wneessen/go-mail"

	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
)

// How the connection to the mail server is protected.
const (
	StartTLS    = "starttls" // begins open and must change to TLS; also the meaning of ""
	ImplicitTLS = "tls"
	Open        = "none" // for a server on the same machine
)

// Settings name the mail server.
type Settings struct {
	Host string
	Port int    // 0: 587 with StartTLS, 465 with ImplicitTLS, 25 with Open
	User string // empty: no sign-in
	Pass string
	From string // "Name <address>" or an address
	TLS  string // StartTLS, ImplicitTLS or Open
}

// Sender hands queued mails to the mail server. Several processes may each have one.
type Sender struct {
	DB         *db.DB
	SMTP       *Settings // nil: there is no mail server, mails wait
	PublicHost string    // host of the public address; part of every Message-ID
	Now        func() time.Time
	Log        *slog.Logger
	Trust      *tls.Config // nil: the machine's certificate authorities

	mu   sync.Mutex
	soon map[string]time.Time // mails put off for minutes; the rows themselves know hours only
}

const (
	attempts = 8 // after so many a mail has failed
	quick    = 3 // so many times a server may say "later" before the next try waits for an hour
	perRun   = 500
	stale    = 72 * time.Hour // what has waited longer than this since it could have gone tells of what is over
)

// backOff is how many hours after attempt n the next one is.
func backOff(n int) int64 { return int64(1) << max(0, min(n-quick, 4)) }

// SendWaiting sends the mails that are due and returns how many the server took. An unreachable server costs no mail
// an attempt. A mail the server refuses is tried again, later each time, and fails after eight attempts. One that has
// waited for three days fails too: when a server is named at last, or answers again after long, no old news goes out. A
// process that dies in the middle of a mail may send that one again, with the same Message-ID.
func (s *Sender) SendWaiting(ctx context.Context) (n int, err error) {
	if s.SMTP == nil {
		return 0, nil
	}
	var due []Mail
	now := s.Now()
	if err := s.giveUpStale(ctx, now); err != nil {
		return 0, err
	}
	if err := s.DB.Select(ctx, &due, `SELECT `+columns+`, body, calendar FROM mails WHERE state = 'waiting' AND not_before <= :now
		ORDER BY not_before, hour, id LIMIT :n`, db.Args{"now": now.Unix(), "n": perRun}); err != nil {
		return 0, fmt.Errorf("reading waiting mails: %w", err)
	}
	due = s.leaveSoon(due, now)
	if len(due) == 0 {
		return 0, nil
	}
	c, err := s.client()
	if err != nil {
		return 0, err
	}
	if err := c.DialWithContext(ctx); err != nil {
		return 0, fmt.Errorf("reaching the mail server: %w", err)
	}
	defer c.Close()
	for _, m := range due {
		if ctx.Err() != nil {
			return n, ctx.Err()
		}
		mine, err := s.claim(ctx, m, now)
		if err != nil {
			return n, err
		}
		if !mine {
			continue
		}
		m.Attempts++
		sent, goOn := s.send(c, m)
		// what the server has taken is noted even when ctx has ended meanwhile
		if err := s.note(context.WithoutCancel(ctx), m, sent, now); err != nil {
			return n, err
		}
		if sent == nil {
			n++
		} else if !goOn {
			return n, fmt.Errorf("the mail server went away: %w", sent)
		}
	}
	return n, nil
}

// giveUpStale lets the mails fail that nobody should get any more.
func (s *Sender) giveUpStale(ctx context.Context, now time.Time) error {
	n, err := s.DB.Exec(ctx, `UPDATE mails SET state = 'failed' WHERE state = 'waiting' AND hour < :old AND not_before < :old`,
		db.Args{"old": now.Add(-stale).Unix()})
	if err != nil {
		return fmt.Errorf("giving up mails that waited too long: %w", err)
	}
	if n > 0 && s.Log != nil {
		s.Log.Warn("mails have waited for more than three days: they are not sent", "mails", n)
	}
	return nil
}

// SendNow hands a mail to the server at once and keeps nothing of it: no row, no job, no log. Its sender is the bare address,
// without a name. It returns Conflict where there is no mail server, Invalid for no address, and otherwise an error that
// holds neither address nor words: the server did not take it.
func (s *Sender) SendNow(ctx context.Context, to, subject, body string) error {
	if s.SMTP == nil {
		return fault.Conflict("mail.fault.no_server")
	}
	m := Message{To: to, Subject: subject, Body: body}
	if err := m.check(); err != nil {
		return err
	}
	from, err := netmail.ParseAddress(s.SMTP.From)
	if err != nil {
		return errNotTaken
	}
	msg, err := s.compose(Mail{ID: db.NewSecretID(), To: to, Subject: subject, Body: body})
	if err != nil || msg.From(from.Address) != nil {
		return errNotTaken
	}
	c, err := s.client()
	if err != nil {
		return errNotTaken
	}
	if err := c.DialWithContext(ctx); err != nil {
		return errNotTaken
	}
	defer c.Close()
	if err := c.Send(msg); err != nil && !msg.IsDelivered() {
		return errNotTaken
	}
	return nil
}

// errNotTaken says nothing of the mail: a server's words may hold the address.
var errNotTaken = errors.New("the mail server did not take it")

// claim takes the mail for this process, counting the attempt and putting the next one off beforehand.
func (s *Sender) claim(ctx context.Context, m Mail, now time.Time) (bool, error) {
	n, err := s.DB.Exec(ctx, `UPDATE mails SET attempts = attempts + 1, not_before = :next
		WHERE id = :id AND state = 'waiting' AND attempts = :attempts AND not_before = :not_before`,
		db.Args{"id": m.ID, "attempts": m.Attempts, "not_before": m.NotBefore, "next": hour(now) + 3600*backOff(m.Attempts+1)})
	if err != nil {
		return false, fmt.Errorf("taking a mail to send: %w", err)
	}
	return n == 1, nil
}

// send returns nil when the server took the mail; goOn says whether the connection can carry the next one.
func (s *Sender) send(c *gomail.Client, m Mail) (failed error, goOn bool) {
	msg, err := s.compose(m)
	if err != nil {
		return err, true
	}
	err = c.Send(msg)
	if err == nil || msg.IsDelivered() {
		return nil, err == nil
	}
	if refused, ok := errors.AsType[*gomail.SendError](err); ok && refused.ErrorCode() != 0 {
		return refused, true
	}
	return err, false
}

// note records what came of an attempt. The body of a mail that was sent goes at once.
func (s *Sender) note(ctx context.Context, m Mail, failed error, now time.Time) (err error) {
	code, status := 0, ""
	if r, ok := errors.AsType[*gomail.SendError](failed); ok {
		code, status = r.ErrorCode(), r.EnhancedStatusCode()
	}
	switch {
	case failed == nil:
		_, err = s.DB.Exec(ctx, `UPDATE mails SET state = 'sent', body = '', calendar = '', sent_at = :hour WHERE id = :id`,
			db.Args{"id": m.ID, "hour": hour(now)})
	case m.Attempts >= attempts || strings.HasPrefix(status, "5.1."): // there is no such address, RFC 3463 section 3.2
		s.log("mail failed", m, code)
		_, err = s.DB.Exec(ctx, `UPDATE mails SET state = 'failed' WHERE id = :id`, db.Args{"id": m.ID})
	case code >= 400 && code < 500 && m.Attempts <= quick: // "later", as servers say that do not know us yet
		s.mu.Lock()
		if s.soon == nil {
			s.soon = map[string]time.Time{}
		}
		s.soon[m.ID] = now.Add(time.Duration(m.Attempts) * 5 * time.Minute)
		s.mu.Unlock()
		_, err = s.DB.Exec(ctx, `UPDATE mails SET not_before = :not_before WHERE id = :id`, db.Args{"id": m.ID, "not_before": m.NotBefore})
	default:
		s.log("mail was not taken, it waits", m, code)
	}
	if err != nil {
		return fmt.Errorf("noting what came of a mail: %w", err)
	}
	return nil
}

// log tells of a mail by its id; a server's words may hold the address.
func (s *Sender) log(what string, m Mail, code int) {
	if s.Log != nil {
		s.Log.Warn(what, "mail", m.ID, "attempt", m.Attempts, "code", code)
	}
}

// leaveSoon leaves out the mails that were put off for some minutes.
func (s *Sender) leaveSoon(due []Mail, now time.Time) []Mail {
	s.mu.Lock()
	defer s.mu.Unlock()
	for id, t := range s.soon {
		if !t.After(now) {
			delete(s.soon, id)
		}
	}
	kept := due[:0]
	for _, m := range due {
		if _, later := s.soon[m.ID]; !later {
			kept = append(kept, m)
		}
	}
	return kept
}

func (s *Sender) client() (*gomail.Client, error) {
	o := []gomail.Option{gomail.WithHELO(s.PublicHost), gomail.WithTimeout(20 * time.Second)}
	port := s.SMTP.Port
	set := func(standard int, more ...gomail.Option) {
		if port == 0 {
			port = standard
		}
		o = append(o, more...)
	}
	switch s.SMTP.TLS {
	case "", StartTLS:
		set(587, gomail.WithTLSPolicy(gomail.TLSMandatory))
	case ImplicitTLS:
		set(465, gomail.WithSSL())
	case Open:
		set(25, gomail.WithTLSPolicy(gomail.NoTLS))
	default:
		return nil, fmt.Errorf("mail: %q is no way to protect a connection", s.SMTP.TLS)
	}
	o = append(o, gomail.WithPort(port))
	if s.Trust != nil {
		o = append(o, gomail.WithTLSConfig(s.Trust))
	}
	if s.SMTP.User != "" {
		o = append(o, gomail.WithSMTPAuth(gomail.SMTPAuthAutoDiscover), gomail.WithUsername(s.SMTP.User), gomail.WithPassword(s.SMTP.Pass))
	}
	c, err := gomail.NewClient(s.SMTP.Host, o...)
	if err != nil {
		return nil, fmt.Errorf("mail server settings: %w", err)
	}
	return c, nil
}

func (s *Sender) compose(m Mail) (*gomail.Msg, error) {
	msg := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	if err := msg.From(s.SMTP.From); err != nil {
		return nil, fmt.Errorf("sender address: %w", err)
	}
	if err := msg.To(m.To); err != nil {
		return nil, fmt.Errorf("receiver address: %w", err)
	}
	msg.Subject(m.Subject)
	msg.SetDateWithValue(s.Now())
	msg.SetMessageIDWithValue(m.ID + "@" + s.PublicHost)
	msg.SetGenHeader("Auto-Submitted", "auto-generated") // RFC 3834: no out-of-office replies
	msg.SetBodyString(gomail.TypeTextPlain, m.Body)
	if m.Calendar != "" {
		// PUBLISH, not REQUEST: nobody is invited who would have to accept or decline (RFC 5546 sections 3.2.1 and 3.2.2), and
		// no answer would be read. A calendar that holds the event takes the one with the higher SEQUENCE.
		if err := msg.AttachReader("calendar.ics", strings.NewReader(m.Calendar), gomail.WithFileContentType("text/calendar; charset=utf-8; method=PUBLISH")); err != nil {
			return nil, fmt.Errorf("attaching a calendar: %w", err)
		}
	}
	return msg, nil
}
