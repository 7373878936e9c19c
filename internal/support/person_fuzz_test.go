package support_test

import (
	"archive/zip"
	"bytes"
	"image/jpeg"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"unicode/utf8"

	"kvart/internal/platform/fault"
	"kvart/internal/platform/web"
	. "kvart/internal/support"
)

// office is an archive with the given entries, as Word and LibreOffice make them.
func office(t testing.TB, entries ...string) []byte {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i := 0; i < len(entries); i += 2 {
		f, err := z.Create(entries[i])
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write([]byte(entries[i+1])); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestAttach_typeByContentAndNeverByName(t *testing.T) {
	for name, c := range map[string]struct {
		data []byte
		want string
	}{
		"a.exe":   {[]byte("%PDF-1.7\n"), "application/pdf"},
		"b.pdf":   {[]byte("Običan tekst.\n"), "text/plain; charset=utf-8"},
		"c.txt":   {photo(t), "image/jpeg"},
		"d.docx":  {office(t, "word/document.xml", "<x/>"), "application/vnd.openxmlformats-officedocument.wordprocessingml.document"},
		"e.odt":   {office(t, "mimetype", "application/vnd.oasis.opendocument.text"), "application/vnd.oasis.opendocument.text"},
		"f.docm":  {office(t, "word/document.xml", "<x/>", "word/vbaProject.bin", "x"), ""},
		"g.zip":   {office(t, "a.txt", "x"), ""},
		"h.jpg":   {[]byte("GIF89a no picture"), ""},
		"i.txt":   {[]byte("null\x00byte"), ""},
		"j.txt":   {[]byte("\xff\xfe not UTF-8"), ""},
		"k.pdf":   {nil, ""},
		"l.txt":   {bytes.Repeat([]byte("x"), MaxFile+1), ""},
		"m.odt":   {office(t, "mimetype", "application/vnd.oasis.opendocument.text", "Basic/script-lc.xml", "x"), ""},
		"n.xhtml": {[]byte("<script>alert(1)</script>"), ""},
	} {
		f, data, err := Attach(web.Sent{Name: name, Data: c.data})
		if (c.want == "") != fault.Is(err, fault.KindInvalid) || f.Type != c.want || err == nil && f.Size != len(data) {
			t.Errorf("%s: %q, %v", name, f.Type, err)
		}
	}
}

// Whatever comes: no panic, no error that is ours, nothing kept but a known type, and a name that is one line.
func FuzzAttach(f *testing.F) {
	f.Add("slika.jpg", photo(f))
	f.Add("popis.pdf", []byte("%PDF-1.7\n%%EOF"))
	f.Add("../../x\u202egpj.exe", []byte("Običan tekst"))
	f.Add("\x00/..\\", []byte("Običan tekst"))
	f.Add("a.docx", office(f, "word/document.xml", "<x/>"))
	f.Add("a.odt", office(f, "mimetype", "application/vnd.oasis.opendocument.text"))
	f.Fuzz(func(t *testing.T, name string, data []byte) {
		file, kept, err := Attach(web.Sent{Name: name, Data: data})
		if err != nil {
			if !fault.Is(err, fault.KindInvalid) {
				t.Fatalf("%v", err)
			}
			return
		}
		if file.Size != len(kept) || len(kept) == 0 || !utf8.ValidString(file.Name) || strings.ContainsAny(file.Name, "/\\\x00\n\r\"\u202e") || file.Type == "" || len([]rune(file.Name)) > 105 {
			t.Fatalf("kept %q of %d bytes", file.Name, file.Size)
		}
		if file.Type == "image/jpeg" {
			if _, err := jpeg.Decode(bytes.NewReader(kept)); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// Whatever body comes with a file's form: no panic, a fault that a page can show, text that is text, nothing above the bounds.
func FuzzFileForm(f *testing.F) {
	body := func(fill func(m *multipart.Writer)) []byte {
		var b bytes.Buffer
		m := multipart.NewWriter(&b)
		if err := m.SetBoundary("granica"); err != nil {
			f.Fatal(err)
		}
		fill(m)
		return b.Bytes()
	}
	f.Add(body(func(m *multipart.Writer) {
		_ = m.WriteField("text", "Dobar dan\r\nopet")
		w, _ := m.CreateFormFile("file", "a.txt")
		_, _ = w.Write([]byte("x"))
		_ = m.Close()
	}))
	f.Add(body(func(m *multipart.Writer) { _ = m.WriteField("text", strings.Repeat("x", 5000)) }))
	f.Add([]byte("--granica\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\n" + strings.Repeat("y", 3000) + "\r\n--granica--"))
	f.Add([]byte("--granica\r\nContent-Disposition: form-data; name=\"text\"\r\n\r\n\xff\x00\r\n--granica--"))
	f.Add([]byte("--granica\r\n\r\n--granica--\r\n--granica"))
	f.Fuzz(func(t *testing.T, data []byte) {
		r := httptest.NewRequest(http.MethodPost, "/", bytes.NewReader(data))
		r.Header.Set("Content-Type", "multipart/form-data; boundary=granica")
		const mostFile, mostTyped = 2000, 1000
		form, sent, err := (&web.Request{Request: r}).ReadFile(httptest.NewRecorder(), mostFile, mostTyped)
		if err != nil {
			if !fault.Is(err, fault.KindInvalid) {
				t.Fatal(err)
			}
			return
		}
		n := 0
		for _, list := range form.Values {
			for _, v := range list {
				if n += len(v); !utf8.ValidString(v) || strings.ContainsRune(v, 0) {
					t.Fatalf("no text: %q", v)
				}
			}
		}
		if n > mostTyped || len(sent.Data) > mostFile || sent.Large && sent.Data != nil {
			t.Fatalf("%d typed, %d of the file", n, len(sent.Data))
		}
	})
}
