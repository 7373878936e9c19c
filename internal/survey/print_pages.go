package survey

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"kvart/internal/platform/pdf"
	"kvart/internal/platform/web"
	"kvart/internal/xlsform"
)

// printed is the form for paper, in large type: whoever answers fills it in, or whoever asks on the telephone reads it out and
// ticks. It is there from when the survey was opened, also before its first day.
func (p *Pages) printed(w http.ResponseWriter, r *web.Request) error {
	s, err := p.onPaper(r)
	if err != nil {
		return err
	}
	return r.HTML(w, http.StatusOK, printPage(r, s))
}

func (p *Pages) onPaper(r *web.Request) (sitting, error) {
	v, _, err := p.public(r)
	if err != nil {
		return sitting{}, err
	}
	way := Paper
	if r.URL.Query().Get("for") == Phone { // the same sheet for whoever asks on the telephone
		way = Phone
	}
	return p.begin(r, v, web.NewForm(), v.Current, way)
}

func (p *Pages) printedPDF(w http.ResponseWriter, r *web.Request) error {
	s, err := p.onPaper(r)
	if err != nil {
		return err
	}
	n, err := p.Network.Network(r.Context(), p.DB)
	if err != nil {
		return err
	}
	p.printing.Lock() // one at a time, so that many who ask at once do not take everybody's memory
	defer p.printing.Unlock()
	body, err := s.draw(r, bool(n.Demo))
	if err != nil {
		return err
	}
	return pdf.Send(w, r, "kvart", body)
}

// when says on paper of whom a question is asked, where it is not asked of everybody.
func (s sitting) when(r *web.Request, q *xlsform.Question) string {
	if len(s.Asked.Decides(q)) == 0 {
		return ""
	}
	if of, c, ok := s.Asked.When(q); ok {
		return r.T("survey.print.when", "n", s.Numbers[of.Name], "answer", s.label(r, c.Label))
	}
	return r.T("survey.print.if_any")
}

// label is a text of the form in the reader's language, or in one that it has.
func (s sitting) label(r *web.Request, l xlsform.Label) string {
	return l.In(string(r.Lang()), s.Asked.Languages...)
}

// numbered is a question with its number.
func (s sitting) numbered(r *web.Request, q *xlsform.Question) string {
	if !q.Asks() {
		return s.label(r, q.Label)
	}
	return strconv.Itoa(s.Numbers[q.Name]) + ". " + s.label(r, q.Label)
}

// Type of the printed form, in points: 16 and more is large print.
const (
	paperTitle = 26.0
	paperText  = 16.0
	paperSmall = 14.0
	paperEdge  = 48.0
	paperWide  = pdf.Width - 2*paperEdge
	paperFoot  = pdf.Height - 50
)

// draw makes the form as a PDF: the page says the same. A question and its answers stay together where a sheet has room for them.
func (s sitting) draw(r *web.Request, sample bool) ([]byte, error) {
	ink := pdf.Hex("#000000")
	text, bold, small := pdf.Font{Size: paperText, Colour: ink}, pdf.Font{Size: paperText, Bold: true, Colour: ink}, pdf.Font{Size: paperSmall, Colour: ink}
	day := time.Date(s.Today.Year(), s.Today.Month(), s.Today.Day(), 0, 0, 0, 0, time.UTC)
	d := pdf.New(pdf.A4, string(r.Lang()), r.Pick(s.Title), day)
	y, page := 0.0, 0
	foot := func() {
		if page > 0 {
			d.Text(paperEdge+paperWide-16, paperFoot+24, strconv.Itoa(page), small)
		}
	}
	begin := func() {
		foot()
		d.Page()
		page++
		y = paperEdge
	}
	put := func(x float64, line string, font pdf.Font) {
		if y+font.Size*pdf.Lead > paperFoot {
			begin()
		}
		y = d.Lines(x, y, []string{line}, font)
	}
	write := func(x float64, words string, font pdf.Font) {
		for _, line := range font.Wrap(words, paperEdge+paperWide-x) {
			put(x, line, font)
		}
	}
	begin()
	write(paperEdge, r.Pick(s.Title), pdf.Font{Size: paperTitle, Bold: true, Colour: ink})
	if sample {
		write(paperEdge, r.T("survey.print.sample"), bold)
	}
	for _, words := range s.opening(r) {
		y += 6
		write(paperEdge, words, text)
	}
	for i := range s.Asked.Questions {
		q := &s.Asked.Questions[i]
		room := 18 + float64(len(bold.Wrap(s.numbered(r, q), paperWide)))*paperText*pdf.Lead
		for _, c := range q.Choices {
			room += 6 + float64(len(text.Wrap(s.label(r, c.Label), paperWide-34)))*paperText*pdf.Lead
		}
		if room += 60; y+room > paperFoot && room < paperFoot-paperEdge {
			begin()
		}
		y += 18
		write(paperEdge, s.numbered(r, q), bold)
		for _, words := range s.under(r, q) {
			write(paperEdge, words, small)
		}
		for _, c := range q.Choices {
			if y += 6; y+paperText*pdf.Lead > paperFoot {
				begin()
			}
			d.Frame(paperEdge+4, y+1, 15, 15, 1.4, ink)
			write(paperEdge+34, s.label(r, c.Label), text)
		}
		lines := 1
		if q.Kind == xlsform.Text {
			lines = 4
		}
		for range lines {
			if q.Asks() && !q.Chosen() {
				if y += 30; y > paperFoot {
					begin()
					y += 30
				}
				d.Line(paperEdge, y, paperEdge+paperWide, y, 1, ink, false)
			}
		}
	}
	y += 24
	write(paperEdge, s.bring(r), text)
	write(paperEdge, s.marked(r), small)
	foot()
	return d.Bytes()
}

// under are the sentences under a question on paper.
func (s sitting) under(r *web.Request, q *xlsform.Question) []string {
	list := []string{s.when(r, q), s.label(r, q.Hint), s.how(r, q)}
	if q.Sensitive {
		list = append(list, r.T("survey.answer.marked"))
	}
	return slices.DeleteFunc(list, func(x string) bool { return x == "" })
}

// marked says on the sheet which version of the questions it is, for whoever types it in.
func (s sitting) marked(r *web.Request) string { return r.T("survey.print.version", "n", s.Number) }

// how says how to answer on paper.
func (s sitting) how(r *web.Request, q *xlsform.Question) string {
	switch q.Kind {
	case xlsform.One:
		return r.T("survey.print.one")
	case xlsform.Several:
		return r.T("survey.print.several")
	}
	return ""
}

// opening are the sentences before the questions, on paper, on the screen and on the telephone alike.
func (s sitting) opening(r *web.Request) []string {
	var list []string
	if intro := r.Pick(s.Intro); intro != "" {
		list = append(list, strings.Split(intro, "\n\n")...)
	}
	closes, _ := time.Parse(time.DateOnly, s.ClosesOn)
	goes, _ := time.Parse(time.DateOnly, s.DeleteOn)
	return append(list, r.Pick(s.Purpose), r.T("survey.anonymous", "goes", r.Date(goes)), r.T("survey.until", "closes", r.Date(closes)))
}

// bring says where a filled-in sheet goes.
func (s sitting) bring(r *web.Request) string {
	if s.Centre == nil {
		return r.T("survey.print.bring.any")
	}
	if s.Centre.Phone == "" {
		return r.T("survey.print.bring", "centre", s.Centre.Name, "address", s.Centre.Address)
	}
	return r.T("survey.print.bring.phone", "centre", s.Centre.Name, "address", s.Centre.Address, "phone", s.Centre.Phone)
}
