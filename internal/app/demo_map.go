package app

import (
	"context"

	sampleMap "kvart/internal/directory/demo"
)

// addMap fills the map of help.
func (d *demo) addMap(ctx context.Context) error {
	return sampleMap.Fill(ctx, d.Directory, d.members, d.centres)
}
