package servers

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/keryx-go/keryx/bench/internal/answer"
	"github.com/keryx-go/keryx/bench/internal/harness"
	"github.com/keryx-go/keryx/bench/internal/load"
	"github.com/keryx-go/keryx/bench/internal/process"
)

// bootAll times the starts of the programs, in turns.
func bootAll(ctx context.Context, b *bench) error {
	if err := b.answer.Save(b.answerFile()); err != nil {
		return err
	}
	for i := range b.boots {
		for _, s := range b.subjects {
			if s.program == nil {
				continue
			}
			b.Say("boot %d of %d: %s", i+1, b.boots, s.measured.Name)
			_, _, took, err := s.start(ctx, b)
			s.stop()
			if err != nil {
				return err
			}
			s.measured.Boots = append(s.measured.Boots, took)
		}
	}
	return nil
}

// startAll starts the programs once more, for the load, and notes their idle memory.
// The reference starts first, because the others must give its answer.
func startAll(ctx context.Context, b *bench) error {
	referenceFirst := slices.SortedStableFunc(slices.Values(b.subjects), func(x, y *subject) int {
		return cmp.Compare(x.rank(), y.rank())
	})
	for _, s := range referenceFirst {
		b.Say("starting %s", s.measured.Name)
		if err := admit(ctx, b, s); err != nil {
			return err
		}
	}
	if err := harness.Pause(ctx, b.settle); err != nil {
		return err
	}
	for _, s := range b.subjects {
		if s.process == nil {
			continue
		}
		rss, err := process.RSS(s.process.PID())
		if err != nil {
			return fmt.Errorf("memory of %s: %w", s.measured.Name, err)
		}
		if s.measured.IdleRSS = rss; !s.loaded() {
			s.stop()
		}
	}
	return nil
}

// admit checks that a subject answers, and that a program gives the expected answer.
func admit(ctx context.Context, b *bench, s *subject) (err error) {
	if s.program == nil {
		if _, s.body, err = load.Probe(ctx, s.url); err != nil {
			return fmt.Errorf("%s at %s: %w", s.measured.Name, s.url, err)
		}
		return nil
	}
	header, body, _, err := s.start(ctx, b)
	if err != nil {
		return err
	}
	s.body = body
	switch got := answer.Of(header, body); {
	case !s.loaded():
		return nil
	case s.measured.Name == reference:
		b.answer = got
		return got.Save(b.answerFile())
	default:
		return compare(b, s.measured.Name, got)
	}
}

// compare returns an error for a program whose answer differs from that of the others.
func compare(b *bench, name string, got answer.Answer) error {
	if !bytes.Equal(got.Body, b.answer.Body) {
		return fmt.Errorf("%s answers %s, the others %s: they cannot be compared", name, got.Body, b.answer.Body)
	}
	if !maps.EqualFunc(got.Header, b.answer.Header, slices.Equal[[]string]) {
		return fmt.Errorf("%s sends the header %s, the others %s: they cannot be compared", name,
			lines(got.Header), lines(b.answer.Header))
	}
	return nil
}

func lines(header http.Header) string {
	var out bytes.Buffer
	_ = header.Write(&out) // a write to memory does not fail
	return out.String()
}

// loadAll measures the subjects in turns.
func loadAll(ctx context.Context, b *bench) error {
	var used time.Duration
	var sent int
	for i := range b.rounds {
		for _, s := range b.subjects {
			if !s.loaded() {
				continue
			}
			b.Say("round %d of %d: %s", i+1, b.rounds, s.measured.Name)
			cpu, requests, err := measure(ctx, b, s)
			if err != nil {
				return fmt.Errorf("%s in round %d: %w", s.measured.Name, i+1, err)
			}
			used, sent = used+cpu, sent+requests
		}
	}
	b.run.GeneratorCPU = used / time.Duration(max(sent, 1))
	return nil
}

// measureMemory notes the memory of the programs after the load.
func measureMemory(ctx context.Context, b *bench) error {
	if err := harness.Pause(ctx, b.settle); err != nil {
		return err
	}
	var errs []error
	for _, s := range b.subjects {
		if s.process == nil {
			continue
		}
		var err error
		s.measured.LoadedRSS, err = process.RSS(s.process.PID())
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}
