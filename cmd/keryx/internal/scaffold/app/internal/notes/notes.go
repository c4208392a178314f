// Package notes has the notes that members put on the wall. The list is cached, and each
// new note is sent to the members who are watching.
package notes

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"github.com/keryx-go/keryx"
	"github.com/keryx-go/keryx/auth"
	"github.com/keryx-go/keryx/cache"
)

// Note is a row of the table notes, with the name of its author.
type Note struct {
	ID        int64     `bun:",pk,autoincrement" json:"id"`
	UserID    int64     `json:"userId"`
	Author    string    `bun:",scanonly" json:"author"`
	Text      string    `json:"text"`
	CreatedAt time.Time `json:"createdAt"`
}

// recentKey is where Redis has the newest notes.
const recentKey = "cache:notes:recent"

// notes has the actions on the table notes.
type notes struct{ api *keryx.API }

// Register adds the actions and the channel to the app.
func Register(api *keryx.API) {
	n := &notes{api}
	members := api.Group(auth.Require)
	keryx.Handle(members, keryx.Action{
		Name: "note:list", Description: "List the newest notes", Web: keryx.GET("/notes"),
	}, n.list)
	keryx.Handle(members, keryx.Action{
		Name: "note:create", Description: "Put a note on the wall", Web: keryx.POST("/notes"), Status: 201,
	}, n.create)
	registerWall(api)
}

// list reads the notes from the database at most once a minute, and after each new one.
func (n *notes) list(ctx context.Context, _ struct{}) ([]Note, error) {
	return cache.Fetch(ctx, n.api.Redis.Client, n.api.Redis.Key(recentKey), time.Minute, n.recent)
}

func (n *notes) recent(ctx context.Context) ([]Note, error) {
	recent := []Note{}
	err := n.query(ctx).Model(&recent).Order("note.id DESC").Limit(50).Scan(ctx)
	return recent, err
}

// query selects notes with the names of their authors.
func (n *notes) query(ctx context.Context) *bun.SelectQuery {
	return n.api.Tx(ctx).NewSelect().ColumnExpr("note.*, u.name AS author").Join("JOIN users AS u ON u.id = note.user_id")
}

type createInput struct {
	Text string `json:"text" doc:"What the note says" minLength:"1" maxLength:"500"`
}

func (n *notes) create(ctx context.Context, in createInput) (*Note, error) {
	row := &Note{UserID: auth.Caller(ctx).ID(), Text: in.Text, CreatedAt: time.Now().UTC()}
	if _, err := n.api.Tx(ctx).NewInsert().Model(row).Exec(ctx); err != nil {
		return nil, err
	}
	note := new(Note)
	if err := n.query(ctx).Model(note).Where("note.id = ?", row.ID).Scan(ctx); err != nil {
		return nil, err
	}
	announce(ctx, n.api, note)
	return note, nil
}
