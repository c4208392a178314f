// Package expiry remembers when keys and fields of hashes expire.
package expiry

import (
	"container/heap"
	"time"
)

// Item is what expires: a key of a database, or with Field a field of a hash.
type Item struct {
	DB    int
	Key   string
	Field string
	Hash  bool // Field is meant
}

// Queue holds items in the order of their deadlines. All methods take
// O(log n). The zero value is not ready: call [NewQueue].
type Queue struct {
	order order
	at    map[Item]*entry
}

type entry struct {
	item     Item
	deadline time.Time
	index    int
}

// NewQueue returns an empty queue.
func NewQueue() *Queue { return &Queue{at: map[Item]*entry{}} }

// Len returns the number of items.
func (q *Queue) Len() int { return len(q.order) }

// Count returns the number of items that match, in O(n).
func (q *Queue) Count(match func(Item) bool) int {
	n := 0
	for item := range q.at {
		if match(item) {
			n++
		}
	}
	return n
}

// Set adds an item, or moves the one that is there.
func (q *Queue) Set(item Item, deadline time.Time) {
	if e := q.at[item]; e != nil {
		e.deadline = deadline
		heap.Fix(&q.order, e.index)
		return
	}
	e := &entry{item: item, deadline: deadline}
	q.at[item] = e
	heap.Push(&q.order, e)
}

// Due removes and returns the first item whose deadline has come.
func (q *Queue) Due(now time.Time) (Item, bool) {
	if len(q.order) == 0 || q.order[0].deadline.After(now) {
		return Item{}, false
	}
	e := heap.Pop(&q.order).(*entry)
	delete(q.at, e.item)
	return e.item, true
}

// Filter removes the items that keep refuses, in O(n).
func (q *Queue) Filter(keep func(Item) bool) {
	kept := NewQueue()
	for _, e := range q.order {
		if keep(e.item) {
			kept.at[e.item] = e
			e.index = len(kept.order)
			kept.order = append(kept.order, e)
		}
	}
	heap.Init(&kept.order)
	*q = *kept
}

// order is a heap of entries, the next one first.
type order []*entry

var _ heap.Interface = (*order)(nil)

func (o order) Len() int           { return len(o) }
func (o order) Less(i, j int) bool { return o[i].deadline.Before(o[j].deadline) }

func (o order) Swap(i, j int) {
	o[i], o[j] = o[j], o[i]
	o[i].index, o[j].index = i, j
}

// Push implements [heap.Interface].
func (o *order) Push(x any) {
	e := x.(*entry)
	e.index = len(*o)
	*o = append(*o, e)
}

// Pop implements [heap.Interface].
func (o *order) Pop() any {
	last := len(*o) - 1
	e := (*o)[last]
	(*o)[last] = nil
	*o = (*o)[:last]
	return e
}
