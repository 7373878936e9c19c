package vault

import (
	"bytes"
	"errors"
	"testing"
)

func TestTicket_tellsNothingAndIsMarkedUnderItsKey(t *testing.T) {
	one := NewTicket()
	if one.String() != "a ticket" || bytes.Equal(one.Mark([]byte("a")), one.Mark([]byte("b"))) || bytes.Equal(one.Mark([]byte("a")), NewTicket().Mark([]byte("a"))) {
		t.Error("a ticket tells itself, or its mark hangs on no key")
	}
}

func TestDrop_opensOfItsOwnBoxOnly(t *testing.T) {
	id := must(NewIdentity())(t)
	other := must(NewIdentity())(t)
	a, b := must(id.Reader().Drop([]byte("one"), "box"))(t), must(id.Reader().Drop([]byte("two"), "box"))(t)
	if len(a) != len(b) {
		t.Error("the length tells what is in it")
	}
	if got := must(id.Empty(a, "box"))(t); string(got) != "one" {
		t.Errorf("%q", got)
	}
	changed := bytes.Clone(a)
	changed[len(changed)-1] ^= 1
	for name, open := range map[string]func() ([]byte, error){
		"another key": func() ([]byte, error) { return other.Empty(a, "box") }, "another box": func() ([]byte, error) { return id.Empty(a, "else") },
		"one bit": func() ([]byte, error) { return id.Empty(changed, "box") }, "nothing": func() ([]byte, error) { return id.Empty(nil, "box") },
		"no key": func() ([]byte, error) { return Identity{}.Empty(a, "box") },
	} {
		if _, err := open(); !errors.Is(err, ErrSealed) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzParseTicket(f *testing.F) {
	f.Add(NewTicket().Printed())
	f.Add("O0O0 lI|")
	f.Fuzz(func(t *testing.T, typed string) {
		one, err := ParseTicket(typed)
		if err != nil {
			return
		}
		if again, err := ParseTicket(one.Printed()); err != nil || again != one {
			t.Errorf("%q is read as another ticket: %v", typed, err)
		}
	})
}
