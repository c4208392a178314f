package channel

import "time"

// Gap says that a node was cut off from Redis or from other nodes: messages that
// were broadcast in the meantime, by whichever node, may be lost to this one.
type Gap struct {
	// Channels are the names of the channels that have a subscriber on this node.
	Channels []string
	// Since and Until enclose the time that may be missing, by this node's
	// clock: what was broadcast before Since has been delivered, what is
	// broadcast after Until will be.
	Since, Until time.Time
}

// add adds rooms to the gap. It returns the tracks of those whose channels have a
// history, and does not add these.
func (g *Gap) add(rooms []*room) (tracks []*track) {
	for _, r := range rooms {
		if r.track != nil {
			tracks = append(tracks, r.track)
		} else {
			g.Channels = append(g.Channels, r.name)
		}
	}
	return tracks
}

// doubtSettles is how long a gap of a connection that is there waits to be
// reported. Other nodes notice the same thing with their next proofs, and one
// report is enough for all.
const doubtSettles = proofInterval

// doubt is a gap that is not reported yet.
type doubt struct{ since, noticed time.Time }

// from returns the earlier of a time and the beginning of the doubt, if there is one.
func (d doubt) from(since time.Time) time.Time {
	if !d.noticed.IsZero() && d.since.Before(since) {
		return d.since
	}
	return since
}
