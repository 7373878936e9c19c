package premises_test

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kvart/internal/platform/fault"
	"kvart/internal/platform/i18n"
	. "kvart/internal/premises"
	"kvart/internal/programme"
	"kvart/locales"
)

func good() Request {
	return Request{AreaID: "area", Place: "Prostor MO Ciglenica", Slots: Slots{{2, "18:00", "20:00"}}, PeriodFrom: "2026-12-01", PeriodTo: "2027-11-30", Kind: "Tečaj za starije",
		Members: 40, Volunteers: 6, ResultsFrom: "2025-11-26", ResultsTo: "2026-11-25"}
}

// named are the fields that a fault names, in order.
func named(err error) (names []string) {
	if err == nil {
		return nil
	}
	for _, f := range fault.Of(err).Fields {
		names = append(names, f.Name+" "+f.Key)
	}
	slices.Sort(names)
	return names
}

func TestCheck_namesWhatCannotBe(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*Request)
		want   []string
	}{
		"good":               {func(*Request) {}, nil},
		"no slot":            {func(r *Request) { r.Slots = nil }, []string{"weekday-1 premises.fault.no_slot"}},
		"six slots":          {func(r *Request) { r.Slots = slices.Repeat(Slots{{1, "08:00", "09:00"}}, 6) }, []string{"from-2 premises.fault.slots_overlap", "from-3 premises.fault.slots_overlap", "from-4 premises.fault.slots_overlap", "from-5 premises.fault.slots_overlap", "weekday-1 premises.fault.too_many_slots"}},
		"no weekday":         {func(r *Request) { r.Slots[0].Weekday = 0 }, []string{"weekday-1 premises.fault.weekday"}},
		"no clock":           {func(r *Request) { r.Slots[0].From = "25:99" }, []string{"from-1 fault.not_a_time"}},
		"ends before":        {func(r *Request) { r.Slots[0].To = "18:00" }, []string{"to-1 premises.fault.times"}},
		"slots that touch":   {func(r *Request) { r.Slots = append(r.Slots, Slot{2, "20:00", "21:00"}, Slot{3, "18:00", "20:00"}) }, nil},
		"slots that overlap": {func(r *Request) { r.Slots = append(r.Slots, Slot{2, "19:59", "21:00"}) }, []string{"from-2 premises.fault.slots_overlap"}},
		"a year exactly":     {func(r *Request) { r.PeriodTo = "2027-11-30" }, nil},
		"a day more":         {func(r *Request) { r.PeriodTo = "2027-12-01" }, []string{"period_to premises.fault.year"}},
		"back to front":      {func(r *Request) { r.PeriodTo = "2026-11-30" }, []string{"period_to premises.fault.order"}},
		"no dates":           {func(r *Request) { r.PeriodFrom, r.PeriodTo = "2026-02-30", "" }, []string{"period_from fault.not_a_date", "period_to fault.not_a_date"}},
		"nothing typed":      {func(r *Request) { r.AreaID, r.Place, r.Kind = "", "", "" }, []string{"area fault.required", "kind fault.required", "place fault.required"}},
		"fewer than none":    {func(r *Request) { r.Members, r.Volunteers = -1, 100001 }, []string{"members fault.not_a_number", "volunteers fault.not_a_number"}},
		"long and backwards": {func(r *Request) { r.Place = "🙂 משרד" + string(make([]rune, 120)) }, []string{"place fault.too_long"}},
	} {
		r := good()
		r.Slots = slices.Clone(r.Slots)
		c.change(&r)
		if got := named(r.Check()); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

func TestYearAfter_endsOnTheDayBeforeTheSameDate(t *testing.T) {
	for from, want := range map[string]string{"2026-09-01": "2027-08-31", "2026-01-01": "2026-12-31", "2024-02-29": "2025-02-28", "2027-02-28": "2028-02-27", "2023-03-01": "2024-02-29", "soon": "", "0001-01-01": ""} {
		if got := YearAfter(from); got != want {
			t.Errorf("a year from %s ends on %s, want %s", from, got, want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		d := time.Date(2001, 1, 1+rapid.IntRange(0, 60000).Draw(t, "day"), 0, 0, 0, 0, time.UTC)
		end, err := time.Parse(time.DateOnly, YearAfter(d.Format(time.DateOnly)))
		if n := int(end.Sub(d).Hours()/24) + 1; err != nil || n != 365 && n != 366 {
			t.Fatalf("a year from %s has %d days", d.Format(time.DateOnly), n)
		}
	})
}

func TestRenewalDate_sixtyDaysBeforeTheEndButNotBeforeTheBeginning(t *testing.T) {
	for _, c := range [][3]string{{"2026-09-01", "2027-08-31", "2027-07-02"}, {"2026-09-01", "2026-10-01", "2026-09-01"}, {"2026-09-01", "never", ""}} {
		if got := RenewalDate(c[0], c[1]); got != c[2] {
			t.Errorf("%v: %s", c, got)
		}
	}
}

func TestMay_everyStepThatThereIs(t *testing.T) {
	allowed := map[[2]State]bool{
		{Prepared, Sent}: true, {Prepared, Withdrawn}: true,
		{Sent, Granted}: true, {Sent, Declined}: true, {Sent, Withdrawn}: true,
		{Granted, Expired}: true, {Granted, Renewed}: true,
	}
	for _, from := range States {
		for _, to := range States {
			if got := May(from, to); got != allowed[[2]State{from, to}] {
				t.Errorf("%s to %s: %v", from, to, got)
			}
		}
	}
}

func TestDecision_namesWhatCannotBe(t *testing.T) {
	yes := Decision{Granted: true, On: "2026-11-20", ValidFrom: "2026-12-01", ValidTo: "2027-11-30"}
	for name, c := range map[string]struct {
		change func(*Decision)
		want   []string
	}{
		"granted":               {func(*Decision) {}, nil},
		"for a day more":        {func(d *Decision) { d.ValidTo = "2027-12-01" }, []string{"valid_to premises.fault.year"}},
		"over before it begins": {func(d *Decision) { d.ValidTo = "2026-11-30" }, []string{"valid_to premises.fault.order"}},
		"tomorrow":              {func(d *Decision) { d.On = "2026-11-27" }, []string{"decided_on premises.fault.future"}},
		"before it was sent":    {func(d *Decision) { d.On = "2026-10-31" }, []string{"decided_on premises.fault.before_sent"}},
		"renewed after it ends": {func(d *Decision) { d.RenewOn = "2027-12-01" }, []string{"renew_on premises.fault.renew_on"}},
		"renewed never":         {func(d *Decision) { d.RenewOn = "31. 12." }, []string{"renew_on fault.not_a_date"}},
		"refused without words": {func(d *Decision) { *d = Decision{On: "2026-11-20"} }, []string{"reason premises.fault.reason"}},
		"refused":               {func(d *Decision) { *d = Decision{On: "2026-11-20", Reason: "Zauzeto."} }, nil},
	} {
		d := yes
		c.change(&d)
		if got := named(d.Check("2026-11-01", "2026-11-26")); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

func TestSum_tellsNoNumberBelowTheThreshold(t *testing.T) {
	held := func(came ...int) (list []programme.Held) {
		for _, n := range came {
			list = append(list, programme.Held{Sessions: 2, Recorded: 1, Seconds: 5400, Came: n})
		}
		return list
	}
	for _, c := range []struct {
		came []int
		want int // -1: none is told
		few  bool
	}{
		{nil, 0, false}, {[]int{0}, 0, false}, {[]int{9}, -1, true}, {[]int{10}, 10, false}, {[]int{9, 9}, -1, true}, {[]int{9, 30, 1}, 30, true}, {[]int{0, 12}, 12, false}, {[]int{0, 3}, -1, true},
	} {
		r := Sum(held(c.came...), 10)
		got := -1
		if r.Came != nil {
			got = *r.Came
		}
		if got != c.want || bool(r.Few) != c.few || r.Sessions != 2*len(c.came) || r.Recorded != len(c.came) || r.Minutes != int64(90*len(c.came)) {
			t.Errorf("%v: %+v, %d came", c.came, r, got)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		threshold := rapid.IntRange(3, 100).Draw(t, "threshold")
		came := rapid.SliceOfN(rapid.IntRange(0, 200), 0, 12).Draw(t, "came")
		if r := Sum(held(came...), threshold); r.Came != nil && *r.Came != 0 && *r.Came < threshold {
			t.Fatalf("%v: %d is told", came, *r.Came)
		}
	})
}

func TestNext_isTheWeekdayWhileItIsValid(t *testing.T) {
	r := Request{State: Granted, ValidFrom: "2026-12-01", ValidTo: "2026-12-10"}
	for _, c := range []struct {
		weekday     int
		today, want string
	}{
		{2, "2026-11-26", "2026-12-01"}, {1, "2026-11-26", "2026-12-07"}, {4, "2026-12-04", "2026-12-10"}, {5, "2026-12-05", ""}, {4, "2026-12-11", ""},
	} {
		if got := r.Next(Slot{Weekday: c.weekday}, c.today); got != c.want {
			t.Errorf("weekday %d from %s: %q, want %q", c.weekday, c.today, got, c.want)
		}
	}
	r.State = Sent
	if r.Next(Slot{Weekday: 2}, "2026-11-26") != "" {
		t.Error("what is not granted can be used")
	}
}

func TestWords_everyStateHasItsWord(t *testing.T) {
	words, err := i18n.Load(locales.FS)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range States {
		if key := "premises.state." + string(s); words.For(i18n.HR).T(key) == key {
			t.Errorf("no word for %s", s)
		}
	}
}
