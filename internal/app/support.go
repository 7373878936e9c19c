package app

import (
	"kvart/internal/platform/pins"
	"kvart/internal/support"
)

// support wires confidential messages: their store, and what the end of somebody's role does to them.
func (a *App) support() *support.Pages {
	a.Support = &support.Store{DB: a.DB, Now: a.Now, Network: a.Network, Auth: a.Auth, Erasure: a.Erasure, Pins: pins.Pins{Dir: a.Config.Secrets}, Log: a.Log}
	a.Network.Leaving = a.Support.Leaving
	a.Programme.Support = a.Support
	return &support.Pages{Store: a.Support, Server: a.Server, Mail: a.Mail, SMS: a.SMS, Country: a.Programme.Country}
}
