package auth

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
)

func TestSignIn_rightPassphraseGivesAccountAndTheSameKeyEachTime(t *testing.T) {
	each(t, func(t *testing.T, s *Store, c *clock) {
		a := must[Account](t)(s.AddAccount(t.Context(), " Ana@Primjer.HR ", "Ana", "ana@primjer.hr", phrase))
		got, first, err := s.SignIn(t.Context(), "ANA@primjer.hr", phrase)
		if err != nil || got.ID != a.ID || len(first) != 32 {
			t.Fatal(got, len(first), err)
		}
		_, second, err := s.SignIn(t.Context(), "ana@primjer.hr", phrase)
		if err != nil || !bytes.Equal(first, second) {
			t.Fatal("the key-encryption key changed", err)
		}
		var row struct{ Salt, Verifier, Argon string }
		if err := s.DB.Get(t.Context(), &row, `SELECT salt, verifier, argon FROM accounts WHERE id = :id`, db.Args{"id": a.ID}); err != nil {
			t.Fatal(err)
		}
		if row.Verifier == base64.StdEncoding.EncodeToString(first) {
			t.Fatal("the key-encryption key is stored")
		}
		if row.Argon != "m=64,t=1,p=1" {
			t.Fatal(row.Argon)
		}
	})
}

func TestSignIn_composedAndDecomposedLettersAreOnePassphrase(t *testing.T) {
	each(t, func(t *testing.T, s *Store, c *clock) {
		must[Account](t)(s.AddAccount(t.Context(), "ana", "Ana", "", "če\u0161nja\u0107 i \u017eito"))
		if _, _, err := s.SignIn(t.Context(), "ana", "c\u030ces\u030cnjac\u0301 i z\u030cito"); err != nil {
			t.Fatal(err)
		}
	})
}

func TestSignIn_saysTheSameOfAWrongPassphraseAndAnUnknownLogin(t *testing.T) {
	each(t, func(t *testing.T, s *Store, c *clock) {
		a := must[Account](t)(s.AddAccount(t.Context(), "ana", "Ana", "", phrase))
		must[Account](t)(s.AddAccount(t.Context(), "off", "Off", "", phrase))
		must[int64](t)(s.DB.Exec(t.Context(), `UPDATE accounts SET state = 'disabled' WHERE login = 'off'`, nil))
		var said []string
		for _, login := range []string{"ana", "nobody", "off", ""} {
			_, kek, err := s.SignIn(t.Context(), login, "not the passphrase")
			wantKind(t, err, fault.KindUnauthenticated)
			if kek != nil {
				t.Fatal("a key without a passphrase")
			}
			said = append(said, fault.Of(err).Key)
		}
		if len(slices.Compact(said)) != 1 {
			t.Fatal(said)
		}
		if _, _, err := s.SignIn(t.Context(), "off", phrase); !fault.Is(err, fault.KindUnauthenticated) {
			t.Fatal("a disabled account signs in", err)
		}
		if _, _, err := s.SignIn(t.Context(), "ana", strings.Repeat("x", 100000)); !fault.Is(err, fault.KindUnauthenticated) {
			t.Fatal(err)
		}
		if _, err := s.Account(t.Context(), a.ID); err != nil {
			t.Fatal(err)
		}
	})
}

func TestSignIn_anAccountWithoutAPassphraseOpensWithNone(t *testing.T) {
	each(t, func(t *testing.T, s *Store, c *clock) {
		must[int64](t)(s.DB.Exec(t.Context(), `INSERT INTO accounts (id, login, name, created_at) VALUES (:id, 'empty', 'Empty', 0)`, db.Args{"id": db.NewID()}))
		for _, p := range []string{"", phrase} {
			_, _, err := s.SignIn(t.Context(), "empty", p)
			wantKind(t, err, fault.KindUnauthenticated)
		}
	})
}

