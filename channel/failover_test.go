package channel_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"syscall"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/keryx-go/keryx/channel"
	"github.com/keryx-go/keryx/internal/eventually"
	"github.com/keryx-go/keryx/internal/redistest"
	"github.com/keryx-go/keryx/internal/slow"
)

// toldOf waits until every node has reported a gap that begins before the time
// and ends after it.
func (all *trio) toldOf(t *testing.T, at time.Time) {
	t.Helper()
	for i, n := range all.nodes {
		eventually.Nil(t, func() error {
			for _, g := range n.reported() {
				if g.Since.Before(at) && g.Until.After(at) {
					return nil
				}
			}
			return fmt.Errorf("node %d tells of no gap around %v: %v", i, at, n.reported())
		})
	}
}

// TestMastersRestart: the masters lose the messages that they could not forward to each
// other, without an error, so there are no books to check. A node may get the topics
// from another master than the one that lost the presence; it notices the loss at its
// next heartbeat.
func TestMastersRestart(t *testing.T) {
	clusters(t, func(t *testing.T, cluster *redistest.ClusterServer) {
		url := cluster.URL()
		talkThrough(t, []string{url, url, url}, 2*time.Second, func(*trio) {
			for _, master := range cluster.Nodes {
				master.Restart()
			}
		})
	})
}

func TestSentinelFailover(t *testing.T) {
	t.Parallel()
	sentinel := redistest.Sentinel(t)
	disturb(t, sentinel.URL(), func(*trio) { sentinel.Failover() })
}

// TestSentinelSwitchover: the old master lives on, and goes on answering.
func TestSentinelSwitchover(t *testing.T) {
	t.Parallel()
	sentinel := redistest.Sentinel(t)
	disturb(t, sentinel.URL(), func(all *trio) {
		sentinel.Switchover()
		all.toldOf(t, time.Now())
		sentinel.Demoted()
	})
}

// TestSentinelThawsAMaster: it hung, has a successor, goes on, and takes itself for
// the master until the sentinel tells it.
func TestSentinelThawsAMaster(t *testing.T) {
	t.Parallel()
	sentinel := redistest.Sentinel(t)
	disturb(t, sentinel.URL(), func(all *trio) {
		sentinel.Master.Pause()
		sentinel.Promoted()
		sentinel.Master.Resume()
		all.toldOf(t, time.Now())
	})
}

// TestMasterBecomesAReplica: messages that the old master still publishes reach its own
// subscribers, and not those of the new master.
func TestMasterBecomesAReplica(t *testing.T) {
	slow.Skip(t, "it waits for timeouts")
	t.Parallel()
	for name, move := range map[string]func([]*redistest.Proxy){
		"all connections are cut": func(all []*redistest.Proxy) {
			for _, p := range all {
				p.Cut()
			}
		},
		"of one node":         func(all []*redistest.Proxy) { all[0].Cut() },
		"none is":             func([]*redistest.Proxy) {},
		"only of subscribers": nil,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			old, next := redistest.Start(t), redistest.Start(t)
			next.Follow(old)
			var proxies []*redistest.Proxy
			var urls []string
			for range 3 {
				p := redistest.NewProxy(t, old)
				proxies, urls = append(proxies, p), append(urls, p.URL())
			}
			disturbAt(t, urls, func(all *trio) {
				next.Follow(nil)
				for _, p := range proxies {
					p.Switch(next)
				}
				if move != nil {
					move(proxies)
				} else {
					old.Client().ClientKillByFilter(t.Context(), "TYPE", "pubsub")
				}
				at := time.Now()
				old.Follow(next)
				all.toldOf(t, at)
			})
		})
	}
}

// TestClusterFailover: and then the old master is restarted, as for an upgrade.
func TestClusterFailover(t *testing.T) {
	clusters(t, func(t *testing.T, cluster *redistest.ClusterServer) {
		master := cluster.Home("{room:1}")
		replica := cluster.AddReplica(master)
		disturb(t, cluster.URL(), func(*trio) {
			cluster.Failover(replica, master)
			master.Restart()
			cluster.Healed()
		})
	})
}

// TestAMasterOfAClusterHangs: the others cannot pass it messages, and some time
// drop those that wait for it.
func TestAMasterOfAClusterHangs(t *testing.T) {
	clusters(t, func(t *testing.T, cluster *redistest.ClusterServer) {
		disturb(t, cluster.URL(), func(*trio) {
			for _, master := range cluster.Nodes[:2] {
				master.Pause()
				wait(t, 4*time.Second)
				master.Resume()
			}
			cluster.Healed()
		})
	}, "--cluster-node-timeout", "2000")
}

