package worker

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	otelprometheus "go.opentelemetry.io/otel/exporters/prometheus"
	"go.opentelemetry.io/otel/sdk/metric"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/operatorservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/contrib/opentelemetry"
	"go.temporal.io/sdk/log"

	"spacebridge/workflows"
)

// temporalLink is the connection to Temporal, and the server behind it when it is our own.
type temporalLink struct {
	client  client.Client
	address string
	ui      string
	failed  <-chan error
	stop    func()
}

func (t *temporalLink) close() {
	t.client.Close()
	t.stop()
}

// dial starts the embedded server, if the configuration asks for it, and connects.
func (o Options) dial(ctx context.Context) (*temporalLink, error) {
	link := &temporalLink{address: o.Config.Temporal.Address, stop: func() {}}
	if o.Config.Embedded() {
		if o.Embedded == nil {
			return nil, ErrNoServer
		}
		server, err := o.Embedded(ctx, EmbeddedOptions{
			DBPath: o.Config.TemporalPath(), Listen: o.Config.Temporal.Listen, UIListen: o.Config.Temporal.UIListen,
			Namespace: o.Config.Temporal.Namespace, SearchAttributes: attributeTypes(), Logger: o.Logger,
		})
		if err != nil {
			return nil, fmt.Errorf("start embedded temporal: %w", err)
		}
		link.address, link.ui, link.failed, link.stop = server.Address(), server.UIURL(), server.Failed(), server.Stop
	}
	c, err := Dial(ctx, link.address, o.Config.Temporal.Namespace, o.Logger, o.Registry)
	if err != nil {
		link.stop()
		return nil, err
	}
	link.client = c
	if !o.Config.Embedded() {
		if err := registerAttributes(ctx, c, o.Config.Temporal.Namespace); err != nil {
			link.close()
			return nil, err
		}
	}
	return link, nil
}

// Dial connects to a Temporal frontend. logger may be nil for silence, and registry for no metrics of the client's own.
func Dial(ctx context.Context, address, namespace string, logger *slog.Logger, registry *prometheus.Registry) (client.Client, error) {
	if logger == nil {
		logger = slog.New(slog.DiscardHandler)
	}
	options := client.Options{HostPort: address, Namespace: namespace, Logger: log.NewStructuredLogger(quiet(logger))}
	if registry != nil {
		exporter, err := otelprometheus.New(otelprometheus.WithRegisterer(registry), otelprometheus.WithoutScopeInfo(), otelprometheus.WithoutTargetInfo())
		if err != nil {
			return nil, fmt.Errorf("export temporal metrics: %w", err)
		}
		meter := metric.NewMeterProvider(metric.WithReader(exporter)).Meter("temporal")
		options.MetricsHandler = opentelemetry.NewMetricsHandler(opentelemetry.MetricsHandlerOptions{
			Meter: meter, UseMonotonicCounters: true,
			OnError: func(err error) { logger.WarnContext(ctx, "temporal metric not recorded", "error", err) },
		})
	}
	dialing, cancel := context.WithTimeout(ctx, 15*time.Second)
	defer cancel()
	c, err := client.DialContext(dialing, options)
	if err != nil {
		return nil, fmt.Errorf("%w: temporal at %s: %w", ErrUnreachable, address, err)
	}
	return c, nil
}

// attributeTypes lists our search attributes with their types.
func attributeTypes() map[string]enumspb.IndexedValueType {
	types := map[string]enumspb.IndexedValueType{}
	for _, key := range workflows.SearchAttributes() {
		types[key.GetName()] = key.GetValueType()
	}
	return types
}

// registerAttributes adds what is missing of our search attributes to an existing cluster.
func registerAttributes(ctx context.Context, c client.Client, namespace string) error {
	listed, err := c.OperatorService().ListSearchAttributes(ctx, &operatorservice.ListSearchAttributesRequest{Namespace: namespace})
	if err != nil {
		return fmt.Errorf("list search attributes of namespace %s: %w", namespace, err)
	}
	missing := attributeTypes()
	for name := range listed.GetCustomAttributes() {
		delete(missing, name)
	}
	if len(missing) == 0 {
		return nil
	}
	_, err = c.OperatorService().AddSearchAttributes(ctx, &operatorservice.AddSearchAttributesRequest{Namespace: namespace, SearchAttributes: missing})
	if err != nil {
		return fmt.Errorf("add search attributes to namespace %s (an administrator can do it with `temporal operator search-attribute create`): %w", namespace, err)
	}
	return nil
}

// quiet keeps the SDK's chatter about every poll and task out of the log; its warnings stay.
func quiet(logger *slog.Logger) *slog.Logger { return slog.New(warnings{logger.Handler()}) }

// warnings is a handler that passes warnings and worse.
type warnings struct{ slog.Handler }

// Enabled reports whether a record of this level is passed.
func (w warnings) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= slog.LevelWarn && w.Handler.Enabled(ctx, level)
}

// WithAttrs keeps the filter on derived loggers.
func (w warnings) WithAttrs(attrs []slog.Attr) slog.Handler {
	return warnings{w.Handler.WithAttrs(attrs)}
}

// WithGroup keeps the filter on derived loggers.
func (w warnings) WithGroup(name string) slog.Handler { return warnings{w.Handler.WithGroup(name)} }
