package participation

import (
	"context"
	"strings"
	"unicode/utf8"

	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/voting"
)

// Budget is the line that a plan may spend: what was promised or won, and what it is for. The nought value: it needs none.
type Budget struct {
	Unit   string // voting.Money, voting.Hours, or ""
	Amount int64  // cents, or hours of a room
	For    string
}

// mostHours are the hours of a room that one plan may promise.
const mostHours = 10_000

// Check returns Invalid with a fault a field.
func (b Budget) Check() error {
	var f fault.Form
	switch b.Unit {
	case "":
		return nil
	case voting.Money:
		if b.Amount < 1 || b.Amount > mostMoney*100 {
			f.Add("budget_amount", "participation.fault.budget_amount")
		}
	case voting.Hours:
		if b.Amount < 1 || b.Amount > mostHours {
			f.Add("budget_amount", "participation.fault.budget_amount")
		}
	default:
		f.Add("budget_unit", "participation.fault.budget_unit")
	}
	if strings.TrimSpace(b.For) == "" {
		f.Add("budget_for", "participation.fault.budget_for")
	}
	if utf8.RuneCountInString(b.For) > mostBudgetFor {
		f.Add("budget_for", "fault.too_long", "max", mostBudgetFor)
	}
	return f.Err()
}

const mostBudgetFor = 300

// Budget is the line of the proposal's plan.
func (p Proposal) Budget() Budget { return Budget{p.BudgetUnit, p.BudgetAmount, p.BudgetFor} }

// promised is the newest of the votes that the proposal won, or nil.
func promised(votes []voting.Decision) *voting.Decision {
	for i, d := range votes {
		if d.State == voting.Published && d.Wins {
			return &votes[i]
		}
	}
	return nil
}

// budgetOf is the line as it may be kept: of what won a vote, in the amount that was won. It returns what Budget.Check returns.
func (s *Store) budgetOf(ctx context.Context, q db.Querier, p Proposal, b Budget) (Budget, error) {
	votes, err := s.Voting.Decided(ctx, q, p.ID)
	if err != nil {
		return b, err
	}
	if d := promised(votes); d != nil {
		b.Unit, b.Amount = d.Unit, d.Cost
	}
	if b.Unit == "" {
		return Budget{}, nil
	}
	b.For = strings.TrimSpace(b.For)
	return b, b.Check()
}

// SetBudget writes down the budget line of what is accepted or planned. It returns Conflict for any other, and Invalid with a
// fault a field.
func (s *Store) SetBudget(ctx context.Context, centreID, id string, b Budget, seen int, by string) error {
	return s.act(ctx, centreID, id, func(tx *db.Tx, p Proposal, _ string) error {
		if err := p.since(seen); err != nil {
			return err
		}
		if p.State != Accepted && p.State != Scheduled {
			return fault.Conflict("participation.fault.step")
		}
		b, err := s.budgetOf(ctx, tx, p, b)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `UPDATE proposals SET budget_unit = :u, budget_amount = :a, budget_for = :f, version = version + 1 WHERE id = :id`,
			db.Args{"u": b.Unit, "a": b.Amount, "f": b.For, "id": id}); err != nil {
			return err
		}
		return s.note(ctx, tx, centreID, "proposal.budget", by, "proposal", id)
	})
}
