package front

import (
	"fmt"
	"regexp"
	"strings"

	"kvart/internal/platform/pdf"
	"kvart/internal/platform/web"
	"kvart/internal/programme"
)

// Sizes of print, in points of an A4 sheet. What says what and when is read fluently from two metres, which takes 40
// points (pdf.Readable). The lines of a list grow to that where the sheet has room, and are never below 24: made out from
// two metres by eyes that see 0.7, read fluently from 1.2. On A3 all is larger by 1.41, on A5 for the hand smaller by it.
const (
	farSize   = 40
	listLeast = 24
	weekLeast = farSize / 2 // what is still made out from two metres (pdf.Readable): so that a week or a month of dates is one sheet
	margin    = 42.0
	inner     = pdf.Width - 2*margin
)

// Colours as tokens.css has them in the light.
var (
	ink    = pdf.Hex("#1c2b30")
	soft   = pdf.Hex("#4d5f66")
	line   = pdf.Hex("#ddd6c8")
	accent = pdf.Hex("#a63a18")
	sun    = pdf.Hex("#f4b942")
	white  = pdf.Hex("#ffffff")
)

// footHeight leaves at the bottom what printers cannot reach.
const footHeight = 152.0

// painter draws one poster.
type painter struct {
	*pdf.Doc
	r      *web.Request
	v      poster
	colour pdf.Colour
	strips float64 // height of the strips at the bottom
	dense  bool    // the day beside what is on, and a smaller head; of an activity, its dates in two columns
	dates  float64 // height of those columns
}

// drawPoster makes the PDF. The same poster is the same file.
func drawPoster(r *web.Request, v poster, paper pdf.Paper) ([]byte, error) {
	p := painter{Doc: pdf.New(paper, string(r.Lang()), r.T("front.poster.title", "centre", v.Centre.Name), v.today(r)), r: r, v: v,
		colour: pdf.Colours[(max(v.Centre.Colour, 1)-1)%len(pdf.Colours)]}
	if v.Tear {
		p.strips = 140
	}
	first, other := p.tops()
	bottom := pdf.Height - p.strips - footHeight
	var pages [][]block
	for size := float64(farSize); ; size = max(size*0.94, listLeast) {
		pages = fill(p.blocks(size), bottom-first, bottom-other)
		if len(pages) <= 1 || size <= listLeast {
			break
		}
	}
	if len(pages) > 1 && (v.Activity != nil || v.Span == ofWeek) { // a door has room for one sheet
		pages = p.fewest(pages, bottom)
	}
	if len(pages) == 0 {
		pages = [][]block{nil}
	}
	for i, blocks := range pages {
		p.Page()
		y, err := p.top(i == 0)
		if err != nil {
			return nil, err
		}
		for _, b := range blocks {
			b.draw(y)
			y += b.height
		}
		if err := p.foot(bottom, i+1, len(pages)); err != nil {
			return nil, err
		}
	}
	return p.Bytes()
}

// fewest are the pages in the dense form, where that needs fewer sheets than the given; in type below listLeast only where it
// makes one sheet of them.
func (p *painter) fewest(pages [][]block, bottom float64) [][]block {
	plain := *p
	tight, best := plain, plain
	tight.dense = true
	for size := float64(listLeast); size >= weekLeast && len(pages) > 1; size -= .5 {
		blocks := tight.blocks(size)
		if p.v.Activity != nil { // its text leaves room for all dates where there can be
			tight.dates = 0
			for _, b := range blocks {
				tight.dates += b.height
			}
		}
		first, other := tight.tops()
		if fewer := fill(blocks, bottom-first, bottom-other); len(fewer) < len(pages) && (size == listLeast || len(fewer) == 1) {
			pages, best = fewer, tight
		}
	}
	*p = best
	return pages
}

// block is a piece of the list that is not divided between sheets. One that begins with a heading of its own names the
// heading's height, so that the heading is drawn again where its day goes on.
type block struct {
	height float64
	draw   func(y float64)
	again  *block // what stands above it where it is the first of a sheet
	heads  bool   // stands above the next one, never last on a sheet
}

