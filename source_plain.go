//go:build !packed

package kvart

import (
	"embed"
	"io/fs"
)

//go:embed *.go go.mod go.sum Makefile LICENSE README.md CONTRIBUTING.md THIRD_PARTY.md all:assets bench cmd docs/*.md docs/examples packaging e2e/*.mjs e2e/*.json all:internal locales migrations scripts
var files embed.FS

func source() fs.FS { return files }
