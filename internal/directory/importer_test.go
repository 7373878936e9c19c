package directory_test

import (
	"archive/zip"
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/encoding/charmap"

	"kvart/internal/directory"
	"kvart/internal/hsds"
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
func (w *town) numberCell(query string) (n int) {
	w.t.Helper()
	w.must(w.DB.Get(w.t.Context(), &n, query, nil))
	return n
}

// wholeFile is a number that any change of the directory changes.
const wholeFile = `SELECT (SELECT COALESCE(SUM(version), 0) FROM directory_services) + (SELECT COALESCE(SUM(version), 0) FROM directory_organisations)
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
			if n := w.numberCell(`SELECT COUNT(*) FROM organisations`); n != 1 || w.numberCell(`SELECT COUNT(*) FROM directory_organisations WHERE kind = 'other'`) != 1 {
				t.Errorf("%d organisations of the network", n)
			}
			before := w.numberCell(wholeFile)
			second := w.take(name, data, i18n.EN)
			if n := second.Count(directory.Made) + second.Count(directory.Updated) + second.Count(directory.Clashes); n > 0 || w.numberCell(wholeFile) != before {
				t.Errorf("%s again: %v\n%s\n%s", name, second.Counts, keys(second.Changes), keys(second.Clashes))
			}
		})
	}
}

// text encodings of the same sheet.
const sheetText = "organizacija;naziv;radno vrijeme;telefon;ulica;grad;širina;dužina\r\nUdruga Šapat;Čitanje naglas;pon-pet 9-17;01 000 0000;Ulica đaka 1;Zagreb;45,81;15,96\r\n"

func TestImport_charactersAndDelimitersAreFoundAndSaid(t *testing.T) {
	utf16 := func(s string) []byte {
		b := []byte{0xff, 0xfe}
		for _, r := range s {
			b = append(b, byte(r), byte(r>>8))
		}
		return b
	}
	cp1250, err := charmap.Windows1250.NewEncoder().Bytes([]byte(sheetText))
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		data []byte
		note string
	}{
		"utf-8":        {[]byte(sheetText), "delimiter.semicolon"},
		"bom":          {[]byte("\xef\xbb\xbf" + sheetText), "delimiter.semicolon"},
		"utf-16":       {utf16(sheetText), "note.utf16"},
		"windows-1250": {cp1250, "note.cp1250"},
		"tabs":         {[]byte(strings.ReplaceAll(sheetText, ";", "\t")), "delimiter.tab"},
		"sep=":         {[]byte("sep=;\r\n" + sheetText), "delimiter.semicolon"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newTown(t, dbtest.SQLite(t))
			r := w.take("usluge.csv", c.data)
			if r.FaultCount > 0 || !strings.Contains(keys(r.Notes), c.note) || r.Counts["service"][directory.Made] != 1 {
				t.Fatalf("%v\n%s\n%s", r.Counts, keys(r.Faults), keys(r.Notes))
			}
			var id string
			w.must(w.DB.Get(t.Context(), &id, `SELECT id FROM directory_services`, nil))
			s, err := w.Service(t.Context(), w.DB, id)
			w.must(err)
			if s.Name != "Čitanje naglas" || s.Owner.Name != "Udruga Šapat" || s.Schedules[0].ByDay != "MO,TU,WE,TH,FR" || s.Places[0].At.Line() != "Ulica đaka 1, Zagreb" || *s.Places[0].At.AreaID != w.city {
				t.Errorf("%+v", s)
			}
		})
	}
}

const (
	anID  = "018f0000-0000-7000-8000-000000000001"
	orgID = "018f0000-0000-7000-8000-000000000002"
	locID = "018f0000-0000-7000-8000-000000000003"
)

// Whatever is wrong in a file is named with its place, and nothing of the file is taken.
func TestImport_faultsHaveTheirPlaceAndNothingIsTaken(t *testing.T) {
	services := func(rest string) map[string]string {
		return map[string]string{"organizations.csv": "id,name,description\n" + orgID + ",Udruga,x\n", "services.csv": "id,organization_id,name,status\n" + anID + "," + orgID + ",Ime,active\n" + rest}
	}
	with := func(file, content string) map[string]string {
		m := services("")
		m[file] = content
		return m
	}
	zipOf := func(files map[string]string) []byte { return zipped(t, files) }
	location := func(lat, lon string) map[string]string {
		return with("locations.csv", "id,location_type,name,latitude,longitude\n"+locID+",physical,Dom,"+lat+","+lon+"\n")
	}
	one := func(more string) []byte {
		return []byte(`{"id":"` + anID + `","name":"Ime","status":"active","organization":{"id":"` + orgID + `","name":"Udruga","description":""}` + more + `}`)
	}
	deep := strings.Repeat("[", 100_000)
	for name, c := range map[string]struct {
		file string
		data []byte
		want string // one of the lines
	}{
		"a column too many":       {"a.zip", zipOf(services(anID + ",x,y,z,too many\n")), "services.csv:3:E io.cell_many"},
		"duplicated id":           {"a.zip", zipOf(services(anID + "," + orgID + ",Drugo,active\n")), "services.csv:3:A (id) io.twice"},
		"no such organisation":    {"a.zip", zipOf(services(locID + "," + locID + ",Drugo,active\n")), "services.csv:3:B (organization_id) io.no_organisation"},
		"no UUID":                 {"a.zip", zipOf(services("7," + orgID + ",Drugo,active\n")), "services.csv:3:A (id) fault.id"},
		"no such status":          {"a.zip", zipOf(services(locID + "," + orgID + ",Drugo,closed\n")), "services.csv:3:D (status) fault.status"},
		"swapped degrees":         {"a.zip", zipOf(location("15.96", "45.8")), "locations.csv:2:D (latitude) fault.coordinates_swapped"},
		"zero degrees":            {"a.zip", zipOf(location("0", "0")), "locations.csv:2:D (latitude) fault.coordinates_zero"},
		"degrees that are words":  {"a.zip", zipOf(location("north", "0")), "locations.csv:2:D (latitude) io.no_number"},
		"degrees of no number":    {"a.zip", zipOf(location("NaN", "+Inf")), "locations.csv:2:D (latitude) io.no_number"},
		"no number in a sheet":    {"a.csv", []byte("organisation,name,age from\nU,A,NaN\n"), "a.csv:2:C (age from) io.no_number"},
		"zero byte in JSON":       {"a.json", one(`,"alert":"\u0000"`), "a.json:1 io.json"},
		"broken hours":            {"a.zip", zipOf(with("schedules.csv", "id,service_id,freq,byday,opens_at,closes_at\n"+locID+","+anID+",WEEKLY,MO,25:00,26:00\n")), "schedules.csv:2:E (opens_at) fault.clock"},
		"broken day":              {"a.zip", zipOf(with("schedules.csv", "id,service_id,freq,byday,opens_at,closes_at\n"+locID+","+anID+",WEEKLY,XX,09:00,10:00\n")), "schedules.csv:2:D (byday) fault.weekday"},
		"phone of words":          {"a.zip", zipOf(with("phones.csv", "id,service_id,number\n"+locID+","+anID+",nazovite nas\n")), "phones.csv:2:C (number) fault.phone"},
		"cycle of terms":          {"a.zip", zipOf(with("taxonomy_terms.csv", "id,name,description,parent_id,taxonomy\n"+locID+",A,,"+anID+",T\n"+anID+",B,,"+locID+",T\n")), "taxonomy_terms.csv:2:D (parent_id) fault.cycle"},
		"open quotes":             {"a.zip", zipOf(with("phones.csv", "id,service_id,number\n"+locID+",\"x,1\n")), "phones.csv:2 io.quotes"},
		"row of 10 MB":            {"a.csv", []byte("organisation,name\nUdruga," + strings.Repeat("x", 10<<20) + "\n"), "a.csv:2 io.row_large"},
		"zip path":                {"a.zip", zipOf(map[string]string{"../services.csv": "id\n"}), `a.zip ("../services.csv") io.zip_path`},
		"zip path of Windows":     {"a.zip", zipOf(map[string]string{`..\services.csv`: "id\n"}), `a.zip ("..\\services.csv") io.zip_path`},
		"zip bomb":                {"a.zip", zipOf(map[string]string{"services.csv": "id\n" + strings.Repeat("0", 20<<20)}), "a.zip (services.csv) io.zip_large"},
		"no zip":                  {"a.zip", []byte("PK no"), "a.zip io.no_zip"},
		"no table of services":    {"a.zip", zipOf(map[string]string{"phones.csv": "id,number\n"}), "a.zip io.no_services_table"},
		"no workbook":             {"a.xlsx", []byte("PK no"), "a.xlsx io.no_book"},
		"picture":                 {"a.csv", []byte("\x89PNG\x00\x01\x02"), "a.csv io.no_text"},
		"empty":                   {"a.csv", nil, "a.csv io.empty"},
		"only empty rows":         {"a.csv", []byte("\n,,\n"), "a.csv io.empty"},
		"sheet of something else": {"a.csv", []byte("a,b\n1,2\n"), "a.csv:1 io.columns"},
		"column twice":            {"a.csv", []byte("organisation,name,naziv\nU,A,B\n"), "a.csv:1:C (naziv) io.column_twice"},
		"hours in a sheet":        {"a.csv", []byte("organisation,name,hours\nU,A,whenever\n"), "a.csv:2:C (hours) io.hours"},
		"no such group":           {"a.csv", []byte("organisation,name,groups\nU,A,Nema je\n"), "a.csv:2:C (groups) io.no_term"},
		"initiative, no consent":  {"a.csv", []byte("organisation,name,organisation kind\nU,A,inicijativa\n"), "a.csv:2 (consent until) fault.until_needed"},
		"swapped in a sheet":      {"a.csv", []byte("organisation,name,street,lat,lon\nU,A,Ulica 1,15.96,45.8\n"), "a.csv:2:D (latitude) fault.coordinates_swapped"},
		"broken JSON":             {"a.json", append([]byte("{\n"), one("")...), "a.json:2 io.json"},
		"JSON of words":           {"a.json", []byte(`"services"`), "a.json:1 io.no_service"},
		"JSON too deep":           {"a.json", []byte(deep), "a.json:1 io.json"},
		"age that is a word":      {"a.json", []byte("[" + string(one("")) + ",\n" + strings.ReplaceAll(string(one(`,"minimum_age":"ten"`)), anID, locID) + "]"), "a.json:2 /1/minimum_age io.json_type"},
		"hours in JSON":           {"a.json", one(`,"schedules":[{"id":"` + locID + `","freq":"WEEKLY","opens_at":"late","closes_at":"10:00"}]`), "a.json:1 /schedules/0/opens_at fault.clock"},
		"two services of an id":   {"a.ndjson", []byte(string(one("")) + "\n" + string(one(`,"email":"a@kvart.example"`))), "a.ndjson:2 io.twice"},
		"term nobody has":         {"a.json", one(`,"attributes":[{"id":"` + locID + `","taxonomy_term_id":"` + locID + `"}]`), "a.json:1 /attributes io.no_term"},
		"spot kind":               {"a.csv", []byte("kind,name,lat,lon\npalace,X,45.8,15.9\n"), "a.csv:2:A (kind) io.spot_kind"},
		"spot swapped":            {"a.csv", []byte("kind,name,lat,lon\nstreet,X,15.9,45.8\n"), "a.csv:2:B (name) fault.coordinates_swapped"},
		"ending":                  {"a.exe", []byte("x"), "a.exe io.ending"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newTown(t, dbtest.SQLite(t))
			before := w.numberCell(wholeFile)
			r := w.take(c.file, c.data)
			if !slices.Contains(strings.Split(keys(r.Faults), "\n"), c.want) || w.numberCell(wholeFile) != before {
				t.Errorf("want %s, got\n%s", c.want, keys(r.Faults))
			}
		})
	}
}

// An entry that was changed here since it was last imported is left; a file exported from it as it is now is taken.
func TestImport_leavesWhatWasChangedHere(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		file := func(name string) []byte {
			return []byte(`{"id":"` + anID + `","name":"` + name + `","status":"active","organization":{"id":"` + orgID + `","name":"Udruga","description":""}}`)
		}
		w.take("a.json", file("Prvo"))
		if r := w.take("a.json", file("Drugo")); r.Counts["service"][directory.Updated] != 1 {
			t.Fatalf("a newer file: %v", r.Counts)
		}
		s, err := w.Service(t.Context(), d, anID)
		w.must(err)
		s.Description = "Dopunjeno ovdje."
		w.now = w.now.Add(time.Hour)
		w.save(func(tx *db.Tx) error { return w.SaveService(t.Context(), tx, s, "save", "test") })
		if r := w.take("a.json", file("Treće")); r.Counts["service"][directory.Clashes] != 1 {
			t.Errorf("over a change: %v", r.Counts)
		}
		exported := bytes.Replace(w.export("ndjson", i18n.HR), []byte("Drugo"), []byte("Treće"), 1)
		if r := w.take("a.ndjson", exported); r.Counts["service"][directory.Updated] != 1 {
			t.Errorf("exported from it: %v\n%s", r.Counts, keys(r.Clashes))
		}
		// Another organisation's id is never taken over.
		other := bytes.ReplaceAll(file("Ukradeno"), []byte(orgID), []byte(locID))
		if r := w.take("a.json", other); r.Counts["service"][directory.Clashes] != 1 || r.Clashes[0].Key != "directory.io.clash.owner" {
			t.Errorf("another's: %v", r.Counts)
		}
	})
}

// A confidential address does not come back by a file that still has it.
func TestImport_neverBringsAConfidentialAddressBack(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		id := db.NewID()
		w.save(func(tx *db.Tx) error {
			return w.SaveLocation(t.Context(), tx, directory.Location{Location: hsds.Location{ID: id}, City: "Zagreb", Confidential: true, AreaID: &w.city}, "save", "test")
		})
		r := w.take("a.json", []byte(`{"id":"`+anID+`","name":"Sigurna kuća","status":"active","organization":{"id":"`+orgID+`","name":"Udruga","description":""},
			"service_at_locations":[{"id":"`+locID+`","location":{"id":"`+id+`","location_type":"physical","name":"Kuća","latitude":45.8,"longitude":15.9,
			"addresses":[{"id":"`+orgID+`","address_1":"Tajna 5","city":"Zagreb","postal_code":"10000","country":"HR","address_type":"physical"}]}}]}`))
		if r.FaultCount > 0 || !strings.Contains(keys(r.Notes), "note.confidential") {
			t.Fatalf("%s\n%s", keys(r.Faults), keys(r.Notes))
		}
		for _, format := range directory.ExportFormats {
			if data := w.export(format, i18n.HR); bytes.Contains(data, []byte("Tajna")) {
				t.Errorf("%s has the street", format)
			}
		}
		if n := w.numberCell(`SELECT COUNT(*) FROM directory_versions WHERE body LIKE '%Tajna%'`); n != 0 {
			t.Error("a version has the street")
		}
		if n := w.numberCell(`SELECT COUNT(*) FROM directory_exports WHERE services = 1`); n != len(directory.ExportFormats) {
			t.Errorf("%d exports are known", n)
		}
	})
}

// A stopped import leaves whole batches; the same file takes the rest.
func TestImport_stoppedLeavesWholeBatchesAndGoesOn(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		data := generatedSheet(1200)
		im := directory.Importer{Store: w.Store, By: "test", Step: func(done, total int) bool { return done > total*8/10 }}
		r, err := im.Run(t.Context(), "a.ndjson", data, true)
		w.must(err)
		n := w.numberCell(`SELECT COUNT(*) FROM directory_services`)
		if !r.Stopped || n == 0 || n%500 != 0 || r.Counts["service"][directory.Made] != n {
			t.Fatalf("stopped %v with %d services, told %v", r.Stopped, n, r.Counts)
		}
		if r := w.take("a.ndjson", data); r.Counts["service"][directory.Made] != 1200-n || w.numberCell(`SELECT COUNT(*) FROM directory_services`) != 1200 {
			t.Errorf("the rest: %v", r.Counts)
		}
		// Stopped while it is only looked at, nothing is taken.
		im.Step = func(done, total int) bool { return true }
		if r, err = im.Run(t.Context(), "b.ndjson", bytes.ReplaceAll(data, []byte(`"name":"Pomoć`), []byte(`"name":"Savjet`)), true); err != nil || !r.Stopped || w.numberCell(`SELECT COUNT(*) FROM directory_services WHERE name LIKE 'Savjet%'`) != 0 {
			t.Errorf("%v %v", r.Counts, err)
		}
	})
}

// generated are services as an export has them, a line each: ten of an organisation, each at a place of its own, with the terms.
func generatedSheet(n int, terms ...string) []byte {
	var b bytes.Buffer
	id := func(kind, i int) string { return fmt.Sprintf("018f%04x-0000-7000-8000-%012x", kind, i) }
	for i := range n {
		attributes := ""
		for k, term := range terms {
			attributes += fmt.Sprintf(`{"id":%q,"link_entity":"service","taxonomy_term_id":%q},`, id(20+k, i), term)
		}
		fmt.Fprintf(&b, `{"id":%q,"attributes":[`+strings.TrimSuffix(attributes, ",")+`],"name":"Pomoć u kući %d","description":"Nosimo namirnice i lijekove starijim osobama koje teško izlaze, čitamo naglas, šećemo i razgovaramo. Javite se i ako samo trebate društvo; broj %d.",
"status":"active","assured_date":"2026-10-01","eligibility_description":"Za osobe starije od 65 godina u četvrti.","minimum_age":65,"email":"ured%d@kvart.example",
"phones":[{"id":%q,"number":"+385 1 %07d"}],"schedules":[{"id":%q,"freq":"WEEKLY","byday":"MO,TU,TH","opens_at":"09:00","closes_at":"13:00"}],"languages":[{"id":%q,"code":"hr"}],
"organization":{"id":%q,"name":"Udruga %d","description":"Pomažemo u kvartu."},
"service_at_locations":[{"id":%q,"location":{"id":%q,"location_type":"physical","name":"Dom %d","latitude":%f,"longitude":%f,"addresses":[{"id":%q,"address_1":"Ulica kestena %d","city":"Zagreb","postal_code":"10000","country":"HR","address_type":"physical"}]}}]}`,
			id(1, i), i, i, i%97, id(2, i), i%1e7, id(3, i), id(4, i), id(5, i/10), i/10, id(6, i), id(7, i), i, 45.75+float64(i%1000)/1e4, 15.92+float64(i%997)/1e4, id(8, i), i%300)
		b.WriteByte('\n')
	}
	return b.Bytes()
}

func TestImport_listsOfPlacesTermsAndWordsTwice(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		for name, data := range map[string]string{
			"mjesta.csv":  "vrsta;naziv;širina;dužina;područje\nulica;Ulica kestena;45,80;15,95;sjever\nstajalište;Kestenova;45,81;15,96;\n",
			"pojmovi.csv": "id,parent,code,hr,en,nb,description\n,,P,Pomoć,Help,Hjelp,\n,P,K,Kuhanje,Cooking,Matlaging,Zajedno\n",
			"rijeci.csv":  "lang,word,means\nhr,Pravnik,pravna pomoć\nhr,odvjetnik,pravna pomoć\n",
		} {
			first := w.take(name, []byte(data))
			if first.FaultCount > 0 || first.Count(directory.Made) < 2 {
				t.Fatalf("%s: %v %s", name, first.Counts, keys(first.Faults))
			}
			before := w.numberCell(wholeFile)
			second := w.take(name, []byte(data))
			if second.Count(directory.Made)+second.Count(directory.Updated) != 0 || w.numberCell(wholeFile) != before {
				t.Errorf("%s again: %v", name, second.Counts)
			}
		}
		if n := w.numberCell(`SELECT COUNT(*) FROM directory_spots WHERE area_id IS NOT NULL`); n != 2 {
			t.Errorf("%d spots are in an area", n)
		}
		// A term that was imported sorts services of a sheet.
		if r := w.take("usluge.csv", []byte("organisation,name,groups\nU,Tečaj,Cooking; Pomoć u kući\n")); r.FaultCount > 0 || w.numberCell(`SELECT COUNT(*) FROM directory_service_terms`) != 2 {
			t.Errorf("%v %s", r.Counts, keys(r.Faults))
		}
	})
}

// The guide names every column that the sheet has, in both languages.
func TestSheet_guideNamesEveryColumn(t *testing.T) {
	w := newTown(t, dbtest.SQLite(t))
	for file, l := range map[string]i18n.Lang{"services-import.md": i18n.EN, "hr/usluge-iz-datoteke.md": i18n.HR} {
		guide, err := os.ReadFile("../../docs/desk/" + file)
		w.must(err)
		head, _, _ := strings.Cut(strings.TrimPrefix(string(w.export("csv", l)), "\ufeff"), "\r\n")
		for _, column := range strings.FieldsFunc(head, func(r rune) bool { return r == ';' || l == i18n.EN && r == ',' }) {
			if !strings.Contains(string(guide), "| "+column+" |") {
				t.Errorf("%s does not name %q", file, column)
			}
		}
	}
}

// A day to come on which somebody is said to have confirmed an entry would keep it fresh, and unasked about, for good.
func TestImport_nobodyConfirmedTomorrow(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		head := "naziv;organizacija;potvrđeno\n"
		r := w.take("a.csv", []byte(head+"Prva;Udruga Susjedi;2062-11-01\nDruga;Udruga Susjedi;2026-11-26\nTreća;Udruga Susjedi;1.11.2026.\n"))
		if r.FaultCount > 0 || !strings.Contains(keys(r.Notes), "io.note.assured") || r.Notes[len(r.Notes)-1].Row != 2 {
			t.Errorf("%+v", r)
		}
		list, err := w.ServicesOf(t.Context(), d, w.association)
		w.must(err)
		got := map[string]string{}
		for _, s := range list {
			got[s.Name] = s.AssuredDate + " " + s.AssuredBy
		}
		if got["Prva"] != " " || got["Druga"] != "2026-11-26 import" || got["Treća"] != "2026-11-01 import" {
			t.Errorf("confirmed %v", got)
		}
		if r = w.take("a.csv", []byte(head+"Prva;Udruga Susjedi;2062-11-01\n")); r.Count(directory.Updated) != 0 {
			t.Errorf("twice: %+v", r)
		}
		// Nor does it take away what was confirmed.
		if r = w.take("b.csv", []byte(head+"Druga;Udruga Susjedi;2062-11-01\n")); r.FaultCount > 0 {
			t.Errorf("%+v", r)
		}
		if s, err := w.Service(t.Context(), d, list[0].ID); err != nil || s.AssuredDate == "2062-11-01" || s.AssuredDate == "" && s.Name == "Druga" {
			t.Errorf("%+v %v", s, err)
		}
	})
}

// A workbook of some hundred kilobytes that unpacks to more than the memory there is.
func TestImport_aWorkbookMadeToFillMemoryIsRefused(t *testing.T) {
	w := newTown(t, dbtest.SQLite(t))
	bomb := func(name string) []byte {
		return zipped(t, map[string]string{
			"[Content_Types].xml":        `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>`,
			"xl/workbook.xml":            `<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="A" sheetId="1" r:id="rId1"/></sheets></workbook>`,
			"xl/_rels/workbook.xml.rels": `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>`,
			"xl/worksheets/sheet1.xml":   `<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row r="1"><c r="A1" t="s"><v>0</v></c></row></sheetData></worksheet>`,
			name:                         `<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">` + strings.Repeat("<si><t/></si>", 6<<20) + `</sst>`,
		})
	}
	for _, name := range []string{"xl/sharedStrings.xml", "xl/styles.xml", "xl/theme/theme1.xml"} {
		data := bomb(name)
		start := time.Now()
		r := w.take("a.xlsx", data)
		if !strings.Contains(keys(r.Faults), "io.zip_large") || time.Since(start) > 5*time.Second {
			t.Errorf("%s, %d bytes in %s: %+v", name, len(data), time.Since(start), r.Faults)
		}
	}
}

