package app

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"kvart/internal/network"
	"kvart/internal/platform/auth"
	"kvart/internal/platform/db"
	"kvart/internal/platform/dbtest"
)

// TestMine_allRegistrationsBehindALinkSentByMail walks the whole way of a resident without an account.
func TestMine_allRegistrationsBehindALinkSentByMail(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := open(t, d)
		post := func(c *http.Client, path string, v url.Values) (int, string) {
			resp, err := c.PostForm(h.url+path, v)
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			b, _ := io.ReadAll(resp.Body)
			return resp.StatusCode, string(b) + resp.Header.Get("Location")
		}
		count := func(query string) (n int) {
			if err := d.Get(t.Context(), &n, query, nil); err != nil {
				t.Fatal(err)
			}
			return n
		}
		anybody := h.browser(t, "", auth.Scope{})
		for i, email := range []string{"Susjeda@primjer.hr", "susjeda@primjer.hr", "netko.drugi@primjer.hr"} {
			if status, _ := post(anybody, "/hr/sessions/"+h.session[i%2]+"/register", url.Values{"name": {"Osoba"}, "email": {email}, "party": {"1"}, "form_key": {fmt.Sprint("k", i)}}); status != http.StatusSeeOther {
				t.Fatalf("registering: %d", status)
			}
		}
		mails := count(`SELECT COUNT(*) FROM mails`)
		_, unknown := post(anybody, "/hr/mine", url.Values{"email": {"nitko@primjer.hr"}})
		if n := count(`SELECT COUNT(*) FROM mails`); n != mails {
			t.Fatal("a mail to an address nobody knows")
		}
		_, known := post(anybody, "/hr/mine", url.Values{"email": {" SUSJEDA@primjer.hr"}})
		if known != unknown {
			t.Error("the answer tells who is known")
		}
		post(anybody, "/hr/mine", url.Values{"email": {"susjeda@primjer.hr"}})
		if n := count(`SELECT COUNT(*) FROM mails`); n != mails+1 {
			t.Fatalf("%d mails for two askings at once", n-mails)
		}
		var body string
		if err := d.Get(t.Context(), &body, `SELECT body FROM mails WHERE to_address = 'susjeda@primjer.hr' AND body LIKE '%/desk/welcome/%'`, nil); err != nil {
			t.Fatal(err)
		}
		link := regexp.MustCompile(`/desk/welcome/\S+`).FindString(body)

		accounts := count(`SELECT COUNT(*) FROM accounts`)
		for range 2 { // a mail scanner opens it
			h.body(t, anybody, link)
		}
		if count(`SELECT COUNT(*) FROM accounts`) != accounts {
			t.Fatal("opening the link did something")
		}
		c := h.browser(t, "", auth.Scope{})
		status, where := post(c, link, nil)
		if status != http.StatusSeeOther || !strings.HasSuffix(where, "/mine") {
			t.Fatalf("the button: %d %s", status, where)
		}
		own := h.body(t, c, "/hr/mine")
		if n := strings.Count(own, "/hr/registrations/"); n != 2 || !strings.Contains(own, "U isto vrijeme") {
			t.Fatalf("%d registrations of two at one time:\n%s", n, own)
		}
		if h.body(t, h.browser(t, network.Coordinator, h.scope(network.Coordinator, t)), "/hr/mine") == own {
			t.Fatal("somebody else's")
		}
		if status, where := func() (int, string) {
			resp, err := c.Get(h.url + "/desk/")
			if err != nil {
				t.Fatal(err)
			}
			resp.Body.Close()
			return resp.StatusCode, resp.Header.Get("Location")
		}(); status != http.StatusSeeOther || !strings.HasSuffix(where, "/mine") {
			t.Fatalf("the desk of a resident: %d %s", status, where)
		}
		if status, _ := post(h.browser(t, "", auth.Scope{}), link, nil); status != http.StatusNotFound {
			t.Fatalf("the link a second time: %d", status)
		}

		// The account goes with the last record of its owner.
		var people []string
		if err := d.Select(t.Context(), &people, `SELECT id FROM people WHERE email = 'susjeda@primjer.hr'`, nil); err != nil || len(people) != 2 {
			t.Fatal(err, people)
		}
		for i, id := range people {
			if err := h.Network.ErasePerson(t.Context(), "", id, "test"); err != nil {
				t.Fatal(err)
			}
			if n := count(`SELECT COUNT(*) FROM accounts WHERE email = 'susjeda@primjer.hr'`); n != 1-i {
				t.Fatalf("%d accounts after %d of two records went", n, i+1)
			}
		}
	})
}
