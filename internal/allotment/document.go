package allotment

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"
)

// Format and Version name the document.
const (
	Format  = "kvart-season"
	Version = 1
)

// MaxDocument is the most bytes of a document.
const MaxDocument = 64 << 20

// Document is a season as it is published: everything that anybody needs to recount it. It names organisations, no person.
type Document struct {
	Format   string `json:"format"`
	Version  int    `json:"version"`
	Name     string `json:"name"`
	Centre   string `json:"centre"`
	From     string `json:"from"` // local dates
	To       string `json:"to"`
	Zone     string `json:"zone"`
	Input    Input  `json:"input"`
	Result   Result `json:"result"`
	Edits    []Edit `json:"edits"`
	Template []Slot `json:"template"` // the result after the edits
}

// Slot is a weekly time in a room that an organisation has.
type Slot struct {
	ID           string `json:"id"` // of its wish, or "edit-N"
	Organisation string `json:"organisation"`
	Room         string `json:"room"`
	Weekday      int    `json:"weekday"`
	Start        Clock  `json:"start"`
	Minutes      int    `json:"minutes"`
}

// What an edit does.
const (
	Add    = "add"
	Move   = "move"
	Remove = "remove"
)

// Edit is what a person changed in the template, and why.
type Edit struct {
	N      int    `json:"n"` // from 1
	What   string `json:"what"`
	Slot   Slot   `json:"slot"` // as it is afterwards; of Remove only its id counts
	Reason string `json:"reason"`
	Date   string `json:"date"` // local
}

// Parse reads a document. It returns an error for what is none, says too much or too little, or cannot be right.
func Parse(data []byte) (Document, error) {
	var d Document
	if len(data) > MaxDocument {
		return d, fmt.Errorf("the file is larger than %d MB", MaxDocument>>20)
	}
	r := json.NewDecoder(bytes.NewReader(data))
	r.DisallowUnknownFields()
	if err := r.Decode(&d); err != nil {
		return d, fmt.Errorf("this is no season's document: %w", err)
	}
	if _, err := r.Token(); !errors.Is(err, io.EOF) {
		return d, errors.New("something stands behind the end of the document")
	}
	if d.Format != Format || d.Version != Version {
		return d, fmt.Errorf("format %q version %d: this program reads %s version %d", d.Format, d.Version, Format, Version)
	}
	return d, d.Input.Check()
}

// Difference is where a document says something else than the recount.
type Difference struct {
	Where            string
	Written, Counted string
}

// Recount computes the result from the input, and the template from it and the edits, and returns where the document says
// something else: nothing where it is right.
func (d Document) Recount() ([]Difference, error) {
	counted, err := Allot(d.Input)
	if err != nil {
		return nil, err
	}
	var list []Difference
	compare := func(where string, written, counted any) {
		if !reflect.DeepEqual(written, counted) {
			list = append(list, Difference{where, inWords(written), inWords(counted)})
		}
	}
	compare("pool_minutes", d.Result.PoolMinutes, counted.PoolMinutes)
	compare("equal_shares", d.Result.EqualShares, counted.EqualShares)
	differences(compare, "entitlements", d.Result.Entitlements, counted.Entitlements)
	differences(compare, "picks", d.Result.Picks, counted.Picks)
	differences(compare, "unmet", d.Result.Unmet, counted.Unmet)
	template, err := Apply(d.Input, counted, d.Edits)
	if err != nil {
		return append(list, Difference{"edits", "", err.Error()}), nil
	}
	differences(compare, "template", d.Template, template)
	return list, nil
}

func differences[T any](compare func(string, any, any), where string, written, counted []T) {
	for i := range max(len(written), len(counted)) {
		var a, b any
		if i < len(written) {
			a = written[i]
		}
		if i < len(counted) {
			b = counted[i]
		}
		compare(fmt.Sprintf("%s[%d]", where, i), a, b)
	}
}

