package support

import "kvart/internal/platform/web"

// teamRoutes are what a team needs to be able to read: keys, signed lists, who looks when, the network's words.
func (p *Pages) teamRoutes() []web.Route { return nil }
