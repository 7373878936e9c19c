package metrics_test

import (
	"context"
	"database/sql"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"kvart/internal/platform/db"
	"kvart/internal/platform/dbtest"
	"kvart/internal/platform/metrics"
)

func scrape(t *testing.T, m *metrics.Metrics) string {
	t.Helper()
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	if w.Code != http.StatusOK {
		t.Fatalf("/metrics answers %d", w.Code)
	}
	return w.Body.String()
}

func TestWrap_countsByPatternAndClassAndNamesNoAddress(t *testing.T) {
	m := metrics.New("v1.2.3", new(sql.DB))
	mux := http.NewServeMux()
	mux.HandleFunc("GET /sessions/{id}", func(w http.ResponseWriter, r *http.Request) {
		if r.PathValue("id") == "gone" {
			w.WriteHeader(http.StatusNotFound)
		}
		_ = http.NewResponseController(w).Flush()
	})
	h := m.Wrap(mux)
	for _, path := range []string{"/sessions/one", "/sessions/two", "/sessions/gone", "/somewhere/secret?name=person"} {
		h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", path, nil))
	}
	got := scrape(t, m)
	for _, want := range []string{
		`kvart_http_requests_total{route="GET /sessions/{id}",status="2xx"} 2`,
		`kvart_http_requests_total{route="GET /sessions/{id}",status="4xx"} 1`,
		`kvart_http_requests_total{route="other",status="4xx"} 1`,
		`kvart_http_request_seconds_count{route="GET /sessions/{id}"} 3`,
		`version="v1.2.3"`,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %s", want)
		}
	}
	for _, never := range []string{"secret", "person", "sessions/one"} {
		if strings.Contains(got, never) {
			t.Errorf("%q is in the metrics", never)
		}
	}
}

func TestWrap_aLayerThatCopiesTheRequestDoesNotHideTheRoute(t *testing.T) {
	m := metrics.New("v1", new(sql.DB))
	mux := http.NewServeMux()
	mux.HandleFunc("GET /desk", func(http.ResponseWriter, *http.Request) {})
	copies := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mux.ServeHTTP(w, r.WithContext(context.WithoutCancel(r.Context())))
	})
	m.Route = func(r *http.Request) string { _, p := mux.Handler(r); return p }
	h := m.Wrap(copies)
	h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/desk", nil))
	if got := scrape(t, m); !strings.Contains(got, `route="GET /desk"`) {
		t.Error("the route is not counted")
	}
}

func TestWrap_countsARequestThatPanics(t *testing.T) {
	m := metrics.New("v1", new(sql.DB))
	h := m.Wrap(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusInternalServerError)
		panic(http.ErrAbortHandler)
	}))
	func() {
		defer func() { _ = recover() }()
		h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil))
	}()
	if got := scrape(t, m); !strings.Contains(got, `route="other",status="5xx"} 1`) {
		t.Error("the panic is not counted")
	}
}

func TestGauge_isLeftOutWhileItCannotBeRead(t *testing.T) {
	m := metrics.New("v1", new(sql.DB))
	var fail error
	m.Gauge("kvart_jobs_stuck", "Jobs that keep failing.", func(context.Context) (int, error) { return 3, fail })
	if got := scrape(t, m); !strings.Contains(got, "\nkvart_jobs_stuck 3\n") {
		t.Error("the number is missing")
	}
	fail = errors.New("away")
	got := scrape(t, m)
	if strings.Contains(got, "\nkvart_jobs_stuck 3") || !strings.Contains(got, `kvart_gauge_up{gauge="kvart_jobs_stuck"} 0`) {
		t.Error("a number that cannot be read is shown")
	}
}

func TestMailsWaiting_countsThemAndTellsNoMore(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		for id, state := range map[string]string{"a": "waiting", "b": "waiting", "c": "sent"} {
			if _, err := d.Exec(t.Context(), `INSERT INTO mails (id, to_address, subject, body, state, not_before, hour)
				VALUES (:id, 'someone@example.org', 'private', '', :state, 0, 0)`, db.Args{"id": id, "state": state}); err != nil {
				t.Fatal(err)
			}
		}
		m := metrics.New("v1", d.Writer())
		m.MailsWaiting(d)
		got := scrape(t, m)
		if !strings.Contains(got, "\nkvart_mails_waiting 2\n") || !strings.Contains(got, "\nkvart_db_open_connections ") {
			t.Error(got)
		}
		if strings.Contains(got, "someone") || strings.Contains(got, "private") {
			t.Error("personal data in the metrics")
		}
	})
}

func TestReadyz_namesWhatFailsButNotWhy(t *testing.T) {
	log := slog.New(slog.NewTextHandler(io.Discard, nil))
	var fail error
	h := metrics.Readyz(log, metrics.Check{Name: "database", Try: func(context.Context) error { return fail }})
	ask := func(h http.Handler) (int, string) {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest("GET", "/readyz", nil))
		return w.Code, w.Body.String()
	}
	if code, _ := ask(h); code != http.StatusOK {
		t.Errorf("ready answers %d", code)
	}
	fail = errors.New("password of host db7")
	code, body := ask(h)
	if code != http.StatusServiceUnavailable || !strings.Contains(body, "database") || strings.Contains(body, "db7") {
		t.Errorf("%d %s", code, body)
	}
	if code, _ := ask(metrics.Healthz()); code != http.StatusOK {
		t.Errorf("healthz answers %d while the database is away", code)
	}
}
