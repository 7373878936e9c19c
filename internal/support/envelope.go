package support

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"kvart/internal/platform/db"
	"kvart/internal/platform/erasure"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/vault"
	"kvart/internal/platform/web"
)

// Kinds of items in the database. What an entry is, and who wrote it, is sealed.
const (
	itemHeader = "header"
	itemEntry  = "entry"
	itemFile   = "file"
	itemReach  = "reach" // in a header, and in no row
)

type requestRow struct {
	ID          string  `db:"id"`
	Kind        string  `db:"kind"`
	Locator     *string `db:"locator"`      // its first five digits
	LocatorRest *string `db:"locator_rest"` // and the others
	Salt        string  `db:"salt"`
	Argon       string  `db:"argon"`
	Verifier    string  `db:"verifier"`
	Epoch       int     `db:"epoch"`
	Closing     db.Bool `db:"closing"`
	State       string  `db:"state"`
	HeaderID    string  `db:"header_id"`
	WaitingHour *int64  `db:"waiting_hour"`
	MadeHour    int64   `db:"made_hour"`
	DeleteHour  int64   `db:"delete_hour"`
}

type epochRow struct {
	Epoch   int    `db:"number"`
	Members string `db:"members"`
	Tag     string `db:"tag"`
	Grant   string `db:"grant_sealed"` // to who reads now

	HeaderEpoch int    `db:"header_epoch"` // in which the request's header was sealed; 0: it is not there
	Header      string `db:"header_sealed"`

	members []vault.Member
}

type itemRow struct {
	ID        string `db:"id"`
	RequestID string `db:"request_id"`
	Seq       int    `db:"seq"`
	Epoch     int    `db:"epoch"`
	Kind      string `db:"kind"`
	Sealed    string `db:"sealed"`
	Hour      int64  `db:"hour"`
}

// opened is a request whose epochs one reader has opened, each held to what the one before vouched for.
type opened struct {
	requestRow
	epochs []epochRow
	keys   map[int]vault.DataKey
}

func (o *opened) now() epochRow           { return o.epochs[len(o.epochs)-1] }
func (o *opened) members() []vault.Member { return o.now().members }

// open opens the request's epochs with the reader's key. It returns NotFound where nothing is granted to the reader, and
// Conflict where a row was exchanged: a grant, a list of readers, a key.
func (s *Store) open(ctx context.Context, q db.Querier, by Reading, id string) (*opened, error) {
	var rows []struct {
		requestRow
		epochRow
	}
	if err := q.Select(ctx, &rows, epochsOf, db.Args{"r": id, "who": by.ID}); err != nil {
		return nil, err
	}
	o := &opened{}
	for _, r := range rows {
		o.requestRow, o.epochs = r.requestRow, append(o.epochs, r.epochRow)
	}
	if err := o.unlock(by); err != nil {
		return nil, err
	}
	return o, nil
}

// epochsOf is the request's row with its epochs and, in the newest, its header, as they are at one moment, and what is granted to the reader.
const epochsOf = `SELECT r.id, r.kind, r.locator, r.salt, r.argon, r.verifier, r.epoch, r.closing, r.state, r.header_id, r.waiting_hour, r.made_hour, r.delete_hour,
	e.epoch AS number, e.members, e.tag, COALESCE(g.sealed, '') AS grant_sealed, COALESCE(i.epoch, 0) AS header_epoch, COALESCE(i.sealed, '') AS header_sealed
	FROM support_requests r JOIN support_epochs e ON e.request_id = r.id AND e.epoch <= r.epoch
	LEFT JOIN support_items i ON e.epoch = r.epoch AND i.id = r.header_id AND i.request_id = r.id AND i.kind = 'header'
	LEFT JOIN support_grants g ON g.request_id = e.request_id AND g.epoch = e.epoch AND g.reader_id = :who
	WHERE r.id = :r ORDER BY e.epoch`

