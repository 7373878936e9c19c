package main

import (
	"bufio"
	"context"
	"errors"
	"strings"
	"testing"

	"kvart/internal/platform/vault"
)

func TestAsker_showsNothingWhileAPaperIsTyped(t *testing.T) {
	three := vault.Split(vault.Signing, [32]byte{1, 2, 3})
	typed := three[0].Printed() + "\n" + three[2].Printed() + "\nyes\n"
	var how []bool
	left := 0
	a := &asker{ctx: t.Context(), from: bufio.NewReader(strings.NewReader(typed))}
	a.echo = func(on bool) error {
		how, left = append(how, on), a.from.Buffered()
		return nil
	}
	seed, err := a.key(vault.Signing)
	if err != nil || seed != [32]byte{1, 2, 3} {
		t.Fatalf("%v", err)
	}
	if len(how) != 4 || how[0] || !how[1] || how[2] || !how[3] || left != len("yes\n") {
		t.Errorf("%v, with %d characters to come", how, left)
	}
	if sure, err := a.yes("Sure?"); !sure || err != nil {
		t.Errorf("%v %v", sure, err)
	}

	// Who stops half way, or whose answers end, gets the terminal back as it was.
	for name, answers := range map[string]string{"ended": "123456\n", "wrong, then ended": "999999\n"} {
		how = nil
		a.from = bufio.NewReader(strings.NewReader(answers))
		if _, err := a.key(vault.Signing); err == nil || len(how) != 2 || !how[1] {
			t.Errorf("%s: %v %v", name, how, err)
		}
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	how, a.ctx, a.from = nil, ctx, bufio.NewReader(waits{})
	if _, err := a.key(vault.Signing); err == nil || len(how) != 2 || !how[1] {
		t.Errorf("stopped: %v %v", how, err)
	}
	how, a.ctx, a.from = nil, t.Context(), bufio.NewReader(strings.NewReader(typed))
	a.echo = func(bool) error { return errors.New("no terminal") }
	if _, err := a.key(vault.Signing); err != nil {
		t.Errorf("a terminal that cannot hide: %v", err)
	}
}

// waits is somebody who types nothing.
type waits struct{}

func (waits) Read([]byte) (int, error) { select {} }
