package app

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"kvart/internal/platform/dbtest"
)

// TestAPI_itsTableIsTrueAndComplete: docs/api.md names every operation of the document once, and no other.
func TestAPI_itsTableIsTrueAndComplete(t *testing.T) {
	h := open(t, dbtest.SQLite(t))
	text, err := os.ReadFile("../../docs/api.md")
	if err != nil {
		t.Fatal(err)
	}
	said := map[string]int{}
	for _, m := range regexp.MustCompile("(?m)^\\| `([A-Z]+ /[^`]*)` \\|").FindAllStringSubmatch(string(text), -1) {
		said[m[1]]++
	}
	for path, methods := range h.contract(t).doc["paths"].(map[string]any) {
		for method := range methods.(map[string]any) {
			name := strings.ToUpper(method) + " " + strings.TrimPrefix(path, "/api/v1")
			if said[name] != 1 {
				t.Errorf("%s is %d times in docs/api.md", name, said[name])
			}
			delete(said, name)
		}
	}
	for name := range said {
		t.Errorf("%s is in docs/api.md and not there", name)
	}
}
