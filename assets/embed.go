// Package assets holds what a page loads besides its HTML: style, type, icons and small scripts, all from this
// program. It serves nothing itself; the web platform answers /assets/ with Open.
package assets

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"strings"
)

// FS is the files as they lie in the repository, under their own names.
//
//go:embed css/*.css js/*.js fonts/*.woff2 vendor/*.js icons.svg favicon.svg rooftops.svg licences/*.txt
var FS embed.FS

// layers is the order in which the style sheets are joined into kvart.css; their cascade layers follow it.
var layers = []string{"tokens", "base", "layout", "parts", "desk", "day", "find", "print"}

// File is one asset as it is sent. Its content never changes under its hashed name, so it may be cached for ever.
type File struct {
	Name string // with hash: kvart.1a2b3c4d.css
	Type string // media type for Content-Type
	Body []byte // shared: do not change
}

var (
	paths  = map[string]string{} // kvart.css → /assets/kvart.1a2b3c4d.css
	hashed = map[string]File{}   // kvart.1a2b3c4d.css → the file
	types  = map[string]string{
		".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8",
		".svg": "image/svg+xml", ".woff2": "font/woff2", ".txt": "text/plain; charset=utf-8",
	}
	urlInCSS = regexp.MustCompile(`url\("([^"]+)"\)`)
)

func init() {
	for _, glob := range []string{"*.svg", "fonts/*", "vendor/*", "js/*", "licences/*"} {
		names, err := fs.Glob(FS, glob)
		if err != nil {
			panic(err)
		}
		for _, name := range names {
			body := read(name)
			if path.Dir(name) == "js" {
				body = squeeze(body)
			}
			add(path.Base(name), body)
		}
	}
	add("kvart.css", style())
}

// Path is the address of an asset by its plain name: Path("kvart.css") is /assets/kvart.1a2b3c4d.css.
// It panics on a name that does not exist: a page that asks for it can never have worked.
func Path(name string) string {
	p, ok := paths[name]
	if !ok {
		panic("assets: there is no " + name)
	}
	return p
}

// Icon is the address of one icon for <use href>.
func Icon(name string) string { return Path("icons.svg") + "#" + name }

// Open returns the asset under its hashed name, without the /assets/ before it.
// It returns fs.ErrNotExist for any other name, an outdated hash included.
func Open(hashedName string) (File, error) {
	f, ok := hashed[hashedName]
	if !ok {
		return File{}, fmt.Errorf("asset %q: %w", hashedName, fs.ErrNotExist)
	}
	return f, nil
}

func read(name string) []byte {
	b, err := FS.ReadFile(name)
	if err != nil {
		panic(err)
	}
	return b
}

func add(name string, body []byte) {
	sum := sha256.Sum256(body)
	ext := path.Ext(name)
	if types[ext] == "" {
		panic("assets: no media type for " + name)
	}
	h := strings.TrimSuffix(name, ext) + "." + hex.EncodeToString(sum[:4]) + ext
	if _, twice := paths[name]; twice {
		panic("assets: two files are called " + name)
	}
	paths[name] = "/assets/" + h
	hashed[h] = File{Name: h, Type: types[ext], Body: body}
}

// wasted is what readers of the source need and browsers do not: indentation and whole-line comments.
var wasted = regexp.MustCompile(`(?m)^[ \t]*(?://.*)?\n|^[ \t]+`)

func squeeze(source []byte) []byte { return wasted.ReplaceAll(source, nil) }

// style joins the layers and points every url("name") at the hashed file. Everything it names must be added before.
func style() []byte {
	var b bytes.Buffer
	for _, l := range layers {
		b.Write(read("css/" + l + ".css"))
	}
	grid(&b)
	return urlInCSS.ReplaceAllFunc(squeeze(b.Bytes()), func(m []byte) []byte {
		return []byte(`url("` + Path(string(urlInCSS.FindSubmatch(m)[1])) + `")`)
	})
}

// Quarters is how many rows of a quarter of an hour a room grid may have (a whole day); Columns how many rooms.
const (
	Quarters = 96
	Columns  = 12
)

// grid writes the placing rules of the room grid. The content security policy forbids style attributes, and CSS
// cannot yet read a number from an attribute, so every row, span and column gets its rule. Row 0 is the first
// quarter of an hour shown; it lies under the row of room names.
func grid(b *bytes.Buffer) {
	b.WriteString("@layer desk{@media print,(min-width:43.75em){")
	for n := 4; n <= Quarters; n += 4 {
		fmt.Fprintf(b, ".grid[data-rows=\"%d\"]{grid-template-rows:auto repeat(%d,minmax(.92rem,auto))}", n, n)
	}
	for n := 1; n <= Columns; n++ {
		fmt.Fprintf(b, ".grid[data-cols=\"%d\"]{grid-template-columns:4rem repeat(%d,minmax(6.5rem,1fr))}", n, n)
	}
	for n := 0; n <= Quarters; n++ {
		fmt.Fprintf(b, ".grid>[data-row=\"%d\"]{grid-row-start:%d}", n, n+2)
	}
	for n := 1; n <= Quarters; n++ {
		fmt.Fprintf(b, ".grid>[data-span=\"%d\"]{grid-row-end:span %d}", n, n)
	}
	for n := 0; n <= Columns; n++ {
		fmt.Fprintf(b, ".grid>[data-col=\"%d\"]{grid-column:%d}", n, n+1)
	}
	b.WriteString("}}\n")
}
