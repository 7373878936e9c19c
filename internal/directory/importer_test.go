package directory_test

import (
	"archive/zip"
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kvart/internal/directory"
	"kvart/internal/platform/db"
	"kvart/internal/platform/dbtest"
	"kvart/internal/platform/i18n"
)

// standard is the folder of the HSDS schemas with their examples; the test is skipped where it is not.
func standard(t *testing.T) string {
	t.Helper()
	folder := os.Getenv("KVART_HSDS_SCHEMAS")
	if folder == "" {
		folder = "../../../shared/standards/hsds-3.1"
	}
	if _, err := os.Stat(filepath.Join(folder, "examples")); err != nil {
		t.Skip("no HSDS schemas in " + folder + ": set KVART_HSDS_SCHEMAS")
	}
	return folder
}

// zipped is a zip of files.
func zipped(t testing.TB, files map[string]string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for name, content := range files {
		w, err := z.Create(name)
		if err == nil {
			_, err = w.Write([]byte(content))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// zippedFolder is a zip of a folder's files.
func zippedFolder(t *testing.T, folder string) []byte {
	t.Helper()
	list, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for _, f := range list {
		data, err := os.ReadFile(filepath.Join(folder, f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		files[f.Name()] = string(data)
	}
	return zipped(t, files)
}

func (w *town) take(name string, data []byte, lang ...i18n.Lang) directory.ImportReport {
	w.t.Helper()
	im := directory.Importer{Store: w.Store, By: "test"}
	if len(lang) > 0 {
		im.Lang = lang[0]
	}
	r, err := im.Run(w.t.Context(), name, data, true)
	w.must(err)
	return r
}

// number is what a query counts.
func (w *town) number(query string) (n int) {
	w.t.Helper()
	w.must(w.DB.Get(w.t.Context(), &n, query, nil))
	return n
}

// everything is a number that any change of the directory changes.
const everything = `SELECT (SELECT COALESCE(SUM(version), 0) FROM directory_services) + (SELECT COALESCE(SUM(version), 0) FROM directory_organisations)
	+ (SELECT COALESCE(SUM(version), 0) FROM directory_locations) + (SELECT COUNT(*) FROM directory_versions) + (SELECT COUNT(*) FROM directory_places)
	+ (SELECT COUNT(*) FROM directory_service_terms) + (SELECT COUNT(*) FROM directory_terms) + (SELECT COUNT(*) FROM audit_rows)`

func keys(list []directory.ImportLine) string {
	var all []string
	for _, l := range list {
		all = append(all, l.Where.String()+" "+strings.TrimPrefix(l.Key, "directory."))
	}
	return strings.Join(all, "\n")
}

func TestImport_officialExamplesTwice(t *testing.T) {
	folder := standard(t)
	service, err := os.ReadFile(filepath.Join(folder, "examples", "service_full.json"))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{"service_full.json": service, "csv.zip": zippedFolder(t, filepath.Join(folder, "examples", "csv"))}
	for name, data := range files {
		dbtest.Each(t, func(t *testing.T, d *db.DB) {
			w := newTown(t, d)
			first := w.take(name, data, i18n.EN)
			if len(first.Faults) > 0 || first.Counts["service"][directory.Made] != 1 {
				t.Fatalf("%s: %v\n%s\n%s", name, first.Counts, keys(first.Faults), keys(first.Notes))
			}
			t.Log(name, "\n"+keys(first.Notes))
			before := w.number(everything)
			second := w.take(name, data, i18n.EN)
			if n := second.Count(directory.Made) + second.Count(directory.Updated) + second.Count(directory.Clashes); n > 0 || w.number(everything) != before {
				t.Errorf("%s again: %v\n%s\n%s", name, second.Counts, keys(second.Changes), keys(second.Clashes))
			}
		})
	}
}
