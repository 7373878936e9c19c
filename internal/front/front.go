// Package front holds the public pages that join features: the front page, a centre's page, the map, the poster for
// the door, and the tour of the demo. It keeps nothing of its own.
package front

import (
	"context"
	"sync"

	"kvart/internal/booking"
	"kvart/internal/network"
	"kvart/internal/platform/mail"
	"kvart/internal/platform/sms"
	"kvart/internal/platform/web"
	"kvart/internal/programme"
	"kvart/internal/survey"
	"kvart/internal/voting"
)

// Menu is the main menu of the public pages.
var Menu = []web.MenuItem{
	{Key: "front.menu.programme", Path: "programme"},
	{Key: "front.menu.centres", Path: "centres"},
	{Key: "front.menu.map", Path: "map"},
	{Key: "front.menu.proposals", Path: "proposals"},
	{Key: "front.menu.contact", Path: "contact"},
}

// Pages are the public pages that join features.
type Pages struct {
	Network   *network.Store
	Programme *programme.Store
	Booking   *booking.Store
	Survey    *survey.Store
	Voting    *voting.Store
	Server    *web.Server
	SMS       *sms.Sender // its list is shown in the demo
	Mail      *mail.Sender
	Stops     func(context.Context) ([]Stop, error) // of the demo's tour; nil outside the demo

	drawing sync.Mutex // one PDF is made at a time, so that many who ask at once do not take everybody's memory
}

// Routes of the joined pages. All are for everybody; the tour answers in the demo only.
func (p *Pages) Routes() []web.Route {
	return []web.Route{
		{Pattern: "GET /{lang}/", Need: web.Public, Handle: p.front},
		{Pattern: "GET /{lang}/centres/{slug}", Need: web.Public, Handle: p.centre},
		{Pattern: "GET /{lang}/centres/{slug}/poster", Need: web.Public, Handle: p.poster},
		{Pattern: "GET /{lang}/centres/{slug}/poster.pdf", Need: web.Public, Handle: p.posterPDF},
		{Pattern: "GET /{lang}/programme/{activity}/poster", Need: web.Public, Handle: p.poster},
		{Pattern: "GET /{lang}/programme/{activity}/poster.pdf", Need: web.Public, Handle: p.posterPDF},
		{Pattern: "GET /{lang}/demo", Need: web.Public, Handle: p.demo},
		{Pattern: "GET /{lang}/demo/mail", Need: web.Public, Handle: p.letters},
		{Pattern: "POST /desk/demo/{n}", Need: web.Public, Handle: p.stop}, // below /desk, where sign-ins begin
	}
}
