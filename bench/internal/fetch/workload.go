package fetch

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/keryx-go/keryx/cache"
)

// ttl is the lifetime of all values.
const ttl = time.Minute

// hitKeys is the number of keys that hits use.
const hitKeys = 1000

// User is the cached value.
type User struct {
	ID    int64  `json:"id"`
	Name  string `json:"name"`
	Email string `json:"email"`
}

var ada = User{ID: 1, Name: "Ada Lovelace", Email: "ada@example.com"}

// half is one of the two ways to do a workload.
type half func(ctx context.Context, key string) error

// workload is the work of both halves of a pair.
type workload struct {
	name, byHand string
	raw, fetch   half
	key          func(n int64) string // of the nth call
	prepare      func(context.Context) error
}

func names() []string { return []string{"hit", "miss"} }

func workloads(rdb goredis.UniversalClient) []*workload {
	return []*workload{hit(rdb), miss(rdb)}
}

func hit(rdb goredis.UniversalClient) *workload {
	keys := make([]string, hitKeys)
	for i := range keys {
		keys[i] = fmt.Sprintf("cache:user:%d", i)
	}
	load := func(context.Context) (User, error) { return User{}, errors.New("a hit calls the load") }
	return &workload{
		name: "hit", byHand: "GET, json.Unmarshal",
		raw: func(ctx context.Context, key string) error {
			raw, err := rdb.Get(ctx, key).Bytes()
			if err != nil {
				return err
			}
			var user User
			if err := json.Unmarshal(raw, &user); err != nil {
				return err
			}
			return check(user)
		},
		fetch: func(ctx context.Context, key string) error {
			user, err := cache.Fetch(ctx, rdb, key, ttl, load)
			if err != nil {
				return err
			}
			return check(user)
		},
		key:     func(n int64) string { return keys[n%hitKeys] },
		prepare: func(ctx context.Context) error { return store(ctx, rdb, keys) },
	}
}

func miss(rdb goredis.UniversalClient) *workload {
	load := func(context.Context) (User, error) { return ada, nil }
	return &workload{
		name: "miss", byHand: "GET, json.Marshal, SET",
		raw: func(ctx context.Context, key string) error {
			if err := rdb.Get(ctx, key).Err(); !errors.Is(err, goredis.Nil) {
				return fmt.Errorf("a miss finds a value: %w", err)
			}
			user, err := load(ctx)
			if err != nil {
				return err
			}
			raw, err := json.Marshal(user)
			if err != nil {
				return err
			}
			return rdb.Set(ctx, key, raw, ttl).Err()
		},
		fetch: func(ctx context.Context, key string) error {
			user, err := cache.Fetch(ctx, rdb, key, ttl, load)
			if err != nil {
				return err
			}
			return check(user)
		},
		key:     func(n int64) string { return "cache:user:" + strconv.FormatInt(n, 10) },
		prepare: func(ctx context.Context) error { return rdb.FlushDB(ctx).Err() },
	}
}

// check returns an error when the cached value does not come back.
func check(user User) error {
	if user != ada {
		return fmt.Errorf("the value is %+v", user)
	}
	return nil
}

// store stores the user under all keys, for longer than a turn lasts.
func store(ctx context.Context, rdb goredis.UniversalClient, keys []string) error {
	raw, err := json.Marshal(ada)
	if err != nil {
		return err
	}
	_, err = rdb.Pipelined(ctx, func(p goredis.Pipeliner) error {
		for _, key := range keys {
			p.Set(ctx, key, raw, time.Hour)
		}
		return nil
	})
	return err
}
