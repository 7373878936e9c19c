// Package support is confidential messages between a person and the few who may read them at a centre.
//
// Everything said is sealed (platform/vault) to the person and to chosen readers; the database refuses what is sealed under
// an epoch that is over. No role opens anything without a grant, and no key of the server does. A request's row says
// neither whose it is, nor about what, nor to which centre: that stands in its sealed header.
//
// It is not a case management system: no file on a person, no label for who somebody is, no way around consent.
package support

import (
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"kvart/internal/network"
	"kvart/internal/platform/auth"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/i18n"
	"kvart/internal/platform/vault"
)

// Permissions of this feature. None of them opens anything without a grant.
const (
	Read    auth.Permission = "support.read"    // the inbox, and one's own key
	Arrange auth.Permission = "support.arrange" // who looks at messages when, whose key is whose
	Receive auth.Permission = "support.receive" // what was passed on to one's organisation or team
)

// Grants say which role has which permission.
var Grants = []auth.Grant{
	{Role: network.SupportWorker, Permission: Read}, {Role: network.SupportWorker, Permission: Arrange},
	{Role: network.Coordinator, Permission: Arrange}, {Role: network.Lead, Permission: Arrange},
	{Role: network.Member, Permission: Receive}, {Role: network.SupportWorker, Permission: Receive},
}

// Readers that are no account's key.
const (
	PersonID   = "person"   // who asked
	RecoveryID = "recovery" // the organisation's key that exists on paper only
)

// Reading is somebody who reads, with the key that opens what is sealed to them.
type Reading struct {
	ID      string // PersonID, RecoveryID or the id of an account's key
	Key     vault.Identity
	Account string // the account, for the audit log; empty: the person
}

func (r Reading) actor() string {
	if r.ID == RecoveryID {
		return RecoveryID
	}
	if r.Account == "" {
		return "public"
	}
	return r.Account
}

// Party is who reads beside the person: a centre's team for support, or the members of an organisation.
type Party struct {
	Centre       string `json:"centre,omitempty"`
	Organisation string `json:"organisation,omitempty"`
}

// Reach is what the person said about being reached, and as whom. It is sealed in the header, under an erasure key of its own.
type Reach struct {
	Name     string `json:"name,omitempty"`     // to use
	NameSafe string `json:"namesafe,omitempty"` // where that name is safe
	Pronouns string `json:"pronouns,omitempty"`
	Ways     string `json:"ways,omitempty"`  // safe ways of reaching, as the person wrote them
	Times    string `json:"times,omitempty"` // and times
	Email    string `json:"email,omitempty"` // only where a notice there is safe
	Phone    string `json:"phone,omitempty"`
	NotTell  string `json:"nottell,omitempty"` // who must not know
}

// sealedReach is a Reach in its header, sealed in the same epoch. What is taken back loses its key; the header stays, as an old
// copy of the database opens with it.
type sealedReach struct {
	Item   string `json:"item"` // of its erasure key; no row has it
	Sealed string `json:"sealed"`
	erase  vault.ErasureKey
}

// Header is what a list of messages shows, and what the person said about being reached. It is sealed apart from what was
// written, so that a list opens nothing else.
type Header struct {
	Reach
	Apart     *sealedReach `json:"apart,omitempty"` // Reach as it is kept
	ReachLost bool         `json:"-"`               // it was changed since this copy of the database was made

	Party    Party     `json:"party"`
	Lang     i18n.Lang `json:"lang"`
	Topic    string    `json:"topic,omitempty"`    // code of the network's topics
	WayBack  string    `json:"wayback,omitempty"`  // agreed instead of a code: a day, a word to say at the door
	Struck   []string  `json:"struck,omitempty"`   // keys that are never sealed to
	Passed   []string  `json:"passed,omitempty"`   // of those, who was passed over when a colleague gave access
	Assigned string    `json:"assigned,omitempty"` // a reader\'s key
	Second   string    `json:"second,omitempty"`   // of two to whom it was handed over
	Minor    bool      `json:"minor,omitempty"`    // somebody under 18 is concerned
	Danger   bool      `json:"danger,omitempty"`   // immediate danger
	Linked   []string  `json:"linked,omitempty"`   // the same matter, for staff; never merged
	Outcome  string    `json:"outcome,omitempty"`
	Spoken   bool      `json:"spoken,omitempty"` // taken in person or by phone

	Packet *PacketHead `json:"packet,omitempty"` // of a referral
}

// MaxText is the longest message, in characters.
const MaxText = 20000

