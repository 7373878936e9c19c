package main

import (
	"context"
	"crypto/ed25519"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"kvart/internal/network"
	"kvart/internal/platform/auth"
	"kvart/internal/platform/db"
	"kvart/internal/platform/erasure"
	"kvart/internal/platform/i18n"
	"kvart/internal/platform/pins"
	"kvart/internal/platform/vault"
	"kvart/internal/support"
)

// confided is a centre's team that reads, with the store as the program has it.
type confided struct {
	*support.Store
	centre string
	team   []support.Reading
}

// confide gives the first centre a team of three with keys on a signed list. The erasure store is a file, as most have it.
func confide(ctx context.Context, d *db.DB, dir string) (*confided, error) {
	accounts := auth.NewStore(d, time.Now, auth.Secrets{Pepper: []byte(strings.Repeat("p", 32))}, "http://127.0.0.1")
	keys, err := erasure.Open(filepath.Join(dir, "erasure.sqlite"))
	if err != nil {
		return nil, err
	}
	c := &confided{Store: &support.Store{DB: d, Now: time.Now, Network: &network.Store{DB: d, Now: time.Now, Auth: accounts}, Auth: accounts, Erasure: keys, Pins: pins.Pins{Dir: dir}, Log: slog.New(slog.DiscardHandler)}}
	centres, err := c.Network.Centres(ctx, d)
	if err != nil {
		return nil, err
	}
	c.centre = centres[0].ID
	const phrase = "magla nad mostom u zoru"
	for range 3 {
		login := "bench." + db.NewSecretID()
		a, err := accounts.AddAccount(ctx, login, "Bench", "", phrase, auth.Held{Role: network.SupportWorker, Scope: auth.Scope{Kind: network.ScopeCentre, ID: c.centre}})
		if err != nil {
			return nil, err
		}
		if _, err := accounts.MakeKey(ctx, a.ID, phrase, nil); err != nil {
			return nil, err
		}
		a, kek, err := accounts.SignIn(ctx, login, phrase)
		if err != nil {
			return nil, err
		}
		k, id, err := accounts.OpenKey(ctx, a, kek)
		if err != nil {
			return nil, err
		}
		c.team = append(c.team, support.Reading{ID: k.ID, Key: id, Account: a.ID})
	}
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		return nil, err
	}
	organisation := centres[0].OrganisationID
	if err := c.Pins.Pin(organisation, public); err != nil {
		return nil, err
	}
	u, err := c.Unsigned(ctx, organisation)
	if err != nil {
		return nil, err
	}
	l := vault.List{Organisation: organisation, Serial: u.Serial, Signed: time.Now().Format(time.DateOnly)}
	for _, k := range u.Readers {
		l.Readers = append(l.Readers, vault.Listed{ID: k.ID, Owner: k.Owner, Key: k.Key, Until: k.Until})
	}
	file, err := l.Sign(private)
	if err != nil {
		return nil, err
	}
	return c, c.TakeList(ctx, organisation, file, "bench")
}

const benchText = "Dobar dan. Otkad sam sama, danima ne progovorim ni s kim i ne znam je li ovo za vas. Pišite mi kad stignete."

func (c *confided) ask(ctx context.Context) (string, support.Reading, error) {
	code, err := c.FreshCode(ctx)
	if err != nil {
		return "", support.Reading{}, err
	}
	return c.Ask(ctx, support.Asking{Header: support.Header{Party: support.Party{Centre: c.centre}, Lang: i18n.HR}, Text: benchText, Code: code})
}

// middle is the median time of n runs of each, in turn.
func middle(n int, runs ...func() error) ([]time.Duration, error) {
	all := make([][]time.Duration, len(runs))
	for i := range n + 3 {
		for k, f := range runs {
			began := time.Now()
			if err := f(); err != nil {
				return nil, err
			}
			if i >= 3 {
				all[k] = append(all[k], time.Since(began))
			}
		}
	}
	var list []time.Duration
	for _, one := range all {
		slices.Sort(one)
		list = append(list, one[len(one)/2])
	}
	return list, nil
}

// confidential measures support: opening and taking in against the bare cryptography for the same, an inbox as it grows,
// and what many sign-ins at once do to everybody else.
func confidential(s *server, d *db.DB, dir, page string) error {
	ctx := context.Background()
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	c, err := confide(ctx, d, dir)
	if err != nil {
		return err
	}
	defer c.Erasure.Close()
	if err := c.opening(ctx); err != nil {
		return err
	}
	if err := c.intake(ctx); err != nil {
		return err
	}
	if err := c.inbox(ctx); err != nil {
		return err
	}
	return signIns(s, page)
}

