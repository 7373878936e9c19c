package vault

import (
	"crypto/hpke"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
)

// X-Wing as a KEM of RFC 9180: safe while either of X25519 and ML-KEM-768 is.
var (
	kem   = hpke.MLKEM768X25519()
	kdf   = hpke.HKDFSHA256()
	suite = hpke.AES256GCM()
)

// Identity is the private half of somebody who reads. Its zero value opens nothing.
type Identity struct{ key hpke.PrivateKey }

// Reader is the public half: what can be sealed to.
type Reader struct{ key hpke.PublicKey }

// NewIdentity makes a key pair from chance.
func NewIdentity() (Identity, error) {
	key, err := kem.GenerateKey()
	return Identity{key}, err
}

// Reader is the public half.
func (i Identity) Reader() Reader { return Reader{i.key.PublicKey()} }

// IdentityFromSeed is the key pair of a seed that is kept on paper; the same seed gives the same pair.
func IdentityFromSeed(seed [32]byte) (Identity, error) {
	ikm, err := derive(seed[:], nil, bind("kvart recovery key"))
	if err != nil {
		return Identity{}, err
	}
	key, err := kem.DeriveKeyPair(ikm)
	return Identity{key}, err
}

// ParseReader reads what Bytes wrote. It returns an error for anything else.
func ParseReader(b []byte) (Reader, error) {
	key, err := kem.NewPublicKey(b)
	if err != nil {
		return Reader{}, fmt.Errorf("vault: a reader's key: %w", err)
	}
	return Reader{key}, nil
}

// Bytes is the public key, 1216 bytes.
func (r Reader) Bytes() []byte { return r.key.Bytes() }

// Fingerprint is Fingerprint of the public key.
func (r Reader) Fingerprint() string { return Fingerprint(r.Bytes()) }

// Fingerprint is what two people compare aloud: 128 bits of SHA-256 of a public key, in hexadecimal groups of four.
func Fingerprint(key []byte) string {
	sum := sha256.Sum256(key)
	text := hex.EncodeToString(sum[:16])
	out := make([]byte, 0, 39)
	for i := 0; i < len(text); i += 4 {
		if i > 0 {
			out = append(out, ' ')
		}
		out = append(out, text[i:i+4]...)
	}
	return string(out)
}

// Wrap seals the private half under a key of 32 bytes that is kept nowhere beside it. place says where the wrap is kept
// (whose, which kind): it does not open as another.
func (i Identity) Wrap(key []byte, place ...string) ([]byte, error) {
	private, err := i.key.Bytes()
	if err != nil {
		return nil, err
	}
	return seal(key, private, bind("kvart wrap", place...))
}

// Unwrap returns ErrSealed for another key or another place.
func Unwrap(key, wrapped []byte, place ...string) (Identity, error) {
	private, err := open(key, wrapped, bind("kvart wrap", place...))
	if err != nil {
		return Identity{}, err
	}
	k, err := kem.NewPrivateKey(private)
	return Identity{k}, err
}
