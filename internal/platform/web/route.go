package web

import (
	"net/http"

	"kvart/internal/platform/auth"
)

// Handler answers one request. A returned fault becomes a page in the reader's language.
type Handler func(w http.ResponseWriter, r *Request) error

// Need says what a route needs before its handler runs. The zero value needs more than anybody has, so that a route
// that forgot to say what it needs is refused.
type Need struct {
	level      level
	Permission auth.Permission
	ScopeKind  string // the kind of scope one acts in, or AnyScope
}

// AnyScope is for a page that is the same wherever one acts, as the numbers of the whole network are.
const AnyScope = "*"

type level int

const (
	levelForgotten level = iota
	levelPublic
	levelSignedIn
	levelPermitted
)

// Public needs nothing.
var Public = Need{level: levelPublic}

// SignedIn needs an account, whatever its roles.
var SignedIn = Need{level: levelSignedIn}

// Permitted needs the permission in the scope one acts in, which must be of this kind.
func Permitted(p auth.Permission, scopeKind string) Need {
	return Need{level: levelPermitted, Permission: p, ScopeKind: scopeKind}
}

// IsPublic says whether anybody may call the route.
func (n Need) IsPublic() bool { return n.level == levelPublic }

// IsPermitted says whether the route needs a permission, rather than only an account.
func (n Need) IsPermitted() bool { return n.level == levelPermitted }

// In says whether the route can be used where one acts in a scope of the kind.
func (n Need) In(scopeKind string) bool { return n.ScopeKind == AnyScope || n.ScopeKind == scopeKind }

// Stated says whether the route said what it needs.
func (n Need) Stated() bool { return n.level != levelForgotten }

// Route is one line of a feature's route table. A pattern is a method and a path as net/http has them; a path that
// begins with /{lang}/ stands for one path a language, and a GET one answers without the language too, by redirecting
// to the reader's own.
type Route struct {
	Pattern string
	Need    Need
	Ask     Question // what is asked once before the handler runs; nil: nothing
	Large   bool     // its form may have as many bytes as MaxTeamForm, wherever on the way to the handler it is read
	Exit    string   // public path that every page here can be left by at once; the handler there ends what was begun; empty: none
	Handle  Handler
}
