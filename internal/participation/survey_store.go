package participation

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/google/uuid"

	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/i18n"
	"kvart/internal/survey"
)

// SourceOf is the id of the source that a survey becomes in a cycle. It is made of both, so that a survey is taken over once,
// and its words are found again when it is forgotten.
func SourceOf(cycleID, surveyID string) string {
	return uuid.NewSHA1(uuid.NameSpaceURL, []byte("/needs/"+cycleID+"/surveys/"+surveyID)).String()
}

// Overtaking is what is taken over of a closed survey.
type Overtaking struct {
	SurveyID string
	Answers  []string // keys of answers that become themes, of those that may be told
	Words    bool     // what people wrote becomes quotes
}

// TakeSurvey makes a source of a closed survey of the centre or of the network, with its totals as far as they may be told;
// themes of the answers chosen, with their counts; and quotes of the words of the centre's own, as long as they are kept: those
// of the network are not for one centre, and words with an address or a number of somebody stay where they are. It returns how
// many words were left, Invalid with a fault a field, and Conflict for a survey that too few answered or that was taken before.
func (s *Store) TakeSurvey(ctx context.Context, centreID, cycleID string, x Overtaking, p *i18n.Printer, by string) (left int, err error) {
	err = s.inCycle(ctx, centreID, cycleID, "cycle.survey", by, func(tx *db.Tx) error {
		left = 0
		v, one, err := s.closed(ctx, tx, centreID, x.SurveyID)
		if err != nil {
			return err
		}
		told := one.Told(string(p.Lang()))
		notes := ""
		for _, t := range told {
			notes += t.Question + " " + t.Answer + ": " + strconv.Itoa(t.N) + "\n"
		}
		id := SourceOf(cycleID, v.ID)
		n, err := tx.Exec(ctx, `INSERT INTO needs_sources (id, cycle_id, kind, title, on_date, people, notes) VALUES (:id, :c, 'survey', :t, :on, :p, :n) ON CONFLICT (id) DO NOTHING`,
			db.Args{"id": id, "c": cycleID, "t": p.Pick(v.Title), "on": v.ClosesOn, "p": one.Totals.N.N, "n": notes})
		if err != nil {
			return err
		}
		if n == 0 {
			return fault.Conflict("needs.fault.survey_taken")
		}
		for _, t := range told {
			if !slices.Contains(x.Answers, t.Key) {
				continue
			}
			about := p.T("needs.survey.theme", "question", t.Question, "n", t.N, "all", one.Totals.N.N)
			if _, err := tx.Exec(ctx, `INSERT INTO needs_themes (id, cycle_id, name, about, position) SELECT CAST(:id AS TEXT), CAST(:c AS TEXT), CAST(:n AS TEXT), CAST(:a AS TEXT), COUNT(*) FROM needs_themes WHERE cycle_id = :c
				ON CONFLICT (cycle_id, name) DO NOTHING`, db.Args{"id": db.NewID(), "c": cycleID, "n": shortened(t.Answer, mostTitle), "a": about}); err != nil {
				return err
			}
		}
		if !x.Words || v.CentreID == nil || bool(v.Gone) {
			return nil
		}
		words, err := s.Survey.Words(ctx, tx, v.ID)
		if err != nil {
			return err
		}
		for _, w := range words {
			if w.Number != one.Number {
				continue
			}
			if Personal(w.Words) || utf8.RuneCountInString(w.Words) > 2000 || strings.TrimSpace(w.Words) == "" {
				left++
				continue
			}
			if _, err := tx.Exec(ctx, `INSERT INTO needs_quotes (id, source_id, words) VALUES (:id, :s, :w)`, db.Args{"id": db.NewSecretID(), "s": id, "w": w.Words}); err != nil {
				return err
			}
		}
		return nil
	})
	return left, err
}

// closed is a closed survey that the centre may take over, with the version that is told.
func (s *Store) closed(ctx context.Context, q db.Querier, centreID, surveyID string) (v survey.Survey, one survey.Version, err error) {
	list, err := s.Survey.ClosedOf(ctx, q, centreID)
	if err != nil {
		return v, one, err
	}
	i := slices.IndexFunc(list, func(x survey.Survey) bool { return x.ID == surveyID })
	if i < 0 {
		var f fault.Form
		f.Add("survey", "needs.fault.survey")
		return v, one, f.Err()
	}
	v = list[i]
	one, ok, err := s.Survey.ToBeTold(ctx, q, v)
	if err == nil && !ok {
		err = fault.Conflict("needs.fault.survey_few")
	}
	return v, one, err
}

// SurveyForgotten takes away the words of a survey whose answers are deleted: what was promised to who wrote them holds here
// too. Which themes they were given stays, as a number.
func (s *Store) SurveyForgotten(ctx context.Context, tx *db.Tx, surveyID string) error {
	var cycles []string
	if err := tx.Select(ctx, &cycles, `SELECT id FROM needs_cycles`, nil); err != nil {
		return err
	}
	for _, c := range cycles {
		if _, err := tx.Exec(ctx, `UPDATE needs_quotes SET words = '' WHERE source_id = :s AND words <> ''`, db.Args{"s": SourceOf(c, surveyID)}); err != nil {
			return err
		}
	}
	return nil
}

// linked says whether a step may lead to the address: a survey or a vote is the centre's or the network's.
func (s *Store) linked(ctx context.Context, q db.Querier, centreID, link string) (bool, error) {
	mine := func(of *string, err error) (bool, error) {
		if fault.Is(err, fault.KindNotFound) {
			return false, nil
		}
		return err == nil && (of == nil || *of == centreID), err
	}
	if id, ok := strings.CutPrefix(link, "/surveys/"); ok {
		v, err := s.Survey.Survey(ctx, q, id)
		return mine(v.CentreID, err)
	}
	if id, ok := strings.CutPrefix(link, "/votes/"); ok {
		r, err := s.Voting.Round(ctx, q, id)
		return mine(r.CentreID, err)
	}
	return true, nil
}
