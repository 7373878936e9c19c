package db

import (
	"database/sql/driver"
	"fmt"
)

// Bool is a yes/no column: INTEGER 0 or 1 on both engines.
type Bool bool

// Value implements driver.Valuer.
func (b Bool) Value() (driver.Value, error) {
	if b {
		return int64(1), nil
	}
	return int64(0), nil
}

// Scan implements sql.Scanner.
func (b *Bool) Scan(v any) error {
	switch v := v.(type) {
	case int64:
		*b = v != 0
	case bool:
		*b = Bool(v)
	case nil:
		*b = false
	default:
		return fmt.Errorf("db: %T is no yes/no", v)
	}
	return nil
}
