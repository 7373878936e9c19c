package directory

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"kvart/internal/platform/fault"
	"kvart/internal/platform/i18n"
)

// apiNoun is one of the API's lists and what is in it.
type apiNoun struct {
	path, noun, about string
	takes             []string // parameters of the list, in the order of the document
	takesOne          []string // and of one of it
	finds             bool     // search goes through FindIDs
	page              func(ctx context.Context, v *apiView, q apiQuery) (contents []any, total int, err error)
	// each calls one with all there are, and batch after some hundreds.
	each func(ctx context.Context, v *apiView, q apiQuery, one func(any) error, batch func() error) error
	one  func(ctx context.Context, v *apiView, id string, q apiQuery) (any, error)
}

// nouns are all lists.
func (a *API) nouns() []apiNoun {
	return []apiNoun{
		{path: "services", noun: "Service", about: "Services that are offered, or closed for a while.", finds: true,
			takes: []string{"search", "page", "per_page", "format", "taxonomy_term_id", "taxonomy_id", "organization_id", "modified_after", "postcode", "proximity", "minimal", "full"},
			page:  a.services, each: a.eachService, one: a.service},
		{path: "organizations", noun: "Organization", about: "Organizations, public bodies and informal initiatives.", finds: true,
			takes:    []string{"search", "page", "per_page", "format", "taxonomy_term_id", "taxonomy_id", "modified_after", "full", "full_service"},
			takesOne: []string{"full_service"},
			page:     a.organizations, each: a.eachOrganization, one: a.organization},
		{path: "service_at_locations", noun: "AtLocation", about: "Services where they are given.", finds: true,
			takes: []string{"search", "page", "per_page", "format", "taxonomy_term_id", "taxonomy_id", "organization_id", "modified_after", "postcode", "proximity", "full"},
			page:  a.places, each: a.eachPlace, one: a.place},
		{path: "taxonomies", noun: "Taxonomy", about: "Ways of sorting services.",
			takes: []string{"search", "page", "per_page", "format"},
			page:  apiCut(taxonomiesOf), each: apiEach(taxonomiesOf), one: a.taxonomy},
		{path: "taxonomy_terms", noun: "Term", about: "Sorts of help.",
			takes: []string{"search", "page", "per_page", "format", "taxonomy_id", "top_only", "parent_id"},
			page:  apiCut(termsOf), each: apiEach(termsOf), one: a.term},
	}
}

// serviceAs is the shape of a service that is asked for.
func (v *apiView) serviceAs(s Service, q apiQuery) any {
	s = s.Shown(v.today)
	switch {
	case q.minimal:
		return struct {
			ID           string `json:"id"`
			LastModified string `json:"last_modified"`
		}{s.ID, s.lastModified(v.today)}
	case q.full:
		return v.wholeService(s)
	}
	return v.service(s)
}

func (q apiQuery) offset() int { return (q.page - 1) * q.perPage }

// listed is the filter of services that visitors find.
func (q apiQuery) listed() Filter {
	q.Filter.Listed = true
	return q.Filter
}

func (a *API) services(ctx context.Context, v *apiView, q apiQuery) (contents []any, total int, err error) {
	var list []Service
	if q.search != "" {
		var ids []string
		if ids, total, err = a.FindIDs(ctx, q.search, q.listed(), q.offset(), q.perPage); err == nil && len(ids) > 0 {
			list, err = a.Store.Services(ctx, a.Store.DB, ids)
		}
	} else if total, err = a.Store.Count(ctx, a.Store.DB, q.listed()); err == nil && q.offset() < total {
		list, err = a.Store.List(ctx, a.Store.DB, q.listed(), q.offset(), q.perPage)
	}
	for _, s := range list {
		contents = append(contents, v.serviceAs(s, q))
	}
	return contents, total, err
}

func (a *API) eachService(ctx context.Context, v *apiView, q apiQuery, one func(any) error, done func() error) error {
	return a.eachBatch(ctx, q, q.listed(), func(list []Service) error {
		for _, s := range list {
			if err := one(v.serviceAs(s, q)); err != nil {
				return err
			}
		}
		return done()
	})
}

