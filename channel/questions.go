package channel

import (
	"fmt"
	"slices"
	"sync"

	goredis "github.com/redis/go-redis/v9"

	"github.com/keryx-go/keryx/internal/slot"
)

// questions are the SSUBSCRIBE commands of a connection that are not answered yet, in
// their order: an error says at most which slot it is about.
type questions struct {
	mu  sync.Mutex
	all [][]string
}

func (q *questions) add(topics []string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.all = append(q.all, slices.Clone(topics))
}

// answered takes the confirmation of a topic, of which a command gets one for each.
func (q *questions) answered(kind, topic string) {
	if kind != "ssubscribe" {
		return
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	for n, topics := range q.all {
		i := slices.Index(topics, topic)
		switch {
		case i < 0:
			continue
		case len(topics) > 1:
			q.all[n] = slices.Delete(topics, i, i+1)
		default:
			q.all = slices.Delete(q.all, n, n+1)
		}
		return
	}
}

// refused returns the topics of the first command about a slot, and takes it as answered.
func (q *questions) refused(number int) []string {
	q.mu.Lock()
	defer q.mu.Unlock()
	i := slices.IndexFunc(q.all, func(topics []string) bool { return slot.Of(topics[0]) == number })
	if i < 0 {
		return nil
	}
	topics := q.all[i]
	q.all = slices.Delete(q.all, i, i+1)
	return topics
}

// movedSlot returns the slot of an error that says another master has it, or -1.
func movedSlot(err error) int {
	if !goredis.HasErrorPrefix(err, "MOVED ") {
		return -1
	}
	var number int
	if _, scanErr := fmt.Sscanf(err.Error(), "MOVED %d ", &number); scanErr != nil {
		return -1
	}
	return number
}

// isSubscribe reports whether a confirmation is one of SUBSCRIBE or SSUBSCRIBE.
func isSubscribe(kind string) bool { return kind == "subscribe" || kind == "ssubscribe" }

// bySlot returns topics in groups of one slot each: a master takes no others.
func bySlot(topics []string) [][]string {
	groups := map[int][]string{}
	for _, topic := range topics {
		n := slot.Of(topic)
		groups[n] = append(groups[n], topic)
	}
	all := make([][]string, 0, len(groups))
	for _, group := range groups {
		all = append(all, group)
	}
	return all
}
