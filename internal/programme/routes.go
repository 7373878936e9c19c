package programme

import (
	"kvart/internal/network"
	"kvart/internal/platform/web"
)

// Routes of the programme, public first. Every route names what it needs.
func (p *Pages) Routes() []web.Route {
	files := p.files()
	return append(p.seriesRoutes(), []web.Route{
		{Pattern: "GET /{lang}/programme", Need: web.Public, Handle: p.week},
		{Pattern: "GET /{lang}/programme/{activity}", Need: web.Public, Handle: p.activity},
		{Pattern: "GET /{lang}/sessions/{id}", Need: web.Public, Handle: p.session},
		{Pattern: "POST /{lang}/sessions/{id}/register", Need: web.Public, Handle: p.register},
		{Pattern: "GET /{lang}/registrations/{code}", Need: web.Public, Handle: p.mine},
		{Pattern: "POST /{lang}/registrations/{code}/cancel", Need: web.Public, Handle: p.cancelMine},
		{Pattern: "POST /{lang}/registrations/{code}/confirm", Need: web.Public, Handle: p.confirmMine},
		{Pattern: "GET /{lang}/mine", Need: web.Public, Handle: p.ownList},
		{Pattern: "POST /{lang}/mine", Need: web.Public, Handle: p.askLink},
		{Pattern: "GET /materials/{id}", Need: web.Public, Handle: p.material},
		{Pattern: "GET /calendar.ics", Need: web.Public, Handle: p.calendar},
		{Pattern: "GET /calendar/{centre}", Need: web.Public, Handle: p.calendar},
		{Pattern: "GET /calendar/activity/{activity}", Need: web.Public, Handle: p.calendar},
		{Pattern: "GET /calendar/own/{secret}", Need: web.Public, Handle: p.ownCalendar},

		{Pattern: "GET /desk/programme", Need: network.AtCentre(EditProgramme), Handle: p.deskActivities},
		{Pattern: "GET /desk/programme/new", Need: network.AtCentre(EditProgramme), Handle: p.newActivity},
		{Pattern: "POST /desk/programme/new", Need: network.AtCentre(EditProgramme), Handle: p.addActivity},
		{Pattern: "GET /desk/programme/import", Need: network.AtCentre(EditProgramme), Handle: files.Show},
		{Pattern: "POST /desk/programme/import", Need: network.AtCentre(EditProgramme), Handle: files.Send},
		{Pattern: "POST /desk/programme/import/confirm", Need: network.AtCentre(EditProgramme), Handle: files.Confirm},
		{Pattern: "POST /desk/programme/import/stop", Need: network.AtCentre(EditProgramme), Handle: files.Stop},
		{Pattern: "GET /desk/programme/{id}", Need: network.AtCentre(EditProgramme), Handle: p.editActivity},
		{Pattern: "POST /desk/programme/{id}", Need: network.AtCentre(EditProgramme), Handle: p.changeActivity},
		{Pattern: "GET /desk/programme/{id}/dates", Need: network.AtCentre(EditProgramme), Handle: p.newDates},
		{Pattern: "POST /desk/programme/{id}/dates", Need: network.AtCentre(EditProgramme), Handle: p.addDates},
		{Pattern: "GET /desk/programme/{id}/materials", Need: network.AtCentre(EditProgramme), Handle: p.materials},
		{Pattern: "POST /desk/programme/{id}/materials", Need: network.AtCentre(EditProgramme), Handle: p.addMaterial},
		{Pattern: "GET /desk/materials/{id}", Need: network.AtCentre(EditProgramme), Handle: p.deskMaterial},
		{Pattern: "POST /desk/materials/{id}/consent", Need: network.AtCentre(EditProgramme), Handle: p.recordConsent},
		{Pattern: "POST /desk/materials/{id}/remove", Need: network.AtCentre(EditProgramme), Ask: p.removeMaterialQuestion, Handle: p.removeMaterial},
		{Pattern: "GET /desk/programme/{id}/totals", Need: network.AtCentre(SeePast), Handle: p.totals},
		{Pattern: "POST /desk/programme/{id}/totals", Need: network.AtCentre(SeePast), Handle: p.setTotals},

		{Pattern: "GET /desk/me/calendar", Need: web.SignedIn, Handle: p.calendarLink},
		{Pattern: "POST /desk/me/calendar", Need: web.SignedIn, Handle: p.makeCalendarLink},
		{Pattern: "POST /desk/me/calendar/renew", Need: web.SignedIn, Ask: web.Asks("programme.own_calendar.renew.sure"), Handle: p.makeCalendarLink},
		{Pattern: "POST /desk/me/calendar/remove", Need: web.SignedIn, Ask: web.Asks("programme.own_calendar.remove.sure"), Handle: p.dropCalendarLink},

		{Pattern: "GET /desk/sessions/{id}", Need: network.AtCentre(OpenSession), Handle: p.deskSession},
		{Pattern: "POST /desk/sessions/{id}/register", Need: network.AtCentre(OpenSession), Handle: p.deskRegister},
		{Pattern: "POST /desk/sessions/{id}/cancel", Need: network.AtCentre(EditProgramme), Ask: p.cancelQuestion, Handle: p.cancelSession},
		{Pattern: "POST /desk/sessions/{id}/take", Need: network.AtCentre(Register), Handle: p.takeSession},
		{Pattern: "POST /desk/sessions/{id}/responsible", Need: network.AtCentre(EditProgramme), Handle: p.assign},
		{Pattern: "GET /desk/sessions/{id}/move", Need: network.AtCentre(EditProgramme), Handle: p.moveForm},
		{Pattern: "POST /desk/sessions/{id}/move", Need: network.AtCentre(EditProgramme), Handle: p.moveSession},
		{Pattern: "GET /desk/sessions/{id}/attendance", Need: network.AtCentre(OpenSession), Handle: p.attendance},
		{Pattern: "POST /desk/sessions/{id}/attendance", Need: network.AtCentre(OpenSession), Handle: p.recordAttendance},
		{Pattern: "GET /desk/sessions/{id}/sheet", Need: network.AtCentre(OpenSession), Handle: p.sheet},
		{Pattern: "GET /desk/sessions/{id}/sheet.pdf", Need: network.AtCentre(OpenSession), Handle: p.sheetPDF},
		{Pattern: "GET /desk/sessions/{id}/paper", Need: network.AtCentre(OpenSession), Handle: p.paper},
		{Pattern: "POST /desk/sessions/{id}/paper", Need: network.AtCentre(OpenSession), Handle: p.enterPaper},
		{Pattern: "POST /desk/sessions/{id}/notices", Need: network.AtCentre(OpenSession), Handle: p.tellCards},
		{Pattern: "POST /desk/sessions/{id}/remind", Need: network.AtCentre(EditProgramme), Ask: p.remindSessionQuestion, Handle: p.remindSession},
		{Pattern: "POST /desk/programme/{id}/remind", Need: network.AtCentre(EditProgramme), Ask: p.remindActivityQuestion, Handle: p.remindActivity},
		{Pattern: "GET /desk/reminders/{id}", Need: network.AtCentre(EditProgramme), Handle: p.reminding},
		{Pattern: "POST /desk/reminders/{id}/stop", Need: network.AtCentre(EditProgramme), Handle: p.stopReminding},
		{Pattern: "GET /desk/calls", Need: network.AtCentre(Register), Handle: p.calls},
		{Pattern: "POST /desk/registrations/{id}/cancel", Need: network.AtCentre(OpenSession), Ask: p.placeQuestion, Handle: p.actOnRegistration},
		{Pattern: "POST /desk/registrations/{id}/{act}", Need: network.AtCentre(OpenSession), Handle: p.actOnRegistration},
		{Pattern: "POST /desk/notices/{id}", Need: network.AtCentre(Register), Handle: p.told},
	}...)
}
