package booking

import (
	"kvart/internal/network"
	"kvart/internal/platform/web"
)

// Routes of spaces and bookings. Every route names what it needs; all are of the desk.
func (p *Pages) Routes() []web.Route {
	return []web.Route{
		{Pattern: "GET /desk/rooms", Need: network.AtCentre(See), Handle: p.rooms},
		{Pattern: "GET /desk/rooms/new", Need: network.AtCentre(EditSpaces), Handle: p.newSpace},
		{Pattern: "POST /desk/rooms/new", Need: network.AtCentre(EditSpaces), Handle: p.addSpace},
		{Pattern: "GET /desk/rooms/{id}", Need: network.AtCentre(EditSpaces), Handle: p.editSpace},
		{Pattern: "POST /desk/rooms/{id}", Need: network.AtCentre(EditSpaces), Handle: p.changeSpace},
		{Pattern: "GET /desk/equipment", Need: network.AtCentre(EditSpaces), Handle: p.equipment},
		{Pattern: "POST /desk/equipment", Need: network.AtCentre(EditSpaces), Handle: p.addEquipment},
		{Pattern: "GET /desk/equipment/{id}", Need: network.AtCentre(EditSpaces), Handle: p.editEquipment},
		{Pattern: "POST /desk/equipment/{id}", Need: network.AtCentre(EditSpaces), Handle: p.changeEquipment},
		{Pattern: "GET /desk/bookings/new", Need: network.AtCentre(Book), Handle: p.newBooking},
		{Pattern: "POST /desk/bookings/new", Need: network.AtCentre(Book), Handle: p.addBooking},
		{Pattern: "GET /desk/bookings/{id}", Need: network.AtCentre(See), Handle: p.booking},
		{Pattern: "POST /desk/bookings/{id}/confirm", Need: network.AtCentre(Book), Handle: p.confirmBooking},
		{Pattern: "POST /desk/bookings/{id}/cancel", Need: network.AtCentre(Book), Ask: p.cancelQuestion, Handle: p.cancelBooking},

		{Pattern: "GET /desk/series", Need: network.AtCentre(Book), Handle: p.series},
		{Pattern: "GET /desk/series/{id}", Need: network.AtCentre(Book), Handle: p.showSeries},
		{Pattern: "GET /desk/series/{id}/{booking}", Need: network.AtCentre(Book), Handle: p.editSeries},
		{Pattern: "POST /desk/series/{id}/{booking}", Need: network.AtCentre(Book), Handle: p.changeSeries},
		{Pattern: "POST /desk/series/{id}/{booking}/cancel", Need: network.AtCentre(Book), Ask: p.cancelSeriesQuestion, Handle: p.cancelSeries},
		{Pattern: "POST /desk/lost/{id}/take", Need: network.AtCentre(Book), Handle: p.takeBack},
		{Pattern: "POST /desk/lost/{id}/decline", Need: network.AtCentre(Book), Ask: p.lostQuestion, Handle: p.declineLost},
	}
}
