package session

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/keryx-go/keryx/config"
	"github.com/keryx-go/keryx/connection"
	"github.com/keryx-go/keryx/fault"
	"github.com/keryx-go/keryx/redis"
)

// Options configure a [Store].
type Options struct {
	// Config are the SESSION_* settings. A TTL of zero, and an empty CookieName or
	// SameSite, have the default of the setting. See [config.Complete].
	Config Settings
	// Redis keeps the sessions. While it is not connected, using a session is an
	// error. Required.
	Redis *redis.Connections
	// Logger is told of stored values that are no sessions. Nil discards that.
	Logger *slog.Logger
}

// Store reads and writes sessions. It is safe for concurrent use.
type Store struct {
	options Options
	cookie  cookie
}

// NewStore returns a store. It needs Redis from the first session on, not before.
func NewStore(o Options) *Store {
	config.Complete(&o.Config)
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return &Store{options: o, cookie: newCookie(o.Config)}
}

// Attach returns a copy of ctx with the session of its connection, which is not
// loaded before it is asked for. A transport calls it once for each HTTP
// request, each message of a WebSocket, each run of a command: what is loaded
// stays as it is for that long.
func (s *Store) Attach(ctx context.Context) context.Context {
	return context.WithValue(ctx, contextKey{}, &Session{
		store: s, connection: connection.From(ctx), turn: make(chan struct{}, 1),
	})
}

// AttachInMemory returns a copy of ctx with a session of its own that is in no cookie
// and not in Redis: there is none at first, and one that is made lasts as long as the
// copy is used. It is for what runs outside of requests, such as a ticker or a job: an
// action then finds no session, and one that makes a session leaves nothing behind.
func (s *Store) AttachInMemory(ctx context.Context) context.Context {
	return context.WithValue(ctx, contextKey{}, &Session{
		store: s, connection: connection.From(ctx), turn: make(chan struct{}, 1), inMemory: true, loaded: true,
	})
}

// Alive reports for each id whether there is a session, in one round trip, without
// starting its time to live anew.
func (s *Store) Alive(ctx context.Context, ids []string) ([]bool, error) {
	client, err := s.client()
	if err != nil {
		return nil, err
	}
	replies := make([]*goredis.IntCmd, len(ids))
	_, err = client.Pipelined(ctx, func(pipe goredis.Pipeliner) error {
		for i, id := range ids {
			replies[i] = pipe.Exists(ctx, key(id))
		}
		return nil
	})
	if err != nil {
		return nil, failed(ctx, "look for sessions", err)
	}
	alive := make([]bool, len(ids))
	for i, reply := range replies {
		alive[i] = reply.Val() > 0
	}
	return alive, nil
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

// put writes after if Redis holds before. Otherwise it returns what Redis holds, or
// [ErrGone] when there is nothing.
func (s *Store) put(ctx context.Context, client goredis.UniversalClient, before, after *stored) (*stored, error) {
	ttl := s.options.Config.TTL
	to := key(after.record.ID)
	if before == nil {
		if err := client.Set(ctx, to, after.raw, ttl).Err(); err != nil {
			return nil, failed(ctx, "store the session", err)
		}
		return nil, nil
	}
	script, keys := swapScript, []string{to}
	if from := key(before.record.ID); from != to {
		script, keys = moveScript, []string{from, to}
	}
	reply, err := script.Run(ctx, client, keys, before.raw, after.raw, ttl.Milliseconds()).Result()
	if err != nil {
		return nil, failed(ctx, "store the session", err)
	}
	switch reply := reply.(type) {
	case string:
		if newer := s.parse(ctx, before.record.ID, reply); newer != nil {
			return newer, nil
		}
	case int64:
		if reply == 1 {
			return nil, nil
		}
	}
	return nil, ErrGone
}

// newRecord returns a session that Redis does not hold yet.
func (s *Store) newRecord(data []byte) (*stored, error) {
	record := Record{ID: newID(), CookieName: s.options.Config.CookieName, CreatedAt: time.Now().UnixMilli(), Data: data}
	raw, err := json.Marshal(record)
	if err != nil {
		return nil, err
	}
	return parseRecord(record.ID, string(raw))
}
