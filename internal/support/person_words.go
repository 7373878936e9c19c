package support

import (
	"strings"

	"kvart/internal/platform/i18n"
	"kvart/internal/platform/web"
)

// groups are the digits of a code as they are read out.
func groups(printed string) []string { return strings.Fields(printed) }

// shownAddress is where the code is typed, as people write an address: it says nothing of what for.
func shownAddress(r *web.Request) string {
	_, rest, _ := strings.Cut(r.Base(), "://")
	return rest + "/" + contactPath
}

// carries says whether a form waits behind the page that asks for the code.
func carries(f *web.Form) bool {
	for name := range f.Values {
		if name != "code" {
			return true
		}
	}
	return false
}

func fileFault(f *web.Form) bool { _, bad := f.Fault("file"); return bad }

// topicOptions are the network's topics in the reader's language; the first is none.
func topicOptions(r *web.Request, v Settings) []web.Option {
	list := []web.Option{{Label: r.T("support.person.more.topic.none")}}
	for _, t := range v.Topics {
		list = append(list, web.Option{Value: t.Code, Label: r.Pick(t.Name)})
	}
	return list
}

// size is a file's size in the reader's notation.
func size(r *web.Request, bytes int) string {
	if bytes < 1<<20 {
		return r.T("support.person.size.kb", "n", max(1, bytes>>10))
	}
	tenths := bytes * 10 >> 20
	mark := ","
	if r.Lang() == i18n.EN {
		mark = "."
	}
	return r.T("support.person.size.mb", "n", number(tenths/10)+mark+number(tenths%10))
}
