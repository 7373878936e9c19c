package voting

import (
	"math/big"
	"slices"
	"strconv"
	"strings"
	"time"

	"kvart/internal/fairvote"
	"kvart/internal/platform/web"
)

func paragraphs(s string) (list []string) {
	for _, p := range strings.Split(s, "\n") {
		if p = strings.TrimSpace(p); p != "" {
			list = append(list, p)
		}
	}
	return list
}

// localDay is a local date as people read it.
func localDay(r *web.Request, date string) string {
	t, err := time.Parse(time.DateOnly, date)
	if err != nil {
		return date
	}
	return r.Date(t)
}

func yes(r *web.Request, b bool) string {
	if b {
		return r.T("voting.yes")
	}
	return r.T("voting.no")
}

func (v booth) section() string {
	if v.AtDesk {
		return "/desk/votes"
	}
	return "votes"
}

// whose is the centre or the whole network.
func (v view) whose(r *web.Request) string {
	if v.Centre == "" {
		return r.T("voting.whole_network")
	}
	return v.Centre
}

// state is how far it is, in words with its next moment.
func (v view) state(r *web.Request) string {
	switch v.Status {
	case Draft:
		return r.T("voting.state.draft")
	case Announced:
		return r.T("voting.state.announced", "when", v.when(r, v.Opens()))
	case Open:
		return r.T("voting.state.open", "when", v.when(r, v.Closes()))
	case Closed:
		return r.T("voting.state.closed", "when", v.when(r, v.Closes()))
	}
	return r.T("voting.state.published", "when", v.when(r, v.Closes()))
}

// counting says what is done with the box of a round that is over, to everybody or at the desk.
func (v view) counting(r *web.Request, where string) string {
	if v.Shut != "" {
		return r.T("voting.counting." + where + "." + v.Shut)
	}
	return r.T("voting.counting." + where)
}

// atTheDesk are the words to say to who comes for a slip, onThePhone those to read out to who votes by phone.
func (v view) atTheDesk(r *web.Request) []string {
	return []string{r.T("voting.ticks.1"), r.T("voting.ticks.2"), r.T("voting.ticks.3"), r.T("voting.ticks.4"), r.T("voting.ticks.5", "until", v.when(r, v.Closes())), r.T("voting.ticks.6")}
}

func (v view) onThePhone(r *web.Request) []string {
	options := r.T("voting.phone.3")
	if v.AtLeast > 1 {
		options += " " + r.N("voting.phone.least", v.AtLeast)
	}
	return []string{r.T("voting.phone.1", "title", r.Pick(v.Title), "until", v.when(r, v.Closes())), r.T("voting.phone.2"), options, r.T("voting.phone.4"), r.T("voting.phone.5")}
}

func (v booth) chooseHint(r *web.Request) string {
	if v.AtLeast > 1 {
		return r.N("voting.choose.hint_least", v.AtLeast)
	}
	return r.T("voting.choose.hint")
}

func (v view) paperHint(r *web.Request) string {
	s := r.T("voting.paper.hint", "until", v.when(r, v.Closes()))
	if v.AtLeast > 1 {
		s += " " + r.N("voting.choose.hint_least", v.AtLeast)
	}
	return s
}

func (v booth) choices(r *web.Request) (list []web.Option) {
	for _, o := range v.Options {
		hint := v.Amount(r.Printer, o.Cost)
		if about := strings.Join(strings.Fields(r.Pick(o.About)), " "); about != "" {
			hint += " · " + about
		}
		list = append(list, web.Option{Value: o.ID, Label: strconv.Itoa(o.Position) + ". " + r.Pick(o.Title), Hint: hint})
	}
	return list
}

// shows says whether numbers may be shown at all.
func (x result) shows() bool { return x.Out.Ballots >= x.Least }

