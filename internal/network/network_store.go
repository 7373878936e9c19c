package network

import (
	"context"
	"regexp"
	"time"
	"unicode/utf8"

	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/i18n"
	"kvart/internal/platform/mail"
)

var (
	slugForm     = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	currencyForm = regexp.MustCompile(`^[A-Z]{3}$`)
	clockForm    = regexp.MustCompile(`^([01][0-9]|2[0-3]):[0-5][0-9]$`)
	codeForm     = regexp.MustCompile(`^[a-z]$`)
)

func checkSlug(f *fault.Form, slug string) {
	if !slugForm.MatchString(slug) || len(slug) > 60 {
		f.Add("slug", "network.fault.slug")
	}
}

func checkZone(f *fault.Form, zone string) {
	if _, err := time.LoadLocation(zone); err != nil || zone == "" || zone == "Local" {
		f.Add("zone", "network.fault.zone")
	}
}

func checkText(f *fault.Form, name string, t i18n.Text, most int, required bool) {
	if required && t.Empty() {
		f.Add(name, "fault.required")
	}
	for _, s := range t {
		if utf8.RuneCountInString(s) > most {
			f.Add(name, "fault.too_long", "max", most)
			return
		}
	}
}

func checkWord(f *fault.Form, name, s string, most int, required bool) {
	if required && s == "" {
		f.Add(name, "fault.required")
	}
	if utf8.RuneCountInString(s) > most {
		f.Add(name, "fault.too_long", "max", most)
	}
}

// Check returns Invalid with the fields that cannot be right.
func (n Network) Check() error {
	var f fault.Form
	checkText(&f, "name", n.Name, 120, true)
	checkZone(&f, n.Zone)
	if !currencyForm.MatchString(n.Currency) {
		f.Add("currency", "network.fault.currency")
	}
	if n.Disclosure < 3 || n.Disclosure > 100 {
		f.Add("disclosure", "fault.not_a_number", "low", 3, "high", 100)
	}
	for _, d := range []struct{ name, date string }{{"about.from", n.About.From}, {"about.to", n.About.To}} {
		if _, err := time.Parse(time.DateOnly, d.date); d.date != "" && err != nil {
			f.Add(d.name, "fault.not_a_date")
		}
	}
	if n.Privacy.Contact != "" && !mail.ValidAddress(n.Privacy.Contact) {
		f.Add("privacy.contact", "mail.fault.address")
	}
	return f.Err()
}

// SaveNetwork makes the network or changes it, and returns its id. It returns Conflict when somebody else changed it
// since the given version.
func (s *Store) SaveNetwork(ctx context.Context, tx *db.Tx, n Network, by string) (string, error) {
	if err := n.Check(); err != nil {
		return "", err
	}
	args := db.Args{"id": n.ID, "name": n.Name, "zone": n.Zone, "currency": n.Currency, "disclosure": n.Disclosure, "about": n.About,
		"privacy": n.Privacy, "emergency": n.Emergency, "version": n.Version}
	if n.ID == "" {
		args["id"] = db.NewID()
		if _, err := tx.Exec(ctx, `INSERT INTO networks (id, name, zone, currency, disclosure, about, privacy, emergency)
			VALUES (:id, :name, :zone, :currency, :disclosure, :about, :privacy, :emergency)`, args); err != nil {
			return "", err
		}
	} else if err := changed(tx.Exec(ctx, `UPDATE networks SET name = :name, zone = :zone, currency = :currency, disclosure = :disclosure, about = :about,
		privacy = :privacy, emergency = :emergency, version = version + 1 WHERE id = :id AND version = :version`, args)); err != nil {
		return "", err
	}
	id := args["id"].(string)
	return id, s.note(ctx, tx, "", "network.save", by, "network", id)
}

// changed is Conflict where an update found no row of the given version.
func changed(n int64, err error) error {
	if err == nil && n == 0 {
		return fault.Conflict("network.fault.changed_meanwhile")
	}
	return err
}

// Check returns Invalid with the fields that cannot be right.
func (g Group) Check() error {
	var f fault.Form
	if !codeForm.MatchString(g.Code) {
		f.Add("code", "network.fault.code")
	}
	checkText(&f, "name", g.Name, 80, true)
	return f.Err()
}

// SaveGroup makes a group or changes its name and place; its code stays, because addresses carry it.
func (s *Store) SaveGroup(ctx context.Context, tx *db.Tx, g Group, by string) error {
	if err := g.Check(); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `INSERT INTO groups (code, name, position) VALUES (:code, :name, :position)
		ON CONFLICT (code) DO UPDATE SET name = excluded.name, position = excluded.position`,
		db.Args{"code": g.Code, "name": g.Name, "position": g.Position}); err != nil {
		return err
	}
	return s.note(ctx, tx, "", "group.save", by, "group", g.Code)
}
