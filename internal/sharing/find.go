package sharing

import (
	"context"
	"slices"

	"kvart/internal/booking"
	"kvart/internal/network"
)

// Found is a centre with its shared rooms at the time looked for.
type Found struct {
	Centre network.Centre
	Free   []booking.Space
	Taken  []booking.Space
	Closed bool // that day: nothing was looked at
}

// Find finds the centre's shared rooms at the time, for so many people; 0: any number.
func (s *Store) Find(ctx context.Context, c network.Centre, i booking.Interval, people int) (f Found, err error) {
	f.Centre = c
	if f.Closed, err = s.closed(ctx, s.DB, c, i); err != nil || f.Closed {
		return f, err
	}
	free, err := s.Booking.Alternatives(ctx, s.DB, booking.Wanted{CentreID: c.ID, Interval: i, People: people})
	if err != nil {
		return f, err
	}
	all, err := s.Booking.Spaces(ctx, s.DB, c.ID)
	if err != nil {
		return f, err
	}
	shared := func(x booking.Space) (bool, error) {
		t, err := s.Terms(ctx, s.DB, x.ID)
		return t.Asking != NotShared && !bool(x.Closed) && (people == 0 || x.Holds == 0 || x.Holds >= people), err
	}
	for _, x := range free {
		ok, err := shared(x)
		if err != nil {
			return f, err
		}
		if ok {
			f.Free = append(f.Free, x)
		}
	}
	for _, x := range all {
		ok, err := shared(x)
		if err != nil {
			return f, err
		}
		if ok && !slices.ContainsFunc(free, func(y booking.Space) bool { return y.ID == x.ID }) {
			f.Taken = append(f.Taken, x)
		}
	}
	return f, nil
}
