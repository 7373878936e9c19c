package hsdstest

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func parsed(t *testing.T, s string) (v any) {
	t.Helper()
	if err := json.Unmarshal([]byte(s), &v); err != nil {
		t.Fatal(err)
	}
	return v
}

func TestMerge_asRFC7386Says(t *testing.T) {
	for _, c := range [][3]string{
		{`{"a":1}`, `{"a":2}`, `{"a":2}`}, {`{"a":1}`, `{"b":2}`, `{"a":1,"b":2}`}, {`{"a":1,"b":2}`, `{"a":null}`, `{"b":2}`}, {`{"a":[1,2]}`, `{"a":[3]}`, `{"a":[3]}`}, {`{"a":[1]}`, `{"a":{"b":1}}`, `{"a":{"b":1}}`},
		{`{"a":{"b":1,"c":2}}`, `{"a":{"b":null,"d":{"e":null}}}`, `{"a":{"c":2,"d":{}}}`}, {`[1]`, `{"a":1}`, `{"a":1}`}, {`{"a":1}`, `[2]`, `[2]`}, {`{"a":null}`, `{"b":1}`, `{"a":null,"b":1}`},
	} {
		target := parsed(t, c[0])
		if diff := cmp.Diff(parsed(t, c[2]), Merge(target, parsed(t, c[1]))); diff != "" {
			t.Errorf("%s with %s: %s", c[0], c[1], diff)
		}
		if diff := cmp.Diff(parsed(t, c[0]), target); diff != "" {
			t.Errorf("%s was changed itself: %s", c[0], diff)
		}
	}
}

// TestSchemas_refuseWhatTheWalkIsToFind: a walk that could find nothing wrong would prove nothing.
func TestSchemas_refuseWhatTheWalkIsToFind(t *testing.T) {
	folder := Folder(t)
	loose, strict := NewSchemas(folder, nil, false), NewSchemas(folder, nil, true)
	const id = `"id":"ac148810-d857-441c-9679-408f346de14b"`
	for _, c := range []struct {
		file, body    string
		loose, strict bool
	}{
		{"service.json", `{` + id + `,"name":"A","status":"active"}`, true, true},
		{"service.json", `{` + id + `,"name":"A","status":"active","first_visit":"x"}`, true, false},
		{"service.json", `{` + id + `,"name":"A","status":"active","phones":[{` + id + `,"number":"1","mine":1}]}`, true, false},
		{"service.json", `{` + id + `,"name":"A","status":"active","email":null}`, false, false},
		{"service.json", `{` + id + `,"name":"A","status":"open"}`, false, false},
		{"service.json", `{"id":"1","name":"A","status":"active"}`, false, false},
		{"service.json", `{` + id + `,"name":"A","status":"active","url":"kvart.example"}`, false, false},
		{"service.json", `{` + id + `,"name":"A","status":"active","last_modified":"2026-11-26"}`, false, false},
		{"service_at_location.json", `{` + id + `,"service":{` + id + `,"name":"A","status":"active"}}`, true, false},
		{"compiled/service_list.json", `{` + id + `,"name":"A","status":"active","organization":{` + id + `,"name":"B","description":"","phones":[]}}`, true, false},
		{"address.json", `{` + id + `,"address_1":"A","city":"B","postal_code":"","country":"HR","address_type":"physical"}`, false, false},
	} {
		if err := loose.Of(t, c.file).Validate(parsed(t, c.body)); (err == nil) != c.loose {
			t.Errorf("%s: %v", c.body, err)
		}
		if err := strict.Of(t, c.file).Validate(parsed(t, c.body)); (err == nil) != c.strict {
			t.Errorf("%s, strict: %v", c.body, err)
		}
	}
}
