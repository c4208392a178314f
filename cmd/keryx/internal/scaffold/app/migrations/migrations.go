// Package migrations has the SQL files of both databases, inside the program.
package migrations

import "embed"

// Files are applied at boot, in the order of their numbers.
//
//go:embed postgres sqlite
var Files embed.FS