func TestSignIn_slowsDownAfterFailuresAndNeverLocksOut(t *testing.T) {
	each(t, func(t *testing.T, s *Store, c *clock) {
		must[Account](t)(s.AddAccount(t.Context(), "ana", "Ana", "", phrase))
		for _, login := range []string{"ana", "nobody"} { // an unknown login slows down in the same way
			for i, wait := range []int{0, 0, 0, 0, 1, 2, 4, 8, 16, 30, 30} {
				if wait > 0 {
					_, _, err := s.SignIn(t.Context(), login, phrase)
					wantKind(t, err, fault.KindTooMany)
					if args := fault.Of(err).Args; len(args) != 2 || args[1] != wait {
						t.Fatalf("%s, try %d: told to wait %v s, want %d", login, i, args, wait)
					}
					c.move(time.Duration(wait) * time.Second)
				}
				_, _, err := s.SignIn(t.Context(), login, "not the passphrase")
				wantKind(t, err, fault.KindUnauthenticated)
			}
			c.move(30 * time.Second)
		}
		if _, _, err := s.SignIn(t.Context(), "ana", phrase); err != nil {
			t.Fatal("the right passphrase must open after the wait", err)
		}
		_, _, err := s.SignIn(t.Context(), "ana", "not the passphrase")
		wantKind(t, err, fault.KindUnauthenticated)
		if _, _, err := s.SignIn(t.Context(), "ana", phrase); err != nil {
			t.Fatal("signing in must forget the failures before it", err)
		}
		var raw []string
		if err := s.DB.Select(t.Context(), &raw, `SELECT login_key FROM sign_in_attempts`, nil); err != nil || slices.Contains(raw, "nobody") || len(raw) != 1 {
			t.Fatal("what was typed must not be stored", raw, err)
		}
	})
}

func TestSignIn_waitsInTheQueueOnlyAsLongAsItsRequest(t *testing.T) {
	each(t, func(t *testing.T, s *Store, c *clock) {
		s.slots <- struct{}{}
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		defer cancel()
		if _, _, err := s.SignIn(ctx, "ana", phrase); err == nil {
			t.Fatal("a second run at one time")
		}
	})
}

// A flood fills the queue and no more: who comes then is told at once, and each queue stands for itself.
func TestQueue_isBounded(t *testing.T) {
	each(t, func(t *testing.T, s *Store, c *clock) {
		signIn := func(ctx context.Context) error { _, _, err := s.split(ctx, phrase, "", s.Cost); return err }
		code := func(ctx context.Context) error {
			_, err := s.StretchCode(ctx, []byte("x"), make([]byte, 16), s.Cost)
			return err
		}
		for _, q := range []struct {
			slots   chan struct{}
			waiting *atomic.Int64
			run     func(context.Context) error
			other   func(context.Context) error
		}{{s.slots, &s.waiting.slots, signIn, code}, {s.codes, &s.waiting.codes, code, signIn}} {
			q.slots <- struct{}{}
			ctx, cancel := context.WithCancel(t.Context())
			done := make(chan error, mostWaiting)
			for range mostWaiting {
				go func() { done <- q.run(ctx) }()
			}
			for q.waiting.Load() < mostWaiting {
				time.Sleep(time.Millisecond)
			}
			wantKind(t, q.run(t.Context()), fault.KindTooMany)
			if err := q.other(t.Context()); err != nil {
				t.Error("the other queue is full too", err)
			}
			cancel()
			for range mostWaiting {
				if err := <-done; !errors.Is(err, context.Canceled) {
					t.Error(err)
				}
			}
			<-q.slots
			if err := q.run(t.Context()); err != nil || q.waiting.Load() != 0 {
				t.Error("afterwards", err, q.waiting.Load())
			}
		}
	})
}