// What was changed here and then confirmed is all the more right: the file of before does not change it back.
func TestImport_leavesWhatWasChangedHereAndConfirmed(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		file := []byte("naziv;organizacija;opis\nPrva;Udruga Susjedi;Iz datoteke\n")
		w.take("a.csv", file)
		list, err := w.ServicesOf(t.Context(), d, w.association)
		w.must(err)
		id := list[0].ID
		w.save(func(tx *db.Tx) error {
			s := list[0]
			s.Description = "S telefona: samo ponedjeljkom"
			return w.SaveService(t.Context(), tx, s, "save", "test")
		})
		w.save(func(tx *db.Tx) error { return w.Assure(t.Context(), tx, id, directory.ByCentre, "test") })
		r := w.take("a.csv", file)
		if s, err := w.Service(t.Context(), d, id); err != nil || s.Description != "S telefona: samo ponedjeljkom" || r.Count(directory.Clashes) != 1 {
			t.Errorf("%s, %+v %v", s.Description, r.Counts, err)
		}
		// What was only imported and confirmed is the file's.
		w.take("b.csv", []byte("naziv;organizacija;opis\nDruga;Udruga Susjedi;Iz datoteke\n"))
		if list, err = w.ServicesOf(t.Context(), d, w.association); err != nil || len(list) != 2 {
			t.Fatal(list, err)
		}
		w.save(func(tx *db.Tx) error { return w.Assure(t.Context(), tx, list[0].ID, directory.ByCentre, "test") })
		if r = w.take("b.csv", []byte("naziv;organizacija;opis\nDruga;Udruga Susjedi;Novo\n")); r.Count(directory.Updated) != 1 {
			t.Errorf("%+v", r.Counts)
		}
	})
}