// eachBatch calls f with all services that the filter chooses, and that are found where words are given. While f writes one
// batch the next is read.
func (a *API) eachBatch(ctx context.Context, q apiQuery, filter Filter, f func([]Service) error) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	read, ended := make(chan []Service), make(chan error, 1)
	go func() {
		defer close(read)
		defer func() {
			if p := recover(); p != nil { // nobody above would
				ended <- fault.Internal(fmt.Errorf("panic: %v", p))
			}
		}()
		ended <- a.readBatches(ctx, q, filter, func(list []Service) error {
			select {
			case read <- list:
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		})
	}()
	for list := range read {
		if err := f(list); err != nil {
			return err
		}
	}
	return <-ended
}

func (a *API) readBatches(ctx context.Context, q apiQuery, filter Filter, f func([]Service) error) error {
	if q.search == "" {
		return a.Store.Each(ctx, a.Store.DB, filter, f)
	}
	for offset := 0; ; offset += batch {
		ids, total, err := a.FindIDs(ctx, q.search, filter, offset, batch)
		if err != nil || len(ids) == 0 {
			return err
		}
		list, err := a.Store.Services(ctx, a.Store.DB, ids)
		if err == nil {
			err = f(list)
		}
		if err != nil || offset+batch >= total {
			return err
		}
	}
}

func (a *API) service(ctx context.Context, v *apiView, id string, _ apiQuery) (any, error) {
	s, err := a.listedService(ctx, id)
	if err != nil {
		return nil, err
	}
	return v.wholeService(s.Shown(v.today)), nil
}

// listedService is NotFound too where visitors do not find it.
func (a *API) listedService(ctx context.Context, id string) (Service, error) {
	s, err := a.Store.Service(ctx, a.Store.DB, id)
	if err == nil && !s.Listed() {
		err = fault.NotFound("fault.not_found")
	}
	return s, err
}

// apiFound is how many of the services found count for organizations and places: as many as package search ranks.
const apiFound = mostRanked

func (a *API) organizations(ctx context.Context, v *apiView, q apiQuery) (contents []any, total int, err error) {
	var list []Organisation
	if q.search != "" {
		if list, err = a.ownersFound(ctx, q); err == nil {
			total, list = len(list), cut(list, q)
		}
	} else if total, err = a.Store.countOwners(ctx, a.Store.DB, q.Filter); err == nil && q.offset() < total {
		list, err = a.Store.owners(ctx, a.Store.DB, q.Filter, "", q.offset(), q.perPage)
	}
	if err == nil {
		contents, err = a.organizationsAs(ctx, v, list, q)
	}
	return contents, total, err
}

// ownersFound are the organisations of the best of the services found, best first, and behind them those that offer nothing now
// and have each word of the search in their name, at the beginning of a word.
func (a *API) ownersFound(ctx context.Context, q apiQuery) (list []Organisation, err error) {
	ids, _, err := a.FindIDs(ctx, q.search, Filter{Listed: true, Taxonomy: q.Taxonomy, Term: q.Term}, 0, apiFound)
	if err == nil && len(ids) > 0 {
		list, err = a.Store.ownersOf(ctx, a.Store.DB, ids, q.ModifiedFrom)
	}
	if err != nil || q.Taxonomy != "" || q.Term != "" { // organisations have those of what they offer
		return list, err
	}
	alone, err := a.Store.ownersAlone(ctx, a.Store.DB, q.ModifiedFrom)
	for _, o := range alone {
		if hasWords(q.search, i18n.Text{o.Lang: o.Name}, nil, o.AlternateName) {
			list = append(list, o)
		}
	}
	return list, err
}

// cut is the page of the list that is asked for.
func cut[T any](list []T, q apiQuery) []T {
	from := min(q.offset(), len(list))
	return list[from:min(from+q.perPage, len(list))]
}

