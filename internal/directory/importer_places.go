package directory

import (
	"path"
	"slices"
	"strconv"
	"strings"

	"kvart/internal/hsds"
	"kvart/internal/network"
	"kvart/internal/platform/db"
	"kvart/internal/platform/i18n"
)

// Kinds of spots: what one can be near to.
var spotKinds = map[string]string{"district": "district", "gradska-cetvrt": "district", "cetvrt": "district", "committee": "committee", "mjesni-odbor": "committee", "odbor": "committee",
	"street": "street", "ulica": "street", "stop": "stop", "stajaliste": "stop", "postaja": "stop", "place": "place", "mjesto": "place"}

// readSpot is a street, a stop or a committee of a file.
type readSpot struct {
	At         Where
	Kind, Name string
	Lat, Lon   *float64
	Area       string // slug
}

// readSynonym is one of a file.
type readSynonym struct {
	At                Where
	Lang, Word, Means string
}

// headed finds columns of small lists by their names, in English and in Croatian.
type headed struct {
	*table
	at map[string]int
}

var listColumns = map[string][]string{
	"kind": {"kind", "vrsta"}, "name": {"name", "naziv", "ime"}, "lat": {"lat", "latitude", "sirina"}, "lon": {"lon", "lng", "longitude", "duzina"}, "area": {"area", "podrucje"},
	"lang": {"lang", "language", "jezik"}, "word": {"word", "rijec"}, "means": {"means", "znaci"},
	"id": {"id", "oznaka"}, "parent": {"parent", "sire", "nadredeno"}, "code": {"code", "kod", "sifra"}, "hr": {"hr", "name-hr", "naziv-hr"}, "en": {"en", "name-en", "naziv-en"}, "nb": {"nb", "name-nb", "naziv-nb"},
	"description": {"description", "opis"}, "taxonomy": {"taxonomy", "taksonomija"},
}

func headOf(t *table) headed {
	h := headed{t, map[string]int{}}
	for i, cell := range t.Head {
		for name, words := range listColumns {
			if _, had := h.at[name]; !had && slices.Contains(words, network.Slug(cell)) {
				h.at[name] = i
			}
		}
	}
	return h
}

func (h headed) has(names ...string) bool {
	for _, n := range names {
		if _, ok := h.at[n]; !ok {
			return false
		}
	}
	return true
}

func (h headed) cell(r tableRow, name string) string {
	if i, ok := h.at[name]; ok && i < len(r.Cells) {
		return strings.TrimSpace(r.Cells[i])
	}
	return ""
}

func (h headed) where(r tableRow, name string) Where {
	w := Where{File: h.File, Row: r.N}
	if i, ok := h.at[name]; ok {
		w.Column, w.Field = columnName(i), h.Head[i]
	}
	return w
}

// readRows reads a table: our own sheet of services, or a list of spots, synonyms or terms, by what its head has.
func readRows(t *table, r *ImportReport) *parsed {
	if t == nil {
		return nil
	}
	h := headOf(t)
	switch p := newParsed(); {
	case h.has("word", "means", "lang"):
		for _, row := range t.Rows {
			p.Synonyms = append(p.Synonyms, readSynonym{h.where(row, "word"), h.cell(row, "lang"), h.cell(row, "word"), h.cell(row, "means")})
		}
		return p
	case h.has("kind", "name", "lat", "lon"):
		for _, row := range t.Rows {
			x := readSpot{At: h.where(row, "name"), Kind: spotKinds[network.Slug(h.cell(row, "kind"))], Name: h.cell(row, "name"), Area: h.cell(row, "area")}
			if x.Kind == "" {
				r.fault(h.where(row, "kind"), "directory.io.spot_kind", "value", short(h.cell(row, "kind")))
			}
			for name, to := range map[string]**float64{"lat": &x.Lat, "lon": &x.Lon} {
				if key := setNumber(to, h.cell(row, name)); key != "" {
					r.fault(h.where(row, name), key, "value", short(h.cell(row, name)))
				}
			}
			p.Spots = append(p.Spots, x)
		}
		return p
	case h.has("parent") && (h.has("hr") || h.has("name")):
		p.terms(h, r)
		return p
	}
	return readSheet(t, r)
}

