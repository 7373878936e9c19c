package vault

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func must[T any](v T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func TestWrap_opensWithItsKeyAtItsPlaceOnly(t *testing.T) {
	id := must(NewIdentity())(t)
	key, other := random(32), random(32)
	wrapped := must(id.Wrap(key, "account-1", "passphrase"))(t)
	back := must(Unwrap(key, wrapped, "account-1", "passphrase"))(t)
	if !bytes.Equal(back.Reader().Bytes(), id.Reader().Bytes()) {
		t.Error("another identity came back")
	}
	for name, try := range map[string]func() (Identity, error){
		"another key":   func() (Identity, error) { return Unwrap(other, wrapped, "account-1", "passphrase") },
		"another owner": func() (Identity, error) { return Unwrap(key, wrapped, "account-2", "passphrase") },
		"another kind":  func() (Identity, error) { return Unwrap(key, wrapped, "account-1", "paper") },
		"parts joined":  func() (Identity, error) { return Unwrap(key, wrapped, "account-1passphrase") },
		"cut":           func() (Identity, error) { return Unwrap(key, wrapped[:len(wrapped)-1], "account-1", "passphrase") },
		"empty":         func() (Identity, error) { return Unwrap(key, nil, "account-1", "passphrase") },
	} {
		if _, err := try(); !errors.Is(err, ErrSealed) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestGrant_opensForItsReaderAtItsPlaceOnly(t *testing.T) {
	reader, other := must(NewIdentity())(t), must(NewIdentity())(t)
	at := Place{"request-1", 2, "reader-1"}
	key := NewDataKey()
	grant := must(Grant(reader.Reader(), at, key))(t)
	if got := must(reader.Open(at, grant))(t); got != key {
		t.Error("another key came back")
	}
	if _, err := other.Open(at, grant); !errors.Is(err, ErrSealed) {
		t.Errorf("somebody else: %v", err)
	}
	if _, err := (Identity{}).Open(at, grant); !errors.Is(err, ErrSealed) {
		t.Errorf("nobody: %v", err)
	}
	for _, elsewhere := range []Place{{"request-2", 2, "reader-1"}, {"request-1", 1, "reader-1"}, {"request-1", 2, "reader-2"}} {
		if _, err := reader.Open(elsewhere, grant); !errors.Is(err, ErrSealed) {
			t.Errorf("replayed at %+v: %v", elsewhere, err)
		}
	}
	for i := range grant {
		bad := bytes.Clone(grant)
		bad[i] ^= 1
		if _, err := reader.Open(at, bad); !errors.Is(err, ErrSealed) {
			t.Fatalf("byte %d flipped: %v", i, err)
		}
	}
	if _, err := Grant(Reader{}, at, key); err == nil {
		t.Error("sealed to nobody")
	}
}

func TestItem_comesBackAndNothingElseDoes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		key, erasure := NewDataKey(), NewErasureKey()
		at := Address{rapid.String().Draw(t, "request"), rapid.String().Draw(t, "item"), rapid.IntRange(0, 9).Draw(t, "epoch"), rapid.String().Draw(t, "kind")}
		plain := rapid.SliceOfN(rapid.Byte(), 0, 2000).Draw(t, "plain")
		sealed, err := key.Seal(erasure, at, plain)
		if err != nil {
			t.Fatal(err)
		}
		back, err := key.Unseal(erasure, at, sealed)
		if err != nil || !bytes.Equal(back, plain) {
			t.Fatalf("came back as %d bytes: %v", len(back), err)
		}
		if len(sealed) != Class(len(plain))+1+12+16 {
			t.Fatalf("%d bytes show as %d", len(plain), len(sealed))
		}
		if bytes.Contains(sealed, plain) && len(plain) > 8 {
			t.Fatal("it is readable")
		}
		refused := func(what string, _ []byte, err error) {
			if !errors.Is(err, ErrSealed) {
				t.Fatalf("%s: %v", what, err)
			}
		}
		b, err := key.Unseal(NewErasureKey(), at, sealed)
		refused("erased", b, err)
		b, err = NewDataKey().Unseal(erasure, at, sealed)
		refused("another epoch's key", b, err)
		elsewhere := at
		switch rapid.IntRange(0, 3).Draw(t, "which") {
		case 0:
			elsewhere.Request += "x"
		case 1:
			elsewhere.Item += "x"
		case 2:
			elsewhere.Epoch++
		case 3:
			elsewhere.Kind += "x"
		}
		b, err = key.Unseal(erasure, elsewhere, sealed)
		refused("elsewhere", b, err)
		bad := bytes.Clone(sealed)
		bad[rapid.IntRange(0, len(bad)-1).Draw(t, "byte")] ^= 1 << rapid.IntRange(0, 7).Draw(t, "bit")
		b, err = key.Unseal(erasure, at, bad)
		refused("a bit flipped", b, err)
	})
	if _, err := NewDataKey().Seal(NewErasureKey(), Address{}, make([]byte, MaxItem+1)); !errors.Is(err, ErrTooLarge) {
		t.Errorf("too large: %v", err)
	}
}

