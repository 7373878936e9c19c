// Command kvart runs a network of neighbourhood community centres.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	_ "time/tzdata"

	"github.com/alecthomas/kong"

	"kvart/internal/platform/fault"
	"kvart/internal/platform/i18n"
	"kvart/locales"
)

// version is set when building.
var version = "dev"

// Settings that several commands share. Each comes from its flag, then from KVART_….
type storage struct {
	Data        string `help:"Folder of the database." default:"./kvart-data" env:"KVART_DATA" type:"path"`
	DatabaseURL string `help:"PostgreSQL address; without it the database is a file in the data folder." env:"KVART_DATABASE_URL"`
	Secrets     string `help:"Folder of the pepper, the same for all processes and never in a backup (default: beside the data folder, its name with -secrets)." env:"KVART_SECRETS" type:"path"`

	ErasureStore string `help:"File or postgres:// address of the erasure keys, the same for all processes and never in a backup of the data (default: erasure.sqlite in a folder beside the data folder, its name with -erasure)." placeholder:"FILE|URL" env:"KVART_ERASURE_STORE"`
}

type cli struct {
	Demo    demoCmd    `cmd:"" help:"Show the whole system with sample weeks, in a temporary folder."`
	Serve   serveCmd   `cmd:"" help:"Run the network."`
	Migrate migrateCmd `cmd:"" help:"Bring the database up to this version."`
	Check   checkCmd   `cmd:"" help:"Check the database and the audit log."`
	Backup  backupCmd  `cmd:"" help:"Write a backup, also while serving."`
	Restore restoreCmd `cmd:"" help:"Put a backup in place of the data; nothing may be using it."`
	User    userCmd    `cmd:"" help:"Accounts."`
	Token   tokenCmd   `cmd:"" help:"Tokens for the API."`
	Person  personCmd  `cmd:"" help:"What is kept of a person: export or erase."`
	Import  importCmd  `cmd:"" help:"Import a network, a programme or services."`
	Export  exportCmd  `cmd:"" help:"Export services."`
	Mail    mailCmd    `cmd:"" help:"Mails that wait: only the operator reads them."`
	SMS     smsCmd     `cmd:"" name:"sms" help:"SMS that wait: only the operator reads them."`
	Season  seasonCmd  `cmd:"" help:"Seasons: who gets which room each week."`
	Vote    voteCmd    `cmd:"" help:"Count a vote on a budget anew, from its .pb file."`
	Vault   vaultCmd   `cmd:"" help:"An organisation's keys: made and used away from the server."`
	Locales localesCmd `cmd:"" help:"All texts side by side, for a native reader."`
	Version versionCmd `cmd:"" help:"Say which version this is."`
}

// wrongUse ends with status 2.
type wrongUse struct{ error }

func main() { os.Exit(run(os.Args[1:])) }

// run is main with an exit status: 0 done, 1 failed, 2 wrong use.
func run(args []string) int {
	var c cli
	status := 0
	parser := kong.Must(&c, kong.Name("kvart"), kong.Description("One program for a network of neighbourhood community centres."),
		kong.UsageOnError(), kong.Exit(func(code int) { status = code; panic(exited{}) }))
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	parsed, err := parse(parser, args)
	if errors.Is(err, exited{}) {
		return status
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "kvart: "+err.Error()+" (kvart --help lists the commands)")
		return 2
	}
	parsed.BindTo(ctx, (*context.Context)(nil))
	if err := parsed.Run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "kvart: "+inWords(err))
		if _, ok := errors.AsType[wrongUse](err); ok {
			return 2
		}
		return 1
	}
	return 0
}

type exited struct{}

func (exited) Error() string { return "exited" }

func parse(p *kong.Kong, args []string) (c *kong.Context, err error) {
	defer func() {
		if x := recover(); x != nil {
			if _, ok := x.(exited); !ok {
				panic(x)
			}
			err = exited{}
		}
	}()
	return p.Parse(args)
}

// inWords is one line for a person at a terminal: a fault in English, with its cause.
func inWords(err error) string {
	if e, ok := errors.AsType[*fault.Error](err); ok && e.Key != "" {
		if texts, loadErr := i18n.Load(locales.FS); loadErr == nil {
			words := texts.For(i18n.EN)
			s := words.T(e.Key, e.Args...)
			for _, f := range e.Fields {
				s += "; " + f.Name + ": " + words.T(f.Key, f.Args...)
			}
			if e.Unwrap() != nil {
				s += " (" + e.Unwrap().Error() + ")"
			}
			return s
		}
	}
	return err.Error()
}
