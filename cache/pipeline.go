package cache

import (
	"context"
	"time"

	"github.com/redis/go-redis/v9"
	"golang.org/x/sync/semaphore"
)

// command is one of a pipeline, about one key.
type command struct {
	key  string
	send func(context.Context, redis.Pipeliner) *redis.Cmd
	// again sends it in another form when the server refuses the first; nil: there is none.
	again   func(context.Context, redis.Pipeliner) *redis.Cmd
	refused func(error) bool
}

type reply struct {
	value any
	err   error
}

// scriptCommand runs a script, by its hash where the server knows it.
func scriptCommand(s *redis.Script, key string, args ...any) command {
	return command{
		key: key,
		send: func(ctx context.Context, p redis.Pipeliner) *redis.Cmd {
			return s.EvalSha(ctx, p, []string{key}, args...)
		},
		again:   func(ctx context.Context, p redis.Pipeliner) *redis.Cmd { return s.Eval(ctx, p, []string{key}, args...) },
		refused: func(err error) bool { return redis.HasErrorPrefix(err, "NOSCRIPT") },
	}
}

// attemptAll is [attempt] for commands that go to Redis together, which takes one round
// trip to each node.
func attemptAll(ctx context.Context, c *client, rdb redis.UniversalClient, budget time.Duration,
	gate *semaphore.Weighted, commands []command) []reply {
	replies := make([]reply, len(commands))
	if len(commands) == 0 {
		return replies
	}
	now, err := pass(ctx, gate, time.Now())
	if err != nil {
		for i := range replies {
			replies[i].err = err
		}
		return replies
	}
	defer gate.Release(1)
	var sent []int
	for i, cmd := range commands {
		if b := c.breaker(cmd.key); b.open.Load() {
			replies[i].err = b.refuse(c, rdb, cmd.key, budget, now)
		} else {
			sent = append(sent, i)
		}
	}
	if len(sent) == 0 {
		return replies
	}
	got, err := within(ctx, c, budget, func(ctx context.Context) ([]reply, error) {
		return sendAll(ctx, rdb, commands, sent), nil
	})
	for k, i := range sent {
		if replies[i].err = err; err == nil {
			replies[i] = got[k]
		}
		b := c.breaker(commands[i].key)
		switch err := replies[i].err; {
		case !unreachable(err):
			b.succeeded(c.since(now))
		case ctx.Err() == nil:
			b.failed(c, rdb, commands[i].key, budget, now, err)
		}
	}
	return replies
}

// sendAll sends those commands that sent names, and again those that were refused.
func sendAll(ctx context.Context, rdb redis.UniversalClient, commands []command, sent []int) []reply {
	replies := make([]reply, len(sent))
	send := func(which []int, queue func(command, redis.Pipeliner) *redis.Cmd) {
		pipe := rdb.Pipeline()
		queued := make([]*redis.Cmd, len(which))
		for n, k := range which {
			queued[n] = queue(commands[sent[k]], pipe)
		}
		_, _ = pipe.Exec(ctx) // each command has its own error
		for n, k := range which {
			replies[k].value, replies[k].err = queued[n].Result()
		}
	}
	all := make([]int, len(sent))
	for k := range all {
		all[k] = k
	}
	send(all, func(c command, p redis.Pipeliner) *redis.Cmd { return c.send(ctx, p) })
	var refused []int
	for k, r := range replies {
		if c := commands[sent[k]]; r.err != nil && c.again != nil && c.refused(r.err) {
			refused = append(refused, k)
		}
	}
	if len(refused) > 0 {
		send(refused, func(c command, p redis.Pipeliner) *redis.Cmd { return c.again(ctx, p) })
	}
	return replies
}
