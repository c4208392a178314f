package channel

import (
	"errors"
	"sync"
	"time"
)

// Some services answer with another server's name on each connection, and pass all
// messages all the same. So many moves in such a time are no failovers.
const (
	manyHops = 4
	hopsTime = time.Minute
)

// forgetAfter is when a node that is not heard of any more is forgotten.
const forgetAfter = time.Hour

var (
	// errUnheard says that Redis took a proof, and that the subscription does not
	// get it.
	errUnheard = errors.New("what this node publishes does not come back")
	// errMoved says that commands go to another server than the subscription.
	errMoved = errors.New("redis has another master")
)

// proofs knows which proofs a node has published and heard, and what that says
// about the messages that it may have missed. Its times are this node's.
type proofs struct {
	node    string
	cluster bool

	mu      sync.Mutex
	conn    int         // the number of the subscribing connection
	up      bool        // it is there
	began   time.Time   // what was published since is sent to it
	sure    time.Time   // what was broadcast before was delivered by the last one
	at      server      // that own commands went to when a proof came back on it
	hops    []time.Time // of own commands to another server, of late
	anyAt   bool        // servers do not matter
	targets map[string]*target
	ways    map[way]*heardProof
}

// target is a server that this node publishes to. In a cluster there is one for
// each master, else one with the name "".
type target struct {
	n, taken uint64   // numbers of the last proof, and of the last that Redis took
	at       server   // that took it
	atStart  server   // the same when the connection began
	failed   bool     // the last attempt
	unheard  []*trial // since the connection is there
}

// trial is an attempt to publish a proof.
type trial struct {
	proof
	conn      int
	began     time.Time
	published time.Time // zero until Redis has taken it
	pongs     int       // since
}

// way is what messages have in common that Redis keeps in order.
type way struct{ node, target string }

// heardProof is the last proof that was heard of a way.
type heardProof struct {
	n      uint64
	at     server
	conn   int
	when   time.Time
	before time.Time // what was broadcast before is delivered
	sure   time.Time // the same by the proof before that, in case a node moved between the two
}

func newProofs(node string, cluster bool) *proofs {
	return &proofs{node: node, cluster: cluster, targets: map[string]*target{}, ways: map[way]*heardProof{}}
}

// connected begins a connection, and returns its number.
func (p *proofs) connected(began time.Time) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.conn++
	p.up, p.began, p.at = true, began, server{}
	for _, t := range p.targets {
		t.atStart, t.unheard = t.at, nil
	}
	for w, h := range p.ways {
		if began.Sub(h.when) > forgetAfter {
			delete(p.ways, w)
		}
	}
	return p.conn
}

// lost ends a connection. It returns the time before which everything has been
// delivered.
func (p *proofs) lost() time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.sure = p.sureOfAll()
	p.up = false
	return p.sure
}

// delivered returns the time before which everything has come in.
func (p *proofs) delivered() time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.sureOfAll()
}

// sureOfAll is delivered. The lock is held.
func (p *proofs) sureOfAll() time.Time {
	if !p.up {
		return p.sure
	}
	var sure time.Time
	for name := range p.targets {
		if at := p.sureOf(way{p.node, name}); sure.IsZero() || at.Before(sure) {
			sure = at
		}
	}
	if sure.IsZero() {
		sure = p.began
	}
	return sure
}

// sureOf returns the time before which everything that takes a way has been
// delivered. The lock is held.
func (p *proofs) sureOf(w way) time.Time {
	if h := p.ways[w]; h != nil && h.conn == p.conn {
		return h.sure
	}
	return p.began
}

// try returns a proof to publish.
func (p *proofs) try(name string) *trial {
	p.mu.Lock()
	defer p.mu.Unlock()
	t := p.targets[name]
	if t == nil {
		t = &target{}
		p.targets[name] = t
	}
	t.n++
	a := &trial{proof: proof{Node: p.node, Target: name, N: t.n, After: t.taken}, conn: p.conn, began: time.Now()}
	if p.up {
		t.unheard = append(t.unheard, a)
	}
	return a
}

// moves reports whether a trial goes to another server than the proof before.
func (p *proofs) moves(a *trial) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	t := p.targets[a.Target]
	return t != nil && p.differs(t.at, a.At)
}

