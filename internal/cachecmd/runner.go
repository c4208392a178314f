package cachecmd

import (
	"context"
	"fmt"

	goredis "github.com/redis/go-redis/v9"
	"github.com/spf13/cobra"

	"github.com/keryx-go/keryx/internal/console"
	"github.com/keryx-go/keryx/part"
	"github.com/keryx-go/keryx/redis"
)

const privateRedis = "embedded:// is private to each process: this is an empty Redis, not that of the running app"

// runner runs the commands below `cache` with a connection to Redis.
type runner struct {
	redis *redis.Connections
	run   part.Run
}

// with connects to Redis, starts no other part, and calls do.
func (r *runner) with(cmd *cobra.Command, do func(context.Context, goredis.UniversalClient) error) error {
	return r.run(cmd.Context(), func(ctx context.Context) error {
		if r.redis.Embedded() && !console.Quiet(cmd) {
			fmt.Fprintln(cmd.ErrOrStderr(), privateRedis)
		}
		return do(ctx, r.redis.Client)
	}, r.redis.Name())
}
