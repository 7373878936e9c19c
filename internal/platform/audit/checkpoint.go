package audit

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
)

// Checkpoint is where the chains' heads were at one hour. Kept on another machine it proves later that nothing before it
// was cut off or rewritten, also by whoever can write to the whole database and makes the chains anew.
type Checkpoint struct {
	Hour  time.Time
	Heads []Tail
}

// ErrCheckpoint is returned for a file that is no whole checkpoint.
var ErrCheckpoint = errors.New("this is no whole checkpoint of an audit log")

const (
	checkpointMark = "kvart audit checkpoint 1 "
	checkpointSum  = "sha256 "
)

// String is the checkpoint as a file: a line with the hour, one with chain, length and hash for each chain, and a sum by
// which a file that was cut in copying is known. The sum proves nothing else.
func (c Checkpoint) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s%s\n", checkpointMark, c.Hour.UTC().Truncate(time.Hour).Format(time.RFC3339))
	for _, t := range c.Heads {
		fmt.Fprintf(&b, "%s %d %s\n", t.Chain, t.N, t.Hash)
	}
	sum := sha256.Sum256([]byte(b.String()))
	return b.String() + checkpointSum + hex.EncodeToString(sum[:]) + "\n"
}

// ParseCheckpoint reads what String wrote. It returns ErrCheckpoint for anything else.
func ParseCheckpoint(file []byte) (Checkpoint, error) {
	var c Checkpoint
	text := strings.ReplaceAll(string(file), "\r\n", "\n")
	at := strings.LastIndex(text, checkpointSum)
	if at < 0 {
		return c, ErrCheckpoint
	}
	sum := sha256.Sum256([]byte(text[:at]))
	if strings.TrimSpace(text[at+len(checkpointSum):]) != hex.EncodeToString(sum[:]) {
		return c, ErrCheckpoint
	}
	lines := strings.Split(strings.TrimSuffix(text[:at], "\n"), "\n")
	hour, ok := strings.CutPrefix(lines[0], checkpointMark)
	var err error
	if c.Hour, err = time.Parse(time.RFC3339, hour); err != nil || !ok {
		return Checkpoint{}, ErrCheckpoint
	}
	seen := map[string]bool{}
	for _, line := range lines[1:] {
		parts := strings.Split(line, " ")
		if len(parts) != 3 || parts[0] == "" || len(parts[2]) != 2*sha256.Size || seen[parts[0]] {
			return Checkpoint{}, ErrCheckpoint
		}
		seen[parts[0]] = true
		n, err := strconv.ParseInt(parts[1], 10, 64)
		if err != nil || n < 1 {
			return Checkpoint{}, ErrCheckpoint
		}
		c.Heads = append(c.Heads, Tail{parts[0], n, parts[2]})
	}
	return c, nil
}

// Against says which chains no longer hold what the checkpoint saw: CutTail where the chain ends before, Rewritten where
// another link stands in its place. That the chain is whole up to there is Verify's to say.
func Against(ctx context.Context, d *db.DB, c Checkpoint) ([]Fault, error) {
	var list []Fault
	for _, head := range c.Heads {
		var hash string
		err := d.Get(ctx, &hash, `SELECT hash FROM audit_links WHERE chain = :c AND n = :n`, db.Args{"c": head.Chain, "n": head.N})
		switch {
		case fault.Is(err, fault.KindNotFound):
			list = append(list, Fault{head.Chain, head.N, CutTail})
		case err != nil:
			return nil, fmt.Errorf("reading the audit chains: %w", err)
		case hash != head.Hash:
			list = append(list, Fault{head.Chain, head.N, Rewritten})
		}
	}
	return list, nil
}
