package voting

import (
	"errors"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"

	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/i18n"
	"kvart/internal/platform/pdf"
	"kvart/internal/platform/vault"
	"kvart/internal/platform/web"
)

// own is the round of the scope that the address names.
func (p *Pages) own(r *web.Request) (Round, error) {
	return p.Store.Own(r.Context(), p.Store.DB, scope(r), r.PathValue("id"))
}

// ask names the round in the question, and fails where it is none of the scope's.
func (p *Pages) ask(key string) web.Question {
	return func(r *web.Request) (string, error) {
		one, err := p.own(r)
		if err != nil {
			return "", err
		}
		return r.T(key, "title", r.Pick(one.Title)), nil
	}
}

func path(id string) string { return "/desk/votes/" + id }

func (p *Pages) list(w http.ResponseWriter, r *web.Request) error {
	all, err := p.Store.OfScope(r.Context(), scope(r))
	if err != nil {
		return err
	}
	var list []view
	for _, one := range all {
		v, err := p.view(r, one)
		if err != nil {
			return err
		}
		list = append(list, v)
	}
	return r.HTML(w, http.StatusOK, listPage(r, list))
}

func (p *Pages) newRound(w http.ResponseWriter, r *web.Request) error {
	f := web.NewForm("means", ByCodes, "unit", Money, "at_least", "1", "rule", "equal-shares", "utility", "cost", "completion", "add1-overshoot", "least_published", strconv.Itoa(LeastPublished),
		"opens_clock", "08:00", "closes_clock", "20:00")
	return r.HTML(w, http.StatusOK, roundForm(r, Round{}, f))
}

// moneyTyped is an amount that can be read in one way only.
var moneyTyped = regexp.MustCompile(`^(\d+([.,]\d{1,2})?|\d{1,3}(\.\d{3})+(,\d{1,2})?|\d{1,3}(,\d{3})+(\.\d{1,2})?)$`)

// ReadAmount is an amount in the unit as it was typed: 1000, 1000,50, 1.000,50 or 1,000.50.
func ReadAmount(s, unit string) (int64, bool) {
	s = strings.NewReplacer(" ", "", "\u00a0", "", "€", "").Replace(s)
	whole, cents := s, ""
	if unit == Money {
		if !moneyTyped.MatchString(s) {
			return 0, false
		}
		if i := strings.LastIndexAny(s, ".,"); i >= 0 && len(s)-i-1 <= 2 {
			whole, cents = s[:i], s[i+1:]
		}
		whole = strings.NewReplacer(".", "", ",", "").Replace(whole)
		cents = (cents + "00")[:2]
	}
	u, err := strconv.ParseUint(whole+cents, 10, 62)
	return int64(u), err == nil
}

func (r Round) typedAmount(n int64) string {
	if r.Unit == Hours || n%100 == 0 {
		return strings.TrimSuffix(r.plain(n), ".00")
	}
	return strings.Replace(r.plain(n), ".", ",", 1)
}

func (p *Pages) readRound(r *web.Request, f *web.Form, faults *fault.Form, one Round) (Round, error) {
	b, err := p.Store.Network.Basics(r.Context())
	if err != nil {
		return one, err
	}
	one.Title, one.About, one.Who = f.Texts("title"), f.Texts("about"), f.Texts("who")
	one.Means, one.Unit, one.Currency = f.Get("means"), f.Get("unit"), b.Network.Currency
	one.Rule, one.Utility, one.Completion = f.Get("rule"), f.Get("utility"), f.Get("completion")
	one.AtLeast = f.Int(faults, "at_least", 1, 1, MostOptions)
	one.LeastPublished = f.Int(faults, "least_published", LeastPublished, FloorPublished, 100000)
	budget, ok := ReadAmount(f.Get("budget"), one.Unit)
	if !ok {
		budget = 0
	}
	one.Budget = budget
	at := func(name string) int64 {
		day, errDay := time.Parse(time.DateOnly, f.Get(name+"_day"))
		if errDay != nil || day.Year() < 2000 || day.Year() > 2200 {
			faults.Add(name+"_day", "fault.not_a_date")
		}
		if _, err := time.Parse("15:04", f.Get(name+"_clock")); err != nil {
			faults.Add(name+"_clock", "fault.not_a_time")
		}
		t, err := time.ParseInLocation("2006-01-02 15:04", f.Get(name+"_day")+" "+f.Get(name+"_clock"), zoneOf(b, one))
		if err != nil {
			return 0
		}
		return t.Unix()
	}
	one.OpensAt, one.ClosesAt = at("opens"), at("closes")
	return one, nil
}

