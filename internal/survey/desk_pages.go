package survey

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"kvart/internal/disclosure"
	"kvart/internal/network"
	"kvart/internal/platform/auth"
	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/i18n"
	"kvart/internal/platform/web"
	"kvart/internal/xlsform"
)

// here is the centre whose surveys one keeps where one acts: "" for the network's.
func here(r *web.Request) string {
	if r.Viewer.Acting.Scope.Kind == network.ScopeCentre {
		return r.Viewer.ScopeID()
	}
	return ""
}

// kept is the survey of the address where the viewer keeps it; any other is NotFound.
func (p *Pages) kept(r *web.Request) (Survey, error) {
	v, err := p.found(r)
	if err == nil && of(v) != here(r) {
		err = fault.NotFound("fault.not_found")
	}
	return v, err
}

// typed is the survey of the address where the viewer types in answers: the centre's own, and the network's once it is asked.
func (p *Pages) typed(r *web.Request) (Survey, error) {
	v, err := p.found(r)
	if err == nil && of(v) != here(r) && (of(v) != "" || v.State == Draft) {
		err = fault.NotFound("fault.not_found")
	}
	return v, err
}

func (p *Pages) found(r *web.Request) (Survey, error) {
	if !db.IsID(r.PathValue("id")) || r.Viewer.Acting.Scope.Kind == network.ScopeOrganisation {
		return Survey{}, fault.NotFound("fault.not_found")
	}
	return p.Survey(r.Context(), p.DB, r.PathValue("id"))
}

func of(v Survey) string {
	if v.CentreID == nil {
		return ""
	}
	return *v.CentreID
}

// OwnTeam returns Forbidden for who holds no role of their own where the survey is: what people wrote, and files of answers, are
// not for whoever only looks over centres.
func OwnTeam(r *web.Request) error {
	if slices.ContainsFunc(r.Viewer.Held, func(h auth.Held) bool { return h.Scope == r.Viewer.Acting.Scope }) {
		return nil
	}
	return fault.Forbidden("survey.fault.team")
}

// tx runs the change and leads to the address.
func (p *Pages) tx(w http.ResponseWriter, r *web.Request, done, to string, change func(tx *db.Tx) error) error {
	if err := p.DB.Tx(r.Context(), change); err != nil {
		return err
	}
	r.Flash(done)
	return r.See(w, to)
}

// row is a survey in the desk's list.
type row struct {
	Survey
	AtLeast int
}

func (p *Pages) desk(w http.ResponseWriter, r *web.Request) error {
	ctx := r.Context()
	list, err := p.Of(ctx, p.DB, here(r))
	if err != nil {
		return err
	}
	if here(r) != "" { // those of the network that are answered now are typed in here too
		b, err := p.Network.Basics(ctx)
		if err != nil {
			return err
		}
		wide, err := p.Of(ctx, p.DB, "")
		if err != nil {
			return err
		}
		for _, v := range wide {
			if v.Takes(Paper, r.Now.In(b.Zone).Format(time.DateOnly)) {
				list = append(list, v)
			}
		}
	}
	n, err := p.Network.Network(ctx, p.DB)
	if err != nil {
		return err
	}
	var rows []row
	for _, v := range list {
		count, err := p.Count(ctx, p.DB, v.ID)
		if err != nil {
			return err
		}
		rows = append(rows, row{v, disclosure.AtLeast(count, n.Disclosure)})
	}
	return r.HTML(w, http.StatusOK, deskPage(r, rows))
}

func (p *Pages) newSurvey(w http.ResponseWriter, r *web.Request) error {
	v := Survey{}
	if c := here(r); c != "" {
		v.CentreID = &c
	}
	today, err := p.Today(r.Context(), p.DB, v)
	if err != nil {
		return err
	}
	f := web.NewForm("opens_on", today.Format(time.DateOnly), "closes_on", today.AddDate(0, 0, 28).Format(time.DateOnly), "delete_on", today.AddDate(0, 6, 0).Format(time.DateOnly))
	return r.HTML(w, http.StatusOK, editPage(r, f, Survey{}))
}

// read fills in what was typed.
func read(f *web.Form, v Survey) Survey {
	v.Title, v.Intro, v.Purpose = f.Texts("title"), f.Texts("intro"), f.Texts("purpose")
	v.OpensOn, v.ClosesOn, v.DeleteOn = f.Get("opens_on"), f.Get("closes_on"), f.Get("delete_on")
	return v
}

