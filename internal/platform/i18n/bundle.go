// Package i18n says things in the reader's language: texts with real plural forms, dates and times as people say them.
//
// Plural rules are CLDR's, by go-i18n. Texts are looked up by a dotted key; a placeholder is {name} and the count is
// always {n}. A page prints a thousand texts, so texts are taken apart once, when they are loaded.
package i18n

import (
	"fmt"
	"io/fs"
	"slices"
	"sort"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml"
	goi18n "github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"
)

// Lang is one of the three languages.
type Lang string

// The languages; Croatian is the default.
const (
	HR Lang = "hr"
	EN Lang = "en"
	NB Lang = "nb"
)

// All are the languages in the order in which they are offered.
var All = []Lang{HR, EN, NB}

// Parse says whether s is one of the languages.
func Parse(s string) (Lang, bool) {
	l := Lang(s)
	return l, slices.Contains(All, l)
}

var matcher = language.NewMatcher([]language.Tag{language.Croatian, language.English, language.MustParse("nb"),
	language.MustParse("no"), language.MustParse("nn"), language.Danish, language.Swedish, language.MustParse("bs"), language.Serbian, language.MustParse("sl")})

// Match chooses the language for an Accept-Language header; Croatian when nothing fits.
func Match(accept string) Lang {
	tags, _, err := language.ParseAcceptLanguage(accept)
	if err != nil || len(tags) == 0 {
		return HR
	}
	_, i, sure := matcher.Match(tags...)
	if sure == language.No {
		return HR
	}
	return []Lang{HR, EN, NB, NB, NB, NB, NB, HR, HR, HR}[i]
}

// forms are the plural forms that a language needs.
var forms = map[Lang][]string{HR: {"one", "few", "other"}, EN: {"one", "other"}, NB: {"one", "other"}}

// Bundle is all texts in all languages.
type Bundle struct {
	printers map[Lang]*Printer
	keys     []string
}

// text is a loaded text: taken apart at its placeholders. A plural one has several.
type text struct {
	whole  string
	parts  []string // literal, name, literal, name, …, literal; nil when there is no placeholder
	plural map[string]*text
}

// Load reads the folders hr, en and nb. It fails, naming file and key, on a key that a language lacks or has twice, on
// placeholders that differ between languages and on a missing plural form.
func Load(files fs.FS) (*Bundle, error) {
	all := map[Lang]map[string]*text{}
	for _, l := range All {
		texts, err := loadLang(files, l)
		if err != nil {
			return nil, err
		}
		all[l] = texts
	}
	b := &Bundle{printers: map[Lang]*Printer{}}
	for key := range all[HR] {
		b.keys = append(b.keys, key)
	}
	sort.Strings(b.keys)
	var faults []string
	for _, l := range All {
		for key, t := range all[l] {
			first, ok := all[HR][key]
			if !ok {
				faults = append(faults, fmt.Sprintf("%s: hr has no such key", key))
				continue
			}
			if (first.plural == nil) != (t.plural == nil) {
				faults = append(faults, fmt.Sprintf("%s: plural in one of hr and %s only", key, l))
			} else if !slices.Equal(first.names(), t.names()) {
				faults = append(faults, fmt.Sprintf("%s: placeholders differ between hr %v and %s %v", key, first.names(), l, t.names()))
			}
		}
		for _, key := range b.keys {
			if _, ok := all[l][key]; !ok {
				faults = append(faults, fmt.Sprintf("%s: %s has no such key", key, l))
			}
		}
	}
	if len(faults) > 0 {
		sort.Strings(faults)
		return nil, fmt.Errorf("locales: %s", strings.Join(faults, "; "))
	}
	rules := goi18n.NewBundle(language.Croatian)
	for _, l := range All {
		msg := &goi18n.Message{ID: "form", One: "one", Few: "few", Other: "other"}
		if l != HR {
			msg.Few = ""
		}
		if err := rules.AddMessages(language.MustParse(string(l)), msg); err != nil {
			return nil, err
		}
	}
	for _, l := range All {
		p := &Printer{lang: l, texts: all[l]}
		rule := goi18n.NewLocalizer(rules, string(l))
		for n := range p.forms {
			form, err := rule.Localize(&goi18n.LocalizeConfig{MessageID: "form", PluralCount: n})
			if err != nil {
				return nil, err
			}
			p.forms[n] = form
		}
		b.printers[l] = p
	}
	return b, nil
}

