//go:build packed

package kvart

import (
	"archive/zip"
	_ "embed"
	"io/fs"
	"strings"
	"sync"
)

// What source_plain.go embeds, as scripts/packsource packs it before make builds: a quarter of the size.
//
//go:embed source.zip
var packed string

var source = sync.OnceValue(func() fs.FS {
	z, err := zip.NewReader(strings.NewReader(packed), int64(len(packed)))
	if err != nil {
		panic(err) // the build packed it
	}
	return z
})
