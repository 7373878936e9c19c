package support

import (
	"context"
	"errors"
	"slices"
	"time"

	"kvart/internal/network"
	"kvart/internal/platform/auth"
	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/pins"
	"kvart/internal/platform/vault"
)

// Reader is somebody of a team, with how far they are from reading.
type Reader struct {
	AccountID string `db:"account_id"`
	Name      string `db:"name"` // the working name
	KeyID     string `db:"key_id"`
	Public    string `db:"public"`
	Listed    bool   `db:"-"` // on the organisation's signed list, today
}

// Team is a party's readers as they are now.
type Team struct {
	Party    Party
	Signed   bool           // the organisation's list is there and holds
	Members  []Reader       // all of the team, those without a key too
	recovery []vault.Member // the organisation's recovery key, or none
}

// Readers are those that may be sealed to.
func (t Team) Readers() []Reader {
	var list []Reader
	for _, r := range t.Members {
		if r.Listed {
			list = append(list, r)
		}
	}
	return list
}

// member is the listed key of the id.
func (t Team) member(id string) (vault.Member, bool) {
	for _, r := range t.Members {
		if r.Listed && r.KeyID == id {
			return vault.Member{ID: id, Key: decode(r.Public)}, true
		}
	}
	for _, m := range t.recovery {
		if m.ID == id {
			return m, true
		}
	}
	return vault.Member{}, false
}

// struck says whether the person wants the key's owner not to read: whichever key they have, now and later.
func (t Team) struck(h Header, keyID string) bool {
	if slices.Contains(h.Struck, keyID) {
		return true
	}
	i := slices.IndexFunc(t.Members, func(r Reader) bool { return r.KeyID == keyID })
	return i >= 0 && slices.Contains(h.Struck, t.Members[i].AccountID)
}

// owners are the accounts whose keys these are, those ended too; what is no key's id stays as it is. Striking out names a
// person, not a key.
func (s *Store) owners(ctx context.Context, q db.Querier, ids []string) ([]string, error) {
	if len(ids) == 0 {
		return ids, nil
	}
	args := db.Args{}
	var rows []struct {
		ID      string `db:"id"`
		Account string `db:"account_id"`
	}
	if err := q.Select(ctx, &rows, `SELECT id, account_id FROM vault_keys WHERE id IN (`+db.In("k", ids, args)+`)`, args); err != nil {
		return nil, err
	}
	list := slices.Clone(ids)
	for i, id := range list {
		for _, r := range rows {
			if r.ID == id {
				list[i] = r.Account
			}
		}
	}
	return list, nil
}

// stillTeam returns errRaced where one of the keys is not of the party's team any more. It runs in the transaction that
// seals to them, and makes it wait for one in which somebody leaves: see Leave.
func (s *Store) stillTeam(ctx context.Context, tx *db.Tx, p Party, members []vault.Member) error {
	var ids []string
	for _, m := range members {
		if isStaff(m.ID) {
			ids = append(ids, m.ID)
		}
	}
	_, in, role, err := s.organisation(ctx, tx, p)
	if err != nil {
		return err
	}
	args := db.Args{"kind": in.Kind, "scope": in.ID, "role": string(role)}
	keys := db.In("k", ids, args)
	if _, err := tx.Exec(ctx, `UPDATE vault_keys SET made_hour = made_hour WHERE id IN (`+keys+`)`, args); err != nil {
		return err
	}
	var n int
	if err := tx.Get(ctx, &n, `SELECT COUNT(*) FROM vault_keys k JOIN accounts a ON a.id = k.account_id AND a.state = 'active'
		JOIN account_roles r ON r.account_id = a.id AND r.scope_kind = :kind AND r.scope_id = :scope AND r.role = :role
		WHERE k.ended_hour IS NULL AND k.id IN (`+keys+`)`, args); err != nil {
		return err
	}
	if n != len(ids) {
		return errRaced
	}
	return nil
}

// organisation is whose list says whose key is whose, and the scope and role of those who read.
func (s *Store) organisation(ctx context.Context, q db.Querier, p Party) (id string, in auth.Scope, role auth.Role, err error) {
	if p.Centre == "" {
		return p.Organisation, auth.Scope{Kind: network.ScopeOrganisation, ID: p.Organisation}, network.Member, nil
	}
	c, err := s.Network.Centre(ctx, q, p.Centre)
	return c.OrganisationID, auth.Scope{Kind: network.ScopeCentre, ID: p.Centre}, network.SupportWorker, err
}

// Team is who reads for the party. A list that is missing, older than one seen before or not signed by the pinned key
// makes nobody a reader.
func (s *Store) Team(ctx context.Context, q db.Querier, p Party) (Team, error) {
	t := Team{Party: p}
	org, in, role, err := s.organisation(ctx, q, p)
	if err != nil {
		return t, err
	}
	if err := q.Select(ctx, &t.Members, `SELECT a.id AS account_id, a.name, COALESCE(k.id, '') AS key_id, COALESCE(k.public, '') AS public
		FROM account_roles r JOIN accounts a ON a.id = r.account_id LEFT JOIN vault_keys k ON k.account_id = a.id AND k.ended_hour IS NULL
		WHERE r.scope_kind = :kind AND r.scope_id = :scope AND r.role = :role AND a.state = 'active' ORDER BY a.name, a.id`,
		db.Args{"kind": in.Kind, "scope": in.ID, "role": string(role)}); err != nil {
		return t, err
	}
	list, err := s.List(ctx, q, org)
	if errors.Is(err, vault.ErrOlder) || errors.Is(err, vault.ErrUnsigned) {
		s.Log.Warn("the list of readers is not believed", "organisation", org, "cause", err)
		return t, nil
	}
	if fault.Is(err, fault.KindNotFound) {
		return t, nil
	}
	if err != nil {
		return t, err
	}
	t.Signed = true
	today := s.Now()
	for i, m := range t.Members {
		t.Members[i].Listed = m.KeyID != "" && listed(list, m, today)
	}
	if key, ok := list.Reader(RecoveryID, today); ok {
		t.recovery = []vault.Member{{ID: RecoveryID, Key: key.Bytes()}}
	}
	return t, nil
}

