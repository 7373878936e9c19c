package front

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/a-h/templ"

	"kvart/internal/booking"
	"kvart/internal/network"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/pdf"
	"kvart/internal/platform/web"
	"kvart/internal/programme"
)

// Spans of a poster.
const (
	ofWeek  = "week"  // seven days from the chosen one
	ofMonth = "month" // from the chosen day to the end of its month; of one activity, a month from that day
)

// mostOnPoster are as many sessions as one poster holds: what programme.Public gives at once. Where there are more, the
// poster says where the rest is.
const mostOnPoster = 500

// poster is what hangs on a door: of a centre's week or month, or of one activity. Only what is announced is on it, a
// cancelled session as such. Its page and its PDF say the same.
type poster struct {
	Centre   network.Centre
	Network  string
	Activity *programme.Activity // nil for all that is on at the centre
	Span     string
	From, To time.Time          // local midnights
	Next     *programme.Listed  // of an activity: the next one that takes place
	List     []programme.Listed // in order of time; of an activity without Next
	More     bool               // there is more than is listed
	URL      string             // of the public page, which the code leads to
	Code     pdf.Code           // of URL
	Tear     bool               // strips to tear off at the bottom
	Sample   bool               // of the demo: said on every sheet
}

// Address is a page as people type it: the centre's, as an activity's is long and in the code.
func (v poster) Address() string {
	base, _, _ := strings.Cut(v.URL, "/programme/")
	if v.Activity != nil {
		base += "/centres/" + v.Centre.Slug
	}
	return strings.TrimPrefix(strings.TrimPrefix(base, "https://"), "http://")
}

// today is the day on which it is printed, where the centre is: the finest time in the file.
func (v poster) today(r *web.Request) time.Time {
	n := r.Now.In(v.Centre.Location())
	return time.Date(n.Year(), n.Month(), n.Day(), 0, 0, 0, 0, v.Centre.Location())
}

// path is the poster's own address without language; ".pdf" may follow.
func (v poster) path() string {
	if v.Activity != nil {
		return "programme/" + v.Activity.ID + "/poster"
	}
	return "centres/" + v.Centre.Slug + "/poster"
}

// when are the days of the poster in words.
func (v poster) when(r *web.Request) string {
	switch {
	case v.Next != nil:
		return r.When(v.Next.Start())
	case v.Span == ofMonth && v.Activity == nil:
		return capital(r.Month(v.From))
	}
	return r.T("front.poster.week", "from", r.Day(v.From), "to", r.Day(v.To.AddDate(0, 0, -1)))
}

// heading is what the poster is of.
func (v poster) heading(r *web.Request) string {
	if v.Activity != nil {
		return r.Pick(v.Activity.Title)
	}
	return v.Centre.Name
}

// where is the place of an activity's session with the centre's name and address, or the address alone where it is
// elsewhere.
func (v poster) where(r *web.Request, l programme.Listed) []string {
	parts := []string{l.Where(r.Printer)}
	if l.PlaceKind == programme.InSpace {
		parts = []string{v.Centre.Name + " · " + parts[0], v.Centre.Address}
	}
	return slices.DeleteFunc(parts, func(s string) bool { return s == "" })
}

// line is a session of the list in words: its time, what or where it is.
func (v poster) line(r *web.Request, l programme.Listed) (clock, title, place string) {
	clock, title, place = r.Clock(l.Start()), r.Pick(l.Title), l.Where(r.Printer)
	if v.Activity != nil {
		title = r.Span(l.Start(), l.End())
		clock = ""
	}
	return clock, title, place
}

// short is another date of an activity where many stand side by side.
func (v poster) short(r *web.Request, l programme.Listed) string {
	return r.DayShort(l.Start()) + " " + r.Clock(l.Start())
}

func capital(s string) string {
	for i, r := range s {
		return string(unicode.ToUpper(r)) + s[i+len(string(r)):]
	}
	return s
}

