package support

import (
	"sync"

	"kvart/internal/platform/web"
)

// Pages are the pages of support: the person's under a neutral address, the team's at the desk.
type Pages struct {
	Store  *Store
	Server *web.Server

	drawing sync.Mutex // one picture is drawn anew at a time, so that many at once do not take everybody's memory
}

// Routes of support, the person's first. Every route names what it needs; beyond it, nothing opens without a grant.
func (p *Pages) Routes() []web.Route {
	var list []web.Route
	for _, part := range [][]web.Route{p.personRoutes(), p.staffRoutes(), p.teamRoutes()} {
		list = append(list, part...)
	}
	return list
}
