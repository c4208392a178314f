package keryx

import (
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"

	"github.com/keryx-go/keryx/db"
)

// newDatabase returns the part that connects to the database, or one that does
// nothing when DATABASE_URL is empty: there is nothing to check then.
func newDatabase(api *API) Part {
	if !api.Database.Configured() {
		return Initializer{Name: api.Database.Name()}.Part(api)
	}
	return &database{api.Database, api}
}

// database is the part that connects to the database, and sets [API.DB].
type database struct {
	*db.Database
	api *API
}

// Start connects.
func (d *database) Start(ctx context.Context) error {
	err := d.Database.Start(ctx)
	d.api.DB = d.Database.DB
	return err
}

// logPanic returns fn, with a panic of it logged.
func logPanic(logger *slog.Logger, message string, fn func(context.Context)) func(context.Context) {
	return func(ctx context.Context) {
		defer func() {
			if value := recover(); value != nil {
				logger.ErrorContext(ctx, message, "error", fmt.Sprintf("panic: %v", value), "stack", string(debug.Stack()))
			}
		}()
		fn(ctx)
	}
}
