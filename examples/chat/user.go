package main

import (
	"time"

	"github.com/uptrace/bun"
)

// User is a row of the table users.
type User struct {
	bun.BaseModel `bun:"table:users"`

	ID           int64     `bun:"id,pk,autoincrement"`
	Name         string    `bun:"name"`
	Email        string    `bun:"email"`
	PasswordHash string    `bun:"password_hash"`
	CreatedAt    time.Time `bun:"created_at"`
	UpdatedAt    time.Time `bun:"updated_at"`
}

// publicUser is what everybody who is signed in may know of a user. Times are
// milliseconds since 1970, here and in all that a client gets.
type publicUser struct {
	ID        int64  `json:"id"`
	Name      string `json:"name"`
	CreatedAt int64  `json:"createdAt"`
	UpdatedAt int64  `json:"updatedAt"`
}

// ownUser is what users get of themselves.
type ownUser struct {
	ID        int64  `json:"id"`
	Name      string `json:"name"`
	Email     string `json:"email"`
	CreatedAt int64  `json:"createdAt"`
	UpdatedAt int64  `json:"updatedAt"`
}

func (u *User) public() publicUser {
	return publicUser{u.ID, u.Name, u.CreatedAt.UnixMilli(), u.UpdatedAt.UnixMilli()}
}

func (u *User) own() ownUser {
	return ownUser{u.ID, u.Name, u.Email, u.CreatedAt.UnixMilli(), u.UpdatedAt.UnixMilli()}
}
