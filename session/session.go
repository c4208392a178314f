// Package session keeps what a server remembers of a caller between requests:
// a record in Redis, found by the id in a cookie.
//
// Sessions are lazy. A transport calls [Store.Attach] for every request, which
// touches nothing; [Data] reads the session, in one round trip; [Update] makes one
// when there is none. A request that never updates leaves nothing in Redis and is
// sent no cookie.
//
//	type account struct {
//		UserID int64 `json:"userId"`
//	}
//	session.Renew(ctx, func(a *account) error { a.UserID = user.ID; return nil }) // log in
//	a, ok, err := session.Data[account](ctx)
//	session.From(ctx).Destroy(ctx) // log out
//
// # Redis
//
// A session is the string at session:<id>, as [Record] has it, with a time to live
// that every load starts anew. It needs Redis 6.2 (GETEX). Only ids that the store
// has made are ever looked up or stored under; an id that a caller makes up
// never becomes a session.
//
// A value at such a key that is no record of that id (another type, broken JSON,
// data that is no object) counts as no session: it is reported to the log, left
// as it is, and never written over. When Redis fails, that is an error, and not a
// caller without a session.
//
// # Errors
//
// An error of this package is a [fault.Error]: a [fault.ConnectionServerError] when
// Redis fails or the stored data does not fit, a [fault.ConnectionSessionNotFound] for
// [ErrGone].
package session

import (
	"bytes"
	"context"

	"github.com/keryx-go/keryx/connection"
)

// Session is the session of one request, or of one message of a WebSocket; there
// may be none. Its methods are safe for concurrent use.
type Session struct {
	store      *Store
	connection *connection.Connection
	inMemory   bool // see [Store.AttachInMemory]

	turn   chan struct{} // has an element while a goroutine uses the fields that follow
	loaded bool
	stored *stored // nil when there is no session
	moved  *move   // where the session of the connection's id has gone just now, or nil
}

type contextKey struct{}

// Attached reports whether ctx carries a session, or the place for one: whether a
// [Store] has attached it.
func Attached(ctx context.Context) bool { return From(ctx).store != nil }

// From returns the session that ctx carries. It is never nil: without a store
// behind it, every method of the session fails and says so.
func From(ctx context.Context) *Session {
	if s, ok := ctx.Value(contextKey{}).(*Session); ok {
		return s
	}
	return &Session{}
}

// Load returns the session's record, or nil when there is no session. It asks Redis
// once, with the same round trip starts the session's time to live anew, and sends
// the cookie with the reply. Data of the record must not be changed.
func (s *Session) Load(ctx context.Context) (*Record, error) {
	found, err := s.load(ctx)
	if found == nil {
		return nil, err
	}
	record := found.record
	return &record, nil
}

func (s *Session) load(ctx context.Context) (*stored, error) {
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	defer s.leave()
	if s.loaded {
		return s.stored, nil
	}
	id := s.current().get()
	if id == "" {
		s.loaded = true
		return nil, nil
	}
	found, moved, err := s.store.records.get(ctx, id)
	if err != nil {
		return nil, err
	}
	s.loaded, s.stored, s.moved = true, found, moved
	if found != nil {
		s.connection.AddReply("Set-Cookie", s.store.cookie.of(id))
	}
	return found, nil
}

// ID returns the id of the session that was loaded. Before, and when there is none, it
// is the id that the connection has, in its cookie or since a session was made on it,
// or "": ID does not ask Redis whether there is such a session. The id is a bearer
// secret: keep it out of logs.
func (s *Session) ID(ctx context.Context) string {
	if s.store == nil {
		return ""
	}
	if s.enter(ctx) == nil {
		defer s.leave()
		if s.stored != nil {
			return s.stored.record.ID
		}
	}
	if s.inMemory {
		return ""
	}
	return s.current().get()
}

// Regenerate gives the session a new id, in one step: its data moves, the old id
// is no session any more, and the reply carries the new cookie. It does nothing
// when there is no session. [ErrGone] means that another request was faster; the
// cookie is left alone then, since the other's reply may carry the better one.
//
// Call it whenever a caller's rights change. Where its data changes too, [Renew]
// does both at once.
func (s *Session) Regenerate(ctx context.Context) error {
	found, err := s.load(ctx)
	if found == nil {
		return err
	}
	return s.change(ctx, true, func(data []byte) ([]byte, error) { return data, nil })
}

