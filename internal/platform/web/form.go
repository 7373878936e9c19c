package web

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
)

// MaxForm is the most bytes of an ordinary form.
const MaxForm = 256 << 10

// MaxTeamForm is the most bytes of a form in which the team writes at length (Route.Large): what is far too long comes back
// with the fault, and is not lost.
const MaxTeamForm = 2 << 20

// Form is what was typed, with what is wrong about it. The zero value is an empty form.
type Form struct {
	Values url.Values
	Err    *fault.Error
}

// Read parses the request's form. It returns Invalid for a form that is no form, is longer than its route takes or is not
// UTF-8.
func (r *Request) Read(w http.ResponseWriter) (*Form, error) {
	if r.large {
		return r.ReadUpTo(w, MaxTeamForm)
	}
	return r.ReadUpTo(w, MaxForm)
}

// ReadUpTo is Read for a form of at most so many bytes, on a page that is read by nobody else before.
func (r *Request) ReadUpTo(w http.ResponseWriter, most int64) (*Form, error) {
	r.Body = http.MaxBytesReader(w, r.Body, most)
	var err error
	if strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/") {
		err = r.ParseMultipartForm(most)
	} else {
		err = r.ParseForm()
	}
	if err != nil {
		if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
			return nil, fault.Invalid("fault.too_large").Because(err)
		}
		return nil, fault.Invalid("fault.no_form").Because(err)
	}
	for _, list := range r.PostForm {
		for i, v := range list {
			if !isText(v) {
				return nil, fault.Invalid("fault.bad_encoding")
			}
			list[i] = typed(v)
		}
	}
	return &Form{Values: r.PostForm}, nil
}

// typed is a field's text as it is kept, whatever ends a line in the browser.
func typed(v string) string { return strings.TrimSpace(strings.ReplaceAll(v, "\r\n", "\n")) }

// Sent is a file that came with a form. The zero value is none.
type Sent struct {
	Name  string // as the sender calls it
	Data  []byte
	Large bool // it was larger than may be, and is not here
}

// drained is how much of a form with too large a file is still taken, so that the browser reads the answer.
const drained = 64 << 20

// ReadFile parses a form that may bring one file, in the field "file", part by part, so that what was typed before the file
// is kept whatever the file is. It returns Invalid for a form that is no form, for more than mostTyped bytes beside the
// file, and for text that is not UTF-8.
func (r *Request) ReadFile(w http.ResponseWriter, mostFile, mostTyped int64) (*Form, Sent, error) {
	var s Sent
	if !strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/") {
		f, err := r.ReadUpTo(w, mostTyped)
		return f, s, err
	}
	f := NewForm()
	r.Body = http.MaxBytesReader(w, r.Body, drained)
	parts, err := r.MultipartReader()
	if err != nil {
		return f, s, fault.Invalid("fault.no_form").Because(err)
	}
	var sum int64
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return f, s, nil
		}
		if err == nil && part.FormName() == "file" {
			s.Name = part.FileName()
			s.Data, err = io.ReadAll(io.LimitReader(part, mostFile+1))
			if err == nil && int64(len(s.Data)) > mostFile {
				s.Data, s.Large = nil, true
				_, err = io.Copy(io.Discard, part)
			}
		} else if err == nil {
			var v []byte
			v, err = io.ReadAll(io.LimitReader(part, mostTyped-sum+1))
			if sum += int64(len(v)); sum > mostTyped {
				return f, s, fault.Invalid("fault.too_large")
			}
			if !isText(string(v)) {
				return f, s, fault.Invalid("fault.bad_encoding")
			}
			f.Values.Add(part.FormName(), typed(string(v)))
		}
		if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
			s.Data, s.Large = nil, true
			return f, s, nil
		}
		if err != nil {
			return f, s, fault.Invalid("fault.no_form").Because(err)
		}
	}
}

