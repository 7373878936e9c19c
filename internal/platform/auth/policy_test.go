package auth

import (
	"testing"

	"pgregory.net/rapid"
)

func containsNetwork(wide, narrow Scope) bool {
	return wide.Kind == "network" && narrow.Kind == "centre"
}

func TestPolicy_rightsAddUpAndStayInTheirScope(t *testing.T) {
	p := NewPolicy(containsNetwork, []Grant{{"host", "desk"}, {"lead", "edit"}}, []Grant{{"host", "record"}})
	host := []Held{{"host", centreA}}
	for _, c := range []struct {
		name string
		held []Held
		want Permission
		in   Scope
		can  bool
	}{
		{"first table", host, "desk", centreA, true},
		{"second table", host, "record", centreA, true},
		{"another centre", host, "desk", centreB, false},
		{"the same id of another kind", host, "desk", Scope{"organisation", "a"}, false},
		{"not granted", host, "edit", centreA, false},
		{"of a wider scope", []Held{{"lead", Scope{"network", "n"}}}, "edit", centreA, true},
		{"a narrow scope does not widen", []Held{{"lead", centreA}}, "edit", Scope{"network", "n"}, false},
		{"two roles", append([]Held{{"lead", Scope{"network", "n"}}}, host...), "edit", centreB, true},
		{"no role", nil, "desk", centreA, false},
		{"no permission asked for", host, "", centreA, false},
	} {
		if got := p.Can(c.held, c.want, c.in); got != c.can {
			t.Errorf("%s: %v", c.name, got)
		}
	}
	if (Policy{}).Can(host, "desk", centreA) {
		t.Error("the zero policy must deny")
	}
	if NewPolicy(nil, []Grant{{"lead", "edit"}}).Can([]Held{{"lead", Scope{"network", "n"}}}, "edit", centreA) {
		t.Error("without a rule of containment scopes differ")
	}
}

// One more role never takes a right away, and a right comes from one role alone.
func TestPolicy_isTheUnionOfItsRoles(t *testing.T) {
	role := rapid.SampledFrom([]Role{"r", "s", "t"})
	permission := rapid.SampledFrom([]Permission{"x", "y", "z"})
	scope := rapid.SampledFrom([]Scope{centreA, centreB, {"network", "n"}})
	rapid.Check(t, func(t *rapid.T) {
		grants := rapid.SliceOf(rapid.Custom(func(t *rapid.T) Grant { return Grant{role.Draw(t, "role"), permission.Draw(t, "permission")} })).Draw(t, "grants")
		held := rapid.SliceOf(rapid.Custom(func(t *rapid.T) Held { return Held{role.Draw(t, "held"), scope.Draw(t, "scope")} })).Draw(t, "all held")
		p, want, in := NewPolicy(containsNetwork, grants), permission.Draw(t, "want"), scope.Draw(t, "in")
		any := false
		for _, h := range held {
			any = any || p.Can([]Held{h}, want, in)
		}
		if p.Can(held, want, in) != any {
			t.Fatal("rights do not add up")
		}
	})
}

func TestPolicy_nobodyMayAnythingNowhere(t *testing.T) {
	p := NewPolicy(func(wide, narrow Scope) bool { return true }, []Grant{{"lead", "edit"}})
	for _, nowhere := range []Scope{{}, {Kind: "centre"}, {ID: "a"}} {
		if p.Can([]Held{{"lead", Scope{"network", "n"}}}, "edit", nowhere) || p.Can([]Held{{"lead", nowhere}}, "edit", nowhere) {
			t.Error(nowhere)
		}
	}
}
