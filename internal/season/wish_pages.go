package season

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"kvart/internal/allotment"
	"kvart/internal/network"
	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/web"
)

func (p *Pages) memberSeasons(w http.ResponseWriter, r *web.Request) error {
	list, err := p.Store.Shown(r.Context(), 50)
	if err != nil {
		return err
	}
	centres, err := p.Store.Network.Centres(r.Context(), p.Store.DB)
	if err != nil {
		return err
	}
	return r.HTML(w, http.StatusOK, memberSeasonsPage(r, list, centres))
}

// own is the season as an organisation sees it, with its wishes.
type own struct {
	seen
	Organisation network.Organisation
	Amounts      []int64
	Wishes       []Wished
	Form         *web.Form
	AmountForm   *web.Form
	May          bool   // enter wishes here and now
	Base         string // address its wishes are sent to
	Desk         bool   // typed in at the centre
}

func (p *Pages) own(r *web.Request, one Season, c network.Centre, organisationID string, desk bool) (v own, err error) {
	v.Form, v.AmountForm, v.Desk = web.NewForm(), web.NewForm(), desk
	if v.seen, err = p.seen(r, one, c, false); err != nil {
		return v, err
	}
	if v.Organisation, err = p.Store.Network.Organisation(r.Context(), p.Store.DB, organisationID); err != nil {
		return v, err
	}
	v.Amounts = make([]int64, len(Criteria))
	for _, m := range v.Members {
		if m.OrganisationID == organisationID {
			v.Amounts = m.Amounts
		}
	}
	for i, n := range v.Amounts {
		v.AmountForm.Values.Set("amount-"+Criteria[i], strconv.FormatInt(n, 10))
	}
	if v.Wishes, err = p.Store.Wishes(r.Context(), p.Store.DB, one.ID, organisationID); err != nil {
		return v, err
	}
	v.May, v.Base = one.MayWish(desk, r.Now, c.Location()), "/desk/wishes/"+one.ID
	if desk {
		v.Base = "/desk/season/" + one.ID + "/wishes"
	}
	return v, nil
}

func (p *Pages) memberOwn(r *web.Request) (own, error) {
	one, c, err := p.Store.OneShown(r.Context(), r.PathValue("id"))
	if err != nil {
		return own{}, err
	}
	return p.own(r, one, c, r.Viewer.ScopeID(), false)
}

func (p *Pages) memberSeason(w http.ResponseWriter, r *web.Request) error {
	v, err := p.memberOwn(r)
	if err != nil {
		return err
	}
	return r.HTML(w, http.StatusOK, memberSeasonPage(r, v))
}

// readWish reads a wish; a fault is noted for each field that cannot be.
func readWish(f *web.Form, v own) (Wished, error) {
	var faults fault.Form
	x := Wished{SeasonID: v.Season.ID, OrganisationID: v.Organisation.ID, Source: "web", Weekday: f.Int(&faults, "weekday", 0, 1, 7)}
	if v.Desk {
		x.Source = "desk"
	}
	for _, id := range f.All("space") {
		if id != "" && !slices.Contains(x.Spaces, id) {
			x.Spaces = append(x.Spaces, id)
		}
	}
	from, err := allotment.ParseClock(f.Get("start"))
	if err != nil {
		faults.Add("start", "fault.not_a_time")
	}
	to, err := allotment.ParseClock(f.Get("end"))
	if err != nil {
		faults.Add("end", "fault.not_a_time")
	}
	if to == 0 {
		to = 24 * 60 // midnight is the end of the day
	}
	x.Start, x.Minutes = int(from), int(to-from)
	return x, faults.Err()
}

// add adds a wish and goes back to its page.
func (p *Pages) add(w http.ResponseWriter, r *web.Request, f *web.Form, v own, back string) error {
	v.Form = f
	if !v.May {
		return fault.Conflict("season.fault.closed")
	}
	x, err := readWish(f, v)
	added := false
	if err == nil {
		err = p.Store.DB.Tx(r.Context(), func(tx *db.Tx) (err error) {
			if err := web.Claim(r.Context(), tx, f.Get("form_key"), back, r.Now); err != nil {
				return err
			}
			added, err = p.Store.AddWish(r.Context(), tx, v.Season, x, r.Viewer.Account.ID)
			return err
		})
	}
	if err != nil {
		if !f.Failed(err) {
			return err
		}
		return r.HTML(w, web.Status(f.Err), memberSeasonPage(r, v))
	}
	if i := slices.IndexFunc(v.Wishes, x.Overlaps); added && i >= 0 {
		r.Flash("season.wish.overlaps", "n", i+1)
	} else if added {
		r.Flash("season.wish.added")
	} else {
		r.Flash("season.wish.same")
	}
	return r.See(w, back)
}

