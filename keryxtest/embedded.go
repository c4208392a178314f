package keryxtest

import (
	"testing"

	"github.com/keryx-go/keryx/internal/redisserver"
)

// embeddedRedis is the embedded Redis on a port of its own, for all nodes and other
// processes.
type embeddedRedis struct {
	tb     testing.TB
	server *redisserver.Server
	addr   string
}

func startEmbeddedRedis(tb testing.TB) *embeddedRedis {
	tb.Helper()
	e := &embeddedRedis{tb: tb, addr: "127.0.0.1:0"}
	e.Restart()
	e.addr = e.server.Addr()
	tb.Cleanup(func() { e.server.Close() })
	return e
}

func (e *embeddedRedis) URL() string { return "redis://" + e.addr }

// Kill ends the server. It may have ended already.
func (e *embeddedRedis) Kill() { e.server.Close() }

// Restart starts the server on the same port.
func (e *embeddedRedis) Restart() {
	e.tb.Helper()
	if e.server != nil {
		e.server.Close()
	}
	server, err := redisserver.Start(e.addr)
	if err != nil {
		e.tb.Fatalf("start the embedded Redis: %v", err)
	}
	e.server = server
}
