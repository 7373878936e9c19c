package programme

import (
	"context"
	"net/http"
	"time"

	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/web"
	"kvart/internal/support"
)

// Who asks for a discreet session may leave a name to use and a safe contact: sealed, read by the centre's support team, and
// told of a change in one press of somebody whose key is open. Nothing with an address waits in a job or an outbox.

// cardsGone is how long after the session a card stays (PRACTICE: needs are gone seven days after).
const cardsGone = 7 * 24 * time.Hour

// noticeDue notes that something changed for somebody who left a card.
func (s *Store) noticeDue(ctx context.Context, tx *db.Tx, r Registration) error {
	if r.SealedID == nil {
		return nil
	}
	_, err := tx.Exec(ctx, `UPDATE registrations SET notice_due = 1 WHERE sealed_id = :s`, db.Args{"s": *r.SealedID})
	return err
}

// takesCards says whether a card can be left for a session of the centre: somebody of the support team can read it.
func (s *Store) takesCards(ctx context.Context, centreID string) (bool, error) {
	if s.Support == nil || !s.Support.Erasure.Ready() {
		return false, nil
	}
	team, err := s.Support.Team(ctx, s.DB, support.Party{Centre: centreID})
	return len(team.Readers()) > 0, err
}

func cardIn(f *web.Form) support.Card {
	return support.Card{Name: f.Get("card_name"), Email: f.Get("card_email"), Phone: f.Get("card_phone"), Needs: f.Get("card_needs")}
}

// sealCard seals what the form says of who asks, before the registration that points to it; "" where nothing was said.
func (s *Store) sealCard(ctx context.Context, l Listed, f *web.Form, lang string) (string, error) {
	c := cardIn(f)
	if c.Empty() || s.Support == nil {
		return "", nil
	}
	c.Lang = lang
	id, err := s.Support.SealCard(ctx, l.CentreID, c, l.End().Add(cardsGone))
	if fault.Is(err, fault.KindInvalid) { // the fields of the form
		var faults fault.Form
		for _, x := range fault.Of(err).Fields {
			faults.Add("card_"+x.Name, x.Key, x.Args...)
		}
		return "", faults.Err()
	}
	return id, err
}

// cards are those of the session that are sealed to the viewer, by registration; open says whether the viewer's key is.
func (p *Pages) cards(r *web.Request, list []Seen) (cards map[string]support.Card, open bool, err error) {
	id, key, open := r.VaultKey()
	if !open || p.Store.Support == nil {
		return nil, open, nil
	}
	var ids []string
	for _, s := range list {
		if s.SealedID != nil {
			ids = append(ids, *s.SealedID)
		}
	}
	of, err := p.Store.Support.Cards(r.Context(), support.Reading{ID: id, Key: key, Account: r.Viewer.Account.ID}, ids)
	if err != nil {
		return nil, open, err
	}
	cards = map[string]support.Card{}
	for _, s := range list {
		if s.SealedID != nil {
			if c, ok := of[*s.SealedID]; ok {
				cards[s.ID] = c
			}
		}
	}
	return cards, open, nil
}

// tellCards sends the notice to everybody of the session to whom one is due and whose card the viewer reads, and says how
// many were told and how many not.
func (p *Pages) tellCards(w http.ResponseWriter, r *web.Request) error {
	l, a, err := p.sessionFor(r, r.PathValue("id"), Register)
	if err != nil {
		return err
	}
	if !a.Discreet || p.TellCard == nil {
		return fault.NotFound("fault.not_found")
	}
	list, err := p.OfSession(r.Context(), l.CentreID, l.ID)
	if err != nil {
		return err
	}
	cards, open, err := p.cards(r, list)
	if err != nil {
		return err
	}
	if !open {
		return fault.Conflict("programme.cards.locked")
	}
	told, not := 0, 0
	for _, s := range list {
		if !s.NoticeDue {
			continue
		}
		c, ok := cards[s.ID]
		if ok && c.Email+c.Phone != "" {
			err = p.TellCard(r.Context(), c)
		}
		if !ok || c.Email+c.Phone == "" || err != nil {
			not++
			continue
		}
		if err := p.noticeSent(r.Context(), s.Registration, r.Viewer.Account.ID); err != nil {
			return err
		}
		told++
	}
	r.Flash("programme.cards.told", "told", told, "not", not)
	return r.See(w, "/desk/sessions/"+l.ID)
}

// noticeSent notes that somebody was told.
func (s *Store) noticeSent(ctx context.Context, r Registration, by string) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		if _, err := tx.Exec(ctx, `UPDATE registrations SET notice_due = 0 WHERE sealed_id = :s`, db.Args{"s": r.SealedID}); err != nil {
			return err
		}
		return s.note(ctx, tx, r.CentreID, "registration.told", by, "registration", r.ID)
	})
}

// due counts those to whom a notice is due.
func due(list []Seen) (n int) {
	for _, s := range list {
		if s.NoticeDue {
			n++
		}
	}
	return n
}
