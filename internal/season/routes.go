package season

import (
	"kvart/internal/network"
	"kvart/internal/platform/web"
)

// Routes of seasons, public first. Every route names what it needs; where the centre has not turned seasons on, there is none.
func (p *Pages) Routes() []web.Route {
	files := p.files()
	member := web.Permitted(Wish, network.ScopeOrganisation)
	return []web.Route{
		{Pattern: "GET /{lang}/seasons", Need: web.Public, Handle: p.seasons},
		{Pattern: "GET /{lang}/seasons/{id}", Need: web.Public, Handle: p.season},
		{Pattern: "GET /seasons/{id}/document", Need: web.Public, Handle: p.document},

		{Pattern: "GET /desk/wishes", Need: member, Handle: p.memberSeasons},
		{Pattern: "GET /desk/wishes/{id}", Need: member, Handle: p.memberSeason},
		{Pattern: "POST /desk/wishes/{id}", Need: member, Handle: p.memberAdd},
		{Pattern: "POST /desk/wishes/{id}/{wish}/raise", Need: member, Handle: p.memberRaise},
		{Pattern: "POST /desk/wishes/{id}/{wish}/remove", Need: member, Handle: p.memberRemove},

		{Pattern: "GET /desk/season", Need: network.AtCentre(Run), Handle: p.deskSeasons},
		{Pattern: "GET /desk/season/new", Need: network.AtCentre(Run), Handle: p.newSeason},
		{Pattern: "POST /desk/season/new", Need: network.AtCentre(Run), Handle: p.saveSeason},
		{Pattern: "GET /desk/season/import", Need: network.AtCentre(Run), Handle: p.gated(files.Show)},
		{Pattern: "POST /desk/season/import", Need: network.AtCentre(Run), Handle: p.gated(files.Send)},
		{Pattern: "POST /desk/season/import/confirm", Need: network.AtCentre(Run), Handle: p.gated(files.Confirm)},
		{Pattern: "POST /desk/season/import/stop", Need: network.AtCentre(Run), Handle: p.gated(files.Stop)},
		{Pattern: "GET /desk/season/{id}", Need: network.AtCentre(Run), Handle: p.deskSeason},
		{Pattern: "GET /desk/season/{id}/edit", Need: network.AtCentre(Run), Handle: p.editSeason},
		{Pattern: "POST /desk/season/{id}/edit", Need: network.AtCentre(Run), Handle: p.saveSeason},
		{Pattern: "POST /desk/season/{id}/delete", Need: network.AtCentre(Run), Ask: p.asks("season.delete.sure"), Handle: p.act("season.deleted", p.Store.Delete)},
		{Pattern: "POST /desk/season/{id}/open", Need: network.AtCentre(Run), Ask: p.asks("season.open.sure"), Handle: p.act("season.opened", p.Store.OpenWishes)},
		{Pattern: "POST /desk/season/{id}/count", Need: network.AtCentre(Run), Ask: p.asks("season.count.sure"), Handle: p.act("season.counted", p.Store.Count)},
		{Pattern: "POST /desk/season/{id}/reopen", Need: network.AtCentre(Run), Ask: p.asks("season.reopen.sure"), Handle: p.act("season.reopened", p.Store.Reopen)},
		{Pattern: "POST /desk/season/{id}/publish", Need: network.AtCentre(Run), Ask: p.asks("season.publish.sure"), Handle: p.act("season.published", p.Store.Publish)},
		{Pattern: "POST /desk/season/{id}/book", Need: network.AtCentre(Run), Handle: p.act("season.book.begun", p.Store.Begin)},
		{Pattern: "POST /desk/season/{id}/stop", Need: network.AtCentre(Run), Handle: p.stop},
		{Pattern: "GET /desk/season/{id}/members", Need: network.AtCentre(Run), Handle: p.member},
		{Pattern: "POST /desk/season/{id}/members", Need: network.AtCentre(Run), Handle: p.setAmounts},
		{Pattern: "POST /desk/season/{id}/wishes", Need: network.AtCentre(Run), Handle: p.deskAdd},
		{Pattern: "POST /desk/season/{id}/wishes/{wish}/raise", Need: network.AtCentre(Run), Handle: p.deskRaise},
		{Pattern: "POST /desk/season/{id}/wishes/{wish}/remove", Need: network.AtCentre(Run), Handle: p.deskRemove},
		{Pattern: "GET /desk/season/{id}/slots/{slot}", Need: network.AtCentre(Run), Handle: p.slot},
		{Pattern: "POST /desk/season/{id}/slots/{slot}", Need: network.AtCentre(Run), Handle: p.changeSlot},
	}
}
