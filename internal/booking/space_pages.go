package booking

import (
	"net/http"
	"slices"

	"kvart/internal/network"
	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/web"
)

// spaceForm is the page of a space: what was typed, what it can be made of, and when it is to be closed, what stands in it.
type spaceForm struct {
	Form   *web.Form
	Centre network.Centre
	Space  Space   // as it is stored; without an id: a new one
	Parts  []Space // that it can be made of
	Wholes []Space // that it is a part of: then it is not divided
	Coming []Booking
	More   int // of the coming beside those listed
}

func (p *Pages) spaceForm(r *web.Request, id string, f *web.Form) (v spaceForm, err error) {
	v.Form = f
	if v.Centre, err = p.centre(r); err != nil {
		return v, err
	}
	all, err := p.Store.Spaces(r.Context(), p.Store.DB, v.Centre.ID)
	if err != nil {
		return v, err
	}
	if id != "" {
		k := slices.IndexFunc(all, func(s Space) bool { return s.ID == id })
		if k < 0 {
			return v, fault.NotFound("fault.not_found")
		}
		v.Space = all[k]
		v.Wholes = WholesOf(v.Space, all)
	}
	for _, s := range all {
		if s.ID != id && s.Undivided() && (!bool(s.Closed) || slices.Contains(v.Space.Atoms, s.ID)) {
			v.Parts = append(v.Parts, s)
		}
	}
	return v, nil
}

func (p *Pages) newSpace(w http.ResponseWriter, r *web.Request) error {
	v, err := p.spaceForm(r, "", web.NewForm())
	if err != nil {
		return err
	}
	return r.HTML(w, http.StatusOK, spacePage(r, v))
}

func readSpace(f *web.Form, one *Space, faults *fault.Form) {
	one.Name, one.About = f.Texts("name"), f.Texts("about")
	one.Holds = f.Int(faults, "holds", 0, 0, 10000)
	one.SetupMinutes = f.Int(faults, "setup", 0, 0, 480)
	one.ClearMinutes = f.Int(faults, "clear", 0, 0, 480)
	one.Position = f.Int(faults, "position", 0, 0, 1000)
	one.Closed = db.Bool(f.On("closed"))
}

func (p *Pages) addSpace(w http.ResponseWriter, r *web.Request) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	v, err := p.spaceForm(r, "", f)
	if err != nil {
		return err
	}
	var faults fault.Form
	one := Space{CentreID: v.Centre.ID}
	readSpace(f, &one, &faults)
	one.Slug = SlugOf(one.Name)
	if err = faults.Err(); err == nil {
		err = p.Store.DB.Tx(r.Context(), func(tx *db.Tx) error {
			if err := web.Claim(r.Context(), tx, f.Get("form_key"), "/desk/rooms", r.Now); err != nil {
				return err
			}
			id, err := p.Store.AddSpace(r.Context(), tx, one, r.Viewer.Account.ID)
			if err != nil {
				return err
			}
			_, err = p.Store.SetParts(r.Context(), tx, v.Centre.ID, id, f.All("parts"), r.Viewer.Account.ID)
			return onPart(err, "parts")
		})
	}
	if err != nil {
		if f.Failed(err) {
			return r.HTML(w, web.Status(f.Err), spacePage(r, v))
		}
		return err
	}
	r.Flash("booking.space.added")
	return r.See(w, "/desk/rooms")
}

func (p *Pages) editSpace(w http.ResponseWriter, r *web.Request) error {
	v, err := p.spaceForm(r, r.PathValue("id"), nil)
	if err != nil {
		return err
	}
	one := v.Space
	f := web.NewForm("holds", number(one.Holds), "setup", number(one.SetupMinutes), "clear", number(one.ClearMinutes), "position", number(one.Position), "version", number(one.Version))
	f.SetTexts("name", one.Name)
	f.SetTexts("about", one.About)
	if !one.Undivided() {
		f.Values["parts"] = slices.Clone(one.Atoms)
	}
	if one.Closed {
		f.Values.Set("closed", "1")
	}
	v.Form = f
	return r.HTML(w, http.StatusOK, spacePage(r, v))
}

// mostComing is how many bookings to come the page of a space lists.
const mostComing = 30

func (p *Pages) changeSpace(w http.ResponseWriter, r *web.Request) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	v, err := p.spaceForm(r, r.PathValue("id"), f)
	if err != nil {
		return err
	}
	var faults fault.Form
	one := v.Space
	readSpace(f, &one, &faults)
	one.Version = f.Int(&faults, "version", one.Version, 0, 1<<30)
	list, n, ask, err := p.Store.Closing(r.Context(), v.Space, one, f.On("anyway"), mostComing)
	if err != nil {
		return err
	}
	v.Coming, v.More = list, n-len(list)
	if ask {
		faults.Add("anyway", "booking.fault.closing_booked")
	}
	if err = faults.Err(); err == nil {
		err = p.Store.DB.Tx(r.Context(), func(tx *db.Tx) error {
			if err := p.Store.ChangeSpace(r.Context(), tx, one, r.Viewer.Account.ID); err != nil || len(v.Wholes) > 0 {
				return err
			}
			_, err := p.Store.SetParts(r.Context(), tx, one.CentreID, one.ID, f.All("parts"), r.Viewer.Account.ID)
			return onPart(err, "parts")
		})
	}
	if err != nil {
		if f.Failed(err) {
			return r.HTML(w, web.Status(f.Err), spacePage(r, v))
		}
		return err
	}
	r.Flash("booking.space.changed")
	return r.See(w, "/desk/rooms")
}
