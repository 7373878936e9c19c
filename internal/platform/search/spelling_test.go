package search

import (
	"slices"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestDistance_countsSlips(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{
		{"pomoc", "pomoc", 0}, {"pomoc", "pomc", 1}, {"pomoc", "poomoc", 1}, {"pomoc", "pomod", 1}, {"pomoc", "pmooc", 1},
		{"vrtic", "rtiv", 2}, {"", "ab", 2}, {"skola", "kolas", 2}, {"помощь", "помщь", 1},
	} {
		if got := distance(c.a, c.b); got != c.want || distance(c.b, c.a) != got {
			t.Errorf("%s and %s: %d, want %d", c.a, c.b, got, c.want)
		}
	}
}

// Whatever slips are made in a word, it is found by one of the keys of what was typed.
func TestSlipsOf_meetForEverySlipAllowed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		word := rapid.StringMatching(`[a-ež]{3,14}`).Draw(t, "word")
		typed := []rune(word)
		for range rapid.IntRange(1, 2).Draw(t, "slips") {
			at := rapid.IntRange(0, len(typed)-1).Draw(t, "at")
			letter := rapid.SampledFrom([]rune("abcdefž")).Draw(t, "letter")
			switch rapid.SampledFrom([]string{"left out", "too many", "wrong", "swapped"}).Draw(t, "slip") {
			case "left out":
				typed = slices.Delete(typed, at, at+1)
			case "too many":
				typed = slices.Insert(typed, at, letter)
			case "wrong":
				typed[at] = letter
			case "swapped":
				if at > 0 {
					typed[at-1], typed[at] = typed[at], typed[at-1]
				}
			}
			if len(typed) == 0 {
				return
			}
		}
		most := slipsAllowed(string(typed))
		if most == 0 || distance(word, string(typed)) > most {
			return
		}
		known := slipsOf(word, slipsKept(word))
		for _, s := range slipsOf(string(typed), most) {
			if slices.Contains(known, s) {
				return
			}
		}
		t.Fatalf("%q is not found by %q", word, string(typed))
	})
}

func TestSlipsOf_areFew(t *testing.T) {
	for word, want := range map[string]int{"abc": 4, "abcdefghijkl": 29, "aaaaaaaa": 3} {
		if got := slipsOf(word, slipsKept(word)); len(got) != want {
			t.Errorf("%s: %d", word, len(got))
		}
	}
	if n := utf8.RuneCountInString(slipsOf("žžžžžžžžž", 0)[0]); n != firstLetters {
		t.Errorf("%d letters", n)
	}
}
