// Package pins keeps, in the secrets folder and so outside the database, what whoever writes to the database must not be
// able to change: for each organisation the key that signs its lists, and the highest serial of a list seen so far.
//
// It verifies nothing and knows no list: package vault does. Several processes may use one folder at once.
package pins

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// Pins are the pins in a folder, the secrets folder of this process.
type Pins struct{ Dir string }

// Pin is what is pinned for an organisation.
type Pin struct {
	Signer ed25519.PublicKey
	Serial int    // the highest seen; 0: none yet
	Hash   string // SHA-256 of the list that was seen with it, in hexadecimal; empty: none yet
}

// Hash is the SHA-256 of a list as it was signed.
func Hash(list []byte) string { sum := sha256.Sum256(list); return hex.EncodeToString(sum[:]) }

// What is wrong with a pin.
var (
	ErrOther     = errors.New("another signing key is pinned for this organisation")
	ErrNotPinned = errors.New("no signing key is pinned for this organisation")
	ErrDamaged   = errors.New("the pin is damaged: put back the copy you kept of the secrets folder")
)

// file is what is written. It names its organisation, so that a file under another name is not believed.
type file struct {
	Organisation string `json:"organisation"`
	Signer       []byte `json:"signer"`
	Serial       int    `json:"serial"`
	Hash         string `json:"hash,omitempty"`
}

// Read is the organisation's pin, and whether there is one. A file that cannot be read or is not whole is an error, never
// as if there were none.
func (p Pins) Read(organisation string) (Pin, bool, error) {
	if organisation == "" {
		return Pin{}, false, errors.New("pins: no organisation is named")
	}
	data, err := os.ReadFile(p.path(organisation))
	if errors.Is(err, fs.ErrNotExist) {
		return Pin{}, false, nil
	}
	if err != nil {
		return Pin{}, false, fmt.Errorf("reading a pin: %w", err)
	}
	var f file
	if json.Unmarshal(data, &f) != nil || f.Organisation != organisation || len(f.Signer) != ed25519.PublicKeySize || f.Serial < 0 {
		return Pin{}, false, fmt.Errorf("%w: %s", ErrDamaged, p.path(organisation))
	}
	return Pin{f.Signer, f.Serial, f.Hash}, true, nil
}

// Pin pins the organisation's signing key. It returns ErrOther where another one is pinned; the same one again changes
// nothing.
func (p Pins) Pin(organisation string, signer ed25519.PublicKey) error {
	if len(signer) != ed25519.PublicKeySize {
		return errors.New("pins: no signing key")
	}
	return p.change(organisation, func(now Pin, there bool) (Pin, error) {
		if there && !now.Signer.Equal(signer) {
			return now, ErrOther
		}
		now.Signer = signer
		return now, nil
	})
}

// Raise notes that a list of the serial, of this hash, was seen. It never lowers, and the first list of a serial stays the
// one. It returns ErrNotPinned where no key is pinned.
func (p Pins) Raise(organisation string, serial int, hash string) error {
	return p.change(organisation, func(now Pin, there bool) (Pin, error) {
		if !there {
			return now, ErrNotPinned
		}
		if serial > now.Serial || serial == now.Serial && now.Hash == "" {
			now.Serial, now.Hash = serial, hash
		}
		return now, nil
	})
}

func (p Pins) folder() string { return filepath.Join(p.Dir, "pins") }

// path is that of the organisation's file; an id may hold anything, so its hash is the name.
func (p Pins) path(organisation string) string {
	sum := sha256.Sum256([]byte(organisation))
	return filepath.Join(p.folder(), hex.EncodeToString(sum[:16])+".json")
}

// change reads the pin and writes it whole or not at all, while no other process does.
func (p Pins) change(organisation string, f func(now Pin, there bool) (Pin, error)) (err error) {
	if _, err := os.Stat(p.Dir); err != nil { // a mistyped folder is not made
		return fmt.Errorf("the secrets folder: %w", err)
	}
	if err := os.Mkdir(p.folder(), 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("writing a pin: %w", err)
	}
	release, err := p.lock()
	if err != nil {
		return err
	}
	defer release()
	now, there, err := p.Read(organisation)
	if err != nil {
		return err
	}
	next, err := f(now, there)
	if err != nil || there && next.Serial == now.Serial && next.Hash == now.Hash && next.Signer.Equal(now.Signer) {
		return err
	}
	data, err := json.Marshal(file{organisation, next.Signer, next.Serial, next.Hash})
	if err != nil {
		return err
	}
	if err := p.write(p.path(organisation), append(data, '\n')); err != nil {
		return fmt.Errorf("writing a pin: %w", err)
	}
	return nil
}

// lock holds the folder until release; a killed process holds nothing.
func (p Pins) lock() (release func(), err error) {
	f, err := os.OpenFile(filepath.Join(p.folder(), ".lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("locking the pins: %w", err)
	}
	for {
		if err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX); !errors.Is(err, syscall.EINTR) {
			break
		}
	}
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("locking the pins: %w", err)
	}
	return func() { f.Close() }, nil
}

func (p Pins) write(path string, data []byte) error {
	f, err := os.CreateTemp(p.folder(), "pin-*") // 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // where it was not renamed
	_, err = f.Write(data)
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return err
	}
	d, err := os.Open(p.folder())
	if err != nil {
		return err
	}
	_ = d.Sync() // some file systems cannot
	return d.Close()
}
