//go:build !linux

package conntrack

import "net"

// dropNewHandshakes does nothing where the kernel has no filters for sockets.
func dropNewHandshakes(*net.TCPListener) {}
