package redis

import (
	"context"
	"net/url"
	"testing"
)

type noDriver struct{}

func (noDriver) Start(context.Context, *url.URL, Options) (*Instance, error) { return nil, nil }

func TestRegister(t *testing.T) {
	var r registry
	r.add("mine", noDriver{})
	if d, err := r.find("mine"); d == nil || err != nil {
		t.Fatalf("find: %v, %v", d, err)
	}
	for name, test := range map[string]struct {
		scheme string
		driver Driver
		want   string
	}{
		"nil":      {"other", nil, "keryx: redis.Register: the driver of other:// is nil"},
		"twice":    {"mine", noDriver{}, "keryx: redis.Register: mine:// is registered twice"},
		"built in": {"redis+cluster", noDriver{}, "keryx: redis.Register: redis+cluster:// is built in"},
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if p := recover(); p != test.want {
					t.Errorf("it panics with %v, want %q", p, test.want)
				}
			}()
			r.add(test.scheme, test.driver)
		})
	}
}
