package front

import (
	"strconv"
	"strings"

	"rsc.io/qr"
)

// code is a QR code as the d of one SVG path, and the side of its box with the four empty modules that readers need
// around it (ISO/IEC 18004 section 6.3.8).
type code struct {
	Path string
	Side int
}

const quiet = 4

// codeOf encodes an address so that it is read with a corner torn off (level M). It fails for an address that is too
// long for any code.
func codeOf(address string) (code, error) {
	c, err := qr.Encode(address, qr.M)
	if err != nil {
		return code{}, err
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
			b.WriteString("M" + strconv.Itoa(x+quiet) + " " + strconv.Itoa(y+quiet) + "h" + strconv.Itoa(n) + "v1h-" + strconv.Itoa(n) + "z")
			x += n
		}
	}
	return code{b.String(), c.Size + 2*quiet}, nil
}
