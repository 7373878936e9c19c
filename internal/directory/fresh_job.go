package directory

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"kvart/internal/network"
	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/jobs"
	"kvart/internal/platform/mail"
)

// mailsAtOnce is how many organisations one look of the job writes to.
const mailsAtOnce = 200

// Jobs are what the directory does by itself: it asks organisations whether their entries are still right, stops reaching
// initiatives whose consent has ended, forgets, and does what a change of a term has to do with many services.
func (p *DeskPages) Jobs(run *jobs.Runner) {
	run.Every("directory asks", time.Hour, p.AskDue)
	run.Every("directory consent", time.Hour, p.ConsentOver)
	run.Every("directory forget", 24*time.Hour, p.Forget)
	run.Handle(CompactKind, func(ctx context.Context, _ json.RawMessage) error { return p.Store.DB.Compact(ctx, compacted...) })
	run.Handle(TermWorkKind, func(ctx context.Context, _ json.RawMessage) error { return p.Store.WorkOnTerms(ctx) })
}

// Forget deletes what has served its purpose: words of suggestions, searches that found nothing, offers that ended.
func (p *DeskPages) Forget(ctx context.Context) error {
	today, _, err := p.Store.LocalDay(ctx)
	if err != nil {
		return err
	}
	return errors.Join(p.Store.forgetSuggestions(ctx), p.Store.forgetMisses(ctx), p.Store.forgetOffers(ctx, today))
}

// ConsentOver stops reaching initiatives directly whose consent ended yesterday.
func (p *DeskPages) ConsentOver(ctx context.Context) error { return p.Store.consentOver(ctx) }

// AskDue writes one mail to each organisation that has entries to confirm and a mail box for it: about all of them, and
// again every RemindEach days, MostAsked times in all. After that, and where there is no mail box, the centre phones
// (Tasks).
func (p *DeskPages) AskDue(ctx context.Context) error {
	if err := p.Store.schedule(ctx); err != nil {
		return err
	}
	for {
		ids, err := p.Store.dueOrganisations(ctx, mailsAtOnce)
		if err != nil {
			return err
		}
		sent := 0
		for _, id := range ids {
			did, err := p.ask(ctx, id)
			if err != nil {
				return err
			}
			if did {
				sent++
			}
		}
		if len(ids) < mailsAtOnce || sent == 0 || ctx.Err() != nil {
			return ctx.Err()
		}
	}
}

// ask writes to one organisation and says whether it did.
func (p *DeskPages) ask(ctx context.Context, organisationID string) (did bool, err error) {
	err = p.Store.DB.Tx(ctx, func(tx *db.Tx) error {
		did = false
		o, err := p.Store.Organisation(ctx, tx, organisationID)
		if err != nil {
			return err
		}
		list, err := p.Store.Due(ctx, tx, organisationID)
		if err != nil {
			return err
		}
		n, err := p.Store.asking(ctx, tx, list)
		if err != nil || n == 0 {
			return err
		}
		did = true
		words := p.Texts.For(o.Lang)
		at := p.Store.PublicURL + "/" + string(o.Lang) + "/still-right/" + p.Store.link(o)
		body := words.N("directory.fresh.mail", len(list)) + "\n\n" +
			words.T("directory.fresh.right") + "\n" + at + "\n\n" +
			words.T("directory.fresh.changed") + "\n" + at + "/changed\n\n" +
			words.T("directory.fresh.ended") + "\n" + at + "/ended\n\n" +
			words.T("directory.fresh.mail.end", "n", linkDays) + "\n"
		return mail.Queue(ctx, tx, mail.Message{To: o.AskEmail, Subject: words.T("directory.mail.subject"), Body: body, ScopeID: orEmpty(o.CentreID), About: "directory.fresh:" + o.ID})
	})
	if fault.Is(err, fault.KindInvalid) { // no mail box: the centre phones
		_, err = p.Store.DB.Exec(ctx, `UPDATE directory_services SET asked = :most WHERE organisation_id = :o AND ask_at <= :now`,
			db.Args{"o": organisationID, "most": MostAsked, "now": p.Store.Now().Unix()})
	}
	return did, err
}

// tellOwner writes to the organisation that somebody suggested a correction; what it is stands at the desk. While such a
// mail waits to be sent, no second one is written.
func (p *DeskPages) tellOwner(ctx context.Context, tx *db.Tx, o Organisation) error {
	to := []network.Reached{{Email: o.AskEmail, Lang: o.Lang}}
	if o.AskEmail == "" {
		var err error
		if to, err = p.Store.Network.MemberMails(ctx, tx, o.ID); err != nil {
			return err
		}
	}
	for i, m := range to {
		words := p.Texts.For(m.Lang)
		body := words.T("directory.suggest.mail") + "\n\n" + p.Store.PublicURL + correctionsPath + "\n"
		err := mail.Queue(ctx, tx, mail.Message{To: m.Email, Subject: words.T("directory.mail.subject"), Body: body, ScopeID: orEmpty(o.CentreID), About: "directory.suggestion:" + o.ID + ":" + digits(i)})
		if err != nil && !fault.Is(err, fault.KindInvalid) {
			return err
		}
	}
	return nil
}

func orEmpty(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
