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

// announce drops the cached summary, and then sends the note to all visitors. The note is
// stored by then: a failure is for the log.
func (n *notes) announce(ctx context.Context, note *Note) {
	err := n.api.Redis.Client.Del(ctx, n.by).Err()
	err = errors.Join(err, n.api.Channels.Broadcast(ctx, wall, note, auth.Caller(ctx).Subject))
	if err != nil {
		n.api.Logger.ErrorContext(ctx, "a note is stored, but not shown", "note", note.ID, "error", err)
	}
}
