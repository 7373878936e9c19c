package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"kvart/internal/app"
	"kvart/internal/platform/audit"
	"kvart/internal/platform/backup"
	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/i18n"
	"kvart/internal/programme"
	"kvart/locales"
)

// open opens the program on data that is there, also beside a running server. It makes no secrets folder: a new pepper
// would hide that --secrets is mistyped.
func (s storage) open(ctx context.Context) (*app.App, error) {
	if err := s.thereIsData(); err != nil {
		return nil, err
	}
	if folder := s.config().Secrets; missing(filepath.Join(folder, "pepper")) {
		return nil, wrongUse{fmt.Errorf("no secrets in %s: give with --secrets the folder that 'kvart serve' uses, or put back the copy you kept of it", folder)}
	}
	return s.openAt(ctx, os.Getenv("KVART_PUBLIC_URL"))
}

// thereIsData refuses a folder without a database: a new one would pass every check.
func (s storage) thereIsData() error {
	if s.DatabaseURL == "" && missing(filepath.Join(s.Data, "kvart.sqlite")) {
		return wrongUse{fmt.Errorf("no database in %s: give with --data the folder that 'kvart serve' uses, or --database-url; 'kvart import network FILE' makes a new one", s.Data)}
	}
	return nil
}

func missing(file string) bool {
	_, err := os.Stat(file)
	return errors.Is(err, fs.ErrNotExist)
}

// database opens the database that is there, and nothing else; nobody restores it until it is closed.
func (s storage) database(ctx context.Context) (d *db.DB, closed func(), err error) {
	if err := s.thereIsData(); err != nil {
		return nil, nil, err
	}
	release, err := backup.Lock(ctx, backup.Target{DataDir: s.Data, URL: s.DatabaseURL}, false)
	if err != nil {
		return nil, nil, err
	}
	if d, err = app.OpenDatabase(s.config()); err != nil {
		release()
		return nil, nil, err
	}
	return d, func() { d.Close(); release() }, nil
}

// openAt opens the program for what belongs to the set-up: it makes what is not there yet. Links begin with the address.
func (s storage) openAt(ctx context.Context, publicURL string) (*app.App, error) {
	cfg := s.config()
	cfg.ExistingErasure = true
	cfg.PublicURL = publicURL
	if cfg.PublicURL == "" {
		cfg.PublicURL = "http://127.0.0.1:8080"
	}
	return app.Open(ctx, cfg)
}

type migrateCmd struct {
	storage
	NewPepper bool `help:"Go on with another pepper than the data was made with, when the secrets folder is lost: every passphrase and access code is void."`
}

func (c *migrateCmd) Run(ctx context.Context) error {
	d, closed, err := c.database(ctx)
	if err != nil {
		return err
	}
	defer closed()
	n, err := app.Migrate(ctx, d)
	if err != nil {
		return err
	}
	if c.NewPepper {
		if err := app.ForgetPepper(ctx, d); err != nil {
			return err
		}
	}
	fmt.Printf("%d migrations applied; the database is up to date\n", n)
	return nil
}

type checkCmd struct {
	storage
	Checkpoint string `help:"Write the heads of the audit log's chains to a new file, to be kept on another machine." placeholder:"FILE" type:"path"`
	Against    string `help:"Say whether the audit log still holds what a checkpoint saw." placeholder:"FILE" type:"existingfile"`
}

