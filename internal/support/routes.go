package support

import (
	"kvart/internal/platform/mail"
	"kvart/internal/platform/sms"
	"kvart/internal/platform/web"
)

// Pages are the pages of support: the person's under a neutral address, the team's at the desk.
type Pages struct {
	Store   *Store
	Server  *web.Server
	Mail    *mail.Sender // neutral notices go through them at once, and are kept nowhere
	SMS     *sms.Sender
	Country string // calling code of numbers that begin with 0

	large largeForms
}

// Routes of support, the person's first. Every route names what it needs; beyond it, nothing opens without a grant.
func (p *Pages) Routes() []web.Route {
	var list []web.Route
	for _, part := range [][]web.Route{p.personRoutes(), p.staffRoutes(), p.teamRoutes(), p.referralRoutes()} {
		list = append(list, part...)
	}
	return list
}
