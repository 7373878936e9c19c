package disclosure

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"
)

// compositions calls f with every list of k counts of the sum.
func compositions(k, sum int, f func([]int)) {
	list := make([]int, k)
	var rest func(i, left int)
	rest = func(i, left int) {
		if i == k-1 {
			list[i] = left
			f(list)
			return
		}
		for n := 0; n <= left; n++ {
			list[i] = n
			rest(i+1, left-n)
		}
	}
	rest(0, sum)
}

// TestRow_whoKnowsTheProgramCannotRecomputeACell tries every row of a sum and groups the rows by what is published of them:
// in each group every cell that is kept back has at least two counts.
func TestRow_whoKnowsTheProgramCannotRecomputeACell(t *testing.T) {
	for _, threshold := range []int{3, 4, 5} {
		for k := 1; k <= 5; k++ {
			seen := map[string][]map[int]bool{}
			for sum := 0; sum <= 4*threshold+3; sum++ {
				compositions(k, sum, func(list []int) {
					row := OfRow(list, threshold)
					key := fmt.Sprint(row)
					if seen[key] == nil {
						seen[key] = make([]map[int]bool, k)
					}
					for i, c := range row.Cells {
						if c.Shown {
							continue
						}
						if seen[key][i] == nil {
							seen[key][i] = map[int]bool{}
						}
						seen[key][i][list[i]] = true
					}
				})
			}
			for key, cells := range seen {
				for i, counts := range cells {
					if len(counts) == 1 {
						t.Errorf("threshold %d: of %s the cell %d can only be %v", threshold, key, i, counts)
					}
				}
			}
		}
	}
}

func TestRow_showsNoCountUnderTheThresholdAndLosesNobody(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		threshold := rapid.IntRange(-1, 20).Draw(t, "threshold")
		list := rapid.SliceOfN(rapid.OneOf(rapid.IntRange(0, 12), rapid.IntRange(0, 500)), 0, 12).Draw(t, "counts")
		row := OfRow(list, threshold)
		least, all, shown, back := max(threshold, Least), 0, 0, 0
		for i, c := range row.Cells {
			all += list[i]
			if c.Shown {
				if c.N != list[i] || c.N < least {
					t.Fatalf("cell %d of %v shows %d", i, list, c.N)
				}
				shown += c.N
			} else {
				back++
				if c.N != 0 {
					t.Fatalf("a cell kept back carries %d", c.N)
				}
			}
		}
		if row.Total.Shown != (all >= least) {
			t.Fatalf("%v: total %v", list, row.Total)
		}
		if row.Total.Shown && shown+row.Together != all || back > 0 && row.Total.Shown && row.Together < least || back == 1 && row.Total.Shown {
			t.Fatalf("%v: %v", list, row)
		}
	})
}

func TestRow_examples(t *testing.T) {
	for _, x := range []struct {
		counts []int
		want   string
	}{
		{[]int{40, 25, 12}, "40 25 12"},
		{[]int{40, 25, 4}, "40 - -"}, // the one before it hides it
		{[]int{4, 25, 40}, "- 25 -"}, // before the first is the last
		{[]int{40, 6, 7}, "40 - -"},  // together thirteen
		{[]int{40, 25, 4, 5}, "40 - - -"},
		{[]int{40, 25, 9, 9}, "40 - - -"}, // nines alone would tell themselves
		{[]int{50, 0}, "- -"},             // all of one mind is said of everybody
		{[]int{3, 4}, "none"},
		{[]int{9, 9}, "- -"},
		{[]int{12}, "12"},
	} {
		row, got := OfRow(x.counts, 10), ""
		for i, c := range row.Cells {
			if i > 0 {
				got += " "
			}
			if c.Shown {
				got += fmt.Sprint(c.N)
			} else {
				got += "-"
			}
		}
		if !row.Total.Shown {
			got = "none"
		}
		if got != x.want {
			t.Errorf("%v: %s, want %s", x.counts, got, x.want)
		}
	}
}

