package db_test

import (
	"context"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"github.com/keryx-go/keryx/db"
	"github.com/keryx-go/keryx/internal/eventually"
	"github.com/keryx-go/keryx/internal/pgtest"
)

// newProbe returns a probe of a pool with two connections.
func newProbe(t *testing.T, url string) (*bun.DB, *db.Probe) {
	t.Helper()
	d := open(t, url, db.Options{PoolMax: 2})
	p, err := db.NewProbe(d.DB, url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	return d, p
}

// occupy takes the connections of a pool until the returned function gives them
// back.
func occupy(t *testing.T, d *bun.DB) (giveBack func()) {
	t.Helper()
	var conns []bun.Conn
	for range d.Stats().MaxOpenConnections {
		c, err := d.Conn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		conns = append(conns, c)
	}
	return func() {
		for _, c := range conns {
			_ = c.Close()
		}
	}
}

// probed asks as a readiness check does.
func probed(t *testing.T, p *db.Probe) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
	defer cancel()
	return p.Ping(ctx)
}

// TestProbe: a pool whose connections are all in use is not a database that is
// gone.
func TestProbe(t *testing.T) {
	each(t, func(t *testing.T, url string) {
		d, p := newProbe(t, url)
		if err := probed(t, p); err != nil {
			t.Error(err)
		}
		giveBack := occupy(t, d)
		for range 5 {
			if err := probed(t, p); err != nil {
				t.Errorf("it is busy: %v", err)
			}
		}
		giveBack()
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
		if err := probed(t, p); err == nil {
			t.Error("a pool that is closed answers")
		}
	})
}

// TestProbeOfASlowQuery finds the pool busy with what a query does, not only with
// connections that are held.
func TestProbeOfASlowQuery(t *testing.T) {
	d, p := newProbe(t, postgres(t))
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{}, 2)
	for range 2 {
		go func() {
			_, _ = d.ExecContext(ctx, "SELECT pg_sleep(60)")
			ended <- struct{}{}
		}()
	}
	eventually.True(t, "the pool is busy", func() bool { return d.Stats().InUse == 2 })
	if err := probed(t, p); err != nil {
		t.Error(err)
	}
	cancel()
	<-ended
	<-ended
}

// TestProbeOfABrokenServer names it while the pool is busy, too.
func TestProbeOfABrokenServer(t *testing.T) {
	t.Parallel()
	server := pgtest.StartDedicated(t)
	d, p := newProbe(t, server.URL())
	for _, busy := range []bool{false, true} {
		giveBack := func() {}
		if busy {
			giveBack = occupy(t, d)
			if err := probed(t, p); err != nil {
				t.Errorf("it is busy: %v", err)
			}
		}
		server.Pause()
		if err := probed(t, p); err == nil {
			t.Errorf("busy %v: the server hangs, and answers", busy)
		}
		server.Resume()
		eventually.True(t, "it answers again", func() bool { return probed(t, p) == nil })
		server.Kill()
		if err := probed(t, p); err == nil {
			t.Errorf("busy %v: the server is gone, and answers", busy)
		}
		server.Restart()
		giveBack()
		eventually.True(t, "it answers again", func() bool { return probed(t, p) == nil })
	}
}

// TestProbeOfAFullServer: as long as the pool has its connections, that the
// server has no other one left is an answer. When the pool needs one, it is not.
func TestProbeOfAFullServer(t *testing.T) {
	t.Parallel()
	server := pgtest.StartDedicated(t)
	d, p := newProbe(t, server.URL())
	giveBack := occupy(t, d)
	others := open(t, server.URL(), db.Options{PoolMax: 200})
	for range 200 {
		c, err := others.Conn(t.Context())
		if err != nil {
			t.Log(err) // there are no more
			break
		}
		defer func() { _ = c.Close() }()
	}
	if err := probed(t, p); err != nil {
		t.Errorf("it is busy, and so is the server: %v", err)
	}
	giveBack()
	d.SetMaxIdleConns(-1) // the pool's are closed, and another one takes their place
	for range 2 {
		eventually.Nil(t, func() error { // when the server has noticed that they are closed
			conn, err := others.Conn(t.Context())
			if err == nil {
				t.Cleanup(func() { _ = conn.Close() })
			}
			return err
		})
	}
	if err := probed(t, p); err == nil {
		t.Error("the pool gets no connection, and answers")
	}
}

// TestProbeKeepsItsConnection: many pings of a busy pool open one.
func TestProbeKeepsItsConnection(t *testing.T) {
	url := postgres(t)
	d, p := newProbe(t, url)
	defer occupy(t, d)()
	watcher := open(t, url, db.Options{PoolMax: 1})
	pids := func() string {
		var s string
		query := "SELECT string_agg(pid::text, ' ' ORDER BY pid) FROM pg_stat_activity WHERE datname = current_database()"
		if err := watcher.QueryRowContext(t.Context(), query).Scan(&s); err != nil {
			t.Fatal(err)
		}
		return s
	}
	if err := probed(t, p); err != nil {
		t.Fatal(err)
	}
	before := pids()
	for range 20 {
		if err := probed(t, p); err != nil {
			t.Fatal(err)
		}
	}
	if after := pids(); after != before {
		t.Errorf("the connections %s have become %s", before, after)
	}
}
