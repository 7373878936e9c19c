package app

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"kvart/internal/allotment"
	"kvart/internal/directory"
	"kvart/internal/network"
	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/support"
	"kvart/internal/voting"
)

// Wrong is how many rows break one rule that the program keeps.
type Wrong struct {
	What string
	N    int
}

// rules are what never holds in a sound database: each query counts what breaks one. Constraints and triggers keep the first
// of them; the others are kept by the program alone, in the transaction of each change.
var rules = []struct{ what, count string }{
	{"overlapping bookings", `SELECT COUNT(*) FROM occupancies a JOIN occupancies b ON a.atom_id = b.atom_id AND a.booking_id < b.booking_id
		AND a.from_at < b.to_at AND b.from_at < a.to_at`},
	{"sessions with a wrong count of places", `SELECT COUNT(*) FROM sessions s WHERE s.taken <> (SELECT COALESCE(SUM(r.party), 0) FROM registrations r
		WHERE r.session_id = s.id AND r.state IN ('confirmed','offered'))`},
	// The sum changes only where a use begins, and where the quantity begins to hold.
	{"moments at which more equipment is held than there is", `SELECT COUNT(*) FROM (SELECT u.equipment_id, e.quantity, CASE WHEN u.from_at > e.quantity_at THEN u.from_at ELSE e.quantity_at END AS m
		FROM equipment_uses u JOIN equipment e ON e.id = u.equipment_id WHERE u.to_at > e.quantity_at) x
		WHERE (SELECT SUM(v.amount) FROM equipment_uses v WHERE v.equipment_id = x.equipment_id AND v.from_at <= x.m AND v.from_at > x.m - 2678400 AND v.to_at > x.m) > x.quantity`},
	{"bookings whose equipment is held at another time or in another amount", `SELECT COUNT(*) FROM booking_equipment y JOIN bookings b ON b.id = y.booking_id
		LEFT JOIN equipment_uses u ON u.booking_id = b.id AND u.equipment_id = y.equipment_id
		WHERE CASE WHEN b.state IN ('held','confirmed') THEN u.booking_id IS NULL OR u.from_at <> b.held_from OR u.to_at <> b.held_to OR u.amount <> y.amount ELSE u.booking_id IS NOT NULL END`},
	{"dates of requests that disagree with their booking", `SELECT COUNT(*) FROM room_request_dates d JOIN bookings b ON b.id = d.booking_id
		WHERE b.state <> CASE d.state WHEN 'asked' THEN 'held' WHEN 'approved' THEN 'confirmed' ELSE b.state END
		OR d.state NOT IN ('asked','approved') AND b.state IN ('held','confirmed')`},
	{"rooms offered to who waits, without a hold", `SELECT COUNT(*) FROM slot_waits w JOIN bookings b ON b.id = w.booking_id WHERE w.state = 'offered' AND b.state <> 'held'`},
	{"lost dates offered back without a hold", `SELECT COUNT(*) FROM lost_dates l JOIN bookings b ON b.id = l.booking_id WHERE l.state = 'offered' AND b.state <> 'held'`},
	{"lost dates of a series or activity that no longer has the date", `SELECT COUNT(*) FROM lost_dates l WHERE l.state IN ('lost','offered') AND (
		EXISTS (SELECT 1 FROM bookings b WHERE b.id = l.instead_id AND b.state NOT IN ('held','confirmed'))
		OR l.series_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM booking_series s WHERE s.id = l.series_id)
		OR l.activity_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM activities a WHERE a.id = l.activity_id))`},
}

// UncheckedNumbers is what there is to say about the numbers that people in danger are given, or "".
func UncheckedNumbers(ctx context.Context, d *db.DB, now func() time.Time) (string, error) {
	s := &support.Store{DB: d, Now: now, Network: &network.Store{DB: d, Now: now}}
	never, old, err := s.UncheckedNumbers(ctx)
	switch {
	case fault.Is(err, fault.KindNotFound): // no network yet
		return "", nil
	case err != nil:
		return "", err
	case never:
		return "nobody has checked the numbers for emergencies that /contact gives: a network lead does at /desk/messages/numbers", nil
	case old:
		return "the numbers for emergencies that /contact gives were last checked more than a year ago: a network lead does at /desk/messages/numbers", nil
	}
	return "", nil
}

// Check counts what breaks each rule, in their order, and recounts every season that was counted.
func Check(ctx context.Context, d *db.DB) ([]Wrong, error) {
	var list []Wrong
	for _, r := range rules {
		w := Wrong{What: r.what}
		if err := d.Get(ctx, &w.N, r.count, nil); err != nil {
			return nil, err
		}
		list = append(list, w)
	}
	for _, r := range directory.Rules {
		w := Wrong{What: r.What}
		args := db.Args{}
		if strings.Contains(r.Count, ":today") {
			args["today"] = time.Now().UTC().Format(time.DateOnly)
		}
		if err := d.Get(ctx, &w.N, r.Count, args); err != nil {
			return nil, err
		}
		list = append(list, w)
	}
	for _, r := range voting.Sound {
		w := Wrong{What: r.What}
		if err := d.Get(ctx, &w.N, r.Count, nil); err != nil {
			return nil, err
		}
		list = append(list, w)
	}
	n, err := voting.Recount(ctx, d)
	if err != nil {
		return nil, err
	}
	list = append(list, Wrong{What: "votes whose result a recount does not give", N: n})
	w := Wrong{What: "seasons whose result a recount does not give"}
	var documents []string
	if err := d.Select(ctx, &documents, `SELECT document FROM seasons WHERE state IN ('draft','published') ORDER BY id`, nil); err != nil {
		return nil, err
	}
	for _, kept := range documents {
		var doc allotment.Document
		if err := json.Unmarshal([]byte(kept), &doc); err != nil {
			w.N++
			continue
		}
		// The template stands in no row: it is the result with its edits. Only what was counted is recounted.
		counted, err := allotment.Allot(doc.Input)
		if err != nil || !same(counted, doc.Result) {
			w.N++
		}
	}
	return append(list, w), nil
}

// same says that both are the same document.
func same(a, b any) bool {
	x, err := json.Marshal(a)
	y, other := json.Marshal(b)
	return err == nil && other == nil && string(x) == string(y)
}
