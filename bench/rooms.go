package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"kvart/internal/app"
	"kvart/internal/booking"
	"kvart/internal/network"
	"kvart/internal/platform/auth"
	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/i18n"
	"kvart/internal/platform/web"
	"kvart/locales"
)

// rooms measures what is promised of rooms: one slot wanted by many over HTTP, many attempts of which some clash, and the
// week of many rooms.
func rooms(run func(...string) (string, error), d *db.DB, addr, dir, url string) error {
	if err := oneSlot(run, d, addr); err != nil {
		return err
	}
	own, err := openOwn(dir, url)
	if err != nil {
		return err
	}
	defer own.Close()
	h, err := newHall(own, 40)
	if err != nil {
		return err
	}
	if err := h.mixed(); err != nil {
		return err
	}
	return h.week()
}

// oneSlot has 64 clients book one hour of one space over HTTP at once, several times: one is given it, all others are
// told that it is taken. Anything else ends the bench.
func oneSlot(run func(...string) (string, error), d *db.DB, addr string) error {
	const clients, rounds = 64, 10
	ctx := context.Background()
	var slug, space string
	if err := d.Get(ctx, &slug, `SELECT slug FROM centres ORDER BY number LIMIT 1`, nil); err != nil {
		return err
	}
	if err := d.Get(ctx, &space, `SELECT s.id FROM spaces s JOIN centres c ON c.id = s.centre_id WHERE c.slug = :s ORDER BY s.position DESC, s.slug LIMIT 1`, db.Args{"s": slug}); err != nil {
		return err
	}
	token, err := run("token", "create", "--role", "coordinator", "--centre", slug)
	if err != nil {
		return err
	}
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: clients}}
	from := time.Now().AddDate(3, 0, 0).Truncate(time.Hour)
	for round := range rounds {
		at := from.Add(time.Duration(round) * 24 * time.Hour)
		body := fmt.Sprintf(`{"space":%q,"starts_at":%q,"ends_at":%q,"title":"Proba zbora"}`, space, at.Format(time.RFC3339), at.Add(time.Hour).Format(time.RFC3339))
		var mu sync.Mutex
		var wg sync.WaitGroup
		answers := map[int]int{}
		begin := make(chan struct{})
		for range clients {
			wg.Go(func() {
				r, err := http.NewRequest(http.MethodPost, "http://"+addr+"/api/v1/bookings", bytes.NewReader([]byte(body)))
				if err != nil {
					return
				}
				r.Header.Set("Authorization", "Bearer "+token)
				r.Header.Set("Content-Type", "application/json")
				<-begin
				code := 0
				if resp, err := client.Do(r); err == nil {
					_, _ = io.Copy(io.Discard, resp.Body)
					resp.Body.Close()
					code = resp.StatusCode
				}
				mu.Lock()
				answers[code]++
				mu.Unlock()
			})
		}
		close(begin)
		wg.Wait()
		if answers[http.StatusCreated] != 1 || answers[http.StatusConflict] != clients-1 {
			return fmt.Errorf("one slot, round %d: answers by status %v", round, answers)
		}
	}
	fmt.Printf("%-58s %12s            (aim 1 and 63, every run)\n", fmt.Sprintf("one slot, %d clients over HTTP, %d times: given, refused", clients, rounds), fmt.Sprintf("1 and %d", clients-1))
	return nil
}

// openOwn is a database of these figures alone, as durable as any.
func openOwn(dir, url string) (*db.DB, error) {
	var d *db.DB
	var err error
	if url != "" {
		if url, err = freshDatabase(url, "rooms"); err == nil {
			d, err = db.OpenPostgres(url)
		}
	} else {
		d, err = db.OpenSQLite(filepath.Join(dir, "rooms.sqlite"))
	}
	if err != nil {
		return nil, err
	}
	if _, err := app.Migrate(context.Background(), d); err != nil {
		d.Close()
		return nil, err
	}
	return d, nil
}

