// Package vault seals what only chosen people may read, so that whoever takes the disk, the database or a backup reads
// nothing of it.
//
// A person who reads is an identity: an X-Wing key pair (hpke.MLKEM768X25519) whose private half is kept only wrapped
// under a key that comes from a passphrase, an access code or a paper. Each request has a data key per epoch; a grant is
// that key sealed to one reader (RFC 9180), bound to its request, epoch and reader. Items are sealed under a key of their
// own, from the data key and an erasure key that is kept elsewhere: without either of the two they are noise for ever.
// Each epoch vouches for its readers under the key of the epoch before. Which public key is whose stands in a list that
// the organisation signs away from the server.
//
// The package keeps nothing: no database, no file, no clock. What it seals is bound to where it belongs, so that a row
// put elsewhere does not open. It runs no Argon2: the caller does, in a queue (package auth).
package vault

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"strconv"
)

// ErrSealed is returned for everything that does not open, whatever the reason: another key, another place, one bit.
var ErrSealed = errors.New("vault: does not open")

// version begins everything sealed. A later format gets another one.
const version = 1

// bind is one unambiguous text of the purpose and its parts, each with its length before it.
func bind(purpose string, parts ...string) []byte {
	b := binary.BigEndian.AppendUint32(nil, uint32(len(purpose)))
	b = append(b, purpose...)
	for _, p := range parts {
		b = binary.BigEndian.AppendUint32(b, uint32(len(p)))
		b = append(b, p...)
	}
	return b
}

// derive is a 32-byte key for one purpose, HKDF-SHA256 of the secret and the salt (RFC 5869).
func derive(secret, salt, info []byte) ([]byte, error) {
	return hkdf.Key(sha256.New, secret, salt, string(info), 32)
}

// seal is AES-256-GCM with a random nonce, a version before it. Each key seals few messages: one item, or one wrap.
func seal(key, plaintext, bound []byte) ([]byte, error) {
	a, err := gcm(key)
	if err != nil {
		return nil, err
	}
	return append([]byte{version}, a.Seal(nil, nil, plaintext, bound)...), nil
}

// open returns ErrSealed for what seal did not make with this key for this place.
func open(key, sealed, bound []byte) ([]byte, error) {
	a, err := gcm(key)
	if err != nil {
		return nil, err
	}
	if len(sealed) < 1+a.Overhead() || sealed[0] != version {
		return nil, ErrSealed
	}
	plain, err := a.Open(nil, nil, sealed[1:], bound)
	if err != nil {
		return nil, ErrSealed
	}
	return plain, nil
}

func gcm(key []byte) (cipher.AEAD, error) {
	if len(key) != 32 {
		return nil, errors.New("vault: a key has 32 bytes")
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}

func random(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails: crypto/rand ends the program instead
	return b
}

func number(n int) string { return strconv.Itoa(n) }
