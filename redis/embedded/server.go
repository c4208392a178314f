package embedded

import (
	"fmt"
	"net"

	"github.com/keryx-go/keryx/internal/redisserver"
)

// server is one running server.
type server struct {
	redis *redisserver.Server
	users int // of a named server; guarded by the driver
}

// newServer starts a server on 127.0.0.1. An empty port is any free one.
func newServer(port string) (*server, error) {
	if port == "" {
		port = "0"
	}
	s, err := redisserver.Start(net.JoinHostPort("127.0.0.1", port))
	if err != nil {
		return nil, fmt.Errorf("start an embedded server: %w", err)
	}
	return &server{redis: s}, nil
}

func (s *server) addr() string { return s.redis.Addr() }
func (s *server) port() string { return s.redis.Port() }
func (s *server) close()       { s.redis.Close() }
