package db

import (
	"context"
	"errors"

	"github.com/uptrace/bun"

	"github.com/keryx-go/keryx/part"
)

// Database is the database of an app, as a part of it (package part) named
// "database": [New] makes it, Start connects.
type Database struct {
	// DB runs queries. Nil until Start, and always when [Options.URL] is empty.
	DB *bun.DB

	options Options
	probe   *Probe
}

var _ part.Checker = (*Database)(nil)

// New returns the database of [Options.URL]. [Database.Start] connects to it.
func New(o Options) *Database { return &Database{options: o} }

// Name returns "database", or [Options.Name].
func (d *Database) Name() string {
	if d.options.Name == "" {
		return "database"
	}
	return d.options.Name
}

// DependsOn returns nil.
func (d *Database) DependsOn() []string { return nil }

// Configured reports whether there is a database: [Options.URL] is not empty.
func (d *Database) Configured() bool { return d.options.URL != "" }

// URL returns the URL of the database without its password.
func (d *Database) URL() string { return Redact(d.options.URL) }

// Start connects to the database and proves that it answers, as [Open] does.
// Without a URL it does nothing.
func (d *Database) Start(ctx context.Context) error {
	if !d.Configured() {
		return nil
	}
	opened, err := Open(ctx, d.options.URL, d.options)
	if err != nil {
		return err
	}
	probe, err := NewProbe(opened.DB, d.options.URL)
	if err != nil {
		return errors.Join(err, opened.Close())
	}
	d.DB, d.probe = opened, probe
	if d.options.Logger != nil {
		d.options.Logger.Info("connected to database", "url", d.URL())
	}
	return nil
}

// Stop closes the connections.
func (d *Database) Stop(context.Context) error {
	if d.DB == nil {
		return nil
	}
	return errors.Join(d.probe.Close(), d.DB.Close())
}

// Ready returns nil when the database answers, and when there is none.
func (d *Database) Ready(ctx context.Context) error {
	if !d.Configured() {
		return nil
	}
	return d.Ping(ctx)
}

// Ping returns nil when the database answers. Unlike a query, and the Ping of DB,
// it does not wait for a connection of a busy pool: see [Probe].
func (d *Database) Ping(ctx context.Context) error {
	if d.DB == nil {
		return errors.New("not connected")
	}
	return d.probe.Ping(ctx)
}
