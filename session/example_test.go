package session_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/alicebob/miniredis/v2"
	goredis "github.com/redis/go-redis/v9"

	"github.com/keryx-go/keryx/connection"
	"github.com/keryx-go/keryx/redis"
	"github.com/keryx-go/keryx/session"
)

// browser makes requests, and keeps the cookie of the replies.
type browser struct {
	store  *session.Store
	cookie string
}

// request is what a transport does; the context that f gets is that of an action.
func (b *browser) request(f func(ctx context.Context) error) {
	c := &connection.Connection{Transport: connection.Web, Header: http.Header{"Cookie": {b.cookie}}}
	if err := f(b.store.Attach(connection.With(context.Background(), c))); err != nil {
		fmt.Println(err)
	}
	reply := http.Header{}
	c.WriteReply(reply)
	if sent := reply.Get("Set-Cookie"); sent != "" {
		b.cookie, _, _ = strings.Cut(sent, ";")
	}
}

func newBrowser() (b *browser, close func()) {
	server := miniredis.NewMiniRedis()
	if err := server.Start(); err != nil {
		panic(err)
	}
	client := goredis.NewClient(&goredis.Options{Addr: server.Addr(), DisableIdentity: true})
	store := session.NewStore(session.Options{Config: settings, Redis: &redis.Connections{Client: client}})
	return &browser{store: store}, func() { _ = client.Close(); server.Close() }
}

func Example() {
	browser, done := newBrowser()
	defer done()

	type Visitor struct {
		UserID int64    `json:"userId,omitempty"`
		Cart   []string `json:"cart,omitempty"`
	}
	show := func(ctx context.Context) error {
		visitor, ok, err := session.Data[Visitor](ctx)
		fmt.Println(visitor.UserID, visitor.Cart, ok)
		return err
	}
	put := func(ctx context.Context) error {
		return session.Update(ctx, func(v *Visitor) error {
			v.Cart = append(v.Cart, "tea")
			return nil
		})
	}
	login := func(ctx context.Context) error {
		return session.Renew(ctx, func(v *Visitor) error {
			v.UserID = 7
			return nil
		})
	}
	logout := func(ctx context.Context) error { return session.From(ctx).Destroy(ctx) }

	browser.request(show)
	browser.request(put)
	browser.request(login)
	browser.request(show)
	browser.request(logout)
	browser.request(show)
	// Output:
	// 0 [] false
	// 7 [tea] true
	// 0 [] false
}

// Actions that keep different things in one session do not see each other's.
func ExampleUpdate() {
	browser, done := newBrowser()
	defer done()

	type identity struct {
		UserID int64 `json:"userId"`
	}
	type preferences struct {
		Theme string `json:"theme"`
	}
	browser.request(func(ctx context.Context) error {
		return session.Update(ctx, func(i *identity) error { i.UserID = 7; return nil })
	})
	browser.request(func(ctx context.Context) error {
		return session.Update(ctx, func(p *preferences) error { p.Theme = "dark"; return nil })
	})
	browser.request(func(ctx context.Context) error {
		record, err := session.From(ctx).Load(ctx)
		fmt.Printf("%s of user %s\n", record.Data, record.UserID())
		return err
	})
	// Output: {"theme":"dark","userId":7} of user 7
}

func ExampleStore_EndAll() {
	laptop, done := newBrowser()
	defer done()
	sessions := laptop.store
	phone := &browser{store: sessions}
	for _, b := range []*browser{laptop, phone} {
		b.request(func(ctx context.Context) error {
			return session.Renew(ctx, func(v *map[string]any) error {
				*v = map[string]any{"userId": 7}
				return nil
			})
		})
	}
	ctx := context.Background()
	ended, err := sessions.EndAll(ctx, "7")
	fmt.Println(ended, err)
	phone.request(func(ctx context.Context) error {
		record, err := session.From(ctx).Load(ctx)
		fmt.Println(record, err)
		return nil
	})
	// Output:
	// 2 <nil>
	// <nil> <nil>
}
