package pgtest

import (
	"context"
	"errors"
	"os"
	"testing"

	"github.com/keryx-go/keryx/internal/slow"
)

// Dedicated is a [Server] that belongs to one test. Its methods fail that test
// when something goes wrong, and must be called from the test's goroutine.
type Dedicated struct {
	*Server
	tb testing.TB
}

// StartDedicated runs a server for this test only, which may stop and restart it. It
// stops with the test, which is left out by -short.
func StartDedicated(tb testing.TB) *Dedicated {
	tb.Helper()
	slow.Skip(tb, "it starts Postgres")
	need(tb)
	s, err := launch()
	if err != nil {
		tb.Fatalf("pgtest: start postgres: %v", err)
	}
	d := &Dedicated{Server: s, tb: tb}
	tb.Cleanup(func() {
		d.Kill()
		_ = os.RemoveAll(s.dir)
	})
	return d
}

// Stop shuts the server down in order: it closes connections, rolls transactions back
// and writes its data. It does nothing when the server does not run.
func (d *Dedicated) Stop() { d.end("INT") }

// Kill ends the server like a crash: the next start recovers the data from the log. It
// does nothing when the server does not run.
func (d *Dedicated) Kill() { d.end("QUIT") }

func (d *Dedicated) end(signal string) {
	d.tb.Helper()
	if d.process == nil {
		return
	}
	p := d.process
	d.process = nil
	p.signal(signal)
	if err := p.wait(); err != nil {
		d.tb.Errorf("pgtest: stop postgres: %v", err)
	}
}

// Restart starts the server again, with its data, on the same port, and kills it before
// if it runs.
func (d *Dedicated) Restart() {
	d.tb.Helper()
	d.Kill()
	err := poll(func(context.Context) error {
		err := d.run()
		if err != nil && !errors.Is(err, errPortTaken) {
			return permanent{err}
		}
		return err
	})
	if err != nil {
		d.tb.Fatalf("pgtest: restart postgres: %v", err)
	}
}
