package directory

import (
	"archive/zip"
	"bytes"
	"testing"
)

// Whatever a file holds, reading it ends, without a panic, in entries with places or in faults.

func read(t *testing.T, name string, data []byte) {
	var r ImportReport
	p := parse(name, data, &r)
	if p == nil && r.FaultCount == 0 {
		t.Fatal("neither entries nor a fault")
	}
	for _, l := range append(r.Faults, r.Notes...) {
		if l.File == "" || l.Key == "" {
			t.Fatalf("no place or no words: %+v", l)
		}
	}
	if p == nil {
		return
	}
	for _, s := range p.Services {
		if s.At.File == "" {
			t.Fatal("a service without a place")
		}
		for _, field := range []string{"schedules.0.opens_at", "phones.7.number", "service_at_locations.0.schedules.1.byday", "contacts.0.phones.0.number", "", "a.b.c"} {
			p.where("service", s.ID, s.At, field)
		}
		for _, row := range s.Sheet {
			var n Service
			e := &sheetEntry{S: &n, O: &Organisation{}, P: &Place{}, Lang: "hr", Sorts: NewTaxonomies(nil, nil)}
			for i, c := range sheetColumns {
				if cell, had := row.cell(i); had && c.Set != nil {
					c.Set(e, cell)
				}
			}
			_ = n.Check()
		}
	}
}

func FuzzCSV(f *testing.F) {
	f.Add([]byte("organisation,name,hours,street,lat,lon\nUdruga,Ime,\"pon-pet 9-17; 1 uto 18:00-20:00\",Ulica 1,\"45,8\",15.9\n"))
	f.Add([]byte("\xff\xfen\x00a\x00m\x00e\x00"))
	f.Add([]byte("sep=;\nnaziv;organizacija\n\"a;b"))
	f.Add([]byte("id,parent,code,hr\n1,2,a,A\n2,1,b,B\n"))
	f.Add([]byte("kind,name,lat,lon\nstreet,X,NaN,1e309\n"))
	f.Add([]byte("lang,word,means\nhr,\x8a,\x9a\n"))
	f.Fuzz(func(t *testing.T, data []byte) { read(t, "a.csv", data) })
}

func FuzzJSON(f *testing.F) {
	f.Add([]byte(`{"id":"1","name":"a","status":"active","organization":{"id":"2","locations":[{"id":"3"}]},"attributes":[{"taxonomy_term":{"id":"4","taxonomy_detail":{"id":"5"}}}],"service_at_locations":[{"location":{"id":"3"}}]}`))
	f.Add([]byte("[{\"status\":\"active\"},\n null, 7, [], {\"contents\":[]}]"))
	f.Add([]byte(`{"contents":[{"id":"1","status":"x","minimum_age":"a"}],"page_number":1}`))
	f.Add([]byte("{\"status\":\"a\"}\n{\"status\":\"b\"}\n{"))
	f.Add([]byte(`{"id":"1","status":"active","capacities":[{"unit":{}}],"program":{},"phones":[{"languages":[{}]}]}`))
	f.Fuzz(func(t *testing.T, data []byte) { read(t, "a.ndjson", data) })
}

func FuzzZip(f *testing.F) {
	pack := func(files ...string) []byte {
		var b bytes.Buffer
		z := zip.NewWriter(&b)
		for i := 0; i < len(files); i += 2 {
			w, err := z.Create(files[i])
			if err == nil {
				_, err = w.Write([]byte(files[i+1]))
			}
			if err != nil {
				f.Fatal(err)
			}
		}
		if err := z.Close(); err != nil {
			f.Fatal(err)
		}
		return b.Bytes()
	}
	f.Add(pack("services.csv", "id,organization_id,name,status\n1,2,a,active\n", "schedules.csv", "id,service_id\n3,1\n", "contacts.csv", "id,service_id\n4,1\n", "phones.csv", "id,contact_id,number\n5,4,x\n"))
	f.Add(pack("../services.csv", "id\n", "datapackage.json", `{"resources":[{"name":"service","path":"a.csv"}]}`))
	f.Add(pack("a.csv", "id,name\n1,a\n", "datapackage.json", `{"resources":[{"name":"service","path":"a.csv"},{"name":"phone","path":["b"]}]}`))
	f.Add([]byte("PK\x05\x06"))
	f.Fuzz(func(t *testing.T, data []byte) { read(t, "a.zip", data) })
}
