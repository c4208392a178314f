package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/keryx-go/keryx/bench/internal/answer"
)

// ttl is how long a user is cached.
const ttl = time.Minute

// User is one user, with the fields that the caching example sends.
type User struct {
	ID    int64  `json:"id"`
	Name  string `json:"name"`
	Email string `json:"email"`
}

// Shown is the body of a response.
type Shown struct {
	User *User `json:"user"`
}

// users answers GET /api/user/{userId}.
type users struct {
	redis  *redis.Client
	stored map[int64]*User // stands in for the database
	wanted answer.Answer
}

// newUsers stores the user of the wanted answer. It returns an error when the server
// could not reproduce that answer byte by byte; then the type User must change.
func newUsers(wanted answer.Answer) (*users, error) {
	var shown Shown
	decoder := json.NewDecoder(bytes.NewReader(wanted.Body))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&shown); err != nil {
		return nil, fmt.Errorf("the type User does not fit the answer %s: change its fields: %w", wanted.Body, err)
	}
	if shown.User == nil {
		return nil, fmt.Errorf("the answer %s has no user", wanted.Body)
	}
	again, err := json.Marshal(shown)
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(again, wanted.Body) {
		return nil, fmt.Errorf("the type User makes %s of the answer %s: change its fields", again, wanted.Body)
	}
	return &users{stored: map[int64]*User{shown.User.ID: shown.User}, wanted: wanted}, nil
}

func (u *users) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /api/user/{userId}", u.show)
	return mux
}

func (u *users) show(w http.ResponseWriter, r *http.Request) {
	id, err := strconv.ParseInt(r.PathValue("userId"), 10, 64)
	if err != nil || id < 1 {
		http.Error(w, "userId must be a positive number", http.StatusNotAcceptable)
		return
	}
	user, err := u.find(r.Context(), id)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	body, err := json.Marshal(Shown{User: user})
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	u.wanted.WriteHeader(w.Header())
	_, _ = w.Write(body) // an error means that the client is gone
}

// find returns the user with an id, from the cache if it is there. A user that does not
// exist is nil, and is not cached.
func (u *users) find(ctx context.Context, id int64) (*User, error) {
	key := "cache:user:" + strconv.FormatInt(id, 10)
	cached, err := u.redis.Get(ctx, key).Bytes()
	switch {
	case err == nil:
		user := new(User)
		if err := json.Unmarshal(cached, user); err != nil {
			return nil, fmt.Errorf("the value of %s cannot be decoded: %w", key, err)
		}
		return user, nil
	case !errors.Is(err, redis.Nil):
		return nil, fmt.Errorf("cannot read %s: %w", key, err)
	}
	user := u.stored[id]
	if user == nil {
		return nil, nil
	}
	encoded, err := json.Marshal(user)
	if err != nil {
		return nil, err
	}
	if err := u.redis.Set(ctx, key, encoded, ttl).Err(); err != nil {
		return nil, fmt.Errorf("cannot store %s: %w", key, err)
	}
	return user, nil
}
