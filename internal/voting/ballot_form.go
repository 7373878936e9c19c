package voting

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strings"
)

// dashed are sixteen bytes as ids are written.
func dashed(b []byte) string {
	h := hex.EncodeToString(b)
	return strings.Join([]string{h[:8], h[8:12], h[12:16], h[16:20], h[20:32]}, "-")
}

// A form has a number from chance that is in its page alone: it is stored nowhere, in no row, log or cookie. Of it and of what
// the ballot comes with are made the receipt and the id of the row in which the sealed ballot lies. So who sends the same form
// once more (a double press, an answer that was lost on its way) is told the receipt of the ballot that is in already; to
// everybody who has not the form, its number in hand, receipt and row are chance, and in no relation to a code or to each
// other. What was chosen is not in it: that a form is known says nothing of how it voted.
const formBytes = 16

// NewForm is the number of a ballot's form.
func NewForm() string {
	b := make([]byte, formBytes)
	_, _ = rand.Read(b)
	return base64.RawURLEncoding.EncodeToString(b)
}

func readForm(s string) (number []byte, ok bool) {
	b, err := base64.RawURLEncoding.Strict().DecodeString(s)
	return b, err == nil && len(b) == formBytes
}

func formed(number []byte, purpose string, parts ...string) []byte {
	mac := hmac.New(sha256.New, number)
	mac.Write([]byte("kvart vote " + purpose + "\x00" + strings.Join(parts, "\x00")))
	return mac.Sum(nil)
}

// receiptOf is the number that proves that a ballot was counted. It is in no relation to what the ballot says.
func receiptOf(number []byte, roundID, with string) string {
	return fmt.Sprintf("%012d", binary.BigEndian.Uint64(formed(number, "receipt", roundID, with))%1_000_000_000_000)
}

// rowOf is the id of the ballot's row, in the shape of every other random id.
func rowOf(number []byte, hash string) string {
	b := formed(number, "row", hash)[:16]
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return dashed(b)
}

// PrintedReceipt is the number in groups of four.
func PrintedReceipt(n string) string {
	if len(n) != 12 {
		return n
	}
	return n[:4] + " " + n[4:8] + " " + n[8:]
}
