package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"path/filepath"
	"slices"
	"time"

	"github.com/keryx-go/keryx/bench/internal/answer"
	"github.com/keryx-go/keryx/bench/internal/load"
	"github.com/keryx-go/keryx/bench/internal/process"
)

// answerFile is where the programs read what to answer.
func (h *harness) answerFile() string { return filepath.Join(h.dir, "answer.json") }

// boot times the starts of the programs, in turns.
func (h *harness) boot(ctx context.Context) error {
	if err := h.answer.Save(h.answerFile()); err != nil {
		return err
	}
	for i := range h.boots {
		for _, s := range h.subjects {
			if s.program == nil {
				continue
			}
			h.progress.printf("boot %d of %d: %s", i+1, h.boots, s.measured.Name)
			_, _, took, err := s.start(ctx, h)
			s.stop()
			if err != nil {
				return err
			}
			s.measured.Boots = append(s.measured.Boots, took)
		}
	}
	return nil
}

// start starts the programs once more, to stay, and notes their idle memory.
// The reference comes first: its answer is the one that the others have to give.
func (h *harness) start(ctx context.Context) error {
	referenceFirst := slices.SortedStableFunc(slices.Values(h.subjects), func(a, b *subject) int {
		return cmp.Compare(a.rank(), b.rank())
	})
	for _, s := range referenceFirst {
		h.progress.printf("starting %s", s.measured.Name)
		if err := h.admit(ctx, s); err != nil {
			return err
		}
	}
	if err := pause(ctx, h.settle); err != nil {
		return err
	}
	for _, s := range h.subjects {
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

// admit makes sure that a subject answers, and a program as it has to.
func (h *harness) admit(ctx context.Context, s *subject) (err error) {
	if s.program == nil {
		if _, s.body, err = load.Probe(ctx, s.url); err != nil {
			return fmt.Errorf("%s at %s: %w", s.measured.Name, s.url, err)
		}
		return nil
	}
	header, body, _, err := s.start(ctx, h)
	if err != nil {
		return err
	}
	s.body = body
	switch got := answer.Of(header, body); {
	case !s.loaded():
		return nil
	case s.measured.Name == reference:
		h.answer = got
		return got.Save(h.answerFile())
	default:
		return h.compare(s.measured.Name, got)
	}
}

// compare refuses a program that does less, or other, work than the others.
func (h *harness) compare(name string, got answer.Answer) error {
	if !bytes.Equal(got.Body, h.answer.Body) {
		return fmt.Errorf("%s answers %s, the others %s: they can not be compared", name, got.Body, h.answer.Body)
	}
	if !maps.EqualFunc(got.Header, h.answer.Header, slices.Equal[[]string]) {
		return fmt.Errorf("%s sends the header %s, the others %s: they can not be compared", name,
			lines(got.Header), lines(h.answer.Header))
	}
	return nil
}

func lines(header http.Header) string {
	var out bytes.Buffer
	_ = header.Write(&out) // to memory
	return out.String()
}

// load measures the subjects in turns.
func (h *harness) load(ctx context.Context) error {
	var used time.Duration
	var sent int
	for i := range h.rounds {
		for _, s := range h.subjects {
			if !s.loaded() {
				continue
			}
			h.progress.printf("round %d of %d: %s", i+1, h.rounds, s.measured.Name)
			cpu, requests, err := h.measure(ctx, s)
			if err != nil {
				return fmt.Errorf("%s in round %d: %w", s.measured.Name, i+1, err)
			}
			used, sent = used+cpu, sent+requests
		}
	}
	h.run.GeneratorCPU = used / time.Duration(max(sent, 1))
	return nil
}

// weigh notes the memory of the programs after the load.
func (h *harness) weigh(ctx context.Context) error {
	if err := pause(ctx, h.settle); err != nil {
		return err
	}
	var errs []error
	for _, s := range h.subjects {
		if s.process == nil {
			continue
		}
		var err error
		s.measured.LoadedRSS, err = process.RSS(s.process.PID())
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// pause waits for a moment, or for the end of ctx.
func pause(ctx context.Context, moment time.Duration) error {
	timer := time.NewTimer(moment)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
