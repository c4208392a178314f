package main

import (
	"context"
	"fmt"
	"reflect"
	"strconv"
	"time"

	"github.com/keryx-go/keryx"
	"github.com/keryx-go/keryx/channel"
)

// roomName is the channel in which everybody talks.
const roomName = "messages"

// room is that channel.
type room struct{ api *keryx.API }

func registerChannels(c *chat) {
	c.api.Channels.Handle(channel.Channel{
		Name: roomName, Description: "What is said, as it is said, and who is there", Sends: reflect.TypeFor[messageOutput](),
		// A page that was away for less gets what it missed; any other lists the messages again.
		History: channel.Last(200, 10*time.Minute),
		Authorize: func(ctx context.Context, _ *channel.Join) error {
			id, err := currentID(ctx)
			switch {
			case err != nil: // Redis does not answer: that says nothing about who this is
				return &keryx.Error{Type: keryx.ConnectionServerError, Message: "The session cannot be read. Try again later.", Err: err}
			case id == 0:
				return &keryx.Error{Type: keryx.ConnectionChannelAuthorization, Message: "Authentication required to join this channel"}
			}
			return nil
		},
		// One person is there once, in however many tabs.
		PresenceKey: func(ctx context.Context, _ *channel.Join) (string, error) {
			id, err := currentID(ctx)
			return strconv.FormatInt(id, 10), err
		},
	})
	keryx.Handle(c.members, keryx.Action{
		Name: "channel:members", Description: "List who is in a channel, by their presence keys",
		Web: keryx.GET("/channel/{channel}/members"),
	}, c.room.listMembers)
}

type membersInput struct {
	Channel string `json:"channel" doc:"The channel's name" pattern:"^[a-zA-Z0-9:._-]{1,200}$" message:"Invalid channel name"`
}

type membersOutput struct {
	Members []string `json:"members"`
}

func (r *room) listMembers(ctx context.Context, in membersInput) (membersOutput, error) {
	members, err := r.api.Channels.Members(ctx, in.Channel)
	if members == nil {
		members = []string{}
	}
	return membersOutput{members}, err
}

// show shows a message to everybody who is in the room. It is stored by then, so
// that it is not shown live is no reason to say it failed.
func (r *room) show(ctx context.Context, m *Message) {
	err := r.api.Channels.Broadcast(ctx, roomName, messageOutput{m.view()}, fmt.Sprintf("user:%d", m.UserID))
	if err != nil {
		r.api.Logger.ErrorContext(ctx, "a message is stored, but not shown live", "message", m.ID, "error", err)
	}
}
