package desk

import (
	"slices"
	"time"

	"kvart/internal/booking"
	"kvart/internal/network"
	"kvart/internal/platform/auth"
	"kvart/internal/programme"
)

// gap is something that is missing on a day, with the one press that mends it. It names no person.
type gap struct {
	Key        string // of the task of the list "Čeka vas" that is about the same, where there is one
	Session    string // which session it is about; empty: the day
	Title      string // message key
	Args       []any  // as of a task
	Press      string // message key
	Address    string
	Permission auth.Permission // of those who can mend it
}

// looked is what is known of a day when it is asked what is missing.
type looked struct {
	CentreID string
	Date     time.Time // midnight, in the centre's zone
	Now      time.Time
	Sessions []programme.Listed // of the day
	Before   []programme.Listed // of the day before
	Spaces   []booking.Space
	Bookings []booking.Booking
	Calls    map[string]int // how many still have to be called, by session
	Opens    doorkeeper
	Away     []absence // on the day
	Team     []colleague
	Closed   *network.Closure
}

// expiresSoon is how long before its end a hold without an answer is missing one.
const expiresSoon = 24 * time.Hour

// missing lists what is missing on the day, of the whole day first, then by session in their order. Of what is over only
// the attendance can be missing; of what is called off nothing.
func missing(v looked) []gap {
	var list []gap
	date := v.Date.Format(time.DateOnly)
	next := v.Date.AddDate(0, 0, 1)
	ahead := next.After(v.Now)
	held := slices.ContainsFunc(v.Bookings, func(b booking.Booking) bool { return b.EndsAt > v.Now.Unix() })
	if v.Closed != nil && ahead && (held || slices.ContainsFunc(v.Sessions, func(s programme.Listed) bool { return !s.Cancelled() && s.EndsAt > v.Now.Unix() })) {
		list = append(list, gap{Title: "desk.gap.closed", Press: "desk.gap.closed.press", Address: "/desk/cannot-open?date=" + date, Permission: CloseDay})
	}
	if v.Opens.Account == "" && v.Closed == nil && ahead && held {
		list = append(list, gap{Key: opensKey(v.CentreID, v.Date), Title: "desk.gap.opens", Press: "desk.task.opens.press", Address: "/desk/duty?date=" + date, Permission: SetDuty})
	}
	for _, b := range v.Bookings {
		if b.State == booking.Held && !bool(b.Kept) && b.EndsAt > v.Now.Unix() && b.ExpiresAt != nil && *b.ExpiresAt > v.Now.Unix() && time.Unix(*b.ExpiresAt, 0).Sub(v.Now) < expiresSoon {
			list = append(list, gap{Key: "booking.hold:" + b.ID, Title: "desk.gap.hold", Args: []any{"when", time.Unix(*b.ExpiresAt, 0)}, Press: "booking.task.look",
				Address: "/desk/bookings/" + b.ID, Permission: booking.Book})
		}
	}
	for _, s := range v.Before {
		if !s.Cancelled() && s.EndsAt <= v.Now.Unix() && s.RecordedAt == nil {
			need := programme.SeePast
			if s.DiscreetDB != 0 {
				need = programme.SeeDiscreet
			}
			list = append(list, gap{Key: "programme.attendance:" + s.ID, Title: "desk.gap.attendance", Args: []any{"what", s.Title, "when", s.Start()},
				Press: "desk.today.attendance", Address: "/desk/sessions/" + s.ID + "/attendance", Permission: need})
		}
	}
	for _, s := range v.Sessions {
		if !s.Cancelled() && s.EndsAt > v.Now.Unix() {
			list = append(list, missingAt(v, s)...)
		}
	}
	return list
}

// missingAt is what is missing of one session that is to come or going on.
func missingAt(v looked, s programme.Listed) (list []gap) {
	add := func(g gap) {
		g.Session = s.ID
		list = append(list, g)
	}
	page := "/desk/sessions/" + s.ID
	if s.PlaceKind == programme.InSpace && s.SpaceID == nil && len(s.Place) == 0 {
		add(gap{Title: "desk.gap.room", Press: "desk.gap.room.press", Address: page + "/move", Permission: programme.EditProgramme})
	}
	if s.SpaceID != nil && s.Capacity != nil {
		at := slices.IndexFunc(v.Spaces, func(x booking.Space) bool { return x.ID == *s.SpaceID })
		if at >= 0 && v.Spaces[at].Holds > 0 && *s.Capacity > v.Spaces[at].Holds {
			add(gap{Title: "desk.gap.capacity", Args: []any{"n", v.Spaces[at].Holds, "places", *s.Capacity}, Press: "desk.gap.room.press", Address: page + "/move", Permission: programme.EditProgramme})
		}
	}
	if who := answers(s, v.Away, v.Team); who == "" {
		g := gap{Key: "programme.responsible:" + s.ID, Title: "desk.gap.responsible", Press: "desk.gap.responsible.press", Address: page + "#responsible", Permission: programme.Register}
		if s.ResponsibleID != nil {
			g.Title, g.Permission = "desk.gap.responsible_away", programme.EditProgramme
		}
		add(g)
	}
	if n := v.Calls[s.ID]; n > 0 {
		add(gap{Key: "programme.call:" + s.ID, Title: "desk.gap.calls", Args: []any{"n", n}, Press: "desk.today.calls", Address: "/desk/calls", Permission: programme.Register})
	}
	return list
}

// answers is the account that answers for the session on a day on which these are away; empty where nobody does.
func answers(s programme.Listed, away []absence, team []colleague) string {
	if s.ResponsibleID == nil {
		return ""
	}
	if who := standsIn(*s.ResponsibleID, away); isOf(team, who) {
		return who
	}
	return ""
}

// told leaves out what the reader's list of tasks says already, and what they cannot mend.
func told(list []gap, may func(auth.Permission) bool, lists ...[]line) (left []gap) {
	for _, g := range list {
		known := false
		for _, l := range slices.Concat(lists...) {
			known = known || g.Key != "" && l.Key == g.Key
		}
		if !known && may(g.Permission) {
			left = append(left, g)
		}
	}
	return left
}
