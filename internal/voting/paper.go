package voting

import (
	"strconv"
	"time"

	"kvart/internal/platform/pdf"
	"kvart/internal/platform/web"
)

// Sheets of paper, in points. What a voter is handed is in large type: 16 at the least.
const (
	edge = 48.0
	wide = pdf.Width - 2*edge
	foot = pdf.Height - 46
)

var (
	ink  = pdf.Hex("#000000")
	soft = pdf.Hex("#333333")
	rule = pdf.Hex("#777777")

	greys = []pdf.Colour{pdf.Hex("#404040"), pdf.Hex("#808080"), pdf.Hex("#b3b3b3"), pdf.Hex("#d9d9d9")}
)

// sheetOf is a document that goes on on the next page where one is full.
type sheetOf struct {
	*pdf.Doc
	y float64
}

func newSheet(r *web.Request, made time.Time) *sheetOf {
	s := &sheetOf{Doc: pdf.New(pdf.A4, string(r.Lang()), r.T("voting.title"), made)}
	s.next()
	return s
}

func (s *sheetOf) next() {
	s.Page()
	s.y = edge
}

// room begins a page where less than this is left of it.
func (s *sheetOf) room(height float64) {
	if s.y+height > foot {
		s.next()
	}
}

// say writes a paragraph, whole, from x on.
func (s *sheetOf) say(x float64, text string, font pdf.Font, above float64) {
	s.y += above
	for _, line := range font.Wrap(text, wide-x) {
		s.room(font.Size * pdf.Lead)
		s.y = s.Lines(edge+x, s.y, []string{line}, font)
	}
}

// bar is the picture of who paid for an option, as the page draws it: what is missing stays white.
func (s *sheetOf) bar(list []segment) {
	const high = 12.0
	if len(list) == 0 {
		return
	}
	s.room(high + 8)
	for i, part := range list {
		x, w := edge+float64(part.X)*wide/600, float64(part.W)*wide/600
		s.Rect(x, s.y+4, w, high, greys[i%len(greys)])
		s.Frame(x, s.y+4, w, high, 0.7, ink)
	}
	s.Frame(edge, s.y+4, wide, high, 0.7, ink)
	s.y += high + 8
}

// drawPaper is the ballot in large type: a box to cross for each option, and where the slip with the code goes.
func drawPaper(r *web.Request, v view) ([]byte, error) {
	d := newSheet(r, v.Opens())
	big, text, bold := pdf.Font{Size: 24, Bold: true, Colour: ink}, pdf.Font{Size: 16, Colour: ink}, pdf.Font{Size: 18, Bold: true, Colour: ink}
	d.say(0, r.Pick(v.Title), big, 0)
	d.say(0, v.paperHint(r), text, 8)
	d.y += 10
	for _, o := range v.Options {
		d.room(62)
		d.Line(edge, d.y, edge+wide, d.y, 1, rule, false)
		d.Frame(edge, d.y+10, 26, 26, 2, ink)
		d.say(42, strconv.Itoa(o.Position)+". "+r.Pick(o.Title), bold, 8)
		d.say(42, v.Amount(r.Printer, o.Cost), text, 2)
		d.y = d.y + 10
	}
	d.room(110)
	d.Line(edge, d.y, edge+wide, d.y, 1, rule, true)
	d.say(0, r.T("voting.paper.code"), bold, 10)
	d.Frame(edge, d.y+6, wide, 34, 1, ink)
	d.say(0, r.T("voting.paper.code.text"), text, 50)
	return d.Bytes()
}

// drawCodes is a sheet of codes to cut apart. Nothing on it says who gets one.
func drawCodes(r *web.Request, v view, sheet Sheet, codes []string) ([]byte, error) {
	d := newSheet(r, r.Now)
	text, code, title := pdf.Font{Size: 11, Colour: soft}, pdf.Font{Size: 26, Bold: true, Colour: ink}, pdf.Font{Size: 14, Bold: true, Colour: ink}
	d.say(0, r.T("voting.sheet", "n", sheet.N)+" · "+r.T("voting.codes.once"), text, 0)
	d.y += 10
	slip := r.T("voting.code.slip", "address", r.Public("votes/"+v.ID), "until", v.when(r, v.Closes()))
	for _, c := range codes {
		d.room(118)
		d.Line(edge, d.y, edge+wide, d.y, 1, rule, true)
		d.say(0, r.Pick(v.Title), title, 10)
		d.say(0, c, code, 4)
		d.say(0, slip, text, 4)
		d.y += 12
	}
	return d.Bytes()
}

// tickLines are the lines of one list; who needs more prints it again.
const tickLines = 40

// drawTicks is the list of who got a slip: first the rule and what to say, then lines with a box and nothing else.
func drawTicks(r *web.Request, v view) ([]byte, error) {
	d := newSheet(r, r.Now)
	big, text, bold := pdf.Font{Size: 22, Bold: true, Colour: ink}, pdf.Font{Size: 12, Colour: ink}, pdf.Font{Size: 14, Bold: true, Colour: ink}
	d.say(0, r.T("voting.ticks"), big, 0)
	d.say(0, r.Pick(v.Title)+" · "+v.whose(r)+" · "+v.state(r), text, 4)
	d.say(0, r.T("voting.who"), bold, 12)
	for _, line := range paragraphs(r.Pick(v.Who)) {
		d.say(0, line, text, 3)
	}
	part := func(title string, lines []string) {
		d.say(0, title, bold, 12)
		for i, line := range lines {
			d.room(text.Size*pdf.Lead + 4)
			d.Lines(edge, d.y+3, []string{strconv.Itoa(i+1) + "."}, text)
			d.say(18, line, text, 3)
		}
	}
	part(r.T("voting.ticks.say"), v.atTheDesk(r))
	part(r.T("voting.phone"), v.onThePhone(r))
	d.say(0, r.T("voting.ticks.after"), text, 10)
	d.next()
	for range tickLines {
		if d.y+34 > foot {
			d.next()
		}
		if d.y == edge {
			d.say(0, r.Pick(v.Title)+" · "+r.T("voting.ticks.list"), text, 0)
			d.say(0, r.T("voting.ticks.given")+" · "+r.T("voting.ticks.name"), bold, 2)
			d.y += 6
		}
		d.Frame(edge, d.y+8, 18, 18, 1.5, ink)
		d.Line(edge+34, d.y+28, edge+wide, d.y+28, 1, rule, false)
		d.y += 34
	}
	return d.Bytes()
}