func TestItem_sizesShowAsClassesOnly(t *testing.T) {
	for n, want := range map[int]int{0: 256, 1: 256, 252: 256, 253: 512, 508: 512, 509: 1024, 5000: 8192, MaxItem: 32 << 20} {
		if got := Class(n); got != want {
			t.Errorf("%d bytes: %d, want %d", n, got, want)
		}
	}
}

func TestVouch_noticesEveryChangeOfWhoReads(t *testing.T) {
	before, key := NewDataKey(), NewDataKey()
	a, b, c := Member{"a", random(1216)}, Member{"b", random(1216)}, Member{"c", random(1216)}
	tag := must(before.Vouch("request", 3, []Member{a, b}, key))(t)
	if !before.Vouched("request", 3, []Member{b, a}, key, tag) {
		t.Error("the order matters")
	}
	exchanged := Member{"b", bytes.Clone(b.Key)}
	exchanged.Key[7] ^= 1
	for name, held := range map[string]bool{
		"one more":         before.Vouched("request", 3, []Member{a, b, c}, key, tag),
		"one less":         before.Vouched("request", 3, []Member{a}, key, tag),
		"a key exchanged":  before.Vouched("request", 3, []Member{a, exchanged}, key, tag),
		"keys swapped":     before.Vouched("request", 3, []Member{{"a", b.Key}, {"b", a.Key}}, key, tag),
		"another request":  before.Vouched("request2", 3, []Member{a, b}, key, tag),
		"another epoch":    before.Vouched("request", 4, []Member{a, b}, key, tag),
		"another key":      before.Vouched("request", 3, []Member{a, b}, NewDataKey(), tag),
		"another before":   NewDataKey().Vouched("request", 3, []Member{a, b}, key, tag),
		"no tag":           before.Vouched("request", 3, []Member{a, b}, key, nil),
		"a part of it":     before.Vouched("request", 3, []Member{a, b}, key, tag[:16]),
		"one named twice":  before.Vouched("request", 3, []Member{a, b, b}, key, tag),
		"ids run together": before.Vouched("request", 3, []Member{{"a" + string(a.Key) + "b", b.Key}}, key, tag),
	} {
		if held {
			t.Errorf("%s: it is believed", name)
		}
	}
}

func TestCode_isReadAsPeopleTypeIt(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		code := NewCode()
		printed := code.Printed()
		if len(printed) != 7*6+6 {
			t.Fatalf("%q", printed)
		}
		typed := printed
		switch rapid.IntRange(0, 5).Draw(t, "how") {
		case 1:
			typed = strings.ReplaceAll(typed, " ", "")
		case 2:
			typed = " " + strings.ReplaceAll(typed, " ", " - ") + ".\n"
		case 3:
			typed = strings.NewReplacer("0", "O", "1", "l").Replace(typed)
		case 4:
			typed = strings.Map(func(r rune) rune {
				if r >= '0' && r <= '9' {
					return '٠' + r - '0'
				}
				return r
			}, typed)
		case 5:
			typed = "\u200e" + strings.Map(func(r rune) rune {
				if r >= '0' && r <= '9' {
					return '𝟘' + r - '0' // the third ten of a table of fifty
				}
				return r
			}, typed)
		}
		back, err := ParseCode(typed)
		if err != nil || back != code {
			t.Fatalf("%q: %v", typed, err)
		}
	})
}

