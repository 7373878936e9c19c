package app

import (
	"bytes"
	"context"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"

	"kvart/internal/programme"
)

// addMaterials gives the garden what its coordinator would have added: a picture with consent recorded, here a drawing, and
// one for which nobody has asked yet.
func (d *demo) addMaterials(ctx context.Context) error {
	garden := d.kept["garden"]
	for i, m := range []programme.Material{
		{Words: in3("Ogledni crtež: tri gredice s rajčicama i salatom.", "A sample drawing: three beds with tomatoes and lettuce.", "En eksempeltegning: tre bed med tomater og salat."),
			Consent: programme.NobodyKnown},
		{Words: in3("Ogledni crtež: dvije gredice u proljeće.", "A sample drawing: two beds in spring.", "En eksempeltegning: to bed om våren.")},
	} {
		drawn, err := demoBeds(3 - i)
		if err != nil {
			return err
		}
		if _, err := d.Programme.AddMaterial(ctx, garden.CentreID, garden.ID, m, programme.Sent{Data: drawn}, "", "", d.by[garden.CentreID]); err != nil {
			return err
		}
	}
	return nil
}

// demoBeds draws so many garden beds.
func demoBeds(beds int) ([]byte, error) {
	img := image.NewRGBA(image.Rect(0, 0, 800, 500))
	box := func(x0, y0, x1, y1 int, c color.RGBA) {
		draw.Draw(img, image.Rect(x0, y0, x1, y1), image.NewUniform(c), image.Point{}, draw.Src)
	}
	box(0, 0, 800, 160, color.RGBA{0xcf, 0xe3, 0xea, 255})
	box(0, 160, 800, 500, color.RGBA{0xa9, 0xbf, 0x8a, 255})
	for i := range beds {
		y := 190 + i*100
		box(60, y, 740, y+70, color.RGBA{0x6b, 0x4a, 0x35, 255})
		for x := 90; x < 720; x += 60 {
			box(x, y-14, x+26, y+34, color.RGBA{0x3d, 0x6b, 0x2f, 255})
			if i == 0 {
				box(x+8, y, x+20, y+12, color.RGBA{0xc2, 0x3b, 0x22, 255})
			}
		}
	}
	var b bytes.Buffer
	err := jpeg.Encode(&b, img, &jpeg.Options{Quality: 85})
	return b.Bytes(), err
}
