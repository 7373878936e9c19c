package programme

import (
	"strconv"
	"time"

	"kvart/internal/platform/clock"
	"kvart/internal/platform/i18n"
)

// Session is one occurrence of an activity. Its wall time is kept beside the moment, so that a later change of a
// zone's rules can be seen.
type Session struct {
	ID              string    `db:"id"`
	ActivityID      string    `db:"activity_id"`
	CentreID        string    `db:"centre_id"`
	BookingID       *string   `db:"booking_id"`
	SpaceID         *string   `db:"space_id"`
	StartsAt        int64     `db:"starts_at"`
	EndsAt          int64     `db:"ends_at"`
	LocalDate       string    `db:"local_date"`
	LocalStart      string    `db:"local_start"`
	LocalEnd        string    `db:"local_end"`
	Zone            string    `db:"zone"`
	Place           i18n.Text `db:"place"`
	OpensAt         int64     `db:"opens_at"`
	Capacity        *int      `db:"capacity"`
	DeskShare       int       `db:"desk_share"`
	ShareReleasedAt int64     `db:"share_released_at"`
	Taken           int       `db:"taken"`
	TakenWeb        int       `db:"taken_web"`
	State           string    `db:"state"` // planned, cancelled
	CancelReason    i18n.Text `db:"cancel_reason"`
	Sequence        int       `db:"sequence"`
	ChangedAt       int64     `db:"changed_at"`
	Counted         *int      `db:"counted"`
	Named           int       `db:"named"`
	RecordedAt      *int64    `db:"recorded_at"`
	RecordedBy      string    `db:"recorded_by"`
	WrittenAt       *int64    `db:"written_at"` // when the paper was written that attendance was typed in from
	ResponsibleID   *string   `db:"responsible_id"`
	Reminded        int       `db:"reminded"`
	SourceRID       string    `db:"source_rid"`
	MovedFrom       string    `db:"moved_from"` // local date on which it was before, empty: never on another
	Planned         string    `db:"planned"`    // where its series has it, when it was moved by itself; empty: there
	Version         int       `db:"version"`
}

// Start is the moment it begins, in local time where it is.
func (s Session) Start() time.Time { return time.Unix(s.StartsAt, 0).In(s.location()) }

// End is the moment it ends, in local time where it is.
func (s Session) End() time.Time { return time.Unix(s.EndsAt, 0).In(s.location()) }

// Opens is the moment registering opens.
func (s Session) Opens() time.Time { return time.Unix(s.OpensAt, 0).In(s.location()) }

func (s Session) location() *time.Location { return clock.Zone(s.Zone) }

// Cancelled says whether it does not take place.
func (s Session) Cancelled() bool { return s.State == "cancelled" }

// Came is how many came, and whether that was recorded.
func (s Session) Came() (int, bool) {
	if s.Counted == nil {
		return 0, false
	}
	return *s.Counted + s.Named, true
}

// NoShows is how many of the places that were kept stayed empty, as one number of the session: never who, and never a
// number of a person (PRACTICE). It is not known before attendance is recorded, and of a session called off. As nobody
// is asked whether they had registered, people who just came in make it smaller.
func (s Session) NoShows() (int, bool) {
	came, known := s.Came()
	if !known || s.Cancelled() {
		return 0, false
	}
	return max(0, s.Taken-came), true
}

// Free is how many places somebody of this channel can still take now, before the waiting list is looked at. The
// second value is false when the session has no limit. Until the share is released, places kept for phone, paper and
// desk are not the web's.
func (s Session) Free(channel Channel, now time.Time) (int, bool) {
	if s.Capacity == nil {
		return 0, false
	}
	free := *s.Capacity - s.Taken
	if channel == Web && now.Unix() < s.ShareReleasedAt {
		free -= max(0, s.DeskShare-(s.Taken-s.TakenWeb))
	}
	return max(0, free), true
}

// Listed is a session in a list, with what a reader needs to know of its activity and where it is.
type Listed struct {
	Session
	Title      i18n.Text `db:"a_title"`
	ForGroups  Codes     `db:"a_for_groups"`
	Kind       string    `db:"a_kind"`
	PlaceKind  string    `db:"a_place_kind"`
	APlace     i18n.Text `db:"a_place"`
	Discreet   bool      `db:"-"`
	DiscreetDB int       `db:"a_discreet"`
	SpaceName  i18n.Text `db:"space_name"`
	Waiting    int       `db:"waiting"`
}

// Mark is where the page after this session begins: what Filter.After takes.
func (l Listed) Mark() string { return strconv.FormatInt(l.StartsAt, 10) + " " + l.ID }

// Where is the place in words: the space's name, or the address, meeting point or "online" of the activity.
func (l Listed) Where(p *i18n.Printer) string {
	if len(l.Place) > 0 {
		return p.Pick(l.Place)
	}
	switch l.PlaceKind {
	case InSpace:
		return p.Pick(l.SpaceName)
	case Online:
		return p.T("programme.place.online")
	}
	return p.Pick(l.APlace)
}