func TestCode_namesTheGroupThatIsWrong(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		code := NewCode()
		groups := strings.Fields(code.Printed())
		n := rapid.IntRange(0, 6).Draw(t, "group")
		g := []byte(groups[n])
		at := rapid.IntRange(0, 5).Draw(t, "digit")
		g[at] = '0' + (g[at]-'0'+byte(rapid.IntRange(1, 9).Draw(t, "by")))%10
		groups[n] = string(g)
		_, err := ParseCode(strings.Join(groups, " "))
		var fault *CodeError
		if !errors.As(err, &fault) || fault.Group != n+1 {
			t.Fatalf("group %d: %v", n+1, err)
		}
		if strings.ContainsAny(strings.ReplaceAll(err.Error(), fmt.Sprint(n+1), ""), "0123456789") {
			t.Fatalf("the error tells of the code: %v", err)
		}
	})
	groups := strings.Fields(NewCode().Printed())
	groups[2], groups[3] = groups[3], groups[2]
	if _, err := ParseCode(strings.Join(groups, " ")); err == nil && groups[2] != groups[3] {
		t.Error("two groups in each other's place")
	}
	for typed, want := range map[string]CodeError{"": {Short: true}, "123": {Short: true}, NewCode().Printed() + "1": {}, "abc": {Group: 1}} {
		var got *CodeError
		if _, err := ParseCode(typed); !errors.As(err, &got) || *got != want {
			t.Errorf("%d characters: %v", len(typed), err)
		}
	}
}

func TestCode_isInNoLog(t *testing.T) {
	code, paper := NewCode(), NewPaperKey()
	said := fmt.Sprintf("%v %+v %s %#v %v %s %#v", code, code, code, code, paper, paper, paper)
	if strings.ContainsAny(said, "0123456789") {
		t.Error(said)
	}
}

func TestSplitCode_givesTheSameReaderEveryTimeAndNoHintOfTheVerifier(t *testing.T) {
	root := random(32)
	verifier, id, err := SplitCode(root)
	if err != nil {
		t.Fatal(err)
	}
	again, same, err := SplitCode(root)
	if err != nil || !bytes.Equal(verifier, again) || !bytes.Equal(id.Reader().Bytes(), same.Reader().Bytes()) {
		t.Errorf("not the same: %v", err)
	}
	other, another, err := SplitCode(random(32))
	if err != nil || bytes.Equal(verifier, other) || bytes.Equal(id.Reader().Bytes(), another.Reader().Bytes()) {
		t.Errorf("the same for another: %v", err)
	}
	code := NewCode()
	if bytes.Equal(code.Input([]byte("pepper")), code.Input([]byte("lost"))) {
		t.Error("the pepper does not count")
	}
}

func TestPaperKey_opensWhatItWrapped(t *testing.T) {
	id := must(NewIdentity())(t)
	paper := NewPaperKey()
	wrapped := must(id.Wrap(must(paper.Key())(t), "account", "paper"))(t)
	typed := must(ParsePaperKey(strings.ToLower(paper.Printed())))(t)
	if _, err := Unwrap(must(typed.Key())(t), wrapped, "account", "paper"); err != nil {
		t.Error(err)
	}
	if _, err := ParsePaperKey(NewCode().Printed()); err == nil {
		t.Error("an access code is no paper key")
	}
}

