package app

import (
	"os"
	"testing"

	"kvart/internal/platform/i18n"
	"kvart/locales"
)

func TestTexts_allThereAndAllUsed(t *testing.T) {
	b, err := i18n.Load(locales.FS)
	if err != nil {
		t.Fatal(err)
	}
	uses, missing, err := i18n.FindUses(os.DirFS("../.."), b)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range missing {
		t.Errorf("no such text: %s", m)
	}
	for _, k := range b.Unused(uses) {
		t.Errorf("nobody uses %s", k)
	}
}
