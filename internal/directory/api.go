package directory

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/i18n"
	"kvart/internal/platform/web"
)

// APIPath is where the API of the standard is mounted.
const APIPath = "/api/hsds/v3/"

// API answers in the words of HSDS 3.1 (Open Referral) under APIPath: in Kvart's profile of it, and below base/ as the
// standard itself has it. Anybody's page may read it; it sees no cookie and no session, and nothing of what it is
// asked is logged. It tells what visitors find on the map and no more: what is Shown.
type API struct {
	Store *Store
	Log   *slog.Logger
	Texts *i18n.Bundle // by which the base says in words what the profile has fields for

	// FindIDs gives the ids of the services that are found for the words, as somebody typed them in any of the
	// languages, and that the filter chooses too: best first, at most limit of them, from the offset-th on. The same
	// words, filter and store give the same order, so that pages neither overlap nor leave out. total is how many
	// there are without offset and limit; where search bounds what it ranks, total is that bound, and ids end there. Only
	// services that visitors find are in it; Filter.Listed is set. Words without a letter or digit find nothing.
	// Nil: this installation cannot search, and the API says so.
	FindIDs func(ctx context.Context, words string, f Filter, offset, limit int) (ids []string, total int, err error)

	streams chan struct{}
}

// apiMostStreams are how many exports run at once: each reads the whole directory.
const apiMostStreams = 8

//go:embed profile
var apiProfile embed.FS

// Handler answers everything under APIPath.
func (a *API) Handler() http.Handler {
	a.streams = make(chan struct{}, apiMostStreams)
	mux := http.NewServeMux()
	for _, base := range []bool{false, true} {
		root := APIPath
		if base {
			root += "base/"
		}
		document, err := apiEncoded(a.document(base))
		if err != nil {
			panic(err) // of our own maps and texts
		}
		mux.HandleFunc("GET "+root+"{$}", func(w http.ResponseWriter, r *http.Request) { a.answer(w, r, a.root(base)) })
		mux.HandleFunc("GET "+root+"openapi.json", func(w http.ResponseWriter, r *http.Request) { apiSend(w, r, document) })
		for _, l := range a.nouns() {
			mux.HandleFunc("GET "+root+l.path, func(w http.ResponseWriter, r *http.Request) { a.list(w, r, l, base) })
			mux.HandleFunc("POST "+root+l.path, func(w http.ResponseWriter, r *http.Request) { a.list(w, r, l, base) })
			mux.HandleFunc("GET "+root+l.path+"/{id}", func(w http.ResponseWriter, r *http.Request) { a.one(w, r, l, base) })
		}
	}
	mux.HandleFunc("GET "+APIPath+"profile/{$}", func(w http.ResponseWriter, r *http.Request) { a.answer(w, r, a.profile()) })
	mux.HandleFunc("GET "+APIPath+"profile/{file}", func(w http.ResponseWriter, r *http.Request) {
		body, err := apiProfile.ReadFile("profile/" + r.PathValue("file"))
		if err != nil {
			apiFail(w, newAPIProblem(http.StatusNotFound, "the profile has no such file; "+APIPath+"profile/ names those it has"))
			return
		}
		apiSend(w, r, body)
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Access-Control-Allow-Origin", "*")
		h.Set("Access-Control-Expose-Headers", "ETag, Retry-After")
		h.Set("Cross-Origin-Resource-Policy", "cross-origin")
		h.Set("Cache-Control", "no-store")
		h.Del("Vary") // no answer depends on a cookie
		if r.Method == http.MethodOptions {
			h.Set("Access-Control-Allow-Methods", "GET, HEAD, POST")
			h.Set("Access-Control-Allow-Headers", "Content-Type, If-None-Match")
			h.Set("Access-Control-Max-Age", "86400")
			w.WriteHeader(http.StatusNoContent)
			return
		}
		if _, pattern := mux.Handler(r); pattern == "" {
			apiFail(w, a.unknown(mux, r, h))
			return
		}
		defer a.recovered(w, r)
		mux.ServeHTTP(w, r)
	})
}

// recovered answers what panicked as any other fault; what was begun breaks off.
func (a *API) recovered(w http.ResponseWriter, r *http.Request) {
	p := recover()
	if p == nil {
		return
	}
	if p == http.ErrAbortHandler {
		panic(p)
	}
	a.failed(w, r, fault.Internal(fmt.Errorf("panic: %v", p)))
}

