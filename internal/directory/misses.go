package directory

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"kvart/internal/platform/db"
	"kvart/internal/platform/i18n"
)

// Miss is a search that found nothing, by as many hours as the network's threshold asks for.
type Miss struct {
	Words  string `db:"words"`
	AreaID string `db:"area_id"` // empty: no area was chosen
	Hours  int    `db:"hours"`
}

// Bounds of what is counted: a text, a number that may be somebody's, or a name with an address is no search for help.
const (
	mostMissed      = 100 // characters
	mostMissedWords = 6
	mostDigits      = 3
)

// countable are the words of a search as they are counted: small letters without marks, sorted, each once; and as they would
// be shown. Empty: it is not counted.
func countable(words string) (key, shown string) {
	if utf8.RuneCountInString(words) > mostMissed || strings.ContainsAny(words, "@/") {
		return "", ""
	}
	digits := 0
	parts := strings.FieldsFunc(strings.ToLower(words), func(r rune) bool {
		if unicode.IsDigit(r) {
			digits++
		}
		return !unicode.IsLetter(r) && !unicode.IsDigit(r)
	})
	if len(parts) == 0 || len(parts) > mostMissedWords || digits > mostDigits {
		return "", ""
	}
	folded := make([]string, len(parts))
	for i, p := range parts {
		folded[i] = i18n.Fold(p)
	}
	slices.Sort(folded)
	return strings.Join(slices.Compact(folded), " "), strings.Join(parts, " ")
}

// half is the half-year of the hour: 2026-2. Counts of one are never added to those of another by the database, so that
// none is older than the year for which they are kept.
func half(hour time.Time) string {
	h := "-1"
	if hour.UTC().Month() > time.June {
		h = "-2"
	}
	return hour.UTC().Format("2006") + h
}

// Missed counts that in this hour somebody found nothing for the words in the area. What is kept is an HMAC of the words and
// in how many hours they were asked for; the words themselves only once that reaches the network's threshold of
// disclosure. Nothing of who asked is given to it.
func (s *Store) Missed(ctx context.Context, words, areaID string, hour time.Time) error {
	key, shown := countable(words)
	if key == "" {
		return nil
	}
	n, err := s.Network.Network(ctx, s.DB)
	if err != nil {
		return err
	}
	mac := hmac.New(sha256.New, s.Secret)
	mac.Write([]byte("directory: missed\x00" + half(hour) + "\x00" + key))
	_, err = s.DB.Exec(ctx, `INSERT INTO directory_misses (hash, area_id, hours, last_hour, words) VALUES (:hash, :area, 1, :hour, CASE WHEN 1 >= :threshold THEN :words ELSE '' END)
		ON CONFLICT (hash, area_id) DO UPDATE SET hours = directory_misses.hours + 1, last_hour = :hour,
		words = CASE WHEN directory_misses.hours + 1 >= :threshold THEN :words ELSE '' END WHERE directory_misses.last_hour < :hour`,
		db.Args{"hash": base64.RawStdEncoding.EncodeToString(mac.Sum(nil)), "area": areaID, "hour": hour.Truncate(time.Hour).Unix(), "threshold": n.Disclosure, "words": shown})
	return err
}

// Misses are the searches that found nothing, as far as they may be shown: the most asked first.
func (s *Store) Misses(ctx context.Context, q db.Querier) ([]Miss, error) {
	n, err := s.Network.Network(ctx, q)
	if err != nil {
		return nil, err
	}
	var list []Miss
	err = q.Select(ctx, &list, `SELECT words, area_id, SUM(hours) AS hours FROM directory_misses WHERE words <> '' AND hours >= :threshold
		GROUP BY words, area_id ORDER BY SUM(hours) DESC, words, area_id LIMIT 200`, db.Args{"threshold": n.Disclosure})
	return list, err
}

// forgetMisses deletes what was last counted half a year ago: the first of it is then less than a year old.
func (s *Store) forgetMisses(ctx context.Context) error {
	_, err := s.DB.Exec(ctx, `DELETE FROM directory_misses WHERE last_hour < :then`, db.Args{"then": s.Now().AddDate(0, -6, 0).Unix()})
	return err
}