// formFaults are those of what was typed and of the round, under the names of the form's fields.
func formFaults(faults *fault.Form, err error) error {
	if err != nil {
		for _, x := range fault.Of(err).Fields {
			if x.Key == "fault.not_a_time" { // said already, beside the day or the time of day
				continue
			}
			if x.Name == "opens" || x.Name == "closes" {
				x.Name += "_day"
			}
			faults.Add(x.Name, x.Key, x.Args...)
		}
	}
	return faults.Err()
}

func (p *Pages) fill(one Round) *web.Form {
	f := web.NewForm("means", one.Means, "unit", one.Unit, "budget", one.typedAmount(one.Budget), "at_least", strconv.Itoa(one.AtLeast), "rule", one.Rule, "utility", one.Utility,
		"completion", one.Completion, "least_published", strconv.Itoa(one.LeastPublished), "version", strconv.Itoa(one.Version),
		"opens_day", one.local(one.Opens()).Format(time.DateOnly), "opens_clock", one.local(one.Opens()).Format("15:04"),
		"closes_day", one.local(one.Closes()).Format(time.DateOnly), "closes_clock", one.local(one.Closes()).Format("15:04"))
	for name, t := range map[string]i18n.Text{"title": one.Title, "about": one.About, "who": one.Who} {
		f.SetTexts(name, t)
	}
	return f
}

func (p *Pages) addRound(w http.ResponseWriter, r *web.Request) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	var faults fault.Form
	one := Round{}
	if s := scope(r); s != "" {
		one.CentreID = &s
	}
	if one, err = p.readRound(r, f, &faults, one); err != nil {
		return err
	}
	var id string
	if err = formFaults(&faults, one.Check()); err == nil {
		err = p.Store.DB.Tx(r.Context(), func(tx *db.Tx) (err error) {
			if err := web.Claim(r.Context(), tx, f.Get("form_key"), "/desk/votes", r.Now); err != nil {
				return err
			}
			id, err = p.Store.Add(r.Context(), tx, one, r.Viewer.Account.ID)
			return err
		})
	}
	if err != nil {
		if f.Failed(err) {
			return r.HTML(w, web.Status(f.Err), roundForm(r, Round{}, f))
		}
		return err
	}
	r.Flash("voting.added")
	return r.See(w, path(id))
}

func (p *Pages) draftOf(r *web.Request) (Round, error) {
	one, err := p.own(r)
	if err == nil && one.State != Draft {
		err = fault.Conflict("voting.fault.as_announced")
	}
	return one, err
}

func (p *Pages) editRound(w http.ResponseWriter, r *web.Request) error {
	one, err := p.draftOf(r)
	if err != nil {
		return err
	}
	return r.HTML(w, http.StatusOK, roundForm(r, one, p.fill(one)))
}

func (p *Pages) changeRound(w http.ResponseWriter, r *web.Request) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	one, err := p.draftOf(r)
	if err != nil {
		return err
	}
	var faults fault.Form
	changed, err := p.readRound(r, f, &faults, one)
	if err != nil {
		return err
	}
	changed.Version = f.Int(&faults, "version", one.Version, 1, 1<<30)
	if err = formFaults(&faults, changed.Check()); err == nil {
		err = p.Store.Change(r.Context(), changed, r.Viewer.Account.ID)
	}
	if err != nil {
		if f.Failed(err) {
			return r.HTML(w, web.Status(f.Err), roundForm(r, one, f))
		}
		return err
	}
	r.Flash("voting.changed")
	return r.See(w, path(one.ID))
}

// managed is what the desk's page of a round shows.
type managed struct {
	result
	Sheets []Sheet
	Came   int
	Form   *web.Form
}

func (p *Pages) manage(w http.ResponseWriter, r *web.Request) error {
	return p.showManaged(w, r, http.StatusOK, web.NewForm("codes", "20"))
}

func (p *Pages) showManaged(w http.ResponseWriter, r *web.Request, status int, f *web.Form) error {
	one, err := p.own(r)
	if err != nil {
		return err
	}
	m := managed{Form: f}
	if m.view, err = p.view(r, one); err != nil {
		return err
	}
	if one.State == Published || one.State == Closed && bool(one.Swept) {
		if m.result, err = p.result(r, m.view); err != nil {
			return err
		}
	}
	if m.Sheets, err = p.Store.Sheets(r.Context(), one.ID); err != nil {
		return err
	}
	if m.Came, err = p.Store.Came(r.Context(), one.ID); err != nil {
		return err
	}
	return r.HTML(w, status, managePage(r, m))
}

// acted answers an act on the round with its page, or with what is wrong.
func (p *Pages) acted(w http.ResponseWriter, r *web.Request, f *web.Form, err error, done string) error {
	if err != nil {
		if f == nil {
			f = web.NewForm()
		}
		if f.Failed(err) {
			return p.showManaged(w, r, web.Status(f.Err), f)
		}
		return err
	}
	r.Flash(done)
	return r.See(w, path(r.PathValue("id")))
}

