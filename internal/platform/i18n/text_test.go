package i18n_test

import (
	"encoding/json"
	"maps"
	"testing"
	"unicode/utf8"

	"kvart/internal/platform/i18n"
)

func TestText_fallbackOrder(t *testing.T) {
	all := i18n.Text{i18n.HR: "ples", i18n.EN: "dance", i18n.NB: "dans"}
	for _, c := range []struct {
		text i18n.Text
		ask  i18n.Lang
		want string
		in   i18n.Lang
	}{
		{all, i18n.NB, "dans", i18n.NB},
		{i18n.Text{i18n.HR: "ples", i18n.EN: "dance"}, i18n.NB, "ples", i18n.HR},
		{i18n.Text{i18n.EN: "dance", i18n.NB: "dans"}, i18n.HR, "dance", i18n.EN},
		{i18n.Text{i18n.HR: "", i18n.NB: "dans"}, i18n.HR, "dans", i18n.NB},
		{nil, i18n.EN, "", i18n.EN},
	} {
		if s, in := c.text.In(c.ask); s != c.want || in != c.in {
			t.Errorf("%v in %s: %q in %s, want %q in %s", c.text, c.ask, s, in, c.want, c.in)
		}
	}
	if got := load(t).For(i18n.EN).Pick(all); got != "dance" {
		t.Error(got)
	}
	if !(i18n.Text{i18n.EN: ""}).Empty() || all.Empty() {
		t.Error("only a text without a letter in any language is empty")
	}
}

func TestText_comesBackFromTheDatabaseAsItWent(t *testing.T) {
	for _, want := range []i18n.Text{{i18n.HR: "Čaj i “šah” <3", i18n.NB: "te"}, nil} {
		v, err := want.Value()
		if err != nil {
			t.Fatal(err)
		}
		for _, stored := range []any{v, []byte(v.(string))} {
			var got i18n.Text
			if err := got.Scan(stored); err != nil {
				t.Fatal(err)
			}
			if len(got) != len(want) || got[i18n.HR] != want[i18n.HR] || got[i18n.NB] != want[i18n.NB] {
				t.Errorf("%v, want %v", got, want)
			}
		}
	}
	got := i18n.Text{i18n.HR: "staro"}
	if err := got.Scan(nil); err != nil || !got.Empty() {
		t.Error("NULL leaves the old text", got, err)
	}
	for _, bad := range []any{7, "no json", `["hr"]`} {
		if err := got.Scan(bad); err == nil {
			t.Errorf("%v is taken for a text", bad)
		}
	}
}

// FuzzText holds the quick way of reading a text against encoding/json.
func FuzzText(f *testing.F) {
	for _, s := range []string{`{"hr":"Kava","en":"Coffee"}`, `{"hr":"\u003cb\u003e"}`, `{"hr":"a","hr":"b"}`, `{"hr":"a",}`, `{"hr":"a"}x`, `{"hr" : "a"}`, `{"":""}`, "{\"hr\":\"a\nb\"}", `{"a\"b":"c"}`, `{`, `{}`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if !utf8.ValidString(s) || s == "" {
			return
		}
		var got, want i18n.Text
		err := json.Unmarshal([]byte(s), &want)
		if scanned := got.Scan(s); (scanned == nil) != (err == nil) {
			t.Fatalf("%q: %v, encoding/json says %v", s, scanned, err)
		}
		if err == nil && !maps.Equal(got, want) {
			t.Fatalf("%q: %q, encoding/json says %q", s, got, want)
		}
	})
}
