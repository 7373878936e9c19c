package app

import (
	"net/http"

	"kvart"
	"kvart/internal/platform/web"
)

// source hands out the source of the running version, as the AGPL asks: the program carries it.
func (a *App) source(w http.ResponseWriter, r *web.Request) error {
	h := w.Header()
	h.Set("Content-Type", "application/gzip")
	h.Set("Content-Disposition", `attachment; filename="kvart-source.tar.gz"`)
	return kvart.WriteSource(w)
}
