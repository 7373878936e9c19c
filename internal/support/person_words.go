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

// carriedFields are what the person's forms ask: nothing else is carried behind the page that asks for the code.
var carriedFields = []string{"form_key", "sure", "text", "topic", "name", "namesafe", "pronouns", "ways", "times", "email", "phone", "nottell"}

// carried are the fields, pairs of name and value, of the form that waits behind the page that asks for the code.
func carried(f *web.Form) (list [][2]string) {
	for _, name := range carriedFields {
		if all := f.All(name); len(all) > 0 {
			list = append(list, [2]string{name, all[0]})
		}
	}
	for _, id := range struckOut(f) {
		list = append(list, [2]string{"strike", id})
	}
	return list
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
