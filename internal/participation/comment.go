package participation

import (
	"strings"
	"unicode/utf8"

	"kvart/internal/platform/fault"
	"kvart/internal/platform/i18n"
)

// States of a comment. Nothing shows before somebody at the centre let it through.
const (
	CommentWaiting = "waiting"
	CommentShown   = "shown"
	CommentRefused = "refused"
	CommentDown    = "down" // taken down after it showed
)

// Bounds of comments.
const (
	mostComment  = 600 // characters
	mostReason   = 300 // of why one does not show
	mostComments = 200 // of one centre that wait: more is a flood
	// CommentDays are the days after which the text goes of a comment that was refused or taken down. Until then it can be let
	// through after all.
	CommentDays = 30
)

// Comment is a short word of somebody about a proposal, without account or contact.
type Comment struct {
	ID         string    `db:"id"`
	ProposalID string    `db:"proposal_id"`
	Lang       i18n.Lang `db:"lang"` // of the page on which it was written
	Words      string    `db:"words"`
	PublicName string    `db:"public_name"` // empty: a neighbour, in the reader's language
	State      string    `db:"state"`
	Reason     string    `db:"reason"`  // why it does not show, for the team
	SentOn     string    `db:"sent_on"` // local dates
	DecidedOn  string    `db:"decided_on"`
}

// Check returns Invalid with a fault a field. Contact goes through the centre only: an address or a telephone is refused.
func (c Comment) Check() error {
	var f fault.Form
	if strings.TrimSpace(c.Words) == "" {
		f.Add("words", "fault.required")
	}
	if utf8.RuneCountInString(c.Words) > mostComment {
		f.Add("words", "fault.too_long", "max", mostComment)
	}
	if utf8.RuneCountInString(c.PublicName) > mostName {
		f.Add("comment_name", "fault.too_long", "max", mostName)
	}
	for name, s := range map[string]string{"words": c.Words, "comment_name": c.PublicName} {
		if Personal(s) {
			f.Add(name, "participation.fault.comment_personal")
		}
	}
	return f.Err()
}

// mayComment says where a comment may go from a state. What was refused or taken down may show after all while its text is kept.
func mayComment(from, to string) bool {
	switch to {
	case CommentShown:
		return from == CommentWaiting || from == CommentRefused || from == CommentDown
	case CommentRefused:
		return from == CommentWaiting
	case CommentDown:
		return from == CommentShown
	}
	return false
}
