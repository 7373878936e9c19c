package participation

import (
	"strings"
	"time"

	"kvart/internal/network"
	"kvart/internal/platform/i18n"
	"kvart/internal/platform/web"
	"kvart/internal/voting"
)

// name is who proposed, as everybody reads it.
func (p Proposal) name(r *web.Request) string {
	if p.PublicName != "" {
		return p.PublicName
	}
	return r.T("participation.somebody")
}

// day is a local date as people read it; what is no date is itself.
func day(p *i18n.Printer, s string) string {
	d, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return s
	}
	return p.Date(d)
}

// lines are those of a text that say something.
func lines(s string) (list []string) {
	for l := range strings.Lines(s) {
		if l = strings.TrimSpace(l); l != "" {
			list = append(list, l)
		}
	}
	return list
}

func stateWord(r *web.Request, s State) string { return r.T("participation.state." + string(s)) }

// by says who decided, in public.
func (s Step) by(r *web.Request) string { return r.T("participation.by." + s.DecidedBy) }

// heading is what a step says first. A reason belongs to a no.
func (s Step) heading(r *web.Request) string {
	switch {
	case s.To == Discussed && s.TalkOn != "":
		return r.T("participation.step.talk", "day", day(r.Printer, s.TalkOn))
	case s.To == Passed && s.Answer == Answered:
		return r.T("participation.step.answered", "who", s.Body)
	case s.To == Passed && s.Answer == Silent:
		return r.T("participation.step.silent", "who", s.Body)
	case s.To == Passed:
		return r.T("participation.step.passed", "who", s.Body, "kind", r.T("participation.body."+s.BodyKind))
	case s.From == Declined && s.To == Discussed:
		return r.T("participation.step.again")
	case s.From == Scheduled && s.To == Accepted:
		return r.T("participation.step.off")
	}
	return r.T("participation.step." + string(s.To))
}

func centreOptions(r *web.Request, list []network.Centre) []web.Option {
	all := []web.Option{{Label: r.T("participation.choose")}}
	for _, c := range list {
		all = append(all, web.Option{Value: c.ID, Label: c.Name})
	}
	return all
}

func openOptions(r *web.Request) []web.Option {
	return []web.Option{{Value: "1", Label: r.T("participation.open.yes"), Hint: r.T("participation.open.yes.hint")}, {Value: "0", Label: r.T("participation.open.no"), Hint: r.T("participation.open.no.hint")}}
}

func channelOptions(r *web.Request) (list []web.Option) {
	for _, c := range []string{Desk, Phone, Paper} {
		list = append(list, web.Option{Value: c, Label: r.T("participation.channel." + c)})
	}
	return list
}

func deciderOptions(r *web.Request) (list []web.Option) {
	for _, d := range Deciders {
		list = append(list, web.Option{Value: d, Label: r.T("participation.by." + d)})
	}
	return list
}

func bodyOptions(r *web.Request) []web.Option {
	list := []web.Option{{Label: r.T("participation.choose")}}
	for _, k := range BodyKinds {
		list = append(list, web.Option{Value: k, Label: r.T("participation.body." + k)})
	}
	return list
}

func (v oneView) toOptions(r *web.Request) (list []web.Option) {
	for _, s := range v.Next {
		key := "participation.to." + string(s)
		switch {
		case v.State == Passed && s == Passed:
			key = "participation.to.passed.again"
		case v.State == Scheduled && s == Accepted:
			key = "participation.to.off"
		case v.State == Declined:
			key = "participation.to.again"
		}
		list = append(list, web.Option{Value: string(s), Label: r.T(key)})
	}
	return list
}

func (v oneView) goesTo(s State) bool { return May(v.State, s) }

func intoOptions(r *web.Request, list []Proposal) []web.Option {
	all := []web.Option{{Label: r.T("participation.choose")}}
	for _, p := range list {
		all = append(all, web.Option{Value: p.ID, Label: p.Title})
	}
	return all
}

func organisationOptions(r *web.Request, list []network.Organisation) []web.Option {
	all := []web.Option{{Label: r.T("participation.carry.none")}}
	for _, o := range list {
		all = append(all, web.Option{Value: o.ID, Label: o.Name})
	}
	return all
}

func (v planView) spaceOptions(r *web.Request) []web.Option {
	var all []web.Option
	for _, s := range v.Spaces {
		all = append(all, web.Option{Value: s.ID, Label: r.Pick(s.Name)})
	}
	return append(all, web.Option{Label: r.T("participation.plan.elsewhere")})
}

// would is how many would come, as it may be told: below the network's threshold no number.
func (v threadView) would(r *web.Request) string {
	switch {
	case v.Would == 0:
		return r.T("participation.would.none")
	case v.Would < v.Threshold:
		return r.T("participation.would.few", "n", v.Threshold)
	}
	return r.N("participation.would.n", v.Would)
}

func (v threadView) came(r *web.Request) string { return v.Came.words(r, v.Threshold) }

// words is what came of it in numbers, as it may be told.
func (c Came) words(r *web.Request, threshold int) string {
	said := r.N("participation.came.sessions", c.Sessions)
	switch {
	case c.Recorded == 0:
		return said
	case c.Few:
		return said + ", " + r.T("participation.came.few", "n", threshold)
	}
	if c.Grows {
		return said + ", " + r.N("participation.came.least", c.N)
	}
	return said + ", " + r.N("participation.came.n", c.N)
}

// carriers are who carries it, in words.
func (v threadView) carriers(r *web.Request) string {
	var list []string
	if v.ResidentDoes {
		list = append(list, r.T("participation.carry.resident"))
	}
	if v.Carrier != "" {
		list = append(list, v.Carrier)
	}
	if v.CentreDoes {
		list = append(list, v.Centre.Name)
	}
	return strings.Join(list, ", ")
}

// budget is the line of the plan in words, or "" where it needs none or nothing is planned any more.
func (v threadView) budget(r *web.Request) string {
	if v.BudgetUnit == "" || v.State != Accepted && v.State != Scheduled && v.State != Held {
		return ""
	}
	return voting.Round{Unit: v.BudgetUnit, Currency: v.Currency}.Amount(r.Printer, v.BudgetAmount) + " · " + v.BudgetFor
}

// promises says whether something was won or set aside: what came of it then stands beside that.
func (v threadView) promises(r *web.Request) bool { return v.promised() != nil || v.budget(r) != "" }

// hoursHeld are the hours of the sessions held, started ones in whole.
func (v threadView) hoursHeld(r *web.Request) string {
	return r.N("voting.hours", int((v.Came.Seconds+3599)/3600))
}

// name is who wrote it, as everybody reads it.
func (c Comment) name(r *web.Request) string {
	if c.PublicName != "" {
		return c.PublicName
	}
	return r.T("participation.somebody")
}

func budgetUnits(r *web.Request) []web.Option {
	return []web.Option{{Label: r.T("participation.budget.none")}, {Value: voting.Money, Label: r.T("participation.budget.money")}, {Value: voting.Hours, Label: r.T("participation.budget.hours")}}
}

func (p Proposal) money(r *web.Request, currency string) string {
	if p.MoneyCents == nil || *p.MoneyCents == 0 {
		return ""
	}
	return r.Money(*p.MoneyCents, currency)
}

// words are those of the form that came back with a fault; its field is the one that the summary leads to.
func (v partnerView) words(id string) string {
	if v.At != id {
		return ""
	}
	return v.Form.Get("words")
}

func (v partnerView) wordsID(id string) string {
	if v.At == id {
		return "f-words"
	}
	return "f-words-" + id
}
