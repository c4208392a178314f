package channel

import (
	"context"
	"log/slog"
	"sync"
	"time"

	goredis "github.com/redis/go-redis/v9"
)

const (
	// proofTimeout bounds one proof, so that the next is in time.
	proofTimeout = 2 * time.Second
	// mastersTimeout bounds the look at which masters there are.
	mastersTimeout = time.Second
	// keepTarget is how long a node of a cluster that is no master any more gets
	// proofs: broadcasts go to it until each client knows.
	keepTarget = 20 * time.Second
	// demotedPause is the first pause after a server refused to write. It doubles
	// each time.
	demotedPause = 100 * time.Millisecond
	// greetPause is how long a node waits before it makes itself known to a new one,
	// of which several may come at once.
	greetPause = 300 * time.Millisecond
	// quietFailures is how many rounds may fail before that is logged.
	quietFailures = 3
)

// prover publishes the proofs of a node.
type prover struct {
	keys   keyspace
	client goredis.UniversalClient
	feed   *feed
	moved  *moves
	log    *slog.Logger
	now    chan struct{} // asks for a round
	soon   chan struct{} // asks for one after greetPause

	// Of the goroutine:
	masters map[string]*master // of a cluster, by address
	failed  int                // rounds, one after the other
}

// master is a node of a cluster that is one, or was of late.
type master struct {
	client *goredis.Client
	seen   time.Time // as a master
}

func newProver(o Options, keys keyspace, f *feed, m *moves) *prover {
	return &prover{
		keys: keys, client: o.Redis.Client, feed: f, moved: m, log: o.Logger,
		now: make(chan struct{}, 1), soon: make(chan struct{}, 1), masters: map[string]*master{},
	}
}

// proveNow asks for proofs without waiting for them.
func (p *prover) proveNow() { signal(p.now) }

// greet asks for proofs soon.
func (p *prover) greet() { signal(p.soon) }

// run works until ctx ends.
func (p *prover) run(ctx context.Context) {
	timer := time.NewTimer(proofInterval)
	defer timer.Stop()
	demoted, next := demotedPause, time.Now().Add(proofInterval)
	for {
		timer.Reset(time.Until(next))
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		case <-p.now:
		case <-p.soon:
			if at := time.Now().Add(greetPause); at.Before(next) {
				next = at
			}
			continue
		}
		next = time.Now().Add(proofInterval)
		if isReadOnly(p.round(ctx)) {
			next = time.Now().Add(demoted)
			demoted = min(2*demoted, proofInterval)
		} else {
			demoted = demotedPause
		}
		for _, n := range p.feed.all() {
			n.report(time.Now())
		}
	}
}

// round publishes a proof to each target, and returns the error of one that failed.
func (p *prover) round(ctx context.Context) error {
	var err error
	cluster, _ := p.client.(*goredis.ClusterClient)
	switch {
	case p.keys.sharded:
		err = p.proveLines(ctx, cluster)
	case cluster != nil:
		err = p.proveMasters(ctx, cluster)
	default:
		err = p.prove(ctx, p.client, p.feed.lines[""], "")
	}
	switch {
	case ctx.Err() != nil:
	case err == nil && p.failed >= quietFailures:
		p.log.Info("channel: proofs are published again")
		p.failed = 0
	case err == nil:
		p.failed = 0
	default:
		if p.failed++; p.failed == quietFailures {
			p.log.Warn("channel: proofs cannot be published, so the next gap may seem longer than it is", "error", err)
		}
	}
	return err
}

// proveMasters publishes a proof to each master of a cluster, for the one line.
func (p *prover) proveMasters(ctx context.Context, cluster *goredis.ClusterClient) error {
	p.refresh(ctx, cluster)
	var all []func() error
	for addr, m := range p.masters {
		all = append(all, func() error { return p.prove(ctx, m.client, p.feed.lines[""], addr) })
	}
	return together(all)
}

// proveLines publishes a proof for each line, to the master that has its topic.
func (p *prover) proveLines(ctx context.Context, cluster *goredis.ClusterClient) error {
	var all []func() error
	for _, n := range p.feed.all() {
		all = append(all, func() error {
			master, err := cluster.MasterForKey(ctx, n.proofTopic())
			if err != nil {
				return err
			}
			return p.prove(ctx, master, n, "")
		})
	}
	return together(all)
}

// together runs functions side by side, and returns one of their errors.
func together(all []func() error) error {
	errs := make(chan error, len(all))
	for _, f := range all {
		go func() { errs <- f() }()
	}
	var err error
	for range all {
		if failed := <-errs; failed != nil {
			err = failed
		}
	}
	return err
}

// refresh looks which masters there are.
func (p *prover) refresh(ctx context.Context, cluster *goredis.ClusterClient) {
	ctx, cancel := context.WithTimeout(ctx, mastersTimeout)
	defer cancel()
	var mu sync.Mutex
	now := time.Now()
	err := cluster.ForEachMaster(ctx, func(_ context.Context, client *goredis.Client) error {
		mu.Lock()
		defer mu.Unlock()
		p.masters[client.Options().Addr] = &master{client, now}
		return nil
	})
	if err != nil {
		return // those from before will do
	}
	only := p.feed.lines[""]
	for addr, m := range p.masters {
		if m.seen != now && (only.proofs.failed(addr) || now.Sub(m.seen) > keepTarget) {
			delete(p.masters, addr)
			if since, missing := only.proofs.drop(addr); missing {
				only.doubt(since)
			}
		}
	}
}

// prove publishes a proof for a line, and draws the conclusion from what comes of it.
func (p *prover) prove(ctx context.Context, client goredis.UniversalClient, n *line, target string) error {
	topic := n.proofTopic()
	if topic == "" {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, proofTimeout)
	defer cancel()
	t := n.proofs.try(target)
	err := p.publish(ctx, client, n, topic, t)
	switch moved, many := n.proofs.tried(t, err); {
	case many:
		p.log.Warn("channel: commands go to several redis servers by turns, so a failover may be noticed late")
	case moved:
		n.leave(t.conn, errMoved)
	}
	if isReadOnly(err) {
		p.moved.note()
	}
	return err
}

// publish sends a proof to a server that takes writes, and says in it which that is.
func (p *prover) publish(ctx context.Context, client goredis.UniversalClient, n *line, topic string, t *trial) error {
	return onOne(ctx, client, func(conn commander) error {
		if !p.keys.bus() {
			if err := takesWrites(ctx, conn, p.keys.nobody(topic)); err != nil {
				return err
			}
		}
		t.At = identify(ctx, conn, p.keys.bus())
		if n.proofs.moves(t) {
			// Nodes that hear this proof expect no more from the server before.
			if err := p.moved.settle(ctx); err != nil {
				return err
			}
		}
		data, err := t.encode()
		if err != nil {
			return err
		}
		return conn.Process(ctx, &once{goredis.NewIntCmd(ctx, p.keys.publishing(), topic, data)})
	})
}
