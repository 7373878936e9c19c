package lemma

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestPack_whatIsWrittenIsFoundAndNothingElse(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		word := rapid.StringMatching(`[a-c]{1,6}`)
		keys := rapid.MapOfN(word, rapid.SliceOfNDistinct(word, 1, 3, rapid.ID), 0, 300).Draw(t, "keys")
		var b bytes.Buffer
		if err := Pack(&b, keys); err != nil {
			t.Fatal(err)
		}
		table, err := read(b.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		for form, want := range keys {
			if got := table.find(form); !slices.Equal(got, want) {
				t.Fatalf("%s: %v, want %v", form, got, want)
			}
		}
		if other := word.Draw(t, "other"); keys[other] == nil && table.find(other) != nil {
			t.Fatalf("%s is found", other)
		}
	})
}

func TestRead_aTableCutShortIsAnErrorAndNoPanic(t *testing.T) {
	var b bytes.Buffer
	if err := Pack(&b, map[string][]string{"psa": {"pas"}, "psi": {"pas"}, "rada": {"rad", "radi"}}); err != nil {
		t.Fatal(err)
	}
	for n := range b.Len() {
		if _, err := read(b.Bytes()[:n]); err == nil {
			t.Errorf("%d of %d bytes are a table", n, b.Len())
		}
	}
}

func TestCroatian_formsOfOneWordHaveAKeyInCommon(t *testing.T) {
	for _, forms := range []string{"psa psu psima", "deteta detetom", "pisem pisati pisu"} {
		list := strings.Fields(forms)
		first := Croatian(list[0])
		for _, f := range list[1:] {
			if keys := Croatian(f); keys != nil && !slices.ContainsFunc(keys, func(k string) bool { return slices.Contains(first, k) }) {
				t.Errorf("%s has %v, %s has %v", f, keys, list[0], first)
			}
		}
	}
	for _, f := range []string{"", "zzzzz", "a", "\x00", "č"} {
		if keys := Croatian(f); keys != nil {
			t.Errorf("%q has %v", f, keys)
		}
	}
}
