package voting

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"math/big"
	mathrand "math/rand/v2"
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

// dashed are sixteen bytes as ids are written.
func dashed(b []byte) string {
	h := hex.EncodeToString(b)
	return strings.Join([]string{h[:8], h[8:12], h[12:16], h[16:20], h[20:32]}, "-")
}

// A form has a number from chance that is in its page alone: it is stored nowhere, in no row, log or cookie. Of it and of what
// the ballot comes with are made the receipt and the id of the row in which the sealed ballot lies. So who sends the same form
// once more (a double press, an answer that was lost on its way) is told the receipt of the ballot that is in already; to
// everybody who has not the form, its number in hand, receipt and row are chance, and in no relation to a code or to each
// other. What was chosen is not in it: that a form is known says nothing of how it voted.
const formBytes = 16

// NewForm is the number of a ballot's form.
func NewForm() string {
	b := make([]byte, formBytes)
	_, _ = rand.Read(b)
	return base64.RawURLEncoding.EncodeToString(b)
}

func readForm(s string) (number []byte, ok bool) {
	b, err := base64.RawURLEncoding.Strict().DecodeString(s)
	return b, err == nil && len(b) == formBytes
}

func formed(number []byte, purpose string, parts ...string) []byte {
	mac := hmac.New(sha256.New, number)
	mac.Write([]byte("kvart vote " + purpose + "\x00" + strings.Join(parts, "\x00")))
	return mac.Sum(nil)
}

// receiptOf is the number that proves that a ballot was counted. It is in no relation to what the ballot says.
func receiptOf(number []byte, roundID, with string) string {
	return fmt.Sprintf("%012d", binary.BigEndian.Uint64(formed(number, "receipt", roundID, with))%1_000_000_000_000)
}

// rowOf is the id of the ballot's row, in the shape of every other random id.
func rowOf(number []byte, hash string) string {
	b := formed(number, "row", hash)[:16]
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return dashed(b)
}

// PrintedReceipt is the number in groups of four.
func PrintedReceipt(n string) string {
	if len(n) != 12 {
		return n
	}
	return n[:4] + " " + n[4:8] + " " + n[8:]
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

func (s *Store) codeHash(r Round, t vault.Ticket) string {
	return hex.EncodeToString(t.Mark(s.key(r, "codes")))
}

// Mail addresses are nowhere. The link to a ballot carries a value that is made of the address under the round's key, and
// the proof that this program made it; asked for again, it is the same link. Only when a ballot comes with it is its hash
// kept, as that of a code is.

func plainAddress(address string) string { return strings.ToLower(strings.TrimSpace(address)) }

// linkOf is the token of the link to the ballot of an address.
func (s *Store) linkOf(r Round, address string) string {
	whose, _ := hex.DecodeString(hashed(s.key(r, "addresses"), plainAddress(address)))
	whose = whose[:16]
	proof, _ := hex.DecodeString(hashed(s.key(r, "links"), string(whose)))
	return base64.RawURLEncoding.EncodeToString(append(whose, proof[:16]...))
}

func (s *Store) linkHash(r Round, token string) (hash string, ok bool) {
	b, err := base64.RawURLEncoding.Strict().DecodeString(token)
	if err != nil || len(b) != 32 {
		return "", false
	}
	proof, _ := hex.DecodeString(hashed(s.key(r, "links"), string(b[:16])))
	if !hmac.Equal(proof[:16], b[16:]) {
		return "", false
	}
	return hashed(s.key(r, "used links"), string(b[:16])), true
}

// MostMails is how often one address may ask for its link.
const MostMails = 5

// Link notes that the address asked for its link and returns it; "" where it asked too often. It returns Conflict where
// the round takes no ballots by mail now.
func (s *Store) Link(ctx context.Context, roundID, address string) (token string, err error) {
	err = s.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := door(ctx, tx, roundID, "SHARE"); err != nil { // closing waits: no hash comes after it
			return err
		}
		r, err := s.Round(ctx, tx, roundID)
		if err != nil {
			return err
		}
		if err := takes(r, s.Now()); err != nil {
			return err
		}
		if !r.Mails() {
			return fault.Conflict("voting.fault.no_mail")
		}
		hash := hashed(s.key(r, "asked"), plainAddress(address))
		n, err := tx.Exec(ctx, `INSERT INTO vote_mailed (hash, round_id, n) VALUES (:h, :r, 1)
			ON CONFLICT (hash) DO UPDATE SET n = vote_mailed.n + 1 WHERE vote_mailed.n < :most`, db.Args{"h": hash, "r": r.ID, "most": MostMails})
		if err == nil && n > 0 {
			token = s.linkOf(r, address)
		}
		return err
	})
	return token, err
}

