package support

import (
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"kvart/internal/network"
	"kvart/internal/platform/auth"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/i18n"
	"kvart/internal/platform/vault"
	"kvart/internal/platform/web"
)

// teamRoutes are what a team needs to be able to read: keys, signed lists, who looks when, the network's words.
func (p *Pages) teamRoutes() []web.Route {
	return []web.Route{
		{Pattern: "GET /desk/messages/key", Need: web.SignedIn, Handle: p.showKey},
		{Pattern: "POST /desk/messages/key", Need: web.SignedIn, Handle: p.makeKey},
		{Pattern: "POST /desk/messages/key/back", Need: web.SignedIn, Handle: p.keyBack},
		{Pattern: "POST /desk/messages/key/open", Need: web.SignedIn, Handle: p.openKey},

		{Pattern: "GET /desk/messages/team", Need: network.AtCentre(Arrange), Handle: p.team},
		{Pattern: "GET /desk/messages/team/unsigned", Need: network.AtCentre(Arrange), Handle: p.unsigned},
		{Pattern: "POST /desk/messages/team/list", Need: network.AtCentre(Arrange), Handle: p.takeList},
		{Pattern: "POST /desk/messages/team/turns", Need: network.AtCentre(Arrange), Handle: p.addTurn},
		{Pattern: "POST /desk/messages/team/turns/{id}/remove", Need: network.AtCentre(Arrange), Handle: p.removeTurn},

		{Pattern: "GET /desk/network/messages", Need: network.InNetwork(network.EditNetwork), Handle: p.words},
		{Pattern: "POST /desk/network/messages", Need: network.InNetwork(network.EditNetwork), Handle: p.changeWords},
		{Pattern: "GET /desk/messages/numbers", Need: web.Permitted(network.EditNetwork, web.AnyScope), Handle: p.numbers},
		{Pattern: "POST /desk/messages/numbers", Need: web.Permitted(network.EditNetwork, web.AnyScope), Handle: p.confirmNumbers},
	}
}

// teamView is what the page of a centre's team shows: who can read, and who looks when.
type teamView struct {
	Available Availability
	Team      Team
	Pinned    bool // the organisation's signing key is known here
	Listed    *vault.List
	Rota      []Turn
	Names     map[string]string // of accounts
	Closed    bool              // the erasure store is not there
}

func (p *Pages) teamOf(r *web.Request) (v teamView, err error) {
	ctx := r.Context()
	c, err := p.Store.Network.Centre(ctx, p.Store.DB, r.Viewer.ScopeID())
	if err != nil {
		return v, err
	}
	if v.Available, err = p.Store.AvailableAt(ctx, c); err != nil {
		return v, err
	}
	if v.Team, err = p.Store.Team(ctx, p.Store.DB, Party{Centre: c.ID}); err != nil {
		return v, err
	}
	if _, v.Pinned, err = p.Store.Pins.Read(c.OrganisationID); err != nil {
		return v, err
	}
	if l, err := p.Store.List(ctx, p.Store.DB, c.OrganisationID); err == nil {
		v.Listed = &l
	}
	if v.Rota, err = p.Store.Rota(ctx, p.Store.DB, c.ID); err != nil {
		return v, err
	}
	v.Names, v.Closed = map[string]string{}, !p.Store.Erasure.Ready()
	for _, m := range v.Team.Members {
		v.Names[m.AccountID] = m.Name
	}
	return v, nil
}

func (p *Pages) team(w http.ResponseWriter, r *web.Request) error {
	return p.showTeam(w, r, http.StatusOK, web.NewForm("from", "09:00", "to", "13:00"))
}

func (p *Pages) showTeam(w http.ResponseWriter, r *web.Request, status int, f *web.Form) error {
	v, err := p.teamOf(r)
	if err != nil {
		return err
	}
	return r.HTML(w, status, teamPage(r, v, f))
}

// Unsigned is a list of an organisation's keys as the desk gives it, to be looked at and signed away from the server.
type Unsigned struct {
	Organisation string        `json:"organisation"`
	Name         string        `json:"name"`
	Serial       int           `json:"serial"`
	Readers      []UnsignedKey `json:"readers"`
}

// UnsignedKey is one key with its owner's working name.
type UnsignedKey struct {
	ID    string `json:"id"`
	Owner string `json:"owner"`
	Name  string `json:"name"`
	Key   []byte `json:"key"`
	Until string `json:"until"`
}

func (p *Pages) unsigned(w http.ResponseWriter, r *web.Request) error {
	c, err := p.Store.Network.Centre(r.Context(), p.Store.DB, r.Viewer.ScopeID())
	if err != nil {
		return err
	}
	u, err := p.Store.Unsigned(r.Context(), c.OrganisationID)
	if err != nil {
		return err
	}
	b, err := json.MarshalIndent(u, "", " ")
	if err != nil {
		return err
	}
	w.Header().Set("Content-Disposition", `attachment; filename="keys-`+strconv.Itoa(u.Serial)+`.json"`)
	return r.JSON(w, http.StatusOK, b)
}

func (p *Pages) takeList(w http.ResponseWriter, r *web.Request) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	c, err := p.Store.Network.Centre(r.Context(), p.Store.DB, r.Viewer.ScopeID())
	if err != nil {
		return err
	}
	data := []byte(f.Get("file"))
	if r.MultipartForm != nil {
		if data, err = oneFile(r, "file"); err != nil {
			return err
		}
	}
	if err := p.Store.TakeList(r.Context(), c.OrganisationID, data, r.Viewer.Account.ID); err != nil {
		if !f.Failed(err) {
			return err
		}
		return p.showTeam(w, r, web.Status(f.Err), f)
	}
	r.Flash("support.team.list_taken")
	return r.See(w, "/desk/messages/team")
}

