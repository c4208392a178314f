package redis_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/keryx-go/keryx/internal/redistest"
	"github.com/keryx-go/keryx/redis"
)

func ExampleDescription() {
	fmt.Println(redis.Description{Kind: redis.Standalone, Server: "redis", Version: "7.0.15"})
	fmt.Println(redis.Description{Kind: redis.Cluster, Server: "valkey", Version: "8.1.0", Masters: 3})
	fmt.Println(redis.Description{Kind: redis.Sentinel, MasterName: "main"})
	fmt.Println(redis.Description{Kind: redis.Embedded, Addr: "127.0.0.1:6390"})
	// Output:
	// redis 7.0.15, standalone
	// valkey 8.1.0, cluster of 3 masters
	// sentinel master main
	// embedded at 127.0.0.1:6390
}

func TestDescribeWithoutTheRight(t *testing.T) {
	s := redistest.Start(t, "--user", "app", "on", ">s3cret", "~*", "&*", "+@all", "-@dangerous")
	c := open(t, "redis://app:s3cret@"+s.Addr(), redis.Options{})
	d := c.Describe(t.Context())
	if d.String() != "standalone" || d.Addr != s.Addr() {
		t.Errorf("Describe: %+v (%s)", d, d)
	}
}

func TestDescribeWithoutAnAnswer(t *testing.T) {
	s := redistest.Start(t)
	c := open(t, s.URL(), redis.Options{})
	s.Pause()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if d := c.Describe(ctx); d != (redis.Description{Kind: redis.Standalone, Addr: s.Addr()}) {
		t.Errorf("Describe: %+v", d)
	}
}

func TestLogger(t *testing.T) {
	for level, want := range map[slog.Level]string{slog.LevelInfo: "", slog.LevelDebug: `msg="redis client" message="dial 3: no"`} {
		var out bytes.Buffer
		l := redis.NewLogger(slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: level})))
		l.Printf(t.Context(), "dial %d: %v", 3, "no")
		if got := out.String(); !strings.Contains(got, want) || want == "" && got != "" {
			t.Errorf("at %v it logs %q", level, got)
		}
	}
}
