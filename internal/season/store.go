package season

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"kvart/internal/allotment"
	"kvart/internal/booking"
	"kvart/internal/network"
	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
)

// Store keeps seasons.
type Store struct {
	DB      *db.DB
	Now     func() time.Time
	Network *network.Store
	Booking *booking.Store
}

// columns leave the document out: it is long.
const columns = `id, centre_id, name, from_date, to_date, wishes_until, hours, criteria, limits, state, seed, progress_id, progress_by, version`

// Seasons are the centre's, the newest first.
func (s *Store) Seasons(ctx context.Context, centreID string) ([]Season, error) {
	var list []Season
	err := s.DB.Select(ctx, &list, `SELECT `+columns+` FROM seasons WHERE centre_id = :c ORDER BY from_date DESC, id DESC`, db.Args{"c": centreID})
	return list, err
}

// Season is one of the centre.
func (s *Store) Season(ctx context.Context, q db.Querier, centreID, id string) (Season, error) {
	var one Season
	err := q.Get(ctx, &one, `SELECT `+columns+` FROM seasons WHERE id = :id AND centre_id = :c`, db.Args{"id": id, "c": centreID})
	return one, err
}

// Shown are the seasons of all centres that anybody may see, the newest first: those open for wishes, counted, published, of
// centres that have seasons turned on.
func (s *Store) Shown(ctx context.Context, limit int) ([]Season, error) {
	var list []Season
	if err := s.DB.Select(ctx, &list, `SELECT `+columns+` FROM seasons WHERE state <> 'preparing' ORDER BY from_date DESC, id DESC LIMIT :limit`, db.Args{"limit": limit}); err != nil {
		return nil, err
	}
	on, err := s.turnedOn(ctx)
	if err != nil {
		return nil, err
	}
	var kept []Season
	for _, one := range list {
		if on[one.CentreID] {
			kept = append(kept, one)
		}
	}
	return kept, nil
}

// turnedOn are the centres that have seasons turned on, by id.
func (s *Store) turnedOn(ctx context.Context) (map[string]bool, error) {
	centres, err := s.Network.Centres(ctx, s.DB)
	on := map[string]bool{}
	for _, c := range centres {
		on[c.ID] = c.Features.Has(network.FeatureSeason)
	}
	return on, err
}

// OneShown is a season that anybody may see, with its centre. Any other is NotFound.
func (s *Store) OneShown(ctx context.Context, id string) (Season, network.Centre, error) {
	var one Season
	var c network.Centre
	err := s.DB.Get(ctx, &one, `SELECT `+columns+` FROM seasons WHERE id = :id AND state <> 'preparing'`, db.Args{"id": id})
	if err == nil {
		c, err = s.Network.Centre(ctx, s.DB, one.CentreID)
	}
	if err == nil && !c.Features.Has(network.FeatureSeason) {
		err = fault.NotFound("fault.not_found")
	}
	return one, c, err
}

// Spaces are the season's rooms, in the centre's order.
func (s *Store) Spaces(ctx context.Context, q db.Querier, one Season) ([]booking.Space, error) {
	var ids []string
	if err := q.Select(ctx, &ids, `SELECT space_id FROM season_spaces WHERE season_id = :id`, db.Args{"id": one.ID}); err != nil {
		return nil, err
	}
	in := map[string]bool{}
	for _, id := range ids {
		in[id] = true
	}
	all, err := s.Booking.Spaces(ctx, q, one.CentreID)
	var list []booking.Space
	for _, x := range all {
		if in[x.ID] {
			list = append(list, x)
		}
	}
	return list, err
}