func loadLang(files fs.FS, l Lang) (map[string]*text, error) {
	texts := map[string]*text{}
	names, err := fs.Glob(files, string(l)+"/*.yaml")
	if err != nil {
		return nil, err
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("locales: no files in %s", l)
	}
	for _, name := range names {
		data, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, err
		}
		var raw map[string]any
		if err := yaml.Unmarshal(data, &raw); err != nil {
			return nil, fmt.Errorf("locales: %s: %w", name, err)
		}
		for key, v := range raw {
			if _, twice := texts[key]; twice {
				return nil, fmt.Errorf("locales: %s: %s is there twice", name, key)
			}
			switch v := v.(type) {
			case string:
				texts[key] = take(v)
			case map[string]any:
				t := &text{plural: map[string]*text{}}
				for _, form := range forms[l] {
					s, ok := v[form].(string)
					if !ok {
						return nil, fmt.Errorf("locales: %s: %s lacks the form %q", name, key, form)
					}
					t.plural[form] = take(s)
				}
				texts[key] = t
			default:
				return nil, fmt.Errorf("locales: %s: %s is no text", name, key)
			}
		}
	}
	return texts, nil
}

// take takes a text apart at its placeholders.
func take(s string) *text {
	t := &text{whole: s}
	rest := s
	for {
		open := strings.IndexByte(rest, '{')
		if open < 0 {
			break
		}
		end := strings.IndexByte(rest[open:], '}')
		if end < 0 {
			break
		}
		t.parts = append(t.parts, rest[:open], rest[open+1:open+end])
		rest = rest[open+end+1:]
	}
	if t.parts != nil {
		t.parts = append(t.parts, rest)
	}
	return t
}

// names are the placeholders, each once, without the count: some forms say "one" in words.
func (t *text) names() []string {
	var list []string
	add := func(x *text) {
		for i := 1; i < len(x.parts); i += 2 {
			if x.parts[i] != "n" && !slices.Contains(list, x.parts[i]) {
				list = append(list, x.parts[i])
			}
		}
	}
	add(t)
	for _, x := range t.plural {
		add(x)
	}
	sort.Strings(list)
	return list
}

func (t *text) fill(args []any) string {
	if t.parts == nil {
		return t.whole
	}
	var b strings.Builder
	for i, part := range t.parts {
		if i%2 == 0 {
			b.WriteString(part)
			continue
		}
		found := false
		for k := 0; k+1 < len(args); k += 2 {
			if args[k] == part {
				write(&b, args[k+1])
				found = true
				break
			}
		}
		if !found {
			b.WriteString("{" + part + "}")
		}
	}
	return b.String()
}

func write(b *strings.Builder, v any) {
	switch v := v.(type) {
	case string:
		b.WriteString(v)
	case int:
		b.WriteString(strconv.Itoa(v))
	case int64:
		b.WriteString(strconv.FormatInt(v, 10))
	default:
		fmt.Fprint(b, v)
	}
}

// For is the printer of a language; of Croatian for one that is none of ours.
func (b *Bundle) For(l Lang) *Printer {
	if p, ok := b.printers[l]; ok {
		return p
	}
	return b.printers[HR]
}

// Keys are all keys in order.
func (b *Bundle) Keys() []string { return b.keys }

// Printer says things in one language.
type Printer struct {
	lang  Lang
	texts map[string]*text
	forms [200]string // the plural form of each number below 200
}

// Lang is the printer's language.
func (p *Printer) Lang() Lang { return p.lang }

// T is the text of the key; args are pairs of name and value. An unknown key is shown as it is: a test finds it first.
func (p *Printer) T(key string, args ...any) string {
	t, ok := p.texts[key]
	if !ok {
		return key
	}
	if t.plural != nil {
		return t.plural["other"].fill(args)
	}
	return t.fill(args)
}

// N is the text of the key in the plural form of n, which is also its placeholder {n}.
func (p *Printer) N(key string, n int, args ...any) string {
	t, ok := p.texts[key]
	if !ok {
		return key
	}
	if t.plural != nil {
		t = t.plural[p.form(n)]
	}
	if t.parts == nil {
		return t.whole
	}
	return t.fill(append(args[:len(args):len(args)], "n", p.Number(int64(n))))
}

// form is the plural form of n. For whole numbers the rules of our languages look at n itself up to 100 and at its last
// two digits beyond (CLDR): 1001 is said like 101.
func (p *Printer) form(n int) string {
	if n < 0 {
		n = -n
	}
	if n >= len(p.forms) {
		n = 100 + n%100
	}
	return p.forms[max(0, n)] // the least int has no opposite
}