// hall is a centre with many rooms.
type hall struct {
	*booking.Store
	db     *db.DB
	centre string
	rooms  []string
	from   time.Time // midnight, where it is
}

func newHall(d *db.DB, rooms int) (*hall, error) {
	ctx := context.Background()
	zone, err := time.LoadLocation("Europe/Zagreb")
	if err != nil {
		return nil, err
	}
	now := time.Now().In(zone)
	h := &hall{Store: &booking.Store{DB: d, Now: time.Now}, db: d, centre: db.NewID(), from: time.Date(now.Year()+1, 3, 1, 0, 0, 0, 0, zone)}
	org, area := db.NewID(), db.NewID()
	return h, d.Tx(ctx, func(tx *db.Tx) error {
		for sql, args := range map[string]db.Args{
			`INSERT INTO organisations (id, slug, kind, name) VALUES (:id, 'bench', 'cso', 'Bench')`: {"id": org},
			`INSERT INTO areas (id, slug, kind, name) VALUES (:id, 'bench', 'city', '{}')`:           {"id": area},
		} {
			if _, err := tx.Exec(ctx, sql, args); err != nil {
				return err
			}
		}
		if _, err := tx.Exec(ctx, `INSERT INTO centres (id, slug, number, colour, organisation_id, area_id, name, zone) VALUES (:id, 'bench', 1, 1, :o, :a, 'Bench', 'Europe/Zagreb')`,
			db.Args{"id": h.centre, "o": org, "a": area}); err != nil {
			return err
		}
		for i := range rooms {
			id, err := h.AddSpace(ctx, tx, booking.Space{CentreID: h.centre, Slug: fmt.Sprint("soba-", i), Name: i18n.Text{i18n.HR: fmt.Sprint("Soba ", i)}, Position: i}, "bench")
			if err != nil {
				return err
			}
			h.rooms = append(h.rooms, id)
		}
		return nil
	})
}

// attempt is a half hour of a room that somebody wants.
type attempt struct{ room, slot int }

