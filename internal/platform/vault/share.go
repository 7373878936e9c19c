package vault

import (
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"math/big"
	"strings"
)

// Which says which of an organisation's two keys a share belongs to.
type Which int

// The two keys that exist on paper only.
const (
	Signing  Which = 1 // signs the list of readers
	Recovery Which = 2 // is one more reader
)

func (w Which) String() string {
	switch w {
	case Signing:
		return "signing key"
	case Recovery:
		return "recovery key"
	}
	return "unknown key"
}

// A printed share is the key it belongs to, its number, a tag of the split and the 32 bytes as a number.
const (
	tagDigits   = 10
	valueDigits = 78 // 10^78 > 2^256
	shareDigits = 2 + tagDigits + valueDigits
)

// Share is one of three papers; any two give the secret (Shamir over GF(256), x^8 + x^4 + x^3 + x + 1, a line through the
// secret at 0), and one gives nothing of it. Its tag commits to the whole split.
type Share struct {
	Which  Which
	Number int // 1, 2 or 3

	tag   string
	value [32]byte
}

// What is wrong with shares.
var (
	ErrNotShare   = errors.New("vault: the digits are of no share")
	ErrOtherKey   = errors.New("vault: a share of the other key")
	ErrSameShare  = errors.New("vault: the same share twice")
	ErrOtherSplit = errors.New("vault: the two shares are of different keys")
	ErrShares     = errors.New("vault: the two shares do not fit each other: a digit is wrong")
)

// Split makes three shares of the secret.
func Split(which Which, secret [32]byte) (shares [3]Share) {
	slope := [32]byte(random(32))
	tag := splitTag(which, secret, slope)
	for i := range shares {
		x := byte(i + 1)
		shares[i] = Share{Which: which, Number: i + 1, tag: tag}
		for j := range secret {
			shares[i].value[j] = secret[j] ^ times(slope[j], x)
		}
	}
	return shares
}

// Combine is the secret of the key from two of its shares. It returns ErrOtherKey where one is of the other key,
// ErrSameShare, ErrOtherSplit, or ErrShares where they do not give what was split.
func Combine(which Which, a, b Share) (secret [32]byte, err error) {
	if a.Which != which || b.Which != which {
		return secret, fmt.Errorf("%w: this is a paper of the %s, wanted is the %s", ErrOtherKey, other(which), which)
	}
	if a.tag != b.tag {
		return secret, ErrOtherSplit
	}
	if a.Number == b.Number {
		return secret, ErrSameShare
	}
	x, y := byte(a.Number), byte(b.Number)
	scale := inverse(x ^ y)
	var slope [32]byte
	for j := range secret {
		slope[j] = times(a.value[j]^b.value[j], scale)
		secret[j] = a.value[j] ^ times(slope[j], x)
	}
	if subtle.ConstantTimeCompare([]byte(splitTag(which, secret, slope)), []byte(a.tag)) == 0 {
		return [32]byte{}, ErrShares
	}
	return secret, nil
}

func other(w Which) Which {
	if w == Signing {
		return Recovery
	}
	return Signing
}

// splitTag commits to a split: 33 bits of a hash over 64 random bytes, of which a share tells no more than that.
func splitTag(which Which, secret, slope [32]byte) string {
	sum := sha256.Sum256(bind("kvart split", number(int(which)), string(secret[:]), string(slope[:])))
	n := new(big.Int).SetBytes(sum[:])
	n.Mod(n, new(big.Int).Exp(big.NewInt(10), big.NewInt(tagDigits), nil))
	return fmt.Sprintf("%0*s", tagDigits, n.String())
}

// Printed is 18 groups of six digits, the last of each checks it and its place.
func (s Share) Printed() string {
	value := new(big.Int).SetBytes(s.value[:])
	return group(fmt.Sprintf("%d%d%s%0*s", s.Which, s.Number, s.tag, valueDigits, value.String()))
}

// String says nothing of the value, so that no log does.
func (s Share) String() string { return fmt.Sprintf("paper %d of the %s", s.Number, s.Which) }

// GoString is String.
func (s Share) GoString() string { return s.String() }

// ParseShare reads a share as ParseCode reads a code. It returns *CodeError, or ErrNotShare for digits that hold but are
// of something else.
func ParseShare(typed string) (Share, error) {
	payload, err := ungroup(typed, shareDigits)
	if err != nil {
		return Share{}, err
	}
	s := Share{Which: Which(payload[0] - '0'), Number: int(payload[1] - '0'), tag: strings.Clone(payload[2 : 2+tagDigits])}
	value, ok := new(big.Int).SetString(payload[2+tagDigits:], 10)
	if !ok || value.BitLen() > 256 || s.Which != Signing && s.Which != Recovery || s.Number < 1 || s.Number > 3 {
		return Share{}, ErrNotShare
	}
	value.FillBytes(s.value[:])
	return s, nil
}

// times multiplies in GF(256), without tables or branches on what it multiplies.
func times(a, b byte) (product byte) {
	for range 8 {
		product ^= a & -(b & 1)
		a = a<<1 ^ 0x1b&-(a>>7)
		b >>= 1
	}
	return product
}

// inverse is a^254.
func inverse(a byte) byte {
	result := byte(1)
	for range 254 {
		result = times(result, a)
	}
	return result
}
