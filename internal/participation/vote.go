package participation

import (
	"strings"
	"unicode/utf8"

	"kvart/internal/platform/i18n"
	"kvart/internal/voting"
)

// Votable says whether the proposal may be put to a vote: everybody may read it, it was talked about, and nothing is decided.
func (p Proposal) Votable() bool { return p.Public() && (p.State == Discussed || p.State == Changed) }

// VoteLink is the address of a round, as steps name it.
func VoteLink(roundID string) string { return "/votes/" + roundID }

// Taken is what the thread says that the round decided, or "" where it says nothing yet.
func Taken(thread []Step, roundID string) (to State) {
	for _, s := range thread {
		if s.DecidedBy == ByVote && s.Link == VoteLink(roundID) {
			to = s.To
		}
	}
	return to
}

// Verdict are the states through which a published vote takes the proposal; none where the thread says it already, or where
// what came since is not for a vote to undo: what is planned, held, withdrawn or goes on in others.
func Verdict(p Proposal, thread []Step, d voting.Decision) []State {
	to := Declined
	if d.Wins {
		to = Accepted
	}
	switch {
	case d.State != voting.Published || Taken(thread, d.RoundID) == to || p.State == Scheduled:
		return nil
	case May(p.State, to):
		return []State{to}
	case p.State == Declined: // a person changed the winner: a no is talked about again before it is a yes
		return []State{Discussed, to}
	}
	return nil
}

// verdictWords is the reason of a verdict, in the language of the proposal.
func verdictWords(p *i18n.Printer, d voting.Decision, to State) string {
	title := p.Pick(d.Title)
	if d.Changed != nil {
		key := "participation.vote.changed.out"
		if to != Declined {
			key = "participation.vote.changed.in"
		}
		return p.T(key, "title", title, "reason", d.Changed.Reason)
	}
	if to == Declined {
		key := "participation.vote.lost"
		if d.Why == "no-room" || d.Why == "stopped" {
			key = "participation.vote.no_room"
		}
		return p.T(key, "title", title, "amount", d.Amount(p))
	}
	s := p.T("participation.vote.won", "title", title, "amount", d.Amount(p))
	if d.Votes >= 0 && d.Ballots > 0 {
		s += " " + p.N("participation.vote.for", d.Votes, "all", d.Ballots)
	}
	return s
}

// shortened is at most so many characters of a text, cut between words.
func shortened(s string, most int) string {
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	cut := string([]rune(s)[:most-2])
	if i := strings.LastIndexAny(cut, " \n"); i > len(cut)/2 {
		cut = cut[:i]
	}
	return strings.TrimSpace(cut) + " …"
}

// voted is the vote whose word the thread does not have yet: announced, open or being counted, or just published.
func (v threadView) voted() *voting.Decision {
	for i, d := range v.Votes {
		if Taken(v.Steps, d.RoundID) == "" {
			return &v.Votes[i]
		}
	}
	return nil
}

// promised is the newest vote that the proposal won, or nil.
func (v threadView) promised() *voting.Decision {
	return promised(v.Votes)
}
