package desk

import (
	"kvart/internal/booking"
	"kvart/internal/network"
	"kvart/internal/platform/web"
)

// Routes of the desk's own pages. Every route names what it needs. The first leads everybody to where their work is.
func (p *Pages) Routes() []web.Route {
	return []web.Route{
		{Pattern: "GET /desk", Need: web.SignedIn, Handle: p.home},
		{Pattern: "GET /desk/{$}", Need: web.SignedIn, Handle: p.home},
		{Pattern: "POST /desk/tasks/later", Need: network.AtCentre(network.OpenDesk), Handle: p.later},
		{Pattern: "POST /desk/tasks/hand", Need: network.AtCentre(network.OpenDesk), Handle: p.hand},
		{Pattern: "POST /desk/tasks/take", Need: network.AtCentre(network.OpenDesk), Handle: p.take},
		{Pattern: "GET /desk/bookings/{id}/move", Need: network.AtCentre(booking.Book), Handle: p.moveForm},
		{Pattern: "POST /desk/bookings/{id}/move", Need: network.AtCentre(booking.Book), Handle: p.moveBooking},
		{Pattern: "GET /desk/duty", Need: network.AtCentre(SetDuty), Handle: p.duty},
		{Pattern: "POST /desk/duty", Need: network.AtCentre(SetDuty), Handle: p.setWeek},
		{Pattern: "POST /desk/duty/date", Need: network.AtCentre(SetDuty), Handle: p.setDate},
		{Pattern: "GET /desk/cannot-open", Need: network.AtCentre(CloseDay), Handle: p.cannotOpen},
		{Pattern: "POST /desk/cannot-open", Need: network.AtCentre(CloseDay), Handle: p.closeDay},
		{Pattern: "GET /desk/cannot-open/done", Need: network.AtCentre(CloseDay), Handle: p.closed},
		{Pattern: "POST /desk/cannot-open/told/{id}", Need: network.AtCentre(CloseDay), Handle: p.bookingTold},
		{Pattern: "GET /desk/cannot-open/notice", Need: network.AtCentre(network.OpenDesk), Handle: p.notice},
		{Pattern: "GET /desk/closed", Need: network.AtCentre(network.EditCentre), Handle: p.closedStanding},
		{Pattern: "POST /desk/closed/leave", Need: network.AtCentre(network.EditCentre), Handle: p.leaveStanding},
		{Pattern: "GET /desk/totals", Need: network.AtCentre(SeeTotals), Handle: p.totals},
		{Pattern: "GET /desk/all-totals", Need: web.Permitted(SeeAll, web.AnyScope), Handle: p.allTotals},
	}
}
