package desk

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"

	"kvart/internal/network"
	"kvart/internal/platform/auth"
	"kvart/internal/platform/clock"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/web"
	"kvart/internal/programme"
)

// quarter is three months of local time.
type quarter struct{ From, To time.Time }

// quarterOf reads "2026Q4", or takes the quarter of now where nothing is given.
func quarterOf(s string, now time.Time) (quarter, error) {
	y, q := now.Year(), (int(now.Month())+2)/3
	if s != "" {
		year, nth, ok := cutQuarter(s)
		if !ok {
			return quarter{}, fault.NotFound("fault.not_found")
		}
		y, q = year, nth
	}
	from := time.Date(y, time.Month(q*3-2), 1, 0, 0, 0, 0, now.Location())
	return quarter{from, from.AddDate(0, 3, 0)}, nil
}

func cutQuarter(s string) (year, nth int, ok bool) {
	if len(s) != 6 || s[4] != 'Q' {
		return 0, 0, false
	}
	year, err := strconv.Atoi(s[:4])
	nth = int(s[5] - '0')
	return year, nth, err == nil && year >= 2000 && year <= 2200 && nth >= 1 && nth <= 4
}

// String is the quarter as addresses name it.
func (q quarter) String() string {
	return fmt.Sprintf("%dQ%d", q.From.Year(), (int(q.From.Month())+2)/3)
}

func (q quarter) before() quarter { return quarter{q.From.AddDate(0, -3, 0), q.From} }
func (q quarter) after() quarter  { return quarter{q.To, q.To.AddDate(0, 3, 0)} }

// totalRow is one centre's numbers of a quarter.
type totalRow struct {
	Centre network.Centre
	programme.Totals
	Few bool // fewer people than may be published: Came is 0 here and "fewer than" on the page
}

// disclosed makes the numbers about people safe to show to those outside a centre: one below the threshold is not
// told, and where one is not told the sum is not either, as it would give the missing number away. The numbers left
// out are taken out here, not on the page.
func disclosed(rows []totalRow, threshold int) (safe []totalRow, sum totalRow) {
	for _, row := range rows {
		sum.Sessions += row.Sessions
		sum.Recorded += row.Recorded
		sum.Came += row.Came
		if row.Came < threshold {
			row.Came, row.Few, sum.Few = 0, true, true
		}
		safe = append(safe, row)
	}
	if sum.Few {
		sum.Came = 0
	}
	return safe, sum
}

func (p *Pages) rows(ctx context.Context, centres []network.Centre, q quarter, discreetToo bool) ([]totalRow, error) {
	var rows []totalRow
	for _, c := range centres {
		t, err := p.Programme.CentreTotals(ctx, c.ID, q.From, q.To, discreetToo)
		if err != nil {
			return nil, err
		}
		rows = append(rows, totalRow{Centre: c, Totals: t})
	}
	return rows, nil
}

// totals are the centre's own, for its coordinator.
func (p *Pages) totals(w http.ResponseWriter, r *web.Request) error {
	c, err := p.centre(r)
	if err != nil {
		return err
	}
	q, err := quarterOf(r.URL.Query().Get("quarter"), r.Now.In(c.Location()))
	if err != nil {
		return err
	}
	rows, err := p.rows(r.Context(), []network.Centre{c}, q, r.Viewer.May(programme.SeeDiscreet))
	if err != nil {
		return err
	}
	return r.HTML(w, http.StatusOK, totalsPage(r, nil, q, rows, totalRow{}, 0, "/desk/totals"))
}

// whole are the tasks of the network that somebody with these permissions at it may do.
func (p *Pages) whole(ctx context.Context, networkID string, now time.Time, may func(auth.Permission) bool) ([]network.Task, error) {
	if p.Whole == nil {
		return nil, nil
	}
	tasks, err := p.Whole(ctx, networkID, now)
	return slices.DeleteFunc(tasks, func(t network.Task) bool { return !may(t.Permission) }), err
}

// allTotals are those of all centres side by side, for the city and the lead: sums only, and never a small one. It is the
// lead's first page, so what waits for the lead is on it.
func (p *Pages) allTotals(w http.ResponseWriter, r *web.Request) error {
	n, err := p.Network.Network(r.Context(), p.Network.DB)
	if err != nil {
		return err
	}
	q, err := quarterOf(r.URL.Query().Get("quarter"), r.Now.In(clock.Zone(n.Zone)))
	if err != nil {
		return err
	}
	centres, err := p.Network.Centres(r.Context(), p.Network.DB)
	if err != nil {
		return err
	}
	rows, err := p.rows(r.Context(), centres, q, false)
	if err != nil {
		return err
	}
	var tasks []network.Task
	if r.Viewer.Acting.Scope.Kind == network.ScopeNetwork {
		if tasks, err = p.whole(r.Context(), n.ID, r.Now, r.Viewer.May); err != nil {
			return err
		}
	}
	safe, sum := disclosed(rows, n.Disclosure)
	return r.HTML(w, http.StatusOK, totalsPage(r, tasks, q, safe, sum, n.Disclosure, "/desk/all-totals"))
}
