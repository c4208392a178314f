// Package cachecmd is the part of an app that adds the command `cache`: it shows what
// Redis holds, and removes it.
package cachecmd

import (
	"context"
	"errors"
	"fmt"

	goredis "github.com/redis/go-redis/v9"
	"github.com/spf13/cobra"

	"github.com/keryx-go/keryx/internal/console"
	"github.com/keryx-go/keryx/part"
	"github.com/keryx-go/keryx/redis"
)

const privateRedis = "embedded:// is private to each process: this is an empty Redis, not that of the running app"

// Part adds the command `cache`. It starts nothing.
type Part struct{ redis *redis.Connections }

var _ part.Commander = (*Part)(nil)

// New returns the part for a Redis.
func New(r *redis.Connections) *Part { return &Part{r} }

// Name returns "cache".
func (p *Part) Name() string { return "cache" }

// DependsOn returns the name of the Redis.
func (p *Part) DependsOn() []string { return []string{p.redis.Name()} }

// Start does nothing.
func (p *Part) Start(context.Context) error { return nil }

// Stop does nothing.
func (p *Part) Stop(context.Context) error { return nil }

// Commands returns the command `cache`.
func (p *Part) Commands(run part.Run) []*cobra.Command {
	c := &commands{p.redis, run}
	cmd := &cobra.Command{Use: "cache", Short: "Look at what Redis holds, and forget it"}
	cmd.AddCommand(c.stats(), c.get(), c.ttl(), c.forget())
	return []*cobra.Command{cmd}
}

// commands makes the commands below `cache`.
type commands struct {
	redis *redis.Connections
	run   part.Run
}

// withRedis connects to Redis, starts nothing else, and calls do.
func (c *commands) withRedis(cmd *cobra.Command, do func(context.Context, goredis.UniversalClient) error) error {
	return c.run(cmd.Context(), func(ctx context.Context) error {
		if c.redis.Embedded() && !console.Quiet(cmd) {
			fmt.Fprintln(cmd.ErrOrStderr(), privateRedis)
		}
		return do(ctx, c.redis.Client)
	}, c.redis.Name())
}

// oneKey is the [cobra.Command.Args] of a command with a key as its only argument.
func oneKey(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return errors.New("cache " + cmd.Name() + " needs a key, such as cache:user:1")
	}
	return console.NoArgs(cmd, args[1:])
}

// write writes the result of a command.
func write(cmd *cobra.Command, text string) error {
	if _, err := cmd.OutOrStdout().Write([]byte(text)); err != nil {
		return fmt.Errorf("cannot write the result: %w", err)
	}
	return nil
}
