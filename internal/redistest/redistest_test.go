package redistest_test

import (
	"context"
	"errors"
	"os"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/keryx-go/keryx/internal/redistest"
)

func TestEach(t *testing.T) {
	redistest.Each(t, func(t *testing.T, url string) {
		o, err := goredis.ParseURL(url)
		if err != nil {
			t.Fatal(err)
		}
		c := goredis.NewClient(o)
		t.Cleanup(func() { c.Close() })
		if err := c.Set(t.Context(), "k", "v", time.Minute).Err(); err != nil {
			t.Fatal(err)
		}
		if n := c.DBSize(t.Context()).Val(); n != 1 {
			t.Fatalf("%d keys, want only ours", n)
		}
	})
}

func TestPauseAndResume(t *testing.T) {
	s := redistest.Start(t)
	if err := s.Client().Set(t.Context(), "k", "v", 0).Err(); err != nil {
		t.Fatal(err)
	}
	s.Pause()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := s.Client().Get(ctx, "k").Err(); !errors.Is(err, context.DeadlineExceeded) && !os.IsTimeout(err) {
		t.Fatalf("a paused server: got %v, want a timeout", err)
	}
	s.Resume()
	if v, err := s.Client().Get(t.Context(), "k").Result(); v != "v" || err != nil {
		t.Fatalf("after Resume: %q, %v", v, err)
	}
}

func TestKillStopRestart(t *testing.T) {
	t.Parallel()
	s := redistest.Start(t)
	addr := s.Addr()
	for name, end := range map[string]func(){"kill": s.Kill, "stop": s.Stop} {
		if err := s.Client().Set(t.Context(), "k", "v", 0).Err(); err != nil {
			t.Fatal(err)
		}
		end()
		end()
		if err := s.Client().Get(t.Context(), "k").Err(); err == nil || errors.Is(err, goredis.Nil) {
			t.Fatalf("%s: the server still answers: %v", name, err)
		}
		s.Restart()
		if s.Addr() != addr {
			t.Fatalf("%s: the address changed from %s to %s", name, addr, s.Addr())
		}
		if err := s.Client().Get(t.Context(), "k").Err(); !errors.Is(err, goredis.Nil) {
			t.Fatalf("%s: after Restart: got %v, want an empty server", name, err)
		}
	}
}

func TestPassword(t *testing.T) {
	s := redistest.Start(t, "--requirepass", "p@ss/word")
	if err := s.Client().Ping(t.Context()).Err(); err != nil {
		t.Fatal(err)
	}
	o, err := goredis.ParseURL(s.URL())
	if err != nil {
		t.Fatal(err)
	}
	if o.Password != "p@ss/word" {
		t.Fatalf("the URL carries the password %q", o.Password)
	}
}
