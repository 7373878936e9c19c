package directory

import (
	"net/http"
	"slices"
	"strconv"
	"time"

	"kvart/internal/network"
	"kvart/internal/platform/auth"
	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/web"
)

// history is what an entry has been.
type history struct {
	Noun, ID, Name string
	Version        int // as it is now
	Path           string
	Changes        []change
	Ended          bool // its organisation said that it does not exist any more, and the centre has not looked yet
}

// change is one version with what it changed, and who made it: as a function, not a person.
type change struct {
	Version     int
	At          time.Time
	Who         string
	Action      string
	Differences []difference
	First       bool // there is none before it
	Quiet       bool // only what no page shows changed
}

// actions are the words for what was done; any other is a change.
var actions = []string{"first", "save", "assure", "ended", "end", "seen", "undo", "import", "public", "terms"}

// changesOf is the history of versions that speak for themselves, newest first.
func (p *DeskPages) changesOf(r *web.Request, versions []Version, say func(Version) ([]said, error)) ([]change, error) {
	_, zone, err := p.Store.LocalDay(r.Context())
	if err != nil {
		return nil, err
	}
	who, err := p.functions(r, versions)
	if err != nil {
		return nil, err
	}
	lines := make([][]said, len(versions))
	for i, v := range versions {
		if lines[i], err = say(v); err != nil {
			return nil, err
		}
	}
	var list []change
	for i, v := range versions {
		c := change{Version: v.Version, At: time.Unix(v.At, 0).In(zone), Who: who[v.By], Action: v.Action, First: i == len(versions)-1}
		if !slices.Contains(actions, c.Action) {
			c.Action = "save"
		}
		if !c.First {
			c.Differences = differences(lines[i+1], lines[i])
			c.Quiet = len(c.Differences) == 0
		}
		list = append(list, c)
	}
	return list, nil
}

// functions are who made the versions, as others are told: oneself, or as what somebody acted.
func (p *DeskPages) functions(r *web.Request, versions []Version) (map[string]string, error) {
	who := map[string]string{}
	var ids []string
	for _, v := range versions {
		switch {
		case v.By == r.Viewer.Account.ID:
			who[v.By] = r.T("directory.history.you")
		case db.IsID(v.By):
			ids = append(ids, v.By)
			who[v.By] = r.T("directory.history.former")
		case v.By == "organisation" || v.By == "import" || v.By == "job":
			who[v.By] = r.T("directory.history.by." + v.By)
		default:
			who[v.By] = r.T("directory.history.by.job")
		}
	}
	args := db.Args{}
	var roles []struct {
		Account string    `db:"account_id"`
		Role    auth.Role `db:"role"`
	}
	if err := p.Store.DB.Select(r.Context(), &roles, `SELECT account_id, role FROM account_roles WHERE account_id IN (`+db.In("a", ids, args)+`)`, args); err != nil {
		return nil, err
	}
	for _, role := range []auth.Role{network.Member, network.Coordinator, network.Lead} { // the widest is said
		for _, x := range roles {
			if x.Role == role {
				who[x.Account] = r.T("directory.history.role." + string(role))
			}
		}
	}
	return who, nil
}

func (p *DeskPages) serviceHistory(w http.ResponseWriter, r *web.Request) error {
	s, err := p.service(r, p.Store.DB)
	if err != nil {
		return err
	}
	versions, err := p.Store.Versions(r.Context(), p.Store.DB, "service", s.ID)
	if err != nil {
		return err
	}
	var bodies []Service
	var places [][]Place
	for _, v := range versions {
		one, err := entry[Service](v)
		if err != nil {
			return err
		}
		bodies, places = append(bodies, one), append(places, one.Places)
	}
	n, err := p.names(r, places...)
	if err != nil {
		return err
	}
	i := -1
	changes, err := p.changesOf(r, versions, func(Version) ([]said, error) { i++; return bodies[i].say(r.Printer, n), nil })
	if err != nil {
		return err
	}
	return r.HTML(w, http.StatusOK, deskHistoryPage(r, history{Noun: "service", ID: s.ID, Name: s.In(r.Lang()).Name, Version: s.Version, Path: servicePath(s.ID), Changes: changes,
		Ended: s.Status == "inactive" && len(versions) > 0 && versions[0].Action == "ended" && r.Viewer.May(LookIn) && r.Viewer.Acting.Scope.Kind == network.ScopeCentre}))
}

