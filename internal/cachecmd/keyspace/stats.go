package keyspace

import (
	"context"
	"errors"
	"strconv"
	"strings"

	"github.com/redis/go-redis/v9"
)

// Stats describes a Redis and its keys, summed over all masters.
type Stats struct {
	// Masters is the number of masters.
	Masters int `json:"masters"`
	// Keys is the number of keys in the database.
	Keys int64 `json:"keys"`
	// Lookups is nil when the server does not count them.
	Lookups *Lookups `json:"lookups"`
	// Memory is nil when the server does not report it.
	Memory *Memory `json:"memory"`
	// Sampled is the number of keys in the sample.
	Sampled int64 `json:"sampled"`
	// Estimated reports whether the sample does not contain all keys, so that Prefixes
	// are estimates.
	Estimated bool `json:"estimated"`
	// Prefixes are in no particular order.
	Prefixes []*Prefix `json:"prefixes"`
	// NoKeyMemory is the reason why the memory of keys is unknown. It is empty when the
	// memory is known.
	NoKeyMemory string `json:"noKeyMemory,omitempty"`
}

// Lookups counts the lookups of keys by all commands of all clients since the servers
// started.
type Lookups struct {
	Hits   int64 `json:"hits"`
	Misses int64 `json:"misses"`
	// Ratio is the ratio of hits, from 0 to 1. Nil when there were no lookups.
	Ratio *float64 `json:"ratio"`
}

// Memory is the memory of the servers, in bytes.
type Memory struct {
	Used int64 `json:"used"`
	// Max is the limit. 0 means none.
	Max int64 `json:"max"`
}

// Prefix describes the keys with the same prefix.
type Prefix struct {
	// Prefix is up to two segments of the key, without its last one. It is "" for keys
	// with one segment.
	Prefix string `json:"prefix"`
	Keys   int64  `json:"keys"`
	// Memory is in bytes. Nil when it is unknown.
	Memory *int64 `json:"memory"`
}

// Collect queries every master, and samples sample keys, or all of them if sample is 0.
// It changes nothing.
func Collect(ctx context.Context, rdb redis.UniversalClient, sample int) (Stats, error) {
	nodes, err := masters(ctx, rdb)
	if err != nil {
		return Stats{}, err
	}
	sizes := make([]int64, len(nodes))
	s := Stats{Masters: len(nodes), Lookups: &Lookups{}, Memory: &Memory{}}
	for i, node := range nodes {
		if sizes[i], err = node.DBSize(ctx).Result(); err != nil {
			return Stats{}, err
		}
		s.Keys += sizes[i]
		if err := s.addInfo(ctx, node); err != nil {
			return Stats{}, err
		}
	}
	if s.Lookups != nil && s.Lookups.Hits+s.Lookups.Misses > 0 {
		ratio := float64(s.Lookups.Hits) / float64(s.Lookups.Hits+s.Lookups.Misses)
		s.Lookups.Ratio = &ratio
	}
	survey := survey{prefixes: map[string]*tally{}}
	for i, node := range nodes {
		if err := survey.look(ctx, node, sizes[i], quota(sample, sizes[i], s.Keys)); err != nil {
			return Stats{}, err
		}
	}
	survey.report(&s)
	return s, nil
}

// quota returns the share of the sample for a master with size keys. It is -1, without
// a limit, if the sample has at least total keys.
func quota(sample int, size, total int64) int64 {
	if sample == 0 || int64(sample) >= total {
		return -1
	}
	return max(1, int64(float64(sample)*float64(size)/float64(total)))
}

// addInfo adds the INFO of a master. Values that the master does not report become
// unknown for all.
func (s *Stats) addInfo(ctx context.Context, node redis.Cmdable) error {
	stats, err := info(ctx, node, "stats")
	if err != nil {
		return err
	}
	hits, ok := number(stats, "keyspace_hits")
	misses, also := number(stats, "keyspace_misses")
	if !ok || !also {
		s.Lookups = nil
	}
	if s.Lookups != nil {
		s.Lookups.Hits += hits
		s.Lookups.Misses += misses
	}
	memory, err := info(ctx, node, "memory")
	if err != nil {
		return err
	}
	used, ok := number(memory, "used_memory")
	limit, _ := number(memory, "maxmemory") // not every service reports it
	if !ok {
		s.Memory = nil
	}
	if s.Memory != nil {
		s.Memory.Used += used
		s.Memory.Max += limit
	}
	return nil
}

// info returns a section of INFO, or "" when the server does not have or allow it.
func info(ctx context.Context, node redis.Cmdable, section string) (string, error) {
	text, err := node.Info(ctx, section).Result()
	if refused(err) || errors.Is(err, redis.Nil) {
		return "", nil
	}
	return text, err
}

func number(info, name string) (int64, bool) {
	for line := range strings.Lines(info) {
		if key, value, _ := strings.Cut(strings.TrimSpace(line), ":"); key == name {
			n, err := strconv.ParseInt(value, 10, 64)
			return n, err == nil
		}
	}
	return 0, false
}
