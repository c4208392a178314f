package session

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/keryx-go/keryx/fault"
	"github.com/keryx-go/keryx/redis"
)

// records reads and writes sessions in Redis.
type records struct {
	redis      *redis.Connections
	ttl        time.Duration
	cookieName string
	logger     *slog.Logger
	index      *index
	endings    endings
}

// remove removes sessions, and returns how many were still there.
func (r *records) remove(ctx context.Context, client goredis.UniversalClient, all []*stored) (removed int, err error) {
	replies := make([]*goredis.IntCmd, len(all))
	_, err = client.Pipelined(ctx, func(pipe goredis.Pipeliner) error {
		for i, found := range all {
			replies[i] = pipe.Del(ctx, r.key(found.record.ID))
		}
		return nil
	})
	ids := make([]string, len(all))
	for i, reply := range replies {
		removed += int(reply.Val())
		ids[i] = all[i].record.ID
	}
	r.endings.tell(ctx, ids...)
	if err != nil {
		return removed, failed(ctx, "remove sessions", err)
	}
	return removed, nil
}

// peek returns the session of each id, or nil, without starting its time to live anew.
func (r *records) peek(ctx context.Context, client goredis.UniversalClient, ids []string) ([]*stored, error) {
	replies := make([]*goredis.StringCmd, len(ids))
	_, err := client.Pipelined(ctx, func(pipe goredis.Pipeliner) error {
		for i, id := range ids {
			replies[i] = pipe.Get(ctx, r.key(id))
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
			all[i] = r.parse(ctx, ids[i], raw)
		case !errors.Is(err, goredis.Nil) && !goredis.HasErrorPrefix(err, "WRONGTYPE"):
			return nil, failed(ctx, "load sessions", err)
		}
	}
	return all, nil
}

// get returns nil when there is no session of that id, and where one has gone that has
// got another id just now.
func (r *records) get(ctx context.Context, id string) (*stored, *move, error) {
	client, err := r.client()
	if err != nil {
		return nil, nil, err
	}
	raw, err := client.GetEx(ctx, r.key(id), r.ttl).Result()
	switch {
	case errors.Is(err, goredis.Nil):
		return nil, nil, nil
	case goredis.HasErrorPrefix(err, "WRONGTYPE"):
		r.report(ctx, err)
		return nil, nil, nil
	case err != nil:
		return nil, nil, failed(ctx, "load the session", err)
	}
	if moved, ok := parseMove(raw); ok {
		if err := client.PExpire(ctx, r.key(id), moveTime).Err(); err != nil { // GETEX has set that of a session
			return nil, nil, failed(ctx, "load the session", err)
		}
		return nil, moved, nil
	}
	found := r.parse(ctx, id, raw)
	if found != nil {
		r.index.keep(ctx, client, &found.record)
	}
	return found, nil, nil
}

// parse returns nil for what is not the record of a session with that id.
func (r *records) parse(ctx context.Context, id, raw string) *stored {
	if _, moved := parseMove(raw); moved {
		return nil
	}
	found, err := parseRecord(id, raw)
	if err != nil {
		r.report(ctx, err)
		return nil
	}
	return found
}

// report does not log the key: the id in it is a bearer secret.
func (r *records) report(ctx context.Context, err error) {
	r.logger.WarnContext(ctx, "what Redis holds in place of a session is not one", "error", err)
}

func (r *records) client() (goredis.UniversalClient, error) {
	client, err := r.redis.Connected()
	if err != nil {
		return nil, fault.Internal(fmt.Errorf("cannot use sessions: %w", err))
	}
	return client, nil
}

func (r *records) key(id string) string { return r.redis.Key("session:" + id) }

// put writes after if Redis holds before. Otherwise it returns what Redis holds, or
// [ErrGone] when there is nothing, or errMoved when it has another id.
func (r *records) put(ctx context.Context, client goredis.UniversalClient, before, after *stored) (*stored, error) {
	ttl := r.ttl
	if err := r.enter(ctx, client, before, after); err != nil {
		return nil, err
	}
	to := r.key(after.record.ID)
	if before == nil {
		if err := client.Set(ctx, to, after.raw, ttl).Err(); err != nil {
			return nil, failed(ctx, "store the session", err)
		}
		return nil, nil
	}
	script, keys, args := swapScript, []string{to}, []any{before.raw, after.raw, ttl.Milliseconds()}
	if from := r.key(before.record.ID); from != to {
		script, keys = moveScript, []string{from, to}
		args = append(args, newMove(after.record.ID).String(), moveTime.Milliseconds())
	}
	reply, err := script.Run(ctx, client, keys, args...).Result()
	if err != nil {
		return nil, failed(ctx, "store the session", err)
	}
	switch reply := reply.(type) {
	case string:
		if _, moved := parseMove(reply); moved {
			return nil, errMoved
		}
		if newer := r.parse(ctx, before.record.ID, reply); newer != nil {
			return newer, nil
		}
	case int64:
		if reply == 1 {
			return nil, nil
		}
	}
	return nil, ErrGone
}

// enter enters a session into the index of its user before it is written, when it is new
// there.
func (r *records) enter(ctx context.Context, client goredis.UniversalClient, before, after *stored) error {
	subject := after.record.UserID()
	if subject == "" || before != nil && before.record.ID == after.record.ID && before.record.UserID() == subject {
		return nil
	}
	renews := ""
	if before != nil && before.record.UserID() == subject {
		renews = before.record.ID
	}
	switch err := r.index.add(ctx, client, subject, after.record.ID, renews); {
	case errors.Is(err, ErrGone):
		return err
	case err != nil:
		return failed(ctx, "store the session", err)
	}
	return nil
}

// replace puts after in the place of the session to which that of an id has moved. It
// returns another move when that is what Redis holds, and [ErrGone] when it holds none.
func (r *records) replace(ctx context.Context, client goredis.UniversalClient, id string, from *move, after *stored) (*move, error) {
	if err := r.enter(ctx, client, nil, after); err != nil {
		return nil, err
	}
	keys := []string{r.key(id), r.key(from.to), r.key(after.record.ID)}
	reply, err := replaceScript.Run(ctx, client, keys, from.String(), after.raw, r.ttl.Milliseconds(),
		newMove(after.record.ID).String(), moveTime.Milliseconds()).Result()
	if err != nil {
		return nil, failed(ctx, "store the session", err)
	}
	if raw, ok := reply.(string); ok {
		if moved, ok := parseMove(raw); ok {
			return moved, nil
		}
	}
	if reply != int64(1) {
		return nil, ErrGone
	}
	return nil, nil
}

// newRecord returns a session of a new id, which Redis does not hold yet.
func (r *records) newRecord(id string, data []byte) (*stored, error) {
	record := Record{ID: id, CookieName: r.cookieName, CreatedAt: time.Now().UnixMilli(), Data: data}
	raw, err := json.Marshal(record)
	if err != nil {
		return nil, err
	}
	return parseRecord(record.ID, string(raw))
}
