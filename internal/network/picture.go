package network

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/jpeg"
	_ "image/png" // formats that are taken
	"io"

	"golang.org/x/image/draw"
	_ "golang.org/x/image/webp"

	"kvart/internal/platform/fault"
)

const (
	// MaxPicture is the most bytes of a picture that is sent.
	MaxPicture = 2 << 20
	maxPixels  = 40_000_000
	pictureTo  = 1600 // the longer side of what is kept
)

// Redraw reads a JPEG, PNG or WebP and draws it anew as a JPEG, at most 1600 pixels long: what the file said beside
// the picture, such as where and by whom it was taken, is gone. It returns Invalid for anything else.
func Redraw(from io.Reader) ([]byte, error) { return RedrawUpTo(from, MaxPicture) }

// RedrawUpTo is Redraw for files of at most so many bytes.
func RedrawUpTo(from io.Reader, most int64) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(from, most+1))
	if err != nil {
		return nil, err
	}
	if int64(len(data)) > most {
		return nil, fault.Invalid("network.fault.picture_size")
	}
	size, _, err := image.DecodeConfig(bytes.NewReader(data))
	if err != nil || size.Width < 1 || size.Height < 1 {
		return nil, fault.Invalid("network.fault.picture").Because(err)
	}
	if size.Width > maxPixels/size.Height {
		return nil, fault.Invalid("network.fault.picture_size")
	}
	img, _, err := image.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, fault.Invalid("network.fault.picture").Because(err)
	}
	w, h := img.Bounds().Dx(), img.Bounds().Dy()
	if longer := max(w, h); longer > pictureTo {
		w, h = max(1, w*pictureTo/longer), max(1, h*pictureTo/longer)
	}
	small := image.NewRGBA(image.Rect(0, 0, w, h))
	draw.Draw(small, small.Bounds(), image.White, image.Point{}, draw.Src)
	draw.CatmullRom.Scale(small, small.Bounds(), img, img.Bounds(), draw.Over, nil)
	var out bytes.Buffer
	err = jpeg.Encode(&out, upright(small, orientation(data)), &jpeg.Options{Quality: 85})
	return out.Bytes(), err
}

// orientation is the EXIF orientation (1 to 8) of a JPEG, and 1 of anything else.
func orientation(data []byte) int {
	if len(data) < 4 || data[0] != 0xff || data[1] != 0xd8 {
		return 1
	}
	for i := 2; i+4 <= len(data) && data[i] == 0xff; {
		marker, size := data[i+1], int(binary.BigEndian.Uint16(data[i+2:]))
		if marker == 0xda || size < 2 || i+2+size > len(data) {
			break
		}
		if part := data[i+4 : i+2+size]; marker == 0xe1 && bytes.HasPrefix(part, []byte("Exif\x00\x00")) {
			return tiffOrientation(part[6:])
		}
		i += 2 + size
	}
	return 1
}

func tiffOrientation(t []byte) int {
	if len(t) < 8 {
		return 1
	}
	var order binary.ByteOrder = binary.LittleEndian
	if t[0] == 'M' {
		order = binary.BigEndian
	}
	at := int(order.Uint32(t[4:]))
	if at < 8 || at+2 > len(t) {
		return 1
	}
	n := int(order.Uint16(t[at:]))
	for i := range n {
		e := at + 2 + 12*i
		if e+12 > len(t) {
			break
		}
		if order.Uint16(t[e:]) == 0x0112 {
			if v := int(order.Uint16(t[e+8:])); v >= 1 && v <= 8 {
				return v
			}
		}
	}
	return 1
}

// upright turns the picture the way its camera said.
func upright(src *image.RGBA, o int) image.Image {
	if o == 1 {
		return src
	}
	w, h := src.Bounds().Dx(), src.Bounds().Dy()
	wide, tall := w, h
	if o >= 5 {
		wide, tall = h, w
	}
	dst := image.NewRGBA(image.Rect(0, 0, wide, tall))
	for y := range tall {
		for x := range wide {
			var sx, sy int
			switch o {
			case 2:
				sx, sy = w-1-x, y
			case 3:
				sx, sy = w-1-x, h-1-y
			case 4:
				sx, sy = x, h-1-y
			case 5:
				sx, sy = y, x
			case 6:
				sx, sy = y, h-1-x
			case 7:
				sx, sy = w-1-y, h-1-x
			case 8:
				sx, sy = w-1-y, x
			}
			dst.SetRGBA(x, y, src.RGBAAt(sx, sy))
		}
	}
	return dst
}
