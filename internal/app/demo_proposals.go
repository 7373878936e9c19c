package app

import (
	"context"
	"fmt"
	"time"

	"kvart/internal/network"
	"kvart/internal/participation"
	"kvart/internal/platform/db"
	"kvart/internal/platform/i18n"
	"kvart/internal/programme"
	"kvart/internal/voting"
)

// demoProposal is a proposal with what was said of it, each step so many days ago.
type demoProposal struct {
	Key, Centre         string
	Days                int // ago
	Title, About, For   string
	Room, People, Doing string
	Money               int64
	Channel             string
	Name                string
	Unread, Closed      bool
	Would               int
	Steps               []demoStep
	Carry               participation.Carrying
}

type demoStep struct {
	Days int
	participation.Step
}

// said is a step with who decided and why.
func said(days int, to participation.State, by, reason string) demoStep {
	return demoStep{days, participation.Step{To: to, DecidedBy: by, Reason: reason}}
}

// toTheVote is what is said of those that the neighbourhood decides about.
var toTheVote = []demoStep{said(55, participation.Discussed, participation.ByGroup, "Prijedlog je dobar, a novca nema za sve: o njemu odlučuje susjedstvo.")}

var demoProposals = []demoProposal{
	{Key: "bikes", Centre: sixteen, Days: 60, Title: "Radionica popravka bicikala u dvorištu", About: "Jednom u mjesecu donesemo alat i zajedno popravimo bicikle koji stoje u podrumima. Tko ne zna, nauči.", For: "za sve, osobito za djecu iz okolnih zgrada",
		Room: "dvorište, a za kiše soba s linoleumom", People: "dvoje koji znaju namjestiti kočnice", Doing: "donosim svoj alat i vodim prva dva susreta", Money: 60, Channel: participation.Web, Would: 23,
		Steps: []demoStep{{55, participation.Step{To: participation.Discussed, DecidedBy: participation.ByGroup, Reason: "Ideja nam se sviđa. Provjeravamo smije li se u dvorištu raditi s mazivom."}},
			said(48, participation.Accepted, participation.ByGroup, "Predstavnik stanara se slaže, a alat za početak imamo.")},
		Carry: participation.Carrying{Resident: true, Centre: true}},
	{Key: "walks", Centre: sixteen, Days: 25, Title: "Šetnja sa psima nedjeljom ujutro", About: "Naći se u devet kod parka i prošetati do potoka. Psi se upoznaju, a i mi.", For: "za sve koji imaju psa ili bi ga rado prošetali", Doing: "dolazim svake nedjelje", Channel: participation.Phone, Would: 12,
		Steps: []demoStep{said(20, participation.Discussed, participation.ByGroup, "Razgovarali smo s dvoje koji bi vodili šetnju."), said(12, participation.Accepted, participation.ByGroup, "Ne treba ni prostor ni novac, samo organizacija koja zna ponešto o psima.")},
		Carry: participation.Carrying{Resident: true}},
	{Key: "benches", Centre: sixteen, Days: 3, Title: "Klupe u hladu kraj igrališta", About: "Starijima treba mjesto za predah na putu do tržnice, a roditelji bi imali gdje sjesti.", For: "za starije susjede i roditelje", Channel: participation.Paper, Name: "Stubište 4", Would: 7},
	{Key: "choir", Centre: sixteen, Days: 1, Title: "Zbor na stubištu", About: "Zgrada ima dobru akustiku. Pjevali bismo subotom poslijepodne pola sata.", Channel: participation.Web, Unread: true},
	{Key: "ramp", Centre: sixteen, Days: 80, Title: "Rampa na ulazu u poštu", About: "S kolicima i hodalicom u poštu se ne može. Rampa bi stala uz lijevi zid.", For: "za sve koji teže hodaju i za roditelje s kolicima", Channel: participation.Desk, Would: 31,
		Steps: []demoStep{said(74, participation.Discussed, participation.ByGroup, "To ne možemo sami, ali znamo koga pitati."),
			{70, participation.Step{To: participation.Passed, DecidedBy: participation.ByGroup, Reason: "Poslali smo prijedlog s fotografijom i mjerama.", BodyKind: "committee", Body: "Vijeće Mjesnog odbora Ciglenica (ogledni primjer)"}},
			{36, participation.Step{To: participation.Passed, DecidedBy: participation.ByCentre, Reason: "Pitali smo ponovno; prijedlog još nije bio na dnevnom redu.", BodyKind: "committee", Body: "Vijeće Mjesnog odbora Ciglenica (ogledni primjer)", Answer: participation.Silent}}}},
	{Key: "movies", Centre: sixteen, Days: 95, Title: "Ljetno kino na krovu", About: "Projektor, platno i dvadesetak stolaca na ravnom krovu zgrade.", Channel: participation.Web,
		Steps: []demoStep{said(90, participation.Discussed, participation.ByGroup, "Pitali smo upravitelja zgrade."), said(84, participation.Declined, participation.ByGroup, "krov nema ogradu pa okupljanja ondje nisu sigurna. Ako se nađe dvorište, razgovaramo ponovno.")}},
	{Key: "park", Centre: sixteen, Days: 70, Title: "Klupe s naslonom u parku", About: "Tri klupe na kojima se može nasloniti, u hladu, na pola puta do tržnice.", For: "za starije i za sve koji nose vrećice", Money: 1000, Channel: participation.Paper, Would: 34, Steps: toTheVote},
	{Key: "cinema", Centre: sixteen, Days: 69, Title: "Ljetno kino u dvorištu", About: "Krov ne može, ali dvorište ima ogradu i struju. Šest večeri, svaka s drugim filmom.", For: "za cijelu ulicu", Doing: "biram filmove i posuđujem projektor", Money: 800, Channel: participation.Web, Would: 21, Steps: toTheVote},
	{Key: "bowls", Centre: sixteen, Days: 68, Title: "Boćalište: novi pijesak i rasvjeta", About: "Igramo dok se vidi. S dvije svjetiljke igrali bismo i zimi.", Money: 900, Channel: participation.Desk, Would: 16, Steps: toTheVote},
	{Key: "shelves", Centre: sixteen, Days: 66, Title: "Police za razmjenu knjiga", About: "Police u hodniku centra: donesi knjigu, uzmi knjigu. Jednom u mjesecu netko čita naglas.", For: "za sve koji čitaju i one koji bi htjeli početi", People: "dvoje koji subotom poslože police", Doing: "donosim prvih sto knjiga", Money: 300, Channel: participation.Web, Would: 27, Steps: toTheVote},
	{Key: "phones", Centre: sixteen, Days: 65, Title: "Tečaj pametnog telefona", About: "Osam susreta, polako, s ponavljanjem.", For: "za starije", Money: 800, Channel: participation.Phone, Would: 19, Steps: toTheVote},
	{Key: "music", Centre: sixteen, Days: 63, Title: "Glazbena soba za mlade", About: "Bubnjevi, pojačalo i zid koji ne propušta zvuk. Nakon škole nemamo gdje svirati.", For: "za mlade od četrnaest", Money: 900, Channel: participation.Web, Name: "Bend bez imena", Would: 24, Steps: toTheVote},
	{Key: "seeds", Centre: vestigium, Days: 21, Title: "Razmjena sadnica u proljeće", About: "Svatko donese ono čega ima previše: rajčice, začine, cvijeće.", For: "za balkone i male vrtove", Channel: participation.Web, Would: 4},
	{Key: "games", Centre: vestigium, Days: 10, Title: "Večeri društvenih igara", About: "Petkom navečer donesemo igre i igramo se do deset.", For: "za mlade i sve koji se tako osjećaju", Doing: "donosim igre", Channel: participation.Web, Would: 14,
		Steps: []demoStep{{4, participation.Step{To: participation.Discussed, DecidedBy: participation.ByGroup, Reason: "Na dnevnom je redu sljedećeg sastanka."}}}},
	{Key: "tablet", Centre: downtown, Days: 15, Title: "Pomoć s mobitelom ponedjeljkom", About: "Netko strpljiv da sjedne s nama i pokaže kako poslati sliku unuku.", For: "za starije", Channel: participation.Phone, Would: 11,
		Steps: []demoStep{said(9, participation.Discussed, participation.ByCentre, "Tražimo dvoje mladih koji bi dolazili."), said(5, participation.Accepted, participation.ByCentre, "Gimnazija iz susjedstva šalje učenike volontere.")},
		Carry: participation.Carrying{Resident: true, Centre: true}},
	{Key: "swim", Centre: jarun, Days: 6, Title: "Zajednički odlasci na plivanje", About: "Lakše je krenuti kad te netko čeka na stanici.", For: "za starije od šezdeset", Channel: participation.Desk, Would: 2, Closed: true},
}

