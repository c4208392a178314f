package redis_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/keryx-go/keryx/internal/eventually"
	"github.com/keryx-go/keryx/internal/redistest"
	"github.com/keryx-go/keryx/internal/slow"
	"github.com/keryx-go/keryx/redis"
)

// silent returns an address that accepts connections and says nothing.
func silent(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() }) // the kernel accepts, but no process serves the connection
	return l.Addr().String()
}

func TestOpenUnreachable(t *testing.T) {
	t.Run("nobody listens", func(t *testing.T) {
		err := openFails(t, "redis://user:s3cret@127.0.0.1:1/0", redis.Options{})
		wantText(t, err, "redis://user:***@127.0.0.1:1/0", "dial tcp 127.0.0.1:1: connect: connection refused")
		if !errors.Is(err, syscall.ECONNREFUSED) {
			t.Error("errors.Is does not find ECONNREFUSED")
		}
	})
	t.Run("no such host", func(t *testing.T) {
		wantText(t, openFails(t, "redis://redis.invalid", redis.Options{}), "redis.invalid")
	})
	t.Run("no such socket", func(t *testing.T) {
		wantText(t, openFails(t, "unix:///nowhere/redis.sock", redis.Options{}), "no such file")
	})
}

// Whatever the URL, an address that does not answer costs Open its timeout and
// no more.
func TestOpenNoAnswer(t *testing.T) {
	slow.Skip(t, "Redis hangs in it")
	addrs := map[string]string{"silent": silent(t), "black hole": blackHole(t)}
	schemes := []string{"redis", "rediss", "redis+cluster", "rediss+cluster", "redis+sentinel", "rediss+sentinel"}
	var all sync.WaitGroup
	for name, addr := range addrs {
		for _, scheme := range schemes {
			u := scheme + "://:s3cret@" + addr
			if strings.Contains(scheme, "sentinel") {
				u += "?master_name=m"
			}
			for _, timeout := range []time.Duration{0, 300 * time.Millisecond} {
				all.Go(func() {
					limit := cmp.Or(timeout, redis.DefaultTimeout) + 10*time.Second // a busy machine takes its time
					began := time.Now()
					c, err := redis.Open(t.Context(), u, redis.Options{Timeout: timeout})
					if took := time.Since(began); took > limit {
						t.Errorf("%s: %s took %v, want less than %v", name, u, took, limit)
					}
					if err == nil {
						c.Close()
						t.Errorf("%s: %s opens", name, u)
						return
					}
					wantText(t, err, "no answer within")
				})
			}
		}
	}
	all.Wait()
}

func TestOpenPausedServer(t *testing.T) {
	slow.Skip(t, "Redis hangs in it")
	s := redistest.Start(t)
	s.Pause()
	wantText(t, openFails(t, s.URL(), redis.Options{}), "no answer within")

	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	_, err := redis.Open(ctx, s.URL(), redis.Options{})
	if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "no answer within 100ms") {
		t.Errorf("with a caller's deadline: %v", err)
	}
}

func TestOpenRefused(t *testing.T) {
	secret := redistest.Start(t, "--requirepass", "s3cret")
	plain := redistest.Start(t)
	reader := redistest.Start(t, "--user", "app", "on", ">s3cret", "~*", "&*", "+@all", "-@write")
	noChannels := redistest.Start(t, "--user", "app", "on", ">s3cret", "~*", "resetchannels", "+@all")
	replica := redistest.Start(t, "--replicaof", "127.0.0.1 1")
	args, trusting := serverTLS(t)
	secure := redistest.Start(t, args...)

	for name, test := range map[string]struct {
		url  string
		o    redis.Options
		want []string
	}{
		"wrong password":        {"redis://:s3cretary@" + secret.Addr(), redis.Options{}, []string{"WRONGPASS"}},
		"no password":           {"redis://" + secret.Addr(), redis.Options{}, []string{"NOAUTH"}},
		"no such database":      {plain.URL() + "/99", redis.Options{}, []string{"DB index is out of range"}},
		"no right to write":     {"redis://app:s3cret@" + reader.Addr(), redis.Options{}, []string{"NOPERM"}},
		"no right to subscribe": {"redis://app:s3cret@" + noChannels.Addr(), redis.Options{}, []string{"subscribe to a channel", "NOPERM"}},
		"a replica":             {replica.URL(), redis.Options{}, []string{"READONLY"}},
		"TLS to plain":          {"rediss://" + plain.Addr() + "?dial_timeout=300ms", redis.Options{}, []string{"no TLS", "handshake"}},
		"plain to TLS":          {"redis://" + secure.Addr(), redis.Options{TLS: trusting}, []string{"wants TLS"}},
		"unknown authority":     {"rediss://" + secure.Addr(), redis.Options{}, []string{"certificate"}},
		"no cluster":            {"redis+cluster://" + plain.Addr(), redis.Options{}, []string{"is no cluster", "redis://"}},
		"no sentinel":           {"redis+sentinel://" + plain.Addr() + "?master_name=m", redis.Options{}, []string{"is no sentinel"}},
	} {
		t.Run(name, func(t *testing.T) { wantText(t, openFails(t, test.url, test.o), test.want...) })
	}
}

