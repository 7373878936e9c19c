package support

import "kvart/internal/platform/web"

// personRoutes are for whoever writes: no account, no cookie until something is sent or a code is typed.
func (p *Pages) personRoutes() []web.Route { return nil }
