package assets

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path"
	"regexp"
	"strings"
	"testing"
)

func TestPath_opensUnderItsHashAndNoOther(t *testing.T) {
	for _, name := range []string{"kvart.css", "htmx.js", "lock.js", "icons.svg", "favicon.svg", "atkinson-next-latin.woff2", "htmx.txt"} {
		p := Path(name)
		f, err := Open(strings.TrimPrefix(p, "/assets/"))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if f.Type == "" || len(f.Body) == 0 || path.Ext(f.Name) != path.Ext(name) {
			t.Errorf("%s: %q, %d bytes", f.Name, f.Type, len(f.Body))
		}
	}
	for _, name := range []string{"", "kvart.css", "kvart.00000000.css", "../embed.go", "css/base.css"} {
		if _, err := Open(name); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("Open(%q) = %v, want not exist", name, err)
		}
	}
}

func TestPath_refusesAMisspeltName(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("no panic")
		}
	}()
	Path("kvrat.css")
}

func TestStyle_staysSmallAndAsksNobodyElse(t *testing.T) {
	css := style()
	var z bytes.Buffer
	w := gzip.NewWriter(&z)
	if _, err := w.Write(css); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if z.Len() > 14<<10 {
		t.Errorf("kvart.css is %d bytes compressed, the budget is 14 KB", z.Len())
	}
	if m := regexp.MustCompile(`https?://|@import|url\([^"]|url\("(?:[^/]|//)`).Find(css); m != nil {
		t.Errorf("kvart.css reaches outside /assets/: %s", m)
	}
	if bytes.Count(css, []byte("{")) != bytes.Count(css, []byte("}")) {
		t.Error("braces do not pair")
	}
	for _, want := range []string{`[data-row="0"]{grid-row-start:2}`, `[data-row="96"]`, `[data-span="96"]`, `[data-cols="12"]`} {
		if !bytes.Contains(css, []byte(want)) {
			t.Errorf("kvart.css has no %s", want)
		}
	}
}

func TestScripts_areSmallAndKeepToThePolicy(t *testing.T) {
	names, _ := fs.Glob(FS, "js/*.js")
	total := 0
	for _, name := range names {
		b := read(name)
		if most, own := map[string]int{"js/grid.js": 6 << 10, "js/leave.js": 2 << 10, "js/ballot.js": 5 << 9, "js/similar.js": 1 << 10}[name]; own { // on few pages only, with a budget of their own
			if n := len(squeeze(b)); n > most {
				t.Errorf("%s is %d bytes", name, n)
			}
		} else {
			total += len(squeeze(b))
		}
		if m := regexp.MustCompile(`eval\(|Function\(|innerHTML|\.style\b|setAttribute\("(style|on)|https?:`).Find(b); m != nil {
			t.Errorf("%s uses %s", name, m)
		}
	}
	if total > 6<<10 {
		t.Errorf("own scripts are %d bytes", total)
	}
	if m := regexp.MustCompile(`style=|<script|<style|\son\w+=`).Find(read("icons.svg")); m != nil {
		t.Errorf("icons.svg holds %s", m)
	}
}

// The pinned file changes only together with its version and licence in THIRD_PARTY.md.
func TestHtmx_isThePinnedRelease(t *testing.T) {
	const want = "a0abb04f2f45a1f89d1d4844023245537e5e6014c87b144553e0607b4cc32130"
	sum := sha256.Sum256(read("vendor/htmx.js"))
	if got := hex.EncodeToString(sum[:]); got != want {
		t.Errorf("vendor/htmx.js is %s", got)
	}
}

func TestLicences_areListed(t *testing.T) {
	list, err := os.ReadFile("../THIRD_PARTY.md")
	if err != nil {
		t.Fatal(err)
	}
	names, _ := fs.Glob(FS, "licences/*.txt")
	if len(names) == 0 {
		t.Fatal("no licences")
	}
	for _, name := range names {
		if !bytes.Contains(list, []byte("assets/"+name)) {
			t.Errorf("THIRD_PARTY.md does not list assets/%s", name)
		}
	}
}
