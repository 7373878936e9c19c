package auth

import (
	"bytes"
	"testing"

	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/vault"
)

// opened signs in and opens the account's key; it returns the public half.
func opened(t *testing.T, s *Store, login, passphrase string) []byte {
	t.Helper()
	a, kek, err := s.SignIn(t.Context(), login, passphrase)
	if err != nil {
		t.Fatal(err)
	}
	_, id, err := s.OpenKey(t.Context(), a, kek)
	if err != nil {
		t.Fatal(err)
	}
	return id.Reader().Bytes()
}

func TestVaultKey_isOneAcrossPassphrasesAndComesBackFromPaper(t *testing.T) {
	each(t, func(t *testing.T, s *Store, c *clock) {
		a := must[Account](t)(s.AddAccount(t.Context(), "ana", "Ana", "", phrase))
		_, err := s.MakeKey(t.Context(), a.ID, "not the passphrase", nil)
		wantKind(t, err, fault.KindInvalid)
		paper := must[vault.PaperKey](t)(s.MakeKey(t.Context(), a.ID, phrase, nil))
		public := opened(t, s, "ana", phrase)

		const next = "druga magla drugi most"
		if err := s.ChangePassphrase(t.Context(), a.ID, phrase, next); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(public, opened(t, s, "ana", next)) {
			t.Fatal("a changed passphrase gave another key")
		}

		token := ""
		if err := s.DB.Tx(t.Context(), func(tx *db.Tx) (err error) { token, err = s.ResetLink(t.Context(), tx, a.ID); return err }); err != nil {
			t.Fatal(err)
		}
		if _, lost, err := s.UseReset(t.Context(), token, phrase); err != nil || !lost {
			t.Fatalf("reset: lost %v, %v", lost, err)
		}
		a, kek, err := s.SignIn(t.Context(), "ana", phrase)
		if err != nil {
			t.Fatal(err)
		}
		_, _, err = s.OpenKey(t.Context(), a, kek)
		wantKind(t, err, fault.KindNotFound)
		for _, typed := range []string{"", "123456", vault.NewPaperKey().Printed()} {
			wantKind(t, s.PutKeyBack(t.Context(), a.ID, phrase, typed), fault.KindInvalid)
		}
		if err := s.PutKeyBack(t.Context(), a.ID, phrase, paper.Printed()); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(public, opened(t, s, "ana", phrase)) {
			t.Fatal("the paper gave another key")
		}

		var ended string
		must[vault.PaperKey](t)(s.MakeKey(t.Context(), a.ID, phrase, func(tx *db.Tx, id string) error { ended = id; return nil }))
		if ended == "" || bytes.Equal(public, opened(t, s, "ana", phrase)) {
			t.Fatal("a new key did not end the one before")
		}
		wantKind(t, s.PutKeyBack(t.Context(), a.ID, phrase, paper.Printed()), fault.KindInvalid)
	})
}

func TestVaultKey_ofAnotherAccountDoesNotOpen(t *testing.T) {
	each(t, func(t *testing.T, s *Store, c *clock) {
		ana := must[Account](t)(s.AddAccount(t.Context(), "ana", "Ana", "", phrase))
		eva := must[Account](t)(s.AddAccount(t.Context(), "eva", "Eva", "", phrase))
		must[vault.PaperKey](t)(s.MakeKey(t.Context(), ana.ID, phrase, nil))
		must[vault.PaperKey](t)(s.MakeKey(t.Context(), eva.ID, phrase, nil))
		must[int64](t)(s.DB.Exec(t.Context(), `UPDATE accounts SET vault_key = (SELECT x.vault_key FROM accounts x WHERE x.login = 'ana') WHERE login = 'eva'`, nil))
		a, kek, err := s.SignIn(t.Context(), "eva", phrase)
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := s.OpenKey(t.Context(), a, kek); err != vault.ErrSealed {
			t.Fatalf("got %v", err)
		}
	})
}
