package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"kvart/internal/platform/vault"
)

// vaultCommands are of the scripts on papers.
var vaultCommands = map[string]func(*testscript.TestScript, bool, []string){
	// request KEYS FILE SERIAL [recovery|late] writes a list to sign, as the desk would give it.
	"request": func(ts *testscript.TestScript, _ bool, args []string) {
		keys, err := readPublicKeys(ts.MkAbs(args[0]))
		ts.Check(err)
		id, err := vault.NewIdentity()
		ts.Check(err)
		serial, err := strconv.Atoi(args[2])
		ts.Check(err)
		until := time.Now().AddDate(0, 6, 0).Format(time.DateOnly)
		readers := []map[string]any{{"id": "key-1", "owner": "account-1", "name": "Koordinacija\x1b[31m", "key": id.Reader().Bytes(), "until": until}}
		if len(args) > 3 && args[3] == "recovery" {
			readers = append(readers, map[string]any{"id": "recovery", "owner": "recovery", "name": "", "key": keys.Recovery, "until": until})
		}
		if len(args) > 3 && args[3] == "late" {
			readers[0]["until"] = time.Now().AddDate(1, 0, 2).Format(time.DateOnly)
		}
		data, err := json.Marshal(map[string]any{"organisation": "org-1", "serial": serial, "readers": readers})
		ts.Check(err)
		ts.Check(os.WriteFile(ts.MkAbs(args[1]), data, 0o600))
	},
	// typed PAPERS OTHERS 's1 r2 o3 wrong' ANSWER makes what a person types: papers of the signing key, the recovery key,
	// another organisation's signing key, or one with a wrong digit; then the answer.
	"typed": func(ts *testscript.TestScript, _ bool, args []string) {
		digits := func(paper string) string {
			var rows []string
			for line := range strings.Lines(paper) {
				if strings.HasPrefix(line, "    ") {
					rows = append(rows, strings.TrimSpace(line))
				}
			}
			return strings.Join(rows, "\n") + "\n"
		}
		own, others := strings.Split(ts.ReadFile(args[0]), "\f"), strings.Split(ts.ReadFile(args[1]), "\f")
		if len(own) != 6 {
			ts.Fatalf("%d papers", len(own))
		}
		var b strings.Builder
		for what := range strings.FieldsSeq(args[2]) {
			if what == "wrong" {
				row := []byte(strings.SplitAfter(digits(own[0]), "\n")[0])
				last := len(row) - 2
				row[last] = '0' + (row[last]-'0'+1)%10
				b.Write(row)
				continue
			}
			n := int(what[1] - '1')
			switch what[0] {
			case 's':
				b.WriteString(digits(own[n]))
			case 'r':
				b.WriteString(digits(own[3+n]))
			case 'o':
				b.WriteString(digits(others[n]))
			}
		}
		fmt.Fprintln(&b, args[3])
		ts.Check(os.WriteFile(ts.MkAbs("answers"), []byte(b.String()), 0o600))
	},
	// signed LIST KEYS SERIAL checks the signature, and that the recovery key is on the list.
	"signed": func(ts *testscript.TestScript, _ bool, args []string) {
		keys, err := readPublicKeys(ts.MkAbs(args[1]))
		ts.Check(err)
		serial, err := strconv.Atoi(args[2])
		ts.Check(err)
		l, err := vault.OpenList([]byte(ts.ReadFile(args[0])), keys.Signer, "org-1", serial)
		ts.Check(err)
		recovery, err := vault.ParseReader(keys.Recovery)
		ts.Check(err)
		r, ok := l.Reader("recovery", time.Now())
		if !ok || r.Fingerprint() != recovery.Fingerprint() || len(l.Readers) != 2 || l.Readers[1].Owner != "recovery" || l.Serial != serial {
			ts.Fatalf("list %+v", l)
		}
	},
}