func (c *checkCmd) Run(ctx context.Context) error {
	before, err := c.before()
	if err != nil {
		return err
	}
	d, closed, err := c.database(ctx)
	if err != nil {
		return err
	}
	defer closed()
	if _, err := app.Migrate(ctx, d); err != nil {
		return err
	}
	if _, err := audit.Chain(ctx, d, time.Now()); err != nil {
		return err
	}
	report, err := audit.Verify(ctx, d)
	if err != nil {
		return err
	}
	fmt.Printf("audit log: %d links in %d chains\n", report.Links, len(report.Tails))
	if before != nil {
		lost, err := audit.Against(ctx, d, *before)
		if err != nil {
			return err
		}
		for _, f := range lost {
			report.Found++
			report.Faults = append(report.Faults, f)
		}
		if len(lost) == 0 {
			fmt.Printf("it holds what the checkpoint of %s saw: %d chains\n", before.Hour.Format(time.RFC3339), len(before.Heads))
		}
	}
	found, err := app.Check(ctx, d)
	if err != nil {
		return err
	}
	wrong := 0
	for _, f := range found {
		fmt.Printf("%s: %d\n", f.What, f.N)
		wrong += f.N
	}
	if !report.OK() {
		for _, f := range report.Faults {
			fmt.Fprintln(os.Stderr, f)
		}
		return fmt.Errorf("the audit log was changed or cut: keep this database as it is and compare it with a backup")
	}
	if wrong > 0 {
		return fmt.Errorf("the database holds what it must not: restore the newest backup that passes this check")
	}
	s, err := app.OpenErasure(ctx, d, c.config().ErasureStore, true)
	switch {
	case errors.Is(err, app.ErrNoErasureYet):
	case err != nil:
		return err
	default:
		fmt.Println("erasure store: " + s.ID())
		if err := s.Close(); err != nil {
			return err
		}
	}
	warning, err := app.UncheckedNumbers(ctx, d, time.Now)
	if err != nil {
		return err
	}
	if warning != "" {
		fmt.Fprintln(os.Stderr, "warning: "+warning)
	}
	if c.Checkpoint != "" {
		if err := c.write(audit.Checkpoint{Hour: time.Now(), Heads: report.Tails}); err != nil {
			return err
		}
		fmt.Println("written: " + c.Checkpoint)
	}
	fmt.Println("all well")
	return nil
}

// before is the checkpoint to hold the log against, or nil.
func (c *checkCmd) before() (*audit.Checkpoint, error) {
	if c.Against == "" {
		return nil, nil
	}
	data, err := read(c.Against)
	if err != nil {
		return nil, err
	}
	p, err := audit.ParseCheckpoint(data)
	if err != nil {
		return nil, wrongUse{fmt.Errorf("%s: %w", c.Against, err)}
	}
	return &p, nil
}

