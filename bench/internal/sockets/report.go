package sockets

import (
	"fmt"

	"github.com/keryx-go/keryx/bench/internal/report"
	"github.com/keryx-go/keryx/bench/internal/sockets/wire"
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
