package main

import (
	"context"
	"errors"
	"fmt"

	"kvart/internal/platform/fault"
	"kvart/internal/platform/vault"
)

type vaultRecoverCmd struct {
	storage
	Organisation string `required:"" placeholder:"ID" help:"The organisation's id, as its page at the desk shows it."`
}

// Run works beside a running server. The key is in memory only; whoever wrote sees in their thread that it was used.
func (c *vaultRecoverCmd) Run(ctx context.Context) error {
	a, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer a.Close()
	if !a.Erasure.Ready() {
		return fmt.Errorf("without the erasure store nothing opens: %w", a.ErasureErr)
	}
	if _, err := a.Support.List(ctx, a.DB, c.Organisation); err != nil { // before anybody types two papers
		switch {
		case fault.Is(err, fault.KindNotFound):
			return wrongUse{fmt.Errorf("organisation %s has no signed list that this computer believes: pin its key ('kvart vault pin') and bring a signed list to the desk first", shown(c.Organisation))}
		case errors.Is(err, vault.ErrOlder), errors.Is(err, vault.ErrUnsigned):
			return fmt.Errorf("the list of organisation %s is not believed: %w", shown(c.Organisation), err)
		}
		return err
	}
	fmt.Println("Messages whose team cannot read them any more are given back to those of the team who are on the signed list.")
	fmt.Println("Never to somebody whom the person struck out. The person sees in the thread that this key was used.")
	ask := newAsker(ctx)
	seed, err := ask.key(vault.Recovery)
	if err != nil {
		return err
	}
	defer clear(seed[:])
	identity, err := vault.IdentityFromSeed(seed)
	if err != nil {
		return err
	}
	sure, err := ask.yes("\nUse the recovery key of fingerprint %s?", identity.Reader().Fingerprint())
	if err != nil {
		return err
	}
	if !sure {
		return errors.New("nothing was opened")
	}
	n, err := a.Support.Recover(ctx, c.Organisation, identity)
	if fault.Is(err, fault.KindInvalid) {
		return fmt.Errorf("these papers are not the recovery key on the signed list of organisation %s: look at the fingerprint on them", shown(c.Organisation))
	}
	fmt.Printf("given back: %d; read by their team and untouched: %d; nobody on the list may read them: %d\n", n.Opened, n.Readable, n.Waits)
	return err
}
