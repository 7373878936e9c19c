package upload

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"testing"
	"time"

	"kvart/internal/platform/db"
	"kvart/internal/platform/dbtest"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/jobs"
)

type count struct{ Lines int }

// sent is a kind of file that is counted, with one file of it.
func sent(t *testing.T, d *db.DB, now *time.Time) (*Files, File) {
	t.Helper()
	s := &Files{DB: d, Now: func() time.Time { return *now }, Kind: "counted", Endings: []string{".txt"}, MaxBytes: 1 << 10}
	s.Run = func(_ context.Context, f File, _ bool, w Work) (any, error) {
		b, err := f.Bytes()
		w.Step(len(b), len(b))
		return count{len(b)}, err
	}
	f := File{ID: db.NewSecretID(), Kind: "counted", AccountID: "me", ScopeID: "here", Name: "a.txt", Data: base64.StdEncoding.EncodeToString([]byte("abc"))}
	if err := s.add(t.Context(), f); err != nil {
		t.Fatal(err)
	}
	return s, f
}

// next does the job that waits for the file, as the runner would.
func (s *Files) next(t *testing.T, ctx context.Context, id string) (State, error) {
	t.Helper()
	st := s.now(t, id)
	payload, _ := json.Marshal(job{id, st.Progress.ID})
	err := s.do(ctx, payload)
	return s.now(t, id), err
}

func (s *Files) now(t *testing.T, id string) State {
	t.Helper()
	st, err := s.state(t.Context(), id, "me", "here")
	if err != nil {
		t.Fatal(err)
	}
	return st
}

func (s *Files) bytes(t *testing.T, id string) (data string) {
	t.Helper()
	if err := s.DB.Get(t.Context(), &data, `SELECT data FROM uploads WHERE id = :id`, db.Args{"id": id}); err != nil {
		t.Fatal(err)
	}
	return data
}

func TestFiles_lookedAtThenTakenOnceAndTheFileGoes(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		now := time.Now()
		s, f := sent(t, d, &now)
		if err := s.confirm(t.Context(), s.now(t, f.ID)); err != nil || s.now(t, f.ID).Taken() {
			t.Fatal("taken before it was looked at", err)
		}
		st, err := s.next(t, t.Context(), f.ID)
		var c count
		if err != nil || st.Taken() || st.Progress.State != jobs.Done || st.Read(&c) != nil || c.Lines != 3 || s.bytes(t, f.ID) == "" {
			t.Fatalf("%+v %v %+v", st, err, c)
		}
		if err := s.confirm(t.Context(), st); err != nil {
			t.Fatal(err)
		}
		if err := s.confirm(t.Context(), st); !fault.Is(err, fault.KindConflict) {
			t.Error("a second press at the same moment:", err)
		}
		st, err = s.next(t, t.Context(), f.ID)
		if err != nil || !st.Taken() || st.Progress.State != jobs.Done || s.bytes(t, f.ID) != "" {
			t.Fatalf("%+v %v", st, err)
		}
		s.Run = func(context.Context, File, bool, Work) (any, error) { t.Error("done twice"); return nil, nil }
		if _, err := s.next(t, t.Context(), f.ID); err != nil {
			t.Error(err)
		}
		for _, who := range [][2]string{{"other", "here"}, {"me", "there"}} {
			if _, err := s.state(t.Context(), f.ID, who[0], who[1]); !fault.Is(err, fault.KindNotFound) {
				t.Error("seen by", who, err)
			}
		}
		now = now.Add(keepReport + time.Minute)
		if _, err := s.state(t.Context(), f.ID, "me", "here"); !fault.Is(err, fault.KindNotFound) {
			t.Error("shown after its time", err)
		}
	})
}

