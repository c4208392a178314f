package cache_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"

	"github.com/keryx-go/keryx/cache"
)

// connect stands for the client that an app has.
func connect() (rdb *redis.Client, closeAll func()) {
	m, err := miniredis.Run()
	if err != nil {
		log.Fatal(err)
	}
	m.ClockTTL(true)
	rdb = redis.NewClient(&redis.Options{Addr: m.Addr(), ContextTimeoutEnabled: true})
	return rdb, func() { _ = rdb.Close(); m.Close() }
}

func ExampleFetch() {
	rdb, closeAll := connect()
	defer closeAll()
	ctx := context.Background()

	find := func(context.Context) (*User, error) {
		fmt.Println("select * from users where id = 1")
		return &User{ID: 1, Name: "Ada"}, nil
	}
	for range 2 {
		user, err := cache.Fetch(ctx, rdb, "cache:user:1", time.Minute, find)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(user.Name)
	}
	fmt.Println(rdb.Get(ctx, "cache:user:1").Val())
	rdb.Del(ctx, "cache:user:1") // the user has changed
	user, _ := cache.Fetch(ctx, rdb, "cache:user:1", time.Minute, find)
	fmt.Println(user.Name)
	// Output:
	// select * from users where id = 1
	// Ada
	// Ada
	// {"id":1,"name":"Ada"}
	// select * from users where id = 1
	// Ada
}

func ExampleNotFound() {
	rdb, closeAll := connect()
	defer closeAll()

	for range 2 {
		_, err := cache.Fetch(context.Background(), rdb, "cache:user:2", time.Minute,
			func(context.Context) (*User, error) {
				fmt.Println("select * from users where id = 2")
				return nil, fmt.Errorf("user 2: %w", sql.ErrNoRows)
			},
			cache.NotFound(sql.ErrNoRows, 10*time.Second))
		fmt.Println(errors.Is(err, sql.ErrNoRows))
	}
	// Output:
	// select * from users where id = 2
	// true
	// true
}

func ExampleObserve() {
	rdb, closeAll := connect()
	defer closeAll()

	observe := cache.Observe(func(e cache.Event) { fmt.Println(e.Kind, e.Key, e.Err) })
	for range 2 {
		_, _ = cache.Fetch(context.Background(), rdb, "k", time.Minute,
			func(context.Context) (int, error) { return 1, nil }, observe)
	}
	// Output:
	// miss k <nil>
	// hit k <nil>
}

func ExampleForgetPattern() {
	rdb, closeAll := connect()
	defer closeAll()
	ctx := context.Background()

	for _, key := range []string{"cache:user:a*:posts", "cache:user:a*:likes", "cache:user:ab:posts"} {
		rdb.Set(ctx, key, "1", time.Minute)
	}
	n, err := cache.ForgetPattern(ctx, rdb, "cache:user:"+cache.Escape("a*")+":*")
	fmt.Println(n, err)
	// Output:
	// 2 <nil>
}

func ExampleVersion() {
	rdb, closeAll := connect()
	defer closeAll()
	ctx := context.Background()

	list := func() string {
		version, err := cache.Version(ctx, rdb, "version:users")
		if err != nil {
			log.Fatal(err) // or load without a cache: the version is not known
		}
		names, err := cache.Fetch(ctx, rdb, fmt.Sprintf("cache:users:v%d", version), time.Minute,
			func(context.Context) (string, error) {
				fmt.Println("select name from users")
				return "Ada", nil
			})
		if err != nil {
			log.Fatal(err)
		}
		return names
	}
	fmt.Println(list())
	fmt.Println(list())
	if _, err := cache.Bump(ctx, rdb, "version:users"); err != nil {
		log.Fatal(err)
	}
	fmt.Println(list())
	// Output:
	// select name from users
	// Ada
	// Ada
	// select name from users
	// Ada
}

func ExampleLock() {
	rdb, closeAll := connect()
	defer closeAll()
	ctx := context.Background()

	err := cache.Lock(ctx, rdb, "lock:report", 30*time.Second, func(ctx context.Context) error {
		err := cache.TryLock(ctx, rdb, "lock:report", 30*time.Second, func(context.Context) error { return nil })
		fmt.Println(errors.Is(err, cache.ErrLocked))
		return nil
	})
	fmt.Println(err)
	// Output:
	// true
	// <nil>
}
