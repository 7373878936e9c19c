package directory

import (
	"context"
	"hash/fnv"
	"time"

	"kvart/internal/platform/clock"
	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
)

// Who may have said that an entry is right.
const (
	ByOrganisation = "organisation"
	ByCentre       = "centre"
)

// spreadDays are over how many days what nobody ever confirmed is asked about, each organisation on a day of its own.
const spreadDays = 28

const day = 24 * time.Hour

// LocalDay is the local date where the network is, with its zone.
func (s *Store) LocalDay(ctx context.Context) (string, *time.Location, error) {
	n, err := s.Network.Network(ctx, s.DB)
	if err != nil && !fault.Is(err, fault.KindNotFound) {
		return "", time.UTC, err
	}
	return today(s.Now(), n.Zone), clock.Zone(n.Zone), nil
}

// assured is the service after somebody said on the local date that it is right: as is organisation or centre.
func (s Service) assured(now time.Time, today, as string) Service {
	s.AssuredDate, s.AssuredBy, s.Asked = today, as, 0
	s.AskAt = nil
	if s.Listed() {
		at := now.Add(AskAfter * day).Unix()
		s.AskAt = &at
	}
	return s
}

// Assure notes that somebody said that the service is still right.
func (s *Store) Assure(ctx context.Context, tx *db.Tx, id, as, by string) error {
	one, err := s.Service(ctx, tx, id)
	if err != nil {
		return err
	}
	today, _, err := s.LocalDay(ctx)
	if err != nil {
		return err
	}
	return s.SaveService(ctx, tx, one.assured(s.Now(), today, as), "assure", by)
}

// End takes the service off the map: as, the organisation or the centre, said that it does not exist any more. Where the
// organisation did, the centre looks at it (Tasks) and may put it back.
func (s *Store) End(ctx context.Context, tx *db.Tx, id, as, by string) error {
	one, err := s.Service(ctx, tx, id)
	if err != nil {
		return err
	}
	if !one.Listed() {
		return nil
	}
	action := "end"
	if as == ByOrganisation {
		action = "ended"
	}
	one.Status, one.AskAt, one.Asked = "inactive", nil, 0
	return s.SaveService(ctx, tx, one, action, by)
}

// Seen notes that the centre looked at what was ended.
func (s *Store) Seen(ctx context.Context, tx *db.Tx, id, by string) error {
	one, err := s.Service(ctx, tx, id)
	if err != nil {
		return err
	}
	return s.SaveService(ctx, tx, one, "seen", by)
}

// Unreached notes that nobody answered the telephone: what of the organisation is due is due again in two weeks.
func (s *Store) Unreached(ctx context.Context, tx *db.Tx, organisationID, by string) error {
	now := s.Now()
	if _, err := tx.Exec(ctx, `UPDATE directory_services SET ask_at = :next WHERE organisation_id = :o AND ask_at <= :now`,
		db.Args{"o": organisationID, "now": now.Unix(), "next": now.Add(RemindEach * day).Unix()}); err != nil {
		return err
	}
	return s.note(ctx, tx, "directory.unreached", by, "organisation", organisationID)
}

// Due are the listed services of the organisation that are asked about now, those of the next two weeks among them where
// one is: it is asked once about all.
func (s *Store) Due(ctx context.Context, q db.Querier, organisationID string) ([]Service, error) {
	now := s.Now()
	list, err := s.services(ctx, q, `WHERE organisation_id = :o AND status IN ('active', 'temporarily closed') AND (ask_at <= :soon OR asked > 0) ORDER BY name, seq`,
		db.Args{"o": organisationID, "soon": now.Add(RemindEach * day).Unix()})
	if err != nil {
		return nil, err
	}
	for _, one := range list {
		if one.Asked > 0 || one.AskAt != nil && *one.AskAt <= now.Unix() {
			return list, nil
		}
	}
	return nil, nil
}

