package mail_test

import (
	"bufio"
	"io"
	"net"
	"net/mail"
	"strings"
	"sync"
	"testing"
)

// server is a small mail server that keeps what it takes.
type server struct {
	net.Listener
	mu     sync.Mutex
	answer string // to RCPT; empty: 250
	taken  []*mail.Message
	bodies []string
	raw    []string
}

func listen(t *testing.T) *server {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &server{Listener: l}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go s.serve(c)
		}
	}()
	return s
}

func (s *server) port() int { return s.Addr().(*net.TCPAddr).Port }

func (s *server) reply(a string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answer = a
}

func (s *server) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.taken)
}

func (s *server) serve(c net.Conn) {
	defer c.Close()
	in := bufio.NewReader(c)
	say := func(line string) { io.WriteString(c, line+"\r\n") }
	say("220 test")
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		verb, _, _ := strings.Cut(strings.ToUpper(strings.TrimSpace(line)), " ")
		switch verb {
		case "EHLO":
			say("250-test\r\n250-ENHANCEDSTATUSCODES\r\n250 8BITMIME")
		case "RCPT":
			s.mu.Lock()
			a := s.answer
			s.mu.Unlock()
			if a == "hang up" {
				return
			}
			if a == "" {
				a = "250 2.1.5 ok"
			}
			say(a)
		case "DATA":
			say("354 go on")
			var b strings.Builder
			for {
				l, err := in.ReadString('\n')
				if err != nil {
					return
				}
				if l == ".\r\n" {
					break
				}
				b.WriteString(strings.TrimPrefix(l, "."))
			}
			m, err := mail.ReadMessage(strings.NewReader(b.String()))
			if err != nil {
				say("554 5.6.0 unreadable")
				continue
			}
			body, _ := io.ReadAll(m.Body)
			s.mu.Lock()
			s.taken, s.bodies, s.raw = append(s.taken, m), append(s.bodies, string(body)), append(s.raw, b.String())
			s.mu.Unlock()
			say("250 2.0.0 taken")
		case "QUIT":
			say("221 bye")
			return
		default:
			say("250 2.0.0 ok")
		}
	}
}
