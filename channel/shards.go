package channel

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	goredis "github.com/redis/go-redis/v9"
)

// shards are the lines of a feed in a cluster with sharded topics, since Redis 7: a
// message goes to the master that has the slot of its topic, and to no other. So there
// is a line for each master, and a room is on that of its topic. A master tells by itself
// when it has a slot no more, and refuses topics of other masters.
type shards struct {
	feed    *feed
	cluster *goredis.ClusterClient
	wake    chan struct{}
	stale   atomic.Bool // the topology that the client knows
	made    chan struct{}
	once    sync.Once

	// Guarded by the feed's mu:
	astray map[*room]struct{} // rooms without a line
	failed error              // to find out which masters there are
}

const (
	// staleTopology is how long a node may publish to the new master of a slot before
	// this one learns that it is the new one: a master that is cut off from the others
	// goes on until it notices, after the default of cluster-node-timeout.
	staleTopology = 15 * time.Second
	// routePause is before rooms are put on other lines, for the client to learn of a
	// change, and routeAgain between attempts.
	routePause = 10 * time.Millisecond
	routeAgain = 50 * time.Millisecond
	// controlTries is how many names are tried for a topic of a master. One that has
	// a hundredth of a percent of the slots is found by three in a thousand attempts.
	controlTries = 50_000
)

func newShards(f *feed, cluster *goredis.ClusterClient) *shards {
	return &shards{feed: f, cluster: cluster, wake: make(chan struct{}, 1), made: make(chan struct{}), astray: map[*room]struct{}{}}
}

// canShard reports whether all masters know sharded topics. A server that refuses to say
// so counts as one that does not.
func canShard(ctx context.Context, cluster *goredis.ClusterClient) (bool, error) {
	var without atomic.Bool
	err := cluster.ForEachMaster(ctx, func(ctx context.Context, master *goredis.Client) error {
		known, err := master.Do(ctx, "COMMAND", "INFO", "spublish").Slice()
		if _, refused := err.(goredis.Error); refused {
			without.Store(true)
			return nil
		}
		if err == nil && (len(known) == 0 || known[0] == nil) {
			without.Store(true)
		}
		return err
	})
	return err == nil && !without.Load(), err
}

// wait waits until there is a line for each master.
func (s *shards) wait(ctx context.Context) error {
	select {
	case <-s.made:
		return nil
	case <-ctx.Done():
	}
	s.feed.mu.Lock()
	defer s.feed.mu.Unlock()
	if s.failed != nil {
		return s.failed
	}
	return context.Cause(ctx)
}

// stir asks for rooms to be put on lines.
func (s *shards) stir() { signal(s.wake) }

// moved is stir, and says that the topology is another one than the client knows.
func (s *shards) moved() {
	s.stale.Store(true)
	s.stir()
}

// run works until ctx ends.
func (s *shards) run(ctx context.Context) {
	var wg sync.WaitGroup
	defer wg.Wait()
	for {
		pause := proofInterval
		if s.route(ctx, &wg) {
			s.stale.Store(true)
			pause = routeAgain
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(pause):
		case <-s.wake:
		}
		if s.stale.Swap(false) {
			s.cluster.ReloadState(ctx)
			select {
			case <-ctx.Done():
				return
			case <-time.After(routePause):
			}
		}
	}
}

// route has a line for each master, and puts rooms on the lines where they belong. It
// reports whether that has to be tried again soon.
func (s *shards) route(ctx context.Context, wg *sync.WaitGroup) (again bool) {
	masters, err := s.masters(ctx)
	f := s.feed
	f.mu.Lock()
	defer f.mu.Unlock()
	if s.failed = err; err != nil {
		return true
	}
	for addr, client := range masters {
		if f.lines[addr] == nil {
			s.open(ctx, wg, newLine(f, addr, client))
		}
	}
	down := false
	for addr, n := range f.lines {
		if masters[addr] == nil {
			n.end()
			delete(f.lines, addr)
		} else if n.link == nil {
			down = true
		}
	}
	s.once.Do(func() { close(s.made) })
	if down {
		for _, r := range f.rooms {
			if n := r.line.Load(); n != nil && n.link == nil && !r.confirmed() && s.owner(r) != n {
				s.lift(r)
			}
		}
	}
	for r := range s.astray {
		if f.rooms[r.topic] == r {
			s.place(r)
		} else {
			delete(s.astray, r)
		}
	}
	return down || len(s.astray) > 0
}

// masters returns the masters that have slots, by their addresses.
func (s *shards) masters(ctx context.Context) (map[string]*goredis.Client, error) {
	ctx, cancel := context.WithTimeout(ctx, mastersTimeout)
	defer cancel()
	var mu sync.Mutex
	all := map[string]*goredis.Client{}
	err := s.cluster.ForEachMaster(ctx, func(_ context.Context, master *goredis.Client) error {
		mu.Lock()
		defer mu.Unlock()
		all[master.Options().Addr] = master
		return nil
	})
	return all, err
}

// open keeps a line connected until it ends. Its rooms go astray then. The feed's lock is
// held.
func (s *shards) open(ctx context.Context, wg *sync.WaitGroup, n *line) {
	ctx, n.end = context.WithCancel(ctx)
	s.feed.lines[n.addr] = n
	wg.Go(func() {
		keepConnected(ctx, n)
		s.feed.mu.Lock()
		defer s.feed.mu.Unlock()
		for _, r := range s.feed.rooms {
			if r.line.Load() == n {
				s.lift(r)
			}
		}
		s.stir()
	})
}

// place puts a room on its line, if that is known. The feed's lock is held.
func (s *shards) place(r *room) {
	n := s.owner(r)
	if n == nil {
		s.astray[r] = struct{}{}
		return
	}
	delete(s.astray, r)
	r.line.Store(n)
	s.feed.settle(r)
}

// owner returns the line of a room, or nil. The feed's lock is held.
func (s *shards) owner(r *room) *line {
	master, err := s.cluster.MasterForKey(context.Background(), r.topic) // without the network, once the masters are known
	if err != nil {
		return nil
	}
	return s.feed.lines[master.Options().Addr]
}

// lift takes a room from a line that does not hear it. Others may have heard of the new
// one before. The feed's lock is held.
func (s *shards) lift(r *room) {
	r.state = unheard
	r.since = r.since.Add(-staleTopology)
	r.line.Store(nil)
	s.astray[r] = struct{}{}
}

// control returns the name of a topic of a connection's own, in a slot of its master.
func (s *shards) control(n *line, name func() string) (string, error) {
	for range controlTries {
		topic := s.feed.keys.control(name())
		master, err := s.cluster.MasterForKey(context.Background(), topic)
		if err != nil {
			return "", err
		}
		if master.Options().Addr == n.addr {
			return topic, nil
		}
	}
	return "", fmt.Errorf("%s has no slots", n.addr)
}
