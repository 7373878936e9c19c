package participation

import (
	"context"
	"slices"
	"strings"
	"unicode/utf8"

	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
)

// step says something about the proposal and takes it to another state, in the transaction that has locked it: set is a list
// of further assignments, each of a named argument. It returns what Step.Check returns.
func (s *Store) step(ctx context.Context, tx *db.Tx, p Proposal, x Step, today, by, set string, args db.Args) error {
	x.ProposalID, x.From, x.N, x.On, x.By, x.At = p.ID, p.State, p.Steps+1, today, by, s.Now().Unix()
	if err := p.since(x.Seen); err != nil {
		return err
	}
	if err := x.Check(); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `INSERT INTO proposal_steps (proposal_id, n, from_state, to_state, decided_by, reason, talk_on, body_kind, body, answer, link, on_date, by_account, at)
		VALUES (:id, :n, :from, :to, :who, :reason, :talk, :kind, :body, :answer, :link, :on, :by, :at)`,
		db.Args{"id": p.ID, "n": x.N, "from": string(x.From), "to": string(x.To), "who": x.DecidedBy, "reason": x.Reason, "talk": x.TalkOn, "kind": x.BodyKind, "body": x.Body,
			"answer": x.Answer, "link": x.Link, "on": x.On, "by": x.By, "at": x.At}); err != nil {
		return err
	}
	if args == nil {
		args = db.Args{}
	}
	first := p.FirstWordOn
	if first == "" && x.To != Withdrawn {
		first = today
	}
	args["id"], args["from"], args["to"], args["n"], args["first"] = p.ID, string(p.State), string(x.To), x.N, first
	if err := changed(tx.Exec(ctx, `UPDATE proposals SET state = :to, steps = :n, first_word_on = :first`+set+`, version = version + 1 WHERE id = :id AND state = :from`, args)); err != nil {
		return err
	}
	return s.note(ctx, tx, p.CentreID, "proposal."+string(x.To), by, "proposal", p.ID)
}

// Say is a step that somebody at the centre writes down, with what it decides. What splits, merges or plans has an act of its
// own. While a proposal is voted on it may be talked about, and nothing else is decided: that is Conflict. It returns what
// Step.Check returns.
func (s *Store) Say(ctx context.Context, centreID, id string, x Step, by string) error {
	if slices.Contains([]State{Merged, Split, Scheduled, Withdrawn}, x.To) {
		return fault.Conflict("participation.fault.step")
	}
	return s.act(ctx, centreID, id, func(tx *db.Tx, p Proposal, today string) error {
		if err := p.since(x.Seen); err != nil {
			return err
		}
		if x.To != Discussed {
			if err := s.unvoted(ctx, tx, p); err != nil {
				return err
			}
		}
		if p.State == Passed && x.To != Passed { // with their answer, or with its absence: never past them in silence
			thread, err := s.Thread(ctx, tx, p.ID)
			if err != nil {
				return err
			}
			if len(thread) > 0 && thread[len(thread)-1].Answer == "" {
				return fault.Conflict("participation.fault.unanswered")
			}
		}
		if x.To == Held && p.State != Scheduled {
			return fault.Conflict("participation.fault.step")
		}
		if x.To == Held {
			var over int
			if err := tx.Get(ctx, &over, `SELECT COUNT(*) FROM sessions WHERE activity_id = :a AND state = 'planned' AND ends_at <= :now`, db.Args{"a": p.ActivityID, "now": s.Now().Unix()}); err != nil {
				return err
			}
			if over == 0 {
				return fault.Conflict("participation.fault.not_held")
			}
		}
		set, args := "", db.Args{}
		if p.State == Scheduled && x.To == Accepted { // what was planned is off; it may be planned anew
			set = ", activity_id = NULL" // its budget line stays: the next date is for the same
		}
		return s.step(ctx, tx, p, x, today, by, set, args)
	})
}

// Merge says that the proposal goes on in another of the same centre, which is not over.
func (s *Store) Merge(ctx context.Context, centreID, id, into string, x Step, by string) error {
	return s.act(ctx, centreID, id, func(tx *db.Tx, p Proposal, today string) error {
		if err := s.unvoted(ctx, tx, p); err != nil {
			return err
		}
		other, err := s.AtCentre(ctx, tx, centreID, into)
		if into == "" || fault.Is(err, fault.KindNotFound) || err == nil && (other.ID == p.ID || other.State.Ended()) {
			var f fault.Form
			f.Add("into", "participation.fault.into")
			return f.Err()
		}
		if err != nil {
			return err
		}
		x.To = Merged
		return s.step(ctx, tx, p, x, today, by, ", merged_into = :into", db.Args{"into": into})
	})
}

// SplitUp makes of the proposal several, with these titles, each of which goes on by itself. It returns their ids.
func (s *Store) SplitUp(ctx context.Context, centreID, id string, titles []string, x Step, by string) (ids []string, err error) {
	var kept []string
	for _, t := range titles {
		if t = strings.TrimSpace(t); t != "" {
			kept = append(kept, t)
		}
	}
	var f fault.Form
	if len(kept) < 2 {
		f.Add("titles", "participation.fault.titles")
	}
	if slices.ContainsFunc(kept, func(t string) bool { return utf8.RuneCountInString(t) > mostTitle }) {
		f.Add("titles", "fault.too_long", "max", mostTitle)
	}
	if len(kept) > 6 {
		f.Add("titles", "participation.fault.titles")
	}
	if err := f.Err(); err != nil {
		return nil, err
	}
	err = s.act(ctx, centreID, id, func(tx *db.Tx, p Proposal, today string) error {
		if err := s.unvoted(ctx, tx, p); err != nil {
			return err
		}
		x.To = Split
		if err := s.step(ctx, tx, p, x, today, by, "", nil); err != nil {
			return err
		}
		for _, t := range kept {
			part := p
			part.ID, part.Title, part.Mark, part.PersonID, part.PartOf, part.MoneyCents = db.NewID(), t, nil, nil, &p.ID, nil
			if err := s.insert(ctx, tx, part); err != nil {
				return err
			}
			part.State, part.Steps, part.FirstWordOn = Received, 0, p.FirstWordOn
			if err := s.step(ctx, tx, part, Step{To: Discussed, DecidedBy: x.DecidedBy, Reason: x.Reason}, today, by, "", nil); err != nil {
				return err
			}
			ids = append(ids, part.ID)
		}
		return nil
	})
	return ids, err
}

