package cli

import (
	"context"
	"errors"
	"fmt"

	goredis "github.com/redis/go-redis/v9"
	"github.com/spf13/cobra"

	"github.com/keryx-go/keryx/redis"
)

var errNoRedis = errors.New("this app has no Redis")

const privateRedis = "embedded:// is private to each process: this is an empty Redis, not that of the running app"

func (p *program) cacheCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:    "cache",
		Short:  "Look at what Redis holds, and forget it",
		Hidden: p.Redis == nil,
	}
	cmd.AddCommand(p.cacheStatsCommand(), p.cacheGetCommand(), p.cacheTTLCommand(), p.cacheForgetCommand())
	for _, c := range cmd.Commands() {
		c.DisableFlagsInUseLine = true
	}
	return cmd
}

// withRedis runs what a command does with nothing but Redis connected.
func (p *program) withRedis(cmd *cobra.Command, do func(context.Context, goredis.UniversalClient) error) error {
	if p.Redis == nil {
		return failed(errNoRedis)
	}
	return failed(p.Redis(cmd.Context(), p.quiet, func(ctx context.Context, c *redis.Connections) error {
		if c.Embedded() && !p.quiet {
			fmt.Fprintln(p.Stderr, privateRedis)
		}
		return do(ctx, c.Client)
	}))
}

// oneKey wants a key as the only argument.
func oneKey(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return &misuse{cmd: cmd, message: "cache " + cmd.Name() + " needs a key, such as cache:user:1"}
	}
	return noArguments(cmd, args[1:])
}
