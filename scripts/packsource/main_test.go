package main

import (
	"archive/zip"
	"bytes"
	"io/fs"
	"testing"

	"kvart"
)

func TestPack_holdsEveryFileOfTheSourceAsItIs(t *testing.T) {
	var b bytes.Buffer
	if err := pack(&b); err != nil {
		t.Fatal(err)
	}
	packed, err := zip.NewReader(bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil {
		t.Fatal(err)
	}
	read := func(files fs.FS) map[string]string {
		all := map[string]string{}
		if err := fs.WalkDir(files, ".", func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			one, err := fs.ReadFile(files, path)
			all[path] = string(one)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		return all
	}
	want, got := read(kvart.Source()), read(packed)
	if len(want) < 100 || len(got) != len(want) {
		t.Fatalf("%d files are packed of %d", len(got), len(want))
	}
	for path, text := range want {
		if got[path] != text {
			t.Errorf("%s is not as it was", path)
		}
	}
}
