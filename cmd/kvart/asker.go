package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"

	"kvart/internal/platform/vault"
)

// asker asks a person for papers, on standard input. At a terminal the digits do not show, and do not stay in what can be
// scrolled back to.
type asker struct {
	ctx  context.Context
	from *bufio.Reader
	echo func(on bool) error // nil: nobody sees what is typed
}

func newAsker(ctx context.Context) *asker {
	a := &asker{ctx: ctx, from: bufio.NewReader(os.Stdin)}
	if terminal(os.Stdin) {
		a.echo = echo
	}
	return a
}

// echo switches whether the terminal shows what is typed, by the program that every Unix has for it.
func echo(on bool) error {
	how := "-echo"
	if on {
		how = "echo"
	}
	c := exec.Command("stty", how)
	c.Stdin = os.Stdin
	return c.Run()
}

// hidden runs f while nothing that is typed shows. Where the terminal cannot do that, it says so first. However f ends, the
// terminal shows again what is typed: Ctrl-\ and a closed window end it as Ctrl-C does, and Ctrl-Z does nothing meanwhile.
func (a *asker) hidden(f func() error) error {
	if a.echo == nil {
		return f()
	}
	before := a.ctx
	ctx, stop := signal.NotifyContext(before, syscall.SIGQUIT, syscall.SIGHUP)
	defer stop()
	signal.Ignore(syscall.SIGTSTP)
	defer signal.Reset(syscall.SIGTSTP)
	a.ctx = ctx
	defer func() { a.ctx = before }()
	if err := a.echo(false); err != nil {
		fmt.Println("This terminal shows what is typed: clear it, and what can be scrolled back to, afterwards.")
		return f()
	}
	fmt.Println("(The digits do not show. After each row it says how many were read.)")
	defer func() {
		if shown := a.echo(true); shown != nil {
			fmt.Println("The terminal still hides what is typed: type 'stty echo' afterwards.")
		}
	}()
	if err := f(); err != nil {
		return err
	}
	if ctx.Err() != nil {
		return errStopped
	}
	return nil
}

var errStopped = errors.New("stopped: nothing was done")

// line is the next line, or an error once the answers ended or somebody pressed Ctrl-C.
func (a *asker) line() (string, error) {
	type read struct {
		text string
		err  error
	}
	done, from := make(chan read, 1), a.from
	go func() {
		s, err := from.ReadString('\n')
		done <- read{s, err}
	}()
	select {
	case <-a.ctx.Done():
		return "", errStopped
	case r := <-done:
		if r.err == io.EOF && strings.TrimSpace(r.text) != "" {
			r.err = nil
		}
		if r.err != nil {
			return "", errors.New("the answers ended: nothing was done")
		}
		return strings.TrimSpace(r.text), nil
	}
}

// yes asks a question.
func (a *asker) yes(question string, args ...any) (bool, error) {
	fmt.Printf(question+" (yes/no) ", args...)
	answer, err := a.line()
	answer = strings.ToLower(answer)
	return answer == "yes" || answer == "da" || answer == "ja", err
}

// key asks until two papers give the key.
func (a *asker) key(which vault.Which) (seed [32]byte, err error) {
	first, err := a.paper("a paper", which)
	if err != nil {
		return seed, err
	}
	for {
		second, err := a.paper("another paper", which)
		if err != nil {
			return seed, err
		}
		seed, err := vault.Combine(which, first, second)
		if err == nil {
			return seed, nil
		}
		if errors.Is(err, vault.ErrSameShare) {
			fmt.Printf("this is paper %d a second time: another of the three is needed.\n", second.Number)
			continue
		}
		why := "the two papers do not give the key: look for a digit that is read wrongly"
		if errors.Is(err, vault.ErrOtherSplit) {
			why = "the two papers are of different keys: look at the organisation, the date and the fingerprint on both"
		}
		fmt.Println(why + ". Begin again with the first.")
		if first, err = a.paper("a paper", which); err != nil {
			return seed, err
		}
	}
}

// paper asks until the digits are a paper of the key. They may come on one line or on several.
func (a *asker) paper(what string, which vault.Which) (s vault.Share, err error) {
	fmt.Printf("\nType the digits of %s of the %s, row by row:\n", what, which)
	err = a.hidden(func() error {
		s, err = a.rows(which)
		return err
	})
	return s, err
}

func (a *asker) rows(which vault.Which) (vault.Share, error) {
	typed := ""
	for {
		line, err := a.line()
		if err != nil {
			return vault.Share{}, err
		}
		typed += line + "\n"
		read := vault.Digits(typed)
		s, err := vault.ParseShare(typed)
		if err == nil && s.Which == which {
			fmt.Printf("%d digits read, every check digit fits: the paper is whole\n", read)
			return s, nil
		}
		fault, isFault := errors.AsType[*vault.CodeError](err)
		why := ""
		switch {
		case err == nil:
			why = fmt.Sprintf("this is %s: papers of the %s are wanted", s, which)
		case isFault && fault.Short && line != "":
			fmt.Printf("%d digits read, the check digits fit\n", read)
			continue
		case isFault && fault.Group > 0:
			why = fmt.Sprintf("row %d, group %d is not right", (fault.Group-1)/perRow+1, (fault.Group-1)%perRow+1)
		case isFault && fault.Short:
			why = fmt.Sprintf("these are too few digits, %d", read)
		case isFault:
			why = "these are too many digits"
		default:
			why = "these digits are of no such paper"
		}
		fmt.Printf("%s. Type this paper again from its first row:\n", why)
		typed = ""
	}
}