// TestALinkOfAClusterBreaks: it is made anew at once, and what was in it is lost.
func TestALinkOfAClusterBreaks(t *testing.T) {
	t.Parallel()
	cluster := redistest.Cluster(t, "--enable-debug-command", "yes", "--rename-command", "SPUBLISH", "") // sharded topics need no links
	disturb(t, cluster.URL(), func(*trio) {
		for _, to := range cluster.Nodes {
			id := to.Client().ClusterMyID(t.Context()).Val()
			for _, from := range cluster.Nodes {
				if from != to {
					if err := from.Client().Do(t.Context(), "DEBUG", "CLUSTERLINK", "KILL", "TO", id).Err(); err != nil {
						t.Fatal(err)
					}
				}
			}
		}
	})
}

// wait is for what happens in the meantime.
func wait(t *testing.T, d time.Duration) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	defer cancel()
	<-ctx.Done()
}

// TestPartition: packets between a node and Redis are lost for a time.
func TestPartition(t *testing.T) {
	slow.Skip(t, "it waits for timeouts")
	t.Parallel()
	for name, directions := range map[string][]redistest.Direction{
		"both":      {redistest.ToServer, redistest.ToClient},
		"to server": {redistest.ToServer},
		"to client": {redistest.ToClient},
	} {
		for _, lasting := range []time.Duration{2 * time.Second, 7 * time.Second} {
			t.Run(fmt.Sprint(name, " ", lasting), func(t *testing.T) {
				t.Parallel()
				server := redistest.Start(t)
				proxy := redistest.NewProxy(t, server)
				disturbAt(t, []string{proxy.URL(), server.URL(), server.URL()}, func(*trio) {
					proxy.Hold(directions...)
					wait(t, lasting)
					proxy.Release(directions...)
				})
			})
		}
	}
}

// pause is a script that holds up the server for some milliseconds.
const pause = `
local function now()
  local t = redis.call('TIME')
  return t[1] * 1000 + t[2] / 1000
end
local till = now() + ARGV[1]
while now() < till do end
return 1`

// TestNoFalseAlarm: nothing is wrong but that everything is slow.
func TestNoFalseAlarm(t *testing.T) {
	slow.Skip(t, "it waits for seconds")
	t.Parallel()
	for name, server := range map[string]func(t *testing.T) (url string, client *goredis.Client){
		"server": func(t *testing.T) (string, *goredis.Client) {
			s := redistest.Start(t)
			return s.URL() + "?pool_size=2", s.Client() // two at a time, and the proof waits with the others
		},
		"sentinel": func(t *testing.T) (string, *goredis.Client) {
			s := redistest.Sentinel(t)
			return s.URL(), s.Master.Client()
		},
		"cluster": func(t *testing.T) (string, *goredis.Client) {
			c := redistest.Cluster(t)
			return c.URL(), c.Nodes[1].Client()
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url, client := server(t)
			all, taken, failed := talkThrough(t, []string{url, url, url}, 20*time.Second, func(all *trio) {
				for range 8 {
					wait(t, 500*time.Millisecond)
					if err := client.Eval(t.Context(), pause, nil, 300).Err(); err != nil {
						t.Fatal(err)
					}
				}
			})
			all.account(t, taken, failed)
			for _, n := range all.nodes {
				if gaps := n.reported(); len(gaps) > 0 {
					t.Errorf("gaps of a healthy Redis: %v", gaps)
				}
			}
		})
	}
}

// TestANodeThatStandsStill: for longer than Redis may be silent, which Redis does
// not mind. It reads everything in the end.
func TestANodeThatStandsStill(t *testing.T) {
	slow.Skip(t, "it waits for seconds")
	t.Parallel()
	url := redistest.Start(t).URL()
	n := start(t, url, channel.Options{})
	ada := newClient("ada/1")
	joins(t, n, ada, "room:1")
	still := spawn(t, url, "eve")
	if err := still.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	for i := 0; time.Since(began) < 7*time.Second; i++ {
		broadcasts(t, n, "room:1", i)
		wait(t, 50*time.Millisecond)
	}
	proofs := n.redis.Client.Subscribe(t.Context(), "keryx:0:channel:/proof")
	defer proofs.Close()
	if err := still.Process.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	published := map[string]int{} // by node; two have one each in two seconds
	for len(published) < 2 || slices.Min(slices.Collect(maps.Values(published))) < 4 {
		reply, err := proofs.ReceiveTimeout(t.Context(), patience)
		if err != nil {
			t.Fatal(err)
		}
		m, ok := reply.(*goredis.Message)
		if !ok {
			continue
		}
		var p struct{ Node string }
		if err := json.Unmarshal([]byte(m.Payload), &p); err != nil {
			t.Fatal(err)
		}
		published[p.Node]++
	}
	broadcasts(t, n, "room:1", "how many gaps")
	eventually.Nil(t, func() error {
		if got := ada.got("room:1"); got[len(got)-1] != `"0 gaps"` {
			return fmt.Errorf("the last message is %s", got[len(got)-1])
		}
		return nil
	})
}
