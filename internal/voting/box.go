package voting

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"time"

	"kvart/internal/platform/db"
	"kvart/internal/platform/erasure"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/vault"
)

// Channels by which a ballot comes. They are counted, and stand on no ballot.
const (
	Web   = "web"
	Desk  = "desk"  // typed for somebody who is there
	Paper = "paper" // a ballot paper, typed in
)

var channels = []string{Web, Desk, Paper}

// paperBallot is what is sealed: all ballots of a round have one length, whatever was chosen and wherever it came from.
//
//	8 bytes receipt, 1 channel, 16 account that typed it (zero: nobody), one bit for each option
type paperBallot struct {
	receipt string // 12 digits
	channel string
	by      string // account id, or ""
	choices []string
}

const ballotHead = 8 + 1 + 16

func (b paperBallot) pack(options []Option) ([]byte, error) {
	out := make([]byte, ballotHead+(len(options)+7)/8)
	n, ok := new(big.Int).SetString(b.receipt, 10)
	if !ok || n.BitLen() > 63 {
		return nil, errors.New("voting: no receipt")
	}
	n.FillBytes(out[:8])
	out[8] = byte(slices.Index(channels, b.channel))
	if b.by != "" {
		raw, err := hex.DecodeString(strings.ReplaceAll(b.by, "-", ""))
		if err != nil || len(raw) != 16 {
			return nil, errors.New("voting: no account")
		}
		copy(out[9:], raw)
	}
	for i, o := range options {
		if slices.Contains(b.choices, o.ID) {
			out[ballotHead+i/8] |= 1 << (i % 8)
		}
	}
	return out, nil
}

func unpack(raw []byte, options []Option) (b paperBallot, err error) {
	if len(raw) != ballotHead+(len(options)+7)/8 || int(raw[8]) >= len(channels) {
		return b, errors.New("voting: no ballot")
	}
	b.receipt = fmt.Sprintf("%012d", new(big.Int).SetBytes(raw[:8]))
	b.channel = channels[raw[8]]
	if by := raw[9:ballotHead]; slices.ContainsFunc(by, func(x byte) bool { return x != 0 }) {
		b.by = dashed(by)
	}
	for i, o := range options {
		if raw[ballotHead+i/8]&(1<<(i%8)) != 0 {
			b.choices = append(b.choices, o.ID)
		}
	}
	return b, nil
}

// boxItem is the erasure key's name: of this very box, so that who announces at the same moment, or announced before and
// withdrew it, has another. A key whose box was never announced seals nothing, and goes with the round's.
func (r Round) boxItem() string {
	sum := sha256.Sum256([]byte(r.BoxKey))
	return hex.EncodeToString(sum[:16])
}

// lock makes the key pair of the round's box and its salt. The private half is wrapped under a key from the program's
// secret and an erasure key: of the database alone, or of its backups, no ballot ever opens, and once the erasure key is
// gone none opens at all.
func (s *Store) lock(ctx context.Context, r *Round) error {
	if !s.Erasure.Ready() {
		return fault.Conflict("voting.fault.no_erasure")
	}
	id, err := vault.NewIdentity()
	if err != nil {
		return err
	}
	salt := make([]byte, 32)
	_, _ = rand.Read(salt)
	r.BoxKey = base64.StdEncoding.EncodeToString(id.Reader().Bytes())
	k := erasure.Key{Request: r.ID, Item: r.boxItem(), Key: vault.NewErasureKey()}
	if err := s.Erasure.Put(ctx, k); err != nil {
		return err
	}
	wrapped, err := id.Wrap(s.wrapKey(r.ID, k.Key), "vote box", r.ID)
	if err != nil {
		return err
	}
	r.BoxSecret = base64.StdEncoding.EncodeToString(wrapped)
	r.Salt = hex.EncodeToString(salt)
	return nil
}

func (s *Store) wrapKey(roundID string, erasureKey [32]byte) []byte {
	mac := hmac.New(sha256.New, s.Secret)
	mac.Write([]byte("kvart vote box\x00" + roundID))
	mac.Write(erasureKey[:])
	return mac.Sum(nil)
}

// key is the round's own key for one purpose. Without its salt, which goes at closing, nobody can make it again.
func (s *Store) key(r Round, purpose string) []byte {
	mac := hmac.New(sha256.New, s.Secret)
	mac.Write([]byte("kvart vote " + purpose + "\x00" + r.ID + "\x00" + r.Salt))
	return mac.Sum(nil)
}

