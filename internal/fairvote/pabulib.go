package fairvote

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// MaxFile is the most bytes of a .pb file.
const MaxFile = 256 << 20

// File is an election in the .pb format (https://pabulib.org/format): three tables in one text, META, PROJECTS and VOTES, their
// cells parted by semicolons. Everything in it is kept, known or not.
type File struct {
	Meta           []Field
	ProjectColumns []string
	Projects       [][]string // as many cells as columns
	VoteColumns    []string
	Votes          [][]string
	Notes          []string // where the file contradicts itself without leaving open what is counted

	election      Election
	scores        []int64 // of the projects, by the file itself where it says; nil where by the ballots
	scoreDecimals int
}

// Field is a line of META.
type Field struct{ Key, Value string }

// Malformed is what Parse returns for a text that is no .pb file. Line and column are counted from 1, columns in characters.
type Malformed struct {
	Line, Column int
	What         string
}

func (m *Malformed) Error() string {
	return fmt.Sprintf("line %d, column %d: %s", m.Line, m.Column, m.What)
}

// Kinds of ballots.
const (
	approval   = "approval"
	choose1    = "choose-1"
	ordinal    = "ordinal"
	cumulative = "cumulative"
	scoring    = "scoring"
)

var ballots = []string{approval, choose1, ordinal, cumulative, scoring}

// withdrawnCost is what the library writes for a project that was withdrawn after the vote.
const withdrawnCost = 999_999_999

// Get is the value of a key of META, without spaces around it.
func (f *File) Get(key string) string {
	for _, m := range f.Meta {
		if m.Key == key {
			return m.Value
		}
	}
	return ""
}

// Election is what the file has to be counted. Points have as many decimals as the file gives them; of ordinal ballots without
// points the last has one, the one before two, and so on.
func (f *File) Election() Election { return f.election }

// Selected says of every project whether the file marks it as selected (1), where it has that column.
func (f *File) Selected() (list []bool, ok bool) {
	at := slices.Index(f.ProjectColumns, "selected")
	if at < 0 {
		return nil, false
	}
	for _, p := range f.Projects {
		list = append(list, p[at] == "1")
	}
	return list, true
}

// Write writes the file as it was read: read again, it is the same.
func (f *File) Write(w io.Writer) error {
	var b bytes.Buffer
	line := func(cells ...string) {
		for i, c := range cells {
			if i > 0 {
				b.WriteByte(';')
			}
			if strings.ContainsAny(c, ";\"\n\r") {
				c = `"` + strings.ReplaceAll(c, `"`, `""`) + `"`
			}
			b.WriteString(c)
		}
		b.WriteByte('\n')
	}
	line("META")
	line("key", "value")
	for _, m := range f.Meta {
		line(m.Key, m.Value)
	}
	line("PROJECTS")
	line(f.ProjectColumns...)
	for _, p := range f.Projects {
		line(p...)
	}
	line("VOTES")
	line(f.VoteColumns...)
	for _, v := range f.Votes {
		line(v...)
	}
	_, err := w.Write(b.Bytes())
	return err
}

// NewFile is the .pb file of an election by approval: with its projects, what was selected, and the ballots in the order of
// the election with the numbers from 1 as their voters. Keys of meta come first; budget, kind of ballots and numbers are added.
func NewFile(meta []Field, e Election, winners []int) (*File, error) {
	if err := e.Check(); err != nil {
		return nil, err
	}
	f := &File{Meta: append(slices.Clone(meta),
		Field{"num_projects", strconv.Itoa(len(e.Projects))}, Field{"num_votes", strconv.Itoa(len(e.Votes))},
		Field{"budget", Decimal(e.Budget, e.Decimals)}, Field{"vote_type", approval}),
		ProjectColumns: []string{"project_id", "cost", "votes", "name", "selected"}, VoteColumns: []string{"voter_id", "vote"}}
	votes := make([]int, len(e.Projects))
	for i, v := range e.Votes {
		if v.Points != nil {
			return nil, fmt.Errorf("vote %d has points: this writes approvals", i+1)
		}
		names := make([]string, len(v.Projects))
		for j, k := range v.Projects {
			names[j] = e.Projects[k].ID
			votes[k]++
		}
		f.Votes = append(f.Votes, []string{strconv.Itoa(i + 1), strings.Join(names, ",")})
	}
	for k, p := range e.Projects {
		selected := "0"
		if slices.Contains(winners, k) {
			selected = "1"
		}
		f.Projects = append(f.Projects, []string{p.ID, Decimal(p.Cost, e.Decimals), strconv.Itoa(votes[k]), p.Name, selected})
	}
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		return nil, err
	}
	return Parse(b.Bytes())
}
