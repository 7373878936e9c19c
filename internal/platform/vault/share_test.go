package vault

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestShare_anyTwoOfThreeGiveTheSecret(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		secret := [32]byte(rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "secret"))
		which := rapid.SampledFrom([]Which{Signing, Recovery}).Draw(t, "which")
		shares := Split(which, secret)
		i, j := rapid.IntRange(0, 2).Draw(t, "first"), rapid.IntRange(0, 2).Draw(t, "second")
		read := func(s Share) Share {
			typed := s.Printed()
			if rapid.Bool().Draw(t, "run together") {
				typed = strings.ReplaceAll(typed, " ", "")
			}
			back, err := ParseShare(typed)
			if err != nil || back != s {
				t.Fatalf("%q: %v", typed, err)
			}
			return back
		}
		got, err := Combine(which, read(shares[i]), read(shares[j]))
		if i == j {
			if !errors.Is(err, ErrSameShare) {
				t.Fatalf("one paper twice: %v", err)
			}
			return
		}
		if err != nil || got != secret {
			t.Fatalf("papers %d and %d: %v", i+1, j+1, err)
		}
	})
}

func TestShare_oneGivesNothing(t *testing.T) {
	// For every byte of a secret and every paper, each value of the paper comes from exactly one slope: all are as likely.
	for secret := range 256 {
		for x := byte(1); x <= 3; x++ {
			var seen [256]bool
			for slope := range 256 {
				seen[byte(secret)^times(byte(slope), x)] = true
			}
			if bytes.Contains(fmt.Append(nil, seen), []byte("false")) {
				t.Fatalf("secret %d, paper %d: not every value is possible", secret, x)
			}
		}
	}
	// And the slopes come from chance: two splits of one secret have nothing in common.
	a, b := Split(Signing, [32]byte{}), Split(Signing, [32]byte{})
	for i := range a {
		if a[i].value == b[i].value || a[i].value == [32]byte{} || a[i].tag == b[i].tag {
			t.Errorf("paper %d is the same in two splits", i+1)
		}
	}
}

func TestShare_theFieldIsAField(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b, c := rapid.Byte().Draw(t, "a"), rapid.Byte().Draw(t, "b"), rapid.Byte().Draw(t, "c")
		if times(a, b) != times(b, a) || times(a, times(b, c)) != times(times(a, b), c) || times(a, b^c) != times(a, b)^times(a, c) || times(a, 1) != a {
			t.Fatal("a law of the field does not hold")
		}
		if a != 0 && times(a, inverse(a)) != 1 {
			t.Fatal("no inverse")
		}
	})
	if times(0x57, 0x83) != 0xc1 { // FIPS 197, section 4.2
		t.Error("another field")
	}
}

