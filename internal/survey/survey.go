// Package survey asks residents: surveys of a centre or of the network, answered on the web, at the desk, on paper or by
// telephone, and the totals of the answers.
//
// Answers are anonymous for good. A row has a random id, no time, no way it came and nobody who typed it; marked questions (on
// orientation, gender, health, origin) are counted and never stored in a row; what somebody wrote is a row of its own, beside no
// other answer. At closing everything is written anew in a random order (docs/surveys.md says what a live database shows until
// then). Totals are made once, at closing, by package disclosure. It knows the network's nouns and no other feature's.
package survey

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"kvart/internal/network"
	"kvart/internal/platform/auth"
	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/i18n"
	"kvart/internal/xlsform"
)

// Permissions of this package.
const (
	Run  auth.Permission = "survey.run"  // make surveys, close them, read what came of them
	Type auth.Permission = "survey.type" // type in what somebody says or wrote on paper
)

// Grants say which role has which permission. The words that people wrote, and files of answers, are for a centre's own team
// alone (OwnTeam).
var Grants = []auth.Grant{
	{Role: network.Coordinator, Permission: Run}, {Role: network.Coordinator, Permission: Type},
	{Role: network.Host, Permission: Type}, {Role: network.SupportWorker, Permission: Type},
	{Role: network.Lead, Permission: Run}, {Role: network.Lead, Permission: Type},
}

// States of a survey.
const (
	Draft  = "draft"
	Open   = "open" // between its dates it is answered
	Closed = "closed"
)

// Ways in which answers come, in the order in which they are told.
const (
	Web   = "web"
	Desk  = "desk"
	Paper = "paper"
	Phone = "phone"
)

// Ways are all of them. Those that somebody types in begin with the second.
var Ways = []string{Web, Desk, Paper, Phone}

// Languages are those in which a form may have texts.
func Languages() []string {
	var list []string
	for _, l := range i18n.All {
		list = append(list, string(l))
	}
	return list
}

// Survey is a survey.
type Survey struct {
	ID       string    `db:"id"`
	CentreID *string   `db:"centre_id"` // nil: the network's
	Title    i18n.Text `db:"title"`
	Intro    i18n.Text `db:"intro"`
	Purpose  i18n.Text `db:"purpose"`
	OpensOn  string    `db:"opens_on"` // local dates, both included
	ClosesOn string    `db:"closes_on"`
	DeleteOn string    `db:"delete_on"`
	State    string    `db:"state"`
	Shown    db.Bool   `db:"shown"`
	Gone     db.Bool   `db:"gone"`
	Current  int       `db:"current"` // number of the version that is asked
	Version  int       `db:"version"`
}

// longest is how many days answers may be kept after the survey has ended.
const longest = 366

// Check returns Invalid with the fields that cannot be right.
func (s Survey) Check() error {
	var f fault.Form
	text := func(name string, t i18n.Text, most int, required bool) {
		if required && t.Empty() {
			f.Add(name+"-hr", "fault.required")
		}
		for l, x := range t {
			if utf8.RuneCountInString(x) > most {
				f.Add(name+"-"+string(l), "fault.too_long", "max", most)
			}
		}
	}
	text("title", s.Title, 120, true)
	text("intro", s.Intro, 2000, false)
	text("purpose", s.Purpose, 500, true)
	date := func(name, v string) (time.Time, bool) {
		t, err := time.Parse(time.DateOnly, v)
		if err != nil || t.Year() < 2000 || t.Year() > 2200 {
			f.Add(name, "fault.not_a_date")
			return t, false
		}
		return t, true
	}
	opens, okOpens := date("opens_on", s.OpensOn)
	closes, okCloses := date("closes_on", s.ClosesOn)
	goes, okGoes := date("delete_on", s.DeleteOn)
	if okOpens && okCloses && closes.Before(opens) {
		f.Add("closes_on", "survey.fault.dates")
	}
	if okCloses && okGoes && (!goes.After(closes) || goes.After(closes.AddDate(0, 0, longest))) {
		f.Add("delete_on", "survey.fault.delete_on")
	}
	return f.Err()
}

// Answered says whether the survey is answered on the local date.
func (s Survey) Answered(today string) bool {
	return s.State == Open && s.OpensOn <= today && today <= s.ClosesOn
}

