package auth

import (
	"context"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
	"golang.org/x/text/unicode/norm"

	"kvart/internal/platform/audit"
	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
)

// Cost is what one run of Argon2id takes (RFC 9106).
type Cost struct {
	MemoryKiB uint32
	Passes    uint32
	Lanes     uint8
}

// UsualCost is RFC 9106's second recommended setting: 64 MiB, three passes.
var UsualCost = Cost{MemoryKiB: 64 << 10, Passes: 3, Lanes: 2}

func (c Cost) String() string { return fmt.Sprintf("m=%d,t=%d,p=%d", c.MemoryKiB, c.Passes, c.Lanes) }

func (c Cost) stretch(input, salt []byte) []byte {
	return argon2.IDKey(input, salt, c.Passes, c.MemoryKiB, c.Lanes, 32)
}

// ParseCost reads what String wrote. It returns an error for what no cost of ours can be.
func ParseCost(s string) (Cost, error) {
	var c Cost
	_, err := fmt.Sscanf(s, "m=%d,t=%d,p=%d", &c.MemoryKiB, &c.Passes, &c.Lanes)
	if err != nil || c.MemoryKiB < 8 || c.MemoryKiB > 1<<21 || c.Passes < 1 || c.Passes > 100 || c.Lanes < 1 {
		return c, fmt.Errorf("argon2 parameters %q", s)
	}
	return c, nil
}

// KEK is the key-encryption part of a passphrase. It is never stored.
type KEK []byte

// LoadSecrets reads the secrets folder and makes it, with a random pepper, when it is not there.
func LoadSecrets(dir string) (s Secrets, created bool, err error) {
	file := filepath.Join(dir, "pepper")
	data, err := os.ReadFile(file)
	if err == nil {
		s.Pepper, err = hex.DecodeString(strings.TrimSpace(string(data)))
		if err != nil || len(s.Pepper) != 32 {
			return s, false, fmt.Errorf("the pepper in %s is damaged: put back the copy you kept of the secrets folder", dir)
		}
		return s, false, nil
	}
	if !os.IsNotExist(err) {
		return s, false, fmt.Errorf("reading the secrets folder: %w", err)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return s, false, fmt.Errorf("making the secrets folder: %w", err)
	}
	s.Pepper = make([]byte, 32)
	_, _ = rand.Read(s.Pepper)
	// Written whole under another name and then linked, so that no second process reads half of it.
	f, err := os.CreateTemp(dir, "pepper-*") // 0600
	if err != nil {
		return s, false, fmt.Errorf("writing the pepper: %w", err)
	}
	defer os.Remove(f.Name())
	_, err = f.WriteString(hex.EncodeToString(s.Pepper) + "\n")
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Link(f.Name(), file)
	}
	if os.IsExist(err) { // another process was quicker
		return LoadSecrets(dir)
	}
	if err != nil {
		return s, false, fmt.Errorf("writing the pepper: %w", err)
	}
	return s, true, nil
}

// split runs Argon2id once over the passphrase and splits the result by HKDF into the part that is stored and compared
// at sign-in and the part that encrypts keys. Runs wait in a queue, one at a time, so that signing in takes neither all
// memory nor all cores. It returns TooMany where too many wait already.
func (s *Store) split(ctx context.Context, passphrase, salt string, c Cost) (verifier string, kek KEK, err error) {
	if err := queue(ctx, s.slots, &s.waiting.slots); err != nil {
		return "", nil, err
	}
	defer func() { <-s.slots }()
	raw, err := base64.StdEncoding.DecodeString(salt)
	if err != nil {
		return "", nil, err
	}
	mac := hmac.New(sha256.New, s.Secrets.Key("passphrase pepper"))
	mac.Write([]byte(norm.NFKC.String(passphrase)))
	root := s.argon(c, mac.Sum(nil), raw)
	sign, err := hkdf.Expand(sha256.New, root, "kvart sign-in", 32)
	if err != nil {
		return "", nil, err
	}
	kek, err = hkdf.Expand(sha256.New, root, "kvart key encryption", 32)
	return base64.StdEncoding.EncodeToString(sign), kek, err
}

