package channel

import "slices"

// roster is what this node has to claim in one channel.
type roster struct {
	name  string
	conns map[string]string // connection to presence key
	left  map[string]bool   // keys of connections that have left without Redis knowing; may be nil
	life  string            // of the channel, as Redis had it last; "" is none
	wrong bool              // Redis may have something else
}

// take makes a change, and notes the presence key of a connection that leaves.
func (r *roster) take(c *change) {
	if c.add {
		r.conns[c.conn] = c.key
		return
	}
	c.key = r.conns[c.conn]
	delete(r.conns, c.conn)
}

// spoil notes that Redis may not have taken changes.
func (r *roster) spoil(changes ...*change) {
	r.wrong = true
	for _, c := range changes {
		if !c.add && c.key != "" {
			r.leave(c.key)
		}
	}
}

func (r *roster) leave(key string) {
	if r.left == nil {
		r.left = map[string]bool{}
	}
	r.left[key] = true
}

// abandon has all connections leave.
func (r *roster) abandon() {
	for _, key := range r.conns {
		r.leave(key)
	}
	r.conns = map[string]string{}
}

// changes returns one for each connection.
func (r *roster) changes() []*change {
	all := make([]*change, 0, len(r.conns))
	for conn, key := range r.conns {
		all = append(all, &change{name: r.name, add: true, conn: conn, key: key})
	}
	return all
}

// restore returns the arguments of [restoreScript] for each of its calls. told are the
// members that subscribers know of.
func (r *roster) restore(told []string) [][]any {
	pairs := make([]any, 0, 2*(len(told)+len(r.left)))
	for _, key := range told {
		pairs = append(pairs, "~", key)
	}
	for key := range r.left {
		pairs = append(pairs, "-", key)
	}
	all := [][]any{{len(r.conns)}}
	for part := range slices.Chunk(pairs, 2*maxChanges) {
		if last := all[len(all)-1]; len(last) == 1 && len(all) == 1 {
			all[0] = append(last, part...)
		} else {
			all = append(all, append([]any{""}, part...))
		}
	}
	return all
}
