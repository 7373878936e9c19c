// Package hsdstest holds an API of the Human Services Data Specification 3.1 against the schemas of the standard, for tests.
//
// The schemas are not Kvart's: they are read from a folder beside the repository, and where that is absent a test is skipped.
package hsdstest

import (
	"encoding/json"
	"errors"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// Folder is where the standard's files are: KVART_HSDS_SCHEMAS, or shared/standards/hsds-3.1 beside the repository. The test
// is skipped where there is none.
func Folder(t testing.TB) string {
	t.Helper()
	folder := os.Getenv("KVART_HSDS_SCHEMAS")
	if folder == "" {
		root, err := os.Getwd()
		for err == nil {
			if _, missing := os.Stat(filepath.Join(root, "go.mod")); missing == nil || root == filepath.Dir(root) {
				break
			}
			root = filepath.Dir(root)
		}
		folder = filepath.Join(root, "../shared/standards/hsds-3.1")
	}
	if _, err := os.Stat(filepath.Join(folder, "schema/service.json")); err != nil {
		t.Skip("skipped: the schemas of HSDS 3.1 are not there; KVART_HSDS_SCHEMAS names their folder")
	}
	return folder
}

// published is an address under which the standard publishes a schema, of any of its editions.
var published = regexp.MustCompile(`^https://raw\.githubusercontent\.com/openreferral/specification/[^/]+/schema/(.+)$`)

const address = "https://raw.githubusercontent.com/openreferral/specification/3.1/schema/"

// Schemas are those of the standard, with merge patches of a profile by file.
type Schemas struct {
	folder     string
	patches    map[string]any
	strict     bool
	compiler   *jsonschema.Compiler
	properties map[string]map[string]any
}

// NewSchemas reads them from the folder. Where they are strict, no object may have a property that its schema does not name.
func NewSchemas(folder string, patches map[string]any, strict bool) *Schemas {
	s := &Schemas{folder: folder, patches: patches, strict: strict, compiler: jsonschema.NewCompiler(), properties: map[string]map[string]any{}}
	s.compiler.DefaultDraft(jsonschema.Draft2020)
	s.compiler.AssertFormat()
	s.compiler.UseLoader(s)
	return s
}

// Load implements jsonschema.URLLoader: the published addresses are the folder's files.
func (s *Schemas) Load(url string) (any, error) {
	m := published.FindStringSubmatch(url)
	if m == nil {
		return nil, errors.New(url + " is no schema of the standard")
	}
	f, err := os.Open(filepath.Join(s.folder, "schema", filepath.FromSlash(path.Clean("/"+m[1]))))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	doc, err := jsonschema.UnmarshalJSON(f)
	if err != nil {
		return nil, err
	}
	if patch, ok := s.patches[m[1]]; ok {
		doc = Merge(doc, patch)
	}
	if s.strict {
		closed(doc)
	}
	return doc, nil
}

// Of is the schema of a file, such as service.json or compiled/service_list.json.
func (s *Schemas) Of(t testing.TB, file string) *jsonschema.Schema {
	t.Helper()
	schema, err := s.compiler.Compile(address + file)
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

// closed lets no object that the schema describes have other properties.
func closed(schema any) {
	switch schema := schema.(type) {
	case map[string]any:
		if properties, ok := schema["properties"].(map[string]any); ok {
			schema["additionalProperties"] = false
			for _, p := range properties {
				closed(p)
			}
		}
		closed(schema["items"])
	}
}

// Merge applies a merge patch to a document (RFC 7386, section 2).
func Merge(target, patch any) any {
	changes, ok := patch.(map[string]any)
	if !ok {
		return patch
	}
	merged := map[string]any{}
	if object, ok := target.(map[string]any); ok {
		for k, v := range object {
			merged[k] = v
		}
	}
	for k, v := range changes {
		if v == nil {
			delete(merged, k)
		} else {
			merged[k] = Merge(merged[k], v)
		}
	}
	return merged
}

// Properties are what the schema of the file names of what it describes.
func (s *Schemas) Properties(t testing.TB, file string) map[string]any {
	t.Helper()
	if kept, ok := s.properties[file]; ok {
		return kept
	}
	doc, err := s.Load(address + file)
	if err != nil {
		t.Fatal(err)
	}
	s.properties[file], _ = doc.(map[string]any)["properties"].(map[string]any)
	return s.properties[file]
}

// Example is one of the standard's own, read into the value.
func Example(t testing.TB, file string, into any) {
	t.Helper()
	body, err := os.ReadFile(filepath.Join(Folder(t), "examples", file))
	if err == nil {
		err = json.NewDecoder(strings.NewReader(string(body))).Decode(into)
	}
	if err != nil {
		t.Fatal(err)
	}
}
