package support

import (
	"context"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"strconv"
	"strings"
	"time"

	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/vault"
)

// Visit keeps the person's key for a browser in which a code was typed: wrapped under a secret that only the browser's
// cookie holds. It ends after an hour or two, as rows know whole hours only; idleness is the pages' business.
func (s *Store) Visit(ctx context.Context, request string, person Reading) (secret string, err error) {
	raw := make([]byte, 32)
	_, _ = rand.Read(raw)
	id, key, err := visitParts(raw)
	if err != nil {
		return "", err
	}
	wrapped, err := person.Key.Wrap(key, request, "visit")
	if err != nil {
		return "", err
	}
	_, err = s.DB.Exec(ctx, `INSERT INTO support_visits (id, request_id, wrapped, expires_hour) VALUES (:id, :r, :w, :e)`,
		db.Args{"id": id, "r": request, "w": encode(wrapped), "e": hour(s.Now()) + 2*3600})
	return base64.RawURLEncoding.EncodeToString(raw), err
}

// Visiting is the request and the person's key of a browser's visit. It returns NotFound where there is none, or it is over.
func (s *Store) Visiting(ctx context.Context, secret string) (request string, person Reading, err error) {
	raw, err := base64.RawURLEncoding.DecodeString(secret)
	if err != nil || len(raw) != 32 {
		return "", person, fault.NotFound("support.fault.visit")
	}
	id, key, err := visitParts(raw)
	if err != nil {
		return "", person, err
	}
	var row struct {
		Request string `db:"request_id"`
		Wrapped string `db:"wrapped"`
	}
	if err := s.DB.Get(ctx, &row, `SELECT request_id, wrapped FROM support_visits WHERE id = :id AND expires_hour > :now`, db.Args{"id": id, "now": s.Now().Unix()}); err != nil {
		return "", person, err
	}
	opened, err := vault.Unwrap(key, decode(row.Wrapped), row.Request, "visit")
	if err != nil {
		return "", person, fault.NotFound("support.fault.visit").Because(err)
	}
	return row.Request, Reading{ID: PersonID, Key: opened}, nil
}

// EndVisit forgets the browser's visit.
func (s *Store) EndVisit(ctx context.Context, secret string) error {
	raw, err := base64.RawURLEncoding.DecodeString(secret)
	if err != nil || len(raw) != 32 {
		return nil
	}
	id, _, err := visitParts(raw)
	if err != nil {
		return err
	}
	_, err = s.DB.Exec(ctx, `DELETE FROM support_visits WHERE id = :id`, db.Args{"id": id})
	return err
}

// visitParts makes of the cookie's secret the row's id and the key that it is wrapped under; neither gives the other.
func visitParts(raw []byte) (id string, key []byte, err error) {
	b, err := hkdf.Key(sha256.New, raw, nil, "kvart visit id", 32)
	if err != nil {
		return "", nil, err
	}
	key, err = hkdf.Key(sha256.New, raw, nil, "kvart visit key", 32)
	return hex.EncodeToString(b), key, err
}

// formHours is how long a form waits to be sent with the code that it carries.
const formHours = 24

// FormCode is a fresh code as a form carries it: with the hour until which it holds, and proof that it is ours.
func (s *Store) FormCode(ctx context.Context) (string, error) {
	c, err := s.FreshCode(ctx)
	if err != nil {
		return "", err
	}
	text := strings.ReplaceAll(c.Printed(), " ", "") + "." + strconv.FormatInt((s.Now().Unix()/3600)+formHours, 36)
	return text + "." + s.formProof(text), nil
}

// CodeOfForm reads what FormCode gave. claim names the form, once. It returns Invalid for anything else, and for one that
// is over.
func (s *Store) CodeOfForm(text string) (c vault.Code, claim string, err error) {
	over := fault.Invalid("support.fault.form_over")
	at := strings.LastIndexByte(text, '.')
	if at < 0 || !hmac.Equal([]byte(text[at+1:]), []byte(s.formProof(text[:at]))) {
		return c, "", over
	}
	code, until, _ := strings.Cut(text[:at], ".")
	if h, err := strconv.ParseInt(until, 36, 64); err != nil || time.Unix(h*3600, 0).Before(s.Now()) {
		return c, "", over
	}
	if c, err = vault.ParseCode(code); err != nil {
		return c, "", over
	}
	mac := hmac.New(sha256.New, s.Auth.Secrets.Key("support form claim"))
	mac.Write([]byte(code))
	return c, hex.EncodeToString(mac.Sum(nil)), nil
}

func (s *Store) formProof(text string) string {
	mac := hmac.New(sha256.New, s.Auth.Secrets.Key("support form"))
	mac.Write([]byte(text))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}
