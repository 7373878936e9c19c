// Package demo carries the file of the demo network, which is also the example for a network of one's own.
package demo

import _ "embed"

// Network is the file, as the network's importer reads it.
//
//go:embed network.yaml
var Network []byte
