package channel

import (
	"context"
	"strings"
	"sync/atomic"
	"time"

	goredis "github.com/redis/go-redis/v9"
)

// staleConns is how long after a move the client may still have connections to
// the old server. It is more than the client's own limit for idle ones.
const staleConns = time.Hour

// moves notes that the commands of a node have moved from one server to another.
// Some connections of the client may still lead to the old one. If that is a
// replica now, a PUBLISH on it succeeds and reaches only its own subscribers. So
// for some time after a move, a broadcast first checks that its connection leads
// to a master, which costs a round trip.
type moves struct {
	last  atomic.Int64 // Unix time in nanoseconds
	plain atomic.Int64 // broadcasts under way that do not check
}

func (m *moves) note() { m.last.Store(time.Now().UnixNano()) }

// recent reports whether the client may still have connections to an old server.
func (m *moves) recent() bool {
	last := m.last.Load()
	return last != 0 && time.Since(time.Unix(0, last)) < staleConns
}

// begin reports whether a broadcast need not check its connection. If so, end
// follows.
func (m *moves) begin() bool {
	m.plain.Add(1)
	if m.recent() {
		m.plain.Add(-1)
		return false
	}
	return true
}

func (m *moves) end() { m.plain.Add(-1) }

// settle notes a move, and returns when every broadcast that does not check is
// over. What is published from then on is not overtaken by one to the old server.
func (m *moves) settle(ctx context.Context) error {
	m.note()
	ticker := time.NewTicker(time.Millisecond)
	defer ticker.Stop()
	for m.plain.Load() > 0 {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-ticker.C:
		}
	}
	return nil
}

// masterTries is how many connections publishToMaster tries. The client closes one
// that leads to a replica, and the next may be new.
const masterTries = 5

// publishToMaster publishes on a connection that leads to a master.
func publishToMaster(ctx context.Context, client *goredis.Client, keys keyspace, name string, data []byte) error {
	var err error
	for range masterTries {
		err = onOne(ctx, client, func(conn commander) error {
			if err := takesWrites(ctx, conn, keys.nobody("")); err != nil {
				return err
			}
			return conn.Process(ctx, &once{goredis.NewIntCmd(ctx, "publish", keys.topic(name), data)})
		})
		if !isReadOnly(err) {
			break
		}
	}
	return err
}

// takesWrites returns an error when a connection leads to a server that does not
// write, such as a replica. It deletes a key that is never there.
func takesWrites(ctx context.Context, conn commander, nobody string) error {
	err := conn.Del(ctx, nobody).Err()
	if goredis.HasErrorPrefix(err, "NOPERM") {
		return nil // then it cannot be told
	}
	return err
}

// isReadOnly reports whether a server refused because it is a replica. The client
// says so in its own words when it has closed the connection for that.
func isReadOnly(err error) bool { return err != nil && strings.Contains(err.Error(), "READONLY") }
