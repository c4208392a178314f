package caches

import (
	"fmt"
	"strings"

	"github.com/keryx-go/keryx/bench/internal/caches/contender"
	"github.com/keryx-go/keryx/bench/internal/report"
)

// setup lists the versions and the settings of the contenders.
func setup(r *Run) report.Part {
	var lines []string
	for _, c := range r.Contenders {
		name := c.link()
		if c.Version != "" {
			name += " " + c.Version
		}
		lines = append(lines, fmt.Sprintf("- %s: %s", name, c.Setup))
	}
	return report.Part{Title: "How it is measured", Notes: []string{strings.Join(lines, "\n"), fmt.Sprintf(
		"%s. Contenders take turns. Each turn starts new processes, and warms their clients before it measures. Values live for "+
			"%.0f s. Contenders built on go-redis get the client that the framework opens: 2 s to connect, 3 s to read, 3 retries, no longer "+
			"than the caller's deadline.", r.Machine, contender.TTL.Seconds())}}
}

func stampedeTable(r *Run) report.Part {
	s := r.Settings
	p := report.Part{
		Title: "A stampede",
		Table: report.Table{Header: []string{"cache", "loads (range)", "median ms", "p99 ms", "last caller ms", "errors"}},
		Notes: []string{fmt.Sprintf("%d callers in each of %d processes ask for one cold key at the same moment; a load takes %v. "+
			"Times are until a caller has the value; medians of %s.", s.Callers, s.Processes, s.Load, report.Count(s.Rounds, "round"))},
	}
	for _, c := range r.Contenders {
		if len(c.Stampedes) == 0 {
			continue
		}
		p.Table.Rows = append(p.Table.Rows, []string{
			c.link(), whole(rangeOf(c.Stampedes, loads)),
			report.Decimals(median(c.Stampedes, wait(0.5)), 1), report.Decimals(median(c.Stampedes, wait(0.99)), 1),
			report.Decimals(median(c.Stampedes, wait(1)), 1), report.Grouped(median(c.Stampedes, failed)),
		})
	}
	return p
}

func invalidationTable(r *Run) report.Part {
	s := r.Settings
	p := report.Part{
		Title: "An invalidation in the middle of a load",
		Table: report.Table{Header: []string{
			"cache", "stale reads", "through the client that loads", "another client of its process", "other processes", "stale for ms",
		}},
		Notes: []string{fmt.Sprintf("A client loads a value for %v. In the middle of the load the value changes, and another process invalidates "+
			"it. The key is cold: no process has an older value. Readers start after the invalidation has returned and read for %v, %d through each client. A stale read gets the "+
			"old value. Stale for: from the invalidation to the start of the last stale read; %.0f is the whole time. An entry that is still "+
			"stale then stays stale until it expires. Medians of %s.",
			slow*s.Load, s.Reading, readers, float64(s.Reading.Milliseconds()), report.Count(s.Rounds, "round"))},
	}
	for _, c := range r.Contenders {
		if len(c.Invalidations) == 0 {
			continue
		}
		stale := fmt.Sprintf("%s of %s", report.Grouped(median(c.Invalidations, staleReads)), report.Grouped(median(c.Invalidations, totalReads)))
		p.Table.Rows = append(p.Table.Rows, []string{
			c.link(), stale,
			percent(median(c.Invalidations, sameClient)), percent(median(c.Invalidations, sameProcess)), percent(median(c.Invalidations, others)),
			moment(median(c.Invalidations, staleFor)),
		})
	}
	return p
}

func outageTable(r *Run, title, what string, of func(*Contender) []Outage) report.Part {
	s := r.Settings
	p := report.Part{
		Title: title,
		Table: report.Table{Header: []string{
			"cache", "answer", "median ms", "last caller ms", "loads", "next: answer", "median ms", "last caller ms", "loads",
		}},
		Notes: []string{fmt.Sprintf("Redis %s. %d callers of one process ask for one cold key. When all have returned, as many ask for "+
			"the next key. They have a deadline of %v; a load takes %v. Medians of %s.",
			what, outageCallers, s.Deadline, s.Load, report.Count(s.Outages, "round"))},
	}
	for _, c := range r.Contenders {
		if rounds := of(c); len(rounds) > 0 {
			row := append([]string{c.link()}, outageCells(batches(rounds, first))...)
			p.Table.Rows = append(p.Table.Rows, append(row, outageCells(batches(rounds, next))...))
		}
	}
	return p
}

func outageCells(b []Batch) []string {
	return []string{
		answer(b), report.Grouped(median(b, wait(0.5))), report.Grouped(median(b, wait(1))), report.Grouped(median(b, loads)),
	}
}

// answer describes the results of the callers in all rounds.
func answer(rounds []Batch) string {
	var values, errs, missing int
	for _, b := range rounds {
		for _, n := range b.Values {
			values += n
		}
		errs, missing = errs+b.Errors, missing+b.Missing
	}
	all := values + errs + missing
	var kinds []string
	for _, k := range []struct {
		n    int
		name string
	}{{values, "value"}, {errs, "error"}, {missing, "none"}} {
		switch {
		case k.n == all:
			return k.name
		case k.n > 0:
			kinds = append(kinds, fmt.Sprintf("%s %d%%", k.name, (100*k.n+all/2)/all))
		}
	}
	return strings.Join(kinds, ", ")
}
