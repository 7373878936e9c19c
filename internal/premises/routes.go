package premises

import (
	"kvart/internal/network"
	"kvart/internal/platform/web"
)

// Routes of the premises: a centre's own requests, and all of them for the network's lead. Every route names what it needs.
func (p *Pages) Routes() []web.Route {
	return []web.Route{
		{Pattern: "GET /desk/premises", Need: network.AtCentre(See), Handle: p.list},
		{Pattern: "GET /desk/premises/new", Need: network.AtCentre(Edit), Handle: p.newRequest},
		{Pattern: "POST /desk/premises/new", Need: network.AtCentre(Edit), Handle: p.addRequest},
		{Pattern: "GET /desk/premises/{id}", Need: network.AtCentre(See), Handle: p.show},
		{Pattern: "GET /desk/premises/{id}/export", Need: network.AtCentre(See), Handle: p.export},
		{Pattern: "GET /desk/premises/{id}/edit", Need: network.AtCentre(Edit), Handle: p.editRequest},
		{Pattern: "POST /desk/premises/{id}/edit", Need: network.AtCentre(Edit), Handle: p.changeRequest},
		{Pattern: "POST /desk/premises/{id}/sent", Need: network.AtCentre(Edit), Handle: p.sent},
		{Pattern: "POST /desk/premises/{id}/asked", Need: network.AtCentre(Edit), Handle: p.asked},
		{Pattern: "POST /desk/premises/{id}/decision", Need: network.AtCentre(Edit), Handle: p.decided},
		{Pattern: "POST /desk/premises/{id}/withdraw", Need: network.AtCentre(Edit), Ask: p.withdrawQuestion, Handle: p.withdraw},
		{Pattern: "POST /desk/premises/{id}/again", Need: network.AtCentre(Edit), Handle: p.again},

		{Pattern: "GET /desk/network/premises", Need: network.InNetwork(See), Handle: p.all},
		{Pattern: "POST /desk/network/premises", Need: network.InNetwork(network.EditNetwork), Handle: p.changeSettings},
	}
}
