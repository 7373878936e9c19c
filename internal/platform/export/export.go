// Package export is what files have in common that are given away: cells that no spreadsheet takes for a formula.
package export

import "strings"

// NoFormula is a cell that no program takes for a formula. Numbers with a sign stay what they are.
func NoFormula(cell string) string {
	if cell == "" || !strings.ContainsRune("=@+-\t\r", rune(cell[0])) || (cell[0] == '+' || cell[0] == '-') && len(cell) > 1 && cell[1] >= '0' && cell[1] <= '9' {
		return cell
	}
	return "'" + cell
}
