package channel_test

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/alicebob/miniredis/v2"
	goredis "github.com/redis/go-redis/v9"

	"github.com/keryx-go/keryx/action"
	"github.com/keryx-go/keryx/channel"
	"github.com/keryx-go/keryx/fault"
	"github.com/keryx-go/keryx/redis"
)

// api is what the examples need of a keryx.API.
type api struct{ Channels *channel.Hub }

// newAPI returns one on an embedded Redis.
func newAPI() (a *api, stop func()) {
	m := miniredis.NewMiniRedis()
	if err := m.Start(); err != nil {
		panic(err)
	}
	rdb := goredis.NewClient(&goredis.Options{Addr: m.Addr(), ContextTimeoutEnabled: true})
	a = &api{channel.NewHub(channel.Options{Redis: &redis.Connections{Client: rdb, Subscription: rdb}})}
	return a, func() {
		_ = a.Channels.Stop(context.Background())
		_ = rdb.Close()
		m.Close()
	}
}

// printer is a connection that prints its messages.
type printer struct {
	id   string
	want sync.WaitGroup
}

func (p *printer) ID() string { return p.id }

func (p *printer) Deliver(m *channel.Message) {
	fmt.Printf("%s gets %s\n", p.id, m.Frame())
	p.want.Done()
}

func Example() {
	api, stop := newAPI()
	defer stop()

	api.Channels.Handle(channel.Channel{
		Name:        "messages",
		Description: "What everybody says",
	})

	// A server does this at boot, and the WebSocket transport when a browser subscribes.
	ctx := context.Background()
	if err := api.Channels.Start(ctx); err != nil {
		fmt.Println(err)
	}
	ada := &printer{id: "ada"}
	ada.want.Add(2)
	if err := api.Channels.Join(ctx, ada, "messages"); err != nil {
		fmt.Println(err)
	}

	err := api.Channels.Broadcast(ctx, "messages", map[string]any{"text": "hello"}, "user:7")
	if err != nil {
		fmt.Println(err)
	}
	ada.want.Wait()

	members, err := api.Channels.Members(ctx, "messages")
	fmt.Println(members, err)
	// Output:
	// ada gets {"message":{"channel":"messages","message":"{\"event\":\"join\",\"presenceKey\":\"ada\"}","sender":"presence"}}
	// ada gets {"message":{"channel":"messages","message":{"text":"hello"},"sender":"user:7"}}
	// [ada] <nil>
}

type userKey struct{}

// user returns the name of the user that an example is logged in as.
func user(ctx context.Context) string {
	name, _ := ctx.Value(userKey{}).(string)
	return name
}

func ExampleChannel() {
	api, stop := newAPI()
	defer stop()

	api.Channels.Handle(channel.Channel{
		Name: "room:{room}",
		Authorize: func(ctx context.Context, j *channel.Join) error {
			if user(ctx) == "" || j.Params["room"] == "attic" {
				return &fault.Error{Type: fault.ConnectionChannelAuthorization, Message: "This room is locked"}
			}
			return nil
		},
		PresenceKey: func(ctx context.Context, j *channel.Join) (string, error) {
			return user(ctx), nil
		},
		Left: func(ctx context.Context, j *channel.Join) {
			fmt.Println("a member left", j.Name)
		},
	})

	ctx := context.WithValue(context.Background(), userKey{}, "ada")
	if err := api.Channels.Start(ctx); err != nil {
		fmt.Println(err)
	}
	tab := &printer{id: "a tab of ada's"}
	fmt.Println(api.Channels.Join(ctx, tab, "room:attic"))
	tab.want.Add(1)
	fmt.Println(api.Channels.Join(ctx, tab, "room:7"))
	tab.want.Wait()
	fmt.Println(api.Channels.Members(ctx, "room:7"))
	api.Channels.LeaveAll(ctx, tab)
	// Unordered output:
	// This room is locked
	// a tab of ada's gets {"message":{"channel":"room:7","message":"{\"event\":\"join\",\"presenceKey\":\"ada\"}","sender":"presence"}}
	// <nil>
	// [ada] <nil>
	// a member left room:7
}

