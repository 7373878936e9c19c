package programme

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"kvart/internal/network"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/web"
)

func (p *Pages) attendance(w http.ResponseWriter, r *web.Request) error {
	l, a, err := p.sessionFor(r, r.PathValue("id"), RecordAttendance)
	if err != nil {
		return err
	}
	f := web.NewForm("counted", "0")
	if l.Counted != nil {
		f.Values.Set("counted", strconv.Itoa(*l.Counted))
	}
	list, err := p.candidates(r, l, a)
	if err != nil {
		return err
	}
	for _, c := range list {
		if c.Came {
			f.Values.Add("person", c.PersonID)
		}
	}
	return r.HTML(w, http.StatusOK, attendancePage(r, l, a, list, f, r.URL.Query().Get("names") == "1"))
}

// candidates are those who may have come, the registered first, by name as the reader's language orders it.
func (p *Pages) candidates(r *web.Request, l Listed, a Activity) ([]Candidate, error) {
	if a.Discreet {
		return nil, nil
	}
	list, err := p.Candidates(r.Context(), l.CentreID, l.ID)
	names := r.Names()
	slices.SortStableFunc(list, func(a, b Candidate) int {
		switch {
		case a.Registered == b.Registered:
			return names(a.Name, b.Name)
		case bool(a.Registered):
			return -1
		}
		return 1
	})
	return list, err
}

func (p *Pages) recordAttendance(w http.ResponseWriter, r *web.Request) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	l, a, err := p.sessionFor(r, r.PathValue("id"), RecordAttendance)
	if err != nil {
		return err
	}
	list, err := p.candidates(r, l, a)
	if err != nil {
		return err
	}
	var faults fault.Form
	came := Came{Counted: f.Int(&faults, "counted", 0, 0, 10000)}
	for _, c := range list { // only those offered on the page: never another centre's people
		if f.Has("person", c.PersonID) {
			came.People = append(came.People, c.PersonID)
		}
	}
	for name := range strings.SplitSeq(f.Get("new"), "\n") {
		if name = strings.TrimSpace(name); name != "" {
			came.New = append(came.New, name)
		}
		if len([]rune(name)) > 80 {
			faults.Add("new", "fault.too_long", "max", 80)
		}
	}
	switch f.Get("step") { // the presses beside the number, where there is no script
	case "1", "-1":
		step, _ := strconv.Atoi(f.Get("step"))
		f.Values.Set("counted", strconv.Itoa(min(10000, max(0, came.Counted+step))))
		return r.HTML(w, http.StatusOK, attendancePage(r, l, a, list, f, true))
	}
	if err = faults.Err(); err == nil {
		err = p.RecordAttendance(r.Context(), l.CentreID, l.ID, came, r.Viewer.Account.ID)
	}
	if err != nil {
		if f.Failed(err) {
			return r.HTML(w, web.Status(f.Err), attendancePage(r, l, a, list, f, true))
		}
		return err
	}
	r.Flash("programme.attendance.saved")
	return r.See(w, "/desk/sessions/"+l.ID+"/attendance")
}

// totalAnswers are the answers to what funders ask about people, by question; "-" is "not said".
func totalAnswers(r *web.Request, groups []network.Group) []totalQuestion {
	label := func(key string) string { return r.T(key) }
	unsaid := totalAnswer{"-", label("programme.totals.unsaid")}
	byGroup := totalQuestion{Key: "group", Label: label("programme.totals.group")}
	for _, g := range groups {
		byGroup.Answers = append(byGroup.Answers, totalAnswer{g.Code, r.Pick(g.Name)})
	}
	byGroup.Answers = append(byGroup.Answers, unsaid)
	return []totalQuestion{
		{"sex", label("programme.totals.sex"), []totalAnswer{{"f", label("programme.totals.sex.f")}, {"m", label("programme.totals.sex.m")}, {"x", label("programme.totals.sex.x")}, unsaid}},
		{"age", label("programme.totals.age"), []totalAnswer{{"0-17", label("programme.totals.age.0-17")}, {"18-29", label("programme.totals.age.18-29")},
			{"30-64", label("programme.totals.age.30-64")}, {"65", label("programme.totals.age.65")}, unsaid}},
		byGroup,
	}
}

type totalQuestion struct {
	Key, Label string
	Answers    []totalAnswer
}

type totalAnswer struct{ Value, Label string }

func isQuarter(s string) bool {
	return len(s) == 6 && s[4] == 'Q' && s[5] >= '1' && s[5] <= '4' && strings.Trim(s[:4], "0123456789") == ""
}

func (p *Pages) totals(w http.ResponseWriter, r *web.Request) error {
	a, err := p.Activity(r.Context(), p.DB, r.Viewer.ScopeID(), r.PathValue("id"), false)
	if err != nil {
		return err
	}
	c, err := p.Network.Centre(r.Context(), p.DB, a.CentreID)
	if err != nil {
		return err
	}
	now := r.Now.In(c.Location())
	quarter := r.URL.Query().Get("quarter")
	if quarter == "" {
		quarter = QuarterOf(now)
	}
	if !isQuarter(quarter) {
		return fault.NotFound("programme.fault.quarter")
	}
	list, err := p.GroupTotals(r.Context(), a.ID, quarter)
	if err != nil {
		return err
	}
	f := web.NewForm("quarter", quarter)
	for _, g := range list {
		f.Values.Set(g.Question+"-"+g.Answer, strconv.Itoa(g.N))
	}
	return p.showTotals(w, r, http.StatusOK, a, now, f)
}

func (p *Pages) showTotals(w http.ResponseWriter, r *web.Request, status int, a Activity, now time.Time, f *web.Form) error {
	groups, err := p.Network.Groups(r.Context(), p.DB)
	if err != nil {
		return err
	}
	var quarters []string
	for i := range 5 {
		quarters = append(quarters, QuarterOf(now.AddDate(0, -3*i, -now.Day()+1)))
	}
	return r.HTML(w, status, totalsPage(r, a, quarters, totalAnswers(r, groups), f))
}

func (p *Pages) setTotals(w http.ResponseWriter, r *web.Request) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	a, err := p.Activity(r.Context(), p.DB, r.Viewer.ScopeID(), r.PathValue("id"), false)
	if err != nil {
		return err
	}
	groups, err := p.Network.Groups(r.Context(), p.DB)
	if err != nil {
		return err
	}
	var faults fault.Form
	quarter := f.Get("quarter")
	if !isQuarter(quarter) {
		faults.Add("quarter", "programme.fault.quarter")
	}
	var list []GroupTotal
	for _, q := range totalAnswers(r, groups) {
		for _, answer := range q.Answers {
			if n := f.Int(&faults, q.Key+"-"+answer.Value, 0, 0, 100000); n > 0 {
				list = append(list, GroupTotal{Question: q.Key, Answer: answer.Value, N: n})
			}
		}
	}
	if err = faults.Err(); err == nil {
		err = p.SetGroupTotals(r.Context(), a.CentreID, a.ID, quarter, list, r.Viewer.Account.ID)
	}
	if err != nil {
		if f.Failed(err) {
			return p.showTotals(w, r, web.Status(f.Err), a, r.Now, f)
		}
		return err
	}
	r.Flash("programme.totals.saved")
	return r.See(w, "/desk/programme/"+a.ID+"/totals?quarter="+quarter)
}
