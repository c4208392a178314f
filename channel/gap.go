package channel

import "time"

// Gap says that a node was cut off from Redis: messages that were broadcast in
// the meantime, by whichever node, are lost to this one. There may have been
// none.
type Gap struct {
	// Channels are the names of the channels that somebody on this node is in.
	Channels []string
	// Since and Until enclose the time that may be missing, by this node's
	// clock: what was broadcast before Since has been delivered, what is
	// broadcast after Until will be.
	Since, Until time.Time
}