// organizationsAs are the organisations in the shape that is asked for.
func (a *API) organizationsAs(ctx context.Context, v *apiView, list []Organisation, q apiQuery) (contents []any, err error) {
	var locations map[string][]Location
	var services map[string][]Service
	if len(list) > 0 && (q.full || q.fullService) {
		var ids []string
		for _, o := range list {
			ids = append(ids, o.ID)
		}
		if locations, services, err = a.Store.belongings(ctx, a.Store.DB, ids); err != nil {
			return nil, err
		}
	}
	for _, o := range list {
		o = o.Shown(v.today)
		offered := services[o.ID]
		for i, s := range offered {
			offered[i] = s.Shown(v.today)
		}
		if q.full {
			contents = append(contents, v.wholeOrganization(o, locations[o.ID], offered, q.fullService))
			continue
		}
		b := v.organization(o)
		if q.fullService {
			b.Services = v.servicesOf(offered, true)
		}
		contents = append(contents, b)
	}
	return contents, nil
}

func (a *API) eachOrganization(ctx context.Context, v *apiView, q apiQuery, one func(any) error, done func() error) error {
	write := func(list []Organisation) error {
		contents, err := a.organizationsAs(ctx, v, list, q)
		for _, c := range contents {
			if err == nil {
				err = one(c)
			}
		}
		if err != nil {
			return err
		}
		return done()
	}
	if q.search != "" {
		list, err := a.ownersFound(ctx, q)
		if err != nil {
			return err
		}
		for some := range slices.Chunk(list, batch) {
			if err := write(some); err != nil {
				return err
			}
		}
		return nil
	}
	for after := ""; ; {
		list, err := a.Store.owners(ctx, a.Store.DB, q.Filter, after, 0, batch)
		if err != nil || len(list) == 0 {
			return err
		}
		after = list[len(list)-1].ID
		if err := write(list); err != nil {
			return err
		}
	}
}

func (a *API) organization(ctx context.Context, v *apiView, id string, q apiQuery) (any, error) {
	o, err := a.Store.Organisation(ctx, a.Store.DB, id)
	if err != nil {
		return nil, err
	}
	q.full = true
	contents, err := a.organizationsAs(ctx, v, []Organisation{o}, q)
	if err != nil {
		return nil, err
	}
	return contents[0], nil
}

func (a *API) places(ctx context.Context, v *apiView, q apiQuery) (contents []any, total int, err error) {
	var refs []placeRef
	if q.search != "" {
		var ids []string
		if ids, _, err = a.FindIDs(ctx, q.search, q.listed(), 0, apiFound); err == nil && len(ids) > 0 {
			if refs, err = a.Store.placesOf(ctx, a.Store.DB, ids, q.Filter); err == nil {
				total, refs = len(refs), cut(refs, q)
			}
		}
	} else if total, err = a.Store.countPlaces(ctx, a.Store.DB, q.listed()); err == nil && q.offset() < total {
		refs, err = a.Store.places(ctx, a.Store.DB, q.listed(), q.offset(), q.perPage)
	}
	if err != nil || len(refs) == 0 {
		return nil, total, err
	}
	var ids []string
	for _, ref := range refs {
		if len(ids) == 0 || ids[len(ids)-1] != ref.ServiceID {
			ids = append(ids, ref.ServiceID)
		}
	}
	list, err := a.Store.Services(ctx, a.Store.DB, ids)
	err = placesAs(v, list, refs, q, func(one any) error {
		contents = append(contents, one)
		return nil
	}, err)
	return contents, total, err
}

// placesAs calls one with those places of the services that are named, in the shape that is asked for.
func placesAs(v *apiView, list []Service, refs []placeRef, q apiQuery, one func(any) error, err error) error {
	wanted := make(map[string]bool, len(refs))
	for _, ref := range refs {
		wanted[ref.ID] = true
	}
	for _, s := range list {
		s = s.Shown(v.today)
		for _, p := range s.Places {
			if err != nil || !wanted[p.ID] {
				continue
			}
			if q.full {
				err = one(v.wholePlace(s, p))
			} else {
				err = one(v.briefPlace(s, p))
			}
		}
	}
	return err
}

