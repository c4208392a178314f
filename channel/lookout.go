package channel

import (
	"context"
	"errors"
	"time"

	goredis "github.com/redis/go-redis/v9"
)

// maxSample is among how many channels a lookout chooses in a cluster.
const maxSample = 64

// lookout sees whether Redis still has a node. What it costs does not depend on the number
// of channels.
type lookout struct {
	client  goredis.UniversalClient
	keys    keyspace
	node    string
	timeout time.Duration
}

// lost reports whether Redis answers, and does not have this node in a channel where it
// claims something. It asks for one channel, whichever, and in a cluster for one of each
// master. A server that is emptied loses all of them.
func (l lookout) lost(ctx context.Context, rosters map[string]*roster) bool {
	names := l.sample(ctx, rosters)
	if len(names) == 0 {
		return false
	}
	ctx, cancel := context.WithTimeout(ctx, l.timeout)
	defer cancel()
	pipe := l.client.Pipeline()
	for _, name := range names {
		// Not ZSCORE, which the client may answer from its cache.
		pipe.ZAddArgsIncr(ctx, l.keys.nodes(name), goredis.ZAddArgs{XX: true, Members: []goredis.Z{{Member: l.node}}})
	}
	replies, _ := pipe.Exec(ctx)
	for _, reply := range replies {
		if errors.Is(reply.Err(), goredis.Nil) {
			return true
		}
	}
	return false
}

// sample returns the names of the channels to ask for.
func (l lookout) sample(ctx context.Context, rosters map[string]*roster) []string {
	cluster, _ := l.client.(*goredis.ClusterClient)
	masters := map[*goredis.Client]bool{}
	var names []string
	tried := 0
	for name, r := range rosters { // in no order
		if r.wrong || len(r.conns) == 0 {
			continue
		}
		if cluster == nil {
			return []string{name}
		}
		if tried++; tried > maxSample {
			break
		}
		if m, err := cluster.MasterForKey(ctx, l.keys.nodes(name)); err == nil && !masters[m] {
			masters[m] = true
			names = append(names, name)
		}
	}
	return names
}