// posterOf reads what is asked for. It returns NotFound for an activity that is not announced, and for a day, a span or
// a size that there is not.
func (p *Pages) posterOf(r *web.Request) (v poster, err error) {
	ctx, q := r.Context(), r.URL.Query()
	site, err := p.Server.Site(ctx)
	if err != nil {
		return v, err
	}
	v.Sample, v.Network, v.Tear = site.Demo, r.Pick(site.Name), q.Get("tear") == "1"
	if id := r.PathValue("activity"); id != "" {
		a, err := p.Programme.PublicActivity(ctx, id)
		if err != nil {
			return v, err
		}
		v.Activity = &a
		v.Centre, err = p.Network.Centre(ctx, p.Network.DB, a.CentreID)
		if err != nil {
			return v, err
		}
		v.URL = r.Base() + "/programme/" + a.ID
	} else {
		if v.Centre, err = p.Network.CentreBySlug(ctx, p.Network.DB, r.PathValue("slug")); err != nil {
			return v, err
		}
		v.URL = r.Base() + "/centres/" + v.Centre.Slug
	}
	if v.From, err = booking.Midnight(q.Get("from"), r.Now, v.Centre.Location()); err != nil {
		return v, err
	}
	v.Span = q.Get("span")
	switch {
	case v.Span == "" && v.Activity != nil:
		v.Span = ofMonth
	case v.Span == "":
		v.Span = ofWeek
	}
	switch {
	case v.Span == ofWeek:
		v.To = v.From.AddDate(0, 0, 7)
	case v.Span == ofMonth && v.Activity != nil:
		v.To = v.From.AddDate(0, 1, 0)
	case v.Span == ofMonth:
		v.To = time.Date(v.From.Year(), v.From.Month()+1, 1, 0, 0, 0, 0, v.From.Location())
	default:
		return v, fault.NotFound("fault.not_found")
	}
	f := programme.Filter{From: v.From, To: v.To, Centres: []string{v.Centre.ID}, Limit: mostOnPoster}
	if v.Activity != nil {
		f.Activity = v.Activity.ID
		if f.From.Before(r.Now) && q.Get("from") == "" { // what is over today is not worth a sheet
			f.From = r.Now
		}
	}
	if v.List, err = p.Programme.Public(ctx, f); err != nil {
		return v, err
	}
	v.More = len(v.List) == mostOnPoster
	if v.Activity != nil {
		if err := p.next(r, &v, f); err != nil {
			return v, err
		}
	}
	v.Code, err = pdf.CodeOf(v.URL)
	return v, err
}

// next takes the next session that takes place out of the list: of the span, or the first one after it within half a
// year.
func (p *Pages) next(r *web.Request, v *poster, f programme.Filter) error {
	planned := func(l programme.Listed) bool { return !l.Cancelled() }
	if i := slices.IndexFunc(v.List, planned); i >= 0 {
		v.Next = &v.List[i]
		v.List = slices.Delete(slices.Clone(v.List), i, i+1)
		return nil
	}
	f.From, f.To, f.Limit = v.To, v.To.AddDate(0, 6, 0), 60
	later, err := p.Programme.Public(r.Context(), f)
	if err != nil {
		return err
	}
	if i := slices.IndexFunc(later, planned); i >= 0 {
		v.Next = &later[i]
	}
	return nil
}

// papers are the sizes of a PDF by their names in addresses.
var papers = map[string]pdf.Paper{"a3": pdf.A3, "a4": pdf.A4, "a5": pdf.A5, "": pdf.A4}

func (p *Pages) poster(w http.ResponseWriter, r *web.Request) error {
	return r.Shared(w, func() (templ.Component, error) {
		v, err := p.posterOf(r)
		if err != nil {
			return nil, err
		}
		return posterPage(r, v, sheets(r, v)), nil
	})
}

func (p *Pages) posterPDF(w http.ResponseWriter, r *web.Request) error {
	paper, known := papers[r.URL.Query().Get("size")]
	if !known {
		return fault.NotFound("fault.not_found")
	}
	n, err := web.Changes(r.Context(), p.Network.DB)
	if err != nil {
		return err
	}
	v, err := p.posterOf(r)
	if err != nil {
		return err
	}
	w.Header().Set("Cache-Control", "no-cache")
	if v.Activity == nil { // an activity's changes with the clock, too
		sum := sha256.Sum256(fmt.Appendf(nil, "%d %s %s", n, v.today(r), r.URL.RequestURI()))
		tag := `"` + base64.RawURLEncoding.EncodeToString(sum[:12]) + `"`
		w.Header().Set("ETag", tag)
		if r.Header.Get("If-None-Match") == tag {
			w.WriteHeader(http.StatusNotModified)
			return nil
		}
	}
	p.drawing.Lock()
	defer p.drawing.Unlock()
	body, err := drawPoster(r, v, paper)
	if err != nil {
		return err
	}
	return pdf.Send(w, r, fileName(r, v), body)
}

