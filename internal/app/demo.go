package app

import (
	"context"
	"crypto/rand"
	"fmt"
	"math/big"
	mathrand "math/rand/v2"
	"strings"
	"time"

	"kvart/internal/booking"
	"kvart/internal/network"
	sample "kvart/internal/network/demo"
	"kvart/internal/platform/audit"
	"kvart/internal/platform/auth"
	"kvart/internal/platform/db"
	"kvart/internal/platform/i18n"
	"kvart/internal/programme"
)

// The demo's weeks before and after now.
const (
	demoPast   = 12
	demoComing = 6
)

var demoCentres = []string{sixteen, vestigium, downtown, jarun}

// SignIn is an account of the demo, as it is printed.
type SignIn struct{ Role, Name, Passphrase string }

// demoAccount is an account by the work it does; people in the demo are roles, never identities.
type demoAccount struct {
	Login, Name string
	Role        auth.Role
	Centre      string // slug, where the role is held at a centre
}

var demoAccounts = []demoAccount{
	{"koordinacija.sesnaestica", "Koordinacija, Šesnaestica", network.Coordinator, sixteen},
	{"koordinacija.vestigium", "Koordinacija, Vestigium", network.Coordinator, vestigium},
	{"koordinacija.donji-grad", "Koordinacija, Donji grad", network.Coordinator, downtown},
	{"koordinacija.jarun", "Koordinacija, Jarun", network.Coordinator, jarun},
	{"dezurstvo.sesnaestica", "Osoba koja dežura, Šesnaestica", network.Host, sixteen},
	{"podrska.sesnaestica", "Osoba za podršku, Šesnaestica", network.SupportWorker, sixteen},
	{"clan.organizacije", "Članica ili član organizacije", network.Member, ""},
	{"voditeljstvo.mreze", "Voditeljstvo mreže", network.Lead, ""},
	{"gradski.ured", "Gradski ured", network.CityOfficer, ""},
	{"susjeda.jarun", "Susjeda ili susjed, Jarun", network.Resident, jarun},
}

// demo is the filling of a demo network while it lasts.
type demo struct {
	*App
	rand    *mathrand.Rand // the same weeks at each start; passphrases and codes are random
	now     time.Time
	network network.Network
	groups  []network.Group
	centres map[string]network.Centre // by slug
	members map[string]string         // organisation ids by slug
	spaces  map[string]booking.Space  // by centre and slug
	people  map[string][]string       // ids by centre id
	by      map[string]string         // the coordinator's account by centre id
	chain   map[string]string         // where its audit rows go, by centre id
	kept    map[string]demoDone       // activities by key
	offered map[string]string         // proposals by key
	cycle   string                    // of needs, of Šesnaestica
}

// FillDemo makes the demo network with twelve weeks that were and six to come, relative to now, and returns the
// sign-ins. The database must be empty. progress is told what is being made; nil tells nobody.
func (a *App) FillDemo(ctx context.Context, progress func(string)) ([]SignIn, error) {
	tell := func(what string) {
		if progress != nil {
			progress(what)
		}
	}
	d := &demo{App: a, rand: mathrand.New(mathrand.NewPCG(16, 4)), now: a.Now(), centres: map[string]network.Centre{}, members: map[string]string{},
		spaces: map[string]booking.Space{}, people: map[string][]string{}, by: map[string]string{}, chain: map[string]string{}, kept: map[string]demoDone{}, offered: map[string]string{}}
	tell("network")
	if err := d.addNetwork(ctx); err != nil {
		return nil, fmt.Errorf("demo network: %w", err)
	}
	if err := d.addDoors(ctx); err != nil {
		return nil, fmt.Errorf("demo doors: %w", err)
	}
	tell("accounts")
	list, err := d.addAccounts(ctx)
	if err != nil {
		return nil, fmt.Errorf("demo accounts: %w", err)
	}
	for _, c := range demoCentres {
		tell(d.centres[c].Name)
		if err := d.addCentre(ctx, d.centres[c]); err != nil {
			return nil, fmt.Errorf("demo weeks of %s: %w", c, err)
		}
	}
	for _, part := range []struct {
		what string
		add  func(context.Context) error
	}{{"changes", d.addChanges}, {"sharing", d.addSharing}, {"premises", d.addPremises}, {"series", d.addSeries}, {"duties", d.addDuties}, {"seasons", d.addSeasons}, {"map", d.addMap}, {"surveys", d.addSurveys}, {"proposals", d.addProposals}, {"needs", d.addNeeds}, {"votes", d.addVotes}} {
		if err := part.add(ctx); err != nil {
			return nil, fmt.Errorf("demo %s: %w", part.what, err)
		}
	}
	tell("messages")
	if err := d.addSupport(ctx, list); err != nil {
		return nil, fmt.Errorf("demo messages: %w", err)
	}
	if _, err := audit.Chain(ctx, a.DB, d.now); err != nil {
		return nil, fmt.Errorf("demo audit: %w", err)
	}
	return list, nil
}

