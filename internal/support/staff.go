package support

import (
	"context"
	"slices"
	"time"

	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/i18n"
)

// Outcomes are what may have come of a request, in the order in which a page offers them. They are words about what was
// done, not about who asked.
var Outcomes = []string{"got_help", "no_capacity", "not_eligible", "no_contact", "not_interested", "elsewhere"}

// forTeam says whether the team is shown the entry. Who was let in and who left is for the person only: a list from which
// a colleague is missing would tell whom the person struck out.
func (e Shown) forTeam() bool {
	return e.Kind != Joined && e.Kind != Left && (e.Kind != Note || e.Text != "" || e.File != nil || e.Erased)
}

// readBy says whether the reader has opened the entry before.
func (e Shown) readBy(reader string) bool {
	return slices.ContainsFunc(e.Reads, func(r ReadAt) bool { return r.Reader == reader })
}

// waits is how long somebody has waited, as people say it.
func waits(p *i18n.Printer, since int64, now time.Time) string {
	switch d := now.Sub(time.Unix(since, 0)); {
	case d < time.Hour:
		return p.T("support.waits.now")
	case d < 48*time.Hour:
		return p.N("support.waits.hours", int(d/time.Hour))
	default:
		return p.N("support.waits.days", int(d/(24*time.Hour)))
	}
}

// granted are the requests of which the reader has the newest key, by their ids.
func (s *Store) granted(ctx context.Context, by Reading) (ids []string, err error) {
	err = s.DB.Select(ctx, &ids, `SELECT r.id FROM support_grants g JOIN support_requests r ON r.id = g.request_id AND r.epoch = g.epoch
		WHERE g.reader_id = :me AND r.kind <> 'registration' ORDER BY r.id`, db.Args{"me": by.ID})
	return ids, err
}

// GiveAccess lets a colleague of the team read what the reader can read, with all that was written before, and returns how
// many requests that were. Who may not read one by the person's wish is left out of it, and nothing that the team is
// shown differs: it counts as given, and an entry without words stands where the person is told of others.
func (s *Store) GiveAccess(ctx context.Context, by Reading, colleague string) (n int, err error) {
	if err := s.ready(); err != nil {
		return 0, err
	}
	ids, err := s.granted(ctx, by)
	if err != nil {
		return 0, err
	}
	teams := map[Party]Team{}
	for _, id := range ids {
		o, h, err := s.opensFor(ctx, by, id)
		if err == nil {
			var done bool
			if done, err = s.giveOne(ctx, by, o, h, colleague, teams); done {
				n++
			}
		}
		if err != nil && fault.Of(err).Kind == fault.KindInternal { // one that does not open keeps nobody from the others
			return n, err
		}
	}
	return n, nil
}

func (s *Store) giveOne(ctx context.Context, by Reading, o *opened, h Header, colleague string, teams map[Party]Team) (bool, error) {
	team, known := teams[h.Party]
	if !known {
		var err error
		if team, err = s.Team(ctx, s.DB, h.Party); err != nil {
			return false, err
		}
		teams[h.Party] = team
	}
	if _, ok := team.member(colleague); !ok {
		return false, nil
	}
	var has int
	if err := s.DB.Get(ctx, &has, `SELECT COUNT(*) FROM support_grants WHERE request_id = :r AND epoch = :e AND reader_id = :who`,
		db.Args{"r": o.ID, "e": o.Epoch, "who": colleague}); err != nil || has > 0 {
		return has > 0, err
	}
	c := Change{Add: []string{colleague}, Entries: []Entry{{Kind: Joined, Who: colleague}}}
	if h.Packet != nil && s.struckOut(team, o.ID, h, colleague) {
		return true, nil
	}
	if team.struck(h, colleague) {
		if slices.Contains(h.Passed, colleague) {
			return true, nil
		}
		c.Add, c.Entries, c.Header = nil, []Entry{{Kind: Note}}, func(h *Header) { h.Passed = append(slices.Clone(h.Passed), colleague) }
	}
	err := s.Write(ctx, by, o.ID, c)
	return err == nil, err
}

// Link notes on both requests that they are the same matter. The reader has to be able to open both; nothing of one is
// shown to whoever asked in the other. It returns NotFound where one is not theirs.
func (s *Store) Link(ctx context.Context, by Reading, a, b string, linked bool) error {
	if a == b {
		return fault.NotFound("fault.not_found")
	}
	for _, id := range []string{a, b} {
		if _, _, err := s.opensFor(ctx, by, id); err != nil {
			return err
		}
	}
	for _, pair := range [][2]string{{a, b}, {b, a}} {
		err := s.Write(ctx, by, pair[0], Change{Header: func(h *Header) {
			h.Linked = slices.DeleteFunc(slices.Clone(h.Linked), func(id string) bool { return id == pair[1] })
			if linked {
				h.Linked = append(h.Linked, pair[1])
			}
		}})
		if err != nil {
			return err
		}
	}
	return nil
}

// mine are those of the requests that the reader can open.
func (s *Store) mine(ctx context.Context, by Reading, ids []string) ([]string, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	args := db.Args{"me": by.ID}
	var list []string
	err := s.DB.Select(ctx, &list, `SELECT DISTINCT g.request_id FROM support_grants g JOIN support_requests r ON r.id = g.request_id AND r.epoch = g.epoch
		WHERE g.reader_id = :me AND g.request_id IN (`+db.In("r", ids, args)+`) ORDER BY g.request_id`, args)
	return list, err
}

// keyNames are the working names of whose the keys are.
func (s *Store) keyNames(ctx context.Context, ids []string) (map[string]string, error) {
	names := map[string]string{}
	ids = slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return id == "" })
	if len(ids) == 0 {
		return names, nil
	}
	args := db.Args{}
	var rows []struct {
		ID   string `db:"id"`
		Name string `db:"name"`
	}
	err := s.DB.Select(ctx, &rows, `SELECT k.id, a.name FROM vault_keys k JOIN accounts a ON a.id = k.account_id WHERE k.id IN (`+db.In("k", ids, args)+`)`, args)
	for _, r := range rows {
		names[r.ID] = r.Name
	}
	return names, err
}

// opensFor opens the request and its header for somebody who reads for its team still. It returns NotFound for all others.
func (s *Store) opensFor(ctx context.Context, by Reading, id string) (*opened, Header, error) {
	o, h, err := s.openHeader(ctx, by, id)
	if err == nil {
		err = s.stillReads(ctx, by, h.Party)
	}
	return o, h, err
}
