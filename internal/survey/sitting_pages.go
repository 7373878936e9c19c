package survey

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"kvart/internal/network"
	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/web"
	"kvart/internal/xlsform"
)

// sitting is somebody answering: a page of questions after the other. What was answered on pages before travels in the form, so
// that nothing is kept of somebody who does not finish, and no cookie is set.
type sitting struct {
	Survey
	*web.Form
	Asked   *xlsform.Form
	Number  int // of the version
	Pages   [][]int
	At      int             // the page; after the last one, what was answered is read before it is sent
	Said    xlsform.Answers // as it was typed
	Way     string
	Today   time.Time
	Centre  *network.Centre // whose it is; nil: the network's
	Numbers map[string]int  // questions are numbered as on paper
}

// prefix begins the names of fields that are answers.
const prefix = "q."

// flooding is what one sheet weighs of the sixty tries that a client has in a quarter of an hour: ten sheets.
const flooding = 6

// begin is a sitting with the form of the number.
func (p *Pages) begin(r *web.Request, v Survey, f *web.Form, number int, way string) (s sitting, err error) {
	s = sitting{Survey: v, Form: f, Way: way, Said: xlsform.Answers{}, Numbers: map[string]int{}}
	if s.Asked, s.Number, err = p.Store.Form(r.Context(), p.DB, v, number); err != nil {
		return s, err
	}
	if s.Today, err = p.Today(r.Context(), p.DB, v); err != nil {
		return s, err
	}
	if v.CentreID != nil {
		b, err := p.Network.Basics(r.Context())
		if err != nil {
			return s, err
		}
		s.Centre = b.Centre(*v.CentreID)
	}
	var all []int
	for i, q := range s.Asked.Questions {
		all = append(all, i)
		if q.Asks() {
			s.Numbers[q.Name] = len(s.Numbers) + 1
			s.Said[q.Name] = strings.Join(f.All(prefix+q.Name), " ")
		}
	}
	if s.Pages = s.Asked.Pages(); way == Paper && len(all) > 0 {
		s.Pages = [][]int{all} // as it lies on the table
	}
	s.At, _ = strconv.Atoi(f.Get("at"))
	s.At = max(0, min(s.At, len(s.Pages)))
	return s, nil
}

// shown are the questions and notes of the page that are asked of whoever answered so, by their places.
func (s sitting) shown(page int) []int {
	if page >= len(s.Pages) {
		return nil
	}
	if s.Way == Paper {
		return s.Pages[page]
	}
	before := map[int]bool{}
	for _, i := range slices.Concat(s.Pages[:page]...) {
		before[i] = true
	}
	taken, _ := s.Asked.Take(s.Said, s.Today, func(i int) bool { return before[i] })
	var list []int
	for _, i := range s.Pages[page] {
		if s.Asked.Relevant(&s.Asked.Questions[i], taken, s.Today) {
			list = append(list, i)
		}
	}
	return list
}

// step reads what was pressed: a page back, a page on, or, after the last, the whole sheet of answers. Faults are on the page on
// which they are.
func (s *sitting) step() (whole xlsform.Answers, done bool, err error) {
	if s.Get("go") == "back" {
		for at := s.At - 1; at >= 0; at-- {
			if len(s.shown(at)) > 0 {
				s.At = at
				break
			}
		}
		return nil, false, nil
	}
	upTo := func(i int) bool {
		return slices.ContainsFunc(s.Pages[:min(s.At+1, len(s.Pages))], func(list []int) bool { return slices.Contains(list, i) })
	}
	_, faults := s.Asked.Take(s.Said, s.Today, upTo)
	if faults = s.asFound(faults); len(faults) > 0 {
		return nil, false, s.faults(faults)
	}
	for at := s.At + 1; at < len(s.Pages); at++ {
		if len(s.shown(at)) > 0 {
			s.At = at
			return nil, false, nil
		}
	}
	if s.At < len(s.Pages)-1 { // nothing more is asked of this person: a press that said "next" does not send
		s.At = len(s.Pages)
		return nil, false, nil
	}
	whole, faults = s.Asked.Take(s.Said, s.Today, nil)
	if faults = s.asFound(faults); len(faults) > 0 {
		return nil, false, s.faults(faults)
	}
	return whole, true, nil
}

