package keryx

import (
	"context"
	"errors"

	"github.com/uptrace/bun"

	"github.com/keryx-go/keryx/db"
)

// Transaction returns middleware that runs an action in a database
// transaction: committed when the action succeeds, rolled back when it fails,
// panics or runs out of time. [API.Tx] is the way to it. An action that runs
// within another's transaction joins it.
func (api *API) Transaction() Middleware {
	return func(next Handler) Handler {
		return func(ctx context.Context, call *Call) (result any, err error) {
			if api.DB == nil {
				return nil, errors.New("the action wants a transaction, but there is no database; set DATABASE_URL")
			}
			err = db.Transaction(ctx, api.DB, func(ctx context.Context, _ bun.Tx) error {
				result, err = next(ctx, call)
				return err
			})
			return result, err
		}
	}
}

// Tx returns the transaction that ctx is in, or the database outside one:
// queries made through it are right in both.
func (api *API) Tx(ctx context.Context) bun.IDB { return db.From(ctx, api.DB) }

// databasePart returns the part that connects to the database, or one that does
// nothing when DATABASE_URL is empty: there is nothing to check then.
func (api *API) databasePart() Part {
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
