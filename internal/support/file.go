package support

import (
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"path"
	"strings"
	"unicode"
	"unicode/utf8"

	"kvart/internal/network"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/web"
)

const (
	maxFile     = 5 << 20  // of what is attached
	maxBody     = 64 << 20 // of a form with a file: what is too large is read to its end, so that the form comes back whole
	maxFileName = 100
)

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

// readAttachment makes of what was sent what is kept: the type is what the bytes say and not what the name does, a picture
// is drawn anew, so that where and with what it was taken is gone. It returns Invalid, on the field "file", for what is
// too large, empty, or of no kind that is taken.
func readAttachment(name string, data []byte) (File, []byte, error) {
	refused := func(key string, args ...any) (File, []byte, error) {
		var f fault.Form
		f.Add("file", key, args...)
		return File{}, nil, f.Err()
	}
	switch {
	case len(data) == 0:
		return refused("support.fault.file_empty")
	case len(data) > maxFile:
		return refused("support.fault.file_size", "mb", maxFile>>20)
	}
	ending := kindOf(data)
	switch ending {
	case "":
		return refused("support.fault.file_kind")
	case ".jpg":
		drawing <- struct{}{}
		drawn, err := network.RedrawUpTo(bytes.NewReader(data), maxFile)
		<-drawing
		if err != nil {
			return refused("support.fault.file_picture")
		}
		data = drawn
	}
	return File{Name: keptName(name, ending), Type: fileTypes[ending], Size: len(data)}, data, nil
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
	h := w.Header()
	h.Set("Content-Type", kind)
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": f.Name}))
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
	_, err := w.Write(data)
	return err
}

// readWithFile parses a form that may carry one file, named "file", into memory: nothing that was sent is written to a
// temporary file. A file that is too large comes back cut just over the limit, for readAttachment to refuse, and what was typed
// beside it stays. It returns Invalid for what is no form.
func readWithFile(w http.ResponseWriter, r *web.Request) (form *web.Form, name string, data []byte, err error) {
	if !strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/") {
		form, err = r.Read(w)
		return form, "", nil, err
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	parts, err := r.MultipartReader()
	if err != nil {
		return nil, "", nil, fault.Invalid("fault.no_form").Because(err)
	}
	values, typed := url.Values{}, 0
	for n := 0; ; n++ {
		part, err := parts.NextPart()
		if err == io.EOF {
			return &web.Form{Values: values}, name, data, nil
		}
		if err == nil && part.FormName() == "file" {
			name = part.FileName()
			if data, err = io.ReadAll(io.LimitReader(part, maxFile+1)); err == nil {
				_, err = io.Copy(io.Discard, part)
			}
		} else if err == nil {
			var text []byte
			if text, err = io.ReadAll(io.LimitReader(part, web.MaxForm+1)); err == nil {
				if typed += len(text); typed > web.MaxForm || n > 200 {
					return nil, "", nil, fault.Invalid("fault.too_large")
				}
				v := strings.TrimSpace(strings.ReplaceAll(string(text), "\r\n", "\n"))
				if !utf8.ValidString(v) || strings.ContainsRune(v, 0) {
					return nil, "", nil, fault.Invalid("fault.bad_encoding")
				}
				values.Add(part.FormName(), v)
			}
		}
		if _, tooLong := errors.AsType[*http.MaxBytesError](err); tooLong {
			return nil, "", nil, fault.Invalid("fault.too_large").Because(err)
		}
		if err != nil {
			return nil, "", nil, fault.Invalid("fault.no_form").Because(err)
		}
	}
}
