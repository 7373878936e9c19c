package app

import (
	"io/fs"
	"regexp"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"kvart/locales"
)

// thou are words that tell a person one says *ti* to what to do, as buttons and links begin with them. A form that is
// also something else ("traži se", "uredi") is here because a text that does not end as a sentence uses it to tell;
// that a proposal seeks a partner ("traži partnera") is said of the proposal.
var thou = strings.Fields(`arhiviraj čekaj dodaj dopuni ispiši isključi ispravi izađi izbriši izaberi izračunaj javi
	kopiraj makni nađi napiši napravi nastavi nazovi obnovi objavi obriši odaberi odbij odgovori odobri oduzmi odustani
	označi ostavi otkaži otključaj otvori pitaj pogledaj pokaži pokušaj pomakni ponovi ponudi pošalji potraži potvrdi
	povuci pozovi predaj prebaci premjesti prenesi preskoči preuzmi prihvati prijavi prijeđi prikaži pripremi pritisni
	promijeni provjeri računaj rezerviraj sačuvaj sakrij spremi stavi traži učitaj uđi ukini ukloni uključi upiši uredi
	uvezi uzmi vrati zabilježi zaključaj zamijeni zatraži zatvori zaustavi`)

// quoted finds the name of a button inside a longer Croatian text.
var quoted = regexp.MustCompile(`„([^”]*)”`)

// tellsThou says whether a Croatian text that reads like a button, or the name of one that it quotes, says *ti*. Pages
// say *vi* to everybody ("Spremite"), and a person says "ja" of oneself ("Dolazim").
func tellsThou(text string) bool {
	for _, q := range quoted.FindAllStringSubmatch(text, -1) {
		if tellsThou(q[1]) {
			return true
		}
	}
	words := strings.Fields(strings.ToLower(text))
	for len(words) > 0 && strings.Trim(words[0], ",.:;–-…„”() ") == "" {
		words = words[1:]
	}
	if len(words) == 0 || len(words) > 1 && (words[1] == "se" || words[1] == "partnera") || strings.HasSuffix(text, ".") && !strings.HasSuffix(text, "…") {
		return false
	}
	first := strings.Trim(words[0], ",.:;–-…„”()")
	for _, w := range thou {
		if first == w {
			return true
		}
	}
	return false
}

func TestTexts_croatianButtonsSayVi(t *testing.T) {
	for _, s := range []string{"Spremi", "Otkaži {n} termina", ", promijeni: {who}", "Predaj:", "Pritisnite „Pošalji upit” i pričekajte.", "Uredi…"} {
		if !tellsThou(s) {
			t.Errorf("%q says ti and passes", s)
		}
	}
	for _, s := range []string{"Spremite", "Otkažite termin", "Dolazim", "Ne, natrag", "Traži se suglasnost roditelja", "traži partnera", "Javi li se netko, zapisuje se.", "Promijenjeno", "Pomaknuto", "„zauzeto”", ""} {
		if tellsThou(s) {
			t.Errorf("%q does not say ti", s)
		}
	}
	files, err := fs.Glob(locales.FS, "hr/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, name := range files {
		data, err := fs.ReadFile(locales.FS, name)
		if err != nil {
			t.Fatal(err)
		}
		var texts map[string]any
		if err := yaml.Unmarshal(data, &texts); err != nil {
			t.Fatal(name, err)
		}
		for key, v := range texts {
			forms := map[string]any{"": v}
			if plural, ok := v.(map[string]any); ok {
				forms = plural
			}
			for form, text := range forms {
				if s, ok := text.(string); ok && tellsThou(s) {
					t.Errorf("%s: %s %s says ti: %s", name, key, form, s)
				}
			}
		}
	}
}
