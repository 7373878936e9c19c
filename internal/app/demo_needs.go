package app

import (
	"context"
	"time"

	"kvart/internal/network"
	"kvart/internal/participation"
	"kvart/internal/platform/db"
	"kvart/internal/platform/i18n"
)

// addNeeds makes a cycle of needs that came to its last step: people were invited and asked, what they said is answered, and
// six proposals went to a vote (addVotes).
func (d *demo) addNeeds(ctx context.Context) error {
	centre := d.centres[sixteen]
	by, s := d.by[centre.ID], d.Proposals
	if err := d.DB.Tx(ctx, func(tx *db.Tx) error { return d.turnOn(ctx, tx, centre.ID, network.FeatureNeeds) }); err != nil {
		return err
	}
	day := func(days int) string { return d.now.In(centre.Location()).AddDate(0, 0, days).Format(time.DateOnly) }
	var asked string
	if err := d.DB.Get(ctx, &asked, `SELECT id FROM surveys WHERE centre_id = :c AND state = 'closed'`, db.Args{"c": centre.ID}); err != nil {
		return err
	}
	id, err := s.SaveCycle(ctx, participation.Cycle{CentreID: centre.ID, State: "open", Joining: true, Title: in3("Što treba našem kvartu?", "What does our neighbourhood need?", "Hva trenger nabolaget vårt?"),
		Call: in3("Tražimo susjede i organizacije koji bi s nama slagali program. Dovoljna su dva sata mjesečno i volja da se sluša.\nDođite kakvi jeste: djeca, kolica i psi nisu smetnja.",
			"We look for neighbours and organisations to make the programme with us. Two hours a month and the will to listen are enough.\nCome as you are: children, wheelchairs and dogs are welcome.",
			"Vi søker naboer og organisasjoner som vil lage programmet sammen med oss. To timer i måneden og vilje til å lytte er nok.\nKom som du er: barn, rullestoler og hunder er velkomne."),
		Steps: []participation.CycleStep{{Step: "invite", From: day(-120), To: day(20)}, {Step: "ask", From: day(-100), To: day(-75), Link: "/surveys/" + asked}, {Step: "listen", From: day(-90), To: day(-68)},
			{Step: "say", From: day(-72), To: day(-50)}, {Step: "propose", From: day(-71), To: day(-48)}, {Step: "decide", From: day(-38), To: day(-24)}, {Step: "do", From: day(-23), To: day(200)}}}, "demo-needs", by)
	if err != nil {
		return err
	}
	d.cycle = id
	words := d.Texts.For(i18n.HR)
	if _, err := s.TakeSurvey(ctx, centre.ID, id, participation.Overtaking{SurveyID: asked}, words, by); err != nil {
		return err
	}
	for _, j := range []participation.Join{{Kind: "resident", Words: "Rado kuham za veće društvo."}, {Kind: "resident", Words: "Mogu petkom poslije šest."}, {Kind: "organisation", Organisation: "Ogledna udruga susjeda", Words: "Imamo alat i dvoje volontera."}} {
		j.CycleID, j.CentreID, j.Channel = id, centre.ID, participation.Desk
		if err := s.JoinGroup(ctx, j, participation.Contact{Email: "prijava@kvart.example"}, "", by); err != nil {
			return err
		}
	}
	joins, err := s.Joins(ctx, d.DB, centre.ID, id)
	if err != nil {
		return err
	}
	for _, j := range joins[:2] {
		if err := s.SetJoin(ctx, centre.ID, id, j.ID, "member", by); err != nil {
			return err
		}
	}
	residents, organisations, staff := 14, 4, 2
	for _, m := range []participation.Meeting{
		{On: day(-98), Clock: "18:00", Place: "Velika soba", Agenda: "1. Kako pitamo susjede\n2. Tko vodi razgovore u malim skupinama", Residents: &residents, Organisations: &organisations, Staff: &staff,
			Decisions: "Upitnik ima sedam pitanja i stoji na pultu još dva tjedna.\nRazgovore vode dvije osobe, nikad jedna.", Minutes: "Najviše se govorilo o mjestu za mlade i o klupama. Dogovoreno je da se zapisuje što je rečeno, a ne tko je rekao."},
		{On: day(-55), Clock: "18:00", Place: "Velika soba", Agenda: "1. Prijedlozi koji su stigli\n2. Što ide na glasanje", Residents: &residents, Organisations: &organisations, Staff: &staff,
			Decisions: "O šest prijedloga odlučuje susjedstvo, s tri tisuće eura iz susjedskog fonda."},
		{On: day(5), Clock: "18:00", Place: "Velika soba", Agenda: "1. Kako napreduju izglasani prijedlozi\n2. O čemu glasamo na proljeće"},
	} {
		m.CycleID = id
		if err := s.SaveMeeting(ctx, centre.ID, m, m.Decisions != "", "", by); err != nil {
			return err
		}
	}
	return d.addHeard(ctx, centre, id, by, day)
}

