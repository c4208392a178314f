//go:build !unix

package sockets

import "math"

// openFiles returns how many files this process may have open: this system
// does not tell.
func openFiles() int { return math.MaxInt32 }