// spans are the least and the most that each cell inside can be, by trying all tables of non-negative counts that have the
// published sums and cells.
func spans(table Table) (low, high [][]int) {
	n, m := len(table.Rows), len(table.Columns)
	low, high = make([][]int, n), make([][]int, n)
	for i := range n {
		low[i], high[i] = make([]int, m), make([]int, m)
		for j := range m {
			low[i][j] = -1
		}
	}
	try := make([][]int, n)
	left := append([]int(nil), table.Across...)
	var line func(i int)
	line = func(i int) {
		if i == n {
			for _, x := range left {
				if x != 0 {
					return
				}
			}
			for i := range try {
				for j, x := range try[i] {
					if low[i][j] < 0 || x < low[i][j] {
						low[i][j] = x
					}
					high[i][j] = max(high[i][j], x)
				}
			}
			return
		}
		compositions(m, table.Down[i], func(list []int) {
			for j, x := range list {
				if c := table.Cells[i][j]; x > left[j] || c.Shown && c.N != x {
					return
				}
			}
			for j, x := range list {
				left[j] -= x
			}
			try[i] = append([]int(nil), list...)
			line(i + 1)
			for j, x := range try[i] {
				left[j] += x
			}
		})
	}
	line(0)
	return low, high
}

func TestTable_noCellKeptBackCanBeRecomputedFromSums(t *testing.T) {
	const threshold = 3
	rapid.Check(t, func(t *rapid.T) {
		n, m := rapid.IntRange(1, 3).Draw(t, "rows"), rapid.IntRange(1, 3).Draw(t, "columns")
		counts := make([][]int, n)
		for i := range counts {
			counts[i] = rapid.SliceOfN(rapid.IntRange(0, 5), m, m).Draw(t, "row")
		}
		table := OfTable(counts, threshold)
		if !table.Total.Shown {
			return
		}
		for i, sum := range table.Down {
			if sum < threshold {
				t.Fatalf("%v: line %d of %d", counts, i, sum)
			}
		}
		for _, sum := range table.Across {
			if sum < threshold {
				t.Fatalf("%v: a column of %d", counts, sum)
			}
		}
		if table.Cells == nil {
			return
		}
		low, high := spans(table)
		for i := range table.Cells {
			for j, c := range table.Cells[i] {
				switch {
				case c.Shown && c.N < threshold:
					t.Fatalf("%v shows %d", counts, c.N)
				case !c.Shown && high[i][j]-low[i][j] < threshold:
					t.Fatalf("%v: the cell %d,%d is between %d and %d", counts, i, j, low[i][j], high[i][j])
				}
			}
		}
	})
}

func TestTable_marginsAreThoseOfTheQuestionsThemselves(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := rapid.IntRange(1, 5).Draw(t, "columns")
		counts := rapid.SliceOfN(rapid.SliceOfN(rapid.IntRange(0, 30), m, m), 1, 5).Draw(t, "counts")
		down := make([]int, len(counts))
		for i, line := range counts {
			for _, n := range line {
				down[i] += n
			}
		}
		table, row := OfTable(counts, 10), OfRow(down, 10)
		if table.Total != row.Total {
			t.Fatal(table.Total, row.Total)
		}
		for i, line := range table.Rows {
			if len(line) == 1 && row.Cells[line[0]].Shown && table.Down[i] != row.Cells[line[0]].N {
				t.Fatal(table, row)
			}
			if len(line) > 1 && table.Down[i] != row.Together {
				t.Fatal(table, row)
			}
		}
	})
}

func TestChosen_needsAsManyWhoDidNot(t *testing.T) {
	for _, x := range []struct {
		n, of int
		shown bool
	}{{10, 20, true}, {9, 30, false}, {21, 30, false}, {30, 30, false}, {0, 30, false}, {20, 30, true}} {
		if got := Chosen(x.n, x.of, 10); got.Shown != x.shown || got.Shown && got.N != x.n {
			t.Errorf("%d of %d: %v", x.n, x.of, got)
		}
	}
}

func TestAtLeast_tellsNotWhoCameLast(t *testing.T) {
	for n, want := range map[int]int{0: 0, 9: 0, 10: 10, 19: 10, 20: 20, 57: 50} {
		if got := AtLeast(n, 10); got != want {
			t.Errorf("%d: %d, want %d", n, got, want)
		}
	}
}

func TestPercent_isNoughtOfNothingOnlyAndAHundredOfEverythingOnly(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		whole := rapid.IntRange(1, 100000).Draw(t, "whole")
		part := rapid.IntRange(0, whole).Draw(t, "part")
		p := Percent(part, whole)
		if (p == 0) != (part == 0) || (p == 100) != (part == whole) {
			t.Fatal(part, whole, p)
		}
		if d := 100*part - p*whole; p > 1 && p < 99 && (2*d > whole || 2*d < -whole) {
			t.Fatalf("%d of %d is not %d %%", part, whole, p)
		}
	})
}