// addHeard makes what was heard in the cycle, coded by two, and answered in part.
func (d *demo) addHeard(ctx context.Context, centre network.Centre, cycle, by string, day func(int) string) error {
	s := d.Proposals
	var themes []string
	for _, t := range []participation.Theme{{Name: "Mjesto za predah", About: "Starijima je put do tržnice predug bez ijedne klupe u hladu."}, {Name: "Mjesto za mlade", About: "Kad pada kiša ili je već mrak, mladi nemaju kamo."},
		{Name: "Susjedi se ne poznaju", About: "U istoj zgradi godinama, a ne znamo se po imenu."}} {
		t.CycleID = cycle
		id, err := s.AddTheme(ctx, centre.ID, t, by)
		if err != nil {
			return err
		}
		themes = append(themes, id)
	}
	for _, x := range []struct {
		participation.Source
		quotes []struct {
			words         string
			first, second int
		}
	}{
		{participation.Source{Kind: "focus", Title: "Susjedi s tržnice", On: day(-88), People: 8, Notes: "Razgovarali smo sat vremena uz kavu."}, []struct {
			words         string
			first, second int
		}{{"Do tržnice stanem triput, a sjesti nemam gdje.", 0, 0}, {"Klupa kod igrališta bila bi dobra i nama i djeci.", 0, 1}, {"Ne znam tko živi kat iznad mene.", 2, 2}}},
		{participation.Source{Kind: "focus", Title: "Mladi s igrališta", On: day(-82), People: 11}, []struct {
			words         string
			first, second int
		}{{"Kad pada kiša, stojimo u haustoru.", 1, 1}, {"Sve se zatvara u osam.", 1, 1}}},
		{participation.Source{Kind: "interview", Title: "Doseljena susjeda", On: day(-74), People: 1}, []struct {
			words         string
			first, second int
		}{{"Prvih godinu dana nisam ni s kim popila kavu.", 2, 2}}},
	} {
		x.CycleID = cycle
		source, err := s.AddSource(ctx, centre.ID, x.Source, by)
		if err != nil {
			return err
		}
		for _, q := range x.quotes {
			id, err := s.AddQuote(ctx, centre.ID, cycle, participation.Quote{SourceID: source, Words: q.words}, by)
			if err != nil {
				return err
			}
			for coder, theme := range []int{q.first, q.second} {
				if err := s.Code(ctx, centre.ID, cycle, id, coder+1, themes[theme], by); err != nil {
					return err
				}
			}
		}
	}
	list, err := s.Themes(ctx, d.DB, cycle, false)
	if err != nil {
		return err
	}
	list[0].Reply, list[0].Published = "Dva su prijedloga za klupe: jedan je išao na glasanje, o drugom tek razgovaramo.", true
	if err := s.Answer(ctx, centre.ID, list[0], []string{d.offered["park"], d.offered["benches"]}, nil, by); err != nil {
		return err
	}
	list[1].Reply, list[1].Published = "Mladi su predložili glazbenu sobu. O njoj je odlučilo glasanje; ishod piše uz prijedlog.", true
	if err := s.Answer(ctx, centre.ID, list[1], []string{d.offered["music"]}, nil, by); err != nil {
		return err
	}
	list[2].Reply, list[2].Published = "Jednom tjedno zajedno večeramo; dođite i kad nikoga ne poznajete.", true
	return s.Answer(ctx, centre.ID, list[2], nil, []string{d.kept["dinner"].ID}, by)
}
