package participation

import (
	"context"
	"errors"
	"slices"

	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/i18n"
	"kvart/internal/voting"
)

// Putting is how a proposal stands in a vote.
type Putting struct {
	RoundID   string
	Cost      int64 // in the round's unit
	Sensitive bool  // having chosen it may tell something about a person
}

// mostOption is how many characters of a proposal's words an option has; its page has them all.
const mostOption = 2000

// PutToVote makes an option of the proposal in a round in preparation, of the same centre or of the network. It returns
// Conflict where the proposal is not for a vote or stands in one already, and Invalid with a fault a field.
func (s *Store) PutToVote(ctx context.Context, centreID, id string, x Putting, by string) error {
	return s.act(ctx, centreID, id, func(tx *db.Tx, p Proposal, _ string) error {
		if !p.Votable() {
			return fault.Conflict("participation.fault.not_votable")
		}
		if err := s.unvoted(ctx, tx, p); err != nil {
			return err
		}
		already, err := s.Voting.Prepared(ctx, tx, p.ID)
		if err != nil {
			return err
		}
		if already != nil {
			return fault.Conflict("participation.fault.prepared")
		}
		drafts, err := s.Voting.Drafts(ctx, tx, centreID)
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(drafts, func(r voting.Round) bool { return r.ID == x.RoundID }) {
			var f fault.Form
			f.Add("round", "participation.fault.round")
			return f.Err()
		}
		words := shortened(p.About, mostOption)
		o := voting.Option{Origin: p.ID, Title: i18n.Text{i18n.HR: p.Title, p.Lang: p.Title}, About: i18n.Text{i18n.HR: words, p.Lang: words}, Cost: x.Cost, Sensitive: db.Bool(x.Sensitive)}
		if _, err := s.Voting.AddTo(ctx, tx, centreID, x.RoundID, o, by); err != nil {
			return err
		}
		return s.note(ctx, tx, centreID, "proposal.vote", by, "proposal", p.ID)
	})
}

// unvoted returns Conflict while the proposal is voted on, and while the thread does not have the word of the vote.
func (s *Store) unvoted(ctx context.Context, tx *db.Tx, p Proposal) error {
	votes, err := s.Voting.Decided(ctx, tx, p.ID)
	if err != nil || len(votes) == 0 {
		return err
	}
	thread, err := s.Thread(ctx, tx, p.ID)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(votes, func(d voting.Decision) bool { return Taken(thread, d.RoundID) == "" }) {
		return fault.Conflict("participation.fault.voted")
	}
	return nil
}

// Votable says whether what an option of that origin came from may be voted on as it is now. What is no proposal is not ours
// to say: it may.
func (s *Store) Votable(ctx context.Context, q db.Querier, origin string) (bool, error) {
	p, err := s.Proposal(ctx, q, origin)
	if fault.Is(err, fault.KindNotFound) {
		return true, nil
	}
	return err == nil && p.Votable(), err
}

// TakeVotes writes down what published votes decided about proposals, once a vote, and again where a person changed its
// winners since. It may run as often as it likes.
func (s *Store) TakeVotes(ctx context.Context) error {
	settled, err := s.Voting.Settled(ctx, s.DB)
	if err != nil || len(settled) == 0 {
		return err
	}
	var rows []struct {
		ID   string `db:"proposal_id"`
		Link string `db:"link"`
		At   int64  `db:"at"`
	}
	if err := s.DB.Select(ctx, &rows, `SELECT proposal_id, link, MAX(at) AS at FROM proposal_steps WHERE decided_by = 'vote' AND link <> '' GROUP BY proposal_id, link`, nil); err != nil {
		return err
	}
	var over []string
	if err := s.DB.Select(ctx, &over, `SELECT id FROM proposals WHERE state IN ('withdrawn','merged','split','scheduled','held')`, nil); err != nil {
		return err
	}
	taken, newest, ended := map[string]int64{}, map[string]string{}, map[string]bool{}
	for _, r := range rows {
		taken[r.ID+r.Link] = r.At
	}
	for _, id := range over {
		ended[id] = true
	}
	for _, x := range settled {
		newest[x.Origin] = x.RoundID
	}
	var faults []error
	for _, x := range settled {
		at, done := taken[x.Origin+VoteLink(x.RoundID)]
		if ended[x.Origin] || done && (x.ChangedAt < at || newest[x.Origin] != x.RoundID) {
			continue
		}
		faults = append(faults, s.takeVote(ctx, x.Origin, x.RoundID))
	}
	return errors.Join(faults...)
}

// takeVote writes down what one vote decided about one proposal.
func (s *Store) takeVote(ctx context.Context, id, roundID string) error {
	p, err := s.Proposal(ctx, s.DB, id)
	if fault.Is(err, fault.KindNotFound) {
		return nil // it came from elsewhere
	}
	if err != nil {
		return err
	}
	return s.act(ctx, p.CentreID, id, func(tx *db.Tx, p Proposal, today string) error {
		votes, err := s.Voting.Decided(ctx, tx, id)
		if err != nil {
			return err
		}
		thread, err := s.Thread(ctx, tx, id)
		if err != nil {
			return err
		}
		for _, d := range votes {
			if d.RoundID != roundID {
				continue
			}
			for _, to := range Verdict(p, thread, d) {
				x := Step{To: to, DecidedBy: ByVote, Reason: verdictWords(s.Texts.For(p.Lang), d, to), Link: VoteLink(roundID)}
				if err := s.step(ctx, tx, p, x, today, "job", "", nil); err != nil {
					return err
				}
				if p, err = s.AtCentre(ctx, tx, p.CentreID, id); err != nil {
					return err
				}
			}
		}
		return nil
	})
}