func (p *Pages) addSurvey(w http.ResponseWriter, r *web.Request) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	v := read(f, Survey{ID: db.NewID()})
	if c := here(r); c != "" {
		v.CentreID = &c
	} else if r.Viewer.Acting.Scope.Kind != network.ScopeNetwork {
		return fault.NotFound("fault.not_found")
	}
	to := surveyPath(v.ID) + "/questions"
	err = p.DB.Tx(r.Context(), func(tx *db.Tx) error {
		if err := web.Claim(r.Context(), tx, f.Get("form_key"), to, r.Now); err != nil {
			return err
		}
		_, err := p.Add(r.Context(), tx, v, r.Viewer.Account.ID)
		return err
	})
	if err != nil {
		if f.Failed(err) {
			return r.HTML(w, web.Status(f.Err), editPage(r, f, Survey{}))
		}
		return err
	}
	return r.See(w, to)
}

func (p *Pages) edit(w http.ResponseWriter, r *web.Request) error {
	v, err := p.kept(r)
	if err != nil {
		return err
	}
	f := web.NewForm("opens_on", v.OpensOn, "closes_on", v.ClosesOn, "delete_on", v.DeleteOn, "version", strconv.Itoa(v.Version))
	f.SetTexts("title", v.Title)
	f.SetTexts("intro", v.Intro)
	f.SetTexts("purpose", v.Purpose)
	return r.HTML(w, http.StatusOK, editPage(r, f, v))
}

func (p *Pages) change(w http.ResponseWriter, r *web.Request) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	v, err := p.kept(r)
	if err != nil {
		return err
	}
	now := read(f, v)
	if now.Version, err = strconv.Atoi(f.Get("version")); err != nil || now.Version != v.Version { // the store asks again
		now.Version = 0
	}
	err = p.tx(w, r, "survey.saved", surveyPath(v.ID), func(tx *db.Tx) error { return p.Save(r.Context(), tx, now, r.Viewer.Account.ID) })
	if err != nil && f.Failed(err) {
		return r.HTML(w, web.Status(f.Err), editPage(r, f, v))
	}
	return err
}

// overview is what the page of one survey shows.
type overview struct {
	Survey
	*web.Form
	Asked     *xlsform.Form
	Questions int
	Warned    []xlsform.Question
	Missing   bool // it cannot be asked as it is
	AtLeast   int
	Threshold int
	Now       bool // it is answered now
	Keeps     bool
	Address   string
	Begins    bool // its first day is to come
	Paper     bool // its last day is over, and sheets of paper are typed in still
	Typed     int  // by the viewer today
	Typists   []typist
}

// typist is somebody who typed in sheets on a day.
type typist struct {
	Name string `db:"name"`
	Day  string `db:"day"`
}

func (p *Pages) look(r *web.Request, v Survey, f *web.Form) (o overview, err error) {
	ctx := r.Context()
	o = overview{Survey: v, Form: f, Keeps: of(v) == here(r) && r.Viewer.May(Run), Address: r.Base() + "/surveys/" + v.ID}
	if o.Asked, _, err = p.Store.Form(ctx, p.DB, v, v.Current); err != nil {
		return o, err
	}
	for _, q := range o.Asked.Questions {
		if q.Asks() {
			o.Questions++
		}
	}
	o.Warned, o.Missing = Warned(o.Asked), len(o.Asked.Check()) > 0
	n, err := p.Network.Network(ctx, p.DB)
	if err != nil {
		return o, err
	}
	count, err := p.Count(ctx, p.DB, v.ID)
	if err != nil {
		return o, err
	}
	o.AtLeast, o.Threshold = disclosure.AtLeast(count, n.Disclosure), max(n.Disclosure, disclosure.Least)
	today, err := p.Today(ctx, p.DB, v)
	if err != nil {
		return o, err
	}
	o.Now, o.Begins = v.Answered(today.Format(time.DateOnly)), v.Coming(today.Format(time.DateOnly))
	o.Paper = !o.Now && v.Takes(Paper, today.Format(time.DateOnly))
	if o.Keeps {
		if o.Typists, err = p.Store.typists(ctx, p.DB, v.ID); err != nil {
			return o, err
		}
	}
	err = p.DB.Get(ctx, &o.Typed, `SELECT COALESCE(SUM(n), 0) FROM survey_typed WHERE survey_id = :s AND account_id = :a AND day = :d`,
		db.Args{"s": v.ID, "a": r.Viewer.Account.ID, "d": today.Format(time.DateOnly)})
	return o, err
}

