package session

import (
	"cmp"
	"context"
	"log/slog"
	"slices"

	goredis "github.com/redis/go-redis/v9"

	"github.com/keryx-go/keryx/config"
	"github.com/keryx-go/keryx/connection"
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
	cookie  cookie
	records *records
}

// NewStore returns a store. It needs Redis from the first session on, not before.
func NewStore(o Options) *Store {
	config.Complete(&o.Config)
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return &Store{cookie: newCookie(o.Config), records: &records{
		redis: o.Redis, ttl: o.Config.TTL, cookieName: o.Config.CookieName, logger: o.Logger, index: newIndex(o.Redis, o.Config.TTL),
	}}
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
func (s *Store) OnEnd(f func(ctx context.Context, ids []string)) { s.records.endings.add(f) }

// Alive reports for each id whether there is a session, in one round trip, without
// starting its time to live anew.
func (s *Store) Alive(ctx context.Context, ids []string) ([]bool, error) {
	client, err := s.records.client()
	if err != nil {
		return nil, err
	}
	replies := make([]*goredis.StringCmd, len(ids))
	_, err = client.Pipelined(ctx, func(pipe goredis.Pipeliner) error {
		for i, id := range ids {
			replies[i] = pipe.GetRange(ctx, s.records.key(id), 0, 0)
		}
		return nil
	})
	if err != nil && !goredis.HasErrorPrefix(err, "WRONGTYPE") {
		return nil, failed(ctx, "look for sessions", err)
	}
	alive := make([]bool, len(ids))
	for i, reply := range replies {
		alive[i] = reply.Val() == "{" // and not a move
	}
	return alive, nil
}

// Of returns the sessions in which a user is logged in, oldest first: those whose
// [Record.UserID] is the subject. It takes two round trips, and starts no time to live
// anew. The ids are bearer secrets: show something else to people.
func (s *Store) Of(ctx context.Context, subject string) ([]Record, error) {
	client, err := s.records.client()
	if err != nil {
		return nil, err
	}
	ids, err := s.records.index.ids(ctx, client, subject)
	if err != nil {
		return nil, failed(ctx, "list sessions", err)
	}
	all, err := s.records.peek(ctx, client, ids)
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
	client, err := s.records.client()
	if err != nil {
		return nil, err
	}
	ids, err := s.records.index.ids(ctx, client, subject)
	if err != nil {
		return nil, failed(ctx, "list sessions", err)
	}
	all, err := s.records.peek(ctx, client, ids)
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
	client, err := s.records.client()
	if err != nil {
		return 0, err
	}
	if err := s.records.index.close(ctx, client, subject, keep); err != nil {
		return 0, failed(ctx, "end sessions", err)
	}
	defer func() {
		if openErr := s.records.index.open(context.WithoutCancel(ctx), client, subject); openErr != nil && err == nil {
			err = failed(ctx, "end sessions", openErr)
		}
	}()
	// A session whose renewal began before has moved from one of the ids to another, and
	// may be at neither of them when it is looked for: so there has to be nothing twice.
	// An id at which there was nothing twice is not looked at any more.
	const enough = 2
	nothing := map[string]int{}
	for quiet := 0; quiet < enough; quiet++ {
		ids, err := s.records.index.ids(ctx, client, subject)
		if err != nil {
			return ended, failed(ctx, "list sessions", err)
		}
		ids = slices.DeleteFunc(ids, func(id string) bool { return nothing[id] == enough || slices.Contains(keep, id) })
		all, err := s.records.peek(ctx, client, ids)
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
		n, err := s.records.remove(ctx, client, logged)
		if ended += n; err != nil {
			return ended, err
		}
	}
	return ended, nil
}
