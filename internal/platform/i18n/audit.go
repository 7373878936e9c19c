package i18n

import (
	"fmt"
	"html"
	"io"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"sort"
	"strings"
)

// Uses are the files in which each key is used.
type Uses map[string][]string

var (
	literal = regexp.MustCompile(`"([a-z][a-z0-9_]*(?:\.[a-z0-9_-]+)*\.?)"`)
	called  = regexp.MustCompile(`(?:\.T\(|\.N\(|\.Flash\(|fault\.(?:Invalid|Conflict|NotFound|Forbidden|Unauthenticated|TooMany)\()"([a-z][a-z0-9_]*(?:\.[a-z0-9_-]+)+)"`)
)

// FindUses looks for keys in the Go and templ sources: a literal that is a key, or that ends in a dot and begins keys.
// It also returns the keys that are asked for by name and are not there, as "file: key".
func FindUses(source fs.FS, b *Bundle) (uses Uses, missing []string, err error) {
	uses = Uses{}
	known := map[string]bool{}
	for _, k := range b.keys {
		known[k] = true
	}
	err = fs.WalkDir(source, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if base := path.Base(name); base == "node_modules" || (strings.HasPrefix(base, ".") && base != ".") {
				return fs.SkipDir
			}
			return nil
		}
		if strings.HasSuffix(name, "_templ.go") || strings.HasSuffix(name, "_test.go") || !(strings.HasSuffix(name, ".go") || strings.HasSuffix(name, ".templ")) {
			return nil
		}
		data, err := fs.ReadFile(source, name)
		if err != nil {
			return err
		}
		for _, m := range literal.FindAllSubmatch(data, -1) {
			key := string(m[1])
			if known[key] {
				uses.add(key, name)
			} else if strings.HasSuffix(key, ".") {
				for _, k := range b.keys {
					if strings.HasPrefix(k, key) {
						uses.add(k, name)
					}
				}
			}
		}
		for _, m := range called.FindAllSubmatch(data, -1) {
			if key := string(m[1]); !known[key] {
				missing = append(missing, name+": "+key)
			}
		}
		return nil
	})
	sort.Strings(missing)
	return uses, missing, err
}

func (u Uses) add(key, file string) {
	if !slices.Contains(u[key], file) {
		u[key] = append(u[key], file)
	}
}

// Unused are the keys that no source uses.
func (b *Bundle) Unused(u Uses) []string {
	var list []string
	for _, k := range b.keys {
		if len(u[k]) == 0 {
			list = append(list, k)
		}
	}
	return list
}

// Review writes all texts side by side with their place, as a page for a native reader.
func Review(w io.Writer, b *Bundle, u Uses) error {
	if _, err := io.WriteString(w, "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Kvart: all texts</title><table border=\"1\" cellpadding=\"6\"><tr><th>key</th><th>hr</th><th>en</th><th>nb</th><th>used in</th></tr>\n"); err != nil {
		return err
	}
	for _, key := range b.keys {
		fmt.Fprintf(w, "<tr><td>%s</td>", html.EscapeString(key))
		for _, l := range All {
			t := b.printers[l].texts[key]
			s := t.whole
			if t.plural != nil {
				var list []string
				for _, form := range forms[l] {
					list = append(list, form+": "+t.plural[form].whole)
				}
				s = strings.Join(list, "\n")
			}
			fmt.Fprintf(w, "<td lang=\"%s\">%s</td>", l, strings.ReplaceAll(html.EscapeString(s), "\n", "<br>"))
		}
		if _, err := fmt.Fprintf(w, "<td>%s</td></tr>\n", html.EscapeString(strings.Join(u[key], ", "))); err != nil {
			return err
		}
	}
	_, err := io.WriteString(w, "</table></html>\n")
	return err
}