func (p *Pages) survey(w http.ResponseWriter, r *web.Request) error {
	v, err := p.typed(r)
	if err != nil {
		return err
	}
	return p.surveyAgain(w, r, v, web.NewForm())
}

func (p *Pages) surveyAgain(w http.ResponseWriter, r *web.Request, v Survey, f *web.Form) error {
	o, err := p.look(r, v, f)
	if err != nil {
		return err
	}
	status := http.StatusOK
	if f.Err != nil {
		status = web.Status(f.Err)
	}
	return r.HTML(w, status, surveyPage(r, o))
}

func (p *Pages) open(w http.ResponseWriter, r *web.Request) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	v, err := p.kept(r)
	if err != nil {
		return err
	}
	form, _, err := p.Store.Form(r.Context(), p.DB, v, v.Current)
	if err != nil {
		return err
	}
	var faults fault.Form
	if len(Warned(form)) > 0 && !f.On("looked") {
		faults.Add("looked", "survey.fault.looked")
	}
	if err = faults.Err(); err == nil {
		err = p.tx(w, r, "survey.opened", surveyPath(v.ID), func(tx *db.Tx) error { return p.Publish(r.Context(), tx, v, r.Viewer.Account.ID) })
	}
	if err != nil && f.Failed(err) {
		return p.surveyAgain(w, r, v, f)
	}
	return err
}

func (p *Pages) close(w http.ResponseWriter, r *web.Request) error {
	v, err := p.kept(r)
	if err != nil {
		return err
	}
	if v.State == Draft {
		return fault.Conflict("survey.fault.not_open")
	}
	return p.tx(w, r, "survey.closed", surveyPath(v.ID)+"/results", func(tx *db.Tx) error { return p.Close(r.Context(), tx, v.ID, r.Viewer.Account.ID) })
}

func (p *Pages) show(w http.ResponseWriter, r *web.Request) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	v, err := p.kept(r)
	if err != nil {
		return err
	}
	done := "survey.hidden"
	if f.On("shown") {
		done = "survey.shown"
	}
	return p.tx(w, r, done, surveyPath(v.ID)+"/results", func(tx *db.Tx) error { return p.Show(r.Context(), tx, v, f.On("shown"), r.Viewer.Account.ID) })
}

func (p *Pages) remove(w http.ResponseWriter, r *web.Request) error {
	v, err := p.kept(r)
	if err != nil {
		return err
	}
	return p.tx(w, r, "survey.removed", deskPath, func(tx *db.Tx) error { return p.Remove(r.Context(), tx, v, r.Viewer.Account.ID) })
}

// made is what the page of questions shows.
type made struct {
	Survey
	*web.Form
	Asked  *xlsform.Form
	Warned []xlsform.Question
}

// madeKinds are the kinds of question that can be made on the page.
var madeKinds = []xlsform.Kind{xlsform.One, xlsform.Several, xlsform.Text, xlsform.Integer, xlsform.Date, xlsform.Note}

func (p *Pages) questions(w http.ResponseWriter, r *web.Request) error {
	v, err := p.kept(r)
	if err != nil {
		return err
	}
	return p.questionsAgain(w, r, v, web.NewForm("kind", string(xlsform.One)))
}

func (p *Pages) questionsAgain(w http.ResponseWriter, r *web.Request, v Survey, f *web.Form) error {
	form, _, err := p.Store.Form(r.Context(), p.DB, v, v.Current)
	if err != nil {
		return err
	}
	f.Values.Set("version", strconv.Itoa(v.Version))
	status := http.StatusOK
	if f.Err != nil {
		status = web.Status(f.Err)
	}
	return r.HTML(w, status, questionsPage(r, made{v, f, form, Warned(form)}))
}

func (p *Pages) changeQuestions(w http.ResponseWriter, r *web.Request) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	v, err := p.kept(r)
	if err != nil {
		return err
	}
	form, _, err := p.Store.Form(r.Context(), p.DB, v, v.Current)
	if err != nil {
		return err
	}
	if n, err := strconv.Atoi(f.Get("version")); err != nil || n != v.Version {
		f.Failed(fault.Conflict("network.fault.changed_meanwhile"))
		return p.questionsAgain(w, r, v, f)
	}
	before := len(Warned(form))
	if err = rework(form, f, v.State == Draft); err == nil {
		err = looked(v, f, len(Warned(form)) > before)
	}
	if err == nil {
		err = p.tx(w, r, "survey.questions.saved", surveyPath(v.ID)+"/questions", func(tx *db.Tx) error {
			return p.SaveForm(r.Context(), tx, v, form, r.Viewer.Account.ID)
		})
	}
	if err != nil && f.Failed(err) {
		return p.questionsAgain(w, r, v, f)
	}
	return err
}