// nothing says whether it may be shown how many get nothing they chose, under both rules. Where ballots are not published,
// few who do get something are few people too.
func (x result) nothing() bool {
	few := func(n int) bool { return x.Hidden && n < x.Out.Ballots && n > x.Out.Ballots-x.Least }
	return x.shows() && !few(x.Out.Most.NothingHere) && !few(x.Out.Most.NothingThere)
}

// people is a number of people, none between one and the threshold.
func (x result) people(r *web.Request, n int) string {
	if n > 0 && n < x.Least {
		return r.T("voting.fewer", "n", x.Least)
	}
	return strconv.Itoa(n)
}

func (x result) turnout(r *web.Request) string {
	if !x.shows() {
		return r.T("voting.turnout.few", "n", x.Least)
	}
	return r.N("voting.turnout", x.Out.Ballots)
}

// about is a fraction of units, to the nearest one.
func (x result) about(r *web.Request, fraction string) string {
	if x.Unit == Hours {
		return aboutHours(r, fraction)
	}
	s := x.Amount(r.Printer, rounded(fraction))
	if strings.Contains(fraction, "/") {
		return r.T("voting.about_amount", "amount", s)
	}
	return s
}

// aboutHours is a fraction of hours in hours and minutes.
func aboutHours(r *web.Request, fraction string) string {
	minutes := times(fraction, 60)
	n := int(rounded(minutes))
	s := r.N("voting.minutes", n%60)
	switch {
	case n >= 60 && n%60 == 0:
		s = r.N("voting.hours", n/60)
	case n >= 60:
		s = r.T("voting.hours_and_minutes", "hours", r.N("voting.hours", n/60), "minutes", s)
	}
	if strings.Contains(minutes, "/") {
		return r.T("voting.about_amount", "amount", s)
	}
	return s
}

// times is a fraction so many times, "" where it is none.
func times(fraction string, n int64) string {
	x, ok := new(big.Rat).SetString(fraction)
	if !ok {
		return ""
	}
	return x.Mul(x, new(big.Rat).SetInt64(n)).RatString()
}

func (x result) wins(r *web.Request, o Option) string {
	if x.Wins[o.ID] {
		return r.T("voting.wins")
	}
	return r.T("voting.loses")
}

func (x result) cost(r *web.Request, o Option) string {
	s := r.T("voting.cost.is", "amount", x.Amount(r.Printer, o.Cost))
	out := x.Out.Option(o.ID)
	if !x.told(o, out.Votes) {
		return s + " " + r.T("voting.votes.few", "n", x.Least)
	}
	return s + " " + r.N("voting.votes.is", out.Votes)
}

// why says why it won or how far it was, and that a person changed it where one did.
func (x result) why(r *web.Request, o Option) string {
	out := x.Out.Option(o.ID)
	s := r.T("voting.why." + out.Why)
	if x.told(o, out.Votes) {
		switch {
		case out.Why == "bought" && len(x.shares(o)) > 0:
			s = r.T("voting.why.bought.most", "amount", x.about(r, out.Shares[0].Each))
		case out.Why == "not-affordable" && x.left(o):
			s = r.T("voting.why.not-affordable.missing", "left", x.about(r, out.Left), "missing", x.about(r, out.Missing))
			if out.MoreVotes > 0 {
				s += " " + r.N("voting.why.more_votes", int(out.MoreVotes))
			}
		}
	}
	if c, ok := x.changeOf(o.ID); ok {
		s += " " + r.T("voting.why.changed", "kind", r.T("voting.change.kind."+c.Kind))
	}
	return s
}

// byMost compares with the most votes deciding alone.
func (x result) byMost(r *web.Request, o Option) string {
	out := x.Out.Option(o.ID)
	if x.Rule == "greedy" || !x.told(o, out.Votes) || !x.told(o, out.NothingAt) || x.Hidden && !x.told(o, out.Votes-out.NothingAt) {
		return ""
	}
	s := ""
	switch {
	case out.Won && !out.WinsByMost:
		s = r.T("voting.most.only_here")
	case !out.Won && out.WinsByMost:
		s = r.T("voting.most.only_there")
	}
	if out.NothingAt >= x.Least {
		s = strings.TrimSpace(s + " " + r.N("voting.most.supporters", out.NothingAt))
	}
	return s
}

