package metrics

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"strings"
)

// Check is one thing that has to work before requests are sent to this process.
type Check struct {
	Name string // one word, shown to whoever asks
	Try  func(context.Context) error
}

// Healthz answers 200 as long as the process answers at all. It does not look at the database: a process is not to be
// killed because the database is away.
func Healthz() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { answer(w, http.StatusOK, "ok") })
}

// Readyz answers 200 when every check passes, else 503 with the names of those that do not. Causes go to the log.
func Readyz(log *slog.Logger, checks ...Check) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), readingTime)
		defer cancel()
		var failing []string
		for _, c := range checks {
			if err := c.Try(ctx); err != nil {
				log.Warn("not ready", "check", c.Name, "err", err)
				failing = append(failing, c.Name)
			}
		}
		if len(failing) > 0 {
			answer(w, http.StatusServiceUnavailable, "not ready: "+strings.Join(failing, ", "))
			return
		}
		answer(w, http.StatusOK, "ok")
	})
}

func answer(w http.ResponseWriter, code int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(code)
	_, _ = io.WriteString(w, text+"\n")
}
