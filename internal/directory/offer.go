package directory

import (
	"context"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
)

// Offer is what an organisation of the network can lend the others: a room, people, a thing. It ends by itself.
type Offer struct {
	ID             string `db:"id"`
	OrganisationID string `db:"organisation_id"`
	Kind           string `db:"kind"`
	What           string `db:"what"`
	Until          string `db:"until"` // local date, the last day
	At             int64  `db:"at"`
	Version        int    `db:"version"`
	Name           string `db:"name"` // of the organisation
}

// OfferKinds are what may be offered.
var OfferKinds = []string{"room", "people", "thing"}

// mostOffered is the longest text of an offer, in characters; offerDays how far ahead one may end.
const (
	mostOffered = 500
	offerDays   = 366
)

// Check returns Invalid with the fields that cannot be right on the local date.
func (o Offer) Check(today string) error {
	var f fault.Form
	if !slices.Contains(OfferKinds, o.Kind) {
		f.Add("kind", "directory.fault.choose")
	}
	if strings.TrimSpace(o.What) == "" {
		f.Add("what", "fault.required")
	}
	if utf8.RuneCountInString(o.What) > mostOffered {
		f.Add("what", "fault.too_long", "max", mostOffered)
	}
	day, err := time.Parse(time.DateOnly, o.Until)
	now, _ := time.Parse(time.DateOnly, today)
	switch {
	case o.Until == "":
		f.Add("until", "fault.required")
	case err != nil:
		f.Add("until", "fault.not_a_date")
	case day.Before(now) || day.After(now.AddDate(0, 0, offerDays)):
		f.Add("until", "directory.fault.offer_until")
	}
	return f.Err()
}

// AddOffer keeps an offer. It returns Invalid with the fields that cannot be right.
func (s *Store) AddOffer(ctx context.Context, tx *db.Tx, o Offer, today, by string) error {
	if err := o.Check(today); err != nil {
		return err
	}
	o.ID = db.NewID()
	if _, err := tx.Exec(ctx, `INSERT INTO directory_offers (id, organisation_id, kind, what, until, at) VALUES (:id, :o, :kind, :what, :until, :at)`,
		db.Args{"id": o.ID, "o": o.OrganisationID, "kind": o.Kind, "what": o.What, "until": o.Until, "at": s.Now().Unix()}); err != nil {
		return err
	}
	return s.note(ctx, tx, "directory.offer", by, "offer", o.ID)
}

// EndOffer takes the organisation's offer away. It is NotFound where it has none of the id.
func (s *Store) EndOffer(ctx context.Context, tx *db.Tx, organisationID, id, by string) error {
	n, err := tx.Exec(ctx, `DELETE FROM directory_offers WHERE id = :id AND organisation_id = :o`, db.Args{"id": id, "o": organisationID})
	if err == nil && n == 0 {
		err = fault.NotFound("fault.not_found")
	}
	if err != nil {
		return err
	}
	return s.note(ctx, tx, "directory.offer.end", by, "offer", id)
}

// Offers are what is offered on the local date, by the day on which it ends.
func (s *Store) Offers(ctx context.Context, q db.Querier, today string) ([]Offer, error) {
	var list []Offer
	err := q.Select(ctx, &list, `SELECT x.*, o.name FROM directory_offers x JOIN organisations o ON o.id = x.organisation_id WHERE x.until >= :today ORDER BY x.until, x.id LIMIT 500`,
		db.Args{"today": today})
	return list, err
}

// forgetOffers deletes what ended a month ago.
func (s *Store) forgetOffers(ctx context.Context, today string) error {
	day, err := time.Parse(time.DateOnly, today)
	if err != nil {
		return err
	}
	_, err = s.DB.Exec(ctx, `DELETE FROM directory_offers WHERE until < :then`, db.Args{"then": day.AddDate(0, 0, -30).Format(time.DateOnly)})
	return err
}
