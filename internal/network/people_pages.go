package network

import (
	"encoding/json"
	"net/http"

	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/web"
)

// mostFound is how many records a search shows: a search finds somebody, it is not a list of everybody.
const mostFound = 20

func (p *Pages) people(w http.ResponseWriter, r *web.Request) error {
	return r.HTML(w, http.StatusOK, peoplePage(r, "", nil))
}

// findPeople answers a form that is sent, so that no name is in an address: the computer is shared, and its history too.
func (p *Pages) findPeople(w http.ResponseWriter, r *web.Request) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	typed := f.Get("q")
	list, err := p.Store.FindPeople(r.Context(), p.Store.DB, r.Viewer.ScopeID(), typed, r.Names(), mostFound)
	if err != nil {
		return err
	}
	return r.HTML(w, http.StatusOK, peoplePage(r, typed, list))
}

func (p *Pages) onePerson(r *web.Request) (Person, error) {
	id := r.PathValue("id")
	if !db.IsID(id) {
		return Person{}, fault.NotFound("fault.not_found")
	}
	return p.Store.Person(r.Context(), p.Store.DB, r.Viewer.ScopeID(), id)
}

func (p *Pages) person(w http.ResponseWriter, r *web.Request) error {
	one, err := p.onePerson(r)
	if err != nil {
		return err
	}
	return r.HTML(w, http.StatusOK, personPage(r, one))
}

func (p *Pages) exportPerson(w http.ResponseWriter, r *web.Request) error {
	all, err := p.Store.ExportPerson(r.Context(), r.Viewer.ScopeID(), r.PathValue("id"), r.Viewer.Account.ID)
	if err != nil {
		return err
	}
	body, err := json.MarshalIndent(all, "", "  ")
	if err != nil {
		return err
	}
	w.Header().Set("Content-Disposition", `attachment; filename="kvart.json"`)
	return r.JSON(w, http.StatusOK, body)
}

func (p *Pages) eraseQuestion(r *web.Request) (string, error) {
	one, err := p.onePerson(r)
	return r.T("network.person.erase.sure", "name", one.Name), err
}

func (p *Pages) erasePerson(w http.ResponseWriter, r *web.Request) error {
	if err := p.Store.ErasePerson(r.Context(), r.Viewer.ScopeID(), r.PathValue("id"), r.Viewer.Account.ID); err != nil {
		return err
	}
	r.Flash("network.person.erased")
	return r.See(w, "/desk/people")
}
