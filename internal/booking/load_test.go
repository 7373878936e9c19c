package booking_test

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"kvart/internal/booking"
	"kvart/internal/platform/db"
	"kvart/internal/platform/dbtest"
	"kvart/internal/platform/fault"
)

func TestBook_of32AtOnceExactlyOneWins(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := newPlace(t, d)
		room := p.room("hall", 15, 15, 0)
		for round := range 3 {
			var won, lost, named atomic.Int32
			var all sync.WaitGroup
			start := make(chan struct{})
			for range 32 {
				all.Go(func() {
					<-start
					_, err := p.Book(context.Background(), p.wish(room, hours(float64(round*4), float64(round*4+2))))
					switch {
					case err == nil:
						won.Add(1)
					case fault.Is(err, fault.KindConflict) && fault.Of(err).Key == "booking.fault.clash":
						lost.Add(1)
						if clashes, _ := fault.Of(err).Detail.([]booking.Clash); len(clashes) == 1 && clashes[0].SpaceID == room {
							named.Add(1)
						}
					default:
						t.Errorf("neither won nor told that it is taken: %v", err)
					}
				})
			}
			close(start)
			all.Wait()
			if won.Load() != 1 || lost.Load() != 31 || named.Load() != 31 {
				t.Errorf("round %d: %d won, %d were refused, %d of them were told by what", round, won.Load(), lost.Load(), named.Load())
			}
		}
		sound(t, d)
	})
}

// load books, holds, moves, confirms and cancels at random in the rooms until done says so, and calls booked after
// each booking that was promised. It returns the first error that is not a refusal.
func load(ctx context.Context, s *booking.Store, centre string, rooms []string, seed uint64, done func(step int) bool, booked func(id string)) error {
	random := rand.New(rand.NewPCG(seed, 1))
	var mine []string
	for step := 0; !done(step); step++ {
		from := float64(random.IntN(60)) / 2
		i, room := hours(from, from+float64(1+random.IntN(6))/2), rooms[random.IntN(len(rooms))]
		var err error
		if kind := random.IntN(10); kind < 6 || len(mine) == 0 {
			n := booking.New{SpaceID: room, CentreID: centre, Start: i.Start, End: i.End, By: "cli"}
			if kind%2 == 0 {
				n.HoldUntil = s.Now().Add(time.Duration(1+random.IntN(3)) * time.Second)
			}
			var b booking.Booking
			if b, err = s.Book(ctx, n); err == nil {
				mine = append(mine, b.ID)
				booked(b.ID)
			}
		} else {
			k := random.IntN(len(mine))
			switch {
			case kind < 8:
				err = s.Move(ctx, centre, mine[k], room, i, "cli")
			case kind < 9:
				err = s.Confirm(ctx, centre, mine[k], "cli")
			default:
				err = s.Cancel(ctx, centre, mine[k], "cli")
				mine = append(mine[:k], mine[k+1:]...)
			}
		}
		if err != nil && !fault.Is(err, fault.KindConflict) {
			return err
		}
	}
	return nil
}