// about is what the activity's text says, in whole sentences, as far as a poster has room for it.
func (v poster) about(r *web.Request) (said []string) {
	letters := 0
	for _, s := range sentences(r.Pick(v.Activity.About)) {
		if letters += len([]rune(s)); letters > 400 {
			break
		}
		said = append(said, s)
	}
	return said
}

func fileName(r *web.Request, v poster) string {
	name := v.Centre.Slug
	if v.Activity != nil {
		name = network.Slug(r.Pick(v.Activity.Title))
	}
	if name == "" {
		name = "plakat"
	}
	return strings.Trim(name[:min(len(name), 60)], "-") + "-" + v.From.Format(time.DateOnly)
}

// sheet is one A4 page of the poster's page.
type sheet struct {
	Days  []day
	N     int  // counted from 1
	Dense bool // in smaller type, so that a week is one sheet
}

// linesOnSheet are as many lines as the list of one sheet has room for: of a heading of a day, a title, a place.
const linesOnSheet = 13

// linesDense are as many in the smaller type of a week.
const linesDense = 24

// sheets divides the list over sheets of paper; a list that is empty is one sheet. A day that goes on has its name again.
func sheets(r *web.Request, v poster) []sheet {
	all := sheetsOf(r, v, linesOnSheet, 34)
	if len(all) > 1 && v.Activity == nil && v.Span == ofWeek {
		if one := sheetsOf(r, v, linesDense, 44); len(one) == 1 {
			one[0].Dense = true
			return one
		}
	}
	if len(all) > 1 && v.Activity != nil {
		return columns(v)
	}
	return all
}

// rowsOnSheet are as many rows of two dates as stand under what an activity is, without strips and with them; on a sheet that
// only goes on, rowsMore more.
const (
	rowsOnSheet    = 10
	rowsWithStrips = 6
	rowsMore       = 10
)

// columns divides an activity's dates over sheets on which two stand in a row.
func columns(v poster) (all []sheet) {
	rows := rowsOnSheet
	if v.Tear {
		rows = rowsWithStrips
	}
	for list := v.List; len(list) > 0; {
		if len(all) == 1 {
			rows += rowsMore
		}
		here := list[:min(2*rows, len(list))]
		all = append(all, sheet{N: len(all) + 1, Dense: true, Days: []day{{Date: here[0].Start(), Sessions: here}}})
		list = list[len(here):]
	}
	return all
}

// sheetsOf divides the list over sheets of so many lines of so many letters.
func sheetsOf(r *web.Request, v poster, lines, letters int) []sheet {
	all, left := []sheet{{N: 1}}, lines
	if v.Activity != nil {
		left -= 6 // the title, the next time and the place
	}
	if v.Tear {
		left -= 4
	}
	each := left
	if v.Activity != nil {
		each += 6
	}
	for _, d := range days(v.List) {
		fresh := true
		for _, l := range d.Sessions {
			_, title, place := v.line(r, l)
			need := 1 + len([]rune(title))/letters + len([]rune(place))/(letters+6)
			if fresh {
				need++
			}
			s := &all[len(all)-1]
			if need > left && len(s.Days) > 0 {
				all = append(all, sheet{N: len(all) + 1})
				s, left, fresh = &all[len(all)-1], each, true
			}
			if fresh {
				s.Days = append(s.Days, day{Date: d.Date})
				fresh = false
			}
			last := &s.Days[len(s.Days)-1]
			last.Sessions = append(last.Sessions, l)
			left -= need
		}
	}
	return all
}

// file is the address of the poster's PDF of the size.
func (v poster) file(r *web.Request, size string) string {
	q := r.URL.Query()
	q.Set("size", size)
	return r.Path(v.path()+".pdf") + "?" + q.Encode()
}

// monday is the next one after today.
func (v poster) monday(r *web.Request) string {
	t := v.today(r)
	return t.AddDate(0, 0, 7-(int(t.Weekday())+6)%7).Format(time.DateOnly)
}

func (v poster) nextMonth(r *web.Request) time.Time {
	t := v.today(r)
	return time.Date(t.Year(), t.Month()+1, 1, 0, 0, 0, 0, t.Location())
}
