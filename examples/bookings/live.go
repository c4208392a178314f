package main

import (
	"context"
	"errors"

	"github.com/keryx-go/keryx"
	"github.com/keryx-go/keryx/auth"
	"github.com/keryx-go/keryx/cache"
	"github.com/keryx-go/keryx/channel"
)

// live tells the members of an organisation what happens in its rooms.
type live struct{ *backend }

func registerLive(b *backend) {
	b.api.Channels.Handle(channel.Channel{
		Name: "room:{room}", Description: "The bookings of a room, as they are made and cancelled",
		Authorize:   b.live.authorize,
		PresenceKey: func(ctx context.Context, _ *channel.Join) (string, error) { return text(callerID(ctx)), nil },
	})
}

// authorize asks what the group readers asks.
func (l *live) authorize(ctx context.Context, j *channel.Join) error {
	who, err := auth.From(ctx)
	if err == nil && (who == nil || !who.HasScope("bookings:read")) {
		err = keryx.Forbidden("Log in first, or use an API key for bookings:read")
	}
	if err != nil {
		return err
	}
	room, err := one[Room](ctx, l.api.DB, "room", "CAST(id AS TEXT) = ?", j.Params["room"])
	if err != nil {
		return err
	}
	_, err = l.members.find(ctx, room.OrgID)
	return err
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
		silent := l.api.Channels.Broadcast(ctx, "room:"+text(b.RoomID), change{event, b}, text(b.UserID))
		if err := errors.Join(stale, silent); err != nil {
			l.api.Logger.ErrorContext(ctx, "a change is stored, and not shown", "room", b.RoomID, "error", err)
		}
	})
}
