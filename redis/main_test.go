package redis_test

import (
	"log/slog"
	"strings"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"
	"go.uber.org/goleak"

	"github.com/keryx-go/keryx/redis"
)

func TestMain(m *testing.M) {
	// These tests fail on purpose; go-redis would comment on each.
	goredis.SetLogger(redis.NewLogger(slog.New(slog.DiscardHandler)))
	goleak.VerifyTestMain(m)
}

// watchesServer ignores the goroutine behind a server that a test restarted.
var watchesServer = goleak.IgnoreAnyFunction("github.com/keryx-go/keryx/internal/redistest.spawn.func1")

// open opens a URL that has to work and closes it with the test, after which
// no goroutine may be left.
func open(t *testing.T, url string, o redis.Options) *redis.Connections {
	t.Helper()
	before := goleak.IgnoreCurrent()
	c, err := redis.Open(t.Context(), url, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
		goleak.VerifyNone(t, before, watchesServer)
	})
	return c
}

// openFails opens a URL that must not work and returns the error, which is one
// line of the promised form, in time and without a goroutine left.
func openFails(t *testing.T, url string, o redis.Options) error {
	t.Helper()
	before := goleak.IgnoreCurrent()
	began := time.Now()
	c, err := redis.Open(t.Context(), url, o)
	if err == nil {
		c.Close()
		t.Fatalf("%s opens, want an error", url)
	}
	if c != nil {
		t.Errorf("connections are returned along with the error")
	}
	if took := time.Since(began); took > 3*time.Second {
		t.Errorf("it took %v to fail, 3s are promised", took)
	}
	text := err.Error()
	if !strings.HasPrefix(text, "cannot connect to redis (") || !strings.HasSuffix(text, "; set REDIS_URL") {
		t.Errorf("the error has not the promised form: %s", text)
	}
	if strings.ContainsAny(text, "\r\n") {
		t.Errorf("the error is not one line: %q", text)
	}
	if strings.Contains(text, "s3cret") {
		t.Errorf("the error shows the password: %s", text)
	}
	goleak.VerifyNone(t, before)
	return err
}

// wantText fails unless the error says each of the parts.
func wantText(t *testing.T, err error, parts ...string) {
	t.Helper()
	for _, p := range parts {
		if !strings.Contains(err.Error(), p) {
			t.Errorf("the error does not say %q: %v", p, err)
		}
	}
	t.Log(err)
}
