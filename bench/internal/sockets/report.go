package sockets

import (
	"fmt"
	"time"

	"github.com/keryx-go/keryx/bench/internal/report"
	"github.com/keryx-go/keryx/bench/internal/sockets/wire"
	"github.com/keryx-go/keryx/bench/internal/stats"
)

// method describes how the numbers were measured.
func method(r *Run) string {
	s := r.Settings
	return fmt.Sprintf("%s. %s of %v, after a warm-up round. In a round the servers take turns of %v (AB, BA, AB…), longer ones when more than %s "+
		"messages are under way. Values are medians; the ratio is the median of the ratios to %s in the same round. Every message is "+
		"compared byte by byte, and every broadcast must reach every socket once and in order. CPU is the processor time of the servers' nodes, which "+
		"share the cores with Redis and the client%s. The by-hand server uses coder/websocket, go-redis with its PubSub, and encoding/json. For "+
		"each socket, one goroutine reads, one pings, and one writes broadcasts from a queue of 256. Redis sends a node only messages that a socket there is "+
		"subscribed to. The framework has its defaults, except for LOG_LEVEL=warn and WS_MAX_MESSAGES_PER_SECOND=0 (default 20). 1 MB is "+
		"1,000,000 bytes.",
		r.Machine, report.Count(s.Rounds, "round"), s.Duration, turn, report.Grouped(perTurn), baseline, client(r))
}

// client describes the processor time of the client.
func client(r *Run) string {
	least, most := clientCPU(r)
	if most == 0 {
		return ""
	}
	return fmt.Sprintf(", which used %s per message", microseconds(least, most))
}

func microseconds(least, most float64) string {
	if least == most {
		return fmt.Sprintf("%.1f µs", most)
	}
	return fmt.Sprintf("%.1f to %.1f µs", least, most)
}

func roundTripTable(r *Run) report.Part {
	p := report.Part{
		Title: "Actions over WebSockets",
		Table: report.Table{Header: []string{"server", "sockets", "messages/s", "ratio (range)", "p50 ms", "p99 ms", "CPU µs/message"}},
		Notes: []string{fmt.Sprintf("Each socket calls an action that returns its text of %d bytes, and waits for the answer before the next call.", len(wire.Text))},
	}
	for _, l := range r.RoundTrips {
		for _, row := range rows(l) {
			cells := append([]string{row.name, report.Grouped(float64(l.Sockets))}, row.cells()...)
			p.Table.Rows = append(p.Table.Rows, cells)
		}
	}
	return p
}

func broadcastTable(r *Run) report.Part {
	p := report.Part{
		Title: "Broadcasts over " + report.Count(r.Settings.Nodes, "node"),
		Table: report.Table{Header: []string{
			"server", "sockets", "in flight", "deliveries/s", "ratio (range)", "p50 ms", "p99 ms", "CPU µs/delivery",
		}},
		Notes: []string{fmt.Sprintf("One more socket, on the first node, calls an action that broadcasts a text of %d bytes to the sockets, which are "+
			"subscribed and spread over the nodes. It waits for the answer before the next call. With 1 in flight, it also waits until all "+
			"sockets have the broadcast, which shows how long one takes. With more in flight, it waits only while that many have not reached all sockets, which "+
			"keeps the nodes busy. Times are from the call to the last delivery.", len(wire.Text))},
	}
	for _, l := range r.Broadcasts {
		for _, row := range rows(l) {
			cells := append([]string{row.name, report.Grouped(float64(l.Sockets)), fmt.Sprint(l.InFlight)}, row.cells()...)
			p.Table.Rows = append(p.Table.Rows, cells)
		}
	}
	return p
}

