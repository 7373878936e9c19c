package programme

import (
	"bytes"
	"context"
	"encoding/base64"
	"image"
	"time"

	"kvart/internal/network"
	"kvart/internal/platform/clock"
	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/web"
)

const materialColumns = `id, activity_id, centre_id, session_id, kind, media_type, words, size, width, height, '' AS data, consent, consent_how, consent_by, consent_on, added_by, created_at`

// Sent is a file as it came: a photo or a PDF.
type Sent struct {
	Data []byte
}

// read makes of what was sent a photo drawn anew, without what the file said beside it, or a PDF as it is. It returns
// Invalid with the fault at the field "file".
func (s Sent) read() (Material, error) {
	var f fault.Form
	no := func(key string, cause error, args ...any) (Material, error) {
		f.Add("file", key, args...)
		return Material{}, fault.Of(f.Err()).Because(cause)
	}
	if len(s.Data) == 0 {
		return no("fault.required", nil)
	}
	if bytes.HasPrefix(s.Data, []byte("%PDF-")) {
		if len(s.Data) > MaxHandout {
			return no("messages.fault.file_size", nil, "mb", MaxHandout>>20)
		}
		if err := isPDF(s.Data); err != nil {
			return no("messages.fault.pdf", err)
		}
		return Material{Kind: HandedTo, MediaType: "application/pdf", Size: len(s.Data), Data: base64.StdEncoding.EncodeToString(s.Data)}, nil
	}
	drawn, err := network.RedrawUpTo(bytes.NewReader(s.Data), MaxPhoto)
	if fault.Is(err, fault.KindInvalid) {
		if fault.Of(err).Key == "network.fault.picture_size" {
			return no("messages.fault.picture_size", err, "mb", MaxPhoto>>20)
		}
		return no("messages.fault.picture", err)
	}
	if err != nil {
		return Material{}, err
	}
	size, _, err := image.DecodeConfig(bytes.NewReader(drawn))
	return Material{Kind: Picture, MediaType: "image/jpeg", Size: len(drawn), Width: size.Width, Height: size.Height, Data: base64.StdEncoding.EncodeToString(drawn)}, err
}

// AddMaterial keeps a photo or a file of the activity. A photo without consent is kept and not published. It returns
// Invalid with a fault a field, NotFound for a discreet activity or another centre's, Conflict when the activity has
// sixty already, and *web.Already for a form that was taken before.
func (s *Store) AddMaterial(ctx context.Context, centreID, activityID string, m Material, file Sent, key, location, by string) (string, error) {
	a, err := s.Activity(ctx, s.DB, centreID, activityID, false)
	if err != nil {
		return "", err
	}
	var f fault.Form
	checkWords(&f, m.Words)
	checkConsent(&f, m.Consent, m.How)
	read, err := func() (Material, error) { // before the transaction: drawing takes a while
		s.drawing.Lock()
		defer s.drawing.Unlock()
		return file.read()
	}()
	if err != nil {
		if !fault.Is(err, fault.KindInvalid) {
			return "", err
		}
		return "", checked(&f, err) // all faults at once
	}
	if err := f.Err(); err != nil {
		return "", err
	}
	read.Words, read.SessionID = m.Words, m.SessionID
	if read.Kind == Picture && m.Consent != "" {
		if read.On, err = s.localDate(ctx, centreID); err != nil {
			return "", err
		}
		read.Consent, read.How, read.By = m.Consent, m.How, by
	}
	id := db.NewID()
	return id, s.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := web.Claim(ctx, tx, key, location, s.Now()); err != nil {
			return err
		}
		if read.SessionID != nil {
			var n int
			if err := tx.Get(ctx, &n, `SELECT COUNT(*) FROM sessions WHERE id = :s AND activity_id = :a`, db.Args{"s": *read.SessionID, "a": a.ID}); err != nil {
				return err
			}
			if n == 0 {
				var f fault.Form
				f.Add("session", "messages.fault.session")
				return f.Err()
			}
		}
		var n int
		if err := tx.Get(ctx, &n, `SELECT COUNT(*) FROM materials WHERE activity_id = :a`, db.Args{"a": a.ID}); err != nil {
			return err
		}
		if n >= mostMaterials {
			return fault.Conflict("messages.fault.many", "max", mostMaterials)
		}
		if _, err := tx.Exec(ctx, `INSERT INTO materials (id, activity_id, centre_id, session_id, kind, media_type, words, size, width, height, data, consent, consent_how, consent_by,
				consent_on, added_by, created_at)
			VALUES (:id, :a, :c, :s, :kind, :type, :words, :size, :width, :height, :data, :consent, :how, :cby, :con, :by, :now)`,
			db.Args{"id": id, "a": a.ID, "c": centreID, "s": read.SessionID, "kind": read.Kind, "type": read.MediaType, "words": read.Words, "size": read.Size,
				"width": read.Width, "height": read.Height, "data": read.Data, "consent": read.Consent, "how": read.How, "cby": read.By, "con": read.On, "by": by,
				"now": s.Now().Unix()}); err != nil {
			if db.Refused(err) == "discreet" {
				return fault.NotFound("fault.not_found").Because(err)
			}
			return err
		}
		return s.note(ctx, tx, centreID, "material.add", by, "material", id)
	})
}

