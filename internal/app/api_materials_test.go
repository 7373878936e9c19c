package app

import (
	"bytes"
	"encoding/base64"
	"image"
	"image/jpeg"
	"mime/multipart"
	"strings"
	"testing"

	"kvart/internal/platform/db"
	"kvart/internal/programme"
)

// materialForm is a form with a file; pairs are names and values.
func materialForm(t *testing.T, file []byte, pairs ...string) (media string, body []byte) {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for i := 0; i < len(pairs); i += 2 {
		if err := w.WriteField(pairs[i], pairs[i+1]); err != nil {
			t.Fatal(err)
		}
	}
	if file != nil {
		part, err := w.CreateFormFile("file", "slika.jpg")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := part.Write(file); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return w.FormDataContentType(), b.Bytes()
}

// sendsMaterials sends photos and a file, well and badly.
func (h *house) sendsMaterials(t *testing.T, c *contract, ask func(method, path, token, body string) (int, []byte)) {
	t.Helper()
	p := h.probe(t, ask)
	var drawn bytes.Buffer
	if err := jpeg.Encode(&drawn, image.NewRGBA(image.Rect(0, 0, 40, 30)), nil); err != nil {
		t.Fatal(err)
	}
	note := []byte("GPS 45.8 N 15.9 E") // as a camera writes it: a segment after the beginning
	photo := append(append([]byte{0xff, 0xd8, 0xff, 0xfe, 0, byte(len(note) + 2)}, note...), drawn.Bytes()[2:]...)
	path := "/activities/" + h.activity[0] + "/materials"
	send := func(what string, want int, path, token string, file []byte, pairs ...string) []byte {
		t.Helper()
		media, body := materialForm(t, file, pairs...)
		return p.sends(c, what, want, path, token, media, body)
	}
	send("no token", 401, path, "", photo, "words-hr", "Stol")
	send("a token of nobody", 401, path, "kvart_nothing", photo, "words-hr", "Stol")
	send("a token that may not", 403, path, p.host, photo, "words-hr", "Stol")
	send("an organisation's", 403, path, p.member, photo, "words-hr", "Stol")
	send("another centre's", 404, path, p.there, photo, "words-hr", "Stol")
	send("none", 404, "/activities/"+db.NewID()+"/materials", p.centre, photo, "words-hr", "Stol")
	send("no id", 422, "/activities/nothing/materials", p.centre, photo, "words-hr", "Stol")
	send("a discreet one", 404, "/activities/"+h.discreet(t)+"/materials", p.centre, photo, "words-hr", "Stol")
	send("no words", 422, path, p.centre, photo)
	send("empty words", 422, path, p.centre, photo, "words-hr", "  ")
	send("a control character", 422, path, p.centre, photo, "words-hr", "Stol\x07")
	send("long words", 422, path, p.centre, photo, "words-hr", strings.Repeat("a", 301))
	send("no file", 422, path, p.centre, nil, "words-hr", "Stol")
	send("an empty file", 422, path, p.centre, []byte{}, "words-hr", "Stol")
	send("no picture", 422, path, p.centre, []byte("<svg/>"), "words-hr", "Stol")
	send("a file that runs something", 422, path, p.centre, []byte("%PDF-1.4 /JavaScript %%EOF"), "words-hr", "Letak")
	send("agreed, but not how", 422, path, p.centre, photo, "words-hr", "Stol", "consent", "all")
	send("no such consent", 422, path, p.centre, photo, "words-hr", "Stol", "consent", "yes")
	send("another activity's session", 422, path, p.centre, photo, "words-hr", "Stol", "session", h.hiddenDate)
	send("too large", 413, path, p.centre, make([]byte, programme.MaxPhoto+1<<19), "words-hr", "Stol")
	send("larger than a photo may be", 422, path, p.centre, append(bytes.Clone(photo), make([]byte, programme.MaxPhoto)...), "words-hr", "Stol")
	p.sends(c, "no form", 400, path, p.centre, "application/octet-stream", photo)

	if b := send("a photo of which nobody said anything", 201, path, p.centre, photo, "words-hr", "Stol u dvorištu"); !bytes.Contains(b, []byte(`"public":false`)) {
		t.Errorf("a photo without consent: %s", b)
	}
	if b := send("a photo", 201, path, p.centre, photo, "words-hr", "Klupa", "words-en", "A bench", "consent", "all", "how", "usmeno"); !bytes.Contains(b, []byte(`"public":true`)) || !bytes.Contains(b, []byte("A bench")) {
		t.Errorf("a photo with consent: %s", b)
	}
	if b := send("a file", 201, path, p.centre, []byte("%PDF-1.4 nothing %%EOF"), "words-hr", "Letak"); !bytes.Contains(b, []byte(`"kind":"file"`)) {
		t.Errorf("a file: %s", b)
	}
	list, err := h.Programme.Materials(t.Context(), h.here.ID, h.activity[0])
	if err != nil || len(list) != 3 {
		t.Fatal(err, len(list))
	}
	for _, m := range list {
		one, err := h.Programme.MaterialAt(t.Context(), h.here.ID, m.ID)
		if err != nil {
			t.Fatal(err)
		}
		if one.Kind == programme.Picture && (strings.Contains(decoded(t, one.Data), "GPS") || !strings.HasPrefix(one.AddedBy, "token:")) {
			t.Errorf("what the photo's file said is kept, or who sent it is not: %+v", m)
		}
	}
	if err := h.DB.Tx(t.Context(), func(tx *db.Tx) error {
		for range 60 {
			if _, err := tx.Exec(t.Context(), `INSERT INTO materials (id, activity_id, centre_id, session_id, kind, media_type, words, size, width, height, data, consent, consent_how, consent_by, consent_on, added_by, created_at)
				SELECT :id, activity_id, centre_id, session_id, kind, media_type, words, size, width, height, data, consent, consent_how, consent_by, consent_on, added_by, created_at FROM materials WHERE id = :m`,
				db.Args{"id": db.NewID(), "m": list[0].ID}); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	send("as many as there may be", 409, path, p.centre, photo, "words-hr", "Stol")
	p.audited("material.add")
}

func decoded(t *testing.T, s string) string {
	t.Helper()
	b, err := base64.StdEncoding.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
