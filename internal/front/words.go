package front

import (
	"strconv"

	"kvart/internal/network"
	"kvart/internal/platform/web"
)

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
