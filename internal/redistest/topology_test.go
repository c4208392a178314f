package redistest_test

import (
	"fmt"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/keryx-go/keryx/internal/redistest"
)

func TestCluster(t *testing.T) {
	t.Parallel()
	c := redistest.Cluster(t)
	for i := range 100 {
		if err := c.Client().Set(t.Context(), fmt.Sprintf("key:%d", i), i, time.Minute).Err(); err != nil {
			t.Fatal(err)
		}
	}
	for _, n := range c.Nodes {
		if size := n.Client().DBSize(t.Context()).Val(); size < 10 {
			t.Errorf("node %s holds %d of 100 keys", n.Addr(), size)
		}
	}
}

func TestSentinelFailover(t *testing.T) {
	t.Parallel()
	s := redistest.Sentinel(t)
	if err := s.Master.Client().Set(t.Context(), "k", "v", 0).Err(); err != nil {
		t.Fatal(err)
	}
	if n, err := s.Master.Client().Wait(t.Context(), 1, 5*time.Second).Result(); n != 1 || err != nil {
		t.Fatalf("WAIT: %d replicas, %v", n, err)
	}
	s.Failover()
	if v, err := s.Replica.Client().Get(t.Context(), "k").Result(); v != "v" || err != nil {
		t.Fatalf("on the promoted replica: %q, %v", v, err)
	}
	if err := s.Replica.Client().Set(t.Context(), "k", "w", 0).Err(); err != nil {
		t.Fatalf("the promoted replica takes no writes: %v", err)
	}
}

func TestSentinelSwitchover(t *testing.T) {
	t.Parallel()
	s := redistest.Sentinel(t)
	s.Switchover()
	if err := s.Replica.Client().Set(t.Context(), "k", "v", 0).Err(); err != nil {
		t.Fatalf("the promoted replica takes no writes: %v", err)
	}
	s.Demoted()
	if v, err := s.Master.Client().Get(t.Context(), "k").Result(); v != "v" || err != nil {
		t.Fatalf("on the old master: %q, %v", v, err)
	}
}

func TestClusterFailover(t *testing.T) {
	t.Parallel()
	c := redistest.Cluster(t)
	replica := c.AddReplica(c.Nodes[1])
	c.Failover(replica, c.Nodes[1])
	for i := range 100 {
		if err := c.Client().Set(t.Context(), fmt.Sprintf("key:%d", i), i, time.Minute).Err(); err != nil {
			t.Fatal(err)
		}
	}
	if size := replica.Client().DBSize(t.Context()).Val(); size < 10 {
		t.Errorf("the new master holds %d of 100 keys", size)
	}
}

func TestProxy(t *testing.T) {
	t.Parallel()
	one, two := redistest.Start(t), redistest.Start(t)
	p := redistest.NewProxy(t, one)
	o, err := goredis.ParseURL(p.URL())
	if err != nil {
		t.Fatal(err)
	}
	o.MaxRetries, o.ReadTimeout, o.PoolSize = -1, 100*time.Millisecond, 1
	c := goredis.NewClient(o)
	t.Cleanup(func() { c.Close() })
	incr := func(want string) {
		t.Helper()
		n, err := c.Incr(t.Context(), "k").Result()
		if got := fmt.Sprint(n, err == nil); got != want {
			t.Fatalf("got %s, want %s: %v", got, want, err)
		}
	}
	incr("1 true")
	p.Hold(redistest.ToClient)
	incr("0 false") // which has arrived
	p.Release(redistest.ToClient)
	incr("3 true")
	p.Hold(redistest.ToServer)
	incr("0 false") // which has not yet
	p.Switch(two)
	p.Release(redistest.ToServer)
	p.Cut()
	_ = c.Ping(t.Context()).Err() // the pool learns that its connection is gone
	incr("1 true")
}
