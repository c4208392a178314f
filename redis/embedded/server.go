package embedded

import (
	"fmt"
	"net"

	"github.com/alicebob/miniredis/v2"
	wire "github.com/alicebob/miniredis/v2/server"
)

// server is one running miniredis.
type server struct {
	redis *miniredis.Miniredis
	users int // of a named server; guarded by the driver
	clock clock
}

// newServer starts a server on 127.0.0.1. An empty port is any free one.
func newServer(port string) (*server, error) {
	if port == "" {
		port = "0"
	}
	s := &server{redis: miniredis.NewMiniRedis()}
	s.redis.ClockTTL(true)
	if err := s.redis.StartAddr(net.JoinHostPort("127.0.0.1", port)); err != nil {
		return nil, fmt.Errorf("start an embedded server: %w", err)
	}
	s.redis.Server().SetPreHook(func(_ *wire.Peer, command string, _ ...string) bool {
		s.clock.follow(s.redis, command)
		return false
	})
	return s, nil
}

func (s *server) addr() string { return s.redis.Addr() }
func (s *server) port() string { return s.redis.Port() }
func (s *server) close()       { s.redis.Close() }
