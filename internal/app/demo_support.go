package app

import (
	"context"
	"crypto/ed25519"
	"fmt"
	"time"

	"kvart/internal/network"
	"kvart/internal/platform/auth"
	"kvart/internal/platform/i18n"
	"kvart/internal/platform/vault"
	"kvart/internal/support"
)

// demoWorkers are those of a centre's support team beside the one whose passphrase is printed: nobody signs in as them.
var demoWorkers = []struct{ login, name, centre string }{
	{"podrska.2.sesnaestica", "Druga osoba za podršku, Šesnaestica", sixteen},
	{"podrska.1.vestigium", "Osoba za podršku, Vestigium", vestigium},
	{"podrska.2.vestigium", "Druga osoba za podršku, Vestigium", vestigium},
}

// demoTopics are what a message may be about, in plain words.
var demoTopics = []support.Topic{
	{Code: "obitelj", Name: i18n.Text{i18n.HR: "Kod kuće nije dobro", i18n.EN: "Things are not well at home", i18n.NB: "Det er ikke bra hjemme"}},
	{Code: "samoca", Name: i18n.Text{i18n.HR: "Nemam s kime razgovarati", i18n.EN: "I have nobody to talk to", i18n.NB: "Jeg har ingen å snakke med"}},
	{Code: "skola-posao", Name: i18n.Text{i18n.HR: "Škola ili posao", i18n.EN: "School or work", i18n.NB: "Skole eller jobb"}},
	{Code: "stanovanje", Name: i18n.Text{i18n.HR: "Nemam gdje biti", i18n.EN: "I have nowhere to stay", i18n.NB: "Jeg har ikke noe sted å være"}},
	{Code: "zdravlje", Name: i18n.Text{i18n.HR: "Zdravlje", i18n.EN: "Health", i18n.NB: "Helse"}},
	{Code: "drugo", Name: i18n.Text{i18n.HR: "Nešto drugo", i18n.EN: "Something else", i18n.NB: "Noe annet"}},
}

// demoMessages are conversations that the demo's team has had, by the days before now on which each word was said.
var demoMessages = []struct {
	topic string
	words []struct {
		days int
		team bool
		text string
	}
}{
	{"samoca", []struct {
		days int
		team bool
		text string
	}{
		{9, false, "Dobar dan. Otkad mi je suprug umro, danima ne progovorim ni s kim. Ne znam je li ovo za vas."},
		{8, true, "Dobar dan i hvala vam što ste se javili. Jest, ovo je za nas. Biste li više voljeli popiti kavu kod nas u miran sat ili da vas netko nazove?"},
		{7, false, "Radije bih došla. Samo ne kad je gužva."},
		{6, true, "Utorkom od 10 do 11 tu je mirno. Pitajte za osobu koja dežura, ništa ne morate objašnjavati."},
	}},
	{"skola-posao", []struct {
		days int
		team bool
		text string
	}{
		{1, false, "Na poslu mi dobacuju i ne znam kome se smijem obratiti. Ne želim da itko sazna da sam pisao."},
	}},
}

// demoReceiver is the organisation whose member takes what is passed on.
const demoReceiver = "zajednicki-put"

// addSupport gives the demo's teams, and an organisation's member, keys and lists that are signed with keys of this start only,
// and has two people write.
func (d *demo) addSupport(ctx context.Context, signIns []SignIn) error {
	passphrases := map[string]string{}
	for _, s := range signIns {
		passphrases[s.Name] = s.Passphrase
	}
	for _, w := range demoWorkers {
		p, err := demoPassphrase()
		if err != nil {
			return err
		}
		passphrases[w.login] = p
		if _, err := d.Auth.AddAccount(ctx, w.login, w.name, "", p, auth.Held{Role: network.SupportWorker, Scope: auth.Scope{Kind: network.ScopeCentre, ID: d.centres[w.centre].ID}}); err != nil {
			return err
		}
	}
	first, err := d.giveKeys(ctx, passphrases)
	if err != nil {
		return fmt.Errorf("keys: %w", err)
	}
	if err := d.signLists(ctx); err != nil {
		return fmt.Errorf("lists: %w", err)
	}
	if err := d.Support.SaveSettings(ctx, support.Settings{Topics: demoTopics, Hours: 24}, "job"); err != nil {
		return err
	}
	if !d.Erasure.Ready() {
		return nil // the pages say that messages are closed
	}
	now := d.now
	defer func() { d.Support.Now = d.Now }()
	for n, m := range demoMessages {
		var id string
		var person support.Reading
		for i, word := range m.words {
			at := now.AddDate(0, 0, -word.days)
			d.Support.Now = func() time.Time { return at }
			if i == 0 {
				code, err := d.Support.FreshCode(ctx)
				if err != nil {
					return err
				}
				if id, person, err = d.Support.Ask(ctx, support.Asking{Header: support.Header{Party: support.Party{Centre: d.centres[sixteen].ID}, Lang: i18n.HR, Topic: m.topic}, Text: word.text, Code: code}); err != nil {
					return err
				}
				continue
			}
			by, waiting := person, &at
			if word.team {
				by, waiting = first, nil
			}
			if err := d.Support.Write(ctx, by, id, support.Change{Entries: []support.Entry{{Kind: support.Message, Text: word.text}}, Waiting: support.Since(waiting)}); err != nil {
				return err
			}
		}
		if n == 0 {
			if err := d.passOn(ctx, first, person, id); err != nil {
				return fmt.Errorf("passing on: %w", err)
			}
		}
	}
	return nil
}