func hashed(key []byte, s string) string {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(s))
	return hex.EncodeToString(mac.Sum(nil))
}

// takes returns Conflict where the round takes no ballots at the moment.
func takes(r Round, now time.Time) error {
	switch r.At(now) {
	case Open:
		return nil
	case Draft:
		return fault.NotFound("fault.not_found")
	case Announced:
		return fault.Conflict("voting.fault.not_yet")
	}
	return fault.Conflict("voting.fault.closed")
}

// Ballot is a ballot as it comes.
type Ballot struct {
	RoundID string
	Code    string // as typed; or
	Token   string // of a link
	Form    string // the number of its form; "": it has none, and is told its receipt once
	Choices []string
	Channel string
	By      string // the account that types it; "" on the web
}

// with is what the ballot comes with, written in one way only: the token of its link, or the digits of its code.
func (b Ballot) with(r Round) (string, error) {
	if b.Token != "" && r.Mails() {
		return b.Token, nil
	}
	var f fault.Form
	ticket, err := vault.ParseTicket(b.Code)
	if err == nil && r.Codes() {
		return ticket.Printed(), nil
	}
	key, args := "voting.fault.code", []any(nil)
	if e, ok := errors.AsType[*vault.CodeError](err); ok && e.Group > 0 {
		key, args = "voting.fault.code_group", []any{"n", e.Group}
	}
	if strings.TrimSpace(b.Code) == "" {
		key = "voting.fault.code_missing"
	}
	f.Add("code", key, args...)
	return "", f.Err()
}

// hash is what is kept of that once it is used, in a round that is not closed.
func (s *Store) hash(r Round, b Ballot) (string, error) {
	if b.Token != "" && r.Mails() {
		if hash, ok := s.linkHash(r, b.Token); ok {
			return hash, nil
		}
		return "", fault.Conflict("voting.fault.link")
	}
	with, err := b.with(r)
	if err != nil {
		return "", err
	}
	ticket, err := vault.ParseTicket(with)
	return s.codeHash(r, ticket), err
}

// credential is the hash by which the ballot's code or link is used once, of one that may be.
func (s *Store) credential(ctx context.Context, q db.Querier, r Round, b Ballot) (string, error) {
	hash, err := s.hash(r, b)
	if err != nil || b.Token != "" && r.Mails() {
		return hash, err
	}
	var n int
	if err := q.Get(ctx, &n, `SELECT COUNT(*) FROM vote_codes c JOIN vote_sheets s ON s.id = c.sheet_id WHERE c.hash = :h AND c.round_id = :r AND s.void = 0`,
		db.Args{"h": hash, "r": r.ID}); err != nil {
		return "", err
	}
	if n == 0 {
		var f fault.Form
		f.Add("code", "voting.fault.code")
		return "", f.Err()
	}
	return hash, nil
}

// arrived is the receipt of the ballot that came with this very form and with what it comes with; "" where none did. As long
// as there is a box it is looked for there, then in the list of receipts: a voter whose answer was lost when the time was
// over is not told that the ballot came too late.
func (s *Store) arrived(ctx context.Context, q db.Querier, r Round, b Ballot) (receipt string, err error) {
	number, ok := readForm(b.Form)
	with, err := b.with(r)
	if !ok || err != nil {
		return "", nil //nolint:nilerr // without a form or a code nothing can have come with them
	}
	receipt = receiptOf(number, r.ID, with)
	query, args := `SELECT COUNT(*) FROM vote_receipts WHERE round_id = :r AND number = :n`, db.Args{"r": r.ID, "n": receipt}
	if r.State != Closed && r.State != Published {
		hash, err := s.hash(r, b)
		if err != nil {
			return "", nil //nolint:nilerr // as above
		}
		query, args = `SELECT COUNT(*) FROM vote_box WHERE round_id = :r AND id = :id`, db.Args{"r": r.ID, "id": rowOf(number, hash)}
	}
	var n int
	if err := q.Get(ctx, &n, query, args); err != nil || n == 0 {
		return "", err
	}
	return receipt, nil
}

