package support

import "kvart/internal/platform/web"

// staffRoutes are the inbox and its threads.
func (p *Pages) staffRoutes() []web.Route { return nil }