// fill puts blocks on sheets, of which the first has another height.
func fill(blocks []block, first, other float64) (pages [][]block) {
	room, y := first, 0.0
	var page []block
	for i, b := range blocks {
		need := b.height
		if b.heads && i+1 < len(blocks) {
			need += blocks[i+1].height
		}
		if y+need > room && (len(page) > 0 || len(pages) == 0 && other > room) {
			pages, page, y, room = append(pages, page), nil, 0, other
			if b.again != nil {
				page, y = append(page, *b.again), b.again.height
			}
		}
		page, y = append(page, b), y+b.height
	}
	if len(page) > 0 {
		pages = append(pages, page)
	}
	return pages
}

// blocks are the list in type of the size.
func (p *painter) blocks(size float64) (all []block) {
	if p.v.Activity != nil && len(p.v.List) > 0 {
		all = append(all, p.paragraph(p.r.T("front.poster.also"), pdf.Font{Size: max(size*.8, 20), Bold: true, Colour: p.colour}, 4))
		all[0].heads = true
	}
	if len(p.v.List) == 0 && p.v.Activity == nil {
		all = append(all, p.paragraph(p.r.T("front.poster.none."+p.v.Span), pdf.Font{Size: 32, Colour: ink}, 0))
	}
	if p.dense && p.v.Activity != nil {
		return append(all, p.columns(size)...)
	}
	for _, d := range days(p.v.List) {
		head := p.dayHead(p.r.Day(d.Date), size)
		for i, l := range d.Sessions {
			b := p.session(l, size)
			if p.v.Activity != nil {
				all = append(all, b)
				continue
			}
			if p.dense {
				if day := p.r.DayShort(d.Date); i == 0 {
					b = p.beside(day, size, b)
				} else {
					b.again = p.dayAgain(day, size)
				}
				all = append(all, b)
				continue
			}
			again := head
			if b.again = &again; i == 0 {
				all = append(all, head)
			}
			all = append(all, b)
		}
	}
	if p.v.More {
		all = append(all, p.paragraph(p.r.T("front.poster.more", "address", p.v.Address()), pdf.Font{Size: listLeast, Bold: true, Colour: p.colour}, 12))
	}
	return all
}

func (p *painter) paragraph(s string, font pdf.Font, above float64) block {
	lines := font.Wrap(s, inner)
	return block{height: above + float64(len(lines))*font.Size*pdf.Lead + 4, draw: func(y float64) { p.Lines(margin, y+above, lines, font) }}
}

func (p *painter) dayHead(s string, size float64) block {
	font := pdf.Font{Size: size * .86, Bold: true, Colour: p.colour}
	lines := font.Wrap(s, inner)
	height := float64(len(lines)) * font.Size * pdf.Lead
	return block{heads: true, height: height + size*.62, draw: func(y float64) {
		y = p.Lines(margin, y+size*.3, lines, font)
		p.Line(margin, y+2, margin+inner, y+2, 1.6, ink, false)
	}}
}

// dayColumn is how wide the days are that stand beside what is on.
func (p *painter) dayColumn(size float64) float64 {
	if !p.dense {
		return 0
	}
	return pdf.Font{Size: size * .8, Bold: true}.Width("čet 00. 00.") + size*.4
}

// beside puts a day to the left of the first of its sessions.
func (p *painter) beside(day string, size float64, b block) block {
	font := pdf.Font{Size: size * .8, Bold: true, Colour: p.colour}
	return block{height: b.height + 5, draw: func(y float64) {
		p.Line(margin, y+2, margin+inner, y+2, 1.2, line, false)
		p.Text(margin, y+5+size, day, font)
		b.draw(y + 5)
	}}
}

// dayAgain is the day beside the first session of a sheet that goes on with it.
func (p *painter) dayAgain(day string, size float64) *block {
	return &block{draw: func(y float64) { p.Text(margin, y+size, day, pdf.Font{Size: size * .8, Bold: true, Colour: p.colour}) }}
}

