package network

import "kvart/internal/platform/web"

// Routes of the network, public first. Every route names what it needs; a team's pages serve a centre and the network
// alike and ask for the permission themselves (see Pages.team).
func (p *Pages) Routes() []web.Route {
	files, closures := p.files(), p.closureFiles()
	return []web.Route{
		{Pattern: "GET /{lang}/centres", Need: web.Public, Handle: p.centres},
		{Pattern: "GET /{lang}/about", Need: web.Public, Handle: p.about},
		{Pattern: "GET /{lang}/privacy", Need: web.Public, Handle: p.privacy},
		{Pattern: "GET /{lang}/accessibility", Need: web.Public, Handle: p.accessibility},
		{Pattern: "GET /pictures/{id}", Need: web.Public, Handle: p.picture},

		{Pattern: "GET /desk/centre", Need: AtCentre(EditCentre), Handle: p.editCentre},
		{Pattern: "POST /desk/centre", Need: AtCentre(EditCentre), Handle: p.changeCentre},
		{Pattern: "GET /desk/centre/hours", Need: AtCentre(EditCentre), Handle: p.editHours},
		{Pattern: "POST /desk/centre/hours", Need: AtCentre(EditCentre), Handle: p.changeHours},
		{Pattern: "POST /desk/centre/closures", Need: AtCentre(EditCentre), Handle: p.addClosure},
		{Pattern: "POST /desk/centre/closures/{id}/remove", Need: AtCentre(EditCentre), Handle: p.removeClosure},
		{Pattern: "POST /desk/centre/holidays", Need: AtCentre(EditCentre), Handle: p.changeHolidays},
		{Pattern: "GET /desk/centre/closures/import", Need: AtCentre(EditCentre), Handle: closures.Show},
		{Pattern: "POST /desk/centre/closures/import", Need: AtCentre(EditCentre), Handle: closures.Send},
		{Pattern: "POST /desk/centre/closures/import/confirm", Need: AtCentre(EditCentre), Handle: closures.Confirm},
		{Pattern: "POST /desk/centre/closures/import/stop", Need: AtCentre(EditCentre), Handle: closures.Stop},
		{Pattern: "GET /desk/centre/access", Need: AtCentre(EditCentre), Handle: p.editAccess},
		{Pattern: "POST /desk/centre/access", Need: AtCentre(EditCentre), Handle: p.changeAccess},
		{Pattern: "GET /desk/centre/features", Need: AtCentre(EditCentre), Handle: p.editFeatures},
		{Pattern: "POST /desk/centre/features", Need: AtCentre(EditCentre), Handle: p.changeFeatures},
		{Pattern: "GET /desk/centre/picture", Need: AtCentre(EditCentre), Handle: p.editPicture},
		{Pattern: "POST /desk/centre/picture", Need: AtCentre(EditCentre), Handle: p.changePicture},
		{Pattern: "POST /desk/centre/picture/remove", Need: AtCentre(EditCentre), Ask: web.Asks("network.picture.remove.sure"), Handle: p.removePicture},

		{Pattern: "GET /desk/people", Need: AtCentre(SeePeople), Handle: p.people},
		{Pattern: "POST /desk/people", Need: AtCentre(SeePeople), Handle: p.findPeople},
		{Pattern: "GET /desk/people/{id}", Need: AtCentre(SeePeople), Handle: p.person},
		{Pattern: "POST /desk/people/{id}/export", Need: AtCentre(SeePeople), Handle: p.exportPerson},
		{Pattern: "POST /desk/people/{id}/erase", Need: AtCentre(SeePeople), Ask: p.eraseQuestion, Handle: p.erasePerson},
		{Pattern: "GET /desk/absence", Need: AtCentre(OpenDesk), Handle: p.absences},
		{Pattern: "POST /desk/absence", Need: AtCentre(OpenDesk), Handle: p.addAbsence},
		{Pattern: "POST /desk/absence/{id}/remove", Need: AtCentre(OpenDesk), Handle: p.removeAbsence},

		{Pattern: "GET /desk/team", Need: web.SignedIn, Handle: p.showTeamPage},
		{Pattern: "POST /desk/team/invite", Need: web.SignedIn, Handle: p.invite},
		{Pattern: "POST /desk/team/{account}/reset", Need: web.SignedIn, Ask: p.resetQuestion, Handle: p.resetLink},
		{Pattern: "POST /desk/team/{account}/give", Need: web.SignedIn, Handle: p.giveRole},
		{Pattern: "POST /desk/team/{account}/take", Need: web.SignedIn, Ask: p.takeQuestion, Handle: p.takeRole},

		{Pattern: "GET /desk/network", Need: InNetwork(EditNetwork), Handle: p.networkDesk},
		{Pattern: "GET /desk/network/settings", Need: InNetwork(EditNetwork), Handle: p.settings},
		{Pattern: "POST /desk/network/settings", Need: InNetwork(EditNetwork), Handle: p.changeSettings},
		{Pattern: "GET /desk/network/import", Need: InNetwork(EditNetwork), Handle: files.Show},
		{Pattern: "POST /desk/network/import", Need: InNetwork(EditNetwork), Handle: files.Send},
		{Pattern: "POST /desk/network/import/confirm", Need: InNetwork(EditNetwork), Handle: files.Confirm},
		{Pattern: "POST /desk/network/import/stop", Need: InNetwork(EditNetwork), Handle: files.Stop},
		{Pattern: "GET /desk/network/groups", Need: InNetwork(EditNetwork), Handle: p.groupsDesk},
		{Pattern: "POST /desk/network/groups", Need: InNetwork(EditNetwork), Handle: p.changeGroups},
		{Pattern: "GET /desk/network/areas/new", Need: InNetwork(EditNetwork), Handle: p.editArea},
		{Pattern: "POST /desk/network/areas/new", Need: InNetwork(EditNetwork), Handle: p.changeArea},
		{Pattern: "GET /desk/network/areas/{id}", Need: InNetwork(EditNetwork), Handle: p.editArea},
		{Pattern: "POST /desk/network/areas/{id}", Need: InNetwork(EditNetwork), Handle: p.changeArea},
		{Pattern: "GET /desk/network/organisations/new", Need: InNetwork(EditNetwork), Handle: p.editOrganisation},
		{Pattern: "POST /desk/network/organisations/new", Need: InNetwork(EditNetwork), Handle: p.changeOrganisation},
		{Pattern: "GET /desk/network/organisations/{id}", Need: InNetwork(EditNetwork), Handle: p.editOrganisation},
		{Pattern: "POST /desk/network/organisations/{id}", Need: InNetwork(EditNetwork), Handle: p.changeOrganisation},
		{Pattern: "GET /desk/network/centres/new", Need: InNetwork(EditNetwork), Handle: p.editNetworkCentre},
		{Pattern: "POST /desk/network/centres/new", Need: InNetwork(EditNetwork), Handle: p.changeNetworkCentre},
		{Pattern: "GET /desk/network/centres/{id}", Need: InNetwork(EditNetwork), Handle: p.editNetworkCentre},
		{Pattern: "POST /desk/network/centres/{id}", Need: InNetwork(EditNetwork), Handle: p.changeNetworkCentre},
	}
}
