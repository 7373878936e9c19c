// Package internal holds no code, only the rules that hold for the whole house, as tests.
package internal

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
)

// floors is the house, roof first. A package belongs to its longest entry here ("internal/programme" covers
// its folders too) and imports only from floors below its own; entries on one floor do not know each other.
var floors = [][]string{
	{"cmd/kvart", "bench", "e2e", "scripts"},
	{"internal/app"},
	{"internal/front", "internal/desk"},
	{"internal/impact"},
	{"internal/participation", "internal/volunteering", "internal/premises"},
	{"internal/programme", "internal/sharing", "internal/season"},
	{"internal/booking", "internal/directory", "internal/support", "internal/survey", "internal/voting", "internal/playbook"},
	{"internal/network"},

	// The platform, without a feature's words.
	{"internal/platform/pdf", "internal/platform/search", "internal/platform/export"},
	{"internal/platform/account", "internal/platform/upload"},
	{"internal/platform/web"},
	{"internal/platform/auth", "internal/platform/backup", "internal/platform/metrics", "internal/platform/pins"},
	{"internal/platform/dbtest"},
	{"internal/platform/audit", "internal/platform/erasure", "internal/platform/jobs", "internal/platform/mail", "internal/platform/sms"},
	{"internal/platform/db"},
	{"internal/platform/i18n", "internal/platform/geo", "internal/platform/ical", "internal/platform/clock", "internal/platform/vault"},
	{"internal/platform/fault"},

	// Pure algorithms, and files that are only embedded.
	{"internal/fairvote", "internal/disclosure", "internal/xlsform", "internal/matching", "internal/merge3", "internal/allotment", "internal/hsds", "internal/hsdstest",
		"migrations", "locales", "assets", "kvart"},
}

// forTests are imported by tests only, and by the tests of any package.
var forTests = []string{"internal/platform/dbtest", "internal/hsdstest"}

// pure packages do no input or output: they are handed values and hand values back.
var pure = []string{"internal/fairvote", "internal/disclosure", "internal/xlsform", "internal/matching", "internal/merge3", "internal/allotment", "internal/hsds"}

// inputOutput is what a pure package does not import.
var inputOutput = []string{"os", "os/exec", "net", "net/http", "database/sql", "log", "log/slog", "io/fs", "embed", "syscall"}

type goPackage struct {
	ImportPath                         string
	Imports, TestImports, XTestImports []string
}

const module = "kvart/"

// housePackages lists every package of the module with what it imports, its tests included.
func housePackages(t *testing.T) []goPackage {
	t.Helper()
	cmd := exec.Command("go", "list", "-e", "-json=ImportPath,Imports,TestImports,XTestImports", module+"...")
	cmd.Dir = ".."
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, &stderr)
	}
	var all []goPackage
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p goPackage
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		if p.ImportPath != module+"internal" { // this package
			all = append(all, p)
		}
	}
	if len(all) == 0 {
		t.Fatal("go list names no package")
	}
	return all
}

// place returns the entry of the table that a package of this module belongs to, and its floor (0 is the roof).
func place(path string) (entry string, floor int, ok bool) {
	path = strings.TrimPrefix(path, module)
	for i, entries := range floors {
		for _, e := range entries {
			if (path == e || strings.HasPrefix(path, e+"/")) && len(e) > len(entry) {
				entry, floor, ok = e, i, true
			}
		}
	}
	return entry, floor, ok
}

// breach says how an import breaks the rules of the house, or "".
func breach(importer, imported string, inTest bool) string {
	if !strings.HasPrefix(imported, module) {
		return ""
	}
	from, above, ok := place(importer)
	if !ok {
		return fmt.Sprintf("%s has no place in the house: give it a floor in house_test.go", importer)
	}
	to, below, ok := place(imported)
	if !ok {
		return fmt.Sprintf("%s imports %s, which has no place in the house", importer, imported)
	}
	switch {
	case from == to:
		return ""
	case slices.Contains(forTests, to):
		if inTest {
			return ""
		}
		return fmt.Sprintf("%s imports %s, which is for tests only", importer, imported)
	case below > above:
		return ""
	case below == above:
		return fmt.Sprintf("%s imports its neighbour %s: what they share goes down a floor", importer, imported)
	default:
		return fmt.Sprintf("%s imports %s, which is above it", importer, imported)
	}
}

func TestHouse_packagesImportOnlyFromFloorsBelow(t *testing.T) {
	for _, p := range housePackages(t) {
		entry, _, ok := place(p.ImportPath)
		if !ok {
			t.Errorf("%s has no place in the house: give it a floor in house_test.go", p.ImportPath)
			continue
		}
		for _, imported := range p.Imports {
			// A package for tests is built like one: it may use what it prepares.
			if b := breach(p.ImportPath, imported, slices.Contains(forTests, entry)); b != "" {
				t.Error(b)
			}
		}
		for _, imported := range slices.Concat(p.TestImports, p.XTestImports) {
			if b := breach(p.ImportPath, imported, true); b != "" {
				t.Errorf("in tests, %s", b)
			}
		}
	}
}

