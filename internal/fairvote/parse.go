package fairvote

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Parse reads a .pb file. It returns a *Malformed for what is none, cannot be counted or says one thing twice.
func Parse(data []byte) (*File, error) {
	if len(data) > MaxFile {
		return nil, fmt.Errorf("the file is larger than %d MB", MaxFile>>20)
	}
	r := &reader{text: string(bytes.TrimPrefix(data, []byte("\ufeff")))}
	if at := strings.IndexByte(r.text, 0); at >= 0 {
		return nil, r.fail(at, "a NUL byte: this is no text")
	}
	if !utf8.ValidString(r.text) {
		at := 0
		for {
			if c, n := utf8.DecodeRuneInString(r.text[at:]); c == utf8.RuneError && n <= 1 {
				return nil, r.fail(at, "a byte that is no UTF-8")
			} else {
				at += n
			}
		}
	}
	p := parser{reader: r, file: &File{}, meta: map[string]cell{}, projects: map[string]int{}}
	if err := p.sections(); err != nil {
		return nil, err
	}
	return p.file, nil
}

type parser struct {
	*reader
	file     *File
	meta     map[string]cell
	kind     string
	projects map[string]int
	costs    []amount
	twice    int // approvals that were there already
}

const sectionOrder = "a .pb file has the sections META, PROJECTS and VOTES, in this order"

// sections reads the three of them.
func (p *parser) sections() error {
	row, err := p.next()
	if err != nil {
		return err
	}
	if len(row) == 0 || !is(row, "META") {
		return p.fail(0, "%s", sectionOrder)
	}
	if row, err = p.next(); err != nil {
		return err
	}
	if len(row) < 2 || !strings.EqualFold(row[0].text, "key") || !strings.EqualFold(row[1].text, "value") {
		return p.fail(p.begin(row), "META begins with the line key;value")
	}
	for {
		if row, err = p.next(); err != nil {
			return err
		}
		if len(row) == 0 || is(row, "VOTES") || is(row, "META") {
			return p.fail(p.begin(row), "%s", sectionOrder)
		}
		if is(row, "PROJECTS") {
			break
		}
		if err := p.field(row); err != nil {
			return err
		}
	}
	budget, err := p.head(row[0].at)
	if err != nil {
		return err
	}
	if p.file.ProjectColumns, err = p.columns("project_id", "cost"); err != nil {
		return err
	}
	for {
		if row, err = p.next(); err != nil {
			return err
		}
		if len(row) == 0 || is(row, "PROJECTS") || is(row, "META") {
			return p.fail(p.begin(row), "%s", sectionOrder)
		}
		if is(row, "VOTES") {
			break
		}
		if err := p.project(row); err != nil {
			return err
		}
	}
	if err := p.amounts(budget); err != nil {
		return err
	}
	want := []string{"voter_id", "vote"}
	if p.kind == cumulative || p.kind == scoring {
		want = append(want, "points")
	}
	if p.file.VoteColumns, err = p.columns(want...); err != nil {
		return err
	}
	return p.votes()
}

func is(row []cell, section string) bool {
	return strings.EqualFold(row[0].text, section) && !slices.ContainsFunc(row[1:], func(c cell) bool { return c.text != "" })
}

func (p *parser) begin(row []cell) int {
	if len(row) == 0 {
		return len(p.text)
	}
	return row[0].at
}

// field is a line of META.
func (p *parser) field(row []cell) error {
	key := row[0]
	if key.text == "" || len(row) < 2 {
		return p.fail(key.at, "a line of META is a key and its value, parted by a semicolon")
	}
	if _, ok := p.meta[key.text]; ok {
		return p.fail(key.at, "the key %s is there twice", key.text)
	}
	value := row[1]
	last := len(row)
	for last > 2 && row[last-1].text == "" {
		last--
	}
	for _, c := range row[2:last] {
		value.text += ";" + c.text
	}
	p.meta[key.text] = value
	p.file.Meta = append(p.file.Meta, Field{key.text, value.text})
	return nil
}

// head is the budget; it looks at the keys that say how to read the rest.
func (p *parser) head(end int) (amount, error) {
	budget, ok := p.meta["budget"]
	if !ok {
		return amount{}, p.fail(end, "META has no budget")
	}
	b, why := parseAmount(budget.text)
	if why == "" && b.n < 0 {
		why = "is below 0"
	}
	if why != "" {
		return b, p.fail(budget.at, "the budget %q %s", short(budget.text), why)
	}
	kind, ok := p.meta["vote_type"]
	if !ok {
		return b, p.fail(end, "META has no vote_type")
	}
	if p.kind = strings.ToLower(kind.text); !slices.Contains(ballots, p.kind) {
		return b, p.fail(kind.at, "vote_type %q: give one of %s", short(kind.text), strings.Join(ballots, ", "))
	}
	for _, key := range []string{"num_projects", "num_votes"} {
		if c := p.meta[key]; c.text != "" {
			if _, why := parseAmount(c.text); why != "" {
				return b, p.fail(c.at, "%s %q %s", key, short(c.text), why)
			}
		}
	}
	return b, nil
}

