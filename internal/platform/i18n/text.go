package i18n

import (
	"database/sql/driver"
	"encoding/json"
	"fmt"
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
		if v == "" || v == "{}" {
			return nil
		}
		return json.Unmarshal([]byte(v), t)
	case []byte:
		return json.Unmarshal(v, t)
	}
	return fmt.Errorf("i18n: %T is no text", v)
}
