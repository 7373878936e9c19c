package auth

// Grant gives a permission to everybody who holds the role, in the scope in which it is held.
type Grant struct {
	Role       Role
	Permission Permission
}

// Policy is which roles have which permissions. Rights add up over the roles held; what nobody granted is denied, and
// so is everything under the zero Policy.
type Policy struct {
	granted  map[Grant]struct{}
	contains func(wide, narrow Scope) bool
}

// NewPolicy collects the grants that features declare. contains says whether a role held in wide counts in narrow too,
// where they differ; nil means that none does.
func NewPolicy(contains func(wide, narrow Scope) bool, grants ...[]Grant) Policy {
	p := Policy{granted: map[Grant]struct{}{}, contains: contains}
	for _, list := range grants {
		for _, g := range list {
			p.granted[g] = struct{}{}
		}
	}
	return p
}

// Can says whether the roles held give the permission in the scope. A scope without a kind or an id is nowhere, and
// nobody may do anything there.
func (p Policy) Can(held []Held, perm Permission, scope Scope) bool {
	if perm == "" || scope.Kind == "" || scope.ID == "" {
		return false
	}
	for _, h := range held {
		if _, ok := p.granted[Grant{h.Role, perm}]; !ok {
			continue
		}
		if h.Scope == scope || p.contains != nil && h.Kind != "" && h.ID != "" && p.contains(h.Scope, scope) {
			return true
		}
	}
	return false
}

// Roles are the roles that have the permission.
func (p Policy) Roles(perm Permission) []Role {
	var roles []Role
	for g := range p.granted {
		if g.Permission == perm {
			roles = append(roles, g.Role)
		}
	}
	return roles
}
