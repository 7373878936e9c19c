package participation

import (
	"net/http"
	"slices"

	"kvart/internal/platform/fault"
	"kvart/internal/platform/web"
)

// groupView is the programme group as the centre's team sees it.
type groupView struct {
	Cycle
	Joins    []Joined
	Meetings []Meeting
	Form     *web.Form // of somebody who joins at the desk
}

func (p *Pages) showGroup(w http.ResponseWriter, r *web.Request, status int, f *web.Form) error {
	c, err := p.ownCycle(r)
	if err != nil {
		return err
	}
	v := groupView{Cycle: c, Form: f}
	if v.Joins, err = p.Store.Joins(r.Context(), p.Store.DB, c.CentreID, c.ID); err != nil {
		return err
	}
	if v.Meetings, err = p.Store.Meetings(r.Context(), p.Store.DB, c.ID); err != nil {
		return err
	}
	return r.HTML(w, status, groupPage(r, v))
}

func (p *Pages) group(w http.ResponseWriter, r *web.Request) error {
	return p.showGroup(w, r, http.StatusOK, web.NewForm("kind", "resident"))
}

func (p *Pages) joinAtDesk(w http.ResponseWriter, r *web.Request) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	c, err := p.ownCycle(r)
	if err != nil {
		return err
	}
	j, contact := readJoin(r, f, c, Desk)
	if err := p.Store.JoinGroup(r.Context(), j, contact, f.Get("form_key"), r.Viewer.Account.ID); err != nil && !already(err) {
		if fault.Is(err, fault.KindNotFound) {
			err = fault.Conflict("needs.fault.closed")
		}
		if !f.Failed(err) {
			return err
		}
		return p.showGroup(w, r, web.Status(f.Err), f)
	}
	r.Flash("needs.join.desk.done")
	return r.See(w, "/desk/needs/"+c.ID+"/group")
}

func (p *Pages) setJoin(w http.ResponseWriter, r *web.Request, state, done string) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	c, err := p.ownCycle(r)
	if err != nil {
		return err
	}
	if err := p.Store.SetJoin(r.Context(), c.CentreID, c.ID, f.Get("join"), state, r.Viewer.Account.ID); err != nil {
		return err
	}
	r.Flash(done)
	return r.See(w, "/desk/needs/"+c.ID+"/group")
}

func (p *Pages) member(w http.ResponseWriter, r *web.Request) error {
	return p.setJoin(w, r, "member", "needs.member.done")
}

func (p *Pages) leave(w http.ResponseWriter, r *web.Request) error {
	return p.setJoin(w, r, "left", "needs.left.done")
}

// meetingView is the form of a meeting.
type meetingView struct {
	Cycle
	Meeting Meeting
	Form    *web.Form
}

func (p *Pages) meetingView(r *web.Request, id string) (v meetingView, err error) {
	if v.Cycle, err = p.ownCycle(r); err != nil {
		return v, err
	}
	if id == "" {
		return v, nil
	}
	list, err := p.Store.Meetings(r.Context(), p.Store.DB, v.ID)
	if err != nil {
		return v, err
	}
	i := slices.IndexFunc(list, func(m Meeting) bool { return m.ID == id })
	if i < 0 {
		return v, fault.NotFound("fault.not_found")
	}
	v.Meeting = list[i]
	return v, nil
}

func (p *Pages) meeting(w http.ResponseWriter, r *web.Request) error {
	v, err := p.meetingView(r, r.URL.Query().Get("meeting"))
	if err != nil {
		return err
	}
	m := v.Meeting
	v.Form = web.NewForm("on", m.On, "clock", m.Clock, "place", m.Place, "agenda", m.Agenda, "decisions", m.Decisions, "minutes", m.Minutes, "version", number(m.Version))
	for name, n := range map[string]*int{"residents": m.Residents, "organisations": m.Organisations, "staff": m.Staff} {
		if n != nil {
			v.Form.Values.Set(name, number(*n))
		}
	}
	if m.PublishedOn != "" {
		v.Form.Values.Set("publish", "1")
	}
	return r.HTML(w, http.StatusOK, meetingPage(r, v))
}

func (p *Pages) saveMeeting(w http.ResponseWriter, r *web.Request) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	v, err := p.meetingView(r, f.Get("meeting"))
	if err != nil {
		return err
	}
	v.Form = f
	var faults fault.Form
	m := Meeting{ID: v.Meeting.ID, CycleID: v.ID, On: f.Get("on"), Clock: f.Get("clock"), Place: f.Get("place"), Agenda: f.Get("agenda"), Decisions: f.Get("decisions"), Minutes: f.Get("minutes"),
		Version: f.Int(&faults, "version", v.Meeting.Version, 0, 1<<30)}
	for name, at := range map[string]**int{"residents": &m.Residents, "organisations": &m.Organisations, "staff": &m.Staff} {
		if f.Get(name) != "" {
			n := f.Int(&faults, name, 0, 0, 10000)
			*at = &n
		}
	}
	if err = faults.Err(); err == nil {
		err = p.Store.SaveMeeting(r.Context(), v.CentreID, m, f.On("publish") || v.Meeting.PublishedOn != "", f.Get("form_key"), r.Viewer.Account.ID)
	}
	if err != nil {
		if !f.Failed(err) {
			return err
		}
		return r.HTML(w, web.Status(f.Err), meetingPage(r, v))
	}
	r.Flash("needs.meeting.saved")
	return r.See(w, "/desk/needs/"+v.ID+"/group")
}
