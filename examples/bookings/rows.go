package main

import (
	"context"
	"database/sql"
	"errors"

	"github.com/uptrace/bun"

	"github.com/keryx-go/keryx"
	"github.com/keryx-go/keryx/db"
	"github.com/keryx-go/keryx/fault"
)

// errTaken is that insert found another row in the place of the new one.
var errTaken = errors.New("there is such a row")

// one returns the row of a table for which a condition holds, or a 404 that names what
// is not there.
func one[T any](ctx context.Context, db bun.IDB, what, condition string, args ...any) (*T, error) {
	row := new(T)
	return row, named(db.NewSelect().Model(row).Where(condition, args...).Scan(ctx), what)
}

// all returns the rows for which a condition holds, in an order.
func all[T any](ctx context.Context, db bun.IDB, order, condition string, args ...any) ([]T, error) {
	rows := []T{}
	err := db.NewSelect().Model(&rows).Where(condition, args...).OrderExpr(order).Scan(ctx)
	return rows, err
}

// insert adds a row. Of several with one key, one is added, and no transaction fails.
func insert(ctx context.Context, db bun.IDB, row any) error {
	err := db.NewInsert().Model(row).On("CONFLICT DO NOTHING").Returning("*").Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return errTaken
	}
	return err
}

// remove deletes the row for which a condition holds, or returns a 404.
func remove[T any](ctx context.Context, db bun.IDB, what, condition string, args ...any) error {
	return named(db.NewDelete().Model(new(T)).Where(condition, args...).Returning("*").Scan(ctx), what)
}

func named(err error, what string) error {
	if errors.Is(err, sql.ErrNoRows) {
		return keryx.NotFound("There is no such %s", what)
	}
	return err
}

// missing reports whether an error is that of a row which is not there.
func missing(err error) bool {
	e, ok := fault.As(err)
	return ok && e.Type == keryx.ConnectionNotFound
}

// pageInput is the part of an input that says which page of a list is wanted.
type pageInput struct {
	Page  int `json:"page" default:"1" minimum:"1"`
	Limit int `json:"limit" default:"50" minimum:"1" maximum:"200"`
}

// page is a page of a list.
type page[T any] struct {
	Items      []T           `json:"items"`
	Pagination db.Pagination `json:"pagination"`
}

func pageOf[T any](ctx context.Context, q *bun.SelectQuery, in pageInput) (p page[T], err error) {
	p.Items, p.Pagination, err = db.Paginate[T](ctx, q, in.Page, in.Limit)
	return p, err
}
