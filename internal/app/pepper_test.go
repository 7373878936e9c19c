package app

import (
	"errors"
	"testing"

	"kvart/internal/platform/auth"
	"kvart/internal/platform/db"
	"kvart/internal/platform/dbtest"
)

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