// terms takes the rows of a taxonomy. A wider term is named by its id or its code.
func (p *parsed) terms(h headed, r *ImportReport) {
	byCode := map[string]string{}
	taxonomy := func(row tableRow) (id, name string) {
		if name = h.cell(row, "taxonomy"); name == "" {
			name = strings.TrimSuffix(h.File, path.Ext(h.File))
		}
		return derivedID("taxonomy", name), name
	}
	idOf := func(row tableRow) string {
		if id := lowerID(h.cell(row, "id")); db.IsID(id) {
			return id
		}
		of, _ := taxonomy(row)
		for _, name := range []string{"id", "code", "hr", "name"} {
			if s := h.cell(row, name); s != "" {
				return derivedID("term", of, s)
			}
		}
		return ""
	}
	for _, row := range h.Rows {
		of, _ := taxonomy(row)
		for _, name := range []string{"id", "code"} {
			if s := h.cell(row, name); s != "" {
				byCode[of+" "+s] = idOf(row)
			}
		}
	}
	p.where = func(_, _ string, w Where, field string) Where {
		for _, row := range h.Rows {
			if row.N == w.Row {
				for _, name := range map[string][]string{"parent_id": {"parent"}, "code": {"code"}, "name": {"hr", "name"}, "id": {"id"}}[field] {
					if h.has(name) {
						return h.where(row, name)
					}
				}
			}
		}
		w.Field = field
		return w
	}
	for _, row := range h.Rows {
		of, name := taxonomy(row)
		at := Where{File: h.File, Row: row.N}
		p.addTaxonomy(hsds.Taxonomy{ID: of, Name: name}, at)
		t := readTerm{Term: hsds.Term{ID: idOf(row), Code: h.cell(row, "code"), TaxonomyID: of, Name: h.cell(row, "hr")}, At: at, Names: i18n.Text{}}
		if t.ID == "" {
			r.fault(at, "fault.required")
			continue
		}
		for _, l := range i18n.All {
			if s := h.cell(row, string(l)); s != "" {
				t.Names[l] = s
			}
		}
		if s := h.cell(row, "name"); s != "" {
			t.Names[i18n.HR], t.Name = s, s
		}
		t.Description = h.cell(row, "description")
		if up := lowerID(h.cell(row, "parent")); up != "" {
			switch id := byCode[of+" "+up]; {
			case id != "":
				t.ParentID = id
			case db.IsID(up):
				t.ParentID = up
			default:
				r.fault(h.where(row, "parent"), "directory.io.no_term", "value", short(up))
			}
		}
		if n, twice := p.term[t.ID]; twice {
			r.fault(at, "directory.io.twice", "where", p.Terms[n].At.String())
			continue
		}
		p.term[t.ID] = len(p.Terms)
		p.Terms = append(p.Terms, t)
	}
}

// spotRow is a spot as the database has it.
type spotRow struct {
	ID     string  `db:"id"`
	Kind   string  `db:"kind"`
	Name   string  `db:"name"`
	Folded string  `db:"folded"`
	AreaID *string `db:"area_id"`
	LatE6  int64   `db:"lat_e6"`
	LonE6  int64   `db:"lon_e6"`
}

func (s spotRow) key() string {
	return s.Kind + " " + s.Folded + " " + strconv.FormatInt(s.LatE6, 10) + " " + strconv.FormatInt(s.LonE6, 10)
}

