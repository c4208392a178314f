package sockets

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/keryx-go/keryx/bench/internal/process"
	"github.com/keryx-go/keryx/bench/internal/stats"
)

const (
	// turn is the length of a contender's turn under load. With little load everything
	// is slower at times, because the machine's processors fall asleep in between, many
	// times a second. Short turns spread this over all contenders.
	turn = 25 * time.Millisecond
	// perTurn is the number of messages that may be under way in a turn of that length.
	// A greater load needs a longer turn to get going.
	perTurn = 1000
)

// turnFor returns the length of the turns for a load with that many messages under way
// at a time.
func turnFor(messages int) time.Duration {
	return turn * time.Duration((messages+perTurn-1)/perTurn)
}

// player puts one contender under a load, a turn at a time.
type player struct {
	contender *contender
	nodes     int // the number of its nodes in use
	turn      func(ctx context.Context, while time.Duration) (sample, error)
}

// sample is the result of one turn or of several.
type sample struct {
	messages  int
	elapsed   time.Duration
	latencies []time.Duration
}

func (s *sample) add(other sample) {
	s.messages += other.messages
	s.elapsed += other.elapsed
	s.latencies = append(s.latencies, other.latencies...)
}

// round reduces the sample to a Round. cpu is the processor time that it used.
func (s *sample) round(cpu time.Duration) Round {
	slices.Sort(s.latencies)
	return Round{
		Messages: s.messages, Elapsed: s.elapsed, CPU: cpu,
		P50: stats.Percentile(s.latencies, 0.5), P99: stats.Percentile(s.latencies, 0.99),
	}
}

// measure measures a load, after a warm-up round. each is the length of a turn.
func measure(ctx context.Context, b *bench, l *Load, players []*player, each time.Duration) error {
	for _, p := range players {
		l.Servers = append(l.Servers, &Server{Name: p.contender.name, Ours: p.contender.ours})
	}
	if _, err := playRound(ctx, b, players, each); err != nil {
		return err
	}
	used, messages := -process.OwnCPU(), 0
	for range b.rounds {
		rounds, err := playRound(ctx, b, players, each)
		if err != nil {
			return err
		}
		for i, s := range l.Servers {
			s.Rounds = append(s.Rounds, rounds[i])
			messages += rounds[i].Messages
		}
	}
	l.ClientCPU = (used + process.OwnCPU()) / time.Duration(messages)
	return nil
}

// playRound lets the players take turns in the order AB, BA, AB…
func playRound(ctx context.Context, b *bench, players []*player, each time.Duration) ([]Round, error) {
	before, err := cpus(players)
	if err != nil {
		return nil, err
	}
	samples := make([]sample, len(players))
	turns := max(1, int(b.duration/(time.Duration(len(players))*each)))
	for i := range turns {
		for j := range players {
			which := (i + j) % len(players)
			s, err := players[which].turn(ctx, min(each, b.duration))
			if err != nil {
				return nil, fmt.Errorf("%s: %w", players[which].contender.name, err)
			}
			samples[which].add(s)
		}
	}
	after, err := cpus(players)
	if err != nil {
		return nil, err
	}
	rounds := make([]Round, len(players))
	for i := range players {
		rounds[i] = samples[i].round(after[i] - before[i])
	}
	return rounds, nil
}

func cpus(players []*player) ([]time.Duration, error) {
	var all []time.Duration
	for _, p := range players {
		used, err := p.contender.cpu(p.nodes)
		if err != nil {
			return nil, err
		}
		all = append(all, used)
	}
	return all, nil
}
