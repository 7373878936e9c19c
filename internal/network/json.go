package network

import (
	"database/sql/driver"
	"encoding/json"
	"fmt"
)

func value(v any) (driver.Value, error) {
	b, err := json.Marshal(v)
	return string(b), err
}

func scan(from, into any) error {
	switch from := from.(type) {
	case nil:
		return nil
	case string:
		return json.Unmarshal([]byte(from), into)
	case []byte:
		return json.Unmarshal(from, into)
	}
	return fmt.Errorf("network: %T is no JSON text", from)
}

// What is stored as JSON text says so by Value and Scan.

func (p ProjectSheet) Value() (driver.Value, error) { return value(p) }
func (p *ProjectSheet) Scan(v any) error            { return scan(v, p) }
func (p Privacy) Value() (driver.Value, error)      { return value(p) }
func (p *Privacy) Scan(v any) error                 { return scan(v, p) }
func (e Emergencies) Value() (driver.Value, error)  { return value(orEmpty(e)) }
func (e *Emergencies) Scan(v any) error             { return scan(v, e) }
func (l AccessList) Value() (driver.Value, error)   { return value(orEmpty(l)) }
func (l *AccessList) Scan(v any) error              { return scan(v, l) }
func (l HoursList) Value() (driver.Value, error)    { return value(orEmpty(l)) }
func (l *HoursList) Scan(v any) error               { return scan(v, l) }
func (l FeatureList) Value() (driver.Value, error)  { return value(orEmpty(l)) }
func (l *FeatureList) Scan(v any) error             { return scan(v, l) }

func orEmpty[S ~[]E, E any](s S) S {
	if s == nil {
		return S{}
	}
	return s
}
