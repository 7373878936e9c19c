// Package directory is the map of help in the neighbourhood: organisations and informal initiatives, what they offer, where,
// when and for whom, how fresh that is, and how it is found.
//
// An entry is kept as the Human Services Data Specification has it (package hsds), with what only Kvart asks beside it: what
// a first visit is like, what it costs in a word, steps and lifts as centres have them, through whom an informal
// initiative is reached. It keeps nothing about whoever looks for help, and no address that is confidential: the database
// refuses one.
package directory

import (
	"slices"
	"strings"

	"kvart/internal/hsds"
	"kvart/internal/network"
	"kvart/internal/platform/auth"
	"kvart/internal/platform/i18n"
)

// Permissions of this feature.
const (
	EditOwn  auth.Permission = "directory.edit_own" // entries that are one's to keep right: an organisation's own, and with EditAll those beside
	LookIn   auth.Permission = "directory.look_in"  // a centre's list of what is to be confirmed and answered
	EditAll  auth.Permission = "directory.edit_all" // any entry that a centre looks after
	Organise auth.Permission = "directory.organise" // groups, synonyms, places, imports and exports of the network
)

// Grants say which role has which permission.
var Grants = []auth.Grant{
	{Role: network.Member, Permission: EditOwn},
	{Role: network.Coordinator, Permission: EditOwn}, {Role: network.Coordinator, Permission: LookIn}, {Role: network.Coordinator, Permission: EditAll},
	{Role: network.Lead, Permission: EditOwn}, {Role: network.Lead, Permission: LookIn}, {Role: network.Lead, Permission: EditAll}, {Role: network.Lead, Permission: Organise},
}

// Texts are what visitors read in languages other than the one an entry is kept in: by language, by the field's name in JSON.
type Texts map[i18n.Lang]map[string]string

// in is the field's text in the language, or what the entry itself has.
func (t Texts) in(l i18n.Lang, field, own string) string {
	if s := t[l][field]; s != "" {
		return s
	}
	return own
}

// Organisation offers services: a CSO, an informal initiative, a public body. Where it is one of the network's, it has
// the same id.
type Organisation struct {
	hsds.Organization
	Lang       i18n.Lang
	Texts      Texts
	Kind       string  // cso, initiative, public, city, other
	Reach      string  // direct, or centre: through the centre alone
	ReachUntil string  // local date on which an initiative's consent to be reached itself ends
	CentreID   *string // through which it is reached; which looks after its entries
	AskEmail   string  // where it is asked whether its entries are right; on no page
	ModifiedAt int64
	Version    int
}

// Kinds of organisations in the directory, and the two ways of reaching one.
var (
	Kinds  = []string{"cso", "initiative", "public", "city", "other"}
	Direct = "direct"
	Centre = "centre"
)

// ByCentre says whether it is reached through its centre only on that local date: it wants that, or is an informal
// initiative whose consent to be reached itself has ended (PRACTICE; issue 5).
func (o Organisation) ByCentre(today string) bool {
	if o.Reach == Centre {
		return true
	}
	return o.Kind == "initiative" && o.ReachUntil < today
}

// In is the organisation as it is read in the language.
func (o Organisation) In(l i18n.Lang) Organisation {
	if l == o.Lang {
		return o
	}
	o.Name = o.Texts.in(l, "name", o.Name)
	o.AlternateName = o.Texts.in(l, "alternate_name", o.AlternateName)
	o.Description = o.Texts.in(l, "description", o.Description)
	return o
}

// Service is help that an organisation offers. Of the HSDS service, Organization and ServiceAtLocations stand in Owner and
// Places instead, and assured_date and last_modified are kept as the database has them.
type Service struct {
	hsds.Service
	Seq        int64 // its number in the search index
	Lang       i18n.Lang
	Texts      Texts
	Own        Own
	AssuredBy  string // organisation, centre, import; empty: nobody has
	AskAt      *int64 // when it is asked about next
	Asked      int    // how often without an answer
	ModifiedAt int64
	Version    int
	Owner      Organisation
	Places     []Place
}

// Own is what Kvart keeps of a service beside the standard.
type Own struct {
	Cost  string     `json:"cost,omitempty"` // free, depends, paid; empty: not said
	First FirstVisit `json:"first,omitzero"`
}

// Costs are the words for what a service costs.
var Costs = []string{"free", "depends", "paid"}

// FirstVisit is what whoever comes for the first time is afraid of not knowing.
type FirstVisit struct {
	Meets   string `json:"meets,omitempty"`   // who meets you
	Name    string `json:"name,omitempty"`    // no, any, yes: whether a name is asked, and whether any will do
	Card    string `json:"card,omitempty"`    // no, sometimes, yes: whether an identity card is
	Written string `json:"written,omitempty"` // what is written down
	Along   string `json:"along,omitempty"`   // yes, ask, no: may somebody come along
}

