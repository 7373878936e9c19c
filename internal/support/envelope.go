package support

import (
	"context"
	"encoding/json"
	"errors"
	"slices"

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
)

type requestRow struct {
	ID          string  `db:"id"`
	Kind        string  `db:"kind"`
	Locator     *string `db:"locator"`      // its first five digits
	LocatorRest string  `db:"locator_rest"` // and the others
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

// epochsOf is the request's row with its epochs, as they are at one moment, and what is granted of them to the reader.
const epochsOf = `SELECT r.id, r.kind, r.locator, r.salt, r.argon, r.verifier, r.epoch, r.closing, r.state, r.header_id, r.waiting_hour, r.made_hour, r.delete_hour,
	e.epoch AS number, e.members, e.tag, COALESCE(g.sealed, '') AS grant_sealed
	FROM support_requests r JOIN support_epochs e ON e.request_id = r.id AND e.epoch <= r.epoch
	LEFT JOIN support_grants g ON g.request_id = e.request_id AND g.epoch = e.epoch AND g.reader_id = :who
	WHERE r.id = :r ORDER BY e.epoch`

// look reads epochsOf. Nothing is opened yet.
func (o *opened) look(scan func(...any) error) error {
	r, e := &o.requestRow, epochRow{}
	err := scan(&r.ID, &r.Kind, &r.Locator, &r.Salt, &r.Argon, &r.Verifier, &r.Epoch, &r.Closing, &r.State, &r.HeaderID, &r.WaitingHour, &r.MadeHour, &r.DeleteHour,
		&e.Epoch, &e.Members, &e.Tag, &e.Grant)
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

// header opens the request's header.
func (s *Store) header(ctx context.Context, q db.Querier, o *opened) (h Header, err error) {
	var row itemRow
	if err := q.Get(ctx, &row, `SELECT * FROM support_items WHERE id = :id AND request_id = :r AND kind = 'header'`, db.Args{"id": o.HeaderID, "r": o.ID}); err != nil {
		return h, err
	}
	keys, err := s.Erasure.Items(ctx, row.ID)
	if err != nil {
		return h, err
	}
	plain, gone, err := o.unseal(row, keys)
	if err == nil && gone {
		err = fault.NotFound("support.fault.erased")
	}
	if err == nil && json.Unmarshal(plain, &h) != nil {
		err = exchanged(nil)
	}
	if err == nil && h.Packet != nil {
		err = s.keptSince(ctx, q, o.ID, h.Packet)
	}
	return h, err
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
		ids := make([]string, len(w.items))
		for i, item := range w.items {
			ids[i] = item.ID
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
