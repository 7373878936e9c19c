package directory

import (
	"strings"

	"kvart/internal/hsds"
	"kvart/internal/platform/i18n"
)

// visit is what Kvart keeps of a first visit and of the cost, as the profile has it; nil where nothing is known.
func (s Service) visit() *hsds.Visit {
	first := s.Own.First
	v := hsds.Visit{Cost: s.Own.Cost, Meets: first.Meets, NameAsked: first.Name, CardAsked: first.Card, Written: first.Written, Along: first.Along}
	if v == (hsds.Visit{}) {
		return nil
	}
	return &v
}

// takeVisit takes what the profile says of a first visit and of the cost, texts in the language. What it does not say stays.
func (s *Service) takeVisit(l i18n.Lang, v *hsds.Visit) {
	if v == nil {
		return
	}
	first := &s.Own.First
	for at, said := range map[*string]string{&s.Own.Cost: v.Cost, &first.Name: v.NameAsked, &first.Card: v.CardAsked, &first.Along: v.Along} {
		if said != "" {
			*at = said
		}
	}
	for field, said := range map[string]string{"first.meets": v.Meets, "first.written": v.Written} {
		if said != "" {
			s.setIn(l, field, said)
		}
	}
}

// inWords puts the cost and what a first visit is like where the standard has text for them: behind what the service says of
// its fees and of the steps to it.
func (s Service) inWords(p *i18n.Printer, b *hsds.Service) {
	first := s.Own.First
	if s.Own.Cost != "" {
		b.FeesDescription = joined(b.FeesDescription, p.T("directory.field.cost")+": "+p.T("directory.cost."+s.Own.Cost))
	}
	say := func(field, said string) {
		if said != "" {
			b.ApplicationProcess = joined(b.ApplicationProcess, p.T("directory.field."+field)+": "+said)
		}
	}
	say("first.meets", first.Meets)
	if first.Name != "" {
		say("first.name", p.T("directory.first.name."+first.Name))
	}
	if first.Card != "" {
		say("first.card", p.T("directory.first.card."+first.Card))
	}
	say("first.written", first.Written)
	if first.Along != "" {
		say("first.along", p.T("directory.first.along."+first.Along))
	}
}

func joined(text, line string) string { return strings.TrimPrefix(text+"\n"+line, "\n") }
