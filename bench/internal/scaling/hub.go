package scaling

import (
	"context"
	"errors"
	"time"

	"github.com/keryx-go/keryx/channel"
	"github.com/keryx-go/keryx/redis"
)

// hub is a node with channels and nothing else.
type hub struct {
	*channel.Hub
	redis *redis.Connections
}

// as is the key of a context: as whom a subscriber is present. Without it, all are one
// member, and no join but the first is announced.
type as struct{}

// startHub starts a node. The zero heartbeat means the default.
func startHub(ctx context.Context, url string, heartbeat time.Duration) (*hub, error) {
	r, err := redis.Open(ctx, url, redis.Options{Timeout: 10 * time.Second})
	if err != nil {
		return nil, err
	}
	h := &hub{channel.NewHub(channel.Options{Redis: r, Heartbeat: heartbeat}), r}
	present := func(ctx context.Context, _ *channel.Join) (string, error) {
		if key, ok := ctx.Value(as{}).(string); ok {
			return key, nil
		}
		return "all", nil
	}
	h.Handle(channel.Channel{Name: "room:{room}", PresenceKey: present})
	h.Handle(channel.Channel{Name: "kept:{room}", PresenceKey: present, History: channel.Last(100, time.Hour)})
	if err := h.Start(ctx); err != nil {
		return nil, errors.Join(err, r.Close())
	}
	return h, nil
}

// join has a member of its own name join a room.
func (h *hub) join(ctx context.Context, name, room string) error {
	return h.Join(context.WithValue(ctx, as{}, name), mute(name), room)
}

// stop takes the node out of all channels. That it may not reach its Redis any more is
// nothing to report: the measurement is over.
func (h *hub) stop() {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	_ = h.Stop(ctx)
	_ = h.redis.Close()
}

// mute is a subscriber that takes messages and does nothing.
type mute string

func (m mute) ID() string               { return string(m) }
func (m mute) Deliver(*channel.Message) {}
