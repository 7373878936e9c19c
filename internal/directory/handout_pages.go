package directory

import (
	"net/http"
	"slices"
	"strings"

	"kvart/internal/network"
	"kvart/internal/platform/pdf"
	"kvart/internal/platform/web"
)

// sheet is a hand-out: the chosen services as they are printed, in their order.
type sheet struct {
	*network.Basics
	Chosen picks // those of List
	List   []handed
	Gone   int  // chosen ones that are no longer there
	More   bool // there were more than a hand-out has
	Demo   bool
}

// handed is a service on the hand-out, with the code that leads to its page.
type handed struct {
	serviceView
	Address string // permanent, without a language
	Code    pdf.Code
}

// sheetOf reads the hand-out that the address names.
func (p *Pages) sheetOf(r *web.Request) (v sheet, err error) {
	ctx := r.Context()
	if v.Basics, err = p.basics(r); err != nil {
		return v, err
	}
	v.Demo = bool(v.Network.Demo)
	var ids picks
	ids, v.More = picksOf(r.URL.Query().Get("s"))
	if len(ids) == 0 {
		return v, nil
	}
	sorts, err := p.Store.Taxonomies(ctx, p.Store.DB)
	if err != nil {
		return v, err
	}
	list, err := p.Store.Services(ctx, p.Store.DB, ids)
	if err != nil {
		return v, err
	}
	list = slices.DeleteFunc(list, func(s Service) bool { return !s.Listed() })
	v.Gone = len(ids) - len(list)
	for _, s := range list {
		e := handed{serviceView: viewOf(r, s, v.Basics, sorts), Address: r.Base() + "/services/" + s.ID}
		if e.Code, err = pdf.CodeOf(e.Address); err != nil {
			return v, err
		}
		v.List, v.Chosen = append(v.List, e), append(v.Chosen, s.ID)
	}
	return v, nil
}

// handout is the page to print. What is on it is in its address only: adding, taking off and moving are links.
func (p *Pages) handout(w http.ResponseWriter, r *web.Request) error {
	v, err := p.sheetOf(r)
	if err != nil {
		return err
	}
	return r.HTML(w, http.StatusOK, handoutPage(r, v))
}

// handoutPDF is the same as a PDF; with nothing on it, the page says how to choose.
func (p *Pages) handoutPDF(w http.ResponseWriter, r *web.Request) error {
	v, err := p.sheetOf(r)
	if err != nil {
		return err
	}
	if len(v.List) == 0 {
		return r.HTML(w, http.StatusNotFound, handoutPage(r, v))
	}
	p.printing.Lock()
	defer p.printing.Unlock()
	body, err := drawHandout(r, v)
	if err != nil {
		return err
	}
	return pdf.Send(w, r, "kvart", body)
}

// address is the page with another choice.
func (v sheet) address(r *web.Request, c picks) string { return c.on(r.Path("services/print")) }

// calls are the numbers to call, with what stands beside each: the centre's, where it is reached through that.
func (e handed) calls(r *web.Request) [][2]string {
	if e.Centre != nil {
		if e.Centre.Phone == "" {
			return nil
		}
		return [][2]string{{e.Centre.Phone, r.T("directory.find.through", "centre", e.Centre.Name)}}
	}
	var list [][2]string
	for _, x := range phonesOf(e.Service) {
		list = append(list, [2]string{x.Number, phoneWord(r, x)})
	}
	return list
}

// where are its places, a line each; of a confidential one the city, and why no more.
func (e handed) where(r *web.Request) []string {
	var list []string
	for _, p := range e.Places {
		line := p.At.Line()
		if p.At.Confidential {
			line += ". " + r.T("directory.handout.confidential")
		} else if how := strings.Join(textLines(p.At.Transportation), " "); how != "" {
			line += ". " + how
		}
		list = append(list, line)
	}
	return list
}

// hours are its hours, of each place where they differ.
func (e handed) hours(r *web.Request) []string {
	var list []string
	sets := hourSets(e.Service)
	for _, set := range sets {
		if len(sets) > 1 {
			list = append(list, set.Name+":")
		}
		list = append(list, hourLines(r, set.List, e.Today)...)
	}
	return append(list, holidaysSoon(r, e.Hours(), e.Now)...)
}

// first is the first visit in a few sentences.
func (e handed) first(r *web.Request) []string {
	f := e.Own.First
	var list []string
	if f.Meets != "" {
		list = append(list, r.T("directory.public.first.meets")+": "+f.Meets)
	}
	for _, x := range [][2]string{{"name", f.Name}, {"card", f.Card}, {"along", f.Along}} {
		if x[1] != "" {
			list = append(list, r.T("directory.public.first."+x[0]+"."+x[1]))
		}
	}
	return list
}

// cost is what it costs, in a line.
func (e handed) cost(r *web.Request) string {
	var parts []string
	for _, s := range append([]string{costWord(r, e.Service)}, append(textLines(e.FeesDescription), costLines(r, e.CostOptions)...)...) {
		if s != "" {
			parts = append(parts, s)
		}
	}
	return strings.Join(parts, "; ")
}

// bring is what to have with one.
func (e handed) bring() string {
	var list []string
	for _, d := range e.RequiredDocuments {
		if d.Document != "" {
			list = append(list, d.Document)
		}
	}
	return strings.Join(list, ", ")
}

// alone is a list of one line, or of none.
func alone(s string) []string {
	if s == "" {
		return nil
	}
	return []string{s}
}
