package main

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"

	"kvart/internal/app"
	"kvart/internal/network"
	"kvart/internal/platform/audit"
	"kvart/internal/platform/auth"
	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/i18n"
	"kvart/internal/platform/mail"
)

type userCmd struct {
	Add userAddCmd `cmd:"" help:"Add an account; prints a link by which its owner chooses a passphrase."`
}

type userAddCmd struct {
	storage
	Name   string `required:"" help:"What others see: a name or a function."`
	Email  string `required:"" help:"Where the owner is reached."`
	Role   string `required:"" help:"coordinator, host, support, member, lead, city or resident."`
	Centre string `help:"Slug of the centre (coordinator, host, support, resident)."`
	Org    string `name:"organisation" help:"Slug of the organisation (member)."`

	PublicURL string `env:"KVART_PUBLIC_URL" help:"Address that people type, as of serve; the printed link begins with it."`
}

func (c *userAddCmd) Run(ctx context.Context) error {
	if err := checkURL(c.PublicURL); err != nil {
		return wrongUse{err}
	}
	if c.Name = strings.TrimSpace(c.Name); c.Name == "" {
		return wrongUse{fmt.Errorf("--name is empty: give a name or a function")}
	}
	if !mail.ValidAddress(c.Email) {
		return wrongUse{fmt.Errorf("--email %q is no address: write it as ana@example.org", c.Email)}
	}
	if err := c.thereIsData(); err != nil {
		return err
	}
	a, err := c.openAt(ctx, c.PublicURL)
	if err != nil {
		return err
	}
	defer a.Close()
	scope, err := scopeOf(ctx, a, auth.Role(c.Role), c.Centre, c.Org)
	if err != nil {
		return err
	}
	var token string
	err = a.DB.Tx(ctx, func(tx *db.Tx) error {
		token, err = a.Auth.Invite(ctx, tx, c.Name, c.Email, i18n.HR, []auth.Held{{Role: auth.Role(c.Role), Scope: scope}})
		if err != nil {
			return err
		}
		return audit.Append(ctx, tx, audit.Row{Chain: audit.Network, Action: "account.invite", Actor: "cli", SubjectKind: scope.Kind, SubjectID: scope.ID, At: time.Now()})
	})
	if err != nil {
		return err
	}
	fmt.Println(a.PublicURL + "/desk/welcome/" + token)
	return nil
}

// scopeOf is where the role is held, by the names an operator types. A name that nothing has is wrong use; a database that does
// not answer is not.
func scopeOf(ctx context.Context, a *app.App, role auth.Role, centre, organisation string) (auth.Scope, error) {
	switch role {
	case network.Coordinator, network.Host, network.SupportWorker, network.Resident:
		if centre == "" || organisation != "" {
			return auth.Scope{}, wrongUse{fmt.Errorf("role %s is held at a centre: add --centre SLUG, and no --organisation", role)}
		}
		c, err := a.Network.CentreBySlug(ctx, a.DB, centre)
		if fault.Is(err, fault.KindNotFound) {
			return auth.Scope{}, wrongUse{fmt.Errorf("no centre %q: 'kvart import network' makes one", centre)}
		}
		if err != nil {
			return auth.Scope{}, err
		}
		return auth.Scope{Kind: network.ScopeCentre, ID: c.ID}, nil
	case network.Member:
		if centre != "" {
			return auth.Scope{}, wrongUse{fmt.Errorf("role %s is held in an organisation: leave out --centre", role)}
		}
		list, err := a.Network.Organisations(ctx, a.DB)
		if err != nil {
			return auth.Scope{}, err
		}
		for _, o := range list {
			if o.Slug == organisation {
				return auth.Scope{Kind: network.ScopeOrganisation, ID: o.ID}, nil
			}
		}
		return auth.Scope{}, wrongUse{fmt.Errorf("no organisation %q: add --organisation SLUG of one that is there", organisation)}
	case network.Lead, network.CityOfficer:
		if centre != "" || organisation != "" { // else a token meant for one centre would hold in all
			return auth.Scope{}, wrongUse{fmt.Errorf("role %s is held in the whole network: leave out --centre and --organisation", role)}
		}
		n, err := a.Network.Network(ctx, a.DB)
		if fault.Is(err, fault.KindNotFound) {
			return auth.Scope{}, wrongUse{fmt.Errorf("there is no network yet: 'kvart import network FILE' makes it")}
		}
		if err != nil {
			return auth.Scope{}, err
		}
		return auth.Scope{Kind: network.ScopeNetwork, ID: n.ID}, nil
	}
	return auth.Scope{}, wrongUse{fmt.Errorf("role %q is not one of coordinator, host, support, member, lead, city, resident", role)}
}

type tokenCmd struct {
	Create tokenCreateCmd `cmd:"" help:"Make a token; it is shown once."`
	List   tokenListCmd   `cmd:"" help:"The tokens that hold: id, name, role, where, until when."`
	Revoke tokenRevokeCmd `cmd:"" help:"End a token at once."`
}

type tokenListCmd struct{ storage }

func (c *tokenListCmd) Run(ctx context.Context) error {
	a, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer a.Close()
	list, err := a.Auth.Tokens(ctx)
	if err != nil {
		return err
	}
	centres, err := a.Network.Centres(ctx, a.DB)
	if err != nil {
		return err
	}
	organisations, err := a.Network.Organisations(ctx, a.DB)
	if err != nil {
		return err
	}
	slugs := map[string]string{}
	for _, one := range centres {
		slugs[one.ID] = one.Slug
	}
	for _, one := range organisations {
		slugs[one.ID] = one.Slug
	}
	for _, t := range list {
		where := cmp.Or(slugs[t.Held.Scope.ID], t.Held.Scope.Kind)
		fmt.Printf("%s\t%s\t%s\t%s\t%s\n", t.ID, t.Name, t.Held.Role, where, t.Until.Format(time.DateOnly))
	}
	return nil
}

type tokenRevokeCmd struct {
	storage
	ID string `arg:"" help:"Id of the token, as 'kvart token list' shows it."`
}

func (c *tokenRevokeCmd) Run(ctx context.Context) error {
	a, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer a.Close()
	if err := a.Auth.RevokeToken(ctx, c.ID); err != nil {
		if fault.Is(err, fault.KindNotFound) {
			return fmt.Errorf("no token %q holds: 'kvart token list' shows those that do", c.ID)
		}
		return err
	}
	fmt.Println("Revoked.")
	return nil
}

type tokenCreateCmd struct {
	storage
	Name   string `default:"api" help:"What the token is for."`
	Role   string `required:"" help:"coordinator, host, support, member, lead or city."`
	Centre string `help:"Slug of the centre."`
	Org    string `name:"organisation" help:"Slug of the organisation."`
	Days   int    `default:"365" help:"For how many days it holds."`
}

func (c *tokenCreateCmd) Run(ctx context.Context) error {
	if c.Days < 1 {
		return wrongUse{fmt.Errorf("--days %d: a token holds for one day at least", c.Days)}
	}
	if auth.Role(c.Role) == network.Resident {
		return wrongUse{fmt.Errorf("a resident gets no token: what the API shows of the programme needs none")}
	}
	a, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer a.Close()
	scope, err := scopeOf(ctx, a, auth.Role(c.Role), c.Centre, c.Org)
	if err != nil {
		return err
	}
	token, err := a.Auth.CreateToken(ctx, c.Name, auth.Held{Role: auth.Role(c.Role), Scope: scope}, time.Now().AddDate(0, 0, c.Days))
	if err != nil {
		return err
	}
	fmt.Println(token)
	return nil
}
