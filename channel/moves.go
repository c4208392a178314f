package channel

import (
	"context"
	"strings"
	"sync/atomic"
	"time"

	goredis "github.com/redis/go-redis/v9"
)

// wary is how long the client may keep connections that have not been used since
// its commands moved to another server. It is more than the client's own limit
// for idle ones.
const wary = time.Hour

// moves notes that the commands of a node have moved from one server to another.
// Some connections of the client may still lead to the old one. When that is a
// replica by now, a PUBLISH on it is no error, and reaches its own subscribers
// only. So for some time after a move a broadcast makes sure first that its
// connection leads to a master. It costs a round trip.
type moves struct{ last atomic.Int64 } // Unix time in nanoseconds

func (m *moves) note() { m.last.Store(time.Now().UnixNano()) }

// recent reports whether the commands have moved of late.
func (m *moves) recent() bool {
	last := m.last.Load()
	return last != 0 && time.Since(time.Unix(0, last)) < wary
}

// carefulTries is how many connections a careful broadcast tries: the client
// closes one that leads to a replica, and the next may be new.
const carefulTries = 5

// publishCarefully is publish on a connection that leads to a master.
func publishCarefully(ctx context.Context, client *goredis.Client, name string, data []byte) error {
	var err error
	for range carefulTries {
		if err = publishToMaster(ctx, client, name, data); !isReadOnly(err) {
			break
		}
	}
	return err
}

func publishToMaster(ctx context.Context, client *goredis.Client, name string, data []byte) error {
	keys := keysOf(client)
	return onOne(ctx, client, func(conn commander) error {
		if err := takesWrites(ctx, conn, keys); err != nil {
			return err
		}
		return conn.Process(ctx, &once{goredis.NewIntCmd(ctx, "publish", keys.topic(name), data)})
	})
}

// takesWrites returns an error when a connection leads to a server that does not
// write, such as a replica. It deletes a key that is never there.
func takesWrites(ctx context.Context, conn commander, keys keyspace) error {
	err := conn.Del(ctx, keys.nodes("/")).Err()
	if goredis.HasErrorPrefix(err, "NOPERM") {
		return nil // then it cannot be told
	}
	return err
}

// isReadOnly reports whether a server refused because it is a replica. The client
// says so in its own words when it has closed the connection for that.
func isReadOnly(err error) bool { return err != nil && strings.Contains(err.Error(), "READONLY") }
