package main

import (
	"context"
	"fmt"
	"time"

	"github.com/keryx-go/keryx"
	"github.com/keryx-go/keryx/cache"
)

// availability knows when rooms are free.
type availability struct{ *backend }

func registerAvailability(b *backend) {
	keryx.Handle(b.readers, keryx.Action{Name: "room:availability", Description: "Show when a room is free on a day, in UTC", Web: keryx.GET("/orgs/{org}/rooms/{room}/availability")}, (&availability{b}).show)
}

type dayInput struct {
	inRoom
	Day time.Time `json:"day" format:"date"`
}

type span struct {
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
}

// show caches each day. All days of a room have its version in their keys, which
// announce changes.
func (a *availability) show(ctx context.Context, in dayInput) ([]span, error) {
	if _, err := a.rooms.find(ctx, in.inRoom); err != nil {
		return nil, err
	}
	load := func(ctx context.Context) ([]span, error) { return a.load(ctx, in) }
	version, err := cache.Version(ctx, a.api.Redis.Client, versionKey(in.Room))
	if err != nil {
		return load(ctx) // nothing cached may be used
	}
	key := fmt.Sprintf("availability:%d:v%d:%s", in.Room, version, in.Day.Format(time.DateOnly))
	return cache.Fetch(ctx, a.api.Redis.Client, key, time.Hour, load)
}

func versionKey(room int64) string { return fmt.Sprintf("version:availability:%d", room) }

func (a *availability) load(ctx context.Context, in dayInput) ([]span, error) {
	begin, end := in.Day.UTC(), in.Day.UTC().AddDate(0, 0, 1)
	taken, err := a.bookings.within(ctx, in.Room, begin, end)
	if err != nil {
		return nil, err
	}
	free := []span{}
	for _, b := range append(taken, Booking{From: end}) {
		if b.From.After(begin) {
			free = append(free, span{begin, b.From})
		}
		begin = b.To
	}
	return free, nil
}
