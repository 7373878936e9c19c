package sharing

import (
	"net/http"
	"slices"
	"strconv"
	"time"

	"kvart/internal/booking"
	"kvart/internal/network"
	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/web"
)

// sharedRoom is a room with how it is shared.
type sharedRoom struct {
	booking.Space
	Terms Terms
	Owner string
}

// rulesView is the page of what organisations may hold at the centre.
type rulesView struct {
	Form   *web.Form
	Centre network.Centre
	Rooms  []sharedRoom
}

func (p *Pages) rulesView(r *web.Request, f *web.Form) (v rulesView, err error) {
	ctx, s := r.Context(), p.Store
	v.Form = f
	if v.Centre, err = p.centre(r); err != nil {
		return v, err
	}
	spaces, err := s.Booking.Spaces(ctx, s.DB, v.Centre.ID)
	if err != nil {
		return v, err
	}
	for _, x := range spaces {
		one := sharedRoom{Space: x}
		if one.Terms, err = s.Terms(ctx, s.DB, x.ID); err != nil {
			return v, err
		}
		if one.Terms.OwnerID != nil {
			o, err := s.Network.Organisation(ctx, s.DB, *one.Terms.OwnerID)
			if err != nil {
				return v, err
			}
			one.Owner = o.Name
		}
		v.Rooms = append(v.Rooms, one)
	}
	return v, nil
}

func number(n int) string { return strconv.Itoa(n) }

// inHours is so many minutes as the form has them, in hours.
func inHours(minutes int) string { return number(minutes / 60) }

func (p *Pages) rules(w http.ResponseWriter, r *web.Request) error {
	u, err := p.Store.Booking.FairUse(r.Context(), p.Store.DB, r.Viewer.ScopeID())
	if err != nil {
		return err
	}
	f := web.NewForm("week_hours", inHours(u.WeekMinutes), "weeks_ahead", number(u.WeeksAhead), "prime_share", number(u.PrimeShare), "offer_hours", number(u.OfferHours), "version", number(u.Version))
	for i, h := range u.Prime {
		f.Values.Add("days", number(h.Weekday))
		if i == 0 {
			f.Values.Set("from", h.Opens)
			f.Values.Set("to", h.Closes)
		}
	}
	v, err := p.rulesView(r, f)
	if err != nil {
		return err
	}
	return r.HTML(w, http.StatusOK, rulesPage(r, v))
}

func readLimits(f *web.Form, faults *fault.Form) booking.Limits {
	return booking.Limits{WeekMinutes: 60 * f.Int(faults, "week_hours", 0, 0, 168), WeeksAhead: f.Int(faults, "weeks_ahead", 0, 0, 104), PrimeShare: f.Int(faults, "prime_share", 0, 0, 100)}
}

func (p *Pages) changeRules(w http.ResponseWriter, r *web.Request) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	var faults fault.Form
	u := booking.FairUse{CentreID: r.Viewer.ScopeID(), Limits: readLimits(f, &faults), OfferHours: f.Int(&faults, "offer_hours", 24, 1, 168), Version: f.Int(&faults, "version", 0, 0, 1<<30)}
	if days := f.All("days"); len(days) > 0 {
		from, errFrom := time.Parse("15:04", f.Get("from"))
		to, errTo := time.Parse("15:04", f.Get("to"))
		switch {
		case errFrom != nil:
			faults.Add("from", "fault.not_a_time")
		case errTo != nil:
			faults.Add("to", "fault.not_a_time")
		case !from.Before(to):
			faults.Add("to", "booking.fault.times")
		}
		for d := 1; d <= 7; d++ {
			if slices.Contains(days, number(d)) {
				u.Prime = append(u.Prime, network.Hours{Weekday: d, Opens: f.Get("from"), Closes: f.Get("to")})
			}
		}
	}
	if err = faults.Err(); err == nil {
		err = p.Store.DB.Tx(r.Context(), func(tx *db.Tx) error { return p.Store.SetFairUse(r.Context(), tx, u, r.Viewer.Account.ID) })
	}
	if err != nil {
		if !f.Failed(err) {
			return err
		}
		v, err := p.rulesView(r, f)
		if err != nil {
			return err
		}
		return r.HTML(w, web.Status(f.Err), rulesPage(r, v))
	}
	r.Flash("sharing.rules.saved")
	return r.See(w, "/desk/sharing")
}

// space is the centre's room that the page is about, or NotFound.
func (p *Pages) space(r *web.Request) (booking.Space, error) {
	one, err := p.Store.Booking.Space(r.Context(), p.Store.DB, r.PathValue("id"))
	if err == nil && one.CentreID != r.Viewer.ScopeID() {
		err = fault.NotFound("fault.not_found")
	}
	return one, err
}

