package sharing

import (
	"net/http"
	"time"

	"kvart/internal/platform/fault"
	"kvart/internal/platform/web"
)

// findView is the page on which an organisation looks for a room.
type findView struct {
	Form   *web.Form
	Asked  bool
	Places []Found
}

func (p *Pages) find(w http.ResponseWriter, r *web.Request) error {
	ctx, q := r.Context(), r.URL.Query()
	v := findView{Form: web.NewForm("date", q.Get("date"), "from", q.Get("from"), "to", q.Get("to"), "people", q.Get("people")), Asked: q.Has("from")}
	status := http.StatusOK
	if !v.Asked {
		v.Form = web.NewForm("date", r.Now.In(r.Zone()).AddDate(0, 0, 1).Format(time.DateOnly), "from", "17:00", "to", "19:00", "people", "")
	} else {
		centres, err := p.Store.Network.Centres(ctx, p.Store.DB)
		if err != nil {
			return err
		}
		var faults fault.Form
		people := v.Form.Int(&faults, "people", 0, 1, 10000)
		i := readTimes(v.Form, r.Zone(), &faults)
		if !i.Start.IsZero() && !i.Start.After(r.Now) {
			faults.Add("date", "sharing.fault.past")
		}
		if err := faults.Err(); err != nil {
			v.Form.Failed(err)
			v.Asked, status = false, web.Status(v.Form.Err)
		}
		for _, c := range centres {
			if !v.Asked {
				break
			}
			one, err := p.Store.Find(ctx, c, readTimes(v.Form, c.Location(), &faults), people)
			if err != nil {
				return err
			}
			v.Places = append(v.Places, one)
		}
	}
	return r.HTML(w, status, findPage(r, v))
}
