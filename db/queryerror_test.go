package db_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net/http"
	"testing"

	"github.com/uptrace/bun"

	"github.com/keryx-go/keryx/db"
	"github.com/keryx-go/keryx/fault"
)

const placeTables = `
	CREATE TABLE owners (id INTEGER PRIMARY KEY);
	CREATE TABLE places (id INTEGER PRIMARY KEY, owner INTEGER NOT NULL REFERENCES owners (id), name TEXT UNIQUE, size INTEGER CHECK (size > 0));
	INSERT INTO owners VALUES (1);
	INSERT INTO places VALUES (1, 1, 'attic', 1)`

// TestIsConflict holds what each constraint of each database is.
func TestIsConflict(t *testing.T) {
	each(t, func(t *testing.T, url string) {
		d := open(t, url, db.Options{})
		if _, err := d.ExecContext(t.Context(), placeTables); err != nil {
			t.Fatal(err)
		}
		for query, want := range map[string]bool{
			"INSERT INTO places VALUES (1, 1, 'hall', 1)":                     true,
			"INSERT INTO places VALUES (2, 1, 'attic', 1)":                    true,
			"INSERT INTO places VALUES (2, 1, 'hall', 0)":                     false, // CHECK
			"INSERT INTO places VALUES (2, 7, 'hall', 1)":                     false, // a foreign key
			"INSERT INTO places VALUES (2, NULL, 'hall', 1)":                  false, // NOT NULL
			"DELETE FROM owners":                                              false, // a foreign key
			"INSERT INTO nowhere VALUES (1)":                                  false,
			"INSERT INTO places VALUES (1, 1, 'a', 1) ON CONFLICT DO NOTHING": false,
			"UPDATE places SET name = 'attic'":                                false,
		} {
			_, err := d.ExecContext(t.Context(), query)
			for _, err := range []error{err, wrapped(err)} {
				if got := db.IsConflict(err); got != want {
					t.Errorf("%s: %v is a conflict: %v", query, err, got)
				}
			}
		}
	})
}

func wrapped(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("store: %w", err)
}

// TestIsConflictOfAnExclusion: only Postgres has such constraints.
func TestIsConflictOfAnExclusion(t *testing.T) {
	d := open(t, postgres(t), db.Options{})
	if _, err := d.ExecContext(t.Context(), "CREATE TABLE spans (at int4range, EXCLUDE USING gist (at WITH &&)); INSERT INTO spans VALUES ('[1,5)')"); err != nil {
		t.Fatal(err)
	}
	if _, err := d.ExecContext(t.Context(), "INSERT INTO spans VALUES ('[4,6)')"); !db.IsConflict(err) {
		t.Errorf("%v is no conflict", err)
	}
}

// TestConflictInATransaction is the advice of OrConflict: a transaction within goes back
// to its beginning, and the outer one goes on.
func TestConflictInATransaction(t *testing.T) {
	each(t, func(t *testing.T, url string) {
		d := open(t, url, db.Options{})
		if _, err := d.ExecContext(t.Context(), placeTables); err != nil {
			t.Fatal(err)
		}
		err := db.Transaction(t.Context(), d, func(ctx context.Context, _ bun.Tx) error {
			err := db.Transaction(ctx, d, func(ctx context.Context, tx bun.Tx) error {
				_, err := tx.ExecContext(ctx, "INSERT INTO places VALUES (2, 1, 'attic', 1)")
				return db.OrConflict(err, "There is a place named %s", "attic")
			})
			if f, ok := fault.As(err); !ok || f.HTTPStatus() != http.StatusConflict || f.Message != "There is a place named attic" || !db.IsConflict(err) {
				t.Errorf("got %v", err)
			}
			_, err = db.From(ctx, d).ExecContext(ctx, "INSERT INTO places VALUES (2, 1, 'hall', 1)")
			return err
		})
		if err != nil {
			t.Error(err)
		}
	})
}

func TestOrNotFound(t *testing.T) {
	each(t, func(t *testing.T, url string) {
		d := open(t, url, db.Options{})
		if _, err := d.ExecContext(t.Context(), placeTables); err != nil {
			t.Fatal(err)
		}
		type place struct {
			bun.BaseModel `bun:"places"`
			ID            int64 `bun:",pk"`
		}
		for name, query := range map[string]func(id int64) error{
			"select": func(id int64) error { return d.NewSelect().Model(new(place)).Where("id = ?", id).Scan(t.Context()) },
			"update": func(id int64) error {
				return d.NewUpdate().Model(new(place)).Set("size = 2").Where("id = ?", id).Returning("id").Scan(t.Context())
			},
			"delete": func(id int64) error {
				return d.NewDelete().Model(new(place)).Where("id = ?", id).Returning("id").Scan(t.Context())
			},
			"database/sql": func(id int64) error {
				return db.SQL(t.Context(), d).QueryRowContext(t.Context(), fmt.Sprint("SELECT id FROM places WHERE id = ", id)).Scan(new(int64))
			},
		} {
			err := db.OrNotFound(query(7), "There is no place %d", 7)
			if f, ok := fault.As(err); !ok || f.HTTPStatus() != http.StatusNotFound || f.Message != "There is no place 7" || !errors.Is(err, sql.ErrNoRows) {
				t.Errorf("%s: got %v", name, err)
			}
			if name == "delete" {
				continue
			}
			if err := db.OrNotFound(query(1), "no"); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
	if err := db.OrNotFound(io.EOF, "no"); err != io.EOF { //nolint:errorlint // it must be the very same
		t.Errorf("got %v", err)
	}
	if err := errors.Join(db.OrNotFound(nil, "no"), db.OrConflict(nil, "no")); err != nil {
		t.Errorf("got %v", err)
	}
	if err := db.OrConflict(io.EOF, "no"); err != io.EOF { //nolint:errorlint // it must be the very same
		t.Errorf("got %v", err)
	}
}