// Save makes a season or changes one that is being prepared, with its rooms, and returns its id. It returns Conflict when somebody
// changed it since the given version, or wishes are open.
func (s *Store) Save(ctx context.Context, tx *db.Tx, one Season, spaces []string, by string) (string, error) {
	if err := one.Check(); err != nil {
		return "", err
	}
	known, err := s.Booking.Spaces(ctx, tx, one.CentreID)
	if err != nil {
		return "", err
	}
	here := map[string]bool{}
	for _, x := range known {
		here[x.ID] = !bool(x.Closed)
	}
	var f fault.Form
	if len(spaces) == 0 {
		f.Add("spaces", "season.fault.spaces")
	}
	for _, id := range spaces {
		if !here[id] {
			f.Add("spaces", "season.fault.space")
			break
		}
	}
	if err := f.Err(); err != nil {
		return "", err
	}
	args := db.Args{"id": one.ID, "centre": one.CentreID, "name": one.Name, "from": one.FromDate, "to": one.ToDate, "until": one.WishesUntil, "hours": one.Hours,
		"criteria": one.Criteria, "limits": one.Limits, "version": one.Version}
	if one.ID == "" {
		args["id"] = db.NewID()
		_, err = tx.Exec(ctx, `INSERT INTO seasons (id, centre_id, name, from_date, to_date, wishes_until, hours, criteria, limits)
			VALUES (:id, :centre, :name, :from, :to, :until, :hours, :criteria, :limits)`, args)
	} else {
		var n int64
		n, err = tx.Exec(ctx, `UPDATE seasons SET name = :name, from_date = :from, to_date = :to, wishes_until = :until, hours = :hours, criteria = :criteria,
			limits = :limits, version = version + 1 WHERE id = :id AND centre_id = :centre AND version = :version AND state = 'preparing'`, args)
		if err == nil && n == 0 {
			err = fault.Conflict("season.fault.changed_meanwhile")
		}
	}
	if err != nil {
		return "", err
	}
	id := args["id"].(string)
	if _, err := tx.Exec(ctx, `DELETE FROM season_spaces WHERE season_id = :id`, db.Args{"id": id}); err != nil {
		return "", err
	}
	for _, x := range spaces {
		if _, err := tx.Exec(ctx, `INSERT INTO season_spaces (season_id, space_id) VALUES (:id, :space) ON CONFLICT DO NOTHING`, db.Args{"id": id, "space": x}); err != nil {
			return "", err
		}
	}
	return id, s.note(ctx, tx, one.CentreID, "season.save", by, id)
}

// step takes the season from one state to the next. It returns Conflict where it is in another.
func (s *Store) step(ctx context.Context, tx *db.Tx, centreID, id, from, to string) error {
	n, err := tx.Exec(ctx, `UPDATE seasons SET state = :to, version = version + 1 WHERE id = :id AND centre_id = :c AND state = :from`,
		db.Args{"id": id, "c": centreID, "from": from, "to": to})
	switch {
	case db.Refused(err) == "season-step":
		return fault.Conflict("season.fault.edited").Because(err)
	case err != nil && strings.Contains(db.Refused(err), "centre_id") || db.Refused(err) == "seasons_one_open":
		return fault.Conflict("season.fault.one_open").Because(err)
	case err == nil && n == 0:
		return fault.Conflict("season.fault.state")
	}
	return err
}

// OpenWishes publishes what the season is counted by and lets wishes in; a seed is drawn. It returns Conflict where the centre has
// another season open for wishes.
func (s *Store) OpenWishes(ctx context.Context, centreID, id, by string) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		if _, err := s.Season(ctx, tx, centreID, id); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `UPDATE seasons SET seed = :seed WHERE id = :id AND state = 'preparing'`, db.Args{"seed": db.NewSecretID(), "id": id}); err != nil {
			return err
		}
		if err := s.step(ctx, tx, centreID, id, Preparing, Open); err != nil {
			return err
		}
		return s.note(ctx, tx, centreID, "season.open", by, id)
	})
}

// Reopen lets wishes in again where nobody has edited the draft. The seed stays.
func (s *Store) Reopen(ctx context.Context, centreID, id, by string) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		if _, err := s.Season(ctx, tx, centreID, id); err != nil {
			return err
		}
		if err := s.step(ctx, tx, centreID, id, Draft, Open); err != nil {
			return err
		}
		return s.note(ctx, tx, centreID, "season.reopen", by, id)
	})
}