// columns are the other dates of an activity in short, two in a row; one that is called off says so in a row of its own.
func (p *painter) columns(size float64) (rows []block) {
	font, off := pdf.Font{Size: size, Bold: true, Colour: ink}, pdf.Font{Size: size * .62, Bold: true, Colour: accent}
	height := size * pdf.Lead
	var left string
	row := func(a, b string) {
		rows = append(rows, block{height: height, draw: func(y float64) {
			p.Text(margin, y+size*.92, a, font)
			p.Text(margin+inner/2, y+size*.92, b, font)
		}})
	}
	for _, l := range p.v.List {
		said := p.v.short(p.r, l)
		switch {
		case l.Cancelled():
			if left != "" {
				row(left, "")
				left = ""
			}
			rows = append(rows, block{height: height, draw: func(y float64) {
				p.Text(margin, y+size*.92, said, font)
				p.Line(margin, y+size*.66, margin+font.Width(said), y+size*.66, size/16, ink, false)
				p.Text(margin+font.Width(said)+size*.42, y+size*.92, p.r.T("front.poster.cancelled"), off)
			}})
		case left == "":
			left = said
		default:
			row(left, said)
			left = ""
		}
	}
	if left != "" {
		row(left, "")
	}
	return rows
}

// session is one of the list: its time beside what it is, and where, on the same line where there is room.
func (p *painter) session(l programme.Listed, size float64) block {
	clock, title, place := p.v.line(p.r, l)
	bold, small := pdf.Font{Size: size, Bold: true, Colour: ink}, pdf.Font{Size: max(size*.62, 15), Colour: soft}
	off := pdf.Font{Size: small.Size, Bold: true, Colour: accent}
	left, indent, air := 0.0, 0.0, size*.34
	if p.dense {
		air = size * .16
	}
	if p.v.Activity != nil { // the day stands for the title
		title, place = p.r.Day(l.Start())+", "+title, ""
	} else {
		left = p.dayColumn(size)
		indent = left + bold.Width("00.00") + size*.5
	}
	lines := bold.Wrap(title, inner-indent)
	if len(lines) > 7 { // a row is never higher than a sheet
		bold, lines = bold.Fit(title, inner-indent, 7*bold.Size*pdf.Lead, 12)
		size = bold.Size
	}
	if place != "" && l.Cancelled() {
		place = ""
	}
	word := ""
	if l.Cancelled() {
		word = p.r.T("front.poster.cancelled")
	}
	end, gap := bold.Width(lines[len(lines)-1]), size*.42
	beside := indent+end+gap+max(small.Width(place), off.Width(word)) <= inner
	under := small.Wrap(place+word, inner-indent)
	if len(under) > 3 {
		small, under = small.Fit(place+word, inner-indent, 3*small.Size*pdf.Lead, 8)
	}
	height := float64(len(lines)) * size * pdf.Lead
	if !beside {
		height += float64(len(under)) * small.Size * pdf.Lead
	}
	return block{height: height + air, draw: func(y float64) {
		y += air / 2
		base := y + size*.92
		p.Text(margin+left, base, clock, bold)
		bottom := p.Lines(margin+indent, y, lines, bold)
		if l.Cancelled() {
			for i, one := range lines {
				at := base + float64(i)*size*pdf.Lead - size*.26
				p.Line(margin+indent, at, margin+indent+bold.Width(one), at, size/16, ink, false)
			}
			small = off
		}
		if beside {
			p.Text(margin+indent+end+gap, bottom-size*(pdf.Lead-.92), place+word, small)
		} else {
			p.Lines(margin+indent, bottom, under, small)
		}
	}}
}

// tops are where the list begins on the first sheet and on the others.
func (p *painter) tops() (first, other float64) {
	blank := painter{Doc: pdf.New(pdf.A4, "", "", p.v.From), r: p.r, v: p.v, colour: p.colour, strips: p.strips, dense: p.dense, dates: p.dates}
	blank.Page()
	first, _ = blank.top(true)
	other, _ = blank.top(false)
	return first, other
}

