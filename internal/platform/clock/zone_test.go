package clock

import (
	"testing"
	"time"
)

func TestZone_unknownNameIsUTC(t *testing.T) {
	if Zone("Europe/Nowhere") != time.UTC || Zone("Europe/Zagreb").String() != "Europe/Zagreb" {
		t.Error("zones")
	}
}
