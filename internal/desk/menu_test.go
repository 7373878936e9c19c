package desk

import (
	"slices"
	"testing"

	"kvart/internal/network"
	"kvart/internal/platform/web"
)

// A new centre's menu is PRACTICE's: what a small centre does not need is not in it until it is turned on, and then beside the
// proposals that it belongs to.
func TestMenu_aNewCentreHasTheDayProgrammeRoomsProposalsAndMessages(t *testing.T) {
	first := func(on ...string) (paths []string) {
		for _, m := range Menu {
			here := m.Permission == network.OpenDesk || m.ScopeKind == network.ScopeCentre
			if here && m.Under == "" && (m.Feature == "" || slices.Contains(on, m.Feature)) {
				paths = append(paths, m.Path)
			}
		}
		return paths
	}
	want := []string{"/desk/", "/desk/programme", "/desk/rooms", "/desk/proposals", "/desk/messages", "/desk/centre"}
	for _, on := range [][]string{nil, network.Features} {
		if got := first(on...); !slices.Equal(got, want) {
			t.Errorf("with %v turned on the first row is %v", on, got)
		}
	}
	beside := func(path string) bool {
		return slices.ContainsFunc(Menu, func(m web.MenuItem) bool { return m.Path == path && m.Under == "/desk/proposals" && m.Feature != "" })
	}
	for _, path := range []string{"/desk/needs", "/desk/surveys", "/desk/votes"} {
		if !beside(path) {
			t.Errorf("%s is not beside the proposals, or always there", path)
		}
	}
}
