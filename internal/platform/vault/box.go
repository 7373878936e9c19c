package vault

import (
	"crypto/hmac"
	"crypto/hpke"
	"crypto/sha256"
	"errors"
)

const ticketDigits = 15 // 50 bits: enough where each is looked up under a key that is in no database

// Ticket is a short code on paper that is used once: three groups of six digits, of which the last checks the others.
type Ticket struct{ payload string }

// NewTicket is one from chance.
func NewTicket() Ticket { return Ticket{digits(ticketDigits)} }

// Printed is the code as it is read out and printed.
func (t Ticket) Printed() string { return group(t.payload) }

// String says nothing of the code, so that no log does.
func (t Ticket) String() string { return "a ticket" }

// GoString is String.
func (t Ticket) GoString() string { return t.String() }

// ParseTicket reads it as ParseCode does.
func ParseTicket(typed string) (Ticket, error) {
	payload, err := ungroup(typed, ticketDigits)
	return Ticket{payload}, err
}

// Mac is by what it is looked up: whoever has not the key cannot find the code that it belongs to.
func (t Ticket) Mac(key []byte) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write(bind("kvart ticket", t.payload))
	return mac.Sum(nil)
}

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
