package redistest

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"

	goredis "github.com/redis/go-redis/v9"

	"github.com/keryx-go/keryx/internal/slow"
)

// masters is the number of masters in a cluster, the smallest that can elect one.
const masters = 3

// slots is the number of hash slots of every Redis cluster.
const slots = 16384

// ClusterServer is a running cluster of three masters.
type ClusterServer struct {
	// Nodes are the masters; node i holds the i-th third of the slots.
	Nodes []*Server
	// Replicas are the replicas that [ClusterServer.AddReplica] added.
	Replicas []*Server

	args   []string
	client *goredis.ClusterClient
}

// Cluster starts three masters that share the slots, and returns when each of
// them sees the whole cluster. The arguments go to every node's command line,
// as those of [Start] do. It takes two seconds, and is left out by -short.
func Cluster(tb testing.TB, args ...string) *ClusterServer {
	tb.Helper()
	slow.Skip(tb, "it starts a cluster")
	c := &ClusterServer{args: append([]string{"--cluster-enabled", "yes"}, args...)}
	for range masters {
		c.Nodes = append(c.Nodes, Start(tb, c.args...))
	}
	if err := c.join(); err != nil {
		tb.Fatalf("redistest: join the cluster: %v", err)
	}
	if err := poll(c.converged); err != nil {
		tb.Fatalf("redistest: the cluster is not ready: %v", err)
	}
	tb.Cleanup(func() {
		if c.client != nil {
			_ = c.client.Close()
		}
	})
	return c
}

// join gives each node its slots and introduces it to the first one.
func (c *ClusterServer) join() error {
	ctx := context.Background()
	for i, n := range c.Nodes {
		rdb := n.local()
		defer rdb.Close()
		first, last := i*slots/masters, (i+1)*slots/masters-1
		if err := rdb.ClusterAddSlotsRange(ctx, first, last).Err(); err != nil {
			return err
		}
		// If all nodes began with epoch 0, they would need seconds to resolve the
		// conflict.
		if err := rdb.Do(ctx, "CLUSTER", "SET-CONFIG-EPOCH", i+1).Err(); err != nil {
			return err
		}
		if err := rdb.ClusterMeet(ctx, "127.0.0.1", fmt.Sprint(c.Nodes[0].port)).Err(); err != nil {
			return err
		}
	}
	return nil
}