// opening compares a thread of 50 messages with opening one grant, its list of readers and 51 items.
func (c *confided) opening(ctx context.Context) error {
	id, person, err := c.ask(ctx)
	if err != nil {
		return err
	}
	for i := range 49 {
		by := person
		if i%2 == 0 {
			by = c.team[0]
		}
		if err := c.Write(ctx, by, id, support.Change{Entries: []support.Entry{{Kind: support.Message, Text: benchText}}}); err != nil {
			return err
		}
	}
	bare, err := bareThread(50)
	if err != nil {
		return err
	}
	took, err := middle(200, bare, func() error {
		t, err := c.Thread(ctx, c.team[0], id)
		if err == nil && len(t.Entries) != 50 {
			err = fmt.Errorf("%d entries", len(t.Entries))
		}
		return err
	})
	if err != nil {
		return err
	}
	fmt.Printf("%-58s %12s %10s\n", "a thread of 50 messages", "time", "ratio")
	fmt.Printf("%-58s %12s\n", "  bare: one grant, its readers, 51 items", took[0].Round(time.Microsecond))
	fmt.Printf("%-58s %12s %9.1fx  (aim 3x)\n", "  opened", took[1].Round(time.Microsecond), ratio(took[1], took[0]))
	return nil
}

// bareThread is the cryptography of a thread of n messages and its header, read by one of five.
func bareThread(n int) (func() error, error) {
	me, err := vault.NewIdentity()
	if err != nil {
		return nil, err
	}
	at, key := vault.Place{Request: db.NewSecretID(), Epoch: 1, Reader: db.NewSecretID()}, vault.NewDataKey()
	members := []vault.Member{{ID: at.Reader, Key: me.Reader().Bytes()}}
	for range 4 {
		other, err := vault.NewIdentity()
		if err != nil {
			return nil, err
		}
		members = append(members, vault.Member{ID: db.NewSecretID(), Key: other.Reader().Bytes()})
	}
	grant, err := vault.Grant(me.Reader(), at, key)
	if err != nil {
		return nil, err
	}
	tag, err := key.Vouch(at.Request, 1, members, key)
	if err != nil {
		return nil, err
	}
	type item struct {
		at     vault.Address
		erase  vault.ErasureKey
		sealed []byte
	}
	var items []item
	for range n + 1 {
		i := item{at: vault.Address{Request: at.Request, Item: db.NewSecretID(), Epoch: 1, Kind: "entry"}, erase: vault.NewErasureKey()}
		plain, err := json.Marshal(support.Entry{Kind: support.Message, By: at.Reader, Text: benchText})
		if err != nil {
			return nil, err
		}
		if i.sealed, err = key.Seal(i.erase, i.at, plain); err != nil {
			return nil, err
		}
		items = append(items, i)
	}
	return func() error {
		key, err := me.Open(at, grant)
		if err != nil || !key.Vouched(at.Request, 1, members, key, tag) {
			return fmt.Errorf("a grant: %w", err)
		}
		for _, i := range items {
			if _, err := key.Unseal(i.erase, i.at, i.sealed); err != nil {
				return err
			}
		}
		return nil
	}, nil
}

// intake compares a first message with its sealing: the code's Argon2id, the person's key, four grants and two items.
func (c *confided) intake(ctx context.Context) error {
	bare := func() error {
		code, salt := vault.NewCode(), make([]byte, 16)
		stretched, err := c.Auth.StretchCode(ctx, code.Input(salt), salt, c.Auth.Cost)
		if err != nil {
			return err
		}
		_, person, err := vault.SplitCode(stretched)
		if err != nil {
			return err
		}
		request, key := db.NewSecretID(), vault.NewDataKey()
		members := []vault.Member{{ID: support.PersonID, Key: person.Reader().Bytes()}}
		for _, r := range c.team {
			members = append(members, vault.Member{ID: r.ID, Key: r.Key.Reader().Bytes()})
		}
		for _, m := range members {
			reader, err := vault.ParseReader(m.Key)
			if err != nil {
				return err
			}
			if _, err := vault.Grant(reader, vault.Place{Request: request, Epoch: 1, Reader: m.ID}, key); err != nil {
				return err
			}
		}
		if _, err := key.Vouch(request, 1, members, key); err != nil {
			return err
		}
		for range 2 {
			if _, err := key.Seal(vault.NewErasureKey(), vault.Address{Request: request, Item: db.NewSecretID(), Epoch: 1, Kind: "entry"}, []byte(benchText)); err != nil {
				return err
			}
		}
		return nil
	}
	took, err := middle(30, bare, func() error { _, _, err := c.ask(ctx); return err })
	if err != nil {
		return err
	}
	fmt.Printf("%-58s %12s %10s\n", "a first message", "time", "ratio")
	fmt.Printf("%-58s %12s\n", "  bare: Argon2id, a key pair, 4 grants, 2 items", took[0].Round(time.Microsecond))
	fmt.Printf("%-58s %12s %9.1fx  (aim 3x)\n", "  taken in", took[1].Round(time.Microsecond), ratio(took[1], took[0]))
	return nil
}

