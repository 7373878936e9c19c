package hsdstest

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// lists are the paths of the standard with the schemas of what each list has and of what each id leads to.
var lists = []struct{ path, brief, whole string }{
	{"services", "compiled/service_list.json", "service.json"},
	{"organizations", "compiled/organization_list.json", "organization.json"},
	// The standard's own OpenAPI names the schema of services for one of these: a mistake.
	{"service_at_locations", "compiled/service_at_location_list.json", "service_at_location.json"},
	{"taxonomies", "taxonomy.json", "taxonomy.json"},
	{"taxonomy_terms", "taxonomy_term.json", "taxonomy_term.json"},
}

// envelope is the page of a list, with all that it must have (empty among it, as after 3.1).
const envelope = `{"type":"object","required":["total_items","total_pages","page_number","size","first_page","last_page","empty","contents"],"additionalProperties":false,"properties":{
	"total_items":{"type":"integer","minimum":0},"total_pages":{"type":"integer","minimum":0},"page_number":{"type":"integer","minimum":1},"size":{"type":"integer","minimum":0},
	"first_page":{"type":"boolean"},"last_page":{"type":"boolean"},"empty":{"type":"boolean"},"contents":{"type":"array"}}}`

// walker goes through one API with one set of schemas.
type walker struct {
	t       *testing.T
	root    string // ends with a slash
	schemas []*Schemas
	page    *jsonschema.Schema
	most    int // ids that are followed of a list
	bodies  int
	seen    map[string]map[string]bool // by file, properties that were met
}

// Walk goes through the API whose root is at the address, which ends with a slash: the first, the middle and the last page
// of every list, what their ids lead to, whole ones, all as lines, and the same by POST. Each body must be what the
// standard's schemas take, with the patches of the profile that the root declares where profile is true, and once more
// with no property that they do not name. most bounds how many ids of a list are followed. It returns how many bodies it
// looked at, and which properties it met, by the schema's file.
func Walk(t *testing.T, root string, profile bool, most int) (bodies int, met map[string]map[string]bool) {
	t.Helper()
	folder := Folder(t)
	w := &walker{t: t, root: root, most: most, seen: map[string]map[string]bool{}}
	var declared struct{ Version, Profile, OpenAPIURL string }
	start := w.object(w.get(""))
	declared.Version, _ = start["version"].(string)
	declared.Profile, _ = start["profile"].(string)
	declared.OpenAPIURL, _ = start["openapi_url"].(string)
	if declared.Version != "3.1" || !strings.HasPrefix(declared.Profile, "http") || !strings.HasPrefix(declared.OpenAPIURL, "http") {
		t.Fatalf("the root says %v", start)
	}
	patches := map[string]any{}
	if profile {
		if !strings.HasSuffix(declared.Profile, "/profile/") {
			t.Fatalf("the root declares the profile %q", declared.Profile)
		}
		for name := range w.object(w.get("profile/"))["patches"].(map[string]any) {
			patches[name] = w.object(w.get("profile/" + name))
		}
	}
	w.schemas = []*Schemas{NewSchemas(folder, patches, false), NewSchemas(folder, patches, true)}
	c := jsonschema.NewCompiler()
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(envelope))
	if err == nil {
		err = c.AddResource("https://test/page.json", doc)
	}
	if err == nil {
		w.page, err = c.Compile("https://test/page.json")
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range lists {
		w.list(l.path, l.brief, l.whole)
	}
	return w.bodies, w.seen
}

