package directory

import (
	"kvart/internal/platform/geo"
	"kvart/internal/platform/i18n"
	"kvart/internal/platform/search"
)

// Ask is what somebody looks for. The zero value asks for everything.
type Ask struct {
	Words    string // as typed
	Lang     i18n.Lang
	Area     string // id: of an area in which it is given
	Group    string // id of a term: has it or a narrower one
	Free     bool
	StepFree bool
	Spoken   string // code of a language
	Band     string // code of Bands
	OpenNow  bool
	Near     *geo.Point // from where distances are counted
	Page     int        // from 1

	synonyms *search.Synonyms // in the place of the network's (Try)
}

// PerPage is how many services a page of what was found has.
const PerPage = 20

// Found is a page of what was found.
type Found struct {
	Hits      []Hit
	Count     int    // of all pages
	More      bool   // there are more than Count: it is bounded
	Corrected string // what was looked for instead, where nothing was found for what was typed
	Loose     bool   // nothing has all of the words: these have some
}

// Hit is a service with why it was found. Of its texts and of those of its organisation and places it has the names alone: what a
// line of results shows (Store.lines).
type Hit struct {
	Service
	Why    []Why
	Metres int // from Near to the nearest of its places; -1: not known
	Open   Openness
	Age    Age
}

// Why is one word of what was asked, and in what it was found.
type Why struct {
	Word  string // as typed
	Field string // name, terms, text
	As    string // what the word was found as, where that is another: a synonym, a corrected slip
}
