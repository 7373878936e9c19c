package voting

import (
	"context"
	"errors"

	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/vault"
)

// Sheet is a number of codes that were printed together.
type Sheet struct {
	ID      string  `db:"id"`
	RoundID string  `db:"round_id"`
	N       int     `db:"n"`
	Codes   int     `db:"codes"`
	Void    db.Bool `db:"void"`
}

// MostCodes is how many codes are printed at once.
const MostCodes = 200

// Sheets are the round's.
func (s *Store) Sheets(ctx context.Context, roundID string) (list []Sheet, err error) {
	err = s.DB.Select(ctx, &list, `SELECT id, round_id, n, codes, void FROM vote_sheets WHERE round_id = :r ORDER BY n`, db.Args{"r": roundID})
	return list, err
}

// Print draws codes and returns them with their sheet: they are seen this once, and only their hashes are kept.
func (s *Store) Print(ctx context.Context, tx *db.Tx, centreID, roundID string, n int, by string) (sheet Sheet, codes []vault.Ticket, err error) {
	r, err := s.Own(ctx, tx, centreID, roundID)
	if err != nil {
		return sheet, nil, err
	}
	switch at := r.At(s.Now()); {
	case !r.Codes():
		return sheet, nil, fault.Conflict("voting.fault.no_codes")
	case at == Draft:
		return sheet, nil, fault.Conflict("voting.fault.announce_first")
	case at != Announced && at != Open:
		return sheet, nil, fault.Conflict("voting.fault.closed")
	case n < 1 || n > MostCodes:
		var f fault.Form
		f.Add("codes", "fault.not_a_number", "low", 1, "high", MostCodes)
		return sheet, nil, f.Err()
	}
	// One sheet after the other, and none after the close that ran meanwhile.
	if n, err := tx.Exec(ctx, `UPDATE vote_rounds SET version = version + 1 WHERE id = :id AND state IN ('announced','open')`, db.Args{"id": roundID}); err != nil || n == 0 {
		return sheet, nil, errors.Join(err, fault.Conflict("voting.fault.closed"))
	}
	sheet = Sheet{ID: db.NewID(), RoundID: roundID, Codes: n}
	if err := tx.Get(ctx, &sheet.N, `SELECT COALESCE(MAX(n), 0) + 1 FROM vote_sheets WHERE round_id = :r`, db.Args{"r": roundID}); err != nil {
		return sheet, nil, err
	}
	if _, err := tx.Exec(ctx, `INSERT INTO vote_sheets (id, round_id, n, codes) VALUES (:id, :r, :n, :codes)`, db.Args{"id": sheet.ID, "r": roundID, "n": sheet.N, "codes": n}); err != nil {
		return sheet, nil, err
	}
	for range n {
		t := vault.NewTicket()
		codes = append(codes, t)
		if _, err := tx.Exec(ctx, `INSERT INTO vote_codes (hash, round_id, sheet_id) VALUES (:h, :r, :s)`, db.Args{"h": s.codeHash(r, t), "r": roundID, "s": sheet.ID}); err != nil {
			return sheet, nil, err
		}
	}
	return sheet, codes, s.note(ctx, tx, r, "voting.print", by)
}

// Void makes the codes of a sheet that was lost or not handed out open nothing. Ballots that came with them stay.
func (s *Store) Void(ctx context.Context, centreID, roundID, sheetID, by string) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		r, err := s.Own(ctx, tx, centreID, roundID)
		if err != nil {
			return err
		}
		var void db.Bool
		args := db.Args{"id": sheetID, "r": roundID}
		if err := tx.Get(ctx, &void, `SELECT void FROM vote_sheets WHERE id = :id AND round_id = :r`, args); err != nil || bool(void) {
			return err
		}
		if _, err := tx.Exec(ctx, `UPDATE vote_sheets SET void = 1 WHERE id = :id AND round_id = :r`, args); err != nil {
			return err
		}
		return s.note(ctx, tx, r, "voting.void", by)
	})
}
