package directory

import (
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"kvart/internal/platform/db"
)

// Bounds of what the API is asked.
const (
	apiPerPage     = 50
	apiMostPerPage = 1000
	apiMostPage    = 1_000_000_000
	apiMostSearch  = 1000 // characters
	apiMostMetres  = 1_000_000
	apiMostBody    = 64 << 10
)

// apiQuery is what a list is asked for.
type apiQuery struct {
	Filter
	search      string
	page        int
	perPage     int
	ndjson      bool
	minimal     bool
	full        bool
	fullService bool
	topOnly     bool
	parent      string
}

// apiParameter is one that a list takes.
type apiParameter struct {
	about string
	shape map[string]any                         // as JSON Schema
	read  func(q *apiQuery, value string) string // what is wrong with the value, or nothing
}

// apiParameters are all there are, by name, with the words of the API's document.
var apiParameters = map[string]apiParameter{
	"search": {"Words, as people type them. Best first, at most 500 services; organizations and places by these, and organizations that offer nothing by their names.", map[string]any{"type": "string", "maxLength": apiMostSearch},
		func(q *apiQuery, v string) string {
			q.search = strings.TrimSpace(v)
			if utf8.RuneCountInString(v) > apiMostSearch {
				return fmt.Sprintf("at most %d characters", apiMostSearch)
			}
			return ""
		}},
	"page": {"Number of the page, from 1.", map[string]any{"type": "integer", "minimum": 1, "default": 1},
		func(q *apiQuery, v string) string { return readWhole(&q.page, v, 1, apiMostPage) }},
	"per_page": {"How many on a page.", map[string]any{"type": "integer", "minimum": 1, "maximum": apiMostPerPage, "default": apiPerPage},
		func(q *apiQuery, v string) string { return readWhole(&q.perPage, v, 1, apiMostPerPage) }},
	"format": {"ndjson: all there are without pages, one JSON object a line; page and per_page then mean nothing.", map[string]any{"type": "string", "enum": []string{"json", "ndjson"}, "default": "json"},
		func(q *apiQuery, v string) string {
			q.ndjson = v == "ndjson"
			if v != "json" && v != "ndjson" {
				return "json or ndjson"
			}
			return ""
		}},
	"minimal": {"Only id and last_modified of each; with as many on a page as there may be, unless per_page is given.", apiYes, func(q *apiQuery, v string) string { return readYes(&q.minimal, v) }},
	"full":    {"With all that belongs to each.", apiYes, func(q *apiQuery, v string) string { return readYes(&q.full, v) }},
	"full_service": {"With all services of the organization, and with all that belongs to them.", apiYes,
		func(q *apiQuery, v string) string { return readYes(&q.fullService, v) }},
	"taxonomy_id": {"Only what has a term of the taxonomy; organizations by what they offer.", apiUUID,
		func(q *apiQuery, v string) string { return readID(&q.Taxonomy, v) }},
	"taxonomy_term_id": {"Only what has the term or a narrower one; organizations by what they offer.", apiUUID,
		func(q *apiQuery, v string) string { return readID(&q.Term, v) }},
	"organization_id": {"Only what the organization offers.", apiUUID, func(q *apiQuery, v string) string { return readID(&q.Organisation, v) }},
	"modified_after": {"Only what changed then or later: itself, its organization or a location of it. A day begins at midnight UTC.", map[string]any{"type": "string"},
		func(q *apiQuery, v string) string { return readMoment(&q.ModifiedFrom, v) }},
	"postcode": {"Only what is given at an address with the postal code.", map[string]any{"type": "string", "maxLength": 20},
		func(q *apiQuery, v string) string {
			q.Postcode = strings.TrimSpace(v)
			if utf8.RuneCountInString(v) > 20 || q.Postcode == "" {
				return "a postal code, as 10000"
			}
			return ""
		}},
	"proximity": {"With postcode: only what is given within so many metres of the middle of its addresses.", map[string]any{"type": "integer", "minimum": 1, "maximum": apiMostMetres},
		func(q *apiQuery, v string) string { return readWhole(&q.Metres, v, 1, apiMostMetres) }},
	"top_only":  {"Only terms without a wider one.", apiYes, func(q *apiQuery, v string) string { return readYes(&q.topOnly, v) }},
	"parent_id": {"Only terms right below the term.", apiUUID, func(q *apiQuery, v string) string { return readID(&q.parent, v) }},
}

var (
	apiYes  = map[string]any{"type": "boolean", "default": false}
	apiUUID = map[string]any{"type": "string", "format": "uuid"}
)

func readWhole(into *int, v string, low, high int) string {
	n, err := strconv.Atoi(v)
	if err != nil || n < low || n > high {
		return fmt.Sprintf("a whole number from %d to %d", low, high)
	}
	*into = n
	return ""
}

func readYes(into *bool, v string) string {
	*into = v == "true"
	if v != "true" && v != "false" {
		return "true or false"
	}
	return ""
}

func readID(into *string, v string) string {
	if !db.IsID(v) {
		return "a UUID"
	}
	*into = strings.ToLower(v)
	return ""
}

// readMoment reads a day or a moment. A plus sign that was not escaped in the address is read as it was meant.
func readMoment(into *int64, v string) string {
	t, err := time.Parse(time.DateOnly, v)
	if err != nil {
		t, err = time.Parse(time.RFC3339, strings.ReplaceAll(v, " ", "+"))
	}
	if err != nil || t.Year() < 1970 || t.Year() > 9999 {
		return "a day, as 2026-11-26, or a moment of RFC 3339, as 2026-11-26T12:00:00Z"
	}
	*into = t.Unix()
	if t.Nanosecond() > 0 {
		*into++
	}
	return ""
}