// mostWaiting is how many may wait in a queue for a run of Argon2id: at two runs at a time, a few seconds' worth.
const mostWaiting = 64

// queue takes a slot, or waits for one with a bounded number of others. It returns TooMany where as many wait already.
func queue(ctx context.Context, slots chan struct{}, waiting *atomic.Int64) error {
	select {
	case slots <- struct{}{}:
		return nil
	default:
	}
	defer waiting.Add(-1)
	if waiting.Add(1) > mostWaiting {
		return fault.TooMany("auth.fault.busy")
	}
	select {
	case slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (s *Store) argon(c Cost, input, salt []byte) []byte {
	if s.Ran != nil {
		s.Ran()
	}
	return c.stretch(input, salt)
}

// commonest are refused whole; a list of every leaked passphrase would be longer than the program.
var commonest = []string{"1234567890", "0123456789", "password12", "passphrase", "lozinka123", "zaporka123", "qwertyuiop", "password123", "qwertz1234", "12345678910", "0987654321", "aaaaaaaaaa", "passord123"}

func checkPassphrase(passphrase, login, name string) error {
	var f fault.Form
	p := strings.ToLower(norm.NFKC.String(passphrase))
	switch n := utf8.RuneCountInString(p); {
	case n < 10:
		f.Add("new", "auth.fault.short", "min", 10)
	case n > 200:
		f.Add("new", "fault.too_long", "max", 200)
	}
	for _, c := range append([]string{strings.ToLower(login), strings.ToLower(name)}, commonest...) {
		if p == c {
			f.Add("new", "auth.fault.common")
			break
		}
	}
	return f.Err()
}

func newSalt() string {
	b := make([]byte, 16)
	_, _ = rand.Read(b)
	return base64.StdEncoding.EncodeToString(b)
}

func foldLogin(s string) string { return strings.ToLower(strings.TrimSpace(norm.NFKC.String(s))) }

func (s *Store) loginKey(login string) string {
	mac := hmac.New(sha256.New, s.Secrets.Key("attempts"))
	mac.Write([]byte(foldLogin(login)))
	return hex.EncodeToString(mac.Sum(nil))
}

// SignIn returns the account of the login and the key-encryption part of its passphrase. It returns Unauthenticated for
// a wrong one, the same for a login that is not there, and TooMany while it is slowed down: after each failure past the
// third one waits longer, up to half a minute, but is never locked out. A try counts as a failure until it has
// succeeded, so that many at one moment are slowed down as many in a row are.
func (s *Store) SignIn(ctx context.Context, login, passphrase string) (Account, KEK, error) {
	key := s.loginKey(login)
	if err := s.countTry(ctx, key); err != nil {
		return Account{}, nil, err
	}
	var a Account
	err := s.DB.Get(ctx, &a, `SELECT * FROM accounts WHERE login = :l AND state = 'active'`, db.Args{"l": foldLogin(login)})
	if err != nil && !fault.Is(err, fault.KindNotFound) {
		return Account{}, nil, err
	}
	known := err == nil && a.Verifier != ""
	cost := s.Cost
	salt := base64.StdEncoding.EncodeToString(make([]byte, 16))
	if known {
		salt = a.Salt
		if cost, err = ParseCost(a.Argon); err != nil {
			return Account{}, nil, err
		}
	}
	if utf8.RuneCountInString(passphrase) > 200 {
		passphrase = ""
	}
	verifier, kek, err := s.split(ctx, passphrase, salt, cost)
	if err != nil {
		return Account{}, nil, err
	}
	if !known || subtle.ConstantTimeCompare([]byte(verifier), []byte(a.Verifier)) != 1 {
		return Account{}, nil, fault.Unauthenticated("platform.sign_in.wrong")
	}
	if _, err := s.DB.Exec(ctx, `DELETE FROM sign_in_attempts WHERE login_key = :k`, db.Args{"k": key}); err != nil {
		return Account{}, nil, err
	}
	if cost != s.Cost && a.VaultKey == "" { // a sealed vault key needs the old key-encryption key
		if kek, err = s.stretchAnew(ctx, &a, passphrase, kek); err != nil {
			return Account{}, nil, err
		}
	}
	return a, kek, nil
}

// countTry counts a try as a failure, or returns TooMany when the one before it was too short a time ago. It is one
// statement, so that of many tries at one moment no more get through than one after another would. A clock that was set
// back locks nobody out.
func (s *Store) countTry(ctx context.Context, key string) error {
	now := s.Now().Unix()
	args := db.Args{"k": key, "now": now, "ahead": now + 2*int64(longestDelay/time.Second)}
	wait := &strings.Builder{} // delay, as SQL
	for n := 4; delay(n) < longestDelay; n++ {
		fmt.Fprintf(wait, " WHEN sign_in_attempts.failures = %d THEN %d", n, int64(delay(n)/time.Second))
	}
	n, err := s.DB.Exec(ctx, `INSERT INTO sign_in_attempts (login_key, failures, last_at) VALUES (:k, 1, :now)
		ON CONFLICT (login_key) DO UPDATE SET failures = CASE WHEN sign_in_attempts.failures < 1000 THEN sign_in_attempts.failures + 1 ELSE 1000 END, last_at = :now
		WHERE sign_in_attempts.last_at > :ahead OR sign_in_attempts.last_at <= :now - CASE WHEN sign_in_attempts.failures <= 3 THEN 0`+wait.String()+
		fmt.Sprintf(` ELSE %d END`, int64(longestDelay/time.Second)), args)
	if err != nil || n == 1 {
		return err
	}
	var tried struct {
		Failures int   `db:"failures"`
		Last     int64 `db:"last_at"`
	}
	if err := s.DB.Get(ctx, &tried, `SELECT failures, last_at FROM sign_in_attempts WHERE login_key = :k`, db.Args{"k": key}); err != nil && !fault.Is(err, fault.KindNotFound) {
		return err
	}
	return fault.TooMany("auth.fault.slow", "seconds", int(max(1, tried.Last+int64(delay(tried.Failures)/time.Second)-now)))
}

const longestDelay = 30 * time.Second

// delay is how long one waits after so many failures in a row: nothing for three, then 1, 2, 4, … 30 seconds.
func delay(failures int) time.Duration {
	if failures <= 3 {
		return 0
	}
	return min(longestDelay, time.Second<<min(failures-4, 5))
}

// stretched is a passphrase as it is stored.
type stretched struct {
	salt, verifier, argon string
	kek                   KEK // never stored
}

// stretch checks a new passphrase and runs Argon2id over it. It takes long: never call it inside a transaction, which on
// SQLite would keep everybody else from writing.
func (s *Store) stretch(ctx context.Context, passphrase, login, name string) (stretched, error) {
	if err := checkPassphrase(passphrase, login, name); err != nil {
		return stretched{}, err
	}
	p := stretched{salt: newSalt(), argon: s.Cost.String()}
	var err error
	p.verifier, p.kek, err = s.split(ctx, passphrase, p.salt, s.Cost)
	return p, err
}

// stretchAnew stores a passphrase that was right at the cost that is usual now, and returns its new key-encryption key,
// or the one it had when another process was quicker.
func (s *Store) stretchAnew(ctx context.Context, a *Account, passphrase string, kek KEK) (KEK, error) {
	salt := newSalt()
	verifier, fresh, err := s.split(ctx, passphrase, salt, s.Cost)
	if err != nil {
		return nil, err
	}
	n, err := s.DB.Exec(ctx, `UPDATE accounts SET salt = :salt, verifier = :v, argon = :c WHERE id = :id AND verifier = :old AND vault_key = ''`,
		db.Args{"id": a.ID, "salt": salt, "v": verifier, "c": s.Cost.String(), "old": a.Verifier})
	if err != nil || n == 0 {
		return kek, err
	}
	a.Salt, a.Verifier, a.Argon = salt, verifier, s.Cost.String()
	return fresh, nil
}

// setPassphrase stores a new passphrase. The vault key, sealed under the old one, is lost. Links to reset the
// passphrase or to change the address that were made before do nothing any more.
func (s *Store) setPassphrase(ctx context.Context, tx *db.Tx, accountID string, p stretched) error {
	if _, err := tx.Exec(ctx, `UPDATE accounts SET salt = :salt, verifier = :v, argon = :c, vault_key = '' WHERE id = :id`,
		db.Args{"id": accountID, "salt": p.salt, "v": p.verifier, "c": p.argon}); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `DELETE FROM one_time_links WHERE kind IN ('reset','address') AND account_id = :id AND used_at IS NULL`, db.Args{"id": accountID})
	return err
}

// ChangePassphrase changes one's own. It returns Unauthenticated when the old one is wrong. A vault key is sealed anew.
func (s *Store) ChangePassphrase(ctx context.Context, accountID, old, passphrase string) error {
	a, err := s.Account(ctx, accountID)
	if err != nil {
		return err
	}
	a, kek, err := s.SignIn(ctx, a.Login, old)
	if err != nil {
		return err
	}
	p, err := s.stretch(ctx, passphrase, a.Login, a.Name)
	if err != nil {
		return err
	}
	vaultKey := ""
	if a.VaultKey != "" {
		k, id, err := s.OpenKey(ctx, a, kek)
		if err != nil {
			return err
		}
		wrapped, err := id.Wrap(p.kek, k.ID, underPassphrase)
		if err != nil {
			return err
		}
		vaultKey = base64.StdEncoding.EncodeToString(wrapped)
	}
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		var now Account // a vault key may have been made meanwhile, or the passphrase reset
		if err := tx.Get(ctx, &now, `SELECT * FROM accounts WHERE id = :id AND state = 'active'`, db.Args{"id": accountID}); err != nil {
			return err
		}
		if now.Verifier != a.Verifier || now.VaultKey != a.VaultKey {
			return fault.Conflict("fault.conflict")
		}
		if err := s.setPassphrase(ctx, tx, accountID, p); err != nil {
			return err
		}
		if vaultKey != "" {
			if _, err := tx.Exec(ctx, `UPDATE accounts SET vault_key = :w WHERE id = :id`, db.Args{"id": accountID, "w": vaultKey}); err != nil {
				return err
			}
		}
		return s.note(ctx, tx, "account.passphrase", accountID, "account", accountID)
	})
}

