// Package notes has the notes that visitors put on the wall. Redis keeps the newest, a
// summary of them is cached, and each new note is sent to the visitors who are watching.
package notes

import (
	"context"
	"encoding/json"
	"time"

	"github.com/keryx-go/keryx"
	"github.com/keryx-go/keryx/auth"
	"github.com/keryx-go/keryx/cache"

	"github.com/keryx-go/keryx/cmd/keryx/internal/scaffold/plain/internal/visitors"
)

// Note is a note on the wall.
type Note struct {
	ID        int64     `json:"id"`
	Author    string    `json:"author"`
	Text      string    `json:"text"`
	CreatedAt time.Time `json:"createdAt"`
}

// most is how many notes are on the wall.
const most = 50

// notes has the actions on notes, which are kept in a list of Redis.
type notes struct {
	api            *keryx.API
	list, next, by string // keys in Redis
}

// Register adds the actions and the channel to the app.
func Register(api *keryx.API) {
	n := &notes{api, api.Redis.Key("notes"), api.Redis.Key("notes:next"), api.Redis.Key("cache:notes:authors")}
	guests := api.Group(auth.Require)
	keryx.Handle(guests, keryx.Action{
		Name: "note:list", Description: "List the newest notes", Web: keryx.GET("/notes"),
	}, n.recent)
	keryx.Handle(guests, keryx.Action{
		Name: "note:authors", Description: "Count the notes of each author", Web: keryx.GET("/notes/authors"),
	}, n.authors)
	keryx.Handle(guests, keryx.Action{
		Name: "note:create", Description: "Put a note on the wall", Web: keryx.POST("/notes"), Status: 201,
		Only: []string{keryx.Web, keryx.WebSocket}, // the session has the author's name
	}, n.create)
	registerWall(api)
}

// recent lists the notes, the newest first.
func (n *notes) recent(ctx context.Context, _ struct{}) ([]Note, error) {
	lines, err := n.api.Redis.Client.LRange(ctx, n.list, 0, most-1).Result()
	list := make([]Note, len(lines))
	for i, line := range lines {
		if err := json.Unmarshal([]byte(line), &list[i]); err != nil {
			return nil, err
		}
	}
	return list, err
}

type createInput struct {
	Text string `json:"text" doc:"What the note says" minLength:"1" maxLength:"500"`
}

func (n *notes) create(ctx context.Context, in createInput) (*Note, error) {
	author, err := visitors.Current(ctx, struct{}{})
	if err != nil {
		return nil, err
	}
	id, err := n.api.Redis.Client.Incr(ctx, n.next).Result()
	if err != nil {
		return nil, err
	}
	note := &Note{id, author.Name, in.Text, time.Now().UTC()}
	line, err := json.Marshal(note)
	if err != nil {
		return nil, err
	}
	pipe := n.api.Redis.Client.TxPipeline()
	pipe.LPush(ctx, n.list, line)
	pipe.LTrim(ctx, n.list, 0, most-1)
	if _, err := pipe.Exec(ctx); err != nil {
		return nil, err
	}
	announce(ctx, n.api, n.by, note)
	return note, nil
}

// authors counts the notes at most once a minute, and after each new one.
func (n *notes) authors(ctx context.Context, _ struct{}) (map[string]int, error) {
	return cache.Fetch(ctx, n.api.Redis.Client, n.by, time.Minute, func(ctx context.Context) (map[string]int, error) {
		list, err := n.recent(ctx, struct{}{})
		count := map[string]int{}
		for _, note := range list {
			count[note.Author]++
		}
		return count, err
	})
}
