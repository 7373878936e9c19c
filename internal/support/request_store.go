package support

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"time"

	"kvart/internal/platform/auth"
	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/vault"
	"kvart/internal/platform/web"
)

// keepMonths is how long a request stays after the last word in it.
const keepMonths = 12

// Asking is a first message.
type Asking struct {
	Header Header     // whose team, in which language, and whom it is never sealed to
	Text   string     // the message
	Code   vault.Code // the person's; none: declined, and Header.WayBack says how they come back
	Claim  string     // of the form, so that sending it twice is one request
	By     Reading    // a worker who takes it in person or by phone; zero: the person
}

// Ask seals a first message to the team's readers, less those struck out, to the organisation's recovery key and to the
// person, and returns the request's id with the person's key. It returns *web.Already for a form sent before, Invalid for
// a text that cannot be, and Conflict where nobody would be left to read it.
func (s *Store) Ask(ctx context.Context, a Asking) (id string, person Reading, err error) {
	if err := s.ready(); err != nil {
		return "", person, err
	}
	if err := checkText(a.Text); err != nil {
		return "", person, err
	}
	if err := a.Header.Check(); err != nil {
		return "", person, err
	}
	if a.Header.Struck, err = s.owners(ctx, s.DB, a.Header.Struck); err != nil {
		return "", person, err
	}
	var row requestRow
	if a.Code.Locator != "" { // stretched before the team is read: it takes long, and somebody may leave meanwhile
		if row, person, err = s.personOf(ctx, a.Code); err != nil {
			return "", person, err
		}
	}
	for range 5 {
		if id, err = s.askOnce(ctx, a, row, person); !errors.Is(err, errRaced) {
			return id, person, err
		}
	}
	return "", person, fault.Conflict("fault.conflict")
}

func (s *Store) askOnce(ctx context.Context, a Asking, row requestRow, person Reading) (id string, err error) {
	team, err := s.Team(ctx, s.DB, a.Header.Party)
	if err != nil {
		return "", err
	}
	var members []vault.Member
	for _, r := range team.Readers() {
		if m, ok := team.member(r.KeyID); ok && !team.struck(a.Header, r.KeyID) {
			members = append(members, m)
		}
	}
	if len(members) == 0 {
		return "", fault.Conflict("support.fault.nobody_reads")
	}
	members = append(members, team.recovery...)
	id = db.NewSecretID()
	if row.Locator != nil {
		members = append(members, vault.Member{ID: PersonID, Key: person.Key.Reader().Bytes()})
	}
	e, err := newEpoch(id, 1, nil, members)
	if err != nil {
		return "", err
	}
	w := &sealing{request: id, epoch: 1, key: e.key, hour: hour(s.Now())}
	author := PersonID
	if a.By.ID != "" {
		author = a.By.ID
	}
	headerID, _, err := w.header(a.Header, Header{})
	if err != nil {
		return "", err
	}
	first, err := w.addJSON(itemEntry, Entry{Kind: Message, By: author, Text: a.Text})
	if err != nil {
		return "", err
	}
	err = s.kept(ctx, w, func(tx *db.Tx) error {
		if err := s.stillTeam(ctx, tx, a.Header.Party, members); err != nil {
			return err
		}
		if err := web.Claim(ctx, tx, a.Claim, "", time.Unix(hour(s.Now()), 0)); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `INSERT INTO support_requests (id, kind, locator, locator_rest, salt, argon, verifier, epoch, header_id, waiting_hour, made_hour, delete_hour)
			VALUES (:id, 'request', :l, :lr, :salt, :argon, :v, 1, :h, :now, :now, :delete)`, db.Args{"id": id, "l": row.Locator, "lr": row.LocatorRest, "salt": row.Salt, "argon": row.Argon, "v": row.Verifier,
			"h": headerID, "now": w.hour, "delete": hour(s.Now().AddDate(0, keepMonths, 0))}); err != nil {
			return err
		}
		if err := e.insert(ctx, tx, id); err != nil {
			return err
		}
		if err := w.insert(ctx, tx); err != nil {
			return err
		}
		if err := s.readBy(ctx, tx, id, author, []string{first}); err != nil {
			return err
		}
		return s.note(ctx, tx, "support.ask", a.By.actor(), "request", id)
	})
	return id, err
}

// pepper is what every code is stretched with beside its request's salt: it is in no database.
func (s *Store) pepper() []byte { return s.Auth.Secrets.Key("access codes") }

// personOf makes of a new code what is stored of it, and the key of whoever has it.
func (s *Store) personOf(ctx context.Context, c vault.Code) (requestRow, Reading, error) {
	salt := make([]byte, 16)
	_, _ = rand.Read(salt)
	first, rest := halves(c)
	row := requestRow{Locator: &first, LocatorRest: &rest, Salt: encode(salt), Argon: s.Auth.Cost.String()}
	stretched, err := s.Auth.StretchCode(ctx, c.Input(s.pepper()), salt, s.Auth.Cost)
	if err != nil {
		return row, Reading{}, err
	}
	verifier, key, err := vault.SplitCode(stretched)
	row.Verifier = encode(verifier)
	return row, Reading{ID: PersonID, Key: key}, err
}