// Delete removes a season that is being prepared.
func (s *Store) Delete(ctx context.Context, centreID, id, by string) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		one, err := s.Season(ctx, tx, centreID, id)
		if err != nil {
			return err
		}
		if one.State != Preparing {
			return fault.Conflict("season.fault.state")
		}
		for _, table := range []string{"season_spaces", "season_members"} {
			if _, err := tx.Exec(ctx, `DELETE FROM `+table+` WHERE season_id = :id`, db.Args{"id": id}); err != nil {
				return err
			}
		}
		if _, err := tx.Exec(ctx, `DELETE FROM seasons WHERE id = :id`, db.Args{"id": id}); err != nil {
			return err
		}
		return s.note(ctx, tx, centreID, "season.delete", by, id)
	})
}

// Members are the organisations that take part, by name.
func (s *Store) Members(ctx context.Context, q db.Querier, seasonID string) ([]Member, error) {
	var list []Member
	err := q.Select(ctx, &list, `SELECT m.organisation_id, o.slug, o.name, m.amounts, (SELECT COUNT(*) FROM season_wishes w WHERE w.season_id = m.season_id
		AND w.organisation_id = m.organisation_id) AS wishes FROM season_members m JOIN organisations o ON o.id = m.organisation_id WHERE m.season_id = :id ORDER BY o.name, o.id`,
		db.Args{"id": seasonID})
	return list, err
}

// join notes that the organisation takes part, with nothing that speaks for it yet.
func (s *Store) join(ctx context.Context, tx *db.Tx, seasonID, organisationID string) error {
	_, err := tx.Exec(ctx, `INSERT INTO season_members (season_id, organisation_id, amounts) VALUES (:s, :o, :a) ON CONFLICT DO NOTHING`,
		db.Args{"s": seasonID, "o": organisationID, "a": numbers(make([]int64, len(Criteria)))})
	return closed(err)
}

// closed says in words that the season's time for this is over.
func closed(err error) error {
	if r := db.Refused(err); r == "season-closed" || r == "season-fixed" {
		return fault.Conflict("season.fault.closed").Because(err)
	}
	return err
}

// SetAmounts says what the criteria are worth for an organisation, which takes part from then on.
func (s *Store) SetAmounts(ctx context.Context, tx *db.Tx, one Season, organisationID string, amounts []int64, by string) error {
	if len(amounts) != len(Criteria) {
		return fault.Invalid("fault.form")
	}
	var f fault.Form
	for i, n := range amounts {
		if n < 0 || n > allotment.MaxValue {
			f.Add("amount-"+Criteria[i], "fault.not_a_number", "low", 0, "high", allotment.MaxValue)
		}
	}
	if err := f.Err(); err != nil {
		return err
	}
	if _, err := s.Network.Organisation(ctx, tx, organisationID); err != nil {
		return err
	}
	if err := s.join(ctx, tx, one.ID, organisationID); err != nil {
		return err
	}
	n, err := tx.Exec(ctx, `UPDATE season_members SET amounts = :a WHERE season_id = :s AND organisation_id = :o AND amounts <> :a`,
		db.Args{"a": numbers(amounts), "s": one.ID, "o": organisationID})
	if err != nil || n == 0 {
		return closed(err)
	}
	return s.note(ctx, tx, one.CentreID, "season.amounts", by, one.ID)
}

// Wishes are those of an organisation, or of all where none is named, by organisation and rank.
func (s *Store) Wishes(ctx context.Context, q db.Querier, seasonID, organisationID string) ([]Wished, error) {
	var list []Wished
	err := q.Select(ctx, &list, `SELECT id, season_id, organisation_id, rank, spaces, weekday, start_minute, minutes, source FROM season_wishes
		WHERE season_id = :s AND (:o = '' OR organisation_id = :o) ORDER BY organisation_id, rank`, db.Args{"s": seasonID, "o": organisationID})
	return list, err
}

// AddWish adds a wish behind the organisation's others. The same one again adds nothing: added is false. It returns Conflict once
// wishes are counted. Whether an organisation may still enter it itself is for the caller (TakesWishes).
func (s *Store) AddWish(ctx context.Context, tx *db.Tx, one Season, w Wished, by string) (added bool, err error) {
	spaces, err := s.Spaces(ctx, tx, one)
	if err != nil {
		return false, err
	}
	if err := w.Check(one, ids(spaces)); err != nil {
		return false, err
	}
	n, err := s.AddWishes(ctx, tx, one, w.OrganisationID, []Wished{w}, by)
	return n == 1, err
}

