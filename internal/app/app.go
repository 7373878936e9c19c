// Package app is the roof: it opens the database, wires every feature by hand, mounts their routes and starts their
// jobs. It is the only place that knows them all.
package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"path/filepath"
	"strings"
	"time"

	"kvart/assets"
	"kvart/internal/booking"
	"kvart/internal/desk"
	"kvart/internal/directory"
	"kvart/internal/front"
	"kvart/internal/network"
	"kvart/internal/participation"
	"kvart/internal/platform/account"
	"kvart/internal/platform/audit"
	"kvart/internal/platform/auth"
	"kvart/internal/platform/backup"
	"kvart/internal/platform/db"
	"kvart/internal/platform/erasure"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/i18n"
	"kvart/internal/platform/jobs"
	"kvart/internal/platform/mail"
	"kvart/internal/platform/metrics"
	"kvart/internal/platform/sms"
	"kvart/internal/platform/web"
	"kvart/internal/premises"
	"kvart/internal/programme"
	"kvart/internal/season"
	"kvart/internal/sharing"
	"kvart/internal/support"
	"kvart/internal/survey"
	"kvart/internal/voting"
	"kvart/locales"
	"kvart/migrations"
)

// Config is what an operator sets.
type Config struct {
	Data        string // folder of the SQLite database
	DatabaseURL string // PostgreSQL; empty: SQLite in Data
	Secrets     string // folder of the pepper; the same for all processes, never in a backup
	PublicURL   string

	ErasureStore    string // file or postgres:// URL of the erasure keys; the same for all processes, never in a backup of the data
	ExistingErasure bool   // do not make one where the data has none yet: for commands beside serve

	Trusted    []netip.Prefix
	SMTP       *mail.Settings
	SMS        sms.Gateway // nil: no SMS
	SMSCountry string      // calling code of numbers that begin with 0
	Demo       bool
	Version    string
	Log        *slog.Logger
	Now        func() time.Time
}

// App is the wired program.
type App struct {
	Config
	DB        *db.DB
	Texts     *i18n.Bundle
	Auth      *auth.Store
	Server    *web.Server
	Jobs      *jobs.Runner
	Network   *network.Store
	Booking   *booking.Store
	Programme *programme.Store
	Premises  *premises.Store
	Season    *season.Store
	Sharing   *sharing.Store
	Support   *support.Store
	Directory *directory.Store
	Survey    *survey.Store
	Proposals *participation.Store
	Voting    *voting.Store
	Mail      *mail.Sender
	SMS       *sms.Sender
	Metrics   *metrics.Metrics

	Erasure    *erasure.Store // while it is not Ready, nothing sealed can be written or read
	ErasureErr error          // why it was not at the start, in words for the operator

	release func()
}

// OpenDatabase opens the configured database without migrating it.
func OpenDatabase(c Config) (*db.DB, error) {
	if c.DatabaseURL != "" {
		return db.OpenPostgres(c.DatabaseURL)
	}
	return db.OpenSQLite(filepath.Join(c.Data, "kvart.sqlite"))
}

// Migrate brings the schema up to date and returns how many steps were taken.
func Migrate(ctx context.Context, d *db.DB) (int, error) {
	return d.Migrate(ctx, migrations.FS, jobs.Migrations(d)...)
}

