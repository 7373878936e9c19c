// Package fault is the vocabulary of what can go wrong.
//
// A fault carries a message key with arguments, translated where a person reads it, and a wrapped cause that only
// the log sees. It knows nothing of HTTP or of a language; package web maps kinds to status codes in one table.
package fault

import (
	"errors"
	"fmt"
)

// Kind says which of the few kinds of fault this is.
type Kind int

// The kinds, and nothing else. The zero value is Internal, so that a forgotten kind is never shown as harmless.
const (
	KindInternal Kind = iota
	KindNotFound
	KindInvalid
	KindConflict
	KindForbidden
	KindUnauthenticated
	KindTooMany
)

// Field is one fault of one form field.
type Field struct {
	Name string // the field's name in the form
	Key  string // message key
	Args []any  // pairs "name", value
}

// Error is a fault.
type Error struct {
	Kind   Kind
	Key    string // message key
	Args   []any  // pairs "name", value
	Fields []Field
	Detail any // what a page needs to show beside the message, such as the list of clashes
	cause  error
}

// Error is for the log, never for a page.
func (e *Error) Error() string {
	s := e.Key
	for _, f := range e.Fields {
		s += fmt.Sprintf(" [%s: %s]", f.Name, f.Key)
	}
	if e.cause != nil {
		s += ": " + e.cause.Error()
	}
	return s
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.cause }

// Because returns the same fault with a cause for the log.
func (e *Error) Because(cause error) *Error {
	c := *e
	c.cause = cause
	return &c
}

// With returns the same fault with a detail for the page.
func (e *Error) With(detail any) *Error {
	c := *e
	c.Detail = detail
	return &c
}

// NotFound says that there is no such thing, or none that this reader may know of.
func NotFound(key string, args ...any) *Error {
	return &Error{Kind: KindNotFound, Key: key, Args: args}
}

// Invalid says that what was asked cannot be right.
func Invalid(key string, args ...any) *Error { return &Error{Kind: KindInvalid, Key: key, Args: args} }

// Conflict says that it cannot be done beside what is already there.
func Conflict(key string, args ...any) *Error {
	return &Error{Kind: KindConflict, Key: key, Args: args}
}

// Forbidden says that this account may not.
func Forbidden(key string, args ...any) *Error {
	return &Error{Kind: KindForbidden, Key: key, Args: args}
}

// Unauthenticated says that nobody is signed in.
func Unauthenticated(key string, args ...any) *Error {
	return &Error{Kind: KindUnauthenticated, Key: key, Args: args}
}

// TooMany says that it was tried too often; try later.
func TooMany(key string, args ...any) *Error { return &Error{Kind: KindTooMany, Key: key, Args: args} }

// Internal wraps a cause that no person can do anything about.
func Internal(cause error) *Error {
	return &Error{Kind: KindInternal, Key: "fault.internal", cause: cause}
}

// Form collects the faults of a form's fields.
type Form struct{ fields []Field }

// Add notes a fault of the named field.
func (f *Form) Add(name, key string, args ...any) {
	f.fields = append(f.fields, Field{Name: name, Key: key, Args: args})
}

// Err returns Invalid with the noted fields, or nil when there are none.
func (f *Form) Err() error {
	if len(f.fields) == 0 {
		return nil
	}
	return &Error{Kind: KindInvalid, Key: "fault.form", Fields: f.fields}
}

// Of returns the fault in err's chain, or Internal around it. It returns nil for nil.
func Of(err error) *Error {
	if err == nil {
		return nil
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return e
	}
	return Internal(err)
}

// Is says whether err is a fault of this kind.
func Is(err error, k Kind) bool { return err != nil && Of(err).Kind == k }
