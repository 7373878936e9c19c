package support

import (
	"context"

	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
)

// OutsideAct is what was done without consent, as the team sees it.
type OutsideAct struct {
	Acted
	Hour int64
	Told bool // the person is told
}

// Stands says whether a second has confirmed it.
func (a OutsideAct) Stands() bool { return a.Second != "" }

// acts are the conversation's, oldest first.
func (c *conversation) acts() (list []OutsideAct) {
	for _, e := range c.Entries {
		x := e.Acted
		switch {
		case x == nil:
		case e.Kind == Outside:
			act := OutsideAct{Acted: *x, Hour: e.Hour}
			act.First = e.By
			list = append(list, act)
		case e.Kind == OutsideConfirmed || e.Kind == OutsideTold:
			for i := range list {
				if list[i].ID == x.ID && e.Kind == OutsideConfirmed && e.By != list[i].First {
					list[i].Second = e.By
				} else if list[i].ID == x.ID && e.Kind == OutsideTold {
					list[i].Told = true
				}
			}
		}
	}
	return list
}

func (c *conversation) act(id string) (OutsideAct, error) {
	for _, a := range c.acts() {
		if a.ID == id {
			return a, nil
		}
	}
	return OutsideAct{}, fault.NotFound("fault.not_found")
}

// Outside are the records of what was done without consent, for the team.
func (s *Store) Outside(ctx context.Context, by Reading, request string) ([]OutsideAct, error) {
	c, err := s.conversation(ctx, by, request)
	if fault.Is(err, fault.KindNotFound) {
		return nil, nil
	}
	if err != nil || by.ID == PersonID {
		return nil, err
	}
	return c.acts(), nil
}

// RecordOutside keeps that somebody was told without the person's consent. It moves nothing: what was done was done
// outside. It stands once a second person of the team confirms it.
func (s *Store) RecordOutside(ctx context.Context, by Reading, request string, a Acted, claim string) error {
	if _, err := s.conversation(ctx, by, request); err != nil {
		return err
	}
	if by.Account == "" {
		return fault.Forbidden("fault.forbidden")
	}
	if err := a.Check(); err != nil {
		return err
	}
	a.ID, a.First, a.Second = db.NewSecretID(), by.ID, ""
	return s.Write(ctx, by, request, Change{Entries: []Entry{{Kind: Outside, Acted: &a}}, Claim: claim})
}

// ConfirmOutside is the second person's press: from then on it stands, and the person is told in the thread, unless the
// record says why later. It returns Forbidden to the first. A second press changes nothing.
func (s *Store) ConfirmOutside(ctx context.Context, by Reading, request, id string) error {
	c, err := s.conversation(ctx, by, request)
	if err != nil {
		return err
	}
	a, err := c.act(id)
	switch {
	case err != nil:
		return err
	case by.Account == "" || a.First == by.ID:
		return fault.Forbidden("support.fault.outside_second")
	case a.Stands():
		return nil
	}
	owner, err := s.ownerOf(ctx, a.First)
	if err != nil {
		return err
	}
	if owner == by.Account { // the same person with a new key
		return fault.Forbidden("support.fault.outside_second")
	}
	a.Second = by.ID
	entries := []Entry{{Kind: OutsideConfirmed, Acted: &a.Acted}}
	if a.Delay == "" {
		entries = append(entries, Entry{Kind: OutsideTold, Acted: &a.Acted})
	}
	return s.Write(ctx, by, request, Change{Entries: entries})
}

// TellOutside ends the delay: the person sees in the thread what was done, by whom, and why they are told now.
func (s *Store) TellOutside(ctx context.Context, by Reading, request, id string) error {
	c, err := s.conversation(ctx, by, request)
	if err != nil {
		return err
	}
	a, err := c.act(id)
	switch {
	case err != nil:
		return err
	case by.Account == "":
		return fault.Forbidden("fault.forbidden")
	case a.Told:
		return nil
	case !a.Stands():
		return fault.Conflict("support.fault.outside_first")
	}
	return s.Write(ctx, by, request, Change{Entries: []Entry{{Kind: OutsideTold, Acted: &a.Acted}}})
}

func (s *Store) ownerOf(ctx context.Context, key string) (account string, err error) {
	err = s.DB.Get(ctx, &account, `SELECT account_id FROM vault_keys WHERE id = :k`, db.Args{"k": key})
	if fault.Is(err, fault.KindNotFound) {
		err = nil
	}
	return account, err
}
