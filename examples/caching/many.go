package main

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"github.com/keryx-go/keryx"
	"github.com/keryx-go/keryx/cache"
)

// manyUsers shows several users at once.
type manyUsers struct{ api *keryx.API }

func registerMany(api *keryx.API) {
	u := &manyUsers{api}
	keryx.Handle(api, keryx.Action{
		Name: "users:some", Description: "Show several users, each cached for a minute",
		Web: keryx.GET("/users/some"),
	}, u.some)
}

type someInput struct {
	UserID []int64 `json:"userId" doc:"The users' ids" minItems:"1" maxItems:"100"`
}

type someOutput struct {
	Users []*User `json:"users"`
}

// some shares its keys with show: a user that either has loaded is a hit for both.
func (u *manyUsers) some(ctx context.Context, in someInput) (someOutput, error) {
	ids := map[string]int64{}
	keys := make([]string, len(in.UserID))
	for i, id := range in.UserID {
		keys[i] = key(id)
		ids[keys[i]] = id
	}
	found, err := cache.FetchMany(ctx, u.api.Redis.Client, keys, time.Minute,
		func(ctx context.Context, missing []string) (map[string]*User, error) {
			return u.findSome(ctx, missing, ids)
		})
	out := someOutput{Users: []*User{}}
	for _, key := range keys {
		if user := found[key]; user != nil {
			out.Users = append(out.Users, user)
		}
	}
	return out, err
}

// findSome runs one query for all keys.
func (u *manyUsers) findSome(ctx context.Context, keys []string, ids map[string]int64) (map[string]*User, error) {
	wanted := make([]int64, len(keys))
	for i, key := range keys {
		wanted[i] = ids[key]
	}
	var rows []*User
	if err := u.api.DB.NewSelect().Model(&rows).Where("id IN (?)", bun.List(wanted)).Scan(ctx); err != nil {
		return nil, err
	}
	found := map[string]*User{}
	for _, row := range rows {
		found[key(row.ID)] = row
	}
	return found, nil
}
