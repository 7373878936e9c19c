package participation

import (
	"context"
	"strings"

	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/i18n"
	"kvart/internal/platform/web"
)

// inCycle runs an act on one of the centre's cycles in a transaction, and notes it.
func (s *Store) inCycle(ctx context.Context, centreID, cycleID, action, by string, do func(tx *db.Tx) error) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		if _, err := s.Cycle(ctx, tx, centreID, cycleID); err != nil {
			return err
		}
		if err := do(tx); err != nil {
			return err
		}
		return s.note(ctx, tx, centreID, action, by, "needs", cycleID)
	})
}

// AddSource keeps a conversation of the cycle.
func (s *Store) AddSource(ctx context.Context, centreID string, x Source, by string) (id string, err error) {
	if err := x.Check(); err != nil {
		return "", err
	}
	id = db.NewID()
	return id, s.inCycle(ctx, centreID, x.CycleID, "cycle.source", by, func(tx *db.Tx) error {
		if err := web.Claim(ctx, tx, x.Claim, "/desk/needs/"+x.CycleID+"/listen", s.Now()); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `INSERT INTO needs_sources (id, cycle_id, kind, title, on_date, people, notes) VALUES (:id, :c, :k, :t, :on, :p, :n)`,
			db.Args{"id": id, "c": x.CycleID, "k": x.Kind, "t": x.Title, "on": x.On, "p": x.People, "n": x.Notes})
		return err
	})
}

// AddTheme keeps a theme of the cycle. It returns Invalid where one has that name already.
func (s *Store) AddTheme(ctx context.Context, centreID string, t Theme, by string) (id string, err error) {
	t.Published = false
	if err := t.Check(0); err != nil {
		return "", err
	}
	id = db.NewID()
	err = s.inCycle(ctx, centreID, t.CycleID, "cycle.theme", by, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, `INSERT INTO needs_themes (id, cycle_id, name, about, position) SELECT CAST(:id AS TEXT), CAST(:c AS TEXT), CAST(:n AS TEXT), CAST(:a AS TEXT), COUNT(*) FROM needs_themes WHERE cycle_id = :c`,
			db.Args{"id": id, "c": t.CycleID, "n": strings.TrimSpace(t.Name), "a": t.About})
		return err
	})
	if db.Refused(err) != "" {
		var f fault.Form
		f.Add("theme_name", "needs.fault.theme_taken")
		return "", f.Err()
	}
	return id, err
}

// AddQuote keeps something said in one of the cycle's conversations.
func (s *Store) AddQuote(ctx context.Context, centreID, cycleID string, q Quote, by string) (id string, err error) {
	var f fault.Form
	checkWords(&f, "quote", q.Words, 2000, true)
	if err := f.Err(); err != nil {
		return "", err
	}
	id = db.NewID()
	return id, s.inCycle(ctx, centreID, cycleID, "cycle.quote", by, func(tx *db.Tx) error {
		if err := web.Claim(ctx, tx, q.Claim, "/desk/needs/"+cycleID+"/listen", s.Now()); err != nil {
			return err
		}
		n, err := tx.Exec(ctx, `INSERT INTO needs_quotes (id, source_id, words) SELECT CAST(:id AS TEXT), id, CAST(:w AS TEXT) FROM needs_sources WHERE id = :s AND cycle_id = :c`,
			db.Args{"id": id, "w": q.Words, "s": q.SourceID, "c": cycleID})
		if err == nil && n == 0 {
			var f fault.Form
			f.Add("source", "needs.fault.source")
			return f.Err()
		}
		return err
	})
}

