package migrate

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/keryx-go/keryx/cache"
)

// shelf has what actions need: the clients, and nothing of the framework.
type shelf struct {
	db  *sql.DB
	rdb redis.UniversalClient
}

var errNoBook = errors.New("there is no such book")

func (s *shelf) show(ctx context.Context, in oneBook) (*Book, error) {
	key := "cache:book:" + strconv.FormatInt(in.ID, 10)
	return cache.Fetch(ctx, s.rdb, key, time.Minute, func(ctx context.Context) (*Book, error) {
		book := &Book{ID: in.ID}
		err := s.db.QueryRowContext(ctx, "SELECT title, year FROM books WHERE id = $1", in.ID).Scan(&book.Title, &book.Year)
		if errors.Is(err, sql.ErrNoRows) {
			return nil, errNoBook
		}
		return book, err
	})
}

// serve makes a handler of a function that was an action.
func serve[In, Out any](bind func(*http.Request, *In) error, run func(context.Context, In) (Out, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var in In
		if err := bind(r, &in); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		out, err := run(r.Context(), in)
		switch {
		case errors.Is(err, errNoBook):
			http.Error(w, err.Error(), http.StatusNotFound)
		case err != nil:
			http.Error(w, "internal error", http.StatusInternalServerError)
		default:
			w.Header().Set("Content-Type", "application/json")
			_ = json.NewEncoder(w).Encode(out) // an error means that the client is gone
		}
	}
}

func (s *shelf) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /api/books/{id}", serve(func(r *http.Request, in *oneBook) (err error) {
		in.ID, err = strconv.ParseInt(r.PathValue("id"), 10, 64)
		return err
	}, s.show))
	mux.HandleFunc("GET /api/me", func(w http.ResponseWriter, r *http.Request) {
		user, err := s.userOf(r)
		if err != nil {
			http.Error(w, "log in first", http.StatusUnauthorized)
			return
		}
		_ = json.NewEncoder(w).Encode(user)
	})
	return mux
}

// userOf reads the session of a request as the framework has stored it.
func (s *shelf) userOf(r *http.Request) (id int64, err error) {
	cookie, err := r.Cookie("__session")
	if err != nil {
		return 0, err
	}
	text, err := s.rdb.GetEx(r.Context(), "session:"+cookie.Value, 24*time.Hour).Bytes()
	if err != nil {
		return 0, err
	}
	var session struct {
		Data struct {
			UserID int64 `json:"userId"`
		} `json:"data"`
	}
	if err := json.Unmarshal(text, &session); err != nil {
		return 0, err
	}
	return session.Data.UserID, nil
}