func ids(spaces []booking.Space) []string {
	var list []string
	for _, x := range spaces {
		list = append(list, x.ID)
	}
	return list
}

// AddWishes adds wishes of one organisation that Check finds right, in their order, those it has already left out, and returns how many were new.
func (s *Store) AddWishes(ctx context.Context, tx *db.Tx, one Season, organisationID string, list []Wished, by string) (added int, err error) {
	if err := s.join(ctx, tx, one.ID, organisationID); err != nil {
		return 0, err
	}
	own, err := s.Wishes(ctx, tx, one.ID, organisationID)
	if err != nil {
		return 0, err
	}
	rank := 0
	if len(own) > 0 {
		rank = own[len(own)-1].Rank
	}
	for _, w := range list {
		if slices.ContainsFunc(own, w.Same) {
			continue
		}
		if len(own) >= MaxWishes {
			return added, fault.Invalid("season.fault.many", "max", MaxWishes)
		}
		rank++
		if _, err := tx.Exec(ctx, `INSERT INTO season_wishes (id, season_id, organisation_id, rank, spaces, weekday, start_minute, minutes, source)
			VALUES (:id, :s, :o, :rank, :spaces, :weekday, :start, :minutes, :source)`, db.Args{"id": db.NewID(), "s": one.ID, "o": organisationID, "rank": rank,
			"spaces": w.Spaces, "weekday": w.Weekday, "start": w.Start, "minutes": w.Minutes, "source": w.Source}); err != nil {
			return added, closed(err)
		}
		own = append(own, w)
		added++
	}
	if added == 0 {
		return 0, nil
	}
	return added, s.note(ctx, tx, one.CentreID, "season.wish.add", by, one.ID)
}

// wish is one of the organisation's.
func wish(list []Wished, id string) (int, error) {
	for i, w := range list {
		if w.ID == id {
			return i, nil
		}
	}
	return 0, fault.NotFound("fault.not_found")
}

// RemoveWish takes a wish back. One that is not the organisation's is NotFound.
func (s *Store) RemoveWish(ctx context.Context, one Season, organisationID, id, by string) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec(ctx, `DELETE FROM season_wishes WHERE id = :id AND season_id = :s AND organisation_id = :o`, db.Args{"id": id, "s": one.ID, "o": organisationID})
		if err == nil && n == 0 {
			err = fault.NotFound("fault.not_found")
		}
		if err != nil {
			return closed(err)
		}
		return s.note(ctx, tx, one.CentreID, "season.wish.remove", by, one.ID)
	})
}

// RaiseWish changes places with the wish ranked one better; of the best nothing changes.
func (s *Store) RaiseWish(ctx context.Context, one Season, organisationID, id, by string) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		list, err := s.Wishes(ctx, tx, one.ID, organisationID)
		if err != nil {
			return err
		}
		i, err := wish(list, id)
		if err != nil || i == 0 {
			return err
		}
		for _, x := range []struct {
			id   string
			rank int
		}{{id, 0}, {list[i-1].ID, list[i].Rank}, {id, list[i-1].Rank}} {
			if _, err := tx.Exec(ctx, `UPDATE season_wishes SET rank = :rank WHERE id = :id`, db.Args{"rank": x.rank, "id": x.id}); err != nil {
				return closed(err)
			}
		}
		return s.note(ctx, tx, one.CentreID, "season.wish.rank", by, one.ID)
	})
}

