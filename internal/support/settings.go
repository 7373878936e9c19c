package support

import (
	"context"
	"encoding/json"
	"strings"
	"unicode/utf8"

	"kvart/internal/platform/audit"
	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/i18n"
)

// Topic is what a message may be about, in plain words. None is a label for who somebody is.
type Topic struct {
	Code string    `json:"code"`
	Name i18n.Text `json:"name"`
}

// Settings are what the network says before somebody writes, and what it asks about later.
type Settings struct {
	Opens     i18n.Text `json:"opens"`     // who opens messages, and that nobody is told without consent; empty: the usual words
	Exception i18n.Text `json:"exception"` // what may have to be reported by law
	SetOn     string    `json:"set_on"`    // the day on which the words were set; empty: never, and the usual words stand
	Topics    []Topic   `json:"topics"`
	Hours     int       `json:"hours"`   // after how many without an answer a message is brought up
	Numbers   Checked   `json:"numbers"` // whether somebody called those that are given
}

// usualHours is one working day and the night after.
const usualHours = 24

// Settings are the network's, or the usual ones.
func (s *Store) Settings(ctx context.Context, q db.Querier) (Settings, error) {
	v := Settings{Hours: usualHours}
	var text string
	err := q.Get(ctx, &text, `SELECT settings FROM support_settings LIMIT 1`, nil)
	if fault.Is(err, fault.KindNotFound) {
		return v, nil
	}
	if err == nil {
		err = json.Unmarshal([]byte(text), &v)
	}
	if v.Hours == 0 {
		v.Hours = usualHours
	}
	return v, err
}

// Topic is the name of the topic in the language, or "".
func (v Settings) Topic(code string, l i18n.Lang) string {
	for _, t := range v.Topics {
		if t.Code == code {
			name, _ := t.Name.In(l)
			return name
		}
	}
	return ""
}

// Check returns Invalid with the fields that cannot be right.
func (v Settings) Check() error {
	var f fault.Form
	for name, t := range map[string]i18n.Text{"opens": v.Opens, "exception": v.Exception} {
		for l, words := range t {
			if utf8.RuneCountInString(words) > 1500 {
				f.Add(name+"-"+string(l), "fault.too_long", "max", 1500)
			}
		}
	}
	if v.Hours < 1 || v.Hours > 24*14 {
		f.Add("hours", "fault.not_a_number", "low", 1, "high", 24*14)
	}
	if len(v.Topics) > 30 {
		f.Add("topics", "fault.too_long", "max", 30)
	}
	for _, t := range v.Topics {
		if strings.TrimSpace(t.Name[i18n.HR]) == "" || utf8.RuneCountInString(t.Name[i18n.HR]) > 80 {
			f.Add("topics", "fault.too_long", "max", 80)
			break
		}
	}
	return f.Err()
}

// SaveSettings keeps them; that the numbers were checked stays as it was.
func (s *Store) SaveSettings(ctx context.Context, v Settings, by string) error {
	if err := v.Check(); err != nil {
		return err
	}
	return s.changeSettings(ctx, by, func(_ *db.Tx, had *Settings) error {
		v.Numbers = had.Numbers
		*had = v
		return nil
	})
}

// changeSettings changes what is there.
func (s *Store) changeSettings(ctx context.Context, by string, change func(tx *db.Tx, v *Settings) error) error {
	n, err := s.Network.Network(ctx, s.DB)
	if err != nil {
		return err
	}
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		v, err := s.Settings(ctx, tx)
		if err != nil {
			return err
		}
		if err := change(tx, &v); err != nil {
			return err
		}
		b, err := json.Marshal(v)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `INSERT INTO support_settings (network_id, settings) VALUES (:n, :s) ON CONFLICT (network_id) DO UPDATE SET settings = :s`,
			db.Args{"n": n.ID, "s": string(b)}); err != nil {
			return err
		}
		return audit.Append(ctx, tx, audit.Row{Chain: audit.Network, Action: "support.settings", Actor: by, SubjectKind: "network", SubjectID: n.ID, At: s.Now()})
	})
}
