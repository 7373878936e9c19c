package directory

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"kvart/internal/hsds"
	"kvart/internal/network"
	"kvart/internal/platform/i18n"
	"kvart/internal/platform/web"
)

// What pages say of a service, as people say it.

// opensWords is whether it can be used now, or when next.
func opensWords(r *web.Request, s Service, o Openness, now time.Time) string {
	switch {
	case s.Status == "temporarily closed":
		return r.T("directory.find.closed_for_now")
	case o.Always:
		return r.T("directory.find.always")
	case o.Open:
		return r.T("network.open.until", "clock", r.Clock(o.Next.In(now.Location())))
	case o.Holiday:
		return r.T("directory.find.holiday_today")
	case !o.Known:
		return r.T("directory.find.hours_unknown")
	case o.Next.IsZero():
		return r.T("network.open.shut")
	}
	next := o.Next.In(now.Location())
	if near := r.Relative(next, now); near != "" {
		return r.T("network.open.near", "day", near, "clock", r.Clock(next))
	}
	return r.T("network.open.next", "when", r.When(next))
}

// away is a distance on foot: to fifty metres below a kilometre, then to a tenth of one.
func away(r *web.Request, metres int) string {
	if metres < 975 {
		return r.T("directory.find.metres", "n", max(50, (metres+25)/50*50))
	}
	tenths := strconv.FormatFloat(math.Round(float64(metres)/100)/10, 'f', -1, 64)
	if r.Lang() != "en" {
		tenths = strings.Replace(tenths, ".", ",", 1)
	}
	return r.T("directory.find.kilometres", "n", tenths)
}

// costWord is what it costs in a word; empty: not said.
func costWord(r *web.Request, s Service) string {
	switch {
	case s.IsFree():
		return r.T("directory.find.cost.free")
	case s.Own.Cost != "":
		return r.T("directory.find.cost." + s.Own.Cost)
	case len(s.CostOptions) > 0:
		return r.T("directory.find.cost.paid")
	}
	return ""
}

// stepsWord is what is known of steps at its places: the best of them. Empty: not said.
func stepsWord(r *web.Request, s Service) string {
	known := ""
	for _, p := range s.Places {
		state := p.At.StepFree()
		if state == "yes" || state == "partly" && known != "yes" || known == "" {
			known = state
		}
	}
	if known == "" {
		return ""
	}
	return r.T("directory.find.steps." + known)
}

// freshWord is how long ago somebody said that it is right.
func freshWord(r *web.Request, s Service, a Age) string {
	switch {
	case !a.Known:
		return r.T("directory.find.never_confirmed")
	case a.Old:
		return r.T("directory.find.old")
	}
	return r.T("directory.find.confirmed", "date", dayWord(r, s.AssuredDate))
}

// confirmedWord is freshWord with who said so.
func confirmedWord(r *web.Request, s Service, a Age) string {
	if !a.Known {
		return r.T("directory.find.never_confirmed")
	}
	if slices.Contains([]string{"organisation", "centre", "import"}, s.AssuredBy) {
		return r.T("directory.find.confirmed."+s.AssuredBy, "date", dayWord(r, s.AssuredDate))
	}
	return r.T("directory.find.confirmed", "date", dayWord(r, s.AssuredDate))
}

// dayWord is a local date as people read it; what is no date is itself.
func dayWord(r *web.Request, date string) string {
	t, err := time.Parse(time.DateOnly, date[:min(len(date), len(time.DateOnly))])
	if err != nil {
		return date
	}
	return r.Date(t)
}

// whyWord says in what a word was found, and as what.
func whyWord(r *web.Request, w Why) string {
	if w.As != "" && !strings.EqualFold(w.As, w.Word) {
		return r.T("directory.find.why.as."+w.Field, "word", w.Word, "as", w.As)
	}
	return r.T("directory.find.why."+w.Field, "word", w.Word)
}

// spotWord is a place with what tells it from others of its name.
func spotWord(r *web.Request, s Spot) string {
	what := r.T("directory.find.spot." + s.Kind)
	if in := r.Pick(s.Within); in != "" {
		what += ", " + in
	}
	return what
}

// languageWord is a language's name: its own where the entry has no code that Kvart knows.
func languageWord(r *web.Request, l hsds.Language) string {
	code := strings.ToLower(l.Code)
	if slices.Contains(askedLanguages, code) {
		return r.T("directory.find.spoken." + code)
	}
	if l.Name != "" {
		return l.Name
	}
	return l.Code
}

// agesWord is for whom it is by age; empty: for all.
func agesWord(r *web.Request, s Service) string {
	number := func(x float64) string { return strconv.FormatFloat(x, 'f', -1, 64) }
	low, high := s.MinimumAge, s.MaximumAge
	switch {
	case low != nil && *low > 0 && high != nil:
		return r.T("directory.find.age.between", "from", number(*low), "to", number(*high))
	case low != nil && *low > 0:
		return r.T("directory.find.age.from", "from", number(*low))
	case high != nil:
		return r.T("directory.find.age.to", "to", number(*high))
	}
	return ""
}

