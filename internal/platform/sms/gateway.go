package sms

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"time"
)

// Gateway takes an SMS for sending. An error never holds the number or the text.
type Gateway interface {
	Send(ctx context.Context, number, text string) error
}

// Command is a program that sends an SMS: it gets the number as the first line of its standard input and the text as all
// that follows. Nothing is on its command line, which others on the machine can read, and no shell is between. Status 0
// says that it was taken. What it prints is read by nobody.
type Command struct {
	Path   string
	Secret string        // in its environment as KVART_SMS_SECRET
	Limit  time.Duration // after it the program is ended; 0: 30 seconds
}

// Send implements Gateway.
func (c Command) Send(ctx context.Context, number, text string) error {
	limit := c.Limit
	if limit == 0 {
		limit = 30 * time.Second
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	cmd := exec.CommandContext(ctx, c.Path)
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "LANG=C.UTF-8", "KVART_SMS_SECRET=" + c.Secret}
	cmd.Stdin = strings.NewReader(number + "\n" + text)
	cmd.WaitDelay = 2 * time.Second // what it started may still hold its pipes
	err := cmd.Run()
	if failed, ok := errors.AsType[*exec.ExitError](err); ok && ctx.Err() == nil {
		return fmt.Errorf("the command ended with status %d", failed.ExitCode())
	}
	if ctx.Err() != nil {
		return errors.New("the command took too long")
	}
	if err != nil {
		// A program that takes what it needs and leaves the rest of its input unread has done its work; all else is a start that failed.
		if cmd.ProcessState != nil && cmd.ProcessState.Success() {
			return nil
		}
		return errors.New("the command could not be run")
	}
	return nil
}

// HTTP is a provider to which each SMS is posted. In Body and Header {number}, {text} and {secret} stand for what they
// name, written as the body's kind asks: a body that begins with { is JSON, any other a form.
type HTTP struct {
	URL    string
	Body   string // empty: number={number}&text={text}
	Header string // "Authorization: Bearer {secret}"; may be empty
	Secret string
	Limit  time.Duration // 0: 20 seconds
}

// Check returns an error that says what is wrong with the settings. A secret goes over an open connection only within
// this machine.
func (h HTTP) Check() error {
	u, err := url.Parse(h.URL)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || u.User != nil {
		return errors.New("it must be an address such as https://sms.example/send")
	}
	if ip := net.ParseIP(u.Hostname()); u.Scheme == "http" && u.Hostname() != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return errors.New("it must begin with https://, or be on this machine")
	}
	if body, kind := h.fill("+38591000000", "\"&\\ \n"); kind == jsonKind && !json.Valid([]byte(body)) {
		return errors.New("the body is no JSON once number and text are in it")
	}
	if name, _, ok := strings.Cut(h.Header, ":"); h.Header != "" && (!ok || strings.TrimSpace(name) == "" || strings.ContainsAny(h.Header, "\r\n")) {
		return errors.New(`the header must be written as "Name: value"`)
	}
	return nil
}

const (
	jsonKind = "application/json"
	formKind = "application/x-www-form-urlencoded"
)

func (h HTTP) fill(number, text string) (body, kind string) {
	body, kind = h.Body, formKind
	write := url.QueryEscape
	if body == "" {
		body = "number={number}&text={text}"
	}
	if strings.HasPrefix(strings.TrimSpace(body), "{") && !strings.HasPrefix(body, "{number}") && !strings.HasPrefix(body, "{text}") {
		kind = jsonKind
		write = func(s string) string {
			b, _ := json.Marshal(s)
			return string(b[1 : len(b)-1])
		}
	}
	return strings.NewReplacer("{number}", write(number), "{text}", write(text), "{secret}", write(h.Secret)).Replace(body), kind
}

// Send implements Gateway. An answer of 200 to 299 says that it was taken. It follows no redirection: number and secret
// are for the address that was set.
func (h HTTP) Send(ctx context.Context, number, text string) error {
	limit := h.Limit
	if limit == 0 {
		limit = 20 * time.Second
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	body, kind := h.fill(number, text)
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, h.URL, bytes.NewReader([]byte(body)))
	if err != nil {
		return errors.New("the address of the gateway is none")
	}
	req.Header.Set("Content-Type", kind)
	req.Header.Set("User-Agent", "kvart")
	if name, value, ok := strings.Cut(h.Header, ":"); ok {
		req.Header.Set(strings.TrimSpace(name), strings.ReplaceAll(strings.TrimSpace(value), "{secret}", h.Secret))
	}
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{DisableKeepAlives: true, TLSHandshakeTimeout: 10 * time.Second}}
	resp, err := client.Do(req)
	if err != nil {
		return errors.New("the gateway cannot be reached")
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, 64<<10))
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		return fmt.Errorf("the gateway answered %d", resp.StatusCode)
	}
	return nil
}