// note writes down in the audit log what somebody did with an account of theirs.
func (s *Store) note(ctx context.Context, tx *db.Tx, action, actor, kind, id string) error {
	return audit.Append(ctx, tx, audit.Row{Chain: audit.Network, Action: action, Actor: actor, SubjectKind: kind, SubjectID: id, At: s.Now()})
}

// AddAccount adds an account with a passphrase of its own, for the demo and tests; people get one by invitation.
func (s *Store) AddAccount(ctx context.Context, login, name, email, passphrase string, roles ...Held) (Account, error) {
	a := Account{ID: db.NewID(), Login: foldLogin(login), Name: name, Email: email, Lang: "hr", State: "active"}
	p, err := s.stretch(ctx, passphrase, a.Login, a.Name)
	if err != nil {
		return Account{}, err
	}
	return a, s.DB.Tx(ctx, func(tx *db.Tx) error { return s.insert(ctx, tx, a, p, roles) })
}

// insert adds the account with its passphrase and roles. It returns Invalid when the login is taken.
func (s *Store) insert(ctx context.Context, tx *db.Tx, a Account, p stretched, roles []Held) error {
	_, err := tx.Exec(ctx, `INSERT INTO accounts (id, login, name, email, lang, created_at, salt, verifier, argon) VALUES (:id, :login, :name, :email, :lang, :now, :salt, :v, :c)`,
		db.Args{"id": a.ID, "login": a.Login, "name": a.Name, "email": a.Email, "lang": string(a.Lang), "now": s.Now().Unix(), "salt": p.salt, "v": p.verifier, "c": p.argon})
	if r := db.Refused(err); err != nil && strings.Contains(r, "login") {
		var f fault.Form
		f.Add("login", "auth.fault.login_taken")
		return f.Err()
	}
	if err != nil {
		return err
	}
	for _, h := range roles {
		if err := s.Give(ctx, tx, a.ID, h); err != nil {
			return err
		}
	}
	return nil
}
