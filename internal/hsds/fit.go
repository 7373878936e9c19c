package hsds

import (
	"crypto/sha1"
	"encoding/hex"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// What the schemas ask of a field, by its name in JSON.
const (
	anything = iota
	isID     // a UUID; where there is none it is made of the owner's id and the place in the list
	isLink   // a UUID
	isURI    // absolute
	isEmail
	isMoment // RFC 3339; a day becomes its beginning
	isOneOf
	isNested
	isHistory
)

// words that a field may have; the first stands for none where the schema requires one.
var words = map[string][]string{
	"status":        {"active", "inactive", "defunct", "temporarily closed"},
	"location_type": {"physical", "postal", "virtual"},
	"address_type":  {"physical", "postal", "virtual"},
	"freq":          {"WEEKLY", "MONTHLY"},
	"wkst":          {"MO", "TU", "WE", "TH", "FR", "SA", "SU"},
}

// field is what is asked of one field of a noun.
type field struct {
	index    int
	name     string
	rule     int
	required bool
}

var fields sync.Map // reflect.Type of a noun to []field

func fieldsOf(t reflect.Type) []field {
	if kept, ok := fields.Load(t); ok {
		return kept.([]field)
	}
	var list []field
	for i := range t.NumField() {
		name, options, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
		f := field{index: i, name: name, required: options != "omitempty"}
		kind := t.Field(i).Type
		switch {
		case name == "metadata":
			f.rule = isHistory
		case kind.Kind() == reflect.Slice || kind.Kind() == reflect.Pointer && kind.Elem().Kind() == reflect.Struct:
			f.rule = isNested
		case kind.Kind() != reflect.String || name == "tax_id" || t == reflect.TypeFor[Area]() && name == "uri":
		case name == "id":
			f.rule = isID
		case strings.HasSuffix(name, "_id"):
			f.rule = isLink
		case slices.Contains([]string{"url", "uri", "website", "schedule_link", "term_uri"}, name):
			f.rule = isURI
		case name == "email" || name == "assurer_email":
			f.rule = isEmail
		case name == "updated" || name == "last_modified":
			f.rule = isMoment
		case words[name] != nil:
			f.rule = isOneOf
		}
		// The schema asks these of a capacity, though a program that reads may meet it without.
		f.required = f.required || t == reflect.TypeFor[Capacity]() && (name == "unit" || name == "available")
		list = append(list, f)
	}
	fields.Store(t, list)
	return list
}

// Fit makes of the noun at which at points one that the schemas of HSDS 3.1 take, whatever it was imported from: identifiers
// below it that are none are made of its own (the same each time), optional fields whose format is broken go, and so does
// what cannot be without such a field. Attributes get the term that term gives for their taxonomy_term_id; where it gives
// none they keep what they have. The history of fields (metadata) goes too: it would tell what was taken back since.
func Fit(at any, term func(id string) *Term) {
	v := reflect.ValueOf(at).Elem()
	fit(v, v.Field(0).String(), term)
}

// fit says whether what is left can be.
func fit(v reflect.Value, id string, term func(id string) *Term) bool {
	for _, f := range fieldsOf(v.Type()) {
		at := v.Field(f.index)
		if f.rule == anything {
			if f.required && at.Kind() == reflect.Pointer && at.IsNil() {
				return false
			}
			continue
		}
		switch f.rule {
		case isHistory:
			if at.Len() > 0 { // a term is shared by all that have it: only what changes is written
				at.SetZero()
			}
		case isNested:
			if !nested(at, f, id, term) {
				return false
			}
		case isID:
			if at.String() != id {
				at.SetString(id)
			}
		default:
			s := at.String()
			if s == "" && !f.required {
				continue
			}
			fitted, ok := fitted(f, s)
			if !ok && f.required {
				return false
			}
			if fitted != s {
				at.SetString(fitted)
			}
		}
	}
	return true
}

func nested(at reflect.Value, f field, id string, term func(id string) *Term) bool {
	if at.Kind() == reflect.Pointer {
		if at.IsNil() {
			return !f.required
		}
		if !fit(at.Elem(), idOf(at.Elem(), id, f.name, 0), term) {
			at.SetZero()
			return !f.required
		}
		return true
	}
	dropped := -1
	for i := range at.Len() {
		one := at.Index(i)
		if a, ok := one.Addr().Interface().(*Attribute); ok {
			a.sorted(term)
		}
		if ok := fit(one, idOf(one, id, f.name, i), term); !ok && dropped < 0 {
			dropped = i
		}
	}
	if dropped < 0 {
		return true
	}
	left := reflect.MakeSlice(at.Type(), 0, at.Len()) // another list: several nouns may share the one that was read
	for i := range at.Len() {
		one := at.Index(i)
		if i < dropped || i > dropped && fit(one, idOf(one, id, f.name, i), term) {
			left = reflect.Append(left, one)
		}
	}
	at.Set(left)
	return true
}

// sorted gives the attribute its term.
func (a *Attribute) sorted(term func(id string) *Term) {
	if a.TaxonomyTermID == "" && a.TaxonomyTerm != nil {
		a.TaxonomyTermID = a.TaxonomyTerm.ID
	}
	if term == nil || a.TaxonomyTermID == "" {
		return
	}
	if t := term(a.TaxonomyTermID); t != nil {
		a.TaxonomyTerm = t
	}
}

// fitted is the text as its format has it, or nothing and false.
func fitted(f field, s string) (string, bool) {
	switch f.rule {
	case isLink:
		return keep(s, IsUUID(s))
	case isURI:
		return keep(s, isAbsolute(s))
	case isEmail:
		return keep(s, isAddress(s))
	case isMoment:
		if day, err := time.Parse(time.DateOnly, s); err == nil {
			return day.Format(time.RFC3339), true
		}
		_, err := time.Parse(time.RFC3339, s)
		return keep(s, err == nil)
	case isOneOf:
		list := words[f.name]
		if slices.Contains(list, s) {
			return s, true
		}
		if f.required {
			return list[0], true
		}
		return "", false
	}
	return s, true
}

func keep(s string, ok bool) (string, bool) {
	if !ok {
		return "", false
	}
	return s, true
}

// isAbsolute says whether it is an absolute URI (RFC 3986).
func isAbsolute(s string) bool {
	if rest, ok := strings.CutPrefix(s, "https://"); ok && rest != "" && plain(rest, "./-_") && rest[0] != '/' {
		return true // as most are
	}
	u, err := url.Parse(s)
	return err == nil && u.IsAbs() && (u.Host != "" || u.Opaque != "")
}

// isAddress says whether it is an e-mail address as nearly all are: letters of ASCII, and a name with a dot behind the @.
func isAddress(s string) bool {
	name, host, ok := strings.Cut(s, "@")
	if !ok || len(name) > 64 || len(s) > 254 || !plain(name, "._%+-") || !plain(host, ".-") || !strings.Contains(host, ".") {
		return false
	}
	for part := range strings.SplitSeq(name, ".") {
		if part == "" {
			return false
		}
	}
	for part := range strings.SplitSeq(host, ".") {
		if part == "" || len(part) > 63 || part[0] == '-' || part[len(part)-1] == '-' {
			return false
		}
	}
	return true
}

// plain says whether there are only letters and digits of ASCII and the other characters.
func plain(s, others string) bool {
	for i := range len(s) {
		c := s[i]
		if (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && strings.IndexByte(others, c) < 0 {
			return false
		}
	}
	return true
}

// IsUUID says whether it is one, written as RFC 9562 does.
func IsUUID(s string) bool {
	if len(s) != 36 {
		return false
	}
	for i := range len(s) {
		c := s[i]
		switch i {
		case 8, 13, 18, 23:
			if c != '-' {
				return false
			}
		default:
			if (c < '0' || c > '9') && (c < 'a' || c > 'f') && (c < 'A' || c > 'F') {
				return false
			}
		}
	}
	return true
}

// idOf is the id of a noun that is kept inside of another, or one made of the other's (RFC 9562, version 5).
func idOf(v reflect.Value, owner, list string, n int) string {
	if id := v.Field(0).String(); IsUUID(id) { // of every noun the first field
		return id
	}
	sum := sha1.Sum([]byte(owner + "/" + list + "/" + strconv.Itoa(n)))
	sum[6], sum[8] = sum[6]&0x0f|0x50, sum[8]&0x3f|0x80
	h := hex.EncodeToString(sum[:16])
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}
