package voting

import (
	"kvart/internal/network"
	"kvart/internal/platform/web"
)

// Routes of votes, public first. Every route names what it needs. A round of a centre is run at that centre, one of the
// network by its lead; ballots of both are typed at any centre that may.
func (p *Pages) Routes() []web.Route {
	run, typed := web.Permitted(Run, web.AnyScope), web.Permitted(Type, web.AnyScope)
	return []web.Route{
		{Pattern: "GET /{lang}/votes", Need: web.Public, Handle: p.votes},
		{Pattern: "GET /{lang}/votes/{id}", Need: web.Public, Handle: p.round},
		{Pattern: "GET /{lang}/votes/{id}/ballot", Need: web.Public, Handle: p.ballot},
		{Pattern: "POST /{lang}/votes/{id}/ballot", Need: web.Public, Handle: p.cast},
		{Pattern: "POST /{lang}/votes/{id}/link", Need: web.Public, Handle: p.link},
		{Pattern: "GET /{lang}/votes/{id}/paper", Need: web.Public, Handle: p.paper},
		{Pattern: "GET /{lang}/votes/{id}/paper.pdf", Need: web.Public, Handle: p.paperPDF},
		{Pattern: "GET /{lang}/votes/{id}/receipts", Need: web.Public, Handle: p.receipts},
		{Pattern: "POST /{lang}/votes/{id}/receipts", Need: web.Public, Handle: p.findReceipt},
		{Pattern: "GET /{lang}/votes/{id}/result.pdf", Need: web.Public, Handle: p.resultPDF},
		{Pattern: "GET /{lang}/votes/{id}/ballots.pb", Need: web.Public, Handle: p.pb},

		{Pattern: "GET /desk/votes", Need: typed, Handle: p.list},
		{Pattern: "GET /desk/votes/{id}/type", Need: typed, Handle: p.typeIn},
		{Pattern: "POST /desk/votes/{id}/type", Need: typed, Handle: p.takeIn},
		{Pattern: "GET /desk/votes/{id}/ticks", Need: typed, Handle: p.ticks},
		{Pattern: "GET /desk/votes/{id}/ticks.pdf", Need: typed, Handle: p.ticksPDF},
		{Pattern: "GET /desk/votes/new", Need: run, Handle: p.newRound},
		{Pattern: "POST /desk/votes/new", Need: run, Handle: p.addRound},
		{Pattern: "GET /desk/votes/{id}", Need: run, Handle: p.manage},
		{Pattern: "GET /desk/votes/{id}/edit", Need: run, Handle: p.editRound},
		{Pattern: "POST /desk/votes/{id}/edit", Need: run, Handle: p.changeRound},
		{Pattern: "POST /desk/votes/{id}/remove", Need: run, Ask: p.ask("voting.remove.sure"), Handle: p.removeRound},
		{Pattern: "GET /desk/votes/{id}/options/new", Need: run, Handle: p.newOption},
		{Pattern: "POST /desk/votes/{id}/options/new", Need: run, Handle: p.addOption},
		{Pattern: "GET /desk/votes/{id}/options/{option}", Need: run, Handle: p.editOption},
		{Pattern: "POST /desk/votes/{id}/options/{option}", Need: run, Handle: p.changeOption},
		{Pattern: "POST /desk/votes/{id}/options/{option}/remove", Need: run, Ask: p.ask("voting.option.remove.sure"), Handle: p.removeOption},
		{Pattern: "POST /desk/votes/{id}/announce", Need: run, Ask: p.ask("voting.announce.sure"), Handle: p.announce},
		{Pattern: "POST /desk/votes/{id}/withdraw", Need: run, Ask: p.ask("voting.withdraw.sure"), Handle: p.withdraw},
		{Pattern: "POST /desk/votes/{id}/sheets", Need: run, Handle: p.print},
		{Pattern: "POST /desk/votes/{id}/sheets/{sheet}/void", Need: run, Ask: p.ask("voting.void.sure"), Handle: p.void},
		{Pattern: "GET /desk/votes/{id}/recount", Need: run, Handle: p.recount},
		{Pattern: "POST /desk/votes/{id}/witnesses", Need: run, Handle: p.witness},
		{Pattern: "POST /desk/votes/{id}/changes", Need: run, Ask: p.ask("voting.change_winner.sure"), Handle: p.changeWinner},
		{Pattern: "POST /desk/votes/{id}/publish", Need: run, Ask: p.ask("voting.publish.sure"), Handle: p.publish},
	}
}

// scope is where one acts: a centre's id, or "" for the network.
func scope(r *web.Request) string {
	if r.Viewer.Acting.Scope.Kind == network.ScopeCentre {
		return r.Viewer.ScopeID()
	}
	return ""
}
