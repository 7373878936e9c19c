package app

import (
	"kvart"
	"kvart/internal/platform/i18n"
)

// TextPlaces are the files of the program's own source in which each text is used.
func TextPlaces(b *i18n.Bundle) (i18n.Uses, error) {
	uses, _, err := i18n.FindUses(kvart.Source(), b)
	return uses, err
}
