package pdf

import (
	"strconv"
	"strings"

	"rsc.io/qr"
)

// Code is a QR code as the d of one SVG path, and the side of its box with the four empty modules that readers need
// around it (ISO/IEC 18004 section 6.3.8). It is drawn on paper and on pages alike.
type Code struct {
	Path string
	Side int
}

// Quiet are those modules.
const Quiet = 4

// CodeOf encodes an address so that it is read with a corner torn off (level M). It fails for an address that is too
// long for any code.
func CodeOf(address string) (Code, error) {
	c, err := qr.Encode(address, qr.M)
	if err != nil {
		return Code{}, err
	}
	var b strings.Builder
	for y := range c.Size {
		for x := 0; x < c.Size; {
			if !c.Black(x, y) {
				x++
				continue
			}
			n := 1
			for c.Black(x+n, y) {
				n++
			}
			b.WriteString("M" + strconv.Itoa(x+Quiet) + " " + strconv.Itoa(y+Quiet) + "h" + strconv.Itoa(n) + "v1h-" + strconv.Itoa(n) + "z")
			x += n
		}
	}
	return Code{b.String(), c.Size + 2*Quiet}, nil
}
