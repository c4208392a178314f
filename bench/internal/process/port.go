package process

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
)

// Ports come from below the range that kernels assign by themselves, so that an
// outgoing connection cannot take one before its server listens.
const (
	firstPort = 22000
	portCount = 10000
)

// FreePort returns a port of 127.0.0.1 that is not in use.
func FreePort() (int, error) {
	for range 100 {
		port := firstPort + rand.IntN(portCount)
		l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err == nil {
			return port, l.Close()
		}
	}
	return 0, errors.New("no free port found on 127.0.0.1")
}
