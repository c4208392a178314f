package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/uptrace/bun"

	"github.com/keryx-go/keryx"
	"github.com/keryx-go/keryx/cache"
)

// User is a row of the table users.
type User struct {
	bun.BaseModel `bun:"table:users" json:"-"`

	ID    int64  `bun:"id,pk" json:"id"`
	Name  string `bun:"name" json:"name"`
	Email string `bun:"email" json:"email"`
}

type users struct{ api *keryx.API }

func registerUsers(api *keryx.API) {
	u := &users{api}
	keryx.Handle(api, keryx.Action{
		Name: "user:show", Description: "Show one user, cached for a minute",
		Web: keryx.GET("/user/{userId}"),
	}, u.show)
	keryx.Handle(api, keryx.Action{
		Name: "user:show-by-hand", Description: "The same, written out with the plain client",
		Web: keryx.GET("/user/{userId}/by-hand"),
	}, u.showByHand)
	keryx.Handle(api, keryx.Action{
		Name: "user:require", Description: "Show one user, or fail with 404; with all options of Fetch",
		Web: keryx.GET("/user/{userId}/required"),
	}, u.require)
	keryx.Handle(api, keryx.Action{
		Name: "user:update", Description: "Change a user and forget what was cached of it",
		Web: keryx.PATCH("/user/{userId}"),
	}, u.update)
	keryx.Handle(api, keryx.Action{
		Name: "users:list", Description: "List the users, cached until one of them changes",
		Web: keryx.GET("/users"),
	}, u.list)
	keryx.Handle(api, keryx.Action{
		Name: "users:forget", Description: "Forget all that is cached of users",
		Web: keryx.DELETE("/users/cache"),
	}, u.forget)
}

type showInput struct {
	UserID int64 `json:"userId" doc:"The user's id" minimum:"1"`
}

type userOutput struct {
	User *User `json:"user"`
}

func key(id int64) string         { return fmt.Sprintf("cache:user:%d", id) }
func keyByHand(id int64) string   { return fmt.Sprintf("cache:user-by-hand:%d", id) }
func keyRequired(id int64) string { return fmt.Sprintf("cache:user-required:%d", id) }

// show is cache-aside in one call: a hit is one GET, a miss loads and stores.
func (u *users) show(ctx context.Context, in showInput) (userOutput, error) {
	user, err := cache.Fetch(ctx, u.api.Redis.Client, key(in.UserID), time.Minute,
		func(ctx context.Context) (*User, error) { return u.find(ctx, in.UserID) })
	return userOutput{user}, err
}

// showByHand is what Fetch stands for, without what makes it hold under fire.
func (u *users) showByHand(ctx context.Context, in showInput) (userOutput, error) {
	rdb, key := u.api.Redis.Client, keyByHand(in.UserID)

	var user *User
	if cached, err := rdb.Get(ctx, key).Bytes(); err == nil && json.Unmarshal(cached, &user) == nil {
		return userOutput{user}, nil
	}
	user, err := u.find(ctx, in.UserID)
	if err != nil || user == nil {
		return userOutput{}, err
	}
	encoded, err := json.Marshal(user)
	if err != nil {
		return userOutput{}, err
	}
	return userOutput{user}, rdb.Set(ctx, key, encoded, time.Minute).Err()
}

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

type updateInput struct {
	UserID int64   `json:"userId" doc:"The user's id" minimum:"1"`
	Name   *string `json:"name" doc:"The new name" minLength:"3" maxLength:"256"`
	Email  *string `json:"email" doc:"The new address" format:"email"`
}

// update invalidates by key, with the client's own DEL, after the database
// has changed; the lists are invalidated by their version.
func (u *users) update(ctx context.Context, in updateInput) (userOutput, error) {
	if in.Name == nil && in.Email == nil {
		return userOutput{}, keryx.Invalid("name", "send a name, an email, or both")
	}
	q := u.api.Tx(ctx).NewUpdate().Model((*User)(nil)).Where("id = ?", in.UserID)
	if in.Name != nil {
		q = q.Set("name = ?", *in.Name)
	}
	if in.Email != nil {
		q = q.Set("email = ?", *in.Email)
	}
	if _, err := q.Exec(ctx); err != nil {
		return userOutput{}, err
	}
	rdb := u.api.Redis.Client
	if err := rdb.Del(ctx, key(in.UserID)).Err(); err != nil {
		return userOutput{}, err
	}
	if _, err := cache.Forget(ctx, rdb, keyByHand(in.UserID), keyRequired(in.UserID)); err != nil {
		return userOutput{}, err
	}
	if _, err := cache.Bump(ctx, rdb, "version:users"); err != nil {
		return userOutput{}, err
	}
	user, err := u.find(ctx, in.UserID)
	return userOutput{user}, err
}

type listInput struct {
	Limit int64 `json:"limit" doc:"How many at most" default:"10" minimum:"1" maximum:"100"`
}

type listOutput struct {
	Users []User `json:"users"`
}

// list has the version of all users in its keys: one Bump, and whatever was
// cached for any limit is never asked for again.
func (u *users) list(ctx context.Context, in listInput) (listOutput, error) {
	rdb := u.api.Redis.Client
	load := func(ctx context.Context) (found []User, err error) {
		err = u.api.DB.NewSelect().Model(&found).Order("id").Limit(in.Limit).Scan(ctx)
		return found, err
	}
	version, err := cache.Version(ctx, rdb, "version:users")
	if err != nil { // without the version, the current key is unknown
		found, err := load(ctx)
		return listOutput{found}, err
	}
	found, err := cache.Fetch(ctx, rdb, fmt.Sprintf("cache:users:v%d:%d", version, in.Limit), 5*time.Minute, load)
	return listOutput{found}, err
}

type forgetOutput struct {
	Forgotten int64 `json:"forgotten"`
}

// forget invalidates by pattern. It looks at every key there is: for rare
// occasions, such as an import.
func (u *users) forget(ctx context.Context, _ struct{}) (forgetOutput, error) {
	n, err := cache.ForgetPattern(ctx, u.api.Redis.Client, "cache:user*")
	return forgetOutput{n}, err
}

// find reads a user from the database: nil when there is none.
func (u *users) find(ctx context.Context, id int64) (*User, error) {
	user := new(User)
	err := u.api.Tx(ctx).NewSelect().Model(user).Where("id = ?", id).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return user, err
}
