package vault

import (
	"crypto/hpke"
	"errors"
)

// Drop seals what is put in a box to whoever opens that box. Two of one length stay of one length.
func (r Reader) Drop(plaintext []byte, box string) ([]byte, error) {
	if r.key == nil {
		return nil, errors.New("vault: a box without a key")
	}
	sealed, err := hpke.Seal(r.key, kdf, suite, bind("kvart box", box), plaintext)
	return append([]byte{version}, sealed...), err
}

// Empty opens what was dropped into this box. It returns ErrSealed for anything else.
func (i Identity) Empty(sealed []byte, box string) ([]byte, error) {
	if i.key == nil || len(sealed) < 1 || sealed[0] != version {
		return nil, ErrSealed
	}
	plain, err := hpke.Open(i.key, kdf, suite, bind("kvart box", box), sealed[1:])
	if err != nil {
		return nil, ErrSealed
	}
	return plain, nil
}
