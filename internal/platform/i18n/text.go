package i18n

import (
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"strings"
	"unicode"
)

// Text is a text in several languages. It is stored as JSON.
type Text map[Lang]string

// In is the text in the language, or in the first of Croatian, English, Norwegian that it has; and which that is.
func (t Text) In(l Lang) (string, Lang) {
	if s := t[l]; s != "" {
		return s, l
	}
	for _, other := range All {
		if s := t[other]; s != "" {
			return s, other
		}
	}
	return "", l
}

// Empty says whether there is no text in any language.
func (t Text) Empty() bool { s, _ := t.In(HR); return s == "" }

// Pick is the text in the printer's language, or in one that it has.
func (p *Printer) Pick(t Text) string { s, _ := t.In(p.lang); return s }

// Value implements driver.Valuer.
func (t Text) Value() (driver.Value, error) {
	if t == nil {
		return "{}", nil
	}
	b, err := json.Marshal(map[Lang]string(t))
	return string(b), err
}

// Scan implements sql.Scanner.
func (t *Text) Scan(v any) error {
	*t = nil
	switch v := v.(type) {
	case nil:
		return nil
	case string:
		return t.read(v)
	case []byte:
		return t.read(string(v))
	}
	return fmt.Errorf("i18n: %T is no text", v)
}

// read takes the JSON of a text. What Value wrote is mostly plain, and a page reads hundreds of texts: those without
// a backslash are cut at their quotes, the others go to encoding/json.
func (t *Text) read(s string) error {
	if s == "" || s == "{}" {
		return nil
	}
	if m, ok := plain(s); ok {
		*t = m
		return nil
	}
	return json.Unmarshal([]byte(s), t)
}

// plain reads {"hr":"…","en":"…"} without spaces between and without escapes; ok is false for anything else.
func plain(s string) (t Text, ok bool) {
	rest, ok := strings.CutPrefix(s, "{")
	if !ok || strings.IndexByte(s, '\\') >= 0 {
		return nil, false
	}
	t = make(Text, 3)
	for {
		key, value := "", ""
		if rest, ok = strings.CutPrefix(rest, `"`); !ok {
			return nil, false
		}
		if key, rest, ok = strings.Cut(rest, `":"`); !ok || strings.IndexByte(key, '"') >= 0 || strings.ContainsFunc(key, unicode.IsControl) {
			return nil, false
		}
		if value, rest, ok = strings.Cut(rest, `"`); !ok || strings.ContainsFunc(value, unicode.IsControl) {
			return nil, false
		}
		t[Lang(key)] = value
		if rest == "}" {
			return t, true
		}
		if rest, ok = strings.CutPrefix(rest, ","); !ok {
			return nil, false
		}
	}
}
