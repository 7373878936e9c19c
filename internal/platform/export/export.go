// Package export is what files have in common that are given away: cells that no spreadsheet takes for a formula.
package export

import "strings"

// NoFormula is a cell that no program takes for a formula. A number, also one to call, may begin with its sign; what begins
// like one and goes on otherwise is a formula too.
func NoFormula(cell string) string {
	if cell == "" || !strings.ContainsRune("=@+-\t\r\n", rune(cell[0])) {
		return cell
	}
	if (cell[0] == '+' || cell[0] == '-') && strings.Trim(cell[1:], "0123456789 ()/.,;+-") == "" {
		return cell
	}
	return "'" + cell
}