// looked returns Invalid where questions that seem to be about orientation, gender, health or origin would be asked at once, as the
// survey is open already, and nobody said that they looked at them.
func looked(v Survey, f *web.Form, warned bool) error {
	var faults fault.Form
	if warned && v.State == Open && !f.On("looked") {
		faults.Add("looked", "survey.fault.looked")
	}
	return faults.Err()
}

// rework does to the form what was pressed: a question is added, moved, marked or taken out.
func rework(form *xlsform.Form, f *web.Form, draft bool) error {
	what, name, _ := strings.Cut(f.Get("act"), " ")
	i := slices.IndexFunc(form.Questions, func(q xlsform.Question) bool { return q.Name == name })
	switch {
	case what == "add":
		q, err := question(form, f)
		if err != nil {
			return err
		}
		form.Questions = append(form.Questions, q)
	case i < 0:
		return fault.Conflict("network.fault.changed_meanwhile")
	case what == "out":
		form.Questions = slices.Delete(form.Questions, i, i+1)
	case what == "up" && i > 0:
		form.Questions[i-1], form.Questions[i] = form.Questions[i], form.Questions[i-1]
	case what == "mark":
		form.Questions[i].Sensitive, form.Questions[i].Required = true, false
	}
	form.Languages = nil
	for _, l := range Languages() {
		if slices.ContainsFunc(form.Questions, func(q xlsform.Question) bool { return q.Label[l] != "" }) {
			form.Languages = append(form.Languages, l)
		}
	}
	for _, x := range form.Check() {
		if x.Code == "empty" && draft { // one is made a question after the other; what is answered now keeps one
			continue
		}
		return fault.Invalid("survey.form."+x.Code, x.Args...)
	}
	return nil
}

// question reads the form of a new one.
func question(form *xlsform.Form, f *web.Form) (q xlsform.Question, err error) {
	var faults fault.Form
	q = xlsform.Question{Kind: xlsform.Kind(f.Get("kind")), Label: xlsform.Label{}, Required: f.On("required"), Sensitive: f.On("sensitive")}
	if !slices.Contains(madeKinds, q.Kind) {
		faults.Add("kind", "survey.fault.kind")
	}
	for l, s := range f.Texts("label") {
		q.Label[string(l)] = s
		if len([]rune(s)) > 500 {
			faults.Add("label-"+string(l), "fault.too_long", "max", 500)
		}
	}
	if q.Label.Empty() {
		faults.Add("label-hr", "fault.required")
	}
	if q.Chosen() {
		q.Choices = choices(f, &faults)
	}
	if q.Kind == xlsform.Note {
		q.Required, q.Sensitive = false, false
	}
	if q.Sensitive && !q.Chosen() {
		faults.Add("sensitive", "survey.form.marked_kind")
	}
	if q.Sensitive && q.Required {
		faults.Add("required", "survey.form.marked_required")
	}
	for n := len(form.Questions) + 1; q.Name == ""; n++ {
		if name := fmt.Sprintf("q%d", n); form.Question(name) == nil {
			q.Name = name
		}
	}
	return q, faults.Err()
}

// choices are a line each, in every language as many.
func choices(f *web.Form, faults *fault.Form) []xlsform.Choice {
	var list []xlsform.Choice
	for _, l := range i18n.All {
		name, n := "choices-"+string(l), 0
		for line := range strings.SplitSeq(f.Get(name), "\n") {
			if line = strings.TrimSpace(line); line == "" {
				continue
			}
			if n++; n > len(list) && (l == i18n.HR || len(list) < n && f.Get("choices-hr") == "") {
				list = append(list, xlsform.Choice{Name: fmt.Sprintf("a%d", n), Label: xlsform.Label{}})
			}
			if n <= len(list) {
				list[n-1].Label[string(l)] = line
			}
			if len([]rune(line)) > 200 {
				faults.Add(name, "fault.too_long", "max", 200)
				break
			}
		}
		if n > 0 && n != len(list) {
			faults.Add(name, "survey.fault.choices_count", "n", len(list))
		}
	}
	if len(list) < 2 || len(list) > 50 {
		faults.Add("choices-hr", "survey.fault.choices")
	}
	return list
}

