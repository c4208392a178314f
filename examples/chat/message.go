package main

import (
	"time"

	"github.com/uptrace/bun"
)

// Message is a row of the table messages, with the name of its author where a
// query asked for it.
type Message struct {
	bun.BaseModel `bun:"table:messages,alias:message"`

	ID        int64     `bun:"id,pk,autoincrement"`
	Body      string    `bun:"body"`
	UserID    int64     `bun:"user_id"`
	CreatedAt time.Time `bun:"created_at"`
	UpdatedAt time.Time `bun:"updated_at"`

	UserName string `bun:"user_name,scanonly"`
}

// messageView is a message as clients get it. Times are milliseconds since 1970.
type messageView struct {
	ID        int64  `json:"id"`
	Body      string `json:"body"`
	UserID    int64  `json:"user_id"`
	CreatedAt int64  `json:"createdAt"`
	UpdatedAt int64  `json:"updatedAt"`
	UserName  string `json:"user_name,omitempty"`
}

func (m *Message) view() messageView {
	return messageView{m.ID, m.Body, m.UserID, m.CreatedAt.UnixMilli(), m.UpdatedAt.UnixMilli(), m.UserName}
}
