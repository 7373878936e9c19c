package hsds

import "testing"

func TestFit_keepsWhatIsRightAndDropsWhatTheSchemasRefuse(t *testing.T) {
	links := []URL{{URL: "nije"}, {URL: "https://kvart.example/a?b=c"}, {URL: ""}, {URL: "mailto:ured@kvart.example"}}
	s := Service{ID: "ac148810-d857-441c-9679-408f346de14b", Name: "Usluga", Status: "otvoreno", Email: "nije", AssurerEmail: "ured@kvart.example", URL: "kvart.example", LastModified: "2026-11-01",
		Phones:   []Phone{{Number: "01 000 0001", ServiceID: "nije"}, {ID: "8896b788-7b3e-11ef-8db9-7f3d040352b3", Number: "01 000 0002", Metadata: []Change{{PreviousValue: "prije"}}}},
		Metadata: []Change{{}}, Program: &Program{Name: "Program"}, ServiceAreas: []Area{{URI: "bez formata"}}, AdditionalURLs: links, Schedules: []Schedule{{Freq: "DAILY", Wkst: "MO"}}}
	Fit(&s, nil)
	again := s
	Fit(&again, nil)
	if s.Status != "active" || s.Email != "" || s.AssurerEmail == "" || s.URL != "" || s.LastModified != "2026-11-01T00:00:00Z" || s.Metadata != nil || s.ServiceAreas[0].URI == "" {
		t.Errorf("got %+v", s)
	}
	if !IsUUID(s.Phones[0].ID) || s.Phones[0].ServiceID != "" || s.Phones[1].ID != "8896b788-7b3e-11ef-8db9-7f3d040352b3" || s.Phones[1].Metadata != nil || !IsUUID(s.Program.ID) || s.Program.ID == s.Phones[0].ID {
		t.Errorf("got %+v, %+v", s.Phones, s.Program)
	}
	if len(s.AdditionalURLs) != 2 || s.AdditionalURLs[0].URL != "https://kvart.example/a?b=c" || s.AdditionalURLs[1].URL != "mailto:ured@kvart.example" || s.Schedules[0].Freq != "" || s.Schedules[0].Wkst != "MO" {
		t.Errorf("got %+v, %+v", s.AdditionalURLs, s.Schedules)
	}
	if again.Phones[0].ID != s.Phones[0].ID || links[0].URL != "nije" || len(links) != 4 {
		t.Error("the list that others have too was changed")
	}
}

func TestFit_knowsWhatIsAnAddress(t *testing.T) {
	for s, want := range map[string]bool{"ured@kvart.example": true, "a.b+c@x-y.hr": true, "ured@kvart": false, "@kvart.example": false, "ured@": false, "a..b@kvart.example": false, "ured@-kvart.example": false,
		"ured@čakovec.example": false, "ured kvart@kvart.example": false, "": false, "a@b@c.hr": false} {
		if isAddress(s) != want {
			t.Errorf("%q: %v", s, !want)
		}
	}
	for s, want := range map[string]bool{"https://kvart.example": true, "https://kvart.example/č?a=b#c": true, "http://[::1]:80/": true, "urn:isbn:1": true, "https://": false, "https:///a": false, "/a": false, "kvart.example": false,
		"https://a b": false, "%zz": false, "https://kvart.example/%zz": false} {
		if isAbsolute(s) != want {
			t.Errorf("%q: %v", s, !want)
		}
	}
	for s, want := range map[string]bool{"8896b788-7b3e-11ef-8db9-7f3d040352b3": true, "8896B788-7B3E-11EF-8DB9-7F3D040352B3": true, "8896b7887b3e11ef8db97f3d040352b3": false, "8896b788-7b3e-11ef-8db9-7f3d040352bg": false, "": false} {
		if IsUUID(s) != want {
			t.Errorf("%q: %v", s, !want)
		}
	}
}