// Open opens and migrates the database and wires the program. Close it.
func Open(ctx context.Context, c Config) (*App, error) {
	if c.Log == nil {
		c.Log = slog.Default()
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	release, err := backup.Lock(ctx, backup.Target{DataDir: c.Data, URL: c.DatabaseURL}, false)
	if err != nil {
		return nil, err
	}
	d, err := OpenDatabase(c)
	if err != nil {
		release()
		return nil, err
	}
	a := &App{Config: c, DB: d, release: release}
	if err := a.wire(ctx); err != nil {
		a.Close()
		return nil, err
	}
	return a, nil
}

// Close gives everything back.
func (a *App) Close() {
	a.Erasure.Close()
	a.DB.Close()
	a.release()
}

func (a *App) wire(ctx context.Context) error {
	if _, err := Migrate(ctx, a.DB); err != nil {
		return err
	}
	var err error
	if a.Texts, err = i18n.Load(locales.FS); err != nil {
		return err
	}
	secrets, created, err := auth.LoadSecrets(a.Secrets)
	if err != nil {
		return err
	}
	if err := pinPepper(ctx, a.DB, secrets); err != nil {
		return err
	}
	if created {
		a.Log.Info("secrets folder made: keep a copy apart from the backups", "folder", a.Secrets)
	}
	if a.Erasure, a.ErasureErr = OpenErasure(ctx, a.DB, a.ErasureStore, a.ExistingErasure); a.ErasureErr != nil && !errors.Is(a.ErasureErr, ErrNoErasureYet) {
		a.Log.Error("support stays closed: " + a.ErasureErr.Error())
	}
	if a.Erasure == nil {
		a.Erasure = erasure.Away()
	}
	a.PublicURL = strings.TrimSuffix(a.PublicURL, "/")
	a.Auth = auth.NewStore(a.DB, a.Now, secrets, a.PublicURL)
	a.Network = &network.Store{DB: a.DB, Now: a.Now, Auth: a.Auth}
	a.Auth.Joined = a.Network.Join
	a.Booking = &booking.Store{DB: a.DB, Now: a.Now}
	a.Programme = &programme.Store{DB: a.DB, Now: a.Now, Network: a.Network, Booking: a.Booking, Texts: a.Texts, PublicURL: a.PublicURL, Secret: secrets.Key("registration links")}
	a.Premises = &premises.Store{DB: a.DB, Now: a.Now, Network: a.Network, Programme: a.Programme}
	a.Proposals = &participation.Store{DB: a.DB, Now: a.Now, Network: a.Network, Booking: a.Booking, Programme: a.Programme, Texts: a.Texts, PublicURL: a.PublicURL, Secret: secrets.Key("proposal codes")}
	a.Booking.OfActivity = a.Programme.TakeBack
	a.Directory = &directory.Store{DB: a.DB, Now: a.Now, Network: a.Network, PublicURL: a.PublicURL, Secret: secrets.Key("directory links")}
	a.Survey = &survey.Store{DB: a.DB, Now: a.Now, Network: a.Network}
	// The demo has no gateway: what would be sent is shown beside its mails.
	a.Programme.Texting, a.Programme.Country = a.Config.SMS != nil || a.Demo, cmp.Or(a.SMSCountry, "385")
	a.Season = &season.Store{DB: a.DB, Now: a.Now, Network: a.Network, Booking: a.Booking}
	a.Sharing = &sharing.Store{DB: a.DB, Now: a.Now, Network: a.Network, Booking: a.Booking, Texts: a.Texts, PublicURL: a.PublicURL}
	a.Booking.Freed = append(a.Booking.Freed, a.Sharing.Freed)
	a.Network.Hooks = append(a.Network.Hooks, a.Programme.PersonHook(), a.Proposals.PersonHook())
	a.Mail = &mail.Sender{DB: a.DB, SMTP: a.SMTP, PublicHost: publicHost(a.PublicURL), Now: a.Now, Log: a.Log}
	a.SMS = &sms.Sender{DB: a.DB, Gateway: a.Config.SMS, Now: a.Now, Log: a.Log, GaveUp: a.Programme.SMSGaveUp}
	a.Jobs = jobs.New(a.DB, a.Log)
	a.Metrics = metrics.New(a.Version, a.DB.Writer())
	a.Metrics.Gauge("kvart_jobs_stuck", "Jobs that keep failing.", a.Jobs.Stuck)
	a.Metrics.MailsWaiting(a.DB)

	a.Server = &web.Server{DB: a.DB, Log: a.Log, Now: a.Now, Texts: a.Texts, Auth: a.Auth, PublicURL: a.PublicURL, Trusted: a.Trusted, Version: a.Version,
		Sessions: a.Auth.Sessions(strings.HasPrefix(a.PublicURL, "https://")), Limits: auth.NewLimiter(a.Now),
		Policy: auth.NewPolicy(network.Contains, network.Grants, booking.Grants, programme.Grants, sharing.Grants, season.Grants, premises.Grants, support.Grants, directory.Grants, survey.Grants, participation.Grants, voting.Grants, desk.Grants),
		Site:   a.site, Places: a.Network.Places, Menu: front.Menu, DeskMenu: desk.Menu}

	networkPages := &network.Pages{Store: a.Network, Server: a.Server, Apply: a.applies()}
	programmePages := &programme.Pages{Store: a.Programme}
	bookingPages := &booking.Pages{Store: a.Booking, Network: a.Network, Opens: programmePages.Opens}
	votingPages := a.voting(secrets.Key("votes"))
	proposalPages := &participation.Pages{Store: a.Proposals}
	a.Proposals.Voting, a.Proposals.Survey = a.Voting, a.Survey
	a.Survey.Forgotten = append(a.Survey.Forgotten, a.Proposals.SurveyForgotten)
	a.Voting.Eligible, votingPages.Follow = a.Proposals.Votable, proposalPages.Follow
	frontPages := &front.Pages{Network: a.Network, Programme: a.Programme, Booking: a.Booking, Survey: a.Survey, Voting: a.Voting, Server: a.Server, Mail: a.Mail, SMS: a.SMS}
	deskPages := a.deskPages()
	premisesPages := &premises.Pages{Store: a.Premises}
	accountPages := &account.Pages{Server: a.Server, Auth: a.Auth, More: []web.MenuItem{{Key: "programme.own_calendar.link", Path: "/desk/me/calendar"}, {Key: "support.key.title", Path: "/desk/messages/key"}}}
	networkPages.Standing, networkPages.Texting = deskPages.Standing, a.Programme.Texting
	supportPages := a.support()
	programmePages.TellCard = supportPages.TellCard
	seasonPages := &season.Pages{Store: a.Season}
	mapPages := &directory.Pages{Store: a.Directory, Find: a.Directory.FindCounted}
	servicePages := &directory.DeskPages{Store: a.Directory, Texts: a.Texts}
	filePages := &directory.FilePages{Store: a.Directory}
	surveyPages := &survey.Pages{Store: a.Survey}
	deskPages.Sources = []network.TaskSource{programmePages.Tasks, bookingPages.Tasks, a.Sharing.Tasks, seasonPages.Tasks, a.Premises.Tasks, supportPages.Tasks, servicePages.Tasks, surveyPages.Tasks, a.Proposals.Tasks, votingPages.Tasks, deskPages.DutyTasks, deskPages.StandingTasks}
	deskPages.Member, deskPages.Whole, deskPages.Open = supportPages.MemberTasks, votingPages.NetworkTasks, supportPages.OpenTasks
	programmePages.Aside = frontPages.Aside
	if a.Demo {
		frontPages.Stops = a.demoStops
	}
	a.Server.Mount(accountPages.Routes(), networkPages.Routes(), bookingPages.Routes(), programmePages.Routes(), (&sharing.Pages{Store: a.Sharing}).Routes(), seasonPages.Routes(), premisesPages.Routes(),
		mapPages.PublicRoutes(), servicePages.Routes(), filePages.Routes(), surveyPages.Routes(), proposalPages.Routes(), supportPages.Routes(), votingPages.Routes(), frontPages.Routes(), deskPages.Routes(), a.ownRoutes())
	a.api()
	a.hsds()
	a.Metrics.Route = a.Server.Pattern

	a.Jobs.Every("mail", 20*time.Second, func(ctx context.Context) error { _, err := a.Mail.SendWaiting(ctx); return err })
	a.Jobs.Every("sms", 20*time.Second, func(ctx context.Context) error { _, err := a.SMS.SendWaiting(ctx); return err })
	a.Jobs.Every("audit chain", time.Minute, func(ctx context.Context) error { _, err := audit.Chain(ctx, a.DB, a.Now()); return err })
	a.Jobs.Every("forget", time.Hour, a.forget)
	networkPages.Jobs(a.Jobs)
	a.Programme.Jobs(a.Jobs)
	a.Booking.Jobs(a.Jobs)
	a.Premises.Jobs(a.Jobs)
	seasonPages.Jobs(a.Jobs)
	a.Sharing.Jobs(a.Jobs)
	servicePages.Jobs(a.Jobs)
	filePages.Jobs(a.Jobs)
	surveyPages.Jobs(a.Jobs)
	a.Proposals.Jobs(a.Jobs)
	a.Voting.Jobs(a.Jobs)
	deskPages.Jobs(a.Jobs)
	return nil
}

// publicHost is the host of the public address, as mails name it.
func publicHost(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return "localhost"
	}
	return cmp.Or(u.Hostname(), "localhost")
}

