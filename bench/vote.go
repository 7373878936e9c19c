package main

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"kvart/internal/fairvote"
)

// votes measures counting: the official election that is the reference where it is there (KVART_VOTES, or shared/data beside
// the repository), an election of 100,000 voters and 300 projects, and how it grows. It needs no database. Times are those of
// the processor, which other programs change little.
func votes(bin string) error {
	fmt.Printf("\n%-24s %9s %9s %9s %8s %10s %10s %6s %10s\n", "equal shares, cost", "voters", "projects", "approvals", "winners", "one run", "raised", "steps", "a step")
	folder := os.Getenv("KVART_VOTES")
	if folder == "" {
		folder = "../shared/data"
	}
	data, err := os.ReadFile(filepath.Join(folder, "poland_wieliczka_2023_green-budget.pb"))
	if err != nil {
		fmt.Println("Wieliczka 2023 is not there: KVART_VOTES names its folder")
	} else {
		f, err := fairvote.Parse(data)
		if err != nil {
			return err
		}
		if err := counted("Wieliczka 2023", f.Election(), 5); err != nil {
			return err
		}
	}
	for _, size := range []struct {
		name             string
		voters, projects int
	}{{"more voters", 1000, 100}, {"", 10_000, 100}, {"", 100_000, 100}, {"more projects", 10_000, 30}, {"", 10_000, 100}, {"", 10_000, 300}, {"both", 100_000, 300}} {
		if err := counted(size.name, made(size.voters, size.projects), 1); err != nil {
			return err
		}
	}
	return command(bin, made(100_000, 300))
}

// counted prints what a run with one endowment takes, and what its completion until overshoot takes, both with everything that
// explains the result: the least of n.
func counted(name string, e fairvote.Election, n int) error {
	measure := func(completion string) (r fairvote.Result, least time.Duration, err error) {
		for range n {
			began := processor()
			if r, err = fairvote.Count(e, fairvote.Parameters{Rule: fairvote.EqualShares, Utility: fairvote.ByCost, Completion: completion}); err != nil {
				return r, 0, err
			}
			if took := processor() - began; least == 0 || took < least {
				least = took
			}
		}
		return r, least, nil
	}
	_, one, err := measure(fairvote.None)
	if err != nil {
		return err
	}
	r, all, err := measure(fairvote.Add1Overshoot)
	if err != nil {
		return err
	}
	approvals := 0
	for _, v := range e.Votes {
		approvals += len(v.Projects)
	}
	step := time.Duration(0)
	if r.Steps > 0 {
		step = max(all-one, 0) / time.Duration(r.Steps)
	}
	fmt.Printf("%-24s %9d %9d %9d %8d %10s %10s %6d %10s\n", name, len(e.Votes), len(e.Projects), approvals, len(r.Winners), one.Round(100*time.Microsecond), all.Round(100*time.Microsecond), r.Steps, step.Round(10*time.Microsecond))
	return nil
}

// processor is the time that this program has had of the processors.
func processor() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// made is an election as they are: voters of a dozen neighbourhoods approve a few projects, most of their own; some projects are
// popular, most are not; there is money for a fifth of what is wished for.
func made(voters, projects int) fairvote.Election {
	const areas = 12
	r := rand.New(rand.NewPCG(6, uint64(voters*1000+projects)))
	e := fairvote.Election{}
	appeal := make([]float64, projects) // how many approve is drawn, what wins is not
	for k := range projects {
		cost := int64(1000 * (1 + r.IntN(20)*r.IntN(20)))
		e.Projects = append(e.Projects, fairvote.Project{ID: fmt.Sprint(k + 1), Name: fmt.Sprintf("Project %d", k+1), Cost: cost})
		e.Budget += cost / 5
		appeal[k] = r.Float64() * r.Float64()
	}
	for range voters {
		area := r.IntN(areas)
		var v fairvote.Vote
		for k := range projects {
			chance := appeal[k] * 70 / float64(projects)
			if k%areas != area {
				chance /= 3
			}
			if r.Float64() < chance {
				v.Projects = append(v.Projects, int32(k))
			}
		}
		e.Votes = append(e.Votes, v)
	}
	return e
}

// command measures the whole command, from the file to its result, and the memory that it takes.
func command(bin string, e fairvote.Election) error {
	f, err := fairvote.NewFile(nil, e, nil)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "kvart-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	var text bytes.Buffer
	if err := f.Write(&text); err != nil {
		return err
	}
	name := filepath.Join(dir, "vote.pb")
	if err := os.WriteFile(name, text.Bytes(), 0o600); err != nil {
		return err
	}
	cmd := exec.Command(bin, "vote", name, "--completion", "add1-overshoot", "--json")
	if out, err := cmd.Output(); err != nil || len(out) == 0 {
		return fmt.Errorf("kvart vote: %w", err)
	}
	took := cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	fmt.Printf("%-58s %12s\n", fmt.Sprintf("kvart vote for the last, a file of %.1f MB", float64(text.Len())/(1<<20)), took.Round(time.Millisecond))
	if u, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
		fmt.Printf("%-58s %9.1f MB\n", "  most memory", float64(u.Maxrss)/1024)
	}
	return nil
}
