// Package overdue calls tasks that take longer than most. A [List] has one timer for
// all of its tasks. A timer for each would cost more: setting one may wake a thread of
// the runtime, and most tasks are done long before it fires.
package overdue

import (
	"sync"
	"time"
)

// Task is something that may take long.
type Task interface {
	// Overdue is called once when the task is not done in time. It must not
	// block: other tasks wait behind it.
	Overdue()
}

// Item is the place of a task in a list; a part of the task, usually. The zero
// Item is in none.
type Item struct {
	task       Task
	tick       uint64 // of the list, when the item was added
	prev, next *Item
}

// List holds the tasks that are not done.
type List struct {
	after time.Duration

	mu    sync.Mutex
	ring  Item // the items from the oldest to the youngest, between next and prev
	tick  uint64
	timed bool // the timer runs
	added bool // something was, since the last tick
}

// NewList returns a list. Its tasks are overdue when they have been in it for a time
// between after and twice after.
func NewList(after time.Duration) *List {
	l := &List{after: after}
	l.ring.prev, l.ring.next = &l.ring, &l.ring
	return l
}

// Add adds a task. The item must not be in a list.
func (l *List) Add(i *Item, task Task) {
	l.mu.Lock()
	defer l.mu.Unlock()
	i.task, i.tick = task, l.tick
	i.prev, i.next = l.ring.prev, &l.ring
	i.prev.next, i.next.prev = i, i
	l.added = true
	l.setTimer(true)
}

// Done removes a task and reports whether it was in time. If not, the task's Overdue
// has been called, or is about to be. An item that is in no list is not in time.
func (l *List) Done(i *Item) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if i.next == nil {
		return false
	}
	i.remove()
	return true
}

func (i *Item) remove() {
	i.prev.next, i.next.prev = i.next, i.prev
	i.prev, i.next = nil, nil
}

// setTimer sets the timer to the next tick, unless it runs or is not wanted.
func (l *List) setTimer(wanted bool) {
	if wanted && !l.timed {
		time.AfterFunc(l.after, l.onTick)
	}
	l.timed = wanted
}

// onTick calls Overdue of the tasks that were in the list at the last tick already. It
// sets no timer when the list has been idle.
func (l *List) onTick() {
	for _, task := range l.takeOverdue() {
		task.Overdue()
	}
}

func (l *List) takeOverdue() (late []Task) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.tick++
	for i := l.ring.next; i != &l.ring && i.tick+2 <= l.tick; i = l.ring.next {
		late = append(late, i.task)
		i.remove()
	}
	l.timed = false
	l.setTimer(l.added || l.ring.next != &l.ring)
	l.added = false
	return late
}
