package premises

import (
	"strconv"
	"time"

	"github.com/a-h/templ"

	"kvart/internal/network"
	"kvart/internal/platform/web"
	"kvart/internal/programme"
)

func validity(r *web.Request, x Request) string {
	if x.ValidTo == "" {
		return "–"
	}
	return days(r.Printer, x.ValidFrom, x.ValidTo)
}

func orDash(s string) string {
	if s == "" {
		return "–"
	}
	return s
}

func formTitle(r *web.Request, one Request) string {
	if one.ID == "" {
		return r.T("premises.new")
	}
	return r.T("premises.edit")
}

func backTo(one Request) string {
	if one.ID == "" {
		return "/desk/premises"
	}
	return "/desk/premises/" + one.ID
}

func againTitle(r *web.Request, s State) string {
	if s == Granted {
		return r.T("premises.renew")
	}
	return r.T("premises.again")
}

// address is where a step of the request is sent to.
func (v onePage) address(step string) templ.SafeURL {
	return templ.SafeURL("/desk/premises/" + v.ID + "/" + step)
}

// moreSlots says whether the form holds more than one weekly time.
func moreSlots(f *web.Form) bool {
	for i := 1; i < MaxSlots; i++ {
		if f.Get(slotField("weekday", i)) != "" || f.Get(slotField("from", i)) != "" || f.Get(slotField("to", i)) != "" {
			return true
		}
	}
	return false
}

func weekdayOptions(r *web.Request) []web.Option {
	list := []web.Option{{Label: r.T("premises.choose")}}
	for d := 1; d <= 7; d++ {
		list = append(list, web.Option{Value: strconv.Itoa(d), Label: r.Weekday(time.Weekday(d % 7))})
	}
	return list
}

func committeeOptions(r *web.Request, areas []network.Area) []web.Option {
	list := []web.Option{{Label: r.T("premises.choose")}}
	for _, a := range areas {
		list = append(list, web.Option{Value: a.ID, Label: r.Pick(a.Name)})
	}
	return list
}

func activityOptions(r *web.Request, all []programme.Activity) []web.Option {
	var list []web.Option
	for _, a := range all {
		list = append(list, web.Option{Value: a.ID, Label: r.Pick(a.Title)})
	}
	return list
}