// addProposals makes what neighbours proposed and what came of it, each step on its own day.
func (d *demo) addProposals(ctx context.Context) error {
	// at is the store as it was so many days ago.
	at := func(days int) *participation.Store {
		s := *d.Proposals
		s.Now = func() time.Time { return d.now.AddDate(0, 0, -days) }
		return &s
	}
	for _, one := range demoProposals {
		centre := d.centres[one.Centre]
		by := d.by[centre.ID]
		key := "demo-" + one.Key
		p := participation.Proposal{CentreID: centre.ID, Lang: i18n.HR, Title: one.Title, About: one.About, ForWhom: one.For, Room: one.Room, People: one.People, Doing: one.Doing, PublicName: one.Name,
			Channel: one.Channel, Open: db.Bool(!one.Closed)}
		if one.Money > 0 {
			cents := one.Money * 100
			p.MoneyCents = &cents
		}
		if one.Channel != participation.Web {
			p.TypedBy = by
		}
		id, err := at(one.Days).Propose(ctx, participation.Asking{Proposal: p, Code: d.Proposals.Ticket(""), Claim: key, By: "public"})
		if err != nil {
			return fmt.Errorf("%s: %w", one.Key, err)
		}
		d.offered[one.Key] = id
		if one.Unread {
			continue
		}
		if err := at(max(0, one.Days-1)).Screen(ctx, centre.ID, id, participation.Screening{Proposal: p, Show: true}, by); err != nil {
			return fmt.Errorf("%s: %w", one.Key, err)
		}
		for _, s := range one.Steps {
			x := s.Step
			if x.To == participation.Discussed && one.Key == "games" {
				x.TalkOn = d.now.In(centre.Location()).AddDate(0, 0, 5).Format(time.DateOnly)
			}
			if err := at(s.Days).Say(ctx, centre.ID, id, x, by); err != nil {
				return fmt.Errorf("%s: %w", one.Key, err)
			}
		}
		if one.Carry != (participation.Carrying{}) {
			if err := d.Proposals.Carry(ctx, centre.ID, id, one.Carry, by); err != nil {
				return fmt.Errorf("%s: %w", one.Key, err)
			}
		}
		if !one.Closed {
			for n := range one.Would {
				if err := d.Proposals.Going(ctx, id, fmt.Sprintf("demo %d", n), true); err != nil {
					return fmt.Errorf("%s: %w", one.Key, err)
				}
			}
		}
		if one.Key == "bikes" {
			if err := d.heldProposal(ctx, centre, id, p, at(40)); err != nil {
				return fmt.Errorf("%s: %w", one.Key, err)
			}
		}
	}
	return nil
}

