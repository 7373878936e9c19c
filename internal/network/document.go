package network

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"math"
	"reflect"
	"strings"

	"kvart/internal/platform/geo"
	"kvart/internal/platform/i18n"
)

// Document is a network as a file says it. Docs: import-network.md. What is left out stays as it is; nothing is deleted.
type Document struct {
	Network       *NetworkSpec       `yaml:"network"`
	Groups        []GroupSpec        `yaml:"groups"`
	Areas         []AreaSpec         `yaml:"areas"`
	Organisations []OrganisationSpec `yaml:"organisations"`
	Centres       []CentreSpec       `yaml:"centres"`
}

// NetworkSpec is the network in a file.
type NetworkSpec struct {
	Name       i18n.Text     `yaml:"name"`
	Zone       string        `yaml:"zone"`
	Currency   string        `yaml:"currency"`
	Disclosure int           `yaml:"disclosure"`
	About      *ProjectSheet `yaml:"about"`
	Privacy    *Privacy      `yaml:"privacy"`
	Emergency  Emergencies   `yaml:"emergency"`
}

// GroupSpec is a group in a file; its place is its place in the list.
type GroupSpec struct {
	Code string    `yaml:"code"`
	Name i18n.Text `yaml:"name"`
}

// AreaSpec is an area in a file. Outline is the id of an outline that Kvart brings along, or GeoJSON.
type AreaSpec struct {
	Slug    string    `yaml:"slug"`
	Kind    string    `yaml:"kind"`
	Name    i18n.Text `yaml:"name"`
	In      string    `yaml:"in"`
	Growth  *bool     `yaml:"growth"`
	Example *bool     `yaml:"example"`
	Outline any       `yaml:"outline"`
}

// OrganisationSpec is an organisation in a file.
type OrganisationSpec struct {
	Slug     string    `yaml:"slug"`
	Kind     string    `yaml:"kind"`
	Name     string    `yaml:"name"`
	Standing string    `yaml:"standing"`
	Web      string    `yaml:"web"`
	About    i18n.Text `yaml:"about"`
}

// CentreSpec is a centre in a file.
type CentreSpec struct {
	Slug         string        `yaml:"slug"`
	Number       int           `yaml:"number"`
	Colour       int           `yaml:"colour"`
	Organisation string        `yaml:"organisation"`
	Area         string        `yaml:"area"`
	Name         string        `yaml:"name"`
	Zone         string        `yaml:"zone"`
	Address      string        `yaml:"address"`
	Lat          *float64      `yaml:"lat"`
	Lon          *float64      `yaml:"lon"`
	About        i18n.Text     `yaml:"about"`
	Phone        string        `yaml:"phone"`
	PhoneWho     i18n.Text     `yaml:"phone_who"`
	Email        string        `yaml:"email"`
	Stop         i18n.Text     `yaml:"stop"`
	Access       AccessList    `yaml:"access"`
	Hours        HoursList     `yaml:"hours"`
	Features     FeatureList   `yaml:"features"`
	Holidays     string        `yaml:"holidays"` // closed, open, ask
	ConfirmHours int           `yaml:"confirm_hours"`
	KeepMonths   int           `yaml:"keep_months"`
	Closures     []ClosureSpec `yaml:"closures"`
	Spaces       []SpaceSpec   `yaml:"spaces"` // made by the feature that keeps spaces, through Importer.Apply
}

// ClosureSpec is a span of closed days in a file.
type ClosureSpec struct {
	From   string    `yaml:"from"`
	To     string    `yaml:"to"`
	Reason i18n.Text `yaml:"reason"`
}

// SpaceSpec is a space in a file. Parts are the slugs of spaces of the same centre that together are this one.
type SpaceSpec struct {
	Slug         string    `yaml:"slug"`
	Name         i18n.Text `yaml:"name"`
	About        i18n.Text `yaml:"about"`
	Holds        int       `yaml:"holds"`
	SetupMinutes int       `yaml:"setup_minutes"`
	ClearMinutes int       `yaml:"clear_minutes"`
	Parts        []string  `yaml:"parts"`
}

func (spec CentreSpec) overlay(c *Centre) {
	set(&c.Number, spec.Number)
	set(&c.Colour, spec.Colour)
	set(&c.Name, spec.Name)
	set(&c.Zone, spec.Zone)
	set(&c.Address, spec.Address)
	set(&c.About, spec.About)
	set(&c.Phone, spec.Phone)
	set(&c.PhoneWho, spec.PhoneWho)
	set(&c.Email, spec.Email)
	set(&c.Stop, spec.Stop)
	set(&c.Holidays, spec.Holidays)
	set(&c.ConfirmHours, spec.ConfirmHours)
	set(&c.KeepMonths, spec.KeepMonths)
	if spec.Access != nil {
		c.Access = spec.Access
	}
	if spec.Hours != nil {
		c.Hours = spec.Hours
	}
	if spec.Features != nil {
		c.Features = spec.Features
	}
	if spec.Lat != nil {
		v := int64(math.Round(*spec.Lat * 1e6))
		c.LatE6 = &v
	}
	if spec.Lon != nil {
		v := int64(math.Round(*spec.Lon * 1e6))
		c.LonE6 = &v
	}
}

// set keeps what is there where the file says nothing.
func set[T any](to *T, from T) {
	if v := reflect.ValueOf(from); !v.IsZero() && (v.Kind() != reflect.Map || v.Len() > 0) {
		*to = from
	}
}

//go:embed outlines/zagreb-districts.geojson
var zagreb []byte

// outlineOf is the GeoJSON geometry that the file means, or the key of a fault.
func outlineOf(v any) (string, string) {
	s, isText := v.(string)
	if !isText {
		b, err := json.Marshal(v)
		if err != nil {
			return "", "network.fault.outline"
		}
		s = string(b)
	} else if !strings.HasPrefix(strings.TrimSpace(s), "{") {
		list, err := geo.Features(zagreb)
		if err != nil {
			return "", "network.fault.outline"
		}
		for _, f := range list {
			if f.ID == s {
				return compact(f.Geometry), ""
			}
		}
		return "", "network.import.fault.no_outline"
	}
	if _, err := geo.Parse([]byte(s)); err != nil {
		return "", "network.fault.outline"
	}
	return compact([]byte(s)), ""
}

func compact(b []byte) string {
	var out bytes.Buffer
	if err := json.Compact(&out, b); err != nil {
		return string(b)
	}
	return out.String()
}