func TestHouse_pureAlgorithmsDoNoInputOrOutput(t *testing.T) {
	for _, p := range housePackages(t) {
		if entry, _, _ := place(p.ImportPath); !slices.Contains(pure, entry) {
			continue
		}
		for _, imported := range p.Imports {
			if slices.Contains(inputOutput, imported) {
				t.Errorf("%s is pure and imports %s", p.ImportPath, imported)
			}
		}
	}
}

func TestHouse_theRulesCatchWhatTheyAreFor(t *testing.T) {
	for _, c := range []struct {
		importer, imported string
		inTest, breaks     bool
	}{
		{"kvart/internal/programme", "kvart/internal/booking", false, false},
		{"kvart/internal/booking", "kvart/internal/programme", false, true},
		{"kvart/internal/booking", "kvart/internal/programme", true, true},
		{"kvart/internal/booking", "kvart/internal/directory", false, true},
		{"kvart/internal/desk", "kvart/internal/front", false, true},
		{"kvart/internal/desk", "kvart/internal/impact", false, false},
		{"kvart/internal/app/sample", "kvart/internal/app", false, false},
		{"kvart/internal/platform/db", "kvart/internal/platform/auth", false, true},
		{"kvart/internal/platform/db", "kvart/internal/platform/dbtest", true, false},
		{"kvart/internal/programme", "kvart/internal/platform/dbtest", false, true},
		{"kvart/internal/disclosure", "kvart/internal/platform/db", false, true},
		{"kvart/internal/pottery", "kvart/internal/platform/db", false, true},
		{"kvart/internal/programme", "kvart/internal/pottery", false, true},
		{"kvart/internal/programmes", "kvart/internal/platform/db", false, true},
		{"kvart/internal/booking", "database/sql", false, false},
	} {
		if b := breach(c.importer, c.imported, c.inTest); (b != "") != c.breaks {
			t.Errorf("%s → %s (in a test: %v): got %q, want a breach: %v", c.importer, c.imported, c.inTest, b, c.breaks)
		}
	}
}

// featureWords name what the features are about. The platform serves any of them and knows none.
var featureWords = []string{
	"activity", "activities", "adoption", "attendance", "ballot", "booking", "bookings", "centre", "centres",
	"playbook", "programme", "proposal", "proposals", "referral", "volunteer", "volunteering", "waitlist",
}

// words splits an identifier: "openAPIPath_v2" → open api path v2.
func words(identifier string) []string {
	var all []string
	var word []rune
	rs := []rune(identifier)
	end := func() {
		if len(word) > 0 {
			all = append(all, strings.ToLower(string(word)))
			word = nil
		}
	}
	for i, r := range rs {
		if r == '_' {
			end()
			continue
		}
		if unicode.IsUpper(r) && i > 0 && (!unicode.IsUpper(rs[i-1]) || i+1 < len(rs) && unicode.IsLower(rs[i+1])) {
			end()
		}
		word = append(word, r)
	}
	end()
	return all
}

func TestHouse_thePlatformHasNoFeaturesWords(t *testing.T) {
	if got := strings.Join(words("openAPIPath_v2"), " "); got != "open api path v2" {
		t.Fatalf("words: %q", got)
	}
	set := token.NewFileSet()
	err := filepath.WalkDir("platform", func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		file, err := parser.ParseFile(set, path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if id, ok := n.(*ast.Ident); ok {
				for _, w := range words(id.Name) {
					if slices.Contains(featureWords, w) {
						t.Errorf("%s: %q is a feature's word", set.Position(id.Pos()), id.Name)
					}
				}
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// machinePath finds the absolute paths that belong to one person's or one builder's machine.
var machinePath = regexp.MustCompile(`(?m)(?:^|[^\w./-])(?:file://)?/(?:work|root|Users|home/[a-z][a-z0-9_-]*)/[\w.]`)

func TestHouse_noFileNamesAMachinesPaths(t *testing.T) {
	for text, want := range map[string]bool{
		"see /" + "work/main":              true,
		"\"/" + "root/go/pkg\"":            true,
		"cd /" + "home/ana/kvart":          true,
		"frame" + "work/main":              false,
		"https://example.org/work/page":    false,
		"WorkingDirectory=/var/lib/kvart/": false,
	} {
		if got := machinePath.MatchString(text); got != want {
			t.Fatalf("machinePath on %q: %v", text, got)
		}
	}
	cmd := exec.Command("git", "ls-files", "-z")
	cmd.Dir = ".."
	out, err := cmd.Output()
	if err != nil {
		t.Skipf("not in a git clone: %v", err)
	}
	for name := range strings.SplitSeq(strings.TrimRight(string(out), "\x00"), "\x00") {
		text, err := os.ReadFile(filepath.Join("..", name))
		if errors.Is(err, fs.ErrNotExist) || bytes.IndexByte(text, 0) >= 0 {
			continue // removed and not yet committed, or no text
		}
		if err != nil {
			t.Error(err)
			continue
		}
		if at := machinePath.FindIndex(text); at != nil {
			line := 1 + bytes.Count(text[:at[0]], []byte("\n"))
			t.Errorf("%s:%d names a path of somebody's machine: %q", name, line, text[at[0]:at[1]])
		}
	}
}
