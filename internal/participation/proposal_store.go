package participation

import (
	"context"
	"errors"
	"time"

	"kvart/internal/network"
	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/vault"
	"kvart/internal/platform/web"
)

// keepContact is how long a contact stays after it was left, where nobody says sooner.
const keepContact = 12 // months

// mostWaiting is how many proposals of one centre may wait to be read: more is a flood.
const mostWaiting = 300

// Asking is a proposal as it comes.
type Asking struct {
	Proposal
	Contact Contact
	Code    vault.Ticket
	Claim   string // the form's key: sent twice it is one proposal
	By      string // account, or 'public'
}

// Propose keeps a new proposal, in the state received and read by nobody. It returns Invalid with a fault a field,
// *web.Already for a form sent before, and TooMany while too many wait to be read.
func (s *Store) Propose(ctx context.Context, a Asking) (id string, err error) {
	faults := &fault.Form{}
	for _, e := range []error{a.Proposal.Check(), a.Contact.Check()} {
		if e != nil {
			for _, x := range fault.Of(e).Fields {
				faults.Add(x.Name, x.Key, x.Args...)
			}
		}
	}
	if err := faults.Err(); err != nil {
		return "", err
	}
	err = s.DB.Tx(ctx, func(tx *db.Tx) error {
		c, err := s.Network.Centre(ctx, tx, a.CentreID)
		if fault.Is(err, fault.KindNotFound) {
			var f fault.Form
			f.Add("centre", "participation.fault.centre")
			return f.Err()
		}
		if err != nil {
			return err
		}
		if err := web.Claim(ctx, tx, a.Claim, "/hr/propose", s.Now()); err != nil {
			return err
		}
		var waiting int
		if err := tx.Get(ctx, &waiting, `SELECT COUNT(*) FROM proposals WHERE centre_id = :c AND state = 'received' AND screen = 'waiting'`, db.Args{"c": c.ID}); err != nil {
			return err
		}
		if waiting >= mostWaiting && a.Channel == Web {
			return fault.TooMany("participation.fault.flood")
		}
		id = db.NewID()
		var person *string
		if !a.Contact.Empty() {
			one, err := s.Network.AddPerson(ctx, tx, network.Person{CentreID: c.ID, Name: a.Contact.Name, Email: a.Contact.Email, Phone: a.Contact.Phone, Lang: a.Lang,
				Purpose: "proposal", DeleteOn: s.Now().In(c.Location()).AddDate(0, min(keepContact, max(1, c.KeepMonths)), 0).Format(time.DateOnly)})
			if err != nil {
				return err
			}
			person = &one
		}
		mark := s.mark(a.Code)
		p := a.Proposal
		p.ID, p.PersonID, p.Mark, p.ReceivedOn = id, person, &mark, s.today(c)
		if err := s.insert(ctx, tx, p); err != nil {
			if db.Refused(err) != "" { // a form from long ago, whose code is somebody's
				return fault.Conflict("participation.fault.form_over").Because(err)
			}
			return err
		}
		return s.note(ctx, tx, c.ID, "proposal.add", a.By, "proposal", id)
	})
	return id, err
}

func (s *Store) insert(ctx context.Context, tx *db.Tx, p Proposal) error {
	if p.Screen == "" {
		p.Screen = Waiting
	}
	_, err := tx.Exec(ctx, `INSERT INTO proposals (id, centre_id, lang, title, about, for_whom, room, equipment, people, money_cents, doing, public_name, channel, typed_by, mark, person_id,
		open, screen, published_on, part_of, resident_carries, received_on, created_at)
		VALUES (:id, :centre, :lang, :title, :about, :for_whom, :room, :equipment, :people, :money, :doing, :name, :channel, :typed_by, :mark, :person,
		:open, :screen, :published, :part_of, :resident, :received, :now)`,
		db.Args{"id": p.ID, "centre": p.CentreID, "lang": string(p.Lang), "title": p.Title, "about": p.About, "for_whom": p.ForWhom, "room": p.Room, "equipment": p.Equipment,
			"people": p.People, "money": p.MoneyCents, "doing": p.Doing, "name": p.PublicName, "channel": p.Channel, "typed_by": p.TypedBy, "mark": p.Mark, "person": p.PersonID,
			"open": p.Open, "screen": p.Screen, "published": p.PublishedOn, "part_of": p.PartOf, "resident": p.ResidentDoes, "received": p.ReceivedOn, "now": s.Now().Unix()})
	return err
}

