package support_test

import (
	"encoding/base64"
	"encoding/json"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"kvart/internal/platform/auth"
	"kvart/internal/platform/db"
	"kvart/internal/platform/dbtest"
	"kvart/internal/platform/erasure"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/vault"
	. "kvart/internal/support"
)

// bare is a store on an empty database, for what comes from outside.
func bare(f *testing.F) *Store {
	f.Helper()
	d := dbtest.SQLite(f)
	now := func() time.Time { return time.Date(2026, 11, 26, 11, 0, 0, 0, time.UTC) }
	accounts := auth.NewStore(d, now, auth.Secrets{Pepper: []byte(strings.Repeat("p", 32))}, "http://localhost")
	accounts.Cost = auth.Cost{MemoryKiB: 64, Passes: 1, Lanes: 1}
	keys, err := erasure.Open(filepath.Join(f.TempDir(), "erasure.sqlite"))
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { keys.Close() })
	return &Store{DB: d, Now: now, Auth: accounts, Erasure: keys, Log: slog.New(slog.DiscardHandler)}
}

// planted is a request of one person, as rows: what somebody with the database's own tools can change.
// The keys are the same in each of the fuzzer's processes.
func planted(f *testing.F, s *Store) (id string, person Reading, members, tag, grant string) {
	f.Helper()
	key, err := vault.IdentityFromSeed([32]byte{1})
	if err != nil {
		f.Fatal(err)
	}
	id, data := "11111111-1111-4111-8111-111111111111", vault.DataKey{2}
	list := []vault.Member{{ID: PersonID, Key: key.Reader().Bytes()}}
	b, err := json.Marshal(list)
	if err != nil {
		f.Fatal(err)
	}
	vouched, err := data.Vouch(id, 1, list, data)
	if err != nil {
		f.Fatal(err)
	}
	sealed, err := vault.Grant(key.Reader(), vault.Place{Request: id, Epoch: 1, Reader: PersonID}, data)
	if err != nil {
		f.Fatal(err)
	}
	item, erase := "22222222-2222-4222-8222-222222222222", vault.ErasureKey{3}
	header, err := data.Seal(erase, vault.Address{Request: id, Item: item, Epoch: 1, Kind: "header"}, []byte(`{}`))
	if err != nil {
		f.Fatal(err)
	}
	if err := s.Erasure.Put(f.Context(), erasure.Key{Request: id, Item: item, Key: erase}); err != nil {
		f.Fatal(err)
	}
	for _, q := range []struct {
		text string
		args db.Args
	}{
		{`INSERT INTO support_requests (id, kind, epoch, header_id, made_hour, delete_hour) VALUES (:r, 'request', 1, :h, 0, 0)`, db.Args{"r": id, "h": item}},
		{`INSERT INTO support_epochs (request_id, epoch, members, tag) VALUES (:r, 1, :m, :t)`, db.Args{"r": id, "m": string(b), "t": encoded(vouched)}},
		{`INSERT INTO support_items (id, request_id, seq, epoch, kind, sealed, hour) VALUES (:i, :r, 1, 1, 'header', :s, 0)`, db.Args{"i": item, "r": id, "s": encoded(header)}},
		{`INSERT INTO support_grants (request_id, epoch, reader_id, sealed) VALUES (:r, 1, 'person', :s)`, db.Args{"r": id, "s": encoded(sealed)}},
	} {
		if _, err := s.DB.Exec(f.Context(), q.text, q.args); err != nil {
			f.Fatal(err)
		}
	}
	return id, Reading{ID: PersonID, Key: key}, string(b), encoded(vouched), encoded(sealed)
}

