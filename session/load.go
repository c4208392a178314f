package session

import (
	"context"
	"errors"
	"fmt"

	goredis "github.com/redis/go-redis/v9"

	"github.com/keryx-go/keryx/connection"
	"github.com/keryx-go/keryx/fault"
)

// Session is the session of one request, or of one message of a WebSocket; there
// may be none. Its methods are safe for concurrent use.
type Session struct {
	store      *Store
	connection *connection.Connection

	turn   chan struct{} // has an element while a goroutine uses the fields that follow
	loaded bool
	stored *stored // nil when there is no session
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
	found, err := s.store.get(ctx, id)
	if err != nil {
		return nil, err
	}
	s.loaded, s.stored = true, found
	if found != nil {
		s.connection.AddReply("Set-Cookie", s.store.cookie.of(id))
	}
	return found, nil
}

// get returns nil when there is no session of that id.
func (s *Store) get(ctx context.Context, id string) (*stored, error) {
	client, err := s.client()
	if err != nil {
		return nil, err
	}
	raw, err := client.GetEx(ctx, key(id), s.options.Config.TTL).Result()
	switch {
	case errors.Is(err, goredis.Nil):
		return nil, nil
	case goredis.HasErrorPrefix(err, "WRONGTYPE"):
		s.report(ctx, err)
		return nil, nil
	case err != nil:
		return nil, failed(ctx, "load the session", err)
	}
	return s.parse(ctx, id, raw), nil
}

// parse returns nil for what is not the record of a session with that id.
func (s *Store) parse(ctx context.Context, id, raw string) *stored {
	found, err := parseRecord(id, raw)
	if err != nil {
		s.report(ctx, err)
		return nil
	}
	return found
}

// report does not log the key: the id in it is a bearer secret.
func (s *Store) report(ctx context.Context, err error) {
	s.options.Logger.WarnContext(ctx, "what Redis holds in place of a session is not one", "error", err)
}

func (s *Store) client() (goredis.UniversalClient, error) {
	client, err := s.options.Redis.Connected()
	if err != nil {
		return nil, fault.Internal(fmt.Errorf("cannot use sessions: %w", err))
	}
	return client, nil
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
