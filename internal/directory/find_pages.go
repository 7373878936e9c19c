package directory

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/a-h/templ"

	"kvart/internal/network"
	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/web"
)

// Pages are the pages of the directory.
type Pages struct {
	Store *Store
	Find  func(ctx context.Context, a Ask) (Found, error)

	drawn    grounds
	named    suggested
	printing sync.Mutex // one PDF is made at a time, so that many who ask at once do not take everybody's memory
}

// PublicRoutes are for whoever looks for help: no account, no cookie. What is looked for is in the address of the page, so
// that it can be passed on, and in no log; the pages are kept by no browser.
func (p *Pages) PublicRoutes() []web.Route {
	return []web.Route{
		{Pattern: "GET /{lang}/map", Need: web.Public, Handle: p.mapPage},
		{Pattern: "GET /{lang}/services", Need: web.Public, Handle: p.find},
		{Pattern: "GET /{lang}/services/{id}", Need: web.Public, Handle: p.service},
		{Pattern: "GET /{lang}/services/print", Need: web.Public, Handle: p.handout},
		{Pattern: "GET /{lang}/services/print.pdf", Need: web.Public, Handle: p.handoutPDF},
	}
}

// leavePath is where every page here can be left to at once: support's, which has the browser forget what it kept.
const leavePath = "contact/leave"

// askedLanguages are the codes of languages to choose from, those of the region and of who came lately first (ISO 639-1; Croatian
// sign language has a code of ISO 639-3 only).
var askedLanguages = []string{"hr", "en", "csq", "uk", "ru", "rom", "ar", "fa", "ur", "ne", "sq", "bs", "sr", "sl", "de", "it", "fr", "es", "tr", "nb"}

const (
	mostWords = 200 // letters that are looked for
	lastPage  = 500
)

// question is what the address of a page of results says.
type question struct {
	Ask
	Form    *web.Form // as typed
	Here    *Spot     // the chosen place
	Several []Spot    // places of which one is to be chosen
	Chosen  picks
	Narrow  bool // something beside the words is asked
}

// names of the fields, as they stand in the address.
var askNames = []string{"q", "near", "at", "open", "free", "steps", "spoken", "band", "group"}

// ask reads the address. What cannot be is a fault of its field, and not asked for; only the database's faults are returned.
func (p *Pages) ask(r *web.Request, sorts *Taxonomies) (a question, err error) {
	q := r.URL.Query()
	a.Form = web.NewForm()
	for _, name := range askNames {
		if v := strings.TrimSpace(q.Get(name)); v != "" {
			a.Form.Values.Set(name, v)
		}
	}
	a.Chosen, _ = picksOf(q.Get("s"))
	var faults fault.Form
	a.Lang, a.Page = r.Lang(), pageOf(q)
	a.OpenNow, a.Free, a.StepFree = a.Form.On("open"), a.Form.On("free"), a.Form.On("steps")
	if a.Words = a.Form.Text(&faults, "q", mostWords, false); utf8.RuneCountInString(a.Words) > mostWords {
		a.Words = ""
	}
	choose := func(name string, known bool) string {
		if v := a.Form.Get(name); v == "" || known {
			return v
		}
		faults.Add(name, "directory.find.fault.choice")
		return ""
	}
	a.Spoken = choose("spoken", slices.Contains(askedLanguages, a.Form.Get("spoken")))
	a.Band = choose("band", slices.ContainsFunc(Bands, func(b struct {
		Code string
		From int
	}) bool {
		return b.Code == a.Form.Get("band")
	}))
	a.Group = choose("group", sorts.Term(a.Form.Get("group")) != nil)
	if err := p.near(r, &a, &faults); err != nil {
		return a, err
	}
	if err := faults.Err(); err != nil {
		a.Form.Failed(err)
	}
	a.Narrow = a.OpenNow || a.Free || a.StepFree || a.Spoken != "" || a.Band != "" || a.Group != "" || a.Here != nil
	return a, nil
}

