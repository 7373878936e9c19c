package xlsform

import (
	"archive/zip"
	"encoding/xml"
	"errors"
	"io"
	"path"
	"slices"
	"strings"

	"github.com/xuri/excelize/v2"
)

// place is a cell: its row from 1, its column from 0.
type place struct{ row, at int }

// hidden is what of a sheet is not as it looks: formulas, of which a file holds only what they came to once, and merged cells, of
// which all but the first are empty.
type hidden struct {
	formulas []place
	merged   []string // as "A2:A4"
}

// partOf is the file of the sheet inside the workbook, or nil.
func partOf(parts []*zip.File, sheet string) *zip.File {
	find := func(name string) *zip.File {
		for _, p := range parts {
			if strings.EqualFold(p.Name, name) {
				return p
			}
		}
		return nil
	}
	id, target := "", ""
	if elements(find("xl/workbook.xml"), func(e xml.StartElement) {
		if e.Name.Local == "sheet" && attribute(e, "name") == sheet {
			id = attribute(e, "id")
		}
	}) != nil || id == "" {
		return nil
	}
	if elements(find("xl/_rels/workbook.xml.rels"), func(e xml.StartElement) {
		if e.Name.Local == "Relationship" && attribute(e, "Id") == id {
			target = attribute(e, "Target")
		}
	}) != nil || target == "" {
		return nil
	}
	if !strings.HasPrefix(target, "/") {
		target = path.Join("xl", target)
	}
	return find(strings.TrimPrefix(target, "/"))
}

func attribute(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// elements tells of every element of the part, in its order.
func elements(part *zip.File, tell func(xml.StartElement)) error {
	if part == nil {
		return errors.New("xlsform: no such part")
	}
	in, err := part.Open()
	if err != nil {
		return err
	}
	defer in.Close()
	d := xml.NewDecoder(io.LimitReader(in, maxUnpacked))
	for {
		token, err := d.Token()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if e, ok := token.(xml.StartElement); ok {
			tell(e)
		}
	}
}

// lookInto finds what is hidden in the sheet's part.
func lookInto(part *zip.File) (h hidden, err error) {
	var cell place
	err = elements(part, func(e xml.StartElement) {
		switch e.Name.Local {
		case "row":
			cell = place{cell.row + 1, -1}
			if _, row, err := excelize.CellNameToCoordinates("A" + attribute(e, "r")); err == nil {
				cell.row = row
			}
		case "c":
			cell.at++
			if column, row, err := excelize.CellNameToCoordinates(attribute(e, "r")); err == nil {
				cell = place{row, column - 1}
			}
		case "f":
			if len(h.formulas) < maxFaults && !slices.Contains(h.formulas, cell) {
				h.formulas = append(h.formulas, cell)
			}
		case "mergeCell":
			if len(h.merged) < maxRows {
				h.merged = append(h.merged, attribute(e, "ref"))
			}
		}
	})
	return h, err
}

// hidden finds fault with cells that are not as they look: a formula, and merged cells with a text.
func (r *reader) hidden(t *table) {
	h, err := lookInto(partOf(r.parts, t.name))
	if err != nil {
		r.add(t, 0, -1, "broken")
		return
	}
	for _, f := range h.formulas {
		r.add(t, f.row, f.at, "formula")
	}
	for _, ref := range h.merged {
		first, last, ranges := strings.Cut(ref, ":")
		column, row, err := excelize.CellNameToCoordinates(first)
		if err != nil || !ranges || first == last || row > len(t.rows) || column > len(t.rows[row-1]) || t.rows[row-1][column-1] == "" {
			continue
		}
		r.add(t, row, column-1, "merged", "cells", cut(ref))
	}
}
