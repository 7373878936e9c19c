package network

import (
	"context"
	"net/http"
	"slices"

	"kvart/internal/platform/auth"
	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/i18n"
	"kvart/internal/platform/web"
)

// team is the scope whose team one manages: where one acts, or an organisation that the network's lead chose. The page
// serves centres and the network alike, so its routes ask for an account and this asks for the permission.
func (p *Pages) team(r *web.Request) (auth.Scope, error) {
	in := r.Viewer.Acting.Scope
	if in.Kind != ScopeCentre && in.Kind != ScopeNetwork || !r.Viewer.Can(ManageTeam, in) {
		return in, fault.Forbidden("fault.forbidden")
	}
	if id := r.URL.Query().Get("organisation"); id != "" && in.Kind == ScopeNetwork {
		o, err := p.Store.Organisation(r.Context(), p.Store.DB, id)
		return auth.Scope{Kind: ScopeOrganisation, ID: o.ID}, err
	}
	return in, nil
}

func teamAddress(in auth.Scope) string {
	if in.Kind == ScopeOrganisation {
		return "/desk/team?organisation=" + in.ID
	}
	return "/desk/team"
}

// teamView is what the page of a team shows.
type teamView struct {
	Scope         auth.Scope
	Team          []Teammate
	Roles         []auth.Role
	Organisations []Organisation // for the network's lead
	Link          string         // just made; shown once
	LinkFor       string
}

func (v teamView) path(rest string) string {
	s := "/desk/team" + rest
	if v.Scope.Kind == ScopeOrganisation {
		s += "?organisation=" + v.Scope.ID
	}
	return s
}

func (p *Pages) showTeam(w http.ResponseWriter, r *web.Request, status int, in auth.Scope, f *web.Form, link, linkFor string) error {
	team, err := p.Store.Team(r.Context(), in)
	if err != nil {
		return err
	}
	names := r.Names()
	slices.SortStableFunc(team, func(a, b Teammate) int { return names(a.Name, b.Name) })
	v := teamView{Scope: in, Team: team, Roles: TeamRoles(in.Kind), Link: link, LinkFor: linkFor}
	if r.Viewer.Acting.Scope.Kind == ScopeNetwork {
		if v.Organisations, err = p.Store.Organisations(r.Context(), p.Store.DB); err != nil {
			return err
		}
	}
	return r.HTML(w, status, teamPage(r, v, f))
}

func (p *Pages) showTeamPage(w http.ResponseWriter, r *web.Request) error {
	in, err := p.team(r)
	if err != nil {
		return err
	}
	return p.showTeam(w, r, http.StatusOK, in, web.NewForm("lang", string(r.Lang())), "", "")
}

func (p *Pages) invite(w http.ResponseWriter, r *web.Request) error {
	in, err := p.team(r)
	if err != nil {
		return err
	}
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	lang, ok := i18n.Parse(f.Get("lang"))
	if !ok {
		lang = i18n.HR
	}
	words := p.Server.Texts.For(lang)
	letter := Letter{
		Subject: words.T("network.mail.invite.subject"),
		Address: func(token string) string { return r.Base() + "/desk/welcome/" + token },
		Body: func(address string) string {
			return words.T("network.mail.invite.body", "name", f.Get("name"), "place", r.Viewer.Acting.Name, "address", address)
		},
	}
	var link string
	err = p.Store.DB.Tx(r.Context(), func(tx *db.Tx) error {
		if err := web.Claim(r.Context(), tx, f.Get("form_key"), teamAddress(in), r.Now); err != nil {
			return err
		}
		link, err = p.Store.Invite(r.Context(), tx, Invitation{Name: f.Get("name"), Email: f.Get("email"), Lang: lang, Role: auth.Role(f.Get("role")), Scope: in}, letter, r.Viewer.Account.ID)
		return err
	})
	if err != nil {
		if f.Failed(err) {
			return p.showTeam(w, r, http.StatusUnprocessableEntity, in, f, "", "")
		}
		return err
	}
	return p.showTeam(w, r, http.StatusOK, in, web.NewForm("lang", string(lang)), link, f.Get("name"))
}

// mate is the one of the viewer's team that the address names.
func (p *Pages) mate(r *web.Request) (Teammate, error) {
	in, err := p.team(r)
	if err != nil {
		return Teammate{}, err
	}
	return p.Store.teammate(r.Context(), in, r.PathValue("account"))
}

func (p *Pages) resetQuestion(r *web.Request) (string, error) {
	mate, err := p.mate(r)
	return r.T("network.team.reset.sure", "name", mate.Name), err
}

func (p *Pages) takeQuestion(r *web.Request) (string, error) {
	mate, err := p.mate(r)
	if err != nil {
		return "", err
	}
	for _, role := range mate.Roles {
		if string(role) == r.PostFormValue("role") {
			return sureToTake(r, role, mate.Name), nil
		}
	}
	return "", fault.Invalid("network.fault.role")
}

func sureToTake(r *web.Request, role auth.Role, name string) string {
	return r.T("network.team.take.sure", "role", r.T("network.role."+string(role)), "name", name)
}

func (p *Pages) resetLink(w http.ResponseWriter, r *web.Request) error {
	in, err := p.team(r)
	if err != nil {
		return err
	}
	id := r.PathValue("account")
	mate, err := p.Store.teammate(r.Context(), in, id)
	if err != nil {
		return err
	}
	letter := Letter{
		Subject: r.T("network.mail.reset.subject"),
		Address: func(token string) string { return r.Base() + "/desk/welcome/" + token },
		Body: func(address string) string {
			return r.T("network.mail.reset.body", "name", mate.Name, "address", address)
		},
	}
	link, err := p.Store.ResetLink(r.Context(), in, id, func(s auth.Scope) bool { return r.Viewer.Can(ManageTeam, s) }, letter, r.Viewer.Account.ID)
	if err != nil {
		return err
	}
	if link == "" {
		r.Flash("network.team.reset.mailed", "name", mate.Name)
		return r.See(w, teamAddress(in))
	}
	return p.showTeam(w, r, http.StatusOK, in, web.NewForm("lang", string(r.Lang())), link, mate.Name)
}

func (p *Pages) giveRole(w http.ResponseWriter, r *web.Request) error {
	return p.changeRole(w, r, p.Store.GiveRole, "network.team.given")
}

func (p *Pages) takeRole(w http.ResponseWriter, r *web.Request) error {
	return p.changeRole(w, r, p.Store.TakeRole, "network.team.taken")
}

func (p *Pages) changeRole(w http.ResponseWriter, r *web.Request, change func(context.Context, auth.Scope, string, auth.Role, string) error, said string) error {
	in, err := p.team(r)
	if err != nil {
		return err
	}
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	if err := change(r.Context(), in, r.PathValue("account"), auth.Role(f.Get("role")), r.Viewer.Account.ID); err != nil {
		return err
	}
	r.Flash(said)
	return r.See(w, teamAddress(in))
}