// organisations are the choices of an owner: none is who runs the centre.
func (p *Pages) organisations(r *web.Request) ([]web.Option, error) {
	list, err := p.Store.Network.Organisations(r.Context(), p.Store.DB)
	if err != nil {
		return nil, err
	}
	names := r.Names()
	slices.SortStableFunc(list, func(a, b network.Organisation) int { return names(a.Name, b.Name) })
	options := []web.Option{{Label: r.T("sharing.terms.owner.own")}}
	for _, o := range list {
		options = append(options, web.Option{Value: o.ID, Label: o.Name})
	}
	return options, nil
}

func (p *Pages) terms(w http.ResponseWriter, r *web.Request) error {
	one, err := p.space(r)
	if err != nil {
		return err
	}
	t, err := p.Store.Terms(r.Context(), p.Store.DB, one.ID)
	if err != nil {
		return err
	}
	f := web.NewForm("decides", t.Decides, "asking", t.Asking, "hold_days", number(t.HoldDays), "version", number(t.Version))
	if t.OwnerID != nil {
		f.Values.Set("owner", *t.OwnerID)
	}
	return p.showTerms(w, r, http.StatusOK, one, f)
}

func (p *Pages) showTerms(w http.ResponseWriter, r *web.Request, status int, one booking.Space, f *web.Form) error {
	owners, err := p.organisations(r)
	if err != nil {
		return err
	}
	return r.HTML(w, status, termsPage(r, one, owners, f))
}

func (p *Pages) changeTerms(w http.ResponseWriter, r *web.Request) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	one, err := p.space(r)
	if err != nil {
		return err
	}
	var faults fault.Form
	t := Terms{SpaceID: one.ID, Decides: f.Get("decides"), Asking: f.Get("asking"), HoldDays: f.Int(&faults, "hold_days", 3, 1, 14), Version: f.Int(&faults, "version", 0, 0, 1<<30)}
	if id := f.Get("owner"); id != "" {
		t.OwnerID = &id
	}
	if err = faults.Err(); err == nil {
		err = p.Store.DB.Tx(r.Context(), func(tx *db.Tx) error {
			return p.Store.SetTerms(r.Context(), tx, r.Viewer.ScopeID(), t, r.Viewer.Account.ID)
		})
	}
	if err != nil {
		if !f.Failed(err) {
			return err
		}
		return p.showTerms(w, r, web.Status(f.Err), one, f)
	}
	r.Flash("sharing.terms.saved")
	return r.See(w, "/desk/sharing")
}

func (p *Pages) usage(w http.ResponseWriter, r *web.Request) error {
	c, err := p.centre(r)
	if err != nil {
		return err
	}
	list, err := p.Store.Usage(r.Context(), c)
	if err != nil {
		return err
	}
	return r.HTML(w, http.StatusOK, usagePage(r, c, list))
}

// termsOf is the page of one organisation at the centre.
func (p *Pages) termsOf(r *web.Request) (o network.Organisation, t OrganisationTerms, err error) {
	if o, err = p.Store.Network.Organisation(r.Context(), p.Store.DB, r.PathValue("id")); err != nil {
		return o, t, err
	}
	t, err = p.Store.OrganisationTerms(r.Context(), p.Store.DB, r.Viewer.ScopeID(), o.ID)
	return o, t, err
}

func (p *Pages) organisation(w http.ResponseWriter, r *web.Request) error {
	o, t, err := p.termsOf(r)
	if err != nil {
		return err
	}
	f := web.NewForm("week_hours", inHours(t.WeekMinutes), "weeks_ahead", number(t.WeeksAhead), "prime_share", number(t.PrimeShare), "reason", t.Reason, "group", t.Group, "version", number(t.Version))
	if t.OwnLimits {
		f.Values.Set("own", "1")
	}
	return p.showOrganisation(w, r, http.StatusOK, o, f)
}

func (p *Pages) showOrganisation(w http.ResponseWriter, r *web.Request, status int, o network.Organisation, f *web.Form) error {
	c, err := p.centre(r)
	if err != nil {
		return err
	}
	return r.HTML(w, status, organisationPage(r, c, o, f))
}

func (p *Pages) changeOrganisation(w http.ResponseWriter, r *web.Request) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	o, t, err := p.termsOf(r)
	if err != nil {
		return err
	}
	var faults fault.Form
	t.OwnLimits, t.Limits, t.Reason, t.Version = db.Bool(f.On("own")), readLimits(f, &faults), f.Get("reason"), f.Int(&faults, "version", 0, 0, 1<<30)
	if g := f.Get("group"); g != "" {
		t.Group = g
	}
	if err = faults.Err(); err == nil {
		err = p.Store.DB.Tx(r.Context(), func(tx *db.Tx) error { return p.Store.SetOrganisationTerms(r.Context(), tx, t, r.Viewer.Account.ID) })
	}
	if err != nil {
		if !f.Failed(err) {
			return err
		}
		return p.showOrganisation(w, r, web.Status(f.Err), o, f)
	}
	r.Flash("sharing.usage.saved")
	return r.See(w, "/desk/usage")
}
