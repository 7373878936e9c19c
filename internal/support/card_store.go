package support

import (
	"context"
	"encoding/json"
	"time"
	"unicode/utf8"

	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/vault"
)

// Card is what somebody who registers for a discreet session may leave: all of it optional, read by the centre's support
// team only, and gone seven days after the session.
type Card struct {
	Name  string `json:"name,omitempty"`  // to use
	Email string `json:"email,omitempty"` // only where a notice that says nothing is safe
	Phone string `json:"phone,omitempty"`
	Needs string `json:"needs,omitempty"`
	Lang  string `json:"lang,omitempty"` // of notices
}

// Empty says that nothing was left.
func (c Card) Empty() bool { return c.Name == "" && c.Email == "" && c.Phone == "" && c.Needs == "" }

// Check returns Invalid with the fields that cannot be right.
func (c Card) Check() error {
	err := Header{Reach: Reach{Name: c.Name, Email: c.Email, Phone: c.Phone}}.Check()
	if utf8.RuneCountInString(c.Needs) > 300 {
		var f fault.Form
		if err != nil {
			for _, x := range fault.Of(err).Fields {
				f.Add(x.Name, x.Key, x.Args...)
			}
		}
		f.Add("needs", "fault.too_long", "max", 300)
		return f.Err()
	}
	return err
}

// sealedCard is a card with whom it is sealed to.
type sealedCard struct {
	Header
	Card Card `json:"card"`
}

// SealCard seals the card to the centre's support team and returns its random id. Nobody else opens it, not the one who
// typed it either: no key has to be open. It returns Conflict where nobody of the team can read.
func (s *Store) SealCard(ctx context.Context, centre string, c Card, gone time.Time) (string, error) {
	if err := s.ready(); err != nil {
		return "", err
	}
	if err := c.Check(); err != nil {
		return "", err
	}
	team, err := s.Team(ctx, s.DB, Party{Centre: centre})
	if err != nil {
		return "", err
	}
	var members []vault.Member
	for _, r := range team.Readers() {
		m, _ := team.member(r.KeyID)
		members = append(members, m)
	}
	if len(members) == 0 {
		return "", fault.Conflict("support.fault.nobody_reads_card")
	}
	members = append(members, team.recovery...)
	id := db.NewSecretID()
	e, err := newEpoch(id, 1, nil, members)
	if err != nil {
		return "", err
	}
	w := &sealing{request: id, epoch: 1, key: e.key, hour: hour(s.Now())}
	item, err := w.addJSON(itemHeader, sealedCard{Header{Party: Party{Centre: centre}}, c})
	if err != nil {
		return "", err
	}
	return id, s.kept(ctx, w, func(tx *db.Tx) error {
		if _, err := tx.Exec(ctx, `INSERT INTO support_requests (id, kind, epoch, header_id, made_hour, delete_hour) VALUES (:id, 'registration', 1, :h, :now, :gone)`,
			db.Args{"id": id, "h": item, "now": w.hour, "gone": hour(gone) + 3600}); err != nil {
			return err
		}
		if err := e.insert(ctx, tx, id); err != nil {
			return err
		}
		if err := w.insert(ctx, tx); err != nil {
			return err
		}
		return s.note(ctx, tx, "support.card", "public", "request", id)
	})
}

// Cards opens those of the cards that are sealed to the reader, and notes that they were read.
func (s *Store) Cards(ctx context.Context, by Reading, ids []string) (map[string]Card, error) {
	if len(ids) == 0 || !s.Erasure.Ready() {
		return nil, nil
	}
	args := db.Args{"me": by.ID}
	var rows []struct {
		itemRow
		Grant string `db:"grant_sealed"`
	}
	if err := s.DB.Select(ctx, &rows, `SELECT i.*, g.sealed AS grant_sealed FROM support_requests r JOIN support_items i ON i.id = r.header_id AND i.request_id = r.id
		JOIN support_grants g ON g.request_id = r.id AND g.epoch = i.epoch AND g.reader_id = :me WHERE r.kind = 'registration' AND r.id IN (`+db.In("r", ids, args)+`)`, args); err != nil {
		return nil, err
	}
	items := make([]string, len(rows))
	for i, r := range rows {
		items[i] = r.ID
	}
	keys, err := s.Erasure.Items(ctx, items...)
	if err != nil {
		return nil, err
	}
	cards := map[string]Card{}
	for _, r := range rows {
		erase, ok := keys[r.ID]
		if !ok {
			continue
		}
		key, err := by.Key.Open(vault.Place{Request: r.RequestID, Epoch: r.Epoch, Reader: by.ID}, decode(r.Grant))
		if err != nil {
			return nil, exchanged(err)
		}
		plain, err := key.Unseal(vault.ErasureKey(erase), vault.Address{Request: r.RequestID, Item: r.ID, Epoch: r.Epoch, Kind: r.Kind}, decode(r.Sealed))
		var c sealedCard
		if err != nil || json.Unmarshal(plain, &c) != nil {
			return nil, exchanged(err)
		}
		if err := s.stillReads(ctx, by, c.Party); err != nil {
			return nil, err
		}
		cards[r.RequestID] = c.Card
		if err := s.opened(ctx, by, r.RequestID, nil); err != nil {
			return nil, err
		}
	}
	return cards, nil
}

// EraseCards makes the cards unreadable in every copy, and deletes them.
func (s *Store) EraseCards(ctx context.Context, by string, ids ...string) error {
	if len(ids) == 0 {
		return nil
	}
	if err := s.ready(); err != nil {
		return err
	}
	return s.erase(ctx, by, ids...)
}
