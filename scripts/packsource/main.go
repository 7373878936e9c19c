// Command packsource writes the program's own source as a zip archive to standard output, for a build with the tag packed.
package main

import (
	"archive/zip"
	"bufio"
	"compress/flate"
	"io"
	"log"
	"os"

	"kvart"
)

func main() {
	log.SetFlags(0)
	out := bufio.NewWriter(os.Stdout)
	if err := pack(out); err != nil {
		log.Fatal("packsource: ", err)
	}
	if err := out.Flush(); err != nil {
		log.Fatal("packsource: ", err)
	}
}

func pack(w io.Writer) error {
	z := zip.NewWriter(w)
	z.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) { return flate.NewWriter(w, flate.BestCompression) })
	if err := z.AddFS(kvart.Source()); err != nil {
		return err
	}
	return z.Close()
}
