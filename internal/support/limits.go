package support

import (
	"context"
	"slices"
	"sync"
	"time"

	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/web"
)

// What a form of somebody unknown may cost.
const (
	smallBody = 128 << 10 // an ordinary message is smaller, however it is encoded, and waits for nobody
	mostLarge = 8         // larger ones that are read and answered at one moment
	largeWait = 10 * time.Second

	weightLarge = 3 // in the limiter: twenty in a quarter of an hour from one address
	weightFile  = 3
	weightNew   = 3
)

// largeForms are the slots of forms that take memory. The zero value is ready.
type largeForms struct {
	once  sync.Once
	slots chan struct{}
}

// admitted says, before a byte of a form is read, whether it may be. A small form is read in any case, so that what was
// typed comes back: slow is then what its answer says. A large one waits for a slot, which leave gives back, or err says
// why not.
func (p *Pages) admitted(r *web.Request, action string) (leave func(), slow, err error) {
	slow = r.Slowed(action)
	if r.ContentLength >= 0 && r.ContentLength <= smallBody {
		return func() {}, slow, nil
	}
	if slow != nil {
		return nil, nil, slow
	}
	if err := r.SlowedBy("contact large", weightLarge); err != nil {
		return nil, nil, err
	}
	p.large.once.Do(func() { p.large.slots = make(chan struct{}, mostLarge) })
	ctx, cancel := context.WithTimeout(r.Context(), largeWait)
	defer cancel()
	select {
	case p.large.slots <- struct{}{}:
		return func() { <-p.large.slots }, nil, nil
	case <-ctx.Done():
		return nil, nil, fault.TooMany("support.person.busy")
	}
}

// saying is what the limiter counts of somebody who writes on: each visit by itself, as many may share an address. Without
// a visit it is one for the address.
func (p *Pages) saying(r *web.Request) string {
	secret, _ := p.visitSecret(r)
	return "contact say " + secret
}

// What one request holds at most, by what the person adds. Staff have twice as much, so that there is always room to answer.
const (
	mostEntries    = 500
	mostFiles      = 20
	mostFileBytes  = 32 << 20 // sealed
	mostOtherBytes = 8 << 20
)

// room returns Invalid or Conflict where the request has none for what is added, in the transaction that adds it. What
// takes rights away, and what somebody decides, always has room: striking out, and entries that say nothing.
func (s *Store) room(ctx context.Context, tx *db.Tx, by Reading, w *sealing, c Change) error {
	says := slices.ContainsFunc(c.Entries, func(e Entry) bool { return e.Kind == Message || e.Kind == Note })
	if !says && len(c.Files) == 0 && c.Header == nil {
		return nil
	}
	var has struct {
		Entries int   `db:"entries"`
		Files   int   `db:"files"`
		InFiles int64 `db:"in_files"`
		Else    int64 `db:"other"`
	}
	if err := tx.Get(ctx, &has, `SELECT COUNT(CASE WHEN kind = 'entry' THEN 1 END) AS entries, COUNT(CASE WHEN kind = 'file' THEN 1 END) AS files,
		COALESCE(SUM(CASE WHEN kind = 'file' THEN OCTET_LENGTH(sealed) END), 0) AS in_files, COALESCE(SUM(CASE WHEN kind <> 'file' THEN OCTET_LENGTH(sealed) END), 0) AS other
		FROM support_items WHERE request_id = :r`, db.Args{"r": w.request}); err != nil {
		return err
	}
	for _, i := range w.items {
		switch n := int64(len(i.Sealed)); i.Kind {
		case itemFile:
			has.Files++
			has.InFiles += n
		case itemEntry:
			has.Entries++
			has.Else += n
		default:
			has.Else += n
		}
	}
	times := int64(1)
	if by.ID != PersonID {
		times = 2
	}
	bytes := func(base64 int64) int64 { return base64 / 4 * 3 }
	if len(c.Files) > 0 && (int64(has.Files) > times*mostFiles || bytes(has.InFiles) > times*mostFileBytes) {
		var f fault.Form
		f.Add("file", "support.person.full.files")
		return f.Err()
	}
	if int64(has.Entries) > times*mostEntries || bytes(has.Else) > times*mostOtherBytes {
		return fault.Conflict("support.person.full")
	}
	return nil
}
