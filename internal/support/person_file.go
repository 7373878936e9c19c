package support

import (
	"archive/zip"
	"bytes"
	"io"
	"net/http"
	"path"
	"strings"
	"unicode"
	"unicode/utf8"

	"kvart/internal/network"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/web"
)

// MaxFile is the most bytes of a file in a thread.
const MaxFile = 5 << 20

// Types of files in a thread, by what is in them and never by their name.
const (
	typePicture = "image/jpeg"
	typePDF     = "application/pdf"
	typeText    = "text/plain"
	typeWord    = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
	typeODT     = "application/vnd.oasis.opendocument.text"
)

var endings = map[string]string{typePicture: ".jpg", typePDF: ".pdf", typeText: ".txt", typeWord: ".docx", typeODT: ".odt"}

// Attach makes of what was sent a file for a thread: a picture is drawn anew, without what its file said beside it; a PDF,
// a text, a Word or OpenDocument text stays as it is. It returns Invalid with the fault at the field "file" for anything
// else. Drawing takes memory: Pages does it one at a time.
func Attach(s web.Sent) (File, []byte, error) {
	no := func(key string, args ...any) (File, []byte, error) {
		var f fault.Form
		f.Add("file", key, args...)
		return File{}, nil, f.Err()
	}
	if s.Large || len(s.Data) > MaxFile {
		return no("support.person.file.large", "mb", MaxFile>>20)
	}
	if len(s.Data) == 0 {
		return no("support.person.file.empty")
	}
	kind, data := sniff(s.Data), s.Data
	if kind == "" {
		return no("support.person.file.type")
	}
	if kind == typePicture {
		drawn, err := network.RedrawUpTo(bytes.NewReader(data), MaxFile)
		if fault.Is(err, fault.KindInvalid) {
			return no("support.person.file.picture")
		}
		if err != nil {
			return File{}, nil, err
		}
		data = drawn
	}
	return File{Name: fileName(s.Name, endings[kind]), Type: kind, Size: len(data)}, data, nil
}

// sniff is the type of the bytes, or "" for one that is not taken.
func sniff(data []byte) string {
	switch {
	case bytes.HasPrefix(data, []byte("%PDF-")):
		return typePDF
	case bytes.HasPrefix(data, []byte("PK\x03\x04")):
		return document(data)
	case strings.HasPrefix(http.DetectContentType(data), "image/"):
		return typePicture
	case isPlain(data):
		return typeText
	}
	return ""
}

// document tells a Word or OpenDocument text without macros from other archives.
func document(data []byte) string {
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return ""
	}
	kind := ""
	for _, f := range z.File {
		switch name := strings.ToLower(f.Name); {
		case name == "word/document.xml":
			kind = typeWord
		case name == "mimetype":
			r, err := f.Open()
			if err != nil {
				return ""
			}
			b, err := io.ReadAll(io.LimitReader(r, 100))
			r.Close()
			if err == nil && string(b) == typeODT {
				kind = typeODT
			}
		case strings.HasSuffix(name, "vbaproject.bin"), strings.HasPrefix(name, "basic/"), strings.HasPrefix(name, "scripts/"):
			return ""
		}
	}
	return kind
}

func isPlain(data []byte) bool {
	return utf8.Valid(data) && !bytes.ContainsFunc(data, func(c rune) bool { return unicode.IsControl(c) && !strings.ContainsRune("\n\r\t\f", c) })
}

// fileName is the sender's name of a file, without its path and what could make it look like another, and with the ending
// of what it is.
func fileName(name, ending string) string {
	name = path.Base(strings.ReplaceAll(name, "\\", "/"))
	name = strings.TrimSuffix(name, path.Ext(name))
	name = strings.Map(func(c rune) rune {
		if unicode.IsLetter(c) || unicode.IsDigit(c) || unicode.IsMark(c) || strings.ContainsRune(" -_.,()", c) {
			return c
		}
		return '-'
	}, strings.ToValidUTF8(name, "-"))
	if list := []rune(name); len(list) > 80 {
		name = string(list[:80])
	}
	if name = strings.Trim(name, " .-"); name == "" {
		name = "1"
	}
	return name + ending
}

// download sends bytes as something to keep and nothing else, under a name that says nothing: a browser lists what it
// downloaded.
func download(w http.ResponseWriter, name string, data []byte) error {
	h := w.Header()
	h.Set("Content-Type", "application/octet-stream")
	h.Set("Content-Disposition", `attachment; filename="`+name+`"`)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
	_, err := w.Write(data)
	return err
}