// forget deletes what has served its purpose: records of people at their date, forms taken, sign-ins and uploads past.
func (a *App) forget(ctx context.Context) error {
	now := a.Now()
	_, purged := a.Mail.Purge(ctx)
	_, purgedSMS := a.SMS.Purge(ctx)
	return errors.Join(web.ForgetClaims(ctx, a.DB, now), a.Support.Forget(ctx), a.Network.DeletePeopleDue(ctx, now), a.Auth.Forget(ctx), purged, purgedSMS)
}

func (a *App) site(ctx context.Context) (web.Site, error) {
	b, err := a.Network.Basics(ctx)
	if fault.Is(err, fault.KindNotFound) {
		return web.Site{Name: i18n.Text{i18n.HR: "Kvart", i18n.EN: "Kvart", i18n.NB: "Kvart"}, Zone: time.UTC, Demo: a.Demo}, nil
	}
	if err != nil {
		return web.Site{}, err
	}
	return web.Site{Name: b.Network.Name, Zone: b.Zone, Demo: a.Demo || bool(b.Network.Demo)}, nil
}

// ownRoutes are those of no feature.
func (a *App) ownRoutes() []web.Route {
	return []web.Route{
		{Pattern: "GET /assets/{file}", Need: web.Public, Handle: a.asset},
		{Pattern: "GET /favicon.ico", Need: web.Public, Handle: func(w http.ResponseWriter, r *web.Request) error {
			http.Redirect(w, r.Request, assets.Path("favicon.svg"), http.StatusFound)
			return nil
		}},
		{Pattern: "GET /robots.txt", Need: web.Public, Handle: func(w http.ResponseWriter, r *web.Request) error {
			w.Header().Set("Content-Type", "text/plain; charset=utf-8")
			_, err := w.Write([]byte("User-agent: *\nDisallow: /desk/\nDisallow: /api/\n"))
			return err
		}},
		{Pattern: "GET /healthz", Need: web.Public, Handle: func(w http.ResponseWriter, r *web.Request) error {
			return r.JSON(w, http.StatusOK, []byte(`{"ok":true}`))
		}},
		{Pattern: "GET /readyz", Need: web.Public, Handle: func(w http.ResponseWriter, r *web.Request) error {
			ctx, cancel := context.WithTimeout(r.Context(), 3*time.Second)
			defer cancel()
			if err := a.DB.Ping(ctx); err != nil {
				return r.JSON(w, http.StatusServiceUnavailable, []byte(`{"ok":false}`))
			}
			return r.JSON(w, http.StatusOK, []byte(`{"ok":true}`))
		}},
		{Pattern: "GET /source", Need: web.Public, Handle: a.source},
	}
}

