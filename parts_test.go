package keryx_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/keryx-go/keryx"
	"github.com/keryx-go/keryx/channel"
	"github.com/keryx-go/keryx/part"
)

// panicOf returns what f panics with, or "".
func panicOf(f func()) (message string) {
	defer func() {
		if r := recover(); r != nil {
			message = fmt.Sprint(r)
		}
	}()
	f()
	return ""
}

func TestUseAndReplacePanic(t *testing.T) {
	api := keryx.New(options())
	named := func(name string) keryx.Part { return keryx.Initializer{Name: name}.Part(api) }
	api.Use(named("mailer"))
	for want, call := range map[string]func(){
		`keryx: part "mailer": another part has the same name`: func() { api.Use(named("mailer")) },
		`keryx: part "redis": another part has the same name`:  func() { api.Use(named("redis")) },
		`keryx: a part of type *keryx.initialized has no name`: func() { api.Use(named("")) },
		`keryx: part "ghost": there is none to replace`:        func() { api.Replace(named("ghost")) },
		`keryx: part "twin": another part has the same name`:   func() { api.Use(named("twin"), named("twin")) },
	} {
		if got := panicOf(call); !strings.HasPrefix(got, want) {
			t.Errorf("%q, want %s", got, want)
		}
	}
}

// TestNothingIsRegisteredAfterStart: it would be served by some requests only.
func TestNothingIsRegisteredAfterStart(t *testing.T) {
	api := keryx.New(options())
	group := api.Group()
	if err := api.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = api.Stop(context.WithoutCancel(t.Context())) }()
	empty := func(context.Context, struct{}) (any, error) { return nil, nil }
	none := http.NotFoundHandler()
	for name, call := range map[string]func(){
		`"late"`:            func() { keryx.Handle(api, keryx.Action{Name: "late"}, empty) },
		`"grouped"`:         func() { keryx.Handle(group, keryx.Action{Name: "grouped"}, empty) },
		`"news"`:            func() { api.Channels.Handle(channel.Channel{Name: "news"}) },
		"Actions.Use":       func() { api.Actions.Use() },
		`"api.Web.Use"`:     func() { api.Web.Use() },
		`"/late"`:           func() { api.Web.Handle("/late", none) },
		`"/mounted"`:        func() { api.Web.Mount(part.Mount{Pattern: "/mounted", Handler: none}) },
		`part "mailer"`:     func() { api.Use(keryx.Initializer{Name: "mailer"}.Part(api)) },
		`part "redis"`:      func() { api.Replace(keryx.Initializer{Name: "redis"}.Part(api)) },
		`settings "Mailer"`: func() { keryx.Settings[struct{}](api, "Mailer") },
	} {
		if got := panicOf(call); !strings.HasPrefix(got, "keryx: ") || !strings.Contains(got, name) || !strings.Contains(got, "has started") {
			t.Errorf("%s: %q", name, got)
		}
	}
}

// TestReplacedPart starts in the place of the other, whose extras are gone.
func TestReplacedPart(t *testing.T) {
	o := options()
	api := keryx.New(o)
	var log []string
	note := func(what string) func(context.Context, *keryx.API) error {
		return func(context.Context, *keryx.API) error { log = append(log, what); return nil }
	}
	api.Replace(keryx.Initializer{Name: "cache", Start: note("+"), Stop: note("-")}.Part(api))
	api.Replace(keryx.Initializer{Name: "websocket", DependsOn: []string{"web"}, Serves: true, Start: note("+ws"), Stop: note("-ws")}.Part(api))
	if code := api.Run(t.Context(), []string{"cache", "stats"}); code != 1 {
		t.Errorf("the command of the replaced part is still there: exit status %d", code)
	}
	if err := api.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := api.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(log, " "); got != "+ +ws -ws -" {
		t.Error(got)
	}
}