// NotSent takes back what Link noted: the mail did not go out.
func (s *Store) NotSent(ctx context.Context, roundID, address string) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		r, err := s.Round(ctx, tx, roundID)
		if err != nil {
			return err
		}
		args := db.Args{"h": hashed(s.key(r, "asked"), plainAddress(address))}
		if _, err := tx.Exec(ctx, `DELETE FROM vote_mailed WHERE hash = :h AND n = 1`, args); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `UPDATE vote_mailed SET n = n - 1 WHERE hash = :h`, args)
		return err
	})
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

// Close empties the box of a round whose time is over, in one transaction: sealed ballots become patterns with their
// number, receipts a sorted list, used codes are written anew in a random order, and everything by which they could be made
// out is deleted. A process that dies in it leaves the round as it was; the next run does it whole. It returns Conflict
// before the time.
func (s *Store) Close(ctx context.Context, roundID string) error {
	r, err := s.Round(ctx, s.DB, roundID)
	if err != nil {
		return err
	}
	if r.State == Closed || r.State == Published {
		return nil
	}
	if r.At(s.Now()) != Closed {
		return fault.Conflict("voting.fault.not_over")
	}
	if err := s.open(ctx, roundID); err != nil { // it may never have been opened
		return err
	}
	id, err := s.unlock(ctx, r)
	if err != nil {
		return err
	}
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := tx.Overwrite(ctx); err != nil {
			return err
		}
		if err := door(ctx, tx, roundID, "UPDATE"); err != nil {
			return err
		}
		if r, err = s.Round(ctx, tx, roundID); err != nil || r.State != Open {
			return err
		}
		return s.empty(ctx, tx, r, id)
	})
}

// unlock opens the private half of the box's key.
func (s *Store) unlock(ctx context.Context, r Round) (id vault.Identity, err error) {
	if !s.Erasure.Ready() {
		return id, errors.New("voting: the erasure store is away: the box stays shut until it is back")
	}
	keys, err := s.Erasure.Items(ctx, r.boxItem())
	if err != nil {
		return id, err
	}
	key, ok := keys[r.boxItem()]
	if !ok {
		return id, fmt.Errorf("voting: the erasure store has no key to the box of round %s: put back the store that was there when it opened", r.ID)
	}
	wrapped, err := base64.StdEncoding.DecodeString(r.BoxSecret)
	if err != nil {
		return id, err
	}
	id, err = vault.Unwrap(s.wrapKey(r.ID, key), wrapped, "vote box", r.ID)
	if err != nil {
		return id, fmt.Errorf("voting: the box of round %s: %w", r.ID, err)
	}
	return id, nil
}

// Why the box of a round that is over stays shut.
const (
	KeyAway = "away" // the erasure store is away
	KeyLost = "lost" // it is there, and has no key to this box
)

// Shut says why the box of a round whose time is over cannot be opened, "" where nothing stands in the way. Nothing in it is
// thrown away: the key may be found again.
func (s *Store) Shut(ctx context.Context, r Round) string {
	if r.State == Closed || r.At(s.Now()) != Closed {
		return ""
	}
	if !s.Erasure.Ready() {
		return KeyAway
	}
	keys, err := s.Erasure.Items(ctx, r.boxItem())
	if err != nil {
		return KeyAway
	}
	if _, ok := keys[r.boxItem()]; !ok {
		return KeyLost
	}
	return ""
}

