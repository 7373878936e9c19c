package vault

import (
	"encoding/binary"
	"errors"
)

// ErasureKey is the half of an item's key that is kept in the erasure store. Destroying it erases the item in every copy.
type ErasureKey [32]byte

// NewErasureKey is one from chance.
func NewErasureKey() (k ErasureKey) {
	copy(k[:], random(len(k)))
	return k
}

// Address is where an item belongs.
type Address struct {
	Request, Item string
	Epoch         int
	Kind          string // message, header, file …
}

func (a Address) bound(purpose string) []byte {
	return bind(purpose, a.Request, a.Item, number(a.Epoch), a.Kind)
}

// MaxItem is the most that Seal takes, in bytes. Larger things are cut by the caller into items of their own.
const MaxItem = 16 << 20

// ErrTooLarge is returned by Seal for more than MaxItem.
var ErrTooLarge = errors.New("vault: larger than an item may be")

// Seal seals an item. Its length shows only as a class: 256 bytes and then each power of two, less the length itself.
func (k DataKey) Seal(erasure ErasureKey, at Address, plaintext []byte) ([]byte, error) {
	if len(plaintext) > MaxItem {
		return nil, ErrTooLarge
	}
	key, err := k.item(erasure, at)
	if err != nil {
		return nil, err
	}
	return seal(key, pad(plaintext), at.bound("kvart item"))
}

// Unseal returns ErrSealed for another key, another erasure key, another address or one bit changed.
func (k DataKey) Unseal(erasure ErasureKey, at Address, sealed []byte) ([]byte, error) {
	key, err := k.item(erasure, at)
	if err != nil {
		return nil, err
	}
	padded, err := open(key, sealed, at.bound("kvart item"))
	if err != nil {
		return nil, err
	}
	return unpad(padded)
}

func (k DataKey) item(erasure ErasureKey, at Address) ([]byte, error) {
	return derive(k[:], erasure[:], at.bound("kvart item key"))
}

// Class is the number of bytes that n are padded to.
func Class(n int) int {
	class := 256
	for class < n+4 {
		class *= 2
	}
	return class
}

func pad(plain []byte) []byte {
	b := make([]byte, Class(len(plain)))
	binary.BigEndian.PutUint32(b, uint32(len(plain)))
	copy(b[4:], plain)
	return b
}

func unpad(b []byte) ([]byte, error) {
	if len(b) < 4 {
		return nil, ErrSealed
	}
	n := int(binary.BigEndian.Uint32(b))
	if n > len(b)-4 || Class(n) != len(b) {
		return nil, ErrSealed
	}
	return b[4 : 4+n], nil
}