// schedule gives each service that visitors find a day on which it is asked about: AskAfter days from its assurance, and
// where nobody ever confirmed it, one of the next four weeks, the same for all of an organisation.
func (s *Store) schedule(ctx context.Context) error {
	now := s.Now()
	if _, err := s.DB.Exec(ctx, `UPDATE directory_services SET ask_at = NULL WHERE ask_at IS NOT NULL AND status NOT IN ('active', 'temporarily closed')`, nil); err != nil {
		return err
	}
	for {
		var rows []struct {
			ID           string `db:"id"`
			Organisation string `db:"organisation_id"`
			AssuredOn    string `db:"assured_on"`
		}
		if err := s.DB.Select(ctx, &rows, `SELECT id, organisation_id, assured_on FROM directory_services WHERE ask_at IS NULL AND status IN ('active', 'temporarily closed')
			ORDER BY seq LIMIT :n`, db.Args{"n": batch}); err != nil || len(rows) == 0 {
			return err
		}
		if err := s.DB.Tx(ctx, func(tx *db.Tx) error {
			for _, r := range rows {
				if _, err := tx.Exec(ctx, `UPDATE directory_services SET ask_at = :at WHERE id = :id AND ask_at IS NULL`,
					db.Args{"id": r.ID, "at": firstAsk(now, r.AssuredOn, r.Organisation).Unix()}); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			return err
		}
	}
}

// firstAsk is when an entry that was assured on the local date is asked about; never on the day it came, so that who enters or
// imports it can look at it first.
func firstAsk(now time.Time, assured, organisationID string) time.Time {
	if d, err := time.Parse(time.DateOnly, assured); err == nil {
		if at := d.Add(AskAfter*day + 9*time.Hour); at.After(now) {
			return at
		}
	}
	h := fnv.New32a()
	h.Write([]byte(organisationID))
	return now.Add(time.Duration(1+h.Sum32()%spreadDays) * day)
}

// dueOrganisations are those that a mail is to be written to now.
func (s *Store) dueOrganisations(ctx context.Context, limit int) ([]string, error) {
	var ids []string
	err := s.DB.Select(ctx, &ids, `SELECT DISTINCT s.organisation_id FROM directory_services s JOIN directory_organisations o ON o.id = s.organisation_id
		WHERE s.ask_at <= :now AND s.asked < :most AND s.status IN ('active', 'temporarily closed') AND o.ask_email <> '' ORDER BY s.organisation_id LIMIT :n`,
		db.Args{"now": s.Now().Unix(), "most": MostAsked, "n": limit})
	return ids, err
}

// asking notes that the organisation is asked about these services now. It returns how many of them were still to be.
func (s *Store) asking(ctx context.Context, tx *db.Tx, list []Service) (n int64, err error) {
	now := s.Now()
	for _, one := range list {
		if one.Asked >= MostAsked || one.Asked > 0 && one.AskAt != nil && *one.AskAt > now.Unix() {
			continue
		}
		did, err := tx.Exec(ctx, `UPDATE directory_services SET asked = asked + 1, ask_at = :next WHERE id = :id AND asked = :asked AND version = :version`,
			db.Args{"id": one.ID, "asked": one.Asked, "version": one.Version, "next": now.Add(RemindEach * day).Unix()})
		if err != nil {
			return n, err
		}
		if did > 0 { // what is asked about in vain sinks
			if err := s.index(ctx, tx, one.ID); err != nil {
				return n, err
			}
		}
		n += did
	}
	return n, nil
}

// consentOver indexes anew what initiatives offer whose consent to be reached themselves has ended since the service was last
// saved or indexed for that: from then on they are reached through their centre, and whoever asks the API for changes is told,
// once. However long nothing ran, none is left out.
func (s *Store) consentOver(ctx context.Context) error {
	today, zone, err := s.LocalDay(ctx)
	if err != nil {
		return err
	}
	midnight, err := time.ParseInLocation(time.DateOnly, today, zone)
	if err != nil {
		return err
	}
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		var rows []struct {
			ID         string `db:"id"`
			Until      string `db:"reach_until"`
			ModifiedAt int64  `db:"modified_at"`
		}
		if err := tx.Select(ctx, &rows, `SELECT s.id, o.reach_until, s.modified_at FROM directory_services s JOIN directory_organisations o ON o.id = s.organisation_id
			WHERE o.kind = 'initiative' AND o.reach = 'direct' AND o.reach_until < :today AND s.modified_at < :midnight ORDER BY s.id`,
			db.Args{"today": today, "midnight": midnight.Unix()}); err != nil {
			return err
		}
		any := false
		for _, r := range rows {
			last, err := time.ParseInLocation(time.DateOnly, r.Until, zone)
			if err == nil && r.ModifiedAt >= last.AddDate(0, 0, 1).Unix() {
				continue
			}
			if _, err := tx.Exec(ctx, `UPDATE directory_services SET modified_at = :now WHERE id = :id`, db.Args{"id": r.ID, "now": s.Now().Unix()}); err != nil {
				return err
			}
			if err := s.index(ctx, tx, r.ID); err != nil {
				return err
			}
			any = true
		}
		if !any {
			return nil
		}
		_, err := tx.Exec(ctx, `UPDATE change_counters SET n = n + 1 WHERE scope = 'public'`, nil)
		return err
	})
}
