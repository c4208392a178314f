package pages

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/keryx-go/keryx"
	"github.com/keryx-go/keryx/db"
)

type (
	// Booking is a row.
	Booking    struct{ Room string }
	newBooking struct{ Room string }
	bookings   struct{ api *keryx.API }
)

func (b *bookings) create(ctx context.Context, in newBooking) (*Booking, error) { // in api.Transaction()
	booking := &Booking{Room: in.Room}
	if _, err := b.api.Tx(ctx).NewInsert().Model(booking).Exec(ctx); err != nil {
		return nil, err
	}
	b.api.AfterCommit(ctx, func(ctx context.Context) {
		b.api.Redis.Client.Del(ctx, "bookings:"+in.Room)
		_ = b.api.Channels.Broadcast(ctx, "room:"+in.Room, booking, "")
	})
	return booking, nil
}

// queries is what sqlc generates.
var queries generated

type generated struct{}

func (generated) New(db.DBTX) generated                                   { return generated{} }
func (generated) ListUsers(ctx context.Context) (names []string, _ error) { return nil, ctx.Err() }

func sqlc(ctx context.Context, api *keryx.API) ([]string, error) {
	users, err := queries.New(api.SQL(ctx)).ListUsers(ctx)
	return users, err
}

func copyRows(ctx context.Context, api *keryx.API, table pgx.Identifier, columns []string, rows pgx.CopyFromSource) error {
	conn, err := api.DB.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	return conn.Raw(func(c any) error {
		_, err := c.(*stdlib.Conn).Conn().CopyFrom(ctx, table, columns, rows)
		return err
	})
}

func (b *bookings) find(ctx context.Context, id int64) (*Booking, error) {
	booking := new(Booking)
	err := b.api.Tx(ctx).NewSelect().Model(booking).Where("id = ?", id).Scan(ctx)
	return booking, db.OrNotFound(err, "There is no booking %d", id)
}

func (b *bookings) add(ctx context.Context, booking *Booking) error {
	_, err := b.api.Tx(ctx).NewInsert().Model(booking).Exec(ctx)
	return db.OrConflict(err, "The room is booked")
}

var _ = []any{(*bookings).create, (*bookings).find, (*bookings).add, sqlc, copyRows}
