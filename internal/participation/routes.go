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
		{Pattern: "POST /{lang}/propose/similar", Need: web.Public, Handle: p.similar},
		{Pattern: "GET /{lang}/proposals", Need: web.Public, Handle: p.proposals},
		{Pattern: "GET /{lang}/proposals/{id}", Need: web.Public, Handle: p.proposal},
		{Pattern: "POST /{lang}/proposals/{id}/going", Need: web.Public, Handle: p.going},

		{Pattern: "POST /{lang}/proposals/{id}/comment", Need: web.Public, Handle: p.comment},

		{Pattern: "GET /{lang}/needs", Need: web.Public, Handle: p.needs},
		{Pattern: "GET /{lang}/needs/{id}", Need: web.Public, Handle: p.cycle},
		{Pattern: "GET /{lang}/needs/{id}/join", Need: web.Public, Handle: p.joinForm},
		{Pattern: "POST /{lang}/needs/{id}/join", Need: web.Public, Handle: p.join},
		{Pattern: "GET /{lang}/needs/{id}/poster", Need: web.Public, Handle: p.poster},
		{Pattern: "GET /{lang}/needs/{id}/poster.pdf", Need: web.Public, Handle: p.posterPDF},

		{Pattern: "GET /desk/needs", Need: network.AtCentre(Arrange), Handle: p.deskNeeds},
		{Pattern: "GET /desk/needs/new", Need: network.AtCentre(Arrange), Handle: p.newCycle},
		{Pattern: "POST /desk/needs/new", Need: network.AtCentre(Arrange), Handle: p.addCycle},
		{Pattern: "GET /desk/needs/{id}", Need: network.AtCentre(Arrange), Handle: p.editCycle},
		{Pattern: "POST /desk/needs/{id}", Need: network.AtCentre(Arrange), Handle: p.changeCycle},
		{Pattern: "GET /desk/needs/{id}/group", Need: network.AtCentre(Arrange), Handle: p.group},
		{Pattern: "POST /desk/needs/{id}/join", Need: network.AtCentre(Arrange), Handle: p.joinAtDesk},
		{Pattern: "POST /desk/needs/{id}/member", Need: network.AtCentre(Arrange), Handle: p.member},
		{Pattern: "POST /desk/needs/{id}/leave", Need: network.AtCentre(Arrange), Ask: web.Asks("needs.leave.sure"), Handle: p.leave},
		{Pattern: "GET /desk/needs/{id}/meeting", Need: network.AtCentre(Arrange), Handle: p.meeting},
		{Pattern: "POST /desk/needs/{id}/meeting", Need: network.AtCentre(Arrange), Handle: p.saveMeeting},
		{Pattern: "GET /desk/needs/{id}/listen", Need: network.AtCentre(Arrange), Handle: p.listen},
		{Pattern: "GET /desk/needs/{id}/survey", Need: network.AtCentre(Arrange), Handle: p.overtakeForm},
		{Pattern: "POST /desk/needs/{id}/survey", Need: network.AtCentre(Arrange), Handle: p.overtake},
		{Pattern: "POST /desk/needs/{id}/source", Need: network.AtCentre(Arrange), Handle: p.addSource},
		{Pattern: "POST /desk/needs/{id}/theme", Need: network.AtCentre(Arrange), Handle: p.addTheme},
		{Pattern: "POST /desk/needs/{id}/quote", Need: network.AtCentre(Arrange), Handle: p.addQuote},
		{Pattern: "POST /desk/needs/{id}/take-back", Need: network.AtCentre(Arrange), Ask: web.Asks("needs.take_back.sure"), Handle: p.takeBack},
		{Pattern: "POST /desk/needs/{id}/code", Need: network.AtCentre(Arrange), Handle: p.codeQuotes},
		{Pattern: "GET /desk/needs/{id}/answer", Need: network.AtCentre(Arrange), Handle: p.answerForm},
		{Pattern: "POST /desk/needs/{id}/answer", Need: network.AtCentre(Arrange), Handle: p.answerTheme},

		{Pattern: "GET /desk/phone", Need: network.AtCentre(Take), Handle: p.phone},
		{Pattern: "GET /desk/proposals", Need: network.AtCentre(Answer), Handle: p.desk},
		{Pattern: "GET /desk/proposals/new", Need: network.AtCentre(Take), Handle: p.newAtDesk},
		{Pattern: "POST /desk/proposals/new", Need: network.AtCentre(Take), Handle: p.addAtDesk},
		{Pattern: "GET /desk/proposals/{id}", Need: network.AtCentre(Answer), Handle: p.one},
		{Pattern: "POST /desk/proposals/{id}/screen", Need: network.AtCentre(Answer), Handle: p.screen},
		{Pattern: "POST /desk/proposals/{id}/step", Need: network.AtCentre(Answer), Handle: p.say},
		{Pattern: "POST /desk/proposals/{id}/carry", Need: network.AtCentre(Answer), Handle: p.carry},
		{Pattern: "POST /desk/proposals/{id}/budget", Need: network.AtCentre(Answer), Handle: p.budget},
		{Pattern: "POST /desk/proposals/{id}/comment", Need: network.AtCentre(Answer), Handle: p.decideComment},
		{Pattern: "POST /desk/proposals/{id}/code", Need: network.AtCentre(Answer), Ask: web.Asks("participation.recode.sure"), Handle: p.recode},
		{Pattern: "GET /desk/proposals/{id}/vote", Need: network.AtCentre(Answer), Handle: p.voteForm},
		{Pattern: "POST /desk/proposals/{id}/vote", Need: network.AtCentre(Answer), Handle: p.putToVote},
		{Pattern: "GET /desk/proposals/{id}/plan", Need: network.AtCentre(Answer), Handle: p.planForm},
		{Pattern: "POST /desk/proposals/{id}/plan", Need: network.AtCentre(Answer), Handle: p.plan},
		{Pattern: "GET /desk/partner", Need: offering, Handle: p.partner},
		{Pattern: "POST /desk/partner/{id}", Need: offering, Handle: p.offer},
		{Pattern: "GET /desk/network/proposals", Need: network.InNetwork(Oversee), Handle: p.overview},
	}
}
