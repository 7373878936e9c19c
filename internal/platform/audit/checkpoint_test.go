package audit_test

import (
	"bytes"
	"errors"
	"reflect"
	"strings"
	"testing"

	"kvart/internal/platform/audit"
	"kvart/internal/platform/db"
	"kvart/internal/platform/dbtest"
)

// checkpoint goes through its file, as it does between machines.
func checkpoint(t testing.TB, d *db.DB) audit.Checkpoint {
	t.Helper()
	c := audit.Checkpoint{Hour: noon, Heads: verify(t, d).Tails}
	back, err := audit.ParseCheckpoint([]byte(c.String()))
	if err != nil || !reflect.DeepEqual(back.Heads, c.Heads) || back.Hour.Format("15:04:05") != "12:00:00" {
		t.Fatalf("%+v came back as %+v: %v", c, back, err)
	}
	return back
}

func against(t testing.TB, d *db.DB, c audit.Checkpoint) []audit.Fault {
	t.Helper()
	list, err := audit.Against(t.Context(), d, c)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func TestCheckpoint_findsATailThatWasCutOrRewrittenWithEveryHashMadeAnew(t *testing.T) {
	// What verifies by itself: whoever writes to the whole database makes links and tails fit each other again.
	cut := []string{
		`DELETE FROM audit_links WHERE chain = 'a' AND n > 3`,
		`DELETE FROM audit_waiting`,
		`DELETE FROM audit_rows WHERE chain = 'a' AND id NOT IN (SELECT row_id FROM audit_links)`,
		`UPDATE audit_tails SET n = 3, hash = (SELECT hash FROM audit_links WHERE chain = 'a' AND n = 3) WHERE chain = 'a'`,
	}
	for name, c := range map[string]struct {
		rows int // written after the cut
		want string
	}{"cut": {0, audit.CutTail}, "rewritten": {4, audit.Rewritten}} {
		t.Run(name, func(t *testing.T) {
			dbtest.Each(t, func(t *testing.T, d *db.DB) {
				add(t, d, "a", 5)
				add(t, d, "b", 2)
				chain(t, d)
				seen := checkpoint(t, d)
				add(t, d, "a", 1)
				chain(t, d)
				if list := against(t, d, seen); len(list) != 0 {
					t.Fatalf("a log that only grew: %v", list)
				}
				for _, q := range cut {
					tamper(t, d, q)
				}
				add(t, d, "a", c.rows)
				chain(t, d)
				if r := verify(t, d); !r.OK() {
					t.Fatalf("the test is no test: without the checkpoint it is found too: %+v", r.Faults)
				}
				list := against(t, d, seen)
				if len(list) != 1 || list[0] != (audit.Fault{Chain: "a", N: 5, What: c.want}) {
					t.Errorf("%+v", list)
				}
			})
		})
	}
}

func TestParseCheckpoint_takesWholeOnesOnly(t *testing.T) {
	d := dbtest.SQLite(t)
	add(t, d, "a", 2)
	add(t, d, audit.Network, 2)
	chain(t, d)
	file := []byte(checkpoint(t, d).String())
	for i := range file {
		if i == len(file)-1 {
			break // the last end of line is not missed
		}
		if _, err := audit.ParseCheckpoint(file[:i]); !errors.Is(err, audit.ErrCheckpoint) {
			t.Fatalf("cut after %d bytes: %v", i, err)
		}
		bad := bytes.Clone(file)
		bad[i] ^= 1
		if _, err := audit.ParseCheckpoint(bad); !errors.Is(err, audit.ErrCheckpoint) {
			t.Fatalf("byte %d changed: %v", i, err)
		}
	}
	if _, err := audit.ParseCheckpoint([]byte(strings.ReplaceAll(string(file), "\n", "\r\n"))); err != nil {
		t.Errorf("as another system's editor writes it: %v", err)
	}
}

func FuzzParseCheckpoint(f *testing.F) {
	f.Add([]byte(audit.Checkpoint{Hour: noon, Heads: []audit.Tail{{Chain: "network", N: 7, Hash: strings.Repeat("a", 64)}}}.String()))
	f.Add([]byte(audit.Checkpoint{Hour: noon}.String()))
	f.Add([]byte("sha256 "))
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := audit.ParseCheckpoint(b)
		if err != nil {
			return
		}
		if again, err := audit.ParseCheckpoint([]byte(c.String())); err != nil || len(again.Heads) != len(c.Heads) {
			t.Errorf("%q reads, and does not read again: %v", b, err)
		}
	})
}
