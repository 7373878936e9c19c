package app

import (
	"errors"
	"path/filepath"
	"testing"

	"kvart/internal/platform/auth"
	"kvart/internal/platform/db"
	"kvart/internal/platform/dbtest"
	"kvart/internal/platform/i18n"
	"kvart/internal/support"
)

// TestPepper_lostIsSaidAndNothingIsLost starts the program with another secrets folder, as after a disk was lost, and then
// with the right one again.
func TestPepper_lostIsSaidAndNothingIsLost(t *testing.T) {
	canaries(t, func(t *testing.T, databaseURL string) {
		c := newCanary(t, t.TempDir(), databaseURL, newMark())
		c.furnish()
		code, err := c.Support.FreshCode(t.Context())
		c.must(err)
		id, _, err := c.Support.Ask(t.Context(), support.Asking{Header: support.Header{Party: support.Party{Centre: c.centre}, Lang: i18n.HR}, Text: "Tu sam.", Code: code})
		c.must(err)
		c.close()

		other := c.cfg
		other.Secrets = filepath.Join(c.dir, "other")
		if a, err := Open(t.Context(), other); !errors.Is(err, ErrOtherPepper) {
			if err == nil {
				a.Close()
			}
			t.Fatalf("with another pepper: %v", err)
		}
		c.open()
		found, person, err := c.Support.ByCode(t.Context(), code)
		if err != nil || found != id {
			t.Fatalf("with the right pepper again: %q, %v", found, err)
		}
		if th, err := c.Support.Thread(t.Context(), person, id); err != nil || th.Entries[0].Text != "Tu sam." {
			t.Errorf("%+v, %v", th.Entries, err)
		}
	})
}

func TestPepper_anotherOneIsNotedAtTheStart(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		first, second := auth.Secrets{Pepper: make([]byte, 32)}, auth.Secrets{Pepper: append(make([]byte, 31), 1)}
		for range 2 {
			if err := pinPepper(t.Context(), d, first); err != nil {
				t.Fatal(err)
			}
		}
		if err := pinPepper(t.Context(), d, second); !errors.Is(err, ErrOtherPepper) {
			t.Fatalf("another pepper: %v", err)
		}
		if err := ForgetPepper(t.Context(), d); err != nil {
			t.Fatal(err)
		}
		if err := pinPepper(t.Context(), d, second); err != nil {
			t.Fatal(err)
		}
	})
}
