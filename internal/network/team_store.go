package network

import (
	"context"
	"slices"
	"strings"

	"kvart/internal/platform/audit"
	"kvart/internal/platform/auth"
	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/i18n"
	"kvart/internal/platform/mail"
)

// TeamRoles are the roles that may be given in a kind of scope.
func TeamRoles(scopeKind string) []auth.Role {
	switch scopeKind {
	case ScopeCentre:
		return []auth.Role{Coordinator, Host, SupportWorker}
	case ScopeNetwork:
		return []auth.Role{Lead, CityOfficer}
	case ScopeOrganisation:
		return []auth.Role{Member}
	}
	return nil
}

// Teammate is an account with its roles in one scope.
type Teammate struct {
	auth.Account
	Roles []auth.Role
}

// Team are the accounts with a role in the scope, by name.
func (s *Store) Team(ctx context.Context, in auth.Scope) ([]Teammate, error) {
	holders, err := s.Auth.Holders(ctx, in)
	if err != nil {
		return nil, err
	}
	var list []Teammate
	for _, h := range holders {
		if h.Role == Resident {
			continue
		}
		if n := len(list); n > 0 && list[n-1].ID == h.ID {
			list[n-1].Roles = append(list[n-1].Roles, h.Role)
		} else {
			list = append(list, Teammate{h.Account, []auth.Role{h.Role}})
		}
	}
	return list, nil
}

// Invitation asks somebody to join a team.
type Invitation struct {
	Name, Email string
	Lang        i18n.Lang
	Role        auth.Role
	Scope       auth.Scope
}

// Check returns Invalid with the fields that cannot be right.
func (i Invitation) Check() error {
	var f fault.Form
	checkWord(&f, "name", i.Name, 80, true)
	if i.Email != "" && !mail.ValidAddress(i.Email) {
		f.Add("email", "mail.fault.address")
	}
	if !slices.Contains(TeamRoles(i.Scope.Kind), i.Role) {
		f.Add("role", "network.fault.role")
	}
	return f.Err()
}

// Letter is what a link is sent with; address gets the token.
type Letter struct {
	Subject string
	Body    func(address string) string
	Address func(token string) string
}

// Invite makes the link by which somebody joins, and mails it where an address is given. It returns the link.
func (s *Store) Invite(ctx context.Context, tx *db.Tx, i Invitation, l Letter, by string) (string, error) {
	if err := i.Check(); err != nil {
		return "", err
	}
	token, err := s.Auth.Invite(ctx, tx, i.Name, i.Email, i.Lang, []auth.Held{{Role: i.Role, Scope: i.Scope}})
	if err != nil {
		return "", err
	}
	address := l.Address(token)
	if i.Email != "" {
		if err := mail.Queue(ctx, tx, mail.Message{To: strings.ToLower(i.Email), Subject: l.Subject, Body: l.Body(address), ScopeID: i.Scope.ID}); err != nil {
			return "", err
		}
	}
	return address, s.noteTeam(ctx, tx, i.Scope, "team.invite", by, "")
}

// teammate returns NotFound unless the account has a role in the scope.
func (s *Store) teammate(ctx context.Context, in auth.Scope, accountID string) (Teammate, error) {
	team, err := s.Team(ctx, in)
	if err != nil {
		return Teammate{}, err
	}
	for _, t := range team {
		if t.ID == accountID {
			return t, nil
		}
	}
	return Teammate{}, fault.NotFound("fault.not_found")
}

// ResetLink makes the link by which a member of the team chooses a new passphrase. may says whether who asks manages a
// scope: all the member's roles must lie in such scopes, or a link would open what its maker may not.
//
// Nobody sets another's passphrase: the link goes to the member's own mail box and is then returned empty. Only where the
// account has no address is it returned, to be handed over.
func (s *Store) ResetLink(ctx context.Context, in auth.Scope, accountID string, may func(auth.Scope) bool, l Letter, by string) (address string, err error) {
	if _, err := s.teammate(ctx, in, accountID); err != nil {
		return "", err
	}
	account, err := s.Auth.Account(ctx, accountID)
	if err != nil {
		return "", err
	}
	held, err := s.Auth.Roles(ctx, accountID)
	if err != nil {
		return "", err
	}
	for _, h := range held {
		if !may(h.Scope) {
			return "", fault.Forbidden("network.fault.reset_elsewhere")
		}
	}
	err = s.DB.Tx(ctx, func(tx *db.Tx) error {
		token, err := s.Auth.ResetLink(ctx, tx, accountID)
		if err != nil {
			return err
		}
		if address = l.Address(token); account.Email != "" {
			if err := mail.Queue(ctx, tx, mail.Message{To: account.Email, Subject: l.Subject, Body: l.Body(address), ScopeID: in.ID}); err != nil {
				return err
			}
			address = ""
		}
		return s.noteTeam(ctx, tx, in, "team.reset", by, accountID)
	})
	return address, err
}

// GiveRole gives a member of the team another role in the same scope.
func (s *Store) GiveRole(ctx context.Context, in auth.Scope, accountID string, role auth.Role, by string) error {
	if _, err := s.teammate(ctx, in, accountID); err != nil {
		return err
	}
	if !slices.Contains(TeamRoles(in.Kind), role) {
		return fault.Invalid("network.fault.role")
	}
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := s.Auth.Give(ctx, tx, accountID, auth.Held{Role: role, Scope: in}); err != nil {
			return err
		}
		return s.noteTeam(ctx, tx, in, "team.give", by, accountID)
	})
}

// TakeRole takes a role back. It returns Conflict for the network's last lead, and for the last who reads what is sealed.
func (s *Store) TakeRole(ctx context.Context, in auth.Scope, accountID string, role auth.Role, by string) error {
	if _, err := s.teammate(ctx, in, accountID); err != nil {
		return err
	}
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		if s.Leaving != nil {
			if err := s.Leaving(ctx, tx, accountID, auth.Held{Role: role, Scope: in}); err != nil {
				return err
			}
		}
		if err := s.Auth.Take(ctx, tx, accountID, auth.Held{Role: role, Scope: in}, role == Lead); err != nil {
			return err
		}
		return s.noteTeam(ctx, tx, in, "team.take", by, accountID)
	})
}

func (s *Store) noteTeam(ctx context.Context, tx *db.Tx, in auth.Scope, action, by, accountID string) error {
	if in.Kind == ScopeCentre {
		return s.note(ctx, tx, in.ID, action, by, "account", accountID)
	}
	chain := audit.Network
	if in.Kind == ScopeOrganisation {
		chain = in.ID
	}
	return audit.Append(ctx, tx, audit.Row{Chain: chain, Action: action, Actor: by, SubjectKind: "account", SubjectID: accountID, At: s.Now()})
}

// Reached is a mail box, and the language its reader chose.
type Reached struct {
	Email string    `db:"email"`
	Lang  i18n.Lang `db:"lang"`
}

// MemberMails are the mail boxes of an organisation's members.
func (s *Store) MemberMails(ctx context.Context, q db.Querier, organisationID string) ([]Reached, error) {
	var list []Reached
	err := q.Select(ctx, &list, `SELECT DISTINCT a.email, a.lang FROM accounts a JOIN account_roles r ON r.account_id = a.id
		WHERE a.state = 'active' AND a.email <> '' AND r.role = :role AND r.scope_kind = :kind AND r.scope_id = :id ORDER BY a.email`,
		db.Args{"role": string(Member), "kind": ScopeOrganisation, "id": organisationID})
	return list, err
}
