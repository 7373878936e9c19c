package pdf

import (
	"regexp"
	"sync"

	"kvart/assets"
)

// Colours are those that pages number from 1 (data-colour), as tokens.css has them in the light.
var Colours = []Colour{Hex("#0f5c63"), Hex("#b8431f"), Hex("#6b4a8e"), Hex("#2e6b3e"), Hex("#815508"), Hex("#9b2c5c")}

// roofs is the row of houses at the foot of every page of the web, which stands on the band of colour of a sheet.
var roofs = sync.OnceValue(func() string {
	svg, err := assets.FS.ReadFile("rooftops.svg")
	if err != nil {
		panic(err)
	}
	return string(regexp.MustCompile(` d="([^"]+)"`).FindSubmatch(svg)[1])
})

const roofWidth, roofHeight = 480, 56

// RoofsHeight is how high the row of houses is.
const RoofsHeight = roofHeight * Width / 2 / roofWidth

// Roofs draws the row of houses from the top y on over the whole width.
func (d *Doc) Roofs(y float64, c Colour) error {
	for i := range 2 {
		if err := d.Path(roofs(), float64(i)*Width/2, y, Width/2/roofWidth, c); err != nil {
			return err
		}
	}
	return nil
}
