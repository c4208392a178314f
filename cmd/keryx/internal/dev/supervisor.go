package dev

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// supervisor builds and runs an app again and again.
type supervisor struct {
	options  options
	terminal *terminal
	builder  *builder
	stores   *stores
	board    *board

	address string           // of the socket
	socket  *net.TCPListener // nil: not bound
	last    int              // the number of the last version
	current *process         // nil: no version serves

	mu       sync.Mutex
	running  map[*process]bool
	retiring sync.WaitGroup
}

func newSupervisor(o options, t *terminal) (*supervisor, error) {
	dir, err := os.MkdirTemp("", "keryx-dev-")
	if err != nil {
		return nil, err
	}
	return &supervisor{
		options: o, terminal: t, builder: &builder{pkg: o.pkg, flags: o.flags, dir: dir, seed: maphash.MakeSeed()},
		stores: &stores{dir: dir}, running: map[*process]bool{},
	}, nil
}

// run builds and runs the app until ctx ends, and then stops it.
func (s *supervisor) run(ctx context.Context) (err error) {
	defer func() { err = errors.Join(err, s.stores.close()) }()
	if s.board, err = newBoard(ctx, s.options.reload); err != nil {
		return err
	}
	defer s.board.close()
	_ = s.bind(ctx, guess().address()) // so that clients wait for the first build; it is tried again
	w, err := newWatcher(s.options.pkg, s.options.watch)
	if err != nil {
		return fmt.Errorf("cannot watch the files: %w", err)
	}
	changes := make(chan change)
	watching, cancel := context.WithCancel(ctx)
	var watchers sync.WaitGroup
	watchers.Go(func() { w.run(watching, changes) })
	defer watchers.Wait()
	defer cancel()
	defer s.end()
	return s.loop(ctx, changes)
}

// loop makes an attempt for each change. A change during an attempt begins another one.
func (s *supervisor) loop(ctx context.Context, changes <-chan change) error {
	for c := (change{}); ; {
		trying, cancel := context.WithCancel(ctx)
		tried := make(chan error, 1)
		go func() { tried <- s.attempt(trying, c) }()
		select {
		case more := <-changes:
			cancel()
			<-tried
			c = c.and(more)
			continue
		case err := <-tried:
			cancel()
			if ctx.Err() != nil {
				return nil
			}
			var f *failure
			if errors.As(err, &f) && f.fatal && s.socket == nil {
				return err
			}
			if err != nil {
				s.report(err)
			}
		}
		var ok bool
		if c, ok = s.wait(ctx, changes); !ok {
			return nil
		}
	}
}

// wait waits for a change. It reports false when ctx has ended.
func (s *supervisor) wait(ctx context.Context, changes <-chan change) (change, bool) {
	for {
		var exited <-chan struct{}
		if s.current != nil {
			exited = s.current.exited
		}
		select {
		case <-ctx.Done():
			return change{}, false
		case c := <-changes:
			return c, true
		case <-exited:
			c := s.current
			s.current = nil
			s.report(&failure{title: "version " + fmt.Sprint(c.version) + " has ended: " + c.end(), text: c.output.String(), printed: true})
			c.program.remove()
			s.ended(c)
		}
	}
}

// attempt builds the program, starts it and, when it is ready, stops the version before.
func (s *supervisor) attempt(ctx context.Context, c change) error {
	began := time.Now()
	if len(c.names) > 0 {
		s.terminal.say("%s changed", shown(c.names))
	}
	p, err := s.builder.build(ctx)
	if err != nil {
		return err
	}
	built := time.Now()
	if s.current != nil && c.goOnly && p.hash == s.current.program.hash {
		p.remove()
		s.terminal.say("the program is the same")
		s.board.show(s.current.version, "", "")
		return nil
	}
	if c.migrated {
		s.stores.forgetDatabase()
	}
	next, address, err := s.launch(ctx, p)
	if err != nil {
		p.remove()
		return err
	}
	s.promote(next)
	s.terminal.say("version %d serves on http://%s (built in %s, ready in %s)", next.version, address,
		built.Sub(began).Round(time.Millisecond), time.Since(built).Round(time.Millisecond))
	return nil
}

