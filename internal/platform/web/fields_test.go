package web

import (
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"kvart/internal/platform/fault"
	"kvart/internal/platform/i18n"
	"kvart/locales"
)

// Who hears the page is told of every fault which field it is of: the same words may stand there three times.
func TestSummary_namesTheFieldOfEachFault(t *testing.T) {
	texts, err := i18n.Load(locales.FS)
	if err != nil {
		t.Fatal(err)
	}
	r := &Request{Printer: texts.For(i18n.HR)}
	f := NewForm()
	var faults fault.Form
	faults.Add("title", "fault.required")
	faults.Add("about", "fault.required")
	faults.Add("way", "fault.required")
	f.Failed(faults.Err())
	var b strings.Builder
	options := []Option{{Value: "a", Label: "A"}, {Value: "b", Label: "B"}}
	for _, render := range []func() error{
		func() error { return r.Summary(f).Render(t.Context(), &b) },
		func() error {
			return r.Field(f, Input{Name: "title", Label: "Naslov", Required: true}).Render(t.Context(), &b)
		},
		func() error {
			return r.Field(f, Input{Name: "about", Label: "Opis", Required: true}).Render(t.Context(), &b)
		},
		func() error {
			return r.Choice(f, Input{Name: "way", Label: "Kako", Hint: "Jedno.", Options: options}, false).Render(t.Context(), &b)
		},
	} {
		if err := render(); err != nil {
			t.Fatal(err)
		}
	}
	doc, err := goquery.NewDocumentFromReader(strings.NewReader(b.String()))
	if err != nil {
		t.Fatal(err)
	}
	said := func(ids string) (all string) {
		for _, id := range strings.Fields(ids) {
			one := doc.Find("#" + id)
			if one.Length() != 1 {
				t.Errorf("%d of %s", one.Length(), id)
			}
			all += strings.Join(strings.Fields(one.Text()), " ") + " "
		}
		return strings.TrimSpace(all)
	}
	links := doc.Find(".summary a")
	for i, label := range []string{"Naslov", "Opis", "Kako"} {
		if got, want := said(links.Eq(i).AttrOr("aria-labelledby", "")), label+" "+r.T("fault.required"); got != want {
			t.Errorf("it is read %q, want %q", got, want)
		}
	}
	if got := said(doc.Find("fieldset").AttrOr("aria-describedby", "")); got != "Jedno. "+r.T("fault.required") {
		t.Errorf("the group of choices is described by %q", got)
	}
}
