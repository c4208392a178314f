package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/keryx-go/keryx"
	"github.com/keryx-go/keryx/auth"
	"github.com/keryx-go/keryx/cache"
	"github.com/keryx-go/keryx/channel"
)

// live tells the members of an organisation what happens in its rooms.
type live struct{ *backend }

func registerLive(b *backend) {
	b.api.Channels.Handle(channel.Channel{
		Name: "org:{org}:room:{room}", Description: "The bookings of a room, as they are made and cancelled",
		Guards:      []keryx.Middleware{auth.RequireScope("bookings:read"), b.members.require("member")},
		PresenceKey: func(ctx context.Context, _ *channel.Join) (string, error) { return auth.Caller(ctx).Subject, nil },
	})
}

// change is what the channel of a room hears.
type change struct {
	Event   string   `json:"event"` // "booked", "cancelled" or "checked in"
	Booking *Booking `json:"booking"`
}

// announce tells others of a change when it is committed: first the cache, so that who
// hears of it in the channel and asks again gets what is true.
func (l *live) announce(ctx context.Context, event string, b *Booking) {
	l.api.AfterCommit(ctx, func(ctx context.Context) {
		_, stale := cache.Bump(ctx, l.api.Redis.Client, versionKey(b.RoomID))
		room, silent := one[Room](ctx, l.api.DB, "room", "id = ?", b.RoomID)
		if silent == nil {
			silent = l.api.Channels.Broadcast(ctx, fmt.Sprintf("org:%d:room:%d", room.OrgID, room.ID), change{event, b}, text(b.UserID))
		}
		if err := errors.Join(stale, silent); err != nil {
			l.api.Logger.ErrorContext(ctx, "a change is stored, and not shown", "room", b.RoomID, "error", err)
		}
	})
}
