package directory

import (
	"context"

	"kvart/internal/hsds"
	"kvart/internal/platform/db"
	"kvart/internal/platform/i18n"
)

// lineRow is a service with one of its places, of both what a line of results says and what Shown decides by: no texts that
// are read on the service's own page only, which are most of it.
type lineRow struct {
	Seq        int64       `db:"seq"`
	ID         string      `db:"id"`
	Status     string      `db:"status"`
	Name       string      `db:"name"`
	Body       lineBody    `db:"body"`
	Lang       i18n.Lang   `db:"lang"`
	Texts      Texts       `db:"texts"`
	Own        Own         `db:"own"`
	AssuredOn  string      `db:"assured_on"`
	AssuredBy  string      `db:"assured_by"`
	OwnerID    string      `db:"owner_id"`
	OwnerName  string      `db:"owner_name"`
	OwnerBody  lineOwner   `db:"owner_body"`
	OwnerLang  i18n.Lang   `db:"owner_lang"`
	OwnerTexts Texts       `db:"owner_texts"`
	Kind       string      `db:"kind"`
	Reach      string      `db:"reach"`
	ReachUntil *string     `db:"reach_until"`
	CentreID   *string     `db:"centre_id"`
	PlaceID    *string     `db:"place_id"`
	PlaceBody  linePlace   `db:"place_body"`
	LocationID *string     `db:"location_id"`
	Location   lineAddress `db:"location_body"`
	Access     locationOwn `db:"location_own"`
	AreaID     *string     `db:"area_id"`
	City       *string     `db:"city"`
	LatE6      *int64      `db:"lat_e6"`
	LonE6      *int64      `db:"lon_e6"`
	Hidden     db.Bool     `db:"confidential"`
}

type (
	lineBody struct {
		Phones      []hsds.Phone    `json:"phones"`
		Schedules   []hsds.Schedule `json:"schedules"`
		CostOptions []hsds.Cost     `json:"cost_options"`
		Contacts    []hsds.Contact  `json:"contacts"`
	}
	lineOwner struct {
		Phones []hsds.Phone `json:"phones"`
	}
	linePlace struct {
		Phones    []hsds.Phone    `json:"phones"`
		Schedules []hsds.Schedule `json:"schedules"`
	}
	lineAddress struct {
		Name         string          `json:"name"`
		LocationType string          `json:"location_type"`
		Addresses    []hsds.Address  `json:"addresses"`
		Phones       []hsds.Phone    `json:"phones"`
		Schedules    []hsds.Schedule `json:"schedules"`
	}
)

func (b *lineBody) Scan(v any) error    { return scan(v, b) }
func (b *lineOwner) Scan(v any) error   { return scan(v, b) }
func (b *linePlace) Scan(v any) error   { return scan(v, b) }
func (b *lineAddress) Scan(v any) error { return scan(v, b) }

// lines are the services of the numbers as a list of results shows them, by number and in one query: like Services, but of
// their texts, and of those of their organisations and locations, there are the names alone. What visitors may have of
// them is for Shown to say.
func (s *Store) lines(ctx context.Context, q db.Querier, seqs []int64) (map[int64]Service, error) {
	args := db.Args{}
	var rows []lineRow
	if err := q.Select(ctx, &rows, `SELECT s.seq, s.id, s.status, s.name, s.body, s.lang, s.texts, s.own, s.assured_on, s.assured_by,
		o.id AS owner_id, o.name AS owner_name, o.body AS owner_body, o.lang AS owner_lang, o.texts AS owner_texts, o.kind, o.reach, o.reach_until, o.centre_id,
		p.id AS place_id, p.body AS place_body, l.id AS location_id, l.body AS location_body, l.own AS location_own, l.area_id, l.city, l.lat_e6, l.lon_e6, l.confidential
		FROM directory_services s JOIN directory_organisations o ON o.id = s.organisation_id
		LEFT JOIN directory_places p ON p.service_id = s.id LEFT JOIN directory_locations l ON l.id = p.location_id
		WHERE s.seq IN (`+db.In("seq", evened(seqs), args)+`) ORDER BY s.seq, p.position, p.id`, args); err != nil {
		return nil, err
	}
	list := make(map[int64]Service, len(seqs))
	for _, r := range rows {
		one, there := list[r.Seq]
		if !there {
			one = r.service()
		}
		if r.PlaceID != nil {
			one.Places = append(one.Places, r.place())
		}
		list[r.Seq] = one
	}
	return list, nil
}

func (r lineRow) service() Service {
	o := Organisation{Lang: r.OwnerLang, Texts: r.OwnerTexts, Kind: r.Kind, Reach: r.Reach, CentreID: r.CentreID}
	o.ID, o.Name, o.Phones = r.OwnerID, r.OwnerName, r.OwnerBody.Phones
	if r.ReachUntil != nil {
		o.ReachUntil = *r.ReachUntil
	}
	s := Service{Seq: r.Seq, Lang: r.Lang, Texts: r.Texts, Own: r.Own, AssuredBy: r.AssuredBy, Owner: o}
	s.ID, s.OrganizationID, s.Status, s.Name, s.AssuredDate = r.ID, r.OwnerID, r.Status, r.Name, r.AssuredOn
	s.Phones, s.Schedules, s.CostOptions, s.Contacts = r.Body.Phones, r.Body.Schedules, r.Body.CostOptions, r.Body.Contacts
	return s
}

func (r lineRow) place() Place {
	l := locationRow{ID: *r.LocationID, AreaID: r.AreaID, Own: r.Access, City: *r.City, LatE6: r.LatE6, LonE6: r.LonE6, Confidential: r.Hidden,
		Body: locationBody{Name: r.Location.Name, LocationType: r.Location.LocationType, Addresses: r.Location.Addresses, Phones: r.Location.Phones, Schedules: r.Location.Schedules}}
	p := Place{At: l.location()}
	p.ID, p.ServiceID, p.LocationID, p.Phones, p.Schedules = *r.PlaceID, r.ID, l.ID, r.PlaceBody.Phones, r.PlaceBody.Schedules
	return p
}

// evened is the list filled up with its last to one of a few lengths, for a list of which more of the same changes nothing: so
// that the engines see few texts of a query, and know them again.
func evened[T any](list []T) []T {
	if len(list) == 0 {
		return list
	}
	for _, n := range []int{1, PerPage, 50, 100, mostFound, mostRanked} {
		if len(list) <= n {
			even := append(make([]T, 0, n), list...)
			for len(even) < n {
				even = append(even, list[len(list)-1])
			}
			return even
		}
	}
	return list
}