// Check returns what is wrong with the ballot before it is sent: Invalid with a fault a field, Conflict where its code was
// used or the round takes none now. Used tells nothing of how. It returns the receipt where the same form was sent already.
func (s *Store) Check(ctx context.Context, q db.Querier, b Ballot) (receipt string, err error) {
	r, err := s.Round(ctx, q, b.RoundID)
	if err != nil {
		return "", err
	}
	if receipt, err := s.arrived(ctx, q, r, b); err != nil || receipt != "" {
		return receipt, err
	}
	if err := takes(r, s.Now()); err != nil {
		return "", err
	}
	hash, err := s.credential(ctx, q, r, b)
	if err != nil {
		return "", err
	}
	if _, err := r.CheckChoices(b.Choices); err != nil {
		return "", err
	}
	var used int
	if err := q.Get(ctx, &used, `SELECT COUNT(*) FROM vote_used WHERE hash = :h`, db.Args{"h": hash}); err != nil {
		return "", err
	}
	if used > 0 {
		return "", fault.Conflict("voting.fault.used")
	}
	return "", nil
}

// Cast puts the ballot into the box and marks what it came with as used, both or neither, and returns the receipt. Whether
// it came in time is decided when its turn has come, by the server's clock. A form that is sent again is told the receipt
// again, whatever it says now: the first ballot is the one that counts. It returns Conflict for a second ballot of one code
// or address in another form.
func (s *Store) Cast(ctx context.Context, b Ballot) (receipt string, again bool, err error) {
	if !slices.Contains(channels, b.Channel) || (b.Channel == Web) != (b.By == "") {
		return "", false, fmt.Errorf("voting: a ballot by %q", b.Channel)
	}
	if err := s.open(ctx, b.RoundID); err != nil {
		return "", false, err
	}
	number, ok := readForm(b.Form)
	if !ok {
		b.Form = NewForm()
		number, _ = readForm(b.Form)
	}
	err = s.DB.Tx(ctx, func(tx *db.Tx) error {
		receipt, again = "", false
		if err := door(ctx, tx, b.RoundID, "SHARE"); err != nil {
			return err
		}
		r, err := s.Round(ctx, tx, b.RoundID)
		if err != nil {
			return err
		}
		if receipt, err = s.arrived(ctx, tx, r, b); err != nil || receipt != "" {
			again = true
			return err
		}
		if err := takes(r, s.Now()); err != nil {
			return err
		}
		chosen, err := r.CheckChoices(b.Choices)
		if err != nil {
			return err
		}
		hash, err := s.credential(ctx, tx, r, b)
		if err != nil {
			return err
		}
		with, err := b.with(r)
		if err != nil {
			return err
		}
		// A second one is no error of the database: PostgreSQL would write the code's hash and the time into its log.
		n, err := tx.Exec(ctx, `INSERT INTO vote_used (hash, round_id) VALUES (:h, :r) ON CONFLICT (hash) DO NOTHING`, db.Args{"h": hash, "r": r.ID})
		if err != nil {
			return refused(err)
		}
		if n == 0 {
			if receipt, err = s.arrived(ctx, tx, r, b); err == nil && receipt == "" { // it came while this one waited
				err = fault.Conflict("voting.fault.used")
			}
			again = true
			return err
		}
		p := paperBallot{receipt: receiptOf(number, r.ID, with), channel: b.Channel, by: b.By, choices: chosen}
		sealed, err := seal(r, p)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `INSERT INTO vote_box (id, round_id, sealed) VALUES (:id, :r, :s)`, db.Args{"id": rowOf(number, hash), "r": r.ID, "s": sealed}); err != nil {
			return refused(err)
		}
		receipt = p.receipt
		return nil
	})
	if err != nil {
		return "", false, err
	}
	return receipt, again, nil
}

// refused says in words why the database did not take a ballot.
func refused(err error) error {
	switch db.Refused(err) {
	case "":
		return err
	case "closed":
		return fault.Conflict("voting.fault.closed").Because(err)
	}
	return fault.Conflict("voting.fault.used").Because(err)
}

func seal(r Round, p paperBallot) (string, error) {
	raw, err := p.pack(r.Options)
	if err != nil {
		return "", err
	}
	key, err := base64.StdEncoding.DecodeString(r.BoxKey)
	if err != nil {
		return "", err
	}
	to, err := vault.ParseReader(key)
	if err != nil {
		return "", err
	}
	sealed, err := to.Drop(raw, r.ID)
	return base64.StdEncoding.EncodeToString(sealed), err
}

// door holds the round's box: many who vote at once, or one who closes. On SQLite the write transaction holds it already.
func door(ctx context.Context, tx *db.Tx, roundID, how string) error {
	if tx.DialectOf() == db.SQLite {
		return nil
	}
	var id string
	return tx.Get(ctx, &id, `SELECT round_id FROM vote_doors WHERE round_id = :r FOR `+how, db.Args{"r": roundID})
}
