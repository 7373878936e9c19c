package i18n_test

import (
	"slices"
	"strings"
	"testing"

	"kvart/internal/platform/i18n"
	"kvart/locales"
)

func TestNames_inTheOrderOfTheReadersLanguage(t *testing.T) {
	b, err := i18n.Load(locales.FS)
	if err != nil {
		t.Fatal(err)
	}
	for lang, want := range map[i18n.Lang]string{
		i18n.HR: "Ana Cvita Čedo Ćiro Dora Džana Đuro Lana Ljerka Sanja Šime Zora Željka",
		i18n.EN: "Adam Åse Čedo Zoe",
		i18n.NB: "Adam Zoe Ærlig Øyvind Åse",
	} {
		names := strings.Fields(want)
		slices.Reverse(names)
		slices.SortStableFunc(names, b.For(lang).Names())
		if got := strings.Join(names, " "); got != want {
			t.Errorf("%s: %s, want %s", lang, got, want)
		}
	}
}

func TestFold_asSomebodyInAHurryTypes(t *testing.T) {
	for name, want := range map[string]string{
		"Đurđica": "durdica", "Djurdjica": "durdica", "ĐJ djj": "d d", "Bjørnæs Å": "bjornaes a", "ŠĐČĆŽ": "sdccz", "d\u0301j": "d",
	} {
		if got := i18n.Fold(name); got != want || i18n.Fold(got) != got {
			t.Errorf("%q folds to %q, want %q", name, got, want)
		}
	}
}