// ByCode is the request that the code opens, and the person's key. It returns NotFound for an unknown locator and for a
// wrong secret alike, after the same work: one run of Argon2id.
func (s *Store) ByCode(ctx context.Context, c vault.Code) (string, Reading, error) {
	if err := s.ready(); err != nil {
		return "", Reading{}, err
	}
	var row requestRow
	first, rest := halves(c)
	err := s.DB.Get(ctx, &row, `SELECT * FROM support_requests WHERE locator = :l AND locator_rest = :lr`, db.Args{"l": first, "lr": rest})
	if err != nil && !fault.Is(err, fault.KindNotFound) {
		return "", Reading{}, err
	}
	known := err == nil
	cost, salt := s.Auth.Cost, make([]byte, 16)
	if known {
		salt = decode(row.Salt)
		if cost, err = auth.ParseCost(row.Argon); err != nil {
			return "", Reading{}, err
		}
	}
	stretched, err := s.Auth.StretchCode(ctx, c.Input(s.pepper()), salt, cost)
	if err != nil {
		return "", Reading{}, err
	}
	verifier, key, err := vault.SplitCode(stretched)
	if err != nil {
		return "", Reading{}, err
	}
	if same := subtle.ConstantTimeCompare(verifier, decode(row.Verifier)); !known || same != 1 {
		return "", Reading{}, fault.NotFound("support.fault.code")
	}
	return row.ID, Reading{ID: PersonID, Key: key}, nil
}

// halves are a locator as the database keeps it: five digits and five.
func halves(c vault.Code) (first, rest string) {
	return c.Locator[:5], c.Locator[5:]
}

// FreshCode is a code whose locator no request has.
func (s *Store) FreshCode(ctx context.Context) (vault.Code, error) {
	for range 5 {
		c := vault.NewCode()
		first, rest := halves(c)
		var n int
		if err := s.DB.Get(ctx, &n, `SELECT COUNT(*) FROM support_requests WHERE locator = :l AND locator_rest = :lr`, db.Args{"l": first, "lr": rest}); err != nil || n == 0 {
			return c, err
		}
	}
	return vault.Code{}, fault.Conflict("support.fault.full")
}

// Erase makes the request unreadable in every copy of the database, then deletes it.
func (s *Store) Erase(ctx context.Context, by Reading, id string) error {
	if err := s.ready(); err != nil {
		return err
	}
	if by.ID != PersonID {
		return fault.Forbidden("fault.forbidden")
	}
	if err := s.withdrawAll(ctx, by, id); err != nil {
		return err
	}
	return s.erase(ctx, by.actor(), id)
}

// erase destroys the keys of many at once: the erasure store is written anew each time.
func (s *Store) erase(ctx context.Context, by string, ids ...string) error {
	if err := s.Erasure.EraseRequests(ctx, ids...); err != nil {
		return err
	}
	for _, id := range ids {
		err := s.DB.Tx(ctx, func(tx *db.Tx) error {
			if _, err := tx.Exec(ctx, `DELETE FROM support_requests WHERE id = :id`, db.Args{"id": id}); err != nil {
				return err
			}
			return s.note(ctx, tx, "support.erase", by, "request", id)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// Forget erases the requests whose time is over, what somebody said about being reached and has changed since, and
// browsers' visits past their hour.
func (s *Store) Forget(ctx context.Context) error {
	now := s.Now().Unix()
	if _, err := s.DB.Exec(ctx, `DELETE FROM support_visits WHERE expires_hour <= :now`, db.Args{"now": now}); err != nil {
		return err
	}
	if err := s.forgetReferrals(ctx); err != nil {
		return err
	}
	if err := s.forgetTakenBack(ctx); err != nil {
		return err
	}
	var due []string
	if err := s.DB.Select(ctx, &due, `SELECT id FROM support_requests WHERE delete_hour <= :now`, db.Args{"now": now}); err != nil || len(due) == 0 {
		return err
	}
	if err := s.ready(); err != nil {
		return err
	}
	return s.erase(ctx, "job", due...)
}

// forgetTakenBack erases what somebody said about being reached and has changed since, in every copy of the database. Their
// headers lose nothing else: an old copy still opens. Erasing writes the whole erasure store anew, so that it is done once
// an hour and not with each change.
func (s *Store) forgetTakenBack(ctx context.Context) error {
	var old []string
	if err := s.DB.Select(ctx, &old, `SELECT item_id FROM support_taken_back WHERE hour < :now`, db.Args{"now": hour(s.Now())}); err != nil || len(old) == 0 {
		return err
	}
	if err := s.ready(); err != nil {
		return err
	}
	if err := s.Erasure.EraseItems(ctx, old...); err != nil {
		return err
	}
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		for _, id := range old {
			if _, err := tx.Exec(ctx, `DELETE FROM support_taken_back WHERE item_id = :id`, db.Args{"id": id}); err != nil {
				return err
			}
		}
		return nil
	})
}
