package network

import (
	"context"
	"net/url"
	"slices"

	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
)

// Kinds of organisations, and how they stand to the network.
var (
	OrganisationKinds = []string{"cso", "initiative", "public", "city"}
	Standings         = []string{"lead", "partner", "member"}
)

// Check returns Invalid with the fields that cannot be right.
func (o Organisation) Check() error {
	var f fault.Form
	checkSlug(&f, o.Slug)
	checkWord(&f, "name", o.Name, 160, true)
	checkText(&f, "about", o.About, 2000, false)
	if !slices.Contains(OrganisationKinds, o.Kind) {
		f.Add("kind", "network.fault.organisation_kind")
	}
	if !slices.Contains(Standings, o.Standing) {
		f.Add("standing", "network.fault.standing")
	}
	if o.Web != "" {
		if u, err := url.Parse(o.Web); err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || len(o.Web) > 300 {
			f.Add("web", "network.fault.web")
		}
	}
	return f.Err()
}

// SaveOrganisation makes an organisation or changes it, and returns its id; the slug of one that exists stays. It
// returns Conflict when somebody else changed it since the given version.
func (s *Store) SaveOrganisation(ctx context.Context, tx *db.Tx, o Organisation, by string) (string, error) {
	if err := o.Check(); err != nil {
		return "", err
	}
	args := db.Args{"id": o.ID, "slug": o.Slug, "kind": o.Kind, "name": o.Name, "standing": o.Standing, "web": o.Web, "about": o.About, "version": o.Version}
	if o.ID == "" {
		args["id"] = db.NewID()
		if err := slugTaken(tx.Exec(ctx, `INSERT INTO organisations (id, slug, kind, name, standing, web, about)
			VALUES (:id, :slug, :kind, :name, :standing, :web, :about) ON CONFLICT (slug) DO NOTHING`, args)); err != nil {
			return "", err
		}
	} else if err := changed(tx.Exec(ctx, `UPDATE organisations SET kind = :kind, name = :name, standing = :standing, web = :web, about = :about,
		version = version + 1 WHERE id = :id AND version = :version`, args)); err != nil {
		return "", err
	}
	id := args["id"].(string)
	return id, s.note(ctx, tx, "", "organisation.save", by, "organisation", id)
}
