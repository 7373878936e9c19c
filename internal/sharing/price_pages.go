package sharing

import (
	"bytes"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"

	"kvart/internal/booking"
	"kvart/internal/network"
	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/web"
)

// pricedCentre is the centre where one acts, or NotFound where it has no prices.
func (p *Pages) pricedCentre(r *web.Request) (network.Centre, error) {
	c, err := p.centre(r)
	if err == nil {
		err = Priced(c)
	}
	return c, err
}

// pricesView is the page of what was used in a period.
type pricesView struct {
	Centre   network.Centre
	Currency string
	Span     booking.Interval // whole local days
	Totals   []Total
	Rooms    []booking.Space
	Priced   map[string]bool // by room
}

// period is Period for a page.
func period(r *web.Request, c network.Centre) (booking.Interval, error) {
	q := r.URL.Query()
	return Period(q.Get("from"), q.Get("to"), r.Now, c.Location())
}

// charges are those of the period, settled up to now.
func (p *Pages) charges(r *web.Request) (c network.Centre, span booking.Interval, list []Charge, err error) {
	if c, err = p.pricedCentre(r); err != nil {
		return
	}
	if span, err = period(r, c); err != nil {
		return
	}
	list, err = p.Store.Settled(r.Context(), c, span)
	return
}

func (p *Pages) prices(w http.ResponseWriter, r *web.Request) error {
	c, span, list, err := p.charges(r)
	if err != nil {
		return err
	}
	v := pricesView{Centre: c, Span: span, Totals: Totals(list), Priced: map[string]bool{}}
	n, err := p.Store.Network.Network(r.Context(), p.Store.DB)
	if err != nil {
		return err
	}
	v.Currency = n.Currency
	if v.Rooms, err = p.Store.Booking.Spaces(r.Context(), p.Store.DB, c.ID); err != nil {
		return err
	}
	prices, err := p.Store.Prices(r.Context(), p.Store.DB, c.ID)
	if err != nil {
		return err
	}
	for _, s := range v.Rooms {
		_, v.Priced[s.ID] = RatesOf(prices, s.ID)
	}
	return r.HTML(w, http.StatusOK, pricesPage(r, v))
}

func (v pricesView) sum() (t Total) {
	for _, x := range v.Totals {
		t.Bookings += x.Bookings
		t.Minutes += x.Minutes
		t.ValueCents += x.ValueCents
		t.ChargedCents += x.ChargedCents
	}
	return t
}

func (v pricesView) last() time.Time { return v.Span.End.AddDate(0, 0, -1) }

// priceList is the period as a workbook: a line a booking, and the totals on a second sheet. What is confidential has no title
// in it.
func (p *Pages) priceList(w http.ResponseWriter, r *web.Request) error {
	c, span, list, err := p.charges(r)
	if err != nil {
		return err
	}
	spaces, err := p.Store.Booking.Spaces(r.Context(), p.Store.DB, c.ID)
	if err != nil {
		return err
	}
	rooms := map[string]string{}
	for _, s := range spaces {
		rooms[s.ID] = r.Pick(s.Name)
	}
	book := excelize.NewFile()
	defer book.Close()
	sheet, sums := r.T("sharing.prices.sheet"), r.T("sharing.prices.sums")
	if err := book.SetSheetName("Sheet1", sheet); err != nil {
		return err
	}
	if _, err := book.NewSheet(sums); err != nil {
		return err
	}
	lines := [][]any{{r.T("booking.organisation"), r.T("sharing.usage.group"), r.T("booking.date"), r.T("booking.from"), r.T("booking.to"), r.T("booking.space"), r.T("booking.title"),
		r.T("sharing.prices.minutes"), r.T("sharing.prices.value"), r.T("sharing.prices.charged"), r.T("sharing.prices.given"), r.T("sharing.prices.currency")}}
	for _, x := range list {
		start, end := time.Unix(x.StartsAt, 0).In(c.Location()), time.Unix(x.EndsAt, 0).In(c.Location())
		title := x.Title
		if x.Confidential {
			title = r.T("booking.busy")
		}
		lines = append(lines, []any{x.Organisation, r.T("sharing.group." + x.Group), start.Format(time.DateOnly), start.Format("15:04"), end.Format("15:04"), rooms[x.SpaceID], title,
			(x.EndsAt - x.StartsAt) / 60, money(x.ValueCents), money(x.ChargedCents), money(x.Given()), x.Currency})
	}
	totals := [][]any{{r.T("booking.organisation"), r.T("sharing.prices.bookings"), r.T("sharing.prices.minutes"), r.T("sharing.prices.value"), r.T("sharing.prices.charged"), r.T("sharing.prices.given")}}
	for _, t := range Totals(list) {
		totals = append(totals, []any{t.Organisation, t.Bookings, t.Minutes, money(t.ValueCents), money(t.ChargedCents), money(t.Given())})
	}
	for name, rows := range map[string][][]any{sheet: lines, sums: totals} {
		for i, row := range rows {
			if err := book.SetSheetRow(name, "A"+number(i+1), &row); err != nil {
				return err
			}
		}
	}
	var buf bytes.Buffer
	if err := book.Write(&buf); err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
	h.Set("Content-Disposition", `attachment; filename="`+c.Slug+"-"+span.Start.Format(time.DateOnly)+`.xlsx"`)
	h.Set("Cache-Control", "no-store")
	_, err = w.Write(buf.Bytes())
	return err
}

