package db

import (
	"context"
	"fmt"

	"github.com/uptrace/bun"
)

// MaxLimit is the largest page that [Paginate] returns.
const MaxLimit = 1000

// Pagination says which part of a list a page is.
type Pagination struct {
	Page  int `json:"page" doc:"This page's number, from 1"`
	Limit int `json:"limit" doc:"How many items a page has at most"`
	Total int `json:"total" doc:"How many items there are on all pages"`
	Pages int `json:"pages" doc:"How many pages there are; 0 when there is no item"`
}

// Paginate counts the rows of q and returns those of one page, the first being
// page 1, with limit rows on each but the last. A page past the end is an
// empty slice, never nil. It is an error when page is below 1 or limit is not
// in 1 to [MaxLimit].
//
// q needs an order, or rows may appear on two pages. Its limit and offset are
// set. When its model is a *[]T the rows are scanned into that, as relations
// with many rows demand; T's table is the model of a query without one.
//
// The rows are counted by a query of their own: rows that come or go in
// between are counted or not.
func Paginate[T any](ctx context.Context, q *bun.SelectQuery, page, limit int) ([]T, Pagination, error) {
	if page < 1 {
		return nil, Pagination{}, fmt.Errorf("page is %d; it must be 1 or more", page)
	}
	if limit < 1 || limit > MaxLimit {
		return nil, Pagination{}, fmt.Errorf("limit is %d; it must be between 1 and %d", limit, MaxLimit)
	}
	rows, dest := destination[T](q)
	total, err := q.Count(ctx)
	if err != nil {
		return nil, Pagination{}, fmt.Errorf("count rows: %w", err)
	}
	p := Pagination{Page: page, Limit: limit, Total: int(total), Pages: int((total + int64(limit) - 1) / int64(limit))}
	if page > p.Pages {
		return []T{}, p, nil
	}
	if err := q.Limit(int64(limit)).Offset(int64(page-1)*int64(limit)).Scan(ctx, dest...); err != nil {
		return nil, Pagination{}, fmt.Errorf("select page %d: %w", page, err)
	}
	if *rows == nil {
		*rows = []T{} // the rows went after they were counted
	}
	return *rows, p, nil
}

// destination returns where the rows of q go, and what its Scan has to be told
// for that.
func destination[T any](q *bun.SelectQuery) (rows *[]T, dest []any) {
	model := q.GetModel()
	if model != nil {
		if rows, ok := model.Value().(*[]T); ok && rows != nil {
			return rows, nil
		}
	}
	rows = new([]T)
	if model == nil && q.GetTableName() == "" {
		q.Model(rows)
		return rows, nil
	}
	return rows, []any{rows}
}
