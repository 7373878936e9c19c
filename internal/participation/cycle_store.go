package participation

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"kvart/internal/network"
	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/i18n"
	"kvart/internal/platform/web"
)

// SaveCycle adds a cycle of the centre, or changes the one of its id, with all its steps. It returns Conflict when somebody
// else changed it since the given version.
func (s *Store) SaveCycle(ctx context.Context, c Cycle, formKey, by string) (id string, err error) {
	if err := c.Check(); err != nil {
		return "", err
	}
	err = s.DB.Tx(ctx, func(tx *db.Tx) error {
		var f fault.Form
		for _, x := range c.Steps {
			if ok, err := s.linked(ctx, tx, c.CentreID, x.Link); err != nil {
				return err
			} else if !ok {
				f.Add("link-"+x.Step, "needs.fault.link")
			}
		}
		if c.AreaID != nil {
			if _, err := s.Network.Area(ctx, tx, *c.AreaID); fault.Is(err, fault.KindNotFound) {
				f.Add("area", "needs.fault.area")
			} else if err != nil {
				return err
			}
		}
		if c.TrainingID != nil {
			if _, err := s.Programme.Activity(ctx, tx, c.CentreID, *c.TrainingID, false); fault.Is(err, fault.KindNotFound) {
				f.Add("training", "needs.fault.activity")
			} else if err != nil {
				return err
			}
		}
		if c.State == "draft" {
			var public int
			if err := tx.Get(ctx, &public, `SELECT COUNT(*) FROM needs_themes WHERE cycle_id = :id AND published = 1`, db.Args{"id": c.ID}); err != nil {
				return err
			}
			if public > 0 {
				f.Add("state", "needs.fault.public")
			}
		}
		if err := f.Err(); err != nil {
			return err
		}
		args := db.Args{"c": c.CentreID, "area": c.AreaID, "title": c.Title, "call": c.Call, "state": c.State, "joining": c.Joining, "training": c.TrainingID, "v": c.Version, "now": s.Now().Unix()}
		if id = c.ID; id == "" {
			if err := web.Claim(ctx, tx, formKey, "/desk/needs", s.Now()); err != nil {
				return err
			}
			id = db.NewID()
			args["id"] = id
			if _, err := tx.Exec(ctx, `INSERT INTO needs_cycles (id, centre_id, area_id, title, call, state, joining, created_at) VALUES (:id, :c, :area, :title, :call, :state, :joining, :now)`, args); err != nil {
				return err
			}
			args["v"] = 1
		}
		args["id"] = id
		if err := changed(tx.Exec(ctx, `UPDATE needs_cycles SET area_id = :area, title = :title, call = :call, state = :state, joining = :joining, training_id = :training, version = version + 1
			WHERE id = :id AND centre_id = :c AND version = :v`, args)); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `DELETE FROM needs_steps WHERE cycle_id = :id`, db.Args{"id": id}); err != nil {
			return err
		}
		for _, x := range c.Steps {
			if _, err := tx.Exec(ctx, `INSERT INTO needs_steps (cycle_id, step, from_date, to_date, link) VALUES (:id, :s, :f, :t, :l)`,
				db.Args{"id": id, "s": x.Step, "f": x.From, "t": x.To, "l": x.Link}); err != nil {
				return err
			}
		}
		return s.note(ctx, tx, c.CentreID, "cycle.save", by, "needs", id)
	})
	return id, err
}

