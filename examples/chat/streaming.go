package main

import (
	"context"
	"strconv"
	"time"

	"github.com/keryx-go/keryx"
	"github.com/keryx-go/keryx/stream"
)

func registerStreaming(c *chat) {
	keryx.Handle(c.api, keryx.Action{
		Name: "streaming:counter", Description: "Count, with an event for each number",
		Web: keryx.GET("/streaming/counter"),
	}, counter)
}

type counterInput struct {
	Count int `json:"count" doc:"How far to count" default:"5" minimum:"1" maximum:"100"`
}

type counterEvent struct {
	Index int `json:"index"`
	Total int `json:"total"`
}

// pace is the time between two numbers.
const pace = 100 * time.Millisecond

// counter counts. The number is the id of its event: a browser whose connection
// broke says which one it saw last, and goes on from there.
func counter(_ context.Context, in counterInput) (*stream.EventStream, error) {
	return stream.Events(func(ctx context.Context, send *stream.Sender) error {
		seen, _ := strconv.Atoi(stream.LastEventID(ctx)) // 0 for none, and for what is no number of ours
		tick := time.NewTicker(pace)
		defer tick.Stop()
		for i := min(max(0, seen), in.Count) + 1; i <= in.Count; i++ {
			select {
			case <-tick.C:
			case <-ctx.Done():
				return ctx.Err()
			}
			err := send.Send(stream.Event{Name: "counter", ID: strconv.Itoa(i), Data: counterEvent{i, in.Count}})
			if err != nil {
				return err
			}
		}
		return nil
	}), nil
}
