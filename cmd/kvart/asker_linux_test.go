package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"kvart/internal/platform/vault"
)

// typingEnv says to this test's program that it is what runs at the terminal.
const typingEnv = "KVART_TEST_TYPING"

// TestAsker_leavesATerminalThatShowsWhatIsTyped has a paper asked for at a terminal of its own, and ends it in every way.
func TestAsker_leavesATerminalThatShowsWhatIsTyped(t *testing.T) {
	if how := os.Getenv(typingEnv); how != "" {
		a := newAsker(context.Background())
		if how == "panic" {
			defer func() { _ = recover(); fmt.Println("it panicked") }()
			_ = a.hidden(func() error { panic("broken") })
		}
		_, err := a.paper("a paper", vault.Signing)
		fmt.Println("it says:", err)
		os.Exit(0)
	}
	for name, one := range map[string]struct{ keys, says string }{
		"Ctrl-backslash":           {"\x1c", "stopped: nothing was done"},
		"Ctrl-Z, and then the end": {"\x1a\x04", "answers ended"},
		"the window is closed":     {"", ""},
		"a panic":                  {"", "it panicked"},
	} {
		t.Run(name, func(t *testing.T) {
			tty := newTerminal(t)
			c := exec.Command("sh", "-c", `set -m; "$0" "$1"; exit`, os.Args[0], "-test.run=^TestAsker_leavesATerminalThatShowsWhatIsTyped$") // only what a shell began can be stopped
			c.Env = append(os.Environ(), typingEnv+"=paper")
			c.Stdin, c.Stdout, c.Stderr = tty.slave, tty.slave, tty.slave
			c.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
			if name == "a panic" {
				c.Env[len(c.Env)-1] = typingEnv + "=panic"
			}
			if err := c.Start(); err != nil {
				t.Fatal(err)
			}
			ended := make(chan error, 1)
			go func() { ended <- c.Wait() }()
			defer func() { _ = c.Process.Kill() }()
			if name != "a panic" {
				tty.until(t, "do not show")
				if tty.echoes(t) {
					t.Error("it shows what is typed")
				}
			}
			var front int32 // the group that is in front of the terminal
			if name == "the window is closed" {
				ioctl(t, tty.master, syscall.TIOCGPGRP, unsafe.Pointer(&front))
				_ = syscall.Kill(-int(front), syscall.SIGHUP)
			}
			for _, key := range one.keys { // one by one: a signal throws away what was typed before
				if _, err := tty.master.WriteString(string(key)); err != nil {
					t.Fatal(err)
				}
				time.Sleep(20 * time.Millisecond)
			}
			select {
			case <-ended:
			case <-time.After(20 * time.Second):
				t.Error("it does not end")
			}
			if one.says != "" {
				tty.until(t, one.says)
			}
			if !tty.echoes(t) {
				t.Error("the terminal hides what is typed")
			}
		})
	}
}

// pty is a terminal, pty(7), and what was written to it.
type pty struct {
	master, slave *os.File
	said          chan byte
}

func newTerminal(t *testing.T) *pty {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Skipf("no terminals here: %v", err)
	}
	t.Cleanup(func() { master.Close() })
	unlock, n := int32(0), uint32(0)
	ioctl(t, master, syscall.TIOCSPTLCK, unsafe.Pointer(&unlock))
	ioctl(t, master, syscall.TIOCGPTN, unsafe.Pointer(&n))
	slave, err := os.OpenFile("/dev/pts/"+strconv.FormatUint(uint64(n), 10), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Skipf("no terminals here: %v", err)
	}
	t.Cleanup(func() { slave.Close() })
	p := &pty{master, slave, make(chan byte, 1<<16)}
	go func() {
		from := bufio.NewReader(master)
		for {
			b, err := from.ReadByte()
			if err != nil {
				return
			}
			p.said <- b
		}
	}()
	return p
}

// until waits for the words.
func (p *pty) until(t *testing.T, words string) {
	t.Helper()
	var said strings.Builder
	for late := time.After(20 * time.Second); !strings.Contains(said.String(), words); {
		select {
		case b := <-p.said:
			said.WriteByte(b)
		case <-late:
			t.Fatalf("it does not say %q: %q", words, said.String())
		}
	}
}

// echoes says whether the terminal shows what is typed.
func (p *pty) echoes(t *testing.T) bool {
	t.Helper()
	var how syscall.Termios
	ioctl(t, p.slave, syscall.TCGETS, unsafe.Pointer(&how))
	return how.Lflag&syscall.ECHO != 0
}

func ioctl(t *testing.T, f *os.File, what uintptr, arg unsafe.Pointer) {
	t.Helper()
	if _, _, e := syscall.Syscall(syscall.SYS_IOCTL, f.Fd(), what, uintptr(arg)); e != 0 {
		t.Fatal(e)
	}
}
