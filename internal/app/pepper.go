package app

import (
	"context"
	"encoding/hex"
	"errors"

	"kvart/internal/platform/auth"
	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
)

// ErrOtherPepper is returned for a secrets folder that this data was not made with.
var ErrOtherPepper = errors.New("the secrets folder holds another pepper than this data was made with, so no passphrase and no access code would fit: " +
	"name the right folder with --secrets, or put back the copy you kept of it; if there is none, 'kvart migrate --new-pepper' goes on without the old one, and everybody needs a new passphrase")

// pinPepper holds the data to the pepper it was first opened with. It returns ErrOtherPepper for another.
func pinPepper(ctx context.Context, d *db.DB, s auth.Secrets) error {
	mark := hex.EncodeToString(s.Key("pepper mark"))
	const look = `SELECT mark FROM pepper_pin`
	var pinned string
	err := d.Get(ctx, &pinned, look, nil)
	if fault.Is(err, fault.KindNotFound) {
		if _, err = d.Exec(ctx, `INSERT INTO pepper_pin (only_one, mark) VALUES (1, :m) ON CONFLICT (only_one) DO NOTHING`, db.Args{"m": mark}); err == nil {
			err = d.Get(ctx, &pinned, look, nil)
		}
	}
	if err != nil {
		return err
	}
	if pinned != mark {
		return ErrOtherPepper
	}
	return nil
}

// ForgetPepper lets the data be opened with another pepper, when the one it was made with is lost.
func ForgetPepper(ctx context.Context, d *db.DB) error {
	_, err := d.Exec(ctx, `DELETE FROM pepper_pin`, nil)
	return err
}
