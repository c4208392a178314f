package notes

import (
	"context"
	"time"

	"github.com/keryx-go/keryx/cache"
)

// authors counts the notes at most once a minute, and after each new one.
func (n *notes) authors(ctx context.Context, _ struct{}) (map[string]int, error) {
	return cache.Fetch(ctx, n.api.Redis.Client, n.by, time.Minute, func(ctx context.Context) (map[string]int, error) {
		list, err := n.recent(ctx, struct{}{})
		count := map[string]int{}
		for _, note := range list {
			count[note.Author]++
		}
		return count, err
	})
}
