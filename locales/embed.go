// Package locales holds all texts that a person reads, one folder a language and one file a feature.
package locales

import "embed"

// FS is read by i18n.Load.
//
//go:embed hr en nb
var FS embed.FS