// TestFiles_whatHasEndedHasItsReport: a page asked for at the very moment of the end shows the work or the report, never
// an empty one.
func TestFiles_whatHasEndedHasItsReport(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		now := time.Now()
		for range 40 {
			s, f := sent(t, d, &now)
			payload, _ := json.Marshal(job{f.ID, s.now(t, f.ID).Progress.ID})
			done := make(chan error, 1)
			go func() { done <- s.do(t.Context(), payload) }()
			for st := s.now(t, f.ID); ; st = s.now(t, f.ID) {
				if st.Progress.Ended() {
					if st.File.Report == "" {
						t.Fatal("an end without its report")
					}
					break
				}
			}
			if err := <-done; err != nil {
				t.Fatal(err)
			}
		}
	})
}

func TestFiles_stopIsHeardBeforeAndWithinTheWork(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		now := time.Now()
		s, f := sent(t, d, &now)
		st, err := s.next(t, t.Context(), f.ID)
		if err != nil || s.confirm(t.Context(), st) != nil {
			t.Fatal(err)
		}
		s.Run = func(ctx context.Context, _ File, _ bool, w Work) (any, error) {
			if w.Step(0, 10) || w.Asked() {
				t.Error("stopped before anybody asked")
			}
			if err := jobs.StopProgress(ctx, d, s.now(t, f.ID).Progress.ID, "me"); err != nil {
				t.Error(err)
			}
			if err := d.Tx(ctx, func(*db.Tx) error { // the one writer is held
				if !w.Asked() {
					t.Error("not heard in a transaction")
				}
				return nil
			}); err != nil {
				t.Error(err)
			}
			if !w.Step(1, 10) {
				t.Error("not heard")
			}
			return count{1}, nil
		}
		st, err = s.next(t, t.Context(), f.ID)
		var c count
		if err != nil || !st.Stopped() || st.Read(&c) != nil || c.Lines != 1 || s.bytes(t, f.ID) != "" {
			t.Fatalf("%+v %v", st, err)
		}

		s, f = sent(t, d, &now)
		s.Run = func(context.Context, File, bool, Work) (any, error) { t.Error("begun after the stop"); return nil, nil }
		if err := jobs.StopProgress(t.Context(), d, s.now(t, f.ID).Progress.ID, "me"); err != nil {
			t.Fatal(err)
		}
		if st, err = s.next(t, t.Context(), f.ID); err != nil || !st.Stopped() || st.Taken() {
			t.Fatalf("%+v %v", st, err)
		}
	})
}

func TestFiles_interruptedWorkIsDoneAgainAndBrokenWorkEnds(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		now := time.Now()
		s, f := sent(t, d, &now)
		run := s.Run
		ctx, end := context.WithCancel(t.Context())
		s.Run = func(ctx context.Context, f File, take bool, w Work) (any, error) {
			end()
			if !w.Step(1, 2) {
				t.Error("goes on in a process that ends")
			}
			return count{1}, nil
		}
		if st, err := s.next(t, ctx, f.ID); err == nil || st.Progress.Ended() {
			t.Fatalf("interrupted, yet ended: %+v %v", st, err)
		}
		s.Run = run
		if st, err := s.next(t, t.Context(), f.ID); err != nil || st.Progress.State != jobs.Done {
			t.Fatalf("%+v %v", st, err)
		}
		for _, c := range []struct {
			run  func(context.Context, File, bool, Work) (any, error)
			key  string
			logs bool
		}{
			{func(context.Context, File, bool, Work) (any, error) { return nil, fault.Invalid("fault.too_large") }, "fault.too_large", false},
			{func(context.Context, File, bool, Work) (any, error) { panic("a file nobody foresaw") }, "fault.internal", true},
		} {
			s, f := sent(t, d, &now)
			s.Run = c.run
			st, err := s.next(t, t.Context(), f.ID)
			var no refusal
			if st.Progress.State != jobs.Failed || st.Read(&no) != nil || no.Key != c.key || (err != nil) != c.logs || s.bytes(t, f.ID) != "" {
				t.Errorf("%+v %v %+v", st, err, no)
			}
		}
	})
}