// planPlaces plans spots and synonyms.
func (run *importRun) planPlaces() error {
	if len(run.Spots) > 0 {
		var rows []spotRow
		if err := run.DB.Select(run.ctx, &rows, `SELECT * FROM directory_spots`, nil); err != nil {
			return err
		}
		had := make(map[string]spotRow, len(rows))
		for _, s := range rows {
			had[s.key()] = s
		}
		for _, x := range run.Spots {
			run.planSpot(x, had)
		}
	}
	if len(run.Synonyms) == 0 {
		return nil
	}
	var rows []struct{ Lang, Word, Means string }
	if err := run.DB.Select(run.ctx, &rows, `SELECT lang, word, means FROM directory_synonyms`, nil); err != nil {
		return err
	}
	had := map[[3]string]bool{}
	for _, s := range rows {
		had[[3]string{s.Lang, s.Word, s.Means}] = true
	}
	for _, x := range run.Synonyms {
		l := run.Lang
		if x.Lang != "" {
			var ok bool
			if l, ok = i18n.Parse(strings.ToLower(x.Lang)); !ok {
				run.report.fault(x.At, "directory.fault.lang")
				continue
			}
		}
		word, means := strings.ToLower(x.Word), strings.ToLower(x.Means)
		if word == "" || means == "" {
			run.report.fault(x.At, "fault.required")
			continue
		}
		if len([]rune(word)) > 80 || len([]rune(means)) > 80 {
			run.report.fault(x.At, "fault.too_long", "max", 80)
			continue
		}
		key := [3]string{string(l), word, means}
		if had[key] {
			run.report.did(x.At, "synonym", word, Same, "")
			continue
		}
		had[key] = true
		run.synonyms = append(run.synonyms, planned[[3]string]{key, ImportLine{Where: x.At, Noun: "synonym", Name: word + " = " + means, Did: Made}})
	}
	return nil
}

func (run *importRun) planSpot(x readSpot, had map[string]spotRow) {
	if x.Name == "" || len([]rune(x.Name)) > mostName {
		run.report.fault(x.At, "directory.io.spot_name", "max", mostName)
		return
	}
	key := Coordinates(x.Lat, x.Lon, nil)
	if key == "" && x.Lat == nil {
		key = "directory.fault.coordinates_half"
	}
	if key == "" && run.areas.swapped(*x.Lat, *x.Lon) {
		key = "directory.fault.coordinates_swapped"
	}
	if key != "" {
		run.report.fault(x.At, key)
		return
	}
	row := spotRow{Kind: x.Kind, Name: x.Name, Folded: i18n.Fold(x.Name), AreaID: run.areas.at(x.Lat, x.Lon), LatE6: e6(*x.Lat), LonE6: e6(*x.Lon)}
	if x.Area != "" {
		i := slices.IndexFunc(run.areas.areas, func(a network.Area) bool { return a.Slug == x.Area })
		if i < 0 {
			run.report.fault(x.At, "directory.io.no_area", "value", short(x.Area))
			return
		}
		row.AreaID = &run.areas.areas[i].ID
	}
	old, there := had[row.key()]
	line := ImportLine{Where: x.At, Noun: "spot", Name: x.Name, Did: Made}
	if row.ID = derivedID("spot", row.key()); there {
		row.ID, line.Did = old.ID, Updated
		if sameJSON(old, row) {
			run.report.did(x.At, "spot", x.Name, Same, "")
			return
		}
	}
	had[row.key()] = row
	run.spots = append(run.spots, planned[spotRow]{row, line})
}

// takePlaces saves spots and synonyms, all at once.
func (run *importRun) takePlaces() error {
	if len(run.spots)+len(run.synonyms) == 0 {
		return nil
	}
	err := run.inBatch(func(tx *db.Tx) error {
		var made [][]any
		for _, p := range run.spots {
			s := p.entry
			if p.line.Did == Made {
				made = append(made, []any{s.ID, s.Kind, s.Name, s.Folded, s.AreaID, s.LatE6, s.LonE6})
			} else if _, err := tx.Exec(run.ctx, `UPDATE directory_spots SET name = :name, area_id = :area WHERE id = :id`, db.Args{"name": s.Name, "area": s.AreaID, "id": s.ID}); err != nil {
				return err
			}
		}
		if _, err := tx.Insert(run.ctx, "directory_spots", []string{"id", "kind", "name", "folded", "area_id", "lat_e6", "lon_e6"}, made, ""); err != nil {
			return err
		}
		var words [][]any
		for _, p := range run.synonyms {
			words = append(words, []any{p.entry[0], p.entry[1], p.entry[2]})
		}
		_, err := tx.Insert(run.ctx, "directory_synonyms", []string{"lang", "word", "means"}, words, "")
		return err
	})
	if err != nil {
		return err
	}
	for _, p := range run.spots {
		run.tell(p.line)
	}
	for _, p := range run.synonyms {
		run.tell(p.line)
	}
	return nil
}
