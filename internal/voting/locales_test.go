package voting_test

import (
	"os"
	"strings"
	"testing"

	"kvart/internal/platform/i18n"
	"kvart/locales"
)

func TestLocales_everyKeyIsThereAndUsed(t *testing.T) {
	b, err := i18n.Load(locales.FS)
	if err != nil {
		t.Fatal(err)
	}
	uses, missing, err := i18n.FindUses(os.DirFS("."), b)
	if err != nil || len(missing) > 0 {
		t.Error(missing, err)
	}
	for _, k := range b.Keys() {
		if strings.HasPrefix(k, "voting.") && len(uses[k]) == 0 && !strings.HasPrefix(k, "voting.menu.") {
			t.Errorf("%s is used nowhere", k)
		}
	}
}
