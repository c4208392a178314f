package session

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/keryx-go/keryx/redis"
)

// index has, for each user, the ids that sessions of the user have had: a sorted set at
// sessions:<user>, by the time in milliseconds at which an id leaves it. Nothing else
// leaves it, so that it also says whose a session was that has ended.
//
// An id is there before its session is: a process that dies in between leaves an id
// without a session, and not a session that cannot be found.
//
// A load starts the time to live of a session anew, and has to keep the entry, too. So
// that it does not cost a write each time, a process remembers the ids that it has entered
// in the last two periods of half a time to live.
type index struct {
	redis *redis.Connections
	ttl   time.Duration // of sessions

	mu                sync.Mutex
	current, previous map[string]struct{} // ids that were entered
	since             time.Time           // of current
}

// maxEntered bounds the ids that are remembered for a period. With more, a period ends
// early, and entries are written more often.
const maxEntered = 50_000

func newIndex(r *redis.Connections, ttl time.Duration) *index {
	return &index{redis: r, ttl: ttl, current: map[string]struct{}{}}
}

func (x *index) key(subject string) string { return x.redis.Key("sessions:" + subject) }

// lifetime returns how long an entry stays. An entry that a load does not write is at most
// one and a half times to live old, and the next load may be another one later.
func (x *index) lifetime() time.Duration {
	const longest = 50 * 365 * 24 * time.Hour
	return 3*min(x.ttl, longest) + time.Minute
}

// closingKey has, while all sessions of a user are being ended, the ids of those that are
// kept. Others are not renewed meanwhile: one that is renewed all the time would be at
// another id whenever it is looked for.
func (x *index) closingKey(subject string) string {
	return x.redis.Key("closing-sessions:" + subject)
}

// closingTime is how long a process that dies while it ends the sessions of a user keeps
// others from being renewed.
const closingTime = 10 * time.Second

// close keeps the sessions of a user from being renewed, but for those to keep, until
// open is called.
func (x *index) close(ctx context.Context, client goredis.UniversalClient, subject string, keep []string) error {
	return client.Set(ctx, x.closingKey(subject), strings.Join(keep, " "), closingTime).Err()
}

func (x *index) open(ctx context.Context, client goredis.UniversalClient, subject string) error {
	return client.Del(ctx, x.closingKey(subject)).Err()
}

// add enters the session of a user. renews is the id that the session has had, or "". It
// returns [ErrGone] when that one is being ended.
func (x *index) add(ctx context.Context, client goredis.UniversalClient, subject, id, renews string) error {
	key, now := x.key(subject), time.Now()
	var closing *goredis.StringCmd
	_, err := client.Pipelined(ctx, func(pipe goredis.Pipeliner) error {
		closing = pipe.Get(ctx, x.closingKey(subject))
		pipe.ZAdd(ctx, key, goredis.Z{Score: float64(now.Add(x.lifetime()).UnixMilli()), Member: id})
		pipe.ZRemRangeByScore(ctx, key, "-inf", strconv.FormatInt(now.UnixMilli(), 10))
		pipe.PExpire(ctx, key, x.lifetime())
		return nil
	})
	if err != nil && !errors.Is(err, goredis.Nil) {
		return err
	}
	if kept, err := closing.Result(); err == nil && renews != "" && !slices.Contains(strings.Fields(kept), renews) {
		return ErrGone
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	if age := now.Sub(x.since); age > x.ttl/2 || len(x.current) >= maxEntered {
		if x.previous = x.current; age > x.ttl {
			x.previous = nil
		}
		x.current, x.since = map[string]struct{}{}, now
	}
	x.current[id] = struct{}{}
	return nil
}

// keep enters the session again when this process has not done so for a while. A failure
// is none of the load that calls it: the next one tries again.
func (x *index) keep(ctx context.Context, client goredis.UniversalClient, r *Record) {
	if x.entered(r.ID) {
		return
	}
	if subject := r.UserID(); subject != "" {
		_ = x.add(ctx, client, subject, r.ID, "")
	}
}

func (x *index) entered(id string) bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	_, now := x.current[id]
	_, before := x.previous[id]
	age := time.Since(x.since)
	return now && age <= x.ttl || before && age <= x.ttl/2
}

// ids returns those of a user, of sessions that may have ended.
func (x *index) ids(ctx context.Context, client goredis.UniversalClient, subject string) ([]string, error) {
	return client.ZRange(ctx, x.key(subject), 0, -1).Result()
}
