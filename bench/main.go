// Command bench measures what Kvart promises about speed, each figure as a ratio taken in the same run, and prints a
// table for each engine. It starts the real binary (KVART_BIN) on a database of its own. With the word directory behind
// it, it measures the directory of help alone; with the word vote, counting votes alone.
package main

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"io"
	"log"
	"maps"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"kvart/internal/platform/db"
)

func main() {
	log.SetFlags(0)
	bin := os.Getenv("KVART_BIN")
	if bin == "" {
		log.Fatal("bench: set KVART_BIN to the built program (make bench does)")
	}
	fmt.Printf("%d cores, %s\n", runtime.NumCPU(), runtime.Version())
	if only := len(os.Args) > 1; !only || os.Args[1] == "vote" {
		if err := votes(bin); err != nil {
			log.Fatal("bench: votes: ", err)
		}
		if only {
			return
		}
	}
	if err := engine(bin, ""); err != nil {
		log.Fatal("bench: sqlite: ", err)
	}
	if url := os.Getenv("KVART_BENCH_DATABASE_URL"); url != "" {
		if err := engine(bin, url); err != nil {
			log.Fatal("bench: postgres: ", err)
		}
	} else {
		fmt.Println("KVART_BENCH_DATABASE_URL is not set: SQLite only")
	}
}

type server struct {
	addr string
	cmd  *exec.Cmd
}

func engine(bin, url string) error {
	name := "SQLite"
	if url != "" {
		name = "PostgreSQL"
	}
	fmt.Printf("\n%s\n", name)
	dir, err := os.MkdirTemp("", "kvart-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if len(os.Args) > 1 && os.Args[1] == "directory" {
		return directories(bin, dir, url)
	}
	big, err := install(bin, filepath.Join(dir, "big"), url, "big")
	if err != nil {
		return err
	}
	defer big.close()
	s, d, run, page := big.server, big.db, big.run, big.page
	ctx := context.Background()
	grow := func(n int) error { return fill(ctx, d, n) }

	if err := grow(100_000); err != nil {
		return err
	}
	body, err := fetch(page)
	if err != nil {
		return err
	}
	bare, stopBare, err := bareServer(body)
	if err != nil {
		return err
	}
	defer stopBare()
	base := rate("http://"+bare, 32, 4*time.Second, "")
	cached := rate(page, 32, 4*time.Second, "")
	fresh := rate(page, 32, 4*time.Second, "n")
	fmt.Printf("%-58s %12s %10s\n", "programme page, 32 connections", "per second", "ratio")
	fmt.Printf("%-58s %12.0f\n", "  bare handler writing the same bytes", base.perSecond)
	fmt.Printf("%-58s %12.0f %9.1f%%  (aim 25%%)\n", "  kept page", cached.perSecond, 100*cached.perSecond/base.perSecond)
	fmt.Printf("%-58s %12.0f %9.1f%%  (aim 4%%)\n", "  rendered anew", fresh.perSecond, 100*fresh.perSecond/base.perSecond)
	fmt.Printf("%-58s %12s %9.1fx  (aim 8x)\n", "  p99 by median, kept", cached.p99.Round(time.Microsecond), ratio(cached.p99, cached.median))
	fmt.Printf("%-58s %12s %9.1fx  (aim 8x)\n", "  p99 by median, anew", fresh.p99.Round(time.Microsecond), ratio(fresh.p99, fresh.median))
	zipped, err := fetchZipped(page)
	if err != nil {
		return err
	}
	fmt.Printf("%-58s %9.1f KB            (aim 60 KB)\n", "  page compressed", float64(zipped)/1024)
	fmt.Printf("%-58s %9.1f MB            (aim 128 MB)\n", "  resident memory after the load", float64(resident(s.cmd.Process.Pid))/1024)
	if info, err := os.Stat(bin); err == nil {
		fmt.Printf("%-58s %9.1f MB            (aim 45 MB)\n", "  binary", float64(info.Size())/(1<<20))
	}
	if err := bookings(run, d, s.addr); err != nil {
		return err
	}
	if err := rooms(run, d, s.addr, dir, url); err != nil {
		return err
	}
	if err := seasons(d); err != nil {
		return err
	}
	if err := confidential(s, d, filepath.Join(dir, "confidential"), page); err != nil {
		return err
	}
	most := 1_000_000
	if v, err := strconv.Atoi(os.Getenv("KVART_BENCH_SESSIONS")); err == nil {
		most = v
	}
	if err := grow(most); err != nil {
		return err
	}
	// The small one has a server of its own and is asked in turn with the large one: how fast the machine is changes within
	// minutes, and only what is asked at one time can be compared.
	few, err := install(bin, filepath.Join(dir, "few"), url, "few")
	if err != nil {
		return err
	}
	defer few.close()
	small, large, err := inTurn(few.page, page)
	if err != nil {
		return err
	}
	fmt.Printf("%-58s %12s\n", "time per page, rendered anew, 10,000 sessions", small.Round(time.Microsecond))
	fmt.Printf("%-58s %12s %9.2fx  (aim 1.3x)\n", fmt.Sprintf("  %d sessions", most), large.Round(time.Microsecond), ratio(large, small))
	return directories(bin, dir, url)
}

