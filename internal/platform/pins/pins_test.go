package pins

import (
	"crypto/ed25519"
	"errors"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// TestMain lets the test program run itself as another process that raises a serial.
func TestMain(m *testing.M) {
	if dir := os.Getenv("KVART_TEST_PINS"); dir != "" {
		from, _ := strconv.Atoi(os.Getenv("KVART_TEST_FROM"))
		for i := range 40 {
			if err := (Pins{dir}).Raise("org", from+2*i, "h"); err != nil {
				os.Exit(1)
			}
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func signer(t *testing.T) ed25519.PublicKey {
	t.Helper()
	key, _, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func pinned(t *testing.T, p Pins, organisation string) Pin {
	t.Helper()
	pin, ok, err := p.Read(organisation)
	if err != nil || !ok {
		t.Fatal(ok, err)
	}
	return pin
}

func TestPin_staysWhatItWas(t *testing.T) {
	p := Pins{t.TempDir()}
	a, b := signer(t), signer(t)
	if _, ok, err := p.Read("org"); ok || err != nil {
		t.Fatal(ok, err)
	}
	if err := p.Raise("org", 1, "h"); !errors.Is(err, ErrNotPinned) {
		t.Errorf("raised where nothing is pinned: %v", err)
	}
	for range 2 {
		if err := p.Pin("org", a); err != nil {
			t.Fatal(err)
		}
	}
	if err := p.Raise("org", 7, "h"); err != nil {
		t.Fatal(err)
	}
	if err := p.Pin("org", b); !errors.Is(err, ErrOther) {
		t.Errorf("another key: %v", err)
	}
	if err := p.Pin("org", a); err != nil {
		t.Error(err)
	}
	if pin := pinned(t, p, "org"); !pin.Signer.Equal(a) || pin.Serial != 7 {
		t.Errorf("%+v", pin)
	}
	if err := p.Pin("../../org", b); err != nil {
		t.Fatal(err)
	}
	if pin := pinned(t, p, "../../org"); !pin.Signer.Equal(b) || pin.Serial != 0 {
		t.Error("two organisations share a pin")
	}
	if i, err := os.Stat(p.path("org")); err != nil || i.Mode().Perm() != 0o600 || filepath.Dir(filepath.Dir(p.path("../../org"))) != p.Dir {
		t.Error(i.Mode(), err)
	}
}

func TestPin_aSerialIsNeverLowered(t *testing.T) {
	p := Pins{t.TempDir()}
	if err := p.Pin("org", signer(t)); err != nil {
		t.Fatal(err)
	}
	most := 0
	for range 50 {
		n := rand.IntN(1000) - 100
		if err := p.Raise("org", n, "h"); err != nil {
			t.Fatal(err)
		}
		if most = max(most, n); pinned(t, p, "org").Serial != most {
			t.Fatalf("after %d it is %d, highest was %d", n, pinned(t, p, "org").Serial, most)
		}
	}
}

func TestPin_severalProcessesAtOnce(t *testing.T) {
	p := Pins{t.TempDir()}
	first := signer(t)
	if err := p.Pin("org", first); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for from := range 2 {
		wg.Go(func() {
			c := exec.Command(os.Args[0])
			c.Env = append(os.Environ(), "KVART_TEST_PINS="+p.Dir, "KVART_TEST_FROM="+strconv.Itoa(100+from))
			if out, err := c.CombinedOutput(); err != nil {
				t.Errorf("%v: %s", err, out)
			}
		})
	}
	for range 8 {
		other := signer(t)
		wg.Go(func() {
			if err := p.Pin("org", other); !errors.Is(err, ErrOther) {
				t.Error(err)
			}
			last := 0
			for range 30 {
				pin, ok, err := p.Read("org")
				if err != nil || !ok || pin.Serial < last {
					t.Error("half a file, or a lower serial", err)
					return
				}
				last = pin.Serial
			}
		})
	}
	wg.Wait()
	if pin := pinned(t, p, "org"); pin.Serial != 100+1+2*39 || !pin.Signer.Equal(first) {
		t.Errorf("%+v", pin)
	}
	if left, _ := filepath.Glob(filepath.Join(p.folder(), "pin-*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestPin_oneOfTwoKeysAtOnceWins(t *testing.T) {
	p := Pins{t.TempDir()}
	var wg sync.WaitGroup
	var mu sync.Mutex
	won := 0
	for range 10 {
		key := signer(t)
		wg.Go(func() {
			if err := p.Pin("org", key); err == nil {
				mu.Lock()
				won++
				mu.Unlock()
			} else if !errors.Is(err, ErrOther) {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if won != 1 {
		t.Errorf("%d keys were pinned", won)
	}
}

func TestPin_aDamagedFileIsNoMissingOne(t *testing.T) {
	p := Pins{t.TempDir()}
	key := signer(t)
	if err := p.Pin("org", key); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(p.path("org"))
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"empty": "", "half": string(whole[:len(whole)/2]), "of another": strings.Replace(string(whole), `"org"`, `"other"`, 1),
		"without a key": `{"organisation":"org","serial":3}`, "below zero": strings.Replace(string(whole), `"serial":0`, `"serial":-1`, 1),
	} {
		if err := os.WriteFile(p.path("org"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, ok, err := p.Read("org"); !errors.Is(err, ErrDamaged) || ok {
			t.Errorf("%s: %v", name, err)
		}
		if err := p.Pin("org", key); !errors.Is(err, ErrDamaged) {
			t.Errorf("%s: pinned anew: %v", name, err)
		}
	}
	gone := Pins{filepath.Join(t.TempDir(), "mistyped")}
	if err := gone.Pin("org", key); err == nil {
		t.Error("a mistyped folder was made")
	}
	if err := p.Pin("", key); err == nil {
		t.Error("no organisation")
	}
	if err := p.Pin("new", key[1:]); err == nil {
		t.Error("no key")
	}
}

func TestRaise_firstListOfASerialStaysTheOne(t *testing.T) {
	p := Pins{t.TempDir()}
	public, _, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Pin("org", public); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		serial int
		hash   string
		want   string
	}{{1, "a", "a"}, {1, "b", "a"}, {2, "c", "c"}, {1, "a", "c"}} {
		if err := p.Raise("org", c.serial, c.hash); err != nil {
			t.Fatal(err)
		}
		if pin, ok, err := p.Read("org"); err != nil || !ok || pin.Hash != c.want {
			t.Fatalf("after %d %s: %+v %v", c.serial, c.hash, pin, err)
		}
	}
}