// inbox measures a page of an inbox of 100 and of 1,000 requests, each of three messages, each list read by a reader of its
// own team: the first hundred are struck out of the others.
func (c *confided) inbox(ctx context.Context) error {
	cost := c.Auth.Cost
	c.Auth.Cost = auth.Cost{MemoryKiB: 64, Passes: 1, Lanes: 1} // what is measured is the reading
	defer func() { c.Auth.Cost = cost }()
	few, many := c.team[1], c.team[2]
	for i := range 1000 {
		code, err := c.FreshCode(ctx)
		if err != nil {
			return err
		}
		h := support.Header{Party: support.Party{Centre: c.centre}, Lang: i18n.HR}
		if i >= 100 {
			h.Struck = []string{few.ID}
		}
		now := time.Now()
		id, person, err := c.Ask(ctx, support.Asking{Header: h, Text: benchText, Code: code})
		if err != nil {
			return err
		}
		if err := c.Write(ctx, person, id, support.Change{Entries: []support.Entry{{Kind: support.Message, Text: benchText}, {Kind: support.Message, Text: benchText}}, Waiting: support.Since(&now)}); err != nil {
			return err
		}
	}
	var ids []string // what the first steps made is in neither list
	if err := c.DB.Select(ctx, &ids, `SELECT request_id FROM support_grants WHERE reader_id = :few GROUP BY request_id`, db.Args{"few": few.ID}); err != nil {
		return err
	}
	read := func(r support.Reading) func() error {
		return func() error {
			list, more, err := c.Inbox(ctx, r, "open", 0)
			if err == nil && (len(list) != support.PerPage || !more || list[0].Broken) {
				err = fmt.Errorf("an inbox of %d", len(list))
			}
			return err
		}
	}
	took, err := middle(100, read(few), read(many))
	if err != nil {
		return err
	}
	fmt.Printf("%-58s %12s %10s\n", "a page of an inbox, 30 headers opened", "time", "ratio")
	fmt.Printf("%-58s %12s\n", "  of "+strconv.Itoa(len(ids))+" requests", took[0].Round(time.Microsecond))
	fmt.Printf("%-58s %12s %9.2fx  (aim 1.5x)\n", "  of "+strconv.Itoa(900+len(ids))+" requests", took[1].Round(time.Microsecond), ratio(took[1], took[0]))
	return nil
}

// signIns measures the programme page for two visitors, idle and while 50 people sign in at once.
func signIns(s *server, page string) error {
	visit := func(until func() bool) (all []time.Duration) {
		var mu sync.Mutex
		var wg sync.WaitGroup
		client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 2}}
		for range 2 {
			wg.Go(func() {
				var own []time.Duration
				for !until() {
					began := time.Now()
					resp, err := client.Get(page)
					if err != nil {
						continue
					}
					_, _ = io.Copy(io.Discard, resp.Body)
					resp.Body.Close()
					own = append(own, time.Since(began))
					time.Sleep(5 * time.Millisecond)
				}
				mu.Lock()
				all = append(all, own...)
				mu.Unlock()
			})
		}
		wg.Wait()
		slices.Sort(all)
		return all
	}
	end := time.Now().Add(4 * time.Second)
	idle := visit(func() bool { return time.Now().After(end) })
	before := peak(s.cmd.Process.Pid)
	var wg sync.WaitGroup
	done := make(chan struct{})
	began := time.Now()
	for i := range 50 {
		wg.Go(func() {
			resp, err := http.PostForm("http://"+s.addr+"/desk/sign-in", url.Values{"login": {fmt.Sprintf("nobody-%d", i)}, "passphrase": {"magla nad mostom u zoru"}})
			if err == nil {
				_, _ = io.Copy(io.Discard, resp.Body)
				resp.Body.Close()
			}
		})
	}
	go func() { wg.Wait(); close(done) }()
	busy := visit(func() bool {
		select {
		case <-done:
			return true
		default:
			return false
		}
	})
	took := time.Since(began)
	if len(idle) == 0 || len(busy) == 0 {
		return fmt.Errorf("no page was answered")
	}
	a, b := idle[len(idle)*99/100], busy[len(busy)*99/100]
	fmt.Printf("%-58s %12s %10s\n", "50 sign-ins at once", "time", "ratio")
	fmt.Printf("%-58s %12s\n", "  until all are answered", took.Round(time.Millisecond))
	fmt.Printf("%-58s %12s\n", "  p99 of the programme page, idle", a.Round(time.Microsecond))
	fmt.Printf("%-58s %12s %9.1fx  (aim 5x)\n", "  p99 meanwhile", b.Round(time.Microsecond), ratio(b, a))
	fmt.Printf("%-58s %9.1f MB            (a run of Argon2id takes 64 MB)\n", "  most memory taken on", float64(peak(s.cmd.Process.Pid)-before)/1024)
	return nil
}

// peak is the most memory in KiB that a process has held.
func peak(pid int) int {
	b, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	for line := range strings.Lines(string(b)) {
		if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			n, _ := strconv.Atoi(strings.Fields(rest)[0])
			return n
		}
	}
	return 0
}
