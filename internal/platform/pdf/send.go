package pdf

import (
	"net/http"
	"strconv"

	"kvart/internal/platform/web"
)

// Send answers with a document under a file name of plain letters. Some browsers show it by a plug-in, which the policy
// of pages forbids; a document holds no script. Where the caller set no Cache-Control, nothing is kept.
func Send(w http.ResponseWriter, r *web.Request, name string, body []byte) error {
	h := w.Header()
	h.Set("Content-Type", "application/pdf")
	h.Set("Content-Disposition", `inline; filename="`+name+`.pdf"`)
	h.Set("Content-Security-Policy", "default-src 'none'; object-src 'self'; base-uri 'none'; frame-ancestors 'none'")
	h.Set("Content-Length", strconv.Itoa(len(body)))
	if h.Get("Cache-Control") == "" {
		h.Set("Cache-Control", "private, no-store")
	}
	w.WriteHeader(http.StatusOK)
	if r.Method == http.MethodHead {
		return nil
	}
	_, err := w.Write(body)
	return err
}
