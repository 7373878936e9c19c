package programme

import (
	"context"
	"io"
	"strconv"

	"github.com/a-h/templ"

	"kvart/internal/network"
	"kvart/internal/platform/web"
)

// Row is a session in a list; without a centre where all are of the same one. A week has hundreds of rows, and they are
// most of what the programme page costs: this one component is written by hand, as templ builds every text twice.
func Row(r *web.Request, s *Listed, c *network.Centre, groups []string) templ.Component {
	return templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		p := pen{w: w}
		p.raw(`<li class="session`)
		if s.Cancelled() {
			p.raw(` off`)
		}
		p.raw(`"><div class="time">`)
		p.text(r.Clock(s.Start()))
		p.raw(`<small>`)
		p.text(r.T("programme.until", "clock", r.Clock(s.End())))
		p.raw(`</small></div><div><h3><a href="`)
		p.text(r.Path("sessions/" + s.ID))
		title, lang := s.Title.In(r.Lang())
		if lang != r.Lang() {
			p.raw(`" lang="`)
			p.text(string(lang))
		}
		p.raw(`">`)
		p.text(title)
		p.raw(`</a></h3><p class="where">`)
		if c != nil {
			p.raw(`<span class="dot" data-colour="`)
			p.raw(strconv.Itoa(c.Colour))
			p.raw(`"></span> `)
			p.text(c.Name)
			p.raw(` · `)
		}
		p.text(s.Where(r.Printer))
		for _, g := range groups {
			p.raw(` <span class="tag">`)
			p.text(g)
			p.raw(`</span>`)
		}
		class, places := placesLeft(r, s)
		p.raw(`</p></div><span class="places `)
		p.raw(class)
		p.raw(`">`)
		p.text(places)
		p.raw(`</span></li>`)
		return p.err
	})
}

// pen writes HTML and keeps the first error.
type pen struct {
	w   io.Writer
	err error
}

func (p *pen) raw(s string) {
	if p.err == nil {
		_, p.err = io.WriteString(p.w, s)
	}
}

func (p *pen) text(s string) { p.raw(templ.EscapeString(s)) }

// placesLeft says in words whether there is room, and by which class it is shown.
func placesLeft(r *web.Request, s *Listed) (class, words string) {
	free, limited := s.Free(Web, r.Now)
	switch {
	case s.Cancelled():
		return "full", r.T("programme.places.cancelled")
	case s.Kind == Open:
		return "open", r.T("programme.places.open")
	case !limited:
		return "free", r.T("programme.places.unlimited")
	case free == 0 || s.Waiting > 0:
		return "full", r.T("programme.places.waiting")
	case free <= 3:
		return "few", r.N("programme.places.free", free)
	}
	return "free", r.N("programme.places.free", free)
}
