package booking

import (
	"net/http"

	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/web"
)

func (p *Pages) equipmentList(w http.ResponseWriter, r *web.Request, status int, f *web.Form) error {
	list, err := p.Store.AllEquipment(r.Context(), p.Store.DB, r.Viewer.ScopeID())
	if err != nil {
		return err
	}
	return r.HTML(w, status, equipmentPage(r, list, f))
}

func (p *Pages) equipment(w http.ResponseWriter, r *web.Request) error {
	return p.equipmentList(w, r, http.StatusOK, web.NewForm("quantity", "1"))
}

func readEquipment(f *web.Form, one *Equipment, faults *fault.Form) {
	one.Name = f.Texts("name")
	one.Quantity = f.Int(faults, "quantity", 0, 0, MaxQuantity)
	one.Position = f.Int(faults, "position", 0, 0, 1000)
	one.Closed = db.Bool(f.On("closed"))
}

func (p *Pages) addEquipment(w http.ResponseWriter, r *web.Request) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	var faults fault.Form
	one := Equipment{CentreID: r.Viewer.ScopeID()}
	readEquipment(f, &one, &faults)
	if err = faults.Err(); err == nil {
		err = p.Store.DB.Tx(r.Context(), func(tx *db.Tx) error {
			if err := web.Claim(r.Context(), tx, f.Get("form_key"), "/desk/equipment", r.Now); err != nil {
				return err
			}
			_, err := p.Store.AddEquipment(r.Context(), tx, one, r.Viewer.Account.ID)
			return err
		})
	}
	if err != nil {
		if f.Failed(err) {
			return p.equipmentList(w, r, web.Status(f.Err), f)
		}
		return err
	}
	r.Flash("booking.equipment.added")
	return r.See(w, "/desk/equipment")
}

func (p *Pages) editEquipment(w http.ResponseWriter, r *web.Request) error {
	one, err := p.Store.Equipment(r.Context(), p.Store.DB, r.Viewer.ScopeID(), r.PathValue("id"))
	if err != nil {
		return err
	}
	f := web.NewForm("quantity", number(one.Quantity), "position", number(one.Position), "version", number(one.Version))
	f.SetTexts("name", one.Name)
	if one.Closed {
		f.Values.Set("closed", "1")
	}
	return r.HTML(w, http.StatusOK, oneEquipmentPage(r, one, f))
}

func (p *Pages) changeEquipment(w http.ResponseWriter, r *web.Request) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	known, err := p.Store.Equipment(r.Context(), p.Store.DB, r.Viewer.ScopeID(), r.PathValue("id"))
	if err != nil {
		return err
	}
	var faults fault.Form
	one := known
	readEquipment(f, &one, &faults)
	one.Version = f.Int(&faults, "version", one.Version, 0, 1<<30)
	if err = faults.Err(); err == nil {
		err = p.Store.DB.Tx(r.Context(), func(tx *db.Tx) error { return p.Store.ChangeEquipment(r.Context(), tx, one, r.Viewer.Account.ID) })
		if e := fault.Of(err); e != nil && e.Key == "booking.fault.equipment_fewer" {
			faults.Add("quantity", e.Key)
			err = faults.Err()
		}
	}
	if err != nil {
		if f.Failed(err) {
			return r.HTML(w, web.Status(f.Err), oneEquipmentPage(r, known, f))
		}
		return err
	}
	r.Flash("booking.equipment.changed")
	return r.See(w, "/desk/equipment")
}
