package scaling

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/keryx-go/keryx/bench/internal/report"
)

// hubs is the number of nodes at each cluster of the masters part.
const hubs = 3

// setup is a cluster of the masters part, with nodes that talk through it.
type setup struct {
	result  *Cluster
	args    []string
	cluster *cluster
	nodes   []*hub
	rooms   []*room
	current atomic.Pointer[turn]
}

// setups returns the clusters, the one that the others are compared with first.
func setups() []*setup {
	return []*setup{
		{result: &Cluster{Name: "1 master", Masters: 1}},
		{result: &Cluster{Name: "3 masters, sharded topics", Masters: 3, Ours: true}},
		// To a node, a cluster without the command is one from before Redis 7.
		{result: &Cluster{Name: "3 masters, as before Redis 7", Masters: 3}, args: []string{"--rename-command", "SPUBLISH", ""}},
	}
}

// masters measures the same broadcasts through clusters of one and of three masters.
func masters(ctx context.Context, b *bench) error {
	all := setups()
	for _, s := range all {
		defer s.stop()
		b.Say("starting a cluster: %s", s.result.Name)
		if err := s.start(ctx, b); err != nil {
			return fmt.Errorf("%s: %w", s.result.Name, err)
		}
		b.run.Masters = append(b.run.Masters, s.result)
	}
	b.Say("broadcasts through %s, %s of %v", report.Count(len(all), "cluster"), report.Count(b.rounds, "round"), b.duration)
	for round := range b.rounds + 1 {
		for i := range all {
			s := all[(i+round)%len(all)]
			r, err := s.round(ctx, b.duration)
			if err != nil {
				return fmt.Errorf("%s: %w", s.result.Name, err)
			}
			if round > 0 { // the first one warms up
				s.result.Rounds = append(s.result.Rounds, r)
			}
		}
	}
	return nil
}

// start starts the cluster and its nodes, and has each listen to all rooms.
func (s *setup) start(ctx context.Context, b *bench) error {
	var err error
	if s.cluster, err = startCluster(ctx, b.Dir, s.result.Masters, s.args...); err != nil {
		return err
	}
	b.measured(s.cluster.masters[0].Version)
	for _, m := range s.cluster.masters {
		if err := m.Yield(); err != nil { // see method
			return err
		}
	}
	if s.rooms, err = s.cluster.rooms(ctx, b.channels); err != nil {
		return err
	}
	for i := range hubs {
		h, err := startHub(ctx, s.cluster.url(), 0)
		if err != nil {
			return err
		}
		s.nodes = append(s.nodes, h)
		for _, r := range s.rooms {
			if err := h.Join(ctx, &ear{id: fmt.Sprintf("%s/%d", r.name, i), current: &s.current}, r.name); err != nil {
				return err
			}
		}
	}
	return nil
}

// round measures one turn.
func (s *setup) round(ctx context.Context, d time.Duration) (Round, error) {
	before, err := s.cluster.usage(ctx)
	if err != nil {
		return Round{}, err
	}
	began := time.Now()
	t := newTurn(ctx)
	s.current.Store(t)
	if err := t.run(s.nodes, s.rooms, d); err != nil {
		return Round{}, err
	}
	r := Round{Messages: int(t.sent.Load()), Elapsed: time.Since(began)}
	after, err := s.cluster.usage(ctx)
	if err != nil {
		return Round{}, err
	}
	for i := range after {
		r.CPU = append(r.CPU, after[i].since(before[i]).CPU)
	}
	return r, nil
}

func (s *setup) stop() {
	for _, h := range s.nodes {
		h.stop()
	}
	if s.cluster != nil {
		s.cluster.stop()
	}
}
