package participation

import (
	"context"
	"time"

	"kvart/internal/disclosure"
	"kvart/internal/network"
	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/i18n"
	"kvart/internal/programme"
)

// Plan makes an activity of an accepted proposal that is carried: with its date, its room and its budget line, in one
// transaction; the line of what won a vote is in the amount that was won. The page of the proposal leads to it from then on. It
// returns Conflict with the clash where the room is taken, and where the proposal is
// not public: the programme would say what nobody has read, or who proposed has not agreed to.
func (s *Store) Plan(ctx context.Context, centreID, id string, a programme.Activity, dates []programme.Date, b Budget, x Step, by string) (activityID string, err error) {
	groups, err := s.Network.Groups(ctx, s.DB)
	if err != nil {
		return "", err
	}
	err = s.Booking.Claim(ctx, func(tx *db.Tx) error {
		if err := s.Network.LockCentre(ctx, tx, centreID); err != nil { // the first lock of whatever takes time
			return err
		}
		if err := s.lock(ctx, tx, id); err != nil {
			return err
		}
		p, err := s.AtCentre(ctx, tx, centreID, id)
		if err != nil {
			return err
		}
		if !May(p.State, Scheduled) {
			return fault.Conflict("participation.fault.step")
		}
		if !p.Public() {
			return fault.Conflict("participation.fault.not_public")
		}
		if !p.Carried() {
			return fault.Conflict("participation.fault.carried")
		}
		b, err := s.budgetOf(ctx, tx, p, b)
		if err != nil {
			return err
		}
		c, err := s.Network.Centre(ctx, tx, centreID)
		if err != nil {
			return err
		}
		a := a
		a.CentreID, a.OrganisationID, a.Discreet = centreID, p.OrganisationID, false
		if a.ID, err = s.Programme.AddActivity(ctx, tx, a, groups, by); err != nil {
			return err
		}
		activityID = a.ID
		if _, err := s.Programme.AddSessions(ctx, tx, a, dates, by); err != nil {
			return err
		}
		x.To = Scheduled
		return s.step(ctx, tx, p, x, s.today(c), by, ", activity_id = :activity, budget_unit = :unit, budget_amount = :amount, budget_for = :for",
			db.Args{"activity": a.ID, "unit": b.Unit, "amount": b.Amount, "for": b.For})
	})
	return activityID, err
}

// ActivityOf is the activity that a plan of the proposal begins with: open to all, with its title and words as they are.
func ActivityOf(p Proposal) programme.Activity {
	return programme.Activity{CentreID: p.CentreID, Title: i18n.Text{p.Lang: p.Title}, About: i18n.Text{p.Lang: p.About}, Kind: programme.Open, RegisterFor: "session",
		PlaceKind: programme.InSpace, OpensDays: 28, OpensClock: "09:00", DeskShareDays: 3, State: "published"}
}

// Came is what is known of who came to what a proposal led to.
type Came struct {
	Sessions int // that were held
	Seconds  int64
	Recorded int
	N        int
	Few      bool // fewer than the network tells: N is not to be shown
	Grows    bool // there may be more yet: N is what they are at the least, so that no two looks tell of one session
}

// Outcome adds up the sessions held of the activity that came of the proposal, at the network's threshold.
func (s *Store) Outcome(ctx context.Context, q db.Querier, p Proposal) (Came, error) {
	if p.ActivityID == nil {
		return Came{}, nil
	}
	n, err := s.Network.Network(ctx, q)
	if err != nil {
		return Came{}, err
	}
	held, err := s.Programme.Held(ctx, q, p.CentreID, []string{*p.ActivityID}, time.Unix(p.CreatedAt, 0).AddDate(-1, 0, 0), s.Now())
	if err != nil || len(held) == 0 {
		return Came{}, err
	}
	var coming int
	if err := q.Get(ctx, &coming, `SELECT COUNT(*) FROM sessions WHERE activity_id = :a AND state = 'planned' AND ends_at > :now`, db.Args{"a": *p.ActivityID, "now": s.Now().Unix()}); err != nil {
		return Came{}, err
	}
	h := held[0]
	came := CameOf(h.Sessions, h.Recorded, h.Came, n.Disclosure, p.State == Held && coming == 0 && h.Recorded == h.Sessions)
	came.Seconds = h.Seconds
	return came, nil
}

