package main

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"kvart/internal/app"
	"kvart/internal/platform/backup"
	"kvart/internal/platform/erasure"
	"kvart/internal/platform/mail"
)

type smtp struct {
	Host string `name:"smtp-host" help:"Mail server; without it mails wait, and 'kvart mail' shows them." env:"KVART_SMTP_HOST"`
	Port int    `name:"smtp-port" default:"587" env:"KVART_SMTP_PORT" help:"Port of the mail server."`
	User string `name:"smtp-user" env:"KVART_SMTP_USER" help:"User at the mail server."`
	Pass string `name:"smtp-password" env:"KVART_SMTP_PASSWORD" help:"Password at the mail server; better set as KVART_SMTP_PASSWORD."`
	From string `name:"smtp-from" env:"KVART_SMTP_FROM" help:"Sender of the mails."`
	TLS  string `name:"smtp-tls" default:"starttls" enum:"starttls,tls,none" env:"KVART_SMTP_TLS" help:"starttls, tls or none."`
}

func (s smtp) settings() *mail.Settings {
	if s.Host == "" {
		return nil
	}
	return &mail.Settings{Host: s.Host, Port: s.Port, User: s.User, Pass: s.Pass, From: s.From, TLS: s.TLS}
}

type serveCmd struct {
	storage
	smtp
	texting
	Addr         string   `default:"127.0.0.1:8080" env:"KVART_ADDR" help:"Address to listen on."`
	PublicURL    string   `env:"KVART_PUBLIC_URL" help:"Address that people type; links, QR codes and calendars come from it."`
	TrustedProxy []string `env:"KVART_TRUSTED_PROXY" help:"Networks (CIDR) whose forwarding headers count."`
	MetricsAddr  string   `env:"KVART_METRICS_ADDR" help:"Address for /metrics; off without it."`
}

func (s storage) config() app.Config {
	secrets := s.Secrets
	if secrets == "" {
		secrets = beside(s.Data, "-secrets")
	}
	keys := s.ErasureStore
	if keys == "" {
		keys = filepath.Join(beside(s.Data, "-erasure"), "erasure.sqlite")
	}
	return app.Config{Data: s.Data, DatabaseURL: s.DatabaseURL, Secrets: secrets, ErasureStore: keys, Version: version,
		Log: slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelInfo}))}
}

// beside is a folder beside the data folder.
func beside(data, suffix string) string {
	data = filepath.Clean(data)
	return filepath.Join(filepath.Dir(data), filepath.Base(data)+suffix)
}

// apart refuses an erasure store in the data folder: who copies the folder would copy what is erased with it.
func (s storage) apart() error {
	if strings.Contains(s.ErasureStore, "://") {
		return nil
	}
	data, err := filepath.Abs(s.Data)
	if err != nil {
		return err
	}
	store, err := filepath.Abs(s.ErasureStore)
	if err != nil {
		return err
	}
	in, err := filepath.Rel(data, store)
	if s.ErasureStore != "" && err == nil && filepath.IsLocal(in) {
		return wrongUse{fmt.Errorf("--erasure-store %s is in the data folder: choose a folder apart, so that no copy of the data holds the erasure keys", s.ErasureStore)}
	}
	return nil
}