// sent is what the page of a form to upload shows.
type sent struct {
	Survey
	*web.Form
	Name   string
	Faults []xlsform.Fault
	Ready  *Upload
	Warned []xlsform.Question
}

func (p *Pages) uploadForm(w http.ResponseWriter, r *web.Request) error {
	v, err := p.kept(r)
	if err != nil {
		return err
	}
	return p.uploadAgain(w, r, v, web.NewForm())
}

func (p *Pages) uploadAgain(w http.ResponseWriter, r *web.Request, v Survey, f *web.Form) (err error) {
	x, status := sent{Survey: v, Form: f}, http.StatusOK
	if x.Ready, err = p.Uploaded(r.Context(), p.DB, v.ID); err != nil {
		return err
	}
	if x.Ready != nil {
		x.Warned = Warned(x.Ready.Form)
	}
	if f.Err != nil {
		status = web.Status(f.Err)
	}
	return r.HTML(w, status, uploadPage(r, x))
}

func (p *Pages) upload(w http.ResponseWriter, r *web.Request) error {
	f, file, err := r.ReadFile(w, xlsform.MaxFile, 4<<10)
	if err != nil {
		return err
	}
	v, err := p.kept(r)
	if err != nil {
		return err
	}
	if v.State == Closed {
		return fault.Conflict("survey.fault.closed")
	}
	x := sent{Survey: v, Form: f, Name: strings.ToValidUTF8(file.Name, "?")}
	switch {
	case file.Large:
		x.Faults = []xlsform.Fault{{Code: "large", Args: []any{"mb", xlsform.MaxFile >> 20}}}
	case len(file.Data) == 0:
		var faults fault.Form
		faults.Add("file", "survey.fault.no_file")
		f.Failed(faults.Err())
		return r.HTML(w, web.Status(f.Err), uploadPage(r, x))
	default:
		var form *xlsform.Form
		if form, x.Faults = xlsform.Read(file.Data, Languages()); form != nil {
			name := []rune(x.Name)
			if err := p.DB.Tx(r.Context(), func(tx *db.Tx) error {
				return p.KeepUpload(r.Context(), tx, v.ID, Upload{Name: string(name[max(0, len(name)-200):]), Form: form})
			}); err != nil {
				return err
			}
			return r.See(w, surveyPath(v.ID)+"/upload")
		}
	}
	return r.HTML(w, http.StatusUnprocessableEntity, uploadPage(r, x))
}

func (p *Pages) takeUpload(w http.ResponseWriter, r *web.Request) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	v, err := p.kept(r)
	if err != nil {
		return err
	}
	err = p.tx(w, r, "survey.questions.saved", surveyPath(v.ID), func(tx *db.Tx) error {
		u, err := p.Uploaded(r.Context(), tx, v.ID)
		if err != nil {
			return err
		}
		if u == nil || u.Seen != f.Get("seen") { // somebody else sent another one since
			return fault.Conflict("network.fault.changed_meanwhile")
		}
		if err := looked(v, f, len(Warned(u.Form)) > 0); err != nil {
			return err
		}
		return p.SaveForm(r.Context(), tx, v, u.Form, r.Viewer.Account.ID)
	})
	if err != nil && f.Failed(err) {
		return p.uploadAgain(w, r, v, f)
	}
	return err
}

// preview shows all questions as they are asked, or were in an earlier version; nothing can be sent.
func (p *Pages) preview(w http.ResponseWriter, r *web.Request) error {
	v, err := p.kept(r)
	if err != nil {
		return err
	}
	number, _ := strconv.Atoi(r.URL.Query().Get("form"))
	s, err := p.begin(r, v, web.NewForm(), number, Web)
	if err != nil {
		return err
	}
	if r.URL.Query().Get("upload") != "" {
		u, err := p.Uploaded(r.Context(), p.DB, v.ID)
		if err != nil {
			return err
		}
		if u == nil {
			return fault.NotFound("fault.not_found")
		}
		s.Asked = u.Form
		s.Pages, s.Numbers = u.Form.Pages(), map[string]int{}
		for _, q := range u.Form.Questions {
			if q.Asks() {
				s.Numbers[q.Name] = len(s.Numbers) + 1
			}
		}
	}
	return r.HTML(w, http.StatusOK, previewPage(r, s))
}
