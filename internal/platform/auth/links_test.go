package auth

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/i18n"
)

func invite(t *testing.T, s *Store, roles ...Held) string {
	t.Helper()
	return inTx(t, s, func(tx *db.Tx) (string, error) {
		return s.Invite(t.Context(), tx, "Ana", "Ana@Primjer.hr", i18n.NB, roles)
	})
}

func reset(t *testing.T, s *Store, id string) string {
	t.Helper()
	return inTx(t, s, func(tx *db.Tx) (string, error) { return s.ResetLink(t.Context(), tx, id) })
}

func TestInvite_lookingDoesNotUseItAndItsOwnerChoosesThePassphrase(t *testing.T) {
	each(t, func(t *testing.T, s *Store, c *clock) {
		token := invite(t, s, Held{"host", centreA}, Held{"lead", centreB})
		for range 3 { // a mail scanner opens it, more than once
			if l := must[Link](t)(s.Peek(t.Context(), token)); l.Kind != LinkInvite || l.Name != "Ana" || l.Email != "ana@primjer.hr" || l.LosesKey {
				t.Fatalf("%+v", l)
			}
		}
		a, err := s.AcceptInvite(t.Context(), token, " Ana@Primjer.hr", " Ana ", phrase)
		if err != nil || a.Login != "ana@primjer.hr" || a.Name != "Ana" || a.Lang != i18n.NB {
			t.Fatalf("%+v %v", a, err)
		}
		if got := must[[]Held](t)(s.Roles(t.Context(), a.ID)); len(got) != 2 || got[0] != (Held{"host", centreA}) || got[1] != (Held{"lead", centreB}) {
			t.Fatal(got)
		}
		if _, _, err := s.SignIn(t.Context(), "ana@primjer.hr", phrase); err != nil {
			t.Fatal(err)
		}
		_, err = s.Peek(t.Context(), token)
		wantKind(t, err, fault.KindNotFound)
		_, err = s.AcceptInvite(t.Context(), token, "other", "Other", phrase)
		wantKind(t, err, fault.KindNotFound)
	})
}

func TestInvite_aFaultInTheFormKeepsTheLink(t *testing.T) {
	each(t, func(t *testing.T, s *Store, c *clock) {
		must[Account](t)(s.AddAccount(t.Context(), "taken", "Taken", "", phrase))
		token := invite(t, s, Held{"host", centreA})
		for name, form := range map[string][3]string{
			"login taken": {"Taken", "Ana", phrase}, "login with a space": {"a na na", "Ana", phrase}, "short login": {"an", "Ana", phrase},
			"long login": {strings.Repeat("a", 121), "Ana", phrase}, "no name": {"ana", "  ", phrase}, "short passphrase": {"ana", "Ana", "short"},
		} {
			_, err := s.AcceptInvite(t.Context(), token, form[0], form[1], form[2])
			if !fault.Is(err, fault.KindInvalid) || len(fault.Of(err).Fields) == 0 {
				t.Errorf("%s: %v", name, err)
			}
		}
		if _, err := s.AcceptInvite(t.Context(), token, "ana", "Ana", phrase); err != nil {
			t.Fatal(err)
		}
	})
}

func TestLink_usedByTwentyAtOnceLetsOneIn(t *testing.T) {
	each(t, func(t *testing.T, s *Store, c *clock) {
		token := invite(t, s)
		won := 0
		for _, err := range together(20, func(i int) error {
			_, err := s.AcceptInvite(context.Background(), token, "person"+strings.Repeat("x", i), "Person", phrase)
			return err
		}) {
			if err == nil {
				won++
			} else if !fault.Is(err, fault.KindNotFound) {
				t.Error(err)
			}
		}
		var accounts int
		if err := s.DB.Get(t.Context(), &accounts, `SELECT COUNT(*) FROM accounts`, nil); err != nil || won != 1 || accounts != 1 {
			t.Fatalf("%d won and %d accounts were made, %v", won, accounts, err)
		}
	})
}