func TestOpenWhileLoading(t *testing.T) {
	s := redistest.Start(t, "--enable-debug-command", "yes",
		"--key-load-delay", "2000", "--loading-process-events-interval-bytes", "1024")
	ctx, admin := t.Context(), s.Client()
	for i := range 3000 {
		if err := admin.Set(ctx, fmt.Sprintf("key:%d", i), strings.Repeat("x", 100), 0).Err(); err != nil {
			t.Fatal(err)
		}
	}
	reload := make(chan error, 1)
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
		defer cancel()
		reload <- admin.Do(ctx, "DEBUG", "RELOAD").Err()
	}()
	eventually.Nil(t, func() error {
		c, err := redis.Open(t.Context(), s.URL(), redis.Options{Timeout: time.Second})
		if err == nil {
			c.Close()
			return errors.New("it does not load yet")
		}
		if !strings.Contains(err.Error(), "LOADING") {
			return err
		}
		t.Log(err)
		return nil
	})
	s.Kill()
	<-reload
}

func TestOpenBadURL(t *testing.T) {
	for url, want := range map[string]string{
		"":                                   "cannot connect to redis (no URL): the URL is empty; set REDIS_URL",
		"localhost:6379":                     "(***): the URL is malformed",
		"redis:localhost":                    "(***): the URL is malformed",
		"redis://user:s3cret/x@host:6379/0":  "(redis://***): the URL is malformed",
		"redis://user:s3cret#x@host:6379/0":  "(redis://***): the URL is malformed",
		"redis://user:12?s3cret@host:6379/0": "(redis://***): the URL is malformed",
		"redis://user:s3cret%@host":          "(redis://user:***@host): the URL is malformed",
		"redis://:s3cret@host:port":          "(redis://***): the URL is malformed",
		"http://:s3cret@host":                "http:// is no scheme of Redis: use redis,",
		"embedded://":                        `nothing serves embedded:// in this program: add the import _ "github.com/keryx-go/keryx/redis/embedded"`,
		"redis://:s3cret@host/one":           `(redis://:***@host/one): redis: invalid database number: "one"`,
		"redis://host?password=s3cret":       "(redis://host?password=***): a parameter of the URL is wrong",
		"redis+sentinel://host?master_name=m&password=a&s3cret": "(redis+sentinel://host?master_name=m&password=***&***): a parameter of the URL is wrong",
		"redis://host?dail_timeout=3s":                          "unexpected option: dail_timeout",
		"redis://host?pool_size=-7":                             "must not be negative",
		"redis://host?pool_size=99999999999":                    "refuses the settings",
		"unix://":                                               "empty unix socket path",
		"redis+cluster://host/3":                                `a cluster has no database "3"`,
		"redis+cluster://host?addr=other":                       "unable to parse addr",
		"redis+sentinel://host?password=s3cret":                 "add ?master_name=NAME",
		"redis+sentinel://host":                                 "add ?master_name=NAME",
		"redis+sentinel://host/s3?master_name=m":                "invalid database number",
		"redis+sentinel://h?master_name=m&route_randomly=true":  "not supported with sentinels",
	} {
		wantText(t, openFails(t, url, redis.Options{}), want)
	}
}

func TestOpenErrorNamesTheVariable(t *testing.T) {
	_, err := redis.Open(t.Context(), "redis://127.0.0.1:1", redis.Options{Variable: "OTHER_URL"})
	if err == nil || !strings.HasSuffix(err.Error(), "; set OTHER_URL") {
		t.Error(err)
	}
}

// A server that is not Redis may repeat the unknown command.
func TestOpenErrorHidesEchoes(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			buf := make([]byte, 4096)
			for {
				n, err := c.Read(buf)
				if err != nil {
					break
				}
				fmt.Fprintf(c, "-ERR unknown command: %q\r\n", buf[:n])
			}
			c.Close()
		}
	}()
	wantText(t, openFails(t, "redis://user:s3cret@"+l.Addr().String(), redis.Options{}), "unknown command")
}
