package front

import (
	"strconv"
	"strings"

	"kvart/internal/network"
	"kvart/internal/platform/web"
)

// questions are the ordinary ones, in the order of the page.
var questions = []string{"account", "cost", "phone", "late", "bring", "access", "run", "help"}

// dial is a number as a telephone takes it.
func dial(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r == '+' {
			return r
		}
		return -1
	}, s)
}

// growing are the names of the areas the network plans to grow to.
func growing(r *web.Request, areas []network.Area) []string {
	var list []string
	for _, a := range areas {
		if a.Growth {
			list = append(list, r.Pick(a.Name))
		}
	}
	return list
}

func number(n int) string { return strconv.Itoa(n) }