// apiProblem is a fault of a request as RFC 9457 has it.
type apiProblem struct {
	Title  string           `json:"title"`
	Status int              `json:"status"`
	Detail string           `json:"detail"`
	Errors []apiProblemItem `json:"errors,omitempty"`
}

// apiProblemItem names a parameter, never what was given for it.
type apiProblemItem struct {
	Location string `json:"location"`
	Message  string `json:"message"`
}

func newAPIProblem(status int, detail string) *apiProblem {
	return &apiProblem{Title: http.StatusText(status), Status: status, Detail: detail}
}

func (p *apiProblem) add(location, message string) {
	p.Errors = append(p.Errors, apiProblemItem{location, message})
	if p.Detail != "" {
		p.Detail += "; "
	}
	p.Detail += location[strings.LastIndexByte(location, '.')+1:] + ": " + message
}

// apiGiven is a value of a parameter and where it stood.
type apiGiven struct{ where, name, value string }

// apiRead reads what the request asks for with the parameters that are taken. It returns all that is wrong, or nil.
func apiRead(r *http.Request, takes []string) (apiQuery, *apiProblem) {
	q := apiQuery{page: 1, perPage: apiPerPage}
	values, wrong := apiValues(r)
	if wrong != nil {
		return q, wrong
	}
	wrong = newAPIProblem(http.StatusBadRequest, "")
	seen := map[string]bool{}
	for _, v := range values {
		if !slices.Contains(takes, v.name) {
			message := "unknown parameter; this address takes none"
			if len(takes) > 0 {
				message = "unknown parameter; known are " + strings.Join(takes, ", ")
			}
			wrong.add(v.where+"."+apiShortened(v.name), message)
			continue
		}
		if seen[v.name] {
			wrong.add(v.where+"."+v.name, "given more than once")
			continue
		}
		seen[v.name] = true
		if v.value == "" {
			continue
		}
		if !utf8.ValidString(v.value) || strings.ContainsRune(v.value, 0) {
			wrong.add(v.where+"."+v.name, "is no text")
			continue
		}
		if message := apiParameters[v.name].read(&q, v.value); message != "" {
			wrong.add(v.where+"."+v.name, message)
		}
	}
	if q.minimal && !seen["per_page"] { // the standard: aim to return all of them within one page
		q.perPage = apiMostPerPage
	}
	if q.Metres > 0 && q.Postcode == "" && len(wrong.Errors) == 0 {
		wrong.add("query.proximity", "needs a postcode")
	}
	if len(wrong.Errors) > 0 {
		return q, wrong
	}
	return q, nil
}

func apiShortened(name string) string {
	if runes := []rune(name); len(runes) > 40 {
		return string(runes[:40]) + "…"
	}
	return name
}

// apiValues are the parameters of the address and, where it is sent with POST, of the form or JSON object in the body.
func apiValues(r *http.Request) ([]apiGiven, *apiProblem) {
	bad := func(detail string) ([]apiGiven, *apiProblem) {
		return nil, newAPIProblem(http.StatusBadRequest, detail)
	}
	values, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return bad("the part of the address after ? cannot be read")
	}
	list := apiListed("query", values)
	if r.Method != http.MethodPost {
		return list, nil
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, apiMostBody+1))
	if err != nil {
		return bad("the body cannot be read")
	}
	if len(body) > apiMostBody {
		return nil, newAPIProblem(http.StatusRequestEntityTooLarge, fmt.Sprintf("the body has more than %d bytes", apiMostBody))
	}
	if len(body) == 0 {
		return list, nil
	}
	if !utf8.Valid(body) {
		return bad("the body is not UTF-8")
	}
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	switch kind {
	case "application/x-www-form-urlencoded":
		if values, err = url.ParseQuery(string(body)); err != nil {
			return bad("the form in the body cannot be read")
		}
		return append(list, apiListed("body", values)...), nil
	case "application/json":
		var object map[string]any
		d := json.NewDecoder(strings.NewReader(string(body)))
		d.UseNumber()
		if err := d.Decode(&object); err != nil || object == nil || d.More() {
			return bad("the body is not one JSON object")
		}
		values = url.Values{}
		for name, v := range object {
			switch v := v.(type) {
			case string:
				values.Add(name, v)
			case json.Number:
				values.Add(name, v.String())
			case bool:
				values.Add(name, strconv.FormatBool(v))
			default:
				p := newAPIProblem(http.StatusBadRequest, "")
				p.add("body."+apiShortened(name), "a text, a number, true or false")
				return nil, p
			}
		}
		return append(list, apiListed("body", values)...), nil
	}
	return nil, newAPIProblem(http.StatusUnsupportedMediaType, "the body is to be application/x-www-form-urlencoded or application/json")
}

// apiListed are the values by name, so that the same mistakes are told in the same order. An address that spells no text has
// none that is known.
func apiListed(where string, values url.Values) (list []apiGiven) {
	names := make([]string, 0, len(values))
	for name := range values {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		for _, v := range values[name] {
			list = append(list, apiGiven{where, strings.ToValidUTF8(name, "�"), v})
		}
	}
	return list
}