// Code gives a quote a theme, as the first coder or the second. An empty theme takes it away.
func (s *Store) Code(ctx context.Context, centreID, cycleID, quoteID string, coder int, themeID, by string) error {
	if coder != 1 && coder != 2 {
		return fault.Invalid("needs.fault.coder")
	}
	return s.inCycle(ctx, centreID, cycleID, "cycle.code", by, func(tx *db.Tx) error {
		var known int
		if err := tx.Get(ctx, &known, `SELECT COUNT(*) FROM needs_quotes q JOIN needs_sources s ON s.id = q.source_id WHERE q.id = :q AND s.cycle_id = :c`, db.Args{"q": quoteID, "c": cycleID}); err != nil {
			return err
		}
		if known == 0 {
			return fault.NotFound("fault.not_found")
		}
		if _, err := tx.Exec(ctx, `DELETE FROM needs_codes WHERE quote_id = :q AND coder = :n`, db.Args{"q": quoteID, "n": coder}); err != nil || themeID == "" {
			return err
		}
		n, err := tx.Exec(ctx, `INSERT INTO needs_codes (quote_id, coder, theme_id) SELECT CAST(:q AS TEXT), CAST(:n AS INTEGER), id FROM needs_themes WHERE id = :t AND cycle_id = :c`,
			db.Args{"q": quoteID, "n": coder, "t": themeID, "c": cycleID})
		if err == nil && n == 0 {
			return fault.NotFound("fault.not_found")
		}
		return err
	})
}

// Answer says what was done about a theme: which of the centre's proposals and activities answer it, and what else there is to
// say. It returns Invalid where the theme is to be published without an answer that everybody can read.
func (s *Store) Answer(ctx context.Context, centreID string, t Theme, proposals, activities []string, by string) error {
	if err := t.Check(len(proposals) + len(activities)); err != nil {
		return err
	}
	return s.inCycle(ctx, centreID, t.CycleID, "cycle.answer", by, func(tx *db.Tx) error {
		if err := changed(tx.Exec(ctx, `UPDATE needs_themes SET name = :n, about = :a, reply = :r, published = :p WHERE id = :id AND cycle_id = :c`,
			db.Args{"id": t.ID, "c": t.CycleID, "n": t.Name, "a": t.About, "r": t.Reply, "p": t.Published})); err != nil {
			if db.Refused(err) != "" {
				var f fault.Form
				f.Add("theme_name", "needs.fault.theme_taken")
				return f.Err()
			}
			return err
		}
		if _, err := tx.Exec(ctx, `DELETE FROM needs_answers WHERE theme_id = :t`, db.Args{"t": t.ID}); err != nil {
			return err
		}
		for _, id := range proposals {
			if err := s.answerOne(ctx, tx, `INSERT INTO needs_answers (theme_id, proposal_id) SELECT CAST(:t AS TEXT), id FROM proposals WHERE id = :id AND centre_id = :c`, t.ID, id, centreID, "proposals"); err != nil {
				return err
			}
		}
		for _, id := range activities {
			if err := s.answerOne(ctx, tx, `INSERT INTO needs_answers (theme_id, activity_id) SELECT CAST(:t AS TEXT), id FROM activities WHERE id = :id AND centre_id = :c AND discreet = 0`, t.ID, id, centreID, "activities"); err != nil {
				return err
			}
		}
		if !bool(t.Published) || strings.TrimSpace(t.Reply) != "" {
			return nil
		}
		var read int
		if err := tx.Get(ctx, &read, `SELECT COUNT(*) FROM needs_answers x LEFT JOIN proposals p ON p.id = x.proposal_id AND p.published_on <> '' AND p.state <> 'withdrawn'
			LEFT JOIN public_activities a ON a.id = x.activity_id WHERE x.theme_id = :t AND (p.id IS NOT NULL OR a.id IS NOT NULL)`, db.Args{"t": t.ID}); err != nil || read > 0 {
			return err
		}
		var f fault.Form
		f.Add("reply", "needs.fault.reply")
		return f.Err()
	})
}

func (s *Store) answerOne(ctx context.Context, tx *db.Tx, q, theme, id, centreID, field string) error {
	n, err := tx.Exec(ctx, q, db.Args{"t": theme, "id": id, "c": centreID})
	if err == nil && n == 0 {
		var f fault.Form
		f.Add(field, "needs.fault.answer")
		return f.Err()
	}
	return err
}

// Sources are the cycle's conversations, by their day.
func (s *Store) Sources(ctx context.Context, q db.Querier, cycleID string) ([]Source, error) {
	var list []Source
	err := q.Select(ctx, &list, `SELECT * FROM needs_sources WHERE cycle_id = :c ORDER BY on_date, id`, db.Args{"c": cycleID})
	return list, err
}

