package sharing_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"kvart/internal/booking"
	"kvart/internal/network"
	"kvart/internal/platform/auth"
	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/i18n"
	"kvart/internal/sharing"
	"kvart/locales"
)

// thursday is noon, UTC; tests say times as hours from it.
var thursday = time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)

func hours(from, to float64) booking.Interval {
	at := func(h float64) time.Time { return thursday.Add(time.Duration(h * float64(time.Hour))) }
	return booking.Interval{Start: at(from), End: at(to)}
}

// place is two centres run by one organisation, three organisations that want rooms, and a clock that the test moves.
type place struct {
	*sharing.Store
	t             *testing.T
	centre, other string
	runs          string
	a, b, c       string // organisations
	hall, room    string // spaces of the centre
	by            map[string]string
	now           time.Time
}

func newPlace(t *testing.T, d *db.DB, features string) *place {
	t.Helper()
	p := &place{t: t, centre: db.NewID(), other: db.NewID(), runs: db.NewID(), a: db.NewID(), b: db.NewID(), c: db.NewID(), by: map[string]string{}, now: thursday.Add(-7 * 24 * time.Hour)}
	now := func() time.Time { return p.now }
	words, err := i18n.Load(locales.FS)
	p.must(err)
	accounts := auth.NewStore(d, now, auth.Secrets{Pepper: []byte(strings.Repeat("p", 32))}, "https://kvart.test")
	accounts.Cost = auth.Cost{MemoryKiB: 64, Passes: 1, Lanes: 1}
	rooms := &booking.Store{DB: d, Now: now}
	p.Store = &sharing.Store{DB: d, Now: now, Network: &network.Store{DB: d, Now: now, Auth: accounts}, Booking: rooms, Texts: words, PublicURL: "https://kvart.test"}
	rooms.Freed = append(rooms.Freed, p.Freed)
	area := db.NewID()
	p.must(d.Tx(t.Context(), func(tx *db.Tx) error {
		exec := func(sql string, args db.Args) {
			if _, err := tx.Exec(t.Context(), sql, args); err != nil {
				t.Fatal(sql, err)
			}
		}
		exec(`INSERT INTO networks (id, name, zone) VALUES (:id, '{}', 'Europe/Zagreb')`, db.Args{"id": db.NewID()})
		exec(`INSERT INTO areas (id, slug, kind, name) VALUES (:id, 'area', 'city', '{}')`, db.Args{"id": area})
		for slug, id := range map[string]string{"runs": p.runs, "a": p.a, "b": p.b, "c": p.c} {
			exec(`INSERT INTO organisations (id, slug, kind, name) VALUES (:id, :s, 'cso', :s)`, db.Args{"id": id, "s": slug})
		}
		for i, id := range []string{p.centre, p.other} {
			exec(`INSERT INTO centres (id, slug, number, colour, organisation_id, area_id, name, zone, features) VALUES (:id, :s, :n, 1, :o, :a, 'One', 'Europe/Zagreb', :f)`,
				db.Args{"id": id, "s": string(rune('a' + i)), "n": i + 1, "o": p.runs, "a": area, "f": features})
		}
		for slug, holds := range map[string]int{"dvorana": 40, "soba": 8} {
			id, err := rooms.AddSpace(t.Context(), tx, booking.Space{CentreID: p.centre, Slug: slug, Name: i18n.Text{i18n.HR: slug}, Holds: holds}, "test")
			if err != nil {
				return err
			}
			if slug == "dvorana" {
				p.hall = id
			} else {
				p.room = id
			}
		}
		return nil
	}))
	for _, o := range []string{p.a, p.b, p.c} {
		account, err := accounts.AddAccount(t.Context(), "u."+o[:30], "Osoba", "u."+o+"@kvart.example", "četiri obične riječi", auth.Held{Role: network.Member, Scope: auth.Scope{Kind: network.ScopeOrganisation, ID: o}})
		p.must(err)
		p.by[o] = account.ID
	}
	return p
}

func (p *place) must(err error) {
	p.t.Helper()
	if err != nil {
		p.t.Fatal(err)
	}
}

// want is an ask of the organisation for the hall.
func (p *place) want(organisation string, dates ...booking.Interval) sharing.Ask {
	return sharing.Ask{SpaceID: p.hall, OrganisationID: organisation, Title: "Proba zbora", People: 12, Dates: dates, By: p.by[organisation]}
}

func (p *place) try(a sharing.Ask) (r sharing.Request, err error) {
	err = p.Booking.Claim(p.t.Context(), func(tx *db.Tx) (err error) { r, err = p.AskTx(p.t.Context(), tx, a); return err })
	return r, err
}

func (p *place) ask(a sharing.Ask) sharing.Request {
	p.t.Helper()
	r, err := p.try(a)
	p.must(err)
	return r
}

func (p *place) atCentre() auth.Scope { return auth.Scope{Kind: network.ScopeCentre, ID: p.centre} }

func of(organisation string) auth.Scope {
	return auth.Scope{Kind: network.ScopeOrganisation, ID: organisation}
}

func (p *place) approve(a sharing.Answer) error {
	a.By = "coordinator"
	return p.Booking.Claim(p.t.Context(), func(tx *db.Tx) error { _, err := p.ApproveTx(p.t.Context(), tx, a); return err })
}

func (p *place) refuse(a sharing.Answer) error {
	a.By = "coordinator"
	return p.Booking.Claim(p.t.Context(), func(tx *db.Tx) error { _, err := p.RefuseTx(p.t.Context(), tx, a); return err })
}

func (p *place) withdraw(organisation, id string) error {
	return p.Booking.Claim(p.t.Context(), func(tx *db.Tx) error {
		_, err := p.WithdrawTx(p.t.Context(), tx, organisation, id, nil, p.by[organisation])
		return err
	})
}

func (p *place) state(id string) string {
	p.t.Helper()
	r, err := p.Request(p.t.Context(), p.DB, id)
	p.must(err)
	return r.State()
}

// free says whether the hall is.
func (p *place) free(i booking.Interval) bool {
	p.t.Helper()
	list, err := p.Booking.Clashes(p.t.Context(), p.DB, p.hall, []booking.Interval{i}, "")
	p.must(err)
	return len(list) == 0
}

// pass moves the clock and lets what runs by itself run.
func (p *place) pass(d time.Duration) {
	p.t.Helper()
	p.now = p.now.Add(d)
	_, err := p.Booking.EndHolds(context.Background())
	p.must(err)
	p.must(p.Remind(context.Background()))
}

// mails are the bodies of those to the organisation's member, oldest first.
func (p *place) mails(organisation string) string {
	p.t.Helper()
	var list []string
	p.must(p.DB.Select(p.t.Context(), &list, `SELECT body FROM mails WHERE to_address = :to ORDER BY body`, db.Args{"to": "u." + organisation + "@kvart.example"}))
	return strings.Join(list, "\n---\n")
}

func refused(t *testing.T, err error, kind fault.Kind, key string) {
	t.Helper()
	e := fault.Of(err)
	if !fault.Is(err, kind) {
		t.Fatalf("got %v, want the refusal %s", err, key)
	}
	if e.Key == key {
		return
	}
	for _, f := range e.Fields {
		if f.Key == key {
			return
		}
	}
	t.Fatalf("got %v, want the refusal %s", err, key)
}

func (p *place) exec(query string, args db.Args) {
	p.t.Helper()
	_, err := p.DB.Exec(p.t.Context(), query, args)
	p.must(err)
}
