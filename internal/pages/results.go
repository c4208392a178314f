package pages

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"log/slog"
	"time"

	"github.com/keryx-go/keryx"
	"github.com/keryx-go/keryx/connection"
	"github.com/keryx-go/keryx/ratelimit"
)

// Room is what the actions are about.
type Room struct {
	ID   int64  `json:"id"`
	Name string `json:"name"`
}

type (
	rooms   struct{ byName map[string]*Room }
	newRoom struct {
		Name string `json:"name"`
	}
	oneRoom struct {
		ID int64 `json:"id"`
	}
)

type avatarInput struct {
	UserID int64      `json:"userId"`
	Image  keryx.File `json:"image" body:"true" contentType:"image/png" maxSize:"1MB"`
}

type importInput struct {
	Rooms []newRoom `json:"rooms" body:"true" maxItems:"1000"`
}

func (r *rooms) create(ctx context.Context, in newRoom) (keryx.Reply[*Room], error) {
	room := &Room{ID: int64(len(r.byName) + 1), Name: in.Name}
	r.byName[in.Name] = room
	return keryx.Created(room, fmt.Sprintf("/api/rooms/%d", room.ID)), nil
}

func (r *rooms) delete(ctx context.Context, in oneRoom) (keryx.NoContent, error) {
	return keryx.NoContent{}, ctx.Err()
}

func (r *rooms) book(ctx context.Context, in oneRoom) (string, error) {
	slog.InfoContext(ctx, "booked", "room", in.ID)
	return "booked", ctx.Err()
}

func results(api *keryx.API, r *rooms) {
	keryx.Handle(api, keryx.Action{Name: "room:create", Web: keryx.POST("/rooms")}, r.create)
	keryx.Handle(api, keryx.Action{Name: "room:delete", Web: keryx.DELETE("/rooms/{id}")}, r.delete)
	keryx.Handle(api, keryx.Action{Name: "room:book", Web: keryx.POST("/rooms/{id}/book"), Status: 202}, r.book)
}

func signed(secret []byte) keryx.Middleware {
	return func(next keryx.Handler) keryx.Handler {
		return func(ctx context.Context, call *keryx.Call) (any, error) {
			body, err := call.Body(ctx)
			if err != nil {
				return nil, err
			}
			mac := hmac.New(sha256.New, secret)
			mac.Write(body)
			sent, _ := hex.DecodeString(keryx.ConnectionFrom(ctx).Header.Get("X-Signature"))
			if !hmac.Equal(sent, mac.Sum(nil)) {
				return nil, keryx.Unauthorized("The signature is wrong")
			}
			return next(ctx, call)
		}
	}
}

func trimmed(next keryx.Handler) keryx.Handler {
	return func(ctx context.Context, call *keryx.Call) (any, error) {
		in, err := call.Input(ctx)
		if err != nil {
			return nil, err
		}
		if in, ok := in.(*createInput); ok {
			in.Email = "" // the action gets the changed input
		}
		return next(ctx, call)
	}
}

func limits(api *keryx.API) *keryx.Group {
	perAddress := api.RateLimit.Middleware(ratelimit.Rule{Prefix: "login", Limit: 20, Window: time.Minute, Identify: ratelimit.Address})
	perEmail := api.RateLimit.Middleware(ratelimit.Rule{
		Prefix: "login-email", Limit: 5, Window: 10 * time.Minute,
		Identify: func(ctx context.Context, call *keryx.Call) (string, error) {
			in, err := call.Input(ctx)
			if err != nil {
				return "", err
			}
			return "email:" + in.(*loginInput).Email, nil
		},
	})
	return api.Group(perAddress, perEmail)
}

type loginInput struct {
	Email    string `json:"email" format:"email"`
	Password string `json:"password" secret:"true"`
}

func statuses() keryx.Options {
	statuses := keryx.RESTStatuses()
	statuses["QUOTA"] = 402
	return keryx.Options{ErrorStatuses: statuses}
}

func tenant(ctx context.Context) string { return connection.From(ctx).Host }

var _ = []any{results, signed, trimmed, limits, statuses, tenant, avatarInput{}, importInput{}}
