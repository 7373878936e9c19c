package network

import (
	"math"
	"strconv"
	"strings"

	"kvart/internal/platform/fault"
	"kvart/internal/platform/i18n"
	"kvart/internal/platform/web"
)

// onField moves the faults of a text in several languages to the field of its first one, and renames those given as
// pairs of a rule's name and a form's.
func onField(err error, texts []string, renamed ...string) error {
	if err == nil {
		return nil
	}
	e := *fault.Of(err)
	e.Fields = append([]fault.Field(nil), e.Fields...)
	for i, f := range e.Fields {
		for _, t := range texts {
			if f.Name == t {
				e.Fields[i].Name = t + "-" + string(i18n.HR)
			}
		}
		for j := 0; j+1 < len(renamed); j += 2 {
			if f.Name == renamed[j] {
				e.Fields[i].Name = renamed[j+1]
			}
		}
	}
	return &e
}

// e6 reads a coordinate; a fault is noted for what is none.
func e6(f *web.Form, faults *fault.Form, name string) *int64 {
	s := strings.ReplaceAll(f.Get(name), ",", ".")
	if s == "" {
		return nil
	}
	x, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsNaN(x) || math.Abs(x) > 180 {
		faults.Add(name, "network.fault.place")
		return nil
	}
	v := int64(math.Round(x * 1e6))
	return &v
}

func fromE6(v *int64) string {
	if v == nil {
		return ""
	}
	return strconv.FormatFloat(float64(*v)/1e6, 'f', -1, 64)
}

func version(f *web.Form) int {
	n, _ := strconv.ParseInt(f.Get("version"), 10, 32) // no more than the column holds
	return int(n)
}

func box(on bool) string {
	if on {
		return "1"
	}
	return ""
}
