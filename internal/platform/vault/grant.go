package vault

import (
	"crypto/hmac"
	"crypto/hpke"
	"crypto/sha256"
	"errors"
	"slices"
	"strings"
)

// DataKey opens the items of one epoch of one request.
type DataKey [32]byte

// NewDataKey is one from chance.
func NewDataKey() (k DataKey) {
	copy(k[:], random(len(k)))
	return k
}

// Place is where a grant belongs.
type Place struct {
	Request string
	Epoch   int
	Reader  string // the id of whom it is sealed to
}

func (p Place) info() []byte { return bind("kvart grant", p.Request, number(p.Epoch), p.Reader) }

// Grant seals the data key to a reader. It opens at this place only.
func Grant(to Reader, at Place, key DataKey) ([]byte, error) {
	if to.key == nil {
		return nil, errors.New("vault: no reader to grant to")
	}
	sealed, err := hpke.Seal(to.key, kdf, suite, at.info(), key[:])
	return append([]byte{version}, sealed...), err
}

// Open returns ErrSealed for a grant to somebody else, of another place, or changed.
func (i Identity) Open(at Place, grant []byte) (key DataKey, err error) {
	if i.key == nil || len(grant) < 1 || grant[0] != version {
		return key, ErrSealed
	}
	plain, err := hpke.Open(i.key, kdf, suite, at.info(), grant[1:])
	if err != nil || len(plain) != len(key) {
		return key, ErrSealed
	}
	copy(key[:], plain)
	return key, nil
}

// Member is a reader of an epoch: the person who asked is one like any other.
type Member struct {
	ID  string
	Key []byte // Reader.Bytes
}

// Vouch binds who reads an epoch, and its key, to the key of the epoch before; the first epoch vouches for itself. Whoever
// holds neither key cannot add a reader, take one out or exchange a key unnoticed.
func (before DataKey) Vouch(request string, epoch int, members []Member, key DataKey) ([]byte, error) {
	list := slices.SortedFunc(slices.Values(members), func(a, b Member) int { return strings.Compare(a.ID, b.ID) })
	commit := sha256.Sum256(append([]byte("kvart epoch key"), key[:]...))
	parts := []string{request, number(epoch), string(commit[:]), number(len(list))}
	for n, m := range list {
		if n > 0 && list[n-1].ID == m.ID {
			return nil, errors.New("vault: one reader twice in an epoch")
		}
		parts = append(parts, m.ID, string(m.Key))
	}
	secret, err := derive(before[:], nil, bind("kvart vouch"))
	if err != nil {
		return nil, err
	}
	mac := hmac.New(sha256.New, secret)
	mac.Write(bind("kvart epoch", parts...))
	return mac.Sum(nil), nil
}

// Vouched says whether the tag is what Vouch gives.
func (before DataKey) Vouched(request string, epoch int, members []Member, key DataKey, tag []byte) bool {
	want, err := before.Vouch(request, epoch, members, key)
	return err == nil && hmac.Equal(want, tag)
}
