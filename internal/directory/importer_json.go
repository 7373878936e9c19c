package directory

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"kvart/internal/hsds"
	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
)

// space is the name space of ids that are made from what they stand for: the same file gives the same ids.
var space = uuid.MustParse("5c6b1a52-6f0e-5d0b-9d5d-3f9c5a9d7e21")

// derivedID is the id of what has none of its own, always the same for the same words (RFC 9562, version 5).
func derivedID(words ...string) string {
	return uuid.NewSHA1(space, []byte(strings.Join(words, "\x1f"))).String()
}

// readJSON reads services as HSDS has them: one, a list, a page of the API (contents), or one a line.
func readJSON(file string, data []byte, r *ImportReport) *parsed {
	text, note, err := textOf(data)
	if err != nil {
		r.fault(Where{File: file}, fault.Of(err).Key)
		return nil
	}
	if note != "" {
		r.note(Where{File: file}, note)
	}
	p := newParsed()
	p.json = true
	p.where = func(_, _ string, w Where, field string) Where {
		if field != "" {
			w.Pointer += "/" + strings.ReplaceAll(field, ".", "/")
		}
		return w
	}
	d := json.NewDecoder(bytes.NewReader(text))
	line, from := 1, int64(0)
	for n := 0; ; n++ {
		var raw json.RawMessage
		err := d.Decode(&raw)
		if errors.Is(err, io.EOF) {
			if n == 0 {
				r.fault(Where{File: file}, "directory.io.empty")
				return nil
			}
			return p
		}
		end := d.InputOffset()
		if err != nil {
			at := end
			if bad, ok := errors.AsType[*json.SyntaxError](err); ok {
				at = min(int64(len(text)), max(end, bad.Offset))
			}
			r.fault(Where{File: file, Row: 1 + bytes.Count(text[:at], []byte("\n"))}, "directory.io.json")
			return nil
		}
		start := end - int64(len(raw))
		line += bytes.Count(text[from:start], []byte("\n"))
		from = start
		p.document(raw, Where{File: file, Row: line}, r)
	}
}

// document takes one JSON value of the file.
func (p *parsed) document(raw json.RawMessage, w Where, r *ImportReport) {
	switch raw[0] {
	case '[':
		p.list(raw, w, r)
	case '{':
		var page struct {
			Contents json.RawMessage `json:"contents"`
		}
		if bytes.Contains(raw, []byte(`"contents"`)) && json.Unmarshal(raw, &page) == nil && len(page.Contents) > 0 && page.Contents[0] == '[' {
			w.Pointer = "/contents"
			p.list(page.Contents, w, r)
			return
		}
		p.one(raw, w, r)
	default:
		r.fault(w, "directory.io.no_service")
	}
}

func (p *parsed) list(raw json.RawMessage, w Where, r *ImportReport) {
	d := json.NewDecoder(bytes.NewReader(raw))
	_, _ = d.Token()
	row := w.Row
	for i := 0; d.More(); i++ {
		before := d.InputOffset()
		var one json.RawMessage
		if err := d.Decode(&one); err != nil {
			return // it was read before
		}
		start := d.InputOffset() - int64(len(one))
		row += bytes.Count(raw[before:start], []byte("\n"))
		at := w
		at.Row, at.Pointer = row, w.Pointer+"/"+strconv.Itoa(i)
		p.one(one, at, r)
		row += bytes.Count(one, []byte("\n"))
	}
}

