package app

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"kvart/internal/network"
	"kvart/internal/platform/db"
	"kvart/internal/platform/i18n"
	"kvart/internal/survey"
	"kvart/internal/xlsform"
)

// demoLabel is a text of a sample form.
func demoLabel(hr, en, nb string) xlsform.Label {
	return xlsform.Label{"hr": hr, "en": en, "nb": nb}
}

// demoForm is the sample form: what the neighbourhood needs, in three languages.
func demoForm() *xlsform.Form {
	choice := func(name, hr, en, nb string) xlsform.Choice {
		return xlsform.Choice{Name: name, Label: demoLabel(hr, en, nb)}
	}
	return &xlsform.Form{Title: "Što treba kvartu?", Languages: []string{"hr", "en", "nb"},
		Groups: []xlsform.Group{{Name: "about_you", Label: demoLabel("O vama", "About you", "Om deg")}},
		Questions: []xlsform.Question{
			{Name: "need", Kind: xlsform.One, Required: true, Label: demoLabel("Što kvartu najviše nedostaje?", "What does the neighbourhood lack most?", "Hva mangler nabolaget mest?"), Choices: []xlsform.Choice{
				choice("company", "druženje", "company", "samvær"), choice("help", "pomoć u svakodnevici", "help with everyday things", "hjelp i hverdagen"),
				choice("movement", "kretanje i zdravlje", "moving and staying well", "bevegelse og helse"), choice("young", "mjesto za mlade", "a place for young people", "et sted for unge"), choice("other", "nešto drugo", "something else", "noe annet")}},
			{Name: "other_need", Kind: xlsform.Text, Relevant: "${need} = 'other'", Label: demoLabel("Što drugo?", "What else?", "Hva annet?")},
			{Name: "when", Kind: xlsform.Several, Label: demoLabel("Kada biste mogli doći?", "When could you come?", "Når kunne du komme?"), Choices: []xlsform.Choice{
				choice("morning", "prijepodne", "in the morning", "om formiddagen"), choice("afternoon", "poslijepodne", "in the afternoon", "om ettermiddagen"),
				choice("evening", "navečer", "in the evening", "om kvelden"), choice("weekend", "vikendom", "at weekends", "i helgene")}},
			{Name: "keeps", Kind: xlsform.One, Label: demoLabel("Što vas najviše sprečava?", "What keeps you most?", "Hva hindrer deg mest?"), Choices: []xlsform.Choice{
				choice("nothing", "ništa", "nothing", "ingenting"), choice("time", "nemam vremena", "I have no time", "jeg har ikke tid"),
				choice("way", "put do centra", "the way to the centre", "veien til senteret"), choice("alone", "ne poznajem nikoga", "I know nobody", "jeg kjenner ingen")}},
			{Name: "minutes", Kind: xlsform.Integer, Constraint: ". >= 0 and . <= 180", Message: demoLabel("Upišite minute, do 180.", "Type minutes, up to 180.", "Skriv minutter, opptil 180."),
				Label: demoLabel("Koliko minuta putujete do centra?", "How many minutes is it to the centre?", "Hvor mange minutter er det til senteret?")},
			{Name: "health", Kind: xlsform.One, Sensitive: true, In: 1, Label: demoLabel("Otežava li vam zdravlje kretanje?", "Does your health make it hard to get about?", "Gjør helsen det vanskelig å komme seg rundt?"), Choices: []xlsform.Choice{
				choice("yes", "da", "yes", "ja"), choice("some", "ponekad", "sometimes", "noen ganger"), choice("no", "ne", "no", "nei")}},
			{Name: "idea", Kind: xlsform.Text, Label: demoLabel("Što biste voljeli da ovdje postoji?", "What would you love to find here?", "Hva skulle du ønske fantes her?")},
		}}
}

var demoWishesWritten = []string{"Klupe u hladu pred zgradom.", "Tečaj o mobitelu, ali polako.", "Netko da popravi bicikl.", "Večer društvenih igara.", "Duže radno vrijeme subotom.", "Zbor za one koji ne znaju pjevati.", "Šetnja svako jutro, bez žurbe.",
	"Razmjena knjiga.", "Mjesto za učenje nakon škole.", "Kuhanje za susjede."}

