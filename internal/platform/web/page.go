package web

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/a-h/templ"

	"kvart/internal/platform/db"
	"kvart/internal/platform/i18n"
)

// Page is what the layout needs to know of a page.
type Page struct {
	Title   string // neutral: a browser's history must not tell on anybody
	Section string // path of the menu entry that is current
	Desk    bool
	NoIndex bool
	Scripts []string // names of own scripts beside the usual ones
	Print   bool     // a page made for paper: no menus on the screen either
	Leave   string   // public path by which this page can be left at once, where its route has none (Route.Exit)
	Once    bool     // shown once: no menus that would lead away from it, and its title stands alone
}

// title is what the browser's history shows of the page: of one that somebody may have to leave at once, always the same.
func (r *Request) title(p Page) string {
	if r.exit != "" {
		return r.T("platform.leave.title")
	}
	return p.Title
}

// leave is the public path by which the page can be left at once; empty: none.
func (r *Request) leave(p Page) string { return cmp.Or(r.exit, p.Leave) }

var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// mostKept is the largest buffer that is used again: one page that is huge must not hold its memory from then on.
const mostKept = 1 << 20

func putBack(b *bytes.Buffer) {
	if b.Cap() <= mostKept {
		buffers.Put(b)
	}
}

// HTML renders the component and writes it, compressed where the reader takes that. A page that fails half way is not
// sent half: it is rendered first.
func (r *Request) HTML(w http.ResponseWriter, status int, c templ.Component) error {
	buf := buffers.Get().(*bytes.Buffer)
	defer putBack(buf)
	buf.Reset()
	if err := c.Render(r.Context(), buf); err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	if h.Get("Cache-Control") == "" {
		h.Set("Cache-Control", "no-store")
	}
	h.Add("Vary", "Accept-Encoding")
	return r.Send(w, status, buf.Bytes())
}

// Send answers with the body, compressed where that is worth it and the reader takes it. The caller's Vary says
// Accept-Encoding, whichever it is.
func (r *Request) Send(w http.ResponseWriter, status int, body []byte) error {
	if len(body) > 1024 && strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		w.Header().Set("Content-Encoding", "gzip")
		w.WriteHeader(status)
		return compress(w, body)
	}
	w.WriteHeader(status)
	_, err := w.Write(body)
	return err
}

var zippers = sync.Pool{New: func() any { z, _ := gzip.NewWriterLevel(nil, 4); return z }}

func compress(w interface{ Write([]byte) (int, error) }, body []byte) error {
	z := zippers.Get().(*gzip.Writer)
	defer zippers.Put(z)
	z.Reset(w)
	if _, err := z.Write(body); err != nil {
		return err
	}
	return z.Close()
}

// Shared answers with a page that is the same for every visitor. It is kept for as long as the counter of public
// changes in the database stands still and the minute lasts, so it is never stale, with several processes either. For
// a signed-in viewer, and with the reader's own session, it is made anew.
func (r *Request) Shared(w http.ResponseWriter, build func() (templ.Component, error)) error {
	if r.Viewer.In() {
		c, err := build()
		if err != nil {
			return err
		}
		return r.HTML(w, http.StatusOK, c)
	}
	n, err := Changes(r.Context(), r.server.DB)
	if err != nil {
		return err
	}
	zip := strings.Contains(r.Header.Get("Accept-Encoding"), "gzip")
	key := fmt.Sprintf("%d %d %t %s", n, r.Now.Unix()/60, zip, r.URL.RequestURI())
	kept, ok := r.server.pages.get(key)
	if !ok {
		r.shared = true
		c, err := build()
		if err != nil {
			return err
		}
		if kept, err = r.keep(c, zip); err != nil {
			return err
		}
		r.server.pages.put(key, kept)
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-cache")
	h.Set("Vary", "Accept-Encoding, Cookie")
	h.Set("ETag", kept.tag)
	if r.Header.Get("If-None-Match") == kept.tag {
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	if zip {
		h.Set("Content-Encoding", "gzip")
	}
	_, err = w.Write(kept.body)
	return err
}

// Changes is the counter that triggers move with every change a public page can show. What was read after it, and is
// kept with it, is up to date while it stands still.
func Changes(ctx context.Context, q db.Querier) (n int64, err error) {
	err = q.Get(ctx, &n, `SELECT n FROM change_counters WHERE scope = 'public'`, nil)
	return n, err
}

// keep renders the component into a page to keep.
func (r *Request) keep(c templ.Component, zip bool) (keptPage, error) {
	buf := buffers.Get().(*bytes.Buffer)
	defer putBack(buf)
	buf.Reset()
	if err := c.Render(r.Context(), buf); err != nil {
		return keptPage{}, err
	}
	sum := sha256.Sum256(buf.Bytes())
	tag := base64.RawURLEncoding.EncodeToString(sum[:12])
	if !zip {
		return keptPage{bytes.Clone(buf.Bytes()), `"` + tag + `"`}, nil
	}
	zipped := new(bytes.Buffer)
	err := compress(zipped, buf.Bytes())
	return keptPage{zipped.Bytes(), `"` + tag + `-gz"`}, err
}

type keptPage struct {
	body []byte // as it is sent: plain or compressed
	tag  string // its ETag
}

// pageCache holds rendered pages up to a number of bytes; when full it starts anew, which is enough where every key
// dies within the minute.
type pageCache struct {
	mu    sync.Mutex
	limit int
	size  int
	pages map[string]keptPage
}

func newPageCache(limit int) *pageCache {
	return &pageCache{limit: limit, pages: map[string]keptPage{}}
}

func (c *pageCache) get(key string) (keptPage, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	p, ok := c.pages[key]
	return p, ok
}

func (c *pageCache) put(key string, p keptPage) {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := len(p.body)
	if c.size+n > c.limit {
		c.pages, c.size = map[string]keptPage{}, 0
	}
	if n <= c.limit/8 {
		c.pages[key] = p
		c.size += n
	}
}

// JSON is for the few scripts of the pages; the API has its own way.
func (r *Request) JSON(w http.ResponseWriter, status int, body []byte) error {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, err := w.Write(body)
	return err
}

// site is the network's name and what else the layout shows; a page of a fault must show even without a database.
// Zone is where the network is.
func (r *Request) Zone() *time.Location { return r.site().Zone }

func (r *Request) site() Site {
	ctx, cancel := context.WithTimeout(r.Context(), 2*time.Second)
	defer cancel()
	s, err := r.server.Site(ctx)
	if err != nil {
		s.Name = i18n.Text{i18n.HR: "Kvart"}
	}
	if err != nil || s.Zone == nil {
		s.Zone = time.UTC
	}
	return s
}
