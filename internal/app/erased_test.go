package app

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"kvart/internal/platform/backup"
	"kvart/internal/platform/db"
	"kvart/internal/platform/erasure"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/i18n"
	"kvart/internal/platform/jobs"
	"kvart/internal/platform/vault"
	"kvart/internal/support"
	"kvart/migrations"
)

// asked is a request with its code, and what was written in it.
type asked struct {
	code vault.Code
	text string
}

func (c *canary) ask(text string) asked {
	c.t.Helper()
	code, err := c.Support.FreshCode(c.t.Context())
	c.must(err)
	id, person, err := c.Support.Ask(c.t.Context(), support.Asking{Header: support.Header{Party: support.Party{Centre: c.centre}, Lang: i18n.HR, Reach: support.Reach{Phone: "091 234 5678"}}, Text: text, Code: code})
	c.must(err)
	c.must(c.Support.Write(c.t.Context(), c.team[0], id, support.Change{Entries: []support.Entry{{Kind: support.Message, Text: "Odgovor: " + text}}}))
	c.must(c.Support.Write(c.t.Context(), person, id, support.Change{Entries: []support.Entry{{Kind: support.Message, Text: text, File: &support.File{Name: "x"}}}, Files: map[int][]byte{0: []byte(text)}}))
	return asked{code, text}
}

// opens says whether the code, and the first of the team, open the request with everything in it.
func (c *canary) opens(a asked) error {
	c.t.Helper()
	ctx := c.t.Context()
	id, person, err := c.Support.ByCode(ctx, a.code)
	if err != nil {
		return err
	}
	for _, r := range []support.Reading{person, c.team[0]} {
		thread, err := c.Support.Thread(ctx, r, id)
		if err != nil {
			return err
		}
		if len(thread.Entries) != 3 || thread.Entries[0].Text != a.text {
			c.t.Errorf("%d entries came back", len(thread.Entries))
		}
		if _, data, err := c.Support.File(ctx, r, id, thread.Entries[2].ID); err != nil || string(data) != a.text {
			c.t.Errorf("the file came back as %d bytes: %v", len(data), err)
		}
	}
	return nil
}

// TestErased_staysErasedInAnOldBackupWithTodaysStore: the backup of the data still has every row of what was erased, and nothing opens it.
func TestErased_staysErasedInAnOldBackupWithTodaysStore(t *testing.T) {
	canaries(t, func(t *testing.T, databaseURL string) {
		c := newCanary(t, t.TempDir(), databaseURL, newMark())
		c.furnish()
		gone, kept := c.ask("Da nikad nije bilo."), c.ask("Ovo ostaje.")
		saved := filepath.Join(c.dir, "backups", "old.backup")
		_, err := backup.Backup(t.Context(), c.DB, saved, backup.Meta{Version: "test"})
		c.must(err)
		id, person, err := c.Support.ByCode(t.Context(), gone.code)
		c.must(err)
		c.must(c.Support.Erase(t.Context(), person, id))
		c.changes(kept)
		later := c.ask("Nakon sigurnosne kopije.")
		c.close()

		c.restore(saved, databaseURL)
		c.open()
		c.must(c.opens(kept))
		c.lostReach(kept)
		if err := c.opens(gone); !fault.Is(err, fault.KindNotFound) {
			t.Errorf("what was erased opens from an old backup: %v", err)
		}
		var items int
		c.must(c.DB.Get(t.Context(), &items, `SELECT COUNT(*) FROM support_items WHERE request_id = :id`, db.Args{"id": id}))
		if items != 5 {
			t.Errorf("the test is no test: %d of its 5 items are in the restored data", items)
		}
		keys, err := c.Erasure.OfRequests(t.Context(), id)
		if err != nil || len(keys) != 0 {
			t.Errorf("%d of its erasure keys are there: %v", len(keys), err)
		}
		if _, _, err := c.Support.ByCode(t.Context(), later.code); !fault.Is(err, fault.KindNotFound) {
			t.Errorf("what was not in the backup: %v", err)
		}
	})
}