// look reads epochsOf. Nothing is opened yet.
func (o *opened) look(scan func(...any) error) error {
	r, e := &o.requestRow, epochRow{}
	err := scan(&r.ID, &r.Kind, &r.Locator, &r.Salt, &r.Argon, &r.Verifier, &r.Epoch, &r.Closing, &r.State, &r.HeaderID, &r.WaitingHour, &r.MadeHour, &r.DeleteHour,
		&e.Epoch, &e.Members, &e.Tag, &e.Grant, &e.HeaderEpoch, &e.Header)
	o.epochs = append(o.epochs, e)
	return err
}

// unlock opens each epoch and holds it to what the one before vouched for. It returns what open returns.
func (o *opened) unlock(by Reading) error {
	if !slices.ContainsFunc(o.epochs, func(e epochRow) bool { return e.Grant != "" }) {
		return fault.NotFound("fault.not_found")
	}
	o.keys = map[int]vault.DataKey{}
	for i := range o.epochs {
		e := &o.epochs[i]
		key, err := by.Key.Open(vault.Place{Request: o.ID, Epoch: e.Epoch, Reader: by.ID}, decode(e.Grant))
		var read bool
		e.members, read = decodeMembers(e.Members)
		if err != nil || !read || e.Epoch != i+1 {
			return exchanged(err)
		}
		before := key
		if i > 0 {
			before = o.keys[e.Epoch-1]
		}
		if !before.Vouched(o.ID, e.Epoch, e.members, key, decode(e.Tag)) {
			return exchanged(vault.ErrSealed)
		}
		o.keys[e.Epoch] = key
	}
	if o.Epoch != len(o.epochs) {
		return exchanged(vault.ErrSealed)
	}
	return nil
}

// exchanged is the fault of what does not open although it is there.
func exchanged(cause error) error {
	return fault.Conflict("support.fault.does_not_open").Because(cause)
}

// unseal opens an item of the request. gone says that it was erased.
func (o *opened) unseal(i itemRow, keys map[string][32]byte) (plain []byte, gone bool, err error) {
	erase, ok := keys[i.ID]
	if !ok {
		return nil, true, nil
	}
	if i.Epoch > o.Epoch {
		return nil, false, exchanged(errRaced)
	}
	key, ok := o.keys[i.Epoch]
	if !ok {
		return nil, false, exchanged(vault.ErrSealed)
	}
	plain, err = key.Unseal(erase, vault.Address{Request: o.ID, Item: i.ID, Epoch: i.Epoch, Kind: i.Kind}, decode(i.Sealed))
	if err != nil {
		return nil, false, exchanged(err)
	}
	return plain, false, nil
}

// settled runs f again where somebody wrote between two things that it asked for, and what came together was of two moments:
// after a moment that grows, so that who writes again and again lets it through in the end. It is Conflict where that goes on:
// never the alarm of what does not open.
func settled(f func() error) error {
	for i := range 20 {
		if err := f(); !errors.Is(err, errRaced) {
			return err
		}
		time.Sleep(time.Duration(i) * 2 * time.Millisecond)
	}
	return fault.Conflict("fault.conflict").Because(errRaced)
}

// openHeader opens the request and its header, as they are at one moment. It returns what open and header return.
func (s *Store) openHeader(ctx context.Context, by Reading, id string) (o *opened, h Header, err error) {
	err = settled(func() error {
		if o, err = s.open(ctx, s.DB, by, id); err != nil {
			return err
		}
		h, err = s.header(ctx, o)
		return err
	})
	return o, h, err
}

// header opens the request's header. It returns NotFound for one that was erased, with its request.
func (s *Store) header(ctx context.Context, o *opened) (h Header, err error) {
	keys, err := s.Erasure.Items(ctx, o.HeaderID)
	if err != nil {
		return h, err
	}
	if h, err = o.header(keys); err != nil {
		return h, err
	}
	if h.Apart != nil {
		if keys, err = s.Erasure.Items(ctx, h.Apart.Item); err != nil {
			return h, err
		}
		if err = s.reach(ctx, o, &h, keys); err != nil {
			return h, err
		}
	}
	if h.Packet != nil {
		err = s.keptSince(ctx, o.ID, h.Packet)
	}
	return h, err
}