// CameOf is what may be said of so many who came, once it is over or while more may come.
func CameOf(sessions, recorded, came, threshold int, over bool) Came {
	c := Came{Sessions: sessions, Recorded: recorded, N: came, Grows: !over}
	if !over {
		c.N = disclosure.AtLeast(came, threshold)
	}
	if !disclosure.Count(came, threshold).Shown {
		c.N, c.Few = 0, true
	}
	return c
}

// Dates are those of the activity that came of the proposal, none of one that is not published or is discreet by now.
func (s *Store) Dates(ctx context.Context, p Proposal) ([]programme.Listed, error) {
	if p.ActivityID == nil {
		return nil, nil
	}
	if _, err := s.Programme.PublicActivity(ctx, *p.ActivityID); err != nil {
		if fault.Is(err, fault.KindNotFound) {
			return nil, nil
		}
		return nil, err
	}
	return s.Programme.OfActivity(ctx, p.CentreID, *p.ActivityID, s.Now().AddDate(-1, 0, 0))
}

// overview is how far a centre is with its proposals.
type overview struct {
	Centre   network.Centre
	Reading  int // wait to be read before they show
	Waiting  int // for the first word
	Late     int
	SaidLate int // first words that came late within the last seven days
	Longest  int // days that the one waits that waits longest
	Talked   int // discussed, changed, passed on
	Accepted int
	Seeking  int
	Planned  int
	Held     int
}

// Overview is how far each centre is, on its own local day: numbers, and no proposal.
func (s *Store) Overview(ctx context.Context) ([]overview, error) {
	centres, err := s.Network.Centres(ctx, s.DB)
	if err != nil {
		return nil, err
	}
	var all []overview
	for _, c := range centres {
		list, err := s.OfCentre(ctx, s.DB, c.ID)
		if err != nil {
			return nil, err
		}
		today := s.today(c)
		week := s.Now().In(c.Location()).AddDate(0, 0, -6).Format(time.DateOnly)
		dues, err := s.dues(ctx, s.DB, c, list, week)
		if err != nil {
			return nil, err
		}
		o := overview{Centre: c}
		for _, p := range list {
			if p.Screen == Waiting && p.State != Withdrawn {
				o.Reading++
			}
			if due := dues[p.ID]; p.State != Received && due != "" && due < p.FirstWordOn {
				o.SaidLate++
			}
			switch p.State {
			case Received:
				o.Waiting++
				o.Longest = max(o.Longest, daysUntil(p.ReceivedOn, today))
				if p.Late(dues[p.ID], today) {
					o.Late++
				}
			case Discussed, Changed, Passed:
				o.Talked++
			case Accepted:
				o.Accepted++
				if p.Seeks() {
					o.Seeking++
				}
			case Scheduled:
				o.Planned++
			case Held:
				o.Held++
			}
		}
		all = append(all, o)
	}
	return all, nil
}

// dues are the days by which the first word is due of those of the centre that wait for it, and by which it was of those that
// had it since the date; "" for none of them. A part has its whole's word.
func (s *Store) dues(ctx context.Context, q db.Querier, c network.Centre, list []Proposal, since string) (map[string]string, error) {
	from := ""
	asked := func(p Proposal) bool {
		return p.State == Received || since != "" && p.FirstWordOn >= since && p.PartOf == nil
	}
	for _, p := range list {
		if asked(p) && (from == "" || p.ReceivedOn < from) {
			from = p.ReceivedOn
		}
	}
	if from == "" {
		return nil, nil
	}
	closures, err := s.Network.Closures(ctx, q, c.ID, from)
	if err != nil {
		return nil, err
	}
	dues := map[string]string{}
	for _, p := range list {
		if asked(p) {
			dues[p.ID] = DueOn(p.ReceivedOn, closures)
		}
	}
	return dues, nil
}

// due is by when the first word is due of a proposal that waits for it, or "".
func (s *Store) due(ctx context.Context, q db.Querier, c network.Centre, p Proposal) (string, error) {
	dues, err := s.dues(ctx, q, c, []Proposal{p}, "")
	return dues[p.ID], err
}
