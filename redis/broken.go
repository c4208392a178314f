package redis

import (
	"context"
	"net"
	"syscall"
	"time"

	goredis "github.com/redis/go-redis/v9"
)

// broken makes dial return, instead of an error, a connection on which every
// operation fails with it. The command that wanted the connection fails just
// the same and is retried just the same. But the client's pool does not see a
// failed dial: it would print each on standard error, refuse to dial at all for
// up to a second after the server is back, and look for the server in a
// goroutine that outlives Close.
func broken(dial dialFunc) dialFunc {
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		c, err := dial(ctx, network, addr)
		if err != nil {
			return brokenConn{dialError{err}, brokenAddr{network, addr}}, nil
		}
		return c, nil
	}
}

// brokenDials does the same for a client that dials in its own way, as that of
// sentinels does: it asks them for the address first.
type brokenDials struct{}

var _ goredis.Hook = brokenDials{}

func (brokenDials) DialHook(next goredis.DialHook) goredis.DialHook          { return broken(next) }
func (brokenDials) ProcessHook(next goredis.ProcessHook) goredis.ProcessHook { return next }
func (brokenDials) ProcessPipelineHook(p goredis.ProcessPipelineHook) goredis.ProcessPipelineHook {
	return p
}

// brokenConn is a connection that was never made.
type brokenConn struct {
	err  error
	addr brokenAddr
}

var (
	_ net.Conn     = brokenConn{}
	_ syscall.Conn = brokenConn{}
)

func (c brokenConn) Read([]byte) (int, error)         { return 0, c.err }
func (c brokenConn) Write([]byte) (int, error)        { return 0, c.err }
func (c brokenConn) Close() error                     { return nil }
func (c brokenConn) LocalAddr() net.Addr              { return c.addr }
func (c brokenConn) RemoteAddr() net.Addr             { return c.addr }
func (c brokenConn) SetDeadline(time.Time) error      { return c.err }
func (c brokenConn) SetReadDeadline(time.Time) error  { return c.err }
func (c brokenConn) SetWriteDeadline(time.Time) error { return c.err }

// SyscallConn is how the pool finds out that an idle connection is dead
// when no caller has waited for this one.
func (c brokenConn) SyscallConn() (syscall.RawConn, error) { return nil, c.err }

// dialError is a layer around an error for the client to take off: of what goes
// wrong with a new connection it returns the inside only.
type dialError struct{ err error }

func (e dialError) Error() string { return e.err.Error() }
func (e dialError) Unwrap() error { return e.err }

type brokenAddr struct{ network, addr string }

func (a brokenAddr) Network() string { return a.network }
func (a brokenAddr) String() string  { return a.addr }
