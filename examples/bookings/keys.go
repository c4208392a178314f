package main

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"github.com/keryx-go/keryx"
	"github.com/keryx-go/keryx/auth"
)

// Key is a row of the table keys.
type Key struct {
	ID     int64  `bun:",pk,autoincrement" json:"id"`
	UserID int64  `json:"-"`
	Name   string `json:"name"`
	Hash   string `json:"-"`
	Scopes string `json:"scopes"` // separated by commas
	Token  string `bun:"-" json:"token,omitempty" doc:"The key itself, which is shown once"`
}

// keys keeps the API keys of users.
type keys struct{ *backend }

func registerKeys(b *backend) {
	keryx.Handle(b.signedIn, keryx.Action{Name: "key:create", Description: "Make an API key", Web: keryx.POST("/keys"), Status: 201}, b.keys.create)
	keryx.Handle(b.signedIn, keryx.Action{Name: "key:list", Description: "List your API keys", Web: keryx.GET("/keys")}, b.keys.list)
	keryx.Handle(b.signedIn, keryx.Action{Name: "key:delete", Description: "Delete an API key", Web: keryx.DELETE("/keys/{key}")}, b.keys.remove)
}

type newKey struct {
	Name   string   `json:"name" minLength:"1" maxLength:"100"`
	Scopes []string `json:"scopes" enum:"bookings:read,bookings:write" minItems:"1" uniqueItems:"true"`
}

func (k *keys) create(ctx context.Context, in newKey) (*Key, error) {
	key := &Key{UserID: auth.Caller(ctx).ID(), Name: in.Name, Scopes: strings.Join(in.Scopes, ","), Token: "bk_" + rand.Text()}
	key.Hash = hashOf(key.Token)
	return key, insert(ctx, k.api.Tx(ctx), key)
}

func (k *keys) list(ctx context.Context, _ struct{}) ([]Key, error) {
	return all[Key](ctx, k.api.Tx(ctx), "id", "user_id = ?", auth.Caller(ctx).ID())
}

type keyInput struct {
	Key int64 `json:"key"`
}

func (k *keys) remove(ctx context.Context, in keyInput) (out keryx.NoContent, err error) {
	return out, remove[Key](ctx, k.api.Tx(ctx), "API key", "id = ? AND user_id = ?", in.Key, auth.Caller(ctx).ID())
}

// identify returns whose key a token is, for auth.Bearer. A key never has the roles of
// its user.
func (k *keys) identify(ctx context.Context, token string) (*keryx.Identity, error) {
	key, err := one[Key](ctx, k.api.Tx(ctx), "API key", "hash = ?", hashOf(token))
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil // it proves nothing: 401
	}
	if err != nil {
		return nil, err
	}
	return &keryx.Identity{Subject: text(key.UserID), Scopes: strings.Split(key.Scopes, ",")}, nil
}

// hashOf needs neither salt nor argon2id: a key is long, and made of chance.
func hashOf(token string) string { return fmt.Sprintf("%x", sha256.Sum256([]byte(token))) }
