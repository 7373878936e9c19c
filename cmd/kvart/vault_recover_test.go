package main

import (
	"crypto/ed25519"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"kvart/internal/app"
	"kvart/internal/network"
	"kvart/internal/platform/auth"
	"kvart/internal/platform/db"
	"kvart/internal/platform/i18n"
	"kvart/internal/platform/vault"
	"kvart/internal/support"
)

func TestVaultRecover_givesBackWithTwoPapersOfTheOrganisation(t *testing.T) {
	ctx, dir := t.Context(), t.TempDir()
	s := storage{Data: filepath.Join(dir, "data")}
	cfg := s.config()
	cfg.PublicURL = "http://127.0.0.1:8080"
	a, err := app.Open(ctx, cfg)
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(err)
	data, err := os.ReadFile("../../docs/examples/network.yaml")
	must(err)
	_, err = a.ImportNetwork(ctx, data, false, "cli")
	must(err)
	centres, err := a.Network.Centres(ctx, a.DB)
	must(err)
	centre := centres[0]
	const phrase = "magla nad mostom u zoru"
	worker := func(login string) auth.VaultKey {
		t.Helper()
		w, err := a.Auth.AddAccount(ctx, login, "Osoba "+login, "", phrase, auth.Held{Role: network.SupportWorker, Scope: auth.Scope{Kind: network.ScopeCentre, ID: centre.ID}})
		must(err)
		_, err = a.Auth.MakeKey(ctx, w.ID, phrase, nil)
		must(err)
		k, err := a.Auth.VaultKey(ctx, a.DB, w.ID)
		must(err)
		return k
	}
	public, private, err := ed25519.GenerateKey(nil)
	must(err)
	must(a.Support.Pins.Pin(centre.OrganisationID, public))
	seed := [32]byte{1, 2, 3}
	recovery, err := vault.IdentityFromSeed(seed)
	must(err)
	sign := func() {
		t.Helper()
		u, err := a.Support.Unsigned(ctx, centre.OrganisationID)
		must(err)
		l := vault.List{Organisation: u.Organisation, Serial: u.Serial, Signed: time.Now().Format(time.DateOnly)}
		for _, k := range u.Readers {
			l.Readers = append(l.Readers, vault.Listed{ID: k.ID, Owner: k.Owner, Key: k.Key, Until: k.Until})
		}
		l.Readers = append(l.Readers, vault.Listed{ID: support.RecoveryID, Owner: support.RecoveryID, Key: recovery.Reader().Bytes(), Until: time.Now().AddDate(0, 6, 0).Format(time.DateOnly)})
		file, err := l.Sign(private)
		must(err)
		must(a.Support.TakeList(ctx, centre.OrganisationID, file, "test"))
	}
	gone := worker("prva")
	sign()
	code, err := a.Support.FreshCode(ctx)
	must(err)
	id, person, err := a.Support.Ask(ctx, support.Asking{Header: support.Header{Party: support.Party{Centre: centre.ID}, Lang: i18n.HR}, Text: "Nitko me ne čita.", Code: code})
	must(err)
	must(a.DB.Tx(ctx, func(tx *db.Tx) error { return a.Support.Leave(ctx, tx, gone.ID, true) }))
	_, err = a.DB.Exec(ctx, `UPDATE vault_keys SET ended_hour = 0 WHERE id = :k`, db.Args{"k": gone.ID})
	must(err)
	late := worker("druga")
	sign()
	a.Close()

	papers, others := vault.Split(vault.Recovery, seed), vault.Split(vault.Recovery, [32]byte{9})
	run := func(organisation string, typed ...string) error {
		t.Helper()
		file := filepath.Join(dir, "typed")
		must(os.WriteFile(file, []byte(strings.Join(typed, "\n")+"\n"), 0o600))
		in, err := os.Open(file)
		must(err)
		defer in.Close()
		was := os.Stdin
		os.Stdin = in
		defer func() { os.Stdin = was }()
		return (&vaultRecoverCmd{storage: s, Organisation: organisation}).Run(ctx)
	}
	for _, c := range []struct {
		says  string
		org   string
		typed []string
	}{
		{"no signed list", "nema", nil},
		{"answers ended", centre.OrganisationID, []string{papers[0].Printed()}},
		{"nothing was opened", centre.OrganisationID, []string{papers[0].Printed(), papers[2].Printed(), "no"}},
		{"not the recovery key", centre.OrganisationID, []string{others[0].Printed(), others[1].Printed(), "yes"}},
	} {
		if err := run(c.org, c.typed...); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("want %q: %v", c.says, err)
		}
	}
	must(run(centre.OrganisationID, papers[0].Printed(), papers[0].Printed(), papers[2].Printed(), "yes"))

	a, err = app.Open(ctx, cfg)
	must(err)
	defer a.Close()
	th, err := a.Support.Thread(ctx, person, id)
	must(err)
	if len(th.Entries) != 3 || th.Entries[1].Kind != support.Recovery || th.Entries[2].Who != late.ID {
		t.Errorf("the person sees %+v", th.Entries)
	}
	w, kek, err := a.Auth.SignIn(ctx, "druga", phrase)
	must(err)
	k, key, err := a.Auth.OpenKey(ctx, w, kek)
	must(err)
	if th, err = a.Support.Thread(ctx, support.Reading{ID: k.ID, Key: key, Account: w.ID}, id); err != nil || th.Entries[0].Text != "Nitko me ne čita." {
		t.Errorf("the listed reader: %+v, %v", th.Entries, err)
	}
}
