package redistest

import (
	"fmt"
	"math/rand/v2"
	"net"
	"testing"
)

// Ports come from below the range that kernels assign by themselves, so that no
// outgoing connection takes the port of a server that is being restarted.
const (
	firstPort = 11000
	portCount = 10000
	busOffset = 10000 // a cluster node listens on port+10000 too
)

// freePort returns a free port whose cluster bus port is free as well.
func freePort(tb testing.TB) int {
	tb.Helper()
	for range 100 {
		port := firstPort + rand.IntN(portCount)
		if portFree(port) && portFree(port+busOffset) {
			return port
		}
	}
	tb.Fatal("redistest: no free port found")
	return 0
}

func portFree(port int) bool {
	l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		return false
	}
	return l.Close() == nil
}