// AddReplica starts a replica of a master, and returns it when it has the
// master's data and all nodes know it.
func (c *ClusterServer) AddReplica(master *Server) *Server {
	tb := master.tb
	tb.Helper()
	r := Start(tb, c.args...)
	ctx := context.Background()
	id, err := master.Client().ClusterMyID(ctx).Result()
	if err != nil {
		tb.Fatalf("redistest: %v", err)
	}
	if err := r.Client().ClusterMeet(ctx, "127.0.0.1", fmt.Sprint(master.port)).Err(); err != nil {
		tb.Fatalf("redistest: %v", err)
	}
	c.Replicas = append(c.Replicas, r)
	if err := poll(c.converged); err != nil {
		tb.Fatalf("redistest: the cluster does not know the replica: %v", err)
	}
	if err := r.Client().ClusterReplicate(ctx, id).Err(); err != nil {
		tb.Fatalf("redistest: CLUSTER REPLICATE: %v", err)
	}
	r.follows(master)
	err = poll(func() error { // a node that takes it for a master does not take part in a failover
		for _, n := range c.Nodes {
			known, err := n.Client().Do(ctx, "CLUSTER", "REPLICAS", id).StringSlice()
			if err == nil && len(known) != 1 {
				err = fmt.Errorf("%s knows the replicas %q", n.Addr(), known)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		tb.Fatalf("redistest: %v", err)
	}
	return r
}

// Failover exchanges the roles of a replica and its healthy master, by CLUSTER
// FAILOVER, and returns when that is done.
func (c *ClusterServer) Failover(replica, master *Server) {
	replica.tb.Helper()
	if err := replica.Client().ClusterFailover(context.Background()).Err(); err != nil {
		replica.tb.Fatalf("redistest: CLUSTER FAILOVER: %v", err)
	}
	master.follows(replica)
}

// Home returns the master that has the slot of a key.
func (c *ClusterServer) Home(key string) *Server {
	tb := c.Nodes[0].tb
	tb.Helper()
	ctx := context.Background()
	master, err := c.Client().MasterForKey(ctx, key)
	if err != nil {
		tb.Fatalf("redistest: %v", err)
	}
	for _, n := range slices.Concat(c.Nodes, c.Replicas) {
		if n.Addr() == master.Options().Addr {
			return n
		}
	}
	tb.Fatalf("redistest: no node is at %s", master.Options().Addr)
	return nil
}

// MoveSlot moves the slot of a key, with all keys in it, from one master to another.
func (c *ClusterServer) MoveSlot(key string, from, to *Server) {
	from.tb.Helper()
	ctx := context.Background()
	number := from.Client().ClusterKeySlot(ctx, key).Val()
	toID, fromID := to.Client().ClusterMyID(ctx).Val(), from.Client().ClusterMyID(ctx).Val()
	do := func(n *Server, args ...any) {
		from.tb.Helper()
		if err := n.Client().Do(ctx, args...).Err(); err != nil {
			from.tb.Fatalf("redistest: %v: %v", args, err)
		}
	}
	do(to, "CLUSTER", "SETSLOT", number, "IMPORTING", fromID)
	do(from, "CLUSTER", "SETSLOT", number, "MIGRATING", toID)
	for {
		keys := from.Client().ClusterGetKeysInSlot(ctx, int(number), 100).Val()
		if len(keys) == 0 {
			break
		}
		for _, k := range keys {
			do(from, "MIGRATE", "127.0.0.1", to.port, k, 0, 5000)
		}
	}
	do(to, "CLUSTER", "SETSLOT", number, "NODE", toID)
	do(from, "CLUSTER", "SETSLOT", number, "NODE", toID)
}

// Healed returns when every node sees the whole cluster again.
func (c *ClusterServer) Healed() {
	c.Nodes[0].tb.Helper()
	if err := poll(c.converged); err != nil {
		c.Nodes[0].tb.Fatalf("redistest: the cluster does not heal: %v", err)
	}
}

// converged reports whether every node knows all nodes and all their slots.
func (c *ClusterServer) converged() error {
	all := slices.Concat(c.Nodes, c.Replicas)
	for _, n := range all {
		rdb := n.local()
		info, err := rdb.ClusterInfo(context.Background()).Result()
		_ = rdb.Close()
		if err != nil {
			return err
		}
		for _, want := range []string{"cluster_state:ok", fmt.Sprintf("cluster_known_nodes:%d", len(all)), "cluster_size:3"} {
			if !strings.Contains(info, want) {
				return fmt.Errorf("node %s does not say %s:\n%s", n.Addr(), want, info)
			}
		}
	}
	return nil
}

// URL returns the cluster's redis+cluster:// URL, which names every node.
func (c *ClusterServer) URL() string {
	u := url.URL{Scheme: "redis+cluster", Host: c.Nodes[0].Addr()}
	q := url.Values{}
	for _, n := range c.Nodes[1:] {
		q.Add("addr", n.Addr())
	}
	u.RawQuery = q.Encode()
	return u.String()
}

// Client returns a client of the cluster, the same at every call. It is closed
// with the test.
func (c *ClusterServer) Client() *goredis.ClusterClient {
	if c.client == nil {
		o := &goredis.ClusterOptions{ContextTimeoutEnabled: true, DialerRetries: 1, DisableIdentity: true,
			MaintNotificationsConfig: c.Nodes[0].options().MaintNotificationsConfig}
		for _, n := range c.Nodes {
			o.Addrs = append(o.Addrs, n.Addr())
		}
		c.client = goredis.NewClusterClient(o)
	}
	return c.client
}