// Input is what the season is counted from.
func (s *Store) Input(ctx context.Context, q db.Querier, one Season) (allotment.Input, error) {
	in := allotment.Input{Seed: one.Seed, Criteria: one.Criteria, Limits: allotment.Limits(one.Limits), Rooms: []allotment.Room{}, Organisations: []allotment.Organisation{}, Wishes: []allotment.Wish{}}
	spaces, err := s.Spaces(ctx, q, one)
	if err != nil {
		return in, err
	}
	slug := map[string]string{}
	for _, x := range spaces {
		if bool(x.Closed) {
			continue
		}
		var parts []string
		if err := q.Select(ctx, &parts, `SELECT atom_id FROM space_atoms WHERE space_id = :id ORDER BY atom_id`, db.Args{"id": x.ID}); err != nil {
			return in, err
		}
		slug[x.ID] = x.Slug
		in.Rooms = append(in.Rooms, allotment.Room{ID: x.Slug, Name: map[string]string{}, Parts: parts, Setup: x.SetupMinutes, Clear: x.ClearMinutes, Open: one.Hours})
		for l, t := range x.Name {
			in.Rooms[len(in.Rooms)-1].Name[string(l)] = t
		}
	}
	members, err := s.Members(ctx, q, one.ID)
	if err != nil {
		return in, err
	}
	wishes, err := s.Wishes(ctx, q, one.ID, "")
	if err != nil {
		return in, err
	}
	of := map[string][]Wished{}
	for _, w := range wishes {
		of[w.OrganisationID] = append(of[w.OrganisationID], w)
	}
	for _, m := range members {
		in.Organisations = append(in.Organisations, allotment.Organisation{ID: m.Slug, Name: m.Name, Values: m.Amounts})
		for i, w := range of[m.OrganisationID] {
			x := w.plain()
			x.ID, x.Organisation, x.Rank = fmt.Sprintf("%s-%d", m.Slug, i+1), m.Slug, i+1
			for _, id := range w.Spaces {
				if name, ok := slug[id]; ok {
					x.Rooms = append(x.Rooms, name)
				} else {
					x.Rooms = append(x.Rooms, id) // no longer booked: a reason, not a fault
				}
			}
			in.Wishes = append(in.Wishes, x)
		}
	}
	return in, nil
}

// Count closes the wishes and makes the draft.
func (s *Store) Count(ctx context.Context, centreID, id, by string) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := s.lock(ctx, tx, centreID, id); err != nil {
			return err
		}
		one, err := s.Season(ctx, tx, centreID, id)
		if err != nil {
			return err
		}
		if one.State != Open {
			return fault.Conflict("season.fault.state")
		}
		c, err := s.Network.Centre(ctx, tx, centreID)
		if err != nil {
			return err
		}
		d := allotment.Document{Format: allotment.Format, Version: allotment.Version, Name: one.Name, Centre: c.Name, From: one.FromDate, To: one.ToDate, Zone: c.Zone}
		if d.Input, err = s.Input(ctx, tx, one); err != nil {
			return err
		}
		if len(d.Input.Wishes) == 0 {
			return fault.Conflict("season.fault.no_wishes")
		}
		if d.Result, err = allotment.Allot(d.Input); err != nil {
			return err
		}
		kept, err := json.Marshal(d)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `UPDATE seasons SET document = :d WHERE id = :id`, db.Args{"d": string(kept), "id": id}); err != nil {
			return err
		}
		if err := s.step(ctx, tx, centreID, id, Open, Draft); err != nil {
			return err
		}
		return s.note(ctx, tx, centreID, "season.count", by, id)
	})
}

// lock lets one transaction after the other work on the season.
func (s *Store) lock(ctx context.Context, tx *db.Tx, centreID, id string) error {
	n, err := tx.Exec(ctx, `UPDATE seasons SET version = version WHERE id = :id AND centre_id = :c`, db.Args{"id": id, "c": centreID})
	if err == nil && n == 0 {
		err = fault.NotFound("fault.not_found")
	}
	return err
}

// Edits are what was changed in the draft so far.
func (s *Store) Edits(ctx context.Context, q db.Querier, id string) ([]allotment.Edit, error) {
	var rows []struct {
		N      int    `db:"n"`
		What   string `db:"what"`
		Slot   slot   `db:"slot"`
		Reason string `db:"reason"`
		Date   string `db:"on_date"`
	}
	err := q.Select(ctx, &rows, `SELECT n, what, slot, reason, on_date FROM season_edits WHERE season_id = :id ORDER BY n`, db.Args{"id": id})
	list := []allotment.Edit{}
	for _, r := range rows {
		list = append(list, allotment.Edit{N: r.N, What: r.What, Slot: allotment.Slot(r.Slot), Reason: r.Reason, Date: r.Date})
	}
	return list, err
}