// mixed has 16 workers try to book half hours in 20 rooms over 60 days through the store, 19 % of them taken by then, and
// has as many connections do the same with a bare loop: look whether the time is free, insert, one transaction each. It
// looks back no more than a day, so that looking does not take longer as the table grows.
func (h *hall) mixed() error {
	const workers, manyRooms, days = 16, 20, 60
	each := 4000
	if v, err := strconv.Atoi(os.Getenv("KVART_BENCH_ATTEMPTS")); err == nil {
		each = v
	}
	total := workers * each
	clashing := total * 19 / 100
	r := rand.New(rand.NewPCG(16, 4))
	slots := r.Perm(manyRooms * days * 48)[:total-clashing]
	var list []attempt
	for _, s := range slots {
		list = append(list, attempt{s % manyRooms, s / manyRooms})
	}
	for i := range clashing { // each after the one that it clashes with, by as much as chance wants
		k := (i + 1) * (len(list) - 1) / clashing
		list = slices.Insert(list, k+1, list[r.IntN(k+1)])
	}
	ctx := context.Background()
	if _, err := h.db.Exec(ctx, `CREATE TABLE bench_slots (id TEXT PRIMARY KEY, room TEXT NOT NULL, from_at BIGINT NOT NULL, to_at BIGINT NOT NULL, title TEXT NOT NULL)`, nil); err != nil {
		return err
	}
	if _, err := h.db.Exec(ctx, `CREATE INDEX bench_slots_room ON bench_slots (room, from_at)`, nil); err != nil {
		return err
	}
	work := func(do func(a attempt) (bool, error)) (m measured, won int64, err error) {
		var next, booked atomic.Int64
		var wg sync.WaitGroup
		var mu sync.Mutex
		var all []time.Duration
		t := time.Now()
		for range workers {
			wg.Go(func() {
				var own []time.Duration
				for {
					i := next.Add(1) - 1
					if i >= int64(len(list)) {
						break
					}
					begin := time.Now()
					ok, failed := do(list[i])
					own = append(own, time.Since(begin))
					if ok {
						booked.Add(1)
					}
					if failed != nil {
						mu.Lock()
						err = failed
						mu.Unlock()
						return
					}
				}
				mu.Lock()
				all = append(all, own...)
				mu.Unlock()
			})
		}
		wg.Wait()
		if err != nil || len(all) == 0 {
			return m, 0, err
		}
		slices.Sort(all)
		return measured{float64(len(list)) / time.Since(t).Seconds(), all[len(all)/2], all[len(all)*99/100]}, booked.Load(), nil
	}
	at := func(a attempt) booking.Interval {
		start := h.from.Add(time.Duration(a.slot) * 30 * time.Minute)
		return booking.Interval{Start: start, End: start.Add(30 * time.Minute)}
	}
	bare, bareWon, err := work(func(a attempt) (bool, error) {
		i, won := at(a), false
		err := h.db.Tx(ctx, func(tx *db.Tx) error {
			var n int
			args := db.Args{"id": db.NewID(), "room": h.rooms[a.room], "from": i.Start.Unix(), "to": i.End.Unix(), "longest": i.Start.Add(-24 * time.Hour).Unix()}
			if err := tx.Get(ctx, &n, `SELECT COUNT(*) FROM bench_slots WHERE room = :room AND from_at BETWEEN :longest AND :to - 1 AND to_at > :from`, args); err != nil || n > 0 {
				return err
			}
			won = true
			_, err := tx.Exec(ctx, `INSERT INTO bench_slots (id, room, from_at, to_at, title) VALUES (:id, :room, :from, :to, 'Proba zbora')`, args)
			return err
		})
		return won && err == nil, err
	})
	if err != nil {
		return err
	}
	store, won, err := work(func(a attempt) (bool, error) {
		i := at(a)
		_, err := h.Book(ctx, booking.New{SpaceID: h.rooms[a.room], CentreID: h.centre, Title: "Proba zbora", Start: i.Start, End: i.End, By: "bench"})
		if fault.Is(err, fault.KindConflict) {
			return false, nil
		}
		return err == nil, err
	})
	if err != nil {
		return err
	}
	var overlaps int
	if err := h.db.Get(ctx, &overlaps, `SELECT COUNT(*) FROM (SELECT to_at, LEAD(from_at) OVER (PARTITION BY atom_id ORDER BY from_at) AS next_at FROM occupancies) x WHERE next_at < to_at`, nil); err != nil {
		return err
	}
	if overlaps != 0 || won != int64(total-clashing) {
		return fmt.Errorf("mixed attempts: %d overlaps; %d booked, want %d", overlaps, won, total-clashing)
	}
	fmt.Printf("%-58s %12s %10s\n", fmt.Sprintf("%d workers × %d attempts, 19 %% clashing, %d rooms, %d days", workers, each, manyRooms, days), "per second", "ratio")
	fmt.Printf("%-58s %12.0f            (%d given)\n", "  bare: look, then insert", bare.perSecond, bareWon)
	fmt.Printf("%-58s %12.0f %9.1f%%  (aim 50%%)\n", "  the store: guarded, noted in the audit", store.perSecond, 100*store.perSecond/bare.perSecond)
	fmt.Printf("%-58s %12s            (bare %s)\n", "  p99 of the store", store.p99.Round(10*time.Microsecond), bare.p99.Round(10*time.Microsecond))
	fmt.Printf("%-58s %12d            (aim 0)\n", "  overlaps", overlaps)
	return nil
}

