package desk

import (
	"kvart/internal/platform/web"
	"kvart/internal/programme"
)

// due says by when, as people say it.
func due(r *web.Request, v day, l line) string {
	return r.T("desk.tasks.due", "when", r.When(l.Due.In(v.Centre.Location())))
}

// others are the viewer's colleagues.
func others(r *web.Request, v day) []colleague {
	var list []colleague
	for _, c := range v.Colleagues {
		if c.ID != r.Viewer.Account.ID {
			list = append(list, c)
		}
	}
	return list
}

// responsible is who answers for the session, where that is said.
func responsible(v day, s programme.Listed) string {
	if s.ResponsibleID == nil {
		return ""
	}
	return v.name(*s.ResponsibleID)
}

// later is the address of the quarter after, where that has begun.
func later(r *web.Request, q quarter, address string) string {
	if q.To.After(r.Now) {
		return ""
	}
	return address + "?quarter=" + q.after().String()
}
