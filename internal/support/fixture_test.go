package support_test

import (
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"kvart/internal/network"
	"kvart/internal/platform/auth"
	"kvart/internal/platform/db"
	"kvart/internal/platform/dbtest"
	"kvart/internal/platform/erasure"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/i18n"
	"kvart/internal/platform/pins"
	"kvart/internal/platform/vault"
	. "kvart/internal/support"
)

const phrase = "magla nad mostom u zoru"

// house is a network of one organisation with two centres on a Thursday at noon, a team of three with keys at the first,
// a signed list, and a clock that a test moves.
type house struct {
	*Store
	t             *testing.T
	now           time.Time
	net, org      string
	centre, other string
	signer        ed25519.PrivateKey
	recovery      vault.Identity
	serial        int
	team          []Reading // ana, eva, iva
}

func newHouse(t *testing.T, d *db.DB) *house {
	t.Helper()
	w := &house{t: t, now: time.Date(2026, 11, 26, 11, 0, 0, 0, time.UTC), net: db.NewID(), org: db.NewID(), centre: db.NewID(), other: db.NewID()}
	now := func() time.Time { return w.now }
	accounts := auth.NewStore(d, now, auth.Secrets{Pepper: []byte(strings.Repeat("p", 32))}, "http://localhost")
	accounts.Cost = auth.Cost{MemoryKiB: 64, Passes: 1, Lanes: 1}
	keys, err := erasure.Open(filepath.Join(t.TempDir(), "erasure.sqlite"))
	w.must(err)
	t.Cleanup(func() { keys.Close() })
	w.Store = &Store{DB: d, Now: now, Network: &network.Store{DB: d, Now: now, Auth: accounts}, Auth: accounts, Erasure: keys, Pins: pins.Pins{Dir: t.TempDir()}, Log: slog.New(slog.DiscardHandler)}
	name := func(s string) i18n.Text { return i18n.Text{i18n.HR: s} }
	area := db.NewID()
	w.exec(`INSERT INTO networks (id, name, zone, demo) VALUES (:id, :name, 'Europe/Zagreb', 1)`, db.Args{"id": w.net, "name": name("Mreža")})
	w.exec(`INSERT INTO organisations (id, slug, kind, name) VALUES (:id, 'udruga', 'cso', 'Udruga Susret')`, db.Args{"id": w.org})
	w.exec(`INSERT INTO areas (id, slug, kind, name) VALUES (:id, 'cetvrt', 'district', :name)`, db.Args{"id": area, "name": name("Četvrt")})
	for i, id := range []string{w.centre, w.other} {
		w.exec(`INSERT INTO centres (id, slug, number, colour, organisation_id, area_id, name, zone) VALUES (:id, :slug, :n, 1, :org, :area, :name, 'Europe/Zagreb')`,
			db.Args{"id": id, "slug": []string{"prvi", "drugi"}[i], "n": i + 1, "org": w.org, "area": area, "name": []string{"Prvi", "Drugi"}[i]})
	}
	_, w.signer, err = ed25519.GenerateKey(nil)
	w.must(err)
	w.recovery, err = vault.NewIdentity()
	w.must(err)
	w.must(w.Pins.Pin(w.org, w.signer.Public().(ed25519.PublicKey)))
	for _, login := range []string{"ana", "eva", "iva"} {
		w.team = append(w.team, w.worker(login, w.centre))
	}
	w.sign()
	for day := 1; day <= 5; day++ {
		w.must(w.AddTurn(t.Context(), Turn{CentreID: w.centre, AccountID: w.team[0].Account, Weekday: day, From: "09:00", To: "14:00"}, "test"))
	}
	return w
}

func each(t *testing.T, test func(w *house)) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) { test(newHouse(t, d)) })
}

func (w *house) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *house) exec(q string, args db.Args) {
	w.t.Helper()
	_, err := w.DB.Exec(context.Background(), q, args)
	w.must(err)
}

// worker is a new member of the centre's support team, with a key that no list has yet.
func (w *house) worker(login, centre string) Reading {
	w.t.Helper()
	ctx := w.t.Context()
	a, err := w.Auth.AddAccount(ctx, login, "Osoba "+login, "", phrase, auth.Held{Role: network.SupportWorker, Scope: auth.Scope{Kind: network.ScopeCentre, ID: centre}})
	w.must(err)
	_, err = w.Auth.MakeKey(ctx, a.ID, phrase, nil)
	w.must(err)
	return w.unlock(login)
}

// unlock signs in and opens the key.
func (w *house) unlock(login string) Reading {
	w.t.Helper()
	a, kek, err := w.Auth.SignIn(w.t.Context(), login, phrase)
	w.must(err)
	k, id, err := w.Auth.OpenKey(w.t.Context(), a, kek)
	w.must(err)
	return Reading{ID: k.ID, Key: id, Account: a.ID}
}

// sign signs a list of all keys there are, with the recovery key, and brings it.
func (w *house) sign() {
	w.t.Helper()
	w.serial++
	l := vault.List{Organisation: w.org, Serial: w.serial, Signed: w.now.Format(time.DateOnly)}
	until := w.now.AddDate(0, 11, 0).Format(time.DateOnly)
	var keys []auth.VaultKey
	w.must(w.DB.Select(w.t.Context(), &keys, `SELECT * FROM vault_keys WHERE ended_hour IS NULL ORDER BY id`, nil))
	for _, k := range keys {
		public, err := base64.StdEncoding.DecodeString(k.Public)
		w.must(err)
		l.Readers = append(l.Readers, vault.Listed{ID: k.ID, Owner: k.AccountID, Key: public, Until: until})
	}
	l.Readers = append(l.Readers, vault.Listed{ID: RecoveryID, Owner: RecoveryID, Key: w.recovery.Reader().Bytes(), Until: until})
	file, err := l.Sign(w.signer)
	w.must(err)
	w.must(w.TakeList(w.t.Context(), w.org, file, "test"))
}

// ask writes to the first centre as a person with a code.
func (w *house) ask(text string, struck ...string) (string, Reading, vault.Code) {
	w.t.Helper()
	c, err := w.FreshCode(w.t.Context())
	w.must(err)
	id, person, err := w.Ask(w.t.Context(), Asking{Header: Header{Party: Party{Centre: w.centre}, Lang: i18n.HR, Struck: struck}, Text: text, Code: c})
	w.must(err)
	return id, person, c
}

func (w *house) say(by Reading, id, text string) {
	w.t.Helper()
	w.must(w.Write(w.t.Context(), by, id, Change{Entries: []Entry{{Kind: Message, Text: text}}}))
}

func (w *house) texts(by Reading, id string) (list []string) {
	w.t.Helper()
	t, err := w.Thread(w.t.Context(), by, id)
	w.must(err)
	for _, e := range t.Entries {
		list = append(list, e.Text)
	}
	return list
}

func (w *house) wants(err error, kind fault.Kind) {
	w.t.Helper()
	if err == nil || fault.Of(err).Kind != kind {
		w.t.Fatalf("got %v, want a fault of kind %d", err, kind)
	}
}
