package support

import (
	"archive/zip"
	"bytes"
	"io"
	"mime"
	"net/http"
	"path"
	"strings"
	"unicode"
	"unicode/utf8"

	"kvart/internal/network"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/web"
)

// MaxFile is the most bytes of what is attached.
const MaxFile = 5 << 20

const maxFileName = 100

// fileTypes are the kinds that are taken, by the ending that they are given.
var fileTypes = map[string]string{
	".jpg": "image/jpeg", ".pdf": "application/pdf", ".txt": "text/plain; charset=utf-8",
	".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
	".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
	".pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
	".odt":  "application/vnd.oasis.opendocument.text", ".ods": "application/vnd.oasis.opendocument.spreadsheet", ".odp": "application/vnd.oasis.opendocument.presentation",
}

// drawing lets two pictures be drawn anew at a time: each may take a lot of memory, and anybody may send one.
var drawing = make(chan struct{}, 2)

// Attach makes of what was sent what is kept: the type is what the bytes say and not what the name does, a picture is drawn
// anew, so that where and with what it was taken is gone. It returns Invalid, on the field "file", for what is too large,
// empty, or of no kind that is taken.
func Attach(sent web.Sent) (File, []byte, error) {
	refused := func(key string, args ...any) (File, []byte, error) {
		var f fault.Form
		f.Add("file", key, args...)
		return File{}, nil, f.Err()
	}
	data := sent.Data
	switch {
	case sent.Large || len(data) > MaxFile:
		return refused("support.fault.file_size", "mb", MaxFile>>20)
	case len(data) == 0:
		return refused("support.fault.file_empty")
	}
	ending := kindOf(data)
	switch ending {
	case "":
		return refused("support.fault.file_kind")
	case ".jpg":
		drawing <- struct{}{}
		drawn, err := network.RedrawUpTo(bytes.NewReader(data), MaxFile)
		<-drawing
		if err != nil {
			return refused("support.fault.file_picture")
		}
		data = drawn
	}
	return File{Name: keptName(sent.Name, ending), Type: fileTypes[ending], Size: len(data)}, data, nil
}

// kindOf is the ending of the kind that the bytes are, or "".
func kindOf(data []byte) string {
	switch kind := http.DetectContentType(data); {
	case kind == "image/jpeg" || kind == "image/png" || kind == "image/webp":
		return ".jpg"
	case kind == "application/pdf":
		return ".pdf"
	case kind == "application/zip":
		return kindOfZip(data)
	case kind == "text/plain; charset=utf-8" && utf8.Valid(data) && !bytes.ContainsFunc(data, isControl):
		return ".txt"
	}
	return ""
}

func isControl(r rune) bool { return unicode.IsControl(r) && !strings.ContainsRune("\t\n\r\f", r) }

// kindOfZip knows office documents; one with a program in it is of no kind that is taken.
func kindOfZip(data []byte) string {
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return ""
	}
	ending := ""
	for _, f := range z.File {
		switch name := strings.ToLower(f.Name); {
		case strings.HasSuffix(name, "vbaproject.bin") || strings.HasPrefix(name, "basic/") || strings.HasPrefix(name, "scripts/"):
			return ""
		case name == "word/document.xml":
			ending = ".docx"
		case name == "xl/workbook.xml":
			ending = ".xlsx"
		case name == "ppt/presentation.xml":
			ending = ".pptx"
		case name == "mimetype":
			in, err := f.Open()
			if err != nil {
				return ""
			}
			kind, _ := io.ReadAll(io.LimitReader(in, 100))
			in.Close()
			for e, t := range fileTypes {
				if t == string(kind) {
					ending = e
				}
			}
		}
	}
	return ending
}

// keptName is the name to keep: one line without what turns it round on a screen, and with the ending of its kind.
func keptName(name, ending string) string {
	name = path.Base(strings.ReplaceAll(strings.ToValidUTF8(name, ""), `\`, "/"))
	name = strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || strings.ContainsRune(`/<>:"|?*`, r) {
			return -1
		}
		return r
	}, name))
	if at := strings.LastIndexByte(name, '.'); at >= 0 {
		name = name[:at]
	}
	if name = strings.Trim(name, ". "); name == "" {
		name = "file"
	}
	if r := []rune(name); len(r) > maxFileName {
		name = string(r[:maxFileName])
	}
	return name + ending
}

// serveFile sends an attachment to be saved: no browser shows it as a page of ours.
func serveFile(w http.ResponseWriter, _ *web.Request, f File, data []byte) error {
	kind := "application/octet-stream"
	for _, t := range fileTypes {
		if t == f.Type {
			kind = t
		}
	}
	return serve(w, kind, f.Name, data)
}

func serve(w http.ResponseWriter, kind, name string, data []byte) error {
	asFile(w, kind, name)
	_, err := w.Write(data)
	return err
}

// asFile are the headers of something to keep.
func asFile(w http.ResponseWriter, kind, name string) {
	h := w.Header()
	h.Set("Content-Type", kind)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": name}))
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
}

// endingOf is the ending of the kind that was kept.
func endingOf(f File) string {
	for ending, kind := range fileTypes {
		if kind == f.Type {
			return ending
		}
	}
	return ""
}

// download sends bytes as something to keep and nothing else, under a name that says nothing: a browser lists what it
// downloaded.
func download(w http.ResponseWriter, name string, data []byte) error {
	return serve(w, "application/octet-stream", name, data)
}
