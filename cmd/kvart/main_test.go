package main

import (
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/rogpeppe/go-internal/testscript"

	"kvart/internal/platform/db"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"kvart": main})
}

// TestCommands runs the scripts on SQLite and, where there is a server, on PostgreSQL.
func TestCommands(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) { scripts(t, "") })
	if os.Getenv("KVART_TEST_DATABASE_URL") != "" {
		t.Run("postgres", func(t *testing.T) { scripts(t, os.Getenv("KVART_TEST_DATABASE_URL")) })
	}
}

// choir is a calendar of two evenings, a week apart.
func choir(first time.Time) []byte {
	day := first.Format("20060102")
	return []byte(strings.ReplaceAll("BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//test//test//EN\nBEGIN:VEVENT\nUID:zbor@test\nDTSTAMP:20261001T000000Z\n"+
		"DTSTART;TZID=Europe/Zagreb:"+day+"T180000\nDTEND;TZID=Europe/Zagreb:"+day+"T190000\nRRULE:FREQ=WEEKLY;COUNT=2\n"+
		"SUMMARY:Kvartovski zbor\nEND:VEVENT\nEND:VCALENDAR\n", "\n", "\r\n"))
}

func scripts(t *testing.T, server string) {
	example, err := os.ReadFile("../../docs/examples/network.yaml")
	if err != nil {
		t.Fatal(err)
	}
	commands := map[string]func(*testscript.TestScript, bool, []string){}
	maps.Copy(commands, vaultCommands)
	maps.Copy(commands, serverCommands)
	testscript.Run(t, testscript.Params{
		Dir: "testdata",
		Setup: func(e *testscript.Env) error {
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				return err
			}
			e.Setenv("ADDR", l.Addr().String())
			l.Close()
			if err := os.WriteFile(e.WorkDir+"/network.yaml", example, 0o600); err != nil {
				return err
			}
			if err := os.WriteFile(e.WorkDir+"/choir.ics", choir(time.Now().AddDate(0, 0, 7)), 0o600); err != nil {
				return err
			}
			if server == "" {
				return nil
			}
			admin, err := sqlx.Open("pgx", server)
			if err != nil {
				return err
			}
			name := "kvart_cli_" + strings.ReplaceAll(db.NewSecretID(), "-", "")
			if _, err := admin.Exec("CREATE DATABASE " + name); err != nil {
				return err
			}
			e.Defer(func() {
				_, _ = admin.Exec("DROP DATABASE IF EXISTS " + name + " WITH (FORCE)")
				admin.Close()
			})
			u, err := url.Parse(server)
			if err != nil {
				return err
			}
			u.Path = "/" + name
			e.Setenv("KVART_DATABASE_URL", u.String())
			return nil
		},
		Cmds: commands,
	})
}

// serverCommands are of the scripts beside a running server.
var serverCommands = map[string]func(*testscript.TestScript, bool, []string){
	// ready waits until the server answers.
	"ready": func(ts *testscript.TestScript, neg bool, args []string) {
		for range 200 {
			if r, err := http.Get("http://" + ts.Getenv("ADDR") + "/readyz"); err == nil {
				r.Body.Close()
				if r.StatusCode == http.StatusOK {
					return
				}
			}
			time.Sleep(50 * time.Millisecond)
		}
		ts.Fatalf("the server did not become ready")
	},
	// get asks for a page and prints its status.
	"get": func(ts *testscript.TestScript, neg bool, args []string) {
		r, err := http.Get("http://" + ts.Getenv("ADDR") + args[0])
		if err != nil {
			ts.Fatalf("%v", err)
		}
		r.Body.Close()
		if want := args[1]; fmt.Sprint(r.StatusCode) != want {
			ts.Fatalf("%s: %s, want %s", args[0], r.Status, want)
		}
	},
}

func TestSeasonRecount_statusSaysWhetherItIsEqual(t *testing.T) {
	file := t.TempDir() + "/season.json"
	for text, want := range map[string]int{
		`{"format":"kvart-season","version":1,"name":"","centre":"","from":"","to":"","zone":"","input":{"seed":"s","criteria":[],"rooms":[],"organisations":[],"limits":{},"wishes":[]},
			"result":{"pool_minutes":0,"equal_shares":false,"entitlements":[],"picks":[],"unmet":[]},"edits":[],"template":[]}`: 0,
		`{"format":"kvart-season","version":1,"input":{"seed":"s"},"result":{"pool_minutes":1}}`: 1,
		`{"format":"kvart-season","version":2}`:                                                  2,
		`[]`:                                                                                     2,
	} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if got := run([]string{"season", "recount", file}); got != want {
			t.Errorf("%s: status %d, want %d", text, got, want)
		}
	}
	if got := run([]string{"season", "recount", file + ".none"}); got != 2 {
		t.Errorf("no file: status %d", got)
	}
}

func TestVote_statusIsTwoForWhatCannotBeCounted(t *testing.T) {
	file := t.TempDir() + "/vote.pb"
	const head = "META\nkey;value\nbudget;10\nvote_type;approval\nrule;"
	const rest = "\nPROJECTS\nproject_id;cost\na;5\nVOTES\nvoter_id;vote\n1;a\n"
	for text, want := range map[string]int{head + "greedy" + rest: 0, head + "greedy-custom" + rest: 2, head + "equalshares/add1" + rest: 0, head + rest: 2, "META": 2, "": 2} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if got := run([]string{"vote", file, "--rule", "from-file", "--json"}); got != want {
			t.Errorf("%q: status %d, want %d", text, got, want)
		}
	}
	if got := run([]string{"vote", file + ".none"}); got != 2 {
		t.Errorf("no file: status %d", got)
	}
	if got := run([]string{"vote", t.TempDir()}); got != 2 {
		t.Errorf("a folder: status %d", got)
	}
}