// Destroy removes the session from Redis and takes the cookie away. It does
// nothing when there is none, and does not load it to find that out.
func (s *Session) Destroy(ctx context.Context) error {
	if err := s.enter(ctx); err != nil {
		return err
	}
	defer s.leave()
	if s.inMemory {
		s.stored = nil
		return nil
	}
	current := s.current()
	for {
		id := current.id.Load()
		if *id == "" {
			break
		}
		client, err := s.store.records.client()
		if err != nil {
			return err
		}
		if err := client.Del(ctx, s.store.records.key(*id)).Err(); err != nil {
			return failed(ctx, "remove the session", err)
		}
		s.connection.AddReply("Set-Cookie", s.store.cookie.gone())
		s.store.records.endings.tell(ctx, *id)
		// Another message of the same socket may have renewed the session.
		if current.id.CompareAndSwap(id, new(string)) {
			break
		}
	}
	s.loaded, s.stored = true, nil
	return nil
}

// maxTries bounds how often a change is tried. Of all that collide one gets
// through each time, so only a change that changes the session itself gets here.
const maxTries = 1000

// change edits the session's data until no other change came in between. It holds no
// lock while edit runs: edit is the app's, and may ask for the session itself.
func (s *Session) change(ctx context.Context, renew bool, edit func(data []byte) ([]byte, error)) error {
	existed := false
	for range maxTries {
		before, err := s.load(ctx)
		if err != nil {
			return err
		}
		if before == nil && renew {
			if done, err := (follower{s, s.store.records}).follow(ctx, edit); done || err != nil {
				return err
			}
		}
		if before == nil && existed { // another goroutine of this request has destroyed it
			return ErrGone
		}
		existed = before != nil
		after, err := s.edited(before, renew, edit)
		if err != nil || after == before {
			return err
		}
		if done, err := s.swap(ctx, before, after); done || err != nil {
			return err
		}
	}
	return errBusy
}

// edited returns what the session shall be.
func (s *Session) edited(before *stored, renew bool, edit func([]byte) ([]byte, error)) (*stored, error) {
	if before == nil {
		data, err := edit([]byte("{}"))
		if err != nil {
			return nil, err
		}
		return s.store.records.newRecord(newID(), data)
	}
	data, err := edit(before.record.Data)
	if err != nil {
		return nil, err
	}
	id := before.record.ID
	if renew {
		id = sibling(s.store.records.key(""), id)
	} else if bytes.Equal(data, before.record.Data) {
		return before, nil
	}
	return before.with(id, data)
}

// swap puts after in the place of before. It returns false when that is not what
// is there any more, and has seen to it that the next load returns what is.
func (s *Session) swap(ctx context.Context, before, after *stored) (done bool, err error) {
	if err := s.enter(ctx); err != nil {
		return false, err
	}
	defer s.leave()
	if !s.loaded || s.stored != before {
		return false, nil
	}
	if s.inMemory {
		s.stored = after
		return true, nil
	}
	client, err := s.store.records.client()
	if err != nil {
		return false, err
	}
	newer, err := s.store.records.put(ctx, client, before, after)
	switch {
	case err == errMoved && before.record.ID != after.record.ID:
		s.loaded, s.stored = false, nil // the next load finds out where it is
		return false, nil
	case err == ErrGone || err == errMoved:
		s.stored = nil
		return false, ErrGone
	case err != nil:
		s.loaded, s.stored = false, nil // whether Redis has stored it is not known
		return false, err
	case newer != nil:
		s.stored = newer
		return false, nil
	}
	if before == nil || before.record.ID != after.record.ID {
		s.become(after)
		if before != nil {
			s.store.records.endings.tell(ctx, before.record.ID)
		}
	}
	s.stored = after
	return true, nil
}

// become makes the session that of another id, for the connection and for its client.
func (s *Session) become(after *stored) {
	s.stored, s.moved = after, nil
	s.current().set(after.record.ID)
	s.connection.AddReply("Set-Cookie", s.store.cookie.of(after.record.ID))
}

// current returns the id of the connection's session.
func (s *Session) current() *current {
	return s.connection.Value(currentKey{s.store}, func() any {
		c := new(current)
		c.set(s.store.cookie.find(s.connection.Header))
		return c
	}).(*current)
}

// enter waits for the session to be free. It is no mutex because a caller that
// waits for one that waits for Redis has a deadline of its own.
func (s *Session) enter(ctx context.Context) error {
	if s.store == nil {
		return ErrNoStore
	}
	select {
	case s.turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		return failed(ctx, "wait for the session", ctx.Err())
	}
}

func (s *Session) leave() { <-s.turn }
