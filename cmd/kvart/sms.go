package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"kvart/internal/platform/sms"
)

// texting is how SMS are sent; without it there are none, and nobody is asked whether they want one.
type texting struct {
	Command string `name:"sms-command" env:"KVART_SMS_COMMAND" help:"Program that sends an SMS: it reads the number on the first line of its input and the text after it."`
	URL     string `name:"sms-url" env:"KVART_SMS_URL" help:"Address to which each SMS is posted, in place of a program."`
	Body    string `name:"sms-body" env:"KVART_SMS_BODY" help:"What is posted, a form or JSON, with {number}, {text} and {secret} (default: number={number}&text={text})."`
	Header  string `name:"sms-header" env:"KVART_SMS_HEADER" help:"A header that is sent along, such as 'Authorization: Bearer {secret}'."`
	Secret  string `name:"sms-secret" env:"KVART_SMS_SECRET" help:"The secret; better set as KVART_SMS_SECRET, or as the file sms-secret in the secrets folder."`
	Country string `name:"sms-country" default:"385" env:"KVART_SMS_COUNTRY" help:"Calling code of numbers that begin with 0."`
}

// gateway is nil where none is set. Secrets is the secrets folder.
func (t texting) gateway(secrets string) (sms.Gateway, error) {
	if t.Command == "" && t.URL == "" {
		return nil, nil
	}
	if t.Command != "" && t.URL != "" {
		return nil, errors.New("--sms-command and --sms-url are two ways to send SMS: choose one")
	}
	if t.Country == "" || len(t.Country) > 3 || strings.Trim(t.Country, "0123456789") != "" || t.Country[0] == '0' {
		return nil, fmt.Errorf("--sms-country %q is no calling code: write it as 385", t.Country)
	}
	secret := t.Secret
	if secret == "" {
		kept, err := os.ReadFile(filepath.Join(secrets, "sms-secret"))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("reading sms-secret in the secrets folder: %w", err)
		}
		secret = strings.TrimSpace(string(kept))
	}
	if t.Command != "" {
		path, err := exec.LookPath(t.Command)
		if err != nil {
			return nil, fmt.Errorf("--sms-command %q is no program that can be run: give its whole path", t.Command)
		}
		return sms.Command{Path: path, Secret: secret}, nil
	}
	g := sms.HTTP{URL: t.URL, Body: t.Body, Header: t.Header, Secret: secret}
	if err := g.Check(); err != nil {
		return nil, fmt.Errorf("--sms-url: %w", err)
	}
	if secret == "" && strings.Contains(t.Body+t.Header, "{secret}") {
		return nil, errors.New("{secret} is asked for and not set: set KVART_SMS_SECRET, or the file sms-secret in the secrets folder")
	}
	return g, nil
}

type smsCmd struct {
	List smsListCmd `cmd:"" help:"Which SMS wait or failed."`
}

type smsListCmd struct{ storage }

// Run lists the SMS: number and text of one that was sent or failed are gone.
func (c *smsListCmd) Run(ctx context.Context) error {
	a, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer a.Close()
	list, err := a.SMS.List(ctx)
	if err != nil {
		return err
	}
	for _, m := range list {
		fmt.Printf("%s\t%s\t%d\t%s\t%s\n", m.ID, m.State, m.Attempts, m.To, m.Body)
	}
	return nil
}
