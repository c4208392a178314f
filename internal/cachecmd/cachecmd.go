// Package cachecmd is the part of an app that supports package cache: it logs problems,
// and ends background work. It adds the command `cache`, which shows and removes the
// keys in Redis.
package cachecmd

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/spf13/cobra"

	"github.com/keryx-go/keryx/cache"
	"github.com/keryx-go/keryx/internal/console"
	"github.com/keryx-go/keryx/part"
	"github.com/keryx-go/keryx/redis"
)

// Part logs for package cache, ends its background work, and adds the command `cache`.
type Part struct {
	redis  *redis.Connections
	logger *slog.Logger
}

var _ part.Commander = (*Part)(nil)

// New returns the part for a Redis.
func New(r *redis.Connections, logger *slog.Logger) *Part { return &Part{r, logger} }

// Name returns "cache".
func (p *Part) Name() string { return "cache" }

// DependsOn returns the name of the Redis.
func (p *Part) DependsOn() []string { return []string{p.redis.Name()} }

// Start makes every Fetch with the client log its problems; see [cache.Log].
func (p *Part) Start(context.Context) error {
	return cache.SetDefaults(p.redis.Client, cache.Observe(cache.Log(p.logger)))
}

// Stop ends loads that no caller waits for; see [cache.Stop].
func (p *Part) Stop(ctx context.Context) error { return cache.Stop(ctx, p.redis.Client) }

// Commands returns the command `cache`.
func (p *Part) Commands(run part.Run) []*cobra.Command {
	r := &runner{p.redis, run}
	cmd := &cobra.Command{Use: "cache", Short: "Show and remove the keys in Redis"}
	cmd.AddCommand(statsCommand(r), getCommand(r), ttlCommand(r), forgetCommand(r))
	return []*cobra.Command{cmd}
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