func TestLink_isOverAtItsTimeAndOfOneKindOnly(t *testing.T) {
	each(t, func(t *testing.T, s *Store, c *clock) {
		a := must[Account](t)(s.AddAccount(t.Context(), "ana", "Ana", "", phrase))
		inv, res := invite(t, s), reset(t, s, a.ID)
		_, _, err := s.UseReset(t.Context(), inv, phrase)
		wantKind(t, err, fault.KindNotFound)
		_, err = s.AcceptInvite(t.Context(), res, "other", "Other", phrase)
		wantKind(t, err, fault.KindNotFound)
		_, err = s.UseResidentLink(t.Context(), res)
		wantKind(t, err, fault.KindNotFound)
		c.move(24 * time.Hour)
		_, err = s.Peek(t.Context(), res)
		wantKind(t, err, fault.KindNotFound)
		_, _, err = s.UseReset(t.Context(), res, phrase)
		wantKind(t, err, fault.KindNotFound)
		if _, err := s.Peek(t.Context(), inv); err != nil {
			t.Fatal("an invitation holds for seven days", err)
		}
		c.move(6 * 24 * time.Hour)
		_, err = s.AcceptInvite(t.Context(), inv, "other", "Other", phrase)
		wantKind(t, err, fault.KindNotFound)
		for _, nonsense := range []string{"", "x", strings.Repeat("A", 5000), inv + "A"} {
			_, err := s.Peek(t.Context(), nonsense)
			wantKind(t, err, fault.KindNotFound)
		}
	})
}

func TestReset_keepsTheAccountLosesItsKeyAndEndsItsSessions(t *testing.T) {
	each(t, func(t *testing.T, s *Store, c *clock) {
		a := must[Account](t)(s.AddAccount(t.Context(), "ana", "Ana", "", phrase, Held{"host", centreA}))
		must[int64](t)(s.DB.Exec(t.Context(), `UPDATE accounts SET vault_key = 'sealed'`, nil))
		must[int64](t)(s.DB.Exec(t.Context(), `INSERT INTO sign_ins (token, account_id, data, expires_at) VALUES ('t', :a, '', 9999999999)`, db.Args{"a": a.ID}))
		token := reset(t, s, a.ID)
		if l := must[Link](t)(s.Peek(t.Context(), token)); !l.LosesKey || l.Name != "Ana" {
			t.Fatalf("the page must say that the key will be lost: %+v", l)
		}
		const next = "druga magla drugi most"
		_, _, err := s.UseReset(t.Context(), token, "short")
		wantKind(t, err, fault.KindInvalid)
		for range 6 {
			_, _, _ = s.SignIn(t.Context(), "ana", "not the passphrase")
		}
		got, lost, err := s.UseReset(t.Context(), token, next)
		if err != nil || !lost || got.ID != a.ID {
			t.Fatal(got.ID, lost, err)
		}
		if a := must[Account](t)(s.Account(t.Context(), a.ID)); a.VaultKey != "" {
			t.Fatal("the vault key must be lost: whoever can reset could otherwise read it")
		}
		if roles := must[[]Held](t)(s.Roles(t.Context(), a.ID)); len(roles) != 1 {
			t.Fatal("the account keeps its roles", roles)
		}
		var open int
		if err := s.DB.Get(t.Context(), &open, `SELECT COUNT(*) FROM sign_ins`, nil); err != nil || open != 0 {
			t.Fatal("sessions from before stay open", open, err)
		}
		if _, _, err := s.SignIn(t.Context(), "ana", next); err != nil {
			t.Fatal("a reset begins without failures", err)
		}
		_, _, err = s.UseReset(t.Context(), token, phrase)
		wantKind(t, err, fault.KindNotFound)
	})
}

func TestLink_ofADisabledAccountDoesNothing(t *testing.T) {
	each(t, func(t *testing.T, s *Store, c *clock) {
		a := must[Account](t)(s.AddAccount(t.Context(), "ana", "Ana", "", phrase))
		token := reset(t, s, a.ID)
		must[int64](t)(s.DB.Exec(t.Context(), `UPDATE accounts SET state = 'disabled'`, nil))
		_, err := s.Peek(t.Context(), token)
		wantKind(t, err, fault.KindNotFound)
		_, _, err = s.UseReset(t.Context(), token, phrase)
		wantKind(t, err, fault.KindNotFound)
	})
}

func TestLink_theDatabaseHoldsNoTokenThatWorks(t *testing.T) {
	each(t, func(t *testing.T, s *Store, c *clock) {
		token := invite(t, s)
		api := must[string](t)(s.CreateToken(t.Context(), "api", Held{"host", centreA}, c.now().AddDate(1, 0, 0)))
		var stored []string
		if err := s.DB.Select(t.Context(), &stored, `SELECT token_hash FROM one_time_links UNION ALL SELECT token_hash FROM api_tokens`, nil); err != nil || len(stored) != 2 {
			t.Fatal(stored, err)
		}
		for _, h := range stored {
			if strings.Contains(h, token) || strings.Contains(api, h) {
				t.Fatal("a token is stored")
			}
			_, err := s.Peek(t.Context(), h)
			wantKind(t, err, fault.KindNotFound)
			_, err = s.Token(t.Context(), h)
			wantKind(t, err, fault.KindUnauthenticated)
		}
	})
}

