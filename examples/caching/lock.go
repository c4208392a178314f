package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/keryx-go/keryx"
	"github.com/keryx-go/keryx/cache"
)

// reports are built one at a time, over all processes: a distributed lock.
type reports struct{ api *keryx.API }

func registerReports(api *keryx.API) {
	r := &reports{api}
	keryx.Handle(api, keryx.Action{
		Name: "report:build", Description: "Build a report; other callers wait for it",
		Web: keryx.POST("/reports/{name}"), Timeout: 30 * time.Second,
	}, r.build)
	keryx.Handle(api, keryx.Action{
		Name: "report:build-by-hand", Description: "The same with the plain client; other callers are refused",
		Web: keryx.POST("/reports/{name}/by-hand"),
	}, r.buildByHand)
}

type reportInput struct {
	Name string `json:"name" doc:"The report's name" pattern:"^[A-Za-z0-9_.-]+$" patternDescription:"letters, digits, _ . -" maxLength:"40"`
}

type reportOutput struct {
	Number int64 `json:"number" doc:"How many times the report was built"`
	Users  int64 `json:"users" doc:"How many users there are"`
}

// lockTTL is how long a lock outlives a process that died with it.
const lockTTL = 10 * time.Second

// build waits for the lock, which is renewed while the work takes longer than
// its TTL. The work's context ends when the lock is lost all the same.
func (r *reports) build(ctx context.Context, in reportInput) (out reportOutput, err error) {
	rdb := r.api.Redis.Client
	err = cache.Lock(ctx, rdb, "lock:report:"+in.Name, lockTTL, func(ctx context.Context) error {
		out, err = r.work(ctx, in.Name)
		return err
	})
	return out, err
}

// unlock deletes a lock that still has our token: after its TTL it may be
// another's.
var unlock = redis.NewScript(`
if redis.call('GET', KEYS[1]) == ARGV[1] then
  return redis.call('DEL', KEYS[1])
end
return 0`)

// buildByHand is a lock with two plain commands. It is not renewed, so the work
// has to end before it does. It is the same lock as that of build: a key with a
// token.
func (r *reports) buildByHand(ctx context.Context, in reportInput) (reportOutput, error) {
	rdb := r.api.Redis.Client
	key, token := "lock:report:"+in.Name, rand.Text()
	working, cancel := context.WithTimeout(ctx, lockTTL-lockTTL/10)
	defer cancel()

	ours, err := rdb.SetNX(ctx, key, token, lockTTL).Result()
	if err != nil {
		return reportOutput{}, err
	}
	if !ours {
		return reportOutput{}, fail(http.StatusConflict, "the report is being built: try again")
	}
	defer unlock.Run(context.WithoutCancel(ctx), rdb, []string{key}, token)

	return r.work(working, in.Name)
}

// work reads the last report, and writes the next one some time later. Two of
// these at a time would write the same number.
func (r *reports) work(ctx context.Context, name string) (report reportOutput, err error) {
	rdb, key := r.api.Redis.Client, "report:"+name
	last, err := rdb.Get(ctx, key).Bytes()
	if err == nil {
		err = json.Unmarshal(last, &report)
	}
	if err != nil && !errors.Is(err, redis.Nil) {
		return report, err
	}
	report.Number++
	if report.Users, err = r.api.DB.NewSelect().Model((*User)(nil)).Count(ctx); err != nil {
		return report, err
	}
	encoded, err := json.Marshal(report)
	if err != nil {
		return report, err
	}
	return report, rdb.Set(ctx, key, encoded, 0).Err()
}