// drawResult is what the page of the result says in words.
func drawResult(r *web.Request, x result) ([]byte, error) {
	d := newSheet(r, x.Closes())
	big, text, bold, small := pdf.Font{Size: 22, Bold: true, Colour: ink}, pdf.Font{Size: 11.5, Colour: ink}, pdf.Font{Size: 13, Bold: true, Colour: ink}, pdf.Font{Size: 10, Colour: soft}
	d.say(0, r.Pick(x.Title), big, 0)
	d.say(0, x.whose(r)+" · "+x.state(r), text, 4)
	d.say(0, r.T("voting.result.spent", "spent", x.Amount(r.Printer, x.spent()), "budget", x.Amount(r.Printer, x.Budget))+" "+x.turnout(r), text, 6)
	if len(x.Changes) > 0 {
		d.say(0, r.T("voting.changes"), bold, 12)
		for _, c := range x.Changes {
			d.say(0, x.changed(r, c), text, 4)
			d.say(0, r.T("voting.change.kind."+c.Kind)+": "+c.Reason, text, 2)
		}
	}
	if x.endowed() {
		d.say(0, r.T("voting.each.endowment", "amount", x.about(r, x.Out.Endowment)), text, 6)
	}
	for _, o := range x.inOrder() {
		d.room(70)
		d.y += 8
		d.Line(edge, d.y, edge+wide, d.y, 1, rule, false)
		d.say(0, r.Pick(o.Title)+" · "+x.wins(r, o), bold, 6)
		d.say(0, x.cost(r, o), text, 2)
		d.say(0, x.why(r, o), text, 2)
		d.bar(x.bar(o))
		for _, s := range x.shares(o) {
			d.say(12, r.T("voting.share.line", "n", s.Voters, "each", x.about(r, s.Each), "together", x.about(r, together(s))), small, 1)
		}
		if f, ok := x.Follow[o.Origin]; ok {
			d.say(0, r.T("voting.follow.since")+" "+f.said(), text, 2)
			d.say(0, r.T("voting.follow")+": "+r.Public(f.Address), small, 2)
		}
		if s := x.byMost(r, o); s != "" {
			d.say(0, s, small, 2)
		}
	}
	part := func(title string) {
		d.room(60)
		d.y += 10
		d.Line(edge, d.y, edge+wide, d.y, 1, rule, false)
		d.say(0, title, bold, 8)
	}
	both := func(title, here, there string) {
		d.say(0, title+": "+r.T("voting.most.here")+" "+here+", "+r.T("voting.most.there")+" "+there, small, 2)
	}
	if x.Rule != "greedy" {
		part(r.T("voting.most"))
		d.say(0, r.T("voting.most.text"), text, 4)
		for _, o := range x.Options {
			out := x.Out.Option(o.ID)
			both(r.Pick(o.Title), yes(r, out.Won), yes(r, out.WinsByMost))
		}
		if x.nothing() {
			both(r.T("voting.most.nothing"), x.people(r, x.Out.Most.NothingHere), x.people(r, x.Out.Most.NothingThere))
		}
	}
	part(r.T("voting.how"))
	d.say(0, r.T("voting.rule."+x.Rule+".text"), text, 4)
	lines := [][2]string{{"voting.rule", r.T("voting.rule." + x.Rule)}}
	if x.Rule == "equal-shares" {
		lines = append(lines, [2]string{"voting.utility", r.T("voting.utility." + x.Utility)}, [2]string{"voting.completion", r.T("voting.completion." + x.Completion)})
	}
	lines = append(lines, [2]string{"voting.ties", r.T("voting.ties.text")}, [2]string{"voting.budget", x.Amount(r.Printer, x.Budget)}, [2]string{"voting.at_least", r.N("voting.at_least.is", x.AtLeast)},
		[2]string{"voting.least_published", r.N("voting.least_published.is", max(x.LeastPublished, x.Least))}, [2]string{"voting.opens", x.when(r, x.Opens())}, [2]string{"voting.closes", x.when(r, x.Closes())}, [2]string{"voting.lot", x.Seed}, [2]string{"voting.lot.commitment", x.Commitment})
	for _, l := range lines {
		d.say(0, r.T(l[0])+": "+l[1], small, 2)
	}
	for _, t := range x.ties(r) {
		d.say(0, t, small, 2)
	}
	if x.HasPB {
		d.say(0, r.T("voting.published.all")+" "+r.T("voting.recount.command"), text, 6)
		d.say(0, x.command(), small, 2)
	} else {
		d.say(0, r.T("voting.published.none"), text, 6)
		for _, w := range x.Witnesses {
			d.say(12, w.Name+", "+localDay(r, w.On), text, 1)
		}
	}
	for _, s := range x.box(r) {
		d.say(0, s, text, 4)
	}
	return d.Bytes()
}
