package main

import (
	"io"
	"os"
	"sync"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// progress tells a person how far a long task is. It is safe for concurrent use.
type progress interface {
	add(n int)
	sayf(format string, args ...any) // says something else in between
	close()
}

// newProgress has a bar on a terminal, and a line now and then elsewhere.
func newProgress(person *console, what string, total, done int) progress {
	if !isTerminal(person.w) {
		return newLines(person, what, total, done)
	}
	options := []progressbar.Option{
		progressbar.OptionSetWriter(person),
		progressbar.OptionSetDescription(what),
		progressbar.OptionShowCount(),
		progressbar.OptionSetWidth(30),
		progressbar.OptionThrottle(100 * time.Millisecond),
		progressbar.OptionSetRenderBlankState(true),
	}
	if inColour(person.w) {
		options = append(options, progressbar.OptionEnableColorCodes(true), progressbar.OptionSetTheme(progressbar.Theme{
			Saucer: "[green]=[reset]", SaucerHead: "[green]>[reset]", SaucerPadding: " ", BarStart: "[", BarEnd: "]",
		}))
	}
	b := &bar{bar: progressbar.NewOptions(total, options...), person: person}
	b.add(done)
	return b
}

func isTerminal(w io.Writer) bool {
	file, ok := w.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}

// inColour reports whether to write in colour: see no-color.org.
func inColour(w io.Writer) bool {
	return isTerminal(w) && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
}

// bar is a progress on a terminal. What goes wrong in drawing it is not worth a
// word. The lock is here because the bar's own does not cover Clear.
type bar struct {
	mu     sync.Mutex
	bar    *progressbar.ProgressBar
	person *console
}

func (b *bar) add(n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	_ = b.bar.Add(n) //nolint:errcheck // see bar
}

func (b *bar) sayf(format string, args ...any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	_ = b.bar.Clear() //nolint:errcheck // see bar
	b.person.sayf(format, args...)
}

func (b *bar) close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	_ = b.bar.Clear() //nolint:errcheck // see bar
}

// nextLine is the time between two lines on the progress.
const nextLine = 5 * time.Second

// lines is a progress in a log.
type lines struct {
	person   *console
	mu       sync.Mutex
	done     int
	finished chan struct{}
	telling  sync.WaitGroup
}

func newLines(person *console, what string, total, done int) *lines {
	l := &lines{person: person, done: done, finished: make(chan struct{})}
	l.telling.Go(func() {
		ticker := time.NewTicker(nextLine)
		defer ticker.Stop()
		for {
			select {
			case <-ticker.C:
				l.mu.Lock()
				done := l.done
				l.mu.Unlock()
				person.sayf("%s: %d of %d, %d %%", what, done, total, 100*done/max(total, 1))
			case <-l.finished:
				return
			}
		}
	})
	return l
}

func (l *lines) add(n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.done += n
}

func (l *lines) sayf(format string, args ...any) { l.person.sayf(format, args...) }

func (l *lines) close() {
	close(l.finished)
	l.telling.Wait()
}
