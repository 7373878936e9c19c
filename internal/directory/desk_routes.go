package directory

import (
	"kvart/internal/network"
	"kvart/internal/platform/web"
)

// Routes of keeping the directory right. Whoever keeps entries acts for an organisation, at a centre or for the network; which
// entries are theirs says keeps. Any other is NotFound. Groups and words are the lead's alone, who acts for the network. Two ways lead in without an account: the link of a mail, and
// anybody's suggestion.
func (p *DeskPages) Routes() []web.Route {
	keep := web.Permitted(EditOwn, web.AnyScope)
	enter := web.Permitted(EditAll, web.AnyScope)
	own := web.Permitted(EditOwn, network.ScopeOrganisation)
	lookIn := network.AtCentre(LookIn)
	organise := network.InNetwork(Organise)
	return []web.Route{
		{Pattern: "GET /{lang}/services/{id}/suggest", Need: web.Public, Handle: p.suggestForm},
		{Pattern: "POST /{lang}/services/{id}/suggest", Need: web.Public, Handle: p.suggest},
		{Pattern: "GET /{lang}/still-right/{token}", Need: web.Public, Handle: p.rightForm},
		{Pattern: "POST /{lang}/still-right/{token}", Need: web.Public, Handle: p.right},
		{Pattern: "GET /{lang}/still-right/{token}/changed", Need: web.Public, Handle: p.changedForm},
		{Pattern: "POST /{lang}/still-right/{token}/changed", Need: web.Public, Handle: p.changed},
		{Pattern: "GET /{lang}/still-right/{token}/ended", Need: web.Public, Handle: p.endedForm},
		{Pattern: "POST /{lang}/still-right/{token}/ended", Need: web.Public, Handle: p.ended},

		{Pattern: "GET /desk/services", Need: keep, Handle: p.services},
		{Pattern: "GET /desk/services/new", Need: keep, Handle: p.newService},
		{Pattern: "POST /desk/services/new", Need: keep, Handle: p.addService},
		{Pattern: "GET /desk/services/organisation", Need: keep, Handle: p.ownOrganisation},
		{Pattern: "GET /desk/services/{id}", Need: keep, Handle: p.editService},
		{Pattern: "POST /desk/services/{id}", Need: keep, Handle: p.changeService},
		{Pattern: "POST /desk/services/{id}/right", Need: keep, Handle: p.assureService},
		{Pattern: "POST /desk/services/{id}/seen", Need: lookIn, Handle: p.seenService},
		{Pattern: "GET /desk/services/{id}/history", Need: keep, Handle: p.serviceHistory},
		{Pattern: "POST /desk/services/{id}/undo", Need: keep, Ask: p.undoQuestion("service"), Handle: p.undo("service")},

		{Pattern: "GET /desk/organisations", Need: keep, Handle: p.organisations},
		{Pattern: "GET /desk/organisations/new", Need: enter, Handle: p.newOrganisation},
		{Pattern: "POST /desk/organisations/new", Need: enter, Handle: p.addOrganisation},
		{Pattern: "GET /desk/organisations/{id}", Need: keep, Handle: p.editOrganisation},
		{Pattern: "POST /desk/organisations/{id}", Need: keep, Handle: p.changeOrganisation},
		{Pattern: "GET /desk/organisations/{id}/history", Need: keep, Handle: p.organisationHistory},
		{Pattern: "POST /desk/organisations/{id}/undo", Need: keep, Ask: p.undoQuestion("organisation"), Handle: p.undo("organisation")},
		{Pattern: "GET /desk/organisations/{id}/phone", Need: lookIn, Handle: p.phoneForm},
		{Pattern: "POST /desk/organisations/{id}/phone", Need: lookIn, Handle: p.phone},

		{Pattern: "GET /desk/locations", Need: keep, Handle: p.locations},
		{Pattern: "GET /desk/locations/new", Need: keep, Handle: p.newLocation},
		{Pattern: "POST /desk/locations/new", Need: keep, Handle: p.addLocation},
		{Pattern: "GET /desk/locations/{id}", Need: keep, Handle: p.editLocation},
		{Pattern: "POST /desk/locations/{id}", Need: keep, Handle: p.changeLocation},
		{Pattern: "GET /desk/locations/{id}/history", Need: keep, Handle: p.locationHistory},
		{Pattern: "POST /desk/locations/{id}/undo", Need: keep, Ask: p.undoQuestion("location"), Handle: p.undo("location")},
		{Pattern: "GET /desk/locations/{id}/confidential", Need: keep, Handle: p.confidentialPage},
		{Pattern: "POST /desk/locations/{id}/confidential", Need: keep, Ask: p.confidentialQuestion, Handle: p.makeConfidential},
		{Pattern: "GET /desk/locations/{id}/public", Need: keep, Handle: p.publicForm},
		{Pattern: "POST /desk/locations/{id}/public", Need: keep, Handle: p.makePublic},

		{Pattern: "GET /desk/groups", Need: organise, Handle: p.groups},
		{Pattern: "GET /desk/groups/new", Need: organise, Handle: p.newTerm},
		{Pattern: "POST /desk/groups/new", Need: organise, Handle: p.addTerm},
		{Pattern: "GET /desk/groups/{id}", Need: organise, Handle: p.editTerm},
		{Pattern: "POST /desk/groups/{id}", Need: organise, Handle: p.changeTerm},
		{Pattern: "POST /desk/groups/{id}/move", Need: organise, Handle: p.moveTerm},
		{Pattern: "GET /desk/groups/{id}/retire", Need: organise, Handle: p.retireForm},
		{Pattern: "POST /desk/groups/{id}/retire", Need: organise, Ask: p.retireQuestion, Handle: p.retire},
		{Pattern: "GET /desk/taxonomies/new", Need: organise, Handle: p.newTaxonomy},
		{Pattern: "POST /desk/taxonomies/new", Need: organise, Handle: p.saveTaxonomy},
		{Pattern: "GET /desk/taxonomies/{id}", Need: organise, Handle: p.editTaxonomy},
		{Pattern: "POST /desk/taxonomies/{id}", Need: organise, Handle: p.saveTaxonomy},
		{Pattern: "POST /desk/taxonomies/{id}/remove", Need: organise, Ask: p.removeTaxonomyQuestion, Handle: p.removeTaxonomy},
		{Pattern: "GET /desk/words", Need: organise, Handle: p.words},
		{Pattern: "GET /desk/words/new", Need: organise, Handle: p.newWord},
		{Pattern: "POST /desk/words/new", Need: organise, Handle: p.addWord},
		{Pattern: "GET /desk/words/edit", Need: organise, Handle: p.editWord},
		{Pattern: "POST /desk/words/edit", Need: organise, Handle: p.changeWord},
		{Pattern: "POST /desk/words/remove", Need: organise, Ask: p.removeWordQuestion, Handle: p.removeWord},

		{Pattern: "GET /desk/corrections", Need: keep, Handle: p.corrections},
		{Pattern: "POST /desk/corrections/{id}", Need: keep, Handle: p.answerCorrection},
		{Pattern: "GET /desk/missed", Need: keep, Handle: p.missed},
		{Pattern: "GET /desk/lend", Need: keep, Handle: p.lend},
		{Pattern: "POST /desk/lend", Need: own, Handle: p.addLend},
		{Pattern: "POST /desk/lend/{id}/end", Need: own, Handle: p.endLend},
	}
}

// Paths of the desk's pages.
const (
	servicesPath      = "/desk/services"
	organisationsPath = "/desk/organisations"
	locationsPath     = "/desk/locations"
	correctionsPath   = "/desk/corrections"
	missedPath        = "/desk/missed"
	lendPath          = "/desk/lend"
	groupsPath        = "/desk/groups"
	taxonomiesPath    = "/desk/taxonomies"
	wordsPath         = "/desk/words"
)

func servicePath(id string) string      { return servicesPath + "/" + id }
func organisationPath(id string) string { return organisationsPath + "/" + id }
func termPath(id string) string         { return groupsPath + "/" + id }
func taxonomyPath(id string) string     { return taxonomiesPath + "/" + id }
func locationPath(id string) string     { return locationsPath + "/" + id }
