// Package audit is a plugin: it records which actions ran, for whom, and with what
// outcome. An app adds it with one line:
//
//	api.Use(audit.New(audit.Options{Redis: api.Redis, Channels: api.Channels}))
package audit

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"fmt"
	"net/http"

	goredis "github.com/redis/go-redis/v9"
	"github.com/spf13/cobra"

	"github.com/keryx-go/keryx/action"
	"github.com/keryx-go/keryx/channel"
	"github.com/keryx-go/keryx/connection"
	"github.com/keryx-go/keryx/fault"
	"github.com/keryx-go/keryx/part"
	"github.com/keryx-go/keryx/redis"
	"github.com/keryx-go/keryx/web"
)

// Options are what the plugin uses of the app.
type Options struct {
	Redis    *redis.Connections
	Channels *channel.Hub
}

// settings are read from the environment, as the app's own are.
type settings struct {
	Key   string `env:"AUDIT_KEY" envDefault:"audit" doc:"The Redis stream of the records."`
	Keep  int64  `env:"AUDIT_KEEP" envDefault:"1000" minimum:"1" doc:"How many records are kept."`
	Token string `env:"AUDIT_TOKEN" secret:"true" envDefault:"" empty:"/audit is closed" doc:"The bearer token that /audit asks for."`
}

// Audit is the part.
type Audit struct {
	options  Options
	settings settings
}

// New returns the plugin.
func New(o Options) *Audit { return &Audit{options: o} }

func (a *Audit) Name() string                { return "audit" }
func (a *Audit) DependsOn() []string         { return []string{"redis"} }
func (a *Audit) Start(context.Context) error { return nil }
func (a *Audit) Stop(context.Context) error  { return nil }

// Settings makes it a part.Configurer.
func (a *Audit) Settings() (string, any) { return "Audit", &a.settings }

// Middleware makes it an action.Wrapper: it records every run.
func (a *Audit) Middleware() []action.Middleware {
	return []action.Middleware{func(next action.Handler) action.Handler {
		return func(ctx context.Context, call *action.Call) (any, error) {
			result, err := next(ctx, call)
			a.record(ctx, Record{Action: call.Action.Name, From: connection.From(ctx).RemoteAddr, OK: err == nil})
			return result, err
		}
	}}
}

// Record is one run of an action.
type Record struct {
	Action string `json:"action"`
	From   string `json:"from"`
	OK     bool   `json:"ok"`
}

// record does not fail the action when Redis does not answer.
func (a *Audit) record(ctx context.Context, r Record) {
	encoded, _ := json.Marshal(r)
	a.options.Redis.Client.XAdd(ctx, &goredis.XAddArgs{
		Stream: a.settings.Key, MaxLen: a.settings.Keep, Approx: true, Values: []any{"record", encoded},
	})
	_ = a.options.Channels.Broadcast(ctx, "audit", r, "")
}

// Actions makes it an action.Provider.
func (a *Audit) Actions(r *action.Registry) {
	action.Handle(r, action.Action{Name: "audit:list", Description: "List what ran last", Internal: true}, a.list)
}

type listInput struct {
	Limit int64 `json:"limit" doc:"How many records" default:"10" minimum:"1" maximum:"1000"`
}

func (a *Audit) list(ctx context.Context, in listInput) ([]Record, error) {
	entries, err := a.options.Redis.Client.XRevRangeN(ctx, a.settings.Key, "+", "-", in.Limit).Result()
	records := make([]Record, len(entries))
	for i, e := range entries {
		if err == nil {
			err = json.Unmarshal([]byte(fmt.Sprint(e.Values["record"])), &records[i])
		}
	}
	return records, err
}

// Channels makes it a channel.Provider: clients get the records as they are made.
func (a *Audit) Channels() []channel.Channel {
	return []channel.Channel{{Name: "audit", Description: "The records, as they are made"}}
}

// Mounts makes it a part.Mounter.
func (a *Audit) Mounts() []part.Mount {
	return []part.Mount{{Pattern: "GET /audit", Handler: http.HandlerFunc(a.serve)}}
}

func (a *Audit) serve(w http.ResponseWriter, r *http.Request) {
	want := "Bearer " + a.settings.Token
	if a.settings.Token == "" || subtle.ConstantTimeCompare([]byte(r.Header.Get("Authorization")), []byte(want)) == 0 {
		web.WriteError(w, r, fault.Unauthorized("wrong token"))
		return
	}
	records, err := a.list(r.Context(), listInput{Limit: a.settings.Keep})
	if err != nil {
		web.WriteError(w, r, fault.Unavailable("no answer from Redis"))
		return
	}
	_ = json.NewEncoder(w).Encode(records)
}

// Ready makes it a part.Checker: /readyz shows the error.
func (a *Audit) Ready(ctx context.Context) error {
	return a.options.Redis.Client.XLen(ctx, a.settings.Key).Err() // fails when something else is at the key
}

// Commands makes it a part.Commander: `app audit clear`.
func (a *Audit) Commands(run part.Run) []*cobra.Command {
	cmd := &cobra.Command{Use: "audit", Short: "Look after the records of what ran"}
	cmd.AddCommand(&cobra.Command{Use: "clear", Short: "Remove all records", Args: cobra.NoArgs, RunE: func(cmd *cobra.Command, _ []string) error {
		return run(cmd.Context(), func(ctx context.Context) error {
			n, err := a.options.Redis.Client.Del(ctx, a.settings.Key).Result()
			fmt.Fprintf(cmd.OutOrStdout(), "removed %d streams\n", n)
			return err
		}, "redis")
	}})
	return []*cobra.Command{cmd}
}
