package session

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
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
	index   *index
	endings endings
}

// NewStore returns a store. It needs Redis from the first session on, not before.
func NewStore(o Options) *Store {
	config.Complete(&o.Config)
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return &Store{options: o, cookie: newCookie(o.Config), index: newIndex(o.Config.TTL)}
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

// OnEnd adds a function to call with the ids of sessions that have just ended, by
// [Session.Destroy] or [Store.EndAll], or have got another id, by [Renew] or
// [Session.Regenerate], on this node. Sessions that expire are not among them.
func (s *Store) OnEnd(f func(ctx context.Context, ids []string)) { s.endings.add(f) }

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

// Of returns the sessions in which a user is logged in, oldest first: those whose
// [Record.UserID] is the subject. It takes two round trips, and starts no time to live
// anew. The ids are bearer secrets: show something else to people.
func (s *Store) Of(ctx context.Context, subject string) ([]Record, error) {
	client, err := s.client()
	if err != nil {
		return nil, err
	}
	ids, err := s.index.ids(ctx, client, subject)
	if err != nil {
		return nil, failed(ctx, "list sessions", err)
	}
	all, err := s.peek(ctx, client, ids)
	if err != nil {
		return nil, err
	}
	records := []Record{}
	for _, found := range all {
		if found != nil && found.record.UserID() == subject {
			records = append(records, found.record)
		}
	}
	slices.SortStableFunc(records, func(a, b Record) int { return cmp.Compare(a.CreatedAt, b.CreatedAt) })
	return records, nil
}

// IDs returns the ids of the sessions of a user, and of those that have ended lately,
// within twice SESSION_TTL at least. A connection with such an id was the user's.
func (s *Store) IDs(ctx context.Context, subject string) ([]string, error) {
	client, err := s.client()
	if err != nil {
		return nil, err
	}
	ids, err := s.index.ids(ctx, client, subject)
	if err != nil {
		return nil, failed(ctx, "list sessions", err)
	}
	all, err := s.peek(ctx, client, ids)
	if err != nil {
		return nil, err
	}
	var kept []string
	for i, found := range all {
		if found == nil || found.record.UserID() == subject {
			kept = append(kept, ids[i])
		}
	}
	return kept, nil
}

// EndAll ends all sessions in which a user is logged in, on whatever node, but those
// with an id to keep, and returns how many that were. A session that is renewed
// meanwhile is ended, too; a user who logs in meanwhile may stay in. After an error
// some have ended; call it again.
//
// Subscriptions of WebSockets to channels end within seconds, as with
// [Session.Destroy]; [github.com/keryx-go/keryx/websocket.Server.Disconnect] closes the
// sockets themselves.
func (s *Store) EndAll(ctx context.Context, subject string, keep ...string) (ended int, err error) {
	client, err := s.client()
	if err != nil {
		return 0, err
	}
	if err := s.index.close(ctx, client, subject, keep); err != nil {
		return 0, failed(ctx, "end sessions", err)
	}
	defer func() {
		if openErr := s.index.open(context.WithoutCancel(ctx), client, subject); openErr != nil && err == nil {
			err = failed(ctx, "end sessions", openErr)
		}
	}()
	// A session whose renewal began before has moved from one of the ids to another, and
	// may be at neither of them when it is looked for: so there has to be nothing twice.
	// An id at which there was nothing twice is not looked at any more.
	const enough = 2
	nothing := map[string]int{}
	for quiet := 0; quiet < enough; quiet++ {
		ids, err := s.index.ids(ctx, client, subject)
		if err != nil {
			return ended, failed(ctx, "list sessions", err)
		}
		ids = slices.DeleteFunc(ids, func(id string) bool { return nothing[id] == enough || slices.Contains(keep, id) })
		all, err := s.peek(ctx, client, ids)
		if err != nil {
			return ended, err
		}
		var logged []*stored
		for i, found := range all {
			if found != nil && found.record.UserID() == subject {
				logged = append(logged, found)
			} else {
				nothing[ids[i]]++
			}
		}
		if len(logged) == 0 {
			continue
		}
		quiet = -1
		n, err := s.remove(ctx, client, logged)
		if ended += n; err != nil {
			return ended, err
		}
	}
	return ended, nil
}

// remove removes sessions, and returns how many were still there.
func (s *Store) remove(ctx context.Context, client goredis.UniversalClient, all []*stored) (removed int, err error) {
	replies := make([]*goredis.IntCmd, len(all))
	_, err = client.Pipelined(ctx, func(pipe goredis.Pipeliner) error {
		for i, found := range all {
			replies[i] = pipe.Del(ctx, key(found.record.ID))
		}
		return nil
	})
	ids := make([]string, len(all))
	for i, reply := range replies {
		removed += int(reply.Val())
		ids[i] = all[i].record.ID
	}
	s.endings.tell(ctx, ids...)
	if err != nil {
		return removed, failed(ctx, "remove sessions", err)
	}
	return removed, nil
}

// peek returns the session of each id, or nil, without starting its time to live anew.
func (s *Store) peek(ctx context.Context, client goredis.UniversalClient, ids []string) ([]*stored, error) {
	replies := make([]*goredis.StringCmd, len(ids))
	_, err := client.Pipelined(ctx, func(pipe goredis.Pipeliner) error {
		for i, id := range ids {
			replies[i] = pipe.Get(ctx, key(id))
		}
		return nil
	})
	if err != nil && !errors.Is(err, goredis.Nil) && !goredis.HasErrorPrefix(err, "WRONGTYPE") {
		return nil, failed(ctx, "load sessions", err)
	}
	all := make([]*stored, len(ids))
	for i, reply := range replies {
		switch raw, err := reply.Result(); {
		case err == nil:
			all[i] = s.parse(ctx, ids[i], raw)
		case !errors.Is(err, goredis.Nil) && !goredis.HasErrorPrefix(err, "WRONGTYPE"):
			return nil, failed(ctx, "load sessions", err)
		}
	}
	return all, nil
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
	found := s.parse(ctx, id, raw)
	if found != nil {
		s.index.keep(ctx, client, &found.record)
	}
	return found, nil
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
	subject := after.record.UserID()
	if subject != "" && (before == nil || before.record.ID != after.record.ID || before.record.UserID() != subject) {
		renews := ""
		if before != nil && before.record.UserID() == subject {
			renews = before.record.ID
		}
		if err := s.index.add(ctx, client, subject, after.record.ID, renews); errors.Is(err, ErrGone) {
			return nil, err
		} else if err != nil {
			return nil, failed(ctx, "store the session", err)
		}
	}
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
