package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"

	"kvart/internal/fairvote"
)

type voteCmd struct {
	File       string `arg:"" help:"The .pb file, as the vote's page gives it; - is standard input."`
	Rule       string `default:"equal-shares" enum:"equal-shares,greedy,phragmen,from-file" help:"equal-shares, greedy (most votes first), phragmen, or from-file: what the file's META names."`
	Utility    string `default:"cost" enum:"cost,cardinality" help:"Of equal-shares: what a project is worth to who approves it: cost, or cardinality (all the same)."`
	Completion string `default:"add1" enum:"none,add1,add1-overshoot,add1-utilitarian,phragmen" help:"Of equal-shares, for what is left over: none, add1 (larger shares until nothing fits), add1-overshoot (until they would buy too much), add1-utilitarian (add1, then most votes), phragmen."`
	Seed       uint64 `default:"0" help:"Published number from which the lot is drawn for what is still equal."`
	JSON       bool   `name:"json" help:"Print everything as JSON."`
}

// Run needs no database: everything the result hangs on is in the file and the flags.
func (c *voteCmd) Run() error {
	data, err := readBallots(c.File)
	if err != nil {
		return wrongUse{err}
	}
	f, err := fairvote.Parse(data)
	if err != nil {
		return wrongUse{fmt.Errorf("%s: %w", c.File, err)}
	}
	var r fairvote.Result
	if c.Rule == "from-file" {
		r, err = f.Official()
	} else {
		p := fairvote.Parameters{Rule: c.Rule, Seed: c.Seed}
		if c.Rule == fairvote.EqualShares {
			p.Utility, p.Completion = c.Utility, c.Completion
		}
		r, err = fairvote.Count(f.Election(), p)
	}
	if err != nil {
		return wrongUse{fmt.Errorf("%s: %w", c.File, err)}
	}
	d := r.Document(f.Election(), f.Notes)
	w := bufio.NewWriter(os.Stdout)
	if c.JSON {
		out := json.NewEncoder(w)
		out.SetEscapeHTML(false)
		err = out.Encode(d)
	} else {
		err = printVote(w, d)
	}
	if err != nil {
		return err
	}
	return w.Flush()
}

func readBallots(name string) ([]byte, error) {
	from := os.Stdin
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return nil, fmt.Errorf("%w: give the .pb file of a vote", err)
		}
		defer f.Close()
		from = f
	}
	data, err := io.ReadAll(io.LimitReader(from, fairvote.MaxFile+1))
	if err != nil {
		return nil, fmt.Errorf("%s: %w: give the .pb file of a vote", name, err)
	}
	return data, nil
}

// printVote prints winners with payments, why the others did not win, spending and parameters.
func printVote(w io.Writer, d fairvote.Document) error {
	for _, n := range d.Notes {
		fmt.Fprintln(w, "note: "+n)
	}
	paid := map[string]fairvote.PaymentLine{}
	for _, p := range d.Payments {
		paid[p.ID] = p
	}
	fmt.Fprintf(w, "winners: %d\n", len(d.Winners))
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "id\tcost\tvotes\tpaid\tname")
	for _, x := range d.Winners {
		fmt.Fprintf(t, "%s\t%s\t%d\t%s\t%s\n", plain(x.ID), x.Cost, x.Votes, payers(paid[x.ID], x.Why), plain(x.Name))
	}
	if err := t.Flush(); err != nil {
		return err
	}
	if lost := len(d.Projects) - len(d.Winners); lost > 0 {
		fmt.Fprintf(w, "others: %d\n", lost)
		fmt.Fprintln(t, "id\tcost\tvotes\twhy\tname")
		for _, x := range d.Projects {
			if x.Won {
				continue
			}
			why := x.Why
			if x.Missing != nil {
				why += ", " + x.Missing.About.String() + " missing"
			}
			fmt.Fprintf(t, "%s\t%s\t%d\t%s\t%s\n", plain(x.ID), x.Cost, x.Votes, why, plain(x.Name))
		}
		if err := t.Flush(); err != nil {
			return err
		}
	}
	fmt.Fprintf(w, "spent: %s of %s\n", d.Spent, d.Budget)
	if d.Endowment != nil {
		fmt.Fprintf(w, "share of each of %d voters: %s (raised by %d steps)\n", d.Voters, d.Endowment.About, d.Steps)
	} else {
		fmt.Fprintf(w, "voters: %d\n", d.Voters)
	}
	p := d.Parameters
	list := []string{"rule " + p.Rule}
	for _, x := range []struct{ name, value string }{{"utility", p.Utility}, {"completion", p.Completion}, {"step", p.Step.String()}} {
		if x.value != "" {
			list = append(list, x.name+" "+x.value)
		}
	}
	if p.Seed != nil {
		list = append(list, fmt.Sprintf("seed %d", *p.Seed))
	}
	fmt.Fprintf(w, "parameters: %s; equal ones by %s\n", strings.Join(list, ", "), strings.Join(p.Ties, ", "))
	for _, x := range d.Ties {
		fmt.Fprintf(w, "equal at purchase %d, by %s: %s\n", x.Round, x.By, plain(strings.Join(x.Projects, ", ")))
	}
	if s := d.Step; s != nil {
		chosen := "kept"
		if s.Switched {
			chosen = "replaced"
		}
		fmt.Fprintf(w, "comparison: %d voters have more of equal shares, %d of the most votes: equal shares are %s\n", s.PreferShares, s.PreferGreedy, chosen)
	}
	x := d.Comparison
	fmt.Fprintf(w, "voters with nothing they approve: %d; by the most votes alone: %d\n", x.NothingHere, x.NothingThere)
	return nil
}

// payers is a summary of who paid for a project.
func payers(p fairvote.PaymentLine, why string) string {
	if len(p.Shares) == 0 {
		return why
	}
	first, rest := p.Shares[0], 0
	for _, s := range p.Shares[1:] {
		rest += s.Voters
	}
	if rest == 0 {
		return fmt.Sprintf("%d × %s", first.Voters, first.About)
	}
	return fmt.Sprintf("%d × %s, %d less", first.Voters, first.About, rest)
}

// plain keeps a text of the file from moving the terminal's cursor.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r >= 0x7f && r < 0xa0 {
			return ' '
		}
		return r
	}, s)
}