// one takes a service with its organisation and its locations.
func (p *parsed) one(raw json.RawMessage, w Where, r *ImportReport) {
	if len(raw) == 0 || raw[0] != '{' {
		r.fault(w, "directory.io.no_service")
		return
	}
	if len(raw) > mostCell {
		r.fault(w, "directory.io.row_large", "kb", mostCell>>10)
		return
	}
	if bytes.Contains(raw, []byte(`\u0000`)) { // no database keeps it in a text
		r.fault(w, "directory.io.json")
		return
	}
	if isOrganization(raw) {
		var o hsds.Organization
		if badJSON(json.Unmarshal(raw, &o), w, r) {
			return
		}
		lowerIDs(reflect.ValueOf(&o).Elem())
		for i, l := range o.Locations {
			in := w
			in.Pointer += "/locations/" + strconv.Itoa(i)
			if l.OrganizationID == "" {
				l.OrganizationID = o.ID
			}
			p.addLocation(&locationRead{Location: l, At: in}, r)
		}
		o.Locations, o.Services = nil, nil
		p.addOwner(&ownerRead{Organization: o, At: w}, r)
		return
	}
	s := &serviceRead{At: w}
	if badJSON(json.Unmarshal(raw, &s.Service), w, r) {
		return
	}
	lowerIDs(reflect.ValueOf(&s.Service).Elem())
	if s.Status == "" && s.Organization == nil && s.OrganizationID == "" {
		r.fault(w, "directory.io.no_service")
		return
	}
	s.Mod = modifiedOf(s.LastModified)
	s.Visit, s.Service.Visit = s.Service.Visit, nil
	o := s.Organization
	s.Organization = nil
	if o != nil {
		if s.OrganizationID == "" {
			s.OrganizationID = o.ID
		}
		at := w
		at.Pointer += "/organization"
		for i, l := range o.Locations {
			in := at
			in.Pointer += "/locations/" + strconv.Itoa(i)
			if l.OrganizationID == "" {
				l.OrganizationID = o.ID
			}
			p.addLocation(&locationRead{Location: l, At: in}, r)
		}
		o.Locations, o.Services = nil, nil
		p.addOwner(&ownerRead{Organization: *o, At: at}, r)
	}
	if s.Program != nil && s.ProgramID == "" {
		s.ProgramID = s.Program.ID
	}
	for i := range s.ServiceAtLocations {
		a := &s.ServiceAtLocations[i]
		if a.Location != nil {
			in := w
			in.Pointer += "/service_at_locations/" + strconv.Itoa(i) + "/location"
			p.addLocation(&locationRead{Location: *a.Location, At: in}, r)
			a.LocationID, a.Location = a.Location.ID, nil
		}
		a.Service = nil
	}
	p.addService(s, r)
}

// lowerID is an id as it is kept: in small letters (RFC 9562 section 4), whatever a file has.
func lowerID(s string) string {
	if db.IsID(s) {
		return strings.ToLower(s)
	}
	return s
}

// lowerIDs brings all ids within an entry to small letters.
func lowerIDs(v reflect.Value) {
	for i := range v.NumField() {
		switch f := v.Field(i); {
		case f.Kind() == reflect.String && strings.HasSuffix(v.Type().Field(i).Name, "ID"):
			if s := f.String(); s != "" {
				f.SetString(lowerID(s))
			}
		case f.Kind() == reflect.Slice && f.Type().Elem().Kind() == reflect.Struct:
			for j := range f.Len() {
				lowerIDs(f.Index(j))
			}
		case f.Kind() == reflect.Pointer && f.Type().Elem().Kind() == reflect.Struct && !f.IsNil():
			lowerIDs(f.Elem())
		}
	}
}

// badJSON notes what is wrong about an entry's JSON.
func badJSON(err error, w Where, r *ImportReport) bool {
	if err == nil {
		return false
	}
	if bad, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		w.Pointer += "/" + strings.ReplaceAll(bad.Field, ".", "/")
		r.fault(w, "directory.io.json_type", "got", bad.Value)
	} else {
		r.fault(w, "directory.io.json")
	}
	return true
}

// isOrganization says whether the entry is an organisation on its own, as exports have those that offer nothing: it has what
// only organisations have, or its metadata says so, and nothing that a service must have. What it offers is not taken from it.
func isOrganization(raw json.RawMessage) bool {
	var o struct {
		Status, Organization, Locations, Website json.RawMessage
		Identifiers                              json.RawMessage `json:"organization_identifiers"`
		Of                                       json.RawMessage `json:"organization_id"`
		Legal                                    json.RawMessage `json:"legal_status"`
		Metadata                                 []struct {
			Of string `json:"resource_type"`
		}
	}
	if json.Unmarshal(raw, &o) != nil || o.Status != nil || o.Organization != nil || o.Of != nil {
		return false
	}
	return o.Locations != nil || o.Website != nil || o.Legal != nil || o.Identifiers != nil || slices.ContainsFunc(o.Metadata, func(m struct {
		Of string `json:"resource_type"`
	}) bool {
		return m.Of == "organization"
	})
}

// addOwner takes an organisation; of what is said of it several times, the fullest counts.
func (p *parsed) addOwner(o *ownerRead, r *ImportReport) {
	o.Mod, o.Metadata = datedOf(o.Metadata)
	p.tidy(reflect.ValueOf(&o.Organization), "organization", o.ID, o.At)
	had, there := p.owner[o.ID]
	switch {
	case !there:
		p.owner[o.ID] = o
		p.Owners = append(p.Owners, o)
	case !reflect.DeepEqual(had.Organization, o.Organization):
		if had.Name != o.Name {
			r.note(o.At, "directory.io.note.two_ways", "name", had.Name)
		}
		if size(o.Organization) > size(had.Organization) {
			*had = *o
		}
	}
}