func (p *Pages) removeRound(w http.ResponseWriter, r *web.Request) error {
	if err := p.Store.Remove(r.Context(), scope(r), r.PathValue("id"), r.Viewer.Account.ID); err != nil {
		return err
	}
	r.Flash("voting.removed")
	return r.See(w, "/desk/votes")
}

func (p *Pages) announce(w http.ResponseWriter, r *web.Request) error {
	return p.acted(w, r, nil, p.Store.Announce(r.Context(), scope(r), r.PathValue("id"), r.Viewer.Account.ID), "voting.announced")
}

func (p *Pages) withdraw(w http.ResponseWriter, r *web.Request) error {
	return p.acted(w, r, nil, p.Store.Withdraw(r.Context(), scope(r), r.PathValue("id"), r.Viewer.Account.ID), "voting.withdrawn")
}

func (p *Pages) publish(w http.ResponseWriter, r *web.Request) error {
	return p.acted(w, r, nil, p.Store.Publish(r.Context(), scope(r), r.PathValue("id"), r.Viewer.Account.ID), "voting.published")
}

func (p *Pages) witness(w http.ResponseWriter, r *web.Request) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	if _, err := p.own(r); err != nil {
		return err
	}
	return p.acted(w, r, f, p.Store.AddWitness(r.Context(), scope(r), r.PathValue("id"), f.Get("witness"), r.Viewer.Account.ID), "voting.witness.done")
}

func (p *Pages) changeWinner(w http.ResponseWriter, r *web.Request) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	c := Change{OptionID: f.Get("option"), Kind: f.Get("kind"), Reason: f.Get("reason"), Wins: f.Get("wins") == "1"}
	if _, err := p.own(r); err != nil {
		return err
	}
	var faults fault.Form
	if wins := f.Get("wins"); wins != "0" && wins != "1" { // what cannot be taken back is not guessed
		faults.Add("wins", "voting.fault.choose")
		return p.acted(w, r, f, faults.Err(), "")
	}
	err = p.Store.DB.Tx(r.Context(), func(tx *db.Tx) error {
		if err := web.Claim(r.Context(), tx, f.Get("form_key"), path(r.PathValue("id")), r.Now); err != nil {
			return err
		}
		return p.Store.ChangeWinner(r.Context(), tx, scope(r), r.PathValue("id"), c, r.Viewer.Account.ID)
	})
	return p.acted(w, r, f, err, "voting.change_winner.done")
}

// recount shows the patterns of a round whose ballots are not published to those who recount it, until it is.
func (p *Pages) recount(w http.ResponseWriter, r *web.Request) error {
	one, err := p.own(r)
	if err != nil {
		return err
	}
	v, err := p.view(r, one)
	if err != nil {
		return err
	}
	if one.State != Closed || !bool(one.Swept) {
		return fault.Conflict("voting.fault.not_counted")
	}
	patterns, err := p.Store.patterns(r.Context(), p.Store.DB, one.ID)
	if err != nil {
		return err
	}
	if err := p.Store.DB.Tx(r.Context(), func(tx *db.Tx) error {
		return p.Store.note(r.Context(), tx, one, "voting.recount", r.Viewer.Account.ID)
	}); err != nil {
		return err
	}
	x, err := p.result(r, v)
	if err != nil {
		return err
	}
	return r.HTML(w, http.StatusOK, recountPage(r, x, patterns))
}

func (p *Pages) newOption(w http.ResponseWriter, r *web.Request) error {
	one, err := p.draftOf(r)
	if err != nil {
		return err
	}
	return r.HTML(w, http.StatusOK, optionForm(r, one, Option{}, web.NewForm()))
}

func readOption(f *web.Form, one Round, o Option) Option {
	o.RoundID, o.Title, o.About, o.Sensitive = one.ID, f.Texts("title"), f.Texts("about"), db.Bool(f.On("sensitive"))
	n, ok := ReadAmount(f.Get("cost"), one.Unit)
	if !ok {
		n = 0
	}
	o.Cost = n
	return o
}

func (p *Pages) addOption(w http.ResponseWriter, r *web.Request) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	one, err := p.draftOf(r)
	if err != nil {
		return err
	}
	o := readOption(f, one, Option{})
	if err = o.Check(one.Budget); err == nil {
		err = p.Store.DB.Tx(r.Context(), func(tx *db.Tx) error {
			if err := web.Claim(r.Context(), tx, f.Get("form_key"), path(one.ID), r.Now); err != nil {
				return err
			}
			_, err := p.Store.AddOption(r.Context(), tx, scope(r), one.ID, o, r.Viewer.Account.ID)
			return err
		})
	}
	if err != nil {
		if f.Failed(err) {
			return r.HTML(w, web.Status(f.Err), optionForm(r, one, Option{}, f))
		}
		return err
	}
	r.Flash("voting.option.added")
	return r.See(w, path(one.ID))
}

