package redistest

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"testing"

	goredis "github.com/redis/go-redis/v9"
)

// masters is the size of a cluster, the smallest that can elect.
const masters = 3

// slots is the number of hash slots of every Redis cluster.
const slots = 16384

// ClusterServer is a running cluster of three masters without replicas.
type ClusterServer struct {
	// Nodes are the masters; node i holds the i-th third of the slots.
	Nodes []*Server

	client *goredis.ClusterClient
}

// Cluster starts three masters that share the slots, and returns when each of
// them sees the whole cluster. The arguments go to every node's command line,
// as those of [Start] do.
func Cluster(tb testing.TB, args ...string) *ClusterServer {
	tb.Helper()
	c := &ClusterServer{}
	for range masters {
		c.Nodes = append(c.Nodes, Start(tb, append([]string{"--cluster-enabled", "yes"}, args...)...))
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
		// Nodes that all begin with epoch 0 would spend seconds on sorting it out.
		if err := rdb.Do(ctx, "CLUSTER", "SET-CONFIG-EPOCH", i+1).Err(); err != nil {
			return err
		}
		if err := rdb.ClusterMeet(ctx, "127.0.0.1", fmt.Sprint(c.Nodes[0].port)).Err(); err != nil {
			return err
		}
	}
	return nil
}

// converged tells whether every node knows all nodes and all their slots.
func (c *ClusterServer) converged() error {
	for _, n := range c.Nodes {
		rdb := n.local()
		info, err := rdb.ClusterInfo(context.Background()).Result()
		_ = rdb.Close()
		if err != nil {
			return err
		}
		for _, want := range []string{"cluster_state:ok", "cluster_known_nodes:3", "cluster_size:3"} {
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
