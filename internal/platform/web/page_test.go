package web

import (
	"bytes"
	"testing"
)

func TestPutBack_keepsNoHugeBuffer(t *testing.T) {
	for range 100 {
		putBack(bytes.NewBuffer(make([]byte, 0, 2*mostKept)))
	}
	for range 200 {
		if b := buffers.Get().(*bytes.Buffer); b.Cap() > mostKept {
			t.Fatalf("a buffer of %d bytes is used again", b.Cap())
		}
	}
}
