package vault

import (
	"crypto/hmac"
	"crypto/sha256"
	"math/big"
)

// ticketDigits are 50 bits: enough where every try is slowed down and nothing sealed lies behind.
const ticketDigits = 15

// Ticket is a short code to come back with, for what is no secret in itself: it finds and proves, and opens nothing sealed.
// It is read out, typed and checked as a Code is.
type Ticket struct{ payload string }

// NewTicket is one from chance.
func NewTicket() Ticket { return Ticket{digits(ticketDigits)} }

// TicketOf is the ticket of a form that was sent: the same for the same key and form, so that a form sent twice shows one
// code. Only who has the key can tell a form's ticket.
func TicketOf(key []byte, form string) Ticket {
	mac := hmac.New(sha256.New, key)
	mac.Write(bind("kvart ticket", form))
	most := new(big.Int).Exp(big.NewInt(10), big.NewInt(ticketDigits), nil)
	v := new(big.Int).SetBytes(mac.Sum(nil))
	s := v.Mod(v, most).String()
	for len(s) < ticketDigits {
		s = "0" + s
	}
	return Ticket{s}
}

// Printed is three groups of six digits.
func (t Ticket) Printed() string { return group(t.payload) }

// String says nothing of the ticket, so that no log does.
func (t Ticket) String() string { return "a ticket" }

// GoString is String.
func (t Ticket) GoString() string { return t.String() }

// ParseTicket reads it as ParseCode does.
func ParseTicket(typed string) (Ticket, error) {
	payload, err := ungroup(typed, ticketDigits)
	return Ticket{payload}, err
}

// Mark is what is stored of a ticket and found by it: under a key that is in no database, so that a stolen one gives no
// ticket although there are few enough to try them all.
func (t Ticket) Mark(key []byte) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write(bind("kvart ticket mark", t.payload))
	return mac.Sum(nil)
}