// columns reads the line that names them.
func (p *parser) columns(want ...string) ([]string, error) {
	row, err := p.next()
	if err != nil {
		return nil, err
	}
	var list []string
	last := len(row)
	for last > 0 && row[last-1].text == "" {
		last--
	}
	for _, c := range row[:last] {
		name := strings.ToLower(c.text)
		if name == "" || slices.Contains(list, name) {
			return nil, p.fail(c.at, "each column has a name of its own")
		}
		list = append(list, name)
	}
	if len(list) == 0 || list[0] != want[0] {
		return nil, p.fail(p.begin(row), "the first column is %s", want[0])
	}
	for _, name := range want {
		if !slices.Contains(list, name) {
			return nil, p.fail(p.begin(row), "the column %s is missing", name)
		}
	}
	return list, nil
}

// cells are those of a row, as many as there are columns, and their texts.
func (p *parser) cells(row []cell, columns int) ([]cell, []string, error) {
	for len(row) > columns && row[len(row)-1].text == "" {
		row = row[:len(row)-1]
	}
	if len(row) > columns {
		return nil, nil, p.fail(row[columns].at, "more cells than columns; a text with a semicolon stands in quotes")
	}
	texts := make([]string, columns)
	for i, c := range row {
		texts[i] = c.text
	}
	for len(row) < columns {
		row = append(row, cell{"", p.rowEnd(row)})
	}
	return row, texts, nil
}

func (p *parser) rowEnd(row []cell) int {
	last := row[len(row)-1]
	return min(last.at+len(last.text), len(p.text))
}

func (p *parser) project(row []cell) error {
	f := p.file
	row, texts, err := p.cells(row, len(f.ProjectColumns))
	if err != nil {
		return err
	}
	id := row[0]
	switch _, twice := p.projects[id.text]; {
	case id.text == "" || len(id.text) > maxID || strings.ContainsRune(id.text, ','):
		return p.fail(id.at, "a project has an id of 1 to %d bytes, without commas", maxID)
	case twice:
		return p.fail(id.at, "the project %q is there twice", id.text)
	case len(f.Projects) == MaxProjects:
		return p.fail(id.at, "more than %d projects", MaxProjects)
	}
	p.projects[id.text] = len(f.Projects)
	c := row[slices.Index(f.ProjectColumns, "cost")]
	cost, why := parseAmount(c.text)
	if why == "" && cost.n < 0 {
		why = "is below 0"
	}
	if why != "" {
		return p.fail(c.at, "the cost %q of project %s %s", short(c.text), id.text, why)
	}
	for i, name := range f.ProjectColumns {
		if (name == "votes" || name == "score") && texts[i] != "" {
			if _, why := parseAmount(texts[i]); why != "" {
				return p.fail(row[i].at, "%s %q of project %s %s", name, short(texts[i]), id.text, why)
			}
		}
	}
	p.costs = append(p.costs, cost)
	f.Projects = append(f.Projects, texts)
	x := Project{ID: id.text, Withdrawn: cost == amount{withdrawnCost, 0}}
	if at := slices.Index(f.ProjectColumns, "name"); at >= 0 {
		x.Name = texts[at]
	}
	f.election.Projects = append(f.election.Projects, x)
	return nil
}

// amounts brings budget and costs to one unit.
func (p *parser) amounts(budget amount) error {
	e := &p.file.election
	e.Decimals = budget.decimals
	for _, c := range p.costs {
		e.Decimals = max(e.Decimals, c.decimals)
	}
	ok := true
	e.Budget, ok = budget.at(e.Decimals)
	for i, c := range p.costs {
		n, fits := c.at(e.Decimals)
		e.Projects[i].Cost = n
		ok = ok && fits
	}
	if !ok {
		return p.fail(p.meta["budget"].at, "the amounts are too large, or have too many decimals, to be counted together")
	}
	return nil
}

