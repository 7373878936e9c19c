package directory

import (
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"strconv"

	"kvart/internal/hsds"
)

// What is stored as JSON text says so by Value and Scan.

func value(v any) (driver.Value, error) {
	b, err := json.Marshal(v)
	return string(b), err
}

func scan(from, into any) error {
	switch from := from.(type) {
	case nil:
		return nil
	case string:
		if from == "{}" { // as most are; what is read into is empty
			return nil
		}
		return json.Unmarshal([]byte(from), into)
	case []byte:
		return json.Unmarshal(from, into)
	}
	return fmt.Errorf("directory: %T is no JSON text", from)
}

func (t Texts) Value() (driver.Value, error) {
	if len(t) == 0 {
		return "{}", nil
	}
	return value(map[string]map[string]string(textsOf(t)))
}
func (t *Texts) Scan(v any) error          { return scan(v, t) }
func (o Own) Value() (driver.Value, error) { return value(o) }
func (o *Own) Scan(v any) error            { return scan(v, o) }

func textsOf(t Texts) map[string]map[string]string {
	m := make(map[string]map[string]string, len(t))
	for l, fields := range t {
		m[string(l)] = fields
	}
	return m
}

type (
	serviceBody  hsds.Service
	ownerBody    hsds.Organization
	locationBody hsds.Location
	placeBody    hsds.AtLocation
)

func (b serviceBody) Value() (driver.Value, error)  { return value(hsds.Service(b)) }
func (b *serviceBody) Scan(v any) error             { return scan(v, (*hsds.Service)(b)) }
func (b ownerBody) Value() (driver.Value, error)    { return value(hsds.Organization(b)) }
func (b *ownerBody) Scan(v any) error               { return scan(v, (*hsds.Organization)(b)) }
func (b locationBody) Value() (driver.Value, error) { return value(hsds.Location(b)) }
func (b *locationBody) Scan(v any) error            { return scan(v, (*hsds.Location)(b)) }
func (b placeBody) Value() (driver.Value, error)    { return value(hsds.AtLocation(b)) }
func (b *placeBody) Scan(v any) error               { return scan(v, (*hsds.AtLocation)(b)) }

func digits(n int) string { return strconv.Itoa(n) }

func (o locationOwn) Value() (driver.Value, error) { return value(o) }
func (o *locationOwn) Scan(v any) error            { return scan(v, o) }
