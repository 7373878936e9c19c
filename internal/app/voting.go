package app

import (
	"context"

	"kvart/internal/platform/db"
	"kvart/internal/platform/mail"
	"kvart/internal/voting"
)

// voting wires votes. A link to a ballot is handed to the mail server at once and kept nowhere; the demo, which has no
// server, shows it among its letters.
func (a *App) voting(secret []byte) *voting.Pages {
	a.Voting = &voting.Store{DB: a.DB, Now: a.Now, Network: a.Network, Erasure: a.Erasure, Secret: secret}
	send := a.Mail.SendNow
	if a.Demo {
		send = func(ctx context.Context, to, subject, body string) error {
			return a.DB.Tx(ctx, func(tx *db.Tx) error { return mail.Queue(ctx, tx, mail.Message{To: to, Subject: subject, Body: body}) })
		}
	}
	return &voting.Pages{Store: a.Voting, Send: send}
}