// installed is a program with a database of 10,000 sessions, serving.
type installed struct {
	server *server
	db     *db.DB
	run    func(args ...string) (string, error) // a command beside it
	page   string
}

func (i *installed) close() { i.server.stop(); i.db.Close() }

func install(bin, dir, url, name string) (*installed, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	if url != "" {
		var err error
		if url, err = freshDatabase(url, name); err != nil {
			return nil, err
		}
	}
	i := &installed{run: func(args ...string) (string, error) {
		c := exec.Command(bin, append(args, "--data", filepath.Join(dir, "data"), "--secrets", filepath.Join(dir, "secrets"))...)
		c.Env = append(os.Environ(), "KVART_DATABASE_URL="+url)
		out, err := c.CombinedOutput()
		if err != nil {
			return "", fmt.Errorf("%v: %w: %s", args, err, out)
		}
		return strings.TrimSpace(string(out)), nil
	}}
	if _, err := i.run("import", "network", "docs/examples/network.yaml"); err != nil {
		return nil, err
	}
	var err error
	if i.db, err = open(dir, url); err != nil {
		return nil, err
	}
	if err := fill(context.Background(), i.db, 10_000); err != nil {
		return nil, err
	}
	if i.server, err = start(bin, dir, url); err != nil {
		return nil, err
	}
	i.page = "http://" + i.server.addr + "/hr/programme"
	return i, nil
}

// inTurn is the median time of each of two pages rendered anew, one request after the other, asked in turn.
func inTurn(one, other string) (a, b time.Duration, err error) {
	var all [2][]time.Duration
	for i := range 400 {
		took, err := once([]string{one, other}[i%2])
		if err != nil {
			return 0, 0, err
		}
		if i >= 20 { // the first ones warm up
			all[i%2] = append(all[i%2], took)
		}
	}
	slices.Sort(all[0])
	slices.Sort(all[1])
	return all[0][len(all[0])/2], all[1][len(all[1])/2], nil
}

// once is the time of one page rendered anew.
func once(url string) (time.Duration, error) {
	t := time.Now()
	_, err := fetch(url + "?anew=" + strconv.FormatInt(t.UnixNano(), 36))
	return time.Since(t), err
}

func ratio(a, b time.Duration) float64 { return float64(a) / float64(max(b, 1)) }

func freshDatabase(url, what string) (string, error) {
	c, err := sql.Open("pgx", url)
	if err != nil {
		return "", err
	}
	defer c.Close()
	name := fmt.Sprintf("kvart_bench_%d_%s", os.Getpid(), what)
	if _, err := c.Exec("DROP DATABASE IF EXISTS " + name); err != nil {
		return "", err
	}
	if _, err := c.Exec("CREATE DATABASE " + name); err != nil {
		return "", err
	}
	i := strings.LastIndex(url, "/")
	rest := ""
	if q := strings.IndexByte(url[i:], '?'); q >= 0 {
		rest = url[i+q:]
	}
	return url[:i+1] + name + rest, nil
}

func open(dir, url string) (*db.DB, error) {
	if url != "" {
		return db.OpenPostgres(url)
	}
	return db.OpenSQLite(filepath.Join(dir, "data", "kvart.sqlite"))
}

