package front

import (
	"cmp"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"kvart/internal/platform/fault"
	"kvart/internal/platform/i18n"
	"kvart/internal/platform/mail"
	"kvart/internal/platform/sms"
	"kvart/internal/platform/web"
)

// Stop is one stop of the tour: a page of the demo, opened as somebody who works there. Its words are the messages
// front.demo.stop.N, where N is its number from 1.
type Stop struct {
	Account string // id of who opens it; empty: a visitor
	Scope   string // id of where they act
	Address string // of the desk, such as "/desk/sessions/…", or of a public page without its language
	Then    string // a second address that belongs to the stop; empty: none
}

// stops are the tour's, or NotFound outside the demo.
func (p *Pages) stops(r *web.Request) ([]Stop, error) {
	if p.Stops == nil {
		return nil, fault.NotFound("fault.not_found")
	}
	site, err := p.Server.Site(r.Context())
	if err != nil {
		return nil, err
	}
	if !site.Demo {
		return nil, fault.NotFound("fault.not_found")
	}
	return p.Stops(r.Context())
}

func (p *Pages) demo(w http.ResponseWriter, r *web.Request) error {
	list, err := p.stops(r)
	if err != nil {
		return err
	}
	return r.HTML(w, http.StatusOK, demoPage(r, list))
}

// stop signs in as who the stop is about and leads to its page. Whoever was signed in before is signed out.
func (p *Pages) stop(w http.ResponseWriter, r *web.Request) error {
	list, err := p.stops(r)
	if err != nil {
		return err
	}
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	n, err := strconv.Atoi(r.PathValue("n"))
	if err != nil || n < 1 || n > len(list) {
		return fault.NotFound("fault.not_found")
	}
	lang, ok := i18n.Parse(f.Get("lang"))
	if !ok {
		lang = r.Lang()
	}
	s := list[n-1]
	if s.Account == "" {
		if r.Viewer.In() {
			if err := p.Server.End(r); err != nil {
				return err
			}
		}
		return r.See(w, addressIn(lang, s.Address))
	}
	if err := p.Server.Begin(r, s.Account); err != nil {
		return err
	}
	p.Server.Sessions.Put(r.Context(), "lang", string(lang))
	p.Server.Sessions.Put(r.Context(), "acting", s.Scope)
	return r.See(w, addressIn(lang, s.Address))
}

// letters are the mails that wait in the demo, whole: elsewhere only the operator reads them.
func (p *Pages) letters(w http.ResponseWriter, r *web.Request) error {
	if _, err := p.stops(r); err != nil {
		return err
	}
	list, err := p.Mail.List(r.Context())
	if err != nil {
		return err
	}
	slices.SortStableFunc(list, func(a, b mail.Mail) int { return cmp.Compare(b.NotBefore, a.NotBefore) })
	list = list[:min(len(list), 30)]
	for i, m := range list {
		if list[i], err = p.Mail.Show(r.Context(), m.ID); err != nil {
			return err
		}
	}
	texts, err := p.SMS.List(r.Context())
	if err != nil {
		return err
	}
	slices.SortStableFunc(texts, func(a, b sms.Text) int { return cmp.Compare(b.NotBefore, a.NotBefore) })
	return r.HTML(w, http.StatusOK, lettersPage(r, list, texts[:min(len(texts), 30)]))
}

// pieces splits a text at its web addresses: every second piece is one, and is shown as a link.
func pieces(text string) []string {
	var list []string
	begin := 0
	for _, at := range webAddress.FindAllStringIndex(text, -1) {
		list = append(list, text[begin:at[0]], text[at[0]:at[1]])
		begin = at[1]
	}
	return append(list, text[begin:])
}

var webAddress = regexp.MustCompile(`https?://\S+`)

// addressIn is a stop's address in a language; the desk's addresses have none.
func addressIn(l i18n.Lang, address string) string {
	if strings.HasPrefix(address, "/") {
		return address
	}
	return "/" + string(l) + "/" + address
}