func TestList_isBelievedOnlyAsSigned(t *testing.T) {
	signer, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	stranger, _, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	key := must(NewIdentity())(t).Reader()
	l := List{"org", 4, "2026-03-01", []Listed{{"r1", "account-1", key.Bytes(), "2027-03-01"}}}
	file := must(l.Sign(private))(t)
	got := must(OpenList(file, signer, "org", 4))(t)
	if r, ok := got.Reader("r1", time.Date(2027, 3, 1, 23, 0, 0, 0, time.UTC)); !ok || r.Fingerprint() != key.Fingerprint() {
		t.Error("the reader of the list")
	}
	if _, ok := got.Reader("r1", time.Date(2027, 3, 2, 0, 0, 0, 0, time.UTC)); ok {
		t.Error("sealed to after its end")
	}
	if _, ok := got.Reader("r2", time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)); ok {
		t.Error("nobody is listed so")
	}
	for name, try := range map[string]struct {
		file   []byte
		signer ed25519.PublicKey
		org    string
		least  int
		want   error
	}{
		"another signer":       {file, stranger, "org", 0, ErrUnsigned},
		"no signer pinned":     {file, nil, "org", 0, ErrUnsigned},
		"another organisation": {file, signer, "other", 0, ErrUnsigned},
		"an older one":         {file, signer, "org", 5, ErrOlder},
		"changed":              {bytes.Replace(file, []byte("account-1"), []byte("account-2"), 1), signer, "org", 0, ErrUnsigned},
		"without signature":    {file[:bytes.LastIndex(file, signedMark)], signer, "org", 0, ErrUnsigned},
		"empty":                {nil, signer, "org", 0, ErrUnsigned},
	} {
		if _, err := OpenList(try.file, try.signer, try.org, try.least); !errors.Is(err, try.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, bad := range map[string]List{
		"no serial":         {"org", 0, "2026-03-01", nil},
		"no day":            {"org", 1, "", nil},
		"a year and a day":  {"org", 1, "2026-03-01", []Listed{{"r1", "a", key.Bytes(), "2027-03-02"}}},
		"named twice":       {"org", 1, "2026-03-01", []Listed{{"r1", "a", key.Bytes(), "2027-03-01"}, {"r1", "b", key.Bytes(), "2027-03-01"}}},
		"no owner":          {"org", 1, "2026-03-01", []Listed{{"r1", "", key.Bytes(), "2027-03-01"}}},
		"a key that is not": {"org", 1, "2026-03-01", []Listed{{"r1", "a", key.Bytes()[1:], "2027-03-01"}}},
	} {
		if _, err := bad.Sign(private); err == nil {
			t.Errorf("%s: signed", name)
		}
	}
}

func FuzzParseCode(f *testing.F) {
	for _, s := range []string{"", NewCode().Printed(), "O12345-l23456", "١٢٣٤٥٦", "𝟘𝟙𝟚", "\x00\xff", strings.Repeat("9", 100)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, typed string) {
		code, err := ParseCode(typed)
		if err != nil {
			if code != (Code{}) {
				t.Error("half a code beside an error")
			}
			return
		}
		if back, err := ParseCode(code.Printed()); err != nil || back != code {
			t.Errorf("printed, it is another: %v", err)
		}
	})
}

func FuzzUnseal(f *testing.F) {
	key, erasure, at := DataKey{1}, ErasureKey{2}, Address{"r", "i", 0, "k"}
	sealed, err := key.Seal(erasure, at, []byte("text"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(sealed)
	f.Add([]byte{})
	f.Add([]byte{version})
	f.Add(sealed[:30])
	f.Fuzz(func(t *testing.T, b []byte) {
		plain, err := key.Unseal(erasure, at, b)
		if err == nil && string(plain) != "text" {
			t.Errorf("%d bytes that nobody sealed open as %q", len(b), plain)
		}
	})
}

func FuzzOpenList(f *testing.F) {
	signer, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		f.Fatal(err)
	}
	file, err := List{"org", 1, "2026-03-01", nil}.Sign(private)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(file)
	f.Add([]byte("{}\nsignature AAAA"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if l, err := OpenList(b, signer, "org", 0); err == nil && l.Serial != 1 {
			t.Errorf("believed: %+v", l)
		}
	})
}

// FuzzOpenList_signed signs what the fuzzer makes, so that what is read after the signature holds is reached.
func FuzzOpenList_signed(f *testing.F) {
	signer, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		f.Fatal(err)
	}
	for _, s := range []string{`{"organisation":"org","serial":1,"signed":"2026-03-01","readers":null}`, `{"organisation":"org","serial":1,"signed":"2026-03-01","readers":[{"id":"a","owner":"b","key":"AAAA","until":"2027-01-01"}]}`,
		`{}`, `[]`, `null`, ``, `{"organisation":"org","serial":-1}`, `{"organisation":"org","serial":1e99}`, "{\"organisation\":\"org\"}\nsignature AAAA"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		file := fmt.Appendf(bytes.Clone(body), "%s%s\n", signedMark, base64.StdEncoding.EncodeToString(ed25519.Sign(private, bind("kvart list", string(body)))))
		l, err := OpenList(file, signer, "org", 0)
		if err == nil && (l.check() != nil || l.Organisation != "org") {
			t.Errorf("believed: %+v", l)
		}
		if err != nil && (l.Organisation != "" || l.Readers != nil) {
			t.Errorf("half a list beside %v", err)
		}
	})
}

