package worker_test

import (
	"context"
	"net/rpc"
	"os"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/keryx-go/keryx/bench/internal/benchtest"
	"github.com/keryx-go/keryx/bench/internal/caches/contender"
	"github.com/keryx-go/keryx/bench/internal/caches/worker"
	"github.com/keryx-go/keryx/bench/internal/process"
)

// inMemory is a contender that needs no Redis.
const inMemory = "sturdyc"

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m,
		// It evicts until the process ends.
		goleak.IgnoreAnyFunction("github.com/viccon/sturdyc.(*Client[...]).performContinuousEvictions.func1"),
	)
}

// serve runs a worker in this process, with clients of a contender.
func serve(t *testing.T, o worker.Opening) *rpc.Client {
	t.Helper()
	theirIn, ourOut := pipe(t)
	ourIn, theirOut := pipe(t)
	served := make(chan error, 1)
	go func() { served <- worker.Serve(theirIn, theirOut) }()
	client := worker.Connect(ourOut, ourIn)
	t.Cleanup(func() {
		if err := client.Close(); err != nil {
			t.Error(err)
		}
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
	do(t, client, "Open", o)
	return client
}

func pipe(t *testing.T) (r, w *os.File) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	return r, w
}

func ask[Result any](t *testing.T, c *rpc.Client, order string, args any) Result {
	t.Helper()
	var result Result
	if err := c.Call("Service."+order, args, &result); err != nil {
		t.Fatal(err)
	}
	return result
}

func do(t *testing.T, c *rpc.Client, order string, args any) {
	t.Helper()
	ask[worker.Nothing](t, c, order, args)
}

func asking(key string, callers int) worker.Asking {
	return worker.Asking{Key: key, Callers: callers, Deadline: 10 * time.Second, Limit: 10 * time.Second}
}

// Every contender must do what the scenarios rely on: load once for one caller, keep
// the value, and load again after an invalidation.
func TestContenders(t *testing.T) {
	benchtest.NeedRedis(t)
	redis, err := process.StartRedis(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer redis.Stop()
	for _, c := range contender.All() {
		t.Run(c.Name, func(t *testing.T) {
			if err := redis.Flush(context.Background(), 0); err != nil {
				t.Fatal(err)
			}
			client := serve(t, worker.Opening{Contender: c.Name, URL: redis.URL(0), Clients: 1})
			do(t, client, "Tell", worker.Truth{Value: "one"})
			for range 2 {
				if got := ask[worker.Answers](t, client, "Ask", asking("k", 1)); got.Values["one"] != 1 {
					t.Fatalf("the answers are %+v", got)
				}
			}
			if got := ask[int](t, client, "Loads", "k"); got != 1 {
				t.Errorf("%d loads, expected one", got)
			}
			do(t, client, "Tell", worker.Truth{Value: "two"})
			do(t, client, "Invalidate", worker.Invalidating{Key: "k"})
			fresh := func() bool { return ask[worker.Answers](t, client, "Ask", asking("k", 1)).Values["two"] == 1 }
			for deadline := time.Now().Add(10 * time.Second); !fresh(); {
				if time.Now().After(deadline) {
					t.Fatal("the new value never comes")
				}
			}
		})
	}
}

func TestAsk(t *testing.T) {
	client := serve(t, worker.Opening{Contender: inMemory, Clients: 2})
	do(t, client, "Tell", worker.Truth{Value: "v", Takes: 20 * time.Millisecond})
	at := time.Now().Add(30 * time.Millisecond)
	a := asking("k", 50)
	a.Client, a.At = 1, at
	got := ask[worker.Answers](t, client, "Ask", a)
	if got.Values["v"] != 50 || len(got.Waits) != 50 || got.Errors+got.Missing != 0 || time.Since(at) < 20*time.Millisecond {
		t.Errorf("the answers are %+v", got)
	}
	for _, wait := range got.Waits {
		if wait < 20*time.Millisecond {
			t.Errorf("a caller waited %v for a load of 20ms", wait)
		}
	}
	if loads := ask[int](t, client, "Loads", "k"); loads != 1 {
		t.Errorf("%d loads, expected one", loads)
	}
}

func TestAskWithoutAnAnswer(t *testing.T) {
	client := serve(t, worker.Opening{Contender: inMemory, Clients: 1})
	do(t, client, "Tell", worker.Truth{Value: "v", Takes: time.Hour})
	a := asking("k", 1)
	a.Deadline = time.Millisecond
	if got := ask[worker.Answers](t, client, "Ask", a); got.Errors != 1 || !strings.Contains(got.Error, "deadline") {
		t.Errorf("after the deadline: %+v", got)
	}
	a.Key, a.Deadline, a.Limit = "other", 100*time.Millisecond, time.Millisecond
	if got := ask[worker.Answers](t, client, "Ask", a); got.Missing != 1 {
		t.Errorf("at the limit: %+v", got)
	}
}

func TestReadersSeeWhatIsStale(t *testing.T) {
	client := serve(t, worker.Opening{Contender: inMemory, Clients: 1})
	do(t, client, "Tell", worker.Truth{Value: "old"})
	reading := worker.Reading{Key: "k", Readers: 2, For: 40 * time.Millisecond, Pause: time.Millisecond, Old: "old"}
	stale := ask[worker.Reads](t, client, "Read", reading)
	if stale.Total < 2 || stale.Stale != stale.Total || stale.LastStale <= 0 || stale.LastStale >= reading.For {
		t.Errorf("all reads are stale: %+v", stale)
	}
	reading.Old = "older"
	if fresh := ask[worker.Reads](t, client, "Read", reading); fresh.Total < 2 || fresh.Stale+fresh.Errors != 0 || fresh.LastStale != 0 {
		t.Errorf("no read is stale: %+v", fresh)
	}
}

func TestAwaitLoad(t *testing.T) {
	client := serve(t, worker.Opening{Contender: inMemory, Clients: 1})
	do(t, client, "Tell", worker.Truth{Value: "v", Takes: 10 * time.Millisecond})
	waiting := client.Go("Service.AwaitLoad", "k", &worker.Nothing{}, make(chan *rpc.Call, 1))
	ask[worker.Answers](t, client, "Ask", asking("other", 1))
	select {
	case <-waiting.Done:
		t.Error("the load of another key was taken for it")
	default:
	}
	ask[worker.Answers](t, client, "Ask", asking("k", 1))
	if call := <-waiting.Done; call.Error != nil {
		t.Error(call.Error)
	}
}

func TestWrongOrders(t *testing.T) {
	client := serve(t, worker.Opening{Contender: inMemory, Clients: 1})
	for order, args := range map[string]any{
		"Open": worker.Opening{Contender: "nobody"}, "Ask": worker.Asking{Client: 1},
		"Invalidate": worker.Invalidating{Client: -1}, "Read": worker.Reading{Client: 1},
	} {
		if err := client.Call("Service."+order, args, nil); err == nil {
			t.Errorf("%s: no error", order)
		}
	}
}
