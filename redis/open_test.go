package redis_test

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/keryx-go/keryx/internal/eventually"
	"github.com/keryx-go/keryx/internal/redistest"
	"github.com/keryx-go/keryx/redis"
)

// inspect checks what every opened pair of connections has to do.
func inspect(t *testing.T, c *redis.Connections) {
	t.Helper()
	ctx := t.Context()
	for name, client := range map[string]goredis.UniversalClient{"client": c.Client, "subscription": c.Subscription} {
		for i := range 20 { // in a cluster, on every master
			key, want := fmt.Sprintf("%s:%d", name, i), fmt.Sprint(i)
			if err := client.Set(ctx, key, want, time.Minute).Err(); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if got, err := client.Get(ctx, key).Result(); got != want || err != nil {
				t.Fatalf("%s: GET %s: %q, %v", name, key, got, err)
			}
		}
	}
	if err := c.Ping(ctx); err != nil {
		t.Errorf("Ping: %v", err)
	}
	if c.Embedded() {
		t.Error("Embedded() is true")
	}
	publish(t, c)
}

// publish sends a message through Client to Subscription.
func publish(t *testing.T, c *redis.Connections) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	s := c.Subscription.Subscribe(ctx, "channel")
	defer s.Close()
	if _, err := s.Receive(ctx); err != nil {
		t.Fatalf("subscribe: %v", err)
	}
	if err := c.Client.Publish(ctx, "channel", "hello").Err(); err != nil {
		t.Fatalf("publish: %v", err)
	}
	if m, err := s.ReceiveMessage(ctx); err != nil || m.Payload != "hello" {
		t.Fatalf("received %v, %v", m, err)
	}
}

func TestOpenStandalone(t *testing.T) {
	plain := redistest.Start(t)
	secret := redistest.Start(t, "--requirepass", "s3cret/@:?#%")
	acl := redistest.Start(t, "--user", "app", "on", ">s3cret", "~*", "&*", "+@all")
	args, trusting := serverTLS(t)
	secure := redistest.Start(t, args...)

	socket := url.URL{Scheme: "unix", Path: plain.Socket(), RawQuery: "db=3"}
	for name, test := range map[string]struct {
		url   string
		o     redis.Options
		shown string
	}{
		"plain":       {plain.URL(), redis.Options{}, plain.URL()},
		"database":    {plain.URL() + "/5", redis.Options{}, plain.URL() + "/5"},
		"protocol 2":  {plain.URL() + "?protocol=2", redis.Options{}, plain.URL() + "?protocol=2"},
		"production":  {plain.URL() + "/6", redis.Options{Production: true}, plain.URL() + "/6"},
		"socket":      {socket.String(), redis.Options{}, socket.String()},
		"password":    {secret.URL(), redis.Options{}, "redis://:***@" + secret.Addr()},
		"ACL user":    {"redis://app:s3cret@" + acl.Addr(), redis.Options{}, "redis://app:***@" + acl.Addr()},
		"TLS":         {"rediss://" + secure.Addr() + "/1", redis.Options{TLS: trusting}, "rediss://" + secure.Addr() + "/1"},
		"TLS, unsafe": {"rediss://" + secure.Addr() + "?skip_verify=true", redis.Options{}, "rediss://" + secure.Addr() + "?skip_verify=true"},
	} {
		t.Run(name, func(t *testing.T) {
			c := open(t, test.url, test.o)
			if n := c.Client.DBSize(t.Context()).Val(); n != 0 {
				t.Errorf("opening left %d keys behind", n)
			}
			inspect(t, c)
			if err := c.Client.FlushDB(t.Context()).Err(); err != nil {
				t.Fatal(err)
			}
			if c.URL() != test.shown {
				t.Errorf("URL() is %s, want %s", c.URL(), test.shown)
			}
			d := c.Describe(t.Context())
			if d.Kind != redis.Standalone || d.Server == "" || d.Version == "" {
				t.Errorf("Describe: %+v", d)
			}
			if want := d.Server + " " + d.Version + ", standalone"; d.String() != want {
				t.Errorf("the description is %q, want %q", d, want)
			}
		})
	}
}

func TestOpenUsesTheDatabaseOfTheURL(t *testing.T) {
	s := redistest.Start(t)
	c := open(t, s.URL()+"/7", redis.Options{})
	if err := c.Client.Set(t.Context(), "k", "v", 0).Err(); err != nil {
		t.Fatal(err)
	}
	info := s.Client().Info(t.Context(), "keyspace").Val()
	if !strings.Contains(info, "db7:keys=1") || strings.Contains(info, "db0") {
		t.Errorf("the key is elsewhere:\n%s", info)
	}
}