// week asks for the week of 40 rooms with 1,500 bookings as a signed-in coordinator, in turn with the statements that the
// page itself makes, alone.
func (h *hall) week() error {
	const bookings = 1500
	ctx := context.Background()
	first := h.from.AddDate(0, 6, 0)
	for first.Weekday() != time.Monday {
		first = first.AddDate(0, 0, 1)
	}
	if err := h.db.Tx(ctx, func(tx *db.Tx) error {
		for i := range bookings {
			start := first.AddDate(0, 0, i/len(h.rooms)%7).Add(time.Duration(8+2*(i/len(h.rooms)/7)) * time.Hour)
			if _, err := h.BookTx(ctx, tx, booking.New{SpaceID: h.rooms[i%len(h.rooms)], CentreID: h.centre, Title: "Proba zbora i susret", Start: start, End: start.Add(90 * time.Minute), By: "bench"}); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		return err
	}
	words, err := i18n.Load(locales.FS)
	if err != nil {
		return err
	}
	accounts := auth.NewStore(h.db, time.Now, auth.Secrets{Pepper: []byte(strings.Repeat("p", 32))}, "http://bench.test")
	account, err := accounts.AddAccount(ctx, "bench", "Bench", "", "četiri obične riječi", auth.Held{Role: network.Coordinator, Scope: auth.Scope{Kind: network.ScopeCentre, ID: h.centre}})
	if err != nil {
		return err
	}
	net := &network.Store{DB: h.db, Now: time.Now, Auth: accounts}
	s := &web.Server{DB: h.db, Log: slog.New(slog.DiscardHandler), Now: time.Now, Texts: words, Auth: accounts, Sessions: accounts.Sessions(false),
		Policy: auth.NewPolicy(network.Contains, network.Grants, booking.Grants), PublicURL: "https://bench.test", Places: net.Places,
		Site: func(context.Context) (web.Site, error) { return web.Site{Zone: h.from.Location()}, nil }}
	s.Mount((&booking.Pages{Store: h.Store, Network: net}).Routes(), []web.Route{{Pattern: "POST /desk/in", Need: web.Public, Handle: func(w http.ResponseWriter, r *web.Request) error {
		return s.Begin(r, account.ID)
	}}})
	server := httptest.NewServer(s.Handler())
	defer server.Close()
	jar, err := cookiejar.New(nil)
	if err != nil {
		return err
	}
	client := &http.Client{Jar: jar}
	if resp, err := client.Post(server.URL+"/desk/in", "", nil); err != nil {
		return err
	} else {
		resp.Body.Close()
	}
	address := server.URL + "/desk/rooms?view=week&date=" + first.Format(time.DateOnly)
	var pages, statements []time.Duration
	size := 0
	for i := range 120 {
		t := time.Now()
		resp, err := client.Get(address)
		if err != nil {
			return err
		}
		body, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil {
			return err
		}
		took := time.Since(t)
		if n := bytes.Count(body, []byte(`class="bk`)); resp.StatusCode != http.StatusOK || n != bookings {
			return fmt.Errorf("the week: %s, %d bookings in it", resp.Status, n)
		}
		size = len(body)
		t = time.Now()
		if err := h.statements(ctx, net, first); err != nil {
			return err
		}
		if i >= 20 { // the first ones warm up
			pages, statements = append(pages, took), append(statements, time.Since(t))
		}
	}
	slices.Sort(pages)
	slices.Sort(statements)
	page, alone := pages[len(pages)/2], statements[len(statements)/2]
	fmt.Printf("%-58s %12s            (%d KB)\n", "week of 40 rooms and 1,500 bookings, signed in", page.Round(10*time.Microsecond), size/1024)
	fmt.Printf("%-58s %12s %9.1f%%  (aim under 50%%)\n", "  its statements alone", alone.Round(10*time.Microsecond), 100*ratio(alone, page))
	return nil
}

// statements are those of the page: the centre, its spaces and what they are made of, the bookings, the closed days.
func (h *hall) statements(ctx context.Context, net *network.Store, first time.Time) error {
	if _, err := net.Centre(ctx, h.db, h.centre); err != nil {
		return err
	}
	if _, err := h.Spaces(ctx, h.db, h.centre); err != nil {
		return err
	}
	if _, err := h.Between(ctx, h.db, h.centre, booking.Interval{Start: first, End: first.AddDate(0, 0, 7)}); err != nil {
		return err
	}
	_, err := net.ClosuresAsked(ctx, h.db, h.centre, first.Format(time.DateOnly))
	return err
}
