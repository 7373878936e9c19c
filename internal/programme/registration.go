package programme

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"encoding/hex"
	"strings"
	"time"

	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/i18n"
	"kvart/internal/platform/sms"
)

// Channel is the way a registration came. All follow the same rules and the same opening moment.
type Channel string

// The channels.
const (
	Web   Channel = "web"
	Desk  Channel = "desk"
	Phone Channel = "phone"
	Paper Channel = "paper"
)

// States of a registration.
const (
	Requested = "requested" // for a discreet session, until somebody of the team confirms
	Confirmed = "confirmed"
	Waiting   = "waiting"
	Offered   = "offered" // a freed place is kept for this person until the offer ends
	Cancelled = "cancelled"
)

// Registration is somebody's intent to come. Position is the order of arrival; it never changes.
type Registration struct {
	ID         string  `db:"id"`
	SessionID  string  `db:"session_id"`
	CentreID   string  `db:"centre_id"`
	PersonID   *string `db:"person_id"`
	BundleID   string  `db:"bundle_id"`
	Party      int     `db:"party"`
	Channel    Channel `db:"channel"`
	State      string  `db:"state"`
	Position   int64   `db:"position"`
	CodeHash   string  `db:"code_hash"`
	OfferedAt  *int64  `db:"offered_at"`
	OfferUntil *int64  `db:"offer_until"`
	PassedOver int     `db:"passed_over"`
	LastOffer  int64   `db:"last_offer_at"` // when the last offer was made, or ended without an answer
	Needs      string  `db:"needs"`
	GuardianOK db.Bool `db:"guardian_ok"`
	CameIn     db.Bool `db:"came"`
	CreatedAt  int64   `db:"created_at"`
	Discreet   db.Bool `db:"discreet"`
	BySMS      db.Bool `db:"by_sms"`      // wants to hear of changes by SMS too
	RemindedAt int64   `db:"reminded_at"` // Unix seconds; 0: not yet
	SealedID   *string `db:"sealed_id"`   // of a discreet session: the sealed card of who asks, or none
	NoticeDue  db.Bool `db:"notice_due"`  // something changed that a reader of the card tells in one press
}

// Ask is what somebody asks for when registering.
type Ask struct {
	SessionID string
	Channel   Channel
	Name      string // a name, a chosen name, or empty for "just one person"
	Email     string
	Phone     string
	Party     int // 1 to 10, companions included
	Needs     string
	Adult     bool
	Guardian  bool
	BySMS     bool    // tells by SMS too; only where there is a gateway
	Friend    *Friend // somebody else for whom a place is asked too; nil: nobody
	Lang      i18n.Lang
	PersonID  string // chosen at the desk among those known; empty otherwise
	FormKey   string
	By        string    // account, or "public"
	Written   time.Time // when it was written on paper; the zero time: now
	SealedID  string    // of a discreet session: the card that was sealed before; empty: none
}

// Friend is somebody whom a person registers beside themselves: a registration of their own, with a link of their own.
// Nothing says who registered whom. A name is all that is needed, and what a session asks each person, an age or what a
// guardian says, only the friend can answer: for a guardian's consent they register themselves.
type Friend struct {
	Name, Email string
	Adult       bool
}

func (f *Friend) check(act Activity, faults *fault.Form) {
	switch n := len([]rune(f.Name)); {
	case n == 0:
		faults.Add("friend_name", "messages.fault.friend_name")
	case n > 80:
		faults.Add("friend_name", "fault.too_long", "max", 80)
	}
	if f.Email != "" && !looksLikeMail(f.Email) {
		faults.Add("friend_email", "programme.fault.email")
	}
	if bool(act.AdultsOnly) && !f.Adult {
		faults.Add("friend_adult", "messages.fault.friend_adult")
	}
	if act.Guardian {
		faults.Add("friend_name", "messages.fault.friend_guardian")
	}
	if act.Discreet {
		faults.Add("friend_name", "programme.fault.discreet_number")
	}
}