func inWords(v any) string {
	if v == nil {
		return "nothing"
	}
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return string(b)
}

// Template is the result as weekly slots, by weekday, start, room.
func (r Result) Template() []Slot {
	list := []Slot{}
	for _, p := range r.Picks {
		list = append(list, Slot{p.Wish, p.Organisation, p.Room, p.Weekday, p.Start, p.Minutes})
	}
	sortSlots(list)
	return list
}

func sortSlots(list []Slot) {
	slices.SortFunc(list, func(a, b Slot) int {
		if c := at(a.Weekday, a.Start) - at(b.Weekday, b.Start); c != 0 {
			return c
		}
		if c := strings.Compare(a.Room, b.Room); c != 0 {
			return c
		}
		return strings.Compare(a.ID, b.ID)
	})
}

// Overlap is returned by Apply for an edit that would put two organisations into one room.
type Overlap struct {
	Edit  int
	Other Slot // that is in the way
}

func (o *Overlap) Error() string {
	return fmt.Sprintf("edit %d: %s has the room on weekday %d at %s", o.Edit, o.Other.Organisation, o.Other.Weekday, o.Other.Start)
}

// Apply is the template after the edits, in their order. It returns an *Overlap where a slot is put on another, and an
// error for an edit that cannot be: of an unknown slot, room or organisation, over midnight, out of order, without a reason.
func Apply(in Input, r Result, edits []Edit) ([]Slot, error) {
	list := r.Template()
	rooms := map[string]Room{}
	for _, x := range in.Rooms {
		rooms[x.ID] = x
	}
	known := func(id string) bool {
		return slices.ContainsFunc(in.Organisations, func(o Organisation) bool { return o.ID == id })
	}
	for i, e := range edits {
		if e.N != i+1 || strings.TrimSpace(e.Reason) == "" {
			return nil, fmt.Errorf("edit %d: each has its number and a reason", i+1)
		}
		old := slices.IndexFunc(list, func(s Slot) bool { return s.ID == e.Slot.ID })
		switch {
		case (e.What == Move || e.What == Remove) && old < 0:
			return nil, fmt.Errorf("edit %d: there is no slot %q", e.N, e.Slot.ID)
		case e.What == Add && e.Slot.ID != fmt.Sprintf("edit-%d", e.N):
			return nil, fmt.Errorf("edit %d: what it adds is called edit-%d", e.N, e.N)
		case e.What == Move && list[old].Organisation != e.Slot.Organisation:
			return nil, fmt.Errorf("edit %d: a slot that moves stays its organisation's", e.N)
		case e.What != Add && e.What != Move && e.What != Remove:
			return nil, fmt.Errorf("edit %d: %q is neither add, move nor remove", e.N, e.What)
		}
		if old >= 0 {
			list = slices.Delete(list, old, old+1)
		}
		if e.What != Remove {
			s := e.Slot
			room, ok := rooms[s.Room]
			if !ok || !known(s.Organisation) || s.Weekday < 1 || s.Weekday > 7 || s.Minutes < 1 || s.Start < 0 || int(s.Start)+s.Minutes > day {
				return nil, fmt.Errorf("edit %d: an unknown room or organisation, or a time that is none", e.N)
			}
			for _, x := range list {
				if collide(room, s, rooms[x.Room], x) {
					return nil, &Overlap{e.N, x}
				}
			}
			list = append(list, s)
		}
		sortSlots(list)
	}
	return list, nil
}

// collide says whether the two slots hold a part at one time, set-up and clear-up included.
func collide(r Room, s Slot, q Room, x Slot) bool {
	if !slices.ContainsFunc(r.parts(), func(p string) bool { return slices.Contains(q.parts(), p) }) {
		return false
	}
	h := held{from: at(s.Weekday, s.Start) - r.Setup, n: r.Setup + s.Minutes + r.Clear}
	return h.meets(at(x.Weekday, x.Start)-q.Setup, q.Setup+x.Minutes+q.Clear)
}