// votes reads the ballots.
func (p *parser) votes() error {
	f := p.file
	at, points := slices.Index(f.VoteColumns, "vote"), slices.Index(f.VoteColumns, "points")
	if p.kind == approval || p.kind == choose1 {
		points = -1
	}
	voters := map[string]bool{}
	var given [][]amount
	last := make([]int, len(f.Projects)) // the ballot that named it last
	for {
		row, err := p.next()
		if err != nil {
			return err
		}
		if len(row) == 0 {
			break
		}
		if is(row, "META") || is(row, "PROJECTS") || is(row, "VOTES") {
			return p.fail(row[0].at, "%s", sectionOrder)
		}
		row, texts, err := p.cells(row, len(f.VoteColumns))
		if err != nil {
			return err
		}
		id := row[0]
		switch {
		case id.text == "":
			return p.fail(id.at, "a vote has a voter_id")
		case voters[id.text]:
			return p.fail(id.at, "the voter %q is there twice", short(id.text))
		case len(f.Votes) == MaxVotes:
			return p.fail(id.at, "more than %d votes", MaxVotes)
		}
		voters[id.text] = true
		f.Votes = append(f.Votes, texts)
		names := split(row[at].text)
		v := Vote{Projects: make([]int32, 0, len(names))}
		for _, name := range names {
			k, ok := p.projects[name]
			if !ok {
				return p.fail(row[at].at, "the vote of %q names the project %q, which is not among the projects", short(id.text), short(name))
			}
			if last[k] == len(f.Votes) {
				if p.kind != approval && p.kind != choose1 {
					return p.fail(row[at].at, "the vote of %q names the project %q twice", short(id.text), name)
				}
				p.twice++
				continue
			}
			last[k] = len(f.Votes)
			v.Projects = append(v.Projects, int32(k))
		}
		if p.kind == choose1 && len(v.Projects) > 1 {
			return p.fail(row[at].at, "the vote of %q names %d projects; of choose-1 it names one", short(id.text), len(v.Projects))
		}
		var own []amount
		if points >= 0 && (p.kind != ordinal || row[points].text != "") {
			for _, text := range split(row[points].text) {
				n, why := parseAmount(text)
				if why == "" && n.n < 0 && p.kind == cumulative {
					why = "are below 0"
				}
				if why != "" {
					return p.fail(row[points].at, "the points %q of %q %s", short(text), short(id.text), why)
				}
				own = append(own, n)
				f.election.PointDecimals = max(f.election.PointDecimals, n.decimals)
			}
			if len(own) != len(names) {
				return p.fail(row[points].at, "the vote of %q names %d projects and gives %d points", short(id.text), len(names), len(own))
			}
		} else if p.kind == ordinal {
			for j := range names {
				own = append(own, amount{int64(len(names) - j), 0})
			}
		}
		given = append(given, own)
		f.election.Votes = append(f.election.Votes, v)
	}
	for i, own := range given {
		if own == nil {
			continue
		}
		v := &f.election.Votes[i]
		v.Points = make([]int64, len(own))
		for j, n := range own {
			x, ok := n.at(f.election.PointDecimals)
			if !ok || x > MaxPoints || x < -MaxPoints {
				return p.fail(p.meta["vote_type"].at, "the points of %q are too large to be counted", short(f.Votes[i][0]))
			}
			v.Points[j] = x
		}
	}
	if err := p.defaults(); err != nil {
		return err
	}
	p.claims()
	return nil
}

// defaults gives the default_score of scoring ballots to projects that a ballot does not name.
func (p *parser) defaults() error {
	c := p.meta["default_score"]
	if p.kind != scoring || c.text == "" {
		return nil
	}
	n, why := parseAmount(c.text)
	x, ok := n.at(p.file.election.PointDecimals)
	e := &p.file.election
	if why == "" && (!ok || n.decimals > p.file.election.PointDecimals || x > MaxPoints || x < -MaxPoints || len(e.Votes)*len(e.Projects) > 100_000_000) {
		why = "is too large to be counted, or has more decimals than the points"
	}
	if why != "" {
		return p.fail(c.at, "default_score %q %s", short(c.text), why)
	}
	if x == 0 {
		return nil
	}
	for i := range e.Votes {
		v := &e.Votes[i]
		named := make([]bool, len(e.Projects))
		for _, k := range v.Projects {
			named[k] = true
		}
		for k := range named {
			if !named[k] {
				v.Projects = append(v.Projects, int32(k))
				v.Points = append(v.Points, x)
			}
		}
	}
	return nil
}

