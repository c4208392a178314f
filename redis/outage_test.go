package redis_test

import (
	"context"
	"net"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/keryx-go/keryx/internal/eventually"
	"github.com/keryx-go/keryx/internal/redistest"
	"github.com/keryx-go/keryx/redis"
)

func TestCallersDeadlineIsTheCommands(t *testing.T) {
	s := redistest.Start(t)
	c := open(t, s.URL(), redis.Options{})
	s.Pause()
	for name, client := range map[string]goredis.UniversalClient{"client": c.Client, "subscription": c.Subscription} {
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		began := time.Now()
		err := client.Get(ctx, "k").Err()
		if took := time.Since(began); err == nil || took > time.Second {
			t.Errorf("%s: %v after %v, want an error after 50ms", name, err, took)
		}
		cancel()
	}
	s.Resume()
	eventually.Nil(t, func() error { return c.Ping(t.Context()) })
}

// However many commands have failed, the first one after the restart works.
func TestConnectionsRecoverAtOnce(t *testing.T) {
	s := redistest.Start(t)
	c := open(t, s.URL()+"?max_retries=-1", redis.Options{})
	for range 3 {
		s.Kill()
		for range 100 {
			if err := c.Ping(t.Context()); err == nil {
				t.Fatal("Ping returns nil without a server")
			}
			if err := c.Subscription.Ping(t.Context()).Err(); err == nil {
				t.Fatal("the subscription answers without a server")
			}
		}
		s.Restart()
		if err := c.Ping(t.Context()); err != nil {
			t.Fatalf("Ping after the restart: %v", err)
		}
	}
}

// An address that swallows packets costs one caller at a time the dial timeout.
func TestBlackHoleCostsOneCaller(t *testing.T) {
	s := redistest.Start(t)
	c := open(t, s.URL()+"?max_retries=-1&dial_timeout=300ms", redis.Options{})
	_, port, err := net.SplitHostPort(s.Addr())
	if err != nil {
		t.Fatal(err)
	}
	n, err := strconv.Atoi(port)
	if err != nil {
		t.Fatal(err)
	}
	s.Kill()
	blackHoleAt(t, n)
	// The first ping may still find the dead connection; the others dial.
	for range 3 {
		_ = c.Client.Ping(t.Context())
	}
	took := make([]time.Duration, 10)
	var all sync.WaitGroup
	for i := range took {
		all.Go(func() {
			began := time.Now()
			if err := c.Client.Ping(t.Context()).Err(); err == nil {
				t.Error("Ping succeeds")
			}
			took[i] = time.Since(began)
		})
	}
	all.Wait()
	slices.Sort(took)
	if took[len(took)-2] > 200*time.Millisecond {
		t.Errorf("more than one of 10 callers waited: %v", took)
	}
}

func TestCloseEndsDials(t *testing.T) {
	s := redistest.Start(t)
	hole := blackHole(t)
	c := open(t, s.URL(), redis.Options{})
	// The failover of a name to a silent address, in short: a dial that hangs.
	o := c.Client.(*goredis.Client).Options()
	done := make(chan error, 1)
	go func() {
		conn, err := o.Dialer(context.Background(), "tcp", hole)
		if err == nil {
			_, err = conn.Write([]byte("PING\r\n"))
		}
		done <- err
	}()
	c.Close()
	select {
	case err := <-done:
		if err == nil {
			t.Error("the dial succeeds")
		}
	case <-time.After(time.Second):
		t.Error("a dial goes on behind Close")
	}
	for range 2 {
		if err := c.Close(); err != nil {
			t.Errorf("Close again: %v", err)
		}
	}
}