// passOn has the team propose the day before yesterday to ask an organisation, and the person say yes yesterday: it waits for its
// member, who can sign in.
func (d *demo) passOn(ctx context.Context, team, person support.Reading, id string) error {
	d.Support.Now = func() time.Time { return d.now.AddDate(0, 0, -2) }
	if err := d.Support.Propose(ctx, team, id, support.Draft{To: support.Party{Organisation: d.members[demoReceiver]}, Topic: true,
		Summary: "Starija osoba traži društvo u mirno vrijeme, bez gužve. Najradije bi došla osobno.", Until: d.now.AddDate(0, 2, 0).Format(time.DateOnly)}, ""); err != nil {
		return err
	}
	list, err := d.Support.Referrals(ctx, person, id)
	if err != nil {
		return err
	}
	d.Support.Now = func() time.Time { return d.now.AddDate(0, 0, -1) }
	return d.Support.Consent(ctx, person, id, list[0].ID, "", "")
}

// giveKeys makes keys for the member and the support teams, and turns on every weekday for the teams.
func (d *demo) giveKeys(ctx context.Context, passphrases map[string]string) (first support.Reading, err error) {
	receivers, err := d.Support.Team(ctx, d.DB, support.Party{Organisation: d.members[demoReceiver]})
	if err != nil {
		return first, err
	}
	for _, m := range receivers.Members {
		account, err := d.Auth.Account(ctx, m.AccountID)
		if err != nil {
			return first, err
		}
		if _, err := d.Auth.MakeKey(ctx, account.ID, passphrases[account.Login], nil); err != nil {
			return first, err
		}
	}
	for _, slug := range []string{sixteen, vestigium} {
		centre := d.centres[slug].ID
		team, err := d.Support.Team(ctx, d.DB, support.Party{Centre: centre})
		if err != nil {
			return first, err
		}
		for i, m := range team.Members {
			account, err := d.Auth.Account(ctx, m.AccountID)
			if err != nil {
				return first, err
			}
			if _, err := d.Auth.MakeKey(ctx, account.ID, passphrases[account.Login], nil); err != nil {
				return first, err
			}
			if first.ID == "" {
				a, kek, err := d.Auth.SignIn(ctx, account.Login, passphrases[account.Login])
				if err != nil {
					return first, err
				}
				k, id, err := d.Auth.OpenKey(ctx, a, kek)
				if err != nil {
					return first, err
				}
				first = support.Reading{ID: k.ID, Key: id, Account: a.ID}
			}
			for day := 1; day <= 5; day++ {
				from, to := "09:00", "13:00"
				if i > 0 {
					from, to = "14:00", "18:00"
				}
				if err := d.Support.AddTurn(ctx, support.Turn{CentreID: centre, AccountID: account.ID, Weekday: day, From: from, To: to}, "job"); err != nil {
					return first, err
				}
			}
		}
	}
	return first, nil
}

// signLists pins a signing key that is forgotten at once, and signs each organisation's list with it.
func (d *demo) signLists(ctx context.Context) error {
	done := map[string]bool{}
	for _, organisation := range []string{d.centres[sixteen].OrganisationID, d.centres[vestigium].OrganisationID, d.members[demoReceiver]} {
		if done[organisation] {
			continue
		}
		done[organisation] = true
		public, private, err := ed25519.GenerateKey(nil)
		if err != nil {
			return err
		}
		recovery, err := vault.NewIdentity()
		if err != nil {
			return err
		}
		if err := d.Support.Pins.Pin(organisation, public); err != nil {
			return err
		}
		u, err := d.Support.Unsigned(ctx, organisation)
		if err != nil {
			return err
		}
		until := d.now.AddDate(1, 0, -7).Format(time.DateOnly)
		l := vault.List{Organisation: organisation, Serial: u.Serial, Signed: d.now.Format(time.DateOnly)}
		for _, k := range u.Readers {
			l.Readers = append(l.Readers, vault.Listed{ID: k.ID, Owner: k.Owner, Key: k.Key, Until: k.Until})
		}
		l.Readers = append(l.Readers, vault.Listed{ID: support.RecoveryID, Owner: support.RecoveryID, Key: recovery.Reader().Bytes(), Until: until})
		file, err := l.Sign(private)
		if err != nil {
			return err
		}
		if err := d.Support.TakeList(ctx, organisation, file, "job"); err != nil {
			return err
		}
	}
	return nil
}