// isText says whether both engines keep s as it is: UTF-8 without a zero byte.
func isText(s string) bool { return utf8.ValidString(s) && !strings.ContainsRune(s, 0) }

// NewForm is a form filled in before anything was typed: pairs of name and value.
func NewForm(pairs ...string) *Form {
	v := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		v.Add(pairs[i], pairs[i+1])
	}
	return &Form{Values: v}
}

// Get is the field's value, or "".
func (f *Form) Get(name string) string {
	if f == nil {
		return ""
	}
	return f.Values.Get(name)
}

// All are the field's values.
func (f *Form) All(name string) []string {
	if f == nil {
		return nil
	}
	return f.Values[name]
}

// Has says whether the field has this value, for boxes and lists.
func (f *Form) Has(name, value string) bool {
	return slices.Contains(f.All(name), value)
}

func (f *Form) hasAny(name string, options []Option) bool {
	return slices.ContainsFunc(options, func(o Option) bool { return f.Has(name, o.Value) })
}

// On says whether the box was ticked.
func (f *Form) On(name string) bool { return f.Get(name) != "" }

// Int is the field's whole number; an empty field is the given one. A fault is noted for anything else or out of bounds.
func (f *Form) Int(faults *fault.Form, name string, empty, low, high int) int {
	s := f.Get(name)
	if s == "" {
		return empty
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < low || n > high {
		faults.Add(name, "fault.not_a_number", "low", low, "high", high)
		return empty
	}
	return n
}

// Text is the field's text; a fault is noted when it is longer than max characters, or empty and required.
func (f *Form) Text(faults *fault.Form, name string, max int, required bool) string {
	s := f.Get(name)
	if required && s == "" {
		faults.Add(name, "fault.required")
	}
	if utf8.RuneCountInString(s) > max {
		faults.Add(name, "fault.too_long", "max", max)
	}
	return s
}

// Failed gives the form its fault, for showing it again. It returns false for a fault that no form can show.
func (f *Form) Failed(err error) bool {
	e := fault.Of(err)
	if e.Kind != fault.KindInvalid && e.Kind != fault.KindConflict && e.Kind != fault.KindTooMany {
		return false
	}
	f.Err = e
	return true
}

// Fault is the fault of the named field.
func (f *Form) Fault(name string) (fault.Field, bool) {
	if f == nil || f.Err == nil {
		return fault.Field{}, false
	}
	for _, x := range f.Err.Fields {
		if x.Name == name {
			return x, true
		}
	}
	return fault.Field{}, false
}

// Already is returned by Claim when the form was taken before.
type Already struct{ Location string }

// Error implements error.
func (a *Already) Error() string { return "form already taken" }

// Claim marks a form as taken, in the transaction that does what it asks, so that a double press or the back button
// does it once. It returns *Already with the address the first sending led to. An empty key claims nothing.
func Claim(ctx context.Context, tx *db.Tx, key, location string, now time.Time) error {
	if key == "" {
		return nil
	}
	expires := now.Add(48 * time.Hour).Truncate(time.Hour).Unix() // a form of a confidential message tells its hour only
	n, err := tx.Exec(ctx, `INSERT INTO submissions (form_key, location, expires_at) VALUES (:key, :location, :expires)
		ON CONFLICT (form_key) DO NOTHING`, db.Args{"key": key, "location": location, "expires": expires})
	if err != nil || n == 1 {
		return err
	}
	var first string
	if err := tx.Get(ctx, &first, `SELECT location FROM submissions WHERE form_key = :key`, db.Args{"key": key}); err != nil {
		return err
	}
	return &Already{Location: first}
}

// ForgetClaims deletes the marks of forms older than two days.
func ForgetClaims(ctx context.Context, d *db.DB, now time.Time) error {
	_, err := d.Exec(ctx, `DELETE FROM submissions WHERE expires_at < :now`, db.Args{"now": now.Unix()})
	return err
}