// near finds the place that is meant: the chosen one of the address, while it fits what was typed, or else what was typed.
func (p *Pages) near(r *web.Request, a *question, faults *fault.Form) error {
	ctx, q, typed, id := r.Context(), p.Store.DB, a.Form.Get("near"), a.Form.Get("at")
	if utf8.RuneCountInString(typed) > mostWords {
		faults.Add("near", "fault.too_long", "max", mostWords)
		a.Form.Values.Del("at")
		return nil
	}
	if db.IsID(id) {
		one, err := p.Store.Spot(ctx, q, id)
		if err != nil && !fault.Is(err, fault.KindNotFound) {
			return err
		}
		if err == nil && (typed == "" || slices.ContainsFunc(namesOf(one), func(s string) bool { return s == typed })) {
			a.Form.Values.Set("near", r.Pick(one.Name))
			a.here(one)
			return nil
		}
	}
	a.Form.Values.Del("at")
	if typed == "" {
		return nil
	}
	list, err := p.Store.Spots(ctx, q, typed)
	switch {
	case err != nil:
		return err
	case len(list) == 0:
		faults.Add("near", "directory.find.fault.near")
	case len(list) == 1:
		a.Form.Values.Set("near", r.Pick(list[0].Name))
		a.Form.Values.Set("at", list[0].ID)
		a.here(list[0])
	default:
		a.Several = list
	}
	return nil
}

func (a *question) here(s Spot) { a.Here, a.Area, a.Near = &s, s.AreaID, s.At }

func namesOf(s Spot) []string {
	var list []string
	for _, name := range s.Name {
		list = append(list, name)
	}
	return list
}

// pageOf is the page asked for; what is no number of a page is the first.
func pageOf(q url.Values) int {
	n, err := strconv.Atoi(q.Get("page"))
	if err != nil || n < 1 {
		return 1
	}
	return min(n, lastPage)
}

// address is the page of results for what is asked, with values changed: an empty one takes its key out. It begins at the
// first page unless one is given.
func (a question) address(r *web.Request, pairs ...string) string {
	q := url.Values{}
	for _, name := range askNames {
		if v := a.Form.Get(name); v != "" {
			q.Set(name, v)
		}
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		q.Set(pairs[i], pairs[i+1])
		if pairs[i+1] == "" {
			q.Del(pairs[i])
		}
	}
	address := r.Path("services")
	if len(q) > 0 {
		address += "?" + q.Encode()
	}
	return a.Chosen.on(address)
}

// basics are the network's, or none before it has been made.
func (p *Pages) basics(r *web.Request) (*network.Basics, error) {
	b, err := p.Store.Network.Basics(r.Context())
	if fault.Is(err, fault.KindNotFound) {
		return &network.Basics{Zone: r.Zone()}, nil
	}
	return b, err
}

// listing is what a page of results or the map shows around the box.
type listing struct {
	question
	*network.Basics
	Sorts     *Taxonomies
	Suggested []string
}

func (p *Pages) listing(r *web.Request) (v listing, err error) {
	ctx := r.Context()
	if v.Basics, err = p.basics(r); err != nil {
		return v, err
	}
	if v.Sorts, err = p.Store.Taxonomies(ctx, p.Store.DB); err != nil {
		return v, err
	}
	if v.question, err = p.ask(r, v.Sorts); err != nil {
		return v, err
	}
	more, err := p.named.names(r, p.Store)
	for _, a := range v.Areas {
		if name := r.Pick(a.Name); !slices.Contains(more, name) {
			v.Suggested = append(v.Suggested, name)
		}
	}
	v.Suggested = append(v.Suggested, more...)
	return v, err
}

// suggested keeps the names to choose a place from for a minute: they change when the network imports its list.
type suggested struct {
	mu     sync.Mutex
	minute int64
	list   []string
}