func TestToken_holdsUntilItIsOverOrRevoked(t *testing.T) {
	each(t, func(t *testing.T, s *Store, c *clock) {
		raw := must[string](t)(s.CreateToken(t.Context(), "desk display", Held{"host", centreA}, c.now().Add(time.Hour)))
		if !strings.HasPrefix(raw, "kvart_") || len(raw) < 40 {
			t.Fatal(raw)
		}
		got := must[Token](t)(s.Token(t.Context(), raw))
		if got.Held != (Held{"host", centreA}) || got.Name != "desk display" {
			t.Fatalf("%+v", got)
		}
		for _, wrong := range []string{"", "kvart_", raw + "x", strings.TrimPrefix(raw, "kvart_")} {
			_, err := s.Token(t.Context(), wrong)
			wantKind(t, err, fault.KindUnauthenticated)
		}
		c.move(time.Hour)
		_, err := s.Token(t.Context(), raw)
		wantKind(t, err, fault.KindUnauthenticated)
		raw = must[string](t)(s.CreateToken(t.Context(), "x", Held{"host", centreA}, c.now().Add(time.Hour)))
		got = must[Token](t)(s.Token(t.Context(), raw))
		if err := s.RevokeToken(t.Context(), got.ID); err != nil {
			t.Fatal(err)
		}
		_, err = s.Token(t.Context(), raw)
		wantKind(t, err, fault.KindUnauthenticated)
	})
}

func TestReset_anotherLinkForItDoesNothingAfterwards(t *testing.T) {
	each(t, func(t *testing.T, s *Store, c *clock) {
		a := must[Account](t)(s.AddAccount(t.Context(), "ana", "Ana", "", phrase))
		first, second := reset(t, s, a.ID), reset(t, s, a.ID)
		if _, _, err := s.UseReset(t.Context(), second, "druga magla drugi most"); err != nil {
			t.Fatal(err)
		}
		_, err := s.Peek(t.Context(), first)
		wantKind(t, err, fault.KindNotFound)
		third := reset(t, s, a.ID)
		if err := s.ChangePassphrase(t.Context(), a.ID, "druga magla drugi most", phrase); err != nil {
			t.Fatal(err)
		}
		_, err = s.Peek(t.Context(), third)
		wantKind(t, err, fault.KindNotFound)
	})
}

func TestResidentLink_opensOnceAndOnlyWhatAMailBoxMayOpen(t *testing.T) {
	each(t, func(t *testing.T, s *Store, c *clock) {
		ana := must[Account](t)(s.AddAccount(t.Context(), "ana", "Ana", "ana@primjer.hr", phrase, Held{"resident", centreA}))
		link := func(email string) (token string, err error) {
			err = s.DB.Tx(t.Context(), func(tx *db.Tx) error {
				token, err = s.ResidentLink(t.Context(), tx, email, "resident", i18n.EN)
				return err
			})
			c.move(2 * time.Minute)
			return token, err
		}
		token := must[string](t)(link(" ANA@primjer.hr"))
		if l := must[Link](t)(s.Peek(t.Context(), token)); l.Kind != LinkResident {
			t.Fatalf("%+v", l)
		}
		if a, err := s.UseResidentLink(t.Context(), token); err != nil || a.ID != ana.ID {
			t.Fatal(a, err)
		}
		_, err := s.UseResidentLink(t.Context(), token)
		wantKind(t, err, fault.KindNotFound)
		_, err = link("")
		wantKind(t, err, fault.KindNotFound)
		token = must[string](t)(link("ana@primjer.hr"))
		if err := s.DB.Tx(t.Context(), func(tx *db.Tx) error { return s.Give(t.Context(), tx, ana.ID, Held{"coordinator", centreA}) }); err != nil {
			t.Fatal(err)
		}
		_, err = s.UseResidentLink(t.Context(), token)
		wantKind(t, err, fault.KindNotFound) // she coordinates now
		_, err = link("ana@primjer.hr")
		wantKind(t, err, fault.KindNotFound)
		must[Account](t)(s.AddAccount(t.Context(), "berta", "Berta", "berta@primjer.hr", phrase, Held{"resident", centreA}))
		must[int64](t)(s.DB.Exec(t.Context(), `UPDATE accounts SET vault_key = 'sealed' WHERE login = 'berta'`, nil))
		_, err = link("berta@primjer.hr")
		wantKind(t, err, fault.KindNotFound)
		dora := must[Account](t)(s.AddAccount(t.Context(), "dora", "Dora", "dora@primjer.hr", phrase, Held{"resident", centreA}))
		must[string](t)(link("dora@primjer.hr"))
		register(t, s, dora, newAuthenticator(t))
		_, err = link("dora@primjer.hr")
		wantKind(t, err, fault.KindNotFound)
	})
}

