package scaling

import (
	"fmt"

	"github.com/keryx-go/keryx/bench/internal/report"
)

// method describes how the numbers were measured.
func method(r *Run) string {
	s := r.Settings
	return fmt.Sprintf("%s; the nodes share the cores with Redis. Processor time and bytes are those that INFO of Redis reports, commands those of its "+
		"commandstats. Through the clusters go %s of %v in turns, after a warm-up round; values are medians. The masters run with a low "+
		"priority, so that messages queue up in front of them as they do in front of a master that has no time left: one that is idle between two "+
		"messages needs more for each. 1 MB is 1,000,000 bytes.", r.Machine, report.Count(s.Rounds, "round"), s.Duration)
}

func mastersTable(r *Run) report.Part {
	s := r.Settings
	p := report.Part{
		Title: "Masters of a cluster",
		Table: report.Table{Header: []string{
			"cluster", "messages/s here", "CPU µs/message, busiest master", "messages/s with a core for each master", "ratio (range)",
		}},
		Notes: []string{fmt.Sprintf("%s broadcast texts of %d bytes, each to all of them; of each master, %s get one at a time. Every node must get every "+
			"text once and in order. On this machine all masters share the cores with the nodes, so the messages/s here say nothing of them. With a core for "+
			"each: the number at which the busiest master has used up its own. The ratio is the median of the ratios to one master in the same round. "+
			"Before Redis 7 there is no SPUBLISH, and every message goes to all masters; here that command is renamed.",
			report.Count(s.Nodes, "node"), textSize, report.Count(s.Channels, "channel"))},
	}
	for _, c := range r.Masters {
		ratio := "1.00"
		if c != r.Masters[0] {
			ratio = report.Spread(ratios(c, r.Masters[0]), 2)
		}
		p.Table.Rows = append(p.Table.Rows, []string{
			c.Name, report.Grouped(median(c, Round.perSecond)), report.Decimals(median(c, Round.busiest), 1),
			report.Grouped(median(c, Round.capacity)), ratio,
		})
	}
	return p
}

func controlTable(r *Run) report.Part {
	s := r.Settings
	p := report.Part{
		Title: "Nodes without messages",
		Table: report.Table{Header: []string{""}},
		Notes: []string{fmt.Sprintf("Each node is an app with the defaults of its settings, and has %s of logged-in users in the same %s, which the other nodes "+
			"do not have. There are no messages. All share one redis-server; the window is %v. Commands inside scripts are those that heartbeats call in Redis.",
			report.Count(s.Sockets, "socket"), report.Count(roomsOfNode, "channel"), s.Window)},
	}
	if len(r.Control) == 0 {
		return p
	}
	for _, f := range r.Control {
		p.Table.Header = append(p.Table.Header, report.Count(f.Nodes, "node"))
	}
	n := len(r.Control)
	if n > 1 {
		p.Table.Header = append(p.Table.Header, fmt.Sprintf("%d → %d", r.Control[n-2].Nodes, r.Control[n-1].Nodes))
	}
	for _, q := range quantities() {
		row := []string{q.name}
		for _, f := range r.Control {
			row = append(row, rounded(q.of(f)))
		}
		if n > 1 {
			row = append(row, times(q.of(r.Control[n-1])/q.of(r.Control[n-2])))
		}
		p.Table.Rows = append(p.Table.Rows, row)
	}
	return p
}

func costTable(r *Run) report.Part {
	p := report.Part{
		Title: "What an operation costs Redis",
		Table: report.Table{Header: []string{"operation", "CPU µs", "commands", "in scripts", "bytes to Redis", "bytes from Redis"}},
		Notes: []string{fmt.Sprintf("Values are for one of at least %s. Joins are those of different members, ten to a channel unless they "+
			"join one; each is announced. Broadcasts are of %d bytes, %d under way at a time. Sessions are checked for all sockets of a node together. "+
			"Actions come over %d sockets, over each one at a time.", report.Grouped(float64(r.Settings.Times)), textSize, atOnce, callers)},
	}
	for _, c := range r.Costs {
		sent := c.sent()
		p.Table.Rows = append(p.Table.Rows, []string{
			c.Name, report.Decimals(c.cpu(), 1), report.Decimals(c.each(sent), 2), report.Decimals(c.each(c.Usage.all()-sent), 1),
			report.Grouped(c.each(c.Usage.In)), report.Grouped(c.each(c.Usage.Out)),
		})
	}
	return p
}

func storedTable(r *Run) report.Part {
	p := report.Part{
		Title: "What Redis stores",
		Table: report.Table{Header: []string{"", "bytes"}},
	}
	if s := r.Stored; s != nil {
		p.Table.Rows = [][]string{
			{"a channel with members on one node", report.Grouped(s.perChannel())},
			{"a member of a channel", report.Grouped(s.perMember())},
			{"a session", report.Grouped(s.perSession())},
		}
		p.Notes = []string{fmt.Sprintf("used_memory of Redis, after %s channels with %s each, and after %s sessions. A session holds the id of its user and nothing else.",
			report.Grouped(float64(s.Channels)), report.Count(s.Members, "member"), report.Grouped(float64(s.Sessions)))}
	}
	return p
}
