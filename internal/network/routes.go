package network

import "kvart/internal/platform/web"

// Routes of the network, public first. Every route names what it needs.
func (p *Pages) Routes() []web.Route {
	return []web.Route{
		{Pattern: "GET /{lang}/centres", Need: web.Public, Handle: p.centres},
		{Pattern: "GET /{lang}/about", Need: web.Public, Handle: p.about},
		{Pattern: "GET /{lang}/privacy", Need: web.Public, Handle: p.privacy},
		{Pattern: "GET /{lang}/accessibility", Need: web.Public, Handle: p.accessibility},
		{Pattern: "GET /pictures/{id}", Need: web.Public, Handle: p.picture},
	}
}
