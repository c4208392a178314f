package scaling

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	goredis "github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"

	"github.com/keryx-go/keryx/bench/internal/process"
)

// server is a redis-server that is asked what it has done.
type server struct {
	*process.Redis
	client *goredis.Client
	looks  int64 // calls of usage
}

// startServer starts a redis-server with its files in a new directory below dir.
func startServer(ctx context.Context, dir string, args ...string) (*server, error) {
	dir, err := os.MkdirTemp(dir, "redis-")
	if err != nil {
		return nil, err
	}
	r, err := process.StartRedis(ctx, dir, args...)
	if err != nil {
		return nil, err
	}
	return &server{Redis: r, client: goredis.NewClient(&goredis.Options{
		Addr: r.Address(), ContextTimeoutEnabled: true, DisableIdentity: true, PoolSize: 1, PipelinePoolSize: -1,
		MaintNotificationsConfig: &maintnotifications.Config{Mode: maintnotifications.ModeDisabled},
	})}, nil
}

func (s *server) stop() {
	_ = s.client.Close()
	s.Stop()
}

// usage returns what the server has done since its start.
func (s *server) usage(ctx context.Context) (Usage, error) {
	info, err := s.client.InfoMap(ctx, "cpu", "stats", "commandstats").Result()
	if err != nil {
		return Usage{}, err
	}
	u := Usage{Elapsed: time.Duration(time.Now().UnixNano()), Commands: map[string]int64{}}
	user, system := number(info["CPU"]["used_cpu_user"]), number(info["CPU"]["used_cpu_sys"])
	u.CPU = time.Duration((user + system) * float64(time.Second))
	u.In, u.Out = int64(number(info["Stats"]["total_net_input_bytes"])), int64(number(info["Stats"]["total_net_output_bytes"]))
	for name, stat := range info["Commandstats"] {
		u.Commands[strings.TrimPrefix(name, "cmdstat_")] = int64(field(stat, "calls") - field(stat, "failed_calls"))
	}
	u.Commands["info"] -= s.looks // the looks before; this one is not counted yet
	s.looks++
	return u, nil
}

// memory returns the bytes that the server has allocated.
func (s *server) memory(ctx context.Context) (int64, error) {
	return s.figure(ctx, "memory", "Memory", "used_memory")
}

// connections returns the number of clients, without the one that asks.
func (s *server) connections(ctx context.Context) (int64, error) {
	n, err := s.figure(ctx, "clients", "Clients", "connected_clients")
	return n - 1, err
}

// figure returns a number of INFO.
func (s *server) figure(ctx context.Context, section, heading, name string) (int64, error) {
	info, err := s.client.InfoMap(ctx, section).Result()
	if err != nil {
		return 0, err
	}
	text := info[heading][name]
	if text == "" {
		return 0, fmt.Errorf("INFO %s has no %s", section, name)
	}
	return int64(number(text)), nil
}

// field returns a number of a list such as calls=1,usec=27.
func field(list, name string) float64 {
	for item := range strings.SplitSeq(list, ",") {
		if value, found := strings.CutPrefix(item, name+"="); found {
			return number(value)
		}
	}
	return 0
}

// number parses a number of INFO; 0 if it is none.
func number(text string) float64 {
	n, _ := strconv.ParseFloat(text, 64)
	return n
}