// Document is the season as counted and edited so far. It is NotFound before it is counted.
func (s *Store) Document(ctx context.Context, q db.Querier, one Season) (allotment.Document, error) {
	var d allotment.Document
	var kept string
	if err := q.Get(ctx, &kept, `SELECT document FROM seasons WHERE id = :id AND state IN ('draft','published')`, db.Args{"id": one.ID}); err != nil {
		return d, err
	}
	if err := json.Unmarshal([]byte(kept), &d); err != nil {
		return d, fmt.Errorf("reading season %s: %w", one.ID, err)
	}
	var err error
	if d.Edits, err = s.Edits(ctx, q, one.ID); err != nil {
		return d, err
	}
	d.Template, err = allotment.Apply(d.Input, d.Result, d.Edits)
	return d, err
}

// Edit changes the draft, with a reason that is published. seen is how many edits there were when the page was read: it returns
// Conflict with those made since ([]allotment.Edit), and where the slot would be on another.
func (s *Store) Edit(ctx context.Context, tx *db.Tx, centreID, id string, seen int, e allotment.Edit, by string) error {
	if err := s.lock(ctx, tx, centreID, id); err != nil {
		return err
	}
	one, err := s.Season(ctx, tx, centreID, id)
	if err != nil {
		return err
	}
	if one.State != Draft {
		return fault.Conflict("season.fault.state")
	}
	c, err := s.Network.Centre(ctx, tx, centreID)
	if err != nil {
		return err
	}
	d, err := s.Document(ctx, tx, one)
	if err != nil {
		return err
	}
	if seen != len(d.Edits) {
		return fault.Conflict("season.fault.edited_meanwhile").With(d.Edits[min(max(seen, 0), len(d.Edits)):])
	}
	var f fault.Form
	if e.Reason = strings.TrimSpace(e.Reason); e.Reason == "" {
		f.Add("reason", "season.fault.reason")
	} else if len([]rune(e.Reason)) > 300 {
		f.Add("reason", "fault.too_long", "max", 300)
	}
	if err := f.Err(); err != nil {
		return err
	}
	e.N, e.Date = len(d.Edits)+1, s.Now().In(c.Location()).Format(time.DateOnly)
	if e.What == allotment.Add {
		e.Slot.ID = fmt.Sprintf("edit-%d", e.N)
	}
	if _, err := allotment.Apply(d.Input, d.Result, append(d.Edits, e)); err != nil {
		if o, ok := errors.AsType[*allotment.Overlap](err); ok {
			return fault.Conflict("season.fault.overlap", "who", nameOf(d.Input, o.Other.Organisation)).Because(err)
		}
		return fault.Invalid("season.fault.edit").Because(err)
	}
	if _, err := tx.Exec(ctx, `INSERT INTO season_edits (season_id, n, what, slot, reason, on_date, edited_by) VALUES (:id, :n, :what, :slot, :reason, :date, :by)`,
		db.Args{"id": id, "n": e.N, "what": e.What, "slot": slot(e.Slot), "reason": e.Reason, "date": e.Date, "by": by}); err != nil {
		return closed(err)
	}
	return s.note(ctx, tx, centreID, "season.edit", by, id)
}

func nameOf(in allotment.Input, slug string) string {
	for _, o := range in.Organisations {
		if o.ID == slug {
			return o.Name
		}
	}
	return slug
}

// Publish lets everybody see the result.
func (s *Store) Publish(ctx context.Context, centreID, id, by string) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		if _, err := s.Season(ctx, tx, centreID, id); err != nil {
			return err
		}
		if err := s.step(ctx, tx, centreID, id, Draft, Published); err != nil {
			return err
		}
		return s.note(ctx, tx, centreID, "season.publish", by, id)
	})
}

func (s *Store) note(ctx context.Context, tx *db.Tx, centreID, action, by, id string) error {
	return network.Note(ctx, tx, centreID, action, by, "season", id, s.Now())
}