// Carrying says who carries a proposal.
type Carrying struct {
	Resident, Centre bool
	OrganisationID   string
	Seen             int // version of the proposal that was seen; nought: not asked
}

// Carry writes down who carries the proposal; an organisation is one of the network's. What is planned keeps a resident and an
// organisation or the centre: the database refuses less.
func (s *Store) Carry(ctx context.Context, centreID, id string, x Carrying, by string) error {
	return s.act(ctx, centreID, id, func(tx *db.Tx, p Proposal, _ string) error {
		if err := p.since(x.Seen); err != nil {
			return err
		}
		if p.State.Ended() {
			return fault.Conflict("participation.fault.step")
		}
		var organisation *string
		if x.OrganisationID != "" {
			if _, err := s.Network.Organisation(ctx, tx, x.OrganisationID); err != nil {
				if fault.Is(err, fault.KindNotFound) {
					var f fault.Form
					f.Add("organisation", "participation.fault.organisation")
					return f.Err()
				}
				return err
			}
			organisation = &x.OrganisationID
		}
		p.ResidentDoes, p.CentreDoes, p.OrganisationID = db.Bool(x.Resident), db.Bool(x.Centre), organisation
		if p.State == Scheduled && !p.Carried() {
			return fault.Conflict("participation.fault.carried")
		}
		if _, err := tx.Exec(ctx, `UPDATE proposals SET resident_carries = :r, centre_carries = :c, organisation_id = :o, version = version + 1 WHERE id = :id`,
			db.Args{"id": id, "r": p.ResidentDoes, "c": p.CentreDoes, "o": p.OrganisationID}); err != nil {
			return err
		}
		if organisation != nil {
			if _, err := tx.Exec(ctx, `UPDATE proposal_offers SET state = CASE WHEN organisation_id = :o THEN 'taken' ELSE 'declined' END WHERE proposal_id = :id AND state = 'open'`,
				db.Args{"id": id, "o": *organisation}); err != nil {
				return err
			}
		}
		return s.note(ctx, tx, centreID, "proposal.carry", by, "proposal", id)
	})
}

// Offered is an organisation that would carry a proposal.
type Offered struct {
	ID             string `db:"id"`
	ProposalID     string `db:"proposal_id"`
	OrganisationID string `db:"organisation_id"`
	Words          string `db:"words"`
	State          string `db:"state"`
	At             int64  `db:"at"`
	Name           string `db:"name"` // of the organisation
}

// OfferToCarry keeps that the organisation would carry the proposal, which is public and looks for a partner; any other is
// NotFound. Offering again changes the words.
func (s *Store) OfferToCarry(ctx context.Context, organisationID, id, words, by string) error {
	if utf8.RuneCountInString(words) > 1000 {
		var f fault.Form
		f.Add("words", "fault.too_long", "max", 1000)
		return f.Err()
	}
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := s.lock(ctx, tx, id); err != nil {
			return err
		}
		p, err := s.Proposal(ctx, tx, id)
		if err != nil {
			return err
		}
		if !p.Public() || !p.Seeks() {
			return fault.NotFound("fault.not_found")
		}
		if _, err := tx.Exec(ctx, `INSERT INTO proposal_offers (id, proposal_id, organisation_id, words, by_account, at) VALUES (:id, :p, :o, :w, :by, :at)
			ON CONFLICT (proposal_id, organisation_id) DO UPDATE SET words = excluded.words, state = 'open'`,
			db.Args{"id": db.NewID(), "p": id, "o": organisationID, "w": words, "by": by, "at": s.Now().Unix()}); err != nil {
			return err
		}
		return s.note(ctx, tx, p.CentreID, "proposal.offer", by, "proposal", id)
	})
}

// Offers are who would carry the proposal, the first first.
func (s *Store) Offers(ctx context.Context, q db.Querier, id string) ([]Offered, error) {
	var list []Offered
	err := q.Select(ctx, &list, `SELECT f.id, f.proposal_id, f.organisation_id, f.words, f.state, f.at, o.name FROM proposal_offers f JOIN organisations o ON o.id = f.organisation_id
		WHERE f.proposal_id = :id ORDER BY f.at, f.id`, db.Args{"id": id})
	return list, err
}

// OffersOf are those that the organisation made, by proposal.
func (s *Store) OffersOf(ctx context.Context, q db.Querier, organisationID string) (map[string]Offered, error) {
	var list []Offered
	err := q.Select(ctx, &list, `SELECT f.id, f.proposal_id, f.organisation_id, f.words, f.state, f.at, o.name FROM proposal_offers f JOIN organisations o ON o.id = f.organisation_id
		WHERE f.organisation_id = :id`, db.Args{"id": organisationID})
	all := map[string]Offered{}
	for _, o := range list {
		all[o.ProposalID] = o
	}
	return all, err
}
