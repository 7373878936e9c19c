// Package metrics counts what an operator needs to see: requests by route, what waits, the database's connections.
//
// It holds no personal data: routes are patterns, never addresses, and nothing says who asked. It knows no feature;
// what waits is read through functions that package app hands over.
package metrics

import (
	"context"
	"database/sql"
	"fmt"
	"net/http"
	"runtime"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"kvart/internal/platform/db"
)

// Metrics is one process's registry.
type Metrics struct {
	// Route names a request's route; nil takes the pattern that http.ServeMux noted in the request, which a layer
	// between hides when it copies the request. What is not to be seen minute by minute, such as the writing of a
	// message, gets "".
	Route    func(*http.Request) string
	registry *prometheus.Registry
	requests *prometheus.CounterVec
	duration *prometheus.HistogramVec
}

// New returns a registry with the process's own figures, the version that runs and the connections of the database.
func New(version string, pool *sql.DB) *Metrics {
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "kvart_http_requests_total", Help: "Requests answered, by route pattern and class of status.",
		}, []string{"route", "status"}),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "kvart_http_request_seconds", Help: "Time to answer, by route pattern.",
			Buckets: []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10},
		}, []string{"route"}),
	}
	build := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "kvart_build_info", Help: "Always 1; the labels say which program runs.",
		ConstLabels: prometheus.Labels{"version": version, "go": runtime.Version()},
	})
	build.Set(1)
	connections := prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "kvart_db_open_connections", Help: "Open connections of the pool that writes.",
	}, func() float64 { return float64(pool.Stats().OpenConnections) })
	m.registry.MustRegister(m.requests, m.duration, build, connections, collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// Wrap counts the requests that next answers. A request whose route is "" counts as "other".
func (m *Metrics) Wrap(next http.Handler) http.Handler {
	route := m.Route
	if route == nil {
		route = func(r *http.Request) string { return r.Pattern }
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := time.Now()
		seen := &status{ResponseWriter: w}
		defer func() {
			name := route(r)
			if name == "" || name == "/" {
				name = "other"
			}
			m.requests.WithLabelValues(name, seen.class()).Inc()
			m.duration.WithLabelValues(name).Observe(time.Since(began).Seconds())
		}()
		next.ServeHTTP(seen, r)
	})
}

// status remembers the status that was written.
type status struct {
	http.ResponseWriter
	code int
}

func (s *status) WriteHeader(code int) {
	if s.code == 0 && code >= 200 { // 1xx come before the answer
		s.code = code
	}
	s.ResponseWriter.WriteHeader(code)
}

func (s *status) Write(b []byte) (int, error) {
	if s.code == 0 {
		s.code = http.StatusOK
	}
	return s.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach the writer below.
func (s *status) Unwrap() http.ResponseWriter { return s.ResponseWriter }

func (s *status) class() string {
	if s.code == 0 {
		return "2xx"
	}
	return fmt.Sprintf("%dxx", s.code/100)
}

// readingTime is how long the reading of one gauge may take at a scrape.
const readingTime = 2 * time.Second

// Gauge shows a number that is read at each scrape, such as jobs that are stuck. While it cannot be read it is left
// out and kvart_gauge_up says 0 for it.
func (m *Metrics) Gauge(name, help string, read func(context.Context) (int, error)) {
	m.registry.MustRegister(&gauge{
		value: prometheus.NewDesc(name, help, nil, nil),
		up:    prometheus.NewDesc("kvart_gauge_up", "Whether the named number could be read.", nil, prometheus.Labels{"gauge": name}),
		read:  read,
	})
}

type gauge struct {
	value, up *prometheus.Desc
	read      func(context.Context) (int, error)
}

func (g *gauge) Describe(ch chan<- *prometheus.Desc) { ch <- g.value; ch <- g.up }

func (g *gauge) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), readingTime)
	defer cancel()
	n, err := g.read(ctx)
	if err != nil {
		ch <- prometheus.MustNewConstMetric(g.up, prometheus.GaugeValue, 0)
		return
	}
	ch <- prometheus.MustNewConstMetric(g.up, prometheus.GaugeValue, 1)
	ch <- prometheus.MustNewConstMetric(g.value, prometheus.GaugeValue, float64(n))
}

// MailsWaiting shows how many mails of all centres should have gone by now.
func (m *Metrics) MailsWaiting(d *db.DB) {
	m.Gauge("kvart_mails_waiting", "Mails that should have gone by now and have not.", func(ctx context.Context) (n int, err error) {
		err = d.Get(ctx, &n, `SELECT COUNT(*) FROM mails WHERE state = 'waiting' AND not_before <= :now`, db.Args{"now": time.Now().Unix()})
		return n, err
	})
}

// Handler is what --metrics-addr answers: /metrics and nothing else.
func (m *Metrics) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{}))
	return mux
}
