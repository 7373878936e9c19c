package voting

import (
	"context"
	"errors"

	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/i18n"
	"kvart/internal/platform/web"
)

// Follow is what the feature that an option came from says of it, beside what was promised: where its page is, how far it
// is, and what was held and who came. Words are the reader's.
type Follow struct {
	Address string // without the language
	State   string
	Held    string // "": nothing yet
}

// said is how far it is, with what was held and who came.
func (f Follow) said() string {
	if f.Held == "" {
		return f.State
	}
	return f.State + " · " + f.Held
}

// Decision is what a vote said about something.
type Decision struct {
	RoundID  string
	OptionID string
	Title    i18n.Text // of the round
	State    State
	Wins     bool // once it is published, with what persons changed, as all below

	Unit     string
	Currency string
	Cost     int64
	Why      string  // a word of package fairvote
	Ballots  int     // nought where they are fewer than the network tells of
	Votes    int     // for it; -1 where that is not told
	Changed  *Change // the last word of a person about it
}

// Amount is the cost as people read it.
func (d Decision) Amount(p *i18n.Printer) string {
	return Round{Unit: d.Unit, Currency: d.Currency}.Amount(p, d.Cost)
}

// told says whether a number of so many people may be shown: none where ballots are fewer in all than the network tells of,
// and where ballots are not published (hidden) or the option is sensitive never a small one.
func told(o Option, hidden bool, ballots, n, least int) bool {
	return ballots >= least && (!hidden && !bool(o.Sensitive) || n == 0 || n >= least)
}

// Decided are the votes that had an option of this origin, newest first, drafts left out: for the feature that the origin
// is of.
func (s *Store) Decided(ctx context.Context, q db.Querier, origin string) (list []Decision, err error) {
	var ids []string
	if origin == "" {
		return nil, nil
	}
	if err := q.Select(ctx, &ids, `SELECT r.id FROM vote_rounds r JOIN vote_options o ON o.round_id = r.id WHERE o.origin = :o AND r.state <> 'draft' ORDER BY r.opens_at DESC, r.id`, db.Args{"o": origin}); err != nil || len(ids) == 0 {
		return nil, err
	}
	n, err := s.Network.Network(ctx, q)
	if err != nil {
		return nil, err
	}
	for _, id := range ids {
		r, err := s.Round(ctx, q, id)
		if err != nil {
			return nil, err
		}
		d := Decision{RoundID: id, Title: r.Title, State: r.At(s.Now()), Unit: r.Unit, Currency: r.Currency, Votes: -1}
		var option Option
		for _, o := range r.Options {
			if o.Origin == origin {
				d.OptionID, d.Cost, option = o.ID, o.Cost, o
			}
		}
		if r.State == Published {
			out, err := s.outcome(ctx, q, r)
			if err != nil {
				return nil, err
			}
			changes, err := s.Changes(ctx, q, id)
			if err != nil {
				return nil, err
			}
			shown, err := s.HasPB(ctx, q, id)
			if err != nil {
				return nil, err
			}
			x := out.Option(d.OptionID)
			d.Wins, d.Why = Winners(out, changes)[d.OptionID], x.Why
			if out.Ballots >= n.Disclosure {
				d.Ballots = out.Ballots
			}
			if told(option, !shown, out.Ballots, x.Votes, n.Disclosure) {
				d.Votes = x.Votes
			}
			for i := range changes {
				if changes[i].OptionID == d.OptionID {
					d.Changed = &changes[i]
				}
			}
		}
		list = append(list, d)
	}
	return list, nil
}

// Settled is an option with an origin in a published round, and when a person last changed whether it wins: 0, never.
type Settled struct {
	Origin    string `db:"origin"`
	RoundID   string `db:"round_id"`
	ChangedAt int64  `db:"changed_at"`
}

// Settled are all of them, those of the rounds that opened first before others. It reads no result.
func (s *Store) Settled(ctx context.Context, q db.Querier) (list []Settled, err error) {
	err = q.Select(ctx, &list, `SELECT o.origin, o.round_id, COALESCE((SELECT MAX(c.at) FROM vote_changes c WHERE c.option_id = o.id), 0) AS changed_at
		FROM vote_options o JOIN vote_rounds r ON r.id = o.round_id WHERE r.state = 'published' AND o.origin <> '' ORDER BY r.opens_at, r.id, o.position`, nil)
	return list, err
}

// Voted are the origins on which a vote is announced, open or being counted, each with its round.
func (s *Store) Voted(ctx context.Context, q db.Querier) (map[string]string, error) {
	var list []Settled
	if err := q.Select(ctx, &list, `SELECT o.origin, o.round_id FROM vote_options o JOIN vote_rounds r ON r.id = o.round_id
		WHERE r.state IN ('announced','open','closed') AND o.origin <> '' ORDER BY r.opens_at, r.id`, nil); err != nil {
		return nil, err
	}
	all := map[string]string{}
	for _, x := range list {
		all[x.Origin] = x.RoundID
	}
	return all, nil
}

// Prepared is the round in preparation that has an option of this origin, or nil.
func (s *Store) Prepared(ctx context.Context, q db.Querier, origin string) (*Round, error) {
	var r Round
	err := q.Get(ctx, &r, `SELECT `+columns+` FROM vote_rounds WHERE state = 'draft' AND id IN (SELECT round_id FROM vote_options WHERE origin = :o) ORDER BY created_at, id LIMIT 1`, db.Args{"o": origin})
	if fault.Is(err, fault.KindNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return &r, nil
}

// Drafts are the rounds in preparation into which the centre may put something: its own and the network's, without options.
func (s *Store) Drafts(ctx context.Context, q db.Querier, centreID string) (list []Round, err error) {
	err = q.Select(ctx, &list, `SELECT `+columns+` FROM vote_rounds WHERE state = 'draft' AND (centre_id = :c OR centre_id IS NULL) ORDER BY created_at DESC, id`, db.Args{"c": centreID})
	return list, err
}

// AddTo is AddOption from a centre, into a draft of its own or of the network. Any other is NotFound.
func (s *Store) AddTo(ctx context.Context, tx *db.Tx, centreID, roundID string, o Option, by string) (id string, err error) {
	r, err := s.Round(ctx, tx, roundID)
	if err != nil {
		return "", err
	}
	if r.CentreID == nil {
		centreID = ""
	}
	return s.AddOption(ctx, tx, centreID, roundID, o, by)
}

// eligible asks the features that the options came from whether they may be voted on as they are now.
func (s *Store) eligible(ctx context.Context, q db.Querier, r Round) error {
	if s.Eligible == nil {
		return nil
	}
	for _, o := range r.Options {
		if o.Origin == "" {
			continue
		}
		ok, err := s.Eligible(ctx, q, o.Origin)
		if err != nil {
			return err
		}
		if !ok {
			return fault.Conflict("voting.fault.option_over", "n", o.Position)
		}
	}
	return nil
}

// follow is what the options' features say of them, by origin.
func (p *Pages) follow(r *web.Request, list []Option) (map[string]Follow, error) {
	all := map[string]Follow{}
	if p.Follow == nil {
		return all, nil
	}
	var faults []error
	for _, o := range list {
		if o.Origin == "" {
			continue
		}
		f, ok, err := p.Follow(r, o.Origin)
		if faults = append(faults, err); ok {
			all[o.Origin] = f
		}
	}
	return all, errors.Join(faults...)
}
