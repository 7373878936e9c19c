// Package demo carries the sample map of help, for the demo network and for measuring how things are found in it.
package demo

import (
	"bytes"
	"context"
	_ "embed"
	"fmt"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/google/uuid"

	"kvart/internal/directory"
	"kvart/internal/hsds"
	"kvart/internal/network"
	"kvart/internal/platform/db"
	"kvart/internal/platform/i18n"
)

//go:embed directory.yaml
var file []byte

type sample struct {
	Terms []struct {
		Slug  string    `yaml:"slug"`
		In    string    `yaml:"in"`
		Name  i18n.Text `yaml:"name"`
		About i18n.Text `yaml:"about"`
	} `yaml:"terms"`
	Synonyms      map[i18n.Lang]map[string][]string `yaml:"synonyms"`
	Organisations []struct {
		Slug    string    `yaml:"slug"`
		Network string    `yaml:"network"`
		Kind    string    `yaml:"kind"`
		Centre  string    `yaml:"centre"`
		Name    string    `yaml:"name"`
		About   i18n.Text `yaml:"about"`
		Email   string    `yaml:"email"`
	} `yaml:"organisations"`
	Locations []struct {
		Slug         string    `yaml:"slug"`
		Of           string    `yaml:"of"`
		Name         string    `yaml:"name"`
		Street       string    `yaml:"street"`
		Post         string    `yaml:"post"`
		City         string    `yaml:"city"`
		Lat          float64   `yaml:"lat"`
		Lon          float64   `yaml:"lon"`
		Steps        string    `yaml:"steps"`
		Stop         i18n.Text `yaml:"stop"`
		Confidential bool      `yaml:"confidential"`
	} `yaml:"locations"`
	Services []service `yaml:"services"`
}

type service struct {
	Slug    string            `yaml:"slug"`
	Of      string            `yaml:"of"`
	At      string            `yaml:"at"`
	Terms   []string          `yaml:"terms"`
	Hours   string            `yaml:"hours"`
	Age     []*float64        `yaml:"age"`
	Cost    string            `yaml:"cost"`
	Assured int               `yaml:"assured"` // days ago
	Phone   string            `yaml:"phone"`
	Langs   []string          `yaml:"langs"`
	Docs    []string          `yaml:"docs"`
	Name    i18n.Text         `yaml:"name"`
	Text    i18n.Text         `yaml:"text"`
	First   map[string]string `yaml:"first"`
}

// space names the sample's ids: the same at each start, so that an address of the demo can be kept.
var space = uuid.MustParse("5b0ad4c2-6f0e-5a55-9f6c-0d1c5a3e77d1")

// ID is the id of the sample's thing: kind is term, organisation, location, service.
func ID(kind, slug string) string { return uuid.NewSHA1(space, []byte(kind+":"+slug)).String() }

// Fill puts the sample into an empty directory. Organisations and centres of the network are by their slugs; what
// belongs to one that is not there is left out.
func Fill(ctx context.Context, s *directory.Store, organisations map[string]string, centres map[string]network.Centre) error {
	var f sample
	if err := yaml.NewDecoder(bytes.NewReader(file), yaml.Strict()).Decode(&f); err != nil {
		return fmt.Errorf("the sample map of help: %w", err)
	}
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := f.terms(ctx, s, tx); err != nil {
			return err
		}
		ids, err := f.organisations(ctx, s, tx, organisations, centres)
		if err != nil {
			return err
		}
		made := map[string]bool{}
		for _, l := range f.Locations {
			if ids[l.Of] == "" {
				continue
			}
			one := directory.Location{Location: hsds.Location{ID: ID("location", l.Slug), LocationType: "physical", Name: l.Name}, OwnerID: ids[l.Of], City: l.City, Confidential: l.Confidential}
			if !l.Confidential {
				one.Latitude, one.Longitude, one.Transportation = &l.Lat, &l.Lon, l.Stop[i18n.HR]
				one.Addresses = []hsds.Address{{ID: ID("address", l.Slug), Address1: l.Street, City: "Zagreb", PostalCode: l.Post, Country: "HR", AddressType: "physical"}}
				one.Access = network.AccessList{{Feature: "step_free", State: l.Steps, CheckedOn: s.Now().AddDate(0, 0, -40).Format(time.DateOnly)}}
			}
			if err := s.SaveLocation(ctx, tx, one, "save", "job"); err != nil {
				return fmt.Errorf("%s: %w", l.Slug, err)
			}
			made[l.Slug] = true
		}
		for _, one := range f.Services {
			if ids[one.Of] == "" {
				continue
			}
			if !made[one.At] {
				one.At = ""
			}
			entry, err := one.service(s, ids[one.Of])
			if err != nil {
				return fmt.Errorf("%s: %w", one.Slug, err)
			}
			if err := s.SaveService(ctx, tx, entry, "save", "job"); err != nil {
				return fmt.Errorf("%s: %w", one.Slug, err)
			}
		}
		return nil
	})
}

