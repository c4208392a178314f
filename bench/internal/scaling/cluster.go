package scaling

import (
	"context"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/keryx-go/keryx/bench/internal/process"
)

// slots is the number of hash slots of every Redis cluster.
const slots = 16384

// clusterTimeout bounds how long masters may take to know each other.
const clusterTimeout = 20 * time.Second

// cluster is a running Redis cluster without replicas.
type cluster struct {
	masters []*server
	buses   []int // ports of the masters' own traffic
}

// startCluster starts masters that share the slots, and returns when each sees the whole
// cluster. The caller must stop the cluster, also after an error.
func startCluster(ctx context.Context, dir string, masters int, args ...string) (*cluster, error) {
	c := &cluster{}
	for range masters {
		bus, err := process.FreePort()
		if err != nil {
			return c, err
		}
		s, err := startServer(ctx, dir, append([]string{"--cluster-enabled", "yes", "--cluster-port", strconv.Itoa(bus)}, args...)...)
		if err != nil {
			return c, err
		}
		c.masters, c.buses = append(c.masters, s), append(c.buses, bus)
	}
	if err := c.join(ctx); err != nil {
		return c, err
	}
	for _, s := range c.masters {
		if err := s.Await(ctx, clusterTimeout, func(ctx context.Context) error { return c.seenBy(ctx, s) }); err != nil {
			return c, err
		}
	}
	return c, nil
}

// join gives each master its slots and introduces it to the first one.
func (c *cluster) join(ctx context.Context) error {
	n := len(c.masters)
	_, first, err := net.SplitHostPort(c.masters[0].Address())
	if err != nil {
		return err
	}
	for i, s := range c.masters {
		commands := [][]any{
			{"CLUSTER", "ADDSLOTSRANGE", i * slots / n, (i+1)*slots/n - 1},
			{"CLUSTER", "SET-CONFIG-EPOCH", i + 1}, // or they take seconds to agree on different ones
		}
		if i > 0 {
			commands = append(commands, []any{"CLUSTER", "MEET", "127.0.0.1", first, c.buses[0]})
		}
		for _, command := range commands {
			if err := s.client.Do(ctx, command...).Err(); err != nil {
				return fmt.Errorf("%v: %w", command, err)
			}
		}
	}
	return nil
}

// seenBy returns an error until a master knows all masters and all slots.
func (c *cluster) seenBy(ctx context.Context, s *server) error {
	info, err := s.client.ClusterInfo(ctx).Result()
	if err != nil {
		return err
	}
	for _, want := range []string{"cluster_state:ok", fmt.Sprintf("cluster_known_nodes:%d", len(c.masters)), fmt.Sprintf("cluster_size:%d", len(c.masters))} {
		if !strings.Contains(info, want+"\r\n") {
			return fmt.Errorf("%s does not say %s", s.Address(), want)
		}
	}
	return nil
}

// url returns the URL that leads to all masters.
func (c *cluster) url() string {
	q := url.Values{}
	for _, s := range c.masters[1:] {
		q.Add("addr", s.Address())
	}
	return (&url.URL{Scheme: "redis+cluster", Host: c.masters[0].Address(), RawQuery: q.Encode()}).String()
}

// rooms returns as many rooms of each master.
func (c *cluster) rooms(ctx context.Context, each int) ([]*room, error) {
	var rooms []*room
	taken := make([]int, len(c.masters))
	for i := 0; len(rooms) < each*len(taken); i++ {
		name := fmt.Sprintf("room:%d", i)
		slot, err := c.masters[0].client.ClusterKeySlot(ctx, "{"+name+"}").Result()
		if err != nil {
			return nil, err
		}
		if m := int(slot) * len(taken) / slots; taken[m] < each {
			taken[m]++
			rooms = append(rooms, &room{name: name})
		}
	}
	return rooms, nil
}

// usage returns what each master has done since its start.
func (c *cluster) usage(ctx context.Context) ([]Usage, error) {
	var all []Usage
	for _, s := range c.masters {
		u, err := s.usage(ctx)
		if err != nil {
			return nil, err
		}
		all = append(all, u)
	}
	return all, nil
}

func (c *cluster) stop() {
	for _, s := range c.masters {
		s.stop()
	}
}
