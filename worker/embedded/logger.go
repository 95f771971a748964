package embedded

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"strings"
	"sync/atomic"

	"go.temporal.io/server/common/log"
	"go.temporal.io/server/common/log/tag"
	"go.uber.org/zap/zapcore"
)

// serverLog hands the server's log lines to slog. A fatal line, with which the server
// means to end the process, ends only the goroutine that wrote it and is reported.
type serverLog struct {
	out   *slog.Logger
	level slog.Leveler
	// quiet is set while the server stops: half of it then complains about the other half.
	quiet *atomic.Bool
	fatal func(error)
}

var (
	_ log.Logger     = (*serverLog)(nil)
	_ log.WithLogger = (*serverLog)(nil)
)

// expected are warnings about what is meant to be so: there is no HTTP API, and the UI
// asks for a history in pages of 1,000 events.
var expected = []string{
	"HTTP API port has not been set",
	"GetHistory page size is larger than threshold",
}

func (l *serverLog) write(level slog.Level, msg string, tags []tag.Tag) {
	for _, known := range expected {
		if strings.HasPrefix(msg, known) {
			level = min(level, slog.LevelDebug)
		}
	}
	ctx := context.Background()
	if l.quiet.Load() || canceled(tags) {
		level = min(level, slog.LevelDebug)
	}
	if level < l.level.Level() || !l.out.Enabled(ctx, level) {
		return
	}
	l.out.LogAttrs(ctx, level, msg, attrs(tags)...) //nolint:sloglint // the server's own words
}

// Debug implements log.Logger.
func (l *serverLog) Debug(msg string, tags ...tag.Tag) { l.write(slog.LevelDebug, msg, tags) }

// Info implements log.Logger.
func (l *serverLog) Info(msg string, tags ...tag.Tag) { l.write(slog.LevelInfo, msg, tags) }

// Warn implements log.Logger.
func (l *serverLog) Warn(msg string, tags ...tag.Tag) { l.write(slog.LevelWarn, msg, tags) }

// Error implements log.Logger.
func (l *serverLog) Error(msg string, tags ...tag.Tag) { l.write(slog.LevelError, msg, tags) }

// DPanic implements log.Logger; it panics in development builds only, so not here.
func (l *serverLog) DPanic(msg string, tags ...tag.Tag) { l.write(slog.LevelError, msg, tags) }

// Panic implements log.Logger: the callers rely on not coming back.
func (l *serverLog) Panic(msg string, tags ...tag.Tag) {
	l.write(slog.LevelError, msg, tags)
	panic(msg)
}

// Fatal implements log.Logger: the callers rely on not coming back.
func (l *serverLog) Fatal(msg string, tags ...tag.Tag) {
	l.write(slog.LevelError, msg, tags)
	l.fatal(fatalError(msg, tags))
	runtime.Goexit()
}

// With implements log.WithLogger.
func (l *serverLog) With(tags ...tag.Tag) log.Logger {
	with := *l
	with.out = slog.New(l.out.Handler().WithAttrs(attrs(tags)))
	return &with
}

// canceled says whether a line only tells that somebody stopped waiting for an answer.
func canceled(tags []tag.Tag) bool {
	for _, t := range tags {
		if cause := cause(t); cause != nil && strings.Contains(cause.Error(), context.Canceled.Error()) {
			return true
		}
	}
	return false
}

// cause is the error of an error tag.
func cause(t tag.Tag) error {
	if field, ok := t.(tag.ZapTag); ok {
		if err, ok := field.Field().Interface.(error); ok {
			return err
		}
	}
	return nil
}

// fatalError keeps the cause of a fatal line, so that it can be told what was at fault.
func fatalError(msg string, tags []tag.Tag) error {
	for _, t := range tags {
		if cause := cause(t); cause != nil {
			return fmt.Errorf("%s: %w", msg, cause)
		}
	}
	return errors.New(msg)
}

func attrs(tags []tag.Tag) []slog.Attr {
	out := make([]slog.Attr, 0, len(tags))
	for _, t := range tags {
		out = append(out, slog.Any(strings.ReplaceAll(t.Key(), "-", "_"), value(t)))
	}
	return out
}

// value reads a tag. An error encodes to its text and, beside it, to its stack;
// tag.Value would pick either.
func value(t tag.Tag) any {
	zt, ok := t.(tag.ZapTag)
	if !ok {
		return t.Value()
	}
	enc := zapcore.NewMapObjectEncoder()
	field := zt.Field()
	field.AddTo(enc)
	return enc.Fields[t.Key()]
}
