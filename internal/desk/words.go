package desk

import (
	"slices"
	"time"

	"kvart/internal/platform/web"
	"kvart/internal/programme"
)

// due says by when, as people say it; nothing where the title names that moment already.
func due(r *web.Request, v day, l line) string {
	if l.Due.IsZero() || slices.ContainsFunc(l.Args, func(a any) bool { t, ok := a.(time.Time); return ok && t.Equal(l.Due) }) {
		return ""
	}
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