// Two services that name their place alike, and ids in capitals: the dry run says what taking does, and everything is found.
func TestImport_idsThatAreTwiceOrInCapitals(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		place, location, organisation := db.NewID(), db.NewID(), strings.ToUpper(db.NewID())
		one := func(id, name string) string {
			return fmt.Sprintf(`{"id":%q,"status":"active","name":%q,"organization":{"id":%q,"name":"Kuća","description":"Mi"},
				"service_at_locations":[{"id":%q,"location":{"id":%q,"location_type":"physical","name":"Dom"}}]}`, id, name, organisation, place, location)
		}
		file := []byte("[" + one(strings.ToUpper(db.NewID()), "Prva") + "," + one(db.NewID(), "Druga") + "]")
		r, err := directory.Importer{Store: w.Store, By: "test"}.Run(t.Context(), "a.json", file, true)
		if err != nil || r.FaultCount > 0 || r.Count(directory.Made) != 4 {
			t.Fatalf("%+v %v", r, err)
		}
		if r = w.take("a.json", file); r.Count(directory.Made)+r.Count(directory.Updated) != 0 {
			t.Errorf("twice: %+v", r.Counts)
		}
		root := w.api()
		var page struct{ Contents []struct{ ID string } }
		for _, list := range []string{"services", "organizations", "service_at_locations"} {
			ask(t, root+list).into(t, &page)
			for _, c := range page.Contents {
				if a := ask(t, root+list+"/"+c.ID); a.status != 200 {
					t.Errorf("%s/%s: %d", list, c.ID, a.status)
				}
			}
		}
		if got := ask(t, root+"services?organization_id="+organisation).names(t); len(got) != 2 {
			t.Errorf("of the organisation: %v", got)
		}
	})
}

// A data package of some megabytes with more rows than the memory has room for.
func TestImport_aPackageOfTooManyRowsIsRefused(t *testing.T) {
	w := newTown(t, dbtest.SQLite(t))
	directory.MostRows(t, 2000)
	rows := func(n int) string {
		var b strings.Builder
		b.WriteString("id\n")
		for i := range n {
			fmt.Fprintf(&b, "%x\n", i)
		}
		return b.String()
	}
	if r := w.take("a.zip", zipped(t, map[string]string{"services.csv": rows(2001)})); !strings.Contains(keys(r.Faults), "io.rows_many") {
		t.Errorf("one table: %s", keys(r.Faults))
	}
	some := rows(700)
	if r := w.take("a.zip", zipped(t, map[string]string{"services.csv": "id\n", "phones.csv": some, "contacts.csv": some, "languages.csv": some})); !strings.Contains(keys(r.Faults), "io.rows_many") {
		t.Errorf("three tables: %s", keys(r.Faults))
	}
}
