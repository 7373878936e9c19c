package support

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"kvart/internal/platform/fault"
	"kvart/internal/platform/i18n"
)

// A referral passes chosen fields on, with the person's consent, as a packet of its own. What protects what:
//
// Cryptography: the packet is a request of its own, sealed to the receiver's readers, their organisation's recovery key and
// the person, never to whoever refers; no key of the conversation opens it, no key of it opens the conversation. Nothing of
// it exists before consent. The person reads it under a key made for it alone, which only their own key opens, so that
// no public key shows which conversation it belongs to. The body's second half (its erasure key) is kept under an
// id that no reading uses until the referral is accepted: who has the database and a receiver's key cannot open it before.
// Words that come back are sealed under a key that only the two sides have.
//
// A rule of the server: that the second half is used at acceptance and not before. Whoever has the running server, or the
// erasure store as well as the database, and a receiver's key, could open the body before it is accepted. That consent given
// in person was given is what a worker says, and stands in the thread.

// State is how far a referral is: the Task states of Gravity's SDOH Clinical Care guide (HL7 FHIR), with words for what here
// can happen besides.
type State string

// The states.
const (
	Requested  State = "requested"
	Accepted   State = "accepted"
	Rejected   State = "rejected"
	Rerouted   State = "rerouted" // the receiver names somebody else; that is another referral, with another consent
	InProgress State = "in_progress"
	OnHold     State = "on_hold"
	Completed  State = "completed"
	Failed     State = "failed"
	Cancelled  State = "cancelled" // by either side
	Withdrawn  State = "withdrawn" // the person takes the consent back
	Expired    State = "expired"   // the consent's last day is over
)

// States are all of them, in their order.
var States = []State{Requested, Accepted, Rejected, Rerouted, InProgress, OnHold, Completed, Failed, Cancelled, Withdrawn, Expired}

// Side is who moves a referral on.
type Side int

// The sides; a state may be another's to set too.
const (
	ByReceiver Side = 1 << iota
	ByReferrer
	ByPerson
	ByCalendar
)

// steps say what may follow what, and who may say so. The database has the same table (support_referral_steps).
var steps = map[State]map[State]Side{
	Requested:  {Accepted: ByReceiver, Rejected: ByReceiver, Rerouted: ByReceiver, Cancelled: ByReferrer, Withdrawn: ByPerson, Expired: ByCalendar},
	Accepted:   {InProgress: ByReceiver, Cancelled: ByReceiver | ByReferrer, Withdrawn: ByPerson, Expired: ByCalendar},
	InProgress: {OnHold: ByReceiver, Completed: ByReceiver, Failed: ByReceiver, Cancelled: ByReceiver | ByReferrer, Withdrawn: ByPerson, Expired: ByCalendar},
	OnHold:     {InProgress: ByReceiver, Failed: ByReceiver, Cancelled: ByReceiver | ByReferrer, Withdrawn: ByPerson, Expired: ByCalendar},
	Completed:  {Withdrawn: ByPerson},
	Failed:     {Withdrawn: ByPerson},
}

// May says whether the side may move a referral from one state to the other.
func May(side Side, from, to State) bool { return steps[from][to]&side != 0 }

// After are the states that the side may move a referral to.
func After(side Side, from State) []State {
	return slices.DeleteFunc(slices.Clone(States), func(to State) bool { return !May(side, from, to) })
}

// Over says whether nothing comes after but a consent taken back.
func (s State) Over() bool { return !May(ByCalendar, s, Expired) }

// keeps says whether the packet stays readable for its receiver although the state is over: what was done may have to be
// shown until the consent's last day, and the person is told so. Erasing everything ends it all the same. was is the state
// before.
func keeps(s, was State) bool {
	return s == Completed || s == Failed || s == Withdrawn && was == Completed
}

// CheckMove returns Invalid where a state lacks its outcome or its reason, or has one that it cannot have.
func CheckMove(to State, outcome, words string) error {
	var f fault.Form
	switch {
	case to == Completed || to == Failed:
		if !slices.Contains(Outcomes, outcome) {
			f.Add("outcome", "fault.required")
		}
	case to == Rejected:
		if outcome != "" && (outcome == "got_help" || !slices.Contains(Outcomes, outcome)) {
			f.Add("outcome", "fault.required")
		}
	case outcome != "":
		f.Add("outcome", "support.fault.referral_outcome")
	}
	if slices.Contains([]State{Rejected, Rerouted, OnHold, Failed, Cancelled}, to) && strings.TrimSpace(words) == "" {
		f.Add("words", "fault.required")
	}
	if utf8.RuneCountInString(words) > maxWords {
		f.Add("words", "fault.too_long", "max", maxWords)
	}
	return f.Err()
}

const (
	maxWords   = 1000 // of a reason
	maxSummary = 4000
	askHours   = 72      // a receiver has for its first word
	workHours  = 14 * 24 // and afterwards for the next
)

// Overdue says whether the receiver should have said something by now.
func Overdue(s State, changed, now time.Time) bool {
	switch {
	case s == Requested:
		return now.Sub(changed) > askHours*time.Hour
	case s.Over():
		return false
	}
	return now.Sub(changed) > workHours*time.Hour
}

