package network

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/web"
)

// acting is the centre where one acts.
func (p *Pages) acting(r *web.Request) (Centre, error) {
	return p.Store.Centre(r.Context(), p.Store.DB, r.Viewer.ScopeID())
}

func centreForm(c Centre) *web.Form {
	f := web.NewForm("name", c.Name, "address", c.Address, "phone", c.Phone, "email", c.Email, "lat", fromE6(c.LatE6), "lon", fromE6(c.LonE6),
		"confirm_hours", strconv.Itoa(c.ConfirmHours), "keep_months", strconv.Itoa(c.KeepMonths), "version", strconv.Itoa(c.Version))
	f.SetTexts("about", c.About)
	f.SetTexts("phone_who", c.PhoneWho)
	f.SetTexts("stop", c.Stop)
	return f
}

func (p *Pages) editCentre(w http.ResponseWriter, r *web.Request) error {
	c, err := p.acting(r)
	if err != nil {
		return err
	}
	return r.HTML(w, http.StatusOK, centrePage(r, c, centreForm(c)))
}

func (p *Pages) changeCentre(w http.ResponseWriter, r *web.Request) error {
	c, err := p.acting(r)
	if err != nil {
		return err
	}
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	var faults fault.Form
	c.Name = f.Text(&faults, "name", 80, true)
	c.About, c.PhoneWho, c.Stop = f.Texts("about"), f.Texts("phone_who"), f.Texts("stop")
	c.Address, c.Phone, c.Email = f.Get("address"), f.Get("phone"), f.Get("email")
	c.LatE6, c.LonE6 = e6(f, &faults, "lat"), e6(f, &faults, "lon")
	c.ConfirmHours = f.Int(&faults, "confirm_hours", 24, 1, 168)
	c.KeepMonths = f.Int(&faults, "keep_months", 12, 1, 60)
	c.Version = version(f)
	if err = faults.Err(); err == nil {
		err = p.Store.DB.Tx(r.Context(), func(tx *db.Tx) error {
			_, err := p.Store.SaveCentre(r.Context(), tx, c, r.Viewer.Account.ID)
			return err
		})
		err = onField(err, []string{"about", "phone_who", "stop"})
	}
	if err != nil {
		if f.Failed(err) {
			return r.HTML(w, http.StatusUnprocessableEntity, centrePage(r, c, f))
		}
		return err
	}
	r.Flash("network.saved")
	return r.See(w, "/desk/centre")
}

// spans are how many spans a weekday has on the form.
const spans = 2

func spanName(what string, weekday, i int) string { return fmt.Sprintf("%s-%d-%d", what, weekday, i) }

func hoursForm(c Centre) *web.Form {
	f := web.NewForm("version", strconv.Itoa(c.Version))
	var n [8]int
	for _, h := range c.Hours {
		if h.Weekday >= 1 && h.Weekday <= 7 && n[h.Weekday] < spans {
			f.Values.Set(spanName("opens", h.Weekday, n[h.Weekday]), h.Opens)
			f.Values.Set(spanName("closes", h.Weekday, n[h.Weekday]), h.Closes)
			n[h.Weekday]++
		}
	}
	return f
}

func (p *Pages) hoursPage(w http.ResponseWriter, r *web.Request, status int, c Centre, f, closure *web.Form) error {
	now := r.Now.In(c.Location())
	closures, err := p.Store.OwnClosures(r.Context(), p.Store.DB, c.ID, now.Format(time.DateOnly))
	if err != nil {
		return err
	}
	holidays := web.NewForm("version", f.Get("version"), "holidays", c.Holidays)
	next := slices.DeleteFunc(append(Holidays(now.Year()), Holidays(now.Year()+1)...), func(h Holiday) bool {
		return h.Date < now.Format(time.DateOnly) || h.Date > now.AddDate(1, 0, 0).Format(time.DateOnly)
	})
	return r.HTML(w, status, hoursPage(r, f, closure, holidays, closures, next))
}

// closed leads to what stands on closed days, where something does, or back to the hours.
func (p *Pages) closed(w http.ResponseWriter, r *web.Request, c Centre, flash string) error {
	if p.Standing != nil {
		n, err := p.Standing(r.Context(), c.ID, r.Now)
		if err != nil {
			return err
		}
		if n > 0 {
			r.Flash("network.closed.standing")
			return r.See(w, "/desk/closed")
		}
	}
	r.Flash(flash)
	return r.See(w, "/desk/centre/hours")
}

