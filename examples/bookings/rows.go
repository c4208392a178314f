package main

import (
	"context"

	"github.com/uptrace/bun"

	"github.com/keryx-go/keryx/db"
)

// one returns the row of a table for which a condition holds, or a 404 that names what
// is not there.
func one[T any](ctx context.Context, tx bun.IDB, what, condition string, args ...any) (*T, error) {
	row := new(T)
	err := tx.NewSelect().Model(row).Where(condition, args...).Scan(ctx)
	return row, db.OrNotFound(err, "There is no such %s", what)
}

// all returns the rows for which a condition holds, in an order.
func all[T any](ctx context.Context, tx bun.IDB, order, condition string, args ...any) ([]T, error) {
	rows := []T{}
	err := tx.NewSelect().Model(&rows).Where(condition, args...).OrderExpr(order).Scan(ctx)
	return rows, err
}

// insert adds a row.
func insert(ctx context.Context, tx bun.IDB, row any) error {
	_, err := tx.NewInsert().Model(row).Exec(ctx)
	return err
}

// remove deletes the row for which a condition holds, or returns a 404.
func remove[T any](ctx context.Context, tx bun.IDB, what, condition string, args ...any) error {
	err := tx.NewDelete().Model(new(T)).Where(condition, args...).Returning("*").Scan(ctx)
	return db.OrNotFound(err, "There is no such %s", what)
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
