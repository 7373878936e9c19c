package programme

import (
	"net/url"
	"slices"
	"strings"

	"kvart/internal/platform/i18n"
	"kvart/internal/platform/web"
)

// Two who edit one activity at once: who saves second sees what the first has changed, field by field, and chooses. The
// form carries what its fields were when it was opened, so that what the second changed is known from what the first did,
// and nobody's work is undone by a field that was only sent along.

// activityFields are the fields of the form of an activity, in its order.
var activityFields = func() (names []string) {
	texts := func(name string) {
		for _, l := range i18n.All {
			names = append(names, name+"-"+string(l))
		}
	}
	texts("title")
	names = append(names, "groups", "kind", "capacity", "place_kind")
	texts("place")
	texts("about")
	texts("bring")
	return append(names, "online_url", "register_for", "opens_days", "opens_clock", "desk_share", "desk_share_days", "adults_only", "guardian", "discreet", "organisation", "state")
}()

// differing is a field that is not what it was when the form was opened.
type differing struct {
	Name               string
	Was, Theirs, Mine  []string
	ByThem, ByMe, Both bool // Both: to different values, so that somebody has to choose
}

// merged compares what a form was, what it is now and what was typed. It returns what holds without a choice, and all that
// differs. A field that both made the same differs for nobody.
func merged(was, theirs, mine url.Values) (url.Values, []differing) {
	values := url.Values{}
	var list []differing
	for _, name := range activityFields {
		d := differing{Name: name, Was: said(was[name]), Theirs: said(theirs[name]), Mine: said(mine[name])}
		d.ByThem, d.ByMe = !slices.Equal(d.Theirs, d.Was), !slices.Equal(d.Mine, d.Was)
		d.Both = d.ByThem && d.ByMe && !slices.Equal(d.Theirs, d.Mine)
		values[name] = d.Mine
		if d.ByThem && !d.ByMe {
			values[name] = d.Theirs
		}
		if (d.ByThem || d.ByMe) && (d.Both || !slices.Equal(d.Theirs, d.Mine)) {
			list = append(list, d)
		}
	}
	return values, list
}

// said are the values that say something, in order: a box that is not ticked and an empty line are the same.
func said(values []string) []string {
	var list []string
	for _, v := range values {
		if v = strings.TrimSpace(strings.ReplaceAll(v, "\r\n", "\n")); v != "" {
			list = append(list, v)
		}
	}
	slices.Sort(list)
	return list
}

// wasOf is how a form carries what its fields were.
func wasOf(a Activity) string {
	f := web.NewForm()
	fillActivity(f, a)
	return f.Values.Encode()
}

// merging is the page on which the second editor chooses.
type merging struct {
	own      own
	Activity Activity // as it is now
	Form     *web.Form
	Values   url.Values // what holds without a choice
	List     []differing
	Was      string // as it was when the form was opened
}

func (p *Pages) merging(r *web.Request, a Activity, f *web.Form) (merging, error) {
	o, err := p.own(r.Context(), r)
	if err != nil {
		return merging{}, err
	}
	was, err := url.ParseQuery(f.Get("was"))
	if err != nil { // then all that differs is a choice
		was = url.Values{}
	}
	theirs := web.NewForm()
	fillActivity(theirs, a)
	v := merging{own: o, Activity: a, Form: f, Was: f.Get("was")}
	v.Values, v.List = merged(was, theirs.Values, f.Values)
	return v, nil
}

// choose takes the choices of the merge page into the form. It returns false where one is missing; then the form is as it
// was typed, and carries what it was when it was first opened.
func choose(f *web.Form) bool {
	chosen := true
	for _, name := range f.All("both") {
		if !slices.Contains(activityFields, name) {
			continue
		}
		f.Values[name] = f.All("mine-" + name)
		switch f.Get("pick-" + name) {
		case "mine":
		case "theirs":
			f.Values[name] = f.All("theirs-" + name)
		default:
			chosen = false
		}
	}
	if !chosen {
		for _, name := range f.All("both") {
			f.Values[name] = f.All("mine-" + name)
		}
		f.Values.Set("was", f.Get("was-first"))
	}
	return chosen
}

// said in words.

func (v merging) label(r *web.Request, name string) string {
	base, lang, _ := strings.Cut(name, "-")
	key := "programme.form." + base
	if base == "groups" || lang == "" {
		return r.T(key)
	}
	return r.T(key) + " (" + lang + ")"
}

func (v merging) value(r *web.Request, name string, values []string) string {
	if len(values) == 0 {
		switch name {
		case "adults_only", "guardian", "discreet":
			return r.T("series.merge.no")
		case "organisation":
			return r.T("programme.form.organisation.own")
		}
		return r.T("series.merge.empty")
	}
	switch name {
	case "kind", "place_kind", "register_for", "state":
		return r.T("programme.form." + name + "." + values[0])
	case "adults_only", "guardian", "discreet":
		return r.T("series.merge.yes")
	case "organisation":
		for _, o := range v.own.Organisations {
			if o.ID == values[0] {
				return o.Name
			}
		}
	case "groups":
		var names []string
		for _, g := range v.own.Groups {
			if slices.Contains(values, g.Code) {
				names = append(names, r.Pick(g.Name))
			}
		}
		return strings.Join(names, ", ")
	}
	return strings.Join(values, ", ")
}