func TestOpenNamesItsConnections(t *testing.T) {
	s := redistest.Start(t)
	for _, test := range []struct{ process, query, want string }{
		{"", "", "keryx"},
		{"web server 1", "", "keryx:web-server-1"},
		{"ignored", "?client_name=mine", "mine"},
	} {
		c := open(t, s.URL()+test.query, redis.Options{Process: test.process})
		list := s.Client().ClientList(t.Context()).Val()
		for _, name := range []string{test.want, test.want + ":subscription"} {
			if !strings.Contains(list, " name="+name+" ") {
				t.Errorf("%+v: no connection is named %q:\n%s", test, name, list)
			}
		}
		c.Close()
	}
	// Commands that the server does not know would show up here.
	if stats := s.Client().Info(t.Context(), "errorstats").Val(); strings.Contains(stats, "errorstat_ERR") {
		// CLUSTER INFO on a server that is none is the one we ask for.
		if !strings.Contains(stats, "errorstat_ERR:count=3\r\n") {
			t.Errorf("opening three times is not free of errors:\n%s", stats)
		}
	}
}

func TestOpenCluster(t *testing.T) {
	cluster := redistest.Cluster(t)
	c := open(t, cluster.URL(), redis.Options{})
	inspect(t, c)
	for _, n := range cluster.Nodes {
		if n.Client().DBSize(t.Context()).Val() == 0 {
			t.Errorf("no key is on %s", n.Addr())
		}
		if left := n.Client().Keys(t.Context(), "keryx:*").Val(); len(left) > 0 {
			t.Errorf("left behind on %s: %v", n.Addr(), left)
		}
	}
	d := c.Describe(t.Context())
	if d.Masters != 3 || d.Addr != cluster.Nodes[0].Addr() || !strings.HasSuffix(d.String(), ", cluster of 3 masters") {
		t.Errorf("Describe: %+v", d)
	}

	t.Run("one seed is enough", func(t *testing.T) {
		inspect(t, open(t, "redis+cluster://"+cluster.Nodes[2].Addr(), redis.Options{}))
	})
	t.Run("a dead seed is no obstacle", func(t *testing.T) {
		inspect(t, open(t, "redis+cluster://127.0.0.1:1?addr="+cluster.Nodes[1].Addr(), redis.Options{}))
	})
	t.Run("one node is not enough", func(t *testing.T) {
		for _, n := range cluster.Nodes {
			wantText(t, openFails(t, n.URL(), redis.Options{}), "one node of a cluster", "redis+cluster://")
		}
	})
	t.Run("ping notices one dead master", func(t *testing.T) {
		cluster.Nodes[2].Kill()
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		if err := c.Ping(ctx); err == nil {
			t.Error("Ping returns nil")
		}
	})
}

func TestOpenClusterTLS(t *testing.T) {
	args, trusting := serverTLS(t)
	cluster := redistest.Cluster(t, append(args, "--tls-cluster", "yes")...)
	c := open(t, strings.Replace(cluster.URL(), "redis+", "rediss+", 1), redis.Options{TLS: trusting})
	inspect(t, c)
}

func TestOpenSentinel(t *testing.T) {
	sentinel := redistest.Sentinel(t)
	c := open(t, sentinel.URL(), redis.Options{Process: "web"})
	inspect(t, c)
	d := c.Describe(t.Context())
	if d.MasterName != redistest.MasterName || !strings.HasSuffix(d.String(), ", sentinel master keryx") {
		t.Errorf("Describe: %+v", d)
	}
	t.Run("an unknown master", func(t *testing.T) {
		err := openFails(t, "redis+sentinel://"+sentinel.Watcher.Addr()+"?master_name=other", redis.Options{})
		wantText(t, err, `no master named "other"`)
	})
	t.Run("a database", func(t *testing.T) {
		u := strings.Replace(sentinel.URL(), "?", "/4?", 1)
		c := open(t, u, redis.Options{})
		if err := c.Client.Set(t.Context(), "k", "v", 0).Err(); err != nil {
			t.Fatal(err)
		}
		if info := sentinel.Master.Client().Info(t.Context(), "keyspace").Val(); !strings.Contains(info, "db4:keys=1") {
			t.Errorf("the key is elsewhere:\n%s", info)
		}
	})
	t.Run("failover", func(t *testing.T) {
		sentinel.Failover()
		eventually.Nil(t, func() error { return c.Client.Set(t.Context(), "after", "failover", 0).Err() })
		eventually.Nil(t, func() error { return c.Ping(t.Context()) })
		if v, err := sentinel.Replica.Client().Get(t.Context(), "after").Result(); v != "failover" || err != nil {
			t.Fatalf("on the new master: %q, %v", v, err)
		}
		publish(t, c)
	})
}