func (a *App) asset(w http.ResponseWriter, r *web.Request) error {
	f, err := assets.Open(r.PathValue("file"))
	if err != nil {
		return fault.NotFound("fault.not_found").Because(err)
	}
	h := w.Header()
	h.Set("Content-Type", f.Type)
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	_, err = w.Write(f.Body)
	return err
}

// Serve answers on the listener until the context ends, then finishes the requests that run.
func (a *App) Serve(ctx context.Context, listen func(http.Handler) (*http.Server, func() error, error)) error {
	if err := a.Jobs.Start(ctx); err != nil {
		return fmt.Errorf("starting jobs: %w", err)
	}
	looking, done := context.WithCancel(ctx)
	looked := make(chan struct{})
	go func() { defer close(looked); a.awaitErasure(looking, 30*time.Second) }()
	defer func() { done(); <-looked }()
	server, run, err := listen(a.Metrics.Wrap(a.Server.Handler()))
	if err != nil {
		return err
	}
	ended := make(chan error, 1)
	go func() { ended <- run() }()
	select {
	case err = <-ended:
	case <-ctx.Done():
		stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), 20*time.Second)
		defer cancel()
		err = server.Shutdown(stop)
	}
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), 20*time.Second)
	defer cancel()
	a.Jobs.Stop(stop)
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}