func (w *walker) list(path, brief, whole string) {
	w.t.Helper()
	var ids []string
	const size = 3
	total, pages := 0, 1
	for _, n := range []func() int{func() int { return 1 }, func() int { return (pages + 1) / 2 }, func() int { return pages }} {
		page := n()
		at := fmt.Sprintf("%s?per_page=%d&page=%d", path, size, page)
		contents, envelope := w.contents(at, w.get(at))
		total, pages = number(envelope, "total_items"), number(envelope, "total_pages")
		if number(envelope, "page_number") != page || envelope["first_page"] != (page == 1) || envelope["last_page"] != (page >= pages) || pages != (total+size-1)/size {
			w.t.Errorf("%s: the envelope does not add up: %v", at, without(envelope, "contents"))
		}
		w.each(at, brief, contents)
		for _, one := range contents {
			ids = append(ids, one.(map[string]any)["id"].(string))
		}
		again, _ := w.contents(at, w.send("POST", path, fmt.Sprintf("per_page=%d&page=%d", size, page)))
		if fmt.Sprint(again) != fmt.Sprint(contents) {
			w.t.Errorf("%s: POST answers something else", at)
		}
	}
	if total == 0 {
		w.t.Errorf("%s: there is nothing to look at", path)
	}
	if path == "services" || path == "organizations" || path == "service_at_locations" {
		contents, _ := w.contents(path+"?full=true", w.get(path+"?full=true&per_page=100"))
		w.each(path+"?full=true", whole, contents)
	}
	lines := bytes.Split(bytes.TrimSpace(w.get(path+"?format=ndjson")), []byte("\n"))
	if len(lines) != total {
		w.t.Errorf("%s: %d lines of %d", path, len(lines), total)
	}
	for i, line := range lines {
		if i < w.most {
			w.each(path+"?format=ndjson", brief, []any{any(w.object(line))})
			ids = append(ids, w.object(line)["id"].(string))
		}
	}
	followed := map[string]bool{}
	for _, id := range ids {
		if followed[id] {
			continue
		}
		followed[id] = true
		one := w.object(w.get(path + "/" + id))
		if one["id"] != id {
			w.t.Errorf("%s/%s: has the id %v", path, id, one["id"])
		}
		w.each(path+"/"+id, whole, []any{one})
	}
}

// each holds everything of a list against the schema of the file.
func (w *walker) each(at, file string, all []any) {
	w.t.Helper()
	for _, one := range all {
		w.bodies++
		w.note(file, one)
		for _, s := range w.schemas {
			if err := s.Of(w.t, file).Validate(one); err != nil {
				w.t.Errorf("%s is no %s (unknown properties refused: %v): %v", at, file, s.strict, err)
			}
		}
	}
}

// note remembers which properties were met of what the schema of the file describes, and of what is inside of it.
func (w *walker) note(file string, one any) {
	object, ok := one.(map[string]any)
	if !ok {
		return
	}
	if w.seen[file] == nil {
		w.seen[file] = map[string]bool{}
	}
	properties := w.schemas[0].Properties(w.t, file)
	for name, value := range object {
		w.seen[file][name] = true
		inner, ok := properties[name].(map[string]any)
		if !ok {
			continue
		}
		if items, ok := inner["items"].(map[string]any); ok {
			inner = items
		}
		to, ok := inner["$ref"].(string)
		if !ok {
			continue
		}
		all, ok := value.([]any)
		if !ok {
			all = []any{value}
		}
		for _, v := range all {
			w.note(to, v)
		}
	}
}

func (w *walker) contents(at string, body []byte) ([]any, map[string]any) {
	w.t.Helper()
	o := w.object(body)
	if err := w.page.Validate(any(o)); err != nil {
		w.t.Fatalf("%s is no page: %v", at, err)
	}
	contents := o["contents"].([]any)
	if number(o, "size") != len(contents) || o["empty"] != (len(contents) == 0) {
		w.t.Errorf("%s: the envelope does not add up: %v", at, without(o, "contents"))
	}
	return contents, o
}

func (w *walker) object(body []byte) map[string]any {
	w.t.Helper()
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
	if err != nil {
		w.t.Fatalf("%v in %.200s", err, body)
	}
	return v.(map[string]any)
}

func (w *walker) get(path string) []byte { w.t.Helper(); return w.send("GET", path, "") }

func (w *walker) send(method, path, form string) []byte {
	w.t.Helper()
	r, err := http.NewRequestWithContext(w.t.Context(), method, w.root+path, strings.NewReader(form))
	if err != nil {
		w.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		w.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		w.t.Fatalf("%s %s: %s %.500s %v", method, path, resp.Status, body, err)
	}
	return body
}

func number(o map[string]any, name string) int {
	var n int
	_, _ = fmt.Sscan(fmt.Sprint(o[name]), &n)
	return n
}

func without(o map[string]any, name string) map[string]any {
	m := map[string]any{}
	for k, v := range o {
		if k != name {
			m[k] = v
		}
	}
	return m
}