// listed says whether the list has this key for this owner on the day.
func listed(list vault.List, m Reader, today time.Time) bool {
	i := slices.IndexFunc(list.Readers, func(l vault.Listed) bool { return l.ID == m.KeyID })
	return i >= 0 && list.Readers[i].Owner == m.AccountID && today.Format(time.DateOnly) <= list.Readers[i].Until && encode(list.Readers[i].Key) == m.Public
}

// List is the organisation's newest list, as it was signed. It returns NotFound where no signing key is pinned or no list
// is kept, vault.ErrUnsigned and vault.ErrOlder.
func (s *Store) List(ctx context.Context, q db.Querier, organisation string) (vault.List, error) {
	pin, ok, err := s.Pins.Read(organisation)
	if err != nil {
		return vault.List{}, err
	}
	if !ok {
		return vault.List{}, fault.NotFound("support.fault.not_pinned")
	}
	var file string
	if err := q.Get(ctx, &file, `SELECT file FROM vault_lists WHERE organisation_id = :o ORDER BY serial DESC LIMIT 1`, db.Args{"o": organisation}); err != nil {
		return vault.List{}, err
	}
	l, err := vault.OpenList([]byte(file), pin.Signer, organisation, pin.Serial)
	hash := pins.Hash([]byte(file))
	switch {
	case err != nil:
	case l.Serial == pin.Serial && pin.Hash != "" && pin.Hash != hash: // another list of one serial
		return vault.List{}, vault.ErrOlder
	case l.Serial > pin.Serial || pin.Hash == "":
		err = s.Pins.Raise(organisation, l.Serial, hash)
	}
	return l, err
}

// TakeList keeps a signed list that somebody brings. It returns Invalid for one that is not signed by the pinned key,
// belongs to another organisation, or is not newer than the one that is kept.
func (s *Store) TakeList(ctx context.Context, organisation string, file []byte, by string) error {
	pin, ok, err := s.Pins.Read(organisation)
	if err != nil {
		return err
	}
	refused := func(key string) error {
		return &fault.Error{Kind: fault.KindInvalid, Key: "fault.form", Fields: []fault.Field{{Name: "file", Key: key}}}
	}
	if !ok {
		return refused("support.fault.not_pinned")
	}
	l, err := vault.OpenList(file, pin.Signer, organisation, pin.Serial)
	switch {
	case errors.Is(err, vault.ErrOlder):
		return refused("support.fault.older_list")
	case err != nil:
		return refused("support.fault.unsigned_list")
	}
	err = s.DB.Tx(ctx, func(tx *db.Tx) error {
		var newest int
		if err := tx.Get(ctx, &newest, `SELECT COALESCE(MAX(serial), 0) FROM vault_lists WHERE organisation_id = :o`, db.Args{"o": organisation}); err != nil {
			return err
		}
		if l.Serial <= newest {
			return refused("support.fault.older_list")
		}
		if _, err := tx.Exec(ctx, `INSERT INTO vault_lists (organisation_id, serial, file) VALUES (:o, :s, :f)`, db.Args{"o": organisation, "s": l.Serial, "f": string(file)}); err != nil {
			return err
		}
		return s.note(ctx, tx, "vault.list", by, "organisation", organisation)
	})
	if err != nil {
		return err
	}
	return s.Pins.Raise(organisation, l.Serial, pins.Hash(file))
}

// Unsigned are all keys of the organisation's people who read, for its centres and for itself, with the serial that the
// next list has. Each ends a year from now, less a week to get it signed.
func (s *Store) Unsigned(ctx context.Context, organisation string) (Unsigned, error) {
	o, err := s.Network.Organisation(ctx, s.DB, organisation)
	if err != nil {
		return Unsigned{}, err
	}
	u := Unsigned{Organisation: organisation, Name: o.Name, Readers: []UnsignedKey{}}
	if err := s.DB.Get(ctx, &u.Serial, `SELECT COALESCE(MAX(serial), 0) + 1 FROM vault_lists WHERE organisation_id = :o`, db.Args{"o": organisation}); err != nil {
		return u, err
	}
	if pin, ok, err := s.Pins.Read(organisation); err != nil {
		return u, err
	} else if ok {
		u.Serial = max(u.Serial, pin.Serial+1)
	}
	var rows []Reader
	if err := s.DB.Select(ctx, &rows, `SELECT DISTINCT a.id AS account_id, a.name, k.id AS key_id, k.public FROM vault_keys k JOIN accounts a ON a.id = k.account_id
		JOIN account_roles r ON r.account_id = a.id WHERE k.ended_hour IS NULL AND a.state = 'active'
		AND (r.role = :member AND r.scope_kind = 'organisation' AND r.scope_id = :o OR r.role = :support AND r.scope_kind = 'centre' AND r.scope_id IN (SELECT id FROM centres WHERE organisation_id = :o))
		ORDER BY a.name, k.id`, db.Args{"o": organisation, "member": string(network.Member), "support": string(network.SupportWorker)}); err != nil {
		return u, err
	}
	until := s.Now().AddDate(1, 0, -7).Format(time.DateOnly)
	for _, r := range rows {
		u.Readers = append(u.Readers, UnsignedKey{r.KeyID, r.AccountID, r.Name, decode(r.Public), until})
	}
	return u, nil
}