// TestErased_withDiskAndStoreLostBothBackupsBringEverythingBack.
func TestErased_withDiskAndStoreLostBothBackupsBringEverythingBack(t *testing.T) {
	canaries(t, func(t *testing.T, databaseURL string) {
		c := newCanary(t, t.TempDir(), databaseURL, newMark())
		c.furnish()
		one, other, before := c.ask("Prva."), c.ask("Druga."), c.ask("Prije kopija izbrisana.")
		erase := func(a asked) {
			id, person, err := c.Support.ByCode(t.Context(), a.code)
			c.must(err)
			c.must(c.Support.Erase(t.Context(), person, id))
		}
		erase(before)
		saved, keys := filepath.Join(c.dir, "backups", "kvart.backup"), filepath.Join(c.dir, "backups", "erasure.backup")
		_, err := backup.Backup(t.Context(), c.DB, saved, backup.Meta{Version: "test"})
		c.must(err)
		c.changes(one) // between the two
		c.must(c.Erasure.Backup(t.Context(), keys))
		erase(other) // until the backup of the store is deleted, both together bring it back: the page and the docs say so
		c.close()

		c.must(os.RemoveAll(filepath.Join(c.dir, "erasure")))
		c.restore(saved, databaseURL)
		c.open() // without its store
		if c.Erasure.Ready() {
			t.Fatal("a store was made anew in the place of a lost one")
		}
		if _, _, err := c.Support.ByCode(t.Context(), one.code); !fault.Is(err, fault.KindConflict) {
			t.Errorf("without its store: %v", err)
		}
		c.close()
		c.must(erasure.Restore(t.Context(), c.cfg.ErasureStore, keys))
		c.open()
		if !c.Erasure.Ready() {
			t.Fatal(c.ErasureErr)
		}
		c.must(c.opens(one))
		c.lostReach(one)
		c.must(c.opens(other))
		if err := c.opens(before); !fault.Is(err, fault.KindNotFound) {
			t.Errorf("what was erased before both backups opens: %v", err)
		}
		if again := c.ask("I dalje."); c.opens(again) != nil {
			t.Error("after both are back nothing can be written")
		}
	})
}

// changes is what happens to a conversation after a backup: what its person said about being reached is said otherwise, somebody
// of the team marks it, and the hourly job runs.
func (c *canary) changes(a asked) {
	c.t.Helper()
	ctx := c.t.Context()
	id, person, err := c.Support.ByCode(ctx, a.code)
	c.must(err)
	c.must(c.Support.Write(ctx, person, id, support.Change{Header: func(h *support.Header) { h.Phone = "" }}))
	c.must(c.Support.Write(ctx, c.team[0], id, support.Change{Header: func(h *support.Header) { h.Danger = true }}))
	now := c.Support.Now
	c.Support.Now = func() time.Time { return now().Add(2 * time.Hour) }
	c.must(c.Support.Forget(ctx))
	c.Support.Now = now
}

// lostReach says that the conversation is there, writes on, and has nothing any more of what was said about being reached.
func (c *canary) lostReach(a asked) {
	c.t.Helper()
	ctx := c.t.Context()
	id, person, err := c.Support.ByCode(ctx, a.code)
	c.must(err)
	for _, by := range []support.Reading{person, c.team[0]} {
		th, err := c.Support.Thread(ctx, by, id)
		c.must(err)
		if h := th.Header; !h.ReachLost || h.Reach != (support.Reach{}) || h.Danger {
			c.t.Errorf("the header of before says %+v", h)
		}
		list, _, err := c.Support.Inbox(ctx, c.team[0], "open", 0)
		c.must(err)
		for _, l := range list {
			if l.ID == id && l.Broken {
				c.t.Error("the inbox says that it does not open")
			}
		}
	}
	c.must(c.Support.Write(ctx, person, id, support.Change{Entries: []support.Entry{{Kind: support.Message, Text: "I dalje."}}}))
}

// restore puts the backup in the place of the data, on an empty database of the server or with the files lost.
func (c *canary) restore(file, databaseURL string) {
	c.t.Helper()
	newest, err := backup.Newest(migrations.FS, jobs.Migrations(nil)...)
	c.must(err)
	if databaseURL != "" {
		d, err := db.OpenPostgres(databaseURL)
		c.must(err)
		_, err = d.Writer().Exec("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
		c.must(err)
		c.must(d.Close())
	} else {
		c.must(os.RemoveAll(c.cfg.Data))
		c.must(os.MkdirAll(c.cfg.Data, 0o700))
	}
	_, err = backup.Restore(c.t.Context(), backup.Target{DataDir: c.cfg.Data, URL: databaseURL}, file, newest)
	c.must(err)
}