// hourLines are opening hours as people say them, a line for days that are alike: "ponedjeljak – četvrtak 9.00–17.00". What has
// ended is left out; what no rule can say is said in the entry's own words.
func hourLines(r *web.Request, list []hsds.Schedule, today string) []string {
	var plain [7][]string
	var lines []string
	for _, h := range list {
		if h.ValidTo != "" && h.ValidTo < today || h.Until != "" && h.Until < today {
			continue
		}
		said := strings.TrimSpace(strings.Join(slices.DeleteFunc([]string{h.Description, h.Notes}, func(s string) bool { return s == "" }), " "))
		from, to, ok := span(h, time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC))
		if !ok {
			if said != "" {
				lines = append(lines, said)
			}
			continue
		}
		hours := r.Span(from, to)
		if to.Sub(from) == 24*time.Hour {
			hours = r.T("directory.find.day_and_night")
		}
		if h.Freq == "WEEKLY" && len(listOf(h.ByDay)) > 0 && (h.Interval == nil || *h.Interval < 2) && h.ValidFrom <= today && h.ValidTo == "" && said == "" {
			for i, day := range weekdays {
				if slices.Contains(listOf(h.ByDay), day) && !slices.Contains(plain[i], hours) {
					plain[i] = append(plain[i], hours)
				}
			}
			continue
		}
		line := daysWord(r, h) + " " + hours
		if h.ValidFrom > today {
			line += ", " + r.T("directory.find.hours.from", "date", dayWord(r, h.ValidFrom))
		}
		if h.ValidTo != "" {
			line += ", " + r.T("directory.find.hours.to", "date", dayWord(r, h.ValidTo))
		}
		if said != "" {
			line += " (" + said + ")"
		}
		lines = append(lines, line)
	}
	return append(weekWords(r, plain), lines...)
}

// weekWords says the hours of seven days, those that are alike and follow each other together.
func weekWords(r *web.Request, plain [7][]string) []string {
	var lines []string
	for i := 0; i < 7; {
		slices.Sort(plain[i])
		end := i
		for end+1 < 7 && len(plain[i]) > 0 {
			slices.Sort(plain[end+1])
			if !slices.Equal(plain[i], plain[end+1]) {
				break
			}
			end++
		}
		if len(plain[i]) > 0 {
			days := r.Weekday(time.Weekday((i + 1) % 7))
			switch {
			case end == i+1:
				days += ", " + r.Weekday(time.Weekday((end+1)%7))
			case end > i:
				days += " – " + r.Weekday(time.Weekday((end+1)%7))
			}
			lines = append(lines, days+" "+strings.Join(plain[i], ", "))
		}
		i = end + 1
	}
	return lines
}

// daysWord says on which days a schedule is that is not plainly weekly.
func daysWord(r *web.Request, h hsds.Schedule) string {
	var days []string
	if h.Freq == "MONTHLY" {
		for _, d := range listOf(h.ByMonthDay) {
			n, err := strconv.Atoi(d)
			switch {
			case err != nil:
			case n == -1:
				days = append(days, r.T("directory.find.month.last"))
			case n > 0:
				days = append(days, r.T("directory.find.month.day", "n", n))
			}
		}
	}
	for _, d := range listOf(h.ByDay) {
		i := slices.Index(weekdays, d[max(0, len(d)-2):])
		if i < 0 {
			continue
		}
		name := r.Weekday(time.Weekday((i + 1) % 7))
		nth := strings.TrimPrefix(d[:len(d)-2], "+")
		if h.Freq != "MONTHLY" || !slices.Contains([]string{"1", "2", "3", "4", "5", "-1"}, nth) {
			days = append(days, name)
			continue
		}
		gender := "m"
		if strings.HasSuffix(name, "a") {
			gender = "f" // srijeda, subota, nedjelja; the other languages say both alike
		}
		days = append(days, r.T("directory.find.month.nth."+strings.Replace(nth, "-1", "last", 1)+"."+gender, "day", name))
	}
	if len(days) == 0 {
		days = []string{r.T("directory.find.hours.every_day")}
	}
	line := strings.Join(days, ", ")
	if h.Freq == "WEEKLY" && h.Interval != nil && *h.Interval >= 2 {
		line += " " + r.N("directory.find.hours.weeks", int(*h.Interval))
	}
	return line
}

// holidaysSoon are public holidays of the next two weeks on which its hours would say that it is open.
func holidaysSoon(r *web.Request, list []hsds.Schedule, now time.Time) []string {
	var lines []string
	for ahead := range 15 {
		day := time.Date(now.Year(), now.Month(), now.Day()+ahead, 12, 0, 0, 0, now.Location())
		if h := network.HolidayOn(day.Format(time.DateOnly)); h != nil && slices.ContainsFunc(list, func(x hsds.Schedule) bool { return On(x, day) }) {
			lines = append(lines, r.T("directory.find.holiday", "day", r.Day(day), "name", r.Pick(h.Name)))
		}
	}
	return lines
}

