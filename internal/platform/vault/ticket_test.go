package vault_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"kvart/internal/platform/vault"
)

func TestTicket_isReadBackAsItIsPrintedAndHoweverItIsTyped(t *testing.T) {
	key := []byte(strings.Repeat("k", 32))
	rapid.Check(t, func(t *rapid.T) {
		one := vault.TicketOf(key, rapid.String().Draw(t, "form"))
		typed := strings.NewReplacer("0", "O", "1", "l", " ", rapid.SampledFrom([]string{"", " ", "-", ". "}).Draw(t, "between")).Replace(one.Printed())
		again, err := vault.ParseTicket(typed)
		if err != nil || again != one || len(one.Printed()) != 20 || !bytes.Equal(again.Mark(key), one.Mark(key)) {
			t.Fatalf("%q typed as %q: %v", one.Printed(), typed, err)
		}
	})
}

func TestTicket_aDigitHeardWronglyIsFoundInItsGroup(t *testing.T) {
	for range 50 {
		printed := []byte(vault.NewTicket().Printed())
		for i, c := range printed {
			if c == ' ' {
				continue
			}
			wrong := bytes.Clone(printed)
			wrong[i] = '0' + (c-'0'+1)%10
			_, err := vault.ParseTicket(string(wrong))
			if x, ok := errors.AsType[*vault.CodeError](err); !ok || x.Group != i/7+1 {
				t.Fatalf("%s for %s: %v", wrong, printed, err)
			}
		}
	}
	if _, err := vault.ParseTicket("123"); err == nil {
		t.Error("three digits are a ticket")
	}
}
