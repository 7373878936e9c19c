package web

import (
	"slices"

	"kvart/internal/platform/auth"
)

// MenuItem is an entry of the main menu or of the desk's.
type MenuItem struct {
	Key        string // message key
	Path       string // without the language, for public entries
	Permission auth.Permission
	ScopeKind  string // shown only where one acts in a scope of this kind; empty: anywhere
	Under      string // path of the entry whose second row this one is in, as long as the viewer may open that one
	Feature    string // shown only where the scope one acts in turned this on; empty: always
	Address    string // filled in when shown
}

// mayOpen are the desk's entries that the viewer may open where they act.
func (r *Request) mayOpen() []MenuItem {
	var list []MenuItem
	for _, m := range r.server.DeskMenu {
		if m.Permission != "" && !r.Viewer.May(m.Permission) || m.ScopeKind != "" && m.ScopeKind != r.Viewer.Acting.Scope.Kind {
			continue
		}
		if m.Feature != "" && !slices.Contains(r.Viewer.Acting.Features, m.Feature) {
			continue
		}
		m.Address = m.Path
		list = append(list, m)
	}
	return list
}

// deskMenu are the entries of the first row, and the one of them that the section belongs to. Few and always the same:
// what is not of every day is in the second row of one of them.
func (r *Request) deskMenu(section string) (list []MenuItem, current string) {
	all := r.mayOpen()
	current = section
	for _, m := range all {
		above := m.Under != "" && slices.ContainsFunc(all, func(x MenuItem) bool { return x.Under == "" && x.Path == m.Under })
		switch {
		case !above:
			list = append(list, m)
		case m.Path == section:
			current = m.Under
		}
	}
	return list, current
}

// secondRow are the entries beside the section; none where its place in the menu has one page only.
func (r *Request) secondRow(section string) []MenuItem {
	_, above := r.deskMenu(section)
	return slices.DeleteFunc(r.mayOpen(), func(m MenuItem) bool { return m.Under == "" || m.Under != above })
}

// publicMenu is the main menu in the reader's language.
func (r *Request) publicMenu() []MenuItem {
	list := make([]MenuItem, 0, len(r.server.Menu))
	for _, m := range r.server.Menu {
		m.Address = r.Path(m.Path)
		list = append(list, m)
	}
	return list
}