// FuzzThread changes an epoch's list of readers, its tag, a grant and the header of a request: what was changed does not
// open, and nothing falls.
func FuzzThread(f *testing.F) {
	s := bare(f)
	id, person, members, tag, grant := planted(f, s)
	var header string
	if err := s.DB.Get(f.Context(), &header, `SELECT sealed FROM support_items`, nil); err != nil {
		f.Fatal(err)
	}
	if _, err := s.Thread(f.Context(), person, id); err != nil {
		f.Fatal("what was not changed does not open:", err)
	}
	f.Add(members, tag, grant, header)
	f.Add("[]", tag, grant, header)
	f.Add(`[{"ID":"person","Key":"AAAA"}]`, tag, grant, header)
	f.Add(strings.Replace(members, `"person"`, `"other"`, 1), tag, grant, header)
	f.Add(members, "", "", "")
	f.Add(members, tag, grant[:40], header)
	f.Add(members, tag, grant, header[:20])
	f.Add("null", "!", "\x00", "AQ==")
	f.Fuzz(func(t *testing.T, m, g, gr, h string) {
		for _, q := range []struct {
			text string
			args db.Args
		}{
			{`DELETE FROM support_items`, nil},
			{`DELETE FROM support_grants`, nil},
			{`DELETE FROM support_epochs`, nil},
			{`INSERT INTO support_epochs (request_id, epoch, members, tag) VALUES (:r, 1, :m, :t)`, db.Args{"r": id, "m": m, "t": g}},
			{`INSERT INTO support_grants (request_id, epoch, reader_id, sealed) VALUES (:r, 1, 'person', :s)`, db.Args{"r": id, "s": gr}},
			{`INSERT INTO support_items (id, request_id, seq, epoch, kind, sealed, hour) VALUES ('22222222-2222-4222-8222-222222222222', :r, 1, 1, 'header', :s, 0)`, db.Args{"r": id, "s": h}},
		} {
			if _, err := s.DB.Exec(t.Context(), q.text, q.args); err != nil {
				t.Fatal(err)
			}
		}
		_, err := s.Thread(t.Context(), person, id)
		if err == nil {
			key, sealed := person.Key.Open(vault.Place{Request: id, Epoch: 1, Reader: PersonID}, base64Of(gr))
			_, opens := vault.DataKey{2}.Unseal(vault.ErasureKey{3}, vault.Address{Request: id, Item: "22222222-2222-4222-8222-222222222222", Epoch: 1, Kind: "header"}, base64Of(h))
			if !sameMembers(m, members) || string(base64Of(g)) != string(base64Of(tag)) || sealed != nil || key != (vault.DataKey{2}) || opens != nil {
				t.Error("what was changed opens")
			}
		}
		if err != nil && fault.Of(err).Kind != fault.KindConflict && fault.Of(err).Kind != fault.KindNotFound {
			t.Errorf("it is an internal fault: %v", err)
		}
	})
}

// sameMembers says whether both texts list the same: JSON may be written in more than one way.
func sameMembers(a, b string) bool {
	var x, y []vault.Member
	if json.Unmarshal([]byte(a), &x) != nil || json.Unmarshal([]byte(b), &y) != nil || len(x) != len(y) {
		return false
	}
	for i := range x {
		if x[i].ID != y[i].ID || string(x[i].Key) != string(y[i].Key) {
			return false
		}
	}
	return true
}

// base64Of are the bytes of a column, or nothing.
func base64Of(text string) []byte {
	b, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil
	}
	return b
}

// FuzzCodeOfForm: only what FormCode gave is believed, whole.
func FuzzCodeOfForm(f *testing.F) {
	s := bare(f)
	ours, err := s.FormCode(f.Context())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(ours)
	f.Add("")
	f.Add(".")
	f.Add("..")
	f.Add(ours + ".")
	f.Add(ours[:len(ours)-1])
	f.Add(strings.ToUpper(ours))
	f.Add("111111222222." + ours)
	f.Add("999999999999999999999999999999999999.zzzzzzzzzzzzzzzz.AAAA")
	f.Fuzz(func(t *testing.T, text string) {
		c, claim, err := s.CodeOfForm(text)
		if err == nil && (len(text) != len(ours) || !strings.HasPrefix(text, strings.ReplaceAll(c.Printed(), " ", "")+".") || claim == "") { // another process's is ours too
			t.Errorf("believed: %q", text)
		}
		if err != nil && text == ours {
			t.Error(err)
		}
		if err != nil && (claim != "" || c != (vault.Code{}) || !fault.Is(err, fault.KindInvalid)) {
			t.Errorf("half an answer beside %v", err)
		}
	})
}

// FuzzVisiting: a cookie opens the visit that it was given for, and nothing else.
func FuzzVisiting(f *testing.F) {
	s := bare(f)
	id, person, _, _, _ := planted(f, s)
	ours, err := s.Visit(f.Context(), id, person)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(ours)
	f.Add("")
	f.Add(ours + "=")
	f.Add(ours[:42])
	f.Add(strings.Repeat("A", 43))
	f.Add(strings.Repeat("_", 43))
	f.Add("%00' OR 1=1 --")
	f.Fuzz(func(t *testing.T, cookie string) {
		request, r, err := s.Visiting(t.Context(), cookie)
		x, _ := base64.RawURLEncoding.DecodeString(cookie)
		y, _ := base64.RawURLEncoding.DecodeString(ours)
		if err == nil && (string(x) != string(y) || request != id || r.ID != PersonID) {
			t.Errorf("%q opens a visit", cookie)
		}
		if err != nil && !fault.Is(err, fault.KindNotFound) {
			t.Errorf("%q: %v", cookie, err)
		}
		if err := s.EndVisit(t.Context(), cookie+"x"); err != nil {
			t.Errorf("ending: %v", err)
		}
	})
}
