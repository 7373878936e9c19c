package app

import (
	"context"

	"kvart/internal/network"
)

// ImportNetwork builds the network from a file, with what features above keep of it. With dry it only says what it would do.
func (a *App) ImportNetwork(ctx context.Context, data []byte, dry bool, by string) (network.Report, error) {
	return network.Importer{Store: a.Network, Apply: a.applies()}.Run(ctx, data, dry, by)
}

// applies are what features above the network make of its file.
func (a *App) applies() []network.Apply { return []network.Apply{a.Booking.ImportSpaces} }