// asFound leaves out of the faults that a question has no answer on paper: nobody is there to be asked, and the sheet counts as
// it is.
func (s sitting) asFound(list []xlsform.AnswerFault) []xlsform.AnswerFault {
	return slices.DeleteFunc(list, func(x xlsform.AnswerFault) bool { return s.Way == Paper && x.Code == "required" })
}

// faults are those of the first page that has one.
func (s *sitting) faults(list []xlsform.AnswerFault) error {
	place := func(name string) int {
		return slices.IndexFunc(s.Pages, func(page []int) bool {
			return slices.ContainsFunc(page, func(i int) bool { return s.Asked.Questions[i].Name == name })
		})
	}
	s.At = place(list[0].Name)
	var f fault.Form
	for _, x := range list {
		if place(x.Name) == s.At {
			f.Add(prefix+x.Name, "survey.answer.fault."+x.Code, x.Args...)
		}
	}
	return f.Err()
}

// message is what is said of a fault of the question: its author's words where there are some.
func (s sitting) message(r *web.Request, q *xlsform.Question) string {
	x, bad := s.Fault(prefix + q.Name)
	if !bad {
		return ""
	}
	if own := q.Message.In(string(r.Lang()), s.Asked.Languages...); own != "" && x.Key == "survey.answer.fault.constraint" {
		return own
	}
	return r.T(x.Key, x.Args...)
}

// carried are the answers that the page does not ask for, as fields to send along.
func (s sitting) carried() [][2]string {
	on := s.shown(s.At)
	var list [][2]string
	for i, q := range s.Asked.Questions {
		if !q.Asks() || slices.Contains(on, i) {
			continue
		}
		for _, v := range s.All(prefix + q.Name) {
			if v != "" {
				list = append(list, [2]string{prefix + q.Name, v})
			}
		}
	}
	return list
}

// coming says whether the first day is still to come.
func (s sitting) coming() bool { return s.Coming(s.Today.Format(time.DateOnly)) }

// last says whether nothing is asked after this page, whatever is answered on it.
func (s sitting) last() bool { return s.At >= len(s.Pages)-1 }

// ended says whether all pages are behind.
func (s sitting) ended() bool { return s.At == len(s.Pages) }

// public is the survey of the address, which is no draft, and the local date where it is.
func (p *Pages) public(r *web.Request) (v Survey, today string, err error) {
	id := r.PathValue("id")
	if !db.IsID(id) {
		return v, "", fault.NotFound("fault.not_found")
	}
	if v, err = p.Survey(r.Context(), p.DB, id); err != nil {
		return v, "", err
	}
	t, err := p.Today(r.Context(), p.DB, v)
	if err != nil {
		return v, "", err
	}
	if v.State == Draft {
		return v, "", fault.NotFound("fault.not_found")
	}
	return v, t.Format(time.DateOnly), nil
}

func (p *Pages) list(w http.ResponseWriter, r *web.Request) error {
	b, err := p.Network.Basics(r.Context())
	if err != nil {
		return err
	}
	list, err := p.Public(r.Context(), p.DB)
	if err != nil {
		return err
	}
	return r.HTML(w, http.StatusOK, listPage(r, b, list))
}

func (p *Pages) sit(w http.ResponseWriter, r *web.Request) error {
	v, today, err := p.public(r)
	if err != nil {
		return err
	}
	s, err := p.begin(r, v, web.NewForm(), v.Current, Web)
	if err != nil {
		return err
	}
	if !v.Answered(today) {
		return r.HTML(w, http.StatusOK, overPage(r, s))
	}
	return r.HTML(w, http.StatusOK, sittingPage(r, s))
}

