package vault

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"math/big"
	"strings"
	"unicode"
)

// A code is digits, because digits are read out on the phone in any language: groups of six, of which the last checks the
// five before it and that the group stands where it belongs (ISO/IEC 7064, MOD 11,10).
const (
	perGroup      = 5
	locatorDigits = 10 // so many that they neither run out nor can be tried through for who has one
	secretDigits  = 25 // 83 bits
	paperDigits   = 40 // 132 bits
)

// Code is how a person comes back: a locator that finds the request and a secret that opens it. Nobody else has it.
type Code struct {
	Locator string // public, 10 digits
	secret  string
}

// NewCode is one from chance: 10^10 locators, and a secret of 83 bits.
func NewCode() Code { return Code{Locator: digits(locatorDigits), secret: digits(secretDigits)} }

// Printed is the code as it is read out, printed and copied: seven groups of six digits.
func (c Code) Printed() string { return group(c.Locator + c.secret) }

// String says nothing of the code, so that no log does.
func (c Code) String() string { return "a code" }

// GoString is String.
func (c Code) GoString() string { return c.String() }

// ParseCode reads a code as a person types it: with or without spaces, hyphens and points, in the digits of any script,
// with O for 0 and l or I for 1. It returns *CodeError for anything else.
func ParseCode(typed string) (Code, error) {
	payload, err := ungroup(typed, locatorDigits+secretDigits)
	if err != nil {
		return Code{}, err
	}
	return Code{payload[:locatorDigits], payload[locatorDigits:]}, nil
}

// CodeError says what is wrong with a typed code, and nothing of the code.
type CodeError struct {
	Group int  // the first group that was heard or typed wrongly, from 1; 0 when there are too few or too many digits
	Short bool // too few
}

func (e *CodeError) Error() string {
	switch {
	case e.Group > 0:
		return fmt.Sprintf("vault: group %d of the code is not right", e.Group)
	case e.Short:
		return "vault: the code is too short"
	}
	return "vault: the code is too long"
}

// Input is what Argon2id stretches, with the request's own salt: the secret under the pepper, which is in no database.
func (c Code) Input(pepper []byte) []byte {
	mac := hmac.New(sha256.New, pepper)
	mac.Write(bind("kvart code", c.secret))
	return mac.Sum(nil)
}

// SplitCode makes of the stretched secret the verifier that is stored and compared when somebody comes with a code, and the
// identity that opens the request. Of the identity only its public half is ever stored.
func SplitCode(stretched []byte) (verifier []byte, id Identity, err error) {
	if verifier, err = derive(stretched, nil, bind("kvart code verifier")); err != nil {
		return nil, id, err
	}
	seed, err := derive(stretched, nil, bind("kvart code key"))
	if err != nil {
		return nil, id, err
	}
	id.key, err = kem.DeriveKeyPair(seed)
	return verifier, id, err
}

// PaperKey wraps the identity of somebody who works at a centre, printed once and kept at home.
type PaperKey struct{ payload string }

// NewPaperKey is one from chance, of 132 bits: strong enough without stretching.
func NewPaperKey() PaperKey { return PaperKey{digits(paperDigits)} }

// Printed is eight groups of six digits.
func (k PaperKey) Printed() string { return group(k.payload) }

// String says nothing of the key, so that no log does.
func (k PaperKey) String() string { return "a paper key" }

// GoString is String.
func (k PaperKey) GoString() string { return k.String() }

// ParsePaperKey reads it as ParseCode does.
func ParsePaperKey(typed string) (PaperKey, error) {
	payload, err := ungroup(typed, paperDigits)
	return PaperKey{payload}, err
}

// Key is the 32 bytes for Identity.Wrap.
func (k PaperKey) Key() ([]byte, error) {
	return derive([]byte(k.payload), nil, bind("kvart paper key"))
}

func digits(n int) string {
	most := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil)
	v, err := rand.Int(rand.Reader, most)
	if err != nil {
		panic(err) // crypto/rand does not fail
	}
	return fmt.Sprintf("%0*s", n, v.String())
}

// check is the digit after the five of a group, ISO/IEC 7064 MOD 11,10 with the last digit of the group's number as the first digit.
func check(groupNumber int, five string) byte {
	p := 10
	add := func(d int) {
		s := (p + d) % 10
		if s == 0 {
			s = 10
		}
		p = s * 2 % 11
	}
	add(groupNumber % 10)
	for _, c := range []byte(five) {
		add(int(c - '0'))
	}
	return byte('0' + (11-p)%10)
}

func group(payload string) string {
	var b strings.Builder
	for i := 0; i < len(payload); i += perGroup {
		if i > 0 {
			b.WriteByte(' ')
		}
		five := payload[i : i+perGroup]
		b.WriteString(five)
		b.WriteByte(check(i/perGroup+1, five))
	}
	return b.String()
}

func ungroup(typed string, want int) (string, error) {
	var all []byte
	whole := want / perGroup * (perGroup + 1)
	for _, r := range typed {
		d, ok := digit(r)
		if !ok {
			if unicode.IsSpace(r) || unicode.IsPunct(r) || unicode.Is(unicode.Cf, r) || unicode.IsSymbol(r) {
				continue
			}
			return "", &CodeError{Group: min(len(all)/(perGroup+1), want/perGroup-1) + 1}
		}
		if all = append(all, d); len(all) > whole {
			return "", &CodeError{}
		}
	}
	var payload strings.Builder
	for i := 0; i+perGroup < len(all); i += perGroup + 1 {
		five := string(all[i : i+perGroup])
		if check(i/(perGroup+1)+1, five) != all[i+perGroup] {
			return "", &CodeError{Group: i/(perGroup+1) + 1}
		}
		payload.WriteString(five)
	}
	if len(all) < whole {
		return "", &CodeError{Short: true}
	}
	return payload.String(), nil
}

// Digits is how many of a code's digits are typed so far.
func Digits(typed string) (n int) {
	for _, r := range typed {
		if _, ok := digit(r); ok {
			n++
		}
	}
	return n
}

// digit is '0' to '9' for a decimal digit of any script, and for what is taken for one.
func digit(r rune) (byte, bool) {
	switch r {
	case 'O', 'o':
		return '0', true
	case 'l', 'I', '|':
		return '1', true
	}
	if !unicode.Is(unicode.Nd, r) {
		return 0, false
	}
	// The ten digits of a script stand together, from zero; tables of Nd begin and end at such tens, or join several.
	for _, t := range unicode.Nd.R16 {
		if rune(t.Lo) <= r && r <= rune(t.Hi) {
			return byte('0' + (r-rune(t.Lo))%10), true
		}
	}
	for _, t := range unicode.Nd.R32 {
		if rune(t.Lo) <= r && r <= rune(t.Hi) {
			return byte('0' + (r-rune(t.Lo))%10), true
		}
	}
	return 0, false
}