// What may be said of a first visit.
var (
	NameAsked  = []string{"no", "any", "yes"}
	CardAsked  = []string{"no", "sometimes", "yes"}
	MayComeToo = []string{"yes", "ask", "no"}
)

// Statuses of a service, in the words of HSDS; only the first and the last are on the map.
var Statuses = []string{"active", "inactive", "defunct", "temporarily closed"}

// Listed says whether visitors find it.
func (s Service) Listed() bool { return s.Status == "active" || s.Status == "temporarily closed" }

// textFields are the fields of a service that are kept in several languages, with the place of each.
func (s *Service) textFields() map[string]*string {
	return map[string]*string{"name": &s.Name, "alternate_name": &s.AlternateName, "description": &s.Description, "application_process": &s.ApplicationProcess,
		"fees_description": &s.FeesDescription, "wait_time": &s.WaitTime, "eligibility_description": &s.EligibilityDescription, "alert": &s.Alert,
		"interpretation_services": &s.InterpretationServices, "first.meets": &s.Own.First.Meets, "first.written": &s.Own.First.Written}
}

// TextFields are their names, in the order of a form.
var TextFields = []string{"name", "alternate_name", "description", "eligibility_description", "application_process", "fees_description", "wait_time",
	"interpretation_services", "alert", "first.meets", "first.written"}

// In is the service as it is read in the language, its organisation too.
func (s Service) In(l i18n.Lang) Service {
	if l != s.Lang {
		for name, at := range s.textFields() {
			*at = s.Texts.in(l, name, *at)
		}
	}
	s.Owner = s.Owner.In(l)
	return s
}

// Text is a field of TextFields in all languages it is kept in.
func (s Service) Text(field string) i18n.Text {
	t := i18n.Text{}
	if at, ok := s.textFields()[field]; ok && *at != "" {
		t[s.Lang] = *at
	}
	for l, fields := range s.Texts {
		if v := fields[field]; v != "" && l != s.Lang {
			t[l] = v
		}
	}
	return t
}

// SetText puts the field of TextFields in all languages. The entry's own language is Croatian unless it has one; where
// the text lacks that, the entry has the first that there is.
func (s *Service) SetText(field string, t i18n.Text) {
	if s.Lang == "" {
		s.Lang = i18n.HR
	}
	at, ok := s.textFields()[field]
	if !ok {
		panic("directory: " + field + " is no text of a service")
	}
	*at, _ = t.In(s.Lang)
	for _, l := range i18n.All {
		if l == s.Lang {
			continue
		}
		if v := t[l]; v != "" && v != *at {
			if s.Texts == nil {
				s.Texts = Texts{}
			}
			if s.Texts[l] == nil {
				s.Texts[l] = map[string]string{}
			}
			s.Texts[l][field] = v
		} else {
			delete(s.Texts[l], field)
			if len(s.Texts[l]) == 0 {
				delete(s.Texts, l)
			}
		}
	}
}

// Terms are the ids of the terms that its attributes name, each once.
func (s Service) Terms() []string {
	var ids []string
	for _, a := range s.Attributes {
		id := a.TaxonomyTermID
		if id == "" && a.TaxonomyTerm != nil {
			id = a.TaxonomyTerm.ID
		}
		if id != "" && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids
}

// IsFree says whether it costs nothing: it says so, or each of its costs is nought.
func (s Service) IsFree() bool {
	if s.Own.Cost != "" {
		return s.Own.Cost == "free"
	}
	for _, c := range s.CostOptions {
		if c.Amount == nil || *c.Amount != 0 {
			return false
		}
	}
	return len(s.CostOptions) > 0
}

// Location is where services are given. Of a confidential one only the city is kept; the database refuses more.
type Location struct {
	hsds.Location
	OwnerID      string // the organisation whose it is; empty: it came with services of several
	AreaID       *string
	Access       network.AccessList
	City         string
	Confidential bool
	PublicFrom   int64 // since when exports have had it
	ModifiedAt   int64
	Version      int
}

// Place is a service where it is given: HSDS service_at_location.
type Place struct {
	hsds.AtLocation
	At Location
}

// StepFree says what is known of steps: yes, no, partly, or nothing.
func (l Location) StepFree() string {
	for _, a := range l.Access {
		if a.Feature == "step_free" {
			return a.State
		}
	}
	return ""
}

// Line is the address in one line; of a confidential location the city.
func (l Location) Line() string {
	if l.Confidential {
		return l.City
	}
	if len(l.Addresses) == 0 {
		if l.City != "" {
			return l.City
		}
		return l.Name
	}
	a := l.Addresses[0]
	city := strings.TrimSpace(a.PostalCode + " " + a.City)
	var parts []string
	for _, p := range []string{a.Address1, a.Address2, city} {
		if p != "" {
			parts = append(parts, p)
		}
	}
	return strings.Join(parts, ", ")
}
