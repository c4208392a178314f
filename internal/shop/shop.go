// Package shop is an app with every kind of input, of result and of channel, for the tests
// of what is made from the registry. Program serve runs it.
package shop

import (
	"context"
	"fmt"
	"io"
	"iter"
	"net/http"
	"reflect"
	"time"

	"github.com/keryx-go/keryx"
	"github.com/keryx-go/keryx/channel"
	"github.com/keryx-go/keryx/client"
	"github.com/keryx-go/keryx/connection"
	"github.com/keryx-go/keryx/db"
	_ "github.com/keryx-go/keryx/redis/embedded" // embedded://
	"github.com/keryx-go/keryx/stream"
	"github.com/keryx-go/keryx/web"
)

// Pagination has the name of a type of another package.
type Pagination struct {
	Next *string `json:"next" doc:"Where to go on */ from here"`
}

// Error has a name that the client needs for itself.
type Error struct {
	Reason string `json:"reason"`
}

type item struct {
	ID       int64             `json:"id"`
	Price    float64           `json:"price"`
	Small    int8              `json:"small"`
	Added    time.Time         `json:"added"`
	Picture  []byte            `json:"picture,omitempty"`
	Tags     []string          `json:"tags"`
	Labels   map[string]string `json:"labels"`
	Parent   *item             `json:"parent"`
	Size     [2]int            `json:"size"`
	Failed   *Error            `json:"failed,omitempty"`
	Anything any               `json:"any thing"`
	Inner    struct {
		Class bool `json:"class"`
	} `json:"inner"`
}

type listInput struct {
	Page   int       `json:"page" doc:"Which page" default:"1" minimum:"1"`
	Sort   string    `json:"sort" enum:"name,price" required:"false"`
	Tags   []string  `json:"tags" required:"false"`
	Since  time.Time `json:"since" required:"false"`
	Filter *struct {
		Cheap bool `json:"cheap"`
	} `json:"filter"`
	Old bool `json:"old" deprecated:"true" required:"false"`
}

type listOutput struct {
	Items []item        `json:"items"`
	Page  db.Pagination `json:"page"`
	Next  Pagination    `json:"next"`
	Echo  listInput     `json:"echo"`
	Big   int64         `json:"big,string"`
}

type createInput struct {
	Name     string            `json:"name" minLength:"2"`
	Price    *float64          `json:"price"`
	Note     string            `json:"a-note" required:"false"`
	Class    string            `json:"class" required:"false"`
	List     [][]int           `json:"list" required:"false"`
	Attrs    map[string]string `json:"attrs" required:"false"`
	Duration time.Duration     `json:"duration" default:"90s"`
	Tenant   string            `json:"tenant" header:"X-Tenant"`
	Theme    string            `json:"theme" cookie:"theme" required:"false"`
}

type pathInput struct {
	Org  string `json:"org"`
	Rest string `json:"rest"`
	Full bool   `json:"full" required:"false"`
}

type uploadInput struct {
	Title  string        `json:"title"`
	Cover  keryx.File    `json:"cover" contentType:"image/png"`
	Back   *keryx.File   `json:"back"`
	Pages  []keryx.File  `json:"pages" required:"false"`
	Detail []detailInput `json:"detail" required:"false"`
}

type detailInput struct {
	Key string `json:"key"`
}

type rawInput struct {
	ID   int           `json:"id"`
	Body keryx.RawBody `json:"body" contentType:"text/plain"`
}

type wholeInput struct {
	Draft bool   `json:"draft" required:"false"`
	Body  []item `json:"body" body:"true"`
}

type sayInput struct {
	Channel string `json:"channel"`
	Text    string `json:"text"`
}

type said struct {
	Text string `json:"text"`
}

type failInput struct {
	With string `json:"with" enum:"conflict,limited,panic,details,fields,slow,proxy"`
}

func echo[T any](_ context.Context, in T) (T, error) { return in, nil }

