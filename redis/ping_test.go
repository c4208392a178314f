package redis_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/keryx-go/keryx/internal/eventually"
	"github.com/keryx-go/keryx/internal/redistest"
	"github.com/keryx-go/keryx/internal/slow"
	"github.com/keryx-go/keryx/redis"
)

// block makes all connections of a client busy, with commands that wait for a
// key, until the returned function has the other client push to it.
func block(t *testing.T, client, other goredis.UniversalClient, n int) (end func()) {
	t.Helper()
	var all sync.WaitGroup
	for range n {
		all.Go(func() { _ = client.BLPop(context.Background(), 0, "nothing").Err() })
	}
	eventually.Nil(t, func() error {
		if s := client.PoolStats(); int(s.TotalConns)-int(s.IdleConns) < n {
			return fmt.Errorf("%+v", s)
		}
		return nil
	})
	return func() {
		for range n {
			_ = other.RPush(context.Background(), "nothing", 1).Err() // the server may be gone
		}
		all.Wait()
	}
}

// answers pings as a readiness check does.
func answers(t *testing.T, c *redis.Connections) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
	defer cancel()
	return c.Ping(ctx)
}

// TestPingWhileBusy: a pool whose connections are all in use is not a Redis that
// is gone, and a Redis that is gone is named, too, while the pool is busy.
func TestPingWhileBusy(t *testing.T) {
	slow.Skip(t, "Redis hangs in it")
	s := redistest.Start(t)
	c := open(t, s.URL()+"?pool_size=2&max_retries=-1", redis.Options{})
	for name, client := range map[string]goredis.UniversalClient{"client": c.Client, "subscription": c.Subscription} {
		end := block(t, client, s.Client(), 2)
		if err := answers(t, c); err != nil {
			t.Errorf("%s: it is busy: %v", name, err)
		}
		s.Pause()
		if err := answers(t, c); err == nil {
			t.Errorf("%s: busy, and Redis hangs: it answers", name)
		}
		s.Resume()
		eventually.Nil(t, func() error { return c.Ping(t.Context()) })
		end()
		if err := answers(t, c); err != nil {
			t.Errorf("%s: it was busy: %v", name, err)
		}
	}
	s.Pause()
	if err := answers(t, c); err == nil {
		t.Error("Redis hangs: it answers")
	}
	s.Resume()
	eventually.Nil(t, func() error { return c.Ping(t.Context()) })
	end := block(t, c.Client, c.Subscription, 2)
	s.Kill()
	end()
	if err := answers(t, c); err == nil {
		t.Error("Redis is gone: it answers")
	}
	s.Restart()
	eventually.Nil(t, func() error { return c.Ping(t.Context()) })
}

// TestPingKeepsItsConnection: many pings of a busy pool open one.
func TestPingKeepsItsConnection(t *testing.T) {
	s := redistest.Start(t)
	c := open(t, s.URL()+"?pool_size=1", redis.Options{})
	defer block(t, c.Client, c.Subscription, 1)()
	for range 20 {
		if err := answers(t, c); err != nil {
			t.Fatal(err)
		}
	}
	list := s.Client().ClientList(t.Context()).Val()
	if n := strings.Count(list, ":probe "); n != 1 {
		t.Errorf("%d connections are the probe's:\n%s", n, list)
	}
	var id string
	for line := range strings.Lines(list) {
		if strings.Contains(line, ":probe ") {
			id, _, _ = strings.Cut(line, " ")
		}
	}
	_ = answers(t, c)
	if list = s.Client().ClientList(t.Context()).Val(); !strings.Contains(list, id+" ") {
		t.Errorf("%s has been replaced:\n%s", id, list)
	}
}

// TestPingOfAFullServer: it has no connection to give any more, but the one of
// the probe is open.
func TestPingOfAFullServer(t *testing.T) {
	slow.Skip(t, "Redis hangs in it")
	s := redistest.Start(t)
	c := open(t, s.URL()+"?pool_size=2&max_retries=-1", redis.Options{})
	admin := s.Client()
	end := block(t, c.Client, c.Subscription, 2)
	clients := len(strings.Split(strings.TrimSpace(admin.ClientList(t.Context()).Val()), "\n"))
	if err := admin.ConfigSet(t.Context(), "maxclients", fmt.Sprint(clients)).Err(); err != nil {
		t.Fatal(err)
	}
	if err := answers(t, c); err != nil {
		t.Errorf("it is busy, and so is Redis: %v", err)
	}
	s.Pause()
	if err := answers(t, c); err == nil {
		t.Error("Redis hangs: it answers")
	}
	s.Resume()
	end()
}

// TestPingOfClosedClients names them, whatever the probe says.
func TestPingOfClosedClients(t *testing.T) {
	c, err := redis.Open(t.Context(), redistest.Start(t).URL(), redis.Options{})
	if err != nil {
		t.Fatal(err)
	}
	_ = c.Client.Close()
	if err := answers(t, c); !errors.Is(err, goredis.ErrClosed) {
		t.Errorf("got %v", err)
	}
	_ = c.Close()
}

// TestPingOfABusyCluster: a master whose connections are all in use.
func TestPingOfABusyCluster(t *testing.T) {
	cluster := redistest.Cluster(t)
	c := open(t, cluster.URL()+"&pool_size=2&max_retries=-1", redis.Options{})
	end := block(t, c.Client, c.Subscription, 2)
	if err := answers(t, c); err != nil {
		t.Errorf("it is busy: %v", err)
	}
	for _, n := range cluster.Nodes {
		n.Pause()
		if err := answers(t, c); err == nil {
			t.Errorf("busy, and %s hangs: it answers", n.Addr())
		}
		n.Resume()
		eventually.Nil(t, func() error { return c.Ping(t.Context()) })
	}
	end()
}
