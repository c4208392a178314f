package main

import (
	"context"
	"slices"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/keryx-go/keryx"
)

// visits are a list, a set and a hash for each visitor, which go when the visitor
// has been gone for a while: keys of every type have a time to live.
type visits struct{ api *keryx.API }

func registerVisits(api *keryx.API) {
	v := &visits{api}
	keryx.Handle(api, keryx.Action{
		Name: "visit:record", Description: "Record that a visitor looks at a page",
		Web: keryx.POST("/visits/{visitor}"),
	}, v.record)
	keryx.Handle(api, keryx.Action{
		Name: "visit:show", Description: "Show what is known of a visitor, and for how long",
		Web: keryx.GET("/visits/{visitor}"),
	}, v.show)
	keryx.Handle(api, keryx.Action{
		Name: "visit:keep", Description: "Set how long a visitor is remembered from now",
		Web: keryx.PUT("/visits/{visitor}/ttl"),
	}, v.keep)
}

const (
	visitTTL  = 30 * time.Minute
	lastPages = 10
)

// visitKeys returns the keys of a visitor. The braces keep them on one node of a
// cluster, as a transaction needs them.
func visitKeys(visitor string) (pages, tags, counts string) {
	prefix := "visit:{" + visitor + "}:"
	return prefix + "pages", prefix + "tags", prefix + "counts"
}

type visitInput struct {
	Visitor string `json:"visitor" doc:"The visitor" pattern:"^[A-Za-z0-9_.-]+$" patternDescription:"letters, digits, _ . -" maxLength:"40"`
}

type visitRecordInput struct {
	visitInput
	Page string   `json:"page" doc:"The page" minLength:"1" maxLength:"200"`
	Tag  []string `json:"tag,omitempty" doc:"What the page is about; may be repeated" maxItems:"10" maxLength:"40"`
}

type visitRecordOutput struct {
	Looks int64 `json:"looks" doc:"How often the visitor has looked at the page"`
}

// record writes all three and starts their time anew.
func (v *visits) record(ctx context.Context, in visitRecordInput) (visitRecordOutput, error) {
	pages, tags, counts := visitKeys(in.Visitor)
	tx := v.api.Redis.Client.TxPipeline()
	tx.LPush(ctx, pages, in.Page)
	tx.LTrim(ctx, pages, 0, lastPages-1)
	for _, tag := range in.Tag {
		tx.SAdd(ctx, tags, tag)
	}
	looks := tx.HIncrBy(ctx, counts, in.Page, 1)
	for _, key := range []string{pages, tags, counts} {
		tx.Expire(ctx, key, visitTTL)
	}
	_, err := tx.Exec(ctx)
	return visitRecordOutput{looks.Val()}, err
}

type visitOutput struct {
	Pages  []string          `json:"pages" doc:"The last ones, newest first"`
	Tags   []string          `json:"tags"`
	Counts map[string]string `json:"counts" doc:"How often the visitor looked at each page"`
	Left   visitLeft         `json:"left"`
}

type visitLeft struct {
	Pages  float64 `json:"pages" doc:"Seconds until they go; 0 when they are not there"`
	Tags   float64 `json:"tags"`
	Counts float64 `json:"counts"`
}

// show reads all three and what is left of their time.
func (v *visits) show(ctx context.Context, in visitInput) (visitOutput, error) {
	pages, tags, counts := visitKeys(in.Visitor)
	pipe := v.api.Redis.Client.Pipeline()
	list, set, hash := pipe.LRange(ctx, pages, 0, -1), pipe.SMembers(ctx, tags), pipe.HGetAll(ctx, counts)
	listTTL, setTTL, hashTTL := pipe.PTTL(ctx, pages), pipe.PTTL(ctx, tags), pipe.PTTL(ctx, counts)
	if _, err := pipe.Exec(ctx); err != nil {
		return visitOutput{}, err
	}
	slices.Sort(set.Val()) // a set has no order
	return visitOutput{list.Val(), set.Val(), hash.Val(),
		visitLeft{seconds(listTTL.Val()), seconds(setTTL.Val()), seconds(hashTTL.Val())}}, nil
}

// seconds is what is left of a key's time. Redis says -2 when there is no such
// key and -1 when it has no TTL, and the client hands these on as they are.
func seconds(left time.Duration) float64 { return max(0, left).Seconds() }

type visitKeepInput struct {
	visitInput
	TTL time.Duration `json:"ttl" doc:"How long, such as 90s"`
}

// Check refuses a time that would delete what is to be kept.
func (in *visitKeepInput) Check(context.Context) error {
	if in.TTL < time.Millisecond {
		return keryx.Invalid("ttl", "must be a millisecond at least")
	}
	return nil
}

type visitKeepOutput struct {
	Kept int `json:"kept" doc:"How many keys there are to keep"`
}

// keep gives the keys a time to the millisecond. A key that is not there gets
// none.
func (v *visits) keep(ctx context.Context, in visitKeepInput) (visitKeepOutput, error) {
	pages, tags, counts := visitKeys(in.Visitor)
	var kept visitKeepOutput
	done, err := v.api.Redis.Client.Pipelined(ctx, func(pipe redis.Pipeliner) error {
		for _, key := range []string{pages, tags, counts} {
			pipe.PExpire(ctx, key, in.TTL)
		}
		return nil
	})
	for _, cmd := range done {
		if cmd.(*redis.BoolCmd).Val() {
			kept.Kept++
		}
	}
	return kept, err
}
