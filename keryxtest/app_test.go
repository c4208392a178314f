package keryxtest_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/keryx-go/keryx"
	"github.com/keryx-go/keryx/auth"
	"github.com/keryx-go/keryx/channel"
	"github.com/keryx-go/keryx/session"
	"github.com/keryx-go/keryx/stream"
)

// board is an app that has something of everything.
type board struct {
	*keryx.API
	show   *keryx.Ref[showInput, showInput]
	upload *keryx.Ref[uploadInput, uploadOutput]
	echo   *keryx.Ref[echoInput, echoInput]
	who    *keryx.Ref[struct{}, string]
	secret *keryx.Ref[struct{}, string]
	hook   *keryx.Ref[hookInput, hookInput]
	put    *keryx.Ref[putInput, string]
	list   *keryx.Ref[listInput, listInput]
	post   *keryx.Ref[postInput, string]
}

type showInput struct {
	ID    string        `json:"id"`
	Path  string        `json:"path"`
	Tags  []string      `json:"tags,omitempty"`
	Since time.Time     `json:"since,omitzero" format:"date"`
	At    time.Time     `json:"at,omitzero"`
	Wait  time.Duration `json:"wait,omitempty"`
	Ratio *float64      `json:"ratio,omitempty"`
	Fast  bool          `json:"fast"`
	Count uint8         `json:"count" maximum:"9"`
}

type echoInput struct {
	Name  string                   `json:"name"`
	Wait  time.Duration            `json:"wait"`
	Note  keryx.Optional[string]   `json:"note,omitzero"`
	Inner map[string]time.Duration `json:"inner"`
}

type uploadInput struct {
	Name  string       `json:"name"`
	Sizes []int        `json:"sizes"`
	File  keryx.File   `json:"file"`
	More  []keryx.File `json:"more,omitempty"`
}

type uploadOutput struct {
	Name    string `json:"name"`
	Sizes   []int  `json:"sizes"`
	Type    string `json:"type"`
	Content string `json:"content"`
	More    int    `json:"more"`
}

type postInput struct {
	Room string `json:"room"`
	Text string `json:"text"`
}

type hookInput struct {
	ID    string        `json:"id"`
	Query int           `json:"query"`
	Sign  string        `json:"sign" header:"X-Sign"`
	Crumb string        `json:"crumb" cookie:"crumb"`
	Body  keryx.RawBody `json:"body"`
}

type putInput struct {
	ID   string     `json:"id"`
	File keryx.File `json:"file" body:"true"`
}

type listInput struct {
	List []time.Duration `json:"list" body:"true"`
}

type account struct {
	UserID int64 `json:"userId"`
}

func newBoard(o keryx.Options) *board {
	o.Authenticators = append(o.Authenticators, auth.Bearer(func(_ context.Context, token string) (*auth.Identity, error) {
		if token != "key" {
			return nil, keryx.Unauthorized("this token is not known")
		}
		return &auth.Identity{Subject: "machine"}, nil
	}))
	api := keryx.New(o)
	b := &board{API: api}
	b.show = keryx.Handle(api, keryx.Action{Name: "show", Web: keryx.GET("/show/{id}/files/{path...}")},
		func(_ context.Context, in showInput) (showInput, error) { return in, nil })
	b.echo = keryx.Handle(api, keryx.Action{Name: "echo", Web: keryx.POST("/echo/{name}")},
		func(_ context.Context, in echoInput) (echoInput, error) { return in, nil })
	b.upload = keryx.Handle(api, keryx.Action{Name: "upload", Web: keryx.POST("/upload")}, upload)
	b.who = keryx.Handle(api, keryx.Action{Name: "who", Web: keryx.GET("/who")}, who)
	b.secret = keryx.Handle(api.Group(auth.Require), keryx.Action{Name: "secret", Web: keryx.DELETE("/secret")}, who)
	b.post = keryx.Handle(api, keryx.Action{Name: "post", Web: keryx.PUT("/post")}, func(ctx context.Context, in postInput) (string, error) {
		return "posted", api.Channels.Broadcast(ctx, in.Room, in.Text, "poster")
	})
	keryx.Handle(api, keryx.Action{Name: "log-in", Web: keryx.PUT("/session")}, func(ctx context.Context, in account) (account, error) {
		return in, session.Renew(ctx, func(a *account) error { *a = in; return nil })
	})
	keryx.Handle(api, keryx.Action{Name: "log-out", Web: keryx.DELETE("/session")}, func(ctx context.Context, _ struct{}) (string, error) {
		return "bye", session.From(ctx).Destroy(ctx)
	})
	keryx.Handle(api, keryx.Action{Name: "quota", Web: keryx.GET("/quota")}, func(context.Context, struct{}) (string, error) {
		return "", &keryx.Error{Type: "QUOTA", Status: 402, Message: "The quota is used up", Details: map[string]int{"used": 7}}
	})
	b.hook = keryx.Handle(api, keryx.Action{Name: "hook", Web: keryx.POST("/hook/{id}")},
		func(_ context.Context, in hookInput) (hookInput, error) { return in, nil })
	b.put = keryx.Handle(api, keryx.Action{Name: "put", Web: keryx.PUT("/files/{id}")}, func(_ context.Context, in putInput) (string, error) {
		out, err := upload(context.Background(), uploadInput{File: in.File})
		return in.ID + " " + out.Type + " " + out.Content, err
	})
	b.list = keryx.Handle(api, keryx.Action{Name: "list", Web: keryx.PUT("/list")},
		func(_ context.Context, in listInput) (listInput, error) { return in, nil })
	keryx.Handle(api, keryx.Action{Name: "moved", Web: keryx.GET("/moved")}, func(context.Context, struct{}) (http.Handler, error) {
		return http.RedirectHandler("/elsewhere", http.StatusFound), nil
	})
	keryx.Handle(api, keryx.Action{Name: "count", Web: keryx.GET("/count")}, func(context.Context, struct{}) (*stream.EventStream, error) {
		return stream.Events(func(_ context.Context, send *stream.Sender) error {
			return errors.Join(send.Event("n", 1), send.Event("n", 2))
		}), nil
	})
	api.Channels.Handle(channel.Channel{Name: "room:{room}", PresenceKey: func(ctx context.Context, _ *channel.Join) (string, error) {
		return who(ctx, struct{}{})
	}})
	api.Channels.Handle(channel.Channel{Name: "closed", Authorize: func(context.Context, *channel.Join) error {
		return keryx.Forbidden("this channel is closed")
	}})
	return b
}

func who(ctx context.Context, _ struct{}) (string, error) {
	i, err := auth.From(ctx)
	if i == nil {
		return "nobody", err
	}
	return i.Subject, nil
}

func upload(_ context.Context, in uploadInput) (uploadOutput, error) {
	content, err := in.File.Open()
	if err != nil {
		return uploadOutput{}, err
	}
	defer func() { _ = content.Close() }()
	all, err := io.ReadAll(content)
	return uploadOutput{in.Name, in.Sizes, in.File.Type, string(all), len(in.More)}, err
}
