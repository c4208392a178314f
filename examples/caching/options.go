package main

import (
	"context"
	"database/sql"
	"errors"
	"net/http"
	"time"

	"github.com/keryx-go/keryx/cache"
)

// require is show with every option of Fetch: a user who is not there is an error,
// and that is remembered as well.
func (u *users) require(ctx context.Context, in showInput) (userOutput, error) {
	user, err := cache.Fetch(ctx, u.api.Redis.Client, keyRequired(in.UserID), time.Minute,
		func(ctx context.Context) (*User, error) {
			user, err := u.find(ctx, in.UserID)
			if err == nil && user == nil {
				err = sql.ErrNoRows
			}
			return user, err
		},
		cache.Lease(5*time.Second),                    // when a process dies while it loads, others wait this long at most
		cache.Budget(200*time.Millisecond),            // how long Redis may take before the call goes on without it
		cache.Stale(10*time.Minute),                   // after the minute, callers get the old value, and one load replaces it
		cache.NotFound(sql.ErrNoRows, 10*time.Second), // this error is remembered, for a shorter time
		cache.Observe(u.observe),                      // is told of hits, misses and failures
	)
	if errors.Is(err, sql.ErrNoRows) {
		return userOutput{}, fail(http.StatusNotFound, "there is no user %d", in.UserID)
	}
	return userOutput{user}, err
}

// observe logs what became of a Fetch. It runs in the middle of the work, so it is
// quick.
func (u *users) observe(e cache.Event) {
	u.api.Logger.Debug("cache", "event", e.Kind.String(), "key", e.Key, "duration", e.Duration, "error", e.Err)
}