func (p *DeskPages) organisationHistory(w http.ResponseWriter, r *web.Request) error {
	o, err := p.organisation(r, p.Store.DB, r.PathValue("id"))
	if err != nil {
		return err
	}
	versions, err := p.Store.Versions(r.Context(), p.Store.DB, "organisation", o.ID)
	if err != nil {
		return err
	}
	centres, err := p.Store.Network.Centres(r.Context(), p.Store.DB)
	if err != nil {
		return err
	}
	byID := map[string]string{}
	for _, c := range centres {
		byID[c.ID] = c.Name
	}
	changes, err := p.changesOf(r, versions, func(v Version) ([]said, error) {
		one, err := entry[Organisation](v)
		return one.say(r.Printer, byID), err
	})
	if err != nil {
		return err
	}
	return r.HTML(w, http.StatusOK, deskHistoryPage(r, history{Noun: "organisation", ID: o.ID, Name: o.Name, Version: o.Version, Path: organisationPath(o.ID), Changes: changes}))
}

func (p *DeskPages) locationHistory(w http.ResponseWriter, r *web.Request) error {
	l, _, err := p.location(r, p.Store.DB)
	if err != nil {
		return err
	}
	versions, err := p.Store.Versions(r.Context(), p.Store.DB, "location", l.ID)
	if err != nil {
		return err
	}
	n, err := p.names(r)
	if err != nil {
		return err
	}
	changes, err := p.changesOf(r, versions, func(v Version) ([]said, error) {
		one, err := entry[Location](v)
		return one.say(r.Printer, n), err
	})
	if err != nil {
		return err
	}
	return r.HTML(w, http.StatusOK, deskHistoryPage(r, history{Noun: "location", ID: l.ID, Name: l.Line(), Version: l.Version, Path: locationPath(l.ID), Changes: changes}))
}

// found is the name of the entry of the noun that the address names, where the viewer keeps it.
func (p *DeskPages) found(r *web.Request, q db.Querier, noun string) (string, error) {
	switch noun {
	case "service":
		s, err := p.service(r, q)
		return s.Name, err
	case "organisation":
		o, err := p.organisation(r, q, r.PathValue("id"))
		return o.Name, err
	}
	l, _, err := p.location(r, q)
	return l.Line(), err
}

func (p *DeskPages) undoQuestion(noun string) web.Question {
	return func(r *web.Request) (string, error) {
		name, err := p.found(r, p.Store.DB, noun)
		if err != nil {
			return "", err
		}
		return r.T("directory.history.sure", "what", name), nil
	}
}

// undo restores an older version as a new one.
func (p *DeskPages) undo(noun string) web.Handler {
	return func(w http.ResponseWriter, r *web.Request) error {
		f, err := r.Read(w)
		if err != nil {
			return err
		}
		to, errTo := strconv.Atoi(f.Get("to"))
		have, errHave := strconv.Atoi(f.Get("version"))
		if errTo != nil || errHave != nil || to < 1 || to > 1<<30 || have < 1 || have > 1<<30 {
			return fault.NotFound("fault.not_found")
		}
		id := r.PathValue("id")
		if err := p.Store.DB.Tx(r.Context(), func(tx *db.Tx) error {
			if _, err := p.found(r, tx, noun); err != nil {
				return err
			}
			return p.Store.Undo(r.Context(), tx, noun, id, to, have, r.Viewer.Account.ID)
		}); err != nil {
			return err
		}
		r.Flash("directory.history.undone")
		path := map[string]string{"service": servicePath(id), "organisation": organisationPath(id), "location": locationPath(id)}[noun]
		return r.See(w, path+"/history")
	}
}