// unknown is the fault of an address that there is not, or not with this method.
func (a *API) unknown(mux *http.ServeMux, r *http.Request, h http.Header) *apiProblem {
	var allowed []string
	for _, method := range []string{http.MethodGet, http.MethodPost} {
		as := r.Clone(r.Context())
		as.Method = method
		if _, pattern := mux.Handler(as); pattern != "" {
			allowed = append(allowed, method)
		}
	}
	if allowed == nil {
		return newAPIProblem(http.StatusNotFound, "there is no such address; "+APIPath+"openapi.json names those there are")
	}
	h.Set("Allow", strings.Join(allowed, ", "))
	return newAPIProblem(http.StatusMethodNotAllowed, "this address takes "+strings.Join(allowed, " and "))
}

// url is an address of the API, whole.
func (a *API) url(path string) string { return a.Store.PublicURL + APIPath + path }

// root is what the standard wants said at the beginning.
func (a *API) root(base bool) map[string]string {
	if base {
		return map[string]string{"version": "3.1", "profile": "https://docs.openreferral.org/", "openapi_url": a.url("base/openapi.json")}
	}
	return map[string]string{"version": "3.1", "profile": a.url("profile/"), "openapi_url": a.url("openapi.json")}
}

// profile names the merge patches (RFC 7386) that make of the standard's schemas those that hold here.
func (a *API) profile() map[string]any {
	files, _ := apiProfile.ReadDir("profile")
	patches := map[string]string{}
	for _, f := range files {
		patches[f.Name()] = a.url("profile/" + f.Name())
	}
	return map[string]any{
		"name":        "Kvart, Croatia",
		"description": "HSDS 3.1 without states and provinces, which Croatian addresses do not have, with the services of an organization and the service of a place, and with what a first visit is like.",
		"schemas":     apiStandard,
		"patches":     patches,
		"base":        a.url("base/"),
	}
}

// apiStandard is where the schemas of HSDS 3.1 are published.
const apiStandard = "https://raw.githubusercontent.com/openreferral/specification/3.1/schema/"

// apiPage is the envelope of a list.
type apiPage struct {
	TotalItems int   `json:"total_items"`
	TotalPages int   `json:"total_pages"`
	PageNumber int   `json:"page_number"`
	Size       int   `json:"size"`
	FirstPage  bool  `json:"first_page"`
	LastPage   bool  `json:"last_page"`
	Empty      bool  `json:"empty"`
	Contents   []any `json:"contents"`
}

func (a *API) list(w http.ResponseWriter, r *http.Request, l apiNoun, base bool) {
	q, wrong := apiRead(r, l.takes)
	if wrong == nil && q.search != "" && l.finds && a.FindIDs == nil {
		wrong = newAPIProblem(http.StatusNotImplemented, "")
		wrong.add("query.search", "this installation cannot search")
	}
	if wrong != nil {
		apiFail(w, wrong)
		return
	}
	v, err := a.view(r.Context(), base)
	if err != nil {
		a.failed(w, r, err)
		return
	}
	if q.ndjson {
		a.stream(w, r, l, v, q)
		return
	}
	contents, total, err := l.page(r.Context(), v, q)
	if err != nil {
		a.failed(w, r, wordless(err, q))
		return
	}
	if contents == nil {
		contents = []any{}
	}
	p := apiPage{TotalItems: total, TotalPages: (total + q.perPage - 1) / q.perPage, PageNumber: q.page, Size: len(contents), FirstPage: q.page == 1, Empty: len(contents) == 0, Contents: contents}
	p.LastPage = q.page >= p.TotalPages
	a.answer(w, r, p)
}

func (a *API) one(w http.ResponseWriter, r *http.Request, l apiNoun, base bool) {
	q, wrong := apiRead(r, l.takesOne)
	id := strings.ToLower(r.PathValue("id"))
	if wrong == nil && !db.IsID(id) {
		wrong = newAPIProblem(http.StatusBadRequest, "")
		wrong.add("path.id", "a UUID")
	}
	if wrong != nil {
		apiFail(w, wrong)
		return
	}
	v, err := a.view(r.Context(), base)
	var body any
	if err == nil {
		body, err = l.one(r.Context(), v, id, q)
	}
	if err != nil {
		a.failed(w, r, err)
		return
	}
	a.answer(w, r, body)
}

