package db_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log"
	"testing/fstest"

	"github.com/uptrace/bun"

	"github.com/keryx-go/keryx/db"
	"github.com/keryx-go/keryx/fault"
)

// An app embeds its migrations: //go:embed migrations/*.sql
var migrations = fstest.MapFS{
	"migrations/20260101000000_users.up.sql": {Data: []byte(`
		CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
		INSERT INTO users (name) VALUES ('Ada'), ('Grace'), ('Hedy');`)},
	"migrations/20260101000000_users.down.sql": {Data: []byte(`DROP TABLE users;`)},
}

// User is a row of users.
type User struct {
	ID   int64 `bun:",pk,autoincrement"`
	Name string
}

// exampleDB returns a database with its tables.
func exampleDB(ctx context.Context) *bun.DB {
	d, err := db.Open(ctx, "sqlite://:memory:", db.Options{})
	if err != nil {
		log.Fatal(err)
	}
	m, err := db.NewMigrator(d, migrations)
	if err != nil {
		log.Fatal(err)
	}
	if _, err := m.Up(ctx); err != nil {
		log.Fatal(err)
	}
	return d
}

func ExampleMigrator() {
	ctx := context.Background()
	d, err := db.Open(ctx, "sqlite://:memory:", db.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer d.Close()
	m, err := db.NewMigrator(d, migrations)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(m.Up(ctx))
	fmt.Println(m.Up(ctx))
	fmt.Println(m.Down(ctx))
	// Output:
	// [20260101000000_users] <nil>
	// [] <nil>
	// 20260101000000_users <nil>
}

func ExamplePaginate() {
	ctx := context.Background()
	d := exampleDB(ctx)
	defer d.Close()

	users, pagination, err := db.Paginate[User](ctx, d.NewSelect().Order("name"), 2, 2)
	fmt.Println(users, err)
	fmt.Printf("%+v\n", pagination)
	// Output:
	// [{3 Hedy}] <nil>
	// {Page:2 Limit:2 Total:3 Pages:2}
}

func ExampleTransaction() {
	ctx := context.Background()
	d := exampleDB(ctx)
	defer d.Close()

	rename := func(ctx context.Context, id int64, name string) error {
		_, err := db.From(ctx, d).NewUpdate().Model(&User{ID: id, Name: name}).WherePK().Exec(ctx)
		return err
	}
	err := db.Transaction(ctx, d, func(ctx context.Context, tx bun.Tx) error {
		if err := rename(ctx, 1, "Ada Lovelace"); err != nil {
			return err
		}
		return fmt.Errorf("second thoughts")
	})
	fmt.Println(err)

	var name string
	if err := d.NewSelect().Model((*User)(nil)).Column("name").Where("id = 1").Scan(ctx, &name); err != nil {
		log.Fatal(err)
	}
	fmt.Println(name)
	// Output:
	// second thoughts
	// Ada
}

func ExampleOrNotFound() {
	ctx := context.Background()
	d := exampleDB(ctx)
	defer d.Close()

	find := func(ctx context.Context, id int64) (*User, error) {
		user := new(User)
		err := db.From(ctx, d).NewSelect().Model(user).Where("id = ?", id).Scan(ctx)
		return user, db.OrNotFound(err, "There is no user %d", id)
	}
	user, err := find(ctx, 1)
	fmt.Println(user.Name, err)
	_, err = find(ctx, 7)
	f, _ := fault.As(err)
	fmt.Println(f.HTTPStatus(), f.Message, errors.Is(err, sql.ErrNoRows))
	// Output:
	// Ada <nil>
	// 404 There is no user 7 true
}

func ExampleOrConflict() {
	ctx := context.Background()
	d := exampleDB(ctx)
	defer d.Close()

	add := func(ctx context.Context, user User) error {
		_, err := db.From(ctx, d).NewInsert().Model(&user).Exec(ctx)
		return db.OrConflict(err, "There is a user %d", user.ID)
	}
	fmt.Println(add(ctx, User{ID: 4, Name: "Katherine"}))
	err := add(ctx, User{ID: 4, Name: "Dorothy"})
	f, _ := fault.As(err)
	fmt.Println(f.HTTPStatus(), f.Message)
	// Output:
	// <nil>
	// 409 There is a user 4
}