// Proposal is the one of the id, whoever may read it. It is NotFound where there is none.
func (s *Store) Proposal(ctx context.Context, q db.Querier, id string) (Proposal, error) {
	var p Proposal
	err := q.Get(ctx, &p, `SELECT * FROM proposals WHERE id = :id`, db.Args{"id": id})
	return p, err
}

// AtCentre is the centre's own; another centre's is NotFound.
func (s *Store) AtCentre(ctx context.Context, q db.Querier, centreID, id string) (Proposal, error) {
	var p Proposal
	err := q.Get(ctx, &p, `SELECT * FROM proposals WHERE id = :id AND centre_id = :c`, db.Args{"id": id, "c": centreID})
	return p, err
}

// ByCode is the one that the code comes back to. It is NotFound for any other code.
func (s *Store) ByCode(ctx context.Context, q db.Querier, code vault.Ticket) (Proposal, error) {
	var p Proposal
	err := q.Get(ctx, &p, `SELECT * FROM proposals WHERE mark = :m`, db.Args{"m": s.mark(code)})
	return p, err
}

// Filter narrows the public list.
type Filter struct {
	CentreID string
	State    State
	Seeks    bool // accepted, and looking for a partner
	Page     int  // from nought
}

// mostListed are as many as a page of a list shows.
const mostListed = 50

// Listed is a page of the proposals that everybody may read, the newest first, and whether there is another after it.
func (s *Store) Listed(ctx context.Context, q db.Querier, f Filter) (list []Proposal, more bool, err error) {
	err = q.Select(ctx, &list, `SELECT * FROM proposals WHERE published_on <> '' AND state <> 'withdrawn' AND (:c = '' OR centre_id = :c) AND (:s = '' OR state = :s)
		AND (:seeks = 0 OR state = 'accepted' AND centre_carries = 0 AND organisation_id IS NULL)
		ORDER BY received_on DESC, created_at DESC, id DESC LIMIT :n OFFSET :from`,
		db.Args{"c": f.CentreID, "s": string(f.State), "seeks": db.Bool(f.Seeks), "n": mostListed + 1, "from": f.Page * mostListed})
	if len(list) > mostListed {
		list, more = list[:mostListed], true
	}
	return list, more, err
}

// OfCentre are all of the centre's, those that wait first.
func (s *Store) OfCentre(ctx context.Context, q db.Querier, centreID string) ([]Proposal, error) {
	var list []Proposal
	err := q.Select(ctx, &list, `SELECT * FROM proposals WHERE centre_id = :c
		ORDER BY CASE state WHEN 'received' THEN 0 WHEN 'merged' THEN 2 WHEN 'split' THEN 2 WHEN 'declined' THEN 2 WHEN 'held' THEN 2 WHEN 'withdrawn' THEN 3 ELSE 1 END,
		CASE WHEN state = 'received' THEN received_on ELSE '' END, created_at DESC, id DESC LIMIT 1000`, db.Args{"c": centreID})
	return list, err
}

// Thread is everything said about the proposal, in its order.
func (s *Store) Thread(ctx context.Context, q db.Querier, id string) ([]Step, error) {
	var list []Step
	err := q.Select(ctx, &list, `SELECT * FROM proposal_steps WHERE proposal_id = :id ORDER BY n`, db.Args{"id": id})
	return list, err
}

