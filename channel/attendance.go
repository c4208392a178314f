package channel

import "sync"

// attendance is the members of a channel as its subscribers on this node have been told
// of them: what Redis has to be told when it has lost them. Its methods may be called
// on nil, which knows nobody.
type attendance struct {
	mu    sync.Mutex
	keys  map[string]bool
	known bool            // no event is missing, and those are there who came before this node
	heard map[string]bool // keys of events since all members were asked for; nil: they were not
}

// take notes the joins and leaves among messages, in the order of Redis.
func (a *attendance) take(messages ...*Message) {
	for _, m := range messages {
		if m.event != nil {
			a.note(m.event.PresenceKey, m.event.Event == "join")
		}
	}
}

func (a *attendance) note(key string, present bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.heard != nil {
		a.heard[key] = true
	}
	a.set(key, present)
}

// add adds a member that Redis has confirmed.
func (a *attendance) add(key string) {
	if a == nil {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.set(key, true)
}

// set is note. The lock is held.
func (a *attendance) set(key string, present bool) {
	if !present {
		delete(a.keys, key)
		return
	}
	if a.keys == nil {
		a.keys = map[string]bool{}
	}
	a.keys[key] = true
}

// ask reports whether all members are to be asked for. If so, and if there is an
// answer, learn follows.
func (a *attendance) ask() bool {
	if a == nil {
		return false
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.known {
		return false
	}
	a.heard = map[string]bool{}
	return true
}

// learn takes all members. An event that has come in since they were asked for is as new
// as these, or newer.
func (a *attendance) learn(all []string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	keys := make(map[string]bool, len(all))
	for _, key := range all {
		if !a.heard[key] {
			keys[key] = true
		}
	}
	for key := range a.heard {
		if a.keys[key] {
			keys[key] = true
		}
	}
	a.keys, a.heard, a.known = keys, nil, true
}

// doubt says that events may be missing.
func (a *attendance) doubt() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.known = false
}

// forget forgets all members.
func (a *attendance) forget() {
	if a == nil {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.keys, a.heard, a.known = nil, nil, false
}

// list returns the members.
func (a *attendance) list() []string {
	if a == nil {
		return nil
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	all := make([]string, 0, len(a.keys))
	for key := range a.keys {
		all = append(all, key)
	}
	return all
}
