package notes

import (
	"context"
	"errors"
	"reflect"

	"github.com/keryx-go/keryx"
	"github.com/keryx-go/keryx/auth"
	"github.com/keryx-go/keryx/channel"
)

// wall is the channel that hears of new notes.
const wall = "wall"

func registerWall(api *keryx.API) {
	api.Channels.Handle(channel.Channel{
		Name: wall, Description: "Each note, as it is put on the wall", Sends: reflect.TypeFor[Note](),
		Guards: []keryx.Middleware{auth.Require},
	})
}

// announce drops the summary at a key of the cache, and then sends the note to all
// visitors. The note is stored by then: a failure is for the log.
func announce(ctx context.Context, api *keryx.API, summary string, note *Note) {
	err := api.Redis.Client.Del(ctx, summary).Err()
	err = errors.Join(err, api.Channels.Broadcast(ctx, wall, note, auth.Caller(ctx).Subject))
	if err != nil {
		api.Logger.ErrorContext(ctx, "a note is stored, but not shown", "note", note.ID, "error", err)
	}
}