// Parts are those that were split off, and those merged into the proposal.
func (s *Store) Parts(ctx context.Context, q db.Querier, id string) (parts, merged []Proposal, err error) {
	if err := q.Select(ctx, &parts, `SELECT * FROM proposals WHERE part_of = :id ORDER BY created_at, id`, db.Args{"id": id}); err != nil {
		return nil, nil, err
	}
	err = q.Select(ctx, &merged, `SELECT * FROM proposals WHERE merged_into = :id ORDER BY created_at, id`, db.Args{"id": id})
	return parts, merged, err
}

// LikeIt are those that seem to say the same: of what everybody may read, and where centreID is not empty, of all that
// centre's too.
func (s *Store) LikeIt(ctx context.Context, one Proposal, centreID string) ([]Proposal, error) {
	var list []Proposal
	err := s.DB.Select(ctx, &list, `SELECT * FROM proposals WHERE state NOT IN ('withdrawn','merged') AND (published_on <> '' OR :c <> '' AND centre_id = :c) ORDER BY created_at DESC, id LIMIT 500`, db.Args{"c": centreID})
	return Similar(one, list), err
}

// Screening is what somebody at the centre found who read the proposal before it shows.
type Screening struct {
	Proposal        // its texts, without what must not stand there
	Show     bool   // it may be published
	Note     string // to who proposed: why not
	Seen     int    // version of the proposal that was read; nought: not asked
}

// Screen keeps what was found. What is shown and agreed to is public from now on.
func (s *Store) Screen(ctx context.Context, centreID, id string, x Screening, by string) error {
	return s.act(ctx, centreID, id, func(tx *db.Tx, p Proposal, today string) error {
		if err := p.since(x.Seen); err != nil {
			return err
		}
		if p.State == Withdrawn {
			return fault.Conflict("participation.fault.step")
		}
		if !x.Show && x.Note == "" {
			var f fault.Form
			f.Add("note", "participation.fault.note")
			return f.Err()
		}
		if x.Title != p.Title && p.PublishedOn != "" && p.Steps > 0 || x.About != p.About && p.PublishedOn != "" && p.Steps > 0 {
			return fault.Conflict("participation.fault.answered_text")
		}
		p.Title, p.About, p.ForWhom, p.Room, p.Equipment, p.People, p.Doing, p.PublicName = x.Title, x.About, x.ForWhom, x.Room, x.Equipment, x.People, x.Doing, x.PublicName
		if err := p.Check(); err != nil {
			return err
		}
		if len([]rune(x.Note)) > 1000 {
			var f fault.Form
			f.Add("note", "fault.too_long", "max", 1000)
			return f.Err()
		}
		screen, published := Kept, ""
		if x.Show {
			screen = Shown
			if p.Open {
				published = p.PublishedOn
				if published == "" {
					published = today
				}
			}
		}
		if _, err := tx.Exec(ctx, `UPDATE proposals SET title = :title, about = :about, for_whom = :for_whom, room = :room, equipment = :equipment, people = :people, doing = :doing, public_name = :name,
			screen = :screen, screen_note = :note, published_on = :published, version = version + 1 WHERE id = :id`,
			db.Args{"id": id, "title": p.Title, "about": p.About, "for_whom": p.ForWhom, "room": p.Room, "equipment": p.Equipment, "people": p.People, "doing": p.Doing, "name": p.PublicName,
				"screen": screen, "note": x.Note, "published": published}); err != nil {
			return err
		}
		return s.note(ctx, tx, centreID, "proposal."+screen, by, "proposal", id)
	})
}

