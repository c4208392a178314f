package redistest_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/keryx-go/keryx/internal/redistest"
)

func TestCluster(t *testing.T) {
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
