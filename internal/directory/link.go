package directory

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"time"

	"github.com/google/uuid"

	"kvart/internal/platform/fault"
)

// linkDays are the days for which the link of a mail answers.
const linkDays = 60

// A link of a mail carries an organisation's id and the day it was made on, signed for one purpose with the store's
// secret: nothing of it is kept, and whoever changes a letter of it has nothing.
const linkPurpose = "directory: is it still right"

// link is the signed part of the address in a mail to the organisation.
func (s *Store) link(organisationID string) string {
	id, err := uuid.Parse(organisationID)
	if err != nil {
		return ""
	}
	b := binary.BigEndian.AppendUint32(id[:], uint32(s.Now().Unix()/86400))
	return base64.RawURLEncoding.EncodeToString(append(b, s.signed(b)...))
}

func (s *Store) signed(b []byte) []byte {
	mac := hmac.New(sha256.New, s.Secret)
	mac.Write([]byte(linkPurpose + "\x00"))
	mac.Write(b)
	return mac.Sum(nil)[:16]
}

// linked is the organisation that the link was written to. It is NotFound for a link that is none, and for one older than
// linkDays.
func (s *Store) linked(token string) (organisationID string, err error) {
	const head = 16 + 4
	b, err := base64.RawURLEncoding.Strict().DecodeString(token)
	if err != nil || len(b) != head+16 || !hmac.Equal(b[head:], s.signed(b[:head])) {
		return "", fault.NotFound("directory.fault.link")
	}
	made := time.Unix(int64(binary.BigEndian.Uint32(b[16:head]))*86400, 0)
	if age := s.Now().Sub(made); age < 0 || age > (linkDays+1)*24*time.Hour {
		return "", fault.NotFound("directory.fault.link_over")
	}
	return uuid.UUID(b[:16]).String(), nil
}