func (f sample) terms(ctx context.Context, s *directory.Store, tx *db.Tx) error {
	groups := directory.Taxonomy{ID: ID("taxonomy", "groups"), Groups: true, Name: i18n.Text{i18n.HR: "Skupine solidarne karte", i18n.EN: "Groups of the solidarity map", i18n.NB: "Grupper på solidaritetskartet"},
		Description: i18n.Text{i18n.HR: "Kako mreža razvrstava pomoć u kvartu.", i18n.EN: "How the network sorts help in the neighbourhood.", i18n.NB: "Slik sorterer nettverket hjelpen i nabolaget."}}
	if err := s.SaveTaxonomy(ctx, tx, groups, "job"); err != nil {
		return err
	}
	for i, t := range f.Terms {
		one := directory.Term{ID: ID("term", t.Slug), TaxonomyID: groups.ID, Code: t.Slug, Name: t.Name, Description: t.About, Position: i}
		if t.In != "" {
			parent := ID("term", t.In)
			one.ParentID = &parent
		}
		if err := s.SaveTerm(ctx, tx, one, "job"); err != nil {
			return fmt.Errorf("%s: %w", t.Slug, err)
		}
	}
	for lang, words := range f.Synonyms {
		for word, list := range words {
			for _, means := range list {
				if err := s.AddSynonym(ctx, tx, directory.Synonym{Lang: lang, Word: word, Means: means}, "job"); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func (f sample) organisations(ctx context.Context, s *directory.Store, tx *db.Tx, known map[string]string, centres map[string]network.Centre) (map[string]string, error) {
	ids := map[string]string{}
	for _, o := range f.Organisations {
		one := directory.Organisation{Organization: hsds.Organization{ID: ID("organisation", o.Slug), Name: o.Name}, Kind: o.Kind, AskEmail: o.Email, Lang: i18n.HR}
		about := o.About
		if o.Network != "" {
			if known[o.Network] == "" {
				continue
			}
			of, err := s.Network.Organisation(ctx, tx, known[o.Network])
			if err != nil {
				return nil, err
			}
			one.ID, one.Name, one.Kind, one.Website, about = of.ID, of.Name, of.Kind, of.Web, of.About
		}
		one.Description = about[i18n.HR]
		for _, l := range []i18n.Lang{i18n.EN, i18n.NB} {
			if about[l] != "" {
				if one.Texts == nil {
					one.Texts = directory.Texts{}
				}
				one.Texts[l] = map[string]string{"description": about[l]}
			}
		}
		c, ok := centres[o.Centre]
		if ok {
			one.CentreID = &c.ID
		}
		if o.Kind == "initiative" {
			if !ok {
				continue
			}
			one.Reach = directory.Centre
		}
		if err := s.SaveOrganisation(ctx, tx, one, "save", "job"); err != nil {
			return nil, fmt.Errorf("%s: %w", o.Slug, err)
		}
		ids[o.Slug] = one.ID
	}
	return ids, nil
}

func (v service) service(s *directory.Store, organisation string) (directory.Service, error) {
	one := directory.Service{Service: hsds.Service{ID: ID("service", v.Slug), OrganizationID: organisation, Status: "active",
		AssuredDate: s.Now().AddDate(0, 0, -v.Assured).Format(time.DateOnly)}, Lang: i18n.HR, AssuredBy: "organisation", Own: directory.Own{Cost: v.Cost}}
	one.SetText("name", v.Name)
	one.SetText("description", v.Text)
	if v.First != nil {
		one.Own.First = directory.FirstVisit{Meets: v.First["meets"], Name: v.First["name"], Card: v.First["card"], Written: v.First["written"], Along: v.First["along"]}
	}
	if len(v.Age) == 2 {
		one.MinimumAge, one.MaximumAge = v.Age[0], v.Age[1]
	}
	for _, t := range v.Terms {
		one.Attributes = append(one.Attributes, hsds.Attribute{ID: ID("attribute", v.Slug+"/"+t), LinkID: one.ID, LinkEntity: "service", TaxonomyTermID: ID("term", t)})
	}
	for i, part := range strings.Split(v.Hours, ";") {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		days, clock, ok := strings.Cut(part, " ")
		from, to, also := strings.Cut(clock, "-")
		if !ok || !also {
			return one, fmt.Errorf("hours %q", part)
		}
		one.Schedules = append(one.Schedules, hsds.Schedule{ID: ID("schedule", v.Slug+string(rune('0'+i))), Freq: "WEEKLY", ByDay: days, OpensAt: from, ClosesAt: to})
	}
	if v.Phone != "" {
		one.Phones = []hsds.Phone{{ID: ID("phone", v.Slug), Number: v.Phone, Type: "voice"}}
	}
	for _, code := range v.Langs {
		one.Languages = append(one.Languages, hsds.Language{ID: ID("language", v.Slug+code), Code: code})
	}
	for i, d := range v.Docs {
		one.RequiredDocuments = append(one.RequiredDocuments, hsds.Document{ID: ID("document", v.Slug+string(rune('0'+i))), Document: d})
	}
	if v.At != "" {
		one.Places = []directory.Place{{AtLocation: hsds.AtLocation{ID: ID("place", v.Slug), LocationID: ID("location", v.At)}}}
	}
	return one, nil
}
