// Package pins is what each process remembers of the organisations' keys outside the database, in the secrets folder.
package pins

import (
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
)

// Pins are in a folder.
type Pins struct{ Dir string }

// Pin is what is remembered of one organisation.
type Pin struct {
	Signer ed25519.PublicKey `json:"signer"`
	Serial int               `json:"serial"` // of the newest list seen
}

func (p Pins) file(organisation string) string {
	return filepath.Join(p.Dir, "pin-"+organisation+".json")
}

// Read returns false where nothing is pinned.
func (p Pins) Read(organisation string) (Pin, bool, error) {
	var pin Pin
	b, err := os.ReadFile(p.file(organisation))
	if os.IsNotExist(err) {
		return pin, false, nil
	}
	if err == nil {
		err = json.Unmarshal(b, &pin)
	}
	return pin, err == nil, err
}

// Pin remembers the signing key.
func (p Pins) Pin(organisation string, signer ed25519.PublicKey) error {
	if had, ok, err := p.Read(organisation); err != nil || ok {
		if err == nil && !had.Signer.Equal(signer) {
			err = errors.New("another key is pinned")
		}
		return err
	}
	return p.write(organisation, Pin{Signer: signer})
}

// Raise remembers a higher serial.
func (p Pins) Raise(organisation string, serial int) error {
	pin, ok, err := p.Read(organisation)
	if err != nil || !ok || serial <= pin.Serial {
		return err
	}
	pin.Serial = serial
	return p.write(organisation, pin)
}

func (p Pins) write(organisation string, pin Pin) error {
	b, err := json.Marshal(pin)
	if err != nil {
		return err
	}
	return os.WriteFile(p.file(organisation), b, 0o600)
}
