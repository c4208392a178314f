package cache_test

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/keryx-go/keryx/cache"
	"github.com/keryx-go/keryx/internal/redistest"
	"github.com/keryx-go/keryx/internal/slow"
)

var (
	soakFor  = flag.Duration("soak", 2*time.Second, "how long the soak runs")
	soakSeed = flag.Uint64("soak-seed", uint64(time.Now().UnixNano()), "the seed of the soak")
)

// The rows of the soak. Those from soakPlain on are kept under a version.
const (
	soakPlain = 4
	soakRows  = 6
)

// TestSoak: readers in three processes, and a writer that changes the source and then
// invalidates. No read that begins after an invalidation is complete returns what was
// true before it. Readers ask for one key or many, with and without versions, for stale
// values, with leases that end during the load, and leave early.
func TestSoak(t *testing.T) {
	slow.Skip(t, "it is a soak")
	t.Logf("-soak-seed %d", *soakSeed)
	redistest.Each(t, func(t *testing.T, url string) {
		var children []*process
		for i := range 2 {
			children = append(children, spawn(t, task{URL: url, Soak: *soakFor, Seed: *soakSeed + uint64(i+1)*1000}))
		}
		for _, c := range children {
			c.begin()
		}
		s := &soak{url: url, seed: *soakSeed}
		ctx, cancel := context.WithTimeout(t.Context(), *soakFor)
		defer cancel()
		var writing sync.WaitGroup
		writing.Go(func() { s.write(ctx, t) })
		all := s.read(ctx)
		writing.Wait()
		for _, c := range children {
			all.add(c.soaked(t))
		}
		t.Logf("%d reads, %d loads, %d stale", all.Reads, all.Loads, len(all.Stale))
		for _, problem := range append(all.Stale, all.Errors...) {
			t.Error(problem)
		}
		if all.Loads >= all.Reads {
			t.Errorf("%d reads and %d loads: the soak soaked nothing", all.Reads, all.Loads)
		}
	})
}

// soaked is what readers have found.
type soaked struct {
	Reads, Loads  int64
	Stale, Errors []string
}

func (s *soaked) add(o soaked) {
	s.Reads += o.Reads
	s.Loads += o.Loads
	s.Stale = append(s.Stale, o.Stale...)
	s.Errors = append(s.Errors, o.Errors...)
}

// soak is one process of the soak. The source is in Redis, too, under keys that are
// not cached: the value of each row, and the floor, its value at the last invalidation
// that is complete.
type soak struct {
	url  string
	seed uint64

	reads, loads atomic.Int64
	mu           sync.Mutex
	found        soaked
}

func sourceKey(n int) string  { return fmt.Sprintf("source:%d", n) }
func floorKey(n int) string   { return fmt.Sprintf("floor:%d", n) }
func soakKey(n int) string    { return fmt.Sprintf("cache:{row}:%d", n) }
func versionKey(n int) string { return fmt.Sprintf("version:%d", n) }

func soakClient(url string) *redis.Client {
	o, err := redis.ParseURL(url)
	if err != nil {
		panic(err)
	}
	o.ContextTimeoutEnabled = true
	return redis.NewClient(o)
}

// read has 16 readers on two clients read until ctx ends.
func (s *soak) read(ctx context.Context) soaked {
	source := soakClient(s.url)
	defer source.Close()
	clients := []*redis.Client{soakClient(s.url), soakClient(s.url)}
	var all sync.WaitGroup
	for i := range 16 {
		all.Go(func() {
			r := &soakReader{s, source, clients[i%2], rand.New(rand.NewPCG(s.seed, uint64(i)))}
			for ctx.Err() == nil {
				err := r.read(ctx)
				impatient := errors.Is(err, context.DeadlineExceeded) || errors.Is(err, os.ErrDeadlineExceeded)
				if err != nil && !impatient && ctx.Err() == nil {
					s.note(&s.found.Errors, err.Error())
				}
			}
		})
	}
	all.Wait()
	for _, c := range clients {
		_ = cache.Stop(context.Background(), c)
		_ = c.Close()
	}
	s.found.Reads, s.found.Loads = s.reads.Load(), s.loads.Load()
	return s.found
}

func (s *soak) note(list *[]string, text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	*list = append(*list, text)
}

// soakReader is one goroutine that reads.
type soakReader struct {
	*soak
	source, rdb *redis.Client
	rng         *rand.Rand
}

// read reads in one of the ways that there are.
func (r *soakReader) read(ctx context.Context) error {
	if r.rng.IntN(10) == 0 { // an impatient caller
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, time.Duration(r.rng.IntN(3000))*time.Microsecond)
		defer cancel()
	}
	rows := []int{r.rng.IntN(soakRows)}
	many := rows[0] < soakPlain && r.rng.IntN(3) == 0
	if many {
		rows = r.rng.Perm(soakPlain)[:1+r.rng.IntN(soakPlain)]
	}
	floors := map[int]int64{}
	for _, n := range rows {
		floor, err := r.source.Get(ctx, floorKey(n)).Int64()
		if err != nil && !errors.Is(err, redis.Nil) {
			return err
		}
		floors[n] = floor
	}
	got, err := r.fetch(ctx, rows, many)
	if err != nil {
		return err
	}
	for n, value := range got {
		r.reads.Add(1)
		if value < floors[n] {
			r.note(&r.found.Stale, fmt.Sprintf("row %d: read %d after the invalidation of what was before %d (many: %v)", n, value, floors[n], many))
		}
	}
	return nil
}