// money is cents as a cell has them: a number with two decimals, exact below 10^13.
func money(cents int64) float64 { return float64(cents) / 100 }

// Prices of one room.

func rateName(group string, prime int) string { return group + "-" + number(prime) }

func (p *Pages) rates(w http.ResponseWriter, r *web.Request) error {
	if _, err := p.pricedCentre(r); err != nil {
		return err
	}
	one, err := p.space(r)
	if err != nil {
		return err
	}
	list, err := p.Store.Prices(r.Context(), p.Store.DB, one.CentreID)
	if err != nil {
		return err
	}
	rates, _ := RatesOf(list, one.ID)
	f := web.NewForm()
	for _, g := range Groups {
		for t, cents := range rates[g] {
			f.Values.Set(rateName(g, t), strconv.FormatFloat(float64(cents)/100, 'f', 2, 64))
		}
	}
	return r.HTML(w, http.StatusOK, ratesPage(r, one, f))
}

// cents reads an amount with at most two decimals after a comma or a point; a fault is noted for what is none.
func cents(f *web.Form, faults *fault.Form, name string) int64 {
	s := strings.ReplaceAll(f.Get(name), ",", ".")
	if s == "" {
		return 0
	}
	whole, part, _ := strings.Cut(s, ".")
	n, err := strconv.ParseInt(whole, 10, 64)
	for len(part) < 2 {
		part += "0"
	}
	c, errPart := strconv.ParseUint(part, 10, 8)
	if err != nil || errPart != nil || len(part) > 2 || n < 0 || n > 1e6 || strings.HasPrefix(whole, "-") {
		faults.Add(name, "sharing.fault.price")
		return 0
	}
	return n*100 + int64(c)
}

func (p *Pages) changeRates(w http.ResponseWriter, r *web.Request) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	if _, err := p.pricedCentre(r); err != nil {
		return err
	}
	one, err := p.space(r)
	if err != nil {
		return err
	}
	var faults fault.Form
	rates := Rates{}
	for _, g := range Groups {
		rates[g] = [2]int64{cents(f, &faults, rateName(g, 0)), cents(f, &faults, rateName(g, 1))}
	}
	if err = faults.Err(); err == nil {
		err = p.Store.DB.Tx(r.Context(), func(tx *db.Tx) error {
			return p.Store.SetRates(r.Context(), tx, one.CentreID, one.ID, rates, r.Viewer.Account.ID)
		})
	}
	if err != nil {
		if !f.Failed(err) {
			return err
		}
		return r.HTML(w, web.Status(f.Err), ratesPage(r, one, f))
	}
	r.Flash("sharing.prices.saved")
	return r.See(w, "/desk/prices")
}