// Cycles are those that everybody may read, the newest first; where centreID is not empty, all of that centre.
func (s *Store) Cycles(ctx context.Context, q db.Querier, centreID string) ([]Cycle, error) {
	var list []Cycle
	if err := q.Select(ctx, &list, `SELECT * FROM needs_cycles WHERE (:c <> '' AND centre_id = :c) OR (:c = '' AND state <> 'draft')
		ORDER BY CASE state WHEN 'open' THEN 0 WHEN 'draft' THEN 1 ELSE 2 END, created_at DESC, id DESC LIMIT 200`, db.Args{"c": centreID}); err != nil {
		return nil, err
	}
	for i := range list {
		var err error
		if list[i].Steps, err = s.cycleSteps(ctx, q, list[i].ID); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// Cycle is the one of the id: of the centre where it is named, else one that everybody may read. Any other is NotFound.
func (s *Store) Cycle(ctx context.Context, q db.Querier, centreID, id string) (Cycle, error) {
	var c Cycle
	err := q.Get(ctx, &c, `SELECT * FROM needs_cycles WHERE id = :id AND ((:c <> '' AND centre_id = :c) OR (:c = '' AND state <> 'draft'))`, db.Args{"id": id, "c": centreID})
	if err == nil {
		c.Steps, err = s.cycleSteps(ctx, q, id)
	}
	return c, err
}

func (s *Store) cycleSteps(ctx context.Context, q db.Querier, id string) ([]CycleStep, error) {
	var list []CycleStep
	err := q.Select(ctx, &list, `SELECT * FROM needs_steps WHERE cycle_id = :id`, db.Args{"id": id})
	slices.SortFunc(list, func(a, b CycleStep) int { return slices.Index(CycleSteps, a.Step) - slices.Index(CycleSteps, b.Step) })
	return list, err
}

// joinsFull is how many may wait to be looked at of one cycle.
const joinsFull = 500

// JoinGroup keeps that somebody, or an organisation, would be in the programme group, with the contact as a person of the
// centre. It returns NotFound where nobody is invited, *web.Already for a form sent before.
func (s *Store) JoinGroup(ctx context.Context, j Join, c Contact, formKey, by string) error {
	if err := j.Check(c); err != nil {
		return err
	}
	if j.Kind == "resident" {
		j.Organisation = ""
	}
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		cycle, err := s.Cycle(ctx, tx, j.CentreID, j.CycleID)
		if err != nil {
			return err
		}
		if cycle.State != "open" || !bool(cycle.Joining) {
			return fault.NotFound("fault.not_found")
		}
		if err := web.Claim(ctx, tx, formKey, "/hr/needs/"+cycle.ID+"/join?done=1", s.Now()); err != nil {
			return err
		}
		var waiting int
		if err := tx.Get(ctx, &waiting, `SELECT COUNT(*) FROM needs_joins WHERE cycle_id = :c AND state = 'new'`, db.Args{"c": cycle.ID}); err != nil {
			return err
		}
		if waiting >= joinsFull {
			return fault.TooMany("participation.fault.flood")
		}
		centre, err := s.Network.Centre(ctx, tx, cycle.CentreID)
		if err != nil {
			return err
		}
		person, err := s.Network.AddPerson(ctx, tx, network.Person{CentreID: centre.ID, Name: c.Name, Email: c.Email, Phone: c.Phone, Lang: cmp.Or(j.Lang, i18n.HR), Purpose: "proposal",
			DeleteOn: s.Now().In(centre.Location()).AddDate(0, min(keepContact, max(1, centre.KeepMonths)), 0).Format(time.DateOnly)})
		if err != nil {
			return err
		}
		id := db.NewID()
		if _, err := tx.Exec(ctx, `INSERT INTO needs_joins (id, cycle_id, centre_id, kind, organisation, words, person_id, channel, on_date) VALUES (:id, :cycle, :c, :kind, :o, :w, :p, :ch, :on)`,
			db.Args{"id": id, "cycle": cycle.ID, "c": centre.ID, "kind": j.Kind, "o": strings.TrimSpace(j.Organisation), "w": j.Words, "p": person, "ch": j.Channel, "on": s.today(centre)}); err != nil {
			return err
		}
		return s.note(ctx, tx, centre.ID, "cycle.join", by, "needs", cycle.ID)
	})
}

// Joined is somebody of the programme group, or who would be, with the contact as long as it is kept.
type Joined struct {
	Join
	Name  string `db:"name"`
	Email string `db:"email"`
	Phone string `db:"phone"`
}

