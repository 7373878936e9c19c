package directory

import (
	"math"
	"reflect"
	"strconv"
	"strings"

	"kvart/internal/hsds"
)

// tabular is one table of the HSDS tabular data package: its file, its name in datapackage.json, and the noun of a row. Its
// columns are the noun's plain fields, in their order.
type tabular struct {
	File, Name string
	Noun       reflect.Type
	columns    []string // names in JSON
	fields     []int
}

// tabulars are the tables of HSDS 3.1, in the order of its datapackage.json.
var tabulars = []*tabular{
	of[hsds.Organization]("organizations.csv", "organization"), of[hsds.Program]("programs.csv", "program"), of[hsds.Service]("services.csv", "service"),
	of[hsds.Attribute]("attributes.csv", "attribute"), of[hsds.AtLocation]("service_at_location.csv", "service_at_location"), of[hsds.Location]("locations.csv", "location"),
	of[hsds.Phone]("phones.csv", "phone"), of[hsds.Contact]("contacts.csv", "contact"), of[hsds.Address]("addresses.csv", "address"), of[hsds.Schedule]("schedules.csv", "schedule"),
	of[hsds.Funding]("funding.csv", "funding"), of[hsds.Area]("service_areas.csv", "service_area"), of[hsds.Document]("required_documents.csv", "required_document"),
	of[hsds.Language]("languages.csv", "language"), of[hsds.Accessibility]("accessibility.csv", "accessibility"), of[hsds.Term]("taxonomy_terms.csv", "taxonomy_term"),
	of[hsds.Change]("metadata.csv", "metadata"), of[hsds.TableNote]("meta_table_descriptions.csv", "meta_table_description"), of[hsds.Cost]("cost_options.csv", "cost_option"),
	of[hsds.Identifier]("organization_identifiers.csv", "organization_identifier"), of[hsds.Taxonomy]("taxonomies.csv", "taxonomy"),
	of[hsds.Capacity]("service_capacity.csv", "service_capacity"), of[hsds.Unit]("units.csv", "unit"), of[hsds.URL]("url.csv", "url"),
}

func of[T any](file, name string) *tabular {
	t := &tabular{File: file, Name: name, Noun: reflect.TypeFor[T]()}
	for i := range t.Noun.NumField() {
		f := t.Noun.Field(i)
		if f.Type.Kind() == reflect.String || f.Type.Kind() == reflect.Pointer && f.Type.Elem().Kind() == reflect.Float64 {
			column, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			t.columns, t.fields = append(t.columns, column), append(t.fields, i)
		}
	}
	return t
}

// tabularOf is the table whose rows are such nouns.
func tabularOf(noun reflect.Type) *tabular {
	for _, t := range tabulars {
		if t.Noun == noun {
			return t
		}
	}
	return nil
}

// set fills a field with a cell. It is false where the cell is no number and must be one.
func (t *tabular) set(v reflect.Value, column int, cell string) bool {
	f := v.Field(t.fields[column])
	if cell == "" {
		return true
	}
	if f.Kind() == reflect.String {
		f.SetString(cell)
		return true
	}
	n, err := strconv.ParseFloat(cell, 64)
	if err != nil || math.IsNaN(n) || math.IsInf(n, 0) {
		return false
	}
	f.Set(reflect.ValueOf(&n))
	return true
}

// cells are a noun as a row.
func (t *tabular) cells(v reflect.Value) []string {
	list := make([]string, len(t.fields))
	for i, n := range t.fields {
		switch f := v.Field(n); {
		case f.Kind() == reflect.String:
			list[i] = f.String()
		case !f.IsNil():
			list[i] = strconv.FormatFloat(f.Elem().Float(), 'f', -1, 64)
		}
	}
	return list
}
