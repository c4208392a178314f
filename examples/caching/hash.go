package main

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/keryx-go/keryx"
)

// profiles are objects as hashes: a field is read or changed without the rest.
type profiles struct{ api *keryx.API }

func registerProfiles(api *keryx.API) {
	p := &profiles{api}
	keryx.Handle(api, keryx.Action{
		Name: "profile:save", Description: "Save a profile for an hour",
		Web: keryx.PUT("/profile/{userId}"),
	}, p.save)
	keryx.Handle(api, keryx.Action{
		Name: "profile:show", Description: "Show a profile",
		Web: keryx.GET("/profile/{userId}"),
	}, p.show)
	keryx.Handle(api, keryx.Action{
		Name: "profile:field", Description: "Show one field of a profile",
		Web: keryx.GET("/profile/{userId}/{field}"),
	}, p.field)
	keryx.Handle(api, keryx.Action{
		Name: "profile:change", Description: "Change one field of a profile",
		Web: keryx.PATCH("/profile/{userId}/{field}"),
	}, p.change)
}

// Profile is stored with a field of a hash for each of its own.
type Profile struct {
	Name  string `json:"name" redis:"name" doc:"The name to show" minLength:"1" maxLength:"100"`
	City  string `json:"city" redis:"city" doc:"The city" default:"" maxLength:"100"`
	Score int64  `json:"score" redis:"score" doc:"The score" default:"0"`
}

const profileTTL = time.Hour

func profileKey(userID int64) string { return "profile:" + strconv.FormatInt(userID, 10) }

type profileInput struct {
	UserID int64 `json:"userId" doc:"The user's id" minimum:"1"`
	Profile
}

// save writes all fields and the TTL in one transaction: a hash without a TTL
// would stay forever.
func (p *profiles) save(ctx context.Context, in profileInput) (Profile, error) {
	key := profileKey(in.UserID)
	_, err := p.api.Redis.Client.TxPipelined(ctx, func(tx redis.Pipeliner) error {
		tx.HSet(ctx, key, in.Profile)
		tx.Expire(ctx, key, profileTTL)
		return nil
	})
	return in.Profile, err
}

type profileShowInput struct {
	UserID int64 `json:"userId" doc:"The user's id" minimum:"1"`
}

// show reads all fields. A hash that is not there has none.
func (p *profiles) show(ctx context.Context, in profileShowInput) (profile Profile, err error) {
	found := p.api.Redis.Client.HGetAll(ctx, profileKey(in.UserID))
	if err := found.Err(); err != nil {
		return profile, err
	}
	if len(found.Val()) == 0 {
		return profile, errNoProfile(in.UserID)
	}
	return profile, found.Scan(&profile)
}

func errNoProfile(userID int64) error {
	return fail(http.StatusNotFound, "user %d has no profile", userID)
}

type profileFieldInput struct {
	UserID int64  `json:"userId" doc:"The user's id" minimum:"1"`
	Field  string `json:"field" doc:"The field" enum:"name,city,score"`
}

type profileFieldOutput struct {
	Value string `json:"value"`
}

// field reads one field and leaves the others where they are.
func (p *profiles) field(ctx context.Context, in profileFieldInput) (profileFieldOutput, error) {
	value, err := p.api.Redis.Client.HGet(ctx, profileKey(in.UserID), in.Field).Result()
	if errors.Is(err, redis.Nil) {
		return profileFieldOutput{}, errNoProfile(in.UserID)
	}
	return profileFieldOutput{value}, err
}

type profileChangeInput struct {
	UserID int64  `json:"userId" doc:"The user's id" minimum:"1"`
	Field  string `json:"field" doc:"The field" enum:"name,city"`
	Value  string `json:"value" doc:"Its new value" minLength:"1" maxLength:"100"`
}

// setField is HSET for a hash that is there. A plain HSET after the TTL would make
// a new one, with one field and no TTL.
var setField = redis.NewScript(`
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
return 1`)

// change writes one field. The TTL goes on as it was.
func (p *profiles) change(ctx context.Context, in profileChangeInput) (profileFieldOutput, error) {
	rdb := p.api.Redis.Client
	there, err := setField.Run(ctx, rdb, []string{profileKey(in.UserID)}, in.Field, in.Value).Bool()
	if err == nil && !there {
		err = errNoProfile(in.UserID)
	}
	return profileFieldOutput{in.Value}, err
}