func FuzzParsePaperKey(f *testing.F) {
	for _, s := range []string{"", "123456 123456", NewPaperKey().Printed(), NewCode().Printed(), "\u0661\u0662\u0663", "\xff\x00", strings.Repeat("1", 49)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, typed string) {
		k, err := ParsePaperKey(typed)
		if err != nil {
			if k != (PaperKey{}) {
				t.Error("half a key beside an error")
			}
			return
		}
		if back, err := ParsePaperKey(k.Printed()); err != nil || back != k {
			t.Errorf("printed, it is another: %v", err)
		}
	})
}

func FuzzGrant(f *testing.F) {
	var seed [32]byte
	id, err := IdentityFromSeed(seed)
	if err != nil {
		f.Fatal(err)
	}
	key, at := DataKey{1}, Place{"r", 1, "x"}
	grant, err := Grant(id.Reader(), at, key)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(grant)
	f.Add(grant[:len(grant)-1])
	f.Add([]byte{})
	f.Add([]byte{version})
	f.Add(append([]byte{version}, make([]byte, 1120)...))
	f.Fuzz(func(t *testing.T, b []byte) {
		if got, err := id.Open(at, b); err == nil && got != key || err != nil && !errors.Is(err, ErrSealed) {
			t.Errorf("%d bytes that nobody sealed: %v", len(b), err)
		}
		if _, err := ParseReader(b); err == nil && len(b) != 1216 {
			t.Errorf("a key of %d bytes", len(b))
		}
	})
}

func FuzzUnwrap(f *testing.F) {
	var seed [32]byte
	id, err := IdentityFromSeed(seed)
	if err != nil {
		f.Fatal(err)
	}
	key := make([]byte, 32)
	wrapped, err := id.Wrap(key, "visit")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(key, wrapped)
	f.Add(key[:31], wrapped)
	f.Add(key, wrapped[1:])
	f.Add([]byte{}, []byte{})
	f.Fuzz(func(t *testing.T, k, b []byte) {
		got, err := Unwrap(k, b, "visit")
		if err == nil && !bytes.Equal(got.Reader().Bytes(), id.Reader().Bytes()) {
			t.Errorf("%d bytes that nobody wrapped open", len(b))
		}
	})
}

// TestItem_ofEveryLength: each length comes back, and each cut of what is sealed is refused.
func TestItem_ofEveryLength(t *testing.T) {
	key, erasure, at := DataKey{1}, ErasureKey{2}, Address{"r", "i", 1, "entry"}
	for n := range 1100 {
		plain := random(n)
		sealed := must(key.Seal(erasure, at, plain))(t)
		back, err := key.Unseal(erasure, at, sealed)
		if err != nil || !bytes.Equal(back, plain) || len(sealed) != 1+12+Class(n)+16 {
			t.Fatalf("%d bytes: %d sealed, %v", n, len(sealed), err)
		}
		if n%100 == 0 {
			for cut := range sealed {
				if _, err := key.Unseal(erasure, at, sealed[:cut]); !errors.Is(err, ErrSealed) {
					t.Fatalf("%d bytes cut to %d: %v", n, cut, err)
				}
			}
		}
	}
}
