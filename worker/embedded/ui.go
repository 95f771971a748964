package embedded

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"
	"github.com/temporalio/ui-server/v2/server/api"
	"github.com/temporalio/ui-server/v2/server/config"
	"github.com/temporalio/ui-server/v2/server/csrf"
	"github.com/temporalio/ui-server/v2/server/headers"
	"github.com/temporalio/ui-server/v2/server/route"
	assets "github.com/temporalio/ui-server/v2/ui"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/grpc"
)

// ui is the running Web UI. It is put together from the parts of the UI's own server,
// which opens its port itself, ends the process when it cannot and never lets go of its
// connection to the frontend.
type ui struct {
	url  string
	http *http.Server
	conn *grpc.ClientConn
}

// uiConfig has all write actions on: operators start and signal workflows in the UI. All
// that would look up news or versions elsewhere is off.
func uiConfig(frontend string, o Options) *config.Config {
	return &config.Config{
		TemporalGRPCAddress: frontend,
		Host:                localhost,
		EnableUI:            true,
		DefaultNamespace:    o.Namespace,
		DisableNewsFetch:    true,
		NotifyOnNewVersion:  false,
		HideLogs:            true,
		CORS:                config.CORS{CookieInsecure: true},
	}
}

// serveUI serves the UI on the listener, which belongs to it from then on.
func serveUI(l net.Listener, frontend string, o Options) (*ui, error) {
	provider, err := config.NewConfigProviderWithRefresh(uiConfig(frontend, o))
	if err != nil {
		return nil, fmt.Errorf("web UI: %w", err)
	}
	conn, err := api.CreateGRPCConnection(provider)
	if err != nil {
		return nil, fmt.Errorf("web UI: %w", err)
	}
	handler, err := uiHandler(provider, conn, o.Logger)
	if err != nil {
		_ = conn.Close()
		return nil, fmt.Errorf("web UI: %w", err)
	}
	u := &ui{
		url:  "http://" + l.Addr().String(),
		conn: conn,
		http: &http.Server{
			Handler:           loopbackOnly(handler),
			ReadHeaderTimeout: 10 * time.Second,
			ErrorLog:          slog.NewLogLogger(o.Logger.Handler(), slog.LevelDebug),
		},
	}
	go func() {
		if err := u.http.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			o.Logger.Error("temporal web UI stopped", "error", err)
		}
	}()
	return u, nil
}

// uiHandler lays out the routes as the UI's own server does, less its log in.
func uiHandler(provider *config.ConfigProviderWithRefresh, conn *grpc.ClientConn, logger *slog.Logger) (http.Handler, error) {
	all, err := assets.Assets()
	if err != nil {
		return nil, err
	}
	files, err := fs.Sub(all, "local")
	if err != nil {
		return nil, err
	}
	e := echo.New()
	e.Logger.SetOutput(io.Discard)
	e.Use(
		middleware.RecoverWithConfig(middleware.RecoverConfig{
			LogErrorFunc: func(c echo.Context, err error, _ []byte) error {
				logger.Error("temporal web UI panicked", "route", c.Path(), "error", err)
				return err
			},
		}),
		middleware.Gzip(),
		middleware.Secure(),
		stayHere,
		csrf.EnsureTokenCookie(false),
		middleware.CSRFWithConfig(csrf.MiddlewareConfig(provider, false)),
	)
	route.SetHealthRoute(e)
	// With this header the UI's calls count as an operator's, ahead of the workers'.
	forward := []api.Middleware{headers.WithForwardHeaders([]string{"Caller-Type"})}
	group := e.Group("/api/v1")
	group.GET("/settings", api.GetSettings(provider))
	group.GET("/releases", api.GetLatestReleases(provider, api.NewReleaseChecker()))
	group.GET("/ui-extensions", api.GetUIExtensions(provider, api.TemporalAccessCheck(conn, forward)))
	group.GET(api.WorkflowRawHistoryUrl, api.WorkflowRawHistoryHandler(workflowservice.NewWorkflowServiceClient(conn)))
	group.Any("/*", api.TemporalAPIHandler(provider, forward, conn))
	if err := route.SetUIRoutes(e, "", files, provider); err != nil {
		return nil, err
	}
	route.SetRenderRoute(e, "/")
	return e, nil
}

// stayHere tells the browser to fetch nothing for the UI from anywhere else.
func stayHere(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		c.Response().Before(func() {
			c.Response().Header().Add("Content-Security-Policy", "connect-src 'self'; font-src 'self' data:; img-src 'self' data: blob:")
		})
		return next(c)
	}
}

// loopbackOnly refuses requests for another host's name. The UI asks for no password:
// without this a web site could point its own name at the loopback address and have a
// visitor's browser issue invoices.
func loopbackOnly(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host := r.Host
		if name, _, err := net.SplitHostPort(host); err == nil {
			host = name
		}
		addr, err := netip.ParseAddr(strings.Trim(host, "[]"))
		if host != "localhost" && (err != nil || !addr.IsLoopback()) {
			http.Error(w, "this page is served for localhost only; a proxy in front of it must send the host it connects to", http.StatusForbidden)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// close ends the UI; a request under way has a second.
func (u *ui) close() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	if u.http.Shutdown(ctx) != nil {
		_ = u.http.Close()
	}
	_ = u.conn.Close()
}
