package channel_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/keryx-go/keryx/channel"
	"github.com/keryx-go/keryx/internal/eventually"
	"github.com/keryx-go/keryx/internal/redistest"
	"github.com/keryx-go/keryx/internal/slow"
)

// clusters runs a test with two clusters: one that knows sharded topics, and one that
// does not, as before Redis 7.
func clusters(t *testing.T, test func(t *testing.T, cluster *redistest.ClusterServer), args ...string) {
	slow.Skip(t, "it starts clusters")
	t.Parallel()
	for name, more := range map[string][]string{"sharded": nil, "bus": {"--rename-command", "SPUBLISH", ""}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, redistest.Cluster(t, append(more, args...)...))
		})
	}
}

// stat returns a number of CLUSTER INFO, of all masters together.
func stat(t *testing.T, cluster *redistest.ClusterServer, name string) (sum int) {
	t.Helper()
	for _, n := range cluster.Nodes {
		for line := range strings.Lines(n.Client().ClusterInfo(t.Context()).Val()) {
			if text, found := strings.CutPrefix(strings.TrimSpace(line), name+":"); found {
				var number int
				if _, err := fmt.Sscan(text, &number); err != nil {
					t.Fatal(err)
				}
				sum += number
			}
		}
	}
	return sum
}

// TestMessagesStayOnTheirMaster: in a cluster with sharded topics no message of any kind
// travels between the masters, and in one without all do.
func TestMessagesStayOnTheirMaster(t *testing.T) {
	clusters(t, func(t *testing.T, cluster *redistest.ClusterServer) {
		all := newTrio(t, cluster.URL(), channel.Options{})
		all.nodes[0].Handle(channel.Channel{Name: "kept", History: channel.Last(5, time.Hour)})
		c := newClient("kept/1")
		for i, name := range []string{"kept", "room:12", "room:13", "room:14", "room:15"} {
			joins(t, all.nodes[0], c, name)
			broadcasts(t, all.nodes[0], name, i)
			eventually.Nil(t, func() error {
				if got := c.got(name); len(got) == 0 || got[len(got)-1] != fmt.Sprint(i) {
					return fmt.Errorf("%s: %v", name, got)
				}
				return nil
			})
		}
		all.works(t)
		travelled := stat(t, cluster, "cluster_stats_messages_publish_sent")
		if sharded := strings.HasSuffix(t.Name(), "/sharded"); sharded != (travelled == 0) {
			t.Errorf("%d messages have travelled", travelled)
		}
	})
}

// TestSlotsMove: the slot of a room goes from master to master while all talk. The rooms
// of other slots know nothing of it.
func TestSlotsMove(t *testing.T) {
	clusters(t, func(t *testing.T, cluster *redistest.ClusterServer) {
		url := cluster.URL()
		home := cluster.Home("{room:1}")
		var other string // a room of the same master
		for i := 2; other == ""; i++ {
			if name := fmt.Sprintf("room:%d", i); cluster.Home("{"+name+"}") == home {
				other = name
			}
		}
		all, taken, failed := talkThrough(t, []string{url, url, url}, 20*time.Second, func(all *trio) {
			joins(t, all.nodes[0], newClient("other/1"), other)
			at := home
			for range 2 {
				for _, to := range cluster.Nodes {
					if to != at {
						cluster.MoveSlot("{room:1}", at, to)
						at = to
						wait(t, 300*time.Millisecond)
					}
				}
			}
		})
		all.account(t, taken, failed)
		for _, g := range all.nodes[0].reported() {
			for _, name := range g.Channels {
				if name == other {
					t.Errorf("a gap of a room that did not move: %v", g)
				}
			}
		}
	})
}

// TestAMasterFreezes: its replica takes over, and it wakes up as a master for a moment.
func TestAMasterFreezes(t *testing.T) {
	clusters(t, func(t *testing.T, cluster *redistest.ClusterServer) {
		home := cluster.Home("{room:1}")
		replica := cluster.AddReplica(home)
		disturb(t, cluster.URL(), func(*trio) {
			home.Pause()
			eventually.Nil(t, func() error {
				if role := replica.Client().Do(t.Context(), "ROLE").Val(); fmt.Sprint(role.([]any)[0]) != "master" {
					return fmt.Errorf("the replica is still one: %v", role)
				}
				return nil
			})
			wait(t, 500*time.Millisecond)
			home.Resume()
			cluster.Healed()
		})
	}, "--cluster-node-timeout", "2000")
}

// TestAMasterDies: the others see it, and its replica takes over.
func TestAMasterDies(t *testing.T) {
	clusters(t, func(t *testing.T, cluster *redistest.ClusterServer) {
		home := cluster.Home("{room:1}")
		cluster.AddReplica(home)
		disturb(t, cluster.URL(), func(*trio) { home.Kill() })
	}, "--cluster-node-timeout", "2000")
}

// TestManyRoomsMove: each room is heard after its slot has moved. All move to one master:
// two that take slots from each other may come to disagree about one of them.
func TestManyRoomsMove(t *testing.T) {
	clusters(t, func(t *testing.T, cluster *redistest.ClusterServer) {
		n := start(t, cluster.URL(), channel.Options{})
		ada := newClient("ada/1")
		const rooms = 60
		for i := range rooms {
			joins(t, n, ada, fmt.Sprintf("room:%d", i))
		}
		for i := range rooms {
			key := fmt.Sprintf("{room:%d}", i)
			if from := cluster.Home(key); from != cluster.Nodes[0] {
				cluster.MoveSlot(key, from, cluster.Nodes[0])
			}
		}
		for i := range rooms {
			name := fmt.Sprintf("room:%d", i)
			eventually.Nil(t, func() error {
				if err := n.Broadcast(t.Context(), name, "after", "test"); err != nil {
					return err
				}
				for _, text := range ada.got(name) {
					if text == `"after"` {
						return nil
					}
				}
				return fmt.Errorf("%s is not heard", name)
			})
			leaves(t, n, ada, name)
		}
	})
}
