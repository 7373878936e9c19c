package network

import (
	"context"
	"encoding/base64"
	"time"

	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/i18n"
)

// Facts are what a visitor asks of a centre first.
type Facts struct {
	Centre       Centre
	Organisation Organisation
	Areas        []Area // narrowest first
	Openness     Openness
	Closures     []Closure // from today on, within two weeks
	MayClose     []Closure // public holidays of that time on which nobody has said whether it is open
	Picture      *Picture
	Map          Map
	Now          time.Time // in the centre's zone
}

// Facts collects them at now.
func (s *Store) Facts(ctx context.Context, q db.Querier, c Centre, now time.Time) (Facts, error) {
	local := now.In(c.Location())
	f := Facts{Centre: c, Now: local}
	var err error
	if f.Organisation, err = s.Organisation(ctx, q, c.OrganisationID); err != nil {
		return f, err
	}
	areas, err := s.Areas(ctx, q)
	if err != nil {
		return f, err
	}
	f.Areas = ChainOf(areas, c.AreaID)
	closures, err := s.Closures(ctx, q, c.ID, local.AddDate(0, 0, -1).Format(time.DateOnly))
	if err != nil {
		return f, err
	}
	f.Openness = c.OpenAt(now, closures)
	today, horizon := local.Format(time.DateOnly), local.AddDate(0, 0, 14).Format(time.DateOnly)
	for _, x := range closures {
		if x.ToDate >= today && x.FromDate <= horizon {
			f.Closures = append(f.Closures, x)
		}
	}
	if c.Holidays == HolidaysAsk {
		for _, h := range holidaysFrom(c.ID, today) {
			if h.FromDate <= horizon && closedOn(h.FromDate, f.Closures) == nil {
				f.MayClose = append(f.MayClose, h)
			}
		}
	}
	if c.PictureID != nil {
		p, err := s.Picture(ctx, q, *c.PictureID)
		if err != nil && !fault.Is(err, fault.KindNotFound) {
			return f, err
		}
		if err == nil {
			f.Picture = &p
		}
	}
	f.Map = s.drawn.of(areas, []Centre{c}, false)
	return f, nil
}

// Picture is a picture of a centre's door.
type Picture struct {
	ID        string    `db:"id"`
	CentreID  string    `db:"centre_id"`
	MediaType string    `db:"media_type"`
	Data      string    `db:"data"` // base64
	Alt       i18n.Text `db:"alt"`
}

// Picture is one of them.
func (s *Store) Picture(ctx context.Context, q db.Querier, id string) (Picture, error) {
	var p Picture
	err := q.Get(ctx, &p, `SELECT * FROM pictures WHERE id = :id`, db.Args{"id": id})
	return p, err
}

func (p Picture) bytes() ([]byte, error) { return base64.StdEncoding.DecodeString(p.Data) }

// SavePicture replaces the centre's picture with one that Redraw made. Every picture has an id of its own, so that a
// browser never shows the one before.
func (s *Store) SavePicture(ctx context.Context, centreID string, body []byte, mediaType string, alt i18n.Text, by string) error {
	var f fault.Form
	checkText(&f, "alt", alt, 300, true)
	if err := f.Err(); err != nil {
		return err
	}
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		id := db.NewID()
		if _, err := tx.Exec(ctx, `INSERT INTO pictures (id, centre_id, media_type, data, alt) VALUES (:id, :c, :m, :d, :alt)`,
			db.Args{"id": id, "c": centreID, "m": mediaType, "d": base64.StdEncoding.EncodeToString(body), "alt": alt}); err != nil {
			return err
		}
		return s.hangPicture(ctx, tx, centreID, &id, by)
	})
}

// RemovePicture takes the centre's picture away.
func (s *Store) RemovePicture(ctx context.Context, centreID, by string) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error { return s.hangPicture(ctx, tx, centreID, nil, by) })
}

func (s *Store) hangPicture(ctx context.Context, tx *db.Tx, centreID string, id *string, by string) error {
	if _, err := tx.Exec(ctx, `UPDATE centres SET picture_id = :id, version = version + 1 WHERE id = :c`, db.Args{"id": id, "c": centreID}); err != nil {
		return err
	}
	keep := ""
	if id != nil {
		keep = *id
	}
	if _, err := tx.Exec(ctx, `DELETE FROM pictures WHERE centre_id = :c AND id <> :keep`, db.Args{"c": centreID, "keep": keep}); err != nil {
		return err
	}
	return s.note(ctx, tx, centreID, "centre.picture", by, "centre", centreID)
}