func (p *Pages) memberAdd(w http.ResponseWriter, r *web.Request) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	v, err := p.memberOwn(r)
	if err != nil {
		return err
	}
	return p.add(w, r, f, v, v.Base)
}

func (p *Pages) memberRaise(w http.ResponseWriter, r *web.Request) error {
	return p.memberWish(w, r, p.Store.RaiseWish)
}

func (p *Pages) memberRemove(w http.ResponseWriter, r *web.Request) error {
	return p.memberWish(w, r, p.Store.RemoveWish)
}

type wishAct func(ctx context.Context, one Season, organisationID, id, by string) error

func (p *Pages) memberWish(w http.ResponseWriter, r *web.Request, do wishAct) error {
	v, err := p.memberOwn(r)
	if err != nil {
		return err
	}
	if !v.May {
		return fault.Conflict("season.fault.closed")
	}
	if err := do(r.Context(), v.Season, v.Organisation.ID, r.PathValue("wish"), r.Viewer.Account.ID); err != nil {
		return err
	}
	return r.See(w, v.Base+"#wishes")
}

// The desk.

func (p *Pages) deskOwn(r *web.Request, organisationID string) (own, error) {
	c, one, err := p.one(r)
	if err != nil {
		return own{}, err
	}
	return p.own(r, one, c, organisationID, true)
}

func (p *Pages) member(w http.ResponseWriter, r *web.Request) error {
	v, err := p.deskOwn(r, r.URL.Query().Get("organisation"))
	if err != nil {
		return err
	}
	return r.HTML(w, http.StatusOK, memberSeasonPage(r, v))
}

func (v own) deskPage() string {
	return "/desk/season/" + v.Season.ID + "/members?organisation=" + url.QueryEscape(v.Organisation.ID)
}

func (p *Pages) setAmounts(w http.ResponseWriter, r *web.Request) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	v, err := p.deskOwn(r, f.Get("organisation"))
	if err != nil {
		return err
	}
	v.AmountForm = f
	var faults fault.Form
	var amounts []int64
	for _, c := range Criteria {
		amounts = append(amounts, int64(f.Int(&faults, "amount-"+c, 0, 0, allotment.MaxValue)))
	}
	if err = faults.Err(); err == nil {
		err = p.Store.DB.Tx(r.Context(), func(tx *db.Tx) error {
			return p.Store.SetAmounts(r.Context(), tx, v.Season, v.Organisation.ID, amounts, r.Viewer.Account.ID)
		})
	}
	if err != nil {
		if !f.Failed(err) {
			return err
		}
		return r.HTML(w, web.Status(f.Err), memberSeasonPage(r, v))
	}
	r.Flash("season.amounts.saved")
	return r.See(w, v.deskPage())
}

func (p *Pages) deskAdd(w http.ResponseWriter, r *web.Request) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	v, err := p.deskOwn(r, f.Get("organisation"))
	if err != nil {
		return err
	}
	return p.add(w, r, f, v, v.deskPage())
}

func (p *Pages) deskRaise(w http.ResponseWriter, r *web.Request) error {
	return p.deskWish(w, r, p.Store.RaiseWish)
}

func (p *Pages) deskRemove(w http.ResponseWriter, r *web.Request) error {
	return p.deskWish(w, r, p.Store.RemoveWish)
}

func (p *Pages) deskWish(w http.ResponseWriter, r *web.Request, do wishAct) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	v, err := p.deskOwn(r, f.Get("organisation"))
	if err != nil {
		return err
	}
	if err := do(r.Context(), v.Season, v.Organisation.ID, r.PathValue("wish"), r.Viewer.Account.ID); err != nil {
		return err
	}
	return r.See(w, v.deskPage()+"#wishes")
}

// The draft.