// Check returns Invalid with a fault a field. What is asked of people follows PRACTICE. Country is the calling code of
// numbers typed without one.
func (a Ask) Check(act Activity, s Session, country string, now time.Time) error {
	var f fault.Form
	if n := len([]rune(a.Name)); n > 80 {
		f.Add("name", "fault.too_long", "max", 80)
	}
	if a.Email != "" && !looksLikeMail(a.Email) {
		f.Add("email", "programme.fault.email")
	}
	if a.Phone != "" && !looksLikePhone(a.Phone) {
		f.Add("phone", "programme.fault.phone")
	}
	if n, ok := sms.Number(a.Phone, country); a.BySMS && (!ok || n == "") {
		f.Add("phone", "messages.fault.phone")
	}
	if a.Party < 1 || a.Party > 10 {
		f.Add("party", "fault.not_a_number", "low", 1, "high", 10)
	}
	if len([]rune(a.Needs)) > 300 {
		f.Add("needs", "fault.too_long", "max", 300)
	}
	if bool(act.AdultsOnly) && !a.Adult {
		f.Add("adult", "programme.fault.adult")
	}
	if bool(act.Guardian) && !a.Guardian {
		f.Add("guardian", "programme.fault.guardian")
	}
	if a.Friend != nil {
		a.Friend.check(act, &f)
	}
	if err := f.Err(); err != nil {
		return err
	}
	switch {
	case !act.Takes():
		return fault.Invalid("programme.fault.no_registration")
	case s.Cancelled():
		return fault.Conflict("programme.fault.cancelled")
	case act.State != "published":
		return fault.NotFound("fault.not_found")
	case now.Unix() >= s.StartsAt:
		return fault.Invalid("programme.fault.begun")
	case now.Unix() < s.OpensAt:
		return fault.Invalid("programme.fault.not_open_yet").With(s.Opens())
	}
	return nil
}

func looksLikeMail(s string) bool {
	at := strings.LastIndexByte(s, '@')
	return at > 0 && at < len(s)-3 && len(s) <= 200 && strings.Contains(s[at:], ".") && !strings.ContainsAny(s, " \t\r\n,;<>\"()")
}

func looksLikePhone(s string) bool {
	digits := 0
	for _, r := range s {
		switch {
		case r >= '0' && r <= '9':
			digits++
		case strings.ContainsRune(" +-/().", r):
		default:
			return false
		}
	}
	return digits >= 6 && digits <= 15
}

// State decides what a new registration becomes. waitingWeb and waitingDesk are how many already wait by web and by
// the desk's channels: nobody overtakes who came before. Only a place kept for phone, paper and desk may go to one of
// those while somebody of the web waits.
func (s Session) stateFor(channel Channel, party, waitingWeb, waitingDesk int, now time.Time) string {
	free, limited := s.Free(channel, now)
	if !limited {
		return Confirmed
	}
	if channel == Web {
		if waitingWeb+waitingDesk == 0 && party <= free {
			return Confirmed
		}
		return Waiting
	}
	if waitingDesk > 0 || party > free {
		return Waiting
	}
	if waitingWeb > 0 {
		kept := 0
		if now.Unix() < s.ShareReleasedAt {
			kept = max(0, s.DeskShare-(s.Taken-s.TakenWeb))
		}
		if party > kept {
			return Waiting
		}
	}
	return Confirmed
}

// next chooses who of those waiting is offered a free place: the first in line after the given position whose channel
// may take it. Nobody behind a person of the same pool is chosen before that person.
func (s Session) next(line []Registration, after int64, now time.Time) *Registration {
	blockedWeb := false
	for i := range line {
		r := &line[i]
		if r.State != Waiting || r.Position <= after {
			continue
		}
		free, limited := s.Free(r.Channel, now)
		if !limited { // a limit that was lifted keeps nobody waiting
			return r
		}
		if r.Channel == Web {
			if blockedWeb {
				continue
			}
			if r.Party <= free {
				return r
			}
			blockedWeb = true
			continue
		}
		if blockedWeb { // only what is kept for the desk may pass somebody of the web
			kept := 0
			if now.Unix() < s.ShareReleasedAt {
				kept = max(0, s.DeskShare-(s.Taken-s.TakenWeb))
			}
			free = min(free, kept)
		}
		if r.Party <= free {
			return r
		}
		return nil
	}
	return nil
}

// offerUntil is when an offer made or told at the given moment ends: the centre's hours later, but not past an hour
// before the session, and never less than fifteen minutes away.
func (s Session) offerUntil(told time.Time, confirmHours int) time.Time {
	until := told.Add(time.Duration(confirmHours) * time.Hour)
	if last := s.Start().Add(-time.Hour); until.After(last) {
		until = last
	}
	if least := told.Add(15 * time.Minute); until.Before(least) {
		until = least
	}
	return until
}

// codeOf makes the secret of a link that manages the registrations made together, without an account: 26 letters and
// digits, 128 bits. It follows from the bundle's random id and a secret that is not in the database, so that a later
// mail can carry the same link; the database holds only the code's hash.
func codeOf(secret []byte, bundleID string) string {
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte("kvart registration code " + bundleID))
	return strings.ToLower(base32.StdEncoding.EncodeToString(mac.Sum(nil)))[:26]
}

func hashCode(code string) string {
	sum := sha256.Sum256([]byte("kvart registration " + strings.ToLower(strings.TrimSpace(code))))
	return hex.EncodeToString(sum[:])
}