// top draws what stands above the list and returns where that begins.
func (p *painter) top(first bool) (float64, error) {
	heading := pdf.Font{Size: 60, Bold: true, Colour: white}
	room, over := 72.0, 34.0
	if !first || p.v.Activity != nil {
		heading.Size, room = 34, 42
	} else if p.dense {
		heading.Size, room = 44, 52
	}
	name := p.v.Centre.Name
	if !first && p.v.Activity != nil {
		name = p.v.heading(p.r)
	}
	wide := inner
	heading, lines := heading.Fit(name, wide, room, 18)
	text := float64(len(lines)) * heading.Size * pdf.Lead
	y := over + 8 + text + 12
	p.Rect(0, 0, pdf.Width, y+pdf.RoofsHeight, p.colour)
	p.Text(margin, over, p.v.Network, pdf.Font{Size: 13, Bold: true, Colour: white})
	p.Lines(margin, over+8, lines, heading)
	if err := p.Roofs(y, white); err != nil {
		return 0, err
	}
	if p.v.Sample {
		tag := pdf.Font{Size: 13, Bold: true, Colour: ink}
		w := tag.Width(p.r.T("front.poster.sample")) + 16
		p.Rect(pdf.Width-margin-w, over-15, w, 21, sun)
		p.Text(pdf.Width-margin-w+8, over, p.r.T("front.poster.sample"), tag)
	}
	y += pdf.RoofsHeight + 12
	switch {
	case p.v.Activity != nil && first:
		return p.activity(y), nil
	case p.v.Activity != nil:
		return y, nil
	}
	when := pdf.Font{Size: 44, Bold: true, Colour: accent}
	if !first || p.dense {
		when.Size = 28
	}
	when, lines = when.Fit(glued(p.v.when(p.r)), inner, 2.4*when.Size, 20)
	return p.Lines(margin, y, lines, when) + 4, nil
}

// activity draws when, what and where in type to be read from afar, and as many whole sentences about it as leave room
// for the dates.
func (p *painter) activity(y float64) float64 {
	bottom := pdf.Height - p.strips - footHeight
	if p.v.Next != nil {
		size := 54.0
		switch {
		case p.dense:
			size = farSize
		case p.v.Tear:
			size = 46
		}
		when, lines := pdf.Font{Size: size, Bold: true, Colour: accent}.Fit(glued(p.v.when(p.r)), inner, 132, farSize)
		y = p.Lines(margin, y, lines, when) + 6
	}
	where := []string{p.v.Centre.Name, p.v.Centre.Address}
	if p.v.Next != nil {
		where = p.v.where(p.r, *p.v.Next)
	}
	about := pdf.Font{Size: 19, Colour: soft}
	dates := min(float64(len(p.v.List)), 4) * listLeast * 1.5
	room := max(bottom-y-96-dates-60, 104)
	if p.dense { // what it is like is worth more than a title still larger
		dates = p.dates
		said := float64(len(about.Wrap(strings.Join(p.v.about(p.r), " "), inner))) * about.Size * pdf.Lead
		room = max(bottom-y-float64(len(where))*28*pdf.Lead-dates-said-62, farSize*pdf.Lead)
	}
	title, lines := pdf.Font{Size: 96, Bold: true, Colour: ink}.Fit(p.v.heading(p.r), inner, room, farSize)
	y = p.Lines(margin, y, lines, title) + 8
	for i, s := range where {
		font, lines := pdf.Font{Size: 28, Bold: i == 0, Colour: ink}.Fit(s, inner, 68, 22)
		y = p.Lines(margin, y, lines, font)
	}
	if p.v.Next == nil {
		font, lines := pdf.Font{Size: 28, Colour: ink}.Fit(p.r.T("front.poster.no_date"), inner, 110, 20)
		y = p.Lines(margin, y+10, lines, font)
	}
	var said []string
	for _, s := range p.v.about(p.r) {
		more := about.Wrap(strings.Join(append(said, s), " "), inner)
		if y+12+float64(len(more))*about.Size*pdf.Lead > bottom-dates-30 {
			break
		}
		said = append(said, s)
	}
	if len(said) > 0 {
		y = p.Lines(margin, y+12, about.Wrap(strings.Join(said, " "), inner), about)
	}
	return y + 10
}

// glued keeps a day's number with its month, and a dash with what is before it, on one line.
func glued(s string) string {
	return strings.ReplaceAll(dayNumber.ReplaceAllString(s, "$1\u00a0"), " –", "\u00a0–")
}

var dayNumber = regexp.MustCompile(`(\d\.?) `)

// sentences cuts a text after its full stops, question and exclamation marks, and where its author began a line. A full
// stop after a number ends no sentence: "26. studenoga".
func sentences(s string) (list []string) {
	for paragraph := range strings.SplitSeq(s, "\n") {
		begin := 0
		letters := []rune(strings.TrimSpace(paragraph))
		for i, r := range letters {
			if !strings.ContainsRune(".!?", r) || i+1 < len(letters) && letters[i+1] != ' ' || r == '.' && i > 0 && letters[i-1] >= '0' && letters[i-1] <= '9' && i+1 < len(letters) {
				continue
			}
			list, begin = append(list, strings.TrimSpace(string(letters[begin:i+1]))), i+1
		}
		if rest := strings.TrimSpace(string(letters[min(begin, len(letters)):])); rest != "" {
			list = append(list, rest)
		}
	}
	return list
}

