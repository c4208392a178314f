package cache_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/keryx-go/keryx/cache"
)

// childVariable makes the test binary a process that fetches: several processes
// are what leases are for.
const childVariable = "CACHE_TEST_CHILD"

// task is what a child does, given as JSON in childVariable.
type task struct {
	URL   string
	Key   string
	Calls int           // how many goroutines fetch
	Load  time.Duration // how long a load takes
	Lease time.Duration
	Value string

	Soak time.Duration // how long it reads for the soak, instead of the rest; 0: it does not
	Seed uint64
}

// report is what a child prints.
type report struct {
	Loads  int
	Values map[string]int
	Errors []string
}

// child says "ready", waits for a line, and fetches. It says "loading" when a load begins.
func child() {
	var t task
	if err := json.Unmarshal([]byte(os.Getenv(childVariable)), &t); err != nil {
		panic(err)
	}
	if t.Soak > 0 {
		soakChild(t)
		return
	}
	o, err := redis.ParseURL(t.URL)
	if err != nil {
		panic(err)
	}
	o.ContextTimeoutEnabled = true
	rdb := redis.NewClient(o)
	defer rdb.Close()
	fmt.Println("ready")
	_, _ = os.Stdin.Read(make([]byte, 1))

	loads := make(chan struct{}, t.Calls)
	results := make(chan outcome[string], t.Calls)
	for range t.Calls {
		go func() {
			v, err := cache.Fetch(context.Background(), rdb, t.Key, time.Minute, func(context.Context) (string, error) {
				loads <- struct{}{}
				fmt.Println("loading")
				time.Sleep(t.Load)
				return t.Value, nil
			}, cache.Lease(t.Lease), cache.Budget(10*time.Second)) // a busy machine is no outage
			results <- outcome[string]{value: v, err: err}
		}()
	}
	r := report{Values: map[string]int{}}
	for range t.Calls {
		if res := <-results; res.err != nil {
			r.Errors = append(r.Errors, res.err.Error())
		} else {
			r.Values[res.value]++
		}
	}
	r.Loads = len(loads)
	out, _ := json.Marshal(r)
	fmt.Printf("%s\n", out)
}

// process is a running child.
type process struct {
	cmd *exec.Cmd
	in  io.WriteCloser
	out <-chan string // its lines
}

// spawn starts a child, ready to begin.
func spawn(t *testing.T, job task) *process {
	t.Helper()
	env, _ := json.Marshal(job)
	p := &process{cmd: exec.Command(os.Args[0])}
	p.cmd.Env = append(os.Environ(), childVariable+"="+string(env))
	p.cmd.Stderr = os.Stderr
	in, err := p.cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p.in, p.out = in, readLines(out)
	t.Cleanup(func() {
		_ = p.cmd.Process.Kill()
		for range p.out { // until the pipe is closed
		}
		_ = p.cmd.Wait()
	})
	if line := receive(t, p.out, "the child's start"); line != "ready" {
		t.Fatalf("child: %q", line)
	}
	return p
}

func readLines(r io.Reader) <-chan string {
	c := make(chan string, 10000)
	go func() {
		defer close(c)
		for s := bufio.NewScanner(r); s.Scan(); {
			c <- s.Text()
		}
	}()
	return c
}

// begin lets the child fetch.
func (p *process) begin() { _, _ = p.in.Write([]byte("\n")) }

// report waits for the child's end.
func (p *process) report(t *testing.T) (r report) {
	t.Helper()
	for {
		line := receive(t, p.out, "the child's report")
		if line == "loading" {
			continue
		}
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			t.Fatalf("child: %q: %v", line, err)
		}
		return r
	}
}