func (s *Store) localDate(ctx context.Context, centreID string) (string, error) {
	c, err := s.Network.Centre(ctx, s.DB, centreID)
	return s.Now().In(clock.Zone(c.Zone)).Format(time.DateOnly), err
}

// RecordConsent notes who may be seen on a photo, who of the team recorded it and when; from then on it is published.
func (s *Store) RecordConsent(ctx context.Context, centreID, id, consent, how, by string) error {
	var f fault.Form
	if consent == "" {
		f.Add("consent", "messages.fault.consent")
	}
	checkConsent(&f, consent, how)
	if err := f.Err(); err != nil {
		return err
	}
	on, err := s.localDate(ctx, centreID)
	if err != nil {
		return err
	}
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec(ctx, `UPDATE materials SET consent = :consent, consent_how = :how, consent_by = :by, consent_on = :on WHERE id = :id AND centre_id = :c AND kind = 'picture'`,
			db.Args{"consent": consent, "how": how, "by": by, "on": on, "id": id, "c": centreID})
		if err != nil {
			return err
		}
		if n == 0 {
			return fault.NotFound("fault.not_found")
		}
		return s.note(ctx, tx, centreID, "material.consent", by, "material", id)
	})
}

// RemoveMaterial takes it from the page and out of the database at once, as when somebody takes their consent back.
func (s *Store) RemoveMaterial(ctx context.Context, centreID, id, by string) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec(ctx, `DELETE FROM materials WHERE id = :id AND centre_id = :c`, db.Args{"id": id, "c": centreID})
		if err != nil {
			return err
		}
		if n == 0 {
			return fault.NotFound("fault.not_found")
		}
		return s.note(ctx, tx, centreID, "material.remove", by, "material", id)
	})
}

// Materials are the activity's at the desk, newest first, without their data.
func (s *Store) Materials(ctx context.Context, centreID, activityID string) ([]Material, error) {
	var list []Material
	err := s.DB.Select(ctx, &list, `SELECT `+materialColumns+` FROM materials WHERE activity_id = :a AND centre_id = :c ORDER BY created_at DESC, id DESC`,
		db.Args{"a": activityID, "c": centreID})
	return list, err
}

// PublicMaterials are what visitors see of an activity, newest first, without their data.
func (s *Store) PublicMaterials(ctx context.Context, activityID string) ([]Material, error) {
	var list []Material
	err := s.DB.Select(ctx, &list, `SELECT id, activity_id, session_id, kind, media_type, words, size, width, height, created_at FROM public_materials
		WHERE activity_id = :a ORDER BY created_at DESC, id DESC`, db.Args{"a": activityID})
	return list, err
}

// PublicMaterial is one of them, with its data; any other is NotFound.
func (s *Store) PublicMaterial(ctx context.Context, id string) (Material, error) {
	var m Material
	err := s.DB.Get(ctx, &m, `SELECT id, activity_id, session_id, kind, media_type, words, size, width, height, data, created_at FROM public_materials WHERE id = :id`, db.Args{"id": id})
	return m, err
}

// MaterialAt is one of the centre, with its data, published or not; another centre's is NotFound.
func (s *Store) MaterialAt(ctx context.Context, centreID, id string) (Material, error) {
	var m Material
	err := s.DB.Get(ctx, &m, `SELECT * FROM materials WHERE id = :id AND centre_id = :c`, db.Args{"id": id, "c": centreID})
	return m, err
}
