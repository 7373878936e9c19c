package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kvart/internal/platform/sms"
)

func TestSMSSettings(t *testing.T) {
	secrets := t.TempDir()
	if err := os.WriteFile(filepath.Join(secrets, "sms-secret"), []byte("tajna\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if g, err := (texting{Country: "385"}).gateway(secrets); g != nil || err != nil {
		t.Errorf("nothing set: %v %v", g, err)
	}
	if g, err := (texting{URL: "https://sms.example/", Header: "Authorization: Bearer {secret}", Country: "47"}).gateway(secrets); err != nil || g.(sms.HTTP).Secret != "tajna" {
		t.Errorf("%v %v", g, err)
	}
	if g, err := (texting{Command: "/bin/cat", Secret: "other", Country: "385"}).gateway(secrets); err != nil || g.(sms.Command).Secret != "other" {
		t.Errorf("%v %v", g, err)
	}
	for want, bad := range map[string]texting{
		"choose one":  {Command: "/bin/cat", URL: "https://sms.example/", Country: "385"},
		"whole path":  {Command: "/nowhere/send", Country: "385"},
		"https://":    {URL: "http://sms.example/", Country: "385"},
		"--sms-count": {URL: "https://sms.example/", Country: "+385"},
		"not set":     {URL: "https://sms.example/?k", Body: "k={secret}", Country: "385"},
	} {
		folder := secrets
		if want == "not set" {
			folder = t.TempDir()
		}
		if _, err := bad.gateway(folder); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v", bad, err)
		}
	}
}
