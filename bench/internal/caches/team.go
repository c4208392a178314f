package caches

import (
	"context"
	"fmt"
	"net/rpc"
	"os"
	"path/filepath"
	"sync"

	"github.com/keryx-go/keryx/bench/internal/caches/contender"
	"github.com/keryx-go/keryx/bench/internal/caches/worker"
	"github.com/keryx-go/keryx/bench/internal/process"
)

// workerCommand is the argument that starts this program as a worker.
const workerCommand = "caches-worker"

// IsWorker reports whether a command line is that of a worker.
func IsWorker(args []string) bool { return len(args) == 2 && args[1] == workerCommand }

// Work is the main function of a worker. It returns the exit code.
func Work() int {
	in, out := os.Stdin, os.Stdout
	os.Stdout = os.Stderr // output of a library must not mix with the answers
	if err := worker.Serve(in, out); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// member is one process of a team.
type member struct {
	*process.Process
	client *rpc.Client
}

// team is several processes with clients of one contender.
type team struct {
	contender contender.Contender
	members   []*member
}

// startTeam starts the processes of a team and opens their clients. The caller must
// stop the team, also after an error.
func startTeam(ctx context.Context, dir string, c contender.Contender, url string, processes, clients int) (*team, error) {
	t := &team{contender: c}
	for i := range processes {
		m, err := start(filepath.Join(dir, fmt.Sprintf("worker%d.log", i)))
		if err != nil {
			return t, err
		}
		t.members = append(t.members, m)
	}
	return t, t.all(func(i int) error {
		return t.do(ctx, i, "Open", worker.Opening{Contender: c.Name, URL: url, Clients: clients})
	})
}

// start starts a worker.
func start(log string) (*member, error) {
	program, err := os.Executable()
	if err != nil {
		return nil, err
	}
	theirIn, ourOut, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer theirIn.Close()
	ourIn, theirOut, err := os.Pipe()
	if err != nil {
		_ = ourOut.Close()
		return nil, err
	}
	defer theirOut.Close()
	p, err := process.Start(process.Command{
		Path: program, Args: []string{workerCommand}, Env: process.Environment(),
		Stdin: theirIn, Stdout: theirOut, Log: log,
	})
	if err != nil {
		_, _ = ourOut.Close(), ourIn.Close()
		return nil, err
	}
	return &member{p, worker.Connect(ourOut, ourIn)}, nil
}

// stop ends the team's processes.
func (t *team) stop() {
	_ = t.all(func(i int) error {
		t.members[i].Stop()
		return t.members[i].client.Close()
	})
}

// all calls f for every member at the same time, and returns one of the errors.
func (t *team) all(f func(i int) error) error {
	var running sync.WaitGroup
	errs := make([]error, len(t.members))
	for i := range t.members {
		running.Go(func() { errs[i] = f(i) })
	}
	running.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// do sends a member a request without a result.
func (t *team) do(ctx context.Context, i int, order string, args any) error {
	_, err := ask[worker.Nothing](ctx, t, i, order, args)
	return err
}

// ask sends a member a request, and returns the result.
func ask[Result any](ctx context.Context, t *team, i int, order string, args any) (Result, error) {
	reply := new(Result)
	call := t.members[i].client.Go("Service."+order, args, reply, make(chan *rpc.Call, 1))
	var err error
	select {
	case <-call.Done:
		if err = call.Error; err == nil {
			return *reply, nil
		}
	case <-ctx.Done():
		err = context.Cause(ctx)
	}
	var none Result
	return none, fmt.Errorf("%s, %s: %w%s", t.contender.Name, order, err, t.members[i].Printed())
}
