package app

import (
	"path/filepath"
	"strings"
	"testing"

	"kvart/internal/platform/db"
	"kvart/internal/platform/mail"
)

// TestMail_goesAsTheProgramIsWired sends a mail that waits, from the program as it is wired to serve.
func TestMail_goesAsTheProgramIsWired(t *testing.T) {
	for address, host := range map[string]string{"https://susjedi.example/": "susjedi.example", "http://127.0.0.1:8080": "127.0.0.1", "": "localhost"} {
		post, dir := newLetters(t), t.TempDir()
		a, err := Open(t.Context(), Config{Data: dir, Secrets: filepath.Join(dir, "secrets"), PublicURL: address, SMTP: post.settings(), Version: "test"})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(a.Close)
		if err := a.DB.Tx(t.Context(), func(tx *db.Tx) error {
			return mail.Queue(t.Context(), tx, mail.Message{To: "osoba@primjer.test", Subject: "Novi termin", Body: "U četvrtak."})
		}); err != nil {
			t.Fatal(err)
		}
		if n, err := a.Mail.SendWaiting(t.Context()); n != 1 || err != nil || len(post.all()) != 1 || !strings.Contains(post.all()[0], "@"+host+">") {
			t.Errorf("%q: %d sent, %v: %s", address, n, err, post.all())
		}
	}
}
