package sharing

import (
	"kvart/internal/network"
	"kvart/internal/platform/web"
)

// Routes of shared rooms. Every route names what it needs: an organisation's member acts for the organisation, the centre's
// team at the centre. What a centre has not turned on is NotFound.
func (p *Pages) Routes() []web.Route {
	asking := web.Permitted(AskRoom, network.ScopeOrganisation)
	owning := web.Permitted(Approve, network.ScopeOrganisation)
	return []web.Route{
		{Pattern: "GET /desk/find", Need: asking, Handle: p.find},
		{Pattern: "GET /desk/ask", Need: asking, Handle: p.newAsk},
		{Pattern: "POST /desk/ask", Need: asking, Handle: p.ask},
		{Pattern: "GET /desk/asked", Need: asking, Handle: p.asked},
		{Pattern: "GET /desk/asked/{id}", Need: asking, Handle: p.own},
		{Pattern: "POST /desk/asked/{id}/withdraw", Need: asking, Ask: p.withdrawQuestion, Handle: p.withdraw},
		{Pattern: "POST /desk/waits", Need: asking, Handle: p.wait},
		{Pattern: "POST /desk/waits/{id}/take", Need: asking, Handle: p.takeOffer},
		{Pattern: "POST /desk/waits/{id}/leave", Need: asking, Ask: p.leaveQuestion, Handle: p.leave},

		{Pattern: "GET /desk/decide", Need: owning, Handle: p.toDecide},
		{Pattern: "GET /desk/decide/{id}", Need: owning, Handle: p.request},
		{Pattern: "POST /desk/decide/{id}/approve", Need: owning, Handle: p.approve},
		{Pattern: "POST /desk/decide/{id}/refuse", Need: owning, Handle: p.refuse},

		{Pattern: "GET /desk/requests", Need: network.AtCentre(Decide), Handle: p.requests},
		{Pattern: "GET /desk/requests/{id}", Need: network.AtCentre(Decide), Handle: p.request},
		{Pattern: "POST /desk/requests/{id}/approve", Need: network.AtCentre(Decide), Handle: p.approve},
		{Pattern: "POST /desk/requests/{id}/refuse", Need: network.AtCentre(Decide), Handle: p.refuse},

		{Pattern: "GET /desk/sharing", Need: network.AtCentre(Arrange), Handle: p.rules},
		{Pattern: "POST /desk/sharing", Need: network.AtCentre(Arrange), Handle: p.changeRules},
		{Pattern: "GET /desk/rooms/{id}/sharing", Need: network.AtCentre(Arrange), Handle: p.terms},
		{Pattern: "POST /desk/rooms/{id}/sharing", Need: network.AtCentre(Arrange), Handle: p.changeTerms},
		{Pattern: "GET /desk/usage", Need: network.AtCentre(Arrange), Handle: p.usage},
		{Pattern: "GET /desk/usage/{id}", Need: network.AtCentre(Arrange), Handle: p.organisation},
		{Pattern: "POST /desk/usage/{id}", Need: network.AtCentre(Arrange), Handle: p.changeOrganisation},
		{Pattern: "GET /desk/prices", Need: network.AtCentre(Arrange), Handle: p.prices},
		{Pattern: "GET /desk/prices/list.xlsx", Need: network.AtCentre(Arrange), Handle: p.priceList},
		{Pattern: "GET /desk/rooms/{id}/prices", Need: network.AtCentre(Arrange), Handle: p.rates},
		{Pattern: "POST /desk/rooms/{id}/prices", Need: network.AtCentre(Arrange), Handle: p.changeRates},
	}
}
