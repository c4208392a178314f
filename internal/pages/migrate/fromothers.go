package migrate

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/keryx-go/keryx"
	"github.com/keryx-go/keryx/auth"
	"github.com/keryx-go/keryx/cache"
	"github.com/keryx-go/keryx/db"
)

// Book is a row of the examples.
type Book struct {
	ID    int64  `json:"id" bun:",pk,autoincrement"`
	Title string `json:"title"`
	Year  int    `json:"year"`
}

type books struct{ api *keryx.API }

// As from Gin: a body that is bound and checked, in a group with middleware.

type newBook struct {
	Title string `json:"title" minLength:"2"`
	Year  int    `json:"year" minimum:"1450"`
}

func (b *books) register() {
	members := b.api.Group(auth.Require)
	keryx.Handle(members, keryx.Action{Name: "book:create", Web: keryx.POST("/books")}, b.create)
	keryx.Handle(b.api, keryx.Action{Name: "book:show", Web: keryx.GET("/books/{id}")}, b.show)
	keryx.Handle(b.api, keryx.Action{Name: "book:list", Web: keryx.GET("/books")}, b.list)
	keryx.Handle(b.api, keryx.Action{Name: "book:count", Web: keryx.GET("/books/count")}, b.count)
}

func (b *books) create(ctx context.Context, in newBook) (out keryx.Reply[*Book], err error) {
	book := &Book{Title: in.Title, Year: in.Year}
	if _, err := b.api.DB.NewInsert().Model(book).Exec(ctx); err != nil {
		return out, err
	}
	return keryx.Created(book, fmt.Sprintf("/api/books/%d", book.ID)), nil
}

// As from Echo: an error with a status.

type oneBook struct {
	ID int64 `json:"id"`
}

func (b *books) show(ctx context.Context, in oneBook) (*Book, error) {
	book := new(Book)
	err := b.api.DB.NewSelect().Model(book).Where("id = ?", in.ID).Scan(ctx)
	return book, db.OrNotFound(err, "there is no book %d", in.ID)
}

// As from chi: parameters of the query.

type bookList struct {
	Page  int `json:"page" default:"1" minimum:"1"`
	Limit int `json:"limit" default:"10" maximum:"100"`
}

func (b *books) list(ctx context.Context, in bookList) ([]Book, error) {
	books, _, err := db.Paginate[Book](ctx, b.api.DB.NewSelect().Model((*Book)(nil)).Order("id"), in.Page, in.Limit)
	return books, err
}

// As from GoFr: Redis in front of the database.

func (b *books) count(ctx context.Context, _ struct{}) (int64, error) {
	return cache.Fetch(ctx, b.api.Redis.Client, "cache:books", time.Minute, func(ctx context.Context) (int64, error) {
		return b.api.DB.NewSelect().Model((*Book)(nil)).Count(ctx)
	})
}

// As from Encore: an endpoint that other code calls.

type greetInput struct {
	Name string `json:"name" minLength:"1"`
}

type greetOutput struct {
	Message string `json:"message"`
}

func greet(_ context.Context, in greetInput) (greetOutput, error) {
	return greetOutput{"Hello, " + in.Name + "!"}, nil
}

func greetings(api *keryx.API) func(ctx context.Context) (greetOutput, error) {
	hello := keryx.Handle(api, keryx.Action{Name: "hello", Web: keryx.GET("/hello/{name}")}, greet)
	return func(ctx context.Context) (greetOutput, error) {
		return hello.Act(ctx, greetInput{Name: "Ada"})
	}
}

// oldBelow mounts the router of an app that moves: it gets what no action answers.
func oldBelow(api *keryx.API, router http.Handler) {
	api.Web.Handle("/", router)
}

// below mounts the app in the router of an app that moves.
func below(api *keryx.API, mux *http.ServeMux) {
	mux.Handle("/api/", api.Web)
}