// addSurveys asks residents at two centres: one survey has ended and shows its totals, one is open, with answers typed in from
// paper and the telephone too. All of it is sample data, as the demo says on every page.
func (d *demo) addSurveys(ctx context.Context) error {
	for _, slug := range []string{sixteen, jarun} {
		c := d.centres[slug]
		if err := d.DB.Tx(ctx, func(tx *db.Tx) error { return d.turnOn(ctx, tx, c.ID, network.FeatureSurveys) }); err != nil {
			return err
		}
	}
	if err := d.addSurvey(ctx, d.centres[sixteen], -100, -75, 148, true); err != nil {
		return fmt.Errorf("ended survey: %w", err)
	}
	return d.addSurvey(ctx, d.centres[jarun], -9, 19, 37, false)
}

// addSurvey makes a survey from and to so many days from today, with answers.
func (d *demo) addSurvey(ctx context.Context, c network.Centre, from, to, answers int, over bool) error {
	today := d.now.In(c.Location())
	date := func(days int) string { return today.AddDate(0, 0, days).Format(time.DateOnly) }
	by := d.by[c.ID]
	v := survey.Survey{CentreID: &c.ID, OpensOn: date(from), ClosesOn: date(max(to, 0)), DeleteOn: date(150),
		Title:   i18n.Text{i18n.HR: "Što treba kvartu?", i18n.EN: "What does the neighbourhood need?", i18n.NB: "Hva trenger nabolaget?"},
		Intro:   i18n.Text{i18n.HR: "Sedam kratkih pitanja, oko tri minute.", i18n.EN: "Seven short questions, about three minutes.", i18n.NB: "Sju korte spørsmål, omtrent tre minutter."},
		Purpose: i18n.Text{i18n.HR: "Iz odgovora zajedno slažemo program za sljedeće mjesece.", i18n.EN: "From the answers we make the programme of the coming months together.", i18n.NB: "Ut fra svarene lager vi programmet for de neste månedene sammen."}}
	form := demoForm()
	if err := d.DB.Tx(ctx, func(tx *db.Tx) (err error) {
		if v.ID, err = d.Survey.Add(ctx, tx, v, by); err != nil {
			return err
		}
		if v, err = d.Survey.Survey(ctx, tx, v.ID); err != nil {
			return err
		}
		if err = d.Survey.SaveForm(ctx, tx, v, form, by); err != nil {
			return err
		}
		if v, err = d.Survey.Survey(ctx, tx, v.ID); err != nil {
			return err
		}
		return d.Survey.Publish(ctx, tx, v, by)
	}); err != nil {
		return err
	}
	if err := d.DB.Tx(ctx, func(tx *db.Tx) error {
		for i := range answers {
			sheet := survey.Sheet{Survey: v.ID, Number: 1, Way: survey.Ways[i%4], Answers: d.answers(form, today, i)}
			if sheet.Way != survey.Web {
				sheet.Typist = by
			}
			if err := d.Survey.Answer(ctx, tx, sheet); err != nil {
				return err
			}
		}
		return nil
	}); err != nil || !over {
		return err
	}
	return d.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := d.Survey.Close(ctx, tx, v.ID, by); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `UPDATE surveys SET closes_on = :d WHERE id = :id`, db.Args{"d": date(to), "id": v.ID}); err != nil {
			return err
		}
		now, err := d.Survey.Survey(ctx, tx, v.ID)
		if err != nil {
			return err
		}
		return d.Survey.Show(ctx, tx, now, true, by)
	})
}

// answers are those of one sample sheet.
func (d *demo) answers(form *xlsform.Form, today time.Time, i int) xlsform.Answers {
	pick := func(weights ...int) int {
		sum := 0
		for _, w := range weights {
			sum += w
		}
		n := d.rand.IntN(sum)
		for j, w := range weights {
			if n -= w; n < 0 {
				return j
			}
		}
		return 0
	}
	one := func(name string, weights ...int) string { // one weight more than choices: no answer
		q := form.Question(name)
		if j := pick(weights...); j < len(q.Choices) {
			return q.Choices[j].Name
		}
		return ""
	}
	a := xlsform.Answers{"need": one("need", 40, 25, 20, 18, 8), "keeps": one("keeps", 20, 25, 12, 22, 14), "health": one("health", 14, 16, 50, 20), "minutes": strconv.Itoa(3 + d.rand.IntN(30))}
	var when []string
	for j, c := range form.Question("when").Choices {
		if d.rand.IntN(10) < []int{4, 5, 4, 2}[j] {
			when = append(when, c.Name)
		}
	}
	a["when"] = strings.Join(when, " ")
	if a["need"] == "other" {
		a["other_need"] = demoWishesWritten[(i+3)%len(demoWishesWritten)]
	}
	if i%3 == 0 {
		a["idea"] = demoWishesWritten[i%len(demoWishesWritten)]
	}
	taken, _ := form.Take(a, today, nil)
	return taken
}
