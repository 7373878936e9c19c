package support

import (
	"cmp"
	"context"

	"kvart/internal/platform/fault"
	"kvart/internal/platform/i18n"
	"kvart/internal/platform/sms"
)

// The ways in which a neutral notice can go.
const (
	byMail = "mail"
	bySMS  = "sms"
)

// noticeWays are those that the person called safe and that can be used here. why says why there is none.
func (p *Pages) noticeWays(h Header) (ways []string, why string) {
	canMail, canSMS := p.Mail != nil && p.Mail.SMTP != nil, p.SMS != nil && p.SMS.Gateway != nil
	if h.Email != "" && canMail {
		ways = append(ways, byMail)
	}
	if h.Phone != "" && canSMS {
		ways = append(ways, bySMS)
	}
	switch {
	case len(ways) > 0:
		return ways, ""
	case h.Email == "" && h.Phone == "":
		return nil, "support.notice.no_address"
	case h.Email != "" && !canMail:
		return nil, "support.notice.no_mail"
	}
	return nil, "support.notice.no_sms"
}

// tell sends the notice, which says "You have an update" in the person's language and nothing else, at once and from this
// process: no row, job or log ever holds the address.
func (p *Pages) tell(ctx context.Context, h Header, way string) error {
	words := p.noticeWords(h)
	switch way {
	case byMail:
		return p.Mail.SendNow(ctx, h.Email, words, words)
	case bySMS:
		number, ok := sms.Number(h.Phone, p.Country)
		if !ok {
			return fault.Invalid("sms.fault.number")
		}
		return p.SMS.SendNow(ctx, number, words)
	}
	return fault.NotFound("fault.not_found")
}

// noticeWords are all that a notice says, in the person's language.
func (p *Pages) noticeWords(h Header) string {
	return p.Server.Texts.For(cmp.Or(h.Lang, i18n.HR)).T("support.notice.words")
}

// TellCard sends the notice to whoever left the card: by mail where that can be, else by SMS. It returns Conflict where there
// is no way.
func (p *Pages) TellCard(ctx context.Context, c Card) error {
	h := Header{Lang: i18n.Lang(c.Lang), Reach: Reach{Email: c.Email, Phone: c.Phone}}
	ways, why := p.noticeWays(h)
	if len(ways) == 0 {
		return fault.Conflict(why)
	}
	return p.tell(ctx, h, ways[0])
}