// header opens what came with the epochs, less what is sealed in it.
func (o *opened) header(keys map[string][32]byte) (h Header, err error) {
	e := o.now()
	if e.HeaderEpoch == 0 {
		return h, fault.NotFound("fault.not_found")
	}
	plain, gone, err := o.unseal(itemRow{ID: o.HeaderID, Epoch: e.HeaderEpoch, Kind: itemHeader, Sealed: e.Header}, keys)
	if err == nil && gone {
		err = fault.NotFound("support.fault.erased")
	}
	if err == nil && json.Unmarshal(plain, &h) != nil {
		err = exchanged(nil)
	}
	return h, err
}

// reach opens what the header has of being reached. Where its key is gone somebody has changed it: meanwhile, or since this
// copy of the database was made.
func (s *Store) reach(ctx context.Context, o *opened, h *Header, keys map[string][32]byte) error {
	if h.Apart == nil {
		return nil
	}
	plain, gone, err := o.unseal(itemRow{ID: h.Apart.Item, Epoch: o.now().HeaderEpoch, Kind: itemReach, Sealed: h.Apart.Sealed}, keys)
	if err != nil {
		return err
	}
	if gone {
		var now string
		if err := s.DB.Get(ctx, &now, `SELECT header_id FROM support_requests WHERE id = :r`, db.Args{"r": o.ID}); err != nil {
			return err
		}
		if now != o.HeaderID {
			return exchanged(errRaced)
		}
		h.ReachLost = true
		return nil
	}
	h.Apart.erase = keys[h.Apart.Item]
	if json.Unmarshal(plain, &h.Reach) != nil {
		return exchanged(nil)
	}
	return nil
}

// sealing gathers what one transaction adds to a request.
type sealing struct {
	request string
	epoch   int
	key     vault.DataKey
	hour    int64
	items   []itemRow
	erasure []erasure.Key
}

// add seals an item and returns its id.
func (w *sealing) add(kind string, plain []byte) (string, error) {
	id, erase := db.NewSecretID(), vault.NewErasureKey()
	sealed, err := w.key.Seal(erase, vault.Address{Request: w.request, Item: id, Epoch: w.epoch, Kind: kind}, plain)
	if err != nil {
		return "", err
	}
	w.items = append(w.items, itemRow{ID: id, RequestID: w.request, Epoch: w.epoch, Kind: kind, Sealed: encode(sealed), Hour: w.hour})
	w.erasure = append(w.erasure, erasure.Key{Request: w.request, Item: id, Key: erase})
	return id, nil
}

// addJSON seals a value.
func (w *sealing) addJSON(kind string, v any) (string, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return "", err
	}
	return w.add(kind, b)
}

// header seals the header, and in it what the person said about being reached: where that is as it was before, under the
// erasure key that it has. old is the id of the one that is said no more, or empty.
func (w *sealing) header(h, before Header) (id, old string, err error) {
	a := sealedReach{erase: vault.NewErasureKey()}
	same := before.Apart != nil && h.Reach == before.Reach && h.ReachLost == before.ReachLost
	switch {
	case same:
		a = *before.Apart
	case before.Apart != nil:
		old = before.Apart.Item
		fallthrough
	default:
		a.Item = db.NewSecretID()
		w.erasure = append(w.erasure, erasure.Key{Request: w.request, Item: a.Item, Key: a.erase})
	}
	if !same || !h.ReachLost {
		b, err := json.Marshal(h.Reach)
		if err != nil {
			return "", "", err
		}
		sealed, err := w.key.Seal(a.erase, vault.Address{Request: w.request, Item: a.Item, Epoch: w.epoch, Kind: itemReach}, b)
		if err != nil {
			return "", "", err
		}
		a.Sealed = encode(sealed)
	}
	h.Reach, h.Apart = Reach{}, &a
	id, err = w.addJSON(itemHeader, h)
	return id, old, err
}

