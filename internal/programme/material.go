package programme

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"unicode"

	"kvart/internal/platform/fault"
	"kvart/internal/platform/i18n"
)

// Kinds of material.
const (
	Picture  = "picture" // a photo, drawn anew as JPEG
	HandedTo = "file"    // a PDF to take home
)

// What is recorded of a photo before it is published. An empty consent is none.
const (
	NobodyKnown  = "nobody"    // nobody on it can be recognised
	AllAgreed    = "all"       // everybody on it agreed
	GuardiansToo = "guardians" // children are on it; they and their parents or guardians agreed
)

const (
	// MaxPhoto is the most bytes of a photo that is sent: what a telephone makes.
	MaxPhoto = 8 << 20
	// MaxHandout is the most bytes of a file.
	MaxHandout = 5 << 20
	// mostMaterials are as many as one activity has.
	mostMaterials = 60
	mostWords     = 300
	mostHow       = 120
)

// Material is a photo or a file of an activity, or of one of its sessions.
type Material struct {
	ID         string    `db:"id"`
	ActivityID string    `db:"activity_id"`
	CentreID   string    `db:"centre_id"`
	SessionID  *string   `db:"session_id"`
	Kind       string    `db:"kind"`
	MediaType  string    `db:"media_type"`
	Words      i18n.Text `db:"words"` // what a photo shows, for those who do not see it; what a file is called
	Size       int       `db:"size"`  // bytes
	Width      int       `db:"width"`
	Height     int       `db:"height"`
	Data       string    `db:"data"` // base64; empty in lists
	Consent    string    `db:"consent"`
	How        string    `db:"consent_how"` // spoken, on paper; never a name
	By         string    `db:"consent_by"`  // account
	On         string    `db:"consent_on"`  // local date
	AddedBy    string    `db:"added_by"`
	CreatedAt  int64     `db:"created_at"`
}

// Public says whether visitors see it, where its activity is one they see.
func (m Material) Public() bool { return m.Kind == HandedTo || m.Consent != "" }

func checkConsent(f *fault.Form, consent, how string) {
	if !slices.Contains([]string{"", NobodyKnown, AllAgreed, GuardiansToo}, consent) {
		f.Add("consent", "messages.fault.consent")
	}
	if (consent == AllAgreed || consent == GuardiansToo) && how == "" {
		f.Add("how", "messages.fault.how")
	}
	if len([]rune(how)) > mostHow {
		f.Add("how", "fault.too_long", "max", mostHow)
	}
}

func checkWords(f *fault.Form, t i18n.Text) {
	if strings.TrimSpace(t[i18n.HR]) == "" {
		f.Add("words-hr", "messages.fault.words")
	}
	for l, s := range t {
		if len([]rune(s)) > mostWords {
			f.Add("words-"+string(l), "fault.too_long", "max", mostWords)
		}
	}
}

// isPDF returns an error unless the file is a PDF from its first byte to its end, so that it is no archive or page at the
// same time, and asks no reader to run something or to open a file within it. What is compressed within the file is not
// looked into; it is only ever sent as a download.
func isPDF(data []byte) error {
	if !bytes.HasPrefix(data, []byte("%PDF-")) {
		return errors.New("does not begin as a PDF")
	}
	end := bytes.LastIndex(data, []byte("%%EOF"))
	if end < 0 || len(bytes.TrimRight(data[end+5:], "\x00\t\n\f\r ")) > 0 {
		return errors.New("does not end as a PDF")
	}
	for _, word := range []string{"/JavaScript", "/JS", "/Launch", "/EmbeddedFile", "/RichMedia"} {
		for rest := data; ; {
			at := bytes.Index(rest, []byte(word))
			if at < 0 {
				break
			}
			rest = rest[at+len(word):]
			if len(rest) == 0 || !(unicode.IsLetter(rune(rest[0])) || unicode.IsDigit(rune(rest[0]))) {
				return errors.New("holds " + word)
			}
		}
	}
	return nil
}