// Quotes are what was said in all of the cycle's conversations, with what each coder made of it.
func (s *Store) Quotes(ctx context.Context, q db.Querier, cycleID string) ([]Quote, error) {
	var list []Quote
	err := q.Select(ctx, &list, `SELECT q.id, q.source_id, q.words, a.theme_id AS first, b.theme_id AS second FROM needs_quotes q JOIN needs_sources s ON s.id = q.source_id
		LEFT JOIN needs_codes a ON a.quote_id = q.id AND a.coder = 1 LEFT JOIN needs_codes b ON b.quote_id = q.id AND b.coder = 2
		WHERE s.cycle_id = :c ORDER BY s.on_date, s.id, q.id`, db.Args{"c": cycleID})
	return list, err
}

// Themes are the cycle's, each with how often and where it was heard, and what answers it. Where public is true only published
// themes are among them, with the answers that everybody may read, and counted is what was heard from as many people as the
// network tells, each kind of conversation by itself.
func (s *Store) Themes(ctx context.Context, q db.Querier, cycleID string, public bool) ([]Theme, error) {
	var list []Theme
	if err := q.Select(ctx, &list, `SELECT * FROM needs_themes WHERE cycle_id = :c AND (published = 1 OR :p = 0) ORDER BY position, id`, db.Args{"c": cycleID, "p": db.Bool(public)}); err != nil {
		return nil, err
	}
	least := 0
	if public {
		n, err := s.Network.Network(ctx, q)
		if err != nil {
			return nil, err
		}
		least = n.Disclosure
	}
	for i := range list {
		t := &list[i]
		var rows []struct {
			Kind    string `db:"kind"`
			People  int    `db:"people"`
			Quotes  int    `db:"quotes"`
			Sources int    `db:"sources"`
		}
		if err := q.Select(ctx, &rows, `SELECT x.kind, SUM(x.quotes) AS quotes, COUNT(*) AS sources, SUM(x.people) AS people
			FROM (SELECT s.id, s.kind, s.people, COUNT(*) AS quotes FROM needs_codes c JOIN needs_quotes q ON q.id = c.quote_id JOIN needs_sources s ON s.id = q.source_id
				WHERE c.theme_id = :t AND c.coder = 1 GROUP BY s.id, s.kind, s.people) x GROUP BY x.kind ORDER BY x.kind`, db.Args{"t": t.ID}); err != nil {
			return nil, err
		}
		for _, r := range rows {
			if r.People < least {
				continue
			}
			t.Quotes += r.Quotes
			t.Sources = append(t.Sources, Counted{r.Kind, r.Sources})
		}
		var proposals []Proposal
		if err := q.Select(ctx, &proposals, `SELECT p.* FROM needs_answers a JOIN proposals p ON p.id = a.proposal_id WHERE a.theme_id = :t ORDER BY p.created_at, p.id`, db.Args{"t": t.ID}); err != nil {
			return nil, err
		}
		for _, p := range proposals {
			if p.Public() || !public {
				t.Answers = append(t.Answers, Reaction{ProposalID: p.ID, Title: i18n.Text{p.Lang: p.Title}, Address: "proposals/" + p.ID})
			}
		}
		var ids []string
		if err := q.Select(ctx, &ids, `SELECT a.activity_id FROM needs_answers a WHERE a.theme_id = :t AND a.activity_id <> '' ORDER BY a.activity_id`, db.Args{"t": t.ID}); err != nil {
			return nil, err
		}
		for _, id := range ids {
			a, err := s.Programme.PublicActivity(ctx, id)
			if fault.Is(err, fault.KindNotFound) && !public { // the team keeps what it chose although it does not show yet
				err = q.Get(ctx, &a, `SELECT * FROM activities WHERE id = :id AND discreet = 0`, db.Args{"id": id})
			}
			if fault.Is(err, fault.KindNotFound) {
				continue
			}
			if err != nil {
				return nil, err
			}
			t.Answers = append(t.Answers, Reaction{ActivityID: id, Title: a.Title, Address: "programme/" + id})
		}
	}
	return list, nil
}
