package overdue_test

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/keryx-go/keryx/internal/overdue"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// task notes when it was overdue.
type task struct {
	overdue.Item
	late atomic.Int64 // nanoseconds since start
	from time.Time
}

func (t *task) Overdue() { t.late.Add(int64(time.Since(t.from))) }

func begin(l *overdue.List) *task {
	t := &task{from: time.Now()}
	l.Add(&t.Item, t)
	return t
}

const after = 10 * time.Millisecond

// Tasks that begin at any time are overdue within their bounds, once, in spite of
// others that come and go in between.
func TestOverdueWithinItsBounds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := overdue.NewList(after)
		var tasks []*task
		for range 100 {
			tasks = append(tasks, begin(l))
			quick := begin(l)
			time.Sleep(700 * time.Microsecond)
			if !l.Done(&quick.Item) || quick.late.Load() != 0 {
				t.Fatal("a task of 0.7 ms was overdue")
			}
		}
		time.Sleep(time.Second)
		for _, task := range tasks {
			if late := time.Duration(task.late.Load()); late < after || late > 2*after {
				t.Errorf("overdue after %v, want %v to %v", late, after, 2*after)
			}
			if l.Done(&task.Item) {
				t.Error("a task that was overdue is done in time")
			}
		}
	})
}

// An item can be used again, also one that was overdue.
func TestItemsAreUsedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := overdue.NewList(after)
		one := begin(l)
		for round := range 3 {
			time.Sleep(time.Second)
			if one.late.Load() == 0 || l.Done(&one.Item) {
				t.Fatalf("round %d: not overdue after a second", round)
			}
			one.late.Store(0)
			one.from = time.Now()
			l.Add(&one.Item, one)
		}
		if !l.Done(&one.Item) {
			t.Error("overdue at once")
		}
	})
}

// A list that has nothing to do has no timer: in a bubble time stands still then.
func TestRestsWhenEmpty(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := overdue.NewList(after)
		l.Done(&begin(l).Item)
		time.Sleep(2*after + 1)
		synctest.Wait()
		// One that begins now is counted from now, not from an old tick.
		late := begin(l)
		time.Sleep(after - 1)
		if late.late.Load() != 0 {
			t.Error("overdue too early after a rest")
		}
		time.Sleep(after + 1)
		synctest.Wait()
		if late.late.Load() == 0 {
			t.Error("not overdue after a rest")
		}
	})
}

// Each of many tasks is either done in time or overdue, never both nor neither.
func TestDoneOrOverdueNeverBoth(t *testing.T) {
	l := overdue.NewList(100 * time.Microsecond)
	var all sync.WaitGroup
	var late sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for n := range 2000 {
				c := &counted{late: &late}
				late.Add(1)
				l.Add(&c.Item, c)
				if n%10 == 0 {
					for start := time.Now(); time.Since(start) < 300*time.Microsecond; {
					}
				}
				if l.Done(&c.Item) {
					late.Done()
				}
			}
		})
	}
	all.Wait()
	late.Wait() // a negative count panics, a positive one hangs
}

type counted struct {
	overdue.Item
	late *sync.WaitGroup
}

func (c *counted) Overdue() { c.late.Done() }

type job struct {
	overdue.Item
	name string
	over chan struct{}
}

func (j *job) Overdue() {
	fmt.Println(j.name, "takes long")
	close(j.over)
}

func ExampleList() {
	l := overdue.NewList(time.Millisecond)
	long := &job{name: "long", over: make(chan struct{})}
	l.Add(&long.Item, long)
	short := &job{name: "short"}
	l.Add(&short.Item, short)
	l.Done(&short.Item)
	<-long.over
	// Output: long takes long
}

// BenchmarkAddDone compares the list with the timers that it replaces.
func BenchmarkAddDone(b *testing.B) {
	b.Run("list", func(b *testing.B) {
		l := overdue.NewList(5 * time.Millisecond)
		t := &task{}
		for b.Loop() {
			l.Add(&t.Item, t)
			l.Done(&t.Item)
		}
	})
	b.Run("timer", func(b *testing.B) {
		t := &task{}
		for b.Loop() {
			time.AfterFunc(5*time.Millisecond, t.Overdue).Stop()
		}
	})
}
