package cachecmd

import (
	"context"
	"fmt"
	"time"

	goredis "github.com/redis/go-redis/v9"
	"github.com/spf13/cobra"

	"github.com/keryx-go/keryx/internal/cachecmd/keyspace"
)

func ttlCommand(r *runner) *cobra.Command {
	return &cobra.Command{
		Use:   "ttl KEY",
		Short: "Print the time to live of a key",
		Args:  oneKey,
		RunE: func(cmd *cobra.Command, args []string) error {
			return r.with(cmd, func(ctx context.Context, rdb goredis.UniversalClient) error {
				left, forever, err := keyspace.TTL(ctx, rdb, args[0])
				switch {
				case err != nil:
					return fmt.Errorf("%s: %w", args[0], err)
				case forever:
					return write(cmd, "no expiry\n")
				}
				return write(cmd, fmt.Sprintf("%s (%d ms)\n", human(left), left.Milliseconds()))
			})
		},
	}
}

// human returns a duration in a short form: "2d3h0m5s", "1m30s", "4.2s".
func human(d time.Duration) string {
	const day = 24 * time.Hour
	switch {
	case d >= day:
		return fmt.Sprintf("%dd%s", d/day, (d % day).Round(time.Second))
	case d >= 10*time.Second:
		return d.Round(time.Second).String()
	}
	return d.Round(time.Millisecond).String()
}
