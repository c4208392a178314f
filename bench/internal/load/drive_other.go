//go:build !linux

package load

import (
	"context"
	"time"
)

// drive keeps the connections of workers busy until the end.
func drive(ctx context.Context, workers []*worker, end time.Time) error {
	together(ctx, workers, end)
	return nil
}