func (p *Pages) changeHolidays(w http.ResponseWriter, r *web.Request) error {
	c, err := p.acting(r)
	if err != nil {
		return err
	}
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	c.Holidays, c.Version = f.Get("holidays"), version(f)
	if c.Holidays == "" {
		c.Holidays = HolidaysAsk
	}
	err = p.Store.DB.Tx(r.Context(), func(tx *db.Tx) error {
		_, err := p.Store.SaveCentre(r.Context(), tx, c, r.Viewer.Account.ID)
		return err
	})
	if err != nil {
		again := hoursForm(c)
		if again.Failed(err) {
			return p.hoursPage(w, r, web.Status(again.Err), c, again, web.NewForm())
		}
		return err
	}
	return p.closed(w, r, c, "network.saved")
}

func (p *Pages) editHours(w http.ResponseWriter, r *web.Request) error {
	c, err := p.acting(r)
	if err != nil {
		return err
	}
	return p.hoursPage(w, r, http.StatusOK, c, hoursForm(c), web.NewForm())
}

func (p *Pages) changeHours(w http.ResponseWriter, r *web.Request) error {
	c, err := p.acting(r)
	if err != nil {
		return err
	}
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	var renamed []string
	c.Hours, c.Version = nil, version(f)
	for weekday := 1; weekday <= 7; weekday++ {
		for i := range spans {
			opens, closes := spanName("opens", weekday, i), spanName("closes", weekday, i)
			if f.Get(opens) == "" && f.Get(closes) == "" {
				continue
			}
			at := fmt.Sprintf("hours[%d].", len(c.Hours))
			renamed = append(renamed, at+"opens", opens, at+"closes", closes)
			c.Hours = append(c.Hours, Hours{weekday, f.Get(opens), f.Get(closes)})
		}
	}
	err = p.Store.DB.Tx(r.Context(), func(tx *db.Tx) error {
		_, err := p.Store.SaveCentre(r.Context(), tx, c, r.Viewer.Account.ID)
		return err
	})
	if err != nil {
		if f.Failed(onField(err, nil, renamed...)) {
			return p.hoursPage(w, r, http.StatusUnprocessableEntity, c, f, web.NewForm())
		}
		return err
	}
	r.Flash("network.saved")
	return r.See(w, "/desk/centre/hours")
}

func (p *Pages) addClosure(w http.ResponseWriter, r *web.Request) error {
	c, err := p.acting(r)
	if err != nil {
		return err
	}
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	one := Closure{CentreID: c.ID, FromDate: f.Get("from"), ToDate: f.Get("to"), Reason: f.Texts("reason")}
	if one.ToDate == "" {
		one.ToDate = one.FromDate
	}
	if err := p.Store.AddClosure(r.Context(), one, r.Viewer.Account.ID); err != nil {
		if f.Failed(onField(err, []string{"reason"})) {
			return p.hoursPage(w, r, http.StatusUnprocessableEntity, c, hoursForm(c), f)
		}
		return err
	}
	return p.closed(w, r, c, "network.closure.added")
}

func (p *Pages) removeClosure(w http.ResponseWriter, r *web.Request) error {
	if err := p.Store.RemoveClosure(r.Context(), r.Viewer.ScopeID(), r.PathValue("id"), r.Viewer.Account.ID); err != nil {
		return err
	}
	r.Flash("network.closure.removed")
	return r.See(w, "/desk/centre/hours")
}

func accessForm(c Centre) *web.Form {
	f := web.NewForm("version", strconv.Itoa(c.Version))
	for _, a := range c.Access {
		f.Values.Set("state-"+a.Feature, a.State)
		f.Values.Set("checked-"+a.Feature, a.CheckedOn)
		f.SetTexts("note-"+a.Feature, a.Note)
	}
	return f
}

func (p *Pages) editAccess(w http.ResponseWriter, r *web.Request) error {
	c, err := p.acting(r)
	if err != nil {
		return err
	}
	return r.HTML(w, http.StatusOK, accessPage(r, accessForm(c)))
}

