package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/keryx-go/keryx"
	"github.com/keryx-go/keryx/db"
)

// archive reads and writes the table messages.
type archive struct{ api *keryx.API }

// add stores a message.
func (a *archive) add(ctx context.Context, author *User, body string) (*Message, error) {
	now := time.Now().UTC()
	m := &Message{Body: body, UserID: author.ID, CreatedAt: now, UpdatedAt: now, UserName: author.Name}
	if err := a.api.Tx(ctx).NewInsert().Model(m).Returning("id").Scan(ctx); err != nil {
		return nil, fmt.Errorf("add a message: %w", err)
	}
	return m, nil
}

// byID returns a message, or nil when there is none.
func (a *archive) byID(ctx context.Context, id int64) (*Message, error) {
	m := new(Message)
	err := a.signed(ctx).Model(m).Where("message.id = ?", id).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("find a message: %w", err)
	}
	return m, nil
}

// page returns one page of all messages, the newest first.
func (a *archive) page(ctx context.Context, page, limit int) ([]Message, db.Pagination, error) {
	var found []Message
	return db.Paginate[Message](ctx, a.signed(ctx).Model(&found).Order("message.id DESC"), page, limit)
}

// signed is a query for messages with the names of their authors.
func (a *archive) signed(ctx context.Context) *bun.SelectQuery {
	return a.api.Tx(ctx).NewSelect().
		ColumnExpr("message.*").ColumnExpr("author.name AS user_name").
		Join("LEFT JOIN users AS author ON author.id = message.user_id")
}

// forget deletes what was written before a time, and says how many that were.
func (a *archive) forget(ctx context.Context, before time.Time) (int64, error) {
	result, err := a.api.Tx(ctx).NewDelete().Model((*Message)(nil)).Where("created_at < ?", before.UTC()).Exec(ctx)
	if err != nil {
		return 0, fmt.Errorf("delete messages: %w", err)
	}
	return result.RowsAffected()
}
