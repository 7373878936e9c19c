package participation

import (
	"context"
	"errors"
	"time"
	"unicode/utf8"

	"kvart/internal/network"
	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/i18n"
	"kvart/internal/platform/web"
)

// Commenting says whether the proposal takes comments: the centre has turned them on, and the proposal is public and not over.
func Commenting(p Proposal, c network.Centre) bool {
	return c.Features.Has(network.FeatureComments) && p.Public() && !p.State.Ended()
}

// AddComment keeps what somebody says about a proposal, to be read before it shows. It returns NotFound where the proposal
// takes none, Invalid with a fault a field, TooMany while too many wait, *web.Already for a form sent before.
func (s *Store) AddComment(ctx context.Context, c Comment, formKey string) error {
	if err := c.Check(); err != nil {
		return err
	}
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		p, err := s.Proposal(ctx, tx, c.ProposalID)
		if err != nil {
			return err
		}
		centre, err := s.Network.Centre(ctx, tx, p.CentreID)
		if err != nil {
			return err
		}
		if !Commenting(p, centre) {
			return fault.NotFound("fault.not_found")
		}
		if err := web.Claim(ctx, tx, formKey, "/hr/proposals/"+p.ID+"?said=1", s.Now()); err != nil {
			return err
		}
		var waiting int
		if err := tx.Get(ctx, &waiting, `SELECT COUNT(*) FROM proposal_comments x JOIN proposals p ON p.id = x.proposal_id WHERE p.centre_id = :c AND x.state = 'waiting'`, db.Args{"c": p.CentreID}); err != nil {
			return err
		}
		if waiting >= mostComments {
			return fault.TooMany("participation.fault.flood")
		}
		id := db.NewID()
		if _, err := tx.Exec(ctx, `INSERT INTO proposal_comments (id, proposal_id, lang, words, public_name, sent_on) VALUES (:id, :p, :lang, :words, :name, :on)`,
			db.Args{"id": id, "p": p.ID, "lang": string(c.Lang), "words": c.Words, "name": c.PublicName, "on": s.today(centre)}); err != nil {
			return err
		}
		return s.note(ctx, tx, p.CentreID, "comment.add", "public", "comment", id)
	})
}

// Comments are those of the proposal, the first first: all of them for the centre's team, else those that show.
func (s *Store) Comments(ctx context.Context, q db.Querier, proposalID string, all bool) ([]Comment, error) {
	var list []Comment
	err := q.Select(ctx, &list, `SELECT * FROM proposal_comments WHERE proposal_id = :p AND (state = 'shown' OR :all = 1) ORDER BY sent_on, id`, db.Args{"p": proposalID, "all": db.Bool(all)})
	return list, err
}

// CommentDecision is what somebody at the centre decided about a comment.
type CommentDecision struct {
	CommentID string
	To        string // CommentShown, CommentRefused, CommentDown
	Reason    string // of what does not show, for the team
}

// DecideComment lets a comment through, refuses it or takes it down; the last two have a reason. It returns Conflict where
// somebody else decided meanwhile, or the text is gone.
func (s *Store) DecideComment(ctx context.Context, centreID, proposalID string, x CommentDecision, by string) error {
	var f fault.Form
	if x.To != CommentShown && x.Reason == "" {
		f.Add("reason-"+x.CommentID, "participation.fault.comment_reason")
	}
	if utf8.RuneCountInString(x.Reason) > mostReason {
		f.Add("reason-"+x.CommentID, "fault.too_long", "max", mostReason)
	}
	if err := f.Err(); err != nil {
		return err
	}
	if x.To == CommentShown {
		x.Reason = ""
	}
	return s.act(ctx, centreID, proposalID, func(tx *db.Tx, p Proposal, today string) error {
		var c Comment
		if err := tx.Get(ctx, &c, `SELECT * FROM proposal_comments WHERE id = :id AND proposal_id = :p`, db.Args{"id": x.CommentID, "p": p.ID}); err != nil {
			return err
		}
		if !mayComment(c.State, x.To) || c.Words == "" {
			return fault.Conflict("participation.fault.meanwhile")
		}
		if _, err := tx.Exec(ctx, `UPDATE proposal_comments SET state = :to, reason = :r, decided_on = :on WHERE id = :id`, db.Args{"to": x.To, "r": x.Reason, "on": today, "id": c.ID}); err != nil {
			return err
		}
		return s.note(ctx, tx, centreID, "comment."+x.To, by, "comment", c.ID)
	})
}

// dropComments takes down all that is said about a proposal that is withdrawn.
func (s *Store) dropComments(ctx context.Context, tx *db.Tx, p Proposal, today string) error {
	_, err := tx.Exec(ctx, `UPDATE proposal_comments SET state = 'down', reason = :r, decided_on = :on WHERE proposal_id = :p AND state IN ('waiting','shown')`,
		db.Args{"r": s.Texts.For(i18n.HR).T("participation.comment.withdrawn"), "on": today, "p": p.ID})
	return err
}

// commentsAsked are those of the centre that wait to be read, by proposal, with the first of them.
type commentsAsked struct {
	ProposalID string `db:"proposal_id"`
	Title      string `db:"title"`
	First      string `db:"first"`
	On         string `db:"sent_on"`
}

func (s *Store) commentsAsked(ctx context.Context, q db.Querier, centreID string) ([]commentsAsked, error) {
	var list []commentsAsked
	err := q.Select(ctx, &list, `SELECT p.id AS proposal_id, p.title, MIN(x.id) AS first, MIN(x.sent_on) AS sent_on FROM proposal_comments x JOIN proposals p ON p.id = x.proposal_id
		WHERE p.centre_id = :c AND x.state = 'waiting' GROUP BY p.id, p.title ORDER BY MIN(x.sent_on), MIN(x.id)`, db.Args{"c": centreID})
	return list, err
}

// ForgetComments empties the texts, and the names beside them, of comments that were refused or taken down so many days ago. It
// may run as often as it likes.
func (s *Store) ForgetComments(ctx context.Context) error {
	centres, err := s.Network.Centres(ctx, s.DB)
	if err != nil {
		return err
	}
	var faults []error
	for _, c := range centres {
		until := s.Now().In(c.Location()).AddDate(0, 0, -CommentDays).Format(time.DateOnly)
		faults = append(faults, s.DB.Tx(ctx, func(tx *db.Tx) error {
			n, err := tx.Exec(ctx, `UPDATE proposal_comments SET words = '', public_name = '' WHERE words <> '' AND state IN ('refused','down') AND decided_on <= :until
				AND proposal_id IN (SELECT id FROM proposals WHERE centre_id = :c)`, db.Args{"until": until, "c": c.ID})
			if err != nil || n == 0 {
				return err
			}
			return s.note(ctx, tx, c.ID, "comment.forget", "job", "centre", c.ID)
		}))
	}
	return errors.Join(faults...)
}