// fill brings the database to so many sessions: 200 in the coming week, the others in the years before.
func fill(ctx context.Context, d *db.DB, n int) error {
	var have int
	if err := d.Get(ctx, &have, `SELECT COUNT(*) FROM sessions`, nil); err != nil {
		return err
	}
	var centres []string
	if err := d.Select(ctx, &centres, `SELECT id FROM centres ORDER BY number`, nil); err != nil {
		return err
	}
	var activities []string
	if err := d.Select(ctx, &activities, `SELECT id FROM activities ORDER BY id`, nil); err != nil {
		return err
	}
	zone, err := time.LoadLocation("Europe/Zagreb")
	if err != nil {
		return err
	}
	now := time.Now().In(zone).Truncate(time.Hour)
	return d.Tx(ctx, func(tx *db.Tx) error {
		for len(activities) < 40 {
			id := db.NewID()
			if _, err := tx.Exec(ctx, `INSERT INTO activities (id, centre_id, title, kind, place_kind, place, state, capacity, created_at) VALUES (:id, :c, :t, 'places', 'outdoors', :t, 'published', 20, 0)`,
				db.Args{"id": id, "c": centres[len(activities)%len(centres)], "t": fmt.Sprintf(`{"hr":"Susret u kvartu %d","en":"Meeting in the neighbourhood %d","nb":"Møte i nabolaget %d"}`, len(activities), len(activities), len(activities))}); err != nil {
				return err
			}
			activities = append(activities, id)
		}
		for i := have; i < n; {
			const handful = 200 // rows a statement
			args := db.Args{}
			var rows []string
			for ; i < n && len(rows) < handful; i++ {
				at := now.Add(time.Duration(i%200+1) * 50 * time.Minute)
				if i >= 200 {
					at = now.Add(-time.Duration(i) * 37 * time.Minute)
				}
				a, k := i%len(activities), strconv.Itoa(len(rows))
				rows = append(rows, "(:id"+k+", :a"+k+", :c"+k+", :s"+k+", :e"+k+", :d"+k+", :f"+k+", :t"+k+", 'Europe/Zagreb', 0, 20, 0)")
				maps.Copy(args, db.Args{"id" + k: db.NewID(), "a" + k: activities[a], "c" + k: centres[a%len(centres)], "s" + k: at.Unix(), "e" + k: at.Add(time.Hour).Unix(),
					"d" + k: at.Format(time.DateOnly), "f" + k: at.Format("15:04"), "t" + k: at.Add(time.Hour).Format("15:04")})
			}
			if _, err := tx.Exec(ctx, `INSERT INTO sessions (id, activity_id, centre_id, starts_at, ends_at, local_date, local_start, local_end, zone, opens_at, capacity, changed_at)
				VALUES `+strings.Join(rows, ", "), args); err != nil {
				return err
			}
		}
		return nil
	})
}

func start(bin, dir, url string) (*server, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	addr := l.Addr().String()
	l.Close()
	c := exec.Command(bin, "serve", "--addr", addr, "--data", filepath.Join(dir, "data"), "--secrets", filepath.Join(dir, "secrets"))
	c.Env = append(os.Environ(), "KVART_DATABASE_URL="+url)
	c.Stderr = os.Stderr
	if err := c.Start(); err != nil {
		return nil, err
	}
	s := &server{addr, c}
	for range 200 {
		if r, err := http.Get("http://" + addr + "/readyz"); err == nil {
			r.Body.Close()
			if r.StatusCode == http.StatusOK {
				return s, nil
			}
		}
		time.Sleep(50 * time.Millisecond)
	}
	s.stop()
	return nil, fmt.Errorf("the server did not become ready")
}

func (s *server) stop() { _ = s.cmd.Process.Signal(os.Interrupt); _ = s.cmd.Wait() }

func bareServer(body []byte) (string, func(), error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	h := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write(body)
	})}
	go h.Serve(l) //nolint:errcheck // ends with the listener
	return l.Addr().String(), func() { h.Close() }, nil
}

func fetch(url string) ([]byte, error) {
	r, err := http.NewRequest(http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	r.Header.Set("Accept-Encoding", "identity")
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: %s", url, resp.Status)
	}
	return io.ReadAll(resp.Body)
}

func fetchZipped(url string) (int, error) {
	r, err := http.NewRequest(http.MethodGet, url, nil)
	if err != nil {
		return 0, err
	}
	r.Header.Set("Accept-Encoding", "gzip")
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	return len(b), err
}

type measured struct {
	perSecond   float64
	median, p99 time.Duration
}