func (s *suggested) names(r *web.Request, store *Store) ([]string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if minute := r.Now.Unix() / 60; minute != s.minute {
		list, err := store.Suggested(r.Context(), store.DB)
		if err != nil {
			return nil, err
		}
		s.minute, s.list = minute, list
	}
	return s.list, nil
}

// group is a group of the map that has services, with how many; more: there are more than that.
type group struct {
	Term
	Count int
	More  bool
}

// mapPage is where one begins: the box, the groups of the map as plain choices, and the centres. Once something is asked it is
// the page of results.
func (p *Pages) mapPage(w http.ResponseWriter, r *web.Request) error {
	q := r.URL.Query()
	if slices.ContainsFunc(append(askNames, "page"), q.Has) {
		return p.find(w, r)
	}
	build := func() (templ.Component, error) {
		v, err := p.listing(r)
		if err != nil {
			return nil, err
		}
		var groups []group
		for _, t := range v.Sorts.Groups() {
			f, err := p.Find(r.Context(), Ask{Lang: r.Lang(), Group: t.ID, Page: 1})
			if err != nil {
				return nil, err
			}
			if f.Count > 0 {
				groups = append(groups, group{t, f.Count, f.More})
			}
		}
		m, err := p.Store.Network.Map(r.Context(), true)
		if fault.Is(err, fault.KindNotFound) {
			err = nil
		}
		return beginPage(r, v, groups, m), err
	}
	if r.URL.RawQuery == "" {
		return r.Shared(w, build) // the same for everybody; counts of another minute do no harm
	}
	c, err := build()
	if err != nil {
		return err
	}
	return r.HTML(w, http.StatusOK, c)
}

// results is a page of what was found.
type results struct {
	listing
	Found
	Map   *drawing
	First int // number of the first hit
}

func (p *Pages) find(w http.ResponseWriter, r *web.Request) error {
	v := results{}
	var err error
	if v.listing, err = p.listing(r); err != nil {
		return err
	}
	if len(v.Several) > 0 {
		return r.HTML(w, http.StatusOK, whichPlacePage(r, v.listing))
	}
	v.First = (v.Page-1)*PerPage + 1
	if v.Form.Err != nil {
		return r.HTML(w, web.Status(v.Form.Err), findPage(r, v))
	}
	if v.Found, err = p.Find(r.Context(), v.Ask); err != nil {
		return err
	}
	today := r.Now.In(v.Zone).Format("2006-01-02")
	list := make([]Service, len(v.Hits))
	for i := range v.Hits {
		v.Hits[i].Service = v.Hits[i].Shown(today).In(r.Lang())
		list[i] = v.Hits[i].Service
	}
	v.Map = p.drawn.draw(v.Basics, list, v.First, v.Near)
	return r.HTML(w, http.StatusOK, findPage(r, v))
}

// before and after are the addresses of the pages around this one; empty: there is none.
func (v results) before(r *web.Request) string {
	if v.Page <= 1 {
		return ""
	}
	return v.address(r, "page", strconv.Itoa(min(v.Page-1, max(1, (v.Count+PerPage-1)/PerPage))))
}

func (v results) after(r *web.Request) string {
	if len(v.Hits) < PerPage || v.Page*PerPage >= v.Count {
		return ""
	}
	return v.address(r, "page", strconv.Itoa(v.Page+1))
}

// pageAddress is the address of this page without what is on the hand-out.
func (v results) pageAddress(r *web.Request) string {
	a := v.question
	a.Chosen = nil
	if v.Page > 1 {
		return a.address(r, "page", strconv.Itoa(v.Page))
	}
	return a.address(r)
}

// plain is the address of results for the words alone.
func (v results) plain(r *web.Request) string {
	var pairs []string
	for _, name := range askNames {
		if name != "q" {
			pairs = append(pairs, name, "")
		}
	}
	return v.address(r, pairs...)
}
