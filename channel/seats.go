package channel

import (
	"context"
	"errors"
	"sync"
)

// errGone says that a connection ended while it was joining.
var errGone = errors.New("the connection is gone")

// seats are the subscribers on this node and their channels. To change one takes its turn,
// so that a join and a leave of the same connection and channel never cross.
type seats struct {
	mu     sync.Mutex
	byID   map[string]map[string]*seat // subscriber's id, channel's name
	closed bool
}

// seat is one connection in one channel, or on its way in or out.
type seat struct {
	id, name string
	turn     chan struct{} // holding it, of capacity 1, is the turn
	users    int           // of the turn, or waiting for it; guarded by seats
	gone     bool          // LeaveAll has come; guarded by seats

	// Of the goroutine that has the turn. sub is also read under the lock of seats.
	sub  Subscriber // nil: the seat is free
	join *Join
	room *room
	key  string // of presence
}

// take returns the seat when its turn has come. Unless it is to be created it is
// nil when there is none.
func (s *seats) take(ctx context.Context, id, name string, create bool) (*seat, error) {
	s.mu.Lock()
	st := s.byID[id][name]
	if st == nil {
		if !create {
			s.mu.Unlock()
			return nil, nil
		}
		if s.byID[id] == nil {
			s.byID[id] = map[string]*seat{}
		}
		st = &seat{id: id, name: name, turn: make(chan struct{}, 1)}
		s.byID[id][name] = st
	}
	st.users++
	s.mu.Unlock()

	select {
	case st.turn <- struct{}{}:
		return st, nil
	case <-ctx.Done():
		s.unuse(st)
		return nil, context.Cause(ctx)
	}
}

// give ends the turn.
func (s *seats) give(st *seat) {
	<-st.turn
	s.unuse(st)
}

func (s *seats) unuse(st *seat) {
	s.mu.Lock()
	defer s.mu.Unlock()
	st.users--
	if st.users > 0 || st.sub != nil {
		return
	}
	delete(s.byID[st.id], st.name)
	if len(s.byID[st.id]) == 0 {
		delete(s.byID, st.id)
	}
}

// sit makes a join final, unless it is too late for that.
func (s *seats) sit(ctx context.Context, st *seat, sub Subscriber, j *Join, r *room, key string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case st.gone:
		return errGone
	case s.closed:
		return errStopped
	}
	st.sub, st.join, st.room, st.key = sub, j, r, key
	return nil
}

// rise empties a seat.
func (s *seats) rise(st *seat) {
	s.mu.Lock()
	defer s.mu.Unlock()
	st.sub, st.join, st.room, st.key = nil, nil, nil, ""
}

// leaving returns the names of all channels that a connection is in. Joins that
// are under way will fail.
func (s *seats) leaving(id string) (names []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for name, st := range s.byID[id] {
		st.gone = true
		if st.sub != nil {
			names = append(names, name)
		}
	}
	return names
}

// close makes every join fail from now on, and returns the ids of the subscribers.
func (s *seats) close() (ids []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	for id := range s.byID {
		ids = append(ids, id)
	}
	return ids
}
