package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"kvart/internal/directory"
	"kvart/internal/platform/i18n"
)

type importServicesCmd struct {
	storage
	File   string `arg:"" type:"existingfile" help:"File."`
	Lang   string `default:"hr" enum:"hr,en,nb" help:"Language of the file's texts: hr, en or nb."`
	DryRun bool   `help:"Say what would change, and change nothing."`
}

func (c *importServicesCmd) Run(ctx context.Context) error {
	return c.take(ctx, c.File, i18n.Lang(c.Lang), c.DryRun)
}

type importPlacesCmd struct {
	storage
	File   string `arg:"" type:"existingfile" help:"Table with a head: kind, name, lat, lon, area; or id, parent, code, hr, en, nb, description; or lang, word, means."`
	DryRun bool   `help:"Say what would change, and change nothing."`
}

func (c *importPlacesCmd) Run(ctx context.Context) error {
	return c.take(ctx, c.File, i18n.HR, c.DryRun)
}

// take imports a file into the directory, telling a terminal how far it is. Interrupted it leaves whole batches.
func (s storage) take(ctx context.Context, file string, l i18n.Lang, dry bool) error {
	data, err := readUpTo(file, directory.MostBytes)
	if err != nil {
		return err
	}
	a, err := s.open(ctx)
	if err != nil {
		return err
	}
	defer a.Close()
	told := terminal(os.Stderr)
	im := directory.Importer{Store: a.Directory, Lang: l, By: "cli", Step: func(done, total int) bool {
		if told {
			fmt.Fprintf(os.Stderr, "\r%d of %d", done, total)
		}
		return ctx.Err() != nil
	}}
	// What was begun is ended: a batch is taken whole, then it stops.
	report, err := im.Run(context.WithoutCancel(ctx), filepath.Base(file), data, !dry)
	if told {
		fmt.Fprintln(os.Stderr)
	}
	if err != nil {
		return err
	}
	if err := report.Print(os.Stdout, a.Texts.For(i18n.EN)); err != nil {
		return err
	}
	if report.Stopped {
		return errors.New("stopped; import the file again for the rest")
	}
	return nil
}

type exportCmd struct {
	HSDS exportHSDSCmd `cmd:"" name:"hsds" help:"All services, as others may have them."`
}

type exportHSDSCmd struct {
	storage
	File   string `arg:"" type:"path" help:"File to write, which must not be there yet; - for the standard output."`
	Format string `enum:"zip,ndjson,xlsx,csv," default:"" help:"zip (HSDS data package), ndjson (HSDS JSON, a line a service), xlsx or csv (our own sheet); without it by the file's ending, else zip."`
	Lang   string `default:"hr" enum:"hr,en,nb" help:"Language of the texts, where they are in several."`
}

func (c *exportHSDSCmd) Run(ctx context.Context) (err error) {
	format := c.Format
	if ending := strings.TrimPrefix(filepath.Ext(c.File), "."); format == "" {
		format = "zip"
		for _, f := range directory.ExportFormats {
			if f == ending {
				format = f
			}
		}
	}
	toStdout := filepath.Base(c.File) == "-"
	if toStdout && terminal(os.Stdout) && format != "ndjson" && format != "csv" {
		return wrongUse{fmt.Errorf("a %s file is no text for a terminal: give a file name", format)}
	}
	a, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer a.Close()
	var w io.Writer = os.Stdout
	if !toStdout {
		f, openErr := os.OpenFile(c.File, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if openErr != nil {
			return openErr
		}
		defer func() {
			if err = errors.Join(err, f.Close()); err != nil {
				_ = os.Remove(c.File) // half a file is none
			}
		}()
		w = f
	}
	n, err := a.Directory.Export(ctx, w, format, i18n.Lang(c.Lang), "cli")
	if err == nil {
		fmt.Fprintf(os.Stderr, "%d services\n", n)
	}
	return err
}