func TestResidentLink_makesAnAccountWhenItIsUsedAndNotBefore(t *testing.T) {
	each(t, func(t *testing.T, s *Store, c *clock) {
		joined := 0
		s.Joined = func(ctx context.Context, tx *db.Tx, a Account) error {
			joined++
			return s.Give(ctx, tx, a.ID, Held{"resident", centreA})
		}
		link := func(email string) (token string, err error) {
			err = s.DB.Tx(t.Context(), func(tx *db.Tx) error {
				token, err = s.ResidentLink(t.Context(), tx, email, "resident", i18n.EN)
				return err
			})
			return token, err
		}
		count := func() (n int) {
			if err := s.DB.Get(t.Context(), &n, `SELECT COUNT(*) FROM accounts`, nil); err != nil {
				t.Fatal(err)
			}
			return n
		}
		before := count()
		first := must[string](t)(link("susjeda@primjer.hr"))
		_, err := link("SUSJEDA@primjer.hr ")
		wantKind(t, err, fault.KindTooMany)
		c.move(2 * time.Minute)
		second := must[string](t)(link("susjeda@primjer.hr"))
		if n := count(); n != before {
			t.Fatalf("%d accounts made by asking", n-before)
		}
		a := must[Account](t)(s.UseResidentLink(t.Context(), first))
		if b := must[Account](t)(s.UseResidentLink(t.Context(), second)); a.ID != b.ID || joined != 2 || count() != before+1 {
			t.Fatal(a.ID, b.ID, joined, count())
		}
		if _, _, err := s.SignIn(t.Context(), "susjeda@primjer.hr", ""); !fault.Is(err, fault.KindUnauthenticated) {
			t.Fatal("signed in without a passphrase: ", err)
		}
		c.move(2 * time.Minute)
		third := must[string](t)(link("susjeda@primjer.hr"))
		if b := must[Account](t)(s.UseResidentLink(t.Context(), third)); b.ID != a.ID {
			t.Fatal("a second account")
		}
		ana := must[Account](t)(s.AddAccount(t.Context(), "ana", "Ana", "ana@primjer.hr", phrase, Held{"resident", centreA}))
		if err := s.DB.Tx(t.Context(), func(tx *db.Tx) error {
			return errors.Join(s.DropByMail(t.Context(), tx, a.ID), s.DropByMail(t.Context(), tx, ana.ID))
		}); err != nil || count() != before+1 {
			t.Fatal(err, count())
		}
	})
}

func TestAudit_saysWhatSomebodyDidWithTheirAccount(t *testing.T) {
	each(t, func(t *testing.T, s *Store, c *clock) {
		a := must[Account](t)(s.AcceptInvite(t.Context(), invite(t, s), "ana", "Ana", phrase))
		if err := s.ChangePassphrase(t.Context(), a.ID, phrase, "druga magla drugi most"); err != nil {
			t.Fatal(err)
		}
		if _, _, err := s.UseReset(t.Context(), reset(t, s, a.ID), phrase); err != nil {
			t.Fatal(err)
		}
		register(t, s, a, newAuthenticator(t))
		if err := s.RemovePasskey(t.Context(), a.ID, must[[]Passkey](t)(s.Passkeys(t.Context(), a.ID))[0].ID); err != nil {
			t.Fatal(err)
		}
		for _, action := range []string{"account.accept", "account.passphrase", "account.reset", "passkey.add", "passkey.remove"} {
			var n int
			if err := s.DB.Get(t.Context(), &n, `SELECT COUNT(*) FROM audit_rows WHERE action = :x AND actor = :a AND subject_id = :a`, db.Args{"x": action, "a": a.ID}); err != nil || n != 1 {
				t.Errorf("%s: %d rows, %v", action, n, err)
			}
		}
	})
}
