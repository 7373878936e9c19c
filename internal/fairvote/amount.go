package fairvote

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
)

// amount is n with so many decimals, the last of them not 0.
type amount struct {
	n        int64
	decimals int
}

// parseAmount reads a decimal number and says what is wrong with it, "" where nothing is. A comma parts decimals too, as the
// library's own reader has it; what could as well be thousands ("1,500") is not guessed.
func parseAmount(s string) (amount, string) {
	digits := strings.TrimPrefix(strings.TrimPrefix(s, "-"), "+")
	whole, part, pointed := strings.Cut(strings.Replace(digits, ",", ".", 1), ".")
	if strings.Contains(digits, ",") && len(part) == 3 && len(whole) > 0 && len(whole) < 4 && whole[0] != '0' {
		return amount{}, "can be read in two ways: write decimals after a point, and thousands without a comma"
	}
	if whole == "" && part == "" || len(digits) < len(s)-1 || pointed && part == "" && whole == "" {
		return amount{}, "is no number"
	}
	for _, c := range whole + part {
		if c < '0' || c > '9' {
			return amount{}, "is no number"
		}
	}
	part = strings.TrimRight(part, "0")
	whole = strings.TrimLeft(whole, "0")
	if len(part) > MaxDecimals {
		return amount{}, fmt.Sprintf("has more than %d decimals", MaxDecimals)
	}
	n, err := strconv.ParseInt(cmp.Or(whole+part, "0"), 10, 64)
	if err != nil || n > MaxAmount {
		return amount{}, "is too large"
	}
	if strings.HasPrefix(s, "-") {
		n = -n
	}
	return amount{n, len(part)}, ""
}

// at is the amount in units of so many decimals, not fewer than it has.
func (a amount) at(decimals int) (int64, bool) {
	n := a.n
	for range decimals - a.decimals {
		if n *= 10; n > MaxAmount || n < -MaxAmount {
			return 0, false
		}
	}
	return n, true
}

// Decimal writes an amount of smallest units, with its decimals where they are not all 0.
func Decimal(n int64, decimals int) string {
	if decimals == 0 {
		return strconv.FormatInt(n, 10)
	}
	u := unit(decimals)
	sign := ""
	if n < 0 {
		sign, n = "-", -n
	}
	if n%u == 0 {
		return sign + strconv.FormatInt(n/u, 10)
	}
	return sign + strings.TrimRight(fmt.Sprintf("%d.%0*d", n/u, decimals, n%u), "0")
}

// unit is one unit of the currency in smallest units.
func unit(decimals int) int64 {
	n := int64(1)
	for range decimals {
		n *= 10
	}
	return n
}
