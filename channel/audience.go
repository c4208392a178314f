package channel

import (
	"slices"
	"sync"
)

// audience is the subscribers of a channel on this node. To deliver takes
// its lock only to get the list, not while the list is gone through.
type audience struct {
	mu     sync.Mutex
	list   []Subscriber
	at     map[string]int // a subscriber's place in the list, by id
	shared bool           // a broadcast may be reading the list
}

// add takes a subscriber in. A list that is being read may grow: readers know
// its length of before.
func (a *audience) add(s Subscriber) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.at == nil {
		a.at = map[string]int{}
	}
	a.at[s.ID()] = len(a.list)
	a.list = append(a.list, s)
}

// remove takes a subscriber out, and drops what waits for it.
func (a *audience) remove(id string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	i, ok := a.at[id]
	if !ok {
		return
	}
	if h, ok := a.list[i].(*held); ok {
		h.end()
	}
	if a.shared {
		a.list, a.shared = slices.Clone(a.list), false
	}
	last := len(a.list) - 1
	a.list[i] = a.list[last]
	a.at[a.list[i].ID()] = i
	a.list[last] = nil
	a.list = a.list[:last]
	delete(a.at, id)
}

// everyone returns the list as it is now.
func (a *audience) everyone() []Subscriber {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.shared = true
	return a.list
}