// addNetwork imports the network's file and the rooms that the sample weeks need.
func (d *demo) addNetwork(ctx context.Context) error {
	if _, err := d.ImportNetwork(ctx, sample.Network, false, "job"); err != nil {
		return err
	}
	if _, err := d.DB.Exec(ctx, `UPDATE networks SET demo = 1`, nil); err != nil {
		return err
	}
	var err error
	if d.network, err = d.Network.Network(ctx, d.DB); err != nil {
		return err
	}
	if d.groups, err = d.Network.Groups(ctx, d.DB); err != nil {
		return err
	}
	organisations, err := d.Network.Organisations(ctx, d.DB)
	if err != nil {
		return err
	}
	for _, o := range organisations {
		d.members[o.Slug] = o.ID
	}
	centres, err := d.Network.Centres(ctx, d.DB)
	if err != nil {
		return err
	}
	for _, c := range centres {
		d.centres[c.Slug], d.chain[c.ID] = c, c.OrganisationID
	}
	return d.DB.Tx(ctx, func(tx *db.Tx) error {
		for _, slug := range demoCentres {
			centre, ok := d.centres[slug]
			if !ok {
				return fmt.Errorf("the network's file has no centre %q", slug)
			}
			for i, room := range demoSpaces[slug] {
				if _, err := d.Booking.AddSpace(ctx, tx, booking.Space{CentreID: centre.ID, Slug: room.Slug, Name: room.Name, Holds: room.Holds, Position: 100 + i}, "job"); err != nil {
					return err
				}
			}
			list, err := d.Booking.Spaces(ctx, tx, centre.ID)
			if err != nil {
				return err
			}
			for _, s := range list {
				d.spaces[slug+"/"+s.Slug] = s
			}
		}
		return nil
	})
}

// addAccounts makes one account for each kind of work, with passphrases of this start only.
func (d *demo) addAccounts(ctx context.Context) ([]SignIn, error) {
	var list []SignIn
	for _, one := range demoAccounts {
		scope := auth.Scope{Kind: network.ScopeNetwork, ID: d.network.ID}
		switch one.Role {
		case network.Coordinator, network.Host, network.SupportWorker, network.Resident:
			scope = auth.Scope{Kind: network.ScopeCentre, ID: d.centres[one.Centre].ID}
		case network.Member:
			scope = auth.Scope{Kind: network.ScopeOrganisation, ID: d.centres[jarun].OrganisationID}
		}
		passphrase, err := demoPassphrase()
		if err != nil {
			return nil, err
		}
		account, err := d.Auth.AddAccount(ctx, one.Login, one.Name, one.Login+"@kvart.example", passphrase, auth.Held{Role: one.Role, Scope: scope})
		if err != nil {
			return nil, err
		}
		if one.Role == network.Coordinator {
			d.by[scope.ID] = account.ID
		}
		list = append(list, SignIn{Role: string(one.Role), Name: one.Login, Passphrase: passphrase})
	}
	return list, nil
}

// demoPassphrase is four words and a number, new at each start.
func demoPassphrase() (string, error) {
	var words []string
	for range 4 {
		n, err := rand.Int(rand.Reader, big.NewInt(int64(len(demoWords))))
		if err != nil {
			return "", err
		}
		words = append(words, demoWords[n.Int64()])
	}
	n, err := rand.Int(rand.Reader, big.NewInt(1000))
	if err != nil {
		return "", err
	}
	return strings.Join(words, " ") + fmt.Sprintf(" %03d", n.Int64()), nil
}

// addCentre makes a centre's people, activities, sessions and what came of them, in one transaction.
func (d *demo) addCentre(ctx context.Context, centre network.Centre) error {
	return d.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := d.addPeople(ctx, tx, centre); err != nil {
			return err
		}
		for _, plan := range demoActivities {
			if plan.Centre != centre.Slug {
				continue
			}
			done, err := d.addActivity(ctx, tx, centre, plan)
			if err != nil {
				return fmt.Errorf("%s: %w", plan.Title[i18n.HR], err)
			}
			regulars := d.regulars(centre.ID, plan.Regulars)
			for _, s := range done.sessions {
				if err := d.fillSession(ctx, tx, done, s, regulars); err != nil {
					return fmt.Errorf("%s on %s: %w", plan.Title[i18n.HR], s.LocalDate, err)
				}
			}
			if plan.Key != "" {
				d.kept[plan.Key] = done
			}
		}
		if err := d.addRooms(ctx, tx, centre); err != nil {
			return err
		}
		return d.addBookings(ctx, tx, centre)
	})
}