func (p *Pages) answer(w http.ResponseWriter, r *web.Request) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	v, today, err := p.public(r)
	if err != nil {
		return err
	}
	number, _ := strconv.Atoi(f.Get("form"))
	s, err := p.begin(r, v, f, number, Web)
	if err != nil {
		return err
	}
	if !v.Answered(today) {
		return r.HTML(w, http.StatusConflict, overPage(r, s))
	}
	whole, done, err := s.step()
	if err == nil && done {
		to := r.Path("surveys/"+v.ID) + "/thanks"
		if err = r.SlowedBy("survey", flooding); err == nil {
			err = p.DB.Tx(r.Context(), func(tx *db.Tx) error {
				if err := web.Claim(r.Context(), tx, f.Get("form_key"), to, r.Now); err != nil {
					return err
				}
				return p.Answer(r.Context(), tx, Sheet{Survey: v.ID, Number: s.Number, Answers: whole, Way: Web})
			})
		}
		if err == nil {
			return r.See(w, to)
		}
	}
	return p.again(w, r, s, err)
}

// again is the page with what is wrong about it; where it was closed meanwhile, the page that says so and shows what was answered.
func (p *Pages) again(w http.ResponseWriter, r *web.Request, s sitting, err error) error {
	if err == nil {
		return r.HTML(w, http.StatusOK, sittingPage(r, s))
	}
	if fault.Of(err).Key == "survey.fault.over" {
		return r.HTML(w, http.StatusConflict, overPage(r, s))
	}
	if s.Failed(err) {
		return r.HTML(w, web.Status(s.Err), sittingPage(r, s))
	}
	return err
}

func (p *Pages) thanks(w http.ResponseWriter, r *web.Request) error {
	v, _, err := p.public(r)
	if err != nil {
		return err
	}
	return r.HTML(w, http.StatusOK, thanksPage(r, v))
}

// way is how the answers come that are typed in.
func way(r *web.Request) string {
	if w := r.URL.Query().Get("way"); slices.Contains(Ways[1:], w) {
		return w
	}
	return Desk
}

func (p *Pages) typeForm(w http.ResponseWriter, r *web.Request) error {
	s, err := p.typing(r, web.NewForm())
	if err != nil {
		return err
	}
	return r.HTML(w, http.StatusOK, sittingPage(r, s))
}

// typeAt is where answers to the version of the number are typed in the same way.
func (s sitting) typeAt(number int) string {
	to := surveyPath(s.ID) + "/type?way=" + s.Way
	if number != s.Current {
		to += "&form=" + strconv.Itoa(number)
	}
	return to
}

// typing is a sitting at the desk. It is a Conflict while the survey is not answered.
func (p *Pages) typing(r *web.Request, f *web.Form) (s sitting, err error) {
	v, err := p.typed(r)
	if err != nil {
		return s, err
	}
	asked := f.Get("form")
	if asked == "" {
		asked = r.URL.Query().Get("form")
	}
	number, _ := strconv.Atoi(asked)
	if s, err = p.begin(r, v, f, number, way(r)); err != nil {
		return s, err
	}
	if !v.Takes(s.Way, s.Today.Format(time.DateOnly)) && r.Method == http.MethodGet {
		return s, fault.Conflict("survey.fault.over")
	}
	return s, nil
}

func (p *Pages) typeIn(w http.ResponseWriter, r *web.Request) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	s, err := p.typing(r, f)
	if err != nil {
		return err
	}
	if !s.Takes(s.Way, s.Today.Format(time.DateOnly)) {
		return r.HTML(w, http.StatusConflict, overPage(r, s))
	}
	whole, done, err := s.step()
	if err == nil && done {
		to := s.typeAt(s.Number)
		err = p.DB.Tx(r.Context(), func(tx *db.Tx) error {
			if err := web.Claim(r.Context(), tx, f.Get("form_key"), to, r.Now); err != nil {
				return err
			}
			return p.Answer(r.Context(), tx, Sheet{Survey: s.ID, Number: s.Number, Answers: whole, Way: s.Way, Typist: r.Viewer.Account.ID})
		})
		if err == nil {
			r.Flash("survey.typed")
			return r.See(w, to)
		}
	}
	return p.again(w, r, s, err)
}
