package participation

import (
	"kvart/internal/network"
	"kvart/internal/platform/web"
)

// Routes of participation, public first. Every route names what it needs; what is another centre's is NotFound.
func (p *Pages) Routes() []web.Route {
	offering := web.Permitted(Offer, network.ScopeOrganisation)
	return []web.Route{
		{Pattern: "GET /{lang}/propose", Need: web.Public, Handle: p.propose},
		{Pattern: "POST /{lang}/propose", Need: web.Public, Handle: p.proposed},
		{Pattern: "GET /{lang}/propose/paper", Need: web.Public, Handle: p.paper},
		{Pattern: "GET /{lang}/propose/code", Need: web.Public, Handle: p.code},
		{Pattern: "POST /{lang}/propose/code", Need: web.Public, Handle: p.yours},
		{Pattern: "POST /{lang}/propose/code/agree", Need: web.Public, Handle: p.agree},
		{Pattern: "POST /{lang}/propose/code/withdraw", Need: web.Public, Ask: web.Asks("participation.withdraw.sure"), Handle: p.withdraw},
		{Pattern: "GET /{lang}/proposals", Need: web.Public, Handle: p.proposals},
		{Pattern: "GET /{lang}/proposals/{id}", Need: web.Public, Handle: p.proposal},
		{Pattern: "POST /{lang}/proposals/{id}/going", Need: web.Public, Handle: p.going},

		{Pattern: "GET /desk/proposals", Need: network.AtCentre(Answer), Handle: p.desk},
		{Pattern: "GET /desk/proposals/new", Need: network.AtCentre(Take), Handle: p.newAtDesk},
		{Pattern: "POST /desk/proposals/new", Need: network.AtCentre(Take), Handle: p.addAtDesk},
		{Pattern: "GET /desk/proposals/{id}", Need: network.AtCentre(Answer), Handle: p.one},
		{Pattern: "POST /desk/proposals/{id}/screen", Need: network.AtCentre(Answer), Handle: p.screen},
		{Pattern: "POST /desk/proposals/{id}/step", Need: network.AtCentre(Answer), Handle: p.say},
		{Pattern: "POST /desk/proposals/{id}/carry", Need: network.AtCentre(Answer), Handle: p.carry},
		{Pattern: "GET /desk/proposals/{id}/plan", Need: network.AtCentre(Answer), Handle: p.planForm},
		{Pattern: "POST /desk/proposals/{id}/plan", Need: network.AtCentre(Answer), Handle: p.plan},
		{Pattern: "GET /desk/partner", Need: offering, Handle: p.partner},
		{Pattern: "POST /desk/partner/{id}", Need: offering, Handle: p.offer},
		{Pattern: "GET /desk/network/proposals", Need: network.InNetwork(Oversee), Handle: p.overview},
	}
}
