package support

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"time"

	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/web"
)

// Choose is the centre that a message without a wish goes to: of those that somebody may write to, the one that looks
// soonest, with the struck-out left out. It returns Conflict where nobody is left.
func (s *Store) Choose(list []Availability, struck []string) (Availability, error) {
	var best Availability
	for _, a := range list {
		left := slices.ContainsFunc(a.Readers, func(r Reader) bool { return !slices.Contains(struck, r.KeyID) })
		if a.Open() && left && (best.Centre.ID == "" || a.Answer.Before(best.Answer)) {
			best = a
		}
	}
	if best.Centre.ID == "" {
		return best, fault.Conflict("support.fault.nobody_reads")
	}
	return best, nil
}

// AnswerBy is by when one of these keys' owners has looked at the centre's messages; zero: none of them in the next two
// working days.
func (s *Store) AnswerBy(ctx context.Context, centreID string, keys []string) (time.Time, error) {
	c, err := s.Network.Centre(ctx, s.DB, centreID)
	if err != nil {
		return time.Time{}, err
	}
	team, err := s.Team(ctx, s.DB, Party{Centre: centreID})
	if err != nil {
		return time.Time{}, err
	}
	readers := slices.DeleteFunc(team.Readers(), func(r Reader) bool { return !slices.Contains(keys, r.KeyID) })
	slots, err := s.ahead(ctx, c, readers, withinDays)
	if err != nil || len(slots) == 0 {
		return time.Time{}, err
	}
	return slots[0].End, nil
}

// HasRecovery says whether what is written to one of these centres is sealed to a key on paper too.
func (s *Store) HasRecovery(ctx context.Context, list []Availability) (bool, error) {
	for _, a := range list {
		if !a.Open() {
			continue
		}
		team, err := s.Team(ctx, s.DB, Party{Centre: a.Centre.ID})
		if err != nil || len(team.recovery) > 0 {
			return err == nil, err
		}
	}
	return false, nil
}

// Granted are the readers, the person aside, who can open the request's newest epoch at this moment: who has left since
// it was made cannot.
func (s *Store) Granted(ctx context.Context, id string) ([]string, error) {
	var list []string
	err := s.DB.Select(ctx, &list, `SELECT g.reader_id FROM support_grants g JOIN support_requests r ON r.id = g.request_id AND r.epoch = g.epoch
		WHERE r.id = :id AND g.reader_id <> 'person' ORDER BY g.reader_id`, db.Args{"id": id})
	return list, err
}

// State is "open" or "closed".
func (s *Store) State(ctx context.Context, id string) (state string, err error) {
	err = s.DB.Get(ctx, &state, `SELECT state FROM support_requests WHERE id = :id`, db.Args{"id": id})
	return state, err
}

// LeaveVisit ends a browser's visit and notes that its request was left there, so that the form that made it shows the code
// no more when somebody goes back and sends it again.
func (s *Store) LeaveVisit(ctx context.Context, secret string) error {
	request, _, err := s.Visiting(ctx, secret)
	if fault.Is(err, fault.KindNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	if err := s.EndVisit(ctx, secret); err != nil {
		return err
	}
	err = s.DB.Tx(ctx, func(tx *db.Tx) error {
		return web.Claim(ctx, tx, s.leftMark(request), "", time.Unix(hour(s.Now()), 0))
	})
	if _, again := err.(*web.Already); again {
		return nil
	}
	return err
}

// Left says whether somebody left the request's pages since its form was sent.
func (s *Store) Left(ctx context.Context, request string) (bool, error) {
	var n int
	err := s.DB.Get(ctx, &n, `SELECT COUNT(*) FROM submissions WHERE form_key = :key`, db.Args{"key": s.leftMark(request)})
	return n > 0, err
}

func (s *Store) leftMark(request string) string {
	mac := hmac.New(sha256.New, s.Auth.Secrets.Key("support left"))
	mac.Write([]byte(request))
	return hex.EncodeToString(mac.Sum(nil))
}