func (s *Store) empty(ctx context.Context, tx *db.Tx, r Round, id vault.Identity) error {
	var box, used []string
	at := db.Args{"r": r.ID}
	if err := tx.Select(ctx, &box, `SELECT sealed FROM vote_box WHERE round_id = :r`, at); err != nil {
		return err
	}
	if err := tx.Select(ctx, &used, `SELECT hash FROM vote_used WHERE round_id = :r`, at); err != nil {
		return err
	}
	type channel struct{ name, by string }
	patterns, came := map[string]int{}, map[channel]int{}
	var receipts []string
	unreadable := 0
	for _, one := range box {
		raw, err := base64.StdEncoding.DecodeString(one)
		if err == nil {
			raw, err = id.Empty(raw, r.ID)
		}
		var p paperBallot
		if err == nil {
			p, err = unpack(raw, r.Options)
		}
		if err != nil {
			unreadable++
			continue
		}
		patterns[strings.Join(p.choices, " ")]++
		came[channel{p.channel, p.by}]++
		receipts = append(receipts, p.receipt)
	}
	for _, table := range []string{"vote_box", "vote_used", "vote_codes", "vote_mailed"} {
		if _, err := tx.Exec(ctx, `DELETE FROM `+table+` WHERE round_id = :r`, at); err != nil {
			return err
		}
	}
	mathrand.Shuffle(len(used), func(i, j int) { used[i], used[j] = used[j], used[i] })
	for _, h := range used {
		if _, err := tx.Exec(ctx, `INSERT INTO vote_used (hash, round_id) VALUES (:h, :r)`, db.Args{"h": h, "r": r.ID}); err != nil {
			return err
		}
	}
	for choices, n := range patterns { // in Go's random order
		if _, err := tx.Exec(ctx, `INSERT INTO vote_ballots (round_id, choices, n) VALUES (:r, :c, :n)`, db.Args{"r": r.ID, "c": choices, "n": n}); err != nil {
			return err
		}
	}
	slices.Sort(receipts)
	for _, n := range receipts {
		if _, err := tx.Exec(ctx, `INSERT INTO vote_receipts (round_id, number) VALUES (:r, :n) ON CONFLICT (round_id, number) DO NOTHING`, db.Args{"r": r.ID, "n": n}); err != nil {
			return err
		}
	}
	for c, n := range came {
		if _, err := tx.Exec(ctx, `INSERT INTO vote_channels (round_id, channel, account_id, n) VALUES (:r, :c, :a, :n)`, db.Args{"r": r.ID, "c": c.name, "a": c.by, "n": n}); err != nil {
			return err
		}
	}
	if _, err := tx.Exec(ctx, `UPDATE vote_rounds SET state = 'closed', ballots = :n, unreadable = :bad, box_secret = '', salt = '', version = version + 1 WHERE id = :r`,
		db.Args{"r": r.ID, "n": len(box) - unreadable, "bad": unreadable}); err != nil {
		return err
	}
	return s.note(ctx, tx, r, "voting.close", "job")
}

// Sweep takes out of the files of the database what is left there of the open box of a closed round, and destroys the key
// to every older copy of it. Until it is done nothing of the round is published.
func (s *Store) Sweep(ctx context.Context, roundID string) error {
	r, err := s.Round(ctx, s.DB, roundID)
	if err != nil || r.State != Closed || bool(r.Swept) {
		return err
	}
	if !s.Erasure.Ready() {
		return errors.New("voting: the erasure store is away")
	}
	if err := s.Erasure.EraseRequests(ctx, r.ID); err != nil {
		return err
	}
	if err := s.DB.Compact(ctx, "vote_box", "vote_used", "vote_codes", "vote_mailed", "vote_doors", "vote_rounds"); err != nil {
		return err
	}
	_, err = s.DB.Exec(ctx, `UPDATE vote_rounds SET swept = 1 WHERE id = :r AND state = 'closed'`, db.Args{"r": r.ID})
	return err
}
