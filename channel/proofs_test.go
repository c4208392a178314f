package channel

import (
	"errors"
	"testing"
	"time"
)

// proven is what the proofs of one node have said so far.
type proven struct {
	*proofs
	t *testing.T
}

func newProven(t *testing.T, cluster bool) proven {
	p := proven{newProofs("me", cluster), t}
	p.connected(time.Now())
	return p
}

// own publishes a proof, which comes back unless it is lost.
func (p proven) own(target string, at server, lost bool) (v verdict, moved bool) {
	a := p.try(target)
	a.At = at
	moved, _ = p.tried(a, nil)
	if !lost {
		v = p.heard(a.proof)
	}
	return v, moved
}

// other hears a proof of another node.
func (p proven) other(n, after uint64, at server) verdict {
	return p.heard(proof{Node: "other", N: n, After: after, At: at})
}

func (p proven) missing(v verdict, want bool, what string) {
	p.t.Helper()
	if v.missing != want {
		p.t.Errorf("%s: missing is %v", what, v.missing)
	}
}

var (
	here      = server{Run: "1", Addr: "10.0.0.1:6379"}
	restarted = server{Run: "2", Addr: "10.0.0.1:6379"}
	otherway  = server{Run: "1", Addr: "10.0.0.9:6379"} // another address of it
	there     = server{Run: "3", Addr: "10.0.0.3:6379"}
)

func TestServers(t *testing.T) {
	for _, c := range []struct {
		a, b                 server
		differs, interrupted bool
	}{
		{here, here, false, false},
		{here, restarted, false, true},
		{here, otherway, false, false},
		{here, there, true, true},
		{here, server{}, false, false},
		{here, server{Run: "3"}, true, true},
		{here, server{Addr: "10.0.0.3:6379"}, true, false},
		{server{}, server{}, false, false},
		{server{Links: "a"}, server{Links: "a"}, false, false},
		{server{Links: "a"}, server{Links: "b"}, false, true},
		{server{Links: "a"}, server{}, false, false},
	} {
		if got := c.a.differs(c.b); got != c.differs {
			t.Errorf("%v, %v: differs is %v", c.a, c.b, got)
		}
		if got := c.a.interrupted(c.b); got != c.interrupted {
			t.Errorf("%v, %v: interrupted is %v", c.a, c.b, got)
		}
	}
}

func TestProofsOfAnotherNode(t *testing.T) {
	p := newProven(t, false)
	v := p.other(7, 6, here)
	p.missing(v, false, "the first, of one that was there before")
	if !v.greet {
		t.Error("a new node is not greeted")
	}
	p.missing(p.other(8, 7, here), false, "the next")
	p.missing(p.other(10, 8, here), false, "after one that Redis may not have taken")
	p.missing(p.other(9, 8, here), false, "that one, late")
	p.missing(p.other(12, 11, here), true, "one is lost")
	p.missing(p.other(13, 12, otherway), false, "by another address")
	p.missing(p.other(14, 13, there), true, "at another server")
	p.connected(time.Now())
	p.missing(p.other(20, 19, there), false, "several, while there was no connection")
	p.missing(p.heard(proof{Node: "third", N: 1}), false, "of one that is new")
	p.missing(p.heard(proof{Node: "fourth", N: 9, After: 8}), true, "of one that the last connection should have heard")
}

func TestOwnProofs(t *testing.T) {
	p := newProven(t, false)
	first := p.began
	sure := func(want time.Time, what string) {
		t.Helper()
		if got := p.sureOf(way{"me", ""}); !got.Equal(want) {
			t.Errorf("%s: sure of %v, want %v", what, got, want)
		}
	}
	p.own("", here, false)
	sure(first, "after one proof")
	before := p.ways[way{"me", ""}].before
	p.own("", here, false)
	sure(before, "after two, that of the last but one")

	p.own("", here, true)
	v, _ := p.own("", here, false)
	p.missing(v, true, "after one that was lost")
	failed := p.try("")
	p.tried(failed, errors.New("timeout"))
	v, moved := p.own("", here, false)
	p.missing(v, false, "after one that Redis has not taken")
	if moved {
		t.Error("moved to the same server")
	}
	if _, moved = p.own("", there, true); !moved {
		t.Error("a move is not noticed")
	}
	p.connected(time.Now())
	v, _ = p.own("", there, false)
	p.missing(v, false, "commands had moved before the connection")
	p.own("", here, true)
	p.own("", there, true) // and back
	p.connected(time.Now())
	v, _ = p.own("", here, false)
	p.missing(v, true, "commands moved after the connection")
}

func TestAProofThatDoesNotComeBack(t *testing.T) {
	p := newProven(t, false)
	a := p.try("")
	if err := p.ponged(time.Now()); err != nil {
		t.Error(err, "of one that Redis has not taken yet")
	}
	sent := time.Now()
	p.tried(a, nil)
	if err := p.ponged(sent); err != nil {
		t.Error(err, "after a ping that may have overtaken it")
	}
	if err := p.ponged(time.Now()); err != nil {
		t.Error(err, "after one ping")
	}
	if err := p.ponged(time.Now()); !errors.Is(err, errUnheard) {
		t.Error("after two pings it is not missed")
	}
	p.connected(time.Now())
	for range 3 {
		if err := p.ponged(time.Now()); err != nil {
			t.Error(err, "on the next connection")
		}
	}
}

func TestProofsInACluster(t *testing.T) {
	p := newProven(t, true)
	a, b := server{Run: "a", Links: "1"}, server{Run: "b", Links: "1"}
	for range 2 {
		va, _ := p.own("a", a, false)
		vb, moved := p.own("b", b, false)
		p.missing(va, false, "of one master")
		p.missing(vb, false, "of another")
		if moved {
			t.Error("each master is a move")
		}
	}
	a.Links = "2"
	v, _ := p.own("a", a, false)
	p.missing(v, true, "a link was made anew")

	if _, missing := p.drop("a"); missing {
		t.Error("a master that is none any more, and well, has lost something")
	}
	p.tried(p.try("b"), errors.New("refused"))
	if since, missing := p.drop("b"); !missing || since.IsZero() {
		t.Error("a master that died has lost nothing")
	}
}

// TestManyServersAtOnce: a service that answers with another name each time does
// not make a node connect again and again.
func TestManyServersAtOnce(t *testing.T) {
	p := newProven(t, false)
	moves := 0
	for i := range 20 {
		at := []server{here, there}[i%2]
		v, moved := p.own("", at, false)
		if moved {
			moves++
			p.connected(time.Now())
		}
		if i > 10 && (moved || v.missing) {
			t.Fatalf("proof %d: moved is %v, missing %v", i, moved, v.missing)
		}
	}
	if moves == 0 || moves > manyHops {
		t.Errorf("%d moves", moves)
	}
}

func TestDecodeProof(t *testing.T) {
	for _, text := range []string{"", "x", "{}", `{"n":1}`, `{"node":"a"}`, `{"node":"a","n":1,"after":1}`, `{"node":1,"n":1}`} {
		if p, err := decodeProof([]byte(text)); err == nil {
			t.Errorf("%s is %v", text, p)
		}
	}
	want := proof{Node: "a", Target: "b", N: 2, After: 1, At: here}
	data, err := want.encode()
	if err != nil {
		t.Fatal(err)
	}
	if got, err := decodeProof(data); got != want || err != nil {
		t.Errorf("got %v, %v", got, err)
	}
}