// launch starts a version and waits until it is ready. It returns the address that it
// serves on.
func (s *supervisor) launch(ctx context.Context, p *program) (*process, string, error) {
	app, err := ask(ctx, p)
	if err != nil {
		return nil, "", err
	}
	env, err := s.stores.variables(app)
	if err != nil {
		return nil, "", err
	}
	s.last++
	if s.builder.overlay != "" {
		env = append(env, fmt.Sprintf("KERYX_DEV_URL=%s%d", s.board.url, s.last))
	}
	if !app.chosen("WEB_SERVER_STATIC_CACHE_CONTROL") {
		env = append(env, "WEB_SERVER_STATIC_CACHE_CONTROL=no-cache")
	}
	if !handsOver {
		return s.replace(ctx, p, app, env)
	}
	if err := s.bind(ctx, app.address()); err != nil {
		return nil, "", err
	}
	private, err := listen(ctx, "127.0.0.1:0")
	if err != nil {
		return nil, "", err
	}
	next, err := start(s.last, p, s.options.args, env, s.terminal, s.socket, private)
	_ = private.Close() // what the process has is a duplicate
	if err != nil {
		return nil, "", err
	}
	if err := s.await(ctx, next, private.Addr().String()); err != nil {
		return nil, "", err
	}
	host, _, _ := net.SplitHostPort(s.address)
	_, port, _ := net.SplitHostPort(s.socket.Addr().String())
	return next, net.JoinHostPort(host, port), nil
}

// replace is launch where sockets are not inherited: the version before ends first.
func (s *supervisor) replace(ctx context.Context, p *program, app settings, env []string) (*process, string, error) {
	s.board.rest()
	s.unbind()
	if s.current != nil {
		s.current.stop(stopTimeout)
		s.ended(s.current)
		s.current = nil
	}
	next, err := start(s.last, p, s.options.args, env, s.terminal)
	if err == nil {
		err = s.await(ctx, next, app.address())
	}
	if err != nil {
		_ = s.bind(ctx, app.address()) // to show the error
		return nil, "", err
	}
	return next, app.address(), nil
}

// await waits until a process is ready, and kills one that does not become so.
func (s *supervisor) await(ctx context.Context, c *process, address string) error {
	s.mu.Lock()
	s.running[c] = true
	s.mu.Unlock()
	err := c.ready(ctx, address)
	if err != nil {
		c.kill()
		s.ended(c)
	}
	return err
}

// promote makes a version the current one, and lets the one before drain.
func (s *supervisor) promote(next *process) {
	before := s.current
	s.current = next
	s.board.rest()
	s.board.show(next.version, "", "")
	if before == nil {
		return
	}
	s.retiring.Go(func() {
		before.stop(stopTimeout)
		s.ended(before)
	})
}

func (s *supervisor) ended(c *process) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.running, c)
}

// report shows an error in the terminal and in pages.
func (s *supervisor) report(err error) {
	f := &failure{title: "", text: err.Error()}
	if !errors.As(err, &f) {
		f.title = "something went wrong"
	}
	text := f.text
	if f.printed {
		text = ""
	}
	if s.current == nil {
		s.terminal.fail(f.title, text)
		s.board.show(0, f.title, f.text)
		s.board.serve(s.socket)
		return
	}
	s.terminal.fail(fmt.Sprintf("%s; version %d serves on", f.title, s.current.version), text)
	s.board.show(s.current.version, f.title, f.text)
}

// bind listens on an address, unless it does so already.
func (s *supervisor) bind(ctx context.Context, address string) error {
	if s.socket != nil && s.address == address {
		return nil
	}
	l, err := listen(ctx, address)
	if err != nil {
		return err
	}
	s.board.rest()
	s.unbind()
	s.socket, s.address = l, address
	return nil
}

func (s *supervisor) unbind() {
	if s.socket != nil {
		_ = s.socket.Close()
		s.socket = nil
	}
}

// end stops the app. New clients are refused from here on.
func (s *supervisor) end() {
	s.board.rest()
	s.unbind()
	if s.current != nil {
		s.board.show(0, "it is stopped", "")
		s.current.stop(stopTimeout)
		s.ended(s.current)
	}
	s.retiring.Wait()
}

// kill ends all processes at once.
func (s *supervisor) kill() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.running {
		killGroup(c.cmd.Process)
	}
}

// shown returns the names of files as a person reads them.
func shown(names []string) string {
	const most = 3
	dir, _ := os.Getwd()
	var list []string
	for _, name := range names {
		if len(list) == most {
			return strings.Join(list, ", ") + fmt.Sprintf(" and %d more", len(names)-most)
		}
		if relative, err := filepath.Rel(dir, name); err == nil {
			name = relative
		}
		list = append(list, name)
	}
	return strings.Join(list, ", ")
}
