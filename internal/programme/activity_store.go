package programme

import (
	"context"
	"maps"

	"kvart/internal/network"
	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
)

// PublicActivity is a published activity that is not discreet; any other is NotFound.
func (s *Store) PublicActivity(ctx context.Context, id string) (Activity, error) {
	var a Activity
	err := s.DB.Get(ctx, &a, `SELECT * FROM public_activities WHERE id = :id`, db.Args{"id": id})
	return a, err
}

// PublicActivities lists published activities by id, after the given one; of a centre and for a group where these are not
// empty, as Filter has it.
func (s *Store) PublicActivities(ctx context.Context, centreID, group, after string, limit int) ([]Activity, error) {
	var list []Activity
	err := s.DB.Select(ctx, &list, `SELECT * FROM public_activities WHERE id > :after AND (:centre = '' OR centre_id = :centre)
		AND (:group = '' OR for_groups = '' OR for_groups LIKE :like) ORDER BY id LIMIT :limit`,
		db.Args{"after": after, "centre": centreID, "group": group, "like": "%," + group + ",%", "limit": limit})
	return list, err
}

// Activity is one of the centre. A discreet one is NotFound for those who are not of its team.
func (s *Store) Activity(ctx context.Context, q db.Querier, centreID, id string, discreetToo bool) (Activity, error) {
	var a Activity
	if err := q.Get(ctx, &a, `SELECT * FROM activities WHERE id = :id AND centre_id = :c`, db.Args{"id": id, "c": centreID}); err != nil {
		return a, err
	}
	if bool(a.Discreet) && !discreetToo {
		return Activity{}, fault.NotFound("fault.not_found")
	}
	return a, nil
}

// Activities are those of the centre that are not archived, or all of them.
func (s *Store) Activities(ctx context.Context, centreID string, discreetToo, archivedToo bool) ([]Activity, error) {
	var list []Activity
	err := s.DB.Select(ctx, &list, `SELECT * FROM activities WHERE centre_id = :c AND (discreet = 0 OR :d = 1) AND (state <> 'archived' OR :a = 1) ORDER BY created_at DESC, id DESC`,
		db.Args{"c": centreID, "d": db.Bool(discreetToo), "a": db.Bool(archivedToo)})
	return list, err
}

// AddActivity stores a new activity in the transaction and returns its id. It returns Invalid with a fault a field.
func (s *Store) AddActivity(ctx context.Context, tx *db.Tx, a Activity, groups []network.Group, by string) (string, error) {
	if err := a.Check(groups); err != nil {
		return "", err
	}
	if err := s.knownOrganisation(ctx, tx, a); err != nil {
		return "", err
	}
	a.ID, a.CreatedAt = db.NewID(), s.Now().Unix()
	if a.RemindHours == 0 {
		a.Remind, a.RemindHours = true, DefaultRemindHours
	}
	_, err := tx.Exec(ctx, `INSERT INTO activities (id, centre_id, organisation_id, title, about, bring, for_groups, kind, register_for, place_kind, place, online_url,
		discreet, adults_only, guardian, capacity, opens_days, opens_clock, desk_share, desk_share_days, remind, remind_hours, state, source_uid, copy_id, copied_from, created_at)
		VALUES (:id, :centre, :organisation, :title, :about, :bring, :groups, :kind, :register_for, :place_kind, :place, :online_url,
		:discreet, :adults_only, :guardian, :capacity, :opens_days, :opens_clock, :desk_share, :desk_share_days, :remind, :remind_hours, :state, :source_uid, :copy_id, :copied_from, :created_at)`, a.args())
	if err != nil {
		return "", err
	}
	return a.ID, s.note(ctx, tx, a.CentreID, "activity.add", by, "activity", a.ID)
}

// ChangeActivity stores the changed activity. It returns Conflict when somebody else changed it since the given version,
// and Invalid when sessions still to come would be hidden or would leave their rooms.
// Its coming sessions and their bookings follow: places, opening, title and discretion; calendars see that something
// they show has changed.
func (s *Store) ChangeActivity(ctx context.Context, a Activity, groups []network.Group, by string) error {
	if err := a.Check(groups); err != nil {
		return err
	}
	return s.Booking.Claim(ctx, func(tx *db.Tx) error { // what it asks for no more may be booked at once
		if err := network.LockCentre(ctx, tx, a.CentreID); err != nil {
			return err
		}
		var before Activity
		if err := tx.Get(ctx, &before, `SELECT * FROM activities WHERE id = :id AND centre_id = :c`, db.Args{"id": a.ID, "c": a.CentreID}); err != nil {
			return err
		}
		if err := s.knownOrganisation(ctx, tx, a); err != nil {
			return err
		}
		n, err := tx.Exec(ctx, `UPDATE activities SET organisation_id = :organisation, title = :title, about = :about, bring = :bring, for_groups = :groups, kind = :kind,
			register_for = :register_for, place_kind = :place_kind, place = :place, online_url = :online_url, discreet = :discreet, adults_only = :adults_only,
			guardian = :guardian, capacity = :capacity, opens_days = :opens_days, opens_clock = :opens_clock, desk_share = :desk_share,
			desk_share_days = :desk_share_days, remind = :remind, remind_hours = :remind_hours, state = :state, version = version + 1
			WHERE id = :id AND centre_id = :centre AND version = :version`, a.args())
		if err != nil {
			if db.Refused(err) == "materials" {
				return fault.Conflict("messages.fault.discreet_materials").Because(err)
			}
			if db.Refused(err) == "discreet" {
				return fault.Conflict("programme.fault.discreet_kept").Because(err)
			}
			return err
		}
		if n == 0 {
			return fault.Conflict("programme.fault.changed_meanwhile")
		}
		if err := s.leavesNobodyWaiting(ctx, tx, before, a); err != nil {
			return err
		}
		if err := s.follow(ctx, tx, before, a); err != nil {
			return err
		}
		if leaves(before, a) || before.PlaceKind == InSpace && a.PlaceKind != InSpace {
			if err := s.forgetAllLost(ctx, tx, a.ID, by); err != nil {
				return err
			}
		}
		return s.note(ctx, tx, a.CentreID, "activity.change", by, "activity", a.ID)
	})
}