func (a *API) eachPlace(ctx context.Context, v *apiView, q apiQuery, one func(any) error, done func() error) error {
	return a.eachBatch(ctx, q, q.listed(), func(list []Service) error {
		var ids []string
		for _, s := range list {
			ids = append(ids, s.ID)
		}
		var refs []placeRef
		var err error
		if q.Postcode != "" {
			refs, err = a.Store.placesOf(ctx, a.Store.DB, ids, q.Filter)
		} else { // all of them
			for _, s := range list {
				for _, p := range s.Places {
					refs = append(refs, placeRef{ID: p.ID})
				}
			}
		}
		if err = placesAs(v, list, refs, q, one, err); err != nil {
			return err
		}
		return done()
	})
}

func (a *API) place(ctx context.Context, v *apiView, id string, _ apiQuery) (any, error) {
	of, err := a.Store.serviceOfPlace(ctx, a.Store.DB, id)
	if err != nil {
		return nil, err
	}
	s, err := a.listedService(ctx, of)
	if err != nil {
		return nil, err
	}
	s = s.Shown(v.today)
	for _, p := range s.Places {
		if p.ID == id {
			return v.wholePlace(s, p), nil
		}
	}
	return nil, fault.NotFound("fault.not_found")
}

// taxonomiesOf are those that have the words of the search in name or description.
func taxonomiesOf(v *apiView, q apiQuery) (list []any) {
	for _, t := range v.sorts.List {
		if hasWords(q.search, t.Name, t.Description, t.Edition) {
			list = append(list, v.taxonomy(t))
		}
	}
	return list
}

// termsOf are those that all filters choose.
func termsOf(v *apiView, q apiQuery) (list []any) {
	for _, t := range v.sorts.Terms {
		if q.Taxonomy != "" && t.TaxonomyID != q.Taxonomy || q.topOnly && t.ParentID != nil || q.parent != "" && (t.ParentID == nil || *t.ParentID != q.parent) {
			continue
		}
		if hasWords(q.search, t.Name, t.Description, t.Code) {
			list = append(list, v.term(t.ID))
		}
	}
	return list
}

// hasWords says whether each word of the search begins a word of what is given, in any language, with or without marks.
func hasWords(search string, name, about i18n.Text, code string) bool {
	if search == "" {
		return true
	}
	var all []string
	for _, t := range []i18n.Text{name, about, {i18n.HR: code}} {
		for _, s := range t {
			all = append(all, apiWords(s)...)
		}
	}
	asked := apiWords(search)
	for _, w := range asked {
		if !slices.ContainsFunc(all, func(s string) bool { return strings.HasPrefix(s, w) }) {
			return false
		}
	}
	return len(asked) > 0
}

func apiWords(s string) []string {
	return strings.FieldsFunc(i18n.Fold(s), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}

// apiCut is the page of a list that is in memory.
func apiCut(all func(*apiView, apiQuery) []any) func(context.Context, *apiView, apiQuery) ([]any, int, error) {
	return func(_ context.Context, v *apiView, q apiQuery) ([]any, int, error) {
		list := all(v, q)
		return cut(list, q), len(list), nil
	}
}

// apiEach goes through a list that is in memory.
func apiEach(all func(*apiView, apiQuery) []any) func(context.Context, *apiView, apiQuery, func(any) error, func() error) error {
	return func(_ context.Context, v *apiView, q apiQuery, one func(any) error, _ func() error) error {
		for _, x := range all(v, q) {
			if err := one(x); err != nil {
				return err
			}
		}
		return nil
	}
}

func (a *API) taxonomy(_ context.Context, v *apiView, id string, _ apiQuery) (any, error) {
	if t := v.sorts.Taxonomy(id); t != nil {
		return v.taxonomy(*t), nil
	}
	return nil, fault.NotFound("fault.not_found")
}

func (a *API) term(_ context.Context, v *apiView, id string, _ apiQuery) (any, error) {
	if t := v.term(id); t != nil {
		return t, nil
	}
	return nil, fault.NotFound("fault.not_found")
}