func TestShare_whatDoesNotBelongTogetherIsNoticed(t *testing.T) {
	secret := [32]byte(random(32))
	signing, recovery, again := Split(Signing, secret), Split(Recovery, secret), Split(Signing, secret)
	wrong := signing[1]
	wrong.value[31] ^= 1
	for name, c := range map[string]struct {
		a, b Share
		want error
	}{
		"one of the other key":   {signing[0], recovery[1], ErrOtherKey},
		"both of the other key":  {recovery[0], recovery[1], ErrOtherKey},
		"the same twice":         {signing[2], signing[2], ErrSameShare},
		"of another split":       {signing[0], again[1], ErrOtherSplit},
		"the same, other split":  {signing[0], again[0], ErrOtherSplit},
		"a digit that was wrong": {signing[0], wrong, ErrShares},
		"nothing":                {Share{}, Share{}, ErrOtherKey},
	} {
		got, err := Combine(Signing, c.a, c.b)
		if !errors.Is(err, c.want) || got != [32]byte{} {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := Combine(Signing, recovery[0], recovery[1]); !strings.Contains(err.Error(), "paper of the recovery key, wanted is the signing key") {
		t.Error(err)
	}
}

func TestParseShare_namesTheGroupThatIsWrongAndRefusesWhatIsNoShare(t *testing.T) {
	shares := Split(Signing, [32]byte(random(32)))
	s := shares[0]
	rapid.Check(t, func(t *rapid.T) {
		groups := strings.Fields(s.Printed())
		n := rapid.IntRange(0, len(groups)-1).Draw(t, "group")
		g := []byte(groups[n])
		at := rapid.IntRange(0, 5).Draw(t, "digit")
		g[at] = '0' + (g[at]-'0'+byte(rapid.IntRange(1, 9).Draw(t, "by")))%10
		groups[n] = string(g)
		_, err := ParseShare(strings.Join(groups, " "))
		var fault *CodeError
		if !errors.As(err, &fault) || fault.Group != n+1 {
			t.Fatalf("group %d: %v", n+1, err)
		}
	})
	// Two groups in each other's place: the check digits notice it, or for those ten apart the other paper does.
	groups := strings.Fields(s.Printed())
	for i := range groups {
		for j := range i {
			swapped := append([]string{}, groups...)
			swapped[i], swapped[j] = swapped[j], swapped[i]
			if groups[i] == groups[j] {
				continue
			}
			other, err := ParseShare(strings.Join(swapped, " "))
			if err == nil && i-j == 10 {
				_, err = Combine(Signing, other, shares[1])
			}
			if err == nil {
				t.Errorf("groups %d and %d in each other's place", i+1, j+1)
			}
		}
	}
	tag := strings.Repeat("0", tagDigits)
	for name, payload := range map[string]string{
		"no such key":      "3" + "1" + tag + strings.Repeat("0", valueDigits),
		"no such number":   "1" + "4" + tag + strings.Repeat("0", valueDigits),
		"number 0":         "1" + "0" + tag + strings.Repeat("0", valueDigits),
		"more than 2^256":  "1" + "1" + tag + "2" + strings.Repeat("0", valueDigits-1),
		"all of the digit": strings.Repeat("9", shareDigits),
	} {
		if _, err := ParseShare(group(payload)); !errors.Is(err, ErrNotShare) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, typed := range map[string]string{"a code": NewCode().Printed(), "a worker's paper": NewPaperKey().Printed(), "nothing": ""} {
		var fault *CodeError
		if _, err := ParseShare(typed); !errors.As(err, &fault) || !fault.Short {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestShare_isInNoLog(t *testing.T) {
	s := Split(Recovery, [32]byte(random(32)))[1]
	if said := fmt.Sprintf("%v %+v %s %#v", s, s, s, []Share{s}); strings.ContainsAny(strings.ReplaceAll(said, "paper 2", ""), "0123456789") {
		t.Error(said)
	}
}

func TestIdentityFromSeed_isTheSameForTheSameSeed(t *testing.T) {
	seed := [32]byte(random(32))
	id, again, other := must(IdentityFromSeed(seed))(t), must(IdentityFromSeed(seed))(t), must(IdentityFromSeed([32]byte{}))(t)
	if id.Reader().Fingerprint() != again.Reader().Fingerprint() || id.Reader().Fingerprint() == other.Reader().Fingerprint() {
		t.Error("the fingerprints")
	}
	at := Place{"request", 0, "recovery"}
	key := NewDataKey()
	if got, err := again.Open(at, must(Grant(id.Reader(), at, key))(t)); err != nil || got != key {
		t.Error(err)
	}
}

func FuzzParseShare(f *testing.F) {
	shares := Split(Signing, [32]byte{1, 2, 3})
	for _, s := range []string{"", shares[0].Printed(), shares[2].Printed() + "0", strings.ReplaceAll(shares[1].Printed(), "0", "O"), "\x00\xff", strings.Repeat("9", 200)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, typed string) {
		s, err := ParseShare(typed)
		if err != nil {
			if s != (Share{}) {
				t.Error("half a share beside an error")
			}
			return
		}
		if back, err := ParseShare(s.Printed()); err != nil || back != s {
			t.Errorf("printed, it is another: %v", err)
		}
		if _, err := Combine(s.Which, s, s); !errors.Is(err, ErrSameShare) {
			t.Error(err)
		}
	})
}