// Joins are who would be in the group and who is, for the centre's team.
func (s *Store) Joins(ctx context.Context, q db.Querier, centreID, cycleID string) ([]Joined, error) {
	var list []Joined
	err := q.Select(ctx, &list, `SELECT j.*, COALESCE(p.name, '') AS name, COALESCE(p.email, '') AS email, COALESCE(p.phone, '') AS phone FROM needs_joins j
		LEFT JOIN people p ON p.id = j.person_id WHERE j.cycle_id = :id AND j.centre_id = :c ORDER BY CASE j.state WHEN 'new' THEN 0 WHEN 'member' THEN 1 ELSE 2 END, j.on_date, j.id`,
		db.Args{"id": cycleID, "c": centreID})
	return list, err
}

// SetJoin takes somebody into the group, or lets them leave: the contact then goes at once.
func (s *Store) SetJoin(ctx context.Context, centreID, cycleID, id, state, by string) error {
	if state != "member" && state != "left" {
		return fault.Invalid("needs.fault.state")
	}
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		var j Join
		if err := tx.Get(ctx, &j, `SELECT * FROM needs_joins WHERE id = :id AND cycle_id = :cycle AND centre_id = :c`, db.Args{"id": id, "cycle": cycleID, "c": centreID}); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `UPDATE needs_joins SET state = :s WHERE id = :id`, db.Args{"s": state, "id": id}); err != nil {
			return err
		}
		if state == "left" && j.PersonID != nil {
			if err := s.Network.ErasePersonTx(ctx, tx, centreID, *j.PersonID, by); err != nil {
				return err
			}
		}
		return s.note(ctx, tx, centreID, "cycle.group", by, "needs", cycleID)
	})
}

// SaveMeeting adds a meeting of the cycle's group, or changes the one of its id. Once published, minutes are changed in
// public too: they stay published.
func (s *Store) SaveMeeting(ctx context.Context, centreID string, m Meeting, publish bool, formKey, by string) error {
	if err := m.Check(publish); err != nil {
		return err
	}
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		c, err := s.Network.Centre(ctx, tx, centreID)
		if err != nil {
			return err
		}
		if _, err := s.Cycle(ctx, tx, centreID, m.CycleID); err != nil {
			return err
		}
		args := db.Args{"id": m.ID, "cycle": m.CycleID, "on": m.On, "clock": m.Clock, "place": m.Place, "agenda": m.Agenda, "r": m.Residents, "o": m.Organisations, "s": m.Staff,
			"d": m.Decisions, "m": m.Minutes, "p": "", "v": m.Version}
		if publish {
			args["p"] = s.today(c)
		}
		if m.ID == "" {
			if err := web.Claim(ctx, tx, formKey, "/desk/needs/"+m.CycleID+"/group", s.Now()); err != nil {
				return err
			}
			args["id"] = db.NewID()
			if _, err := tx.Exec(ctx, `INSERT INTO needs_meetings (id, cycle_id, on_date, at_clock, place, agenda, residents, organisations, staff, decisions, minutes, published_on)
				VALUES (:id, :cycle, :on, :clock, :place, :agenda, :r, :o, :s, :d, :m, :p)`, args); err != nil {
				return err
			}
		} else if err := changed(tx.Exec(ctx, `UPDATE needs_meetings SET on_date = :on, at_clock = :clock, place = :place, agenda = :agenda, residents = :r, organisations = :o, staff = :s,
			decisions = :d, minutes = :m, published_on = CASE WHEN published_on = '' THEN :p ELSE published_on END, version = version + 1 WHERE id = :id AND cycle_id = :cycle AND version = :v`, args)); err != nil {
			if db.Refused(err) != "" { // what was published would lose what it has to say
				return fault.Conflict("needs.fault.published").Because(err)
			}
			return err
		}
		return s.note(ctx, tx, centreID, "cycle.meeting", by, "needs", m.CycleID)
	})
}

// Meetings are the group's, the newest first.
func (s *Store) Meetings(ctx context.Context, q db.Querier, cycleID string) ([]Meeting, error) {
	var list []Meeting
	err := q.Select(ctx, &list, `SELECT * FROM needs_meetings WHERE cycle_id = :id ORDER BY on_date DESC, id DESC LIMIT 200`, db.Args{"id": cycleID})
	return list, err
}