// New makes the app. Its Redis is embedded unless REDIS_URL names another one.
func New(o keryx.Options) *keryx.API {
	o.Name, o.Defaults = "shop", map[string]string{"REDIS_URL": "embedded://"}
	api := keryx.New(o)
	keryx.Handle(api, keryx.Action{Name: "item:list", Description: "List the items */\nof the shop", Web: keryx.GET("/items")}, listItems)
	keryx.Handle(api, keryx.Action{Name: "item:create", Description: "Make an item", Web: keryx.PUT("/items"), Deprecated: "Use item:upload."}, echo[createInput])
	keryx.Handle(api, keryx.Action{Name: "a-b:c.d", Description: "A name as it should not be", Web: keryx.GET("/orgs/{org}/files/{rest...}")}, echo[pathInput])
	keryx.Handle(api, keryx.Action{Name: "ab:cd", Only: []string{connection.WebSocket}}, func(_ context.Context, in struct {
		Text string `json:"text" required:"false"`
	}) (string, error) {
		return in.Text, nil
	})
	keryx.Handle(api, keryx.Action{Name: "item:upload", Web: keryx.POST("/upload")}, upload)
	keryx.Handle(api, keryx.Action{Name: "item:raw", Web: keryx.POST("/raw/{id}")}, func(_ context.Context, in rawInput) (string, error) {
		return fmt.Sprintf("%d %s", in.ID, in.Body), nil
	})
	keryx.Handle(api, keryx.Action{Name: "item:whole", Web: keryx.POST("/whole")}, func(_ context.Context, in wholeInput) (string, error) {
		return fmt.Sprint(in.Draft, len(in.Body)), nil
	})
	keryx.Handle(api, keryx.Action{Name: "item:delete", Web: keryx.DELETE("/items/{id}")}, func(context.Context, struct {
		ID int `json:"id"`
	}) (keryx.NoContent, error) {
		return keryx.NoContent{}, nil
	})
	keryx.Handle(api, keryx.Action{Name: "anything", Web: keryx.GET("/anything")}, func(context.Context, struct{}) (any, error) { return []int{1}, nil })
	keryx.Handle(api, keryx.Action{Name: "events", Web: keryx.GET("/events")}, countEvents)
	keryx.Handle(api, keryx.Action{Name: "lines", Web: keryx.GET("/lines")}, countLines)
	keryx.Handle(api, keryx.Action{Name: "bytes", Web: keryx.GET("/bytes")}, func(context.Context, struct{}) (*stream.ChunkStream, error) {
		return stream.Chunks("application/octet-stream", func(_ context.Context, w io.Writer) error {
			_, err := w.Write([]byte{0xff, 0, 1})
			return err
		}), nil
	})
	keryx.Handle(api, keryx.Action{Name: "redirect", Web: keryx.GET("/redirect")}, func(context.Context, struct{}) (web.Redirect, error) {
		return web.Redirect{Location: "/api/anything"}, nil
	})
	keryx.Handle(api, keryx.Action{Name: "fail", Web: keryx.GET("/fail")}, fail)
	keryx.Handle(api, keryx.Action{Name: "say", Description: "Broadcast a message", Web: keryx.POST("/say")}, func(ctx context.Context, in sayInput) (keryx.NoContent, error) {
		return keryx.NoContent{}, api.Channels.Broadcast(ctx, in.Channel, said{in.Text}, "shop")
	})
	keryx.Handle(api, keryx.Action{Name: "members", Web: keryx.GET("/members/{channel}")}, func(ctx context.Context, in struct {
		Channel string `json:"channel"`
	}) ([]string, error) {
		return api.Channels.Members(ctx, in.Channel)
	})
	keryx.Handle(api, keryx.Action{Name: "wait", Description: "Wait until the caller is gone", Web: keryx.PUT("/wait")}, func(ctx context.Context, _ struct{}) (keryx.NoContent, error) {
		<-ctx.Done()
		return keryx.NoContent{}, ctx.Err()
	})
	keryx.Handle(api, keryx.Action{Name: "follow", Description: "Send an event, and wait", Web: keryx.GET("/follow")}, func(context.Context, struct{}) (*stream.EventStream, error) {
		return stream.Events(func(ctx context.Context, send *stream.Sender) error {
			err := send.Event("begun", "")
			<-ctx.Done()
			return err
		}), nil
	})
	keryx.Handle(api, keryx.Action{Name: "inside", Internal: true}, echo[struct{}])
	api.Channels.Handle(channel.Channel{Name: "room:{roomId}", Description: "What is said", Sends: reflect.TypeFor[said](), History: channel.Last(5, time.Hour)})
	api.Channels.Handle(channel.Channel{Name: "news", Sends: reflect.TypeFor[said]()})
	api.Channels.Handle(channel.Channel{Name: "closed", Authorize: func(context.Context, *channel.Join) error { return keryx.Forbidden("no entry") }})
	api.Use(client.New(client.Options{Actions: api.Actions, Channels: api.Channels, APIRoute: api.Config.Server.Web.APIRoute}))
	return api
}

func listItems(_ context.Context, in listInput) (listOutput, error) {
	parent := &item{ID: 1, Tags: []string{"a"}}
	return listOutput{Items: []item{{ID: 2, Parent: parent, Added: time.Unix(0, 0).UTC(), Picture: []byte{1}}}, Echo: in, Big: 1 << 60}, nil
}

func upload(_ context.Context, in uploadInput) (string, error) {
	text := in.Title + " " + in.Cover.Name + " " + in.Cover.Type
	data, err := in.Cover.Bytes()
	return fmt.Sprint(text, " ", len(data), " ", in.Back != nil, " ", len(in.Pages), " ", in.Detail), err
}

type countInput struct {
	Count int  `json:"count" default:"3"`
	Fails bool `json:"fails" required:"false"`
}

type counted struct {
	Index int `json:"index"`
}

func countEvents(_ context.Context, in countInput) (*stream.EventStream, error) {
	return stream.Events(func(ctx context.Context, send *stream.Sender) error {
		for i := range in.Count {
			if err := send.Send(stream.Event{Name: "count", ID: fmt.Sprint(i), Data: counted{i}}); err != nil {
				return err
			}
		}
		if in.Fails {
			return keryx.Conflict("no more")
		}
		return nil
	}), nil
}

func countLines(_ context.Context, in countInput) (*stream.ChunkStream, error) {
	return stream.JSON(func(context.Context) iter.Seq2[counted, error] {
		return func(yield func(counted, error) bool) {
			for i := range in.Count {
				if !yield(counted{i}, nil) {
					return
				}
			}
			if in.Fails {
				yield(counted{}, keryx.Conflict("no more"))
			}
		}
	}), nil
}

func fail(ctx context.Context, in failInput) (any, error) {
	switch in.With {
	case "conflict":
		return nil, keryx.Conflict("there is one")
	case "limited":
		connection.From(ctx).SetReply("Retry-After", "7")
		return nil, keryx.TooManyRequests("slow down")
	case "details":
		return nil, &keryx.Error{Type: "QUOTA", Message: "no", Status: http.StatusPaymentRequired, Details: map[string]int{"used": 7}}
	case "fields":
		return nil, keryx.Invalid("with", "not this")
	case "slow":
		<-ctx.Done()
		return nil, ctx.Err()
	case "proxy":
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			http.Error(w, "<h1>Bad Gateway</h1>", http.StatusBadGateway)
		}), nil
	}
	panic("as asked")
}