// oneFile is the file that a form carries.
func oneFile(r *web.Request, name string) ([]byte, error) {
	file, _, err := r.FormFile(name)
	if err != nil {
		return nil, nil // none was chosen: what takes it says so
	}
	defer file.Close()
	return io.ReadAll(io.LimitReader(file, web.MaxForm))
}

func (p *Pages) addTurn(w http.ResponseWriter, r *web.Request) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	day, _ := strconv.Atoi(f.Get("weekday"))
	t := Turn{CentreID: r.Viewer.ScopeID(), AccountID: f.Get("account"), Weekday: day, From: f.Get("from"), To: f.Get("to")}
	if err := p.Store.AddTurn(r.Context(), t, r.Viewer.Account.ID); err != nil {
		if !f.Failed(err) {
			return err
		}
		return p.showTeam(w, r, web.Status(f.Err), f)
	}
	return r.See(w, "/desk/messages/team#rota")
}

func (p *Pages) removeTurn(w http.ResponseWriter, r *web.Request) error {
	if err := p.Store.RemoveTurn(r.Context(), r.Viewer.ScopeID(), r.PathValue("id"), r.Viewer.Account.ID); err != nil {
		return err
	}
	return r.See(w, "/desk/messages/team#rota")
}

func (p *Pages) words(w http.ResponseWriter, r *web.Request) error {
	v, err := p.Store.Settings(r.Context(), p.Store.DB)
	if err != nil {
		return err
	}
	f := web.NewForm("hours", strconv.Itoa(v.Hours), "topics", topicLines(v.Topics))
	f.SetTexts("opens", v.Opens)
	f.SetTexts("exception", v.Exception)
	return p.showWords(w, r, http.StatusOK, v, f)
}

func (p *Pages) showWords(w http.ResponseWriter, r *web.Request, status int, v Settings, f *web.Form) error {
	n, err := p.Store.Network.Network(r.Context(), p.Store.DB)
	if err != nil {
		return err
	}
	return r.HTML(w, status, wordsPage(r, v, n.Emergency, f))
}

func (p *Pages) changeWords(w http.ResponseWriter, r *web.Request) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	had, err := p.Store.Settings(r.Context(), p.Store.DB)
	if err != nil {
		return err
	}
	var faults fault.Form
	v := Settings{Opens: f.Texts("opens"), Exception: f.Texts("exception"), Topics: topicsOf(f.Get("topics"), had.Topics), Hours: f.Int(&faults, "hours", usualHours, 1, 24*14)}
	if len(v.Opens)+len(v.Exception) > 0 {
		v.SetOn = r.Now.In(r.Zone()).Format(time.DateOnly)
	}
	if err = faults.Err(); err == nil {
		err = p.Store.SaveSettings(r.Context(), v, r.Viewer.Account.ID)
	}
	if err != nil {
		if !f.Failed(err) {
			return err
		}
		return p.showWords(w, r, web.Status(f.Err), had, f)
	}
	r.Flash("support.words.saved")
	return r.See(w, "/desk/network/messages")
}

// topicLines writes topics one a line: the names in Croatian, English and Norwegian with bars between.
func topicLines(list []Topic) string {
	var lines []string
	for _, t := range list {
		lines = append(lines, strings.TrimRight(strings.Join([]string{t.Name[i18n.HR], t.Name[i18n.EN], t.Name[i18n.NB]}, " | "), " |"))
	}
	return strings.Join(lines, "\n")
}

// topicsOf reads them. A topic keeps its code while its Croatian name stays.
func topicsOf(text string, had []Topic) []Topic {
	var list []Topic
	for _, line := range strings.Split(text, "\n") {
		parts := strings.Split(line, "|")
		name := i18n.Text{}
		for i, l := range []i18n.Lang{i18n.HR, i18n.EN, i18n.NB} {
			if i < len(parts) && strings.TrimSpace(parts[i]) != "" {
				name[l] = strings.TrimSpace(parts[i])
			}
		}
		if len(name) == 0 {
			continue
		}
		code := network.Slug(name[i18n.HR])
		for _, t := range had {
			if t.Name[i18n.HR] == name[i18n.HR] {
				code = t.Code
			}
		}
		list = append(list, Topic{code, name})
	}
	return list
}

// memberState is the message key that says how far somebody is from reading.
func (v teamView) memberState(m Reader) string {
	switch {
	case m.KeyID == "":
		return "support.team.no_key"
	case m.Listed:
		return "support.team.reads"
	case v.Team.Signed:
		return "support.team.waits"
	}
	return "support.team.no_list"
}

// until is the last day of the member's key on the list.
func (v teamView) until(m Reader) string {
	if v.Listed != nil {
		for _, l := range v.Listed.Readers {
			if l.ID == m.KeyID {
				return l.Until
			}
		}
	}
	return ""
}

func memberOptions(list []Reader) []web.Option {
	var options []web.Option
	for _, m := range list {
		options = append(options, web.Option{Value: m.AccountID, Label: m.Name})
	}
	return options
}

func weekdayOptions(p *i18n.Printer) []web.Option {
	var list []web.Option
	for d := 1; d <= 7; d++ {
		list = append(list, web.Option{Value: strconv.Itoa(d), Label: p.Weekday(weekdayOf(d))})
	}
	return list
}

// reads says whether the viewer reads anywhere, so that the page of the key means something to them.
func reads(r *web.Request) bool {
	return slices.ContainsFunc(r.Viewer.Held, func(h auth.Held) bool { return r.Viewer.Can(Read, h.Scope) || r.Viewer.Can(Receive, h.Scope) })
}

func weekdayOf(day int) time.Weekday { return time.Weekday(day % 7) }