func (p *Pages) optionOf(r *web.Request) (one Round, o Option, err error) {
	if one, err = p.draftOf(r); err != nil {
		return one, o, err
	}
	x := one.Option(r.PathValue("option"))
	if x == nil {
		return one, o, fault.NotFound("fault.not_found")
	}
	return one, *x, nil
}

func (p *Pages) editOption(w http.ResponseWriter, r *web.Request) error {
	one, o, err := p.optionOf(r)
	if err != nil {
		return err
	}
	f := web.NewForm("cost", one.typedAmount(o.Cost))
	f.SetTexts("title", o.Title)
	f.SetTexts("about", o.About)
	if o.Sensitive {
		f.Values.Set("sensitive", "1")
	}
	return r.HTML(w, http.StatusOK, optionForm(r, one, o, f))
}

func (p *Pages) changeOption(w http.ResponseWriter, r *web.Request) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	one, o, err := p.optionOf(r)
	if err != nil {
		return err
	}
	if err := p.Store.ChangeOption(r.Context(), scope(r), readOption(f, one, o), r.Viewer.Account.ID); err != nil {
		if f.Failed(err) {
			return r.HTML(w, web.Status(f.Err), optionForm(r, one, o, f))
		}
		return err
	}
	r.Flash("voting.option.changed")
	return r.See(w, path(one.ID))
}

func (p *Pages) removeOption(w http.ResponseWriter, r *web.Request) error {
	if _, _, err := p.optionOf(r); err != nil {
		return err
	}
	if err := p.Store.RemoveOption(r.Context(), scope(r), r.PathValue("id"), r.PathValue("option"), r.Viewer.Account.ID); err != nil {
		return err
	}
	r.Flash("voting.option.removed")
	return r.See(w, path(r.PathValue("id")))
}

// print draws codes and answers with their sheet, as a page or a file: they are seen this once.
func (p *Pages) print(w http.ResponseWriter, r *web.Request) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	one, err := p.own(r)
	if err != nil {
		return err
	}
	v, err := p.view(r, one)
	if err != nil {
		return err
	}
	var faults fault.Form
	n := f.Int(&faults, "codes", 0, 1, MostCodes)
	var sheet Sheet
	var codes []vault.Ticket
	if err = faults.Err(); err == nil {
		err = p.Store.DB.Tx(r.Context(), func(tx *db.Tx) (err error) {
			if err := web.Claim(r.Context(), tx, f.Get("form_key"), path(one.ID), r.Now); err != nil {
				return err
			}
			sheet, codes, err = p.Store.Print(r.Context(), tx, scope(r), one.ID, n, r.Viewer.Account.ID)
			return err
		})
	}
	if again := new(web.Already); errors.As(err, &again) {
		r.Flash("voting.sheets.once") // the first answer showed them, or was lost on its way
		return err
	}
	if err != nil {
		if f.Failed(err) {
			return p.showManaged(w, r, web.Status(f.Err), f)
		}
		return err
	}
	printed := make([]string, len(codes))
	for i, c := range codes {
		printed[i] = c.Printed()
	}
	if f.Get("as") != "pdf" {
		return r.HTML(w, http.StatusOK, codesPage(r, v, sheet, printed))
	}
	body, err := drawCodes(r, v, sheet, printed)
	if err != nil {
		return err
	}
	return pdf.Send(w, r, "kodovi", body)
}

func (p *Pages) void(w http.ResponseWriter, r *web.Request) error {
	return p.acted(w, r, nil, p.Store.Void(r.Context(), scope(r), r.PathValue("id"), r.PathValue("sheet"), r.Viewer.Account.ID), "voting.void.done")
}

// ticked is a round whose slips are handed out at the viewer's desk.
func (p *Pages) ticked(r *web.Request) (v view, err error) {
	if v, err = p.typed(r); err != nil {
		return v, err
	}
	switch {
	case !v.Codes():
		err = fault.Conflict("voting.fault.no_codes")
	case v.Status != Announced && v.Status != Open:
		err = fault.Conflict("voting.fault.over")
	}
	return v, err
}

func (p *Pages) ticks(w http.ResponseWriter, r *web.Request) error {
	v, err := p.ticked(r)
	if err != nil {
		return err
	}
	return r.HTML(w, http.StatusOK, ticksPage(r, v))
}

func (p *Pages) ticksPDF(w http.ResponseWriter, r *web.Request) error {
	v, err := p.ticked(r)
	if err != nil {
		return err
	}
	body, err := drawTicks(r, v)
	if err != nil {
		return err
	}
	return pdf.Send(w, r, "popis", body)
}
