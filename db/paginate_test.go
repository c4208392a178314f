package db_test

import (
	"context"
	"encoding/json"
	"math"
	"slices"
	"testing"

	"github.com/uptrace/bun"

	"github.com/keryx-go/keryx/db"
)

type author struct {
	ID    int64   `bun:",pk"`
	Books []*book `bun:"rel:has-many,join:id=author_id"`
}

type book struct {
	ID       int64 `bun:",pk"`
	AuthorID int64
	Author   *author `bun:"rel:belongs-to,join:author_id=id"`
}

// withBooks runs a test over every database, with 5 books, 1 to 5, of two
// authors.
func withBooks(t *testing.T, test func(t *testing.T, d *bun.DB)) {
	t.Helper()
	each(t, func(t *testing.T, url string) {
		d := open(t, url, db.Options{})
		run(t, d, "CREATE TABLE authors (id INT PRIMARY KEY)", "CREATE TABLE books (id INT PRIMARY KEY, author_id INT)",
			"INSERT INTO authors VALUES (1), (2)", "INSERT INTO books VALUES (1, 1), (2, 1), (3, 1), (4, 2), (5, 2)")
		test(t, d)
	})
}

func TestPaginate(t *testing.T) {
	withBooks(t, func(t *testing.T, d *bun.DB) {
		for _, test := range []struct {
			page, limit int
			want        []int64
			envelope    string
		}{
			{1, 2, []int64{1, 2}, `{"page":1,"limit":2,"total":5,"pages":3}`},
			{3, 2, []int64{5}, `{"page":3,"limit":2,"total":5,"pages":3}`},
			{4, 2, []int64{}, `{"page":4,"limit":2,"total":5,"pages":3}`},
			{1, 5, []int64{1, 2, 3, 4, 5}, `{"page":1,"limit":5,"total":5,"pages":1}`},
			{1, db.MaxLimit, []int64{1, 2, 3, 4, 5}, `{"page":1,"limit":1000,"total":5,"pages":1}`},
			{math.MaxInt, db.MaxLimit, []int64{}, `{"page":9223372036854775807,"limit":1000,"total":5,"pages":1}`},
		} {
			q := d.NewSelect().Model((*book)(nil)).Order("id")
			books, p, err := db.Paginate[book](t.Context(), q, test.page, test.limit)
			if err != nil {
				t.Fatal(err)
			}
			if got := ids(books); books == nil || !slices.Equal(got, test.want) {
				t.Errorf("page %d of %d: %v (nil: %v)", test.page, test.limit, got, books == nil)
			}
			if got, _ := json.Marshal(p); string(got) != test.envelope {
				t.Errorf("page %d of %d: %s", test.page, test.limit, got)
			}
		}
	})
}

func ids(books []book) []int64 {
	found := []int64{}
	for _, b := range books {
		found = append(found, b.ID)
	}
	return found
}

func TestPaginateOfNothing(t *testing.T) {
	withBooks(t, func(t *testing.T, d *bun.DB) {
		books, p, err := db.Paginate[book](t.Context(), d.NewSelect().Where("id > 100"), 1, 10)
		if err != nil || books == nil || len(books) != 0 || p != (db.Pagination{Page: 1, Limit: 10}) {
			t.Errorf("got %v, %+v, %v", books, p, err)
		}
	})
}

// Every kind of query that bun builds can be paged.
func TestPaginateQueries(t *testing.T) {
	withBooks(t, func(t *testing.T, d *bun.DB) {
		var books []book
		got, p, err := db.Paginate[book](t.Context(), d.NewSelect().Model(&books).Relation("Author").Order("book.id"), 2, 2)
		if err != nil || p.Total != 5 || !slices.Equal(ids(got), []int64{3, 4}) || got[1].Author.ID != 2 {
			t.Errorf("belongs-to: %v, %+v, %v", got, p, err)
		}

		var authors []author
		all, p, err := db.Paginate[author](t.Context(), d.NewSelect().Model(&authors).Relation("Books").Order("id"), 1, 1)
		if err != nil || p.Total != 2 || len(all) != 1 || len(all[0].Books) != 3 {
			t.Errorf("has-many: %v, %+v, %v", all, p, err)
		}

		type row struct{ AuthorID, N int64 }
		grouped := d.NewSelect().Table("books").Column("author_id").ColumnExpr("count(*) AS n").Group("author_id").Order("author_id")
		rows, p, err := db.Paginate[row](t.Context(), grouped, 2, 1)
		if err != nil || p.Total != 2 || !slices.Equal(rows, []row{{2, 2}}) {
			t.Errorf("grouped: %v, %+v, %v", rows, p, err)
		}

		numbers, p, err := db.Paginate[int64](t.Context(), d.NewSelect().Table("books").Column("id").Where("id > ?", 1).Order("id DESC"), 1, 3)
		if err != nil || p.Total != 4 || !slices.Equal(numbers, []int64{5, 4, 3}) {
			t.Errorf("numbers: %v, %+v, %v", numbers, p, err)
		}

		pointers, _, err := db.Paginate[*book](t.Context(), d.NewSelect().Order("id"), 1, 1)
		if err != nil || len(pointers) != 1 || pointers[0].ID != 1 {
			t.Errorf("pointers: %v, %v", pointers, err)
		}
	})
}

func TestPaginateInATransaction(t *testing.T) {
	withBooks(t, func(t *testing.T, d *bun.DB) {
		err := db.Transaction(t.Context(), d, func(ctx context.Context, tx bun.Tx) error {
			run(t, tx, "INSERT INTO books VALUES (6, 2)")
			_, p, err := db.Paginate[book](ctx, db.From(ctx, d).NewSelect().Order("id"), 1, 1)
			if p.Total != 6 {
				t.Errorf("got %+v", p)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

func TestPaginateRefuses(t *testing.T) {
	withBooks(t, func(t *testing.T, d *bun.DB) {
		for _, bad := range []struct {
			page, limit int
			want        string
		}{
			{0, 10, "page is 0; it must be 1 or more"},
			{-1, 10, "page is -1; it must be 1 or more"},
			{1, 0, "limit is 0; it must be between 1 and 1000"},
			{1, 1001, "limit is 1001; it must be between 1 and 1000"},
		} {
			if _, _, err := db.Paginate[book](t.Context(), d.NewSelect(), bad.page, bad.limit); err == nil || err.Error() != bad.want {
				t.Errorf("page %d, limit %d: %v", bad.page, bad.limit, err)
			}
		}
		if _, _, err := db.Paginate[book](t.Context(), d.NewSelect().Table("nothing"), 1, 1); err == nil {
			t.Error("the table nothing has a page")
		}
	})
}
