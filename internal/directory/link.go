package directory

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"strings"
	"time"

	"github.com/google/uuid"

	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
)

// linkDays are the days for which the link of a mail answers.
const linkDays = 60

// A link of a mail carries an organisation's id and the day it was made on, signed for one purpose with the store's
// secret and with the mail box that it is sent to: nothing of it is kept, whoever changes a letter of it has nothing, and so has
// whoever reads the mail box when the organisation is asked at another.
const linkPurpose = "directory: is it still right"

// link is the signed part of the address in a mail to the organisation.
func (s *Store) link(o Organisation) string {
	id, err := uuid.Parse(o.ID)
	if err != nil {
		return ""
	}
	b := binary.BigEndian.AppendUint32(id[:], uint32(s.Now().Unix()/86400))
	return base64.RawURLEncoding.EncodeToString(append(b, s.signed(b, o.AskEmail)...))
}

func (s *Store) signed(b []byte, box string) []byte {
	mac := hmac.New(sha256.New, s.Secret)
	mac.Write([]byte(linkPurpose + "\x00"))
	mac.Write(b)
	mac.Write([]byte(strings.ToLower(box)))
	return mac.Sum(nil)[:16]
}

// linked is the organisation that the link was written to. It is NotFound for a link that is none, and for one older than
// linkDays.
func (s *Store) linked(ctx context.Context, q db.Querier, token string) (Organisation, error) {
	const head = 16 + 4
	none := fault.NotFound("directory.fault.link")
	b, err := base64.RawURLEncoding.Strict().DecodeString(token)
	if err != nil || len(b) != head+16 {
		return Organisation{}, none
	}
	o, err := s.Organisation(ctx, q, uuid.UUID(b[:16]).String())
	if err != nil && !fault.Is(err, fault.KindNotFound) {
		return Organisation{}, err
	}
	if !hmac.Equal(b[head:], s.signed(b[:head], o.AskEmail)) || err != nil || o.AskEmail == "" {
		return Organisation{}, none
	}
	made := time.Unix(int64(binary.BigEndian.Uint32(b[16:head]))*86400, 0)
	if age := s.Now().Sub(made); age < 0 || age > (linkDays+1)*24*time.Hour {
		return Organisation{}, fault.NotFound("directory.fault.link_over")
	}
	return o, nil
}