func TestBook_aMixedLoadLeavesNoOverlap(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := newPlace(t, d)
		p.Store.Now = time.Now // many goroutines read the clock
		rooms := []string{p.room("left", 0, 15, 0), p.room("right", 30, 0, 0), p.room("other", 0, 0, 0)}
		rooms = append(rooms, p.whole("both", rooms[0], rooms[1]))
		var all sync.WaitGroup
		var booked atomic.Int32
		for client := range 12 {
			all.Go(func() {
				if err := load(context.Background(), p.Store, p.centre, rooms, uint64(client), func(step int) bool { return step == 40 }, func(string) { booked.Add(1) }); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if booked.Load() < 20 {
			t.Errorf("only %d bookings: the load proves nothing", booked.Load())
		}
		sound(t, d)
	})
}

// The load of the test below, in a process of its own that is killed.
func TestMain(m *testing.M) {
	if where := os.Getenv("KVART_BOOKING_LOAD"); where != "" {
		if err := loadUntilKilled(where); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	os.Exit(m.Run())
}

// loadUntilKilled prints the id of each booking as soon as it is promised. where is engine, address of the database,
// centre and rooms, a line each.
func loadUntilKilled(where string) error {
	lines := strings.Split(where, "\n")
	open := db.OpenSQLite
	if db.Engine(lines[0]) == db.Postgres {
		open = db.OpenPostgres
	}
	d, err := open(lines[1])
	if err != nil {
		return err
	}
	s := &booking.Store{DB: d, Now: time.Now}
	var out sync.Mutex
	failed := make(chan error)
	for client := range 6 {
		go func() {
			failed <- load(context.Background(), s, lines[2], lines[3:], uint64(os.Getpid()+client), func(int) bool { return false }, func(id string) {
				out.Lock()
				defer out.Unlock()
				fmt.Println(id)
			})
		}()
	}
	return <-failed
}

func TestBook_killedInTheMiddleOfALoadLeavesNoOverlapAndLosesNothingPromised(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := newPlace(t, d)
		rooms := []string{p.room("left", 0, 15, 0), p.room("right", 30, 0, 0)}
		rooms = append(rooms, p.whole("both", rooms[0], rooms[1]))
		address := d.URL
		if d.Engine == db.SQLite {
			address = d.File
		}
		for round := range 3 {
			promised := killedLoad(t, strings.Join(append([]string{string(d.Engine), address, p.centre}, rooms...), "\n"), 25+10*round)
			again := d
			if d.Engine == db.SQLite { // as the next process finds it
				var err error
				again, err = db.OpenSQLite(d.File)
				p.must(err)
				defer again.Close()
				var verdict string
				p.must(again.Get(t.Context(), &verdict, `PRAGMA integrity_check`, nil))
				if verdict != "ok" {
					t.Fatalf("the file is damaged: %s", verdict)
				}
			} else {
				gone(t, d)
			}
			sound(t, again)
			args := db.Args{}
			var kept int
			p.must(again.Get(t.Context(), &kept, `SELECT COUNT(*) FROM bookings WHERE id IN (`+db.In("id", promised, args)+`)`, args))
			if kept != len(promised) {
				t.Errorf("%d of %d promised bookings are there after the kill", kept, len(promised))
			}
			if _, err := d.Exec(t.Context(), `DELETE FROM bookings`, nil); err != nil { // room for the next round
				t.Fatal(err)
			}
		}
	})
}

// killedLoad starts the load as a process, kills it with SIGKILL once it has promised so many bookings, and returns
// the ids of those.
func killedLoad(t *testing.T, where string, after int) []string {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	child := exec.Command(self)
	child.Env = append(os.Environ(), "KVART_BOOKING_LOAD="+where)
	var trouble strings.Builder
	child.Stderr = &trouble
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	late := time.AfterFunc(60*time.Second, func() { _ = child.Process.Kill() })
	defer late.Stop()
	var ids []string
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if ids = append(ids, lines.Text()); len(ids) == after {
			_ = child.Process.Kill()
		}
	}
	err = child.Wait()
	if len(ids) < after {
		t.Fatalf("the load promised only %s bookings: %v\n%s", strconv.Itoa(len(ids)), err, trouble.String())
	}
	if n := len(ids); len(ids[n-1]) != 36 { // cut in the middle of the line
		ids = ids[:n-1]
	}
	return ids
}

// gone waits until PostgreSQL has noticed that the killed process's connections are dead, as their transactions may
// still end until then.
func gone(t *testing.T, d *db.DB) {
	t.Helper()
	for range 200 {
		var busy int
		if err := d.Get(t.Context(), &busy, `SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND state <> 'idle'`, nil); err != nil {
			t.Fatal(err)
		}
		if busy == 0 {
			return
		}
		time.Sleep(25 * time.Millisecond)
	}
	t.Fatal("the killed process's transactions do not end")
}