// Run serves until it is told to stop, and finishes the requests that run.
func (c *serveCmd) Run(ctx context.Context) error {
	if backup.IsDemo(c.Data) {
		return wrongUse{fmt.Errorf("%s is a demo folder: choose another with --data", c.Data)}
	}
	if err := c.apart(); err != nil {
		return err
	}
	loopback, err := isLoopback(c.Addr)
	if err != nil {
		return wrongUse{err}
	}
	// Argon2id keeps up to four threads busy (two queues, two lanes). With so many more than cores the system shares the cores out, and
	// pages do not wait until a run gives one back.
	runtime.GOMAXPROCS(runtime.GOMAXPROCS(0) + 4)
	cfg := c.config()
	for _, s := range c.TrustedProxy {
		p, err := netip.ParsePrefix(s)
		if err != nil {
			return wrongUse{fmt.Errorf("--trusted-proxy %q is no network: write it as 10.0.0.0/8", s)}
		}
		cfg.Trusted = append(cfg.Trusted, p)
	}
	if c.PublicURL == "" && (!loopback || len(cfg.Trusted) > 0) {
		return wrongUse{fmt.Errorf("--public-url is needed: the address that people type, such as https://centri.example")}
	}
	if c.Host != "" && c.From == "" {
		return wrongUse{fmt.Errorf("--smtp-from is needed with --smtp-host: the address that mails come from")}
	}
	cfg.PublicURL, cfg.SMTP = c.PublicURL, c.settings()
	if cfg.SMS, err = c.gateway(cfg.Secrets); err != nil {
		return wrongUse{err}
	}
	cfg.SMSCountry = c.Country
	if err := checkURL(c.PublicURL); err != nil {
		return wrongUse{err}
	}
	listener, err := net.Listen("tcp", c.Addr)
	if err != nil {
		return fmt.Errorf("listening on %s: %w: choose another --addr", c.Addr, err)
	}
	defer listener.Close()
	if cfg.PublicURL == "" {
		cfg.PublicURL = "http://" + listener.Addr().String()
	}
	a, err := app.Open(ctx, cfg)
	if err != nil {
		return err
	}
	defer a.Close()
	fmt.Println("kvart " + version + " on " + cfg.PublicURL + "/ (listening on " + listener.Addr().String() + ")")
	fmt.Println("secrets folder: " + cfg.Secrets + " (keep a copy apart from the backups)")
	if a.Erasure.Ready() {
		fmt.Println("erasure store: " + erasure.Place(cfg.ErasureStore) + " (saved apart by 'kvart backup --erasure FILE')")
	}
	if c.MetricsAddr != "" {
		m, err := net.Listen("tcp", c.MetricsAddr)
		if err != nil {
			return fmt.Errorf("listening on %s: %w: choose another --metrics-addr", c.MetricsAddr, err)
		}
		defer m.Close()
		mux := http.NewServeMux()
		mux.Handle("GET /metrics", a.Metrics.Handler())
		go http.Serve(m, mux) //nolint:errcheck // ends with the listener
	}
	return serve(ctx, a, listener)
}

func serve(ctx context.Context, a *app.App, l net.Listener) error {
	return a.Serve(ctx, func(h http.Handler) (*http.Server, func() error, error) {
		s := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 60 * time.Second, WriteTimeout: 120 * time.Second,
			IdleTimeout: 90 * time.Second, MaxHeaderBytes: 32 << 10, ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)}
		return s, func() error { return s.Serve(l) }, nil
	})
}

// isLoopback says whether only this machine can reach the address.
func isLoopback(addr string) (bool, error) {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return false, fmt.Errorf("--addr %q is no address: write it as 127.0.0.1:8080", addr)
	}
	if host == "localhost" {
		return true, nil
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback(), nil
}

func checkURL(s string) error {
	if s == "" {
		return nil
	}
	u, err := url.Parse(s)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || (u.Path != "" && u.Path != "/") || u.RawQuery != "" {
		return fmt.Errorf("--public-url %q is no such address: write it as https://centri.example, without a path", s)
	}
	return nil
}

type demoCmd struct {
	Addr        string `default:"127.0.0.1:8080" env:"KVART_ADDR" help:"Address to listen on; on this machine only."`
	DatabaseURL string `help:"Use an empty PostgreSQL database instead of a temporary folder." env:"KVART_DEMO_DATABASE_URL"`
}

// Run shows the whole system with sample weeks. Everything it makes is in a marked temporary folder that goes at the end.
func (c *demoCmd) Run(ctx context.Context) error {
	if loopback, err := isLoopback(c.Addr); err != nil || !loopback {
		return wrongUse{fmt.Errorf("the demo stays on this machine: --addr must be on 127.0.0.1, not %q", c.Addr)}
	}
	listener, err := net.Listen("tcp", c.Addr)
	if err != nil {
		return fmt.Errorf("listening on %s: %w: choose another --addr", c.Addr, err)
	}
	defer listener.Close()
	dir, err := os.MkdirTemp("", "kvart-demo-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if err := backup.MarkDemo(dir); err != nil {
		return err
	}
	cfg := storage{Data: dir, Secrets: filepath.Join(dir, "secrets"), ErasureStore: filepath.Join(dir, "erasure", "erasure.sqlite"), DatabaseURL: c.DatabaseURL}.config()
	cfg.Demo, cfg.PublicURL = true, "http://"+listener.Addr().String()
	cfg.Log = slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	a, err := app.Open(ctx, cfg)
	if err != nil {
		return err
	}
	defer a.Close()
	fmt.Fprintln(os.Stderr, "Making sample weeks …")
	list, err := a.FillDemo(ctx, nil)
	if err != nil {
		return err
	}
	fmt.Println("Kvart shows itself on")
	fmt.Println(cfg.PublicURL)
	fmt.Println("\nSign in at " + cfg.PublicURL + "/desk/ with (role, name, passphrase):")
	for _, s := range list {
		fmt.Printf("%s\t%s\t%s\n", s.Role, s.Name, s.Passphrase)
	}
	fmt.Println("\nEverything here is sample data in a temporary folder; it goes when you stop (Ctrl-C).")
	return serve(ctx, a, listener)
}
