package gather

import (
	"context"
	"errors"
	"slices"
)

// errBroken is the error of reads whose leader has panicked.
var errBroken = errors.New("cache: the read was broken off")

// together reads key and the keys of others in one request. A key that several
// callers want is read once for all of them: what they see is as new as what a
// read of their own would have shown.
func together[V any, R Reader[V]](ctx context.Context, r R, key string, others []*read[V]) V {
	for _, o := range others {
		o.value = r.Failed(errBroken)
	}
	defer func() {
		for _, o := range others {
			o.wake <- answered
		}
	}()
	keys, place := distinct(key, others)
	var values []V
	if len(keys) == 1 {
		values = []V{r.ReadOne(ctx, key)}
	} else {
		values = r.ReadAll(ctx, keys)
	}
	share(r, values, place)
	for i, o := range others {
		o.value = values[place[i]]
	}
	return values[0]
}

// maxCompared bounds how many keys each key is compared with: only few keys are
// wanted by many callers at once.
const maxCompared = 8

// distinct returns the keys to read, key first, and for each of others the place
// of its key among them.
func distinct[V any](key string, others []*read[V]) (keys []string, place []int) {
	keys, place = append(make([]string, 0, len(others)+1), key), make([]int, len(others))
	for i, o := range others {
		place[i] = slices.Index(keys[:min(len(keys), maxCompared)], o.key)
		if place[i] < 0 {
			place[i] = len(keys)
			keys = append(keys, o.key)
		}
	}
	return keys, place
}

// share calls Share for each value that several callers get. The first value is
// the leader's, and place is where those of the others are.
func share[V any, R Reader[V]](r R, values []V, place []int) {
	var callers [maxCompared]int
	callers[0] = 1
	for _, k := range place {
		if k >= maxCompared {
			continue
		}
		if callers[k]++; callers[k] == 2 {
			r.Share(&values[k])
		}
	}
}