// paperDays are how many days after the last one sheets of paper that were handed in by then are typed in.
const paperDays = 3

// PaperUntil is the last local date on which sheets of paper are typed in, and after which the survey is closed: always before the
// day on which the answers go.
func (s Survey) PaperUntil() string {
	closes, err := time.Parse(time.DateOnly, s.ClosesOn)
	if err != nil {
		return s.ClosesOn
	}
	until := closes.AddDate(0, 0, paperDays)
	if goes, err := time.Parse(time.DateOnly, s.DeleteOn); err == nil && !until.Before(goes) {
		until = goes.AddDate(0, 0, -1)
	}
	return max(until.Format(time.DateOnly), s.ClosesOn)
}

// Takes says whether answers that come this way are taken on the local date: all while it is answered, and sheets of paper a few
// days more, so that nobody who handed one in on the last day is forgotten.
func (s Survey) Takes(way, today string) bool {
	return s.Answered(today) || way == Paper && s.State == Open && s.OpensOn <= today && today <= s.PaperUntil()
}

// Coming says whether the survey was opened at the desk and its first day is still to come on the local date: it can be printed,
// and who has its address learns when it begins.
func (s Survey) Coming(today string) bool { return s.State == Open && today < s.OpensOn }

// Version is a form as it was asked.
type Version struct {
	Number int
	Form   *xlsform.Form
	Totals *Totals // nil until it is closed

	Later map[string]bool // questions that a later version marked
}

// Alone says whether the question is told in totals alone: it is marked, or was marked later, when somebody saw what it asks.
// Then answers from before stand in rows, and are given away by none of them.
func (v Version) Alone(q *xlsform.Question) bool { return q.Sensitive || v.Later[q.Name] }

// MarkedWords are the beginnings of words that questions about orientation, gender, health or origin are made of, in the three
// languages, in small letters without marks. They warn whoever makes a form; they decide nothing.
var MarkedWords = []string{
	// hr
	"orijentacij", "seksualn", "spol", "rod ", "rodn", "lgbt", "gej", "lezb", "transrod", "zdravlj", "zdravstven", "bolest", "bolesn", "invalid", "lijek", "terapij", "dijagnoz", "psihi", "depresij", "trudn", "hiv",
	"ovisnost", "nacionaln", "narodnost", "etnic", "podrijetl", "porijekl", "vjer", "religij", "rom ", "romsk", "izbjeg", "azil", "migran", "drzavljan", "poteskoc",
	// en
	"orientation", "sexual", "gender", "sex ", "gay", "lesbian", "health", "illness", "disease", "disab", "medic", "diagnos", "mental", "depress", "pregnan", "addict", "nationality", "ethnic", "origin", "religio", "faith",
	"refugee", "asylum", "citizenship", "roma ",
	// nb
	"legning", "seksuel", "kjonn", "skeiv", "lesbisk", "homofil", "helse", "sykdom", "syk ", "funksjonsned", "medisin", "psykisk", "gravid", "avhengig", "nasjonalitet", "etnis", "opprinnelse", "herkomst",
	"tro ", "flyktning", "asyl", "statsborger", "innvandr",
}

var folded = strings.NewReplacer("č", "c", "ć", "c", "ž", "z", "š", "s", "đ", "d", "ø", "o", "å", "a", "æ", "ae")

// Warned are the questions that seem to be about orientation, gender, health or origin and are not marked.
func Warned(f *xlsform.Form) []xlsform.Question {
	var list []xlsform.Question
	for _, q := range f.Questions {
		if q.Asks() && !q.Sensitive && (slices.ContainsFunc(texts(q.Label), marked) || slices.ContainsFunc(texts(q.Hint), marked)) {
			list = append(list, q)
		}
	}
	return list
}

func texts(l xlsform.Label) []string {
	var list []string
	for _, s := range l {
		list = append(list, s)
	}
	return list
}

// marked says whether a word of the text begins as one of MarkedWords.
func marked(s string) bool {
	words := strings.FieldsFunc(folded.Replace(strings.ToLower(s)), func(r rune) bool { return r < 'a' || r > 'z' })
	for _, w := range words {
		for _, m := range MarkedWords {
			if strings.HasPrefix(w+" ", m) {
				return true
			}
		}
	}
	return false
}