func ExampleMiddleware() {
	loggedIn := func(next channel.Handler) channel.Handler {
		return func(ctx context.Context, j *channel.Join) error {
			if user(ctx) == "" {
				return &fault.Error{Type: fault.ConnectionSessionNotFound, Message: "Session not found"}
			}
			return next(ctx, j)
		}
	}
	inbox := channel.Channel{Name: "inbox:{user}", Middleware: []channel.Middleware{loggedIn}}

	api, stop := newAPI()
	defer stop()
	api.Channels.Handle(inbox)
	if err := api.Channels.Start(context.Background()); err != nil {
		fmt.Println(err)
	}
	fmt.Println(api.Channels.Join(context.Background(), &printer{id: "1"}, "inbox:ada"))
	// Output: Session not found
}

func ExampleChannel_guards() {
	memberOfOrg := func(next action.Handler) action.Handler {
		return func(ctx context.Context, call *action.Call) (any, error) {
			if call.PathValue("org") != "1" || user(ctx) == "" {
				return nil, fault.NotFound("There is no such organisation")
			}
			return next(ctx, call)
		}
	}
	api, stop := newAPI()
	defer stop()
	api.Channels.Handle(channel.Channel{
		Name:   "org:{org}:room:{room}",
		Guards: []action.Middleware{memberOfOrg},
	})
	ctx := context.WithValue(context.Background(), userKey{}, "ada")
	if err := api.Channels.Start(ctx); err != nil {
		fmt.Println(err)
	}
	fmt.Println(api.Channels.Join(ctx, &printer{id: "1"}, "org:2:room:7"))
	// Output: There is no such organisation
}

func ExampleHub_OnGap() {
	api, stop := newAPI()
	defer stop()

	api.Channels.OnGap(func(gap channel.Gap) {
		for _, name := range gap.Channels {
			_ = api.Channels.Notify(name, map[string]any{"reload": gap.Since.UnixMilli()}, "server")
		}
	})

	fmt.Println("the browsers of this server will know")
	// Output: the browsers of this server will know
}

func ExampleHub_History() {
	api, stop := newAPI()
	defer stop()

	api.Channels.Handle(channel.Channel{
		Name:    "room:{room}",
		History: channel.Last(100, time.Hour),
	})

	ctx := context.Background()
	for _, text := range []string{"one", "two", "three"} {
		if err := api.Channels.Broadcast(ctx, "room:7", text, "user:7"); err != nil {
			fmt.Println(err)
		}
	}

	messages, position, err := api.Channels.History(ctx, "room:7", 2)
	for _, m := range messages {
		fmt.Printf("%s says %s\n", m.Sender, m.Payload)
	}
	fmt.Println(position == messages[1].Position, err)
	// Output:
	// user:7 says "two"
	// user:7 says "three"
	// true <nil>
}

func ExampleHub_JoinAfter() {
	api, stop := newAPI()
	defer stop()
	api.Channels.Handle(channel.Channel{Name: "log", History: channel.Last(100, time.Hour)})
	ctx := context.Background()
	if err := api.Channels.Start(ctx); err != nil {
		fmt.Println(err)
	}

	// A page has loaded, and two messages come before it subscribes.
	_, position, err := api.Channels.History(ctx, "log", 10)
	if err != nil {
		fmt.Println(err)
	}
	for _, text := range []string{"one", "two"} {
		if err := api.Channels.Broadcast(ctx, "log", text, "user:7"); err != nil {
			fmt.Println(err)
		}
	}

	// The WebSocket transport does this when a browser subscribes after a position.
	joined, err := api.Channels.JoinAfter(ctx, &printer{id: "ada"}, "log", channel.Rejoin{After: position})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, m := range joined.Missed {
		fmt.Printf("missed %s\n", m.Payload)
	}
	fmt.Println("recovered:", joined.Recovered)
	// Now joined.Release() delivers what has come since.

	// Output:
	// missed "one"
	// missed "two"
	// recovered: true
}
