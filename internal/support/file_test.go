package support

import (
	"archive/zip"
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"mime"
	"net/http/httptest"
	"strings"
	"testing"

	"kvart/internal/platform/fault"
	"kvart/internal/platform/web"
)

// picture is a JPEG with an EXIF segment that says where it was taken.
func picture(t testing.TB, where string) []byte {
	t.Helper()
	img := image.NewRGBA(image.Rect(0, 0, 40, 20))
	img.Set(3, 3, color.RGBA{200, 10, 10, 255})
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, nil); err != nil {
		t.Fatal(err)
	}
	exif := append([]byte("Exif\x00\x00MM\x00*\x00\x00\x00\x08\x00\x00"), where...)
	data := append([]byte{0xff, 0xd8, 0xff, 0xe1, byte((len(exif) + 2) >> 8), byte(len(exif) + 2)}, exif...)
	return append(append(data, b.Bytes()[2:]...), where...)
}

func zipped(t testing.TB, files map[string]string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for name, text := range files {
		f, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestAttachment_typeIsWhatTheBytesSayAndPicturesLoseWhatTheySayBeside(t *testing.T) {
	var drawn bytes.Buffer
	if err := png.Encode(&drawn, image.NewRGBA(image.Rect(0, 0, 8, 8))); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		what, name string
		data       []byte
		want       string // the name kept; empty: refused
	}{
		{"a photo", "IMG 1.JPEG", picture(t, "MJESTO-45.8"), "IMG 1.jpg"},
		{"a picture named as a page", "x.html", drawn.Bytes(), "x.jpg"},
		{"a document", `C:\Users\ana\nalaz.pdf`, []byte("%PDF-1.7\n%âãÏÓ"), "nalaz.pdf"},
		{"a path", "../../etc/passwd", []byte("obične riječi, šđčćž\n"), "passwd.txt"},
		{"a name that turns round", "a\u202efdp.exe", []byte("riječi"), "afdp.txt"},
		{"no name", "", []byte("riječi"), "file.txt"},
		{"a long name", strings.Repeat("š", 300) + ".txt", []byte("riječi"), strings.Repeat("š", 100) + ".txt"},
		{"an office document", "a.docx", zipped(t, map[string]string{"word/document.xml": "<x/>"}), "a.docx"},
		{"an open document", "a.odt", zipped(t, map[string]string{"mimetype": "application/vnd.oasis.opendocument.text"}), "a.odt"},
		{"a document with a program", "a.docx", zipped(t, map[string]string{"word/document.xml": "<x/>", "word/vbaProject.bin": "x"}), ""},
		{"an archive", "a.zip", zipped(t, map[string]string{"a.exe": "x"}), ""},
		{"a page", "a.txt", []byte("<!DOCTYPE html><script>alert(1)</script>"), ""},
		{"a drawing with a script", "a.jpg", []byte(`<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script/></svg>`), ""},
		{"a program", "a.pdf", []byte("\x7fELF\x02\x01\x01"), ""},
		{"half a photo", "a.jpg", picture(t, "")[:60], ""},
		{"nothing", "a.txt", nil, ""},
		{"too much", "a.txt", bytes.Repeat([]byte("a"), MaxFile+1), ""},
		{"as much as there may be", "a.txt", bytes.Repeat([]byte("a"), MaxFile), "a.txt"},
	} {
		f, data, err := Attach(web.Sent{Name: c.name, Data: c.data})
		if c.want == "" {
			if e := fault.Of(err); err == nil || e.Kind != fault.KindInvalid || len(e.Fields) != 1 || e.Fields[0].Name != "file" {
				t.Errorf("%s: %v, want Invalid on the field", c.what, err)
			}
			continue
		}
		if err != nil || f.Name != c.want || f.Size != len(data) || f.Type == "" {
			t.Errorf("%s: %+v, %v, want the name %q", c.what, f, err, c.want)
		}
		if bytes.Contains(data, []byte("MJESTO")) || bytes.Contains(data, []byte("Exif")) {
			t.Errorf("%s: what the camera wrote is still there", c.what)
		}
	}
}

func TestServeFile_isSavedAndNeverShown(t *testing.T) {
	w := httptest.NewRecorder()
	if err := serveFile(w, nil, File{Name: `nalaz "š".pdf`, Type: "text/html"}, []byte("<script>")); err != nil {
		t.Fatal(err)
	}
	kind, params, err := mime.ParseMediaType(w.Header().Get("Content-Disposition"))
	if err != nil || kind != "attachment" || params["filename"] != `nalaz "š".pdf` {
		t.Errorf("disposition %q: %v", w.Header().Get("Content-Disposition"), err)
	}
	if w.Header().Get("Content-Type") != "application/octet-stream" || !strings.Contains(w.Header().Get("Content-Security-Policy"), "sandbox") || w.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("headers %v", w.Header())
	}
}
