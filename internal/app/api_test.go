package app

import (
	"strings"
	"testing"

	"kvart/internal/platform/auth"
	"kvart/internal/platform/db"
	"kvart/internal/platform/dbtest"
)

func TestAPI_listsNoSpaceThatIsClosed(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := open(t, d)
		spaces, err := h.Booking.Spaces(t.Context(), d, h.here.ID)
		if err != nil || len(spaces) < 2 {
			t.Fatal(err, len(spaces))
		}
		if _, err := d.Exec(t.Context(), `UPDATE spaces SET closed = 1 WHERE id = :id`, db.Args{"id": spaces[0].ID}); err != nil {
			t.Fatal(err)
		}
		list := h.body(t, h.browser(t, "", auth.Scope{}), "/api/v1/spaces")
		if strings.Contains(list, spaces[0].ID) || !strings.Contains(list, spaces[1].ID) {
			t.Errorf("the list: %.400s", list)
		}
	})
}
