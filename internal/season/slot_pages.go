package season

import (
	"net/http"
	"slices"
	"strconv"

	"kvart/internal/allotment"
	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/web"
)

// changing is a slot of the draft while it is changed.
type changing struct {
	seen
	Slot  allotment.Slot // without an id: a new one
	Form  *web.Form
	Since []allotment.Edit // what somebody else changed meanwhile
}

func (p *Pages) changing(r *web.Request) (v changing, err error) {
	c, one, err := p.one(r)
	if err != nil {
		return v, err
	}
	if one.State != Draft {
		return v, fault.NotFound("fault.not_found")
	}
	if v.seen, err = p.seen(r, one, c, true); err != nil {
		return v, err
	}
	if id := r.PathValue("slot"); id != "new" {
		i := slices.IndexFunc(v.Doc.Template, func(s allotment.Slot) bool { return s.ID == id })
		if i < 0 {
			return v, fault.NotFound("fault.not_found")
		}
		v.Slot = v.Doc.Template[i]
	}
	return v, nil
}

func (p *Pages) slot(w http.ResponseWriter, r *web.Request) error {
	v, err := p.changing(r)
	if err != nil {
		return err
	}
	v.Form = web.NewForm("seen", strconv.Itoa(len(v.Doc.Edits)), "what", allotment.Move)
	if s := v.Slot; s.ID != "" {
		v.Form.Values = web.NewForm("seen", strconv.Itoa(len(v.Doc.Edits)), "what", allotment.Move, "organisation", s.Organisation, "room", s.Room, "weekday", strconv.Itoa(s.Weekday),
			"start", s.Start.String(), "end", clockField(s.Start+allotment.Clock(s.Minutes))).Values
	}
	return r.HTML(w, http.StatusOK, slotPage(r, v))
}

func (p *Pages) changeSlot(w http.ResponseWriter, r *web.Request) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	v, err := p.changing(r)
	if v.Doc != nil && fault.Is(err, fault.KindNotFound) { // somebody else removed it: the page shows what was changed, and why
		r.Flash("season.fault.slot_gone")
		return r.See(w, "/desk/season/"+v.Season.ID+"#edits")
	}
	if err != nil {
		return err
	}
	v.Form = f
	var faults fault.Form
	e := allotment.Edit{What: allotment.Add, Slot: v.Slot, Reason: f.Get("reason")}
	seen := f.Int(&faults, "seen", -1, 0, 1<<30)
	if v.Slot.ID != "" {
		if e.What = f.Get("what"); e.What != allotment.Remove {
			e.What = allotment.Move
		}
	} else {
		e.Slot.Organisation = f.Get("organisation")
		if v.Names[e.Slot.Organisation] == "" {
			faults.Add("organisation", "fault.required")
		}
	}
	if e.What != allotment.Remove {
		e.Slot.Room, e.Slot.Weekday = f.Get("room"), f.Int(&faults, "weekday", 0, 1, 7)
		if v.Rooms[e.Slot.Room] == "" {
			faults.Add("room", "fault.required")
		}
		if e.Slot.Weekday == 0 {
			faults.Add("weekday", "fault.required")
		}
		e.Slot.Start = readClock(f, &faults, "start", false)
		if e.Slot.Minutes = int(readClock(f, &faults, "end", true) - e.Slot.Start); e.Slot.Minutes <= 0 {
			faults.Add("end", "season.fault.times")
		}
	}
	if e.Reason == "" {
		faults.Add("reason", "season.fault.reason")
	}
	there := "/desk/season/" + v.Season.ID
	if err = faults.Err(); err == nil {
		err = p.Store.DB.Tx(r.Context(), func(tx *db.Tx) error {
			if err := web.Claim(r.Context(), tx, f.Get("form_key"), there, r.Now); err != nil {
				return err
			}
			return p.Store.Edit(r.Context(), tx, v.Season.CentreID, v.Season.ID, seen, e, r.Viewer.Account.ID)
		})
	}
	if err != nil {
		if !f.Failed(err) {
			return err
		}
		if since, ok := f.Err.Detail.([]allotment.Edit); ok { // the next press is with these seen
			v.Since = since
			f.Values.Set("seen", strconv.Itoa(len(v.Doc.Edits)))
		}
		return r.HTML(w, web.Status(f.Err), slotPage(r, v))
	}
	r.Flash("season.edit.done")
	return r.See(w, there+"#template")
}