func TestPepper_withoutItTheStoredVerifierOpensNothing(t *testing.T) {
	each(t, func(t *testing.T, s *Store, c *clock) {
		must[Account](t)(s.AddAccount(t.Context(), "ana", "Ana", "", phrase))
		other := NewStore(s.DB, c.now, Secrets{Pepper: []byte("another pepper")}, s.Origin)
		_, _, err := other.SignIn(t.Context(), "ana", phrase)
		wantKind(t, err, fault.KindUnauthenticated)
	})
}

func TestPassphrase_refusesShortLongCommonAndOnesOwnName(t *testing.T) {
	for _, p := range []string{"", "nine char", strings.Repeat("š", 201), "Password123", "koordinacija.sesnaestica", "KOORDINACIJA, Šesnaestica"} {
		if err := checkPassphrase(p, "koordinacija.sesnaestica", "Koordinacija, Šesnaestica"); !fault.Is(err, fault.KindInvalid) {
			t.Errorf("%q was taken", p)
		}
	}
	for _, p := range []string{phrase, "dešetčšžđć", strings.Repeat("š", 200)} {
		if err := checkPassphrase(p, "ana", "Ana"); err != nil {
			t.Errorf("%q: %v", p, err)
		}
	}
}

func TestChangePassphrase_needsTheOldOne(t *testing.T) {
	each(t, func(t *testing.T, s *Store, c *clock) {
		a := must[Account](t)(s.AddAccount(t.Context(), "ana", "Ana", "", phrase))
		const next = "druga magla drugi most"
		wantKind(t, s.ChangePassphrase(t.Context(), a.ID, "not the passphrase", next), fault.KindUnauthenticated)
		wantKind(t, s.ChangePassphrase(t.Context(), a.ID, phrase, "short"), fault.KindInvalid)
		if err := s.ChangePassphrase(t.Context(), a.ID, phrase, next); err != nil {
			t.Fatal(err)
		}
		_, _, err := s.SignIn(t.Context(), "ana", phrase)
		wantKind(t, err, fault.KindUnauthenticated)
		if _, _, err := s.SignIn(t.Context(), "ana", next); err != nil {
			t.Fatal(err)
		}
	})
}