// view is how a request is answered now.
func (a *API) view(ctx context.Context, base bool) (*apiView, error) {
	n, err := a.Store.Network.Network(ctx, a.Store.DB)
	if err != nil && !fault.Is(err, fault.KindNotFound) {
		return nil, err
	}
	sorts, err := a.Store.Taxonomies(ctx, a.Store.DB)
	if err != nil {
		return nil, err
	}
	return &apiView{base: base, sorts: sorts, texts: a.Texts, today: today(a.Store.Now(), n.Zone)}, nil
}

// stream writes all there are, one JSON object a line. What goes wrong on the way breaks the connection off: a list that
// ends too early must not look whole.
func (a *API) stream(w http.ResponseWriter, r *http.Request, l apiNoun, v *apiView, q apiQuery) {
	select {
	case a.streams <- struct{}{}:
		defer func() { <-a.streams }()
	default:
		w.Header().Set("Retry-After", "30")
		apiFail(w, newAPIProblem(http.StatusServiceUnavailable, "too many exports run at once; try again in half a minute"))
		return
	}
	w.Header().Set("Content-Type", "application/x-ndjson")
	if r.Method == http.MethodHead {
		return
	}
	out, control := bufio.NewWriterSize(w, 64<<10), http.NewResponseController(w)
	lines := json.NewEncoder(out)
	lines.SetEscapeHTML(false)
	err := l.each(r.Context(), v, q, func(one any) error { return lines.Encode(one) }, func() error {
		if err := out.Flush(); err != nil {
			return err
		}
		// Each batch has its own time: the whole may take longer than one answer may.
		if err := control.SetWriteDeadline(time.Now().Add(time.Minute)); err != nil && !errors.Is(err, http.ErrNotSupported) {
			return err
		}
		return nil
	})
	if err == nil {
		err = out.Flush()
	}
	if err != nil {
		if r.Context().Err() == nil {
			a.Log.Error("export of the directory broke off", "fault", wordless(err, q))
		}
		panic(http.ErrAbortHandler)
	}
}

// wordless is the fault without its cause where words were looked for: a database quotes what it does not understand.
func wordless(err error, q apiQuery) error {
	if q.search == "" {
		return err
	}
	e := fault.Of(err)
	return &fault.Error{Kind: e.Kind, Key: e.Key}
}

func apiEncoded(body any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(body)
	return b.Bytes(), err
}

// answer sends the body as JSON.
func (a *API) answer(w http.ResponseWriter, r *http.Request, body any) {
	b, err := apiEncoded(body)
	if err != nil {
		a.failed(w, r, err)
		return
	}
	apiSend(w, r, b)
}

// apiSend sends JSON, or says that it is what the reader has already.
func apiSend(w http.ResponseWriter, r *http.Request, body []byte) {
	h := w.Header()
	if r.Method != http.MethodPost {
		sum := sha256.Sum256(body)
		tag := `"` + hex.EncodeToString(sum[:12]) + `"`
		h.Set("ETag", tag)
		h.Set("Cache-Control", "public, no-cache") // kept, but asked about each time: an address that becomes confidential is gone at once
		for one := range strings.SplitSeq(r.Header.Get("If-None-Match"), ",") {
			if one = strings.TrimPrefix(strings.TrimSpace(one), "W/"); one == tag || one == "*" {
				w.WriteHeader(http.StatusNotModified)
				return
			}
		}
	}
	h.Set("Content-Type", "application/json")
	_, _ = w.Write(body)
}

// failed answers a fault of the store. What it says of the cause goes to the log, which never has the address.
func (a *API) failed(w http.ResponseWriter, r *http.Request, err error) {
	status := web.Status(err)
	detail := "there is none"
	switch {
	case status >= 500:
		if r.Context().Err() == nil {
			a.Log.Error("HSDS request failed", "pattern", r.Pattern, "fault", err.Error())
		}
		detail = "something went wrong here; try again later"
	case status != http.StatusNotFound:
		detail = "this cannot be answered as it was asked"
	}
	apiFail(w, newAPIProblem(status, detail))
}

func apiFail(w http.ResponseWriter, p *apiProblem) {
	b, err := apiEncoded(p)
	if err != nil {
		panic(err) // of texts
	}
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(p.Status)
	_, _ = w.Write(b)
}