func historyTable(r *Run) report.Part {
	p := report.Part{
		Title: "Channels with a history",
		Table: report.Table{Header: []string{
			"channel", "sockets", "in flight", "deliveries/s", "ratio (range)", "p50 ms", "p99 ms", "CPU µs/delivery",
		}},
		Notes: []string{fmt.Sprintf("The broadcasts of the table above, with the framework alone: on a channel without a history, and on one that keeps "+
			"its last %s messages. Each has nodes of its own, and they share Redis.", report.Grouped(mostMissed))},
	}
	for _, l := range r.Histories {
		for _, row := range rows(l) {
			cells := append([]string{row.name, report.Grouped(float64(l.Sockets)), fmt.Sprint(l.InFlight)}, row.cells()...)
			p.Table.Rows = append(p.Table.Rows, cells)
		}
	}
	return p
}

func recoveryTable(r *Run) report.Part {
	p := report.Part{
		Title: "Subscribers that come back",
		Table: report.Table{Header: []string{
			"sockets", "missed by each", "messages/s", "all caught up ms (range)", "p50 ms", "p99 ms", "CPU µs/message",
		}},
		Notes: []string{fmt.Sprintf("The sockets are open, spread over %s of the framework. They subscribe at once, with the position of the last message that they "+
			"got, and each reads what it has missed, in order, and the answer after it. The percentiles are of the time that a socket takes.", report.Count(r.Settings.Nodes, "node"))},
	}
	for _, l := range r.Recovery {
		s := &Server{Rounds: l.Rounds}
		in := func(of func(Round) time.Duration) func(Round) float64 {
			return func(r Round) float64 { return stats.In(time.Millisecond, of(r)) }
		}
		var all []float64
		for _, r := range l.Rounds {
			all = append(all, stats.In(time.Millisecond, r.Elapsed))
		}
		p.Table.Rows = append(p.Table.Rows, []string{
			report.Grouped(float64(l.Sockets)), report.Grouped(float64(l.Missed)), report.Grouped(median(s, Round.perSecond)),
			report.Spread(stats.RangeOf(all), 0),
			report.Decimals(median(s, in(func(r Round) time.Duration { return r.P50 })), 0),
			report.Decimals(median(s, in(func(r Round) time.Duration { return r.P99 })), 0), report.Decimals(median(s, Round.cpu), 1),
		})
	}
	return p
}

func membersTable(r *Run) report.Part {
	p := report.Part{
		Title: "Memory of a connection in a channel",
		Table: report.Table{Header: []string{
			"server", "sockets", "open kB/socket", "subscribed kB/socket", "after a broadcast kB/socket", "subscription kB/socket",
		}},
		Notes: []string{"Live objects and stacks of one new node, as its runtime counts them after two collections, less those without sockets, for each socket. " +
			"Subscription is what the last state has more than the first. What the kernel, Redis and the client take is not in it."},
	}
	for _, m := range r.Members {
		p.Table.Rows = append(p.Table.Rows, []string{
			m.Name, report.Grouped(float64(m.Sockets)), report.Decimals(m.each(m.Before, m.Open), 1), report.Decimals(m.each(m.Before, m.Joined), 1),
			report.Decimals(m.each(m.Before, m.Used), 1), report.Decimals(m.each(m.Open, m.Used), 1),
		})
	}
	return p
}

func idleTable(r *Run) report.Part {
	p := report.Part{
		Title: "Idle sockets",
		Table: report.Table{Header: []string{
			"server", "sockets", "opened in s", "RSS before MB", "RSS open MB", fmt.Sprintf("RSS after %v MB", r.Settings.Hold), "kB/socket",
		}},
		Notes: []string{"Each server has one new node. The sockets only answer the pings that both servers send every 30s. At the end, " +
			"each socket calls an action and gets an answer. kB/socket: the larger of the last two RSS values, less RSS before."},
	}
	for _, i := range r.Idle {
		p.Table.Rows = append(p.Table.Rows, []string{
			i.Name, report.Grouped(float64(i.Sockets)), seconds(i.Opening), report.Decimals(megabytes(i.Before), 1),
			report.Decimals(megabytes(i.Open), 1), report.Decimals(megabytes(i.Held), 1), report.Decimals(i.perSocket(), 1),
		})
	}
	return p
}