func (x result) changed(r *web.Request, c Change) string {
	title := titlesOf(r, x.Round, []string{c.OptionID})
	on := r.Date(time.Unix(c.At, 0).In(x.Zone))
	if c.Wins {
		return r.T("voting.change.in", "title", title, "day", on)
	}
	return r.T("voting.change.out", "title", title, "day", on)
}

func (x result) channels(r *web.Request) string {
	if slices.ContainsFunc(x.Channels, func(c Channel) bool { return c.N < x.Least }) {
		return r.T("voting.channels.few")
	}
	var list []string
	for _, c := range x.Channels {
		list = append(list, r.T("voting.channel."+c.Name)+": "+strconv.Itoa(c.N))
	}
	return r.T("voting.channels", "list", strings.Join(list, ", "))
}

// endowed says whether everybody had a share that may be told.
func (x result) endowed() bool { return x.shows() && x.Rule == "equal-shares" && x.Out.Endowment != "" }

// ties says what decided between options that stood equal.
func (x result) ties(r *web.Request) (list []string) {
	if !x.shows() {
		return nil
	}
	for _, t := range x.Out.Ties {
		list = append(list, r.T("voting.tie."+t.By, "first", titlesOf(r, x.Round, t.Options[:1]), "others", titlesOf(r, x.Round, t.Options[1:])))
	}
	return list
}

// box says what else is to be known of the ballots: those that did not open, and how they came.
func (x result) box(r *web.Request) (list []string) {
	if x.Unreadable > 0 {
		list = append(list, r.N("voting.unreadable", x.Unreadable))
	}
	if x.shows() && len(x.Channels) > 0 {
		list = append(list, x.channels(r))
	}
	return list
}

// command is how anybody counts the file of ballots again, with every parameter.
func (x result) command() string {
	s := "kvart vote glasanje.pb --rule " + x.Rule
	if x.Rule == fairvote.EqualShares {
		s += " --utility " + x.Utility + " --completion " + x.Completion
	}
	return s + " --seed " + strconv.FormatUint(Lot(x.Seed), 10)
}

// segment is a part of an option's bar: X and W of 600.
type segment struct{ X, W int }

// mostSegments is how many shares a picture tells apart; what is smaller is drawn as one.
const mostSegments = 12

// bar is who paid the option's cost, the largest shares first, or what its supporters had of it.
func (x result) bar(o Option) (list []segment) {
	out, shares := x.Out.Option(o.ID), x.shares(o)
	at, cost := int64(0), o.Cost*x.finer()
	fine := func(fraction string) int64 { return rounded(times(fraction, x.finer())) }
	put := func(amount int64) {
		from, to := 1+int(at*598/cost), 1+int(min(at+amount, cost)*598/cost)
		if at += amount; to > from {
			list = append(list, segment{from, to - from})
		}
	}
	switch {
	case out.Won && len(shares) > 0:
		rest := int64(0)
		for i, s := range shares {
			if n := fine(together(s)); i < mostSegments {
				put(n)
			} else {
				rest += n
			}
		}
		put(rest)
	case x.left(o):
		put(fine(out.Left))
	}
	return list
}

// together is what all who paid the share paid.
func together(s Share) string { return times(s.Each, int64(s.Voters)) }

func (x result) barLabel(r *web.Request, o Option) string {
	if x.Out.Option(o.ID).Won {
		return r.T("voting.bar.paid", "title", r.Pick(o.Title))
	}
	return r.T("voting.bar.had", "title", r.Pick(o.Title))
}

func opacity(i int) string { return []string{".75", ".5", ".3", ".15"}[i%4] }
