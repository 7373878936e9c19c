package support

import (
	"context"
	"net/http"
	"slices"
	"time"

	"kvart/internal/network"
	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/web"
)

// Checked is that a network lead called or looked up the numbers that /contact gives, and read its words.
type Checked struct {
	On      string   `json:"on"` // day
	Numbers []string `json:"numbers"`
}

// Holds says whether it is of these very numbers and not older than a year.
func (c Checked) Holds(list network.Emergencies, today string) bool {
	day, err := time.Parse(time.DateOnly, c.On)
	return err == nil && c.Of(list) && today <= day.AddDate(1, 0, 0).Format(time.DateOnly)
}

// Of says whether it is of these very numbers: one that was changed since is not.
func (c Checked) Of(list network.Emergencies) bool {
	return c.On != "" && slices.Equal(c.Numbers, numbersOf(list))
}

func numbersOf(list network.Emergencies) []string {
	numbers := make([]string, len(list))
	for i, e := range list {
		numbers[i] = e.Number
	}
	return numbers
}

// ConfirmNumbers keeps that the numbers were checked today. It returns Conflict where they are not those of the network
// any more.
func (s *Store) ConfirmNumbers(ctx context.Context, c Checked, by string) error {
	return s.changeSettings(ctx, by, func(tx *db.Tx, v *Settings) error {
		n, err := s.Network.Network(ctx, tx)
		if err != nil {
			return err
		}
		if !c.Of(n.Emergency) || len(c.Numbers) == 0 {
			return fault.Conflict("support.fault.numbers_changed")
		}
		v.Numbers = c
		return nil
	})
}

// numbersTask asks the network's lead to check the numbers that people in danger are given: at the beginning, when one
// changes, and once a year. It is the same task at every centre.
func (s *Store) numbersTask(ctx context.Context, v Settings, now time.Time) ([]network.Task, error) {
	n, err := s.Network.Network(ctx, s.DB)
	if err != nil {
		return nil, err
	}
	today, err := localDay(n, now)
	if err != nil || v.Numbers.Holds(n.Emergency, today) {
		return nil, err
	}
	return []network.Task{{Key: "support.numbers", Title: "support.task.numbers", Press: "support.task.numbers.check", Address: numbersPath, Method: "GET", Urgency: network.Soon, Permission: network.EditNetwork}}, nil
}

// UncheckedNumbers says whether the numbers that /contact gives were never checked as they are, or not for a year.
func (s *Store) UncheckedNumbers(ctx context.Context) (never, old bool, err error) {
	n, err := s.Network.Network(ctx, s.DB)
	if err != nil {
		return false, false, err
	}
	v, err := s.Settings(ctx, s.DB)
	if err != nil {
		return false, false, err
	}
	today, err := localDay(n, s.Now())
	never = !v.Numbers.Of(n.Emergency)
	return never, !never && !v.Numbers.Holds(n.Emergency, today), err
}

func localDay(n network.Network, now time.Time) (string, error) {
	zone, err := time.LoadLocation(n.Zone)
	if err != nil {
		return "", err
	}
	return now.In(zone).Format(time.DateOnly), nil
}

const numbersPath = "/desk/messages/numbers"

func (p *Pages) numbers(w http.ResponseWriter, r *web.Request) error {
	return p.showNumbers(w, r, http.StatusOK, web.NewForm())
}

func (p *Pages) showNumbers(w http.ResponseWriter, r *web.Request, status int, f *web.Form) error {
	v, err := p.Store.Settings(r.Context(), p.Store.DB)
	if err != nil {
		return err
	}
	n, err := p.Store.Network.Network(r.Context(), p.Store.DB)
	if err != nil {
		return err
	}
	return r.HTML(w, status, numbersPage(r, n.Emergency, v.Numbers, f))
}

func (p *Pages) confirmNumbers(w http.ResponseWriter, r *web.Request) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	c := Checked{On: r.Now.In(r.Zone()).Format(time.DateOnly), Numbers: f.All("number")}
	if err := p.Store.ConfirmNumbers(r.Context(), c, r.Viewer.Account.ID); err != nil {
		if !f.Failed(err) {
			return err
		}
		return p.showNumbers(w, r, web.Status(f.Err), f)
	}
	r.Flash("support.numbers.done")
	return r.See(w, numbersPath)
}