func TestLoadSecrets_makesAPrivateFolderOnceAndRefusesADamagedPepper(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "deep", "secrets")
	first, created, err := LoadSecrets(dir)
	if err != nil || !created || len(first.Pepper) != 32 {
		t.Fatal(created, err)
	}
	for path, want := range map[string]os.FileMode{dir: 0o700, filepath.Join(dir, "pepper"): 0o600} {
		if i := must[os.FileInfo](t)(os.Stat(path)); i.Mode().Perm() != want {
			t.Errorf("%s is %v, want %v", path, i.Mode().Perm(), want)
		}
	}
	again, created, err := LoadSecrets(dir)
	if err != nil || created || !bytes.Equal(first.Pepper, again.Pepper) {
		t.Fatal("the pepper changed", created, err)
	}
	if bytes.Equal(first.Key("a"), first.Key("b")) || bytes.Equal(first.Key("a"), first.Pepper) {
		t.Fatal("keys of different purposes must differ")
	}
	if err := os.WriteFile(filepath.Join(dir, "pepper"), []byte("abc"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, _, err := LoadSecrets(dir); err == nil {
		t.Fatal("a damaged pepper must not be replaced or used")
	}
}

func TestSignIn_manyGuessesAtOneMomentAreSlowedDownAsInARow(t *testing.T) {
	each(t, func(t *testing.T, s *Store, c *clock) {
		must[Account](t)(s.AddAccount(t.Context(), "ana", "Ana", "", phrase))
		tried := 0
		for _, err := range together(40, func(int) error {
			_, _, err := s.SignIn(context.Background(), "ana", "not the passphrase")
			return err
		}) {
			if fault.Is(err, fault.KindUnauthenticated) {
				tried++
			} else if !fault.Is(err, fault.KindTooMany) {
				t.Error(err)
			}
		}
		if tried != 4 {
			t.Fatalf("%d guesses were looked at in one moment", tried)
		}
	})
}

func TestSignIn_aClockSetBackLocksNobodyOut(t *testing.T) {
	each(t, func(t *testing.T, s *Store, c *clock) {
		must[Account](t)(s.AddAccount(t.Context(), "ana", "Ana", "", phrase))
		for range 4 {
			_, _, err := s.SignIn(t.Context(), "ana", "not the passphrase")
			wantKind(t, err, fault.KindUnauthenticated)
		}
		c.move(-24 * time.Hour)
		if _, _, err := s.SignIn(t.Context(), "ana", phrase); err != nil {
			t.Fatal(err)
		}
	})
}

func TestSignIn_bringsAPassphraseToTheUsualCostButNotUnderAVaultKey(t *testing.T) {
	each(t, func(t *testing.T, s *Store, c *clock) {
		for _, vault := range []string{"", "sealed"} {
			a := must[Account](t)(s.AddAccount(t.Context(), "ana"+vault, "Ana", "", phrase))
			must[int64](t)(s.DB.Exec(t.Context(), `UPDATE accounts SET vault_key = :v WHERE id = :id`, db.Args{"v": vault, "id": a.ID}))
			_, old, err := s.SignIn(t.Context(), a.Login, phrase)
			if err != nil {
				t.Fatal(err)
			}
			s.Cost.Passes = 2
			_, kek, err := s.SignIn(t.Context(), a.Login, phrase)
			if err != nil || bytes.Equal(kek, old) == (vault == "") {
				t.Fatal("a key sealed under the old one must still open", vault, err)
			}
			_, again, err := s.SignIn(t.Context(), a.Login, phrase)
			if err != nil || !bytes.Equal(kek, again) {
				t.Fatal("the key that was handed out is not the one that stays", err)
			}
			want := map[string]string{"": "m=64,t=2,p=1", "sealed": "m=64,t=1,p=1"}[vault]
			if got := must[Account](t)(s.Account(t.Context(), a.ID)); got.Argon != want {
				t.Fatal(got.Argon)
			}
			s.Cost = cheap
		}
	})
}

func TestPassphrase_isStretchedWhileOthersWrite(t *testing.T) {
	each(t, func(t *testing.T, s *Store, c *clock) {
		a := must[Account](t)(s.AddAccount(t.Context(), "ana", "Ana", "", phrase))
		inv, res := invite(t, s), reset(t, s, a.ID)
		s.slots <- struct{}{} // the one run is busy
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 3)
		go func() { _, err := s.AcceptInvite(ctx, inv, "other", "Other", phrase); done <- err }()
		go func() { _, _, err := s.UseReset(ctx, res, phrase); done <- err }()
		go func() { _, err := s.AddAccount(ctx, "third", "Third", "", phrase); done <- err }()
		time.Sleep(50 * time.Millisecond)
		write, stop := context.WithTimeout(t.Context(), 2*time.Second)
		defer stop()
		if _, err := s.DB.Exec(write, `UPDATE accounts SET name = name`, nil); err != nil {
			t.Error("nobody can write meanwhile", err)
		}
		cancel()
		for range 3 {
			if err := <-done; err == nil {
				t.Error("a second run at one time")
			}
		}
	})
}

func TestLoadSecrets_startedByManyAtOnceIsOnePepper(t *testing.T) {
	for range 20 {
		dir := filepath.Join(t.TempDir(), "secrets")
		var peppers [8]Secrets
		for _, err := range together(len(peppers), func(i int) (err error) { peppers[i], _, err = LoadSecrets(dir); return err }) {
			if err != nil {
				t.Fatal(err)
			}
		}
		for _, p := range peppers {
			if !bytes.Equal(p.Pepper, peppers[0].Pepper) {
				t.Fatal("two peppers")
			}
		}
		if left := must[[]os.DirEntry](t)(os.ReadDir(dir)); len(left) != 1 {
			t.Fatal(left)
		}
	}
}