// phonesOf are the numbers to call: the service's own, those of its places, or else its organisation's; each once.
func phonesOf(s Service) []hsds.Phone {
	var list []hsds.Phone
	add := func(more []hsds.Phone) {
		for _, x := range more {
			if !slices.ContainsFunc(list, func(y hsds.Phone) bool { return network.Dial(x.Number) == network.Dial(y.Number) }) {
				list = append(list, x)
			}
		}
	}
	add(s.Phones)
	for _, p := range s.Places {
		add(p.Phones)
		if !p.At.Confidential {
			add(p.At.Phones)
		}
	}
	for _, c := range s.Contacts {
		add(c.Phones)
	}
	if len(list) == 0 {
		add(s.Owner.Phones)
	}
	return list
}

// webAddress is an address that a link may lead to; anything but http is none.
func webAddress(s string) string {
	if strings.HasPrefix(s, "https://") || strings.HasPrefix(s, "http://") {
		return s
	}
	return ""
}

// lines divides a text where its author did.
func textLines(s string) []string {
	var list []string
	for line := range strings.SplitSeq(s, "\n") {
		if line = strings.TrimSpace(line); line != "" {
			list = append(list, line)
		}
	}
	return list
}

// countWord is how many services there are, or more than how many.
func countWord(r *web.Request, n int, more bool) string {
	if more {
		return r.N("directory.find.count.more", n)
	}
	return r.N("directory.find.count", n)
}

// foundWord says how many were found.
func foundWord(r *web.Request, v results) string {
	if v.Count == 0 {
		return r.T("directory.find.count.none")
	}
	return countWord(r, v.Count, v.More)
}

// placesLine is where it is, and how far that is from the chosen place.
func placesLine(r *web.Request, h Hit) string {
	var parts []string
	for i, p := range h.Places {
		if i == 2 {
			parts = append(parts, r.N("directory.find.places_more", len(h.Places)-i))
			break
		}
		if line := p.At.Line(); line != "" && !slices.Contains(parts, line) {
			parts = append(parts, line)
		}
	}
	line := strings.Join(parts, "; ")
	if h.Metres >= 0 && len(h.Places) > 0 {
		if line != "" {
			line += " · "
		}
		line += away(r, h.Metres)
	}
	return line
}

// whereWord is whose it is, and where.
func whereWord(r *web.Request, h Hit) string {
	where := placesLine(r, h)
	switch {
	case h.Owner.Name == "" || h.Owner.Name == h.Name:
		return where
	case where == "":
		return h.Owner.Name
	}
	return h.Owner.Name + " · " + where
}

// reachedThrough is the centre through which alone its initiative is reached, or nil.
func reachedThrough(s Service, b *network.Basics, r *web.Request) *network.Centre {
	if !s.Owner.ByCentre(r.Now.In(b.Zone).Format(time.DateOnly)) || s.Owner.CentreID == nil {
		return nil
	}
	return b.Centre(*s.Owner.CentreID)
}

func withPhone(list []network.Centre) []network.Centre {
	return slices.DeleteFunc(slices.Clone(list), func(c network.Centre) bool { return c.Phone == "" })
}

// areaName is the name of the area of the id, or the given one.
func areaName(list []network.Area, id string, other i18n.Text) i18n.Text {
	for _, a := range list {
		if a.ID == id {
			return a.Name
		}
	}
	return other
}

// growing are the names of areas to which the network plans to grow; on the map they have a dashed edge.
func growing(r *web.Request, areas []network.Area) string {
	var names []string
	for _, a := range areas {
		if a.Growth {
			names = append(names, r.Pick(a.Name))
		}
	}
	return strings.Join(names, ", ")
}

func fieldFault(f *web.Form, name string) bool {
	_, bad := f.Fault(name)
	return bad
}

// filtered says whether something is chosen that stands below the box.
func filtered(a question) bool {
	return slices.ContainsFunc([]string{"open", "free", "steps", "spoken", "band", "group"}, a.Form.On)
}

func groupOptions(r *web.Request, v listing) []web.Option {
	list := []web.Option{{Label: r.T("directory.find.group.all")}}
	groups := v.Sorts.Groups()
	for _, t := range groups {
		list = append(list, web.Option{Value: t.ID, Label: r.Pick(t.Name)})
	}
	if t := v.Sorts.Term(v.Group); t != nil && !slices.ContainsFunc(groups, func(x Term) bool { return x.ID == t.ID }) {
		list = append(list, web.Option{Value: t.ID, Label: r.Pick(t.Name)})
	}
	return list
}

func bandOptions(r *web.Request) []web.Option {
	list := []web.Option{{Label: r.T("directory.find.band.all")}}
	for _, b := range Bands {
		list = append(list, web.Option{Value: b.Code, Label: r.T("directory.find.band." + b.Code)})
	}
	return list
}

func languageOptions(r *web.Request) []web.Option {
	list := []web.Option{{Label: r.T("directory.find.language.all")}}
	for _, code := range askedLanguages {
		list = append(list, web.Option{Value: code, Label: r.T("directory.find.spoken." + code)})
	}
	return list
}
