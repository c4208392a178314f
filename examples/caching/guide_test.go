package main

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/keryx-go/keryx"
	"github.com/keryx-go/keryx/internal/doctest"
	"github.com/keryx-go/keryx/internal/redistest"
	"github.com/keryx-go/keryx/keryxtest"
)

const guide = "../../docs/caching.md"

func TestTheGuidesSnippetsAreCompiled(t *testing.T) {
	if err := doctest.Snippets(guide, ".", "../../cache/cacheotel"); err != nil {
		t.Error(err)
	}
}

// TestTheGuidesCommandsRun follows the guide from top to bottom, on each kind of Redis,
// and compares the output with the guide.
func TestTheGuidesCommandsRun(t *testing.T) {
	commands, err := doctest.Commands(guide)
	if err != nil || len(commands) == 0 {
		t.Fatalf("%d commands, %v", len(commands), err)
	}
	for name, url := range map[string]func(*testing.T) string{
		"embedded": func(*testing.T) string { return "embedded://guide" },
		"real":     func(t *testing.T) string { return redistest.Start(t).URL() },
		"cluster":  func(t *testing.T) string { return redistest.Cluster(t).URL() },
	} {
		t.Run(name, func(t *testing.T) {
			r := reader{t.Context(), keryxtest.Start(t, newApp, keryxtest.Options{
				Env: map[string]string{"REDIS_URL": url(t), "DATABASE_URL": "sqlite://:memory:"},
			})}
			for _, c := range commands {
				printed, err := r.run(c.Args)
				if err == nil {
					err = c.Check(printed)
				}
				if err != nil {
					t.Errorf("%s: %v", c.At, err)
				}
			}
		})
	}
}

// reader does what a reader of the guide does, without a shell. The app of the
// first terminal runs.
type reader struct {
	ctx context.Context // that of the test
	*keryxtest.App
}

func (r reader) run(args []string) (string, error) {
	switch line := strings.Join(args, " "); {
	case line == "REDIS_URL=embedded://:6390 go run ./examples/caching start",
		line == "export REDIS_URL=redis://localhost:6390",
		line == "go test -run ^$ -bench Invalidation|VersionedHit -count 5 -benchtime 0.5s ./examples/caching":
		return "", nil
	case strings.HasPrefix(line, "go run ./examples/caching "):
		return r.keryx("REDIS_URL="+r.RedisURL, args[3:])
	case strings.HasPrefix(args[0], "REDIS_URL=") && strings.HasPrefix(line, args[0]+" go run ./examples/caching "):
		return r.keryx(args[0], args[4:])
	case strings.HasPrefix(line, "redis-cli -p 6390 --raw "):
		return r.redis(args[4:])
	case args[0] == "curl":
		return r.curl(args[1:])
	}
	return "", fmt.Errorf("no test runs %s", strings.Join(args, " "))
}

// keryx runs the app's command line. What it prints is its result, or what it
// complains of when there is none.
func (r reader) keryx(redisURL string, args []string) (string, error) {
	var out, log bytes.Buffer
	api := newApp(keryx.Options{Environ: []string{redisURL, "WEB_SERVER_PORT=0"}, DotEnv: "-", Stdout: &out, Stderr: &log})
	if code := api.Run(r.ctx, args); code != 0 && out.Len() == 0 {
		return log.String(), nil
	}
	return out.String(), nil
}

func (r reader) redis(args []string) (string, error) {
	var command []any
	for _, a := range args {
		command = append(command, a)
	}
	reply, err := r.Redis.Client.Do(r.ctx, command...).Result()
	if err != nil && err != redis.Nil {
		return "", err
	}
	return fmt.Sprint(reply), nil
}

// curl understands -X and -d.
func (r reader) curl(args []string) (string, error) {
	var method, address string
	var form []string
	for i := 0; i < len(args); i++ {
		switch args[i] {
		case "-X":
			i++
			method = args[i]
		case "-d":
			i++
			form = append(form, args[i])
		default:
			address = args[i]
		}
	}
	path, ours := strings.CutPrefix(address, "localhost:8080")
	if !ours {
		return "", fmt.Errorf("curl asks another server: %s", address)
	}
	if method == "" && form != nil {
		method = http.MethodPost
	}
	request, err := http.NewRequestWithContext(r.ctx, method, r.URL+path, strings.NewReader(strings.Join(form, "&")))
	if err != nil {
		return "", err
	}
	if form != nil {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	return r.Do(request).Body, nil
}