// claims takes over the scores that the file gives, and notes where it says of itself what it is not.
func (p *parser) claims() {
	f := p.file
	note := func(format string, args ...any) { f.Notes = append(f.Notes, fmt.Sprintf(format, args...)) }
	for _, x := range []struct {
		key string
		n   int
	}{{"num_projects", len(f.Projects)}, {"num_votes", len(f.Votes)}} {
		c := p.meta[x.key]
		if says, _ := parseAmount(c.text); c.text != "" && says != (amount{int64(x.n), 0}) {
			note("%s says %s, and there are %d", x.key, c.text, x.n)
		}
	}
	if p.twice > 0 {
		note("%d approvals stand twice in one vote, and count once", p.twice)
	}
	e := &f.election
	if e.Budget == 0 {
		note("the budget is 0")
	}
	counted, scored := make([]int64, len(e.Projects)), make([]int64, len(e.Projects))
	for _, v := range e.Votes {
		for j, k := range v.Projects {
			counted[k]++
			scored[k] += v.of(j)
		}
	}
	column, by, decimals := slices.Index(f.ProjectColumns, "score"), scored, f.election.PointDecimals
	if column < 0 && (p.kind == approval || p.kind == choose1) {
		column, by = slices.Index(f.ProjectColumns, "votes"), counted
	}
	f.scoreDecimals = decimals
	if column < 0 {
		return
	}
	differ := 0
	claimed := make([]amount, len(e.Projects))
	for i, row := range f.Projects {
		claimed[i], _ = parseAmount(cmp.Or(row[column], "0"))
		decimals = max(decimals, claimed[i].decimals)
	}
	f.scores, f.scoreDecimals = make([]int64, len(e.Projects)), decimals
	for i, c := range claimed {
		n, ok := c.at(decimals)
		own, fits := amount{by[i], f.election.PointDecimals}.at(decimals)
		if !ok || !fits {
			f.scores, f.scoreDecimals = nil, f.election.PointDecimals
			return
		}
		f.scores[i] = n
		if n != own {
			differ++
		}
	}
	if differ > 0 {
		note("the column %s differs from the ballots for %d projects", f.ProjectColumns[column], differ)
	}
}

// split is a list parted by commas.
func split(s string) []string {
	if s == "" {
		return nil
	}
	list := strings.Split(s, ",")
	for i := range list {
		list[i] = strings.TrimSpace(list[i])
	}
	return slices.DeleteFunc(list, func(x string) bool { return x == "" })
}

func short(s string) string {
	if utf8.RuneCountInString(s) > 40 {
		return string([]rune(s)[:40]) + "…"
	}
	return s
}

// cell is a piece of text and where it begins.
type cell struct {
	text string
	at   int
}

// reader takes a text apart.
type reader struct {
	text string
	at   int
	row  []cell
}

func (r *reader) fail(at int, format string, args ...any) error {
	before := r.text[:min(at, len(r.text))]
	line := strings.Count(before, "\n") + 1
	what := strings.Map(func(c rune) rune {
		if unicode.IsControl(c) { // a name may hold a line end; a message is one line
			return ' '
		}
		return c
	}, fmt.Sprintf(format, args...))
	return &Malformed{line, utf8.RuneCountInString(before[strings.LastIndexByte(before, '\n')+1:]) + 1, what}
}

// next is the next line that is not empty, in cells without the spaces around them; none at the end. A cell in quotes may hold
// semicolons, line ends and, doubled, quotes.
func (r *reader) next() ([]cell, error) {
	for r.at < len(r.text) {
		r.row = r.row[:0]
		for {
			c, more, err := r.cell()
			if err != nil {
				return nil, err
			}
			r.row = append(r.row, c)
			if !more {
				break
			}
		}
		if len(r.row) > 1 || r.row[0].text != "" {
			return r.row, nil
		}
	}
	return nil, nil
}

// cell is the next cell, and whether one follows in its line.
func (r *reader) cell() (cell, bool, error) {
	for r.at < len(r.text) && (r.text[r.at] == ' ' || r.text[r.at] == '\t') {
		r.at++
	}
	begin := r.at
	var quoted strings.Builder
	was := false
	if strings.HasPrefix(r.text[r.at:], `"`) {
		was = true
		r.at++
		for {
			n := strings.IndexByte(r.text[r.at:], '"')
			if n < 0 {
				return cell{}, false, r.fail(begin, "the quotes are not closed")
			}
			quoted.WriteString(r.text[r.at : r.at+n])
			r.at += n + 1
			if !strings.HasPrefix(r.text[r.at:], `"`) {
				break
			}
			quoted.WriteByte('"')
			r.at++
		}
	}
	rest := r.at
	n := strings.IndexAny(r.text[r.at:], ";\n")
	more := false
	if n < 0 {
		r.at = len(r.text)
		n = r.at - rest
	} else {
		more = r.text[rest+n] == ';'
		r.at += n + 1
	}
	text := r.text[rest : rest+n]
	if was {
		text = quoted.String() + text
	}
	return cell{strings.TrimSpace(text), begin}, more, nil
}
