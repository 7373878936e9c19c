package app

import (
	"bytes"
	"context"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"slices"

	"kvart/internal/network"
	"kvart/internal/platform/i18n"
)

// addDoors gives the sample centres what a coordinator would have added on the desk's pages: a picture of the door, here a
// drawing.
func (d *demo) addDoors(ctx context.Context) error {
	for i, slug := range demoCentres {
		c := d.centres[slug]
		step := slices.ContainsFunc(c.Access, func(a network.Access) bool { return a.Feature == "step_free" && a.State != "yes" })
		picture, err := demoDoor(i, step)
		if err != nil {
			return err
		}
		alt := i18n.Text{i18n.HR: "Ogledni crtež ulaza: široka vrata s ulice, bez stepenica.", i18n.EN: "A sample drawing of the entrance: a wide door from the street, no steps.",
			i18n.NB: "En eksempeltegning av inngangen: en bred dør fra gaten, uten trinn."}
		if step {
			alt = i18n.Text{i18n.HR: "Ogledni crtež ulaza: vrata s ulice i jedna stepenica.", i18n.EN: "A sample drawing of the entrance: a door from the street and one step.",
				i18n.NB: "En eksempeltegning av inngangen: en dør fra gaten og ett trinn."}
		}
		if err := d.Network.SavePicture(ctx, c.ID, picture, "image/jpeg", alt, "job"); err != nil {
			return err
		}
		if d.centres[slug], err = d.Network.Centre(ctx, d.DB, c.ID); err != nil {
			return err
		}
	}
	return nil
}

// demoDoor draws a house's door, in colours of the centre's own.
func demoDoor(centre int, step bool) ([]byte, error) {
	walls := []color.RGBA{{0xf2, 0xe3, 0xc6, 255}, {0xdf, 0xe9, 0xe4, 255}, {0xf3, 0xd9, 0xcd, 255}, {0xe4, 0xe0, 0xee, 255}}
	doors := []color.RGBA{{0x0f, 0x5c, 0x63, 255}, {0xa6, 0x3a, 0x18, 255}, {0x3d, 0x52, 0x2f, 255}, {0x53, 0x3a, 0x71, 255}}
	img := image.NewRGBA(image.Rect(0, 0, 800, 600))
	box := func(x0, y0, x1, y1 int, c color.RGBA) {
		draw.Draw(img, image.Rect(x0, y0, x1, y1), image.NewUniform(c), image.Point{}, draw.Src)
	}
	white, glass, stone, dark := color.RGBA{0xff, 0xfd, 0xf8, 255}, color.RGBA{0xbf, 0xd8, 0xe0, 255}, color.RGBA{0xb9, 0xb3, 0xa8, 255}, color.RGBA{0x1c, 0x2b, 0x30, 255}
	wall, door := walls[centre%len(walls)], doors[centre%len(doors)]
	box(0, 0, 800, 500, wall)
	box(0, 500, 800, 600, stone)
	for x := 0; x < 800; x += 160 { // the pavement's slabs
		box(x, 500, x+2, 600, color.RGBA{0x9c, 0x96, 0x8b, 255})
	}
	bottom := 500
	if step {
		box(250, 470, 550, 500, color.RGBA{0xd4, 0xce, 0xc2, 255})
		box(250, 496, 550, 500, color.RGBA{0x9c, 0x96, 0x8b, 255})
		bottom = 470
	}
	box(285, 130, 515, bottom, white)
	box(300, 145, 500, bottom, door)
	box(330, 175, 470, 320, glass)
	box(398, 175, 402, 320, door)
	box(330, 246, 470, 250, door)
	box(470, 345, 482, 385, color.RGBA{0xf2, 0xc1, 0x4e, 255}) // the handle
	for _, x := range []int{60, 590} {
		box(x-10, 150, x+160, 350, white)
		box(x, 160, x+150, 340, glass)
		box(x+73, 160, x+77, 340, white)
		box(x-20, 350, x+170, 362, stone)
	}
	box(340, 80, 460, 112, dark) // the sign
	box(346, 86, 454, 106, white)
	var b bytes.Buffer
	err := jpeg.Encode(&b, img, &jpeg.Options{Quality: 85})
	return b.Bytes(), err
}
