package cache

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/redis/go-redis/v9"
)

// PatternOption changes how [ForgetPattern] works.
type PatternOption struct {
	dryRun   bool
	progress func(PatternProgress)
}

// DryRun makes [ForgetPattern] count the keys it finds and remove nothing. SCAN may
// show a key twice while Redis grows or shrinks its table; it is counted twice then.
func DryRun() PatternOption { return PatternOption{dryRun: true} }

// Progress has report called after every step of [ForgetPattern], by one goroutine
// at a time.
func Progress(report func(PatternProgress)) PatternOption { return PatternOption{progress: report} }

// PatternProgress is how far a [ForgetPattern] has got, over all masters.
type PatternProgress struct {
	// Total is how many keys there were when their scans began. Scanned is about
	// how many of them were looked at, and Total at the end.
	Total, Scanned int64
	// Found is how many keys matched, Removed how many of them are gone.
	Found, Removed int64
}

// ForgetPattern removes every key that matches the glob pattern and returns how
// many. Put what users give through [Escape]. It works on every master of a cluster
// and every shard of a ring, with SCAN, so it blocks no other command, but it looks at
// every key there is: for what is forgotten often, [Version] and [Bump] cost less.
//
// All keys that are there from beginning to end are found. One that is stored while
// the scan runs may be missed; its load began after the call, so it has read what
// was true then. Running loads of keys that match will not be stored.
//
// It refuses the empty pattern, and those that match every key or every long one, such
// as "*" and "?*". When ctx ends, or a master fails, it returns
// the error and the number of keys that are gone already.
func ForgetPattern(ctx context.Context, rdb redis.UniversalClient, pattern string, opts ...PatternOption) (int64, error) {
	c := clients.of(rdb)
	switch {
	case c == nil:
		return 0, errNoClient
	case pattern == "":
		return 0, errors.New("cache: the pattern is empty: it would match no key but the empty one")
	case matchesEverything(pattern):
		return 0, errEverything
	}
	p := &patternScan{pattern: pattern}
	for _, o := range opts {
		p.dryRun = p.dryRun || o.dryRun
		if o.progress != nil {
			p.report = o.progress
		}
	}
	_, err := interruptible(ctx, c, pattern, func(ctx context.Context) (any, error) { return nil, p.everywhere(ctx, rdb) })
	if err != nil {
		err = fmt.Errorf("cache: forget %q: %w", pattern, err)
	}
	done := p.end()
	if p.dryRun {
		return done.Found, err
	}
	return done.Removed, err
}

// matchesEverything reports whether a pattern has a star, and nothing in it tells one
// key from another of its length.
func matchesEverything(pattern string) bool {
	const anyByte = "[^]" // a class that excludes nothing
	return strings.Contains(pattern, "*") && strings.Trim(strings.ReplaceAll(pattern, anyByte, "?"), "*?") == ""
}

// patternScan is one run of ForgetPattern.
type patternScan struct {
	pattern string
	dryRun  bool
	report  func(PatternProgress)

	mu   sync.Mutex // masters are scanned at the same time
	done PatternProgress
}

// end returns what was done. From now on nothing is reported.
func (p *patternScan) end() PatternProgress {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.report = nil
	return p.done
}

func (p *patternScan) everywhere(ctx context.Context, rdb redis.UniversalClient) error {
	switch r := rdb.(type) {
	case interface {
		ForEachMaster(context.Context, func(context.Context, *redis.Client) error) error
	}:
		// Keys are removed through the cluster's client: it follows those that
		// move to another node in the meantime.
		return r.ForEachMaster(ctx, func(ctx context.Context, node *redis.Client) error { return p.scan(ctx, node, rdb) })
	case interface {
		ForEachShard(context.Context, func(context.Context, *redis.Client) error) error
	}:
		return r.ForEachShard(ctx, func(ctx context.Context, node *redis.Client) error { return p.scan(ctx, node, node) })
	}
	return p.scan(ctx, rdb, rdb)
}

// scan goes through the keys of node.
func (p *patternScan) scan(ctx context.Context, node redis.Cmdable, remover redis.UniversalClient) error {
	total, err := node.DBSize(ctx).Result()
	if err != nil {
		return err
	}
	p.step(PatternProgress{Total: total})
	for cursor, left := uint64(0), total; ; {
		if err := ctx.Err(); err != nil {
			return err
		}
		keys, next, err := node.Scan(ctx, cursor, p.pattern, chunk).Result()
		if err != nil {
			return err
		}
		seen := min(chunk, left)
		if next == 0 {
			seen = left
		}
		left -= seen
		step := PatternProgress{Scanned: seen, Found: int64(len(keys))}
		if len(keys) > 0 && !p.dryRun {
			step.Removed, err = unlink(ctx, remover, keys)
		}
		p.step(step)
		if err != nil || next == 0 {
			return err
		}
		cursor = next
	}
}

// step adds to the progress, and reports it.
func (p *patternScan) step(s PatternProgress) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.done.Total += s.Total
	p.done.Scanned += s.Scanned
	p.done.Found += s.Found
	p.done.Removed += s.Removed
	if p.report != nil {
		p.report(p.done)
	}
}