// Agree is who proposed agreeing that the proposal is published: at once where it was read already.
func (s *Store) Agree(ctx context.Context, code vault.Ticket) error {
	return s.byCode(ctx, code, func(tx *db.Tx, p Proposal, today string) error {
		if p.State == Withdrawn {
			return fault.Conflict("participation.fault.step")
		}
		published := p.PublishedOn
		if p.Screen == Shown && published == "" {
			published = today
		}
		if _, err := tx.Exec(ctx, `UPDATE proposals SET open = 1, published_on = :p, version = version + 1 WHERE id = :id`, db.Args{"id": p.ID, "p": published}); err != nil {
			return err
		}
		// who proposed has one code: by it they agree to the parts of the proposal too, and to the parts of those
		if _, err := tx.Exec(ctx, `WITH RECURSIVE parts (id) AS (SELECT id FROM proposals WHERE part_of = :id UNION SELECT p.id FROM proposals p JOIN parts ON p.part_of = parts.id)
			UPDATE proposals SET open = 1, published_on = CASE WHEN screen = 'shown' AND published_on = '' THEN CAST(:today AS TEXT) ELSE published_on END, version = version + 1
			WHERE open = 0 AND state <> 'withdrawn' AND id IN (SELECT id FROM parts)`, db.Args{"id": p.ID, "today": today}); err != nil {
			return err
		}
		return s.note(ctx, tx, p.CentreID, "proposal.agree", "public", "proposal", p.ID)
	})
}

// Withdraw is who proposed taking it back: the public page says only that, and the contact goes at once. What goes on in another
// goes on there without it; parts of it that may be withdrawn are, as who proposed has one code for all of them.
func (s *Store) Withdraw(ctx context.Context, code vault.Ticket) error {
	return s.byCode(ctx, code, func(tx *db.Tx, p Proposal, today string) error {
		var parts []Proposal
		if err := tx.Select(ctx, &parts, `WITH RECURSIVE parts (id) AS (SELECT id FROM proposals WHERE part_of = :id UNION SELECT p.id FROM proposals p JOIN parts ON p.part_of = parts.id)
			SELECT * FROM proposals WHERE id IN (SELECT id FROM parts) ORDER BY id`, db.Args{"id": p.ID}); err != nil {
			return err
		}
		for i, one := range append([]Proposal{p}, parts...) {
			if i > 0 && !May(one.State, Withdrawn) {
				continue
			}
			if i > 0 {
				if err := s.lock(ctx, tx, one.ID); err != nil {
					return err
				}
			}
			if err := s.step(ctx, tx, one, Step{To: Withdrawn, DecidedBy: ByProposer}, today, "public", ", merged_into = NULL", nil); err != nil {
				return err
			}
			if err := s.dropComments(ctx, tx, one, today); err != nil {
				return err
			}
		}
		if p.PersonID == nil {
			return nil
		}
		return s.Network.ErasePersonTx(ctx, tx, p.CentreID, *p.PersonID, "public")
	})
}

func (s *Store) byCode(ctx context.Context, code vault.Ticket, do func(tx *db.Tx, p Proposal, today string) error) error {
	p, err := s.ByCode(ctx, s.DB, code)
	if err != nil {
		return err
	}
	return s.act(ctx, p.CentreID, p.ID, do)
}

// act runs an act on one of the centre's proposals in a transaction, with the local date; two acts are one after the other.
func (s *Store) act(ctx context.Context, centreID, id string, do func(tx *db.Tx, p Proposal, today string) error) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := s.lock(ctx, tx, id); err != nil {
			return err
		}
		p, err := s.AtCentre(ctx, tx, centreID, id)
		if err != nil {
			return err
		}
		c, err := s.Network.Centre(ctx, tx, centreID)
		if err != nil {
			return err
		}
		return do(tx, p, s.today(c))
	})
}