// Kinds of entries of a referral in its conversation, and of what was passed on in a packet.
const (
	Proposed   = "proposed"
	Consented  = "consented"
	Declined   = "declined"   // the person does not want it
	TakenBack  = "taken_back" // by the team, before there was a consent
	Moved      = "moved"      // its state and outcome
	PassedOn   = "passed_on"  // in the packet: the fields
	byReferral = "referral"   // who "says" a state that came back
)

// Sent is exactly what goes to a receiver.
type Sent struct {
	Topic    string        `json:"topic,omitempty"` // code of the network's topics
	Name     string        `json:"name,omitempty"`
	Reach    string        `json:"reach,omitempty"`
	Summary  string        `json:"summary,omitempty"`
	Messages []SentMessage `json:"messages,omitempty"`
}

// SentMessage is a chosen message's text, and whether the person wrote it.
type SentMessage struct {
	Person bool   `json:"person"`
	Text   string `json:"text"`
}

// key is the message key that says whose it is.
func (m SentMessage) key() string {
	if m.Person {
		return "support.referral.field.message.person"
	}
	return "support.referral.field.message.team"
}

// Empty says whether nothing would go.
func (s Sent) Empty() bool {
	return s.Topic == "" && s.Name == "" && s.Reach == "" && s.Summary == "" && len(s.Messages) == 0
}

// Proposal is what somebody of the team proposes to pass on. It is an entry of the thread, and is passed on as it stands
// there or not at all.
type Proposal struct {
	ID    string `json:"id"` // the referral's, random; only sealed things name it beside the conversation
	From  Party  `json:"from"`
	To    Party  `json:"to"`
	Name  string `json:"name"` // of the receiver, when it was proposed
	Sent  Sent   `json:"sent"`
	Until string `json:"until"` // last day of the consent, "2026-12-31"
}

// Ways of giving consent.
const (
	ConsentHere     = "here"      // in one's own thread
	ConsentInPerson = "in_person" // a worker records it
	ConsentByPhone  = "by_phone"
)

// Consent is the person's yes to a proposal, with what the conversation needs to follow what becomes of it.
type Consent struct {
	ID     string `json:"id"`
	Name   string `json:"name"` // of the receiver
	How    string `json:"how"`
	Words  string `json:"words,omitempty"` // how it was given, where a worker records it
	Packet string `json:"packet"`
	Reply  []byte `json:"reply"`          // the key of words that come back
	Seed   string `json:"seed,omitempty"` // of the person's key of the packet, sealed to the person
}

// Move is a step of a referral as the conversation keeps it.
type Move struct {
	ID      string `json:"id"`
	Name    string `json:"name"`
	State   State  `json:"state"`
	Outcome string `json:"outcome,omitempty"`
	Words   string `json:"words,omitempty"`
	Hour    int64  `json:"hour"`
}

// PacketHead is all that a receiver sees of a packet before accepting it.
type PacketHead struct {
	Referral string   `json:"referral"`
	From     Party    `json:"from"`
	Reply    []byte   `json:"reply"`
	Until    string   `json:"until"`
	Kept     []string `json:"kept"` // marks of those whom it is never given to, and of nobody
	since    bool     // some of them stand in the referral's row only
}

// Acting without consent happens outside: Kvart keeps that it was done, and moves nothing.
const (
	Outside          = "outside"           // somebody says that it was done; the person is not shown it
	OutsideConfirmed = "outside_confirmed" // a second says so too: now it stands
	OutsideTold      = "outside_told"      // the person is told
)

// Grounds on which somebody acts without consent.
var Grounds = []string{"danger", "law"}

// Acted is what was done without consent.
type Acted struct {
	ID     string `json:"id"`
	First  string `json:"first"`            // readers' ids
	Second string `json:"second,omitempty"` // who confirms
	To     string `json:"to"`               // who was told
	Ground string `json:"ground"`
	What   string `json:"what"`
	Delay  string `json:"delay,omitempty"` // why the person is told later; empty: at once
}

// Check returns Invalid with the fields that cannot be right.
func (a Acted) Check() error {
	var f fault.Form
	for name, c := range map[string]struct {
		value string
		max   int
		must  bool
	}{"to": {a.To, 200, true}, "what": {a.What, maxWords, true}, "delay": {a.Delay, maxWords, false}} {
		if c.must && strings.TrimSpace(c.value) == "" {
			f.Add(name, "fault.required")
		}
		if utf8.RuneCountInString(c.value) > c.max {
			f.Add(name, "fault.too_long", "max", c.max)
		}
	}
	if !slices.Contains(Grounds, a.Ground) {
		f.Add("ground", "fault.required")
	}
	return f.Err()
}

// reachOf is what the person said about being reached, as one text.
func reachOf(h Header) string {
	var list []string
	for _, s := range []string{h.Ways, h.Times, h.Email, h.Phone} {
		if s = strings.TrimSpace(s); s != "" {
			list = append(list, s)
		}
	}
	return strings.Join(list, "\n")
}

// untilHour is when a consent that holds through its last day is over.
func untilHour(date string, zone *time.Location) (int64, error) {
	day, err := time.ParseInLocation(time.DateOnly, date, zone)
	if err != nil {
		return 0, err
	}
	return hour(day.AddDate(0, 0, 1)), nil
}

// topicOf is the topic's name, or its code where the network has none of it any more.
func (s Sent) topicOf(v Settings, l i18n.Lang) string {
	if name := v.Topic(s.Topic, l); name != "" {
		return name
	}
	return s.Topic
}