func (p *Pages) changeAccess(w http.ResponseWriter, r *web.Request) error {
	c, err := p.acting(r)
	if err != nil {
		return err
	}
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	today := r.Now.In(c.Location()).Format(time.DateOnly)
	var renamed []string
	c.Access, c.Version = nil, version(f)
	for _, feature := range AccessFeatures {
		if f.Get("state-"+feature) == "" {
			continue
		}
		at := fmt.Sprintf("access[%d].", len(c.Access))
		renamed = append(renamed, at+"state", "state-"+feature, at+"checked_on", "checked-"+feature, at+"note", "note-"+feature)
		checked := f.Get("checked-" + feature)
		if checked == "" {
			checked = today
		}
		c.Access = append(c.Access, Access{feature, f.Get("state-" + feature), f.Texts("note-" + feature), checked})
	}
	err = p.Store.DB.Tx(r.Context(), func(tx *db.Tx) error {
		_, err := p.Store.SaveCentre(r.Context(), tx, c, r.Viewer.Account.ID)
		return err
	})
	if err != nil {
		if f.Failed(onField(err, nil, renamed...)) {
			return r.HTML(w, http.StatusUnprocessableEntity, accessPage(r, f))
		}
		return err
	}
	r.Flash("network.saved")
	return r.See(w, "/desk/centre/access")
}

func (p *Pages) editFeatures(w http.ResponseWriter, r *web.Request) error {
	c, err := p.acting(r)
	if err != nil {
		return err
	}
	f := web.NewForm("version", strconv.Itoa(c.Version))
	f.Values["on"] = c.Features
	return r.HTML(w, http.StatusOK, featuresPage(r, f))
}

func (p *Pages) changeFeatures(w http.ResponseWriter, r *web.Request) error {
	c, err := p.acting(r)
	if err != nil {
		return err
	}
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	c.Version = version(f)
	c.Features = FeatureList(slices.DeleteFunc(slices.Clone(Features), func(x string) bool { return !slices.Contains(f.Values["on"], x) }))
	err = p.Store.DB.Tx(r.Context(), func(tx *db.Tx) error {
		_, err := p.Store.SaveCentre(r.Context(), tx, c, r.Viewer.Account.ID)
		return err
	})
	if err != nil {
		if f.Failed(err) {
			return r.HTML(w, web.Status(f.Err), featuresPage(r, f))
		}
		return err
	}
	r.Flash("network.saved")
	return r.See(w, "/desk/centre/features")
}

func (p *Pages) picturePage(w http.ResponseWriter, r *web.Request, status int, f *web.Form) error {
	c, err := p.acting(r)
	if err != nil {
		return err
	}
	var now *Picture
	if c.PictureID != nil {
		pic, err := p.Store.Picture(r.Context(), p.Store.DB, *c.PictureID)
		if err != nil && !fault.Is(err, fault.KindNotFound) {
			return err
		}
		if err == nil {
			now = &pic
		}
	}
	return r.HTML(w, status, picturePage(r, f, now))
}

func (p *Pages) editPicture(w http.ResponseWriter, r *web.Request) error {
	return p.picturePage(w, r, http.StatusOK, web.NewForm())
}

func (p *Pages) changePicture(w http.ResponseWriter, r *web.Request) error {
	r.Body = http.MaxBytesReader(w, r.Body, MaxPicture+64<<10)
	f := web.NewForm()
	again := func(name, key string) error {
		var faults fault.Form
		faults.Add(name, key)
		f.Failed(faults.Err())
		return p.picturePage(w, r, http.StatusUnprocessableEntity, f)
	}
	if err := r.ParseMultipartForm(MaxPicture + 64<<10); err != nil {
		return again("picture", "network.fault.picture_size")
	}
	defer r.MultipartForm.RemoveAll()
	for name, list := range r.MultipartForm.Value {
		for _, v := range list {
			f.Values.Add(name, strings.TrimSpace(strings.ToValidUTF8(v, "")))
		}
	}
	if f.Texts("alt").Empty() {
		return again("alt-hr", "network.fault.alt")
	}
	file, _, err := r.FormFile("picture")
	if err != nil {
		return again("picture", "fault.required")
	}
	defer file.Close()
	body, err := Redraw(file)
	if err == nil {
		err = p.Store.SavePicture(r.Context(), r.Viewer.ScopeID(), body, "image/jpeg", f.Texts("alt"), r.Viewer.Account.ID)
	}
	if e := fault.Of(err); e != nil && e.Kind == fault.KindInvalid {
		if len(e.Fields) > 0 {
			f.Failed(onField(err, []string{"alt"}))
			return p.picturePage(w, r, http.StatusUnprocessableEntity, f)
		}
		return again("picture", e.Key)
	}
	if err != nil {
		return err
	}
	r.Flash("network.saved")
	return r.See(w, "/desk/centre/picture")
}

func (p *Pages) removePicture(w http.ResponseWriter, r *web.Request) error {
	if err := p.Store.RemovePicture(r.Context(), r.Viewer.ScopeID(), r.Viewer.Account.ID); err != nil {
		return err
	}
	r.Flash("network.picture.removed")
	return r.See(w, "/desk/centre/picture")
}
