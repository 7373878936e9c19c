package vault

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// Listed is one reader of an organisation.
type Listed struct {
	ID    string `json:"id"`
	Owner string `json:"owner"` // the account whose key it is
	Key   []byte `json:"key"`
	Until string `json:"until"` // the last day on which it is sealed to, "2027-03-01"; at most a year after the signing
}

// List says whose which key is. An organisation signs it away from the server, with a key that exists on paper only.
type List struct {
	Organisation string   `json:"organisation"`
	Serial       int      `json:"serial"` // each list has a higher one than the one before
	Signed       string   `json:"signed"` // the day, "2026-03-01"
	Readers      []Listed `json:"readers"`
}

// What is wrong with a list.
var (
	ErrUnsigned = errors.New("vault: the list of readers is not signed by the organisation's key")
	ErrOlder    = errors.New("vault: the list of readers is older than one seen before")
)

var signedMark = []byte("\nsignature ")

// Sign is the list as a file. It returns an error where check does.
func (l List) Sign(key ed25519.PrivateKey) ([]byte, error) {
	if err := l.check(); err != nil {
		return nil, err
	}
	body, err := json.MarshalIndent(l, "", " ")
	if err != nil {
		return nil, err
	}
	signature := ed25519.Sign(key, bind("kvart list", string(body)))
	return fmt.Appendf(body, "%s%s\n", signedMark, base64.StdEncoding.EncodeToString(signature)), nil
}

// OpenList reads a file that Sign made. Nothing of it is believed before the signature holds: it returns ErrUnsigned for
// another key, another organisation or one byte changed, and ErrOlder for a serial below least, the highest seen so far.
func OpenList(file []byte, signer ed25519.PublicKey, organisation string, least int) (List, error) {
	var l List
	at := bytes.LastIndex(file, signedMark)
	if at < 0 || len(signer) != ed25519.PublicKeySize {
		return l, ErrUnsigned
	}
	body := file[:at]
	signature, err := base64.StdEncoding.DecodeString(string(bytes.TrimSpace(file[at+len(signedMark):])))
	if err != nil || !ed25519.Verify(signer, bind("kvart list", string(body)), signature) {
		return l, ErrUnsigned
	}
	if err := json.Unmarshal(body, &l); err != nil {
		return List{}, fmt.Errorf("vault: the list of readers: %w", err)
	}
	if l.Organisation != organisation {
		return List{}, ErrUnsigned
	}
	if l.Serial < least {
		return List{}, ErrOlder
	}
	if err := l.check(); err != nil {
		return List{}, err
	}
	return l, nil
}

// check holds the list to its rules: a positive serial, readers named once, keys that are keys, ends within a year.
func (l List) check() error {
	signed, err := time.Parse(time.DateOnly, l.Signed)
	if err != nil || l.Serial < 1 || l.Organisation == "" {
		return errors.New("vault: a list of readers names its organisation, its serial from 1 and the day of signing")
	}
	seen := map[string]bool{}
	for _, r := range l.Readers {
		until, err := time.Parse(time.DateOnly, r.Until)
		if err != nil || until.After(signed.AddDate(1, 0, 0)) {
			return fmt.Errorf("vault: the key %s ends on a day at most a year after the signing", r.ID)
		}
		if r.ID == "" || r.Owner == "" || seen[r.ID] {
			return fmt.Errorf("vault: the key %q has an id of its own and an owner", r.ID)
		}
		seen[r.ID] = true
		if _, err := ParseReader(r.Key); err != nil {
			return err
		}
	}
	return nil
}

// Reader is who is listed under the id, where the key is still sealed to on the day.
func (l List) Reader(id string, on time.Time) (Reader, bool) {
	for _, r := range l.Readers {
		if r.ID == id && on.Format(time.DateOnly) <= r.Until {
			key, err := ParseReader(r.Key)
			return key, err == nil
		}
	}
	return Reader{}, false
}
