package redisserver

import (
	"context"
	"errors"
	"math"
	"runtime/metrics"
	"strconv"
	"sync"
	"time"

	"github.com/keryx-go/keryx/internal/redisserver/resp"
	"github.com/keryx-go/keryx/internal/redisserver/script"
)

const (
	// maxScripts is how many scripts are remembered.
	maxScripts = 10_000
	// scriptWatch is how often a script's time and memory are looked at.
	scriptWatch = 10 * time.Millisecond
	// killGrace is how long a killed script may take to its end. It is longer
	// than that in one call of a library only, and then goes on alone.
	killGrace = time.Second
)

var (
	errKilled       = errors.New("ERR Error running script: Script killed by user with SCRIPT KILL")
	errServerCloses = errors.New("ERR the embedded Redis closes")
	errMemory       = errors.New("ERR Error running script: not enough memory")
)

// scripts are the scripts that clients have sent.
type scripts struct {
	bySHA map[string]*script.Script

	mu   *sync.Mutex
	stop context.CancelCauseFunc // of the one that runs; guarded by mu
	end  error                   // why none runs any more; guarded by mu
}

func newScripts() scripts { return scripts{bySHA: map[string]*script.Script{}, mu: &sync.Mutex{}} }

// kill ends the script that runs, and reports whether there was one.
func (s *scripts) kill(cause error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if cause == errServerCloses {
		s.end = cause
	}
	if s.stop != nil {
		s.stop(cause)
	}
}

// begin returns the context of a run.
func (s *scripts) begin() context.Context {
	ctx, stop := context.WithCancelCause(context.Background())
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stop = stop
	if s.end != nil {
		stop(s.end)
	}
	return ctx
}

// done ends the context of a run.
func (s *scripts) done() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stop(context.Canceled)
	s.stop = nil
}

// load compiles a script and remembers it.
func (s *scripts) load(source string) (*script.Script, resp.Value) {
	if known := s.bySHA[script.SHA(source)]; known != nil {
		return known, resp.Value{}
	}
	loaded, err := script.Compile(source)
	if err != nil {
		return nil, resp.Err(err.Error())
	}
	if len(s.bySHA) >= maxScripts {
		clear(s.bySHA)
	}
	loaded.SHA = script.SHA(source)
	s.bySHA[loaded.SHA] = loaded
	return loaded, resp.Value{}
}

// eval returns the handler of EVAL or one of its like.
func eval(bySHA, readOnly bool) handler {
	return func(s *session, args []string) resp.Value {
		var loaded *script.Script
		if bySHA {
			if loaded = s.srv.scripts.bySHA[fold(args[1])]; loaded == nil {
				return resp.Err("NOSCRIPT No matching script. Please use EVAL.")
			}
		}
		n, err := strconv.Atoi(args[2])
		switch {
		case err != nil:
			return resp.Err("ERR value is not an integer or out of range")
		case n < 0:
			return resp.Err("ERR Number of keys can't be negative")
		case n > len(args)-3:
			return resp.Err("ERR Number of keys can't be greater than number of args")
		}
		if loaded == nil {
			var refused resp.Value
			if loaded, refused = s.srv.scripts.load(args[1]); refused.IsError() {
				return refused
			}
		}
		return runScript(s, loaded, readOnly || loaded.ReadOnly, args[3:3+n], args[3+n:])
	}
}

// runScript runs a script while the client holds the command lock.
func runScript(s *session, loaded *script.Script, readOnly bool, keys, args []string) resp.Value {
	ctx := s.srv.scripts.begin()
	defer s.srv.scripts.done()

	inner := &session{srv: s.srv, view: newView(), version: 2, atomic: true, now: s.now, readOnly: readOnly}
	if err := s.srv.data.choose(inner.view, s.view.db); err != nil {
		return resp.Err(err.Error())
	}
	var running sync.Mutex // of the one command that the script runs
	call := func(args []string, version int) resp.Value {
		running.Lock()
		defer running.Unlock()
		if ctx.Err() != nil {
			return resp.Err(context.Cause(ctx).Error())
		}
		inner.speak(version)
		return inner.parsed(args)
	}
	ended := make(chan resp.Value, 1)
	go func() {
		ended <- loaded.Run(ctx, script.Input{Keys: keys, Args: args, Call: call})
	}()
	reply, ok := watchScript(s.srv, ctx, ended)
	if !ok {
		running.Lock() // waits for the command that runs; none begins after it
		defer running.Unlock()
	}
	return reply
}

// watchScript waits for a script's end, and reports whether it has ended. The script is
// killed when it takes too much memory.
func watchScript(s *Server, ctx context.Context, ended <-chan resp.Value) (resp.Value, bool) {
	slow := time.NewTimer(busyThreshold(s))
	defer slow.Stop()
	tick := time.NewTicker(scriptWatch)
	defer tick.Stop()
	heap := uint64(0)
	var grace <-chan time.Time
	killed := ctx.Done()
	for {
		select {
		case reply := <-ended:
			return reply, true
		case <-slow.C:
			s.lock.setSlow()
		case <-tick.C:
			now := heapSize()
			if heap == 0 {
				heap = now
			}
			if now > heap+uint64(setting(s, "embedded-script-memory")) {
				s.scripts.kill(errMemory)
			}
		case <-killed:
			killed, grace = nil, time.After(killGrace)
		case <-grace:
			return resp.Err(context.Cause(ctx).Error()), false
		}
	}
}

func heapSize() uint64 {
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}

// busyThreshold returns how long a script may run before other clients are told.
func busyThreshold(s *Server) time.Duration {
	if ms := setting(s, "busy-reply-threshold"); ms > 0 {
		return time.Duration(ms) * time.Millisecond
	}
	return math.MaxInt64
}

func scriptCommand(s *session, args []string) resp.Value {
	switch fold(args[1]) {
	case "load":
		loaded, err := s.srv.scripts.load(args[2])
		if err.IsError() {
			return err
		}
		return resp.Of(loaded.SHA)
	case "exists":
		reply := resp.List()
		for _, sha := range args[2:] {
			n := 0
			if s.srv.scripts.bySHA[fold(sha)] != nil {
				n = 1
			}
			reply.Items = append(reply.Items, resp.Count(n))
		}
		return reply
	case "flush":
		if len(args) > 3 || len(args) == 3 && fold(args[2]) != "sync" && fold(args[2]) != "async" {
			return resp.Err("ERR SCRIPT FLUSH only support SYNC|ASYNC option")
		}
		clear(s.srv.scripts.bySHA)
		return resp.OK()
	case "kill":
		return resp.Err("NOTBUSY No scripts in execution right now.")
	case "debug":
		return resp.Err("ERR the embedded Redis does not have SCRIPT DEBUG")
	}
	return help("SCRIPT")
}
