// Package disclosure decides which counts of people may be published.
//
// The rule is the threshold rule for tables of counts: a count of fewer people than the threshold is not published (primary
// suppression), and of the others as many are kept back as it takes that none of the first can be recomputed from sums
// (complementary suppression); A. Hundepool and others, Statistical Disclosure Control, Wiley 2012, chapter 5. Nought is
// under the threshold too: that nobody said something is said of everybody. A count is published exactly or not at all:
// nothing is rounded so that it passes.
//
// Which cells are kept back besides is decided by where they stand, never by how large they are. So whoever knows this very
// program learns no more than whoever does not: for every cell that is kept back there are at least two counts with which
// the same would have been published (Row; tests try all of them). The package is about one publication of one set of
// people. Two publications of nearly the same people, a day apart, tell by their difference: publish once, when it is over.
package disclosure

import "slices"

// Least is the lowest threshold; a lower one is taken as this. With two, a sum of kept-back cells can tell them apart.
const Least = 3

// Cell is a count that is published, or not: then N is nought and says nothing.
type Cell struct {
	N     int
	Shown bool
}

// Count is the number of n people, where it may be published by itself: nothing else that is published contains them.
func Count(n, threshold int) Cell {
	if n < max(threshold, Least) {
		return Cell{}
	}
	return Cell{n, true}
}

// AtLeast is what may be said of a number that still grows: the largest multiple of the threshold that n has reached. Nought
// says that there are fewer than the threshold. It hides who came last: of two looks a day apart, the same number or the
// next multiple is all that is learned.
func AtLeast(n, threshold int) int {
	t := max(threshold, Least)
	return n / t * t
}

// Chosen is the number of n people among of whom a property holds, where how many they are among is published too: those of
// whom it does not hold must be as many as the threshold as well. It is for answers of which several may be chosen.
func Chosen(n, of, threshold int) Cell {
	if !Count(n, threshold).Shown || !Count(of-n, threshold).Shown {
		return Cell{}
	}
	return Cell{n, true}
}

// Row is what may be published of counts that together are all people of a question, each person in exactly one of them.
type Row struct {
	Total    Cell
	Cells    []Cell // in the order given
	Together int    // of the cells that are kept back, which anybody can subtract; nought: none is, or the total is not shown
}

// OfRow applies the threshold to one question. Nothing is shown where all are fewer than the threshold. Kept back are the
// cells under it and, where they are one, or together under it, or all as large as they can be, the nearest other cell
// before the last of them. What is kept back together is never fewer than the threshold. It panics at a negative count.
func OfRow(counts []int, threshold int) Row {
	t := max(threshold, Least)
	row := Row{Cells: make([]Cell, len(counts))}
	total, low, sum, last := 0, 0, 0, -1
	hidden := make([]bool, len(counts))
	for i, n := range counts {
		if n < 0 {
			panic("disclosure: a negative count")
		}
		total += n
		if n < t {
			hidden[i], last = true, i
			low++
			sum += n
		}
	}
	if row.Total = Count(total, t); !row.Total.Shown {
		return row
	}
	if low > 0 && low < len(counts) && (low == 1 || sum < t || sum == low*(t-1)) {
		i := last
		for hidden[i] {
			i = (i + len(counts) - 1) % len(counts)
		}
		hidden[i] = true
	}
	for i, n := range counts {
		if hidden[i] {
			row.Together += n
		} else {
			row.Cells[i] = Cell{n, true}
		}
	}
	return row
}

// Table is what may be published of people counted by two questions at once.
type Table struct {
	Total   Cell
	Rows    [][]int  // the lines of the table, as the rows of the question that each has; several in one are kept back alone
	Columns [][]int  // likewise
	Down    []int    // the sum of each line of Rows
	Across  []int    // the sum of each line of Columns
	Cells   [][]Cell // by line of Rows, then of Columns; nil where there is one line only: the sums say it all
}

// OfTable applies the threshold to a table: first to its margins as OfRow does, so that a question shows the same in every
// table it is in; rows that are kept back become one line, and so do columns. Then a whole line is kept back inside where one
// of its cells is under the threshold, and the lines after it, until those kept back are two and hold as many as the
// threshold in every column. By then the margins leave for each cell kept back a span of at least the threshold:
// max(0, r+c-N) to min(r, c), where r, c, N-r and N-c of the kept-back part are all that large (the Fréchet bounds; Hundepool
// and others, 4.3 and 5.6). All rows must have the same length; it panics at a negative count.
func OfTable(counts [][]int, threshold int) Table {
	t := max(threshold, Least)
	down := make([]int, len(counts))
	var across []int
	for i, line := range counts {
		if across == nil {
			across = make([]int, len(line))
		}
		for j, n := range line {
			if n < 0 {
				panic("disclosure: a negative count")
			}
			down[i] += n
			across[j] += n
		}
	}
	var out Table
	margin := OfRow(down, t)
	if out.Total = margin.Total; !out.Total.Shown {
		return out
	}
	out.Rows, out.Down = lines(margin, down)
	out.Columns, out.Across = lines(OfRow(across, t), across)
	if len(out.Rows) < 2 || len(out.Columns) < 2 {
		return out
	}
	inside := make([][]int, len(out.Rows))
	back := make([]bool, len(out.Rows))
	for i, rows := range out.Rows {
		inside[i] = make([]int, len(out.Columns))
		for j, columns := range out.Columns {
			for _, r := range rows {
				for _, c := range columns {
					inside[i][j] += counts[r][c]
				}
			}
			back[i] = back[i] || inside[i][j] < t
		}
	}
	for !enough(inside, back, t) {
		i := len(back) - 1
		for !back[i] { // the last one kept back, and the next after it that is not
			i--
		}
		for back[i] {
			i = (i + 1) % len(back)
		}
		back[i] = true
	}
	out.Cells = make([][]Cell, len(inside))
	for i, line := range inside {
		out.Cells[i] = make([]Cell, len(line))
		for j, n := range line {
			if !back[i] {
				out.Cells[i][j] = Cell{n, true}
			}
		}
	}
	return out
}

// lines are the rows that are shown, each alone, and after them those that are kept back, together.
func lines(margin Row, sums []int) (list [][]int, totals []int) {
	var back []int
	for i, c := range margin.Cells {
		if c.Shown {
			list, totals = append(list, []int{i}), append(totals, sums[i])
		} else {
			back = append(back, i)
		}
	}
	if back != nil {
		list, totals = append(list, back), append(totals, margin.Together)
	}
	return list, totals
}

// enough says whether the lines kept back hide each other: none, or two at least that hold the threshold in every column.
func enough(inside [][]int, back []bool, t int) bool {
	n := 0
	sums := make([]int, len(inside[0]))
	for i, b := range back {
		if b {
			n++
			for j, x := range inside[i] {
				sums[j] += x
			}
		}
	}
	return n == 0 || n > 1 && slices.Min(sums) >= t
}

// Percent is the part of the whole in whole per cent, rounded to the nearest, but nought only of nothing and a hundred only
// of everything: 1 of 300 is 1, not 0, and 299 of 300 is 99. Of a whole of nought it is nought.
func Percent(part, whole int) int {
	switch {
	case part <= 0 || whole <= 0:
		return 0
	case part >= whole:
		return 100
	}
	return min(max((200*part+whole)/(2*whole), 1), 99)
}