func (p *parsed) addLocation(l *locationRead, r *ImportReport) {
	if l.OrganizationID != "" {
		l.Owner, l.OrganizationID = l.OrganizationID, ""
	}
	l.Mod, l.Metadata = datedOf(l.Metadata)
	p.tidy(reflect.ValueOf(&l.Location), "location", l.ID, l.At)
	had, there := p.location[l.ID]
	switch {
	case !there:
		p.location[l.ID] = l
		p.Locations = append(p.Locations, l)
	case !reflect.DeepEqual(had.Location, l.Location):
		owner := had.Owner
		if size(l.Location) > size(had.Location) {
			*had = *l
		}
		if had.Owner == "" {
			had.Owner = owner + l.Owner
		}
	}
}

func (p *parsed) addService(s *serviceRead, r *ImportReport) {
	p.tidy(reflect.ValueOf(&s.Service), "service", s.ID, s.At)
	had, there := p.service[s.ID]
	switch {
	case !there:
		p.service[s.ID] = s
		p.Services = append(p.Services, s)
	case reflect.DeepEqual(had.Service, s.Service):
		r.note(s.At, "directory.io.note.twice", "where", had.At.String())
	default:
		r.fault(s.At, "directory.io.twice", "where", had.At.String())
	}
}

func size(v any) int { b, _ := json.Marshal(v); return len(b) }

// links are the fields by which a nested entry names what it belongs to: where it stands says that already.
var links = map[string]bool{"LocationID": true, "ServiceID": true, "OrganizationID": true, "ContactID": true, "ServiceAtLocationID": true, "PhoneID": true, "LinkID": true, "ResourceID": true}

var attributeType = reflect.TypeFor[hsds.Attribute]()

// tidy brings what stands within an entry to the form in which it is kept: no links to what it stands in, an id for what has
// none, and terms by their ids, the terms themselves being taken beside.
func (p *parsed) tidy(v reflect.Value, noun, id string, w Where) {
	v = v.Elem()
	for i := range v.NumField() {
		f := v.Field(i)
		depth := len(p.path)
		switch {
		case f.Kind() == reflect.Slice && f.Type().Elem().Kind() == reflect.Struct:
			for j := range f.Len() {
				p.path = append(p.path, pathStep{v.Type().Field(i).Tag.Get("json"), j})
				p.tidyNested(f.Index(j), v.Type().Field(i).Name, id, j, w)
				p.path = p.path[:depth]
			}
			if f.Len() == 0 {
				f.SetZero()
			}
		case f.Kind() == reflect.Pointer && f.Type().Elem().Kind() == reflect.Struct && !f.IsNil():
			p.path = append(p.path, pathStep{v.Type().Field(i).Tag.Get("json"), -1})
			p.tidyNested(f.Elem(), v.Type().Field(i).Name, id, 0, w)
			p.path = p.path[:depth]
		}
	}
}

// pathStep is one step into an entry: a field, and of a list which.
type pathStep struct {
	tag string
	n   int
}

// within is the place of the term in which tidy is now.
func (p *parsed) within(w Where) Where {
	if w.Pointer == "" && !p.json {
		return w
	}
	for _, step := range p.path {
		name, _, _ := strings.Cut(step.tag, ",")
		if w.Pointer += "/" + name; step.n >= 0 {
			w.Pointer += "/" + strconv.Itoa(step.n)
		}
	}
	w.Pointer += "/taxonomy_term"
	return w
}

func (p *parsed) tidyNested(v reflect.Value, list, parent string, n int, w Where) {
	t := v.Type()
	if own := v.FieldByName("ID"); own.String() == "" {
		own.SetString(derivedID(parent, list, strconv.Itoa(n)))
	}
	for i := range t.NumField() {
		if name := t.Field(i).Name; links[name] && !(name == "LocationID" && list == "ServiceAtLocations") {
			v.Field(i).SetString("")
		}
	}
	if t == attributeType {
		a := v.Addr().Interface().(*hsds.Attribute)
		if a.TaxonomyTerm != nil {
			if a.TaxonomyTermID == "" {
				a.TaxonomyTermID = a.TaxonomyTerm.ID
			}
			p.addTerm(*a.TaxonomyTerm, p.within(w))
			a.TaxonomyTerm = nil
		}
	}
	p.tidy(v.Addr(), "", v.FieldByName("ID").String(), w)
}
