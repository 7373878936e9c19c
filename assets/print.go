package assets

import _ "embed"

// The type of printed sheets (platform/pdf), which reads TrueType only. It is not sent to browsers: Open does not know it.
var (
	//go:embed fonts/atkinson-next-print.ttf
	PrintRegular []byte
	//go:embed fonts/atkinson-next-print-bold.ttf
	PrintBold []byte
)
