package channel

import (
	"math/rand/v2"
	"slices"
	"strconv"
	"sync"
	"testing"
)

type named string

func (n named) ID() string     { return string(n) }
func (named) Deliver(*Message) {}

// TestAudience: a list that was handed out never changes, and a new one is right.
func TestAudience(t *testing.T) {
	var a audience
	in := map[string]bool{}
	type handedOut struct{ list, copied []Subscriber }
	var lists []handedOut
	random := rand.New(rand.NewPCG(1, 2))
	for range 5000 {
		id := strconv.Itoa(random.IntN(40))
		switch {
		case random.IntN(5) == 0:
			list := a.everyone()
			lists = append(lists, handedOut{list, slices.Clone(list)})
			if len(list) != len(in) {
				t.Fatalf("%d in the list, want %d", len(list), len(in))
			}
			for _, s := range list {
				if !in[s.ID()] {
					t.Fatalf("%s is in the list", s.ID())
				}
			}
		case in[id]:
			a.remove(id)
			delete(in, id)
		default:
			a.remove(id) // of an absent subscriber
			a.add(named(id))
			in[id] = true
		}
	}
	for i, l := range lists {
		if !slices.Equal(l.list, l.copied) {
			t.Fatalf("list %d has changed", i)
		}
	}
}

func TestAudienceWhileItIsRead(t *testing.T) {
	var a audience
	var wg sync.WaitGroup
	for i := range 4 {
		wg.Go(func() {
			for k := range 1000 {
				id := strconv.Itoa(i*1000 + k)
				a.add(named(id))
				for _, s := range a.everyone() {
					s.ID()
				}
				a.remove(id)
			}
		})
	}
	wg.Wait()
	if n := len(a.everyone()); n != 0 {
		t.Errorf("%d are left", n)
	}
}
