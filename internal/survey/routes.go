package survey

import (
	"sync"

	"kvart/internal/platform/web"
)

// Pages are the pages of surveys, public and at the desk.
type Pages struct {
	*Store

	printing sync.Mutex
}

// Routes of surveys, public first. At a centre one keeps the centre's, for the network the network's; what is of neither is
// NotFound (Pages.kept). A centre types in answers to the network's surveys too.
func (p *Pages) Routes() []web.Route {
	run, typed := web.Permitted(Run, web.AnyScope), web.Permitted(Type, web.AnyScope)
	return []web.Route{
		{Pattern: "GET /{lang}/surveys", Need: web.Public, Handle: p.list},
		{Pattern: "GET /{lang}/surveys/{id}", Need: web.Public, Handle: p.sit},
		{Pattern: "POST /{lang}/surveys/{id}", Need: web.Public, Handle: p.answer},
		{Pattern: "GET /{lang}/surveys/{id}/thanks", Need: web.Public, Handle: p.thanks},
		{Pattern: "GET /{lang}/surveys/{id}/results", Need: web.Public, Handle: p.results},
		{Pattern: "GET /{lang}/surveys/{id}/print", Need: web.Public, Handle: p.printed},
		{Pattern: "GET /{lang}/surveys/{id}/print.pdf", Need: web.Public, Handle: p.printedPDF},

		{Pattern: "GET /desk/surveys", Need: typed, Handle: p.desk},
		{Pattern: "GET /desk/surveys/new", Need: run, Handle: p.newSurvey},
		{Pattern: "POST /desk/surveys/new", Need: run, Handle: p.addSurvey},
		{Pattern: "GET /desk/surveys/{id}", Need: typed, Handle: p.survey},
		{Pattern: "GET /desk/surveys/{id}/edit", Need: run, Handle: p.edit},
		{Pattern: "POST /desk/surveys/{id}/edit", Need: run, Handle: p.change},
		{Pattern: "GET /desk/surveys/{id}/questions", Need: run, Handle: p.questions},
		{Pattern: "POST /desk/surveys/{id}/questions", Need: run, Handle: p.changeQuestions},
		{Pattern: "GET /desk/surveys/{id}/upload", Need: run, Handle: p.uploadForm},
		{Pattern: "POST /desk/surveys/{id}/upload", Need: run, Handle: p.upload},
		{Pattern: "POST /desk/surveys/{id}/take", Need: run, Handle: p.takeUpload},
		{Pattern: "GET /desk/surveys/{id}/preview", Need: run, Handle: p.preview},
		{Pattern: "POST /desk/surveys/{id}/open", Need: run, Handle: p.open},
		{Pattern: "POST /desk/surveys/{id}/close", Need: run, Ask: web.Asks("survey.close.sure"), Handle: p.close},
		{Pattern: "POST /desk/surveys/{id}/show", Need: run, Handle: p.show},
		{Pattern: "POST /desk/surveys/{id}/remove", Need: run, Ask: web.Asks("survey.remove.sure"), Handle: p.remove},
		{Pattern: "GET /desk/surveys/{id}/type", Need: typed, Handle: p.typeForm},
		{Pattern: "POST /desk/surveys/{id}/type", Need: typed, Handle: p.typeIn},
		{Pattern: "GET /desk/surveys/{id}/results", Need: run, Handle: p.deskResults},
		{Pattern: "GET /desk/surveys/{id}/words", Need: run, Handle: p.words},
		{Pattern: "POST /desk/surveys/{id}/export", Need: run, Handle: p.export},
	}
}

const deskPath = "/desk/surveys"

func surveyPath(id string) string { return deskPath + "/" + id }