// tried takes what became of a proof. It reports whether commands go to another
// server than those did whose proofs came back on the connection of the trial, or
// that this has happened so often that it will not matter any more.
func (p *proofs) tried(a *trial, err error) (moved, many bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	t := p.targets[a.Target]
	if t == nil {
		return false, false
	}
	if t.failed = err != nil; t.failed {
		t.forget(a)
		return false, false
	}
	t.taken, t.at = a.N, a.At
	a.published = time.Now()
	if a.conn != p.conn || !p.differs(p.at, a.At) {
		return false, false
	}
	p.hops = append(p.hops, a.published)
	for a.published.Sub(p.hops[0]) > hopsTime {
		p.hops = p.hops[1:]
	}
	p.anyAt = len(p.hops) >= manyHops
	return true, p.anyAt
}

// differs reports whether broadcasts to one server may not have been heard where
// those to the other are. The lock is held.
func (p *proofs) differs(a, b server) bool { return !p.cluster && !p.anyAt && a.differs(b) }

// forget gives up a trial: it may be heard or not.
func (t *target) forget(a *trial) {
	for i, other := range t.unheard {
		if other == a {
			t.unheard = append(t.unheard[:i:i], t.unheard[i+1:]...)
			return
		}
	}
}

// ponged is called with the time of a ping when its answer has come: what was
// published before that should have been heard, since the subscribing connection
// keeps the order too. It allows for one that comes around through another server.
func (p *proofs) ponged(sent time.Time) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, t := range p.targets {
		for _, a := range t.unheard {
			if a.published.IsZero() || !a.published.Before(sent) {
				continue
			}
			if a.pongs++; a.pongs > 1 {
				return errUnheard
			}
		}
	}
	return nil
}

// verdict is what a proof says.
type verdict struct {
	missing bool // messages may be, that were broadcast while the connection was there
	since   time.Time
	greet   bool // its node is new here, and may not know this one
}

// heard takes a proof that has come in.
func (p *proofs) heard(got proof) verdict {
	p.mu.Lock()
	defer p.mu.Unlock()
	w := way{got.Node, got.Target}
	last, mine, lost := p.ways[w], got.Node == p.node, false
	if last != nil && got.N <= last.n {
		return verdict{} // late, and what it tells is known
	}
	now := &heardProof{n: got.N, at: got.At, conn: p.conn, when: time.Now(), before: p.began, sure: p.began}
	if mine {
		if now.before, lost = p.answered(got); now.before.IsZero() {
			return verdict{} // Redis did not say that it took it
		}
	} else if own := p.ways[way{p.node, got.Target}]; own != nil && own.conn == p.conn {
		now.before = own.before
	}
	p.ways[w] = now
	switch {
	case last == nil && mine:
		return verdict{missing: lost, since: p.began}
	case last == nil: // and if it was there before, the last connection did not hear it
		return verdict{missing: got.After > 0 && p.conn > 1, since: p.sure, greet: true}
	case last.conn == p.conn:
		now.sure = last.before
	}
	return verdict{missing: lost || p.missed(last, got), since: last.sure}
}

// answered settles the trial of a proof of this node, and returns when that began.
// It reports whether others before it were lost on the same connection. The lock
// is held.
func (p *proofs) answered(got proof) (began time.Time, lost bool) {
	t := p.targets[got.Target]
	if t == nil {
		return time.Time{}, false
	}
	for i, a := range t.unheard {
		if a.N == got.N {
			t.unheard = t.unheard[i+1:]
			p.at = got.At
			return a.began, lost
		}
		lost = true
	}
	return time.Time{}, false
}

// missed reports whether a message may be missing that was published on a way
// after the last proof and before this one. What is missing because there was no
// connection is reported with the next one.
func (p *proofs) missed(last *heardProof, got proof) bool {
	if last.conn == p.conn && got.After > last.n {
		return true
	}
	from := last.at
	if got.Node == p.node && last.conn != p.conn {
		from = p.targets[got.Target].atStart
	}
	return p.differs(from, got.At) || p.cluster && last.at.interrupted(got.At)
}

// drop forgets a target that is none any more. If what it took last may be
// missing, it returns since when.
func (p *proofs) drop(name string) (since time.Time, missing bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	t := p.targets[name]
	if t == nil {
		return time.Time{}, false
	}
	w := way{p.node, name}
	since = p.sureOf(w)
	delete(p.targets, name)
	delete(p.ways, w)
	return since, t.failed
}

// failed reports whether the last attempt at a target was.
func (p *proofs) failed(name string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	t := p.targets[name]
	return t != nil && t.failed
}