// write writes the checkpoint; one that is there is never replaced: it may be the only one from before.
func (c *checkCmd) write(p audit.Checkpoint) error {
	f, err := os.OpenFile(c.Checkpoint, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.WriteString(p.String())
	return errors.Join(err, f.Sync(), f.Close())
}

type personCmd struct {
	Export personExportCmd `cmd:"" help:"All that is kept of a person, as JSON."`
	Erase  personEraseCmd  `cmd:"" help:"Erase a person; what counts stays as a number."`
}

type personExportCmd struct {
	storage
	ID string `arg:"" help:"Id of the record."`
}

func (c *personExportCmd) Run(ctx context.Context) error {
	a, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer a.Close()
	v, err := a.Network.ExportPerson(ctx, "", c.ID, "cli")
	if err != nil {
		return err
	}
	e := json.NewEncoder(os.Stdout)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

type personEraseCmd struct {
	storage
	ID string `arg:"" help:"Id of the record."`
}

func (c *personEraseCmd) Run(ctx context.Context) error {
	a, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer a.Close()
	if err := a.Network.ErasePerson(ctx, "", c.ID, "cli"); err != nil {
		return err
	}
	fmt.Println("erased")
	return nil
}

type importCmd struct {
	Network   importNetworkCmd   `cmd:"" help:"Build a network from a YAML file; the same file twice changes nothing."`
	Programme importProgrammeCmd `cmd:"" help:"Take the sessions of a calendar file (.ics)."`
	Services  importServicesCmd  `cmd:"" help:"Take services: an HSDS data package (.zip), HSDS JSON (.json, .ndjson) or a sheet (.csv, .xlsx)."`
	Places    importPlacesCmd    `cmd:"" help:"Take streets, stops and committees to be near to, a taxonomy or synonyms (.csv, .xlsx)."`
}

type importNetworkCmd struct {
	storage
	File   string `arg:"" type:"existingfile" help:"YAML file."`
	DryRun bool   `help:"Say what would change, and change nothing."`
}

// openFirst is open, except that the first import belongs to the set-up: before it there is nobody who could sign in.
func (c *importNetworkCmd) openFirst(ctx context.Context) (*app.App, error) {
	if c.thereIsData() == nil {
		d, closed, err := c.database(ctx)
		if err != nil {
			return nil, err
		}
		var networks int
		err = d.Get(ctx, &networks, `SELECT COUNT(*) FROM networks`, nil) // an empty PostgreSQL has no such table
		closed()
		if err == nil && networks > 0 {
			return c.open(ctx)
		}
	}
	return c.openAt(ctx, os.Getenv("KVART_PUBLIC_URL"))
}

func (c *importNetworkCmd) Run(ctx context.Context) error {
	data, err := read(c.File)
	if err != nil {
		return err
	}
	a, err := c.openFirst(ctx)
	if err != nil {
		return err
	}
	defer a.Close()
	report, err := a.ImportNetwork(ctx, data, c.DryRun, "cli")
	if err != nil {
		return err
	}
	return report.Print(os.Stdout, a.Texts.For(i18n.EN))
}

type importProgrammeCmd struct {
	storage
	File   string `arg:"" type:"existingfile" help:"Calendar file."`
	Centre string `required:"" help:"Slug of the centre."`
	DryRun bool   `help:"Say what would change, and change nothing."`
}

func (c *importProgrammeCmd) Run(ctx context.Context) error {
	data, err := read(c.File)
	if err != nil {
		return err
	}
	a, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer a.Close()
	centre, err := a.Network.CentreBySlug(ctx, a.DB, c.Centre)
	if fault.Is(err, fault.KindNotFound) {
		return wrongUse{fmt.Errorf("no centre %q", c.Centre)}
	}
	if err != nil {
		return err
	}
	told := terminal(os.Stderr)
	progress := func(done, total int) bool {
		if told {
			fmt.Fprintf(os.Stderr, "\r%d of %d", done, total)
		}
		return ctx.Err() != nil
	}
	var report programme.Report
	if c.DryRun {
		report, err = a.Programme.PlanICS(ctx, centre.ID, data, progress)
	} else {
		report, err = a.Programme.ImportICS(ctx, centre.ID, data, "cli", progress)
	}
	if told {
		fmt.Fprintln(os.Stderr)
	}
	if err != nil {
		return err
	}
	return report.Print(os.Stdout, a.Texts.For(i18n.EN))
}

// terminal says whether a person looks at the file.
func terminal(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// read refuses a file that is larger than any network or calendar.
func read(file string) ([]byte, error) { return readUpTo(file, 16<<20) }

func readUpTo(file string, most int64) ([]byte, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, most+1))
	if err == nil && int64(len(data)) > most {
		err = fmt.Errorf("%s is larger than %d MB", file, most>>20)
	}
	return data, err
}

type mailCmd struct {
	List mailListCmd `cmd:"" help:"Which mails wait."`
	Show mailShowCmd `cmd:"" help:"One mail that waits."`
}

type mailListCmd struct{ storage }

func (c *mailListCmd) Run(ctx context.Context) error {
	a, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer a.Close()
	list, err := a.Mail.List(ctx)
	if err != nil {
		return err
	}
	for _, m := range list {
		fmt.Printf("%s\t%s\t%s\t%s\n", m.ID, m.State, m.To, m.Subject)
	}
	return nil
}

type mailShowCmd struct {
	storage
	ID string `arg:"" help:"Id of the mail."`
}

func (c *mailShowCmd) Run(ctx context.Context) error {
	a, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer a.Close()
	m, err := a.Mail.Show(ctx, c.ID)
	if err != nil {
		return err
	}
	fmt.Printf("To: %s\nSubject: %s\n\n%s\n", m.To, m.Subject, m.Body)
	return nil
}

type localesCmd struct {
	Review bool `help:"Write all texts side by side, with the place where each is used, as a page." required:""`
}

func (c *localesCmd) Run(context.Context) error {
	texts, err := i18n.Load(locales.FS)
	if err != nil {
		return err
	}
	places, err := app.TextPlaces(texts)
	if err != nil {
		return err
	}
	return i18n.Review(os.Stdout, texts, places)
}

type versionCmd struct{}

func (versionCmd) Run(context.Context) error {
	fmt.Println("kvart " + version)
	return nil
}
