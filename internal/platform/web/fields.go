package web

import (
	"github.com/a-h/templ"

	"kvart/internal/platform/i18n"
)

func (in Input) kind() string {
	if in.Type == "" {
		return "text"
	}
	return in.Type
}

// Languages are the languages to choose from, each in its own name.
func Languages() []Option {
	return []Option{{Value: string(i18n.HR), Label: "hrvatski"}, {Value: string(i18n.EN), Label: "English"}, {Value: string(i18n.NB), Label: "norsk"}}
}

func (in Input) in(l i18n.Lang, r *Request) Input {
	in.Name += "-" + string(l)
	if l != i18n.HR {
		in.Label += " (" + r.server.Texts.For(l).T("platform.language") + ")"
		in.Hint, in.Required = "", false
	}
	return in
}

// bad says whether the field has a fault.
func (f *Form) bad(name string) bool {
	_, bad := f.Fault(name)
	return bad
}

// described are the attributes that tie a field to its hint and its fault.
func described(f *Form, in Input) templ.Attributes {
	a := templ.Attributes{}
	by := ""
	if in.Hint != "" {
		by = "h-" + in.Name
	}
	if _, bad := f.Fault(in.Name); bad {
		a["aria-invalid"] = "true"
		by += " e-" + in.Name
	}
	if by != "" {
		a["aria-describedby"] = by
	}
	if in.Required {
		a["required"] = true
	}
	for name, v := range map[string]string{"autocomplete": in.Auto, "min": in.Min, "max": in.Max, "pattern": in.Pattern, "accept": in.Accept, "list": in.List} {
		if v != "" {
			a[name] = v
		}
	}
	return a
}

// groupDescribed ties a group of choices to its hint and its fault.
func groupDescribed(f *Form, in Input) templ.Attributes {
	a := templ.Attributes{}
	if by, ok := described(f, in)["aria-describedby"]; ok {
		a["aria-describedby"] = by
	}
	return a
}

func valued(f *Form, in Input) templ.Attributes {
	if in.Type == "password" || in.Type == "file" {
		return nil
	}
	return templ.Attributes{"value": f.Get(in.Name)}
}

// Texts reads the three fields of a text in several languages; a fault is noted when none has the first language's.
func (f *Form) Texts(name string) i18n.Text {
	t := i18n.Text{}
	for _, l := range i18n.All {
		if v := f.Get(name + "-" + string(l)); v != "" {
			t[l] = v
		}
	}
	return t
}

// SetTexts fills in the three fields of a text.
func (f *Form) SetTexts(name string, t i18n.Text) {
	for l, v := range t {
		f.Values.Set(name+"-"+string(l), v)
	}
}

// formKey is the key of the form as it came back, or a fresh one.
func (r *Request) formKey(f *Form) string {
	if k := f.Get("form_key"); k != "" {
		return k
	}
	if r.shared {
		panic("web: a form key on a page that is kept for others too")
	}
	return r.nonce
}