// Check returns Invalid with the fields that cannot be right.
func (h Header) Check() error {
	var f fault.Form
	for name, c := range map[string]struct {
		value string
		max   int
	}{"name": {h.Name, 80}, "namesafe": {h.NameSafe, 300}, "pronouns": {h.Pronouns, 60}, "ways": {h.Ways, 500}, "times": {h.Times, 300},
		"email": {h.Email, 200}, "phone": {h.Phone, 40}, "nottell": {h.NotTell, 500}, "wayback": {h.WayBack, 300}} {
		if utf8.RuneCountInString(c.value) > c.max {
			f.Add(name, "fault.too_long", "max", c.max)
		}
	}
	if h.Email != "" && (strings.Count(h.Email, "@") != 1 || strings.ContainsAny(h.Email, " ,;<>\n\r\"")) {
		f.Add("email", "mail.fault.address")
	}
	return f.Err()
}

// Kinds of entries. All look the same to whoever has no key.
const (
	Message  = "message"
	Note     = "note"     // for staff; the person has the key but is not shown it
	Joined   = "joined"   // somebody may read from here on, and everything before
	Left     = "left"     // somebody reads no more
	NewCode  = "newcode"  // the access code was replaced in person
	Closed   = "closed"   // with its outcome
	Reopened = "reopened" // somebody wrote again
	Told     = "told"     // a notice that says nothing was sent
	Recovery = "recovery" // the organisation's recovery key was used through Kvart
)

// Entry is one thing said or done in a thread.
type Entry struct {
	Kind string `json:"kind"`
	By   string `json:"by"` // a reader's id
	Text string `json:"text,omitempty"`
	Who  string `json:"who,omitempty"` // the reader's id that it is about
	File *File  `json:"file,omitempty"`

	Proposal *Proposal `json:"proposal,omitempty"` // of Proposed
	Consent  *Consent  `json:"consent,omitempty"`  // of Consented
	Move     *Move     `json:"move,omitempty"`     // of Declined, TakenBack and Moved
	Sent     *Sent     `json:"sent,omitempty"`     // of PassedOn
	Acted    *Acted    `json:"acted,omitempty"`    // of Outside, OutsideConfirmed and OutsideTold
}

// File is what was attached; its bytes are an item of their own.
type File struct {
	Item string `json:"item"`
	Name string `json:"name"`
	Type string `json:"type"`
	Size int    `json:"size"`
}

// ForPerson says whether the person is shown the entry. What was done without consent is told in an entry of its own.
func (e Entry) ForPerson() bool {
	return e.Kind != Note && e.Kind != Outside && e.Kind != OutsideConfirmed
}

// checkText returns Invalid for an empty or too long message.
func checkText(text string) error {
	var f fault.Form
	switch n := utf8.RuneCountInString(text); {
	case strings.TrimSpace(text) == "":
		f.Add("text", "fault.required")
	case n > MaxText:
		f.Add("text", "fault.too_long", "max", MaxText)
	}
	return f.Err()
}

// members are those of an epoch, as they are kept beside it.
func encodeMembers(list []vault.Member) (string, error) {
	slices.SortFunc(list, func(a, b vault.Member) int { return strings.Compare(a.ID, b.ID) })
	b, err := json.Marshal(list)
	return string(b), err
}

// decodeMembers reads what encodeMembers wrote, and nothing else. It is no parser of JSON, which took a good part of the time of
// opening a thread: the epoch's tag vouches for what it read, not for the text.
func decodeMembers(text string) (list []vault.Member, ok bool) {
	rest, ok := strings.CutPrefix(text, `[{"ID":"`)
	for ok {
		var id, key string
		if id, rest, ok = strings.Cut(rest, `","Key":"`); !ok {
			break
		}
		if key, rest, ok = strings.Cut(rest, `"}`); !ok {
			break
		}
		m := vault.Member{ID: id, Key: decode(key)}
		if len(key) != base64.StdEncoding.EncodedLen(len(m.Key)) { // it did not decode, or had line breaks in it
			break
		}
		if list = append(list, m); rest == "]" {
			return list, true
		}
		rest, ok = strings.CutPrefix(rest, `,{"ID":"`)
	}
	return nil, false
}

// isStaff says whether the reader is somebody's key, rather than the person's or the recovery key.
func isStaff(id string) bool { return id != PersonID && id != RecoveryID }

// hour is the beginning of t's hour: no row here knows a finer time (DESIGN section 4).
func hour(t time.Time) int64 { s := t.Unix(); return s - s%3600 }