// demoMeetings are bookings of partners, weekly: room by centre, title, weekday, hour, hours.
var demoMeetings = []struct {
	centre, space, title string
	day                  time.Weekday
	hour, hours          int
	hidden               bool
}{
	{sixteen, "velika-soba", "Sastanak volontera", time.Saturday, 16, 2, false},
	{sixteen, "velika-soba", "Proba kazališne grupe", time.Sunday, 17, 3, false},
	{sixteen, "mala-soba", "Savjetovanje", time.Friday, 15, 2, true},
	{vestigium, "dvorana", "Susret partnera mreže", time.Tuesday, 10, 2, false},
	{vestigium, "ucionica", "Radionica za roditelje", time.Tuesday, 18, 2, false},
	{downtown, "dnevni-boravak", "Vijeće susjedstva", time.Wednesday, 14, 2, false},
	{downtown, "mala-soba", "Razgovori nasamo", time.Monday, 12, 2, true},
	{jarun, "vjezbaonica", "Plesna proba", time.Tuesday, 18, 2, false},
	{jarun, "soba-uz-terasu", "Sastanak mjesnog odbora", time.Thursday, 17, 2, false},
}

// addBookings books rooms for meetings that are no activity, and the room that the tour's second organisation wants.
func (d *demo) addBookings(ctx context.Context, tx *db.Tx, centre network.Centre) error {
	loc := centre.Location()
	today := d.now.In(loc)
	for _, m := range demoMeetings {
		if m.centre != centre.Slug {
			continue
		}
		first := today
		for first.Weekday() != m.day {
			first = first.AddDate(0, 0, 1)
		}
		for week := -demoPast; week < demoComing; week++ {
			start := time.Date(first.Year(), first.Month(), first.Day()+7*week, m.hour, 0, 0, 0, loc)
			if err := d.book(ctx, tx, centre, m.space, m.title, start, start.Add(time.Duration(m.hours)*time.Hour), m.hidden); err != nil {
				return err
			}
		}
	}
	if centre.Slug != sixteen {
		return nil
	}
	start := d.wantedRoom(loc)
	return d.book(ctx, tx, centre, "velika-soba", demoFirstTitle, start, start.Add(2*time.Hour), false)
}

// wantedRoom is when two organisations want one room: tomorrow at ten.
func (d *demo) wantedRoom(loc *time.Location) time.Time {
	t := d.now.In(loc)
	return time.Date(t.Year(), t.Month(), t.Day()+1, 10, 0, 0, 0, loc)
}

func (d *demo) book(ctx context.Context, tx *db.Tx, centre network.Centre, space, title string, start, end time.Time, hidden bool) error {
	_, err := d.Booking.BookTx(ctx, tx, booking.New{SpaceID: d.spaces[centre.Slug+"/"+space].ID, CentreID: centre.ID, OrganisationID: &centre.OrganisationID,
		Title: title, Start: start, End: end, Confidential: hidden, By: d.by[centre.ID]})
	if err != nil {
		return fmt.Errorf("%s on %s: %w", title, start.Format(time.DateTime), err)
	}
	return nil
}

// addChanges are what a desk has to do this week: a full dinner with a waiting list, a freed place to be told by
// telephone, and a walk that does not take place.
func (d *demo) addChanges(ctx context.Context) error {
	err := d.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := d.crowd(ctx, tx, d.kept["dinner"], programme.Confirmed, 4); err != nil {
			return err
		}
		return d.crowd(ctx, tx, d.kept["phone"], programme.Offered, 1)
	})
	if err != nil {
		return err
	}
	if err := d.addTotals(ctx); err != nil {
		return err
	}
	if err := d.addMaterials(ctx); err != nil {
		return err
	}
	walk := d.kept["walk"]
	coming := walk.coming(d.now, 0)
	if len(coming) < 2 {
		return nil
	}
	reason := in3("Na stazi je led. Vidimo se sljedeći put.", "There is ice on the path. See you next time.", "Det er is på stien. Vi ses neste gang.")
	return d.Programme.CancelSession(ctx, walk.CentreID, coming[1].ID, reason, d.by[walk.CentreID])
}

// addTotals notes what funders ask about people, as totals of anonymous slips.
func (d *demo) addTotals(ctx context.Context) error {
	quarter := programme.QuarterOf(d.now)
	for key, n := range map[string][]int{
		"dinner": {31, 22, 2, 6, 3, 14, 19, 20, 5},
		"phone":  {19, 9, 0, 2, 0, 0, 4, 26, 0},
		"walk":   {38, 17, 0, 5, 0, 0, 7, 49, 4},
	} {
		a := d.kept[key]
		var list []programme.GroupTotal
		for i, q := range [][2]string{{"sex", "f"}, {"sex", "m"}, {"sex", "x"}, {"sex", "-"}, {"age", "0-17"}, {"age", "18-29"}, {"age", "30-64"}, {"age", "65"}, {"age", "-"}} {
			list = append(list, programme.GroupTotal{ActivityID: a.ID, Quarter: quarter, Question: q[0], Answer: q[1], N: n[i]})
		}
		if err := d.Programme.SetGroupTotals(ctx, a.CentreID, a.ID, quarter, list, d.by[a.CentreID]); err != nil {
			return err
		}
	}
	return nil
}