// kept runs f, the transaction that keeps what was sealed. The erasure keys are durable before it: an item without its key
// would be noise, a key without its item opens nothing. They go when the transaction was refused, and stay when nobody can
// say whether it was kept.
func (s *Store) kept(ctx context.Context, w *sealing, f func(tx *db.Tx) error) error {
	if err := s.Erasure.Put(ctx, w.erasure...); err != nil {
		return err
	}
	err := s.DB.Tx(ctx, f)
	_, already := errors.AsType[*web.Already](err)
	if err != nil && (already || errors.Is(err, errRaced) || fault.Of(err).Kind != fault.KindInternal) {
		ids := make([]string, len(w.erasure))
		for i, key := range w.erasure {
			ids[i] = key.Item
		}
		if e := s.Erasure.EraseItems(context.WithoutCancel(ctx), ids...); e != nil {
			s.Log.Warn("erasure keys of what was not kept remain", "cause", e)
		}
	}
	return err
}

// insert writes the sealed items after those that are there.
func (w *sealing) insert(ctx context.Context, tx *db.Tx) error {
	var last int
	if err := tx.Get(ctx, &last, `SELECT COALESCE(MAX(seq), 0) FROM support_items WHERE request_id = :r`, db.Args{"r": w.request}); err != nil {
		return err
	}
	for i, item := range w.items {
		if _, err := tx.Exec(ctx, `INSERT INTO support_items (id, request_id, seq, epoch, kind, sealed, hour) VALUES (:id, :r, :seq, :e, :k, :s, :h)`,
			db.Args{"id": item.ID, "r": item.RequestID, "seq": last + 1 + i, "e": item.Epoch, "k": item.Kind, "s": item.Sealed, "h": item.Hour}); err != nil {
			return err
		}
	}
	return nil
}

// epoch is a new epoch: its key granted to each member, its list vouched for under the key of the epoch before (its own,
// for the first).
type epoch struct {
	number  int
	key     vault.DataKey
	members string
	tag     string
	grants  []grantRow
}

type grantRow struct {
	Epoch  int
	Reader string
	Sealed string
}

func newEpoch(request string, number int, before *vault.DataKey, members []vault.Member) (epoch, error) {
	e := epoch{number: number, key: vault.NewDataKey()}
	if before == nil {
		before = &e.key
	}
	var err error
	if e.members, err = encodeMembers(members); err != nil {
		return e, err
	}
	tag, err := before.Vouch(request, number, members, e.key)
	if err != nil {
		return e, err
	}
	e.tag = encode(tag)
	for _, m := range members {
		if err := e.grant(request, number, m, e.key); err != nil {
			return e, err
		}
	}
	return e, nil
}

// grant seals the key of an epoch, this one or an older, to the member.
func (e *epoch) grant(request string, number int, m vault.Member, key vault.DataKey) error {
	reader, err := vault.ParseReader(m.Key)
	if err != nil {
		return err
	}
	sealed, err := vault.Grant(reader, vault.Place{Request: request, Epoch: number, Reader: m.ID}, key)
	if err != nil {
		return err
	}
	e.grants = append(e.grants, grantRow{number, m.ID, encode(sealed)})
	return nil
}

func (e epoch) insert(ctx context.Context, tx *db.Tx, request string) error {
	if _, err := tx.Exec(ctx, `INSERT INTO support_epochs (request_id, epoch, members, tag) VALUES (:r, :e, :m, :t)`,
		db.Args{"r": request, "e": e.number, "m": e.members, "t": e.tag}); err != nil {
		return err
	}
	for _, g := range e.grants {
		if _, err := tx.Exec(ctx, `INSERT INTO support_grants (request_id, epoch, reader_id, sealed) VALUES (:r, :e, :reader, :s)`,
			db.Args{"r": request, "e": g.Epoch, "reader": g.Reader, "s": g.Sealed}); err != nil {
			return err
		}
	}
	return nil
}
