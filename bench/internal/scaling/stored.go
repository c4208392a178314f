package scaling

import (
	"context"
	"fmt"
	"strconv"

	"github.com/keryx-go/keryx/bench/internal/report"
)

// stored measures what members and sessions take in the memory of Redis.
func stored(ctx context.Context, b *bench) error {
	b.Say("%s, each with %s", report.Count(b.rooms, "channel"), report.Count(b.members, "member"))
	s, err := startServer(ctx, b.Dir)
	if err != nil {
		return err
	}
	defer s.stop()
	h, err := startHub(ctx, "redis://"+s.Address(), 0)
	if err != nil {
		return err
	}
	defer h.stop()
	if err := warm(ctx, h); err != nil {
		return err
	}
	result := &Stored{Channels: b.rooms, Members: b.members}
	if result.Empty, err = s.memory(ctx); err != nil {
		return err
	}
	for _, step := range []struct {
		from, to int // members
		bytes    *int64
	}{{0, 1, &result.First}, {1, b.members, &result.Full}} {
		n := step.to - step.from
		err := together(ctx, n*b.rooms, func(ctx context.Context, i int) error {
			return h.join(ctx, strconv.Itoa(step.from+i%n), fmt.Sprintf("room:%d", i/n))
		})
		if err != nil {
			return err
		}
		if *step.bytes, err = s.memory(ctx); err != nil {
			return err
		}
	}
	b.run.Stored = result
	return sessions(ctx, b, result)
}

// warm opens the connections of a node and loads its scripts.
func warm(ctx context.Context, h *hub) error {
	return together(ctx, atOnce, func(ctx context.Context, i int) error {
		name := strconv.Itoa(i)
		if err := h.join(ctx, name, "room:warm"); err != nil {
			return err
		}
		return h.Leave(ctx, mute(name), "room:warm")
	})
}

// sessions logs users in, and measures what their sessions take in a server of their own.
func sessions(ctx context.Context, b *bench, result *Stored) error {
	s, err := startServer(ctx, b.Dir)
	if err != nil {
		return err
	}
	defer s.stop()
	app := newApp("redis://" + s.Address())
	if err := app.Start(ctx); err != nil {
		return err
	}
	defer func() { _ = app.Stop(context.WithoutCancel(ctx)) }()
	login := func(ctx context.Context, i int) error {
		_, err := enter(ctx, app.Web.URL(), strconv.Itoa(i))
		return err
	}
	if err := together(ctx, atOnce, login); err != nil { // opens connections
		return err
	}
	before, err := s.memory(ctx)
	if err != nil {
		return err
	}
	result.Sessions = b.rooms * b.members
	if err := together(ctx, result.Sessions, func(ctx context.Context, i int) error { return login(ctx, atOnce+i) }); err != nil {
		return err
	}
	after, err := s.memory(ctx)
	result.SessionBytes = after - before
	return err
}

// Stored is what members take in Redis.
type Stored struct {
	Channels int `json:"channels"`
	Members  int `json:"members"`
	// Empty, First and Full are the bytes that Redis had allocated without members,
	// with one in each channel, and with all.
	Empty int64 `json:"emptyBytes"`
	First int64 `json:"firstBytes"`
	Full  int64 `json:"fullBytes"`
	// Sessions is a number of sessions, SessionBytes what they took.
	Sessions     int   `json:"sessions"`
	SessionBytes int64 `json:"sessionBytes"`
}

// perMember returns the bytes of one more member of a channel.
func (s *Stored) perMember() float64 {
	return float64(s.Full-s.First) / float64(s.Channels*(s.Members-1))
}

// perChannel returns the bytes of a channel without its members.
func (s *Stored) perChannel() float64 {
	return float64(s.First-s.Empty)/float64(s.Channels) - s.perMember()
}

// perSession returns the bytes of a session.
func (s *Stored) perSession() float64 { return float64(s.SessionBytes) / float64(s.Sessions) }