// follow lets the activity's rooms and coming sessions follow a change: the rooms its title and holder, the sessions its
// places and the moment of registering. What a calendar shows gets a higher SEQUENCE.
func (s *Store) follow(ctx context.Context, tx *db.Tx, before, a Activity) error {
	if err := s.Booking.Follow(ctx, tx, a.ID, s.bookingTitle(a), a.OrganisationID, bool(a.Discreet)); err != nil {
		return err
	}
	shown := 0 // what a calendar shows of the activity has changed
	if !maps.Equal(before.Title, a.Title) || !maps.Equal(before.Place, a.Place) || before.PlaceKind != a.PlaceKind {
		shown = 1
	}
	var coming []string
	if err := tx.Select(ctx, &coming, `SELECT id FROM sessions WHERE activity_id = :id AND starts_at > :now ORDER BY starts_at, id`,
		db.Args{"id": a.ID, "now": s.Now().Unix()}); err != nil {
		return err
	}
	for _, id := range coming {
		one, _, err := s.locked(ctx, tx, id)
		if err != nil {
			return err
		}
		capacity := a.Capacity
		if capacity != nil && *capacity < one.Taken { // nobody loses a place: the limit follows when places are given back
			capacity = &one.Taken
		}
		if a.Kind == Open {
			capacity = nil
		}
		if _, err := tx.Exec(ctx, `UPDATE sessions SET capacity = :capacity, desk_share = :share, opens_at = :opens, share_released_at = :released,
			sequence = sequence + :shown, changed_at = CASE WHEN :shown = 1 THEN :now ELSE changed_at END WHERE id = :id`,
			db.Args{"id": one.ID, "shown": shown, "now": s.Now().Unix(), "capacity": capacity, "share": a.DeskShare, "opens": a.OpensAt(one.Start()).Unix(), "released": a.ShareReleasedAt(one.Start()).Unix()}); err != nil {
			return err
		}
		more := one.Capacity != nil && (capacity == nil || *capacity > *one.Capacity)
		if err := s.offer(ctx, tx, one.ID, 0, !more, s.Now()); err != nil {
			return err
		}
	}
	return nil
}

// knownOrganisation returns Invalid when the organisation that holds the activity does not exist.
func (s *Store) knownOrganisation(ctx context.Context, tx *db.Tx, a Activity) error {
	if a.OrganisationID == nil {
		return nil
	}
	var n int
	if err := tx.Get(ctx, &n, `SELECT COUNT(*) FROM organisations WHERE id = :id`, db.Args{"id": *a.OrganisationID}); err != nil || n > 0 {
		return err
	}
	var f fault.Form
	f.Add("organisation", "programme.fault.organisation")
	return f.Err()
}

// leavesNobodyWaiting returns Invalid when the change would take coming sessions out of sight: those who registered would
// not be told, and the rooms would stay booked. Calling a session off does both.
func (s *Store) leavesNobodyWaiting(ctx context.Context, tx *db.Tx, before, after Activity) error {
	var coming struct {
		All   int `db:"n"`
		Rooms int `db:"rooms"`
	}
	if err := tx.Get(ctx, &coming, `SELECT COUNT(*) AS n, COUNT(booking_id) AS rooms FROM sessions WHERE activity_id = :a AND state = 'planned' AND starts_at > :now`,
		db.Args{"a": after.ID, "now": s.Now().Unix()}); err != nil {
		return err
	}
	var f fault.Form
	if leaves(before, after) && coming.All > 0 {
		f.Add("state", "programme.fault.still_to_come", "n", coming.All)
	}
	if before.PlaceKind == InSpace && after.PlaceKind != InSpace && coming.Rooms > 0 {
		f.Add("place_kind", "programme.fault.rooms_kept", "n", coming.Rooms)
	}
	return f.Err()
}

// leaves says whether the change takes the activity out of sight: from the programme, or into the archive.
func leaves(before, after Activity) bool {
	return before.State != after.State && (after.State == "archived" || before.State == "published")
}

// forgetAllLost drops what the activity lost and could have back: nobody could come to it.
func (s *Store) forgetAllLost(ctx context.Context, tx *db.Tx, activityID, by string) error {
	list, err := s.Booking.LostOf(ctx, tx, activityID)
	for _, l := range list {
		if err == nil {
			err = s.Booking.Forget(ctx, tx, l, by)
		}
	}
	return err
}

func (a Activity) args() db.Args {
	return db.Args{"id": a.ID, "centre": a.CentreID, "organisation": a.OrganisationID, "title": a.Title, "about": a.About, "bring": a.Bring,
		"groups": string(a.ForGroups), "kind": a.Kind, "register_for": a.RegisterFor, "place_kind": a.PlaceKind, "place": a.Place, "online_url": a.OnlineURL,
		"discreet": a.Discreet, "adults_only": a.AdultsOnly, "guardian": a.Guardian, "capacity": a.Capacity, "opens_days": a.OpensDays,
		"opens_clock": a.OpensClock, "desk_share": a.DeskShare, "desk_share_days": a.DeskShareDays, "remind": a.Remind, "remind_hours": max(1, a.RemindHours), "state": a.State, "source_uid": a.SourceUID, "copy_id": a.CopyID, "copied_from": a.CopiedFrom,
		"created_at": a.CreatedAt, "version": a.Version}
}