// foot draws where and whom to ask, the code, the number of the sheet, and the strips.
func (p *painter) foot(y float64, n, of int) error {
	c := p.v.Centre
	const side = 112.0
	p.Line(margin, y+8, margin+inner, y+8, 1.2, line, false)
	x, wide := margin, inner-side-20
	at := y + 16
	if c.Phone != "" {
		font, lines := pdf.Font{Size: 32, Bold: true, Colour: ink}.Fit(c.Phone, wide, 38, 20)
		at = p.Lines(x, at, lines, font)
		if who := p.r.Pick(c.PhoneWho); who != "" {
			font, lines = pdf.Font{Size: 14, Colour: soft}.Fit(who, wide, 34, 11)
			at = p.Lines(x, at, lines, font)
		}
	}
	if c.Address != "" {
		font, lines := pdf.Font{Size: 20, Bold: true, Colour: p.colour}.Fit(c.Address, wide, 23, 15)
		at = p.Lines(x, at+2, lines, font)
	}
	font, lines := pdf.Font{Size: 14, Colour: ink}.Fit(p.v.Address(), wide, 18, 10)
	p.Lines(x, at+2, lines, font)

	unit := side / float64(p.v.Code.Side)
	if err := p.Path(p.v.Code.Path, pdf.Width-margin-side+pdf.Quiet*unit, y+18-pdf.Quiet*unit, unit, ink); err != nil {
		return err
	}
	if of > 1 {
		number := pdf.Font{Size: 14, Bold: true, Colour: soft}
		s := fmt.Sprintf("%d / %d", n, of)
		p.Text(margin+inner-number.Width(s), y+8-4, s, number)
	}
	if p.strips > 0 {
		p.tear()
	}
	if p.Gaps() {
		note, lines := pdf.Font{Size: 12, Bold: true, Colour: ink}.Fit(p.r.T("front.poster.gap", "gap", pdf.Gap, "address", p.v.Address()), inner-60, 14, 7)
		p.Lines(margin, y-9, lines, note)
	}
	return nil
}

// stripes are as many strips as there are to tear off.
const stripes = 8

// tear draws the strips: what, when, whom to call and where, on each.
func (p *painter) tear() {
	top, w := pdf.Height-p.strips, pdf.Width/stripes
	p.Line(0, top, pdf.Width, top, .8, soft, true)
	when := p.v.Address()
	if p.v.Next != nil {
		when = p.r.DayShort(p.v.Next.Start()) + " " + p.r.Span(p.v.Next.Start(), p.v.Next.End())
	}
	sample := ""
	if p.v.Sample {
		sample = p.r.T("front.poster.sample")
	}
	for i := range stripes {
		x := float64(i) * w
		if i > 0 {
			p.Line(x, top, x, pdf.Height, .8, soft, true)
		}
		type part struct {
			s      string
			font   pdf.Font
			height float64
		}
		p.Turned(x, pdf.Height, func() {
			wide := p.strips - 34
			var fitted []func(y float64)
			total := 0.0
			for _, part := range []part{
				{p.v.heading(p.r), pdf.Font{Size: 13, Bold: true, Colour: ink}, 30},
				{when, pdf.Font{Size: 10, Colour: ink}, 12},
				{p.v.Centre.Phone, pdf.Font{Size: 12, Bold: true, Colour: p.colour}, 14},
				{p.v.Centre.Address, pdf.Font{Size: 9, Colour: ink}, 11},
				{sample, pdf.Font{Size: 6, Colour: soft}, 7},
			} {
				font, lines := part.font.Fit(part.s, wide, part.height, 7)
				at := total
				fitted = append(fitted, func(y float64) { p.Lines(22, y+at, lines, font) })
				total += float64(len(lines)) * font.Size * pdf.Lead
			}
			for _, draw := range fitted {
				draw((w - total) / 2)
			}
		})
	}
}
