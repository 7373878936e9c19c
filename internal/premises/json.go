package premises

import (
	"database/sql/driver"
	"encoding/json"
	"fmt"
)

// Slots are stored as JSON.
type Slots []Slot

// Value implements driver.Valuer.
func (s Slots) Value() (driver.Value, error) {
	b, err := json.Marshal([]Slot(s))
	return string(b), err
}

// Scan implements sql.Scanner.
func (s *Slots) Scan(v any) error {
	switch v := v.(type) {
	case string:
		return json.Unmarshal([]byte(v), s)
	case []byte:
		return json.Unmarshal(v, s)
	}
	return fmt.Errorf("premises: %T is no JSON text", v)
}
