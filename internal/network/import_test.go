package network_test

import (
	"bytes"
	"context"
	"mime/multipart"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"kvart/internal/network"
	"kvart/internal/network/demo"
	"kvart/internal/platform/auth"
	"kvart/internal/platform/db"
	"kvart/internal/platform/dbtest"
)

const importAddress = "/desk/network/import"

// send sends the file and waits until it has been looked at.
func (v *visitor) send(name, data string, status int) (*goquery.Document, string) {
	v.Helper()
	var body bytes.Buffer
	m := multipart.NewWriter(&body)
	part, err := m.CreateFormFile("file", name)
	if err != nil {
		v.Fatal(err)
	}
	_, _ = part.Write([]byte(data))
	m.Close()
	res, err := v.Post(v.base+importAddress, m.FormDataContentType(), &body)
	if err != nil {
		v.Fatal(err)
	}
	return v.settled(res, status)
}

// settled follows the page of a file until nothing more is being done with it.
func (v *visitor) settled(res *http.Response, status int) (*goquery.Document, string) {
	v.Helper()
	address := res.Request.URL.RequestURI()
	for range 200 {
		if res.Header.Get("Refresh") == "" {
			return v.read(res, nil, status), address
		}
		res.Body.Close()
		time.Sleep(100 * time.Millisecond)
		var err error
		if res, err = v.Get(v.base + address); err != nil {
			v.Fatal(err)
		}
	}
	v.Fatal("the file is never done")
	return nil, ""
}

func TestImportPage_faultsNameLineAndRemedyAndAGoodFileIsTakenAfterAPress(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		v := serveOn(t, d)
		if err := v.jobs.Start(context.Background()); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { v.jobs.Stop(context.Background()) })
		n, err := v.store.Network(t.Context(), d)
		if err != nil {
			t.Fatal(err)
		}
		v.signIn("vodstvo", auth.Held{Role: network.Lead, Scope: auth.Scope{Kind: network.ScopeNetwork, ID: n.ID}})
		v.post("/desk/acting", url.Values{"place": {n.ID}}, 0)

		v.send("mreza.txt", "x", http.StatusUnprocessableEntity)
		wrong := strings.Replace(string(demo.Network), "zone: Europe/Zagreb", "zone: Europe/Zagrab", 1)
		line := 1 + strings.Count(wrong[:strings.Index(wrong, "Europe/Zagrab")], "\n")
		page, _ := v.send("mreza.yaml", wrong, http.StatusOK)
		row := strings.Join(strings.Fields(page.Find("table tbody tr").Text()), " ")
		if page.Find("table tbody tr").Length() != 1 || !strings.Contains(row, "network.zone") || !strings.Contains(row, "Europe/Zagreb") || !strings.Contains(row, strconv.Itoa(line)+". redak") {
			t.Error("the fault is shown as", row)
		}
		if page.Find(`form[action="`+importAddress+`/confirm"]`).Length() != 0 {
			t.Error("a file with a fault can be taken")
		}

		page, _ = v.send("mreza.yaml", string(demo.Network), http.StatusOK)
		if page.Find(`form[action="`+importAddress+`/confirm"]`).Length() != 0 || page.Find("table").Length() != 0 {
			t.Error("the same file twice would change something")
		}

		page, address := v.send("mreza.YML", strings.Replace(string(demo.Network), "phone: 01 000 0001", "phone: 01 000 0009", 1), http.StatusOK)
		if page.Find("table tbody tr").Length() != 1 {
			t.Error("one number changed, the page says", page.Find("main").Text())
		}
		phone := func() string { return mustSlug(t, v.store, "sesnaestica").Phone }
		if phone() != "01 000 0001" {
			t.Error("taken before the press")
		}
		file, _ := page.Find(`input[name="file"][type="hidden"]`).Attr("value")
		res, err := v.PostForm(v.base+importAddress+"/confirm", url.Values{"file": {file}})
		if err != nil {
			t.Fatal(err)
		}
		if _, at := v.settled(res, http.StatusOK); at != address || phone() != "01 000 0009" {
			t.Error("not taken", at, phone())
		}
		var by int
		if err := d.Get(t.Context(), &by, `SELECT COUNT(*) FROM audit_rows r JOIN accounts a ON a.id = r.actor WHERE a.login = 'vodstvo' AND r.subject_kind = 'centre'`, nil); err != nil || by != 1 {
			t.Error("who took it is not in the log", by, err)
		}
	})
}

func TestImporter_stopChangesNothing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := store(d)
		asked := 0
		r, err := network.Importer{Store: s, Stop: func() bool { asked++; return asked == 3 }}.Run(t.Context(), demo.Network, false, "cli")
		if err != nil || len(r.Changes) != 0 || asked != 3 {
			t.Error(r, err, asked)
		}
		if list, err := s.Centres(t.Context(), d); err != nil || len(list) != 0 {
			t.Error("half imported", list, err)
		}
	})
}

func TestImportPage_smallestFileIsTheOneInTheGuide(t *testing.T) {
	guide, err := os.ReadFile("../../docs/import-network.md")
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile("smallest.yaml")
	if err != nil || !strings.Contains(string(guide), "```yaml\n"+string(b)+"```") {
		t.Error("docs/import-network.md shows another one", err)
	}
	if r := take(t, store(dbtest.SQLite(t)), string(b)); len(r.Faults) > 0 {
		t.Error(r.Faults)
	}
}

func TestImporter_aliasesOfAliasesAreRefusedBeforeTheyFillTheMemory(t *testing.T) {
	var b strings.Builder
	b.WriteString("areas:\n  - outline:\n      a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n")
	for i := range 30 {
		b.WriteString("      b" + strconv.Itoa(i) + ": &a" + strconv.Itoa(i+1) + " [" + strings.TrimSuffix(strings.Repeat("*a"+strconv.Itoa(i)+", ", 10), ", ") + "]\n")
	}
	if r := take(t, store(dbtest.SQLite(t)), b.String()); len(r.Faults) != 1 || r.Faults[0].Key != "network.import.fault.unfolds" {
		t.Error(r.Faults)
	}
	shared := strings.Replace(small, "  - {slug: grad, kind: city, name: {hr: Grad}}", "  - {slug: grad, kind: city, name: &grad {hr: Grad}}\n  - {slug: rub, kind: district, in: grad, name: *grad}", 1)
	if r := take(t, store(dbtest.SQLite(t)), shared); len(r.Faults) > 0 {
		t.Error(r.Faults, shared)
	}
}

func TestImporter_depthIsRefusedBeforeItIsParsed(t *testing.T) {
	s := store(dbtest.SQLite(t))
	for _, text := range []string{"areas: " + strings.Repeat("[", 1<<20), "areas:\n  " + strings.Repeat("- ", 1<<20), "\nareas: [" + strings.Repeat("{a: ", 1<<20)} {
		r := take(t, s, text)
		if want := 1 + strings.Count(text, "\n"); len(r.Faults) != 1 || r.Faults[0].Key != "network.import.fault.deep" || r.Faults[0].Line != want {
			t.Errorf("%.20q: %+v", text, r.Faults)
		}
	}
}
