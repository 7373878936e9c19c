package programme

import (
	"strings"
	"time"

	"github.com/a-h/templ"

	"kvart/internal/platform/i18n"
	"kvart/internal/platform/web"
)

// paragraphs splits a text where its author left a line empty.
func paragraphs(s string) []string {
	var list []string
	for part := range strings.SplitSeq(s, "\n\n") {
		if part = strings.TrimSpace(part); part != "" {
			list = append(list, part)
		}
	}
	return list
}

// toggled is the address of the page with the choice made, or taken back when it is made already.
func toggled(r *web.Request, name, value string, on bool) string {
	if on {
		value = ""
	}
	return r.With(name, value)
}

// earlier is the address of the week before, back to the present one without a date.
func earlier(r *web.Request, v week) string {
	before := v.From.AddDate(0, 0, -7).Format(time.DateOnly)
	if v.From.Format(time.DateOnly) <= v.Today {
		return ""
	}
	if before <= v.Today {
		before = ""
	}
	return r.With("from", before)
}

// mineHeading says in one line how it stands.
func mineHeading(r *web.Request, list []mineRow) string {
	for _, v := range list {
		if v.Registration.State == Offered {
			return r.T("programme.mine.offered")
		}
	}
	for _, v := range list {
		switch v.Registration.State {
		case Confirmed:
			return r.T("programme.mine.confirmed")
		case Waiting:
			return r.T("programme.mine.waiting")
		case Requested:
			return r.T("programme.mine.requested")
		}
	}
	return r.T("programme.mine.cancelled")
}

// spoken names the language of a text that the page shows in another language than its own, so that it is read aloud as
// it is written.
func spoken(r *web.Request, t i18n.Text) templ.Attributes {
	if _, l := t.In(r.Lang()); l != r.Lang() {
		return templ.Attributes{"lang": string(l)}
	}
	return nil
}
