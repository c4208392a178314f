package keyspace

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"strings"

	"github.com/redis/go-redis/v9"
)

// survey counts the keys of several masters by prefix.
type survey struct {
	prefixes  map[string]*tally
	sampled   int64
	estimated bool
	noMemory  error // why the memory of keys is unknown
}

type tally struct{ keys, memory float64 }

// look adds the keys of a master, at most limit of them unless it is negative. If the
// master has more keys, each sampled one stands for several. SCAN walks a hash table,
// so the first keys are as good as random ones.
func (s *survey) look(ctx context.Context, node redis.Cmdable, size, limit int64) error {
	if limit < 0 {
		limit = math.MaxInt64
	}
	found := map[string]*tally{}
	seen := int64(0)
	complete := false
	for cursor := uint64(0); seen < limit; {
		keys, next, err := node.Scan(ctx, cursor, "", min(page, limit-seen)).Result()
		if err != nil {
			return err
		}
		cut := limit-seen < int64(len(keys))
		if cut {
			// An embedded server returns all its keys at once, and sorted.
			rand.Shuffle(len(keys), func(i, j int) { keys[i], keys[j] = keys[j], keys[i] })
			keys = keys[:limit-seen]
		}
		if err := s.weigh(ctx, node, keys, found); err != nil {
			return err
		}
		seen += int64(len(keys))
		if cursor = next; cursor == 0 {
			complete = !cut
			break
		}
	}
	weight := 1.0
	if !complete && seen > 0 && seen < size {
		s.estimated = true
		weight = float64(size) / float64(seen)
	}
	s.sampled += seen
	for prefix, t := range found {
		sum := count(s.prefixes, prefix)
		sum.keys += t.keys * weight
		sum.memory += t.memory * weight
	}
	return nil
}

// count counts the keys of a prefix.
func count(of map[string]*tally, prefix string) *tally {
	t := of[prefix]
	if t == nil {
		t = &tally{}
		of[prefix] = t
	}
	return t
}

// weigh adds keys with their memory, except those that have disappeared meanwhile.
func (s *survey) weigh(ctx context.Context, node redis.Cmdable, keys []string, into map[string]*tally) error {
	usages, err := s.usages(ctx, node, keys)
	if err != nil {
		return err
	}
	for i, key := range keys {
		if usages[i] < 0 {
			continue
		}
		t := count(into, prefix(key))
		t.keys++
		t.memory += float64(usages[i])
	}
	return nil
}

// usages returns the memory of each key: negative for a key that has disappeared, 0 for
// all when the server does not report it.
func (s *survey) usages(ctx context.Context, node redis.Cmdable, keys []string) ([]int64, error) {
	usages := make([]int64, len(keys))
	if s.noMemory != nil || len(keys) == 0 {
		return usages, nil
	}
	pipe := node.Pipeline()
	for _, key := range keys {
		pipe.Do(ctx, "MEMORY", "USAGE", key)
	}
	cmds, _ := pipe.Exec(ctx) // every command has its own error
	for i, cmd := range cmds {
		switch err := cmd.Err(); {
		case err == nil:
			usages[i], _ = cmd.(*redis.Cmd).Int64()
		case errors.Is(err, redis.Nil) || moved(err):
			usages[i] = -1
		case refused(err):
			s.noMemory = err
		default:
			return nil, err
		}
	}
	return usages, nil
}

// report copies the results into stats.
func (s *survey) report(stats *Stats) {
	stats.Sampled, stats.Estimated = s.sampled, s.estimated
	if s.noMemory != nil {
		stats.NoKeyMemory = s.noMemory.Error()
	}
	stats.Prefixes = make([]*Prefix, 0, len(s.prefixes))
	for prefix, t := range s.prefixes {
		p := &Prefix{Prefix: prefix, Keys: int64(math.Round(t.keys))}
		if s.noMemory == nil {
			memory := int64(math.Round(t.memory))
			p.Memory = &memory
		}
		stats.Prefixes = append(stats.Prefixes, p)
	}
}

// prefix returns the prefix of key: "cache:user" of "cache:user:1:posts", and "session"
// of "session:abc". The last segment identifies a key, so it is never part of the
// prefix.
func prefix(key string) string {
	first := strings.IndexByte(key, ':')
	if first < 0 {
		return ""
	}
	second := strings.IndexByte(key[first+1:], ':')
	if second < 0 {
		return key[:first]
	}
	return key[:first+1+second]
}