// rate asks for the page over so many connections for the time; with vary, every address is new, so that nothing kept serves it.
func rate(url string, connections int, lasts time.Duration, vary string) measured {
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: connections, DisableCompression: true}}
	var mu sync.Mutex
	var all []time.Duration
	var n atomic.Int64
	var wg sync.WaitGroup
	end := time.Now().Add(lasts)
	for range connections {
		wg.Go(func() {
			var own []time.Duration
			for time.Now().Before(end) {
				address := url
				if vary != "" {
					address += "?" + vary + "=" + strconv.FormatInt(n.Add(1), 10)
				}
				t := time.Now()
				resp, err := client.Get(address)
				if err != nil {
					continue
				}
				_, _ = io.Copy(io.Discard, resp.Body)
				resp.Body.Close()
				if resp.StatusCode == http.StatusOK {
					own = append(own, time.Since(t))
				}
			}
			mu.Lock()
			all = append(all, own...)
			mu.Unlock()
		})
	}
	wg.Wait()
	if len(all) == 0 {
		return measured{}
	}
	slices.Sort(all)
	return measured{float64(len(all)) / lasts.Seconds(), all[len(all)/2], all[len(all)*99/100]}
}

func resident(pid int) int { return memory(pid, "VmRSS:") }

// memory is a line of a process's status, in KB.
func memory(pid int, line string) int {
	b, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	for l := range strings.Lines(string(b)) {
		if rest, ok := strings.CutPrefix(l, line); ok {
			n, _ := strconv.Atoi(strings.Fields(rest)[0])
			return n
		}
	}
	return 0
}

// bookings compares booking over HTTP with a bare loop of one insert per transaction: same engine, durability and connections.
func bookings(run func(...string) (string, error), d *db.DB, addr string) error {
	ctx := context.Background()
	var slug, space string
	if err := d.Get(ctx, &slug, `SELECT slug FROM centres ORDER BY number LIMIT 1`, nil); err != nil {
		return err
	}
	if err := d.Get(ctx, &space, `SELECT s.id FROM spaces s JOIN centres c ON c.id = s.centre_id WHERE c.slug = :s ORDER BY s.position, s.slug LIMIT 1`, db.Args{"s": slug}); err != nil {
		return err
	}
	token, err := run("token", "create", "--role", "coordinator", "--centre", slug)
	if err != nil {
		return err
	}
	if _, err := d.Exec(ctx, `CREATE TABLE IF NOT EXISTS bench_rows (id TEXT PRIMARY KEY, title TEXT NOT NULL, at BIGINT NOT NULL)`, nil); err != nil {
		return err
	}
	const connections, lasts = 8, 4 * time.Second
	loop := func(f func(i int64) bool) float64 {
		var i, ok atomic.Int64
		var wg sync.WaitGroup
		end := time.Now().Add(lasts)
		for range connections {
			wg.Go(func() {
				for time.Now().Before(end) {
					if f(i.Add(1)) {
						ok.Add(1)
					}
				}
			})
		}
		wg.Wait()
		return float64(ok.Load()) / lasts.Seconds()
	}
	bare := loop(func(i int64) bool {
		_, err := d.Exec(ctx, `INSERT INTO bench_rows (id, title, at) VALUES (:id, :t, :at)`, db.Args{"id": db.NewID(), "t": "Proba zbora", "at": i})
		return err == nil
	})
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: connections}}
	from := time.Now().AddDate(1, 0, 0).Truncate(time.Hour)
	over := loop(func(i int64) bool {
		at := from.Add(time.Duration(i) * 2 * time.Hour)
		body := fmt.Sprintf(`{"space":%q,"starts_at":%q,"ends_at":%q,"title":"Proba zbora"}`, space, at.Format(time.RFC3339), at.Add(time.Hour).Format(time.RFC3339))
		r, err := http.NewRequest(http.MethodPost, "http://"+addr+"/api/v1/bookings", bytes.NewReader([]byte(body)))
		if err != nil {
			return false
		}
		r.Header.Set("Authorization", "Bearer "+token)
		r.Header.Set("Content-Type", "application/json")
		resp, err := client.Do(r)
		if err != nil {
			return false
		}
		_, _ = io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
		return resp.StatusCode == http.StatusCreated
	})
	fmt.Printf("%-58s %12.0f\n", "one insert per transaction, 8 connections", bare)
	fmt.Printf("%-58s %12.0f %9.1f%%  (aim 30%%)\n", "  booking over HTTP", over, 100*over/bare)
	return nil
}