// heldProposal plans the proposal in the yard, and writes down who came and what came of it.
func (d *demo) heldProposal(ctx context.Context, centre network.Centre, id string, p participation.Proposal, s *participation.Store) error {
	day := d.now.In(centre.Location()).AddDate(0, 0, -16)
	start := time.Date(day.Year(), day.Month(), day.Day(), 10, 0, 0, 0, centre.Location())
	a := participation.ActivityOf(p)
	a.PlaceKind, a.Place = programme.Outdoors, in3("Dvorište iza centra", "The yard behind the centre", "Gårdsplassen bak senteret")
	activity, err := s.Plan(ctx, centre.ID, id, a, []programme.Date{{Start: start, End: start.Add(2 * time.Hour)}},
		participation.Budget{Unit: voting.Money, Amount: 6000, For: "zakrpe, kočnice i mazivo"}, participation.Step{DecidedBy: participation.ByCentre, Reason: "Prvi susret je dogovoren."}, d.by[centre.ID])
	if err != nil {
		return err
	}
	return d.cameOf(ctx, centre, id, activity, 14, 17, "Popravljeno je jedanaest bicikala, a troje susjeda želi naučiti voditi radionicu. Nastavljamo u proljeće.")
}

// cameOf writes down how many came to the activity that a proposal became, and so many days ago what came of it.
func (d *demo) cameOf(ctx context.Context, centre network.Centre, id, activity string, days, came int, words string) error {
	by := d.by[centre.ID]
	list, err := d.Programme.OfActivity(ctx, centre.ID, activity, d.now.AddDate(0, 0, -demoPast*7))
	if err != nil {
		return err
	}
	if err := d.Programme.RecordAttendance(ctx, centre.ID, list[0].ID, programme.Came{Counted: came}, by); err != nil {
		return err
	}
	later := *d.Proposals
	later.Now = func() time.Time { return d.now.AddDate(0, 0, -days) }
	return later.Say(ctx, centre.ID, id, participation.Step{To: participation.Held, DecidedBy: participation.ByCentre, Reason: words}, by)
}