func (r *soakReader) fetch(ctx context.Context, rows []int, many bool) (map[int]int64, error) {
	load := r.loader()
	ttl, opts := r.options()
	if !many {
		n, key := rows[0], soakKey(rows[0])
		if n >= soakPlain {
			version, err := cache.Version(ctx, r.rdb, versionKey(n))
			if err != nil {
				return nil, err
			}
			key = fmt.Sprintf("%s:v%d", key, version)
		}
		v, err := cache.Fetch(ctx, r.rdb, key, ttl, func(ctx context.Context) (int64, error) { return load(ctx, n) }, opts...)
		return map[int]int64{n: v}, err
	}
	keys, byKey := make([]string, len(rows)), map[string]int{}
	for i, n := range rows {
		keys[i] = soakKey(n)
		byKey[keys[i]] = n
	}
	found, err := cache.FetchMany(ctx, r.rdb, keys, ttl, func(ctx context.Context, missing []string) (map[string]int64, error) {
		values := map[string]int64{}
		for _, key := range missing {
			v, err := load(ctx, byKey[key])
			if err != nil {
				return nil, err
			}
			values[key] = v
		}
		return values, nil
	}, opts...)
	got := map[int]int64{}
	for key, v := range found {
		got[byKey[key]] = v
	}
	return got, err
}

// loader returns a load that takes a while, and fails at times.
func (r *soakReader) loader() func(context.Context, int) (int64, error) {
	slow := time.Duration(r.rng.IntN(2000)) * time.Microsecond
	fails := r.rng.IntN(20) == 0
	return func(ctx context.Context, n int) (int64, error) {
		r.loads.Add(1)
		v, err := r.source.Get(ctx, sourceKey(n)).Int64()
		if errors.Is(err, redis.Nil) {
			v, err = 0, nil
		}
		time.Sleep(slow) // the reply of the source is on its way
		if fails {
			return 0, context.DeadlineExceeded
		}
		return v, err
	}
}

func (r *soakReader) options() (ttl time.Duration, opts []cache.Option) {
	ttl = time.Minute
	switch r.rng.IntN(5) {
	case 0:
		ttl = time.Duration(1+r.rng.IntN(20)) * time.Millisecond
	case 1:
		opts = append(opts, cache.Stale(time.Duration(1+r.rng.IntN(60))*time.Second))
	case 2:
		opts = append(opts, cache.Lease(time.Duration(5+r.rng.IntN(20))*time.Millisecond))
	case 3:
		opts = append(opts, cache.KeepLoading(time.Duration(r.rng.IntN(2))*time.Millisecond), cache.Jitter(0.5))
	}
	return ttl, opts
}

// write changes rows and invalidates them until ctx ends.
func (s *soak) write(ctx context.Context, t *testing.T) {
	rdb := dial(t, s.url)
	rng := rand.New(rand.NewPCG(s.seed, 1000))
	for ctx.Err() == nil {
		n := rng.IntN(soakRows)
		v, err := rdb.Incr(ctx, sourceKey(n)).Result()
		if err == nil {
			err = soakInvalidate(ctx, rdb, n, v, rng)
		}
		if err == nil {
			err = rdb.Set(ctx, floorKey(n), v, 0).Err()
		}
		if err != nil && ctx.Err() == nil {
			t.Error(err)
		}
		time.Sleep(time.Duration(rng.IntN(3000)) * time.Microsecond)
	}
}

// soakInvalidate does it in one of the ways that there are, a raw SET of the new value
// among them.
func soakInvalidate(ctx context.Context, rdb *redis.Client, n int, v int64, rng *rand.Rand) (err error) {
	if n >= soakPlain {
		_, err = cache.Bump(ctx, rdb, versionKey(n))
		return err
	}
	switch rng.IntN(4) {
	case 0:
		err = rdb.Del(ctx, soakKey(n)).Err()
	case 1:
		_, err = cache.Forget(ctx, rdb, soakKey(n))
	case 2:
		_, err = cache.ForgetPattern(ctx, rdb, cache.Escape(soakKey(n)))
	case 3:
		err = rdb.Set(ctx, soakKey(n), v, time.Duration(1+rng.IntN(60))*time.Second).Err()
	}
	return err
}

// soakChild reads in another process, and prints what it has found.
func soakChild(job task) {
	fmt.Println("ready")
	_, _ = os.Stdin.Read(make([]byte, 1))
	ctx, cancel := context.WithTimeout(context.Background(), job.Soak)
	defer cancel()
	out, _ := json.Marshal((&soak{url: job.URL, seed: job.Seed}).read(ctx))
	fmt.Printf("%s\n", out)
}

// soaked waits for what a child has found.
func (p *process) soaked(t *testing.T) (found soaked) {
	t.Helper()
	select {
	case line := <-p.out:
		if err := json.Unmarshal([]byte(line), &found); err != nil {
			t.Fatalf("child: %q: %v", line, err)
		}
	case <-time.After(time.Minute):
		t.Fatal("the child does not end")
	}
	return found
}