// PersonHook is what is kept of a person here: for what they left a contact, a proposal or the programme group.
func (s *Store) PersonHook() network.PersonHook {
	return network.PersonHook{Name: "proposals",
		Export: func(ctx context.Context, q db.Querier, personID string) (any, error) {
			var list []struct {
				Title      string `db:"title" json:"title"`
				About      string `db:"about" json:"about"`
				ForWhom    string `db:"for_whom" json:"for_whom,omitempty"`
				Room       string `db:"room" json:"room,omitempty"`
				Equipment  string `db:"equipment" json:"equipment,omitempty"`
				People     string `db:"people" json:"people,omitempty"`
				MoneyCents *int64 `db:"money_cents" json:"money_cents,omitempty"`
				Doing      string `db:"doing" json:"doing,omitempty"`
				PublicName string `db:"public_name" json:"public_name,omitempty"`
				State      string `db:"state" json:"state"`
				Received   string `db:"received_on" json:"received"`
			}
			err := q.Select(ctx, &list, `SELECT title, about, for_whom, room, equipment, people, money_cents, doing, public_name, state, received_on FROM proposals WHERE person_id = :p
				UNION ALL SELECT CASE WHEN organisation = '' THEN kind ELSE organisation END, words, '', '', '', '', NULL, '', '', state, on_date FROM needs_joins WHERE person_id = :p ORDER BY 11, 1`,
				db.Args{"p": personID})
			return list, err
		},
		Erase: func(ctx context.Context, tx *db.Tx, personID string) error {
			if _, err := tx.Exec(ctx, `UPDATE proposals SET person_id = NULL WHERE person_id = :p`, db.Args{"p": personID}); err != nil {
				return err
			}
			_, err := tx.Exec(ctx, `UPDATE needs_joins SET person_id = NULL, words = '' WHERE person_id = :p`, db.Args{"p": personID})
			return err
		}}
}

// Contact is how the centre reaches who proposed; none where nothing was left or its time is over.
func (s *Store) Contact(ctx context.Context, q db.Querier, p Proposal) (*network.Person, error) {
	if p.PersonID == nil {
		return nil, nil
	}
	one, err := s.Network.Person(ctx, q, p.CentreID, *p.PersonID)
	if fault.Is(err, fault.KindNotFound) {
		return nil, nil
	}
	return &one, err
}

// Going presses "would come" for the browser that holds the chance, or takes the press back. Pressing twice changes nothing.
// It returns NotFound for what is not public, and Conflict for what is over.
func (s *Store) Going(ctx context.Context, id, token string, would bool) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		p, err := s.Proposal(ctx, tx, id)
		if err != nil {
			return err
		}
		if !p.Public() {
			return fault.NotFound("fault.not_found")
		}
		args := db.Args{"p": id, "m": s.goingMark(id, token)}
		if !would {
			_, err = tx.Exec(ctx, `DELETE FROM proposal_goings WHERE proposal_id = :p AND mark = :m`, args)
			return err
		}
		if !p.Wanted() {
			return fault.Conflict("participation.fault.over")
		}
		_, err = tx.Exec(ctx, `INSERT INTO proposal_goings (proposal_id, mark) VALUES (:p, :m) ON CONFLICT (proposal_id, mark) DO NOTHING`, args)
		return err
	})
}

// Wanted says whether it still makes sense to say that one would come.
func (p Proposal) Wanted() bool { return !p.State.Ended() }

// WouldCome is how many browsers pressed, and whether the one with the chance did.
func (s *Store) WouldCome(ctx context.Context, q db.Querier, id, token string) (n int, mine bool, err error) {
	if err := q.Get(ctx, &n, `SELECT COUNT(*) FROM proposal_goings WHERE proposal_id = :p`, db.Args{"p": id}); err != nil || token == "" {
		return n, false, err
	}
	var one int
	err = q.Get(ctx, &one, `SELECT COUNT(*) FROM proposal_goings WHERE proposal_id = :p AND mark = :m`, db.Args{"p": id, "m": s.goingMark(id, token)})
	return n, one > 0, err
}

// already says whether the form was taken before.
func already(err error) bool {
	_, ok := errors.AsType[*web.Already](err)
	return ok
}
