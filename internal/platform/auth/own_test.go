package auth

import (
	"testing"

	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/i18n"
)

func TestChangeOwn_keepsWhatItCanAndNamesTheFault(t *testing.T) {
	each(t, func(t *testing.T, s *Store, c *clock) {
		a := must[Account](t)(s.AddAccount(t.Context(), "ana", "Ana", "", phrase))
		for name, own := range map[string]Own{"no name": {" ", i18n.HR, 8}, "no such hour": {"Ana", i18n.HR, 24}, "no such language": {"Ana", "xx", 8}} {
			if err := s.ChangeOwn(t.Context(), a.ID, own); !fault.Is(err, fault.KindInvalid) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if err := s.ChangeOwn(t.Context(), a.ID, Own{" Ana N. ", i18n.NB, 6}); err != nil {
			t.Fatal(err)
		}
		if got := must[Account](t)(s.Account(t.Context(), a.ID)); got.Name != "Ana N." || got.Lang != i18n.NB || got.DigestHour != 6 {
			t.Errorf("%+v", got)
		}
	})
}

// TestAddressLink_needsThePassphraseAndTheNewBox: a new passphrase is mailed to the address, so neither an unlocked
// screen nor a slip of the fingers may change it.
func TestAddressLink_needsThePassphraseAndTheNewBox(t *testing.T) {
	each(t, func(t *testing.T, s *Store, c *clock) {
		a := must[Account](t)(s.AddAccount(t.Context(), "ana", "Ana", "ana@primjer.hr", phrase))
		var tokens []string
		keep := func(_ *db.Tx, token string) error { tokens = append(tokens, token); return nil }
		if err := s.AddressLink(t.Context(), a.ID, "neka druga zaporka", "tudja@primjer.hr", keep); !fault.Is(err, fault.KindUnauthenticated) || len(tokens) > 0 {
			t.Fatalf("%v %v", err, tokens)
		}
		for _, to := range []string{"prva@primjer.hr", " Druga@Primjer.hr"} {
			if err := s.AddressLink(t.Context(), a.ID, phrase, to, keep); err != nil {
				t.Fatal(err)
			}
		}
		if got := must[Account](t)(s.Account(t.Context(), a.ID)); got.Email != "ana@primjer.hr" {
			t.Errorf("changed before the link was used: %s", got.Email)
		}
		if _, err := s.UseAddressLink(t.Context(), tokens[0]); !fault.Is(err, fault.KindNotFound) {
			t.Errorf("the first link still works: %v", err)
		}
		if l := must[Link](t)(s.Peek(t.Context(), tokens[1])); l.Kind != LinkAddress || l.Email != "druga@primjer.hr" {
			t.Errorf("%+v", l)
		}
		if _, err := s.UseResidentLink(t.Context(), tokens[1]); !fault.Is(err, fault.KindNotFound) {
			t.Errorf("the link signs in as a resident: %v", err)
		}
		if got := must[Account](t)(s.UseAddressLink(t.Context(), tokens[1])); got.Email != "druga@primjer.hr" {
			t.Errorf("%s", got.Email)
		}
		if _, err := s.UseAddressLink(t.Context(), tokens[1]); !fault.Is(err, fault.KindNotFound) {
			t.Errorf("used twice: %v", err)
		}
		if err := s.AddressLink(t.Context(), a.ID, phrase, "treca@primjer.hr", keep); err != nil {
			t.Fatal(err)
		}
		if err := s.ChangePassphrase(t.Context(), a.ID, phrase, "sasvim druga zaporka"); err != nil {
			t.Fatal(err)
		}
		if _, err := s.UseAddressLink(t.Context(), tokens[2]); !fault.Is(err, fault.KindNotFound) {
			t.Errorf("a link asked for with the old passphrase works after it was changed: %v", err)
		}
		if e := must[[]Event](t)(s.Events(t.Context(), a.ID)); len(e) != 2 || e[0].By != "Ana" {
			t.Errorf("%+v", e)
		}
	})
}
