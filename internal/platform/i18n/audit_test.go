package i18n_test

import (
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"kvart/internal/platform/i18n"
)

func three(hr, en, nb string) fstest.MapFS {
	return fstest.MapFS{"hr/x.yaml": {Data: []byte(hr)}, "en/x.yaml": {Data: []byte(en)}, "nb/x.yaml": {Data: []byte(nb)}}
}

func TestLoad_refusesWhatItCannotSay(t *testing.T) {
	same := func(s string) fstest.MapFS { return three(s, s, s) }
	twoFiles := same(`"a.b": x`)
	twoFiles["en/y.yaml"] = &fstest.MapFile{Data: []byte(`"a.b": y`)}
	for name, files := range map[string]fstest.MapFS{
		"key twice in one file":        same("\"a.b\": x\n\"a.b\": y"),
		"key twice in two files":       twoFiles,
		"number for a text":            same(`"a.b": 7`),
		"list for a text":              same(`"a.b": [x]`),
		"form is no text":              same("\"a.b\":\n  one: 1\n  few: 2\n  other: 3"),
		"no yaml":                      same(`"a.b": "x`),
		"english lacks one":            three("\"a.b\":\n  one: x\n  few: x\n  other: x", "\"a.b\":\n  other: x", "\"a.b\":\n  one: x\n  other: x"),
		"only english has the key":     three(`"a.b": x`, "\"a.b\": x\n\"c.d\": x", `"a.b": x`),
		"placeholder lost in a plural": three("\"a.b\":\n  one: \"{who}\"\n  few: \"{who}\"\n  other: \"{who}\"", "\"a.b\":\n  one: x\n  other: x", "\"a.b\":\n  one: \"{who}\"\n  other: \"{who}\""),
		"language without files":       {"hr/x.yaml": {Data: []byte(`"a.b": x`)}},
	} {
		if _, err := i18n.Load(files); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}

func TestLoad_countMayBeSaidInWords(t *testing.T) {
	b, err := i18n.Load(three("\"a.b\":\n  one: \"jedno\"\n  few: \"{n} mjesta\"\n  other: \"{n} mjesta\"",
		"\"a.b\":\n  one: \"one place\"\n  other: \"{n} places\"", "\"a.b\":\n  one: \"én plass\"\n  other: \"{n} plasser\""))
	if err != nil {
		t.Fatal(err)
	}
	if got := b.For(i18n.HR).N("a.b", 1) + ", " + b.For(i18n.HR).N("a.b", 3); got != "jedno, 3 mjesta" {
		t.Error(got)
	}
}

func TestFindUses_tellsMissingAndUnusedKeys(t *testing.T) {
	files := three(`
"page.title": x
"page.state.open": x
"page.state.shut": x
"page.listed": x
"page.forgotten": x`, `
"page.title": x
"page.state.open": x
"page.state.shut": x
"page.listed": x
"page.forgotten": x`, `
"page.title": x
"page.state.open": x
"page.state.shut": x
"page.listed": x
"page.forgotten": x`)
	b, err := i18n.Load(files)
	if err != nil {
		t.Fatal(err)
	}
	source := fstest.MapFS{
		"page/views.templ":         {Data: []byte(`<h1>{ r.T("page.title") }</h1> { r.T("page.state." + s) } { r.T("page.heading") }`)},
		"page/page.go":             {Data: []byte(`var keys = []string{"page.listed"}; err := fault.Conflict("page.fault.taken"); r.N("page.count", 3)`)},
		"page/views_templ.go":      {Data: []byte(`r.T("page.forgotten") r.T("page.generated")`)},
		"page/page_test.go":        {Data: []byte(`r.T("page.forgotten") r.T("page.tested")`)},
		"node_modules/x/x.go":      {Data: []byte(`r.T("page.forgotten")`)},
		".cache/x.go":              {Data: []byte(`r.T("page.forgotten")`)},
		"README.md":                {Data: []byte(`r.T("page.forgotten")`)},
		"page/other.go":            {Data: []byte(`r.T("page.title"); r.T("page.title")`)},
		"page/not_a_key_at_all.go": {Data: []byte(`x := "index.html"`)},
	}
	uses, missing, err := i18n.FindUses(source, b)
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"page/page.go: page.count", "page/page.go: page.fault.taken", "page/views.templ: page.heading"}; !slices.Equal(missing, want) {
		t.Errorf("missing %q, want %q", missing, want)
	}
	if want := []string{"page.forgotten"}; !slices.Equal(b.Unused(uses), want) {
		t.Errorf("unused %q, want %q", b.Unused(uses), want)
	}
	if want := []string{"page/other.go", "page/views.templ"}; !slices.Equal(uses["page.title"], want) {
		t.Errorf("places %q, want %q", uses["page.title"], want)
	}
}

func TestReview_showsEveryTextBesideItsPlace(t *testing.T) {
	b, err := i18n.Load(three("\"a.b\": \"A <b> & c\"\n\"a.n\":\n  one: jedno\n  few: dva\n  other: pet",
		"\"a.b\": \"D\"\n\"a.n\":\n  one: sole\n  other: many", "\"a.b\": \"E\"\n\"a.n\":\n  one: én\n  other: flere"))
	if err != nil {
		t.Fatal(err)
	}
	var w strings.Builder
	if err := i18n.Review(&w, b, i18n.Uses{"a.b": {"x/views.templ", "y.go"}}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`<td>a.b</td><td lang="hr">A &lt;b&gt; &amp; c</td><td lang="en">D</td><td lang="nb">E</td><td>x/views.templ, y.go</td>`,
		`<td lang="hr">one: jedno<br>few: dva<br>other: pet</td><td lang="en">one: sole<br>other: many</td><td lang="nb">one: én<br>other: flere</td>`,
	} {
		if !strings.Contains(w.String(), want) {
			t.Errorf("lacks %s in\n%s", want, w.String())
		}
	}
}
