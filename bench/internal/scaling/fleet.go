package scaling

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"sync"
	"time"

	"github.com/keryx-go/keryx"
	"github.com/keryx-go/keryx/auth"
	"github.com/keryx-go/keryx/channel"
	"github.com/keryx-go/keryx/session"
)

// roomsOfNode is the number of channels in which the sockets of a node are.
const roomsOfNode = 10

// stopTimeout bounds how long a node may take to stop.
const stopTimeout = 20 * time.Second

// visitor is the data of a session.
type visitor struct {
	UserID string `json:"userId"`
}

type login struct {
	User string `json:"user"`
}

// newApp returns a node: an app with the defaults of its settings, with channels
// for users who are logged in. Only the limit of messages a second is off, because sockets
// subscribe to all channels at once.
func newApp(redisURL string) *keryx.API {
	api := keryx.New(keryx.Options{
		Name: "scaling", DotEnv: "-", Stdout: io.Discard, Stderr: io.Discard,
		Environ: []string{
			"REDIS_URL=" + redisURL, "WEB_SERVER_HOST=127.0.0.1", "WEB_SERVER_PORT=0", "LOG_LEVEL=error",
			"WS_MAX_MESSAGES_PER_SECOND=0",
		},
	})
	enter := keryx.Action{Name: "enter", Web: keryx.POST("/enter")}
	keryx.Handle(api, enter, func(ctx context.Context, in login) (keryx.NoContent, error) {
		return keryx.NoContent{}, session.Renew(ctx, func(v *visitor) error { v.UserID = in.User; return nil })
	})
	here := keryx.Action{Name: "here", Only: []string{keryx.WebSocket}, Middleware: []keryx.Middleware{auth.Require}}
	keryx.Handle(api, here, func(context.Context, struct{}) (bool, error) { return true, nil })
	api.Channels.Handle(channel.Channel{Name: "room:{room}", Guards: []keryx.Middleware{auth.Require}})
	return api
}

// fleet is some nodes that share a redis-server.
type fleet struct {
	server *server
	apps   []*keryx.API
	users  []*user
}

// startFleet starts nodes, each with sockets of its own that are in the channels of the
// node. The caller must stop the fleet, also after an error.
func startFleet(ctx context.Context, dir string, nodes, sockets int) (*fleet, error) {
	f := &fleet{}
	var err error
	if f.server, err = startServer(ctx, dir); err != nil {
		return f, err
	}
	for range nodes {
		app := newApp("redis://" + f.server.Address())
		if err := app.Start(ctx); err != nil {
			return f, err
		}
		f.apps = append(f.apps, app)
	}
	return f, f.open(ctx, sockets)
}

// open opens the sockets of all nodes.
func (f *fleet) open(ctx context.Context, sockets int) error {
	f.users = make([]*user, len(f.apps)*sockets)
	return together(ctx, len(f.users), func(ctx context.Context, i int) (err error) {
		node := i / sockets
		var rooms []string
		for room := range roomsOfNode {
			rooms = append(rooms, fmt.Sprintf("room:%d-%d", node, room))
		}
		f.users[i], err = connect(ctx, f.apps[node].Web.URL(), strconv.Itoa(i+1), rooms)
		return err
	})
}

// broken returns an error if a socket is not open any more.
func (f *fleet) broken() error {
	for _, u := range f.users {
		if err := u.err(); err != nil {
			return err
		}
	}
	return nil
}

// measure returns the traffic since an earlier look.
func (f *fleet) measure(ctx context.Context, before Usage) (*Fleet, error) {
	after, err := f.server.usage(ctx)
	if err != nil {
		return nil, err
	}
	result := &Fleet{Nodes: len(f.apps), Usage: after.since(before)}
	if result.Connections, err = f.server.connections(ctx); err != nil {
		return nil, err
	}
	if result.Memory, err = f.server.memory(ctx); err != nil {
		return nil, err
	}
	listeners, err := f.server.client.PubSubNumSub(ctx, proofTopic).Result()
	if err != nil {
		return nil, err
	}
	result.Listeners = listeners[proofTopic]
	return result, f.broken()
}

// stop stops everything, the nodes side by side.
func (f *fleet) stop() error {
	closeAll(f.users)
	ctx, cancel := context.WithTimeout(context.Background(), stopTimeout)
	defer cancel()
	errs := make([]error, len(f.apps))
	var stopping sync.WaitGroup
	for i, app := range f.apps {
		stopping.Go(func() { errs[i] = app.Stop(ctx) })
	}
	stopping.Wait()
	if f.server != nil {
		f.server.stop()
	}
	return errors.Join(errs...)
}
